"""Marks for Canvas, Moodle and Blackboard, out of a real gradebook and into their documented files."""

import csv
import io
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from autograder.edges.gradebook_class import kept_folder
from autograder.edges.platforms.lms import BlackboardExporter, CanvasExporter, MoodleExporter
from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting.class_report.kept import keep

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,ex04 (1234),Notes,Current Score
    Points Possible,,,,,9,,(read only)
"Lovelace, Ada",101,S-1,ada,"Monday, first",,,
"Boole, George",102,S-2,boole,Monday,,,
"Noether, Emmy",103,S-3,emmy,Tuesday,3,,
"Student, Test",999,,test,Monday,,,
"""
MOODLE = """\
First name,Last name,ID number,Email address,Last downloaded from this course
Ada,Lovelace,S-1,ada@example.org,1
Emmy,Noether,S-3,emmy@example.org,1
"""
BLACKBOARD = """\
"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"ex04 [Total Pts: 5 Score] |87654"
"Lovelace"\t"Ada"\t"ada"\t"S-1"\t""
"Noether"\t"Emmy"\t"emmy"\t"S-3"\t""
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A gradebook: ada marked, boole waiting for a person, emmy with nothing handed in."""
    folder = tmp_path_factory.mktemp("course")
    url = f"sqlite:///{folder / 'gradebook.db'}"
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader calls alembic by its name.
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        Gradebook(url).close()
    with warnings.catch_warnings(), Gradebook(url) as gradebook:
        warnings.simplefilter("ignore")  # nbgrader's own, of SQLAlchemy
        for number, (name, first, last) in enumerate(
            [("ada", "Ada", "Lovelace"), ("boole", "George", "Boole"), ("emmy", "Emmy", "Noether")]
        ):
            gradebook.add_student(
                name, first_name=first, last_name=last, email=f"{name}@example.org",
                lms_user_id=f"{101 + number}",
            )  # fmt: skip
        for assignment in ("ex04", "ex05"):
            gradebook.add_assignment(assignment)
            gradebook.add_notebook("notebook", assignment)
            for task, points in (("gates", 3), ("xor", 2)):
                cell = {"max_score": points, "cell_type": "code"}
                gradebook.add_grade_cell(f"test_{task}", "notebook", assignment, **cell)
        for student, scores in (("ada", (3, 0.5)), ("boole", (3, None))):
            gradebook.add_submission("ex04", student)
            for task, score in zip(("gates", "xor"), scores, strict=True):
                grade = gradebook.find_grade(f"test_{task}", "notebook", "ex04", student)
                grade.auto_score, grade.needs_manual_grade = score, score is None
        gradebook.db.commit()
    return folder, url


@pytest.fixture
def export(made, tmp_path, monkeypatch, caplog):
    """Run an exporter with options; return the rows of a file that it wrote, and what it logged."""
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.INFO)

    def run(kind, name="out.csv", assignment=("ex04",), **options):
        for key, value in options.items():
            if key == "roster":
                (tmp_path / "roster.csv").write_text(
                    value, encoding=options.get("encoding", "utf-8")
                )
                options[key] = "roster.csv"
        options.pop("encoding", None)
        config = Config(
            {kind.__name__: {"to": "out.csv", "assignment": list(assignment), **options}}
        )
        caplog.clear()
        with Gradebook(made[1]) as gradebook:
            exporter = kind(config=config)
            exporter.log = logging.getLogger("exporters")
            exporter.export(gradebook)
        text = (tmp_path / name).read_bytes().decode()
        return list(csv.reader(io.StringIO(text, newline=""))), caplog.text

    return run


def canvas_import(rows):
    """Read a file as Canvas's gradebook import does; return its assignments and students.

    The header begins with Student and ID and has Section last of the student's own columns; a row
    with "Points Possible" tells what assignments are worth.
    """
    header, *rest = rows
    assert "Student" in header[0]
    assert "ID" in header[1]
    login = next(place for place, name in enumerate(header) if name == "SIS Login ID")
    assert header[2:login] in ([], ["SIS User ID"])
    columns = header.index("Section") + 1
    names = header[columns:]
    worth, students = {}, {}
    for row in rest:
        assert len(row) == len(header)
        if "Points Possible" in row[0]:
            worth = dict(zip(names, map(float, row[columns:]), strict=True))
            continue
        students[row[1], row[login]] = dict(zip(names, row[columns:], strict=True))
    return worth, students


def test_canvas_reads_what_is_exported(export):
    """With Canvas's own export as roster: its IDs, its heading of the assignment, the marks."""
    rows, said = export(CanvasExporter, roster=CANVAS)
    worth, students = canvas_import(rows)
    assert worth == {"ex04 (1234)": 5}
    assert students == {
        ("101", "ada"): {"ex04 (1234)": "3.5"},
        ("102", "boole"): {"ex04 (1234)": ""},
        ("103", "emmy"): {"ex04 (1234)": ""},
    }
    assert rows[2][:5] == ["Lovelace, Ada", "101", "S-1", "ada", "Monday, first"]
    assert "3 students written" in said


