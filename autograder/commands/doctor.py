"""`autograder doctor`: what this machine can do, with each wall tried from inside a box."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder import machine
from autograder.commands.exits import BELOW, GRADED, INTERNAL
from autograder.errors import SandboxError
from autograder.sandbox import trial
from autograder.sandbox.trial import Finding, State
from autograder.sandbox.zygote import Sandbox
from autograder.tables import console

_STYLES = {"ok": "green", "missing": "yellow", "broken": "bold red", "fact": "dim"}
_LEVELS = {
    "full": "Boxes have all the walls that this package knows.",
    "landlock": "Boxes have no namespaces of their own; reports will say so.",
    "none": "Boxes are hardly walled in: run no code in them that you do not trust.",
}
_COLUMNS = 80


def run(args: argparse.Namespace) -> int:
    """Try the walls while the facts are gathered; print both; tell by the status how it went."""
    document = examine()
    if args.json:
        print(json.dumps(document, indent=2))
    else:
        show(document, console(sys.stdout, width=_COLUMNS))
    return int(document["status"])


def examine() -> dict[str, Any]:
    """Return what was found out, as `--json` prints it."""
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
        "tried": [asdict(finding) for finding in tried],
        "machine": [asdict(finding) for finding in facts],
        "status": status,
    }


def show(document: Mapping[str, Any], to: Console) -> None:
    """Print what was found out, and then how to get what is missing."""
    to.print(_table("a box", document["tried"]))
    to.print(_table("this machine", document["machine"]))
    for finding in (*document["tried"], *document["machine"]):
        if finding["remedy"]:
            to.print(f"{finding['name']}: {finding['remedy']}\n")
    level = document["isolation"]
    to.print(f"Isolation: {level} ({', '.join(document['walls']) or 'no walls'}). {_LEVELS[level]}")


def _tried(sandbox: Sandbox) -> list[Finding]:
    try:
        found = trial.try_walls(sandbox)
        found.append(Finding("backend", State.FACT, f"{sandbox.versions}, {trial.device(sandbox)}"))
    except SandboxError as error:
        return [Finding("boxes", State.BROKEN, "none can be opened", str(error))]
    if machine.gpus():
        found.append(_with_gpu())
    return found


def _with_gpu() -> Finding:
    """Ask a box that may see the GPUs whether its backend finds one."""
    sandbox = Sandbox(gpu=True)
    try:
        found = trial.device(sandbox)
    except SandboxError as error:
        return Finding("GPU in a box", State.MISSING, "no box with one", str(error))
    finally:
        sandbox.stop()
    if found == "gpu":
        return Finding("GPU in a box", State.OK, "a model box trains on it")
    get = "Install the driver's libraries, and a build of the backend for GPUs"
    return Finding("GPU in a box", State.MISSING, "the backend finds none", get)


def _table(title: str, findings: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, width=_COLUMNS)
    table.add_column(title, min_width=13, max_width=13)
    table.add_column("", min_width=7, max_width=7)
    table.add_column("", ratio=1, overflow="fold")
    for one in findings:
        state = one["state"]
        sign = Text("-" if state == "fact" else state, _STYLES[state])
        table.add_row(one["name"], sign, one["told"])
    return table
