"""What travels to a cluster's workers and back: plain records, named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from autograder.records import Report, Submission


@dataclass(frozen=True, slots=True)
class Settings:
    """How an engine grades; a worker keeps one engine for each. `seed` is the course's secret."""

    require_isolation: bool
    data_profile: str | None
    backend: str
    fresh: bool
    seed: bytes = field(repr=False)  # Dask writes the arguments of a task that fails into its log
    examples: bool = False


@dataclass(frozen=True, slots=True)
class GradingTask:
    """A submission as content, without its place, and all else that its report depends on.

    Attributes:
        name: What the report calls the file.
        modules: Files of the author's own that it imports, by name.
        profiles: The name and the profile of each data set that the client has for this exercise.
        facts_digest: A digest of the client's `facts`, which the worker's own must match.
    """

    name: str
    exercise: str
    suffix: str
    content: bytes = field(repr=False)
    modules: tuple[tuple[str, bytes], ...] = field(repr=False)
    settings: Settings
    profiles: tuple[tuple[str, str], ...]
    facts_digest: str

    @property
    def key(self) -> str:
        """The task's name on the cluster, the same for the same content."""
        digest = hashlib.sha256()
        for part in (
            self.name,
            self.exercise,
            self.suffix,
            repr((self.settings, self.profiles)),
            self.facts_digest,
        ):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(hashlib.sha256(self.settings.seed).digest())
        digest.update(self.content)
        for name, content in self.modules:
            digest.update(f"\0{name}\0".encode() + hashlib.sha256(content).digest())
        return f"grade-{digest.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Graded:
    """A report, and the address of the worker that it comes from."""

    report: Report
    worker: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a worker cannot grade as the client would: a reason, or facts that are not the same."""

    worker: str
    reason: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def task_of(
    submission: Submission,
    settings: Settings,
    profiles: Mapping[str, str],
    facts_digest: str,
) -> GradingTask:
    """Return the task that grades a submission.

    A report calls only a script by its file's name, so only there the name is part of the key.
    """
    name = PurePath(submission.label).name if submission.suffix == ".py" else "notebook.ipynb"
    return GradingTask(
        name,
        submission.exercise,
        submission.suffix,
        submission.content,
        submission.modules,
        settings,
        tuple(sorted(profiles.items())),
        facts_digest,
    )
