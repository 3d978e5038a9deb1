"""The page of a class: one file that needs nothing else, no network and no script.

All text passes through a template that escapes it, and a policy in the page forbids the browser to
load, run or send anything.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.reporting.class_report import charts, counts
from autograder.reporting.class_report.attention import reasons
from autograder.reporting.class_report.counts import CheckCount, Marks
from autograder.reporting.class_report.facts import conditions
from autograder.reporting.class_report.members import ClassFacts, Entry, ExerciseFacts, Member
from autograder.reporting.class_report.messages import MessageGroup, commonest
from autograder.reporting.class_report.similarity import BOUND, Similarity, similarity
from autograder.reporting.class_report.thumbnails import Wall, walls
from autograder.reporting.html_environment import html_environment
from autograder.text import printable

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")
MESSAGE_CHARACTERS, MAX_GROUPS, MAX_NOTES, MAX_SLOWEST = 600, 15, 5, 5


@dataclass(frozen=True, slots=True)
class AccuracyChart:
    """The accuracies that a task's models reached, and how many are below the threshold."""

    task: str
    bars: charts.Bars
    count: int
    below: int
    least: float
    band: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class ExerciseView:
    """All that the page shows of one exercise."""

    facts: ExerciseFacts
    count: int
    checks: tuple[CheckCount, ...]
    groups: tuple[MessageGroup, ...]
    more_groups: int
    accuracies: tuple[AccuracyChart, ...]
    curves: tuple[tuple[str, list[charts.Lines]], ...]
    walls: tuple[Wall, ...]
    similarity: Similarity | None

    @property
    def nobody(self) -> list[CheckCount]:
        """The checks that nobody passed."""
        return [check for check in self.checks if check.nobody]


@dataclass(frozen=True, slots=True)
class ClassView:
    """All that the page shows."""

    facts: ClassFacts
    marks: Marks
    bars: charts.Bars
    attention: tuple[tuple[int, list[str]], ...]
    late: tuple[tuple[int, str], ...]
    usage: dict[str, Any] | None
    exercises: tuple[ExerciseView, ...]


def class_view(facts: ClassFacts) -> ClassView:
    """Return what the page shows of a class."""
    marks = counts.marks(facts.members)
    needing = ((place, reasons(member)) for place, member in enumerate(facts.members))
    late = [(place, member.late_s) for place, member in enumerate(facts.members) if member.late_s]
    return ClassView(
        facts,
        marks,
        charts.mark_bars(marks.bins),
        tuple((place, why) for place, why in needing if why),
        tuple((p, duration(s)) for p, s in sorted(late, key=lambda one: -one[1])),
        _usage(facts.members),
        tuple(_exercise(facts, exercise) for exercise in facts.exercises.values()),
    )


def page_html(view: ClassView) -> str:
    """Return the page as text."""
    template = _environment().get_template("class.html")
    return template.render(
        view=view,
        facts=view.facts,
        members=view.facts.members,
        outcome_of=counts.outcome_of,
        outcomes=tuple(counts.OUTCOMES),
        remarks=[*view.facts.remarks, *conditions(view.facts), *_missing(view.facts.members)],
        message_characters=MESSAGE_CHARACTERS,
        max_notes=MAX_NOTES,
        bound=BOUND,
        width=charts.WIDTH,
        height=charts.HEIGHT,
        left=charts.LEFT,
        right=charts.RIGHT,
    )


def _missing(members: Sequence[Member]) -> Iterator[str]:
    """Yield sentences on what the page lacks because the reports do not hold it."""
    parts = [part for member in members for part in member.parts]
    if parts and not any(part.entry.get("measured") for part in parts):
        yield "Accuracies, learning curves and times are not in these reports: grade again."
    if parts and not any(part.pictures or part.answers for part in parts):
        yield (
            "Pictures and answers do not lie beside these reports, so that none are shown or "
            "compared: name a folder that `autograder grade --out` wrote."
        )


