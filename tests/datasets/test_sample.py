"""A sample is drawn as the catalog says, and comes out the same each time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from autograder.course.catalog import Course
from autograder.datasets import registry
from autograder.datasets.archive import Dataset
from autograder.datasets.sample import draw_sample
from autograder.errors import DataError

DRAWN_SHA256 = "042594495f16c82aa7904573b2e281ad0eb6733e19b537f28140dc55696fddea"


def test_a_table_is_drawn_by_class(wines: Course, wine_arrays: dict[str, np.ndarray]) -> None:
    """So many rows of each class are drawn, with their labels, from each split by itself."""
    drawn = draw_sample(registry.load("wines", "full", course=wines))
    assert drawn.profile == "sample"
    assert np.bincount(drawn.y_train).tolist() == [5] * 3
    assert np.bincount(drawn.y_test).tolist() == [2] * 3
    for split in ("train", "test"):
        label_of = {
            row.tobytes(): label
            for row, label in zip(wine_arrays[f"x_{split}"], wine_arrays[f"y_{split}"], strict=True)
        }
        rows = drawn.arrays[f"x_{split}"]
        assert [label_of[row.tobytes()] for row in rows] == drawn.arrays[f"y_{split}"].tolist()
        assert len({row.tobytes() for row in rows}) == len(rows)


def test_drawing_again_gives_the_same(wines: Course) -> None:
    """The draw hangs on the catalog's seed alone: this digest was computed once, and kept."""
    full = registry.load("wines", "full", course=wines)
    assert draw_sample(full).sha256 == DRAWN_SHA256


def test_a_drawn_sample_is_written_into_the_course(
    wines: Course, write_wines: Callable[..., Course]
) -> None:
    """`write_sample` makes the file that the catalog names; its digest makes it loadable."""
    path = registry.write_sample("wines", course=wines)
    assert path == wines.root / "tables" / "wines_sample.npz"
    with pytest.raises(DataError, match=r"published Wines \(sample\), SHA-256 0{64}"):
        registry.load("wines", "sample", course=wines)
    drawn = draw_sample(registry.load("wines", "full", course=wines))
    told = write_wines(sample=drawn.sha256)
    assert registry.load("wines", "sample", course=told).sha256 == drawn.sha256


def test_without_a_recipe_nothing_is_drawn(write_wines: Callable[..., Course]) -> None:
    """A catalog that does not say how to draw is told so, before anything is written."""
    course = write_wines(("draw = { seed = 3, per_class = { train = 5, test = 2 } }\n", ""))
    with pytest.raises(DataError, match="Give its sample a `draw`"):
        registry.write_sample("wines", course=course)
    assert not course.sample("wines").exists()


def test_the_sample_of_a_sample_keeps_its_classes(course: Course) -> None:
    """Drawing never takes a class out: what has too few rows gives all that it has."""
    sample = registry.load("mnist", "sample", course=course)
    again = draw_sample(Dataset(sample.spec, "full", sample.arrays))
    assert np.bincount(again.y_train).tolist() == [600] * 10
