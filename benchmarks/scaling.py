"""From one worker to two on CPU-bound submissions, and what the queue costs for each submission.

Scaling: a cluster of one worker and one of two are open at the same time, and take turns with
classes of the same size, which take seconds; the ratio is the median of the turns. Warm-up is not
in it. The submissions compute and train nothing, and no two are the same. What the machine itself
gives is the same work in one process and in two that know nothing of each other, with no cluster.

Overhead: ten thousand submissions are handed to two workers that give a report without grading.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from _common import REPOSITORY, Goal, Table, machine, parser, report, say, scratch

from autograder.course.catalog import Course, find_course
from autograder.edges.cluster.engine import ClusterEngine
from autograder.edges.cluster.tasks import Graded, GradingTask
from autograder.engine import Engine
from autograder.judging.checks import checks_of
from autograder.records import Isolation, Report, Status, Submission, Verdict

_BUSY = "ex04_perceptron"
_REAL = "ex06_convolution"
_RATIO = 1.8
_REAL_SHARE = 3  # so many of the real ones take about as long as a busy one
_NUMBERS = count()
#: Every call of a gate counts for a while, in plain Python and so on one core.
_LOOP = """
def _busy():
    total = 0
    for number in range({steps}):
        total += number % 7
    return total

"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 where a submission did not get its report."""
    made = parser("scaling", __doc__)
    made.add_argument("--size", type=int, default=0, help="busy ones in a class (32; quick: 4)")
    made.add_argument("--turns", type=int, default=0, help="classes for each cluster (3; quick: 1)")
    made.add_argument("--queued", type=int, default=0, help="tiny ones (10000; quick: 200)")
    args = made.parse_args(argv)
    args.size = args.size or (4 if args.quick else 32)
    args.turns = args.turns or (1 if args.quick else 3)
    args.queued = args.queued or (200 if args.quick else 10_000)
    before = machine()
    course = find_course(REPOSITORY)
    with scratch() as folder:
        os.environ["AUTOGRADER_STORE"] = str(folder / "store")
        rows = _scaling(course, args.size, args.turns)
        alone = _separately(args.size, args.turns)
        overhead = _overhead(course, args.queued)
    results = {"scaling": rows, "no_cluster": alone, "overhead": overhead}
    goals = [
        Goal(f"throughput of two workers, one = 1, {row['work']}", row["ratio"], _RATIO, True)
        for row in rows
    ]
    report("scaling", args, results, _tables([*rows, alone], overhead), goals, before)
    return 0


def _scaling(course: Course, size: int, turns: int) -> list[dict[str, Any]]:
    kinds = {
        "a busy loop": (_busy_ones(course), size),
        "convolution by hand": (_real_ones(course), _REAL_SHARE * size),
    }
    with (
        ClusterEngine(course, workers=1, data_profile="sample") as one,
        ClusterEngine(course, workers=2, data_profile="sample") as two,
    ):
        say("Warming up: each worker imports TensorFlow")
        for kind, _ in kinds.values():
            for engine, workers in ((one, 1), (two, 2)):
                _graded(engine, kind, 2 * workers)
        return [_row(name, *kind, one, two, turns) for name, kind in kinds.items()]


def _row(
    name: str,
    kind: Iterator[Submission],
    size: int,
    one: ClusterEngine,
    two: ClusterEngine,
    turns: int,
) -> dict[str, Any]:
    seconds: dict[str, list[float]] = {"one": [], "two": []}
    for turn in range(turns):
        for workers, engine in (("one", one), ("two", two)):
            seconds[workers].append(_graded(engine, kind, size))
        say(f"{name}, turn {turn + 1}: {seconds['one'][-1]:.1f} s, {seconds['two'][-1]:.1f} s")
    return _ratio(name, size, seconds)


def _ratio(name: str, size: int, seconds: dict[str, list[float]]) -> dict[str, Any]:
    ratios = [a / b for a, b in zip(seconds["one"], seconds["two"], strict=True)]
    return {
        "work": name,
        "submissions": size,
        "one_worker_s": seconds["one"],
        "two_workers_s": seconds["two"],
        "ratios": ratios,
        "ratio": statistics.median(ratios),
    }


def _separately(size: int, turns: int) -> dict[str, Any]:
    """Measure the busy ones in one process and in two, without a cluster."""
    seconds: dict[str, list[float]] = {"one": [], "two": []}
    for turn in range(turns):
        for processes, key in ((1, "one"), (2, "two")):
            seconds[key].append(_side_by_side(processes, size))
        say(f"no cluster, turn {turn + 1}: {seconds['one'][-1]:.1f} s, {seconds['two'][-1]:.1f} s")
    return _ratio("a busy loop, processes without a cluster", size, seconds)


