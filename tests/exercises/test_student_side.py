"""What a student sees: real runs of pytest on copies of `exercises/`, as a student starts them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from interpreter import AUTOGRADER, Interpreter
from repository import ROOT as REPOSITORY

SLUG = "ex04_perceptron"
AND = "def and_gate(a: int, b: int) -> int:"
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"


class Student:
    """A copy of `exercises/` (one exercise of it) in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.exercises = root / "exercises"
        self.exercises.mkdir()
        leave = shutil.ignore_patterns("__pycache__", ".*", "ex0*", "data")
        shutil.copytree(REPOSITORY / "exercises", self.exercises, ignore=leave, dirs_exist_ok=True)
        shutil.copytree(
            REPOSITORY / "exercises" / SLUG,
            self.exercises / SLUG,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        self.file = self.exercises / SLUG / f"{SLUG}.py"

    def fill(self, name: str, body: str) -> None:
        """Write this body in place of the stub of the function `name`."""
        text = self.file.read_text(encoding="utf-8")
        before, head, after = text.partition(f"def {name}(")
        self.file.write_text(before + head + after.replace(STUB, body, 1), encoding="utf-8")

    def line(self, text: str) -> int:
        """The number of the first line of the file that is `text`, indented or not."""
        lines = self.file.read_text(encoding="utf-8").split("\n")
        return 1 + next(n for n, line in enumerate(lines) if line.strip() == text)

    def pytest(
        self, *arguments: str, folder: Path | None = None, **settings: str
    ) -> tuple[int, str]:
        """Run `pytest` as a student does; return the exit status and what it printed."""
        env = {key: value for key, value in os.environ.items() if "PYTEST" not in key} | settings
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=folder or self.root,
            env={**env, "COLUMNS": "80"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def me(tmp_path: Path) -> Student:
    return Student(tmp_path)


def test_an_untouched_stub_gets_one_line_per_task(me):
    """An untouched exercise prints what to write, one line a task, and nothing else."""
    status, output = me.pytest("exercises/")
    assert status == 1
    assert "Traceback" not in output
    todo = [line for line in output.splitlines() if line.startswith("  ")]
    assert len(todo) == 10
    assert all(line.startswith("  to do    ") for line in todo)
    assert "build_perceptron  Return an untrained model: one sigmoid unit." in output
    assert f"{SLUG}: 0 of 10 tasks right" in output
    assert "19 not written" in output


@pytest.mark.parametrize(
    ("folder", "arguments"),
    [
        ("", [f"exercises/{SLUG}"]),
        ("", [f"exercises/{SLUG}/{SLUG}.py"]),
        ("exercises", []),
        ("exercises", [f"exercises/{SLUG}"]),
        (f"exercises/{SLUG}", []),
        (f"exercises/{SLUG}", [SLUG]),
    ],
)
def test_pytest_may_start_anywhere(me, folder, arguments):
    """From above, from inside and for the student's own file: the same table."""
    status, output = me.pytest(*arguments, folder=me.root / folder)
    assert status == 1
    assert f"{SLUG}: 0 of 10 tasks right" in output


def test_tensorflow_stays_out_until_a_written_task_needs_it(me):
    """With `and_gate` written its check passes, and TensorFlow was never imported."""
    me.fill("and_gate", "    return a & b")
    (me.exercises / SLUG / "test_zz_modules.py").write_text(
        "import sys\n\ndef test_none():\n    assert 'ex04_perceptron' in sys.modules\n"
        "    assert 'tensorflow' not in sys.modules\n",
        encoding="utf-8",
    )
    status, output = me.pytest("exercises/", "-k", "and_gate or test_none")
    assert status == 0, output
    assert "2 passed" in output


def test_keras_arrives_when_a_written_task_needs_it(me):
    """A written `build_perceptron` runs with the real Keras behind the lazy name."""
    layers = '[keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")]'
    me.fill("build_perceptron", f"    return keras.Sequential({layers})")
    status, output = me.pytest("exercises/", "-k", "build_perceptron")
    assert status == 0, output
    assert "1 of 1 tasks right" in output


def test_the_solution_passes_every_visible_check(me):
    """The reference solution is right in all tasks, and the exit status says so."""
    shutil.copy(REPOSITORY / "solutions" / SLUG / f"{SLUG}.py", me.file)
    status, output = me.pytest("exercises/")
    assert status == 0, output
    assert f"{SLUG}: 10 of 10 tasks right" in output


def test_a_wrong_answer_gets_rule_received_and_next_step(me):
    """A wrong function shows three lines of words, what it printed, and no pytest noise."""
    me.fill("and_gate", "    return a & b")
    me.fill("or_gate", "    print('sum', a + b)\n    return a + b")
    status, output = me.pytest("exercises/", "-k", "gates")
    assert status == 1
    assert "OR of (0,0), (0,1), (1,0), (1,1) is 0, 1, 1, 1." in output
    assert "Received: [0, 1, 1, 2]." in output
    assert "Return 1 unless a and b are both 0" in output
    assert "Your code printed:" in output
    assert "sum 2" in output
    assert re.search("wrong    gates +1 of 3 checks, see above", output)
    for noise in ("Traceback", "assert ", "AssertionError", "FAILED", "====", "conftest"):
        assert noise not in output


def test_an_exception_shows_type_message_and_own_line(me):
    """An exception in a student's function is told with the line of the student's own file."""
    me.fill("and_gate", "    return a / (b - 1)")
    _, output = me.pytest("exercises/", "-k", "and_gate")
    assert "Received: ZeroDivisionError: division by zero" in output
    place = f"Line {me.line('return a / (b - 1)')} of ex04_perceptron.py, in and_gate"
    assert f"{place}: `return a / (b - 1)`" in output
    assert "Traceback" not in output


def test_a_returned_thing_that_no_check_can_use_is_told_too(me):
    """An exception in the check itself tells what the function gave, and quotes no check."""
    test = me.file.with_name(f"test_{SLUG}.py")
    text = test.read_text(encoding="utf-8")
    test.write_text(text.replace("assert numbers == [0, 0, 0, 1]", "assert numbers[9]", 1))
    me.fill("and_gate", "    return a & b")
    _, output = me.pytest("exercises/", "-k", "and_gate")
    assert "IndexError" in output
    words = " ".join(output.split())
    assert "`and_gate` gave 1; using it ends in IndexError: list index out of range" in words
    assert "numbers[9]" not in output


def test_what_keras_says_of_a_returned_model_is_put_in_plain_words(me):
    """The batch inside `Input` shows when a check calls the model: the rule is named, not the noise."""
    test = me.file.with_name(f"test_{SLUG}.py")
    text = test.read_text(encoding="utf-8")
    said = (
        "Exception encountered when calling Sequential.call().\\n\\n\\x1b[1mInvalid input shape for "
        "input [[0]]. Expected shape (None, None, 512), but input has incompatible shape (3, 512)"
        "\\x1b[0m\\n\\nArguments received by Sequential.call():\\n  • training=False"
    )
    raised = f'raise ValueError("{said}")\n    assert numbers == [0, 0, 0, 1]'
    test.write_text(text.replace("assert numbers == [0, 0, 0, 1]", raised, 1), encoding="utf-8")
    me.fill("and_gate", "    return a & b")
    _, output = me.pytest("exercises/", "-k", "and_gate")
    words = " ".join(output.split())
    assert "the batch is not part of it. Received: `and_gate` gave 1; using it ends in" in words
    assert "Expected shape (None, None, 512)" in words and "Leave `None` out of" in words
    assert "Exception encountered" not in words and "Arguments received" not in words


def test_checks_that_are_run_as_a_script_are_run(me):
    """The play button of an editor on the checks' file does what `pytest` does with it."""
    tests = me.file.with_name(f"test_{SLUG}.py")
    ran = subprocess.run(
        [sys.executable, str(tests)], cwd=me.root, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert f"{SLUG}: 0 of 10 tasks right" in ran.stdout


def test_what_never_ends_is_ended_and_the_others_run(me):
    """A loop, in Python or in C, and a killed process get a sentence and a line; others their own."""
    me.fill("and_gate", "    while True:\n        pass")
    me.fill("or_gate", "    return sum(range(10**12))")
    me.fill("xor_gate", "    import signal, os\n    os.kill(os.getpid(), signal.SIGKILL)")
    status, output = me.pytest("exercises/", CHECK_SECONDS="1")
    words = " ".join(output.split())
    assert status == 1
    assert "and_gate comes to an end." in output
    assert f"Nothing ends the loop of line {me.line('while True:')}: add a `break`" in words
    assert f"Line {me.line('return sum(range(10**12))')} of ex04_perceptron.py, in or_gate" in words
    assert "xor_gate leaves Python running. Received: the process was ended by SIGKILL." in words
    assert "3 of 3 checks, see above" in output
    assert "3 wrong, 16 not written" in output


@pytest.mark.parametrize("seconds", ["1", "3"])
def test_the_line_of_a_loop_in_c_is_known_however_early_it_begins(me, seconds):
    """A check whose first act is a call in C that never ends is told with that line all the same."""
    me.fill("and_gate", "    return a & b")
    me.fill("or_gate", "    return sum(range(10**12))")
    status, output = me.pytest("exercises/", "-k", "and_gate or or_gate", CHECK_SECONDS=seconds)
    words = " ".join(output.split())
    assert status == 1
    assert f"Line {me.line('return sum(range(10**12))')} of ex04_perceptron.py, in or_gate" in words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("import os\n    os._exit(0)", "and_gate: `os._exit(0)` Take it out, and return"),
        ("return int(input())", "Received: OSError: `input()` was called. Line"),
        ("return and_gate(a, b)", "A function that calls itself stops at some point."),
        ("while True:\n        print('x' * 10**6)", "more than 32 MB of text."),
    ],
)
def test_what_ends_or_floods_the_process_gets_a_sentence(me, body, words):
    """`os._exit`, `input`, endless recursion and endless output are told with the line."""
    me.fill("and_gate", f"    {body}")
    status, output = me.pytest("exercises/", "-k", "and_gate")
    assert status == 1
    assert words in " ".join(output.split())
    assert "in and_gate: `" in output


def test_a_function_that_does_not_end_is_waited_for_once(me):
    """Another check that comes to the same endless function is not run into it, and told as one."""
    me.fill("and_gate", "    while True:\n        pass")
    me.fill("or_gate", "    return and_gate(a, b)")
    status, output = me.pytest("exercises/", "-k", "and_gate or or_gate", CHECK_SECONDS="1")
    assert status == 1
    assert output.count("comes to an end") == 1
    assert "2 of 3 checks, see above" in output


def test_a_forgotten_return_is_named_first(me):
    """A function that prints its answer is told that it returns none, whatever the check asks."""
    me.fill("and_gate", "    print(a & b)")
    me.fill("or_gate", "    if a or b:\n        return 1")
    _, output = me.pytest("exercises/", "-k", "and_gate or or_gate")
    words = " ".join(output.split())
    assert "and_gate returns its result. Received: None, for no line of and_gate is a" in words
    assert "`print` only shows a value." in words
    assert "or_gate returns its result in every case. Received: None: its last line" in words


def test_a_forgotten_raise_is_pointed_out(me):
    """Code above a `raise NotImplementedError()` that was left in: the line is named."""
    me.fill("and_gate", f"    result = a & b\n{STUB}")
    _, output = me.pytest("exercises/", "-k", "and_gate")
    assert f"and_gate: delete line {me.line('raise NotImplementedError()')}" in output


def test_code_below_the_raise_is_pointed_out(me):
    """Code below the `raise` never runs: the task is not called untouched, the line is named."""
    me.fill("and_gate", f"{STUB}\n    return a & b")
    _, output = me.pytest("exercises/", "-k", "and_gate")
    raised = me.line("raise NotImplementedError()")
    assert f"and_gate: delete line {raised}, `raise NotImplementedError()`: nothing below" in (
        " ".join(output.split())
    )


def test_a_task_that_waits_for_another_says_so(me):
    """A written function that calls one still to be written is not called wrong."""
    me.fill("or_gate", "    return and_gate(a, b)")
    _, output = me.pytest("exercises/", "-k", "test_or_gate")
    words = " ".join(output.split())
    assert "waits for another task of this exercise: first write `and_gate`." in words
    assert f"Next: write `and_gate`, exercises/{SLUG}/{SLUG}.py:{me.line(AND)}" in words
    assert "1 not written" in output


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("def broken(:", "must be valid Python"),
        ("%matplotlib inline", "it is a notebook command"),
        ("ratio = 1 / 0", "of ex04_perceptron.py: `ratio = 1 / 0`"),
        ("raise SystemExit(0)", "Received: SystemExit: 0"),
        ("import no_such_module", "Look at the spelling of no_such_module, or install it:"),
        ("return 1", "as all of a function is"),
        ("def f():\nreturn 1", "is indented"),
    ],
)
def test_a_file_that_cannot_be_loaded_gets_one_block(me, line, words):
    """A file that Python cannot run is told once, not once for each check."""
    text = me.file.read_text(encoding="utf-8")
    me.file.write_text(
        text.replace("import keras\n", f"{line}\n", 1).replace(STUB, "    return a", 1)
    )
    status, output = me.pytest("exercises/")
    assert status == 1
    assert words in " ".join(output.split())
    assert output.count("Received:") == 1
    assert "the file cannot be loaded, see above" in output


