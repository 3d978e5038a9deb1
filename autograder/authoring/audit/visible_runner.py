"""Runs the visible checks over many files of one exercise, in a process forked for each.

Started as a program: libraries are imported once, before any fork, and only here, never by who
starts it. It reads a job in JSON from standard input, and writes a line of JSON for each file.
The files are edits of the course's own solution: they run with the author's rights, in a folder
that is thrown away, with bounds on time, memory and what they write.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.authoring.audit.visible_trainings import TrainingProcess, train_by
from autograder.store.store import Store

_MEMORY_BYTES = 8 * 2**30
_FILE_BYTES = 2**29
_POLL_S = 0.02


class Recorder:
    """A pytest plugin that chooses the checks, and remembers what they said."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self._tasks = entry["tasks"]
        self._also = set(entry["also"])
        self.said: dict[str, dict[str, Any]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks of some tasks, and those that are named; the first task's first."""
        ranked = []
        for item in items:
            mark = item.get_closest_marker("task")
            task = mark.args[0] if mark else ""
            if self._tasks is None or task in self._tasks or item.name in self._also:
                rank = self._tasks.index(task) if self._tasks and task in self._tasks else 1000
                ranked.append((rank, item))
        items[:] = [item for _, item in sorted(ranked, key=lambda one: one[0])]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remember a check by its call; its set-up counts only when it failed."""
        if report.when != "call" and not report.failed:
            return
        name = report.nodeid.rpartition("::")[2]
        self.said[name] = {
            "task": getattr(report, "task", ""),
            "passed": report.outcome == "passed",
            "words": str(getattr(report, "words", "") or "")[:1000],
            "seconds": round(report.duration, 3),
        }


def main() -> None:
    """Run the job that standard input holds."""
    job = json.load(sys.stdin)
    os.environ["MPLBACKEND"] = "Agg"
    sys.path.insert(0, str(Path.cwd()))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the checks need none but their own
    for library in job["libraries"]:
        importlib.import_module(library)
    gc.collect()
    gc.freeze()  # pytest collects garbage several times in each fork
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    running: dict[int, Running] = {}
    places = [Place(Path(f"place{number}"), job["store"]) for number in range(job["jobs"])]
    try:
        _run(job, running, places)
    finally:
        for pid in running:  # whoever started this has gone, or wants no more
            os.killpg(pid, signal.SIGKILL)
        for place in places:
            place.close()


class Place:
    """Where one file after the other is run, beside the process that trains for them."""

    def __init__(self, path: Path, store: str) -> None:
        self._path = path
        self._store = store
        self._process: TrainingProcess | None = None

    def open(self) -> None:
        """See to it that there is a process that trains, where there is something to train."""
        if self._process is None and "keras" in sys.modules:
            self._process = TrainingProcess(self._path)

    def join(self) -> None:
        """Have what this process trains trained there."""
        if self._process is not None:
            train_by(self._path, Store(Path(self._store)))

    def close(self) -> None:
        """End the process that trains."""
        if self._process is not None:
            self._process.end()
            self._process = None


@dataclass(frozen=True, slots=True)
class Running:
    """A file whose checks run: its name, when they must have ended, and where they run."""

    name: str
    deadline_s: float
    place: Place


def _run(job: dict[str, Any], running: dict[int, Running], places: list[Place]) -> None:
    """Run the files of a job; `running` holds what has been forked and not ended."""
    left, free = list(job["files"]), list(places)
    started_by = os.getppid()
    while (left or running) and os.getppid() == started_by:  # nobody else would read the answers
        while left and free:
            entry, place = left.pop(0), free.pop()
            place.open()
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                _child(entry, job["test"], job["timeout_s"], place)
            os.setpgid(pid, pid)  # here as well, so that it can be ended at once
            running[pid] = Running(entry["name"], time.monotonic() + job["timeout_s"], place)
        ended = _ended(running)
        if ended is None:
            time.sleep(_POLL_S)
            continue
        free.append(ended.place)
        _tell(ended.name)


def _ended(running: dict[int, Running]) -> Running | None:
    """Return a file whose process has ended, or is ended now; None if none has."""
    for pid, one in running.items():
        done, _ = os.waitpid(pid, os.WNOHANG)
        if done or time.monotonic() > one.deadline_s:
            try:
                os.killpg(pid, signal.SIGKILL)  # its children too
            except ProcessLookupError:
                pass
            if not done:
                os.waitpid(pid, 0)
                one.place.close()  # it may have been at a training that does not end
            del running[pid]
            return one
    return None


def _tell(name: str) -> None:
    try:
        said = json.loads(Path(name, "said.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        said = None
    print(json.dumps({"name": name, "said": said}), flush=True)


def _child(entry: dict[str, Any], test: str, timeout_s: float, at: Place) -> None:
    """Run the checks of one file, write down what they said, and end."""
    status = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
        seconds = 4 * int(timeout_s) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        recorder = Recorder(entry)
        at.join()
        place = Path(entry["name"])
        # Many files share one process's imports, and this program watches over them itself.
        argv = [str(place / test), "-p", "no:cacheprovider", "--import-mode=importlib"]
        argv += ["-o", "check_seconds=0"]
        pytest.main([*argv, *(["-x"] if entry["stop"] else [])], plugins=[recorder])
        fresh = place / "said.json.new"
        fresh.write_text(json.dumps(recorder.said), encoding="utf-8")
        fresh.replace(place / "said.json")
        status = 0
    except BaseException:  # noqa: BLE001 - whatever a file does, the others go on
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
