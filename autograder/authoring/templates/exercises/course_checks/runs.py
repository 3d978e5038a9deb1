"""Runs checks beside the keyboard: a new save ends what still runs."""

from __future__ import annotations

import queue
import sys
import threading
from pathlib import Path
from typing import Any

from course_checks.listing import Listed
from course_checks.processes import Process, WorkerError
from course_checks.progress import RIGHT, WRONG, Check
from course_checks.state import Exercise
from course_checks.supervisor import Limits, Stop, Supervisor, culprit, stop_words
from course_checks.warm import Warm

#: Forking a process that has loaded TensorFlow is sound on Linux alone.
FORKS = sys.platform == "linux"


class Run:
    """Checks of one exercise that run now.

    Args:
        exercise: The exercise.
        checks: Which checks, in order; the first that is not right is the last that runs.
        warm: Where processes come from.
        events: Takes ("verdict", (run, check, verdict)), and ("ended", run).
    """

    def __init__(
        self,
        exercise: Exercise,
        checks: list[Listed],
        warm: Warm,
        root: Path,
        limits: Limits,
        events: queue.Queue[tuple[str, Any]],
    ) -> None:
        self.exercise = exercise
        self.checks = checks
        self.events = events
        self.root = root
        self.is_over = False
        self.file = exercise.file
        self.note = ""
        self.supervisor = Supervisor(
            arguments(root, exercise.tests), limits, start=self._starting(warm), tell=self._tell
        )
        threading.Thread(target=self._run, daemon=True).start()

    def _starting(self, warm: Warm) -> Any:
        def start(job: dict[str, Any]) -> Process:
            process = warm.start(job)
            if self.is_over:
                process.kill()
            return process

        return start

    def _tell(self, line: str) -> None:
        self.note = line
        self.events.put(("note", self))

    def end(self) -> None:
        """End what runs; nothing more is told of it."""
        self.is_over = True
        self.supervisor.kill()

    def _run(self) -> None:
        try:
            for one in self.checks:
                verdict = self._verdict(one)
                if self.is_over:
                    return
                self.events.put(("verdict", (self, one, verdict)))
                if verdict["state"] != RIGHT:
                    break
        except WorkerError as error:
            if not self.is_over:
                self.note = f"The checks did not start: {error}"
                self.events.put(("note", self))
        finally:
            self.supervisor.close()
            self.events.put(("ended", self))

    def _verdict(self, one: Listed) -> dict[str, Any]:
        name = f"{self.exercise.tests.relative_to(self.root).as_posix()}::{one.name}"
        found: dict[str, Any] = {}
        for told in self.supervisor.run(name, "", one.check):
            if isinstance(told, Stop):
                return stopped(told, one.check)
            if told.get("state", RIGHT) != RIGHT or (told["when"] == "call" and not found):
                found = told
        return found or {"state": WRONG, "words": f"The check {one.name} was not found."}


def stopped(stop: Stop, check: Check) -> dict[str, Any]:
    """Return the verdict on a check that was ended."""
    _, lines = culprit(stop.stacks, check)
    return {
        "state": WRONG,
        "words": stop_words(stop, check),
        "line": lines[-1] if lines else 0,
        "direct": list(check.functions),
        "uses": list(check.functions),
    }


def arguments(root: Path, tests: Path) -> list[str]:
    """Return pytest's arguments for the checks of one exercise."""
    settings = ["-o", "addopts=", "--assert=plain", "--rootdir", str(root)]
    settings += ["-c", str(root / "pytest.ini")]
    for name in ("no:terminal", "no:cacheprovider", "no:warnings"):
        settings += ["-p", name]
    return [*settings, str(tests)]
