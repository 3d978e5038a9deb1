"""Finds the notebooks that students handed in under other names than they were released with.

nbgrader skips a file whose name it does not know, with a warning that its student never sees, and
fails where it is the only one. Here it is taken for the notebook that it is a copy of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from autograder.course.catalog import Course
from autograder.errors import SubmissionError
from autograder.submission.copies import Choice, choose, count_written
from autograder.submission.detection import Sign, detect_exercise, named_in, names_of_course
from autograder.submission.outputs import size_limit, without_outputs
from autograder.submission.safe_files import read_submitted
from autograder.submission.stage import released_cells
from autograder.text import PATH_CHARACTERS, printable, printable_path

# Of one student's folder: so many files are looked into.
_MAX_FILES = 20


def adopt_names(
    assignments: dict[str, list[str]], pattern: str, coursedir: CourseDirectory, course: Course
) -> dict[Path, Choice]:
    """Put each notebook under its own name into `assignments`, whatever its file is called.

    Args:
        assignments: By folder, the notebooks that nbgrader has found there; changed in place.
        pattern: A folder's path, with the group `assignment`.
        coursedir: Whose log and gradebook are used.
        course: The course that marks them.

    Returns:
        The files that count, by the path that nbgrader knows, where there was a choice.
    """
    choices: dict[Path, Choice] = {}
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for folder, paths in assignments.items():
            match = re.match(pattern, folder)
            try:
                released = gradebook.find_assignment(match["assignment"] if match else "").notebooks
            except MissingEntry:
                continue  # nbgrader says so
            names = [Path(path).name for path in paths]
            here = handed_in(Path(folder), names, {n.name for n in released}, course)
            assignments[folder] = [*paths, *sorted({str(path) for path in here} - set(paths))]
            for path, choice in here.items():
                for note in choice.notes:
                    coursedir.log.warning("%s: %s", printable_path(path, PATH_CHARACTERS), note)
            choices |= here
    return choices


def handed_in(
    folder: Path, names: Sequence[str], released: Collection[str], course: Course
) -> dict[Path, Choice]:
    """Return, per released notebook of which not just the file of its name is there, what counts.

    Args:
        folder: A student's folder.
        names: The names of the notebooks in it.
        released: The names of the assignment's notebooks, without their suffix.
        course: The course that marks them.
    """
    unknown = [name for name in sorted(names) if Path(name).stem not in released][:_MAX_FILES]
    if not unknown:
        return {}
    choices = {}
    free = set(unknown)
    for notebook in sorted(released):
        expected = f"{notebook}.ipynb"
        own = [name for name in unknown if named_in(Path(name).stem.lower(), released) == notebook]
        if not own and expected not in names:
            own = [name for name in sorted(free) if _is_of(folder / name, notebook, course)]
        free.difference_update(own)
        present = [expected] if expected in names else []
        choice = choose(expected, [*present, *own], _counter(folder, notebook, course))
        if choice is not None and choice != Choice(expected, ()):
            choices[folder / expected] = choice
    return _with_strangers(choices, folder, sorted(free), sorted(set(names) - free), released)


def _with_strangers(
    choices: dict[Path, Choice],
    folder: Path,
    strangers: Sequence[str],
    others: Collection[str],
    released: Collection[str],
) -> dict[Path, Choice]:
    """Return `choices`, with a note on files that are of no notebook of the assignment."""
    if strangers:
        listed = ", ".join(printable(name, 80) for name in strangers)
        note = f"Not marked, for it has no name of this assignment's notebooks: {listed}."
        for notebook in released:
            expected = f"{notebook}.ipynb"
            path = folder / expected
            if path in choices or expected in others:
                name, notes = choices.get(path, Choice(expected, ()))
                choices[path] = Choice(name, (*notes, note))
    return choices


def _is_of(path: Path, notebook: str, course: Course) -> bool:
    """Whether a file with another name holds the functions of an exercise."""
    slug, sign = detect_exercise(path, _content(path), names_of_course(course))
    return slug == notebook and sign >= Sign.DEFINES


def _counter(folder: Path, notebook: str, course: Course) -> Callable[[str], int]:
    def count(name: str) -> int:
        if notebook not in course.slugs:
            return 1  # an ordinary notebook: nothing is known of it
        exercise, released = course.exercise(notebook), released_cells(course, notebook)
        return count_written(_content(folder / name), ".ipynb", exercise, released)

    return count


def _content(path: Path) -> bytes:
    try:
        return without_outputs(read_submitted(path, size_limit(path.suffix)))
    except (SubmissionError, OSError):
        return b""
