"""`autograder calibrate`: what a threshold should be, measured."""

from __future__ import annotations

import argparse
import importlib

from autograder.errors import UsageError


def run(args: argparse.Namespace) -> int:
    """Hand the rest of the command line to the calibration."""
    try:
        calibrate = importlib.import_module("autograder.calibrate")
    except ModuleNotFoundError:
        raise UsageError(
            "Calibration is a part of its own. Received: a package without it. "
            "Read the thresholds in the graders."
        ) from None
    return int(calibrate.main([args.slug, *args.rest]))
