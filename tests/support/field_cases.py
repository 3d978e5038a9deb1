"""Notebooks as students bring them: a right one, and what happens to such notebooks."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from repository import ROOT

FIELD = ROOT / "tests" / "submission" / "field"
RIGHT = json.loads(
    (FIELD / "renamed_copy1" / "ex04_perceptron-Copy1.ipynb").read_text(encoding="utf-8")
)
#: Tasks that train nothing, with what a right answer earns; the other tasks' cells are taken out.
FULL = {"gates": 3, "build_perceptron": 2, "decision_lines": 3}
_TRAINED = ("train_gate", "xor_failure", "xor_network", "plot_decision")

Cell = dict[str, Any]
Cells = list[Cell]


@dataclass(frozen=True)
class Case:
    """A notebook that somebody handed in: `change` makes it out of the right one.

    `lost` are the points that it may lose, by task; `note` is part of what its notes say.
    """

    change: Callable[[Cells], object]
    lost: tuple[tuple[str, int], ...] = ()
    note: str = ""


def right_cells() -> Cells:
    """The right notebook's cells, but for those of the tasks that train, and all demos."""
    cells = []
    for cell in copy.deepcopy(RIGHT["cells"]):
        source = cell["source"] = "".join(cell["source"])
        if id_of(cell).removeprefix("test_") in _TRAINED or source.startswith("if __name__"):
            continue
        cells.append(cell)
    return cells


def content_of(cells: Cells, **changes: object) -> bytes:
    """The notebook's bytes."""
    return json.dumps({**RIGHT, "cells": cells, **changes}).encode()


def id_of(cell: Cell) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def find(cells: Cells, grade_id: str) -> Cell:
    return next(cell for cell in cells if id_of(cell) == grade_id)


def place(cells: Cells, grade_id: str) -> int:
    return next(i for i, cell in enumerate(cells) if id_of(cell) == grade_id)


def own(source: str, kind: str = "code") -> Cell:
    """A cell that a student added."""
    cell: Cell = {"cell_type": kind, "id": "own", "metadata": {}, "source": source}
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell


def stub(cells: Cells, grade_id: str) -> str:
    """Put the stub back into an answer cell, and return the answer that was there."""
    cell = find(cells, grade_id)
    answer: str = cell["source"]
    lines = answer.split("\n")
    heads = [line for line in lines if line.startswith("def ")]
    cell["source"] = "\n\n\n".join(
        f"{head}\n    # YOUR CODE HERE\n    raise NotImplementedError()" for head in heads
    )
    return answer


def text(cell: Cell, kind: str = "markdown") -> Cell:
    """The cell as text, as one key too many makes it."""
    cell["cell_type"] = kind
    for name in ("execution_count", "outputs"):
        cell.pop(name, None)
    return cell


def _before(cells: Cells, grade_id: str, *sources: str) -> None:
    at = place(cells, grade_id)
    cells[at:at] = [own(source) for source in sources]


def _use(cells: Cells, value: str) -> None:
    """Have `and_gate` need the global `value`, which must be true."""
    cell = find(cells, "gates")
    cell["source"] = cell["source"].replace("int(a == 1 and b == 1)", f"int(a and b and {value})")


def _needing(value: str, *sources: str, below: bool = False) -> Callable[[Cells], object]:
    """Have an answer need `value`, which cells of the student's own above (or below) work out."""

    def change(cells: Cells) -> None:
        _use(cells, value)
        if below:
            cells += [own(source) for source in sources]
        else:
            _before(cells, "gates", *sources)

    return change


def _answer(change: Callable[[str], str]) -> Callable[[Cells], object]:
    """Change the text of the answer `gates`."""

    def changed(cells: Cells) -> None:
        cell = find(cells, "gates")
        cell["source"] = change(cell["source"])

    return changed


def _end(*sources: str) -> Callable[[Cells], object]:
    return lambda cells: cells.extend(own(source) for source in sources)


def _imports(cells: Cells) -> Cell:
    return next(cell for cell in cells if "import numpy as np" in cell["source"])


# Answers that are somewhere else -------------------------------------------------------------


def answer_is_raw(cells: Cells) -> None:
    text(find(cells, "gates"), "raw")


def answer_is_fenced_markdown(cells: Cells) -> None:
    cell = text(find(cells, "gates"))
    cell["source"] = f"```python\n{cell['source']}\n```"


def answer_is_text_without_marks(cells: Cells) -> None:
    answer = stub(cells, "gates")
    cells.append(own(answer, "markdown"))


def helper_is_text(cells: Cells) -> None:
    _use(cells, "TABLE['one']")
    cells.insert(place(cells, "gates"), own("TABLE = {'one': 1}", "markdown"))


def answer_below_in_own_cell(cells: Cells) -> None:
    cells.append(own(stub(cells, "gates")))


