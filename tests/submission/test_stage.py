"""From the bytes that a student handed in to the cells that will run."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repository import ROOT

from autograder.course.catalog import read_course
from autograder.course.first_cell import first_cell
from autograder.errors import SubmissionError
from autograder.records import Exercise, Submission, Workdir
from autograder.submission.cells import MAX_CELLS, MAX_SCRIPT_LINES, read_cells
from autograder.submission.notebook import MAX_CONTAINERS
from autograder.submission.outputs import MAX_FILE_BYTES
from autograder.submission.remarks import MAX_NOTES
from autograder.submission.selection import MAX_NEEDED
from autograder.submission.stage import MAX_CODE_BYTES, released_cells, stage
from autograder.submission.statements import MAX_CELL_BYTES

EXERCISE = Exercise("ex04_perceptron", "Perceptrons", ("gates", "build_perceptron"))
SOLUTION = {"grade": False, "locked": False, "solution": True, "task": False}
GRADE = {"grade": True, "locked": True, "solution": False, "task": False}
READ_ONLY = {"grade": False, "locked": True, "solution": False, "task": False}


def code(source, marks=None, grade_id="gates"):
    metadata = {} if marks is None else {"nbgrader": {**marks, "grade_id": grade_id}}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "a",
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def notebook(*cells, **changes):
    document = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps({**document, **changes}).encode()


def staged(content: bytes, suffix=".ipynb", released=()) -> Workdir:
    submission = Submission(f"alice/work{suffix}", EXERCISE.slug, content, suffix)
    return stage(submission, EXERCISE, released)


def sources(workdir: Workdir) -> list[str]:
    return [cell.source for cell in workdir.cells]


def refusal(content: bytes, suffix=".ipynb") -> str:
    with pytest.raises(SubmissionError) as caught:
        staged(content, suffix)
    return str(caught.value)


# Files that cannot be read ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "suffix", "part"),
    [
        (b"", ".py", "empty file"),
        (b" \n\t\n", ".ipynb", "empty file"),
        (b"\xef\xbb\xbf", ".py", "empty file"),
        (b"# only a comment\n", ".py", "without any of your own"),
        (b"x = 'caf\xe9'\n", ".py", "byte 0xe9 at position 8"),
        ("x = 1".encode("utf-16"), ".py", "UTF-16"),
        (notebook(code("x = 1"))[:-40], ".ipynb", "cut off"),
        (b'{"cells": [', ".ipynb", "cut off"),
        (b"def f(): pass\n", ".ipynb", "valid JSON"),
        (b'{"a": 1,\n<<<<<<< HEAD\n>>>>>>> x\n}', ".ipynb", "merge conflict"),
        (b"[1, 2]", ".ipynb", "JSON object"),
        (b"{}", ".ipynb", "nbformat 4 (or 3). Received: none"),
        (notebook(nbformat=2), ".ipynb", "Received: 2"),
        (notebook(nbformat=5), ".ipynb", "Received: 5"),
        (notebook(nbformat=True), ".ipynb", "nbformat"),
        (notebook(cells={}), ".ipynb", "list of cells"),
        (notebook(), ".ipynb", "without any of your own"),
        (notebook(code("x = 1"), worksheets=3, nbformat=3), ".ipynb", "list of cells"),
        (notebook(code("x = 1")), ".py", "Rename the file to end in .ipynb"),
        (b"[" * 100_000, ".ipynb", "ordinary depth"),
        (b'{"nbformat": ' + b"9" * 5_000 + b"}", ".ipynb", "ordinary depth"),
        (b"[" + b"[]," * MAX_CONTAINERS, ".ipynb", "lists and objects"),
        (b"x" * (MAX_FILE_BYTES + 1), ".py", "at most 20 MiB"),
        (b"\n" * MAX_SCRIPT_LINES + b"x = 1", ".py", "lines"),
        (b"# %%\nx = 1\n" * (MAX_CELLS + 1), ".py", "cells"),
        (notebook(*[code("x = 1")] * (MAX_CELLS + 1)), ".ipynb", "cells"),
        (b"x = 1\n# %%\n" + b"#" * MAX_CODE_BYTES, ".py", "KiB of code"),
        (b"x = 1\n", ".txt", "'.txt'"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(content, suffix, part):
    """A file that cannot be read is refused with the rule, what was received, the next step."""
    message = refusal(content, suffix)
    assert part in message
    assert message.endswith((".", ").")) and len(message) < 400


def test_a_bom_and_windows_line_ends_are_no_matter():
    """A file that Windows wrote, with a byte order mark and CR LF, is staged as any other."""
    workdir = staged(b"\xef\xbb\xbf# %%\r\nx = 1\r\n", ".py")
    assert sources(workdir) == ["\nx = 1\n"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "iso-8859-15"])
def test_a_script_is_read_in_the_encoding_that_it_declares(encoding):
    """What Python runs at home by its first line is read here as well."""
    text = f"# -*- coding: {encoding} -*-\nx = 'é'\n"
    assert sources(staged(text.encode(encoding), ".py")) == [text]


@pytest.mark.parametrize("encoding", ["rot13", "zlib", "unicode_escape", "utf-7", "no-such"])
def test_an_encoding_that_is_no_texts_is_not_used(encoding):
    """A codec that does more than decode letters is never asked."""
    assert "byte 0xe9" in refusal(f"# coding: {encoding}\nx = 'é'\n".encode("latin-1"), ".py")


def test_nbformat_3_is_read():
    """A notebook of the old nbformat 3 keeps its code in `input` below worksheets."""
    cell = {"cell_type": "code", "input": ["def f():\n", "    pass"], "metadata": {}}
    document = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [cell]}]}
    assert sources(staged(json.dumps(document).encode())) == ["def f():\n    pass"]


# Scripts ------------------------------------------------------------------------------------

SCRIPT = """\
# ---
# jupyter:
#   kernelspec: {name: python3}
# ---

