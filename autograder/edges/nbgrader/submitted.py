"""What lies in the folder of a student's submission, as nbgrader's converter gets it: plain files.

nbgrader copies whatever a link leads to into `autograded/`, from where feedback brings it to the
student, and stops at a pipe.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.converters import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files, parse_utc

from autograder.edges.nbgrader.prefetch import Source
from autograder.submission.copies import Choice
from autograder.submission.safe_files import Copying, read_submitted
from autograder.text import PATH_CHARACTERS, printable_path

MAX_TIMESTAMP_BYTES = 200


class PlainFiles(BaseConverter):  # type: ignore[misc]
    """Copies a student's extra files in place of `BaseConverter`, which follows links."""

    left_out: Sequence[str] = ()
    exclude_overwriting: Mapping[str, Sequence[str]]

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy what lies beside the notebooks, and note what was left out."""
        source = Path(self._format_source(assignment_id, student_id))
        copying = Copying(
            ignored=[*self.coursedir.ignore, "*.ipynb"],
            reserved=self._files_of_the_course(assignment_id),
            max_file_bytes=1000 * self.coursedir.max_file_size,
            max_total_bytes=1000 * self.coursedir.max_dir_size,
            shared=self.coursedir.groupshared,
        )
        copying.copy(source, Path(self._format_dest(assignment_id, student_id)))
        folder = printable_path(source, PATH_CHARACTERS)
        for name in copying.copied:
            self.log.info("Copied %s of %s", name, folder)
        self.left_out = copying.left_out
        for description in self.left_out:
            self.log.warning("Left out of %s: %s", folder, description)

    def _files_of_the_course(self, assignment_id: str) -> set[PurePosixPath]:
        folder = self.coursedir.format_path(self.coursedir.source_directory, ".", assignment_id)
        paths = find_all_files(folder, [*self.coursedir.ignore, "*.ipynb"])
        theirs = {PurePosixPath(path) for path in self.exclude_overwriting.get(assignment_id, ())}
        return {PurePosixPath(os.path.relpath(path, folder)) for path in paths} - theirs


def source_of(converter: Any, student: str, assignment: str, notebook: str) -> Source:
    """Return where a submitted notebook lies, and how its submission is labelled.

    Args:
        converter: nbgrader's, or one of ours: it knows the folders, and the files that count for
            notebooks where there was a choice.
        student: Whose it is.
        assignment: What it was handed in for.
        notebook: The notebook's name, as it was released.
    """
    coursedir: CourseDirectory = converter.coursedir
    handed_in: Mapping[Path, Choice] = getattr(converter, "handed_in", {})
    folder = coursedir.format_path(coursedir.submitted_directory, student, assignment)
    path = Path(folder) / f"{notebook}.ipynb"
    name, notes = handed_in.get(path, (path.name, ()))
    label = f"{student}/{assignment}/{notebook}"
    shared = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
    own = tuple(converter.exclude_overwriting.get(assignment, ()))
    return Source(path.with_name(name), label, notebook, notes, shared, own)


@contextmanager
def careful_timestamps(coursedir: CourseDirectory) -> Iterator[None]:
    """Let nbgrader read a student's `timestamp.txt` only where it is a small plain file.

    What is no time counts as none; nbgrader would end the student's processing there.
    """

    def read(folder: str) -> dt.datetime | None:
        path = Path(folder) / "timestamp.txt"
        try:
            text = read_submitted(path, MAX_TIMESTAMP_BYTES).decode()[:MAX_TIMESTAMP_BYTES].strip()
            return parse_utc(text) if text else None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Exception:  # noqa: BLE001 - whatever makes it unreadable, or no time to dateutil
            coursedir.log.warning(
                "%s tells no time; whether it is late is not known",
                printable_path(path, PATH_CHARACTERS),
            )
            return None

    coursedir.get_existing_timestamp = read
    try:
        yield
    finally:
        del coursedir.get_existing_timestamp
