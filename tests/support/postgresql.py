"""A PostgreSQL server for tests: of the system's own programs, in a folder, on a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """The folder of the server's programs, as Debian and others have it; None where there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


def account() -> str | None:
    """Who may run a server: nobody may as root. Empty is who we are; None where there is none."""
    if os.geteuid():
        return ""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@contextmanager
def postgresql(bin_folder: Path) -> Iterator[str]:
    """Run a server while the block lasts, and yield the URL of an empty database.

    Args:
        bin_folder: `programs()`.
    """
    name = account()
    # The path of a socket is short: no folder of pytest's.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    prefix = [
        "setpriv",
        f"--reuid={name}",
        f"--regid={pwd.getpwnam(name).pw_gid}",
        "--clear-groups",
    ]
    prefix = prefix if name else []
    if name:
        shutil.chown(folder, name)

    def run(program: str, *arguments: str) -> None:
        command = [*prefix, str(bin_folder / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    data, options = folder / "data", f"-c listen_addresses='' -c unix_socket_directories={folder}"
    try:
        run("initdb", "-D", str(data), "-U", "grader", "-A", "trust", "-N")
        start = ("-w", "-t", "120", "-l", str(folder / "log"), "-o", f"{options} -F")
        run("pg_ctl", "-D", str(data), *start, "start")
        try:
            yield f"postgresql+psycopg://grader@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
