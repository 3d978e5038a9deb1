"""What is known of an exercise: a verdict for each check, kept as long as it holds."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from course_checks import source, words
from course_checks.listing import Listed, digest, list_checks
from course_checks.progress import BROKEN, NOT_WRITTEN, RIGHT

KEPT = ".progress.json"
_FIELDS = ("state", "words", "cause", "line", "missing", "direct", "uses")
_VERSION = 1


class Exercise:
    """One exercise: its checks, the student's file as it is now, and the verdicts.

    Args:
        tests: The file of its checks.
        kept: Verdicts from before, by the name of the check.
    """

    def __init__(self, tests: Path, kept: dict[str, Any]) -> None:
        self.tests = tests
        self.name = tests.stem[len("test_") :]
        self.path = tests.with_name(f"{self.name}.py")
        self.listed = list_checks(tests)
        self.verdicts = dict(kept)
        self.tree = ast.Module([], [])
        self.broken = self.file = ""
        self.digests: dict[str, str] = {}
        self.read()

    def read(self) -> None:
        """Read the student's file anew, and forget the verdicts that no longer hold."""
        self.broken = ""
        text = b""
        for _ in range(10):  # an editor may be about to write it
            try:
                text = self.path.read_bytes()
            except OSError:
                text = b""
            if text.strip():
                break
            time.sleep(0.02)
        try:
            self.tree = ast.parse(self.path.read_bytes())
            compile(self.tree, str(self.path), "exec", dont_inherit=True)
        except OSError as error:
            self.broken = words.no_file(self.path, error)
        except (SyntaxError, ValueError, RecursionError) as error:
            self.broken = words.no_python(self.path, error, text)
        self.file = hashlib.sha256(text).hexdigest()
        if self.broken:
            return
        self.digests = {one.name: digest(one, self.tree) for one in self.listed}
        for name, verdict in list(self.verdicts.items()):
            # Words of what is wrong name lines, which move with any change.
            moved = verdict["state"] != RIGHT and verdict.get("file") != self.file
            if self.digests.get(name) != verdict["digest"] or moved:
                del self.verdicts[name]
        functions = source.functions(self.tree)
        for one in self.listed:
            todo = [
                (name, text)
                for name in one.check.functions
                if name in functions and (text := source.todo(functions[name]))
            ]
            if todo:
                name, said = todo[0]
                self.put(one, {"state": NOT_WRITTEN, "words": f"{name}: {said}", "missing": name})

    def put(self, one: Listed, verdict: dict[str, Any]) -> None:
        """Take a verdict on a check of the file as it was last read."""
        given = {"words": "", "cause": "", "line": 0, "missing": "", "direct": [], "uses": []}
        given.update({key: verdict[key] for key in _FIELDS if key in verdict})
        self.verdicts[one.name] = {**given, "digest": self.digests[one.name], "file": self.file}

    def reports(self) -> list[Any]:
        """Return what is known as reports, in the order of the checks."""
        functions = source.functions(self.tree)
        lines = {name: node.lineno for name, node in functions.items()}
        found = []
        for one in self.listed:
            verdict = self.verdicts.get(one.name)
            if self.broken:
                verdict = {"state": BROKEN, "words": self.broken, "cause": "", "line": 0,
                           "missing": "", "direct": [], "uses": []}  # fmt: skip
            if verdict:
                about = {"exercise": self.name, "task": one.check.task, "when": "call"}
                about |= {"failed": verdict["state"] != RIGHT, "lines": lines}
                found.append(SimpleNamespace(**about, head_line=one.name, **verdict))
        return found

    def stale(self, task: str) -> list[Listed]:
        """Return the checks of a task that are still to be run."""
        if self.broken:
            return []
        return [o for o in self.listed if o.check.task == task and o.name not in self.verdicts]

    def tasks(self) -> list[str]:
        """Return the tasks in their order."""
        return list(dict.fromkeys(one.check.task for one in self.listed))


def load(root: Path) -> dict[str, Any]:
    """Return the verdicts that were kept; none if they cannot be read."""
    try:
        kept = json.loads((root / KEPT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_ours = isinstance(kept, dict) and kept.get("version") == _VERSION
    return kept["exercises"] if is_ours else {}


def keep(root: Path, exercises: list[Exercise]) -> None:
    """Write the verdicts down for another day."""
    known = load(root)
    known.update({one.name: one.verdicts for one in exercises})
    fresh = root / f"{KEPT}.{os.getpid()}"
    try:
        fresh.write_text(json.dumps({"version": _VERSION, "exercises": known}), encoding="utf-8")
        fresh.replace(root / KEPT)
    except OSError:
        fresh.unlink(missing_ok=True)  # a folder that cannot be written to: nothing is kept
