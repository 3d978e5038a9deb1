"""What is in the exchange's folder, into which everybody can write anything."""

from __future__ import annotations

import os
import time

import pytest

from autograder.edges.serve import inbound
from autograder.edges.serve.inbound import look
from autograder.errors import UsageError

STAMP = "2026-11-27 10:00:00.000000 UTC"


def _put(folder, student="ada", assignment="ex", stamp=STAMP, token="+abc", **files):
    place = folder / f"{student}+{assignment}+{stamp}{token}"
    place.mkdir()
    files = {"timestamp.txt": stamp, "submission_secret.txt": "a secret"} | {
        name.replace("__", "."): text for name, text in files.items()
    }
    for name, text in files.items():
        if text is not None:
            (place / name).write_text(text)
    place.chmod(0o777)
    return place


def _one(folder, *, check_owner=False):
    looked = look(folder, set(), check_owner=check_owner)
    (found,) = looked.found
    return found


def test_a_submission_is_known_by_its_folder(tmp_path):
    """Student, assignment and time stand in the name; a student's name may hold a plus."""
    place = _put(tmp_path, "ada+lovelace")
    found = _one(tmp_path)
    assert (found.name, found.student, found.assignment) == (place.name, "ada+lovelace", "ex")
    assert found.trouble == ""
    assert look(tmp_path, {place.name}, check_owner=False).found == ()


@pytest.mark.parametrize("lacks", ["timestamp__txt", "submission_secret__txt"])
def test_what_is_still_being_written_is_waited_for(tmp_path, lacks):
    """Until nbgrader's last file is there and the folder is open; then it is a submission."""
    place = _put(tmp_path, **{lacks: None})
    looked = look(tmp_path, set(), check_owner=False)
    assert (looked.found, looked.unfinished) == ((), True)
    (place / lacks.replace("__", ".")).write_text("now")
    place.chmod(0o755)
    assert look(tmp_path, set(), check_owner=False).unfinished
    place.chmod(0o777)
    assert _one(tmp_path).trouble == ""


def test_what_is_never_finished_is_nobodys(tmp_path, monkeypatch):
    """A `submit` that was killed leaves half a folder: it is told, and not graded."""
    monkeypatch.setattr(inbound, "SETTLED_S", 0.0)
    _put(tmp_path, submission_secret__txt=None)
    assert _one(tmp_path).trouble == "it was never finished"


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("nothing", "no student"),
        ("+ex+2026-11-27 10:00:00 UTC+a", "no student"),
        ("*+ex+2026-11-27 10:00:00 UTC+a", "no student"),
        ("ada+ex+yesterday, or so+a", "no time"),
    ],
)
def test_a_name_that_tells_nothing_is_nobodys(tmp_path, name, trouble):
    """It is noted once, and stops nothing."""
    (tmp_path / name).mkdir()
    assert trouble in _one(tmp_path).trouble


def test_a_link_is_no_submission(tmp_path):
    """Whatever it leads to."""
    (tmp_path / "other").mkdir()
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / f"ada+ex+{STAMP}+a").symlink_to(tmp_path / "other")
    assert _one(inside).trouble == "it is no folder"


def test_a_secret_that_is_a_link_counts_as_none(tmp_path):
    """The gradebook is not read as somebody's secret."""
    place = _put(tmp_path, submission_secret__txt=None)
    (place / "submission_secret.txt").symlink_to("/etc/passwd")
    assert look(tmp_path, set(), check_owner=False).unfinished


def test_a_secret_that_is_no_text_counts_as_none(tmp_path):
    """nbgrader's own step would fail on it."""
    place = _put(tmp_path, submission_secret__txt=None)
    (place / "submission_secret.txt").write_bytes(b"\xff\xfe")
    assert look(tmp_path, set(), check_owner=False).unfinished


def test_who_takes_anothers_name_is_nobody(tmp_path):
    """Where owners are checked, a submission is of the account that wrote it: no tries for free."""
    _put(tmp_path, "surely no account of this machine")
    assert "belongs to the account" in _one(tmp_path, check_owner=True).trouble


def test_the_time_in_the_name_moves_no_due_date(tmp_path):
    """Arrival is when the folder last changed, which a student can make later and never earlier."""
    before = time.time()
    place = _put(tmp_path, stamp="2020-01-01 00:00:00.000000 UTC")
    os.utime(place, (0, 0))
    found = _one(tmp_path)
    assert before - 1 <= found.arrived <= time.time()
    assert "older than it is" in found.remark


def test_an_exchange_that_is_gone_is_told_in_a_sentence(tmp_path):
    """It is no empty one."""
    with pytest.raises(UsageError, match="No such file"):
        look(tmp_path / "gone", set(), check_owner=False)
