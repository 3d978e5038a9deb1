"""`autograder doctor`: what this machine can do, with each wall tried from inside a box."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.edges.cli import machine
from autograder.edges.cli.commands.exits import BELOW, GRADED, INTERNAL
from autograder.edges.cli.course import course_in_use
from autograder.errors import AutograderError, SandboxError
from autograder.reporting.terminal import console
from autograder.sandbox import selftest
from autograder.sandbox.client import Sandbox
from autograder.sandbox.selftest import Finding, State

_STYLES = {"ok": "green", "missing": "yellow", "broken": "bold red", "fact": "dim"}
_LEVELS = {
    "full": "Boxes have all the walls that this package knows.",
    "landlock": "Boxes have no namespaces of their own; reports will say so.",
    "none": "Boxes are hardly walled in: run no code in them that you do not trust.",
}
_COLUMNS = 80


def run(args: argparse.Namespace) -> int:
    """Test the walls while the facts are gathered; print both; return the exit status."""
    with suppress(AutograderError):  # without a course, which the findings say
        course_in_use()
    document = examine()
    if args.json:
        print(json.dumps(document, indent=2))
    else:
        show(document, console(sys.stdout, width=_COLUMNS))
    return int(document["status"])


def examine() -> dict[str, Any]:
    """Return the findings, as `--json` prints them."""
    sandbox = Sandbox()
    try:
        with ThreadPoolExecutor(1) as pool:
            gathering = pool.submit(machine.facts)
            tried = _tried(sandbox)
            facts = gathering.result()
        isolation, walls = sandbox.isolation.value, sandbox.walls
    finally:
        sandbox.stop()
    states = {finding.state for finding in (*tried, *facts)}
    status = INTERNAL if State.BROKEN in states else BELOW if State.MISSING in states else GRADED
    return {
        "isolation": isolation,
        "walls": walls.split(", ") if walls else [],
        "tried": [_entry(finding) for finding in tried],
        "machine": [_entry(finding) for finding in facts],
        "status": status,
    }


def show(document: Mapping[str, Any], to: Console) -> None:
    """Print the findings, and then how to get what is missing."""
    to.print(_table("a box", document["tried"]))
    to.print(_table("this machine", document["machine"]))
    for finding in (*document["tried"], *document["machine"]):
        if finding["remedy"]:
            to.print(f"{finding['name']}: {finding['remedy']}\n")
    level = document["isolation"]
    to.print(f"Isolation: {level} ({', '.join(document['walls']) or 'no walls'}). {_LEVELS[level]}")


def _entry(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "state": finding.state,
        "told": finding.outcome,
        "remedy": finding.remedy,
    }


def _tried(sandbox: Sandbox) -> list[Finding]:
    try:
        findings = selftest.try_walls(sandbox)
        findings.append(
            Finding("backend", State.FACT, f"{sandbox.versions}, {selftest.device(sandbox)}")
        )
    except SandboxError as error:
        return [Finding("boxes", State.BROKEN, "none can be opened", str(error))]
    if machine.gpu_devices():
        findings.append(_with_gpu())
    return findings


def _with_gpu() -> Finding:
    """Ask a box that may see the GPUs whether its backend finds one."""
    sandbox = Sandbox(gpu=True)
    try:
        device = selftest.device(sandbox)
    except SandboxError as error:
        return Finding("GPU in a box", State.MISSING, "no box with one", str(error))
    finally:
        sandbox.stop()
    if device == "gpu":
        return Finding("GPU in a box", State.OK, "a model box trains on it")
    get = "Install the driver's libraries, and a build of the backend for GPUs"
    return Finding("GPU in a box", State.MISSING, "the backend finds none", get)


def _table(title: str, findings: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, width=_COLUMNS)
    table.add_column(title, min_width=13, max_width=13)
    table.add_column("", min_width=7, max_width=7)
    table.add_column("", ratio=1, overflow="fold")
    for finding in findings:
        state = finding["state"]
        sign = Text("-" if state == "fact" else state, _STYLES[state])
        table.add_row(finding["name"], sign, finding["told"])
    return table
