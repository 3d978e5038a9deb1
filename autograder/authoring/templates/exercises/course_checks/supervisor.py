"""Runs checks in a process of their own, ends one that hangs, and says where it was."""

from __future__ import annotations

import ast
import signal
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator

from course_checks import source, words
from course_checks.processes import Process
from course_checks.progress import Check

#: More than this is printed by a loop that does not end.
OUTPUT_BYTES = 32 * 2**20
#: Without a pulse for so long, the stack is about to be dumped: worth waiting for.
_QUIET_S = 0.75
#: Where the last pulses agree, the code hangs.
_WINDOW = 20
STATE = "wrong"


@dataclass(frozen=True)
class Limits:
    """How long one check may take.

    Attributes:
        check_s: In the student's own lines.
        training_s: In all, with what Keras and other libraries do.
    """

    check_s: float
    training_s: float


@dataclass
class Stop:
    """Why a check did not come to its end, and where it was.

    Attributes:
        kind: "time", "output" or "gone", where the process ended.
        seconds: How long it ran.
        status: How the process ended.
        stacks: Its lines and functions in the student's file, outermost first, some times over.
    """

    kind: str
    seconds: float = 0.0
    status: int = 0
    stacks: list[list[tuple[int, str]]] = field(default_factory=list)


class Supervisor:
    """Runs one check after another, in as few processes as it takes.

    Args:
        arguments: What pytest is given in such a process.
        limits: How long a check may take.
        show: Whether students' own output goes to the terminal at once.
        start: Starts a process with a job.
        tell: Called with a line for the person who waits.
    """

    def __init__(
        self,
        arguments: list[str],
        limits: Limits,
        *,
        show: bool = False,
        start: Callable[[dict[str, Any]], Any] = Process,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.job: dict[str, Any] = {"arguments": arguments, "show": show, "stopped": {}}
        self.limits = limits
        self.start = start
        self.tell = tell
        self.process: Any = None

    def run(self, name: str, following: str, check: Check) -> Iterator[dict[str, Any] | Stop]:
        """Yield the reports of a check, and why it was ended if it was.

        Args:
            name: pytest's name of the check.
            following: That of the check after it.
            check: What is known of it.

        Raises:
            WorkerError: No process can be started.
        """
        if self.process is None:
            self.process = self.start(self.job)
        process = self.process
        process.send({"run": name, "next": following})
        path, watch = check.path, _Watch(self.limits)
        try:
            while True:
                message = process.next(0.1)
                event = message.get("event")
                if event == "report":
                    yield message["report"]
                elif event in ("done", "unknown"):
                    return
                if watch.is_dumb:
                    stack, watch.slow = process.last_stack(path)
                    watch.slow = watch.slow or not stack
                stop = watch.see(message)
                if stop is None:
                    if line := watch.news(path):
                        self.tell(line)
                    continue
                yield self._stopped(stop, watch, check)
                return
        except KeyboardInterrupt:
            stack = watch.stacks[-1] if watch.stacks else []
            where = words.place(path, *stack[-1]) if stack else "No line of yours was running."
            self.tell(f"Stopped after {watch.total:.0f} seconds. {where}")
            self.close()
            raise

    def _stopped(self, stop: Stop, watch: _Watch, check: Check) -> Stop:
        if stop.kind == "gone":
            stop.status = self.process.status()
        dumb, _ = self.process.last_stack(check.path)
        if dumb and (watch.is_dumb or stop.kind == "gone"):
            stop.stacks = [dumb]
        self.close()
        name, _ = culprit(stop.stacks, check)
        if name:
            stopped = self.job["stopped"].setdefault(str(check.path), {})
            stopped[name] = stop_words(stop, check)
        return stop

    def kill(self) -> None:
        """Kill the process, from another thread than the one that runs checks."""
        process = self.process
        if process is not None:
            process.kill()

    def close(self, *, at_once: bool = True) -> None:
        """End the process."""
        process, self.process = self.process, None
        if process is not None:
            (process.end if at_once else process.finish)()


class _Watch:
    """Counts the seconds of one check, those in libraries apart."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.own = self.total = 0.0
        self.last = self.pulse = self.told = time.monotonic()
        self.slow = self.news_told = False
        self.stacks: deque[list[tuple[int, str]]] = deque(maxlen=_WINDOW)

    @property
    def is_dumb(self) -> bool:
        """Whether no pulse has come for a while: a line holds all of Python."""
        return time.monotonic() - self.pulse > 2.5

    def see(self, message: dict[str, Any]) -> Stop | None:
        """Return why the check is to be ended; None while it may go on."""
        now = time.monotonic()
        step, self.last = min(now - self.last, 1.0), now  # a laptop may have slept
        self.total += step
        self.own += 0.0 if self.slow else step
        event = message.get("event")
        if event == "pulse":
            self.pulse, self.slow = now, message["slow"]
            if message["own"]:
                self.stacks.append([tuple(place) for place in message["own"]])
            if message["output"] > OUTPUT_BYTES:
                return Stop("output", self.total, stacks=list(self.stacks))
        elif event == "call":
            self.stacks.clear()
        elif event == "slow":
            self.slow = True
        elif event == "gone":
            return Stop("gone", self.total, stacks=list(self.stacks))
        is_over = self.own > self.limits.check_s or self.total > self.limits.training_s
        if is_over and (self.is_dumb or now - self.pulse < _QUIET_S):
            return Stop("time", self.total, stacks=list(self.stacks))
        return None

    def news(self, path: Path) -> str:
        """Return a line for who waits for long, now and then."""
        if self.total < 8 or self.last - self.told < 20 * bool(self.news_told):
            return ""
        self.news_told = True
        self.told = self.last
        stack = self.stacks[-1] if self.stacks else []
        where = words.place(path, *stack[-1]) if stack else path.name
        limit = self.limits.training_s if self.slow else self.limits.check_s
        waited = f"Still running after {self.total:.0f} s (at most {limit:.0f} s; Ctrl-C ends it)."
        return f"{waited} {where}"


def culprit(stacks: list[list[tuple[int, str]]], check: Check) -> tuple[str, list[int]]:
    """Return the function that did not end, and its lines in which it was; "" if none is known.

    It is the innermost one that all stacks share: what a loop calls comes and goes. Where nothing
    is known, it is what the check calls.
    """
    if not stacks:
        return (check.functions[0] if check.functions else ""), []
    depth = 0
    for level in zip(*stacks, strict=False):
        if len({name for _, name in level}) > 1:
            break
        depth += 1
    if not depth:
        return stacks[-1][0][1], [stacks[-1][0][0]]
    lines = [stack[depth - 1][0] for stack in stacks]
    return stacks[-1][depth - 1][1], lines


def stop_words(stop: Stop, check: Check) -> str:
    """Say why a check was ended: rule, received, next step."""
    path = check.path
    name, lines = culprit(stop.stacks, check)
    loop = None
    try:
        tree = ast.parse(path.read_bytes())
        node = source.functions(tree).get(name)
        lines = lines or ([node.lineno] if node else [])
        loop = source.loop_around(tree, min(lines), max(lines)) if lines else None
    except (OSError, SyntaxError, ValueError):
        pass
    where = words.place(path, lines[-1], name) if lines else f"No line of {path.name} is known."
    called = path.name if name in ("", "<module>") else name
    if loop is not None:
        where += f"\nIt is in the loop of line {loop.lineno}: `{words.line_of(path, loop.lineno)}`"
    if stop.kind == "output":
        step = (
            source.endless_step(loop) if loop else "Print less: what no test asks for, leave out."
        )
        received = f"more than {OUTPUT_BYTES // 2**20} MB of text.\n{where}"
        return words.three(f"{called} prints a few lines at most.", received, step)
    if stop.kind == "gone":
        return words.three(
            f"{called} leaves Python running.",
            f"{_ending(stop.status)}\n{where}",
            _ended_step(stop),
        )
    if any([step[1] for step in stack].count(name) > 4 for stack in stop.stacks):
        return words.three(
            f"{called} calls itself, and stops doing so at some point.",
            f"it was still calling itself after {stop.seconds:.0f} seconds.\n{where}",
            "Return without another call in the simplest case; a loop is often the shorter way.",
        )
    received = f"it was still running after {stop.seconds:.0f} seconds.\n{where}"
    step = source.endless_step(loop)
    if stop.seconds > 30:
        step += " If it is only slow, allow more: TRAINING_SECONDS=900 before `pytest`."
    return words.three(f"{called} comes to an end.", received, step)


def _ending(status: int) -> str:
    if status >= 0:
        return f"the process ended with the status {status}."
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"the process was ended by {name}."


def _ended_step(stop: Stop) -> str:
    if stop.status == -9:
        return "Memory may have run out: look for a list or an array that grows without end."
    if stop.status < 0:
        return "Look for recursion without an end, or a size that is far too large."
    return "Take out what ends the process, and return your answer."