def duration(seconds: float) -> str:
    """Return a time in words: `2 d 3 h`, `4 min`, `12 s`."""
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    left = round(seconds)
    words: list[str] = []
    for name, size in units:
        count, left = divmod(left, size)
        if count and len(words) < 2:
            words.append(f"{count} {name}")
    return " ".join(words) or "0 s"


def _entries(members: Sequence[Member], slug: str) -> Iterator[tuple[int, Entry]]:
    for place, member in enumerate(members):
        for part in member.parts:
            if part.entry["exercise"] == slug:
                yield place, part.entry


def _exercise(facts: ClassFacts, exercise: ExerciseFacts) -> ExerciseView:
    placed = list(_entries(facts.members, exercise.slug))
    entries = [entry for _, entry in placed]
    groups = commonest(placed)
    pictures: dict[str, list[tuple[int, bytes]]] = {}
    answers = [""] * len(facts.members)
    for place, member in enumerate(facts.members):
        for part in member.parts:
            if part.entry["exercise"] == exercise.slug:
                answers[place] = answers[place] or part.answers
                for task, png in part.pictures.items():
                    pictures.setdefault(task, []).append((place, png))
    return ExerciseView(
        exercise,
        len(entries),
        tuple(counts.checks(entries)),
        tuple(groups[:MAX_GROUPS]),
        len(groups[MAX_GROUPS:]),
        tuple(_accuracies(entries, exercise)),
        tuple(_curves(entries)),
        tuple(walls(pictures)),
        similarity(answers, exercise.expected) if any(answers) else None,
    )


def _accuracies(entries: Sequence[Entry], exercise: ExerciseFacts) -> Iterator[AccuracyChart]:
    """Yield a histogram for each task with a trained model, and each threshold that was asked."""
    found: dict[tuple[str, float], list[float]] = {}
    for entry in entries:
        for one in entry.get("measured", {}).get("accuracies", ()):
            found.setdefault((one["task"], one["least"]), []).append(one["reached"])
    for (task, least), reached in found.items():
        band = _band(exercise, least)
        below = sum(value < least for value in reached)
        bars = charts.accuracy_bars(reached, least, band)
        yield AccuracyChart(task, bars, len(reached), below, least, band)


def _band(exercise: ExerciseFacts, least: float) -> tuple[float, float] | None:
    """Return from where to where the solution came when this threshold was measured."""
    for profile in exercise.calibration.get("profiles", {}).values():
        measured = profile.get("solution", {})
        if profile.get("threshold") == least and {"least", "most"} <= measured.keys():
            return float(measured["least"]), float(measured["most"])
    return None


def _curves(entries: Sequence[Entry]) -> Iterator[tuple[str, list[charts.Lines]]]:
    by_task: dict[str, list[Any]] = {}
    for entry in entries:
        for task, curve in entry.get("measured", {}).get("curves", {}).items():
            by_task.setdefault(task, []).append(curve)
    for task, curves in by_task.items():
        yield task, charts.curve_lines(curves)


def _usage(members: Sequence[Member]) -> dict[str, Any] | None:
    """Return times and trainings, where the reports hold them."""
    seconds: dict[int, float] = {}
    trainings: dict[int, int] = {}
    for place, member in enumerate(members):
        for part in member.parts:
            measured = part.entry.get("measured")
            if measured:
                seconds[place] = seconds.get(place, 0.0) + measured["seconds"]
                trainings[place] = trainings.get(place, 0) + (measured["trainings"] or 0)
    if not seconds:
        return None
    slowest = sorted(seconds, key=lambda place: -seconds[place])[:MAX_SLOWEST]
    return {
        "count": len(seconds),
        "total": duration(sum(seconds.values())),
        "median": duration(statistics.median(seconds.values())),
        "trainings": sum(trainings.values()),
        "most_trainings": max(trainings.values()),
        "slowest": [(place, duration(seconds[place]), trainings[place]) for place in slowest],
    }


@functools.cache
def _environment() -> Environment:
    environment = html_environment(_TEMPLATES)
    environment.filters["cut"] = printable
    environment.filters["percent"] = lambda share: f"{100 * share:.0f} %"
    environment.filters["number"] = lambda value: f"{value:g}"
    return environment