def test_canvas_needs_no_roster(export):
    """Without one, the gradebook's own ids stand where Canvas looks for them."""
    worth, students = canvas_import(export(CanvasExporter)[0])
    assert worth == {"ex04": 5}
    assert students["101", "ada"] == {"ex04": "3.5"}


def test_canvas_has_a_column_for_each_task(export):
    """With `per_task`, tasks stand beside the total, with the points of each."""
    worth, students = canvas_import(export(CanvasExporter, roster=CANVAS, per_task=True)[0])
    assert worth == {"ex04 (1234)": 5, "ex04: gates": 3, "ex04: xor": 2}
    assert list(students["101", "ada"].values()) == ["3.5", "3", "0.5"]
    assert list(students["102", "boole"].values()) == ["", "3", ""]


@pytest.mark.parametrize("kind", [CanvasExporter, MoodleExporter, BlackboardExporter])
def test_what_waits_for_a_person_is_never_a_zero(export, kind):
    """A submission with an unmarked task has no mark in any file, and a sentence names it."""
    rows, said = export(kind, missing_as_zero=True)
    assert [row for row in rows if "boole" in row and {"0", "3"} & set(row)] == []
    assert "a person must mark them first: ex04 of boole" in said


@pytest.mark.parametrize("kind", [CanvasExporter, BlackboardExporter])
@pytest.mark.parametrize(("zero", "cell"), [(False, ""), (True, "0")])
def test_nothing_handed_in_is_empty_unless_it_is_to_be_a_zero(export, kind, zero, cell):
    """An empty cell by default; `missing_as_zero` makes it 0."""
    rows, _ = export(kind, missing_as_zero=zero)
    (emmy,) = [row for row in rows if "emmy" in row]
    assert emmy[rows[0].index("ex04")] == cell


def test_who_is_not_in_the_roster_is_told_in_one_sentence(export):
    """They are in no row, and one line names them and the column that lacks them."""
    rows, said = export(
        CanvasExporter,
        roster=CANVAS.replace('"Boole, George",102', "x,1").replace(",boole,", ",other,"),
    )
    assert [row[3] for row in rows[2:]] == ["ada", "emmy"]
    assert said.count("does not name them") == 1
    assert "the roster's SIS Login ID does not name them: boole." in said


def moodle_import(rows, column):
    """Read a file as Moodle's CSV import does when `column` is mapped to the student."""
    header, *rest = rows
    grades = {}
    for row in rest:
        cells = dict(zip(header, row, strict=True))
        assert cells[column], "Moodle stops at a student whom it does not know"
        assert 0 <= float(cells["ex04"]) <= 100
        grades[cells[column]] = cells["ex04"], cells.get("ex04 (Feedback)")
    return grades


