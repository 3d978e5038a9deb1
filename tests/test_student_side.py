"""What a student sees: real runs of pytest on copies of `exercises/`, as a student starts them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
SLUG = "ex04_perceptron"
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"


class Student:
    """A copy of `exercises/` (one exercise of it) in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.exercises = root / "exercises"
        self.exercises.mkdir()
        for path in (REPOSITORY / "exercises").iterdir():
            if path.is_file():
                shutil.copy(path, self.exercises)
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

    def pytest(self, *arguments: str, folder: Path | None = None) -> tuple[int, str]:
        """Run `pytest` as a student does; return the exit status and what it printed."""
        env = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
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
    assert len(todo) == 7
    assert all(line.startswith("  to do    ") for line in todo)
    assert "build_perceptron  Return an untrained model: one sigmoid unit." in output
    assert f"{SLUG}: 0 of 7 tasks right" in output
    assert "12 not written" in output


@pytest.mark.parametrize(
    ("folder", "arguments"),
    [("", [f"exercises/{SLUG}"]), ("exercises", []), (f"exercises/{SLUG}", [])],
)
def test_pytest_may_start_anywhere(me, folder, arguments):
    """From above, from inside `exercises` and from the exercise's folder: the same table."""
    status, output = me.pytest(*arguments, folder=me.root / folder)
    assert status == 1
    assert f"{SLUG}: 0 of 7 tasks right" in output


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
    assert f"{SLUG}: 7 of 7 tasks right" in output


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
    assert "wrong    gates  1 of 3 checks, see above" in output
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
    """An exception in the check itself names the line of the check, not one of a library."""
    test = me.file.with_name(f"test_{SLUG}.py")
    text = test.read_text(encoding="utf-8")
    test.write_text(text.replace("assert answers == [0, 0, 0, 1]", "assert answers[9]", 1))
    me.fill("and_gate", "    return a & b")
    _, output = me.pytest("exercises/", "-k", "and_gate")
    assert "IndexError" in output
    assert "the check stopped at `assert answers[9], (`" in output


def test_a_forgotten_raise_is_pointed_out(me):
    """Code above a `raise NotImplementedError()` that was left in: the line is named."""
    me.fill("and_gate", f"    result = a & b\n{STUB}")
    _, output = me.pytest("exercises/", "-k", "and_gate")
    assert f"and_gate: delete line {me.line('raise NotImplementedError()')}" in output


def test_a_task_that_waits_for_another_says_so(me):
    """A written function that calls one still to be written is not called wrong."""
    me.fill("or_gate", "    return and_gate(a, b)")
    _, output = me.pytest("exercises/", "-k", "test_or_gate")
    assert "waits for another task" in output
    assert "1 not written" in output


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("def broken(:", "must be valid Python"),
        ("%matplotlib inline", "it is a notebook command"),
        ("ratio = 1 / 0", "of ex04_perceptron.py: `ratio = 1 / 0`"),
        ("raise SystemExit(0)", "Received: SystemExit: 0"),
        ("import no_such_module", "ModuleNotFoundError"),
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
    assert words in output
    assert output.count("Received:") == 1
    assert "the file cannot be loaded, see above" in output


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
    assert "11 not written" in output
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
