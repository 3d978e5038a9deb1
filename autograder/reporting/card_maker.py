"""Makes the cards of a report: its verdicts, and what their checks show, as a student sees them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from autograder.records import (
    Contrast,
    Curve,
    Exhibit,
    LayerTable,
    Lines,
    Reached,
    Report,
    Spread,
    Status,
    Verdict,
)
from autograder.reporting import drawings
from autograder.reporting.cards import NOT_REACHED, Card, Drawing, Overview, Row
from autograder.reporting.score import score
from autograder.text import printable

_PNG = b"\x89PNG\r\n\x1a\n"
_LOG = logging.getLogger("autograder")
AS_ABOVE = "As above."
SPREAD = "How often which values occur."
LINES = "The lines over the square from 0 to 1."
EXAMPLE = "With other inputs, which are not marked. "


def card(report: Report, task: str, *, drawn: bool = True) -> Card:
    """Return the card of one task, with its pictures if `drawn`."""
    total = score(report).tasks.get(task)
    return Card(
        task,
        None if total is None else total.points,
        0 if total is None else total.max_points,
        tuple(_rows(report, task, drawn=drawn)),
        tuple(printable(note) for note in _notes(report, task)),
        tuple(_drawings(report, task)) if drawn else (),
    )


def _drawings(report: Report, task: str) -> Iterator[Drawing]:
    """What a task drew itself, and how its training went."""
    png = report.pictures.get(task, b"")
    seen = printable(report.picture_texts.get(task, ""))
    alt = f"What {task} drew. {seen}".strip()
    if png.startswith(_PNG):
        yield Drawing(alt, png)
    shown = list(_exhibits(report, task))
    curve = next((one for one in shown if isinstance(one, Curve)), None)
    reached = next((one for one in shown if isinstance(one, Reached)), None) if curve else None
    if curve is None and report.measured is not None:
        curve = report.measured.curves.get(task)
    if curve is not None:
        png = _drawn(drawings.curve_png, curve, reached)
        if png:
            words = drawings.curve_words(curve, reached)
            yield Drawing(words, png, "How your training went.")


def _drawn(draw: Callable[..., bytes], *exhibits: Exhibit | None) -> bytes:
    """Return a picture; empty if it cannot be drawn, for that is no reason to give no feedback."""
    try:
        return draw(*exhibits)
    except Exception:  # noqa: BLE001 - whatever Matplotlib or Pillow raises
        _LOG.warning("A picture of feedback could not be drawn:", exc_info=True)
        return b""


def cards(report: Report, *, drawn: bool = True) -> list[Card]:
    """Return the cards of all tasks, in the order of their checks; with pictures if `drawn`."""
    return [card(report, task, drawn=drawn) for task in score(report).tasks]


def overview(report: Report, more_notes: Sequence[str] = (), more: Sequence[str] = ()) -> Overview:
    """Return the verdict over all tasks.

    Args:
        report: The engine's.
        more_notes: Further notes that may cost marks.
        more: Further remarks.
    """
    remarks = []
    samples = sorted(name for name, profile in report.data.items() if profile == "sample")
    if samples:
        remarks.append(f"Graded on the bundled sample of {', '.join(samples)}.")
    if report.trained_on:
        remarks.append(f"Trained with {report.trained_on}.")
    notes = (printable(note) for note in (*report.notes, *more_notes))
    return Overview(report.exercise, tuple(notes), tuple(map(printable, (*remarks, *more))))


def _exhibits(report: Report, task: str) -> Iterator[Exhibit]:
    for verdict in report.verdicts:
        if verdict.check.task == task:
            yield from verdict.exhibits


def _notes(report: Report, task: str) -> list[str]:
    """Notes on the task's own cell, which staging labels with the task's name."""
    return [note for note in report.notes if f"({task})" in note]


def _rows(report: Report, task: str, *, drawn: bool) -> list[Row]:
    """Return the task's checks in order, one fault that stopped several shown once."""
    rows = []
    previous = ""
    for verdict in report.verdicts:
        if verdict.check.task == task:
            rows.append(_row(verdict, previous, drawn=drawn))
            message = "" if verdict.status is Status.PASSED else printable(verdict.message)
            previous = message.removeprefix(NOT_REACHED)
    return rows


def _row(verdict: Verdict, previous: str, *, drawn: bool) -> Row:
    check, status = verdict.check, verdict.status
    message = "" if status is Status.PASSED else printable(verdict.message)
    hint = printable(check.hint)
    if status in (Status.PASSED, Status.SKIPPED, Status.INTERNAL):
        hint = ""
    if message and message.removeprefix(NOT_REACHED) == previous:
        reached = not message.startswith(NOT_REACHED)
        message, hint = AS_ABOVE if reached else NOT_REACHED + "as above.", ""
    points = None if status is Status.INTERNAL else verdict.points
    title, shown = printable(check.title), _shown(verdict.exhibits)
    pictures = tuple(_answers(verdict)) if drawn else ()
    return Row(status, title, points, check.points, message, hint, *shown, pictures)


def _shown(
    exhibits: Sequence[Exhibit],
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the remark and the layers of what a check shows."""
    remark = ""
    layers: tuple[tuple[str, str], ...] = ()
    reached = next((one for one in exhibits if isinstance(one, Reached)), None)
    if reached is not None:
        parts = [f"{reached.name}: {reached.value:.4f}, asked for {reached.least:g}."]
        if reached.band is not None:
            parts.append("Right solutions reached {:g} to {:g}.".format(*reached.band))
        # A message says the first by itself.
        remark = " ".join(parts if reached.holds else parts[1:])
    for exhibit in exhibits:
        if isinstance(exhibit, LayerTable):
            layers = tuple(
                (printable(row.received), printable(row.expected)) for row in exhibit.rows
            )
    return remark, layers


def _answers(verdict: Verdict) -> Iterator[Drawing]:
    """Draw what was received beside what is right; and so for inputs that are there to be shown."""
    for exhibits, example in ((verdict.exhibits, False), (verdict.examples, True)):
        for exhibit in exhibits:
            if isinstance(exhibit, Contrast):
                png = _drawn(drawings.contrast_png, exhibit)
                caption = f"{exhibit.differing} of {exhibit.size} values differ."
            elif isinstance(exhibit, Spread):
                png, caption = _drawn(drawings.spread_png, exhibit), SPREAD
            elif isinstance(exhibit, Lines):
                png, caption = _drawn(drawings.lines_png, exhibit), LINES
            else:
                continue
            if png:
                before = EXAMPLE if example else ""
                words = before + drawings.words(exhibit)
                yield Drawing(words, png, before + caption, not example, example)
