"""The JSON, the JUnit XML and the tables of a run."""

import copy
import io
import json
from xml.etree import ElementTree as ET

import pytest

from autograder.errors import UsageError
from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting.json_report import InvalidReport, document, dumps, load, validate
from autograder.reporting.junit import junit_xml
from autograder.reporting.terminal import console, print_document

EVIL = "line\nnext \x1b[31m\x00\ud800\u202e <b>&'\"]]> [bold]:smile: \ufffe"


def report(*statuses: Status, message: str = "Rule. Received: 1. Next.", **changes) -> Report:
    verdicts = [
        Verdict(
            Check(f"test_{i}", f"task_{i}", f"Fact {i}", 2, "A hint"), status, message, "trace!"
        )
        for i, status in enumerate(statuses)
    ]
    facts = {"path": "alice/work.py", "exercise": "ex04_perceptron", "isolation": Isolation.FULL}
    facts |= {"data": {"mnist": "full"}, "notes": ("A note.",)}
    facts |= {"trained_on": "tensorflow on gpu"}
    return Report(verdicts=tuple(verdicts), **{**facts, **changes})


def terminal(made: dict, width: int = 80) -> str:
    stream = io.StringIO()
    print_document(made, console(stream, width))
    return stream.getvalue()


def test_the_document_holds_what_the_reports_say():
    """An entry has the submission's facts and each check's, and never the trace."""
    made = document([report(Status.PASSED, Status.FAILED)])
    assert made["format_version"] == 1
    (entry,) = made["submissions"]
    assert {key: value for key, value in entry.items() if key != "checks"} == {
        "path": "alice/work.py",
        "exercise": "ex04_perceptron",
        "score": 2,
        "max_score": 4,
        "status": "FAILED",
        "isolation": "full",
        "data": {"mnist": "full"},
        "trained_on": "tensorflow on gpu",
        "notes": ["A note."],
    }
    assert entry["checks"][1] == {
        "name": "test_1",
        "task": "task_1",
        "title": "Fact 1",
        "points": 0,
        "max_points": 2,
        "status": "FAILED",
        "message": "Rule. Received: 1. Next.",
        "hint": "A hint",
    }
    assert "trace!" not in dumps(made)


def test_internal_has_no_points():
    """Our fault is null in the JSON, for the check and for the submission."""
    (entry,) = document([report(Status.PASSED, Status.INTERNAL)])["submissions"]
    assert entry["score"] is None and entry["status"] == "INTERNAL"
    assert [check["points"] for check in entry["checks"]] == [2, None]


def test_a_document_comes_back_from_disk(tmp_path):
    """What was written is read as it was, whatever text a student put into it."""
    made = document([report(*Status, message=EVIL, path=EVIL, notes=(EVIL,))])
    path = tmp_path / "report.json"
    path.write_text(dumps(made), encoding="utf-8")
    assert load(path) == made


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(format_version=2),
        lambda d: d.update(extra=1),
        lambda d: d.pop("submissions"),
        lambda d: d["submissions"][0].update(status="GREAT"),
        lambda d: d["submissions"][0].update(status="INTERNAL"),
        lambda d: d["submissions"][0].update(score=None),
        lambda d: d["submissions"][0].update(score=1.5),
        lambda d: d["submissions"][0].update(isolation="chroot"),
        lambda d: d["submissions"][0].update(data={"mnist": "half"}),
        lambda d: d["submissions"][0].update(exercise="../x"),
        lambda d: d["submissions"][0]["checks"][0].update(trace="secret"),
        lambda d: d["submissions"][0]["checks"][0].update(points=-1),
        lambda d: d["submissions"][0]["checks"][0].pop("hint"),
    ],
)
def test_the_schema_is_strict(change):
    """An unknown key, a missing one, a foreign status or a score beside INTERNAL is refused."""
    made = copy.deepcopy(document([report(Status.PASSED)]))
    change(made)
    with pytest.raises(InvalidReport):
        validate(made)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": 1}', "[" * 100_000, "\x00"])
def test_a_file_that_is_no_report_is_a_usage_error(tmp_path, text):
    """A stored report that is none is refused with its path and a reason."""
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"report\.json"):
        load(path)
    with pytest.raises(UsageError, match=r"missing\.json"):
        load(tmp_path / "missing.json")


def test_junit_has_a_suite_per_submission_and_a_case_per_check():
    """Each status becomes the element that continuous integration counts."""
    xml = junit_xml(document([report(*Status), report(Status.PASSED)]))
    root = ET.fromstring(xml)
    assert dict(root.attrib) == {
        "name": "autograder",
        "tests": "8",
        "failures": "1",
        "errors": "4",
        "skipped": "1",
    }
    suite = root.findall("testsuite")[0]
    kinds = {
        str(case.find("*").get("type")): case.find("*").tag
        for case in suite.findall("testcase")
        if case.find("*") is not None
    }
    assert kinds == {
        "FAILED": "failure",
        "ERRORED": "error",
        "TIMED_OUT": "error",
        "OUT_OF_MEMORY": "error",
        "SKIPPED": "skipped",
        "INTERNAL": "error",
    }
    assert suite.findall("testcase")[0].get("classname") == "ex04_perceptron.task_0"


