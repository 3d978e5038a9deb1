"""Shows how far grading is: a bar on a terminal, a line per submission elsewhere."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Self

from autograder.records import Report
from autograder.score import score
from autograder.tables import console, points


class GradingProgress:
    """A context manager; `done` is called from any thread."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        self._total = total
        self._quiet = quiet
        self._count = 0
        self._lock = threading.Lock()
        self._bar: Progress | None = None
        to = console(sys.stderr)
        if to.is_terminal and not quiet:
            columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), Elapsed())
            self._bar = Progress(*columns, console=to, transient=True)
            self._task = self._bar.add_task("grading", total=total)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def done(self, report: Report) -> None:
        """Count one submission as graded."""
        total = score(report).total
        with self._lock:
            self._count += 1
            if self._bar:
                self._bar.advance(self._task)
            elif not self._quiet:
                marks = f"{points(total.points, total.max_points)} {total.status}"
                line = f"[{self._count}/{self._total}] {report.path}: {marks}"
                print(line, file=sys.stderr, flush=True)
