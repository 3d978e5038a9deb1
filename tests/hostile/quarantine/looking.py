"""Tells what has become of the naive grader in a room, by what it left there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from quarantine.room import BOOK, Room

OUTPUT_BYTES = 10 * 2**20

#: What can become of the naive grader, worst first.
KINDS = {
    "gains": "marks that the submission is not worth",
    "reads": "a secret stands in what it published",
    "writes": "files outside, or other people's marks, have changed",
    "scripts": "its page runs the student's script",
    "persists": "the next submission answers otherwise, or gets other marks",
    "connects": "somebody outside was reached",
    "exhausts": "memory, processes, disk or output without end",
    "hangs": "it did not come to an end",
    "survives": "processes were left behind",
    "breaks": "it ended early: the next submission has no marks",
}


@dataclass
class Naive:
    """What became of the naive grader: kinds of `KINDS`, with what was seen."""

    seen: dict[str, str] = field(default_factory=dict)
    points: float = 0.0
    next_page: str = ""
    output: str = ""


def look(outside: Room, ended: str, before: dict[str, str], control: Naive | None) -> Naive:
    """Find out what has become of marks, secrets, files and the next submission."""
    size = (outside.folder / "said").stat().st_size
    said = _text(outside.folder / "said")
    mine = said.partition("=== innocent")[0]
    book = _json(outside.course / "export.json") or _json(outside.course / "gradebook.json")
    pages = {name: _text(outside.course / f"{name}.html") for name in ("submission", "innocent")}
    result = Naive(
        points=float(book.get("submission", 0)),
        next_page=re.sub(r"0x[0-9a-f]+", "0x", pages["innocent"]),
        output=mine[-3000:],
    )
    control = control or result
    passed = [int(count) for count in re.findall(r"(\d+) passed", mine)]
    found = {
        "gains": result.points > control.points or ended == "0" or max(passed, default=0) > 0,
        "reads": outside.secret in said + "".join(pages.values()),
        "writes": outside.state("outside") != before or not BOOK.items() <= book.items(),
        "scripts": "<script>" in "".join(pages.values()),
        "persists": bool(result.next_page) and result.next_page != control.next_page,
        # The seat belt's own limit on memory may be met before its watcher looks.
        "exhausts": ended == "exhausts"
        or "MemoryError" in mine
        or max(size, *map(len, pages.values())) > OUTPUT_BYTES,
        "hangs": ended == "hangs",
        "survives": bool(re.search(r"processes left: [1-9]", said)),
        "breaks": not pages["innocent"] and ended not in ("exhausts", "hangs"),
    }
    result.seen = {kind: f"ended with {ended}" for kind, is_so in found.items() if is_so}
    return result


def _json(path: Path) -> dict[str, float]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
