"""Watch mode: the time from a save to the verdict on the screen, of right answers and wrong ones.

`python watch.py SLUG` runs in a pseudo-terminal, in a copy of the exercises in which the tasks
before the measured one are solved, and those behind it are not begun. Saves are right and wrong in
turn, and no two alike. The first one comes at once, while what the exercise imports is still being
loaded for the checks to come, and is told apart; then there is a pause, as a student takes to read.
"""

from __future__ import annotations

import ast
import os
import pty
import re
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from _common import PROGRAMS, REPOSITORY, Goal, Table, machine, parser, report, say, scratch

from autograder.course.catalog import find_course
from exercises import copy_exercises

#: Of each exercise a task: the function that is saved again, and a line that makes it wrong.
TASKS = {
    "ex04_perceptron": ("gates", "xor_gate", "return 7"),
    "ex05_mnist_mlp": (
        "build_model",
        "build_model",
        "return keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])",
    ),
}
_PAUSE_S = 30.0
_VERDICT = re.compile(rb"Checked ([\d.]+) s after your save")
_BEGUN = re.compile(rb"h hint")
_PATIENCE_S = 180.0
_GOAL_S = 1.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    made = parser("watch", __doc__)
    made.add_argument("--saves", type=int, metavar="N", help="of each task (20; 4 if --quick)")
    made.add_argument("--exercises", nargs="+", choices=TASKS, metavar="SLUG", help="default: all")
    args = made.parse_args(argv)
    args.saves = args.saves or (4 if args.quick else 20)
    args.exercises = args.exercises or (["ex04_perceptron"] if args.quick else list(TASKS))
    before = machine()
    rows, results, goals = [], {}, []
    for slug in args.exercises:
        task = TASKS[slug][0]
        with scratch() as folder:
            pause_s = 2.0 if args.quick else _PAUSE_S
            first, seconds = _measure(copy_exercises(folder), slug, args.saves, pause_s)
        median = statistics.median(seconds)
        rows.append((f"{slug}, {task}", *(f"{one:.2f}" for one in (median, max(seconds), first))))
        results[slug] = {"task": task, "seconds": seconds, "first_s": first}
        goals.append(Goal(f"{slug}, {task}: save to verdict, median, s", median, _GOAL_S))
    title = f"From a save to the verdict on the screen, {args.saves} saves"
    table = Table(title, ("task", "median s", "worst s", "the first s"), rows)
    report("watch", args, results, [table], goals, before=before)
    return 0


def _measure(exercises: Path, slug: str, saves: int, pause_s: float) -> tuple[float, list[float]]:
    """Return the seconds of the first save, and those of as many as are measured."""
    file = exercises / slug / f"{slug}.py"
    text = _up_to(file.read_text("utf-8"), slug)
    file.write_text(text, encoding="utf-8")
    screen, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    watch = subprocess.Popen(
        [str(PROGRAMS / "python"), "watch.py", slug],
        cwd=exercises,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        _until(screen, _BEGUN)
        first = _seconds(screen, file, _saved(text, slug, 0))
        time.sleep(pause_s)
        seconds = [
            _seconds(screen, file, _saved(text, slug, 1 + number)) for number in range(saves)
        ]
        say(f"{slug}: {', '.join(f'{one:.2f}' for one in seconds)}")
        os.write(screen, b"q")
        watch.wait(30)
    finally:
        watch.kill()
        watch.wait()
        os.close(screen)
    return first, seconds


def _up_to(stub: str, slug: str) -> str:
    """Return the stub with the solution's functions, up to the one that is saved again."""
    solution = find_course(REPOSITORY).solution(slug).read_text("utf-8")
    solved = {one.name: ast.get_source_segment(solution, one) for one in _functions(solution)}
    last = [*solved].index(TASKS[slug][1])
    lines = stub.splitlines()
    for one in reversed(_functions(stub)):
        if one.name in [*solved][: last + 1]:
            lines[one.lineno - 1 : one.end_lineno] = str(solved[one.name]).splitlines()
    return "\n".join(lines) + "\n"


def _saved(text: str, slug: str, number: int) -> str:
    """Return the file of one save: even ones are right, odd ones wrong, and all of them differ."""
    _, name, wrong = TASKS[slug]
    (function,) = (one for one in _functions(text) if one.name == name)
    body = function.body[1] if ast.get_docstring(function) else function.body[0]
    lines = text.splitlines()
    added = [f"    save = {number}", *([f"    {wrong}"] if number % 2 else [])]
    lines[body.lineno - 1 : body.lineno - 1] = added
    return "\n".join(lines) + "\n"


def _functions(text: str) -> list[ast.FunctionDef]:
    return [one for one in ast.parse(text).body if isinstance(one, ast.FunctionDef)]


def _seconds(screen: int, file: Path, text: str) -> float:
    """Save a file as editors do, and return how long it takes until its verdict is shown."""
    time.sleep(1)  # so that the verdict before it is told, and nothing runs any more
    while select.select([screen], [], [], 0)[0]:
        os.read(screen, 65536)
    new = file.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    began = time.perf_counter()
    new.replace(file)
    _until(screen, _VERDICT)
    return time.perf_counter() - began


def _until(screen: int, wanted: re.Pattern[bytes]) -> None:
    shown, end = b"", time.monotonic() + _PATIENCE_S
    while not wanted.search(shown):
        if not select.select([screen], [], [], max(0.0, end - time.monotonic()))[0]:
            told = shown.decode("utf-8", "replace")[-2000:]
            sys.exit(
                f"The screen must show {wanted.pattern!r} in {_PATIENCE_S:g} s. It shows {told}"
            )
        shown += os.read(screen, 65536)


if __name__ == "__main__":
    sys.exit(main())
