"""Feedback pages as a browser shows them: with the network cut, on a desk and on a phone."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

import nbformat
import numpy as np
import pytest
from browser import PHONE, WIDE, browser
from repository import COURSE, ROOT, checks

from autograder.edges.nbgrader.feedback_page import CARD_TYPE, page_of
from autograder.edges.nbgrader.preprocessors import overview_cell
from autograder.edges.nbgrader.sections import has_mark, task_of
from autograder.records import (
    Contrast,
    Curve,
    Isolation,
    LayerRow,
    LayerTable,
    Measured,
    Reached,
    Report,
    Spread,
    Status,
    Verdict,
)
from autograder.reporting.card_maker import card
from autograder.reporting.cards import to_json
from autograder.reporting.html_report import feedback_page, page_html

MESSAGES = {
    Status.FAILED: "`f(1)` must be 1. Received: " + "a_long_name_without_a_space" * 12 + ". Next.",
    Status.ERRORED: "`f` raised ValueError: no <b>bold</b> word (your line: `x = y`)",
    Status.SKIPPED: "`f` is not written yet.",
    Status.INTERNAL: "This check could not be judged; that is the course's fault.",
    Status.TIMED_OUT: "`f` must end in time. It ran for 60 s.",
}
#: What a check that failed, and one that passed, show beside their sentences.
EXHIBITS = {
    Status.FAILED: (
        Contrast(np.eye(6, dtype=np.float32), np.ones((6, 6), dtype=np.float32), "", 30, 36),
        Spread((0, 85, 170, 255), (99, 20, 10), (129, 0, 0), ((0, 255), (0, 1))),
        LayerTable((LayerRow("Dense(units=" + "3" * 150 + ")", "Dense(units=4)"),)),
    ),
    Status.PASSED: (Reached("Accuracy on the test set", 0.98, 0.966, (0.97, 0.99)),),
}
#: A page's name: the exercise, and how its checks ended, in turn.
PAGES = {
    "right": ("ex04_perceptron", [Status.PASSED]),
    "partly": ("ex06_convolution", [Status.PASSED, Status.FAILED, Status.ERRORED]),
    "wrong": ("ex08_fashion_cnn", [Status.FAILED]),
    "crashed": ("ex07_mnist_cnn", [Status.ERRORED, Status.TIMED_OUT]),
    "stub": ("ex01_keras_models", [Status.SKIPPED]),
    "unmarked": ("ex05_mnist_mlp", [Status.INTERNAL, Status.PASSED]),
}


def _report(slug: str, statuses: list[Status]) -> Report:
    verdicts = [
        Verdict(check, status, MESSAGES.get(status, ""), "", EXHIBITS.get(status, ()))
        for check, status in zip(checks(slug), itertools.cycle(statuses), strict=False)
    ]
    notes = ("Line 3 (`%timeit f()`) was left out.",)
    tasks = {check.task for check in checks(slug)}
    curve = Curve(9, {"accuracy": (0.5, 0.9), "val_accuracy": (0.4, 0.8)})
    return Report(
        f"ada/{slug}",
        slug,
        tuple(verdicts),
        Isolation.FULL,
        {"mnist": "sample"},
        notes,
        measured=Measured(curves=dict.fromkeys(tasks, curve)),
    )


def _nbgrader_page(slug: str, statuses: list[Status]) -> str:
    """The exercise's own notebook, as if it had been marked so."""
    report = _report(slug, statuses)
    notebook = nbformat.read(ROOT / "source" / slug / f"{slug}.ipynb", as_version=4)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata and has_mark(cell):
            made = card(report, task_of(cell))
            cell.metadata.nbgrader.update(score=made.points, points=made.max_points)
            data = {CARD_TYPE: to_json(made)}
            cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
        elif cell.metadata.get("nbgrader", {}).get("solution"):
            cell.metadata.nbgrader.comment = "Look at $x^2$ in `f`."
    notebook.cells.insert(0, overview_cell(report))
    names = {"notebook": slug, "score": 3.5, "max_score": 19, "late_penalty": 1}
    return feedback_page(page_of(notebook, {"nbgrader": names}, show_hidden=True))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Six of nbgrader's pages, and one that `autograder grade --out` writes."""
    folder = tmp_path_factory.mktemp("pages")
    made = {name: _nbgrader_page(*facts) for name, facts in PAGES.items()}
    made["out"] = page_html(_report(*PAGES["partly"]))
    paths = {}
    for name, html in made.items():
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(html, encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def shown(pages: dict[str, Path]):
    """Opens a page at a width, each once; what it asked for is kept in `asked`."""
    with browser() as chromium:

        @functools.cache
        def open_page(name: str, width: int = WIDE):
            context = chromium.new_context(viewport={"width": width, "height": 1000}, offline=True)
            page = context.new_page()
            page.asked = []
            page.on("request", lambda request: page.asked.append(request.url))
            page.goto(pages[name].as_uri(), wait_until="load")
            return page

        yield open_page


NAMES = [*PAGES, "out"]


@pytest.mark.parametrize("name", NAMES)
def test_the_verdicts_stand_within_the_first_screen(shown, name: str) -> None:
    """Points and a line per task end within 1,000 pixels at a width of 1,400."""
    page = shown(name)
    marks = page.locator("ol.ag-tasks").bounding_box()
    assert marks["y"] + marks["height"] <= 1000
    tasks = COURSE.exercise(PAGES[name if name != "out" else "partly"][0]).tasks
    assert page.locator("ol.ag-tasks > li").count() == len(tasks)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_of_the_network(shown, pages, name: str) -> None:
    """The page loads itself alone, also with everything unfolded, and its formulas are laid out."""
    page = shown(name)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.asked == [pages[name].as_uri()]
    heights = page.evaluate(
        "[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().height)"
    )
    assert bool(heights) == (name != "out") and all(height > 5 for height in heights)
    assert "$$" not in page.evaluate(
        "[...document.querySelectorAll('p, li, td')].map(e => e.textContent).join()"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_needs_no_sideways_scrolling(shown, name: str) -> None:
    """At a width of 390 nothing sticks out, folded or not."""
    page = shown(name, PHONE)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_grave(shown, name: str) -> None:
    """Contrast, names, landmarks, order of headings, keyboard: axe-core has no grave complaint."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = shown(name)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = axe.run(page).response["violations"]
    # Of no weight: a table's head that is a formula, which axe does not read, is no empty one.
    grave = [one for one in found if one["impact"] != "minor"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in grave] == []


def test_the_keyboard_leads_from_a_mark_to_its_card(shown) -> None:
    """The first stop is the first task's line; Enter goes to its card."""
    page = shown("partly", 1000)
    page.keyboard.press("Tab")
    link = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash !== ''")
    assert page.url.endswith(link)
    assert page.locator(link).bounding_box()["y"] < 400


def test_printed_pages_show_the_marks_and_no_folded_cells(shown) -> None:
    """What is folded stays out of print, and the way up as well."""
    page = shown("partly", 1001)
    page.emulate_media(media="print")
    assert not page.locator("details").first.is_visible()
    assert not page.locator(".ag-top").first.is_visible()
    assert page.locator(".ag-card").first.is_visible()
