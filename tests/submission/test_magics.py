"""IPython's own lines in answer cells: however many and wherever, the student's Python is kept."""

import ast
import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from autograder.errors import SubmissionError
from autograder.records import Exercise, Submission, Workdir
from autograder.submission.magics import without_magics
from autograder.submission.stage import stage
from autograder.submission.statements import MAX_CELL_BYTES, NotPython

EXERCISE = Exercise("ex04_perceptron", "Perceptrons", ("gates",))
MARKS = {"grade": False, "locked": False, "solution": True, "task": False, "grade_id": "gates"}


def staged(source: str) -> Workdir:
    """Stage a notebook of this one answer cell."""
    cell = {"cell_type": "code", "source": source, "metadata": {"nbgrader": MARKS}}
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    content = json.dumps(document).encode()
    return stage(Submission("a/work.ipynb", EXERCISE.slug, content, ".ipynb"), EXERCISE)


def kept(source: str) -> str:
    return without_magics(source)[0]


def places(source: str) -> list[tuple[int, int]]:
    return [(left.first_line, left.last_line) for left in without_magics(source)[1]]


# However many --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 10, 11, 12, 600])
@pytest.mark.parametrize("magic", ["%time f()", "!pip install 'a", "?np", "np.array?", "a = !ls"])
def test_an_answer_is_kept_whatever_number_of_magics_it_has(magic, count):
    """Every statement between the magic lines stays in its line, and each magic is counted."""
    source = f"x = 1\n{magic}\n" * count + "def gate(a):\n    return a\n"
    workdir = staged(source)
    (cell,) = workdir.cells
    assert cell.source == "x = 1\n\n" * count + "def gate(a):\n    return a\n"
    (note,) = workdir.notes
    assert note.startswith("Cell 1 (gates): left out line 2 (")
    assert ("more." in note) == (count > 3)
    assert f" and {count - 3} more." in note or count <= 3


@pytest.mark.parametrize("count", [1, 11, 40])
def test_an_error_is_told_in_its_own_line_below_any_number_of_magics(count):
    """Where the Python is wrong, its line and reason are told, not the magics'."""
    with pytest.raises(SubmissionError) as caught:
        staged("x = 1\n%time f()\n" * count + "y = = 2\nz = 3\n")
    assert f"SyntaxError: invalid syntax, in line {2 * count + 1}. " in str(caught.value)


def test_magics_within_brackets_are_told_by_the_parser_up_to_a_bound_and_then_in_their_line():
    """What is no IPython either is left out where it can be, and its true place told where not."""
    assert kept("x = (\n%a\n)\n" * 10) == "x = (\n\n)\n" * 10
    with pytest.raises(NotPython) as caught:
        without_magics("x = (\n%a\n)\n" * 40)
    assert (caught.value.line, caught.value.reason) == (35, "SyntaxError: invalid syntax")


# Wherever ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "remains"),
    [
        ("def f():\n    !ls\n    return 1", "def f():\n    pass\n    return 1"),
        ("for i in a:\n    if i:\n        %time f()", "for i in a:\n    if i:\n        pass"),
        ("class A:\n    %time 1\n\n    x = 1", "class A:\n    pass\n\n    x = 1"),
        ("try:\n    !ls\nexcept E:\n    a?\n", "try:\n    pass\nexcept E:\n    pass\n"),
        ("!echo \\\n  a \\\n  b\nx = 1", "\n\n\nx = 1"),
        ("files = !ls \\\n  -l\nx = 1", "\n\nx = 1"),
        ("def f():\n    a = !ls \\\n       -l\n    return a", "def f():\n    pass\n\n    return a"),
        ("self.x = %time f()\nx = 1", "\nx = 1"),
        ("d['k'], e[0] = !ls\nx = 1", "\nx = 1"),
        ("a, b = %time f()\nx = 1", "\nx = 1"),
        ("np.*arr*?\nd[0]?\n%time?\nx = 1", "\n\n\nx = 1"),
        ("x = 1  # 'it\n%time f()\ny = 2", "x = 1  # 'it\n\ny = 2"),
        ("!echo it's '''\nx = '''\n%a\n'''", "\nx = '''\n%a\n'''"),
        ("%a\n!echo (\nx = [1]\n!echo ]", "\n\nx = [1]\n"),
        ("!ls\n\n\nx = (7\n  % 4)", "\n\n\nx = (7\n  % 4)"),
        ("!ls\nx = [\n  7\n% 4]", "\nx = [\n  7\n% 4]"),
        ("!ls\nx = 7 \\\n% 4", "\nx = 7 \\\n% 4"),
        ('!ls\ndef f():\n    """a\n%b\n?\n    """', '\ndef f():\n    """a\n%b\n?\n    """'),
        ('!ls\n"""\n%a\n!b\n"""\n%c', '\n"""\n%a\n!b\n"""\n'),
        ("!ls\nf'''{x}\n%a{y!r}\n'''\n%b", "\nf'''{x}\n%a{y!r}\n'''\n"),
        ("!ls\nx = 'a\\\n%b'", "\nx = 'a\\\n%b'"),
        ("!ls\nx = {  # {\n  'a?': '= %d',\n}", "\nx = {  # {\n  'a?': '= %d',\n}"),
        ("!ls\nd['= %'] = 1\nx: int  # = %", "\nd['= %'] = 1\nx: int  # = %"),
        ("!ls\nx %= 2\nx != 2\nx == -2", "\nx %= 2\nx != 2\nx == -2"),
    ],
)
def test_a_magic_goes_from_any_place_and_what_is_python_stays(source, remains):
    """A magic goes with its continuation lines; a block keeps a statement; strings stay whole."""
    assert kept(source) == remains


