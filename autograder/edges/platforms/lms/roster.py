"""A platform's own list of students: the file that it exports, by a column of which they match."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.files import NotPlainFile, read_plain
from autograder.text import printable

MAX_BYTES = 16 * 1024 * 1024
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Roster:
    """The rows of a roster, by what its `column` holds.

    Attributes:
        header: The names of all columns.
        column: The one that names a student as nbgrader does.
        rows: Each student's row.
    """

    header: tuple[str, ...]
    column: str
    rows: dict[str, dict[str, str]]

    def find(self, names: Iterable[str | None]) -> dict[str, str] | None:
        """Return the row of a student who is known by these names, the first that is there."""
        for name in names:
            if name and name in self.rows:
                return self.rows[name]
        return None


def read_roster(
    path: Path, column: str, usual: Sequence[str], required: Sequence[str] = ()
) -> Roster:
    """Read a roster: CSV, or text with tabs, in UTF-8 or UTF-16.

    Args:
        path: The file.
        column: The column to match by; the first of `usual` that is there if "".
        usual: The platform's own columns for it.
        required: Columns without which it is no export of this platform.

    Raises:
        UsageError: It cannot be read, has no such column, or names a student twice.
    """
    lines = _lines(path)
    header = tuple(name.strip() for name in lines[0]) if lines else ()
    if absent := [name for name in required if name not in header]:
        raise UsageError(
            f"A roster is the platform's own export, with the columns {', '.join(required)}. "
            f"Received: {path} without {', '.join(absent)}. Export it from the platform again."
        )
    wanted = [column] if column else list(usual)
    chosen = next((name for name in wanted if name in header), None)
    if chosen is None:
        raise UsageError(
            f"A roster has a column that names students as nbgrader does: {', '.join(wanted)}. "
            f"Received: {path} with {printable(', '.join(header) or 'no columns', 300)}. "
            "Name its column with the exporter's `match`."
        )
    rows: dict[str, dict[str, str]] = {}
    twice = []
    for cells in lines[1:]:
        row = dict(zip(header, [cell.strip() for cell in cells], strict=False))
        name = row.get(chosen, "")
        if not name:  # Canvas's "Points Possible", and rows below a table
            continue
        if name in rows:
            twice.append(name)
        rows[name] = row
    if twice:
        raise UsageError(
            f"A roster names each student once. Received: {path}, whose {chosen} has "
            f"{listed(twice)} more than once. Remove the rows that do not count."
        )
    return Roster(header, chosen, rows)


def listed(names: Sequence[str]) -> str:
    """Return a few of many names in words."""
    shown = ", ".join(printable(name, 80) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _lines(path: Path) -> list[list[str]]:
    try:
        content = read_plain(path, MAX_BYTES)
        if len(content) > MAX_BYTES:
            raise UsageError(
                f"A roster has at most {MAX_BYTES // 2**20} MiB. Received: {path}, which has more. "
                "Export the students alone."
            )
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # as Blackboard's "xls" is
        text = content.decode("utf-16" if wide else "utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        return [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row
        ]
    except OSError as error:
        raise UsageError(
            f"A roster must be readable. Received: {path}: {error.strerror}. Correct the path."
        ) from None
    except NotPlainFile as error:
        raise UsageError(
            f"A roster is a plain file. Received: {path}, which is {error.kind}. Correct the path."
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"A roster is CSV in UTF-8 or UTF-16. Received: {path}: {error}. Export it again."
        ) from None
