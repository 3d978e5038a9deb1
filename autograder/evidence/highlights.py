"""What a report shows of a transcript besides verdicts: pictures, and cells that failed."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.evidence.transcript import Transcript
from autograder.records import Exercise
from autograder.text import one_line
from autograder.values import Axes, Figure


def failed_cells(said: Transcript) -> list[str]:
    """Return a note for each cell that raised while it was run."""
    return [
        f"{failed.cell} stopped with {failed.error.type}: {failed.error.message}"
        for failed in said.failures
    ]


def picture_texts(said: Transcript, exercise: Exercise) -> Mapping[str, str]:
    """Return in words what is seen in the pictures, by the task that each belongs to."""
    return {task: described(figure) for task, figure in _figures(said, exercise).items()}


def described(figure: Figure) -> str:
    """Return in words what is seen in a figure, for whoever does not see it."""
    most = 6
    parts = [_panel(axes) for axes in figure.axes[:most]]
    if len(figure.axes) > most:
        parts.append(f"and {len(figure.axes) - most} more")
    panels = "panel" if len(figure.axes) == 1 else "panels"
    title = f", titled '{one_line(figure.title, 60)}'" if figure.title else ""
    return f"{len(figure.axes)} {panels}{title}: {'; '.join(parts)}." if parts else "Empty."


def _panel(axes: Axes) -> str:
    counts = (
        (len(axes.lines), "line", "lines"),
        (len(axes.points), "group of points", "groups of points"),
        (len(axes.images), "image", "images"),
    )
    seen = [f"{count} {one if count == 1 else more}" for count, one, more in counts if count]
    names = [
        f"{what} '{one_line(text, 60)}'"
        for what, text in (("titled", axes.title), ("x", axes.xlabel), ("y", axes.ylabel))
        if text
    ]
    return ", ".join([*(seen or ["nothing drawn"]), *names])


def pictures(said: Transcript, exercise: Exercise) -> Mapping[str, bytes]:
    """Return one PNG per plotted answer, by the task that it belongs to."""
    return {task: figure.png for task, figure in _figures(said, exercise).items()}


def _figures(said: Transcript, exercise: Exercise) -> Mapping[str, Figure]:
    drawn: dict[str, Figure] = {}
    for answer in said.answers.values():
        if isinstance(answer.value, Figure) and answer.value.png:
            task = answer.key.partition(".")[0]
            if task in exercise.tasks:
                drawn.setdefault(task, answer.value)
    return drawn
