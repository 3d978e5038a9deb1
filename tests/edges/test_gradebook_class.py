"""A class of nbgrader's gradebook: read, never changed, and told in one sentence where it cannot."""

import shutil
import sqlite3
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbgrader import api
from nbgrader.api import Gradebook
from repository import DATA_ENTRIES
from sqlalchemy.exc import SAWarning

from autograder.edges.cli.main import main
from autograder.edges.gradebook_class import kept_folder
from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting.class_report.kept import keep

SLUG = "ex04_perceptron"
CATALOG = f'[[exercise]]\nslug = "{SLUG}"\ntitle = "Gates"\ntasks = ["gates"]\n\n'


def report(student, status):
    check = Check("test_gates", "gates", "Gates are right", 3, "A hint.")
    path = f"{student}/{SLUG}/{SLUG}"
    return Report(path, SLUG, (Verdict(check, status, "Rule."),), Isolation.FULL, {})


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """ada passed late, ben failed and has a point of a person's, cleo waits, eve is away."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:  # else it starts a process to ask
        patch.setattr(api, "get_alembic_version", lambda: "none")
        book = Gradebook(f"sqlite:///{path}", "keras")
    with book, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own way to add a submission
        book.add_assignment(SLUG, duedate="2030-01-01 00:00:00 UTC")
        book.add_notebook(SLUG, SLUG)
        book.add_grade_cell("test_gates", SLUG, SLUG, max_score=3, cell_type="code")
        for name in ("ada", "ben", "cleo", "eve"):
            book.add_student(name, first_name=name.title(), last_name="Lovelace")
        for name, score in (("ada", 3.0), ("ben", 0.0), ("cleo", None)):
            late = "2030-01-01 03:00:00 UTC" if name == "ada" else "2029-12-31 00:00:00 UTC"
            book.add_submission(SLUG, name, timestamp=late)
            grade = book.find_grade("test_gates", SLUG, SLUG, name)
            grade.auto_score, grade.needs_manual_grade = score, score is None
        book.find_grade("test_gates", SLUG, SLUG, "ben").extra_credit = 1.0
        book.db.commit()
    return path


@pytest.fixture
def course(gradebook, tmp_path, monkeypatch):
    """A course directory with that gradebook; dan has handed in since."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "none"))
    root = tmp_path / "a course, 50%"
    (root / "exercises").mkdir(parents=True)
    (root / "exercises" / "catalog.toml").write_text(CATALOG + DATA_ENTRIES)
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'keras'\n"
        f"c.CourseDirectory.root = {str(root)!r}\n"
    )
    (root / "submitted" / "dan" / SLUG).mkdir(parents=True)
    shutil.copy(gradebook, root / "gradebook.db")
    for name, status in (("ada", Status.PASSED), ("ben", Status.FAILED)):
        keep(
            kept_folder(SimpleNamespace(root=str(root)), SLUG, name, SLUG), report(name, status), ""
        )
    monkeypatch.chdir(root)
    return root


def files(root):
    return {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_class_is_what_the_gradebook_holds(course, capsys):
    """Marks with a person's among them, the late, those who wait, those not marked and absent."""
    before = files(course)
    assert main(["report", "--class"]) == 0
    text = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if "/3" in line}
    assert rows["ada"] == ["3/3", "PASSED,", "late"] and rows["ben"] == ["1/3", "FAILED"]
    assert rows["cleo"] == ["-/3", "no", "report"] and rows["dan"] == ["-/3", "no", "report"]
    assert "cleo: Marks wait for a person: test_gates." in text
    assert "dan: Handed in, not autograded." in text
    assert "no kept report on 1 of these submissions, such as cleo" in " ".join(text.split())
    assert files(course) == before


def test_a_page_links_to_feedback_and_names_nobody_if_asked(course):
    """The link leads from the page to the feedback; without names there is neither."""
    feedback = course / "feedback" / "ada" / SLUG
    feedback.mkdir(parents=True)
    (feedback / f"{SLUG}.html").write_text("page")
    assert main(["report", "--class", SLUG, "--html", "pages/here"]) == 0
    page = Path("pages/here") / f"{SLUG}.html"
    html = page.read_text()
    link = f"../../feedback/ada/{SLUG}/{SLUG}.html"
    assert f'href="{link}"' in html and (page.parent / link).is_file()
    assert "3 h" in html and "eve" in html
    assert main(["report", "--class", SLUG, "--html", "bare", "--anonymous", "--csv"]) == 0
    for made in Path("bare").iterdir():
        text = made.read_text().casefold()
        assert not any(word in text for word in ("ada", "ben", "cleo", "dan", "eve<", "lovelace"))


def test_a_report_of_another_version_costs_only_itself(course, capsys):
    """Its student is shown with the gradebook's marks, and what to do is said."""
    path = kept_folder(SimpleNamespace(root=str(course)), SLUG, "ben", SLUG) / "report.json"
    path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 9'))
    assert main(["report", "--class"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "ben 1/3 no report" in text and "schema of this version" in text


def unknown(database):
    return None


def locked(database):
    lock = sqlite3.connect(database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    return lock


def missing(database):
    database.unlink()


def empty(database):
    database.write_bytes(b"")


def folder(database):
    database.unlink()
    database.mkdir()


def foreign(database):
    database.write_bytes(b"no database at all" * 200)


def of_an_old_version(database):
    with sqlite3.connect(database) as opened:
        opened.execute("ALTER TABLE grade DROP COLUMN extra_credit")
    opened.close()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (unknown, "Received: 'ex99'"),
        (locked, "database is locked"),
        (missing, "Received: no "),
        (empty, "which is none"),
        (folder, "which is none"),
        (foreign, "file is not a database"),
        (of_an_old_version, "nbgrader db upgrade"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(spoil, words, course, capsys):
    """Status 2, nothing on standard output, and every file as it was."""
    lock = spoil(course / "gradebook.db")
    before = files(course)
    named = ["ex99"] if spoil is unknown else []
    assert main(["report", "--class", *named, "--html", "pages"]) == 2
    output = capsys.readouterr()
    (line,) = [line for line in output.err.splitlines() if line.strip()]
    assert line.startswith("autograder: ") and words in line and output.out == ""
    assert files(course) == before
    if lock is not None:
        lock.close()
