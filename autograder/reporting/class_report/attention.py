"""Which submissions a person must look at before anybody else's, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.reporting.class_report.members import Entry, Member
from autograder.text import one_line

_CHARACTERS = 220
_NEEDED = re.compile(r"was left out|is not written where it counts|\bNameError\b")
#: What `submission/remarks.py` says of cells that were changed against how they were released.
_TAMPERED = re.compile(
    r"Lines of the course's own were missing|is the course's check cell|all carry the id"
)
_LEFT_OUT = re.compile(r"\bleft out\b")


def reasons(member: Member) -> list[str]:
    """Return why a person must look at a member's work; empty if nobody must."""
    found = dict.fromkeys(member.reasons)
    for part in member.parts:
        found.update(dict.fromkeys(_of_entry(part.entry)))
    return list(found)


def _of_entry(entry: Entry) -> Iterator[str]:
    internal = [check["name"] for check in entry["checks"] if check["status"] == "INTERNAL"]
    if internal:
        more = f" and {len(internal) - 3} more" if len(internal) > 3 else ""
        yield f"Not marked, by the grader's own fault: {', '.join(internal[:3])}{more}."
    messages = {check["message"] for check in entry["checks"]}
    statuses = {check["status"] for check in entry["checks"]}
    if statuses == {"ERRORED"} and len(messages) == 1:
        yield f"Could not be read: {one_line(messages.pop(), _CHARACTERS)}"
    for note in entry["notes"]:
        if _TAMPERED.search(note):
            yield f"Cells were changed: {one_line(note, _CHARACTERS)}"
    left_out = [note for note in entry["notes"] if _LEFT_OUT.search(note)]
    if left_out and any(_is_for_lack(check) for check in entry["checks"]):
        yield f"Code was left out that may have been needed: {one_line(left_out[0], _CHARACTERS)}"


def _is_for_lack(check: Entry) -> bool:
    """Whether a check was not passed for lack of something that is not defined."""
    return check["status"] != "PASSED" and bool(_NEEDED.search(check["message"]))
