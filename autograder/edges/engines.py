"""The process's engines: started at the first grading, kept, stopped when the process ends.

nbgrader builds new preprocessors for every notebook, and formgrader does so inside a Jupyter
server, from whichever thread; so the engine lives here, behind a lock.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, Protocol

from autograder.course.catalog import Course
from autograder.engine import Engine
from autograder.records import Report, Submission


class Settings(NamedTuple):
    """What an engine is started with. `workers` or `scheduler` ask for a cluster."""

    jobs: int | None = None
    workers: int | None = None
    scheduler: str | None = None
    data_profile: str | None = None
    require_isolation: bool = False
    fresh: bool = False
    examples: bool = True


class Grader(Protocol):
    """What `Engine` and `ClusterEngine` have in common."""

    def submit(
        self, submission: Submission, progress: Callable[[Report], None] | None = None
    ) -> Future[Report]: ...

    def close(self) -> None: ...


_lock = threading.Lock()
_running: dict[tuple[Path, Settings], Grader] = {}


def submit(
    course: Course,
    settings: Settings,
    submission: Submission,
    progress: Callable[[Report], None] | None = None,
) -> Future[Report]:
    """Grade with the engine of these settings, starting it if there is none yet."""
    key = (course.root, settings)
    with _lock:
        if key not in _running:
            _running[key] = _start(course, settings)
        engine = _running[key]
    try:
        return engine.submit(submission, progress)
    except Exception:  # it is raised again
        # The next submission gets a fresh engine rather than a broken one.
        with _lock:
            if _running.get(key) is engine:
                del _running[key]
        engine.close()
        raise


def _start(course: Course, settings: Settings) -> Grader:
    if settings.workers or settings.scheduler:
        from autograder.edges.cluster.engine import ClusterEngine

        return ClusterEngine(
            course,
            workers=settings.workers,
            scheduler=settings.scheduler,
            data_profile=settings.data_profile,
            require_isolation=settings.require_isolation,
            fresh=settings.fresh,
            examples=settings.examples,
        )
    return Engine(
        course,
        jobs=settings.jobs,
        data_profile=settings.data_profile,
        require_isolation=settings.require_isolation,
        fresh=settings.fresh,
        examples=settings.examples,
    )


@atexit.register
def close() -> None:
    """End all engines and the boxes in them."""
    with _lock:
        engines = list(_running.values())
        _running.clear()
    for engine in engines:  # without the lock: who waited for a report may want the next one
        engine.close()
