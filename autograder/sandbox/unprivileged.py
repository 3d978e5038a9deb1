"""Command lines wrapped so that an unprivileged user reaches what lies where only root can."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import autograder
from autograder.errors import SandboxError
from autograder.programs import INTERPRETER
from autograder.sandbox import uid_pool


def as_unprivileged(argv: list[str], bwrap: str, folders: list[str], scratch: Path) -> list[str]:
    """Wrap `argv` so that root's `folders` are reachable after root's rights are given up."""
    staged = {}
    for number, folder in enumerate(folders):
        staged[folder] = str(scratch / f"bind{number}")
        os.mkdir(staged[folder])
    moved = list(argv)
    for index, word in enumerate(argv):
        if word == "--ro-bind" and argv[index + 1] in staged:
            moved[index + 1] = staged[argv[index + 1]]
    for folder, target in staged.items():
        if bwrap.startswith(folder + "/"):
            moved[0] = target + bwrap.removeprefix(folder)
    return _launch(moved, binds=list(staged.items()), uid=uid_pool.BOX_UID)


def reachable(argv: list[str], folders: list[str]) -> list[str]:
    """Wrap `argv` so that other users can reach `folders`, should something bar their way.

    Raises:
        SandboxError: A folder itself is not readable by other users.
    """
    barred = set()
    for folder in folders:
        if not _open_to_all(folder):
            raise SandboxError(
                "Boxes run as an unprivileged user, who must be able to read the interpreter. "
                f"Received: {folder} is for its owner alone. Allow it: chmod -R go+rX {folder}"
            )
        barred |= {str(above) for above in Path(folder).parents if not _open_to_all(str(above))}
    covered = [path for path in sorted(barred) if not barred & set(map(str, Path(path).parents))]
    if not covered:
        return argv
    inside = [folder for folder in folders if barred & set(map(str, Path(folder).parents))]
    return _launch(argv, binds=[(folder, folder) for folder in inside], covered=covered)


def _open_to_all(folder: str) -> bool:
    return os.stat(folder).st_mode & 0o005 == 0o005


def _launch(
    argv: list[str],
    *,
    binds: list[tuple[str, str]],
    covered: Sequence[str] = (),
    uid: int | None = None,
) -> list[str]:
    plan = {"binds": binds, "covered": list(covered), "uid": uid, "argv": argv}
    # By its path, so that a checkout that was never installed serves as well.
    package = str(Path(autograder.__file__).parent.parent)
    start = (
        f"import sys; sys.path.insert(0, {package!r}); "
        "from autograder.sandbox.launch import main; main()"
    )
    return [INTERPRETER, "-I", "-B", "-c", start, json.dumps(plan)]
