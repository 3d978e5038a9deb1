"""One class in which nearly every notebook or folder is an attack, in one run of nbgrader's own.

Stock nbgrader 0.9.6 stops at several of these, follows others, and shows the rest as they are.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from bleach._vendor import html5lib
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from pages import seen

SCRIPT = "document.documentElement.dataset.beaten=1"
SECRET = "a word that stands outside of every submission"

MARKDOWN = (
    f"<script>{SCRIPT}</script>",
    f"<img src=x onerror={SCRIPT}>",
    f"<svg onload={SCRIPT}>",
    f"<svg><script>{SCRIPT}</script></svg>",
    f"<iframe srcdoc='<script>parent.{SCRIPT}</script>'></iframe>",
    f"<iframe src='javascript:parent.{SCRIPT}'></iframe>",
    f"<details open ontoggle={SCRIPT}>x</details>",
    "<style>body{display:none}</style>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action=https://evil.example><button>Log in</button></form>",
    f"<a href='javascript:{SCRIPT}'>x</a>",
    f"[x](javascript:{SCRIPT})",
    f"[x](JaVaScRiPt:{SCRIPT})",
    f"[x](&#106;avascript:{SCRIPT})",
    f"[x](java&Tab;script:{SCRIPT})",
    f"[x]( \njavascript:{SCRIPT})",
    f"[x](<javascript:{SCRIPT}>)",
    f"[x](/files/javascript:{SCRIPT})",
    f"[x](data:text/html,<script>{SCRIPT}</script>)",
    f"[x][y]\n\n[y]: javascript:{SCRIPT}",
    f"[x]: javascript:{SCRIPT} 'title'\n\n[x]",
    f"<javascript:{SCRIPT}>",
    f"![x](javascript:{SCRIPT})",
    "![x](https://evil.example/pixel.png)",
    "![x][z]\n\n[z]: https://evil.example/pixel.png",
    "![x](attachment:missing.png)",
    "![x](attachment:bad.svg) ![x](attachment:fake.png)",
    f'[x](https://example.org/"onmouseover={SCRIPT}//)',
    f'[x](https://example.org "t\\" onmouseover={SCRIPT}")',
    f"```mermaid\n<img src=x onerror={SCRIPT}>\n```",
    f'```"><img/src/onerror={SCRIPT}>\nx\n```',
    f"`` ` <script>{SCRIPT}</script> ` ``",
    f"# <img src=x onerror={SCRIPT}>",
    f"x | y\n--|--\n<img src=x onerror={SCRIPT}> | z",
    f"$<img src=x onerror={SCRIPT}>$ $$</script><script>{SCRIPT}</script>$$",
    f"<\\!-- --><script>{SCRIPT}</script>",
    f"<!--><script>{SCRIPT}</script>-->",
    f"<![CDATA[><script>{SCRIPT}</script>]]>",
    f"<?php ><script>{SCRIPT}</script>?>",
    f"</textarea></title></style><script>{SCRIPT}</script>",
    f"&lt;script&gt;{SCRIPT}&lt;/script&gt;",
    f"<scr\x00ipt>{SCRIPT}</script>",
    f"<\u2028script>{SCRIPT}</script>",
)


def _edited(school) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Notebooks with tampered metadata and cells, which cost nothing and gain nothing."""

    def changed(change: Callable[[nbformat.NotebookNode], object]) -> nbformat.NotebookNode:
        notebook = school.notebook()
        change(notebook)
        return notebook

    def test_cell(notebook):
        return school.cell(notebook, "test_gates")

    yield "points", changed(lambda n: test_cell(n).metadata.nbgrader.update(points=1000))
    yield "negative_points", changed(lambda n: test_cell(n).metadata.nbgrader.update(points=-5))
    yield "text_points", changed(lambda n: test_cell(n).metadata.nbgrader.update(points="many"))
    yield "no_points", changed(lambda n: test_cell(n).metadata.nbgrader.pop("points"))
    yield (
        "renamed_test",
        changed(lambda n: test_cell(n).metadata.nbgrader.update(grade_id="test_other")),
    )
    yield (
        "flipped_test",
        changed(
            lambda n: test_cell(n).metadata.nbgrader.update(
                grade=False, solution=True, locked=False
            )
        ),
    )
    yield "test_is_task", changed(lambda n: test_cell(n).metadata.nbgrader.update(task=True))
    yield "test_unmarked", changed(lambda n: test_cell(n).metadata.pop("nbgrader"))
    yield "test_deleted", changed(lambda n: n.cells.remove(test_cell(n)))
    yield "test_edited", changed(lambda n: test_cell(n).update(source="print('all passed')"))
    yield (
        "test_as_text",
        changed(
            lambda n: n.cells.__setitem__(
                n.cells.index(test_cell(n)),
                new_markdown_cell("passed", metadata=test_cell(n).metadata),
            )
        ),
    )
    yield (
        "test_twice",
        changed(
            lambda n: n.cells.append(copy.deepcopy(test_cell(n)) | {"id": "again"}),
        ),
    )
    yield (
        "answer_twice",
        changed(
            lambda n: n.cells.append(copy.deepcopy(school.cell(n, "gates")) | {"id": "again"}),
        ),
    )
    yield "reordered", changed(lambda n: n.cells.reverse())
    yield (
        "foreign_kernel",
        changed(
            lambda n: n.metadata.update(
                kernelspec={"name": "bash", "display_name": "Bash", "language": "bash"},
                language_info={"name": "bash"},
            )
        ),
    )
    yield "no_metadata", changed(lambda n: n.update(metadata={}))
    yield (
        "foreign_schema",
        changed(lambda n: test_cell(n).metadata.nbgrader.update(schema_version=99)),
    )
    yield (
        "odd_marks",
        changed(lambda n: [c.metadata.update(nbgrader=[1]) for c in n.cells if not c.metadata]),
    )
    yield (
        "forged_outputs",
        changed(
            lambda n: test_cell(n).update(
                outputs=[new_output("execute_result", {"text/plain": "1000"}, execution_count=1)]
            )
        ),
    )
    yield "half", school.notebook(school.half)
    flags = {"grade": True, "locked": False, "solution": True, "points": 50}
    yield (
        "half_made_graded",
        changed(
            lambda n: (
                school.cell(n, "gates").update(source=school.half),
                school.cell(n, "gates").metadata.nbgrader.update(flags),
            )
        ),
    )


