"""The names of a submission: cells make them, bounded in time, and each task sees its own."""

import time

import pytest

from autograder.evidence import transcript
from autograder.evidence.transcript import Transcript
from autograder.records import Exercise, Limits, StagedCell, Workdir
from autograder.sandbox.client import Sandbox

PROBE = """
def ask_first(student, inputs):
    student.call("value", key="first")

def ask_second(student, inputs):
    student.call("value", key="second")
"""
VALUE = StagedCell("cell 9", "def value():\n    return NAME", apart=True)


def run(sandbox: Sandbox, *cells: StagedCell, **limits: float) -> Transcript:
    exercise = Exercise("ex", "", ("first", "second"), limits=Limits(**limits))
    return transcript.run(sandbox, exercise, Workdir("ex", cells), {}, 1, probe=PROBE)


def cell(source: str, *ends: str) -> StagedCell:
    return StagedCell("cell 1", source, apart=True, ends=ends)


def values(said: Transcript) -> list[object]:
    return [said.answers[key].value for key in ("first", "second")]


def test_each_task_sees_the_names_as_its_own_cells_left_them(sandbox):
    """A name that is bound anew further down has its earlier value for an earlier task."""
    cells = (VALUE, cell("NAME = 1", "first"), cell("NAME = 2", "second"), cell("NAME = 3"))
    assert values(run(sandbox, *cells)) == [1, 2]


def test_a_function_too_is_the_one_that_its_task_saw(sandbox):
    """Helpers of the same name in two tasks' cells do not meet."""
    helped = StagedCell("cell 9", "def value():\n    return help_()", apart=True)
    one, two = (f"def help_():\n    return {number}" for number in (1, 2))
    assert values(run(sandbox, helped, cell(one, "first"), cell(two, "second"))) == [1, 2]


def test_what_is_bound_further_down_alone_is_seen_by_all(sandbox):
    """Cells may be run in any order at home, so that a helper may stand below its use."""
    assert values(run(sandbox, VALUE, cell("", "first"), cell("NAME = 3", "second"))) == [3, 3]


def test_state_that_calls_change_goes_on(sandbox):
    """Only what cells bound anew is turned back, not what a function's calls did."""
    counting = "NAME = 0\ndef value():\n    global NAME\n    NAME += 1\n    return NAME"
    assert values(run(sandbox, cell(counting, "first", "second"))) == [1, 2]


def test_a_statement_that_raises_stops_no_other(sandbox):
    """Each statement of a notebook's cell runs by itself; three of its failures are told."""
    said = run(sandbox, VALUE, cell("\n".join(["1 / 0"] * 9) + "\nNAME = 4"))
    assert values(said) == [4, 4]
    assert [failed.error.type for failed in said.failures] == ["ZeroDivisionError"] * 3


def test_a_script_stops_where_it_raises(sandbox):
    """A script is run as Python runs it."""
    said = run(sandbox, StagedCell("work.py", "NAME = 1\n1 / 0\ndef value():\n    return NAME"))
    assert said.answers["first"].outcome == "missing"


@pytest.mark.parametrize(
    "source",
    [
        "async def load():\n    return 5\nNAME = await load()",
        "import asyncio\ntask = asyncio.create_task(asyncio.sleep(0, 5))\nNAME = await task",
        "async def each():\n    yield 5\nasync for NAME in each():\n    pass",
        "async def each():\n    yield 5\n[NAME] = [x async for x in each()]",
    ],
)
def test_a_notebook_may_await(sandbox, source):
    """What Jupyter runs outside of functions runs here as well, in one loop."""
    said = run(sandbox, VALUE, cell(source))
    assert said.failures == () and values(said) == [5, 5]


def test_a_statement_that_never_ends_costs_its_own_time_alone(sandbox):
    """It is stopped after a call's time; what a busy machine decided is not kept."""
    said = run(sandbox, VALUE, cell("while True: pass\nNAME = 6"), call_timeout_s=1.0)
    assert values(said) == [6, 6]
    assert [failed.error.type for failed in said.failures] == ["CallTimedOut"]
    assert not said.repeatable


def test_all_cells_together_have_half_of_the_time(sandbox):
    """However many statements never end, the tasks are asked."""
    started = time.monotonic()
    loops = [cell("\n".join(["while True: pass"] * 3)) for _ in range(4)]
    said = run(sandbox, VALUE, *loops, cell("NAME = 7"), call_timeout_s=2.0, timeout_s=12.0)
    assert values(said) == [7, 7]
    assert time.monotonic() - started < 12