# %% [markdown]
# # Gates

# %%
import numpy as np

# %% nbgrader={"grade": false, "grade_id": "gates", "solution": true}
def and_gate(a, b):
    return a and b

# %% nbgrader={"grade": true, "grade_id": "test_gates", "locked": true, "solution": false}
assert and_gate(1, 1)
"""


def test_script_cells_are_split_at_the_percent_markers():
    """Each `# %%` begins a cell; text cells, the header and the course's tests are no code."""
    workdir = staged(SCRIPT.encode(), ".py")
    assert [cell.label for cell in workdir.cells] == ["cell 2", "cell 3 (gates)"]
    assert "import numpy" in workdir.cells[0].source
    assert workdir.notes == ()


def test_code_below_a_text_cell_is_code():
    """At the end of a stub stands a text; who writes helpers below it has written code."""
    workdir = staged(b"# %% [markdown]\n# Words.\n\ndef and_gate(a, b):\n    return a & b\n", ".py")
    assert sources(workdir) == ["\n# Words.\n\ndef and_gate(a, b):\n    return a & b\n"]
    assert workdir.notes == ()


def test_script_cells_keep_the_line_numbers_of_the_file():
    """A traceback out of a cell names the line that the student sees in the editor."""
    cell = staged(SCRIPT.encode(), ".py").cells[1]
    line = SCRIPT.split("\n").index("def and_gate(a, b):")
    assert cell.source.split("\n")[line] == "def and_gate(a, b):"


def test_the_title_of_a_script_cell_names_it():
    """The stub's `# %% gates` titles a cell with its task, which messages then use."""
    workdir = staged(b"# %% gates\nx = 1\n# %% two words\ny = 2\n", ".py")
    assert [cell.label for cell in workdir.cells] == ["cell 1 (gates)", "cell 2"]


def test_a_script_without_markers_is_one_cell():
    """A file without `# %%` is one cell, named after the file and kept whole."""
    text = "import numpy as np\n\nprint(np.pi)\nif __name__ == '__main__':\n    print(1)\n"
    workdir = staged(text.encode(), ".py")
    assert [(c.label, c.source) for c in workdir.cells] == [("work.py", text)]


def test_an_exported_script_is_split_and_loses_its_magics():
    """What `nbconvert --to script` writes is split at `# In[ ]:`; its magic calls go."""
    text = "# In[1]:\nget_ipython().run_line_magic('matplotlib', 'inline')\n# In[ ]:\nx = 1\n"
    workdir = staged(text.encode(), ".py")
    assert [cell.label for cell in workdir.cells] == ["cell 2"]


