"""What an exercise's visible checks say of mutants and variants."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.course.catalog import Course
from autograder.course.state import default_store
from autograder.errors import CourseError
from autograder.sandbox.provenance import box_circumstances
from autograder.store.store import Store

_KIND = "visible"
_RUNNER = Path(__file__).with_name("visible_runner.py")
_TIMEOUT_S = 180.0

#: Called with how many files are done, and of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A file, and which checks are run on it.

    Attributes:
        source: The file.
        tasks: The checks of these tasks, in this order; all if None.
        also: Further checks, by name.
        stop: Stop at the first check that says wrong.
    """

    source: str
    tasks: tuple[str, ...] | None = None
    also: tuple[str, ...] = ()
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What one visible check said: nothing if it passed. `seconds` tells how long it took."""

    task: str
    passed: bool
    words: str
    seconds: float


#: By the checks' names; None for a file that did not come to its end.
Answers = Mapping[str, Said] | None


class VisibleChecks:
    """The visible checks of one exercise.

    Args:
        course: The course.
        slug: The exercise.
        jobs: How many files are checked at once; the number of cores if None.
        store: Where answers are kept; the course's own if None.
        timeout_s: How long the checks of one file may take.
    """

    def __init__(
        self,
        course: Course,
        slug: str,
        *,
        jobs: int | None = None,
        store: Store | None = None,
        timeout_s: float | None = None,
    ) -> None:
        self._course = course
        self._slug = slug
        self._jobs = jobs or os.cpu_count() or 1
        self._store = store or default_store(course)
        self._timeout_s = timeout_s or _TIMEOUT_S
        exercises = course.root / "exercises"
        shared = sorted([*exercises.glob("*.py"), *exercises.glob("course_checks/*.py")])
        files = [*shared, course.visible_tests(slug)]
        texts = {path.name: path.read_text(encoding="utf-8") for path in files if path.is_file()}
        decisive = {"files": texts, **box_circumstances("tensorflow")}
        self._digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    def ask(
        self, asked: Mapping[str, Asked], progress: Progress = lambda done, total: None
    ) -> dict[str, Answers]:
        """Return what the checks said of each file, by its name.

        Args:
            asked: The files.
            progress: Called after each file.
        """
        answers: dict[str, Answers] = {}
        for name, one in asked.items():
            kept = self._store.get(_KIND, self._key(one))
            if kept is not None:
                answers[name] = {check: Said(**said) for check, said in kept[0]["said"].items()}
        left = {name: one for name, one in asked.items() if name not in answers}
        if left:
            self._run(left, answers, lambda: progress(len(answers), len(asked)))
        return {name: answers[name] for name in asked}

    def _key(self, asked: Asked) -> str:
        decisive = [self._slug, self._digest, asdict(asked)]
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    def _run(
        self, left: Mapping[str, Asked], answers: dict[str, Answers], done: Callable[[], None]
    ) -> None:
        places = {f"file{number}": name for number, name in enumerate(left)}
        with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
            copy = Path(folder) / "exercises"
            self._lay_out(copy, {place: left[name].source for place, name in places.items()})
            text = " ".join(one.source for one in left.values())
            job = {
                "test": self._course.visible_tests(self._slug).name,
                "jobs": self._jobs,
                "timeout_s": self._timeout_s,
                "store": str(self._store.folder),
                "libraries": [
                    one for one in self._course.libraries if one.partition(".")[0] in text
                ],
                "files": [
                    {
                        "name": place,
                        "tasks": left[name].tasks,
                        "also": left[name].also,
                        "stop": left[name].stop,
                    }
                    for place, name in places.items()
                ],
            }
            for place, said in _lines(copy, job):
                name = places[place]
                answers[name] = None
                if said is not None:
                    answers[name] = {check: Said(**told) for check, told in said.items()}
                    self._store.put(_KIND, self._key(left[name]), {"said": said})
                done()
        if not left.keys() <= answers.keys():
            raise CourseError(
                f"The visible checks of {self._slug} must run. Received: a run that broke off. "
                f"Try `pytest exercises/{self._slug}`."
            )

    def _lay_out(self, copy: Path, sources: Mapping[str, str]) -> None:
        """Copy what is released beside the exercises, and a folder for each file."""
        keep = shutil.ignore_patterns("__pycache__", ".*", *self._course.slugs)
        shutil.copytree(self._course.root / "exercises", copy, ignore=keep)
        stub = self._course.stub(self._slug).parent
        for place, source in sources.items():
            shutil.copytree(stub, copy / place, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            (copy / place / f"{self._slug}.py").write_text(source, encoding="utf-8")


def _lines(copy: Path, job: Mapping[str, Any]) -> Any:
    """Yield each file's place and what was said of it, as the runner tells them."""
    env = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
    env |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    with subprocess.Popen(
        [sys.executable, str(_RUNNER)],
        cwd=copy,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as runner:
        assert runner.stdin is not None
        assert runner.stdout is not None
        try:
            json.dump(job, runner.stdin)
            runner.stdin.close()
            for line in runner.stdout:
                record = json.loads(line)
                yield record["name"], record["said"]
        except BaseException:  # whatever ends the reading, what runs the checks ends with it
            os.killpg(runner.pid, signal.SIGTERM)
            raise
