"""Shows how far grading is: a bar on a terminal, a line per submission elsewhere."""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.text import Text

from autograder.records import Report, Status
from autograder.reporting.score import GRAVITY, score
from autograder.reporting.terminal import console, points
from autograder.text import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

_LABEL_CHARACTERS = 200


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class GradingProgress:
    """A context manager; `done` may be called from any thread.

    Args:
        total: How many submissions there are.
        quiet: Show nothing.
        jobs: How many are graded at a time; the number of cores if None.
        bar: Whether there may be a bar; only a terminal gets one.
        say: Where a line per submission goes when there is no bar; standard error by default.
        logger: The logger whose lines to the terminal are kept above the bar.
    """

    def __init__(
        self,
        total: int,
        *,
        quiet: bool,
        jobs: int | None = None,
        bar: bool = True,
        say: Callable[[str], None] = _to_stderr,
        logger: logging.Logger | None = None,
    ) -> None:
        self._total = total
        self._quiet = quiet
        self._jobs = jobs or os.cpu_count() or 1
        self._say = say
        self._logger = logger
        self._count = 0
        self._kinds: Counter[Status] = Counter()
        self._lock = threading.Lock()
        self._redirected: list[tuple[logging.StreamHandler[Any], Any]] = []
        self._console = console(sys.stderr)
        has_bar = bar and not quiet and total > 0 and self._console.is_terminal
        self._bar = self._make_bar() if has_bar else None

    def _make_bar(self) -> Progress:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed
        from rich.progress import TimeRemainingColumn as Remaining

        class Bar(Progress):
            """A bar with a line of its own for how submissions ended, of which nothing is cut."""

            def get_renderables(self) -> Iterator[Any]:
                yield self.make_tasks_table(self.tasks)
                yield from (Text(f"  {task.fields['kinds']}") for task in self.tasks)

        # All of it fits into 80 columns, for a thousand submissions too.
        bar = Bar(
            TextColumn("grading"),
            BarColumn(bar_width=16),
            MofNCompleteColumn(),
            TextColumn("{task.fields[running]} running,"),
            Elapsed(),
            TextColumn("elapsed,"),
            # Start-up and short runs of alike submissions make any shorter memory jump about.
            Remaining(elapsed_when_finished=False),
            TextColumn("left"),
            console=self._console,
            transient=True,
            speed_estimate_period=600.0,
        )
        self._task = bar.add_task("grading", total=self._total, running=self._running(), kinds="")
        return bar

    def __enter__(self) -> Self:
        if self._bar:
            self._keep_above(self._console)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            for handler, stream in self._redirected:
                handler.setStream(stream)
            self._redirected.clear()
            self._bar.stop()

    def done(self, report: Report) -> None:
        """Count one submission as graded."""
        total = score(report).total
        with self._lock:
            self._count += 1
            self._kinds[total.status] += 1
            if self._bar:
                kinds = ", ".join(
                    _count_text(kind, self._kinds[kind])
                    for kind in GRAVITY[::-1]
                    if self._kinds[kind]
                )
                self._bar.update(self._task, advance=1, running=self._running(), kinds=kinds)
            elif not self._quiet:
                marks = f"{points(total.points, total.max_points)} {total.status}"
                label = one_line(str(report.path), _LABEL_CHARACTERS)
                self._say(f"[{self._count}/{self._total}] {label}: {marks}")

    def _running(self) -> int:
        return min(self._jobs, self._total - self._count)

    def _keep_above(self, bar: Console) -> None:
        """Let handlers that write to the terminal write through the bar's console.

        They hold the stream from before, and their lines would end up in the middle of the bar.
        """
        terminals = (sys.stderr, sys.stdout, sys.__stderr__, sys.__stdout__)
        for handler in _handlers(self._logger):
            if isinstance(handler, logging.StreamHandler) and handler.stream in terminals:
                self._redirected.append((handler, handler.stream))
                handler.setStream(_Above(bar))


class _Above(io.TextIOBase):
    """A stream whose whole lines appear above the bar of a console."""

    def __init__(self, bar: Console) -> None:
        self._bar = bar
        self._partial_line = ""

    def write(self, text: str) -> int:
        *lines, self._partial_line = (self._partial_line + text).split("\n")
        for line in lines:
            # Not wrapped: a terminal does that by itself, and a path stays whole.
            self._bar.print(Text.from_ansi(line), soft_wrap=True)
        return len(text)


def _count_text(kind: Status, count: int) -> str:
    return f"{count} {kind.lower().replace('_', ' ')}"


def _handlers(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None
