"""Model boxes for trainings: one for each, or one for many where nobody is to be kept apart."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod

from autograder.guest.wire import Bounds
from autograder.records import Limits
from autograder.sandbox.box import Box
from autograder.sandbox.client import Sandbox
from autograder.training.recipe import Recipe

LIMITS = Limits(timeout_s=3600.0, cpu_s=4 * 3600, memory_mib=8192, file_mib=64, output_kib=64)
#: A model and its snapshots, twice the size that a student box keeps them to.
_BOUNDS = Bounds(body_bytes=2**30, arrays=200_000)
_MOST_TRAININGS = 100
_MOST_PARAMETERS = 20_000


class TrainingBoxes:
    """Opens model boxes, and keeps some of them for the next training.

    A box that has trained a small network has compiled it, and trains others of its kind in a tenth
    of the time.

    Args:
        sandbox: Where to fork boxes.
        shared: Small trainings may share a box. Only where all submissions are one person's.
    """

    def __init__(self, sandbox: Sandbox, *, shared: bool) -> None:
        self._sandbox = sandbox
        self._shared = shared
        self._lock = threading.Lock()
        self._idle: list[tuple[Box, int]] = []

    @contextmanager
    def box(self, recipe: Recipe, *, fresh: bool = False) -> Iterator[tuple[Box, bool]]:
        """Give a box that is to train `recipe`; it is closed if an error leaves the `with`.

        Args:
            recipe: What it is to train.
            fresh: Give one that has trained nothing yet.

        Yields:
            The box, and whether it has trained before.

        Raises:
            SandboxError: No box can be opened.
        """
        shared = self._shared and _is_small(recipe)
        box, trained = self._taken() if shared and not fresh else (None, 0)
        box = box or self._sandbox.open_box("model", LIMITS, _BOUNDS)
        kept = False
        try:
            yield box, trained > 0
            if shared and trained + 1 < _MOST_TRAININGS:
                with self._lock:
                    self._idle.append((box, trained + 1))
                kept = True
        finally:
            if not kept:
                box.close()

    def _taken(self) -> tuple[Box | None, int]:
        with self._lock:
            return self._idle.pop() if self._idle else (None, 0)

    def close(self) -> None:
        """End the boxes that are kept."""
        with self._lock:
            idle, self._idle = self._idle, []
        for box, _ in idle:
            box.close()


def _is_small(recipe: Recipe) -> bool:
    shapes = (recipe.refs[place].shape for place in recipe.request.weights)
    return sum(map(prod, shapes)) <= _MOST_PARAMETERS
