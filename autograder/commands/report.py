"""`autograder report`: a stored JSON as tables."""

from __future__ import annotations

import argparse
import sys

from autograder.commands.exits import GRADED, INTERNAL
from autograder.report import load
from autograder.tables import console, print_document


def run(args: argparse.Namespace) -> int:
    """Show the file; the exit status says whether it holds something INTERNAL."""
    stored = load(args.file)
    print_document(stored, console(sys.stdout))
    internal = any(entry["status"] == "INTERNAL" for entry in stored["submissions"])
    return INTERNAL if internal else GRADED
