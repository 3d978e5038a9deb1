"""Formgrader's page of a submission, made and shown as nbgrader does, with the network cut."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from browser import WIDE, browser
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.server_extensions.formgrader import handlers
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from repository import ROOT

SITE = "http://formgrader.invalid"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a notebook with a formula and a marked cell, under the course's configuration."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        extension = FormgradeExtension()
        extension.initialize([], root=str(ROOT))
    marks = {"grade_id": "test_gates", "grade": True, "solution": False, "locked": True}
    marks |= {"schema_version": 3, "task": False, "points": 3, "cell_type": "code"}
    shown = new_output("display_data", data={"text/html": "<b>0 of 3 points</b>"})
    cells = [
        new_markdown_cell("The sum is $x^2$."),
        new_code_cell("check()", metadata={"nbgrader": marks}, outputs=[shown]),
    ]
    file = tmp_path_factory.mktemp("autograded") / "ex04_perceptron.ipynb"
    nbformat.write(new_notebook(cells=cells), file)
    names = {"assignment_id": "a", "notebook_id": "ex04_perceptron", "submission_id": "1"}
    names |= {"index": 0, "total": 1, "base_url": SITE, "student": "ada", "last_name": "L"}
    names |= {"first_name": "Ada", "notebook_path": "x.ipynb"}
    html, _ = HTMLExporter(config=extension.config).from_filename(str(file), resources=names)
    return str(html)


def test_formgraders_page_is_nbgraders_own_with_formulas_as_mathml(page: str) -> None:
    """Scores and buttons are there, and no address but that of the server itself."""
    assert "full-credit" in page and "<msup>" in page and "0 of 3 points" in page
    sources = re.findall(r"""(?:src|href)=["'](https?://[^"']+)""", page)
    assert sources and all(one.startswith(SITE) for one in sources)


def test_formgraders_script_runs_to_its_end_without_the_web(page: str) -> None:
    """Nothing is missing, and the cell that was selected last is selected again."""
    asked, errors = [], []
    static = Path(handlers.static_path)

    def serve(route) -> None:
        url = route.request.url.partition("?")[0]
        asked.append(url)
        file = static / url.removeprefix(f"{SITE}/formgrader/static/")
        if url.endswith("/"):
            route.fulfill(body=page, content_type="text/html")
        elif file.is_file():
            route.fulfill(path=file)
        elif "/api/" in url:
            route.fulfill(body="[]", content_type="application/json")
        else:
            route.abort()

    with browser() as chromium:
        shown = chromium.new_context(viewport={"width": WIDE, "height": 1000}).new_page()
        shown.on("pageerror", lambda error: errors.append(str(error)))
        shown.route("**/*", serve)
        shown.goto(f"{SITE}/formgrader/submissions/1/?index=0", wait_until="networkidle")
        shown.wait_for_function("window.MathJax.loaded === true")
        assert all(url.startswith(SITE) for url in asked)
        assert errors == []
        assert shown.locator("math").first.bounding_box()["height"] > 5
