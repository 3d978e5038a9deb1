"""The process in which checks run: it may hang or die, for another one watches it.

Started as a program by `supervisor.py`. It reads lines of JSON from standard input, first a job,
then which check to run, and writes lines of JSON, the reports among them, to standard output.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, Iterator

import pytest

HERE = Path(__file__).resolve().parent.parent
#: How often the process says what it does, and how long it must be dumb before its stack is dumped.
PULSE_S, DUMB_S = 0.25, 2.0
_OUTPUT_KEPT = 20_000
_real_exit = os._exit


class ProcessEnded(SystemExit):
    """A student's code wanted to end the process at once."""


class Channel:
    """Writes messages, one a line, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.lock = threading.Lock()
        self.process = os.getpid()

    def send(self, **message: Any) -> None:
        """Write one message; a process that a student's code has forked writes none."""
        if os.getpid() != self.process:
            return
        with self.lock:
            self.stream.write(json.dumps(message, default=str).encode() + b"\n")
            self.stream.flush()


class Pulse(threading.Thread):
    """Says again and again in which line of the student's file the checks are."""

    def __init__(self, channel: Channel, stacks: str) -> None:
        super().__init__(daemon=True)
        self.channel = channel
        # The interpreter itself writes here, also while nothing else in it can run.
        self.stacks = Path(stacks).open("w", encoding="utf-8")  # noqa: SIM115
        self.main = threading.main_thread().ident
        self.file = ""

    def run(self) -> None:
        """Send a pulse now and then, while a check runs."""
        while True:
            if self.file:
                self._dump_if_dumb()
                self.channel.send(event="pulse", **self._look())
            time.sleep(PULSE_S)

    def begin(self, file: str) -> None:
        """Say from now on where this file's checks are, also where no pulse ever has its turn."""
        self._dump_if_dumb()
        self.file = file

    def _dump_if_dumb(self) -> None:
        faulthandler.dump_traceback_later(DUMB_S, file=self.stacks)

    def stop(self) -> None:
        """Say nothing until the next check."""
        self.file = ""
        faulthandler.cancel_dump_traceback_later()

    def _look(self) -> dict[str, Any]:
        frame = sys._current_frames().get(self.main or 0)
        own: list[tuple[int, str]] = []
        slow = is_ours = False
        while frame is not None:
            name = frame.f_code.co_filename
            if "-packages" in name or name.startswith("<frozen importlib"):
                slow = slow or not is_ours  # what the student's line, or the check's, waits for
            elif name.startswith(str(HERE)):
                is_ours = True
            if name == self.file:
                own.append((frame.f_lineno, frame.f_code.co_name))
            frame = frame.f_back
        return {"own": own[::-1][:40], "slow": slow, "output": _output_bytes()}


def _output_bytes() -> int:
    """Return how much was printed in this check: pytest puts a file in place of the terminal."""
    try:
        return os.fstat(1).st_size
    except OSError:
        return 0


class Runner:
    """A pytest plugin that runs the checks it is asked for, one by one."""

    def __init__(self, requests: Iterator[dict[str, Any]], channel: Channel, stacks: str) -> None:
        self.requests = requests
        self.channel = channel
        self.pulse = Pulse(channel, stacks)
        self.config: Any = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Let the rest of the plugin know that this is the process that is watched."""
        self.config = config
        from course_checks import student_file

        student_file.SLOW.append(lambda: self.channel.send(event="slow"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run what is asked for, until nobody asks any more."""
        faulthandler.enable(file=self.pulse.stacks)
        self.pulse.start()
        items = {item.nodeid: item for item in session.items}
        self.channel.send(event="ready")
        for request in self.requests:
            item, following = items.get(request.get("run", "")), items.get(request.get("next", ""))
            if item is None:
                self.channel.send(event="unknown")
                continue
            self.pulse.begin(str(item.path.with_name(item.path.name[len("test_") :])))
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            finally:
                self.pulse.stop()
            if os.getpid() != self.channel.process:
                _real_exit(0)
            self.channel.send(event="done")
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self) -> None:
        """Tell that the student's file is loaded."""
        self.channel.send(event="call")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hand a report on."""
        report.sections = [(name, text[-_OUTPUT_KEPT:]) for name, text in report.sections]
        data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        self.channel.send(event="report", report=data)


def guard_exits() -> None:
    """Let `os._exit` and `os.abort` name the line that calls them, in this process."""
    process = os.getpid()

    def exit_(status: int = 0) -> None:
        if os.getpid() != process:  # a child, which has to end like this
            _real_exit(status)
        raise ProcessEnded(f"os._exit({status})")

    def abort() -> None:
        raise ProcessEnded("os.abort()")

    os._exit, os.abort = exit_, abort  # type: ignore[assignment]


def bound_memory() -> None:
    """Let Python say MemoryError before the machine stands still, where the system can."""
    if sys.platform != "linux":
        return
    import resource

    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = max(8 * 2**30, total * 9 // 10)
    try:
        resource.setrlimit(
            resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1])
        )
    except (OSError, ValueError):
        pass  # a lower limit holds already


def main() -> None:
    """Load libraries if asked to; then run the job, here or each in a process that is forked."""
    channel = Channel(os.fdopen(os.dup(1), "wb"))
    requests = lines(os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    sys.path.insert(0, str(HERE))
    forks = False
    for job in requests:
        if "warm" in job:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # each would load them anew
            load(job["warm"])
            forks = job["fork"]
            channel.send(event="warm")
        elif "arguments" in job and forks:
            fork(job, requests, channel)
        elif "arguments" in job:
            if job["show"]:
                os.dup2(2, 1)
            serve(job, requests, channel)


def lines(descriptor: int) -> Iterator[dict[str, Any]]:
    """Yield what comes in, a line at a time and no byte more: the rest is for who reads next."""
    line = b""
    while byte := os.read(descriptor, 1):
        line += byte
        if byte == b"\n":
            try:
                message = json.loads(line)
            except ValueError:
                message = None  # a process that has been killed had read the first half of it
            line = b""
            if message:
                yield message


def load(libraries: list[str]) -> None:
    """Import libraries, as far as they are there."""
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for library in libraries:
        try:
            importlib.import_module(library)
        except ImportError:
            pass  # a check that needs it says so


def fork(job: dict[str, Any], requests: Iterator[dict[str, Any]], channel: Channel) -> None:
    """Run a job in a forked process, and tell how it ended."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        channel.process = os.getpid()
        channel.send(event="forked", pid=os.getpid())
        serve(job, requests, channel)
    _, status = os.waitpid(pid, 0)
    channel.stream.write(b"\n")  # its last line may be cut off
    channel.send(event="ended", status=os.waitstatus_to_exitcode(status))


def serve(job: dict[str, Any], requests: Iterator[dict[str, Any]], channel: Channel) -> None:
    """Run checks until nobody asks any more, and end the process."""
    status = 1
    try:
        from course_checks import student_file

        student_file.STOPPED.update(job["stopped"])
        guard_exits()
        bound_memory()
        runner = Runner(requests, channel, job["stacks"])
        status = int(pytest.main(job["arguments"], plugins=[runner]))
    finally:
        channel.send(event="end", status=status)
        _real_exit(0)


if __name__ == "__main__":
    main()
