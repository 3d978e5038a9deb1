"""Frozen records that the stages hand to one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """How a check ended. Only `PASSED` earns points; `INTERNAL` has no score at all."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    ERRORED = "ERRORED"
    TIMED_OUT = "TIMED_OUT"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    SKIPPED = "SKIPPED"
    INTERNAL = "INTERNAL"


class Isolation(StrEnum):
    """How well untrusted code was walled in, best first; stamped on every report."""

    FULL = "full"
    CONTAINER = "container"
    LANDLOCK = "landlock"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may use. Times in seconds, sizes in MiB or KiB as named.

    `training_work_giga` is thousands of millions of epochs * samples * parameters, over all
    trainings that are asked for.
    """

    timeout_s: float = 300.0
    call_timeout_s: float = 60.0
    cpu_s: int = 600
    memory_mib: int = 3072
    processes: int = 256
    file_mib: int = 64
    output_kib: int = 64
    training_work_giga: float = 10.0


@dataclass(frozen=True, slots=True)
class Exercise:
    """One entry of the catalog. `data` names the data sets that its grading needs."""

    slug: str
    title: str
    tasks: tuple[str, ...]
    data: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Submission:
    """The bytes that a student handed in for one exercise, and how to name them."""

    label: str
    exercise: str
    content: bytes
    suffix: str


@dataclass(frozen=True, slots=True)
class StagedCell:
    """Source that will run in the student box. `label` tells a student which cell it was.

    `apart` says that its statements run one by one, so that one that raises stops no other: what
    was kept of a cell may lean on what was left out.
    """

    label: str
    source: str
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Workdir:
    """A staged submission: the cells to run, in order, and what was left out and why."""

    exercise: str
    cells: tuple[StagedCell, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One hidden check: where it stands, what it is worth, what a student reads."""

    name: str
    task: str
    title: str
    points: int
    hint: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one check ended for one submission. `trace` is for staff only."""

    check: Check
    status: Status
    message: str = ""
    trace: str = ""

    @property
    def points(self) -> int:
        """Points earned: all or nothing."""
        return self.check.points if self.status is Status.PASSED else 0


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts on one submission, with the conditions that they were reached under.

    `data` maps the name of a data set to its profile ("full" or "sample").
    `pictures` maps a task to PNG bytes drawn by the submission, for the feedback.
    `trained_on` names backend and device where something was trained, else it is empty.
    """

    path: str
    exercise: str
    verdicts: tuple[Verdict, ...]
    isolation: Isolation
    data: Mapping[str, str]
    notes: tuple[str, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    trained_on: str = ""
