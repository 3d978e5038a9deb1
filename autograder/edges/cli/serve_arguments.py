"""The options of `autograder serve`."""

from __future__ import annotations

import argparse

_ABOUT = """\
Grades submissions as soon as they are in nbgrader's exchange: each is collected, autograded, and
its feedback generated and released by nbgrader's own steps, so that `nbgrader fetch_feedback` and
the list in JupyterLab show it. Run it in the course directory. What is graded when, and what is
shown of it, is in nbgrader_config.py:

  c.Serve.grades            until_due (default): tries before the due date, and after it the last
                            of each student once more, for the mark; after_due: nothing before the
                            due date; always: late submissions as well
  c.Serve.tries_a_day       graded tries a day, for each student and assignment (default: 5);
                            what is beyond waits for the due date
  c.Serve.shown_before_due  received; verdicts (default): which checks passed, without a word on
                            why; all
  c.Serve.grace             seconds after the due date that still count as in time (default: 60)
  c.Serve.scan              seconds between two looks at the exchange (default: 10)
  c.Serve.jobs              submissions that are run at once (default: one per core)
  c.Serve.patience          seconds until a submission no longer keeps others waiting (default: 10)
"""
_STATUS = """\
exit status:
  0  ended by SIGTERM or Ctrl-C; with --once: nothing is left to do now
  2  the exchange, the gradebook or the disk cannot be used, or the configuration is wrong;
     nothing is lost: start it again
  3  with --once: something failed by our own fault, and is tried again or left to a person
"""


def add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `autograder serve`."""
    serve = commands.add_parser(
        "serve",
        help="grade submissions as soon as they are in nbgrader's exchange",
        description=_ABOUT,
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    how = serve.add_mutually_exclusive_group()
    how.add_argument(
        "--once", action="store_true", help="grade what is there, and end, as for cron"
    )
    how.add_argument(
        "--status", action="store_true", help="show what waits, and what was done; grade nothing"
    )
    serve.add_argument(
        "--verbose", action="store_true", help="log what nbgrader's steps log as well"
    )
