"""`autograder serve --once`: what came is graded, by nbgrader's own steps, and by the policy."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys

import pytest
from pages import seen
from served_class import SLUG, School
from sqlalchemy import text

RULE = "A column of equal values must become zeros"
ENDLESS = {"standardise": "def standardise(table):\n    while True:\n        pass\n"}


def test_a_try_gets_verdicts_and_no_message(school: School) -> None:
    """The page says which checks passed; neither message nor hint of a hidden check is on it."""
    folder = school.submit("ada", school.half)
    school.serve_once()
    page = school.seen(folder)
    assert "✗ A column of equal values becomes zeros, without a division by 0 (not yet)" in page
    assert "number 1 of 5 today" in page
    assert RULE not in page
    assert "Divide by 1" not in page
    assert school.states() == ["tried"]


def test_a_try_can_get_what_the_visible_checks_say(school: School) -> None:
    """With `"visible"` the page has their words, and of the hidden ones neither marks nor names."""
    school.configure('c.Serve.shown_before_due = "visible"')
    half, endless = school.submit("ada", school.half), school.submit("ben", ENDLESS)
    blank = school.submit("cleo", {})
    school.serve_once()
    page = school.seen(half)
    assert "The checks that were handed out with the exercise, run here: 1 of 2 tasks pass." in page
    assert "A column of equal values becomes zeros. Received: [nan, nan]." in page
    assert "number 1 of 5 today" in page
    assert "Marks are shown after the due date." in page
    assert RULE not in page
    assert "without a division by 0" not in page  # what a hidden check is called
    assert "standardise: its checks did not come to their end." in school.seen(endless)
    assert "0 of 2 tasks pass" in school.seen(blank)
    assert "standardise is to do" in school.seen(blank)
    assert school.states() == ["tried"] * 3


def test_after_the_due_date_the_last_one_is_marked_with_all_words(school: School) -> None:
    """The page of the same submission then holds messages; who runs it again grades nothing."""
    first = school.submit("ada", school.right)
    second = school.submit("ada", school.half)
    school.serve_once()
    assert school.states() == ["new", "tried"]
    assert school.page(first) is None
    school.due(dt.datetime.now(dt.UTC))
    school.serve_once()
    assert school.states() == ["new", "final"]
    assert RULE in school.seen(second)
    assert "A try before" not in school.seen(second)
    assert school.grades("ada") == {"test_standardise": 2.0, "test_plot_columns": 3.0}
    assert "feedback on" not in school.serve_once()
    assert [one["gradings"] for one in school.journal().values()] == [0, 2]


def test_a_round_with_the_students_own_commands(school: School) -> None:
    """What `nbgrader submit` hands in, `nbgrader list` shows, and `fetch_feedback` fetches."""
    school.student("ada", "fetch_assignment", SLUG)
    school.student("ada", "submit", SLUG)
    school.serve_once()
    assert "feedback ready to be fetched" in school.student("ada", "list", "--inbound")
    school.student("ada", "fetch_feedback", SLUG)
    (page,) = (school.folder / "students" / "ada" / SLUG / "feedback").glob(f"*/{SLUG}.html")
    assert "number 1 of 5 today" in seen(page.read_text())
    assert "feedback already fetched" in school.student("ada", "list", "--inbound")


def test_who_has_no_try_left_waits_and_nobody_else_does(school: School) -> None:
    """Broken, strange and superfluous submissions cost nobody their verdict; each is answered.

    Ada's third try of two is collected and told that it waits. Ben's notebook is cut off. Cleo's
    is half written. Somebody hands in under a name that was given to nobody, and so would have
    tries without end.
    """
    school.configure("c.Serve.tries_a_day = 2")
    for number in (1, 2):
        folder = school.submit("ada", school.half)
        school.serve_once()
        assert f"number {number} of 2 today" in school.seen(folder)
    held = school.submit("ada", school.right)
    stranger = school.submit("ada2", school.right)
    cut_off = school.submit("ben", json.dumps(school.notebook(school.right)).encode()[:3000])
    broken = school.submit("cleo", b"\xff\xfe\x00 no notebook")
    nameless = school.submit("cleo", school.right)
    (nameless / "submission_secret.txt").write_bytes(b"\xff\xfe")
    (broken / "timestamp.txt").write_text("no time at all")
    said = school.serve_once()
    assert "Your 2 tries of today are used" in school.seen(held)
    assert "no such student, and owners are not checked" in said
    assert school.page(stranger) is None
    assert "ends in the middle" in school.seen(cut_off)
    assert "tables: 0 of 6 points" in school.seen(broken)
    assert school.journal().keys() == {one.name for one in school.inbound.iterdir()} - {
        stranger.name,
        nameless.name,
    }
    assert school.grades("ada") == {"test_standardise": 2.0, "test_plot_columns": 3.0}
    copy = school.course / "submitted" / "ada" / SLUG / f"{SLUG}.ipynb"
    assert copy.read_bytes() == (held / f"{SLUG}.ipynb").read_bytes()
    school.due(dt.datetime.now(dt.UTC))
    school.serve_once()
    assert school.grades("ada") == {"test_standardise": 3.0, "test_plot_columns": 3.0}
    assert "6 of 6 points" in school.seen(held)
    assert school.states()[:2] == ["tried", "tried"]
    assert {"final"} == set(school.states()[2:4])


def test_nothing_can_be_told_is_a_sentence_and_loses_nothing(school: School) -> None:
    """A vanished exchange, an unreadable gradebook, an unwritable folder: status 2, one sentence.

    When it is mended, the same command grades what came.
    """
    folder = school.submit("ada", school.right)
    gone = school.inbound.with_name("gone")
    school.inbound.rename(gone)
    assert "autograder: Submissions are taken from nbgrader's exchange." in _last(school)
    gone.rename(school.inbound)

    gradebook = school.course / "gradebook.db"
    kept = gradebook.read_bytes()
    gradebook.write_bytes(b"This is no database at all, is it?" * 100)
    assert "autograder: The gradebook must be readable and writable." in _last(school)
    gradebook.unlink()
    assert "autograder: Submissions are marked in nbgrader's gradebook." in _last(school)
    assert not gradebook.exists()
    gradebook.write_bytes(kept)

    submitted = school.course / "submitted"
    submitted.write_text("no folder")
    assert school.page(folder) is None
    submitted_said = school.serve_once(status=3)
    assert "not graded" in submitted_said
    submitted.unlink()
    with school.gradebook() as opened:
        opened.db.execute(text("UPDATE autograder_serve SET retry_at = 0"))
        opened.db.commit()
    school.serve_once()
    assert "6 of 6 points" in school.seen(folder)


def test_a_full_disk_is_a_sentence_and_loses_nobody(school: School) -> None:
    """Who fitted is done; with room, the same command does the rest, and nobody twice."""
    folders = [school.submit(student, school.right) for student in ("ada", "ben", "cleo")]
    autograded = school.course / "autograded"
    autograded.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", str(autograded)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may mount no file system")
    try:
        said = _last(school)
        assert "autograder: What is autograded must be writable." in said
        assert "No space left on device" in said
        assert "tried" in school.states() and "new" in school.states()
        subprocess.run(["mount", "-o", "remount,size=10m", str(autograded)], check=True)
        school.serve_once()
    finally:
        subprocess.run(["umount", "-l", str(autograded)], check=True)
    assert all("6 of 6 points" in school.seen(folder) for folder in folders)
    assert [one["gradings"] for one in school.journal().values()] == [1, 1, 1]


#: What is graded ends between two steps of the loop: after it was seen that there is no room for
#: more, and before what is graded is marked.
UNTIMELY = """
import concurrent.futures, itertools, sys, threading
from autograder.edges.cli.main import main
from autograder.edges.serve.grading import Graders
from autograder.edges.serve.server import Server

