"""The command line: reads the arguments, and starts the command that they name.

Nothing heavy is imported here, so that `autograder --help` answers without delay.
"""

from __future__ import annotations

import importlib
import keyword
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.edges.cli.arguments import command_parser, name_defaults
from autograder.edges.cli.commands.exits import BELOW, INTERNAL, INTERRUPTED, UNUSABLE
from autograder.errors import AutograderError, CourseError, DataError, UsageError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    if sys.stderr is None:  # closed; and `print` would take standard output for it
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for the whole run
    _tolerate_any_text()
    args = command_parser().parse_args(name_defaults(sys.argv[1:] if argv is None else argv))
    try:
        name = f"{args.command}_" if keyword.iskeyword(args.command) else args.command
        command = importlib.import_module(f"autograder.edges.cli.commands.{name}")
        status = int(command.run(args))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("autograder: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does. The interpreter would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BELOW
    except (UsageError, CourseError, DataError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return UNUSABLE
    except AutograderError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return INTERNAL


def _tolerate_any_text() -> None:
    """Show what the terminal's encoding lacks as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
