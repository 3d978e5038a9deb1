"""The page of a class as a browser shows it: without a network, on a desk, on a phone and printed."""

import io

import pytest
from browser import PHONE, WIDE, browser
from PIL import Image

from autograder.records import Accuracy, Check, Curve, Isolation, Measured, Report, Status, Verdict
from autograder.reporting.class_report.facts import classes_of
from autograder.reporting.class_report.members import ClassFacts, Part, member_of
from autograder.reporting.class_report.page import class_view, page_html
from autograder.reporting.json_report import document

SLUG = "ex05_mnist_mlp"
LONG = "a_name_without_a_space" * 8
MESSAGE = f"It must be 1. Received: {LONG * 2}. Next."
STATUSES = list(Status)


def _report(name, number):
    verdicts = []
    for task in ("draw", f"learn_{LONG}"):
        for place in range(6):
            check = Check(f"test_{place}", task, f"Fact {place} of {LONG}", 1, f"Hint: {LONG}.")
            status = STATUSES[(number + place) % len(STATUSES)] if place else Status.FAILED
            message = "" if status is Status.PASSED else MESSAGE
            verdicts.append(Verdict(check, status, message))
    curve = Curve(300, {"loss": (3.0, 1.0, 0.1 * number), f"val_{LONG}": (3.0, 2.0, 1.0)})
    measured = Measured((Accuracy("draw", 0.9 + number / 200, 0.92),), {"draw": curve}, 60.0, 4)
    notes = (f"Cell 3 was changed: {LONG}.",)
    return Report(
        f"in/{name}/{SLUG}.py",
        SLUG,
        tuple(verdicts),
        Isolation.NONE,
        {"mnist": "sample"},
        notes,
        measured=measured,
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A class in which everything is too long: names, words in messages, tasks, pictures."""
    out = io.BytesIO()
    Image.new("RGB", (900, 120), "white").save(out, "PNG")
    names = [f"ada_{LONG}", f"ben_{LONG}", *(f"student_{number}" for number in range(10))]
    entries = document([_report(name, n) for n, name in enumerate(names)])["submissions"]
    same = "".join(f"x_{n} = {n} * y_{n} + {n}\n" for n in range(80))
    (facts,) = classes_of(Part(entry, same, {"draw": out.getvalue()}) for entry in entries)
    members = [
        member_of(one.name, one.parts, late_s=90_000.0, reasons=(f"Marks wait: {LONG}.",))
        for one in facts.members
    ]
    path = tmp_path_factory.mktemp("class") / f"{SLUG}.html"
    absent, remarks = (f"eve_{LONG}", "finn"), (f"Of {LONG} there is no report.",)
    whole = ClassFacts(SLUG, tuple(members), facts.exercises, absent, remarks)
    path.write_text(page_html(class_view(whole)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shown(page):
    """Opens the page unfolded, at a width."""
    with browser() as chromium:

        def open_page(width):
            context = chromium.new_context(viewport={"width": width, "height": 1000}, offline=True)
            opened = context.new_page()
            opened.asked = []
            opened.on("request", lambda request: opened.asked.append(request.url))
            opened.goto(page.as_uri(), wait_until="load")
            opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            return opened

        yield open_page


@pytest.mark.parametrize(("width", "media"), [(PHONE, "screen"), (WIDE, "screen"), (794, "print")])
def test_nothing_sticks_out_however_long_it_is(shown, width, media):
    """No sideways scrolling on a phone, on a desk, and on a sheet of paper; nothing is loaded."""
    opened = shown(width)
    opened.emulate_media(media=media)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.asked == [opened.url]
    outside = opened.evaluate(
        "[...document.querySelectorAll('p, li, td, th, figcaption, .name')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth && "
        "!e.closest('thead')).map(e => e.outerHTML.slice(0, 200))"
    )
    assert outside == []


def test_small_print_is_small_on_paper(shown):
    """Names of tasks and remarks are no larger there than the text that they stand in."""
    opened = shown(794)
    opened.emulate_media(media="print")
    larger = opened.evaluate(
        "[...document.querySelectorAll('p small, p code, li small, td small, .flag, figcaption')]"
        ".filter(e => parseFloat(getComputedStyle(e).fontSize) > "
        "parseFloat(getComputedStyle(document.body).fontSize)).length"
    )
    assert larger == 0


def test_axe_finds_nothing_grave(shown):
    """Contrast, names, order of headings, keyboard: axe-core has no grave complaint."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(shown(WIDE)).response["violations"]
    grave = [one for one in found if one["impact"] != "minor"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in grave] == []