def test_one_syntax_error_costs_one_cell():
    """A cell that is no Python is left out with its place and reason; the others are kept."""
    text = SCRIPT.replace("def and_gate(a, b):", "def and_gate(a, b:")
    workdir = staged(text.encode(), ".py")
    assert [cell.label for cell in workdir.cells] == ["cell 2"]
    (note,) = workdir.notes
    line = text.split("\n").index("def and_gate(a, b:") + 1
    assert note.startswith("Cell 3 (gates) must be Python. Received: SyntaxError: ")
    assert f"in line {line} of the file" in note


def test_a_file_of_syntax_errors_is_refused_with_the_first():
    """Where nothing parses, the refusal is the first error, not "no code"."""
    assert "work.py must be Python. Received: SyntaxError" in refusal(b"def f(:\n", ".py")


# Notebooks ----------------------------------------------------------------------------------


def test_answer_cells_are_whole_and_test_cells_go():
    """A solution cell is kept to the letter; a locked grade cell is dropped without a word."""
    answer = "def and_gate(a, b):\n    return a and b\n\nprint(and_gate(1, 1))"
    workdir = staged(
        notebook(
            {"cell_type": "markdown", "metadata": {}, "source": "# Gates"},
            code(answer, SOLUTION),
            code("assert False", GRADE, "test_gates"),
        )
    )
    assert [(c.label, c.source) for c in workdir.cells] == [("cell 2 (gates)", answer)]
    assert workdir.notes == ()


def test_a_manually_graded_answer_is_kept():
    """A cell that is both solution and graded by hand is an answer."""
    marks = {**SOLUTION, "grade": True}
    assert len(staged(notebook(code("print(1)", marks))).cells) == 1


@pytest.mark.parametrize(
    "line",
    [
        "import numpy as np",
        "from __future__ import annotations",
        "def f(x=1):\n    return g(x)",
        "@decorated\ndef f(x):\n    run()",
        "async def f():\n    pass",
        "class A:\n    b = f()",
        "UNITS = 512",
        "A, (B, C) = 1, (2, 3)",
        "A: int = -1",
        "A: int",
        "SHAPE = [28 * 28, *OTHER]",
        "TABLE = {'a': np.array([[0, 1], [1, 0]], dtype=np.float32), **MORE}",
        "GRID = np.linspace(-1, 1, num=9)[::2]",
        "NAME = f'{UNITS:>4} units' if UNITS > 1 else None",
        "HERE = Path('data') / 'mnist.npz'",
        "square = lambda x: run(x)",
        "ALL = list(range(10))",
        "CLASSES = len(NAMES)",
        "FIRST = slice(0, 10)",
        "LARGEST = max(sorted(zip(A, B)))",
        "try:\n    import seaborn\nexcept ImportError:\n    seaborn = None",
    ],
)
def test_definitions_and_constants_of_other_cells_are_kept(line):
    """Outside the answers, imports, functions, classes and constants are kept as written."""
    workdir = staged(notebook(code("x = 1", SOLUTION), code(line)))
    assert sources(workdir) == ["x = 1", line]
    assert workdir.notes == ()


@pytest.mark.parametrize(
    "line",
    [
        "model = build_model()",
        "print('hello')",
        "for i in range(3):\n    print(i)",
        "if __name__ == '__main__':\n    train()",
        "with open('x') as f:\n    pass",
        "np.random.seed = None",
        "x[0] = 1",
        "x += 1",
        "x = [f(i) for i in range(3)]",
        "x = np.random.normal(0, 1)",
        "x = np.array(f(1))",
        "f = lambda x=run(): x",
        "BEST = max(ALL, key=lambda x: run(x))",
        "x = open('x').read()",
        "x = (y := 1)",
        "try:\n    run()\nexcept Exception:\n    pass",
        "del x",
        "assert x",
        "while True: pass",
        "await f()",
    ],
)
def test_what_acts_in_other_cells_is_left_out_and_told(line):
    """Outside the answers nothing that acts is run, and the student reads which lines."""
    workdir = staged(notebook(code("x = 1", SOLUTION), code(f"KEPT = 1\n{line}\nALSO = 2")))
    assert sources(workdir)[1].split() == ["KEPT", "=", "1", "ALSO", "=", "2"]
    (note,) = workdir.notes
    assert note.startswith("Cell 2: left out line") and line.split("\n")[0] in note


