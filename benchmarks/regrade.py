"""A class is graded; then every exercise's hidden tests change, and it is graded again.

The second time, answers and predictions come from the store, and only the judging is done anew. The
change is made in a copy of the course: a check of each exercise is worth a point more, which
every report must show. The copy grades in a process of its own, once as `autograder grade` over
the whole class, start-up included, and once exercise by exercise in one engine, start-up excluded.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from _common import REPOSITORY, Goal, Table, machine, parser, report, run, say, scratch
from _students import names, plan, write

from autograder.course.catalog import Course, find_course

_GOAL_MS = 100.0
_WORKER = Path(__file__).with_name("_regrade.py")
_POINTS = re.compile(r"(@check\([^)]*?points=)(\d+)")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 where the changed tests did not show, or a mark changed."""
    made = parser("regrade", __doc__)
    made.add_argument("--students", type=int, metavar="N", help="the class (24; 2 if --quick)")
    made.add_argument("--wrong-share", type=float, default=0.3, metavar="PART", help="(0.3)")
    made.add_argument("--exercises", nargs="+", metavar="SLUG", help="default: all")
    made.add_argument(
        "--profile", action="store_true", help="also print where the second grading spends its time"
    )
    args = made.parse_args(argv)
    course = find_course(REPOSITORY)
    args.students = args.students or (2 if args.quick else 24)
    args.exercises = args.exercises or (["ex06_convolution"] if args.quick else list(course.slugs))
    before = machine()
    with scratch() as folder:
        results, profile = _measured(course, args.students, args, folder)
    report("regrade", args, results, [_table(results)], _goals(results), before)
    if profile:
        print(profile)
    wrong = _not_as_it_must_be(results)
    for line in wrong:
        print(f"NOT AS IT MUST BE: {line}", file=sys.stderr)
    return 1 if wrong else 0


def _measured(course: Course, count: int, args: Any, folder: Path) -> tuple[dict[str, Any], str]:
    handed = plan(course, args.exercises, names(0, count), args.wrong_share)
    submitted = folder / "submitted"
    write(course, handed, {slug: course.notebook(slug) for slug in course.slugs}, submitted)
    changed = _changed_course(course, folder / "changed")
    # Hidden inputs are drawn alike in both.
    environment = {"AUTOGRADER_STORE": str(folder / "store"), "AUTOGRADER_SEED": "golden"}

    def graded(root: Path, *options: str) -> tuple[dict[str, Any], str]:
        result = folder / "result.json"
        argv = [sys.executable, str(_WORKER), str(submitted), str(result)]
        argv += ["--course", str(root), *options]
        ran = run(argv, shows=True, **environment)
        return json.loads(result.read_text(encoding="utf-8")), ran.output

    say(f"Grading {len(handed)} submissions, nothing known")
    first, _ = graded(course.root)
    say("Grading them again with changed tests: autograder grade, the whole command")
    argv = [sys.executable, "-m", "autograder", "grade", str(submitted), "--quiet"]
    whole = run([*argv, "--data", "sample"], cwd=changed, **environment)
    say(f"{whole.wall_s:.1f} s. Once more, exercise by exercise")
    again, _ = graded(changed)
    profile = graded(changed, "--profile")[1] if args.profile else ""
    rows = [
        {
            "exercise": slug,
            "submissions": one["submissions"],
            "first_ms": 1000 * first[slug]["wall_s"] / one["submissions"],
            "again_ms": 1000 * one["wall_s"] / one["submissions"],
            "again_cpu_ms": 1000 * one["cpu_s"] / one["submissions"],
            "run_again": one["run"],
            "points_more": one["max_points"] - first[slug]["max_points"],
            "same_marks": [
                a >= b for a, b in zip(one["points"], first[slug]["points"], strict=True)
            ]
            == [True] * one["submissions"],
        }
        for slug, one in again.items()
    ]
    results = {"exercises": rows, "whole_ms": 1000 * whole.wall_s / len(handed)}
    total_s = sum(one["wall_s"] for one in again.values())
    results["engine_ms"] = 1000 * total_s / len(handed)
    return results, profile


def _changed_course(course: Course, folder: Path) -> Path:
    """Return a copy of the course in which each exercise has a check changed."""
    unwanted = shutil.ignore_patterns("__pycache__", "submissions")
    for place in ("exercises", course.hidden):
        shutil.copytree(course.root / place, folder / place, ignore=unwanted)
    for slug in course.slugs:
        path = replace(course, root=folder).folder(slug).grader_path
        text = path.read_text(encoding="utf-8")
        more = _POINTS.sub(lambda found: f"{found[1]}{int(found[2]) + 1}", text, count=1)
        path.write_text(more, encoding="utf-8")
    return folder


def _not_as_it_must_be(results: dict[str, Any]) -> list[str]:
    rows = results["exercises"]
    wrong = [
        f"{row['exercise']}: the change does not show" for row in rows if row["points_more"] != 1
    ]
    return wrong + [f"{row['exercise']}: a mark fell" for row in rows if not row["same_marks"]]


def _goals(results: dict[str, Any]) -> list[Goal]:
    told = "milliseconds a submission, graded again"
    return [
        Goal(f"{told}, the whole command", results["whole_ms"], _GOAL_MS),
        Goal(f"{told}, in the engine", results["engine_ms"], _GOAL_MS),
    ]


def _table(results: dict[str, Any]) -> Table:
    columns = ("exercise", "submissions", "first, ms", "again, ms", "of CPU, ms", "run again")
    rows = [
        (
            row["exercise"],
            str(row["submissions"]),
            f"{row['first_ms']:.0f}",
            f"{row['again_ms']:.1f}",
            f"{row['again_cpu_ms']:.1f}",
            str(row["run_again"]),
        )
        for row in results["exercises"]
    ]
    return Table("One submission, with an empty store and after a changed test", columns, rows)


if __name__ == "__main__":
    sys.exit(main())