def test_moodle_reads_what_is_exported(export):
    """Only students with a mark, by the roster's email address, each with points and feedback."""
    rows, said = export(MoodleExporter, roster=MOODLE, match="Email address")
    assert rows[0] == [
        "First name", "Last name", "ID number", "Email address", "ex04", "ex04 (Feedback)"
    ]  # fmt: skip
    assert moodle_import(rows, "Email address") == {
        "ada@example.org": ("3.5", "gates: 3/3; xor: 0.5/2")
    }
    assert "does not name them: boole" in said


def test_moodle_has_a_file_for_each_assignment(export, tmp_path):
    """An empty grade would take away one that is there, so two assignments never share a row."""
    export(MoodleExporter, name="out-ex04.csv", assignment=["ex04", "ex05"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out-ex04.csv", "out-ex05.csv"]
    assert len((tmp_path / "out-ex05.csv").read_text().splitlines()) == 1


def test_blackboard_reads_what_is_exported(export):
    """With its own download (tabs, UTF-16): its column by number, and feedback in its columns."""
    rows, _ = export(BlackboardExporter, roster=BLACKBOARD, encoding="utf-16")
    assert rows[0] == [
        "Last Name", "First Name", "Username", "Student ID", "ex04 [Total Pts: 5 Score] |87654",
        "Grading Notes", "Notes Format", "Feedback to Learner", "Feedback Format",
    ]  # fmt: skip
    assert rows[1] == ["Lovelace", "Ada", "ada", "S-1", "3.5", "", "PLAIN_TEXT",
                       "gates: 3/3; xor: 0.5/2", "PLAIN_TEXT"]  # fmt: skip


def test_blackboard_tells_of_columns_that_it_would_make_itself(export):
    """A heading without Blackboard's number becomes a text column: a sentence says so."""
    _, said = export(BlackboardExporter, per_task=True)
    assert "makes text columns worth nothing" in said


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        (CanvasExporter, {"roster": MOODLE}, "without Student, ID, Section"),
        (MoodleExporter, {"roster": MOODLE, "match": "Matrikel"}, "names students as nbgrader does"),
        (MoodleExporter, {"roster": MOODLE + MOODLE}, "S-1, S-3 more than once"),
        (MoodleExporter, {"roster": ""}, "no columns"),
        (MoodleExporter, {"roster": "Username\nä", "encoding": "latin-1"}, "CSV in UTF-8"),
        (CanvasExporter, {"assignment": ["ex99"]}, "ex04, ex05. Received: 'ex99'"),
        (CanvasExporter, {"student": ["bob"]}, "Received: bob"),
        (CanvasExporter, {"to": "missing/out.csv"}, "--to must name a file"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(export, caplog, kind, options, said):
    """What cannot be used ends the export with exit status 1, and a sentence that says why."""
    with pytest.raises(SystemExit) as ended:
        export(kind, **options)
    assert ended.value.code == 1
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert said in error.getMessage()


@pytest.mark.slow
def test_nbgrader_runs_the_exporter(made, tmp_path):
    """The stock command takes it by name, options by traits, and comments from the kept reports."""
    folder, url = made
    check = Check("test_x", "xor", "X", 2, "")
    verdict = Verdict(check, Status.FAILED, "<b>It must</b> be 1.\nReceived: 0.")
    report = Report("ada", "ex04", (verdict,), Isolation.FULL, {})

    class Place:
        root = str(folder)

    keep(kept_folder(Place(), "ex04", "ada", "notebook"), report, "")
    (tmp_path / "roster.csv").write_text(MOODLE)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "export", "--db", url, "--to", "moodle.csv",
         "--exporter", "autograder.edges.platforms.lms.MoodleExporter",
         f"--CourseDirectory.root={folder}", "--assignment", "['ex04']",
         "--MoodleExporter.roster=roster.csv", "--MoodleExporter.match=Email address"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (tmp_path / "moodle.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    grade, feedback = moodle_import(rows, "Email address")["ada@example.org"]
    assert grade == "3.5"
    assert feedback == "gates: 3/3; xor: 0.5/2 (&lt;b&gt;It must&lt;/b&gt; be 1. …)"
    assert "does not name them: boole" in done.stderr