def _side_by_side(processes: int, size: int) -> float:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(processes + 1), context.Barrier(processes + 1)
    started = [
        context.Process(target=_alone, args=(size // processes, ready, done))
        for _ in range(processes)
    ]
    for one in started:
        one.start()
    ready.wait(120)
    began = time.perf_counter()
    done.wait(600)
    took_s = time.perf_counter() - began
    for one in started:
        one.join()
    return took_s


def _alone(size: int, ready: Any, done: Any) -> None:
    """Grade, one after the other, what nobody else grades."""
    course = find_course(REPOSITORY)
    kind = _busy_ones(course, count(os.getpid() * 1_000_000))
    with Engine(course, jobs=1, data_profile="sample") as engine:
        _graded(engine, kind, 2)
        ready.wait(120)
        _graded(engine, kind, size)
        done.wait(600)


def _graded(engine: ClusterEngine | Engine, kind: Iterator[Submission], size: int) -> float:
    """Grade the next `size` submissions of a kind, and return the seconds."""
    given = [next(kind) for _ in range(size)]
    began = time.perf_counter()
    reports = engine.grade_all(given)
    took_s = time.perf_counter() - began
    for one in reports:
        statuses = {verdict.status for verdict in one.verdicts}
        if Status.INTERNAL in statuses or Status.PASSED not in statuses:
            raise SystemExit(f"Each must be graded. Received: {one.path} with {statuses}.")
    return took_s


def _busy_ones(course: Course, numbers: Iterator[int] = _NUMBERS) -> Iterator[Submission]:
    gates = "def {0}(a, b):\n    _busy()\n    return int(a {1} b)\n"
    source = _LOOP.format(steps=1_500_000)
    source += "".join(gates.format(*gate) for gate in (("and_gate", "and"), ("or_gate", "or")))
    return _different(_BUSY, source, course, numbers)


def _real_ones(course: Course) -> Iterator[Submission]:
    source = course.solution(_REAL).read_text(encoding="utf-8")
    return _different(_REAL, source, course, _NUMBERS)


def _different(
    slug: str, source: str, course: Course, numbers: Iterator[int]
) -> Iterator[Submission]:
    assert slug in course.slugs
    for number in numbers:
        told = f"{source}\n\ndef _number():\n    return {number}\n"
        yield Submission(f"student{number}/{slug}.py", slug, told.encode(), ".py")


def stub(task: GradingTask) -> Graded:
    """Give a report of the usual size, without grading."""
    checks = checks_of(find_course(), task.exercise)
    verdicts = tuple(Verdict(check, Status.PASSED) for check in checks)
    return Graded(Report(task.name, task.exercise, verdicts, Isolation.NONE, {}), "")


def _overhead(course: Course, queued: int) -> dict[str, Any]:
    given = [
        Submission(f"student{n}/{_BUSY}.py", _BUSY, f"# {n}".encode(), ".py") for n in range(queued)
    ]
    with ClusterEngine(course, workers=2, data_profile="sample", function=stub) as engine:
        engine.grade_all([Submission(f"{n}.py", _BUSY, b"x = 1", ".py") for n in range(100)])
        say(f"Queueing {queued} submissions")
        began = time.perf_counter()
        futures = [engine.submit(one) for one in given]
        queued_s = time.perf_counter() - began
        for future in futures:
            future.result()
        all_s = time.perf_counter() - began
    return {
        "submissions": queued,
        "queued_s": queued_s,
        "all_s": all_s,
        "each_ms": 1000 * all_s / queued,
    }


def _tables(rows: Sequence[dict[str, Any]], overhead: dict[str, Any]) -> list[Table]:
    return [
        Table(
            "CPU-bound submissions without training: seconds for a class, medians",
            ("work", "submissions", "one", "two", "ratio"),
            [
                (
                    row["work"],
                    str(row["submissions"]),
                    f"{statistics.median(row['one_worker_s']):.1f}",
                    f"{statistics.median(row['two_workers_s']):.1f}",
                    f"{row['ratio']:.2f}",
                )
                for row in rows
            ],
        ),
        Table(
            "Tiny submissions, queued at once to two workers that grade nothing",
            ("submissions", "queueing, s", "all, s", "each, ms"),
            [
                (
                    str(overhead["submissions"]),
                    f"{overhead['queued_s']:.1f}",
                    f"{overhead['all_s']:.1f}",
                    f"{overhead['each_ms']:.2f}",
                )
            ],
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
