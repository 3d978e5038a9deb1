"""The folder of what belongs to one copy of a course: its secret and its store."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.course.catalog import Course
from autograder.store.store import FOLDER_VARIABLE, Store


def state_folder(course: Course) -> Path:
    """Return the folder of what belongs to one copy of the course: its secret and its store.

    It is `.autograder` of the course; for the course inside an installed package, a folder among
    the user's own state.
    """
    if not course.is_packaged:
        return course.root / ".autograder"
    state = Path(os.environ.get("XDG_STATE_HOME") or "")
    if not state.is_absolute():  # the XDG specification has relative paths ignored
        state = Path.home() / ".local" / "state"
    return state / course.state


def default_store(course: Course) -> Store:
    """Return the course's store, or the one that AUTOGRADER_STORE names."""
    named_folder = os.environ.get(FOLDER_VARIABLE)
    if named_folder:
        return Store(Path(named_folder).expanduser().resolve())
    return Store(state_folder(course) / "store")
