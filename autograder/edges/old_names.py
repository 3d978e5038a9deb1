"""The names that an earlier release had for what a site's own settings may name.

They work for one release more, each with a warning that says the new one. Then this file goes,
and what calls it in `edges/__init__.py`, `nbgrader/__init__.py`, `nbgrader/sanitize.py` and
`nbgrader/converter.py`.
"""

from __future__ import annotations

import importlib
import logging
import sys
from types import ModuleType
from typing import Any

_LOG = logging.getLogger("autograder")
_EDGES = "autograder.edges"
_NBGRADER = f"{_EDGES}.nbgrader"
# For each old module, what each of its names is called now.
_MOVED = {
    f"{_EDGES}.collect": {"Collect": f"{_NBGRADER}.collect.Collect"},
    f"{_EDGES}.finished": {"FinishedOnly": f"{_NBGRADER}.feedback.FinishedOnly"},
    f"{_EDGES}.harmless": {"HarmlessCells": f"{_NBGRADER}.sanitize.SanitizeCells"},
    _NBGRADER: {
        "GradeSubmission": f"{_NBGRADER}.preprocessors.GradeSubmission",
        "SaveReport": f"{_NBGRADER}.preprocessors.SaveReport",
    },
    f"{_NBGRADER}.sanitize": {"HarmlessCells": f"{_NBGRADER}.sanitize.SanitizeCells"},
    f"{_EDGES}.restore": {
        "RestoreCells": f"{_NBGRADER}.repair.RestoreCells",
        "SubmissionExporter": f"{_NBGRADER}.exporter.SubmissionExporter",
    },
}
# Old modules that still exist: they pass on only the names that have left them.
_STANDING = (_NBGRADER, f"{_NBGRADER}.sanitize")
# Modules that are named as a whole, as by Dask's `--preload`.
_MOVED_WHOLE = {f"{_EDGES}.cluster_worker": f"{_EDGES}.cluster.worker"}

_warned: set[str] = set()


class _OldModule(ModuleType):
    """A module that is no longer there; what it held comes from where it is now."""

    def __getattr__(self, name: str) -> Any:
        return moved(self.__name__, name)


def install() -> None:
    """Let the old modules be imported; what they held is imported when it is used."""
    for name in (*_MOVED, *_MOVED_WHOLE):
        if name not in _STANDING:
            module = sys.modules.setdefault(name, _OldModule(name, "Moved: see `old_names`."))
            setattr(sys.modules[_EDGES], name.rpartition(".")[2], module)


def moved(module: str, name: str) -> Any:
    """Return what `name` of an old module is now, and warn once of the old name.

    Raises:
        AttributeError: The module never had that name, or no setting could name it.
    """
    old = f"{module}.{name}"
    new = new_name(old)
    # Python itself asks a module for names of its own.
    if new == old or name.startswith("__"):
        raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)
    place, _, new_attribute = new.rpartition(".")
    value = getattr(importlib.import_module(place), new_attribute)
    _warn_once(*((module, _MOVED_WHOLE[module]) if module in _MOVED_WHOLE else (old, new)))
    return value


def new_name(dotted: str) -> str:
    """Return the new name of what a setting names, which most often is the name itself."""
    module, _, name = dotted.rpartition(".")
    if module in _MOVED_WHOLE:
        return f"{_MOVED_WHOLE[module]}.{name}"
    return _MOVED.get(module, {}).get(name, dotted)


def _warn_once(old: str, new: str) -> None:
    if old not in _warned:
        _warned.add(old)
        _LOG.warning(
            "%s is now called %s. The old name works in this release for the last time: "
            "write the new one where it stands, such as in nbgrader_config.py.",
            old,
            new,
        )