def answer_above_in_own_cell(cells: Cells) -> None:
    answer = stub(cells, "gates")
    _before(cells, "gates", answer)


def answer_between_cell_and_checks(cells: Cells) -> None:
    answer = stub(cells, "gates")
    _before(cells, "test_gates", answer)


def stub_pasted_at_the_end(cells: Cells) -> None:
    cell = copy.deepcopy(find(cells, "gates"))
    stub([cell], "gates")
    cells.append(cell)


def answer_cell_deleted_answer_in_checks(cells: Cells) -> None:
    answer = find(cells, "gates")
    cells.remove(answer)
    checks = find(cells, "test_gates")
    checks["source"] = f"{checks['source']}\n\n{answer['source']}"


def checks_merged_below_answer(cells: Cells) -> None:
    checks = find(cells, "test_gates")
    cells.remove(checks)
    answer = find(cells, "gates")
    answer["source"] = f"{answer['source']}\n\n{checks['source']}"


def checks_merged_above_answer(cells: Cells) -> None:
    checks = find(cells, "test_gates")
    cells.remove(checks)
    answer = find(cells, "build_perceptron")
    answer["source"] = f"{checks['source']}\n\n{answer['source']}"


def answer_in_checks_of_another_task(cells: Cells) -> None:
    answer = stub(cells, "build_perceptron")
    checks = find(cells, "test_gates")
    checks["source"] = f"{answer}\n\n{checks['source']}"


def answer_split_in_two(cells: Cells) -> None:
    at = place(cells, "gates")
    first, second = copy.deepcopy(cells[at]), copy.deepcopy(cells[at])
    head, _, tail = cells[at]["source"].partition("def or_gate")
    first["source"], second["source"] = head, "def or_gate" + tail
    cells[at : at + 1] = [first, second]


def all_marks_lost(cells: Cells) -> None:
    for cell in cells:
        cell["metadata"] = {}


def cells_moved_to_the_end(cells: Cells) -> None:
    cells.append(cells.pop(place(cells, "gates")))


def methods_bound_by_a_call(cells: Cells) -> None:
    answer = stub(cells, "gates").replace("\n", "\n    ").replace("def ", "@staticmethod\n    def ")
    names = "\n".join(f"{name} = Gates().{name}" for name in ("and_gate", "or_gate", "xor_gate"))
    _before(cells, "test_gates", f"class Gates:\n    {answer}\n\n{names}")


# The course's own cells ----------------------------------------------------------------------


def imports_deleted(cells: Cells) -> None:
    cells.remove(_imports(cells))


def imports_are_text(cells: Cells) -> None:
    text(_imports(cells))


def imports_broken(cells: Cells) -> None:
    _imports(cells)["source"] += "\n%matplotlib inline\nx = ="


# What answers need ---------------------------------------------------------------------------

READ = (
    "import io\nwith io.StringIO('1 2') as file:\n    ROWS = [int(x) for x in file.read().split()]"
)
ASYNC = "async def load():\n    return [1]\n\nDATA = await load()"
COUNTER = "COUNT = 0\ndef step():\n    global COUNT\n    COUNT += 1\n    return COUNT"
SETTER = "def setup():\n    global LIMIT\n    LIMIT = max([1])\n\nsetup()"
FILLER = "def fill(table):\n    table['one'] = 1\n\nTABLE = {}\nfill(TABLE)"


def two_helpers_of_one_name(cells: Cells) -> None:
    for grade_id, value in (("gates", 1), ("decision_lines", 0)):
        cell = find(cells, grade_id)
        cell["source"] = (
            f"def _check(x):\n    assert x == {value}\n    return 1\n\n" + cell["source"]
        )
    _use(cells, "_check(1)")
    cell = find(cells, "decision_lines")
    cell["source"] = cell["source"].replace("    kernel, bias", "    _check(0)\n    kernel, bias")


def _later_builtin(cells: Cells) -> None:
    _use(cells, "max(1, 0)")
    cells += [own("max = 0\nint = 'seven'\nsum = [x for x in (1,)]")]


def _course_name_from_itself(cells: Cells) -> None:
    cells.remove(_imports(cells))
    _use(cells, "len(INPUTS) == 4")
    cells.append(own("INPUTS = INPUTS[:2]"))


def demo_needs_long(cells: Cells) -> None:
    """Demos that nothing needs do not run: these would take too long, or end the process."""
    cells.append(own("import os\nwhile len(AND) == 4:\n    pass\nos._exit(1)\nplot = os.abort()"))