def test_a_path_that_holds_no_checks_is_told(me):
    """A wrong path and a notebook get a sentence with the command that was meant."""
    (me.exercises / "mine.ipynb").write_text("{}", encoding="utf-8")
    status, output = me.pytest("nonsense", folder=me.exercises)
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "Received: nonsense, and nothing of that name in" in output
    assert f"Run `pytest` for all exercises, or `pytest {SLUG}` for one." in output
    status, output = me.pytest("mine.ipynb", folder=me.exercises)
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "A notebook's checks are its folded cells" in output


@pytest.mark.parametrize(
    "typed", ["ex4", "perceptron", "ex04_perceptrno", "ex04_perceptron/nothing.py", "04/", "ex4::a"]
)
def test_a_mistyped_exercise_is_asked_for_by_its_name(me, typed):
    """Whoever types half of a name reads the whole one, and the command."""
    shutil.copytree(me.exercises / SLUG, me.exercises / "ex01_other")
    (me.exercises / "ex01_other" / f"test_{SLUG}.py").rename(
        me.exercises / "ex01_other" / "test_ex01_other.py"
    )
    status, output = me.pytest(typed, folder=me.exercises)
    assert status == pytest.ExitCode.USAGE_ERROR
    assert f"Received: {typed}, and nothing of that name in" in output
    assert f"Did you mean {SLUG}? Run `pytest {SLUG}`" in output


