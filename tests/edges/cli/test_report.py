"""`autograder report`: stored reports, and a class made of them."""

import json
from pathlib import Path

import pytest

from autograder.edges.cli.main import main
from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting.json_report import document, dumps


def report(path, status=Status.FAILED, exercise="ex04_perceptron"):
    check = Check("test_gates", "gates", "Gates are right", 3, "A hint.")
    return Report(path, exercise, (Verdict(check, status, "Rule."),), Isolation.FULL, {})


@pytest.fixture
def stored(tmp_path, monkeypatch) -> Path:
    """A folder as `grade --out` writes it, away from any course."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRADER_COURSE", str(tmp_path / "none"))
    for name, status in (("ada", Status.PASSED), ("ben", Status.FAILED)):
        (tmp_path / "out" / name).mkdir(parents=True)
        text = dumps(document([report(f"in/{name}.py", status)]))
        (tmp_path / "out" / name / "report.json").write_text(text)
    return tmp_path / "out"


def test_pages_and_tables_are_written_into_a_folder(stored, capsys):
    """A page an exercise with its table beside it, and the place of each page is told."""
    (stored / "ben" / "feedback.html").write_text("page")
    assert main(["report", str(stored), "--class", "--html", "made/here", "--csv"]) == 0
    page = Path("made/here/ex04_perceptron.html")
    assert "ada" in page.read_text() and "ben" in page.with_suffix(".csv").read_text()
    assert str(page) in capsys.readouterr().err
    assert page.read_text().count('href="../../out/ben/feedback.html"') == 1


def test_a_class_is_shown_of_files_and_folders(stored, capsys):
    """Words after --class are files where they look like it, and else names of exercises."""
    other = dumps(document([report("eve.py", Status.INTERNAL, "ex05_mnist_mlp")]))
    Path("more.json").write_text(other)
    assert main(["report", "--class", "ex04_perceptron", f"{stored}/", "more.json"]) == 0
    text = capsys.readouterr().out
    assert "1/2" in text and "ex05" not in text
    assert main(["report", "--class", "more.json"]) == 3  # something is INTERNAL


def test_the_table_alone_goes_to_standard_output(stored, capsys):
    """Without names, where that is asked for."""
    assert main(["report", "--class", f"{stored}/", "--csv", "--anonymous"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("assignment,student,") and "#001" in text
    assert "ada" not in text and "ben" not in text


def of_another_version(stored):
    path = stored / "ben" / "report.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format_version": 2}))


@pytest.mark.parametrize(
    ("words", "told", "change"),
    [
        (["report"], "neither", None),
        (["report", "x.json", "--csv"], "without --class", None),
        (["report", "x.json", "--class"], "x.json", None),
        (["report", "out", "--class", "ex99"], "'ex99'", None),
        (["report", "--class", "empty/"], "there is none", None),
        (["report", "out", "--class"], "schema of this version", of_another_version),
        (["report", "out", "--class", "--html", "file/pages"], "--html", None),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_loses_nothing(words, told, change, stored, capsys):
    """The exit status is 2; no page is written, and what was there stays."""
    Path("empty").mkdir()
    Path("file").write_text("kept")
    if change:
        change(stored)
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert main(words) == 2
    output = capsys.readouterr()
    assert told in output.err and output.err.count("autograder: ") == 1 and output.out == ""
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_no_name_needs_no_course(stored, capsys, monkeypatch):
    """Where no course is at hand, the class is shown of what the reports hold."""
    assert main(["report", "out", "--class", "--html", "pages"]) == 0
    assert "ex04_perceptron" in Path("pages/ex04_perceptron.html").read_text()
