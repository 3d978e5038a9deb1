"""Golden reports: what is kept of a report, what is masked, and which differences are told."""

import json

import pytest

from autograder.authoring import golden
from autograder.course.catalog import Course
from autograder.records import Check, Isolation, Report, Status, Verdict

SLUG = "ex04_perceptron"


def report(message: str = "Received: 3.", status: Status = Status.FAILED, notes=()) -> Report:
    one = Check("test_one", "task", "One", 2, "Hint.")
    two = Check("test_two", "task", "Two", 3, "Hint.")
    verdicts = (Verdict(one, Status.PASSED), Verdict(two, status, message, "trace"))
    return Report("a.py", SLUG, verdicts, Isolation.FULL, {}, tuple(notes))


def test_a_summary_keeps_points_and_what_was_lost():
    """Of a report are kept: points, notes, and status and text of what was not passed."""
    assert golden.summary(report(notes=["Cell 1."])) == {
        "points": 2,
        "max_points": 5,
        "not_passed": {"test_two": ["FAILED", "Received: 3."]},
        "notes": ["Cell 1."],
    }


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("0.25 and -1.5", "# and #"),
        ("1e-07", "#"),
        ("3 of 4 rows", "3 of 4 rows"),
        ("(None, 784), 669,706", "(None, 784), 669,706"),
        ("[0.1, 20.0]", "[#, #]"),
        ("Dense2.5 stays", "Dense2.5 stays"),
        ("in 3.", "in 3."),
    ],
)
def test_decimal_fractions_are_masked(text, masked):
    """Fractions, whose last digits differ between processors, are masked; whole numbers stay."""
    assert golden.summary(report(text))["not_passed"]["test_two"][1] == masked


def test_goldens_are_written_and_read(tmp_path):
    """Accepted reports are kept by file name; those of files that are gone are dropped."""
    course = Course(tmp_path, ())
    folder = golden.folder(course, SLUG)
    folder.mkdir(parents=True)
    assert golden.read(course, SLUG) == {}
    (folder / "wrong_b.py").touch()
    (folder / "golden.json").write_text(json.dumps({"wrong_gone.py": {}}))
    golden.write(course, SLUG, [("wrong_b.py", report())])
    kept = golden.read(course, SLUG)
    assert list(kept) == ["wrong_b.py"]
    assert golden.differences("wrong_b.py", report(), kept) == []
    before = (folder / "golden.json").read_bytes()
    golden.write(course, SLUG, [])
    assert (folder / "golden.json").read_bytes() == before


def test_every_difference_is_a_line():
    """Points, notes, statuses and texts that differ are told, each in a line of its own."""
    kept = {"a.py": golden.summary(report())}
    assert golden.differences("b.py", report(), kept)[0].startswith("b.py: no golden report")
    lines = golden.differences("a.py", report("other", Status.ERRORED, ["note"]), kept)
    assert lines == [
        "a.py: notes must be []. Received: ['note'].",
        "a.py: test_two must be: FAILED Received: 3. Received: ERRORED other",
    ]
    lines = golden.differences("a.py", report("", Status.PASSED), kept)
    assert lines[0] == "a.py: points must be 2. Received: 5."
    assert lines[1].endswith("Received: PASSED")
