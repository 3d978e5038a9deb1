"""What runs in the workers of a cluster: one function that grades, and the engine that it keeps.

Workers find the function by the name of this module, so they need the package installed, and a
course: the packaged one, the one around their folder, or the one that AUTOGRADER_COURSE names.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import get_worker

from autograder import data as course_data
from autograder.catalog import COURSE_VARIABLE, Course, find_course, read_course
from autograder.edges.cluster_facts import digest_of, facts
from autograder.edges.cluster_tasks import Graded, GradingTask, Refused, Settings
from autograder.engine import Engine
from autograder.errors import CourseError, DataError
from autograder.records import Submission

#: Engines kept in one process; each has a sandbox, and TensorFlow in it.
_MOST_ENGINES = 2


def grade(task: GradingTask) -> Graded | Refused:
    """Grade one submission with this process's engine. It is what the cluster runs."""
    address = str(get_worker().address)
    settings = task.settings
    try:
        course = course_here()
        own = facts(course, settings.backend)
        if digest_of(own) != task.facts_digest:
            return Refused(address, facts=own)
        for name, profile in task.profiles:
            has = course_data.load(name, settings.data_profile, course_root=course.root).profile
            if has != profile:
                return Refused(address, _other_data(address, f"the {has} set of {name}"))
    except CourseError as error:
        return Refused(address, f"A worker must find the course. Received: {address}: {error}")
    except DataError as error:
        return Refused(address, _other_data(address, f"other data ({error})"))
    submission = Submission(task.name, task.exercise, task.content, task.suffix)
    with _engine(course, settings) as engine:
        return Graded(engine.grade(submission), address)


def course_here() -> Course:
    """Return this process's course: the one that is named before the one around the folder."""
    named = os.environ.get(COURSE_VARIABLE)
    return read_course(Path(named).resolve()) if named else find_course()


def facts_here(backend: str) -> dict[str, str]:
    """Return the facts of this process and its course."""
    return dict(facts(course_here(), backend))


def _other_data(worker: str, has: str) -> str:
    return (
        "Every machine of a cluster must grade with the same data. Received: worker "
        f"{worker} with {has}, unlike this machine. Run `autograder data --fetch` "
        "where the full set is missing, or grade with --data sample."
    )


@dataclass(slots=True)
class _Held:
    engine: Engine
    users: int = 0


_held: dict[tuple[Path, Settings], _Held] = {}
_lock = threading.Lock()


@contextmanager
def _engine(course: Course, settings: Settings) -> Iterator[Engine]:
    """Give the engine of these settings; the least used idle ones beyond the most are closed."""
    key = (course.root, settings)
    with _lock:
        # Anew at the end, so that the first is the one that was used longest ago.
        held = _held.pop(key, None) or _Held(_open(course, settings))
        _held[key] = held
        held.users += 1
        idle = [other for other, one in _held.items() if one.users == 0]
        for other in idle[: max(0, len(_held) - _MOST_ENGINES)]:
            _held.pop(other).engine.close()
    try:
        yield held.engine
    finally:
        with _lock:
            held.users -= 1


def _open(course: Course, settings: Settings) -> Engine:
    return Engine(
        course,
        jobs=1,
        require_isolation=settings.require_isolation,
        data_profile=settings.data_profile,
        backend=settings.backend,
        fresh=settings.fresh,
        seed=settings.seed,
    )


@atexit.register
def close() -> None:
    """End this process's engines and the boxes in them."""
    with _lock:
        while _held:
            _held.popitem()[1].engine.close()


def dask_setup(_worker: Any) -> None:
    """Leave Ctrl-C to the client, which ends its workers. Called by a worker that preloads this."""
    signal.signal(signal.SIGINT, _leave_to_client)  # not SIG_IGN: boxes would inherit that
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def dask_teardown(_worker: Any) -> None:
    """End the engines with the worker that preloaded this."""
    close()


def _leave_to_client(number: int, frame: object) -> None:
    pass