go, turn = threading.Event(), itertools.count(1)
grade, finish = Graders.grade, Server._finish

def waiting(self, *asked):
    go.wait()
    return grade(self, *asked)

def untimely(self):
    if next(turn) % 2:
        return False
    go.set()
    concurrent.futures.wait([one.future for one in self._running.values()])
    go.clear()
    return finish(self)

Graders.grade, Server._finish = waiting, untimely
sys.exit(main(["serve", "--once"]))
"""


def test_once_ends_when_nothing_is_left_and_not_before(school: School) -> None:
    """Whenever what is in work ends: what had no room until then is graded in the same run."""
    settings = ("Serve.jobs = 1", 'Serve.shown_before_due = "all"', "GradeSubmission.workers = 2")
    school.configure("\n".join(f"c.{one}" for one in settings))
    for student in ("ada", "ben", "cleo"):
        school.submit(student, school.right)
    command = [sys.executable, "-c", UNTIMELY]
    ended = subprocess.run(
        command, cwd=school.course, env=school.environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert school.states() == ["tried"] * 3
    assert ended.stderr.count("c.GradeSubmission.workers and scheduler are left aside") == 1


def _last(school: School) -> str:
    """The last line of a run that ends with status 2; no traceback is above it."""
    said = school.serve_once(status=2)
    assert "Traceback" not in said
    return said.strip().split("\n")[-1]