def test_kept_lines_of_a_notebook_cell_keep_their_numbers():
    """Leaving lines out does not move the others."""
    source = "run(\n  1,\n)\nA = 1; run(); B = 2; run(\n  2)\nC = 3 # run()\nrun(); D = 4"
    workdir = staged(notebook(code("x = 1", SOLUTION), code(source)))
    kept = sources(workdir)[1].split("\n")
    assert [line.strip() for line in kept] == [
        *("", "", "", "A = 1; 0; B = 2; 0", "", "C = 3 # run()", "0; D = 4"),
    ]


def test_non_ascii_text_before_a_left_out_call_does_no_harm():
    """Columns are counted in UTF-8 bytes, so that names and texts may hold any letters."""
    source = "größe = 'äöü €'; run('ß'); breite = 'é'"
    workdir = staged(notebook(code("x = 1", SOLUTION), code(source)))
    assert sources(workdir)[1] == "größe = 'äöü €'; 0; breite = 'é'"


def test_nothing_is_told_about_text_that_the_course_released():
    """What was left out of a released cell is not told: the student did not write it."""
    released = "if __name__ == '__main__':\n    train()\n"
    content = notebook(code("x = 1", SOLUTION), code(released.strip() + "  "))
    stub = Submission("stub.py", "", f"# %%\n{released}\n# %%\n".encode(), ".py")
    cells = read_cells(stub.content, ".py").cells
    assert staged(content, released=cells).notes == ()
    assert len(staged(content).notes) == 1


@pytest.mark.parametrize("first", ["first_cell", "quiet_cell"])
def test_the_first_cell_of_a_release_is_no_students(first):
    """Nothing is told about it, in a notebook of today's release or of an earlier one."""
    course = read_course(ROOT)
    source = {"first_cell": first_cell(course, EXERCISE.slug), "quiet_cell": course.quiet_cell}[
        first
    ]
    content = notebook(code(source), code("x = 1", SOLUTION))
    assert staged(content, released=released_cells(course, EXERCISE.slug)).notes == ()
    assert staged(content).notes != ()


def test_a_read_only_cell_keeps_its_imports():
    """A locked cell that is not graded may hold the imports on which the answers stand."""
    workdir = staged(notebook(code("import numpy as np", READ_ONLY), code("x = 1", SOLUTION)))
    assert len(workdir.cells) == 2


def test_a_notebook_that_lost_its_marks_is_still_read():
    """Without nbgrader's marks every cell keeps its definitions, and a note says why."""
    workdir = staged(notebook(code("def f():\n    pass\nprint(f())")))
    assert sources(workdir) == ["def f():\n    pass\n"]
    assert "nbgrader's marks" in workdir.notes[0]


def test_repeated_ids_run_in_order_with_a_note():
    """Cells that share an id all run: a split cell needs both halves, of a copy the last wins."""
    workdir = staged(notebook(code("def f(): return 1", SOLUTION), code("f = 2", SOLUTION)))
    assert sources(workdir) == ["def f(): return 1", "f = 2"]
    (note,) = workdir.notes
    assert "Cells 1, 2 all carry the id gates" in note and "last one counts" in note


def test_a_damaged_cell_costs_itself():
    """A cell that is no cell is left out with a note, and the others are staged."""
    broken = [17, {"cell_type": "code"}, {"cell_type": "code", "source": [1]}, {"source": "x"}]
    workdir = staged(notebook(*broken, code("x = 1", SOLUTION)))
    assert [cell.label for cell in workdir.cells] == ["cell 5 (gates)"]
    assert sum("damaged" in note for note in workdir.notes) == 4


def test_an_emptied_answer_is_told():
    """An answer cell without code is named, for the student may have lost it."""
    workdir = staged(notebook(code("# todo", SOLUTION, "gates"), code("x = 1", SOLUTION, "b")))
    assert workdir.notes == ("Cell 1 (gates) holds no code.",)