@pytest.mark.parametrize(
    ("source", "remains", "lines"),
    [
        ("%%time\nx = 1", "\nx = 1", [(1, 1)]),
        ("\n\n%%capture out\n\n%%time\nx = 1", "\n\n\n\n\nx = 1", [(3, 3), (5, 5)]),
        ("%%time\n%%bash\nls\nx = 1", "\n\n\n", [(1, 1), (2, 4)]),
        ("%%time\nx = 1\n%%bash\n%time f()\ny = 1", "\nx = 1\n\n\ny = 1", [(1, 1), (3, 4)]),
    ],
)
def test_cell_magics_may_stand_on_each_other(source, remains, lines):
    """A cell magic below one whose cell is Python counts as one, and may take what follows."""
    assert kept(source) == remains
    assert places(source) == lines


def test_what_an_exported_script_calls_instead_is_left_out_as_the_magic_is():
    """`files = !ls` and what `nbconvert --to script` makes of it leave the same cell."""
    script = "get_ipython().system('ls')\nfiles = get_ipython().getoutput('ls')\nx = 1"
    assert kept(script) == kept("!ls\nfiles = !ls\nx = 1") == "\n\nx = 1"


# IPython as the judge ------------------------------------------------------------------------

PYTHON = [
    "x = 1",
    "x = '''\n%a\n!ls\n'''",
    '"""text\n?\n%time\n"""',
    "x = (7\n  % 4)",
    "x = 7 \\\n  % 4",
    "def f(a):\n    'it'\n    return a",
    "def f(a):\n    %time f()\n    return a",
    "if x:\n    files = !ls\n    y = 2\nelse:\n    z = 3",
    "d = {\n  'a': [1, 2],  # it's\n}",
    "# it's a comment with '''\n",
    "x %= 2",
]
MAGICS = [
    "%matplotlib inline",
    "!pip install 'numpy",
    '!echo """',
    "!echo \\\n  more",
    "?x",
    "np.array??",
    "%time f(",
    "files = !ls",
    "t = %timeit -o f()",
    "d['k'] = !ls {",
]


def calls_ipython(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr | ast.Assign) and "get_ipython()" in ast.unparse(node.value)


class WithoutCalls(ast.NodeTransformer):
    """Takes out what IPython made of its lines, as a reader of its result would."""

    def visit_Expr(self, node):
        return ast.Pass() if calls_ipython(node) else node

    visit_Assign = visit_Expr


def statements(tree: ast.Module) -> list[str]:
    return [ast.dump(node) for node in tree.body if not isinstance(node, ast.Pass)]


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@example(["x = 1", "%time f("] * 11)
@given(st.lists(st.sampled_from(PYTHON + MAGICS), min_size=1, max_size=25))
def test_ipython_reads_the_same_python(parts):
    """What remains is what IPython itself would run, without its calls; lines stay where they are."""
    source = "\n".join(parts)
    text = kept(source)
    transformed = TransformerManager().transform_cell(source)
    expected = WithoutCalls().visit(ast.parse(transformed))
    assert statements(ast.parse(text)) == statements(expected)
    before, after = source.split("\n"), text.split("\n")
    assert len(before) == len(after)
    assert all(
        new in (old, "") or new.strip() == "pass" for old, new in zip(before, after, strict=True)
    )


# Hostile -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    [
        "%a\n",
        "%a\n\n",
        "%%time\n",
        "x = 1\n%a\n",
        "%a\n'''\n",
        "%a\n'\n",
        "%a\n(\n",
        "x = (\n%a\n)\n",
        "%a \\\n",
        "a.b[\n%a\n",
        "if 1:\n %a\n",
        "a" * 1000 + "\n%a\n",
        "a," * 500 + "\n%a\n",
        " " * 1000 + "\n%a\n",
        "a['b']" * 100 + "\n%a\n",
        "%a\n0x" + "_1" * 500 + "\n",
        "%a\n" + "\\" * 500 + "\n",
        "%a\n" + "'\\" * 500 + "\n",
    ],
)
def test_a_full_cell_of_magics_costs_a_few_seconds_at_most(unit):
    """The time is linear in the cell, whatever its magics stand between."""
    source = unit * (MAX_CELL_BYTES // len(unit))
    began_s = time.process_time()
    try:
        without_magics(source)
    except NotPython:
        pass
    assert time.process_time() - began_s < 5


@pytest.mark.parametrize(
    "source",
    ["#" * (MAX_CELL_BYTES + 1), "x = " + "-" * 100_000 + "1", "x = 'a\x00b'", "x = '\ud800'"],
)
def test_a_fault_of_a_whole_cell_is_told_where_the_cell_begins(source):
    """Where Python names no line, it is the cell's first line in the file, not the file's."""
    with pytest.raises(NotPython) as caught:
        without_magics("\n" * 41 + source)
    assert caught.value.line == 42
