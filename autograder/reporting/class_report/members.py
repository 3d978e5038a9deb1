"""What is known of a class that handed in an assignment: the input of its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: One entry of `submissions` in a report's JSON.
Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What one student handed in for one exercise.

    Attributes:
        entry: The report on it.
        answers: The text of its answers; "" where it is not at hand.
        pictures: PNG bytes by the task that drew them.
        feedback: The page that its author got, if it lies beside the report.
    """

    entry: Entry
    answers: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    feedback: Path | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One student's part in an assignment.

    Attributes:
        name: What the student or the file is called.
        parts: The exercises that they handed in and that there is a report on.
        score: Points; None where a mark is missing.
        max_score: Points that there are.
        late_s: How long after the deadline it was handed in.
        reasons: Why a person must look at it, beyond what the reports say.
        link: Where their work can be looked at, relative to the page; "" for nowhere.
        identities: Other words that tell who it is, such as a first name.
    """

    name: str
    parts: tuple[Part, ...] = ()
    score: float | None = None
    max_score: float = 0.0
    late_s: float = 0.0
    reasons: tuple[str, ...] = ()
    link: str = ""
    identities: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """The score as a part of all points, 0 to 1; None where there is no score."""
        if self.score is None or self.max_score <= 0:
            return None
        return min(max(self.score / self.max_score, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class ExerciseFacts:
    """What the course says of an exercise that a class's report shows.

    Attributes:
        slug: Its name.
        title: Its title.
        expected: Text that many may share: what students were given, and the reference solution.
        calibration: The measured thresholds.
    """

    slug: str
    title: str = ""
    expected: str = ""
    calibration: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class and its assignment.

    Attributes:
        assignment: What the report is called.
        members: Those who handed in, in the order in which they are shown.
        exercises: By slug, those that there are reports on.
        absent: Students of the course who handed in nothing, by name; None where not known.
        remarks: Sentences on what is missing from the report, and why.
    """

    assignment: str
    members: tuple[Member, ...]
    exercises: Mapping[str, ExerciseFacts]
    absent: tuple[str, ...] | None = None
    remarks: tuple[str, ...] = ()


def member_of(name: str, parts: Iterable[Part], **known: Any) -> Member:
    """Return a member whose score is what the reports say."""
    parts = tuple(parts)
    scores = [part.entry["score"] for part in parts]
    total = None if None in scores else float(sum(scores))
    return Member(name, parts, total, sum(part.entry["max_score"] for part in parts), **known)