def test_junit_survives_any_text():
    """Control characters, surrogates and markup of a student make valid XML."""
    xml = junit_xml(document([report(Status.FAILED, message=EVIL, path=EVIL, notes=(EVIL,))]))
    failure = ET.fromstring(xml).find(".//failure")
    assert "<b>&'\"]]>" in failure.text and "\\x00" in failure.text


def test_the_table_fits_80_columns():
    """No line is wider than the terminal, however long names, paths and messages are."""
    made = document([report(*Status, message="word " * 80, path="x" * 300), report(Status.PASSED)])
    assert max(map(len, terminal(made).split("\n"))) <= 80


def test_the_table_says_what_to_do():
    """A check that did not pass shows message and hint; one that passed shows its title only."""
    text = terminal(document([report(Status.PASSED, Status.FAILED)]))
    assert text.count("Rule. Received: 1.") == 1 and text.count("Hint: A hint") == 1
    assert "2/4" in text and "A note." in text


def test_one_fault_is_told_once():
    """A message that several checks share, such as that of an unreadable file, stands once."""
    text = terminal(document([report(Status.ERRORED, Status.ERRORED, Status.ERRORED)]))
    assert text.count("Rule. Received") == 1 and text.count("As above.") == 2


@pytest.mark.parametrize(("count", "tables"), [(1, 0), (2, 1)])
def test_several_submissions_get_a_summary(count, tables):
    """One table over all comes first where there is more than one submission."""
    text = terminal(document([report(Status.PASSED)] * count))
    assert text.count("submission") == tables


def test_a_long_path_breaks_between_its_folders():
    """On an ordinary terminal the name of a file stands whole, in a line of its own."""
    path = "submitted/ada/ex02_regression/ex02_regression.py"
    made = document([report(Status.PASSED, path=path)] * 2)
    summary = terminal(made).partition("\n\n")[0]
    lines = [line.split()[0] for line in summary.splitlines() if "/" in line or ".py" in line]
    assert lines == ["submitted/ada/ex02_regression/", "ex02_regression.py"] * 2
    folded = terminal(document([report(Status.PASSED, path="z" * 150)] * 2))
    assert folded.count("z") == 150 * 2 * 2  # in the summary, and over its own table


@pytest.mark.parametrize("isolation", [Isolation.NONE, Isolation.LANDLOCK])
def test_weak_isolation_is_named(isolation):
    """A report that was reached without the full walls says so."""
    assert f"isolation: {isolation}" in terminal(
        document([report(Status.PASSED, isolation=isolation)])
    )


@pytest.mark.parametrize("isolation", Isolation)
@pytest.mark.parametrize("status", Status)
def test_whatever_a_report_says_fits_the_schema(isolation, status):
    """Each isolation and each status that exists can be written, and read back."""
    (entry,) = document([report(status, isolation=isolation)])["submissions"]
    assert (entry["isolation"], entry["status"]) == (isolation.value, status.value)


def test_a_stored_report_of_before_is_still_read(tmp_path):
    """The schema allows the isolation "container", which no report tells any more."""
    stored = document([report(Status.PASSED)])
    stored["submissions"][0]["isolation"] = "container"
    (tmp_path / "run.json").write_text(dumps(stored), encoding="utf-8")
    assert load(tmp_path / "run.json") == stored


def test_a_sample_is_named():
    """A report on sample data says so."""
    made = document([report(Status.PASSED, data={"mnist": "sample"})])
    assert "bundled sample of mnist" in terminal(made)


def test_nothing_of_a_student_commands_the_terminal():
    """Escapes, markup and emoji names of a student are printed as text, and no colour leaks."""
    text = terminal(document([report(Status.FAILED, message=EVIL, path=EVIL, notes=(EVIL,))]))
    assert "\x1b" not in text and "\u202e" not in text and "\x00" not in text
    assert "[bold]:smile:" in text.replace("\n", "")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_colour_is_for_terminals_and_no_color_is_obeyed(monkeypatch, no_color, coloured):
    """A terminal gets colours unless NO_COLOR is set."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    stream = Terminal()
    print_document(document([report(Status.FAILED)]), console(stream, 80))
    assert ("\x1b[31m" in stream.getvalue()) is coloured


def test_the_text_of_a_document_is_stable():
    """The same reports give the same bytes."""
    assert dumps(document([report(*Status)])) == dumps(document([report(*Status)]))
    json.loads(dumps(document([])))
