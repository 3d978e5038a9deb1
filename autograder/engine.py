"""The line from Submission to Report, over as many boxes at once as there are jobs."""

from __future__ import annotations

import hashlib
import importlib
import logging
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from autograder import data as course_data
from autograder import plugin, stage, transcript
from autograder.catalog import PACKAGED_COURSE, Course
from autograder.cells import read_cells
from autograder.checks import collect
from autograder.dataset import Dataset
from autograder.decode import Figure
from autograder.errors import AutograderError, SubmissionError
from autograder.evidence import Evidence
from autograder.models import ModelServer
from autograder.records import Exercise, Report, Status, Submission, Verdict, Workdir
from autograder.regions import QUIET_CELL
from autograder.sandbox.zygote import Sandbox
from autograder.transcript import Transcript

_LOG = logging.getLogger("autograder")
_CALL_SEED = 20_210_531
_SEED_BYTES_LEAST = 16
_OUR_FAULT = "This could not be graded; that is the course's fault, and it costs no points."


class Engine:
    """Grades submissions. Use it as a context manager; its sandbox starts at the first grade.

    Args:
        course: Where the catalog and the bundled data are.
        jobs: How many submissions are in boxes at once; the number of cores if None.
        require_isolation: Refuse to run untrusted code without a full sandbox.
        data_profile: "full", "sample", or None for the full sets where they are at hand.
        backend: Keras's backend inside the boxes.
    """

    def __init__(
        self,
        course: Course,
        *,
        jobs: int | None = None,
        require_isolation: bool = False,
        data_profile: str | None = None,
        backend: str | None = None,
    ) -> None:
        self._course = course
        self._jobs = jobs or os.cpu_count() or 1
        self._data_profile = data_profile
        self._sandbox = Sandbox(
            backend or os.environ.get("KERAS_BACKEND", "tensorflow"),
            require_isolation=require_isolation,
        )
        self._lock = threading.Lock()
        self._closed = False
        self._drawn: dict[str, tuple[Mapping[str, Any], Mapping[str, Dataset]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox and all boxes in it; nothing is graded after that."""
        self._closed = True
        self._sandbox.stop()

    def warm(self) -> None:
        """Start the sandbox without waiting for it."""
        self._sandbox.start()

    def grade_all(
        self,
        submissions: Iterable[Submission],
        progress: Callable[[Report], None] | None = None,
    ) -> list[Report]:
        """Grade submissions side by side; reports come in the order of the submissions.

        Args:
            submissions: What to grade.
            progress: Called with each report as soon as it is there, from any thread.
        """

        def one(submission: Submission) -> Report:
            report = self.grade(submission)
            if progress is not None:
                progress(report)
            return report

        with ThreadPoolExecutor(self._jobs, thread_name_prefix="grade") as pool:
            futures = [pool.submit(one, submission) for submission in submissions]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.close()
                raise

    def grade(self, submission: Submission) -> Report:
        """Grade one submission. Its faults become verdicts; ours become INTERNAL ones."""
        exercise = self._course.exercise(submission.exercise)
        for attempt in (1, 2):  # our own faults deserve a second try
            try:
                workdir = stage.stage(submission, exercise, self._released_cells(exercise))
                report = self._grade_staged(submission, exercise, workdir)
            except SubmissionError as error:
                return self._uniform(submission, Status.ERRORED, str(error))
            except AutograderError as error:
                _LOG.error("%s: %s", submission.label, error)
                report = self._uniform(submission, Status.INTERNAL, _OUR_FAULT, str(error))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is not the student's
                _LOG.exception("%s: attempt %d failed", submission.label, attempt)
                report = self._uniform(submission, Status.INTERNAL, _OUR_FAULT, repr(error))
            internal = any(verdict.status is Status.INTERNAL for verdict in report.verdicts)
            if not internal or self._closed:
                break
        return report

    def _grade_staged(self, submission: Submission, exercise: Exercise, workdir: Workdir) -> Report:
        inputs, data = self._draw(exercise)
        said = transcript.run(self._sandbox, exercise, workdir, inputs, _CALL_SEED)
        models = ModelServer(self._sandbox)
        try:
            evidence = Evidence(said, models, inputs, data)
            verdicts = plugin.verdicts(exercise.slug, evidence)
        finally:
            models.close()
        return Report(
            submission.label,
            exercise.slug,
            verdicts,
            said.isolation,
            {name: one.profile for name, one in data.items()},
            (*workdir.notes, *_failed_cells(said)),
            _pictures(said, exercise),
        )

    def _draw(self, exercise: Exercise) -> tuple[Mapping[str, Any], Mapping[str, Dataset]]:
        """Return the probe's inputs and the data sets; drawn once per exercise."""
        with self._lock:
            if exercise.slug not in self._drawn:
                root = self._course.root
                data = {
                    name: course_data.load(name, self._data_profile, course_root=root)
                    for name in exercise.data
                }
                probe = importlib.import_module(f"autograder.probes.{exercise.slug}")
                entropy = hashlib.sha256(course_seed(root) + exercise.slug.encode()).digest()
                rng = np.random.default_rng(list(entropy))
                self._drawn[exercise.slug] = (probe.draw(rng, data), data)
            return self._drawn[exercise.slug]

    def _released_cells(self, exercise: Exercise) -> tuple[str, ...]:
        path = self._course.stub(exercise.slug)
        if not path.is_file():
            return ()
        released = [cell.source for cell in read_cells(path.read_bytes(), ".py").cells]
        return (QUIET_CELL, *released)

    def _uniform(
        self, submission: Submission, status: Status, message: str, trace: str = ""
    ) -> Report:
        verdicts = tuple(
            Verdict(check, status, message, trace) for check in collect(submission.exercise)
        )
        isolation = self._sandbox.isolation
        return Report(submission.label, submission.exercise, verdicts, isolation, {})


def course_seed(root: Path) -> bytes:
    """Return the course's secret, from which hidden inputs are drawn; made at first use.

    It is `AUTOGRADER_SEED` where that is set, else kept in `.autograder/seed` of the course; for
    the course inside an installed package, in the user's own state folder.
    """
    if given := os.environ.get("AUTOGRADER_SEED"):
        return given.encode()
    path = root / ".autograder" / "seed"
    if root == PACKAGED_COURSE:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        path = Path(state) / "keras-course" / "seed"
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix="seed.") as fresh:  # mode 0600
                fresh.write(secrets.token_hex(32).encode())
                fresh.flush()
                try:
                    os.link(fresh.name, path)  # whoever is first wins, for every process alike
                except FileExistsError:
                    pass
        seed = path.read_bytes().strip()
        if len(seed) < _SEED_BYTES_LEAST:
            raise OSError(f"a file of {len(seed)} bytes; delete it, and it will be made anew")
        return seed
    except OSError as error:
        raise AutograderError(
            f"The course's secret must be kept in {path}. Received: {error}. "
            "Make the folder writable, or set AUTOGRADER_SEED."
        ) from error


def _failed_cells(said: Transcript) -> list[str]:
    return [
        f"{label} stopped with {error.get('type')}: {error.get('message')}"
        for label, error in said.failures
    ]


def _pictures(said: Transcript, exercise: Exercise) -> Mapping[str, bytes]:
    """Return one PNG per plotted answer, by the task that it belongs to."""
    found: dict[str, bytes] = {}
    for answer in said.answers.values():
        if isinstance(answer.value, Figure) and answer.value.png:
            task = answer.key.partition(".")[0]
            if task in exercise.tasks:
                found.setdefault(task, answer.value.png)
    return found
