"""Files with other names than they were released with: one of them counts, and all are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from field_cases import content_of, right_cells, stub
from repository import COURSE

from autograder.submission.detection import is_copy_of, is_named_as_copy
from autograder.submission.discovery import search

SLUG = "ex04_perceptron"


def _write(path: Path, *, written: bool) -> None:
    cells = right_cells()
    if not written:
        for task in ("gates", "build_perceptron", "decision_lines"):
            stub(cells, task)
    path.write_bytes(content_of(cells))


@pytest.mark.parametrize(
    "name", ["-Copy1", "-Copy12", " (1)", "(2)", "_copy", " - Copy", " - Copy (2)", " Kopie 2"]
)
def test_names_that_programs_give_to_copies_are_known(name: str) -> None:
    """What JupyterLab, browsers and file managers add to a name is read as a copy's."""
    assert is_named_as_copy(SLUG + name) and is_copy_of(SLUG + name, SLUG)


@pytest.mark.parametrize("name", [SLUG, f"{SLUG}2", "ada_ex04", "photocopy", "copyright"])
def test_other_names_are_no_copies(name: str) -> None:
    """A name with more letters or digits is a file of its own."""
    assert not is_copy_of(name, SLUG) and not is_named_as_copy(name)


def test_a_copy_counts_where_nothing_is_written_in_the_original(tmp_path: Path) -> None:
    """Who worked in the copy and handed in both is marked by the copy, and told so."""
    _write(tmp_path / f"{SLUG}.ipynb", written=False)
    _write(tmp_path / f"{SLUG}-Copy1.ipynb", written=True)
    result = search(tmp_path, COURSE)
    (submission,) = result.submissions
    assert submission.label.endswith("-Copy1.ipynb")
    told = f"Nothing is written in {SLUG}.ipynb, and something in {SLUG}-Copy1.ipynb"
    assert submission.notes[0].startswith(told) and submission.notes[0] in result.notes


def test_the_original_counts_where_something_is_written_in_it(tmp_path: Path) -> None:
    """Beside it a copy is left out, and its author is told."""
    for name in (SLUG, f"{SLUG} (1)"):
        _write(tmp_path / f"{name}.ipynb", written=True)
    result = search(tmp_path, COURSE)
    (submission,) = result.submissions
    assert submission.label.endswith(f"{SLUG}.ipynb")
    assert f"{SLUG} (1).ipynb was not marked" in submission.notes[0]
    assert submission.notes[0] in result.notes


def test_an_untouched_original_counts_beside_untouched_copies(tmp_path: Path) -> None:
    """Where nothing is written anywhere, the file of the right name is marked."""
    for name in (SLUG, f"{SLUG}-Copy1"):
        _write(tmp_path / f"{name}.ipynb", written=False)
    (submission,) = search(tmp_path, COURSE).submissions
    assert submission.label.endswith(f"{SLUG}.ipynb")


def test_files_of_a_class_are_no_copies_of_the_stub(tmp_path: Path) -> None:
    """The released file in a folder of many students' files stands for none of theirs."""
    _write(tmp_path / f"{SLUG}.ipynb", written=False)
    for name in ("ada", "ben"):
        _write(tmp_path / f"{name}_{SLUG}.ipynb", written=True)
    (submission,) = search(tmp_path, COURSE).submissions
    assert submission.label.endswith(f"{SLUG}.ipynb") and submission.notes == ()


def test_a_file_that_is_named_as_a_copy_is_asked_about(tmp_path: Path) -> None:
    """A copy alone is marked, with a note: its author may have meant another file."""
    path = tmp_path / f"{SLUG}-Copy1.ipynb"
    _write(path, written=True)
    (submission,) = search(path, COURSE).submissions
    assert submission.notes == (f"{path.name} is named as a copy. Is it the file that you meant?",)
