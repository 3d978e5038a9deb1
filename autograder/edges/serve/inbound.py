"""What lies in the exchange's folder of submissions, into which every student can write."""

from __future__ import annotations

import datetime as dt
import os
import pwd
import stat
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.errors import SubmissionError, UsageError
from autograder.submission.safe_files import read_submitted

#: What nbgrader writes last into a submission, before it opens the folder to all.
SECRET = "submission_secret.txt"  # noqa: S105 - a file's name
STAMP = "timestamp.txt"
MAX_SECRET_BYTES = 4096
#: What is unfinished is looked at again as long as something changes in it, and this much longer.
SETTLED_S = 60.0
#: Clocks of other machines may go before ours by this much.
SKEW_S = 300.0


@dataclass(frozen=True, slots=True)
class Found:
    """A submission's folder.

    Attributes:
        name: The folder's.
        assignment: What it says that it is for.
        student: Whose it says that it is.
        arrived: When its folder last changed: a student can make this later, and never earlier.
        trouble: Why it counts as nobody's submission; empty where it counts.
        remark: What a person should know of it.
    """

    name: str
    assignment: str
    student: str
    arrived: float
    trouble: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is new in the exchange, and whether something there is still being written."""

    found: tuple[Found, ...]
    unfinished: bool


def look(folder: Path, known: Collection[str], *, check_owner: bool) -> Looked:
    """Return the submissions that are not known yet.

    Args:
        folder: The exchange's folder of submissions.
        known: Names that are known.
        check_owner: Whether a folder must belong to the account of its student.

    Raises:
        UsageError: The folder is gone, or cannot be read.
    """
    found, unfinished = [], False
    try:
        with os.scandir(folder) as entries:
            fresh = sorted(entry.name for entry in entries if entry.name not in known)
    except OSError as error:
        raise UsageError(
            f"Submissions are taken from nbgrader's exchange. Received: {folder}: "
            f"{error.strerror}. Release an assignment, or bring the exchange back, and start "
            "again: nothing is lost."
        ) from error
    for name in fresh:
        try:
            one = _look_at(folder / name, check_owner=check_owner)
        except OSError:
            one = None  # it is being removed, or not ours to read yet
        if one is None:
            unfinished = True
        else:
            found.append(one)
    return Looked(tuple(found), unfinished)


def _look_at(path: Path, *, check_owner: bool) -> Found | None:
    """Return what a folder is; None while it is being written."""
    facts = path.lstat()
    arrived = min(facts.st_ctime, time.time())
    # nbgrader's own names have a random part, or none; a student's name may hold a plus as well.
    parts = path.name.rsplit("+", 3)
    student, assignment, stamp = ("", "", "") if len(parts) < 3 else parts[:3]
    one = Found(path.name, assignment, student, arrived)
    if not student or student.startswith(".") or "*" in student or not assignment:
        return replace(one, trouble="its name tells no student and no time")
    try:
        claimed = parse_utc(stamp).replace(tzinfo=dt.UTC).timestamp()
    except (ValueError, OverflowError):
        return replace(one, trouble="its name tells no time")
    if not stat.S_ISDIR(facts.st_mode):
        return replace(one, trouble="it is no folder")
    if check_owner and (owner := _owner(facts.st_uid)) != student:
        return replace(one, trouble=f"it belongs to the account {owner}, not to {student}")
    if not _is_whole(path, facts.st_mode):
        if time.time() - _last_change(path, facts) < SETTLED_S:
            return None
        return replace(one, trouble="it was never finished")
    if arrived - claimed > SKEW_S:
        one = replace(one, remark=f"it says that it is {arrived - claimed:.0f} s older than it is")
    return one


def _is_whole(path: Path, mode: int) -> bool:
    """Whether nbgrader has come to the end of writing it: opening its folder to all is last."""
    if not mode & stat.S_IWOTH:
        return False
    return bool(secret_of(path)) and bool(_text(path / STAMP))


def secret_of(folder: Path) -> str:
    """Return what names a submission's feedback in the exchange; empty where there is none."""
    return _text(folder / SECRET)


def _text(path: Path) -> str:
    try:
        content = read_submitted(path, MAX_SECRET_BYTES)
    except (SubmissionError, OSError):
        return ""
    # nbgrader reads it as text, and fails where it is none.
    return content.decode() if content.isascii() and len(content) <= MAX_SECRET_BYTES else ""


def _last_change(path: Path, facts: os.stat_result) -> float:
    times = [facts.st_ctime]
    with os.scandir(path) as entries:
        times += [entry.stat(follow_symlinks=False).st_ctime for entry in entries]
    return max(times)


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"{uid}"
