"""A class, graded by a plain `nbgrader autograde`: with our steps, and with nbgrader's own.

Ours: the class is graded with an empty store; then as many other students hand in, of the same
kinds, and at last one more. What one more student costs is the difference of these last two, by
the number of students: start-up is in both, and what was to be trained has been.

Stock: some of the same notebooks are executed by nbgrader itself, which does one after the other.
Its start-up, measured by a run that finds nothing to do, is counted once. What our hidden checks
ask is asked there too; what stock takes without that is told besides.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from _class_tables import GOAL_STUDENTS, tables
from _common import REPOSITORY, RESULTS, Goal, machine, parser, report, say, scratch
from _course import (
    TRAINING,
    Copy,
    build_ours,
    build_stock,
    duplicate,
    hand_in_for_kernel,
    told_by_kernel,
)
from _students import REFERENCE, Handed, names, plan, write

from autograder.course.catalog import Course, find_course
from autograder.datasets import registry
from autograder.store.store import Store

_GROUPS = ("without training", "with training", "all")
_MARGINAL_S = {"without training": 0.5, "with training": 1.5}
_RATIO = 100.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 where a mark is not what it must be."""
    course = find_course(REPOSITORY)
    args = _arguments(course, argv)
    before = machine()
    rows: list[dict[str, Any]] = []
    with scratch() as folder:
        for slug in args.exercises:
            rows.append(_exercise(course, slug, args, folder / slug))
            _keep_so_far(rows)
    groups = {group: summed(rows, group, args.students) for group in _GROUPS}
    results = {"exercises": rows, "groups": {g: s for g, s in groups.items() if s}}
    report("class_scale", args, results, tables(rows, groups, args), _goals(groups, args), before)
    wrong = [line for row in rows for line in row["not as they must be"]]
    for line in wrong:
        print(f"NOT AS IT MUST BE: {line}", file=sys.stderr)
    return 1 if wrong else 0


def _arguments(course: Course, argv: Sequence[str] | None) -> argparse.Namespace:
    made = parser("class_scale", __doc__)
    made.add_argument("--students", type=int, metavar="N", help="the class (30; 2 if --quick)")
    made.add_argument(
        "--exercises", nargs="+", metavar="SLUG", choices=course.slugs, help="default: all"
    )
    made.add_argument(
        "--data", choices=("full", "sample"), help="default: full (sample if --quick)"
    )
    made.add_argument(
        "--stock-sample",
        type=int,
        metavar="K",
        help="notebooks of each exercise that nbgrader's own steps execute; 0 for none (2)",
    )
    made.add_argument(
        "--wrong-share", type=float, default=0.3, metavar="PART", help="of the class (0.3)"
    )
    args = made.parse_args(argv)
    quick = args.quick
    args.students = args.students or (2 if quick else 30)
    args.exercises = args.exercises or (["ex06_convolution"] if quick else list(course.slugs))
    args.data = args.data or ("sample" if quick else "full")
    if args.stock_sample is None:
        args.stock_sample = 1 if quick else 2
    if args.data == "full":
        for name in sorted(
            {name for slug in args.exercises for name in course.exercise(slug).data}
        ):
            registry.load(name, "full", course=course)  # rather now than after an hour
    return args


