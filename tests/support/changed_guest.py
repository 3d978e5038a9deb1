"""Sandboxes whose guest code was changed on its way into the box, as on a machine that lacks something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.sandbox import zygote
from autograder.sandbox.guest_copy import copy_guest

#: No filter of system calls can be built: a module of this name comes before the installed one.
NO_SECCOMP = {"pyseccomp.py": "raise ImportError\n"}
NO_LANDLOCK = {"autograder/guest/confine/landlock.py": "\n\ndef version():\n    return 0\n"}
#: Bubblewrap starts, and a box inside of it gets no namespaces.
NO_NAMESPACES = {
    "autograder/guest/confine/confinement.py": "\n\ndef leave_namespaces():\n    raise OSError\n"
}


@contextmanager
def appended(lines: Mapping[str, str]) -> Iterator[None]:
    """Have zygotes that start meanwhile find lines at the ends of files, by their names."""

    def copy(scratch: Path) -> Path:
        library = copy_guest(scratch)
        for name, text in lines.items():
            with (library / name).open("a", encoding="utf-8") as file:
                file.write(text)
            (library / name).chmod(0o644)
        return library

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zygote, "copy_guest", copy)
        yield
