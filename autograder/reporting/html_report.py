"""What a student reads about a submission: as plain text, and as HTML safe to show anywhere.

Messages, paths and notes hold text that a student wrote, and instructors open these pages. Pages
are made by templates, which escape whatever is put into them; there is no script, and pictures are
PNG bytes of our own making. The same templates make the page that `autograder grade --out` writes,
nbgrader's feedback page, and the card that formgrader shows.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from autograder.records import Report
from autograder.reporting.card_maker import card, cards, overview
from autograder.reporting.cards import Card, Overview, Row
from autograder.reporting.html_environment import html_environment
from autograder.reporting.looks import STATES, row_look
from autograder.reporting.score import score

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")
_NO_SLUG = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the notebook, as safe markup: a title where it is folded away."""

    markup: Markup
    title: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One task on a page.

    Attributes:
        card: Its verdict.
        by_hand: A sentence where a person gave the mark.
        blocks: What is shown of the notebook below the card.
        comments: What a person wrote about it, as safe markup.
        withheld: A sentence where drawings are not shown yet.
        plain: What there is in place of a verdict, as text.
    """

    card: Card
    by_hand: str = ""
    blocks: tuple[Block, ...] = ()
    comments: tuple[Markup, ...] = ()
    withheld: str = ""
    plain: str = ""

    @property
    def anchor(self) -> str:
        """The id of the task's place in the page."""
        return anchor(self.card.task)


@dataclass(frozen=True, slots=True)
class Page:
    """What is put into the page's template.

    Attributes:
        overview: Which exercise, and what concerns the whole submission.
        points: The mark, in words.
        sections: The tasks in order.
        path: Which file it was.
        deductions: Further lines below the mark, such as a late penalty.
        rest: What of the notebook belongs to no task.
        styles: Further style rules, of our own making.
    """

    overview: Overview
    points: str
    sections: Sequence[Section]
    path: str = ""
    deductions: Sequence[str] = ()
    rest: Sequence[Block] = ()
    styles: Markup | str = ""


def task_text(report: Report, task: str) -> str:
    """Return the feedback on one task as plain text."""
    made = card(report, task, drawn=False)
    lines = [f"Note: {note}" for note in made.notes]
    lines.append(f"{task}: {card_points(made)}")
    for row in made.rows:
        look = row_look(row)
        lines.append(f"{look.mark} {row.title} ({row_points(row)}, {look.words})")
        lines += [f"    {line}" for line in row.message.split("\n") if line]
        lines += [f"    {text}" for text in (row.remark, row.hint and f"Hint: {row.hint}") if text]
    return "\n".join(lines) + "\n"


def task_html(made: Card) -> str:
    """Return a task's card as a piece of HTML that stands anywhere, with the picture it drew."""
    return rendered("lone_card.html", section=Section(made))


def overview_html(over: Overview, made: Sequence[Card]) -> str:
    """Return the verdict over all tasks as a piece of HTML that stands above their cards."""
    sections = [Section(one) for one in made]
    return rendered("lone_overview.html", page=Page(over, cards_points(made), sections))


def overview_text(over: Overview, made: Sequence[Card]) -> str:
    """Return the verdict over all tasks as plain text."""
    lines = [f"{over.exercise}: {cards_points(made)}"]
    for one in made:
        look = STATES[one.state]
        lines.append(f"{look.mark} {one.task}: {card_points(one)}, {look.words}")
    lines += [f"Note: {note}" for note in over.notes]
    return "\n".join([*lines, *over.remarks]) + "\n"


def page_html(report: Report) -> str:
    """Return the feedback on a whole submission as a page that needs nothing else."""
    return feedback_page(
        Page(
            overview(report),
            _points(*_total(report)),
            [Section(made.without_hidden()) for made in cards(report)],
            report.path,
        )
    )


def feedback_page(page: Page) -> str:
    """Return a page of feedback that needs nothing else."""
    return rendered("page.html", page=page)


def notice_html(notice: str) -> str:
    """Return a sentence that stands in place of feedback as a piece of HTML."""
    return rendered("notice.html", notice=notice)


def rendered(template: str, **values: Any) -> str:
    """Return a template of this folder, filled in."""
    return _environment().get_template(template).render(values)


def row_points(row: Row) -> str:
    """Return a check's points: `1/2`, or `-/2` where it is not marked."""
    return f"{'-' if row.points is None else row.points}/{row.max_points}"


def card_points(made: Card) -> str:
    """Return a task's points in words."""
    return _points(made.points, made.max_points)


def cards_points(made: Sequence[Card]) -> str:
    """Return the sum of all tasks' points in words."""
    points = [one.points for one in made]
    total = None if None in points else sum(point for point in points if point is not None)
    return _points(total, sum(one.max_points for one in made))


def anchor(task: str) -> str:
    """Return the id of a task's place in a page; whatever it is called, an id is a plain word."""
    return f"task-{_NO_SLUG.sub('-', task.lower())[:80]}"


@functools.cache
def _environment() -> Environment:
    environment = html_environment(_TEMPLATES)
    environment.filters |= {
        "look": row_look,
        "row_points": row_points,
        "card_points": card_points,
        "base64": lambda png: base64.b64encode(png).decode("ascii"),
    }
    environment.globals["STATES"] = STATES
    return environment


def _total(report: Report) -> tuple[float | None, float]:
    total = score(report).total
    return total.points, total.max_points


def _points(points: float | None, max_points: float) -> str:
    if not max_points:
        return "no checks"
    noun = "point" if max_points == 1 else "points"
    if points is None:
        return f"not yet marked (of {max_points:g} points)"
    return f"{points:g} of {max_points:g} {noun}"
