"""The student's own modules: files beside a submission, or written by a cell, that it imports."""

from __future__ import annotations

import itertools
import os
import re
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from autograder.course.catalog import RELEASED
from autograder.course.first_cell import checks_module
from autograder.files import NotPlainFile, read_plain
from autograder.submission.cells import RawCell, Role
from autograder.submission.detection import is_named_as_copy, named_in
from autograder.submission.statements import MAX_CELL_BYTES, NotPython, parse
from autograder.text import printable

MAX_MODULES = 16
# Of a folder so many entries are looked at.
MAX_ENTRIES = 5_000

# In a script as in the JSON of a notebook, whose lines are strings, or parts of one.
_IMPORT = re.compile(rb'(?:^|"|\\n)[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w{0,63})\b', re.MULTILINE)
_IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w{0,63})\b", re.MULTILINE)
_WRITTEN = re.compile(r"\s*%%(?:writefile|file)[ \t]+([A-Za-z_]\w{0,63})\.py[ \t]*\n")

Modules = tuple[tuple[str, bytes], ...]


def modules_beside(content: bytes, folders: Iterable[Path], reserved: Iterable[str]) -> Modules:
    """Return the modules in `folders` that a submission imports, and that these import.

    Only names are looked for, with what may be a name too many: nothing is run or parsed.

    Args:
        content: The submission.
        folders: Where its modules may lie; the first that has one counts. No link is followed.
        reserved: Names of files that are no modules, such as other submissions.
    """
    found: dict[str, bytes] = {}
    names = [*reserved]
    refused = {*names, *map(checks_module, names), *sys.stdlib_module_names}
    pending = [content]
    folders = list(folders)
    while pending:
        for match in _IMPORT.findall(pending.pop()):
            name = match.decode()
            if name in found or name in refused or len(found) >= MAX_MODULES:
                continue
            texts = (_read(folder / f"{name}.py") for folder in folders)
            text = next((text for text in texts if text is not None), None)
            refused.add(name)
            if text is not None:
                found[name] = text
                pending.append(text)
    return tuple(sorted(found.items()))


def own_modules(path: Path, content: bytes, slug: str, slugs: Collection[str]) -> Modules:
    """Return the modules beside a submission, if its folder is one author's.

    In a folder with several submissions for one exercise nobody knows whose a module is.

    Args:
        path: The submission's file.
        content: Its content.
        slug: Its exercise.
        slugs: All exercises.
    """
    try:
        with os.scandir(path.parent) as entries:
            stems = {Path(entry.name).stem for entry in itertools.islice(entries, MAX_ENTRIES)}
    except OSError:
        return ()
    submissions = {stem: found for stem in stems if (found := named_in(stem.lower(), slugs))}
    authors = [
        stem
        for stem, found in submissions.items()
        if found == slug and not is_named_as_copy(stem) and not stem.startswith(RELEASED)
    ]
    if len(authors) > 1:
        return ()
    return modules_beside(content, [path.parent], [*submissions, *slugs])


def _read(path: Path) -> bytes | None:
    try:
        text = read_plain(path, MAX_CELL_BYTES)
    except (OSError, NotPlainFile):
        return None
    return text if len(text) <= MAX_CELL_BYTES else None


def written_module(cell: RawCell) -> str | None:
    """Return the name of the module that a cell writes, if it does."""
    match = _WRITTEN.match(cell.source)
    return match[1] if match else None


def modules_written(cells: Sequence[RawCell]) -> dict[str, str]:
    """Return the modules that cells of a notebook write, such as `%%writefile helper.py`."""
    written: dict[str, str] = {}
    for cell in cells:
        name = written_module(cell)
        if name and cell.role in (Role.WHOLE, Role.PARTS) and len(written) < MAX_MODULES:
            written[name] = cell.source.lstrip().partition("\n")[2]
    imported = {name for cell in cells for name in _IMPORTED.findall(cell.source)}
    imported |= {name for text in written.values() for name in _IMPORTED.findall(text)}
    return {name: text for name, text in written.items() if name in imported}


def readable_modules(modules: Modules, written: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the modules that are Python by name, and a note for each that is none."""
    sources: dict[str, str] = {}
    notes = []
    for name, text in [
        *((n, t.decode("utf-8-sig", "replace")) for n, t in modules),
        *written.items(),
    ]:
        source = text.replace("\r\n", "\n").replace("\r", "\n")
        try:
            parse(source)
        except NotPython as error:
            notes.append(
                f"{printable(name, 64)}.py must be Python. Received: {error.reason}, in line "
                f"{error.line}. This file was left out; correct that place."
            )
        else:
            sources[name] = source
    return sources, notes
