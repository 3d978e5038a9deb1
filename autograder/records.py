"""Frozen records that the stages pass to one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


class Status(StrEnum):
    """How a check ended. Only `PASSED` earns points; `INTERNAL` has no score at all."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    ERRORED = "ERRORED"
    TIMED_OUT = "TIMED_OUT"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    SKIPPED = "SKIPPED"
    INTERNAL = "INTERNAL"


#: What a student reads of every check of a submission that could not be graded.
OUR_FAULT = "This could not be graded; that is the course's fault, and it costs no points."


class Isolation(StrEnum):
    """How well untrusted code was walled in, best first; stamped on every report."""

    FULL = "full"
    LANDLOCK = "landlock"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may use. Times in seconds, sizes in MiB or KiB as named.

    `training_work_giga` is thousands of millions of epochs * samples * parameters, and
    `training_batches` the batches of all epochs, over all trainings that a submission requests.
    """

    timeout_s: float = 300.0
    call_timeout_s: float = 60.0
    cpu_s: int = 600
    memory_mib: int = 3072
    processes: int = 256
    file_mib: int = 64
    output_kib: int = 64
    training_work_giga: float = 10.0
    training_batches: int = 100_000


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
    """The bytes that a student handed in for one exercise, and how to name them.

    `notes` tell its author and staff what was odd about how it was handed in. `modules` are files
    of the author's own that it imports, by the name that it imports them by. Of its exercise's
    tasks only `tasks` are asked and judged; all where none is named.
    """

    label: str
    exercise: str
    content: bytes
    suffix: str
    notes: tuple[str, ...] = ()
    modules: tuple[tuple[str, bytes], ...] = ()
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StagedCell:
    """Source that will run in the student box. `label` names the cell to the student.

    `apart` says that it is a notebook's, whose statements run one by one, so that one that raises
    stops no other: it may depend on one that was left out. `ends` names the tasks that end with
    this cell: they are asked with the names as this cell leaves them.
    """

    label: str
    source: str
    apart: bool = False
    ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workdir:
    """A staged submission: the cells to run, in order, and what was left out and why.

    `elsewhere` has a sentence per function that is not written where it should be, and seems to
    be somewhere else. `modules` are the author's own that the cells import: name and source.
    """

    exercise: str
    cells: tuple[StagedCell, ...]
    notes: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    modules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One hidden check: where it stands, what it is worth, what a student reads."""

    name: str
    task: str
    title: str
    points: int
    hint: str


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """What was received beside what is right: planes of two arrays of one shape.

    `where` names the plane in the array, such as "[0, :, :, 3]", and is empty where that is all of
    it. `differing` of `size` values differ.
    """

    received: np.ndarray
    expected: np.ndarray
    where: str
    differing: int
    size: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How often which values occur in what was received, and in what is right.

    Attributes:
        edges: Where the steps begin, of both, and where the last one ends.
        received: How many values lie in each step.
        expected: The same of what is right; empty where that is not known.
        ranges: The least and the largest value of both, the latter's empty like `expected`.
        unusable: How many of those received are NaN or infinite, and lie in no step.
    """

    edges: tuple[float, ...]
    received: tuple[int, ...]
    expected: tuple[int, ...]
    ranges: tuple[tuple[float, ...], tuple[float, ...]]
    unusable: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines `a*x1 + b*x2 + c = 0` that were received, and right ones: rows `(a, b, c)`."""

    received: tuple[tuple[float, ...], ...]
    expected: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """How a training went: per metric one value an epoch; of a long one, every few epochs."""

    epochs: int
    metrics: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Reached:
    """A figure and the bound that counts; right solutions were measured within `band`.

    `holds` says whether it is as good as the bound, whichever side is the better one.
    """

    name: str
    value: float
    least: float
    band: tuple[float, float] | None = None
    holds: bool = True


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer of a submission's model beside the one that is asked for, in words."""

    received: str
    expected: str

    @property
    def differs(self) -> bool:
        """Whether it is not what is asked for."""
        return self.received != self.expected


@dataclass(frozen=True, slots=True)
class LayerTable:
    """A submission's layers, beside those that are asked for."""

    rows: tuple[LayerRow, ...]


Exhibit = Contrast | Spread | Lines | Curve | Reached | LayerTable
#: Those that show what is right for hidden inputs.
SHOW_ANSWERS = (Contrast, Spread, Lines)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one check ended for one submission. `trace` is for staff only.

    `exhibits` show what the message tells; they are no part of the verdict. `examples` are those
    that show answers, once more, to inputs that were drawn to be shown, and are not marked.
    """

    check: Check
    status: Status
    message: str = ""
    trace: str = ""
    exhibits: tuple[Exhibit, ...] = field(default=(), compare=False, repr=False)
    examples: tuple[Exhibit, ...] = field(default=(), compare=False, repr=False)

    @property
    def points(self) -> int:
        """Points earned: all or nothing."""
        return self.check.points if self.status is Status.PASSED else 0


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The accuracy of a model on data that no student sees, and the least that a check asks for."""

    task: str
    reached: float
    least: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a submission besides its marks, for those who teach.

    Attributes:
        accuracies: Of its trained models, in the order of the checks.
        curves: The longest training of a task, by the task.
        seconds: How long its calls took when they were run, with what they had trained.
        trainings: How many trainings it asked for; None where that is not known.
    """

    accuracies: tuple[Accuracy, ...] = ()
    curves: Mapping[str, Curve] = field(default_factory=dict)
    seconds: float = 0.0
    trainings: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts on one submission, with the conditions that they were reached under.

    `data` maps the name of a data set to its profile ("full" or "sample").
    `pictures` maps a task to PNG bytes drawn by the submission, for the feedback, and
    `picture_texts` to what is seen in it.
    `trained_on` names backend and device where something was trained, else it is empty.
    `measured` is None where nothing was run; two reports that differ in it alone are equal.
    """

    path: str
    exercise: str
    verdicts: tuple[Verdict, ...]
    isolation: Isolation
    data: Mapping[str, str]
    notes: tuple[str, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    trained_on: str = ""
    measured: Measured | None = field(default=None, compare=False)
    picture_texts: Mapping[str, str] = field(default_factory=dict)
