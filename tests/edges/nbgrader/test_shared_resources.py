"""What nbgrader does once for a class instead of once a student comes to the same."""

import os
import sys
from pathlib import Path

import jsonschema
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader import api
from nbgrader.nbgraderformat import MetadataValidator, common

from autograder.edges.nbgrader.sanitize import sanitize_markdown
from autograder.edges.nbgrader.shared_resources import sharing_resources

GOOD = {
    "schema_version": 3, "grade_id": "one", "grade": True, "solution": False, "locked": True,
    "task": False, "points": 2.0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _alembic(monkeypatch):
    """nbgrader looks for this program of the environment in the path."""
    programs = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


def test_gradebooks_share_an_engine_and_see_what_others_wrote(tmp_path):
    """One engine for each database, closed or not; what one gradebook wrote the next one reads."""
    url, other = (f"sqlite:///{tmp_path / name}.db" for name in ("one", "other"))
    with sharing_resources():
        with api.Gradebook(url) as first:
            first.add_student("ada")
        with api.Gradebook(url) as second, api.Gradebook(url) as third:
            assert first.engine is second.engine is third.engine
            second.add_student("bob")
            assert [one.id for one in third.students] == ["ada", "bob"]
        with api.Gradebook(other) as elsewhere:
            assert elsewhere.engine is not first.engine
            assert elsewhere.students == []
    with api.Gradebook(url) as after:
        assert after.engine is not first.engine


def test_a_query_is_compiled_once_for_all_gradebooks(tmp_path):
    """Of the same questions, asked again by a later gradebook, none is compiled again."""
    url = f"sqlite:///{tmp_path / 'one.db'}"

    def compiled():
        with api.Gradebook(url) as gradebook:
            gradebook.update_or_create_student("ada")
            assert [one.id for one in gradebook.students] == ["ada"]
            # SQLAlchemy tells nowhere else what it compiled.
            return len(gradebook.engine._compiled_cache)

    with sharing_resources():
        compiled()  # which also makes the tables
        counts = [compiled() for _ in range(3)]
    assert len(set(counts)) == 1
    assert counts[0] > 0


@pytest.mark.parametrize(
    "change", [{}, {"points": -1}, {"grade": "yes"}, {"grade_id": 5}, {"schema_version": None}]
)
def test_metadata_is_judged_as_by_nbgrader(change):
    """The same cells pass, and the others fail with the same words."""
    cell = new_code_cell(metadata={"nbgrader": GOOD | change})
    told = []
    for around in (None, sharing_resources()):
        try:
            if around is None:
                MetadataValidator().validate_nb(new_notebook(cells=[cell]))
            else:
                with around:
                    MetadataValidator().validate_nb(new_notebook(cells=[cell]))
            told.append(None)
        except (jsonschema.ValidationError, TypeError) as error:
            told.append((type(error), str(error)))
    assert told[0] == told[1]
    assert (told[0] is None) is (not change)


def test_nbgrader_is_itself_again_after_a_failure():
    """What was put in place for the loop is gone, whatever ended it."""
    before = api.create_engine, common.jsonschema
    with pytest.raises(OSError, match="full"), sharing_resources():
        assert api.create_engine is not before[0]
        raise OSError("the disk is full")
    assert (api.create_engine, common.jsonschema) == before


def test_markdown_that_is_known_depends_on_its_attachments():
    """The same text shows a picture where it is attached, and only there."""
    source = "![a](attachment:a.png)"
    for _ in range(2):
        assert sanitize_markdown(source, {"a.png": {}}) == source
        assert sanitize_markdown(source) == "! [a] (attachment:a.png)"
