"""A course's own tables and pictures: read as the catalog has them, and refused where they are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autograder.course.catalog import Course
from autograder.datasets import plain, registry
from autograder.datasets.spec import ArraySpec
from autograder.edges.cli.main import main
from autograder.errors import DataError


@pytest.fixture
def tables(write_wines: Callable[..., Course], wine_arrays: dict[str, np.ndarray]) -> Course:
    """The wines as four CSV files, two of them with a line of names."""
    course = write_wines(("course:tables/wines.npz", "course:tables/wines"))
    folder = course.root / "tables" / "wines"
    folder.mkdir()
    for name, array in wine_arrays.items():
        header = ",".join(f"column {n}" for n in range(13)) if name[0] == "x" else ""
        form = "%.18g" if name[0] == "x" else "%d"
        path = folder / f"{name}.csv"
        np.savetxt(path, array, form, delimiter=",", header=header, comments="")
    return course


def test_a_set_of_csv_files_is_the_set(tables: Course, wine_arrays: dict[str, np.ndarray]) -> None:
    """Written as text and read again, the arrays have the catalog's digest to the last bit."""
    full = registry.load("wines", "full", course=tables)
    for name, array in wine_arrays.items():
        assert np.array_equal(full.arrays[name], array)


def test_a_changed_number_is_another_set(tables: Course) -> None:
    """One other digit, and the SHA-256 is not the catalog's; both are shown."""
    path = tables.root / "tables" / "wines" / "y_test.csv"
    text = path.read_text("utf-8")
    path.write_text(("1" if text[0] != "1" else "2") + text[1:], encoding="utf-8")
    with pytest.raises(DataError, match=r"SHA-256 [0-9a-f]{64}\. Received: [0-9a-f]{64}"):
        registry.load("wines", "full", course=tables)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1\n2\nthree\n", "must hold numbers of type int64"),
        ("1,2\n3\n", "must hold numbers"),
        ("1\n" * 40_000, "too large"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, says: str) -> None:
    """Words, ragged lines and files beyond the catalog's shape are told with the file's name."""
    (tmp_path / "y.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=rf"y\.csv.*{says}"):
        plain.read(tmp_path, ArraySpec("y", "int64", (3,)))


@pytest.mark.parametrize(("mode", "shape"), [("L", (3, 2, 5)), ("RGB", (3, 2, 5, 3))])
def test_a_folder_of_pictures_is_an_array(tmp_path: Path, mode: str, shape: tuple) -> None:
    """Grey and coloured pictures, in the order of their names; other files are left alone."""
    expected = np.random.default_rng(0).integers(0, 256, shape, dtype="uint8")
    folder = tmp_path / "x"
    folder.mkdir()
    for number, pixels in enumerate(expected):
        Image.fromarray(pixels, mode=None).save(folder / f"{number:02}.png")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert np.array_equal(plain.read(tmp_path, ArraySpec("x", "uint8", shape)), expected)


def test_a_picture_of_another_size_is_named(tmp_path: Path) -> None:
    """One that does not fit the catalog's shape is refused before it is unpacked."""
    (tmp_path / "x").mkdir()
    Image.new("L", (9, 2)).save(tmp_path / "x" / "wide.png")
    with pytest.raises(DataError, match=r"x/wide\.png of 2 by 9 pixels: not 2 by 5"):
        plain.read(tmp_path, ArraySpec("x", "uint8", (3, 2, 5)))
    with pytest.raises(DataError, match="holds 1 pictures"):
        plain.read(tmp_path, ArraySpec("x", "uint8", (0, 2, 5)))


def test_a_sample_is_drawn_by_a_command(
    tables: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is written into the course, and the digest that the catalog needs is printed."""
    monkeypatch.chdir(tables.root)
    assert main(["data", "--sample", "wines"]) == 0
    said = capsys.readouterr().out
    assert f"written: {tables.sample('wines')}" in said
    digest = said.partition('sha256 = "')[2][:64]
    catalog = tables.root / "exercises" / "catalog.toml"
    catalog.write_text(catalog.read_text("utf-8").replace("0" * 64, digest), encoding="utf-8")
    assert main(["data", "--sample", "wines"]) == 0
    assert "must have it" not in capsys.readouterr().out
    assert main(["data", "--sample", "beers"]) == 2
