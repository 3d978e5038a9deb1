"""Removes what killed processes left in the temporary folder.

A sandbox keeps its sockets' ends, its log and a copy of our library in a folder there; a process
that is killed outright cannot remove it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path

_NAME = re.compile(r"autograder-[a-z0-9_]{8}")
# Its process may be about to start the sandbox that will name the folder.
_SETTLED_S = 300.0


def remove(folder: Path | None = None) -> list[Path]:
    """Remove the folders of sandboxes that no process uses any more, and return them.

    Args:
        folder: Where to look; the temporary folder if None.
    """
    if not sys.platform.startswith("linux"):
        return []
    commands = _commands()
    removed = []
    for path in (folder or Path(tempfile.gettempdir())).glob("autograder-*"):
        try:
            if not _is_ours(path) or os.fsencode(path) in commands:
                continue
            for target in path.glob("bind*"):
                target.rmdir()  # never rmtree: were a bind seen here, it would be the interpreter
            shutil.rmtree(path)
        except OSError:
            continue  # somebody else's, or just being removed
        removed.append(path)
    return removed


def _is_ours(path: Path) -> bool:
    """Whether this is a folder that a sandbox made some time ago, and nothing else is in it."""
    facts = path.lstat()
    return (
        _NAME.fullmatch(path.name) is not None
        and stat.S_ISDIR(facts.st_mode)
        and facts.st_uid == os.geteuid()
        and time.time() - facts.st_mtime >= _SETTLED_S
        and all(
            entry.name in ("library", "zygote.log") or entry.name.startswith(("bind", "tmp"))
            for entry in path.iterdir()
        )
        and ((path / "library/autograder/wire.py").is_file() or not any(path.glob("[!b]*")))
    )


def _commands() -> bytes:
    """The command lines of all processes; a sandbox's names its folder as long as it lives."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:
            continue
    return b"\0".join(found)
