"""The page of a class: how long it takes, and how large it is, with names and without.

The class is generated from the reference solution and the kept submissions, graded, and reported
on. With `--reports` it is a folder that `autograder grade --out` wrote.
"""

from __future__ import annotations

import csv
import resource
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _common import AUTOGRADER, REPOSITORY, Table, machine, parser, report, run, say, scratch
from _students import names, plan, write

from autograder.course.catalog import Course, find_course


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 where a page without names holds one."""
    course = find_course(REPOSITORY)
    made = parser("class_page", __doc__)
    made.add_argument("--students", type=int, metavar="N", help="the class (100; 3 if --quick)")
    made.add_argument("--exercise", metavar="SLUG", choices=course.slugs, help="ex05_mnist_mlp")
    made.add_argument("--reports", type=Path, metavar="DIR", help="graded before, as --out wrote")
    made.add_argument("--runs", type=int, default=3, metavar="N", help="of each (3)")
    args = made.parse_args(argv)
    args.students = args.students or (3 if args.quick else 100)
    args.exercise = args.exercise or ("ex04_perceptron" if args.quick else "ex05_mnist_mlp")
    before = machine()
    with scratch() as folder:
        reports = args.reports or _graded(course, args.exercise, args.students, folder)
        results = {
            title: _page(reports, folder / title, options, args.runs)
            for title, options in (("with names", ()), ("without names", ("--anonymous",)))
        }
        with (folder / "with names" / f"{args.exercise}.csv").open(encoding="utf-8-sig") as file:
            told = {row["student"] for row in csv.DictReader(file)}
        page = (folder / "without names" / f"{args.exercise}.html").read_text(encoding="utf-8")
    wrong = sorted(name for name in told if name in page)
    rows = [
        (title, f"{one['wall_s']:.1f}", f"{one['processor_s']:.1f}", *map(_kib, one["bytes"]))
        for title, one in results.items()
    ]
    columns = ("page", "s", "s of processor", "KiB", "table, KiB")
    table = Table(f"A class in {args.exercise}, median of {args.runs}", columns, rows)
    report("class_page", args, results, [table], before=before)
    for name in wrong:
        print(f"NOT AS IT MUST BE: a page without names holds {name}", file=sys.stderr)
    return 1 if wrong else 0


def _graded(course: Course, slug: str, count: int, folder: Path) -> Path:
    """Grade a class of which about a third is wrong, on the bundled sample."""
    handed = plan(course, [slug], names(0, count), 0.35)
    write(course, handed, {slug: course.notebook(slug)}, folder / "submitted")
    say(f"grading {count} submissions")
    words = ["grade", str(folder / "submitted"), "--data", "sample", "--out", str(folder / "out")]
    run([AUTOGRADER, *words, "--quiet"], statuses=(0, 3))
    return folder / "out"


def _page(reports: Path, pages: Path, options: Sequence[str], runs: int) -> dict[str, Any]:
    walls, processor = [], []
    for _ in range(runs):
        began = _children_s()
        words = ["report", str(reports), "--class", "--csv", "--html", str(pages), *options]
        walls.append(run([AUTOGRADER, *words], statuses=(0, 3)).wall_s)
        processor.append(_children_s() - began)
    say(f"{pages.name}: {statistics.median(walls):.1f} s")
    return {
        "wall_s": statistics.median(walls),
        "processor_s": statistics.median(processor),
        "bytes": [path.stat().st_size for path in sorted(pages.iterdir(), reverse=True)],
    }


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _kib(count: int) -> str:
    return f"{count / 1024:.0f}"


if __name__ == "__main__":
    sys.exit(main())
