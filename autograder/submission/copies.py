"""Chooses among several files that one student handed in for one exercise, and says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from autograder.errors import SubmissionError
from autograder.records import Exercise
from autograder.submission.cells import RawCell, read_cells
from autograder.submission.notebook_stage import written_answers

_MAX_NAMES = 5


class Choice(NamedTuple):
    """The name of the file that counts, and notes for its author and for staff."""

    name: str
    notes: tuple[str, ...]


def choose(
    expected: str, names: Sequence[str], count_written: Callable[[str], int]
) -> Choice | None:
    """Return which of the files `names` counts as the one called `expected`; None for none.

    The file of that name counts, unless nothing is written in it and something is in another.
    Of others the one counts in which most is written, of these the latest copy.

    Args:
        expected: The file's name as it was released.
        names: The files that are there for it, in any order.
        count_written: Returns how many of the answers are written in a file.
    """
    if not names:
        return None
    if list(names) == [expected]:
        return Choice(expected, ())
    ranked = sorted(names, key=lambda name: (count_written(name), _number(name), name))
    chosen = ranked[-1]
    notes = []
    if expected in names:
        if not count_written(expected) and count_written(chosen):
            notes.append(
                f"Nothing is written in {expected}, and something in {chosen}: that one was marked."
            )
        else:
            chosen = expected
    else:
        notes.append(
            f"{chosen} was marked as {expected}. Hand it in under the name that it came with."
        )
    others = [name for name in sorted(names) if name != chosen]
    if others:
        listed = ", ".join(others[:_MAX_NAMES]) + (" …" if len(others) > _MAX_NAMES else "")
        verb = "was" if len(others) == 1 else "were"
        notes.append(
            f"{listed} {verb} not marked: {chosen} counts. If that is the wrong one, "
            f"hand in the right one as {expected}."
        )
    return Choice(chosen, tuple(notes))


def _number(name: str) -> tuple[int, ...]:
    return tuple(int(digits[-9:]) for digits in re.findall(r"\d+", name))


def count_written(
    content: bytes, suffix: str, exercise: Exercise, released: Sequence[RawCell]
) -> int:
    """Return how many of the functions that an exercise asks for are written in a file."""
    try:
        contents = read_cells(content, suffix)
        return len(written_answers(contents, exercise, released))
    except SubmissionError:
        return 0
