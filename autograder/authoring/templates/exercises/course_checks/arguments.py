"""Reads the command line and the settings as a student means them."""

from __future__ import annotations

import difflib
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from course_checks.supervisor import Limits, Supervisor

OLDEST = (3, 11)
LIMITS = {
    "check_seconds": ("20", "seconds that a check may spend in the student's own lines"),
    "training_seconds": ("300", "seconds that a check may take in all, trainings included"),
}


def add(parser: Any) -> None:
    """Declare the settings."""
    for name, (default, text) in LIMITS.items():
        parser.addini(name, f"{text}; 0: no bound, and no process of its own", default=default)
    parser.addoption(
        "--watch", action="store_true", help="check again after each save, until you press q"
    )


def limit(config: Any, name: str) -> float:
    """Return a limit: the environment's, or that of `pytest.ini`.

    Raises:
        pytest.UsageError: It is no number.
    """
    text = os.environ.get(name.upper()) or config.getini(name)
    try:
        return max(0.0, float(text))
    except ValueError:
        raise pytest.UsageError(
            f"{name.upper()} is a number of seconds. Received: {text}. Try {LIMITS[name][0]}."
        ) from None


def correct(config: Any, root: Path) -> None:
    """Let each path name the checks that are meant.

    Args:
        config: pytest's.
        root: The folder of the exercises.

    Raises:
        pytest.UsageError: Python is too old, or nothing lies under a path.
    """
    if sys.version_info < OLDEST:
        wanted, has = (".".join(map(str, version[:2])) for version in (OLDEST, sys.version_info))
        raise pytest.UsageError(
            f"The exercises need Python {wanted} or newer. "
            f"Received: Python {has}, {sys.executable}. "
            "Install a newer one, and make the environment anew with it."
        )
    if hasattr(config, "workerinput"):
        return
    config.args[:] = [_meant(argument, Path.cwd(), root) for argument in config.args]


def _meant(argument: str, folder: Path, root: Path) -> str:
    name, separator, check = argument.partition("::")
    path = folder / name
    if not path.exists():
        # From inside `exercises/` its own name in front is one too many.
        shorter = root / Path(*Path(name).parts[1:]) if Path(name).parts[1:] else root
        beside = root / name
        if name and Path(name).parts[:1] == (root.name,) and shorter.exists():
            path = shorter
        elif name and beside.exists():
            path = beside
        else:
            raise pytest.UsageError(_nothing(argument, folder, root))
    tests = path.with_name(f"test_{path.name}")
    if path.suffix == ".py" and tests.is_file():  # the student's own file
        path = tests
    elif path.suffix == ".ipynb":
        raise pytest.UsageError(
            f"pytest checks .py files. Received: {name}. A notebook's checks are its folded cells: "
            f"run it in JupyterLab, or check the .py file: pytest {root.name}"
        )
    elif path == folder / name:
        return argument
    return f"{path}{separator}{check}"


def _nothing(argument: str, folder: Path, root: Path) -> str:
    names = sorted(path.parent.name for path in root.glob("*/test_*.py"))
    close = _close(argument.partition("::")[0], names)
    here = os.path.relpath(root, folder)
    one = (close or names or ["."])[0]
    command, example = f"pytest {here}", f"pytest {Path(here) / one}"
    if here == ".":
        command, example = "pytest", f"pytest {one}"
    if close:
        return (
            f"Each exercise is a folder of {root}. Received: {argument}, and nothing of that name "
            f"in {folder}. Did you mean {one}? Run `{example}`, or `{command}` for all exercises."
        )
    return (
        f"Checks lie in {root}. Received: {argument}, and nothing of that name in {folder}. "
        f"Run `{command}` for all exercises, or `{example}` for one."
    )


def _close(argument: str, names: list[str]) -> list[str]:
    """Return the exercises that a mistyped path may mean: by number, by a part, by spelling."""
    for part in reversed([part for part in argument.lower().split("/") if part]):
        stem = part.removeprefix("test_").removesuffix(".py")
        number = re.match(r"(?:ex)?0*(\d+)(?!\d)", stem)
        found = [name for name in names if number and re.match(rf"ex0*{number[1]}(?!\d)", name)]
        found = found or [name for name in names if len(stem) > 2 and stem in name]
        if found := found or difflib.get_close_matches(stem, names, n=1, cutoff=0.7):
            return found
    return []


def watch(config: Any, root: Path) -> int | None:
    """Watch the exercises that the command line names, if that is asked for."""
    if not config.option.watch:
        return None
    if capture := config.pluginmanager.getplugin("capturemanager"):
        capture.stop_global_capturing()
    from course_checks import watching

    return watching.watch(root, config.args)


def supervisor(session: Any) -> Supervisor | None:
    """Return who watches the checks; None where they run in this process.

    That is in the watched process itself, under a debugger, and where no limit is wanted.
    """
    config = session.config
    limits = Limits(limit(config, "check_seconds"), limit(config, "training_seconds"))
    is_worker = any(
        type(plugin).__name__ == "Runner" for plugin in config.pluginmanager.get_plugins()
    )
    if is_worker or not session.items or not limits.check_s or not limits.training_s:
        return None
    if config.option.collectonly or config.getoption("usepdb") or is_debugged():
        return None
    reporter = config.pluginmanager.getplugin("terminalreporter")
    terminal = reporter is not None and sys.stdout.isatty()
    show = config.option.capture == "no"
    return Supervisor(
        worker_arguments(config, sorted({str(item.path) for item in session.items})),
        limits,
        show=show,
        tell=lambda line: reporter.write_line(f"\n{line}") if terminal else None,
    )


def worker_arguments(config: Any, files: list[str]) -> list[str]:
    """Return pytest's arguments in the process in which checks run: what is chosen here, is not."""
    settings = ["-o", "addopts=", "--assert=plain", "--rootdir", str(config.rootpath)]
    if config.inipath is not None:
        settings += ["-c", str(config.inipath)]
    for name in ("no:terminal", "no:cacheprovider", "no:warnings", *config.option.plugins):
        settings += ["-p", name]
    settings += [
        "--import-mode",
        config.getoption("importmode"),
        "--capture",
        config.option.capture,
    ]
    return [*settings, *files]


def is_debugged() -> bool:
    """Whether a debugger holds this process, which could not follow into another."""
    if sys.gettrace() is not None and "coverage" not in sys.modules:
        return True
    return any(name in sys.modules for name in ("pydevd", "debugpy")) and bool(
        getattr(sys.modules.get("pydevd"), "connected", True)
    )
