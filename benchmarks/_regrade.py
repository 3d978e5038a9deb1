"""Grades a folder, exercise by exercise, and tells what each took: one side of `regrade.py`.

A process of its own, as each grading is. `--profile` prints where the time goes on the host.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from _common import REPOSITORY, say

from autograder.course.catalog import read_course
from autograder.engine import Engine
from autograder.evidence import transcript
from autograder.submission.discovery import find_submissions

_ran: Counter[str] = Counter()


def main() -> int:
    """Grade; write as JSON, per exercise, the submissions, the seconds and the points."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("folder", type=Path)
    made.add_argument("result", type=Path)
    made.add_argument("--course", type=Path, default=REPOSITORY)
    made.add_argument("--profile", action="store_true")
    args = made.parse_args()
    _count_runs()
    course = read_course(args.course)
    submissions = find_submissions(args.folder, course)
    told: dict[str, Any] = {}
    profile = cProfile.Profile()
    with Engine(course, jobs=1 if args.profile else None, data_profile="sample") as engine:
        for slug in course.slugs:
            chosen = [one for one in submissions if one.exercise == slug]
            if not chosen:
                continue
            began, cpu_s = time.perf_counter(), _cpu_s()
            if args.profile:
                reports = [profile.runcall(engine.grade, one) for one in chosen]
            else:
                reports = engine.grade_all(chosen)
            wall_s, cpu_s = time.perf_counter() - began, _cpu_s() - cpu_s
            say(f"{slug}: {len(chosen)} in {wall_s:.1f} s, {_ran[slug]} of them run")
            told[slug] = {
                "submissions": len(chosen),
                "run": _ran[slug],
                "wall_s": wall_s,
                "cpu_s": cpu_s,
                "max_points": sum(verdict.check.points for verdict in reports[0].verdicts),
                "points": [sum(verdict.points for verdict in one.verdicts) for one in reports],
            }
    args.result.write_text(json.dumps(told), encoding="utf-8")
    if args.profile:
        pstats.Stats(profile, stream=sys.stdout).sort_stats("cumulative").print_stats(70)
    return 0


def _cpu_s() -> float:
    """Return what the host's side has computed so far; boxes are not in it."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _count_runs() -> None:
    """Count which submissions are run in a box, and not answered from the store."""
    run = transcript.run

    def counted(sandbox: Any, exercise: Any, *others: Any, **options: Any) -> Any:
        _ran[exercise.slug] += 1
        return run(sandbox, exercise, *others, **options)

    transcript.run = counted


if __name__ == "__main__":
    sys.exit(main())