def _scripted(school) -> nbformat.NotebookNode:
    """A notebook that brings script in wherever a page might take it."""
    notebook = school.notebook(f'raise ValueError("<img src=x onerror={SCRIPT}>")')
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    evil = f'"><script>{SCRIPT}</script>'
    for text in MARKDOWN:
        cell = new_markdown_cell(text)
        cell.attachments = {
            "good.png": {"image/png": png},
            "bad.svg": {"image/svg+xml": base64.b64encode(b"<svg onload=x>").decode()},
            "fake.png": {f"image/png{evil}": png, "image/png": evil},
        }
        notebook.cells.append(cell)
    notebook.cells.append(
        new_markdown_cell("![kept](attachment:good.png)", attachments=dict(cell.attachments))
    )
    notebook.cells.append(new_raw_cell(f"<script>{SCRIPT}</script>"))
    raw = new_raw_cell(f"<script>{SCRIPT}</script>")
    raw.metadata.raw_mimetype = "text/html"
    html = {"text/html": f"<script>{SCRIPT}</script>", "application/javascript": SCRIPT}
    shown = new_code_cell(
        f"# <script>{SCRIPT}</script>",
        outputs=[
            new_output("display_data", html),
            new_output("error", ename=evil, evalue=evil, traceback=[evil]),
            new_output("stream", text=evil),
        ],
    )
    shown.metadata.update(tags=[evil], magics_language=evil, nbgrader={"grade_id": evil})
    notebook.cells += [raw, shown]
    notebook.cells.append(new_code_cell("x = 1", id="wrong"))
    notebook.cells[-1]["id"] = f"a{evil}"
    notebook.cells[-1]["execution_count"] = evil
    notebook.cells.append({"cell_type": f"x{evil}", "metadata": {}, "source": evil, "id": "odd"})
    notebook.metadata.update(
        title=evil,
        language_info={"name": evil, "pygments_lexer": evil, "codemirror_mode": evil},
        widgets={"application/vnd.jupyter.widget-state+json": {"state": evil}},
    )
    return notebook


