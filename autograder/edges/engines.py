"""The process's engines: started at the first grading, kept, stopped when the process ends.

nbgrader builds new preprocessors for every notebook, and formgrader does so inside a Jupyter
server, from whichever thread; so the engine lives here, behind a lock.
"""

from __future__ import annotations

import atexit
import threading
from pathlib import Path

from autograder.catalog import Course
from autograder.engine import Engine
from autograder.records import Report, Submission

_Key = tuple[Path, str | None, bool]

_lock = threading.Lock()
_running: dict[_Key, Engine] = {}


def grade(
    course: Course, data_profile: str | None, require_isolation: bool, submission: Submission
) -> Report:
    """Grade with the engine of these settings, starting it if there is none yet."""
    key = (course.root, data_profile, require_isolation)
    with _lock:
        if key not in _running:
            _running[key] = Engine(
                course, data_profile=data_profile, require_isolation=require_isolation
            )
        try:
            return _running[key].grade(submission)
        except Exception:
            # The next submission gets a fresh engine rather than a broken one.
            _running.pop(key).close()
            raise


@atexit.register
def close() -> None:
    """End all engines and the boxes in them."""
    with _lock:
        while _running:
            _running.popitem()[1].close()