def _keep_so_far(rows: Sequence[Mapping[str, Any]]) -> None:
    """What was measured is kept, should the run be broken off."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(rows, indent=1, ensure_ascii=False)
    (RESULTS / "class_scale.so_far.json").write_text(text + "\n", encoding="utf-8")


def _exercise(course: Course, slug: str, args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    count = args.students
    say(f"{slug}: a class of {count}, {args.data} data")
    store = folder / "store"
    first = build_ours(folder / "first", [slug], args.data, store)
    more = duplicate(first, folder / "more", store)
    one = duplicate(first, folder / "one", store)
    row: dict[str, Any] = {"exercise": slug, "training": slug in TRAINING, "students": count}
    row["not as they must be"] = []

    def graded(copy: Copy, number: int, students: int, told: str) -> float:
        handed = plan(course, [slug], names(number, students), args.wrong_share)
        write(course, handed, {slug: copy.released(slug)}, copy.submitted)
        wall_s = copy.nbgrader("autograde", slug).wall_s
        say(f"{slug}: {told}: {wall_s:.1f} s")
        row["not as they must be"] += _disagreements(copy, handed)
        return wall_s

    row["class_s"] = graded(first, 0, count, f"{count} students, nothing known")
    row["trainings"] = _trainings(store)
    if count > 1:
        row["more_s"] = graded(more, count, count, f"{count} more, trainings known")
        row["trainings_more"] = _trainings(store) - row["trainings"]
        row["one_s"] = graded(one, 2 * count, 1, "one more")
        row["marginal_s"] = (row["more_s"] - row["one_s"]) / (count - 1)
    if args.stock_sample:
        _stock(course, slug, args, folder, first, row)
    return row


def _disagreements(copy: Copy, handed: Sequence[Handed]) -> list[str]:
    """Return whose marks are not as they must be: else something else would be measured."""
    scores = copy.scores(copy.room.slugs[0])
    wrong = []
    for one in handed:
        score = scores.get(one.student)
        if score is None or (score == 1.0) is not one.right:
            shown = "no mark" if score is None else f"{score:.0%}"
            wrong.append(f"{one.slug}: {one.student}, {one.source}, has {shown}")
    return wrong


def _trainings(store: Path) -> int:
    return sum(one.entries for one in Store(store).usage() if one.kind == "training")


def _stock(
    course: Course,
    slug: str,
    args: argparse.Namespace,
    folder: Path,
    ours: Copy,
    row: dict[str, Any],
) -> None:
    """Let nbgrader's own steps execute some of the class's notebooks, all of them right."""
    stock = build_stock(folder / "stock", [slug], folder / "store")
    handed = plan(course, [slug], names(0, args.students), args.wrong_share)
    right = sorted((one for one in handed if one.right), key=lambda one: one.source != REFERENCE)
    chosen = [one.student for one in right[: args.stock_sample]]
    for student in chosen:
        place = Path(student) / slug / f"{slug}.ipynb"
        source, target = ours.submitted / place, stock.submitted / place
        hand_in_for_kernel(source, target, course, slug, args.data, folder)
    say(f"{slug}: nbgrader's own steps over {len(chosen)} notebooks")
    sample_s = stock.nbgrader("autograde", slug).wall_s
    row["stock_start_s"] = stock.nbgrader("autograde", slug).wall_s
    row["stock_notebooks"] = len(chosen)
    executed = [
        stock.room.course / "autograded" / student / slug / f"{slug}.ipynb" for student in chosen
    ]
    for path in executed:
        row["not as they must be"] += _errors(path)
    if row["not as they must be"]:
        return
    told = [told_by_kernel(path) for path in executed]
    # Loading the data once more, and our own modules, is none of stock's work.
    setup_s, asked_s = (sum(one[part] for one in told) for part in ("setup_s", "asked_s"))
    row["stock_each_s"] = (sample_s - row["stock_start_s"] - setup_s) / len(chosen)
    row["stock_visible_each_s"] = row["stock_each_s"] - asked_s / len(chosen)
    say(
        f"{slug}: nbgrader's own steps: {row['stock_each_s']:.1f} s a notebook, "
        f"{row['stock_visible_each_s']:.1f} s without what hidden checks ask"
    )


def _errors(notebook: Path) -> list[str]:
    """Return what stopped in an executed notebook: it must have run to its end."""
    if not notebook.is_file():
        return [f"{notebook} was not made"]
    return [
        f"stock {notebook.stem}: {output.ename}: {output.evalue}"[:300]
        for cell in nbformat.read(notebook, as_version=4).cells
        for output in cell.get("outputs", ())
        if output.output_type == "error"
    ]


def summed(rows: Sequence[Mapping[str, Any]], group: str, students: int) -> dict[str, float]:
    """Add up a group of exercises, and tell what a class of another size would take.

    A class that was not measured takes what the measured one took, and for each student more
    what one more costs. Wrong ones that are new to it might have trainings of their own.
    """
    chosen = [row for row in rows if group in ("all", _group(row))]
    if not chosen:
        return {}
    added = {"class_s": sum(row["class_s"] for row in chosen)}
    each_s = 0.0
    if students > 1:
        each_s = added["marginal_s"] = sum(row["marginal_s"] for row in chosen) / len(chosen)
    if all("stock_each_s" in row for row in chosen):
        if each_s > 0:
            added["ratio_each"] = sum(row["stock_each_s"] for row in chosen) / len(chosen) / each_s
        added["stock_class_s"] = sum(_stock_s(row, students) for row in chosen)
        added["ratio"] = added["stock_class_s"] / added["class_s"]
        larger = max(students, GOAL_STUDENTS)
        ours_s = added["class_s"] + (larger - students) * max(each_s, 0.0) * len(chosen)
        if students > 1:
            added["ratio_at_100"] = sum(_stock_s(row, larger) for row in chosen) / ours_s
            visible_s = sum(_stock_s(row, larger, "stock_visible_each_s") for row in chosen)
            added["visible_ratio_at_100"] = visible_s / ours_s
    return added


def _group(row: Mapping[str, Any]) -> str:
    return "with training" if row["training"] else "without training"


def _stock_s(row: Mapping[str, Any], students: int, each: str = "stock_each_s") -> float:
    return float(row["stock_start_s"] + students * row[each])


def _goals(groups: Mapping[str, Mapping[str, float]], args: argparse.Namespace) -> list[Goal]:
    goals = []
    for group, bound in _MARGINAL_S.items():
        if "marginal_s" in groups[group]:
            text = f"seconds for one more submission, exercises {group} (mean)"
            goals.append(Goal(text, groups[group]["marginal_s"], bound))
    if "ratio_at_100" in groups["all"]:
        how = "measured" if args.students >= GOAL_STUDENTS else "extrapolated"
        text = f"throughput at {max(args.students, GOAL_STUDENTS)} students, stock = 1, {how}"
        goals.append(Goal(text, groups["all"]["ratio_at_100"], _RATIO, at_least=True))
    return goals


if __name__ == "__main__":
    sys.exit(main())