def _broken(school) -> Iterator[tuple[str, bytes, str]]:
    """Files that are no notebooks, and a word of what the student reads about each."""
    whole = nbformat.writes(school.notebook()).encode()
    as_json = json.loads(whole)
    yield "empty", b"", "empty file"
    yield "blank", b" \n", "empty file"
    yield "latin", whole.replace(b"Perceptrons", b"Perceptr\xf6ns"), "must be UTF-8"
    yield "utf16", whole.decode().encode("utf-16"), "UTF-16"
    yield "version5", json.dumps(as_json | {"nbformat": 5}).encode(), "nbformat 4"
    yield "version2", json.dumps(as_json | {"nbformat": 2}).encode(), "nbformat 4"
    yield "list", b"[1, 2]", "JSON object"
    yield "deep", b"[" * 200_000, "ordinary depth"
    yield "crowded", b'{"nbformat": 4, "cells": [' + b"{}," * 600_000 + b"{}]}", "at most 500000"
    yield "no_cells", b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "list of cells"
    yield "cut", whole[: len(whole) // 2], "ends in the middle"


def _readable(school) -> Iterator[tuple[str, bytes]]:
    """Odd notebooks that hold the right answer all the same."""
    notebook = school.notebook()
    as_json = json.loads(nbformat.writes(notebook))
    yield "version3", nbformat.writes(nbformat.convert(notebook, 3), version=3).encode()
    yield "minor99", json.dumps(as_json | {"nbformat_minor": 99}).encode()
    yield "nan", json.dumps(as_json | {"metadata": {"x": float("nan")}}).encode()
    yield "bom", b"\xef\xbb\xbf" + nbformat.writes(notebook).encode()
    surrogate = copy.deepcopy(as_json)
    surrogate["cells"][0]["source"] = "\ud800 \x00 \x1b[2J"
    yield "surrogate", json.dumps(surrogate).encode()
    many = copy.deepcopy(as_json)
    many["cells"] += [
        {"cell_type": "markdown", "metadata": {}, "source": "\\begin{a}" * 1_100}
    ] * 50
    yield "long_texts", json.dumps(many).encode()


@pytest.fixture(scope="module")
def marked(school):
    """The class after autograde and generate_feedback, and what autograde printed."""
    outside = school.room.folder / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    school.hand_in("honest")
    school.hand_in("stub", school.notebook(None))
    for name, notebook in _edited(school):
        school.hand_in(f"edited_{name}", notebook)
    school.hand_in("scripted", _scripted(school))
    for name, content, _ in _broken(school):
        school.hand_in(f"broken_{name}", content)
    for name, content in _readable(school):
        school.hand_in(f"odd_{name}", content)
    with school.hand_in("broken_huge").open("r+b") as file:
        file.truncate(300 * 2**20)
    _links(school, outside)
    _no_files(school, outside)
    school.log = school.autograde()
    school.generate_feedback()
    return school


def _links(school, outside: Path) -> None:
    """Folders with links, pipes and floods."""
    folder = school.hand_in("folder").parent
    secret = outside / "secret.txt"
    (folder / "link.txt").symlink_to(secret)
    (folder / "gradebook.db").symlink_to(school.course / "gradebook.db")
    (folder / "course").symlink_to(school.course)
    (folder / "dangling").symlink_to(outside / "made_by_a_student.txt")
    (folder / "up").mkdir()
    (folder / "up" / "link.txt").symlink_to("../../../../../outside/secret.txt")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        here = os.open(".", os.O_RDONLY)
        os.chdir(folder)  # a socket's path may not be long
        try:
            bound.bind("socket")
        finally:
            os.fchdir(here)
            os.close(here)
    (folder / "other.ipynb").mkdir()
    (folder / "other.ipynb" / "inner.txt").write_text("x")
    (folder / "words.txt").mkdir()  # where the course's own file will lie
    (folder / "words.txt" / "inner.txt").write_text("x")
    (folder / "notes <b>.txt").write_text("kept")
    (folder / os.fsdecode(b"\xff\x1b[2J.txt")).write_text("kept too")
    with (folder / "huge.bin").open("wb") as file:
        file.truncate(300 * 2**20)
    deep = folder / "/".join("d" * 40)
    deep.mkdir(parents=True)
    (deep / "x.txt").write_text("x")
    crowd = school.hand_in("crowd").parent / "many"
    crowd.mkdir()
    for number in range(5_000):
        (crowd / f"{number}.txt").touch()


def _no_files(school, outside: Path) -> None:
    """Notebooks, and times of submission, that are no plain files."""
    for name in ("link", "dangling", "pipe", "directory"):
        path = school.hand_in(f"file_{name}")
        path.unlink()
        if name == "link":
            path.symlink_to(outside / "notebook.ipynb")
            nbformat.write(school.notebook(), outside / "notebook.ipynb")
        elif name == "dangling":
            path.symlink_to(outside / "nothing")
        elif name == "pipe":
            os.mkfifo(path)
        else:
            path.mkdir()
    for name in ("pipe", "link", "garbage", "huge"):
        path = school.hand_in(f"time_{name}").parent / "timestamp.txt"
        path.unlink()
        if name == "pipe":
            os.mkfifo(path)
        elif name == "link":
            path.symlink_to(outside / "secret.txt")
        else:
            path.write_text("yesterday\n" if name == "garbage" else "2030-01-01 " * 10**6)


def _students(school, kind: str) -> list[str]:
    found = [path.name for path in (school.course / "submitted").glob(f"{kind}_*")]
    assert found
    return sorted(found)


def test_the_controls_hold(marked) -> None:
    """The right answer has the task's points, half of it has some, and the stub has none."""
    grade = marked.grades("honest")["test_gates"]
    assert grade["auto_score"] == grade["max_score"] > 0
    assert 0 < marked.grades("edited_half")["test_gates"]["auto_score"] < grade["max_score"]
    assert set(marked.marks("stub")) == {0.0}


def test_everybody_has_marks(marked) -> None:
    """No attack leaves its author, or anybody else, without a mark or to a person."""
    for path in (marked.course / "submitted").iterdir():
        assert None not in marked.marks(path.name), path.name
        assert not marked.waits_for_a_person(path.name), path.name
    assert marked.marks_left() == []


def test_edited_cells_and_metadata_change_no_mark(marked) -> None:
    """Points, ids, flags, test cells and kernels are the course's own again."""
    whole, half = marked.grades("honest"), marked.grades("edited_half")
    for student in _students(marked, "edited"):
        expected = half if student.startswith("edited_half") else whole
        got = marked.grades(student)
        for grade_id, grade in expected.items():
            for key in ("auto_score", "max_score"):
                assert got[grade_id][key] == grade[key], (student, grade_id)


def test_the_copies_have_the_courses_own_metadata(marked) -> None:
    """Every grade cell stands once, with the source and the points of the release."""
    release = marked.notebook(None)
    for student in _students(marked, "edited"):
        copied = marked.copy_of(student)
        assert copied.metadata.kernelspec.name == "python3", student
        for cell in release.cells:
            marks = cell.metadata.get("nbgrader", {})
            if marks.get("grade"):
                found = marked.cell(copied, marks["grade_id"])
                assert found.metadata.nbgrader["points"] == marks["points"], student
                assert found.source.endswith(cell.source), student


def test_odd_notebooks_with_the_right_answer_have_their_marks(marked) -> None:
    """An old version, a newer minor one, NaN, a byte order mark and long texts cost nothing."""
    for student in _students(marked, "odd"):
        assert marked.marks(student) == marked.marks("honest"), student


def test_what_is_no_notebook_gets_a_sentence(marked) -> None:
    """Nought points, and a page that says what is wrong with the file."""
    expected = {f"broken_{name}": word for name, _, word in _broken(marked)}
    expected["broken_huge"] = "at most 20 MiB"
    expected |= {
        "file_link": "Received: a link",
        "file_dangling": "Received: a link",
        "file_pipe": "Received: a pipe",
        "file_directory": "Received: a folder",
    }
    for student, word in expected.items():
        assert set(marked.marks(student)) == {0.0}, student
        assert word in seen(marked.page(student)), student


def test_nothing_is_followed_out_of_a_submission(marked) -> None:
    """Of a student's folder plain files are copied: no link, pipe or flood, and no secret."""
    for step in ("autograded", "feedback"):
        for folder, names, files in os.walk(marked.course / step):
            for name in (*names, *files):
                path = Path(folder) / name
                assert not path.is_symlink(), path
                assert path.is_dir() or path.is_file(), path
                if path.is_file():
                    content = path.read_bytes()
                    assert SECRET.encode() not in content, path
                    assert not content.startswith(b"SQLite format 3"), path
                    assert len(content) < 20 * 2**20, path
    copied = marked.autograded("folder")
    assert (copied / "notes <b>.txt").read_text() == "kept"
    assert (copied / os.fsdecode(b"\xff\x1b[2J.txt")).read_text() == "kept too"
    assert (copied / "words.txt").read_text() == "of the course"
    assert len(list((marked.autograded("crowd") / "many").iterdir())) < 2_500
    assert not (marked.room.folder / "outside" / "made_by_a_student.txt").exists()
    assert marked.marks("folder") == marked.marks("crowd") == marked.marks("honest")


def test_students_read_what_was_not_copied(marked) -> None:
    """The page names each entry, as text."""
    page = seen(marked.page("folder"))
    for words in ("link.txt: a link", "pipe: a pipe", "huge.bin: 300.0 MiB", "socket: no file"):
        assert words in page
    assert "more than 2000 files" in marked.page("crowd")


def test_a_timestamp_that_is_none_stops_nobody(marked) -> None:
    """It counts as none given, and the log says whose lateness is not known."""
    for student in _students(marked, "time"):
        assert marked.marks(student) == marked.marks("honest"), student
        assert f"{student}/{marked.slug}/timestamp.txt tells no time" in marked.log


def test_no_page_holds_anything_active_of_a_student(marked) -> None:
    """The scripted notebook's page has no element, event or address that the honest one lacks."""
    assert SCRIPT in marked.page("scripted")  # it is shown, as text
    known = set(_active(marked.page("honest")))
    assert known  # the style sheet
    for path in (marked.course / "feedback").rglob("*.html"):
        assert set(_active(path.read_text(encoding="utf-8"))) <= known, path
    naive = f"<p>{'</p><p>'.join(MARKDOWN[:3])}</p>"
    assert {tag for tag, _ in _active(naive)} == {"script", "img", "svg"}  # this test can fail


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium on this machine")
def test_no_script_of_a_student_runs_in_a_browser(marked, tmp_path: Path) -> None:
    """Chromium opens the page, and the root element stays as it is; a naive page marks it."""
    naive = tmp_path / "naive.html"
    naive.write_text(f"<!DOCTYPE html><title>x</title>{''.join(MARKDOWN[:3])}")
    assert "data-beaten" in _root_in_chromium(naive, tmp_path)
    page = marked.course / "feedback" / "scripted" / marked.slug / f"{marked.slug}.html"
    assert "data-beaten" not in _root_in_chromium(page, tmp_path)


def _root_in_chromium(page: Path, home: Path) -> str:
    """The root element's tag after the page's scripts have run."""
    command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += [f"--user-data-dir={home / 'chromium'}", "--virtual-time-budget=3000"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", page.as_uri()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    start = ran.stdout.index("<html")
    return ran.stdout[start : ran.stdout.index(">", start)]


def _active(page: str) -> Iterator[tuple[str, str]]:
    """What runs, loads or leads somewhere, as a browser reads the page."""
    for element in html5lib.parse(page, namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.rpartition("}")[2]
        if tag not in _INERT:
            yield tag, (element.get("src") or "") + (element.text or "")[:60]
        for name, value in element.attrib.items():
            if not isinstance(name, str) or name.startswith("on") or name in ("srcdoc", "action"):
                yield tag, f"{name}={value}"
            elif name in ("href", "src"):
                scheme = urlsplit(value.strip()).scheme
                embedded = scheme == "data" and value.startswith("data:image/png;base64,")
                leads_away = tag == "img" or scheme not in ("", "http", "https")
                if leads_away and not embedded:
                    yield tag, value


_INERT = set(
    "html head body title meta main div span p a b i em strong del code pre h1 h2 h3 h4 h5 h6 "
    "ul ol li dl dt dd table thead tbody tr th td br hr img blockquote input "
    "header nav section details summary figure figcaption "
    "math mrow mi mo mn mtext mspace msup msub msubsup mfrac msqrt munder mover munderover "
    "mtable mtr mtd mstyle".split()
)


def test_attached_pictures_are_kept(marked) -> None:
    """A PNG that was attached to a Markdown cell is shown; an SVG, or a false one, is not."""
    page = marked.page("scripted")
    assert page.count("data:image/png;base64,") == 1
    assert "svg+xml" not in page


def test_a_copy_that_formgrader_opens_is_as_harmless(marked) -> None:
    """The autograded notebook itself carries no output, id, tag or language of the student's."""
    copied = marked.copy_of("scripted")
    nbformat.validate(copied)
    text = json.dumps([copied.metadata, [[cell.id, cell.metadata] for cell in copied.cells]])
    assert "script" not in text.replace("scripted", "")
    assert copied.metadata.language_info == {"name": "python"}
    assert {cell.cell_type for cell in copied.cells} == {"code", "markdown"}
