"""The engines of a worker process: started at the first task, kept, closed with the process."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.course.catalog import COURSE_VARIABLE, Course, find_course, read_course
from autograder.edges.cluster.tasks import Settings
from autograder.engine import Engine
from autograder.training.service import Trainer, TrainingService

#: Engines kept in one process; each has a sandbox, and TensorFlow in it.
_MOST_ENGINES = 2

#: Makes what trains for an engine out of the engine's own training service.
MakeTrainer = Callable[[TrainingService, Settings], Trainer]


def course_here() -> Course:
    """Return this process's course: the one in the environment, else the one around the folder.

    Raises:
        CourseError: There is none, or its catalog is wrong.
    """
    named = os.environ.get(COURSE_VARIABLE)
    return read_course(Path(named).resolve()) if named else find_course()


class SharedEngine:
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
            examples=settings.examples,
        )


_engines: dict[tuple[Path, Settings], SharedEngine] = {}
_lock = threading.Lock()


@contextmanager
def shared_engine(
    course: Course, settings: Settings, make_trainer: MakeTrainer
) -> Iterator[SharedEngine]:
    """Give the engine of these settings, and close the oldest idle ones of more than the most."""
    key = (course.root, settings)
    with _lock:
        # Put back at the end: so the first one is always the least recently used.
        engine = _engines.pop(key, None) or SharedEngine(course, settings, make_trainer)
        _engines[key] = engine
        engine.users += 1
        idle = [idle_key for idle_key, other in _engines.items() if other.users == 0]
        for idle_key in idle[: max(0, len(_engines) - _MOST_ENGINES)]:
            _engines.pop(idle_key).engine.close()
    try:
        yield engine
    finally:
        with _lock:
            engine.users -= 1


def users() -> int:
    """Return how many tasks use an engine of this process now."""
    with _lock:
        return sum(engine.users for engine in _engines.values())


@atexit.register
def close() -> None:
    """End this process's engines and the boxes in them."""
    with _lock:
        while _engines:
            _engines.popitem()[1].engine.close()
