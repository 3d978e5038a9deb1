"""What the reports of checks mean together: which task is right, which fault comes first."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Iterator

from course_checks import words

RIGHT, WRONG, NOT_WRITTEN, BROKEN = "right", "wrong", "not written", "not loaded"


@dataclass(frozen=True)
class Check:
    """A check that was collected.

    Attributes:
        exercise: Its exercise.
        task: Its task.
        functions: The student's functions that it calls itself.
        path: The student's file.
    """

    exercise: str
    task: str
    functions: tuple[str, ...]
    path: Path


class Progress:
    """All checks and all reports of a run.

    Args:
        checks: The checks that were collected, in order.
        reports: Those of the checks that ran; each has `exercise`, `task`, `state`, `words`,
            `cause`, `uses` and `lines`.
    """

    def __init__(self, checks: Iterable[Check], reports: Iterable[Any]) -> None:
        self.checks = list(checks)
        self.tasks: dict[str, dict[str, list[Any]]] = {}
        self.owner: dict[tuple[str, str], str] = {}
        self.paths: dict[str, Path] = {}
        self.functions: dict[tuple[str, str], list[str]] = {}
        for check in self.checks:
            self.tasks.setdefault(check.exercise, {}).setdefault(check.task, [])
            self.paths[check.exercise] = check.path
            for name in check.functions:
                # The first task that asks for a function is the one that has it written.
                self.owner.setdefault((check.exercise, name), check.task)
                named = self.functions.setdefault((check.exercise, check.task), [])
                if name not in named:
                    named.append(name)
        self.reports = []
        for report in reports:
            # A check counts once, by its call; its set-up counts only when it failed.
            if hasattr(report, "state") and (report.when == "call" or report.failed):
                self.tasks.setdefault(report.exercise, {}).setdefault(report.task, []).append(
                    report
                )
                self.reports.append(report)
        self.faulty = {
            (report.exercise, name)
            for report in self.reports
            if report.state == WRONG
            for name in report.direct
            if self.owner.get((report.exercise, name), report.task) == report.task
        }

    def broken(self) -> dict[str, Any]:
        """Return one report of each exercise whose file cannot be loaded; of one cause, one."""
        found = {r.exercise: r for r in reversed(self.reports) if r.state == BROKEN}
        causes = {r.cause: r for r in found.values() if r.cause}
        return {name: r for name, r in found.items() if causes.get(r.cause, r) is r}

    def first(self, report: Any) -> list[str]:
        """Return the functions of earlier tasks that are wrong, and that this check uses."""
        order = list(self.tasks[report.exercise])
        place = order.index(report.task)
        return [
            name
            for name in report.uses
            if (report.exercise, name) in self.faulty
            and self.owner.get((report.exercise, name), report.task) in order[:place]
        ]

    def wrong(self) -> Iterator[tuple[Any, str, bool]]:
        """Yield each wrong report, its title, and whether an earlier one tells the same fault."""
        causes: set[tuple[str, str]] = set()
        for report in self.reports:
            if report.state != WRONG:
                continue
            # What is not installed is missing for all exercises alike.
            where = "" if report.cause.startswith("missing ") else report.exercise
            cause = (where, report.cause or report.words)
            folded = cause in causes or bool(self.first(report))
            causes.add(cause)
            title = f"{report.exercise} · {report.task} · {report.head_line}"
            yield report, title, folded

    def exercises(self) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
        """Yield each exercise of which something ran, with the state of each task."""
        for exercise, rows in self.tasks.items():
            if any(rows.values()):  # after `-x` an exercise may have run no check at all
                yield exercise, {task: self.state(reports) for task, reports in rows.items()}

    def state(self, reports: list[Any]) -> tuple[str, str]:
        """Return the state of a task, that of its worst check, and a few words on it."""
        for state in (BROKEN, WRONG, NOT_WRITTEN):
            matching = [report for report in reports if report.state == state]
            if matching and state == WRONG:
                waiting = [self.first(report) for report in matching]
                if all(waiting):
                    return state, words.waits(matching[0].task, waiting[0])
                return state, f"{len(matching)} of {len(reports)} checks, see above"
            if matching:
                return state, matching[0].words
        return (RIGHT, "") if reports else ("", "")

    def next(self, folder: Path) -> str:
        """Return the one thing to do next.

        Args:
            folder: Where the student is, for the file's name.
        """
        all_right = True
        for exercise, rows in self.exercises():
            for task, (state, _) in rows.items():
                if state in ("", RIGHT):
                    all_right = all_right and state == RIGHT
                    continue
                return self._step(exercise, task, state, folder)
        if not self.reports or not all_right:
            return ""
        names = ", ".join(f"{exercise}.py" for exercise, _ in self.exercises())
        return f"all that was asked here is right. Hand in {names}, or go on with another exercise."

    def _step(self, exercise: str, task: str, state: str, folder: Path) -> str:
        report = next(r for r in self.tasks[exercise][task] if r.state == state)
        names = self.functions.get((exercise, task), [task])
        if state == NOT_WRITTEN:
            name = report.missing
            return f"write `{name}`, {self._place(exercise, name, report, folder)}"
        if state == BROKEN:
            return f"let {exercise}.py load, {self._place(exercise, '', report, folder)}"
        wrong = [name for name in report.direct if name in names] or names
        return f"correct `{wrong[0]}`, {self._place(exercise, wrong[0], report, folder)}"

    def _place(self, exercise: str, name: str, report: Any, folder: Path) -> str:
        path = self.paths.get(exercise, Path(f"{exercise}.py"))
        line = report.line or report.lines.get(name, 0)
        try:
            shown = os.path.relpath(path, folder)
        except ValueError:  # another drive
            shown = str(path)
        return f"{shown}:{line}" if line else shown
