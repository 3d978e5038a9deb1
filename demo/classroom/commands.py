"""Runs nbgrader's commands as processes, two at a time, and tells how long each one took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

# Programs of the environment that runs us; nbgrader itself calls `alembic` from there.
PROGRAMS = Path(sys.executable).parent
WORKERS = 2


@dataclass(frozen=True)
class Command:
    """One nbgrader command: its arguments, and where and for whom it runs."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    person: str = "instructor"

    def __str__(self) -> str:
        return f"{self.person:<10}  nbgrader {' '.join(self.arguments)}"


class CommandError(Exception):
    """A command failed; the text holds its whole output."""


class Runner:
    """Runs commands and keeps their output as numbered files in `logs`."""

    def __init__(self, logs: Path, *, quiet: bool = False) -> None:
        self._logs = logs
        self._quiet = quiet
        self._start = time.monotonic()
        self._count = 0

    def say(self, text: str) -> None:
        """Print a line with the seconds since the start."""
        if not self._quiet:
            print(f"[{time.monotonic() - self._start:6.1f} s]  {text}", flush=True)

    def run(self, commands: Sequence[Command], workers: int = WORKERS) -> list[str]:
        """Run all commands, some side by side, and return what each one printed.

        Raises:
            CommandError: A command failed.
        """
        with ThreadPoolExecutor(max_workers=workers) as pool:
            futures = [pool.submit(self._run, command) for command in commands]
            try:
                return [future.result() for future in futures]
            except CommandError:
                pool.shutdown(cancel_futures=True)
                raise

    def _run(self, command: Command) -> str:
        began = time.monotonic()
        finished = subprocess.run(
            [str(PROGRAMS / "nbgrader"), *command.arguments],
            check=False,
            cwd=command.folder,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self._count += 1
        log = self._logs / f"{self._count:02}_{command.person}_{command.arguments[0]}.log"
        log.write_text(f"{command}\n{finished.stdout}", encoding="utf-8")
        self.say(f"{command}  ({time.monotonic() - began:.1f} s)")
        if finished.returncode != 0:
            raise CommandError(
                f"{command}\nended with status {finished.returncode}. It printed:\n\n"
                f"{finished.stdout}\nThe same text is in {log}."
            )
        return finished.stdout


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command: ours, with the programs beside this Python first."""
    path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, **changes}
