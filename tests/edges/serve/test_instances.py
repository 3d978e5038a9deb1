"""Several servers on one class, and servers that are killed: everything is graded, nothing twice."""

from __future__ import annotations

import signal
import time

import pytest
from postgresql import account, postgresql, programs
from served_class import School, until

STUDENTS = [f"student{number:02}" for number in range(8)]


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def shared(request, prepared, tmp_path):
    """A class of eight, with its gradebook in each kind of database."""
    if request.param == "SQLite":
        made = prepared.copy(tmp_path / "school")
        made.enrol(*STUDENTS)
        made.due_in(3600)
        yield made
        return
    folder = programs()
    if folder is None or account() is None:
        pytest.skip("No PostgreSQL server is installed here: its programs were not found.")
    pytest.importorskip("psycopg", reason="the driver is pinned in constraints.txt")
    with postgresql(folder) as url:
        made = School(tmp_path / "school")
        made.folder.mkdir()
        made.build(url)
        made.enrol(*STUDENTS)
        made.due_in(3600)
        yield made


def test_two_servers_share_a_class_and_one_is_killed(shared: School, ended) -> None:
    """`kill -9` in mid-grade: the other and the next do the rest, and nobody is graded twice.

    What the killed one was at is begun again; it had graded nothing of it, for nothing was noted.
    Then `SIGTERM` ends the others cleanly.
    """
    first, second = ended(shared.serve()), ended(shared.serve())
    folders = [shared.submit(student, shared.half) for student in STUDENTS]
    until(lambda: "tried" in _states(shared))
    first.process.kill()
    graded_before = {n for n, one in shared.journal().items() if one["state"] == "tried"}
    third = ended(shared.serve())
    until(lambda: _states(shared) == ["tried"] * len(STUDENTS))
    assert first.end() == -signal.SIGKILL
    for service in (second, third):
        until(
            lambda service=service: "Serving" in service.text
        )  # before that, a signal just ends it
        assert service.end(signal.SIGTERM) == 0, service.text
        assert "Traceback" not in service.text
        assert service.text.strip().endswith("Ended.")
    journal = shared.journal()
    assert {one["gradings"] for one in journal.values()} == {1}
    assert len(graded_before) < len(STUDENTS), "It was killed too late to show anything."
    said = first.text + second.text + third.text
    assert said.count("feedback on a try") in (len(STUDENTS), len(STUDENTS) - 1)
    for folder, student in zip(folders, STUDENTS, strict=True):
        assert "5 of 6 points" in shared.seen(folder)
        assert sum(shared.grades(student).values()) == 5
    left = list((shared.course / "autograded").rglob(".*.unfinished"))
    assert left == []


def _states(school: School) -> list[str]:
    try:
        return school.states()
    except Exception:  # its table is not there yet, or is being written
        return []


def test_a_submission_that_never_ends_keeps_nobody_waiting(school: School, ended) -> None:
    """As many as run at once hang; who comes after them is graded long before they end.

    And SIGTERM ends the server at once, with their tries not lost: they are begun again.
    """
    school.configure("c.Serve.jobs = 1\nc.Serve.patience = 1.0")
    hanging = school.right | {"standardise": "def standardise(table):\n    while True: pass\n"}
    service = ended(school.serve())
    slow = school.submit("ben", hanging)
    until(lambda: "new" in _states(school))
    time.sleep(1)
    quick = school.submit("ada", school.right)
    until(lambda: "6 of 6 points" in school.seen(quick))
    page = school.page(slow)
    began = time.monotonic()
    assert service.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 60
    assert page is None or "in the queue" in page
    one = school.journal()[slow.name]
    assert (one["state"], one["attempts"]) == ("new", 0)


def test_a_half_written_submission_is_waited_for(school: School, ended) -> None:
    """It is graded when `nbgrader submit` has come to its end, and not before."""
    service = ended(school.serve())
    half = school.submit("ada", b"half of a noteb", whole=False)
    whole = school.submit("ben", school.right)
    until(lambda: "6 of 6 points" in school.seen(whole))
    assert half.name not in school.journal()
    (half / "tables.ipynb").write_bytes((whole / "tables.ipynb").read_bytes())
    school.complete(half)
    until(lambda: "6 of 6 points" in school.seen(half))
    assert service.end(signal.SIGTERM) == 0
    assert school.journal()[half.name]["gradings"] == 1
