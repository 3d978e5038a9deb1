"""Mutations of bytes and of JSON, drawn by Hypothesis so that a failing one shrinks."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

#: A place among others, by its remainder: Hypothesis draws small floats far too often.
PLACE = st.integers(0, 2**20)
_PIECES = [
    *(b"", b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\r", b"\n", b"\t", b'"', b"\\", b"\\u"),
    *(b"[", b"]", b"{", b"}", b",", b":", b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-1"),
    *(b"9" * 30, b"9" * 5000, b"[" * 2000, b'{"a":' * 2000, b"[" * 600_000, b" " * 100_000),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"# %%\n", b"%%time\n", b"!ls\n", b"'''", b'"""', b"\\\n"),
    *("\N{LINE SEPARATOR}".encode(), "\N{RIGHT-TO-LEFT OVERRIDE}".encode(), b"\x1b[2J", b"\x0c"),
    *(b"lambda: " * 3000, b"(" * 3000, b"-" * 50_000, b"x." * 30_000, b"not " * 9000, b"<script>"),
]
ODD = [
    *(None, True, False, 0, -1, 1, 3, 5, 2**31, 10**18, -(10**18), 1.5, 1e308, float("nan")),
    *("", "x", "code", "\ud800", "\x00\x1b[2J", "a" * 5000, "### BEGIN SOLUTION", "# %%", "<b>"),
    *([], {}, [None], [[]], [1, "a"], ["a", "b"], [{}], {"a": None}, {"": {}}, {"grade_id": []}),
    *({"nbgrader": 3}, {"nbgrader": {"grade_id": "x y", "solution": "yes", "grade": []}}),
    {"nbgrader": {"grade_id": {}, "locked": None, "schema_version": -1, "points": float("inf")}},
    {"source": ["a", 1], "cell_type": ["code"], "metadata": []},
    {"cell_type": "code", "source": "x = 1\n" * 200, "metadata": None, "outputs": 3},
    {"cell_type": "markdown", "source": "![a](attachment:a.png)", "attachments": {"a.png": 3}},
    {"cell_type": "markdown", "source": ["<script>", "[a](javascript:b)"], "attachments": []},
]
_ARRAY = {"$": "array", "i": 0}
_HISTORY = {"$": "history", "history": {"$": "dict", "items": [["loss", [1, None]]]}, "epoch": [0]}
_LISTS = ("legend", "legend_entries", "lines", "points", "polylines", "polygons", "grids", "texts")
_AXES = {name: [] for name in (*_LISTS, "places")}
_AXES |= {"title": "True: 1", "xlabel": "", "ylabel": None, "edges": [[1, 2, 3]]}
#: What answers of a box are made of, where it does not belong.
TOLD = [
    *(None, True, False, 0, -1, 1, 10, 2**31, 10**18, 10**19 - 1, -(10**18), 0.5, 1e308),
    *(float("nan"), "", "x", "returned", "answer", "\ud800", "\x00\x1b[2J", "a" * 5000, [], {}),
    *([None], [[]], [1, "a"], [0, 0], {"": {}}, _ARRAY, {**_ARRAY, "$": "scalar"}, [_ARRAY] * 3),
    *({"$": "array", "i": 1}, {"$": "float", "value": "nan"}, {"$": "float", "value": "-inf"}),
    *({"$": "tuple", "items": [1, None]}, {"$": "dict", "items": [[1, 2], ["a", _ARRAY]]}),
    *({"$": "opaque", "type": "a.B", "why": "no"}, _HISTORY, {"$": "pickle", "value": "x"}),
    *({"$": "figure", "title": "", "axes": [_AXES], "legend_entries": []}, {"$": "picture", "mode": "L", "i": 0}),
    {"$": "model", "config": {"class_name": "Sequential", "config": {"name": "s", "layers": []}},
     "weights": [], "compiled": None, "fits": [{"epochs": []}]},
    *({"dtype": "|O", "shape": []}, {"dtype": "<f8", "shape": [0, 2**40]}, {"type": 3, "message": 3}),
    *({"dtype": "|b1", "shape": [3]}, {"dtype": "<f2", "shape": []}, {"class_name": "Lambda"}),
]  # fmt: skip
#: Changes are drawn as small numbers, so that a failing example is told in a line.
BYTE_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["cut", "cut out", "flip", "insert", "copy", "swap"]),
        PLACE,
        PLACE,
        st.integers(0, len(_PIECES) - 1),
    ),
    min_size=1,
    max_size=3,
)
TREE_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["delete", "double", "replace", "wrap", "rename", "nest", "spread"]),
        st.lists(PLACE, min_size=1, max_size=7),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=4,
)


def change_bytes(content: bytes, changes: Sequence[tuple[str, int, int, int]]) -> bytes:
    """Return bytes with parts cut out, copied, exchanged, flipped, or odd pieces put in."""
    for kind, first, second, number in changes:
        start, end = sorted((first % (len(content) + 1), second % (len(content) + 1)))
        if kind == "cut":
            content = content[:start]
        elif kind == "cut out":
            content = content[:start] + content[end:]
        elif kind == "flip" and start < len(content):
            flipped = content[start] ^ (1 << second % 8)
            content = content[:start] + bytes([flipped]) + content[start + 1 :]
        elif kind == "insert":
            content = content[:start] + _PIECES[number] + content[start:]
        elif kind == "copy":
            content = content[:start] + 3 * content[start:end] + content[end:]
        elif kind == "swap":
            content = content[end:] + content[:start] + content[start:end]
    return content


def change_tree(
    value: Any, changes: Sequence[tuple[str, Sequence[int], int]], odd_values: Sequence[Any] = ODD
) -> Any:
    """Return JSON with parts of its tree deleted, doubled, replaced, nested or renamed."""
    value = copy.deepcopy(value)
    for kind, places, odd in changes:
        _change_part(value, kind, places, copy.deepcopy(odd_values[odd % len(odd_values)]))
    return value


def _change_part(value: Any, kind: str, places: Sequence[int], odd: Any) -> None:
    place = value
    for last, number in enumerate(places, 1 - len(places)):
        keys = _keys(place)
        if not keys:
            return
        key = keys[number % len(keys)]
        if last == 0 or not _keys(place[key]):
            break
        place = place[key]
    if kind == "delete":
        del place[key]
    elif kind == "replace":
        place[key] = odd
    elif kind == "wrap":
        place[key] = [place[key]]
    elif kind == "nest":
        for _ in range(30):
            place[key] = [place[key]]
    elif isinstance(place, list):
        place[key : key + 1] = [place[key]] * (2 if kind == "double" else 30)
    elif kind == "rename":
        place[f"{key}_"] = place.pop(key)
    elif kind == "double":
        place[str(odd)[:20]] = place[key]
    else:
        place.update({f"{key}{number}": place[key] for number in range(30)})


def _keys(place: Any) -> list[Any]:
    if isinstance(place, dict):
        return list(place)
    return list(range(len(place))) if isinstance(place, list) else []


def fuzz(examples: int) -> settings:
    """The same examples every time; what a failing one was is told with the failure."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=timedelta(seconds=20),  # of a clock that other processes also use
        suppress_health_check=list(HealthCheck),
    )