def test_strange_metadata_is_no_trouble():
    """Marks and ids of the wrong kind count as absent."""
    cell = code("def f(): pass", {"solution": "yes", "grade": 1, "locked": []}, {"a": 1})
    workdir = staged(notebook(cell, {**code("def g(): pass"), "metadata": 3}))
    assert [cell.label for cell in workdir.cells] == ["cell 1 (f)", "cell 2 (g)"]


# Magics -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("%matplotlib inline\nx = 1", "\nx = 1"),
        ("x = 1\n!pip install 'numpy", "x = 1\n"),
        ("%load_ext a\n!pip b\n!pip c\nx = 1", "\n\n\nx = 1"),
        ("!echo \\\n  more\nx = 1", "\n\nx = 1"),
        ("x = 1\n?x\nx?\nnp.array??", "x = 1\n\n\n"),
        ("files = !ls\nx = 1", "\nx = 1"),
        ("t = %timeit -o f()\nx = 1", "\nx = 1"),
        ("if True:\n    %time f()\nx = 1", "if True:\n    pass\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("x = (7\n  % 4)", "x = (7\n  % 4)"),
        ("x = '''\n%matplotlib\n!ls\n'''", "x = '''\n%matplotlib\n!ls\n'''"),
        ("%matplotlib inline\nx = '''\n%a\n'''", "\nx = '''\n%a\n'''"),
    ],
)
def test_magic_lines_go_and_python_stays(source, kept):
    """Only a line that Python cannot read and that begins like a magic is taken out."""
    workdir = staged(notebook(code(source, SOLUTION)))
    assert sources(workdir) == [kept]
    assert len(workdir.notes) == (source != kept)


@pytest.mark.parametrize("magic", ["%%bash", "%%writefile a.txt", "%%html", "%%timeit"])
def test_a_cell_in_another_language_goes_whole(magic):
    """A cell magic whose cell is no ordinary Python takes the cell with it."""
    workdir = staged(notebook(code(f"{magic}\nimport os", SOLUTION), code("x = 1", SOLUTION, "b")))
    assert sources(workdir) == ["x = 1"]
    assert f"left out lines 1-2 ({magic} …)" in workdir.notes[0]


# Hostile source -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "a\x00b",
        "'\ud800'",
        "(" * 10_000,
        "-" * 100_000 + "1",
        "a" + ".b" * 100_000,
        "1" + "+1" * 100_000,
        "x = " + "[" * 90 + "]" * 90,
        "if 1:\n" + "".join(" " * i + "if 1:\n" for i in range(1, 200)),
        "#" * (MAX_CELL_BYTES + 1),
        "x = (\n%a\n" * 20,
        "x = '\\d'",
        "return 1",
        "\x0cx = 1\x0c",
        "x = 1\\",
        "é" * 1000 + "(",
    ],
)
@pytest.mark.parametrize("marks", [SOLUTION, None])
def test_hostile_source_costs_one_cell_at_most(source, marks):
    """No source makes staging fail: it is left out with a note, or it is kept for the box."""
    workdir = staged(notebook(code(source, marks), code("x = 1", SOLUTION, "b")))
    assert sources(workdir)[-1] == "x = 1"
    for note in workdir.notes:
        note.encode()
        assert "\x00" not in note and len(note) < 500


def test_staging_stays_fast_on_the_worst_source():
    """Magics that each cost a parse of a large cell are bounded to a few seconds in all."""
    cell = "x = [\n" + "1,\n" * 40_000 + "]\n" + "x = (\n%a\n)\n" * 20
    content = notebook(*[code(cell, SOLUTION)] * 4, code("x = 1", SOLUTION, "b"))
    started = time.process_time()
    assert sources(staged(content)) == ["x = 1"]
    assert time.process_time() - started < 15


def test_what_answers_need_is_bounded_in_number():
    """Of what acts outside of the answers so many statements run, and the others are told."""
    growing = "T = []\n" + "T.append(f(1))\n" * (MAX_NEEDED + 100)
    workdir = staged(notebook(code(growing), code("def g(): return T", SOLUTION)))
    assert sources(workdir)[0].count("append") == MAX_NEEDED
    assert f"left out line {MAX_NEEDED + 2} (T.append(f(1)))" in workdir.notes[0]