def test_a_missing_file_or_function_is_told(me):
    """Without the file, or without the function, the student reads which one to put back."""
    me.file.write_text(me.file.read_text(encoding="utf-8").replace("def and_gate", "def nand"))
    _, output = me.pytest("exercises/", "-k", "and_gate")
    assert "Received: a file without it." in output
    me.file.unlink()
    _, output = me.pytest("exercises/")
    assert "Received: no ex04_perceptron.py" in output


def test_stop_at_first_and_last_failed(me):
    """`-x` stops at the first task to do; `--lf` runs only what was not right."""
    _, output = me.pytest("exercises/", "-x")
    assert "1 not written" in output
    assert "not run  plot_decision" in output
    me.fill("and_gate", "    return a & b")
    me.pytest("exercises/")
    _, output = me.pytest("exercises/", "--lf")
    assert "18 not written" in output
    assert "passed" not in output


def test_each_check_starts_from_the_same_random_numbers(me):
    """Python's and NumPy's random numbers are seeded before each check."""
    (me.exercises / SLUG / "test_zz_seeds.py").write_text(
        "import random\nimport numpy as np\nSEEN = []\n"
        "def test_a():\n    SEEN.append((random.random(), np.random.rand()))\n"
        "def test_b():\n    assert SEEN == [(random.random(), np.random.rand())]\n",
        encoding="utf-8",
    )
    status, output = me.pytest(f"exercises/{SLUG}/test_zz_seeds.py")
    assert status == 0, output


