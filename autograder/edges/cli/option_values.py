"""What options take: numbers, sizes and ages, read from the words of a command line.

Each raises `argparse.ArgumentTypeError`, with the rule and what was received, for any other word.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping

#: What `--workers` without a number means.
FITTING = "fitting"
#: What `audit --fail-under` without a number means.
OWN_FLOOR = "floor"


def fraction(text: str) -> float:
    """Return a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1. Received: {text!r}")
    return value


def count(text: str) -> int:
    """Return a whole number from 1 to 1024."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1024):
        raise argparse.ArgumentTypeError(f"must be a number from 1 to 1024. Received: {text!r}")
    return int(text)


def worker_count(text: str) -> int | str:
    """Return what `--workers` takes: a number, or `FITTING`."""
    return text if text == FITTING else count(text)


def score_floor(text: str) -> float | str:
    """Return what `audit --fail-under` takes: a fraction, or `OWN_FLOOR`."""
    return text if text == OWN_FLOOR else fraction(text)


def summary_target(text: str) -> str:
    """Return what `--summary` takes: the file of `markdown=FILE`, or nothing of `markdown`."""
    kind, equals, file = text.partition("=")
    if kind != "markdown" or bool(equals) != bool(file):
        raise argparse.ArgumentTypeError(f"must be markdown, or markdown=FILE. Received: {text!r}")
    return file


def size_bytes(text: str) -> int:
    """Return a size such as 2GiB, in bytes."""
    return int(_amount(text, {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}))


def age_s(text: str) -> float:
    """Return an age such as 30d, in seconds."""
    return _amount(text, {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800})


def _amount(text: str, units: Mapping[str, int]) -> float:
    parts = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]+)", text, re.ASCII)
    sizes = {name.lower(): size for name, size in units.items()}
    unit = sizes.get(parts[2].lower()) if parts else 0
    if not parts or not unit:
        raise argparse.ArgumentTypeError(
            f"must be a number with one of {', '.join(units)}. Received: {text!r}"
        )
    return float(parts[1]) * unit
