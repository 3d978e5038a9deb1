"""Notebooks of the field keep the marks of their right answers, however they were brought."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path

import pytest
from field_cases import CASES, FIELD, FULL, content_of, find, own, right_cells, stub
from repository import COURSE

from autograder.engine import Engine
from autograder.records import Report, Submission
from autograder.reporting.html_report import page_html
from autograder.reporting.score import score
from autograder.submission.discovery import find_submissions

SLUG = "ex04_perceptron"
#: What each of the notebooks in `field/` earns, and part of what its notes say.
HANDED_IN = {
    "answer_to_markdown": (19, "Cell 5 (gates) is Markdown, and counts as the code"),
    "answer_in_check_cell": (
        19,
        "Cell 6 (gates) is the course's check cell. `and_gate`, `or_gate`",
    ),
    "extra_cell_call_constant": (19, "Cell 13: left out line 4 (names = [n for n"),
    "top_level_await": (19, ""),
    "bad_ids": (19, ""),
    "renamed_copy1": (19, ""),
    "later_overwrites_constant": (19, "Cell 31 gives `INPUTS` another value"),
}


@pytest.fixture(scope="module")
def reports(engine: Engine) -> dict[str, Future[Report]]:
    """The report on each notebook; all of them are graded side by side."""
    contents = {name: content_of(_changed(name)) for name in CASES}
    contents |= {name: next((FIELD / name).iterdir()).read_bytes() for name in HANDED_IN}
    return {name: _grade(engine, name, content) for name, content in contents.items()}


def _changed(name: str) -> list[dict[str, object]]:
    cells = right_cells()
    CASES[name].change(cells)
    return cells


def _grade(engine: Engine, name: str, content: bytes) -> Future[Report]:
    return engine.submit(Submission(f"{name}.ipynb", SLUG, content, ".ipynb"))


def _points(report: Report) -> dict[str, int | None]:
    return {task: of_task.points for task, of_task in score(report).tasks.items()}


@pytest.mark.parametrize("name", HANDED_IN)
def test_what_was_handed_in_keeps_its_marks(reports: dict[str, Future[Report]], name: str) -> None:
    """A notebook whose answers are right earns all points, and a note says what was odd."""
    report = reports[name].result()
    points, note = HANDED_IN[name]
    assert score(report).total.points == points, [v for v in report.verdicts if v.message]
    assert note in "\n".join(report.notes)


@pytest.mark.parametrize("name", CASES)
def test_right_answers_keep_their_marks(reports: dict[str, Future[Report]], name: str) -> None:
    """Whatever happened to the notebook, the answers that are right earn all of their points."""
    report = reports[name].result()
    points = _points(report)
    expected = {task: full - dict(CASES[name].lost).get(task, 0) for task, full in FULL.items()}
    wrong = [
        (v.check.name, v.message) for v in report.verdicts if v.check.task in FULL and v.message
    ]
    assert {task: points[task] for task in FULL} == expected, (wrong, report.notes)
    assert CASES[name].note in "\n".join(report.notes)


NESTED = "class Gates:\n    def and_gate(self, a, b):\n        return int(a and b)"
BROKEN = "def and_gate(a, b):\n    return int(a and b"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (own(NESTED), "Cell 17 (Gates) defines `and_gate` inside of a class or another block."),
        (own(BROKEN), "Cell 17 seems to define `and_gate`, but is no Python"),
        (own(BROKEN, "markdown"), "Cell 17 seems to define `and_gate`, but is no Python"),
    ],
)
def test_what_is_written_elsewhere_is_never_called_unwritten(
    engine: Engine, cell: dict[str, object], sentence: str
) -> None:
    """Work that cannot count is named, over the cards and in place of "not written yet"."""
    cells = right_cells()
    stub(cells, "gates")
    cells.append(cell)
    report = _grade(engine, "elsewhere", content_of(cells)).result()
    message = next(v.message for v in report.verdicts if v.check.task == "gates")
    assert "not written yet" not in message and sentence.partition(" (")[0] in message
    assert any("Cell 17" in note for note in report.notes[:1])
    page = page_html(report)
    assert page.index("Cell 17") < page.index("<section id=")  # under the marks, over the cards


def test_what_is_not_written_is_called_so(engine: Engine) -> None:
    """A stub whose function is nowhere else is not written yet."""
    cells = right_cells()
    stub(cells, "gates")
    report = _grade(engine, "stub", content_of(cells)).result()
    messages = [v.message for v in report.verdicts if v.check.task == "gates"]
    assert all("is not written yet." in message for message in messages)


def test_other_tools_metadata_and_formats_are_no_matter(engine: Engine) -> None:
    """Colab's and VS Code's metadata, nbformat 4.0 without ids, a byte order mark and CR LF."""
    cells = right_cells()
    for cell in cells:
        del cell["id"]
        cell["metadata"] |= {
            "id": "x1",
            "colab": {"base_uri": "u"},
            "vscode": {"languageId": "python"},
        }
        cell["source"] = cell["source"].splitlines(keepends=True)
    notebook = {"cells": cells, "metadata": {"colab": {}}, "nbformat": 4, "nbformat_minor": 0}
    content = b"\xef\xbb\xbf" + json.dumps(notebook, indent=1).replace("\n", "\r\n").encode()
    points = _points(_grade(engine, "colab", content).result())
    assert {task: points[task] for task in FULL} == FULL


def test_large_outputs_cost_nothing(engine: Engine) -> None:
    """Right code keeps its marks beside outputs of any size, pictures as well as printed lists."""
    cells = right_cells()
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 2**24}}
    printed = {"output_type": "stream", "name": "stdout", "text": ["[[0.5, 1.5]]\n"] * 10**6}
    find(cells, "gates")["outputs"] = [picture, printed]
    content = content_of(cells)
    assert len(content) > 30 * 2**20
    points = _points(_grade(engine, "large", content).result())
    assert {task: points[task] for task in FULL} == FULL


@pytest.mark.parametrize("suffix", [".ipynb", ".py"])
def test_a_module_that_was_handed_in_can_be_imported(
    engine: Engine, tmp_path: Path, suffix: str
) -> None:
    """Files of the author's own lie beside the submission as they did at home, and nothing else."""
    cells = right_cells()
    answer = stub(cells, "gates")
    find(cells, "gates")["source"] = "from helper import *"
    script = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")
    script = script.partition("# Checks of")[0]
    script = script[script.index("from __future__") :]  # the first line of a script
    path = tmp_path / f"{SLUG}{suffix}"
    path.write_bytes(content_of(cells) if suffix == ".ipynb" else script.encode())
    (tmp_path / "helper.py").write_text(f"import deeper\n{answer}")
    (tmp_path / "deeper.py").write_text("import ex01_keras_models_of_ben\n")
    (tmp_path / "ex01_keras_models_of_ben.py").write_text("raise SystemExit")
    (tmp_path / "other.py").write_text("raise SystemExit")
    (submission,) = find_submissions(path, COURSE)
    assert [name for name, _ in submission.modules] == ["deeper", "helper"]
    (tmp_path / "deeper.py").write_text("")
    report = engine.grade(*find_submissions(path, COURSE))
    assert _points(report)["gates"] == FULL["gates"]


