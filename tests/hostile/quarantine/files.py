"""Attacks as they lie on disk, and what each says of itself."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]
ATTACKS = FOLDER / "attacks"
HANDED_IN = FOLDER / "handed_in"
OUTCOMES = FOLDER / "naive_outcomes.json"
REPOSITORY = FOLDER.parents[1]
GROUPS = (
    *("forging", "patching", "peeking", "persistence", "poisoning", "channel"),
    *("deserialisation", "exhaustion", "tampering", "files", "network"),
)
_KEYS = frozenset(("shows", "tasks", "alone"))


@dataclass(frozen=True)
class Attack:
    """One file.

    Attributes:
        group: Its folder.
        name: The file's name without `.py`.
        says: The one sentence on what it attacks.
        shows: A word that stands in the report of an attack that did run.
        training: Whether trained models are asked for as well.
        alone: Whether nothing else may run meanwhile: it uses up the machine, or needs a memo
            that is empty.
        source: Python that is appended to the base, or that defines `tamper(notebook)`.
    """

    group: str
    name: str
    says: str
    shows: str
    training: bool
    alone: bool
    source: str

    @property
    def id(self) -> str:
        return f"{self.group}/{self.name}"

    @property
    def notebook(self) -> bool:
        return self.group == "tampering"

    @property
    def keras(self) -> bool:
        """Whether it needs Keras, which takes seconds to import."""
        return "import keras" in self.source

    @property
    def suffix(self) -> str:
        return ".ipynb" if self.notebook else ".py"


def attacks() -> list[Attack]:
    """Return all attacks, by group and name."""
    found = [_read(path) for group in GROUPS for path in sorted((ATTACKS / group).glob("*.py"))]
    others = {path.name for path in ATTACKS.iterdir()} - {*GROUPS, "__pycache__"}
    assert not others, f"An attack lies in a group's folder. Received: {sorted(others)}."
    return found


def _read(path: Path) -> Attack:
    source = path.read_text(encoding="utf-8")
    lines = (ast.get_docstring(ast.parse(source)) or "").splitlines() or [""]
    said = dict(line.split(": ", 1) for line in lines[2:] if line)
    assert said.keys() <= _KEYS, f"{path}: {sorted(said)} is unknown."
    return Attack(
        path.parent.name,
        path.stem,
        lines[0],
        # A notebook that is read in spite of all shows what its gates answer.
        said.get("shows", "9, 9, 9, 9" if path.parent.name == "tampering" else "ran"),
        said.get("tasks") == "training",
        said.get("alone") == "yes",
        source,
    )


def outcomes() -> dict[str, str]:
    """Return how each attack is known to beat the naive grader, by its id."""
    return dict(json.loads(OUTCOMES.read_text(encoding="utf-8")))


def handed_in(attack: Attack | None, room: Path, port: int, *, notebook: bool = False) -> bytes:
    """Return what is handed in: the base, with an attack in it or without."""
    base = (HANDED_IN / "base.py").read_text(encoding="utf-8")
    base = base.replace("__ROOM__", str(room)).replace("__PORT__", str(port))
    if attack is None and not notebook:
        return base.encode()
    if attack is not None and not attack.notebook:
        return f"{base}\n\n{attack.source}".encode()
    book = _base_notebook(base)
    if attack is not None:
        untouched = json.dumps(book)
        names: dict[str, Any] = {}
        exec(compile(attack.source, attack.id, "exec"), names)
        tamper: Callable[[dict[str, Any]], None] = names["tamper"]
        tamper(book)
        assert json.dumps(book) != untouched, f"{attack.id} changes nothing"
    return json.dumps(book).encode()


def _base_notebook(base: str) -> dict[str, Any]:
    """Return the base as a notebook: the course's own, of its first two tasks."""
    slug = "ex04_perceptron"
    book = json.loads((REPOSITORY / "source" / slug / f"{slug}.ipynb").read_text(encoding="utf-8"))
    cells = []
    for cell in book["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        source = "".join(cell["source"])
        if grade_id == "gates":
            source = base
        elif grade_id == "build_perceptron":
            source = "def build_perceptron():\n    return SAID\n"
        elif grade_id == "test_gates":
            source = source.partition("### BEGIN HIDDEN TESTS")[0]
        elif grade_id == "test_build_perceptron":
            source = "assert build_perceptron().count_params() == 3"  # without Keras
        elif cell["cell_type"] == "code":
            continue
        cells.append({**cell, "source": source})
        if grade_id == "test_build_perceptron":
            break
    return {**book, "cells": cells}
