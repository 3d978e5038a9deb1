"""The package's exceptions: each says whose fault it is, and so what it may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.records import Status


class AutograderError(Exception):
    """Any failure that the package foresees; its text is fit to show to a person."""


class UsageError(AutograderError):
    """A command was given arguments that it cannot follow."""


class SubmissionError(AutograderError):
    """A submission cannot be read; the text says to the student why, and what to do."""


class CourseError(AutograderError):
    """Catalog, solutions, graders or renders contradict each other: the author's fault."""


class DataError(AutograderError):
    """A data set is missing or is not the published one."""


class SandboxError(AutograderError):
    """A box could not be started or kept: our fault, never the student's."""


class FrameError(AutograderError):
    """A box sent bytes that are no frame, or a frame that is out of bounds."""


class ModelError(AutograderError):
    """A model's description is outside what the model box may rebuild."""


class NoEvidence(AutograderError):
    """A check cannot be judged, for a reason on the student's side; `status` says which."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
