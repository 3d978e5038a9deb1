"""What a box costs, against a process per submission that imports Keras for itself.

All sides are measured in turn in one run: a box with every wall that this machine gives, a box of
the same zygote's kind without namespaces, and a fresh interpreter. "Ready" is the first answer to
a frame from the host. The submission is the right one of ex04's gates, which trains nothing.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from _common import REPOSITORY, Table, machine, parser, report, run, say

from autograder.course.catalog import find_course
from autograder.evidence import transcript
from autograder.guest.protocol import PREDICTED
from autograder.guest.protocol.models import Predict
from autograder.records import Limits, Submission
from autograder.sandbox import bwrap
from autograder.sandbox.client import Sandbox
from autograder.submission import stage

_FRESH = "import keras, resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
_SLUG, _TASK = "ex04_perceptron", "gates"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    made = parser("boxes", __doc__)
    made.add_argument("--boxes", type=int, metavar="N", help="of each kind (100; 5 if --quick)")
    made.add_argument("--fresh", type=int, metavar="N", help="fresh processes (5; 1 if --quick)")
    args = made.parse_args(argv)
    args.boxes = args.boxes or (5 if args.quick else 100)
    args.fresh = args.fresh or (1 if args.quick else 5)
    before = machine()
    walled, plain = Sandbox(), Sandbox()
    try:
        _ready_s(walled)
        with mock.patch.object(bwrap, "find_bwrap", return_value=None):
            _ready_s(plain)
        say(f"{walled.isolation} ({walled.walls}); {plain.isolation} ({plain.walls})")
        results = _measure(walled, plain, args.boxes, args.fresh)
    finally:
        walled.stop()
        plain.stop()
    report("boxes", args, results, _tables(results, args), before=before)
    return 0


def _measure(walled: Sandbox, plain: Sandbox, boxes: int, fresh: int) -> dict[str, Any]:
    course = find_course(REPOSITORY)
    exercise = course.exercise(_SLUG)
    source = (course.root / "solutions" / _SLUG / f"{_SLUG}.py").read_bytes()
    workdir = stage.stage(Submission("benchmark", _SLUG, source, ".py"), exercise)
    gates = type(exercise)(exercise.slug, exercise.title, (_TASK,), exercise.data, exercise.limits)
    probe = course.folder(_SLUG).probe_source()
    times: dict[str, list[float]] = {"walled": [], "plain": [], "submission": [], "fresh": []}
    resident_mib = []
    for turn in range(boxes):
        times["walled"].append(_ready_s(walled))
        times["plain"].append(_ready_s(plain))
        if turn % 4 == 0:
            began = time.perf_counter()
            said = transcript.run(walled, gates, workdir, {}, 1, probe=probe)
            times["submission"].append(time.perf_counter() - began)
            assert said.end is None, said.end
        if turn * fresh // boxes != (turn - 1) * fresh // boxes:
            ran = run([sys.executable, "-c", _FRESH], TF_CPP_MIN_LOG_LEVEL="3")
            times["fresh"].append(ran.wall_s)
            resident_mib.append(int(ran.output.split()[-1]) / 1024)
    return {
        "isolation": walled.isolation.value,
        "walls": walled.walls,
        "plain_walls": plain.walls,
        "median_s": {name: statistics.median(values) for name, values in times.items()},
        "times_s": times,
        "memory_mib": {**_memory_mib(walled), "fresh": statistics.median(resident_mib)},
    }


def _ready_s(sandbox: Sandbox) -> float:
    """Return the time from the order for a box to its first answer."""
    began = time.perf_counter()
    with sandbox.open_box("model", Limits()) as box:
        box.channel.send(Predict("nothing"))  # it has no such model, and says so
        box.channel.receive(PREDICTED)
        ready_s = time.perf_counter() - began
        box.close(0.0)
    return ready_s


def _memory_mib(sandbox: Sandbox) -> dict[str, float]:
    """Return what the zygote holds, and what four idle boxes and their keepers add to it."""
    alone = _sum_mib(sandbox)
    boxes = [sandbox.open_box("model", Limits()) for _ in range(4)]
    for box in boxes:
        box.channel.send(Predict("nothing"))  # it has no such model, and says so
        box.channel.receive(PREDICTED)
    more = (_sum_mib(sandbox) - alone) / len(boxes)
    for box in boxes:
        box.close(0.0)
    return {"zygote": alone, "box": more}


def _sum_mib(sandbox: Sandbox) -> float:
    """Add up what the processes of a sandbox take, with each its part of what they share."""
    return sum(_share_kib(pid) for pid in sandbox.processes()) / 1024


def _share_kib(pid: int) -> int:
    for file, name in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue  # hidden from all but root: count what is shared as well; or it has ended
        for line in lines:
            if line.startswith(name):
                return int(line.split()[1])
    return 0


def _tables(results: dict[str, Any], args: Any) -> list[Table]:
    median, memory = results["median_s"], results["memory_mib"]
    times = [
        (f"box: {results['walls']}", median["walled"]),
        (f"box: {results['plain_walls']}", median["plain"]),
        ("submission without training, in a box", median["submission"]),
        ("process per submission: import keras", median["fresh"]),
    ]
    sizes = [
        ("zygote", memory["zygote"]),
        ("each box and its keeper, idle", memory["box"]),
        ("process per submission", memory["fresh"]),
    ]
    return [
        Table(
            f"Time to ready, median of {args.boxes} boxes and {args.fresh} processes",
            ("", "ms", "of a process's"),
            [(name, f"{s * 1000:.1f}", f"{s / median['fresh']:.4f}") for name, s in times],
        ),
        Table(
            "Memory",
            ("", "MiB", "of a process's"),
            [(name, f"{mib:.1f}", f"{mib / memory['fresh']:.3f}") for name, mib in sizes],
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
