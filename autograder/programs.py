"""The programs that this package starts, by paths that hold from every folder.

Python gives its own path as it was started: `../venv/bin/python` becomes a path through a folder
that a box does not have or that is gone by then, and one found by a relative entry of PATH stays
relative. A relative entry of PATH would also let a file that a student handed in be the program.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def without_steps_up(path: str) -> str:
    """Return an absolute path to the same place without `..`; of links it keeps what it can."""
    whole = Path(path).absolute()
    if ".." not in whole.parts:
        return str(whole)
    # Not by its text alone: above a folder that is a link lies something else.
    return str(whole.parent.resolve() / whole.name)


#: The running interpreter. A link at the end stays: a virtual environment is known by it.
INTERPRETER = without_steps_up(sys.executable)


def find_program(name: str) -> str | None:
    """Return the path of a program in an absolute folder of PATH, or None."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return shutil.which(name, path=os.pathsep.join(filter(os.path.isabs, folders)))