def test_display_is_there_in_a_notebook(sandbox):
    """Jupyter gives a notebook `display` without an import."""
    assert values(run(sandbox, VALUE, cell("display(1, metadata={})\nNAME = 8"))) == [8, 8]


CHANGING = """
import numpy as np
TABLE, NAMES, BY_NAME, PAIR = np.array([0, 1]), ["a", ["b"]], {"c": [1]}, (np.zeros(2), {1})
SAME = TABLE

def value():
    seen = [TABLE.tolist(), list(NAMES), NAMES[1][:], dict(BY_NAME), PAIR[0].tolist(), sorted(PAIR[1])]
    seen = repr([seen, SAME is TABLE])
    TABLE[:] = 7
    NAMES[1].append("d")
    NAMES.append("e")
    BY_NAME["c"].append(2)
    BY_NAME["f"] = 3
    PAIR[0][:] = 7
    PAIR[1].add(2)
    return seen
"""


def test_what_a_task_does_to_a_constant_ends_with_it(sandbox):
    """Arrays, lists, dictionaries and sets have their contents again in the next task, in place."""
    first, second = values(run(sandbox, cell(CHANGING, "first", "second")))
    assert first == "[[[0, 1], ['a', ['b']], ['b'], {'c': [1]}, [0.0, 0.0], [1]], True]"
    assert second == first


def test_a_function_that_changes_its_own_list_keeps_it_within_a_task(sandbox):
    """A memory of earlier calls is the student's own affair, until the next task."""
    probe = PROBE.replace('key="first")', 'key="one")\n    student.call("value", key="first")')
    source = "SEEN = []\ndef value():\n    SEEN.append(1)\n    return len(SEEN)"
    exercise = Exercise("ex", "", ("first", "second"))
    cells = Workdir("ex", (cell(source, "first", "second"),))
    assert values(transcript.run(sandbox, exercise, cells, {}, 1, probe=probe)) == [2, 1]


def test_right_functions_are_lent_with_constants_as_the_cells_left_them(sandbox):
    """What the submission's own function did to them does not count against its caller."""
    source = (
        "import numpy as np\nTABLE = np.array([0, 1])\n"
        "def helper(table):\n    table[:] = 5\n    return 0\n"
        "def value():\n    return helper(TABLE) + int(TABLE[1])\n"
    )
    probe = (
        'def ask_first(student, inputs):\n    student.call("value", key="own")\n'
        "    with student.lent(helper=lambda table: 0):\n"
        '        student.call("value", key="first")\n'
    )
    exercise = Exercise("ex", "", ("first",))
    said = transcript.run(sandbox, exercise, Workdir("ex", (cell(source),)), {}, 1, probe=probe)
    assert [said.answers[key].value for key in ("own", "first")] == [5, 1]


def test_a_later_cell_that_changes_a_constant_costs_no_earlier_task(sandbox):
    """In place or by a new name: each task sees what its own cells left."""
    cells = (VALUE.source.replace("NAME", "NAME[0]"), "NAME = [1]", "NAME[0] = 2")
    made = [cell(cells[0]), cell(cells[1], "first"), cell(cells[2], "second")]
    assert values(run(sandbox, *made)) == [1, 2]


def test_a_constant_that_is_made_further_down_hides_no_earlier_value(sandbox):
    """A number that a later cell made a list of, and a name of Python's own that it bound."""
    value = cell("def value():\n    return [NAME, sum([1, 2])]")
    cells = (value, cell("NAME = 1", "first"), cell("NAME, sum = [2], list", "second"))
    assert values(run(sandbox, *cells)) == [[1, 3], [[2], [1, 2]]]
    cells = (value, cell("NAME = 1", "first", "second"), cell("NAME, sum = [2], [3]"))
    assert values(run(sandbox, *cells)) == [[1, 3], [1, 3]]


def test_keys_of_the_student_s_own_kind_are_left_alone(sandbox):
    """To put them back, their code would run where no call is timed."""
    source = (
        "class Key:\n    def __hash__(self):\n        assert not CLOSED\n        return 1\n"
        "CLOSED = False\nTABLE, MEMBERS = {Key(): 1}, {Key()}\n"
        "def value():\n    global CLOSED\n    CLOSED = True\n    return len(TABLE) + len(MEMBERS)"
    )
    assert values(run(sandbox, cell(source, "first", "second"))) == [2, 2]
