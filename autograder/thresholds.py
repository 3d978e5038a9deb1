"""The accuracies that trained models must reach: measured numbers, kept beside their measurements.

`autograder calibrate` writes the files; each holds one record for each data profile.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from autograder.errors import CourseError

FOLDER = Path(__file__).with_name("calibration")


def threshold(slug: str, profile: str) -> float:
    """Return the accuracy that a model of exercise `slug` must reach on the data of `profile`.

    Raises:
        CourseError: It was never measured.
    """
    try:
        return float(calibration(slug)["profiles"][profile]["threshold"])
    except KeyError as error:
        raise CourseError(
            f"Every threshold is measured. Received: {slug} with the data profile {profile!r}, "
            f"which is not. Run `autograder calibrate {slug} --data {profile}`."
        ) from error


@functools.cache
def calibration(slug: str) -> dict[str, Any]:
    """Return all that is kept about the thresholds of an exercise; empty if nothing is."""
    try:
        found = json.loads((FOLDER / f"{slug}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return dict(found)
