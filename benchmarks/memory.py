"""Peak memory of the whole process tree while two submissions are graded at once.

Boxes are forked from a process that has imported TensorFlow, and share its pages: adding up the
resident sizes counts these once for each box. The proportional size (PSS) shares them out, so that
the sum is what the tree really takes. Where the kernel lets us read it of only some processes, the
others count with their resident size, and the table says of how many.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from _common import AUTOGRADER, REPOSITORY, Table, machine, parser, report, say, scratch
from _students import names, plan, write

from autograder.course.catalog import find_course

_EVERY_S = 0.2
_WAYS = {"2 jobs, one process": ["--jobs", "2"], "2 workers, a cluster": ["--workers", "2"]}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    made = parser("memory", __doc__)
    made.add_argument("--students", type=int, metavar="N", help="the class (4; 2 if --quick)")
    made.add_argument("--exercises", nargs="+", metavar="SLUG", help="default: all")
    made.add_argument(
        "--data", choices=("full", "sample"), help="default: full (sample if --quick)"
    )
    args = made.parse_args(argv)
    course = find_course(REPOSITORY)
    args.students = args.students or (2 if args.quick else 4)
    args.exercises = args.exercises or (["ex06_convolution"] if args.quick else list(course.slugs))
    args.data = args.data or ("sample" if args.quick else "full")
    before = machine()
    ways = dict(list(_WAYS.items())[:1]) if args.quick else _WAYS
    rows: list[dict[str, Any]] = []
    with scratch() as folder:
        for slug in args.exercises:
            submitted = folder / "submitted" / slug
            handed = plan(course, [slug], names(0, args.students), 0.0)
            write(course, handed, {slug: course.notebook(slug)}, submitted)
            for way, options in ways.items():
                store = Path(tempfile.mkdtemp(dir=folder))
                command = [AUTOGRADER, "grade", str(submitted), "--quiet", "--data", args.data]
                peak = _peak([*command, *options], store)
                rows.append({"exercise": slug, "way": way, **peak})
                say(f"{slug}, {way}: {peak['pss_mib']:.0f} MiB")
    report("memory", args, {"rows": rows}, [_table(rows, args)], before=before)
    return 0


def _peak(command: Sequence[str], store: Path) -> dict[str, Any]:
    """Run a command and return the largest sums over its process tree."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, "AUTOGRADER_STORE": str(store)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        peak: dict[str, Any] = {"pss_mib": 0.0, "rss_mib": 0.0, "processes": 0, "unread": 0}
        try:
            while process.poll() is None:
                now = _sizes(psutil.Process(process.pid))
                for key in ("rss_mib", "processes"):
                    peak[key] = max(peak[key], now[key])
                if now["pss_mib"] > peak["pss_mib"]:
                    peak.update(pss_mib=now["pss_mib"], unread=now["unread"])
                time.sleep(_EVERY_S)
        finally:
            process.terminate()
            process.wait()
        if process.returncode != 0:
            output.seek(0)
            told = output.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"{' '.join(command)} must grade. Received: {told}")
    return peak


def _sizes(root: psutil.Process) -> dict[str, Any]:
    """Add up a process and all its descendants, as they are now."""
    pss = rss = processes = unread = 0
    try:
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        tree = []
    for process in tree:
        try:
            resident = process.memory_info().rss
        except psutil.Error:
            continue  # it has just ended
        proportional = _pss(process.pid)
        if proportional is None:
            unread += 1
            proportional = resident
        pss, rss, processes = pss + proportional, rss + resident, processes + 1
    mib = 2**20
    return {"pss_mib": pss / mib, "rss_mib": rss / mib, "processes": processes, "unread": unread}


def _pss(pid: int) -> int | None:
    """Return a process's proportional size in bytes; None where it cannot be read."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return None


def _table(rows: Sequence[dict[str, Any]], args: Any) -> Table:
    columns = ("exercise", "how", "PSS, MiB", "of these by RSS", "RSS added up, MiB", "processes")
    return Table(
        f"Peak of the process tree, {args.students} submissions, {args.data} data, empty store",
        columns,
        [
            (
                row["exercise"],
                row["way"],
                f"{row['pss_mib']:.0f}",
                str(row["unread"]),
                f"{row['rss_mib']:.0f}",
                str(row["processes"]),
            )
            for row in rows
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
