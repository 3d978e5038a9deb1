"""The watch mode, as a student runs it: files are saved, keys are pressed, the screen is read."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from autograder.authoring.visible_plugin import NAMES, TEMPLATES

SLUG = "ex01_sums"
STUB = '''\
def total(values):
    """Return the sum.

    Returns:
        A number.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def mean(values):
    """Return the mean.

    Returns:
        A number.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
'''
CHECKS = '''\
import pytest


@pytest.mark.task("total")
def test_total(student):
    """The sum of 1, 2 and 3 is 6."""
    received = student.total([1, 2, 3])
    assert received == 6, f"It is 6.\\nReceived: {received}.\\nAdd all three."


@pytest.mark.task("mean")
def test_mean(student):
    """The mean of 1, 2 and 3 is 2."""
    received = student.mean([1, 2, 3])
    assert received == 2, f"It is 2.\\nReceived: {received}.\\nDivide the sum by the count."
'''


class Watcher:
    """A student's folder of one exercise, and the watch mode that runs over it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in NAMES:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TEMPLATES / name, root / name)
        self.file = root / SLUG / f"{SLUG}.py"
        self.file.parent.mkdir()
        self.file.write_text(STUB, encoding="utf-8")
        (self.file.parent / f"test_{SLUG}.py").write_text(CHECKS, encoding="utf-8")
        self.program = None

    def start(self, *command: str) -> None:
        """Start it without a terminal."""
        env = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
        self.lines = queue.Queue()
        self.program = subprocess.Popen(
            [sys.executable, *(command or ("watch.py",))],
            cwd=self.root,
            env={**env, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "CHECK_SECONDS": "2"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        for line in self.program.stdout:
            self.lines.put(line)

    def until(self, words: str, seconds: float = 60.0) -> str:
        """Return what is shown up to a line that holds these words."""
        shown, end = "", time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                shown += self.lines.get(timeout=0.2)
            except queue.Empty:
                assert self.program.poll() is None, shown
            if words in shown:
                return shown
        raise AssertionError(f"{words} was not shown, but:\n{shown}")

    def press(self, key: str) -> None:
        self.program.stdin.write(f"{key}\n")
        self.program.stdin.flush()

    def write(self, name: str, body: str) -> None:
        """Save the file with this body for a function."""
        text = self.file.read_text(encoding="utf-8")
        before, head, after = text.partition(f"def {name}(")
        docstring, closing, rest = after.partition('    """\n')
        _, following, end = rest.partition("\n\n\n")
        self.file.write_text(
            f"{before}{head}{docstring}{closing}    {body}\n{following}{end}", encoding="utf-8"
        )

    def quit(self) -> None:
        self.press("q")
        assert self.program.wait(30) == 0
        self.close()

    def close(self) -> None:
        self.program.kill()
        self.program.wait()
        self.reader.join()
        self.program.stdin.close()
        self.program.stdout.close()


@pytest.fixture
def watcher(tmp_path):
    watcher = Watcher(tmp_path / "exercises")
    yield watcher
    if watcher.program is not None:
        watcher.close()


def test_a_save_is_checked_and_the_next_thing_is_shown(watcher):
    """To do, wrong, hints in steps, right, the list, and what was right is kept for another day."""
    watcher.start()
    watcher.until("No single keys here: type the letter and press Enter.")
    watcher.write("total", "return values[0] + values[1]")
    shown = watcher.until("Checked ")
    assert "Next: total, not right yet" in shown
    assert "Received: 3." in shown
    assert "Add all three." not in shown.rpartition("Next: total")[2]
    watcher.press("h")
    watcher.until("In `total`, lines 1 to 7.")
    watcher.press("h")
    watcher.until("Add all three.")
    watcher.write("total", "return sum(values)")
    watcher.until("Next: mean, to do")
    watcher.press("l")
    watcher.until("right    total")
    watcher.quit()
    kept = json.loads((watcher.root / ".progress.json").read_text(encoding="utf-8"))
    assert kept["exercises"][SLUG]["test_total"]["state"] == "right"
    watcher.start("-m", "pytest", "--watch")
    shown = watcher.until("Next: mean, to do")
    assert "1 of 2 tasks right" in shown
    assert "total runs" not in shown
    watcher.quit()


def test_an_endless_loop_does_not_stop_the_watching(watcher):
    """A save ends what still runs; without one the limit does; broken Python is told at once."""
    watcher.start("watch.py", SLUG)
    watcher.until("Next: total, to do")
    watcher.write("total", "while True: pass")
    watcher.until("total comes to an end.")
    watcher.write("total", "while values: pass")
    watcher.until("total runs")
    watcher.write("total", "return sum(values)")
    watcher.until("1 of 2 tasks right")
    watcher.write("mean", "return sum(values")
    watcher.until("must be valid Python. Every bracket that is opened is closed.")
    watcher.quit()


def test_an_unknown_exercise_is_told(watcher):
    """A name that is no exercise's ends the program with the names that are."""
    watcher.start("watch.py", "ex99")
    watcher.until(f"An exercise is one of {SLUG}. Received: ex99.")
    assert watcher.program.wait(30) == 2
