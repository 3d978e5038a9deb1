"""What surrounds a call: its arguments are copies, and what was done to them is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from autograder.guest.student.call_guard import changed, copy


def arguments() -> tuple[Any, ...]:
    """Return one argument of each kind that a probe gives."""
    image = Image.fromarray(np.zeros((2, 3), "uint8"))
    rows = np.array([[1.0, np.nan], [3.0, 4.0]])
    return rows, [np.arange(3), "a"], {"k": np.ones(2), "n": 1}, image, 0.5, float("nan"), None


def left_after(change: Callable[[Any], object]) -> tuple[int | str, ...]:
    """Return what is told of a call that does `change` to its copies."""
    given = arguments()
    copies = copy(given)
    change(copies)
    return changed((given, {}), (copies, {}))


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (0, lambda args: args[0].sort(axis=0)),
        (0, lambda args: np.divide(args[0], 2, out=args[0])),
        (0, lambda args: args[0].resize((1, 4), refcheck=False)),
        (1, lambda args: args[1].append(1)),
        (1, lambda args: args[1][0].fill(7)),
        (1, lambda args: args[1].__setitem__(1, object())),
        (2, lambda args: args[2].pop("k")),
        (2, lambda args: args[2].update(more=1)),
        (2, lambda args: args[2]["k"].__imul__(2)),
        (3, lambda args: args[3].putpixel((0, 0), 9)),
    ],
)
def test_a_changed_argument_is_told(place: int, change: Callable[[Any], object]) -> None:
    """A call that changes an argument in place is told with that argument's place."""
    assert left_after(change) == (place,)


@pytest.mark.parametrize(
    "change",
    [
        lambda args: None,
        lambda args: args[0].sum() + args[1][0].max(),
        lambda args: args[3].rotate(90),
        lambda args: np.sort(args[0]),
    ],
)
def test_a_call_that_only_reads_changes_nothing(change: Callable[[Any], object]) -> None:
    """Reading, and making new arrays, changes no argument; NaN is equal to itself."""
    assert left_after(change) == ()


def test_a_keyword_is_told_by_its_name() -> None:
    """Of keyword arguments the names are told."""
    given = {"rows": np.zeros(2), "others": np.zeros(2)}
    copies = copy(given)
    copies["rows"] += 1
    assert changed(((), given), ((), copies)) == ("rows",)


def test_nothing_done_to_a_copy_lasts() -> None:
    """What is done to copies, also deep inside containers, leaves the original as it was."""
    given = ({"a": [np.zeros(2)]},)
    copy(given)[0]["a"][0] += 1
    assert given[0]["a"][0].tolist() == [0, 0]
