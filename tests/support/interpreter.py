"""This interpreter with some of its installed packages taken away, and no variable handed down."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

#: The distribution's name is not that of its package.
AUTOGRADER = ("autograder", "keras_course_autograder")


class Interpreter:
    """Python with links to all installed packages but some.

    `-S` leaves site-packages out, and so every `.pth` file, by which an editable install adds its
    checkout. What is linked in `packages` comes back by PYTHONPATH.
    """

    def __init__(self, packages: Path, without: Sequence[str]) -> None:
        self.packages = packages
        packages.mkdir()
        for kind in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
            for path in Path(kind).iterdir():
                name = re.split(r"[-.]", path.name, maxsplit=1)[0]
                if name.lower() not in without and path.suffix != ".pth":
                    (packages / path.name).symlink_to(path)

    def run(
        self, *arguments: str, folder: Path, path: Sequence[Path] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run Python in `folder`, with `path` in front of its packages."""
        return subprocess.run(
            [sys.executable, "-S", *arguments],
            cwd=folder,
            env={
                "PATH": os.defpath,
                "HOME": str(self.packages.parent),
                "PYTHONPATH": os.pathsep.join(map(str, (*path, self.packages))),
                "COLUMNS": "80",
                "CUDA_VISIBLE_DEVICES": "-1",
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def lacks(self, name: str, folder: Path) -> bool:
        """Whether `import name` ends in ModuleNotFoundError."""
        done = self.run("-c", f"import {name}", folder=folder)
        return f"ModuleNotFoundError: No module named '{name}'" in done.stderr