def test_nothing_of_the_autograder_is_needed(me):
    """The student's side imports no `autograder`, which is never released."""
    me.fill("and_gate", "    return a & b")
    (me.exercises / SLUG / "test_zz_modules.py").write_text(
        "import sys\n\ndef test_none():\n"
        "    assert not [n for n in sys.modules if n.split('.')[0] == 'autograder']\n",
        encoding="utf-8",
    )
    status, output = me.pytest("exercises/", "-k", "and_gate or test_none")
    assert status == 0, output


ANSWER = """\
W.nnnnnnnnnnnnnnnnn                                                      [100%]

ex04_perceptron · gates · test_and_gate_table
  AND of (0,0), (0,1), (1,0), (1,1) is 0, 0, 0, 1.
    Received: [0, 1, 1, 1].
    Return 1 only when a and b are both 1.

ex04_perceptron: 0 of 10 tasks right
  wrong    gates             1 of 3 checks, see above
  to do    threshold_neuron  Return the neuron's answer for each row.
  to do    perceptron_rule   corrected_weights: Return the corrected weights.
  to do    build_perceptron  Return an untrained model: one sigmoid unit.
  to do    train_gate        Return a perceptron trained on the four `targets`.
  to do    neuron_gradient   Return the slopes of the binary cross-entropy.
  to do    xor_failure       rows_right: Return how many rows are right.
  to do    xor_network       build_xor_network: Return the 2-2-1 network.
  to do    decision_lines    Return a row (a, b, c) for each first-layer unit.
  to do    plot_decision     Draw the inputs and lines; return the Axes.

Next: correct `and_gate`, exercises/ex04_perceptron/ex04_perceptron.py:74

1 passed, 1 wrong, 17 not written in TIME
"""


