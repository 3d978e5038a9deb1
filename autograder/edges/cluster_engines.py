"""The engines of a worker process: started at the first task, kept, closed with the process."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.catalog import COURSE_VARIABLE, Course, find_course, read_course
from autograder.edges.cluster_tasks import Settings
from autograder.engine import Engine
from autograder.training import Trainer, TrainingService

#: Engines kept in one process; each has a sandbox, and TensorFlow in it.
_MOST_ENGINES = 2

#: Makes what trains for an engine out of the engine's own training service.
MakeTrainer = Callable[[TrainingService, Settings], Trainer]


def course_here() -> Course:
    """Return this process's course: the one that is named before the one around the folder."""
    named = os.environ.get(COURSE_VARIABLE)
    return read_course(Path(named).resolve()) if named else find_course()


class Held:
    """An engine, its own training service, and how many are using it."""

    engine: Engine
    service: TrainingService

    def __init__(self, course: Course, settings: Settings, make_trainer: MakeTrainer) -> None:
        self.users = 0

        def trainer(service: TrainingService) -> Trainer:
            self.service = service
            return make_trainer(service, settings)

        self.engine = Engine(
            course,
            jobs=1,
            require_isolation=settings.require_isolation,
            data_profile=settings.data_profile,
            backend=settings.backend,
            fresh=settings.fresh,
            seed=settings.seed,
            trainer=trainer,
        )


_held: dict[tuple[Path, Settings], Held] = {}
_lock = threading.Lock()


@contextmanager
def held(course: Course, settings: Settings, make_trainer: MakeTrainer) -> Iterator[Held]:
    """Give the engine of these settings; the least used idle ones beyond the most are closed."""
    key = (course.root, settings)
    with _lock:
        # Anew at the end, so that the first is the one that was used longest ago.
        found = _held.pop(key, None) or Held(course, settings, make_trainer)
        _held[key] = found
        found.users += 1
        idle = [other for other, one in _held.items() if one.users == 0]
        for other in idle[: max(0, len(_held) - _MOST_ENGINES)]:
            _held.pop(other).engine.close()
    try:
        yield found
    finally:
        with _lock:
            found.users -= 1


def users() -> int:
    """Return how many tasks use an engine of this process now."""
    with _lock:
        return sum(one.users for one in _held.values())


@atexit.register
def close() -> None:
    """End this process's engines and the boxes in them."""
    with _lock:
        while _held:
            _held.popitem()[1].engine.close()
