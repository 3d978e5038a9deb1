"""A submission that is in work."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass, field

from autograder.edges.serve.grading import Graded
from autograder.edges.serve.journal import Key
from autograder.edges.serve.policy import Entry, Work


@dataclass
class Running:
    """A submission that is being graded, or waits for its feedback to be released."""

    key: Key
    entry: Entry
    work: Work
    attempt: int
    future: Future[Graded]
    claim: int
    began: float = field(default_factory=time.monotonic)
    ready_at: float | None = None
