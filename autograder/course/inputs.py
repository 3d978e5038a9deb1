"""What probes ask: inputs drawn from the course's secret, and the data sets that they need."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograder.course.catalog import Course
from autograder.course.seed import course_seed
from autograder.datasets import registry
from autograder.datasets.archive import Dataset
from autograder.records import Exercise
from autograder.store.digests import digest_of


class DrawnInputs(NamedTuple):
    """The inputs that a probe drew for an exercise, and what they depend on.

    Attributes:
        inputs: What the probe's `draw` returned: JSON's types, and arrays of any shapes and of the
            dtypes that cross to a box.
        data: The data sets that it drew from, by name.
        digest: A SHA-256 of `inputs`, in hex.
        probe: The probe's text.
    """

    inputs: Mapping[str, Any]
    data: Mapping[str, Dataset]
    digest: str
    probe: str

    @property
    def probe_digest(self) -> str:
        """A SHA-256 of the probe's text, in hex."""
        return hashlib.sha256(self.probe.encode()).hexdigest()


class Questions:
    """Draws the questions of each exercise once.

    Args:
        course: Where the bundled data and the secret are.
        data_profile: "full", "sample", or None for the full sets where they are at hand.
        seed: What is drawn from; the course's secret if None.
        purpose: Each has draws of its own, of which none tells another; by default the marking.
    """

    def __init__(
        self, course: Course, data_profile: str | None, seed: bytes | None, purpose: str = ""
    ) -> None:
        self._course = course
        self._data_profile = data_profile
        self._seed = seed
        self._purpose = purpose
        self._lock = threading.Lock()
        self._drawn: dict[str, DrawnInputs] = {}

    def to(self, exercise: Exercise) -> DrawnInputs:
        """Return the inputs that every submission to `exercise` is run with.

        Raises:
            CourseError: The exercise has no probe, or it cannot be loaded.
            DataError: A data set that it needs is missing or damaged.
            AutograderError: The course's secret cannot be read.
        """
        with self._lock:
            if exercise.slug not in self._drawn:
                self._drawn[exercise.slug] = self._draw(exercise)
            return self._drawn[exercise.slug]

    def _draw(self, exercise: Exercise) -> DrawnInputs:
        data = {
            name: registry.load(name, self._data_profile, course=self._course)
            for name in exercise.data
        }
        folder = self._course.folder(exercise.slug)
        seed = self._seed or course_seed(self._course)
        name = f"{exercise.slug}\0{self._purpose}" if self._purpose else exercise.slug
        entropy = hashlib.sha256(seed + name.encode()).digest()
        inputs = folder.probe().draw(np.random.default_rng(list(entropy)), data)
        return DrawnInputs(inputs, data, digest_of(inputs), folder.probe_source())
