"""The catalog's `[[data]]` entries: a course's data sets, read strictly.

An entry is written like this; `places`, `fetch`, `draw` and, where no source is a folder, `idx` may
be left out:

    [[data]]
    name = "digits"                    # what exercises write in their `data`
    title = "Digits"                   # what people call it

    [data.arrays]                      # in the order that digests are taken over
    x_train = { dtype = "uint8", shape = [60000, 28, 28], idx = "train-images" }
    y_train = { dtype = "uint8", shape = [60000], idx = "train-labels" }

    [data.full]
    sha256 = "…"                       # of the arrays: autograder/datasets/digest.py says how
    places = ["keras:digits.npz"]      # where a copy may lie
    fetch = ["npm:digits@1.0.0/data"]  # how one is brought

    [data.sample]
    sha256 = "…"
    file = "exercises/data/digits_sample.npz"
    draw = { seed = 1, per_class = { train = 600 } }

`shape` is that of the full set. `data_sources` says how places and clients are written. The digest
of a set that is new comes with the error that refuses another one; `autograder data --sample NAME`
draws a sample, and prints its digest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.course.data_sources import clients, course_file, places
from autograder.course.rules import check_table, check_unique
from autograder.datasets.idx import TYPE_CODES
from autograder.datasets.spec import (
    DTYPES,
    RESERVED_NAMES,
    ArraySpec,
    DatasetSpec,
    SampleDraw,
)
from autograder.errors import CourseError
from autograder.guest.wire import FROM_HOST

_KEYS = ("name", "title", "arrays", "full", "sample")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SEED_MAX = 2**32 - 1


def data_entries(entries: object, where: str) -> dict[str, DatasetSpec]:
    """Return a catalog's data sets by name, in its order.

    Args:
        entries: What stands under the key `data`.
        where: The catalog, for messages.

    Raises:
        CourseError: An entry is wrong.
    """
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CourseError(
            "Data sets are written as `[[data]]`, with two brackets. "
            f"Received: {where} with another form. Add the second pair of brackets."
        )
    specs = [_spec(entry, f"{where}, data {n}") for n, entry in enumerate(entries, 1)]
    check_unique([spec.name for spec in specs], "name", where)
    return {spec.name: spec for spec in specs}


def _spec(entry: Mapping[str, Any], where: str) -> DatasetSpec:
    check_table(entry, _KEYS, (), "A data set", where)
    name, title = entry["name"], entry["title"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise CourseError(
            f"The name of a data set is a lower-case name. Received: {where} with {name!r}. "
            "Correct it."
        )
    where = f"{where} ({name})"
    if not isinstance(title, str) or not title.strip():
        raise CourseError(f"A title is text. Received: {where} with {title!r}. Write one.")
    arrays = _arrays(entry["arrays"], f"{where}, arrays")
    full, sample = entry["full"], entry["sample"]
    check_table(full, ("sha256",), ("places", "fetch"), "A full set", f"{where}, full")
    check_table(sample, ("sha256", "file"), ("draw",), "A sample", f"{where}, sample")
    return DatasetSpec(
        name=name,
        title=title,
        arrays=arrays,
        full_sha256=_sha256(full["sha256"], f"{where}, full"),
        places=places(full.get("places", []), arrays, f"{where}, full"),
        fetch=clients(full, arrays, f"{where}, full"),
        sample_sha256=_sha256(sample["sha256"], f"{where}, sample"),
        sample_file=course_file(sample["file"], f"{where}, sample"),
        draw=_draw(sample["draw"], arrays, f"{where}, sample") if "draw" in sample else None,
    )


def _arrays(table: object, where: str) -> tuple[ArraySpec, ...]:
    if not isinstance(table, dict) or not table:
        raise CourseError(
            "The arrays of a data set are a table, `[data.arrays]`, with one or more. "
            f"Received: {where} as {table!r}. Write one line for each array."
        )
    arrays = tuple(_array(name, value, where) for name, value in table.items())
    rows: dict[str, int] = {}
    for array in arrays:
        if rows.setdefault(array.split, array.shape[0]) != array.shape[0]:
            raise CourseError(
                "Arrays whose names end alike have equally many rows. Received: "
                f"{where} with {array.name} of {array.shape[0]} rows beside "
                f"{rows[array.split]}. Correct a shape, or a name."
            )
    check_unique([array.idx for array in arrays if array.idx], "idx", where)
    total = sum(array.nbytes for array in arrays)
    if total > FROM_HOST.body_bytes:
        raise CourseError(
            f"A data set has at most {FROM_HOST.body_bytes} bytes, which a box can be sent. "
            f"Received: {where} with {total}. Correct a shape, or take a part of the set."
        )
    return arrays


def _array(name: str, value: object, where: str) -> ArraySpec:
    if not _NAME.fullmatch(name) or name in RESERVED_NAMES:
        raise CourseError(
            f"The name of an array is a lower-case name, but none of {', '.join(RESERVED_NAMES)}. "
            f"Received: {where} with {name!r}. Rename it."
        )
    where = f"{where}, {name}"
    table = check_table(value, ("dtype", "shape"), ("idx",), "An array", where)
    dtype, shape, idx = table["dtype"], table["shape"], table.get("idx", "")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise CourseError(
            f"A dtype is one of {', '.join(DTYPES)}. Received: {where} with {dtype!r}. Correct it."
        )
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= FROM_HOST.dimensions
        or not all(type(size) is int and 1 <= size < 2**32 for size in shape)
    ):
        raise CourseError(
            f"A shape is a list of 1 to {FROM_HOST.dimensions} positive sizes, rows first. "
            f"Received: {where} with {shape!r}. Correct it."
        )
    if "idx" in table and (not isinstance(idx, str) or not _FILE.fullmatch(idx)):
        raise CourseError(
            f"`idx` is the name of a file, without `.gz`. Received: {where} with {idx!r}. "
            "Correct it."
        )
    if idx and dtype not in TYPE_CODES:
        raise CourseError(
            f"An IDX file holds one of {', '.join(TYPE_CODES)}. Received: {where} with {dtype}. "
            "Take the set from an .npz file."
        )
    return ArraySpec(name, dtype, tuple(shape), idx)


def _sha256(value: object, where: str) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise CourseError(
            "A SHA-256 is 64 hexadecimal digits, in lower case. "
            f"Received: {where} with {value!r}. Correct it."
        )
    return value


def _draw(value: object, arrays: Sequence[ArraySpec], where: str) -> SampleDraw:
    where = f"{where}, draw"
    table = check_table(value, ("seed", "per_class"), (), "How a sample is drawn", where)
    seed, per_class = table["seed"], table["per_class"]
    if type(seed) is not int or not 0 <= seed <= _SEED_MAX:
        raise CourseError(
            f"A seed is a whole number from 0 to {_SEED_MAX}. "
            f"Received: {where} with {seed!r}. Correct it."
        )
    splits = list(dict.fromkeys(array.split for array in arrays))
    if (
        not isinstance(per_class, dict)
        or set(per_class) != set(splits)
        or not all(type(count) is int and count > 0 for count in per_class.values())
    ):
        raise CourseError(
            f"`per_class` gives the rows of each class for each of {', '.join(splits)}, which the "
            f"arrays' names end in. Received: {where} with {per_class!r}. Correct it."
        )
    labels = {array.name for array in arrays if len(array.shape) == 1 and "int" in array.dtype}
    for split in splits:
        if f"y_{split}" not in labels:
            raise CourseError(
                "A sample is drawn by class, from labels that are whole numbers of shape (rows,). "
                f"Received: {where} without such an array y_{split}. Add it, or take out `draw`."
            )
    return SampleDraw(seed, tuple(per_class.items()))
