"""nbgrader's feedback page: the verdict first, then a card per task over the student's own code.

The page is made from what the autograded notebook holds as data, and from the gradebook's marks:
so that a mark or a comment that a person gave later is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.utils import is_solution
from traitlets import Enum

from autograder.edges.nbgrader.markdown import (
    code_markup,
    code_styles,
    markdown_markup,
    output_markup,
    output_text,
    text_markup,
)
from autograder.edges.nbgrader.sections import CellGroup, group_cells, has_mark
from autograder.reporting.cards import Card, Overview, from_json
from autograder.reporting.html_report import Block, Page, Section, feedback_page

Resources = dict[str, Any]

#: Under which a card, or an overview, is kept as JSON beside what formgrader shows of it.
CARD_TYPE = "application/vnd.autograder.card+json"
OVERVIEW_TYPE = "application/vnd.autograder.overview+json"
WITHHELD = "Pictures of what was received beside what is right are shown after the due date."
WITHHELD_BUT_EXAMPLES = "Pictures with the inputs that were marked are shown after the due date."
# nbgrader's own comment on an untouched answer, which the card says already.
NO_RESPONSE = "No response."
_HEADING = 2  # of a task
# A check cell as it was released: it runs the file beside the notebook, and shows nothing more.
_RUNS_CHECKS = re.compile(r"(?:#.*\n)*from checks_\w+ import check\n+check\(.*\)")


class FeedbackExporter(Exporter):
    """Makes a page of an autograded notebook; `c.GenerateFeedback.exporter_class` names it."""

    show_hidden = Enum(
        ["after_due", "always", "never"],
        default_value="after_due",
        help="When pictures of hidden inputs' answers are shown beside the right ones: after the "
        "assignment's due date (never, where it has none), always, or never. Else pictures of the "
        "same kind are shown, of inputs from another seed.",
    ).tag(config=True)

    export_from_notebook = "Feedback"
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: Resources | None = None, **options: Any
    ) -> tuple[str, Resources]:
        """Return the page of one notebook; nbgrader's steps have put the marks into it."""
        notebook, resources = super().from_notebook_node(nb, resources, **options)
        due = resources["nbgrader"].get("due_passed", False)
        shows = self.show_hidden == "always" or (self.show_hidden == "after_due" and due)
        has_due = self.show_hidden != "never" and resources["nbgrader"].get("due_set", False)
        page = page_of(notebook, resources, show_hidden=shows, shown_later=has_due)
        return feedback_page(page), resources


def page_of(
    nb: NotebookNode,
    resources: Resources,
    *,
    show_hidden: bool = False,
    shown_later: bool = True,
) -> Page:
    """Return what a page shows of a notebook that `GetMarks` has put the marks into.

    Args:
        nb: The autograded notebook.
        resources: nbgrader's names and sums.
        show_hidden: Whether to show what hidden inputs' right answers are.
        shown_later: Whether they will be shown after the due date.
    """
    names = resources["nbgrader"]
    overview = Overview(names["notebook"])
    cells = []
    for cell in nb.cells:
        found = from_json(_json(cell, OVERVIEW_TYPE), Overview)
        if found is None:
            cells.append(cell)
        else:
            overview = found
    groups, rest = group_cells(cells)
    held = overview.marks_held
    show_hidden = show_hidden and not overview.provisional
    sections = [
        _section(group, show_hidden=show_hidden, shown_later=shown_later, held=held)
        for group in groups
    ]
    unmarked = any(section.card.points is None for section in sections)
    score, most = float(names["score"]), float(names["max_score"])
    points = f"{_number(score)} of {_number(most)} points"
    penalty = float(names["late_penalty"])
    deductions = [overview.provisional] if overview.provisional else []
    if held:
        points, penalty = "received", 0.0
    elif unmarked:
        deductions.append("Some tasks have no mark yet; they count as 0 here.")
    if penalty:
        deductions.append(f"{_number(penalty)} points were taken off for handing in late.")
    return Page(
        overview,
        points,
        sections,
        deductions=deductions,
        rest=[_folded(cell) for cell in rest],
        styles=code_styles(),
    )


def _section(
    group: CellGroup, *, show_hidden: bool, shown_later: bool, held: bool = False
) -> Section:
    marks = group.marked.metadata.nbgrader
    score = None if held else marks.get("score")
    points = None if score is None else float(score)
    most = float(marks.get("points") or 0)
    stored = from_json(_json(group.marked, CARD_TYPE), Card)
    if stored is None:
        card, plain = Card(group.name, points, most), _plain(group.marked)
    else:
        card, plain = msgspec.structs.replace(stored, points=points, max_points=most), ""
    by_hand = ""
    if marks.get("by_hand"):
        was = stored.points if stored is not None else None
        checks = "" if was in (None, points) else f"; the checks came to {was:g}"
        by_hand = f"A person gave this mark{checks}."
    withheld = ""
    if show_hidden:
        card = card.without_examples()
    elif card.withheld:
        card = card.without_hidden()
        has_examples = any(one.example for row in card.rows for one in row.drawings)
        words = WITHHELD_BUT_EXAMPLES if has_examples else WITHHELD
        withheld = words if shown_later else ""
    blocks, comments = tuple(_blocks(group)), tuple(_comments(group, card))
    return Section(card, by_hand, blocks, comments, withheld, plain)


def _blocks(group: CellGroup) -> Iterator[Block]:
    """The answer as it stands; folded: the task's text, checks of an old release, and the rest."""
    for cell in group.cells:
        if is_solution(cell):
            yield Block(_shown(cell))
    titles = (
        ("The task's text", lambda cell: cell.cell_type == "markdown"),
        ("The checks that you could run yourself", has_mark),
        ("Other cells of this task", lambda _: True),
    )
    left = [
        cell
        for cell in group.cells
        if not is_solution(cell) and not _RUNS_CHECKS.fullmatch(cell.source.strip())
    ]
    for title, belongs in titles:
        chosen = [cell for cell in left if belongs(cell)]
        left = [cell for cell in left if cell not in chosen]
        if chosen:
            yield Block(Markup("").join(map(_shown, chosen)), title)


def _folded(cell: NotebookNode) -> Block:
    first = cell.source.strip().partition("\n")[0].lstrip("# ")[:60] or "An empty cell"
    return Block(_shown(cell), first)


def _comments(group: CellGroup, card: Card) -> Iterator[Markup]:
    for cell in group.cells:
        comment = cell.metadata.get("nbgrader", {}).get("comment")
        if comment and not (card.state == "missing" and comment == NO_RESPONSE):
            yield markdown_markup(str(comment), _HEADING + 1)


def _shown(cell: NotebookNode) -> Markup:
    if cell.cell_type == "markdown":
        return markdown_markup(cell.source, _HEADING, cell.get("attachments"))
    if cell.cell_type != "code":
        return text_markup(cell.source)
    ours = any(_json(cell, kind) is not None for kind in (CARD_TYPE, OVERVIEW_TYPE))
    outputs = [] if ours else map(output_markup, cell.get("outputs", ()))
    return Markup("").join([code_markup(cell.source), *outputs])


def _json(cell: NotebookNode, kind: str) -> object:
    for output in cell.get("outputs", ()):
        if kind in output.get("data", {}):
            return output.data[kind]
    return None


def _plain(cell: NotebookNode) -> str:
    return "\n".join(map(output_text, cell.get("outputs", ()))).strip()


def _number(value: float) -> str:
    return f"{round(value, 2):g}"
