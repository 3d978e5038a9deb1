"""nbgrader's steps, with student code in the sandbox alone."""

from typing import Any

from autograder.edges import old_names


def __getattr__(name: str) -> Any:
    """Return what this was a module with, before it was a package."""
    return old_names.moved(__name__, name)
