"""What probes ask: inputs drawn from the course's secret, and the data sets that they need."""

from __future__ import annotations

import hashlib
import importlib
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograder import data as course_data
from autograder.answers import digest_of
from autograder.catalog import Course
from autograder.dataset import Dataset
from autograder.records import Exercise
from autograder.secret import course_seed


class Drawn(NamedTuple):
    """What a probe drew for an exercise, the data sets, and a SHA-256 of what was drawn."""

    inputs: Mapping[str, Any]
    data: Mapping[str, Dataset]
    digest: str


class Questions:
    """Draws the questions of each exercise once.

    Args:
        course: Where the bundled data and the secret are.
        data_profile: "full", "sample", or None for the full sets where they are at hand.
        seed: What is drawn from; the course's secret if None.
    """

    def __init__(self, course: Course, data_profile: str | None, seed: bytes | None) -> None:
        self._course = course
        self._data_profile = data_profile
        self._seed = seed
        self._lock = threading.Lock()
        self._drawn: dict[str, Drawn] = {}

    def to(self, exercise: Exercise) -> Drawn:
        """Return what is asked of each submission to `exercise`."""
        with self._lock:
            if exercise.slug not in self._drawn:
                self._drawn[exercise.slug] = self._draw(exercise)
            return self._drawn[exercise.slug]

    def _draw(self, exercise: Exercise) -> Drawn:
        root = self._course.root
        data = {
            name: course_data.load(name, self._data_profile, course_root=root)
            for name in exercise.data
        }
        probe = importlib.import_module(f"autograder.probes.{exercise.slug}")
        seed = self._seed or course_seed(root)
        entropy = hashlib.sha256(seed + exercise.slug.encode()).digest()
        inputs = probe.draw(np.random.default_rng(list(entropy)), data)
        return Drawn(inputs, data, digest_of(inputs))
