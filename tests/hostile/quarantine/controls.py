"""What must hold before a stopped attack means anything: a broken grader stops every attack."""

from __future__ import annotations

import contextlib
import re
import socket
import time

from autograder.records import Report, Status
from autograder.reporting.score import score
from quarantine.boundary import Boundary
from quarantine.files import HANDED_IN
from quarantine.room import room

#: By the name of a control: "" where it holds, else what was seen.
Controls = dict[str, str]

LOOKING = """

try:
    said(read("outside/notes.txt"))
except OSError as error:
    said(type(error).__name__)
"""
CONNECTING = """
import socket

try:
    socket.create_connection(("127.0.0.1", PORT), timeout=2).close()
    said("connected")
except OSError as error:
    said(type(error).__name__)
"""
SLEEPING = """
import time

def and_gate(a, b):
    time.sleep(1000)
"""


def controls(boundary: Boundary) -> Controls:
    """Return what came of each control."""
    found = {}
    right = boundary.grade((HANDED_IN / "right.py").read_bytes())
    found["right answers have full marks"] = _unless(score(right).total.points == 5, right)
    wrong = boundary.grade(boundary.base().encode())
    found["wrong answers have none"] = _unless(
        score(wrong).total.points == 0 and "'nothing'" in _told(wrong), wrong
    )
    with room(boundary.secret) as outside:
        assert (outside.outside / "notes.txt").read_text() == "1, 2, 3\n"
        looked = boundary.grade((boundary.base(outside.folder) + LOOKING).encode())
    found["a file outside cannot be read"] = _unless(
        "ran: FileNotFoundError" in _told(looked), looked
    )
    with contextlib.closing(socket.create_connection(("127.0.0.1", boundary.listener.port))):
        pass  # from here it can be reached
    time.sleep(0.3)
    boundary.listener.heard.clear()
    connected = boundary.grade((boundary.base() + CONNECTING).encode())
    found["a connection is refused"] = _unless(
        re.search(r"ran: \w*Error", _told(connected)) is not None and not boundary.listener.heard,
        connected,
    )
    before = boundary.processes()
    began_s = time.monotonic()
    slept = boundary.grade((boundary.base() + SLEEPING).encode())
    in_time = time.monotonic() - began_s < 60 and not boundary.survivors(before)
    timed_out = Status.TIMED_OUT in {verdict.status for verdict in slept.verdicts}
    found["a sleeper is ended"] = _unless(in_time and timed_out, slept)
    return found


def _unless(holds: bool, report: Report) -> str:
    return "" if holds else _told(report)


def _told(report: Report) -> str:
    return " | ".join(f"{one.status} {one.message}" for one in report.verdicts[:5])
