"""Trains one file with many seeds, and measures each training as its grader does."""

from __future__ import annotations

import ast
import hashlib
import inspect
import statistics
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.course.catalog import Course
from autograder.course.exercise_folder import ExerciseFolder
from autograder.datasets import registry
from autograder.evidence import transcript
from autograder.evidence.evidence import Evidence
from autograder.models.server import ModelServer
from autograder.records import Exercise, Submission
from autograder.sandbox.client import Sandbox
from autograder.sandbox.provenance import version_of
from autograder.store.store import Store
from autograder.submission import stage
from autograder.training.service import TrainingService

#: The first training's seed; the others follow one by one.
FIRST_SEED = 1000
_DECIMALS = 6


class Bench:
    """Where the measured task of an exercise is trained.

    Args:
        sandbox: Where trainings run; it is started.
        store: What is trained is kept here.
        course: The course.
        slug: The exercise, whose grader has `MEASURED_TASK` and `measure`.
        profile: Which copies of its data sets are used.
        progress: Called with one line for each training.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        store: Store,
        course: Course,
        slug: str,
        profile: str,
        progress: Callable[[str], None],
    ) -> None:
        self._sandbox = sandbox
        self._store = store
        self._course = course
        self._hidden = course.folder(slug)
        self._profile = profile
        self._progress = progress
        self._exercise = measured_task(course.exercise(slug), self._hidden)
        names = self._exercise.data
        self._data = {name: registry.load(name, profile, course=course) for name in names}

    def measure(
        self, submission: Submission, times: int, earlier: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield the figures of one submission until it was trained `times` times.

        The last that is yielded is the whole; those before it, one after each training, are what
        is lost by nobody who is interrupted.

        Args:
            submission: What is trained.
            times: How many trainings there shall be.
            earlier: What an earlier measurement of it returned, or nothing. It is kept and added
                to if it was of the same code, or if its first training comes out the same again.
        """
        digest = digest_of_measured(
            submission, self._course, self._exercise, self._hidden, self._profile
        )
        values = measured_values(earlier)
        seconds: list[float] = []
        if values and (
            earlier.get("first_seed") != FIRST_SEED
            or not (
                earlier.get("digest") == digest or self._repeats(submission, values[0], seconds)
            )
        ):
            values, seconds = [], []
            self._progress(f"{submission.label}: not what was measured before; all anew")
        while True:
            if len(values) > 1:
                median_s = round(statistics.median(seconds), 1) if seconds else earlier["median_s"]
                yield {
                    **summary(values),
                    "first_seed": FIRST_SEED,
                    "digest": digest,
                    "values": list(values),
                    "median_s": median_s,
                }
            if len(values) >= times:
                return
            values.append(self._train(submission, FIRST_SEED + len(values), seconds))

    def _repeats(self, submission: Submission, value: float, seconds: list[float]) -> bool:
        """Say whether the first training gives the value that it gave before."""
        return self._train(submission, FIRST_SEED, seconds) == value

    def _train(self, submission: Submission, seed: int, seconds: list[float]) -> float:
        """Return the value of one training, and add how long it took."""
        workdir = stage.stage(submission, self._exercise)
        began_s = time.monotonic()
        grader = self._hidden.grader()
        inputs = self._hidden.probe().draw(np.random.default_rng(seed), self._data)
        trainer = TrainingService(self._sandbox, self._store)
        answers = transcript.run(
            self._sandbox,
            self._exercise,
            workdir,
            inputs,
            seed,
            trainer,
            probe=self._hidden.probe_source(),
        )
        models = ModelServer(self._sandbox, self._store)
        try:
            evidence = Evidence(answers, models, inputs, self._data, grader.MEASURED_TASK)
            value = round(float(grader.measure(evidence)), _DECIMALS)
        finally:
            models.close()
        seconds.append(time.monotonic() - began_s)
        self._progress(f"{submission.label}, seed {seed}: {value:.4f} ({seconds[-1]:.0f} s)")
        return value


def digest_of_measured(
    submission: Submission,
    course: Course,
    exercise: Exercise,
    hidden: ExerciseFolder,
    profile: str,
) -> str:
    """Return the SHA-256 of what decides a figure: code, libraries and data.

    Code counts as it is compiled: prose around it, comments and line breaks do not.

    Args:
        submission: What is trained.
        course: Whose libraries and data sets count.
        exercise: The exercise, of the measured task alone.
        hidden: Its probe, and its grader with `measure`.
        profile: Which copies of the data sets are used.
    """
    cells = stage.stage(submission, exercise).cells
    measure = textwrap.dedent(inspect.getsource(hidden.grader().measure))
    parts = [_code(text) for text in (*(cell.source for cell in cells), measure)]
    parts.append(_code(hidden.probe_source()))
    parts += [f"{name} {version}" for name, version in libraries_of(course).items()]
    parts += [f"{name} {course.data[name].sha256(profile)}" for name in sorted(exercise.data)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def libraries_of(course: Course) -> dict[str, str]:
    """Return the versions of the packages that a training of the course hangs on."""
    keras = ("keras", "tensorflow", "numpy")
    names = keras if course.uses_keras else ("numpy", "scipy", "scikit-learn")
    return {name: version_of(name) for name in names}


def measured_task(exercise: Exercise, hidden: ExerciseFolder) -> Exercise:
    """Return an exercise of the measured task alone: the others have no part in a training."""
    return replace(exercise, tasks=(hidden.grader().MEASURED_TASK,))


def measured_values(record: Mapping[str, Any]) -> list[float]:
    """Return the figures of a measured file; before there were other metrics, `accuracies`."""
    return list(record.get("values", record.get("accuracies", ())))


def solution_of(course: Course, slug: str) -> Submission:
    """Return an exercise's solution as handed in."""
    path = course.solution(slug)
    return Submission("solution", slug, path.read_bytes(), path.suffix)


def _code(source: str) -> str:
    """Return a text that is the same for the same code, docstrings and comments aside."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source  # a cell that fails as it stands
    for node in ast.walk(tree):
        body: Any = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            body[:1] = [ast.Pass()] * (len(body) == 1)
    return ast.dump(tree)


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return mean, standard deviation, least and most of figures, two or more."""
    return {
        "mean": round(statistics.mean(values), _DECIMALS),
        "sd": round(statistics.stdev(values), _DECIMALS),
        "least": min(values),
        "most": max(values),
    }
