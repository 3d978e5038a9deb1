"""Where `autograder grade --summary` puts its Markdown."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.edges.cli.commands.files import must_be_writable, write
from autograder.errors import UsageError
from autograder.reporting.json_report import Document
from autograder.reporting.markdown import summary

#: GitHub's file of a step, to which its summary is added.
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def check_target(target: str | None, json_target: str | None) -> None:
    """Raise a `UsageError` where the summary could not be written.

    Args:
        target: What `--summary` got: a file, "" for the default, None where it was not given.
        json_target: What `--json` got.
    """
    if target:
        must_be_writable(Path(target), "--summary")
    if uses_standard_output(target) and json_target == "-":
        raise UsageError(
            "Standard output holds one thing. Received: --json - and --summary markdown. "
            "Name a file: --summary markdown=FILE."
        )


def uses_standard_output(target: str | None) -> bool:
    """Whether the summary goes to standard output."""
    return target == "" and not os.environ.get(STEP_SUMMARY)


def write_summary(target: str | None, results: Document) -> None:
    """Write the summary to its file, add it to that of GitHub's step, or print it."""
    if target is None:
        return
    text = summary(results)
    if target:
        write(Path(target), text.encode())
    elif step_file := os.environ.get(STEP_SUMMARY):
        with Path(step_file).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="", flush=True)
