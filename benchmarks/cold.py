"""One-shot commands against the import that a kernel would begin with.

`autograder grade one.py` with nothing known, for exercises without training, against
`python -c "import tensorflow"`: each in turn, several times, so that a busy moment meets both.
Then what needs no TensorFlow at all: `autograder --help`, and a grade answered from the store.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from _common import AUTOGRADER, REPOSITORY, Goal, Table, machine, parser, report, run, say, scratch

from autograder.course.catalog import find_course

_RATIO = 1.3
_EXERCISES = ("ex06_convolution", "ex01_keras_models")
_IMPORT = 'python -c "import tensorflow"'


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    made = parser("cold", __doc__)
    made.add_argument("--runs", type=int, metavar="N", help="of each command (5; 1 if --quick)")
    made.add_argument("--exercises", nargs="+", metavar="SLUG", help=f"default: {_EXERCISES}")
    args = made.parse_args(argv)
    args.runs = args.runs or (1 if args.quick else 5)
    args.exercises = args.exercises or (_EXERCISES[:1] if args.quick else _EXERCISES)
    before = machine()
    with scratch() as folder:
        times = _times(args.exercises, args.runs, folder, warm=not args.quick)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    imported = medians[_IMPORT]
    rows = [
        (name, f"{medians[name]:.2f}", f"{medians[name] / imported:.2f}",
         f"{min(taken):.2f} to {max(taken):.2f}")
        for name, taken in times.items()
    ]  # fmt: skip
    table = Table(
        f"Whole commands, {args.runs} runs of each in turn",
        ("command", "median, s", "import = 1", "from, to"),
        rows,
    )
    goals = [
        Goal(f"{_cold(slug)}, import of TensorFlow = 1", medians[_cold(slug)] / imported, _RATIO)
        for slug in args.exercises
    ]
    report("cold", args, {"wall_s": times, "median_s": medians}, [table], goals, before)
    return 0


def _times(slugs: Sequence[str], runs: int, folder: Path, *, warm: bool) -> dict[str, list[float]]:
    """Run all commands in turn. A turn before the first fills the file cache, where `warm`."""
    course = find_course(REPOSITORY)
    stores = {slug: folder / slug for slug in slugs}

    def grade(slug: str) -> float:
        kept = course.folder(slug).submissions
        file = min(kept.glob("right_*.py"))
        argv = [AUTOGRADER, "grade", str(file), "--exercise", slug, "--quiet"]
        return run([*argv, "--data", "sample"], AUTOGRADER_STORE=str(stores[slug])).wall_s

    def cold(slug: str) -> float:
        shutil.rmtree(stores[slug], ignore_errors=True)
        return grade(slug)

    commands: dict[str, Callable[[], float]] = {
        _IMPORT: lambda: run([sys.executable, "-c", "import tensorflow"]).wall_s,
        **{_cold(slug): partial(cold, slug) for slug in slugs},
        "autograder --help": lambda: run([AUTOGRADER, "--help"]).wall_s,
        **{_from_store(slug): partial(grade, slug) for slug in slugs},
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(0 if warm else 1, runs + 1):
        for name, command in commands.items():
            taken_s = command()
            say(f"turn {turn} of {runs}: {name}: {taken_s:.2f} s")
            if turn > 0:
                times[name].append(taken_s)
    return times


def _cold(slug: str) -> str:
    return f"autograder grade, {slug}"


def _from_store(slug: str) -> str:
    return f"autograder grade, {slug}, from the store"


if __name__ == "__main__":
    sys.exit(main())