@pytest.fixture
def alone(tmp_path) -> Interpreter:
    """An interpreter that has what students install, and not this package."""
    python = Interpreter(tmp_path / "packages", AUTOGRADER)
    assert python.lacks("autograder", tmp_path)
    return python


def test_the_folder_alone_gives_the_whole_answer(me, alone):
    """Copied alone, without the package installed, the folder prints just this."""
    me.fill("and_gate", "    return a | b")
    me.fill("or_gate", "    return a | b")
    assert [path.name for path in me.root.iterdir() if path != alone.packages] == ["exercises"]
    done = alone.run("-m", "pytest", "exercises/", folder=me.root)
    assert re.sub(r"in \d+\.\d+s", "in TIME", done.stdout) == ANSWER
    assert done.returncode == 1, done.stderr


def test_every_exercise_runs_alone(tmp_path, alone):
    """The whole folder, copied alone, is to do in every task of every exercise."""
    copied = tmp_path / "exercises"
    keep = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(REPOSITORY / "exercises", copied, ignore=keep)
    done = alone.run("-m", "pytest", "exercises/", folder=tmp_path)
    assert done.returncode == 1, done.stderr
    tables = re.findall(r"^(ex\d\d_\w+): 0 of \d+ tasks right$", done.stdout, flags=re.MULTILINE)
    assert tables == sorted(path.name for path in copied.glob("ex*"))
    assert re.search(r"^\d+ not written in", done.stdout, flags=re.MULTILINE)


def test_keras_answers_run_alone(me, alone):
    """A right Keras answer is right without the package, with the real Keras."""
    layers = '[keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")]'
    me.fill("build_perceptron", f"    return keras.Sequential({layers})")
    done = alone.run("-m", "pytest", "exercises/", "-k", "build_perceptron", folder=me.root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 tasks right" in done.stdout
