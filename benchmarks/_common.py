"""What every benchmark shares: the machine's description, processes with their times, results.

A result is a table on the terminal and a JSON file in `build/benchmarks`. Times of different
machines, or of one machine at different hours, are never compared: each benchmark measures both
sides of its ratios in one run.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "build" / "benchmarks"
#: Programs of the environment that runs us.
PROGRAMS = Path(sys.executable).parent
AUTOGRADER = str(PROGRAMS / "autograder")

_PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "nbgrader", "distributed")
_START = time.monotonic()

# The class, the exchange and the course folder are the demo's.
sys.path.insert(0, str(REPOSITORY / "demo"))


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that all benchmarks have: `--quick` and `--json`."""
    # So that a benchmark that is told to end ends what it started, and removes its folders.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    made = argparse.ArgumentParser(prog=f"python benchmarks/{name}.py", description=description)
    made.add_argument(
        "--quick", action="store_true", help="tiny sizes, to see that it works; proves nothing"
    )
    made.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help=f"where the result goes (build/benchmarks/{name}.json; {name}.quick.json if --quick)",
    )
    return made


def say(text: str) -> None:
    """Print a line of progress to standard error, with the seconds since the start."""
    print(f"[{time.monotonic() - _START:6.1f} s]  {text}", file=sys.stderr, flush=True)


def machine() -> dict[str, Any]:
    """Describe what a result was measured on, and how busy it was."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "cpu": _cpu_model(),
        "cores": cores(),
        "memory_mib": _memory_mib(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "versions": versions,
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _commit() -> str:
    try:
        told = [
            subprocess.run(
                ["git", *words], cwd=REPOSITORY, check=True, capture_output=True, text=True
            ).stdout.strip()
            for words in (
                ["rev-parse", "--short=12", "HEAD"],
                ["status", "--porcelain", "--untracked-files=no"],
            )
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told[0] + (" with changes" if told[1] else "")


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _memory_mib() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (OSError, ValueError):
        return 0


@dataclass(frozen=True)
class Goal:
    """What an issue asks for: `value` at most, or at least, `bound`."""

    text: str
    value: float
    bound: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def told(self) -> dict[str, Any]:
        """Return what is written as JSON."""
        return {
            "goal": self.text,
            "value": self.value,
            "bound": self.bound,
            "is": "at least" if self.at_least else "at most",
            "met": self.met,
        }


@dataclass(frozen=True)
class Table:
    """A title, the names of the columns, and rows of text; the first column is the row's name."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def report(
    name: str,
    args: argparse.Namespace,
    results: Mapping[str, Any],
    tables: Sequence[Table],
    goals: Sequence[Goal] = (),
    before: Mapping[str, Any] | None = None,
) -> None:
    """Print the tables and the goals, and write all of it as JSON.

    Args:
        name: The benchmark's.
        args: What it was called with.
        results: What it measured.
        tables: What a person reads.
        goals: What was asked for.
        before: The machine as it was before the run, with its load then; as it is now if None.
    """
    described = dict(before or machine())
    _print(tables, goals, described, quick=args.quick)
    options = {key: str(value) for key, value in vars(args).items() if key != "json"}
    written = {
        "benchmark": name,
        "options": options,
        "machine": described,
        "results": results,
        "goals": [goal.told() for goal in goals],
    }
    path = args.json or RESULTS / f"{name}{'.quick' if args.quick else ''}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"Written to {path}")


def _print(
    tables: Sequence[Table], goals: Sequence[Goal], described: Mapping[str, Any], *, quick: bool
) -> None:
    try:
        import rich  # noqa: F401
    except ImportError:  # the GPU benchmark runs where only Keras is
        _print_plainly(tables)
    else:
        _print_richly(tables)
    for goal in goals:
        sign = "at least" if goal.at_least else "at most"
        verdict = "met" if goal.met else "NOT met"
        print(f"{goal.text}: {goal.value:.3g}; goal {sign} {goal.bound:g}: {verdict}")
    print(
        f"{described['cpu']}, {described['cores']} cores, {described['memory_mib']} MiB; "
        f"Python {described['python']}, commit {described['commit']}, {described['date']}, "
        f"load before {described['load_average'][0]}"
    )
    if quick:
        print("A quick run: it shows that the benchmark works, and measures nothing of use.")


def _print_richly(tables: Sequence[Table]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable

    console = Console(highlight=False, markup=False, emoji=False)
    console.width = max(console.width, 110)  # a file, and a narrow terminal, take long lines
    for table in tables:
        shown = RichTable(title=table.title, box=box.SIMPLE_HEAD, title_justify="left")
        for place, column in enumerate(table.columns):
            shown.add_column(column, justify="right" if place else "left", overflow="fold")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)


def _print_plainly(tables: Sequence[Table]) -> None:
    for table in tables:
        lines = [table.columns, *table.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(table.columns))]
        print(f"\n{table.title}")
        for line in lines:
            cells = zip(line, widths, strict=True)
            print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
        print()


@dataclass(frozen=True)
class Ran:
    """A process that ended: the seconds that it took, its exit status, and what it printed."""

    wall_s: float
    status: int
    output: str


def run(
    argv: Sequence[str],
    *,
    cwd: Path = REPOSITORY,
    timeout_s: float = 4 * 3600,
    statuses: Sequence[int] = (0,),
    shows: bool = False,
    **environment: str,
) -> Ran:
    """Run a command to its end and time it.

    Args:
        argv: The command.
        cwd: Where it runs.
        timeout_s: What it may take.
        statuses: The exit statuses that are as they should be.
        shows: Let its standard error through as it comes; it is not part of the output then.
        environment: What its environment has besides ours.

    Raises:
        SystemExit: It ended otherwise; the text holds the end of what it printed.
    """
    path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)])
    began = time.perf_counter()
    ended = subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, "PATH": path, **environment},
        timeout=timeout_s,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if shows else subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    wall_s = time.perf_counter() - began
    if ended.returncode not in statuses:
        raise SystemExit(
            f"{' '.join(map(str, argv))}\nmust end with status {statuses}. Received: "
            f"{ended.returncode}. The end of what it printed:\n\n{ended.stdout[-4000:]}"
        )
    return Ran(wall_s, ended.returncode, ended.stdout)


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that is removed afterwards, private as a store must be."""
    with tempfile.TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
