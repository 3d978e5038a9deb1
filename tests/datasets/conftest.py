"""Machines and courses for the tests of data sets."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from repository import ROOT

from autograder.course.catalog import CATALOG, Course, read_course
from autograder.datasets.digest import sha256_of

WINES = """\
[[data]]
name = "wines"
title = "Wines"

[data.arrays]
x_train = {{ dtype = "float64", shape = [150, 13] }}
y_train = {{ dtype = "int64", shape = [150] }}
x_test = {{ dtype = "float64", shape = [28, 13] }}
y_test = {{ dtype = "int64", shape = [28] }}

[data.full]
sha256 = "{full}"
places = ["course:tables/wines.npz"]
fetch = ["npm:wines@1.0.0/tables/wines.npz"]

[data.sample]
sha256 = "{sample}"
file = "tables/wines_sample.npz"
draw = {{ seed = 3, per_class = {{ train = 5, test = 2 }} }}
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a machine without data: empty caches."""
    monkeypatch.setenv("AUTOGRADER_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path


@pytest.fixture
def course(bare: Path) -> Course:
    """This course on that machine, where Debian's package would lie in `bare / "debian"`."""
    root = bare / "course"
    shutil.copytree(ROOT / "exercises" / "data", root / "exercises" / "data")
    catalog = (ROOT / CATALOG).read_text(encoding="utf-8")
    here = catalog.replace(
        "debian:dataset-fashion-mnist/usr/share/datasets/fashion-mnist",
        f"debian:dataset-fashion-mnist{bare / 'debian'}",
    )
    assert here != catalog
    (root / CATALOG).write_text(here, encoding="utf-8")
    return read_course(root)


@pytest.fixture
def wine_arrays() -> dict[str, np.ndarray]:
    """A table of 13 columns and labels of three kinds: the full set of `wines`."""
    rng = np.random.RandomState(7)  # its stream never changes, and digests hang on it
    arrays = {}
    for split, rows in (("train", 150), ("test", 28)):
        arrays[f"x_{split}"] = rng.randint(0, 1000, (rows, 13)) / 8
        arrays[f"y_{split}"] = rng.permutation(np.arange(rows) % 3).astype("int64")
    return arrays


@pytest.fixture
def write_wines(bare: Path, wine_arrays: dict[str, np.ndarray]) -> Callable[..., Course]:
    """Write a course with another data set, in which the given texts are replaced."""

    def write(*changes: tuple[str, str], sample: str = "0" * 64) -> Course:
        root = bare / "wines"
        (root / "tables").mkdir(parents=True, exist_ok=True)
        np.savez(root / "tables" / "wines.npz", **wine_arrays)
        text = WINES.format(full=sha256_of(wine_arrays.values()), sample=sample)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (root / CATALOG).parent.mkdir(exist_ok=True)
        (root / CATALOG).write_text(text, encoding="utf-8")
        return read_course(root)

    return write


@pytest.fixture
def wines(write_wines: Callable[..., Course]) -> Course:
    """A course whose one data set is a table; its full set lies in the course, its sample not."""
    return write_wines()