def test_the_released_checks_are_no_students_file(tmp_path: Path) -> None:
    """They are neither a submission nor a module of it, and a module of its own stays beside it."""
    cells = right_cells()
    find(cells, "gates")["source"] = "from helper import *"
    (tmp_path / f"{SLUG}.ipynb").write_bytes(content_of(cells))
    (tmp_path / "helper.py").write_text("def and_gate(a, b):\n    return a & b\n")
    checks = COURSE.notebook(SLUG).with_name(f"checks_{SLUG}.py")
    (tmp_path / checks.name).write_bytes(checks.read_bytes())
    (submission,) = find_submissions(tmp_path, COURSE)
    assert submission.label.endswith(f"{SLUG}.ipynb")
    assert [name for name, _ in submission.modules] == ["helper"]


def test_a_module_is_nobodys_where_several_hand_in(tmp_path: Path) -> None:
    """In a folder of a whole class, no module is taken for another student's."""
    for name in ("ada", "ben"):
        (tmp_path / f"{name}_{SLUG}.py").write_text("from helper import *\n")
    (tmp_path / "helper.py").write_text("def and_gate(a, b):\n    return a & b\n")
    submissions = [s for s in find_submissions(tmp_path, COURSE, SLUG) if "helper" not in s.label]
    assert [s.modules for s in submissions] == [(), ()]


def test_a_module_that_is_no_python_is_told(engine: Engine) -> None:
    """What cannot be read of a module is told before the marks."""
    cells = right_cells()
    find(cells, "gates")["source"] += "\n\nimport helper"
    submission = Submission(
        "x.ipynb", SLUG, content_of(cells), ".ipynb", modules=(("helper", b"def f(:\n"),)
    )
    assert engine.grade(submission).notes[0].startswith("helper.py must be Python. Received: ")
