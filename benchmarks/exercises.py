"""What a student waits for: `pytest exercises/`, untouched, and with every solution filled in.

Both run in a copy of the folder, as a student has it.
"""

from __future__ import annotations

import re
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from _common import (
    PROGRAMS,
    REPOSITORY,
    Ran,
    Table,
    machine,
    parser,
    report,
    run,
    say,
    scratch,
)

from autograder.course.catalog import find_course

_SUMMARY = re.compile(r"(\d+ [a-z ]+(?:, \d+ [a-z ]+)*) in [\d.]+s")
# pytest's own: 0 all passed, 1 some failed. A fresh stub is skipped or fails, as the course says.
_STATUSES = (0, 1)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 where a solution does not pass its visible tests."""
    made = parser("exercises", __doc__)
    made.add_argument("--runs", type=int, metavar="N", help="of each (3; 1 if --quick)")
    made.add_argument("--exercises", nargs="+", metavar="SLUG", help="default: all")
    args = made.parse_args(argv)
    args.runs = args.runs or (1 if args.quick else 3)
    course = find_course(REPOSITORY)
    args.exercises = args.exercises or (["ex06_convolution"] if args.quick else list(course.slugs))
    before = machine()
    with scratch() as folder:
        untouched = copy_exercises(folder / "untouched")
        solved = copy_exercises(folder / "solved")
        for slug in course.slugs:
            shutil.copyfile(course.solution(slug), solved / slug / f"{slug}.py")
        ran: dict[str, list[Ran]] = {"untouched": [], "solved": []}
        for turn in range(args.runs):
            for name, exercises in (("untouched", untouched), ("solved", solved)):
                ran[name].append(_pytest(exercises, args.exercises))
                say(f"turn {turn + 1} of {args.runs}: {name}: {ran[name][-1].wall_s:.1f} s")
    rows = [
        (name, f"{statistics.median(one.wall_s for one in each):.1f}", _told(each[-1]))
        for name, each in ran.items()
    ]
    title = f"pytest exercises/, median of {args.runs}"
    results = {
        name: {"wall_s": [one.wall_s for one in each], "told": _told(each[-1])}
        for name, each in ran.items()
    }
    table = Table(title, ("exercises", "s", "what pytest said"), rows)
    report("exercises", args, results, [table], before=before)
    failed = [one.output for one in ran["solved"] if one.status != 0]
    if failed:
        print(f"NOT AS IT MUST BE: a solution fails:\n{failed[0][-2000:]}", file=sys.stderr)
    return 1 if failed else 0


def copy_exercises(folder: Path) -> Path:
    """Copy the exercises as students have them into a folder, and return where they are."""
    unwanted = shutil.ignore_patterns("__pycache__", ".pytest_cache", "logs", "ex03_files")
    shutil.copytree(REPOSITORY / "exercises", folder / "exercises", ignore=unwanted)
    return folder / "exercises"


def _pytest(exercises: Path, slugs: Sequence[str]) -> Ran:
    argv = [str(PROGRAMS / "pytest"), *(f"exercises/{slug}" for slug in slugs)]
    return run(argv, cwd=exercises.parent, statuses=_STATUSES)


def _told(ran: Ran) -> str:
    found = _SUMMARY.findall(ran.output)
    return found[-1].strip() if found else ran.output.strip().rpartition("\n")[2][:100]


if __name__ == "__main__":
    sys.exit(main())
