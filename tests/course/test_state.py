"""Where a course's secret and store are kept, from whichever folder it is asked."""

from pathlib import Path

import pytest

from autograder.course import catalog
from autograder.course.catalog import Course
from autograder.course.state import default_store, state_folder


def test_a_store_named_by_a_relative_path_stays_where_it_is(tmp_path, monkeypatch):
    """The folder is left by nbgrader and others; the store is the one that was named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRADER_STORE", "../kept")
    store = default_store(Course(tmp_path, ()))
    monkeypatch.chdir("/")
    assert store.folder == tmp_path.parent / "kept"


@pytest.mark.parametrize("given", ["", "state", "../state"])
def test_a_relative_folder_for_state_is_ignored(given, tmp_path, monkeypatch):
    """As the XDG specification says; else a packaged course had a secret for each folder."""
    monkeypatch.setattr(catalog, "PACKAGED_COURSE", tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", given)
    packaged = Course(tmp_path, (), state="a-course")
    assert state_folder(packaged) == Path.home() / ".local" / "state" / "a-course"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert state_folder(packaged) == tmp_path / "state" / "a-course"