CASES = {
    "answer is raw": Case(answer_is_raw, note="Cell 5 (gates) is raw text"),
    "answer is fenced Markdown": Case(answer_is_fenced_markdown, note="(gates) is Markdown"),
    "answer is text without marks": Case(
        answer_is_text_without_marks, note="Cell 17 (gates) is a cell of text"
    ),
    "helper is text": Case(helper_is_text, note="`TABLE` in it counts"),
    "answer below in an own cell": Case(answer_below_in_own_cell),
    "answer above in an own cell": Case(answer_above_in_own_cell),
    "answer between cell and checks": Case(answer_between_cell_and_checks),
    "stub pasted at the end": Case(stub_pasted_at_the_end, note="all carry the id gates"),
    "answer cell deleted": Case(answer_cell_deleted_answer_in_checks, note="check cell"),
    "checks merged below answer": Case(checks_merged_below_answer),
    "checks merged above answer": Case(checks_merged_above_answer),
    "answer in another task's checks": Case(
        answer_in_checks_of_another_task,
        note="Cell 6 (build_perceptron) is the course's check cell",
    ),
    "answer split in two": Case(answer_split_in_two, note="all carry the id gates"),
    "all marks lost": Case(all_marks_lost, note="nbgrader's marks"),
    "cell moved to the end": Case(cells_moved_to_the_end),
    "methods bound by a call": Case(methods_bound_by_a_call),
    "imports deleted": Case(imports_deleted, note="put back for marking"),
    "imports are text": Case(imports_are_text, note="put back for marking"),
    "imports broken": Case(imports_broken, note="put back for marking"),
    "value of a call": Case(
        _needing("RATE", "SETTINGS = {'rate': 1}\nRATE = SETTINGS.get('rate')")
    ),
    "value of a comprehension": Case(_needing("ONES[0]", "ONES = [x for x in (1, 2)]")),
    "value of a chain of cells": Case(
        _needing("C", "A = [x for x in (1,)]", "B = A.copy()", "C = B.pop()")
    ),
    "value of a loop": Case(
        _needing("TABLE['one']", "TABLE = {}\nfor name in ['one']:\n    TABLE[name] = 1")
    ),
    "value of a with": Case(_needing("ROWS[0]", READ)),
    "value below": Case(_needing("RATE", "RATE = dict(rate=1).get('rate')", below=True)),
    "value of a list that grows": Case(_needing("ROWS[0]", "ROWS = []\nROWS.append(1)")),
    "value of a function that sets it": Case(_needing("LIMIT", SETTER)),
    "value of a function that fills it": Case(_needing("TABLE['one']", FILLER)),
    "value under the main guard": Case(
        _needing("RATE", "if __name__ == '__main__':\n    RATE = sum([1])")
    ),
    "answer under the main guard": Case(
        _answer(
            lambda s: "if __name__ == '__main__':\n" + "\n".join(f"    {x}" for x in s.split("\n"))
        )
    ),
    "a name of Python's own bound later": Case(_later_builtin),
    "a course's name bound from itself": Case(_course_name_from_itself, note="put back"),
    "value of an await": Case(_needing("DATA[0]", ASYNC)),
    "value of a timed line": Case(_needing("RATE", "%time RATE = sum([1])")),
    "value by a star import": Case(_needing("int(cos(0.0))", "from math import *")),
    "a module that a cell writes": Case(
        _needing("helper.one()", "%%writefile helper.py\ndef one():\n    return 1", "import helper")
    ),
    "global state": Case(_needing("step()", COUNTER)),
    "import that fails above": Case(
        _answer(lambda s: f"from google.colab import drive\ndrive.mount('/x')\n{s}"),
        note="(gates) stopped with ModuleNotFoundError",
    ),
    "assertion that fails above": Case(
        _answer(lambda s: f"assert False, 'try'\n{s}"), note="stopped with AssertionError: try"
    ),
    "display": Case(_answer(lambda s: f"display(1)\n{s}".replace("return", "display(a); return"))),
    "await between": Case(
        _answer(
            lambda s: (
                f"import asyncio\ntask = asyncio.create_task(asyncio.sleep(0))\nawait task\n{s}"
            )
        )
    ),
    "magics": Case(
        _answer(lambda s: f"%%time\n!pip install keras\n%matplotlib inline\n{s}"),
        note="Magic and shell lines do not count.",
    ),
    "all lines indented": Case(_answer(lambda s: "\n".join(f"  {line}" for line in s.split("\n")))),
    "prompts copied": Case(
        _answer(
            lambda s: "\n".join(
                f"{'... ' if i else '>>> '}{x}" for i, x in enumerate(s.split("\n"))
            )
        )
    ),
    "a course's constant overwritten later": Case(_end("INPUTS = INPUTS[:2]\nAND = 'and'")),
    "a course's constant changed in place later": Case(_end("INPUTS[:] = 7\nnp = None")),
    "a function redefined later": Case(
        _end("def and_gate(a, b):\n    return 'a scratch'"), note="gives `and_gate` another value"
    ),
    "a course's name deleted later": Case(_end("del np, keras")),
    "helpers of one name in two tasks": Case(two_helpers_of_one_name),
    "demos that never end": Case(demo_needs_long),
}