@pytest.mark.parametrize("line", ["f()", "x=g(x)", "x[0]=g(x)", "def f():g(x)", "x=[y for y in x]"])
def test_choosing_among_very_many_statements_is_fast(line):
    """As many statements as a submission may hold are chosen among within seconds."""
    cells = [code(f"{line}\n" * (MAX_CELL_BYTES // (len(line) + 1))) for _ in range(3)]
    started = time.process_time()
    staged(notebook(*cells, code("def answer(): return x, f", SOLUTION)))
    assert time.process_time() - started < 20


def test_the_notes_are_bounded():
    """A thousand mistakes give a list that can be read, with a count of the rest."""
    content = notebook(code("x = 1", SOLUTION), *[code("run()")] * 900)
    notes = staged(content).notes
    assert len(notes) == MAX_NOTES + 1 and notes[-1].startswith("There are 860 more")


ATOMS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("code")
)
ANYTHING = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = ["cells", "metadata", "nbformat", "worksheets"]
CELL_KEYS = ["cell_type", "source", "metadata", "input"]
SOURCES = st.lists(
    st.sampled_from(
        [
            "def f(a):\n    return a",
            "x = 1",
            "run()",
            "%magic",
            "!ls",
            "%%bash",
            "(",
            "'''",
            "a; ",
            "b\\",
            "if 1:",
            "    y = 2",
            "# %%",
            "é = 'ü'; run()",
            "\t",
            "\r",
            "\x0c",
            "x?",
            "class A: pass",
        ]
    ),
    max_size=8,
).map("\n".join) | st.text(max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_bytes_make_a_traceback(data):
    """Whatever the bytes are, staging gives a `Workdir` or a `SubmissionError`, nothing else."""
    kind = data.draw(st.sampled_from(["bytes", "json", "notebook", "cut", "script"]))
    suffix = ".ipynb"
    if kind == "bytes":
        content = data.draw(st.binary(max_size=200))
        suffix = data.draw(st.sampled_from([".py", ".ipynb"]))
    elif kind == "json":
        content = json.dumps(data.draw(ANYTHING)).encode()
    elif kind == "script":
        content = data.draw(SOURCES).encode("utf-8", "surrogatepass")
        suffix = ".py"
    else:
        marks = st.sampled_from([SOLUTION, GRADE, READ_ONLY, None])
        cells = [code(data.draw(SOURCES), data.draw(marks)) for _ in range(3)]
        for cell in cells:
            if data.draw(st.booleans()):
                cell[data.draw(st.sampled_from(CELL_KEYS))] = data.draw(ANYTHING)
        document = json.loads(notebook(*cells))
        if data.draw(st.booleans()):
            document[data.draw(st.sampled_from(KEYS))] = data.draw(ANYTHING | st.just([{}]))
        content = json.dumps(document).encode()
        if kind == "cut":
            start, end = sorted(data.draw(st.integers(0, len(content))) for _ in range(2))
            content = content[:start] + data.draw(st.binary(max_size=4)) + content[end:]
    try:
        workdir = staged(content, suffix)
    except SubmissionError as error:
        str(error).encode()
        return
    assert workdir.cells
    for cell in workdir.cells:
        cell.label.encode()
        cell.source.encode()
    for note in workdir.notes:
        note.encode()


@settings(max_examples=200, deadline=None)
@given(SOURCES)
def test_staging_is_pure(source):
    """The same bytes give the same cells, and the bytes of the caller are not touched."""
    content = notebook(code(source, SOLUTION), code(source), code("x = 1", SOLUTION, "b"))
    assert staged(content) == staged(content)


def test_no_student_code_runs(tmp_path, monkeypatch):
    """Staging parses and never runs: no decorator, default, magic or shell line has effect."""
    monkeypatch.chdir(tmp_path)
    line = "open('ran', 'w')"
    cell = f"%time {line}\n!touch ran\n@({line})\ndef f(x={line}): pass\n{line}\nX = {line}"
    staged(notebook(code(cell, SOLUTION), code(cell)))
    assert not list(tmp_path.iterdir())
