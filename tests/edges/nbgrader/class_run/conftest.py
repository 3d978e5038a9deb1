"""A class whose submissions lie in `submitted/`, and nbgrader's real commands on it.

Of ex04 the students write the first task alone, which is graded in a second or two.
"""

from __future__ import annotations

import json
import queue
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from classroom.commands import PROGRAMS
from classroom.folders import Classroom
from nbgrader.api import Gradebook, MissingEntry

SLUG = "ex04_perceptron"
WAIT_S = 240.0

RIGHT = '''\
def and_gate(a: int, b: int) -> int:
    """Return 1 if both are 1, else 0."""
    return int(a == 1 and b == 1)


def or_gate(a: int, b: int) -> int:
    """Return 1 if at least one is 1, else 0."""
    return int(a == 1 or b == 1)


def xor_gate(a: int, b: int) -> int:
    """Return 1 if exactly one is 1, else 0."""
    return int(a != b)
'''
HALF = RIGHT.replace("a == 1 or b == 1", "a == 1 and b == 1")


class Run:
    """An `nbgrader autograde` that is running; its lines can be waited for."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.lines: list[str] = []
        self._fresh: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self._fresh.put(line)
        self._fresh.put(None)

    def wait_for(self, text: str) -> bool:
        """Whether a line with `text` came before the end."""
        while (line := self._fresh.get(timeout=WAIT_S)) is not None:
            if text in line:
                return True
        return False

    def wait_lines(self, count: int) -> None:
        """Wait for so many more lines, or for the end."""
        for _ in range(count):
            if self._fresh.get(timeout=WAIT_S) is None:
                return

    def end(self) -> int:
        """Wait for the end, and return the exit status."""
        status = self.process.wait(timeout=WAIT_S)
        self._reader.join(timeout=WAIT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def kill(self, number: int = signal.SIGKILL) -> list[psutil.Process]:
        """Send a signal, and return what processes it had started by then."""
        try:
            family = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        self.process.send_signal(number)
        return family

    @property
    def text(self) -> str:
        """All that it printed so far."""
        return "".join(self.lines)


class School:
    """The course directory of one class."""

    slug = SLUG
    right = RIGHT
    half = HALF  # one of three gates is wrong

    def __init__(self, room: Classroom) -> None:
        self.room = room
        self.course = room.course
        self.environment = {
            **room.instructor().environment,
            "AUTOGRADER_STORE": str(room.folder / "store"),
            "COLUMNS": "200",
        }

    # What students do

    def notebook(self, gates: str | None = RIGHT) -> nbformat.NotebookNode:
        """The released notebook, with the first task's cell written."""
        path = self.course / "release" / SLUG / f"{SLUG}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        if gates is not None:
            self.cell(notebook, "gates").source = gates
        return notebook

    @staticmethod
    def cell(notebook: nbformat.NotebookNode, grade_id: str) -> nbformat.NotebookNode:
        """The cell of that id."""
        (found,) = [
            cell
            for cell in notebook.cells
            if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
        ]
        return found

    def folder(self, student: str) -> Path:
        """Where a student's submission lies."""
        folder = self.course / "submitted" / student / SLUG
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def hand_in(self, student: str, content: bytes | nbformat.NotebookNode | None = None) -> Path:
        """Put a submission into `submitted/`; the right one by default. Return its file."""
        content = self.notebook() if content is None else content
        if isinstance(content, dict):
            content = json.dumps(content).encode()  # no writer that corrects it
        path = self.folder(student) / f"{SLUG}.ipynb"
        path.write_bytes(content)
        (path.parent / "timestamp.txt").write_text("2030-01-01 00:00:00 UTC")
        return path

    # What the instructor does

    def start(self, *options: str, **changes: str) -> Run:
        """Begin `nbgrader autograde`."""
        command = [str(PROGRAMS / "nbgrader"), "autograde", SLUG, *options]
        return Run(command, self.course, {**self.environment, **changes})

    def autograde(self, *options: str, status: int = 0, **changes: str) -> str:
        """Run `nbgrader autograde` to its end, and return what it printed."""
        run = self.start(*options, **changes)
        assert run.end() == status, run.text
        return run.text

    def generate_feedback(self) -> str:
        """Run `nbgrader generate_feedback`."""
        (text,) = self.room.runner.run([self.room.instructor("generate_feedback", SLUG)])
        return text

    # What has come of it

    def gradebook(self) -> Gradebook:
        """nbgrader's gradebook."""
        return Gradebook(f"sqlite:///{self.course / 'gradebook.db'}")

    def grades(self, student: str) -> dict[str, dict[str, object]]:
        """The grades by cell id; none where the student has no submission yet."""
        with self.gradebook() as gradebook:
            try:
                submission = gradebook.find_submission(SLUG, student)
            except MissingEntry:
                return {}
            return {g.name: g.to_dict() for book in submission.notebooks for g in book.grades}

    def marks(self, student: str) -> tuple[object, ...]:
        """The automatic scores, in the order of the cells' ids."""
        return tuple(grade["auto_score"] for _, grade in sorted(self.grades(student).items()))

    def waits_for_a_person(self, student: str) -> bool:
        """Whether a task was left without a mark."""
        return any(grade["needs_manual_grade"] for grade in self.grades(student).values())

    def autograded(self, student: str) -> Path:
        """The folder that nbgrader makes."""
        return self.course / "autograded" / student / SLUG

    def copy_of(self, student: str) -> nbformat.NotebookNode:
        """The autograded notebook."""
        return nbformat.read(self.autograded(student) / f"{SLUG}.ipynb", as_version=4)

    def page(self, student: str) -> str:
        """The feedback page."""
        path = self.course / "feedback" / student / SLUG / f"{SLUG}.html"
        return path.read_text(encoding="utf-8")

    def marks_left(self) -> list[Path]:
        """The marks of submissions whose grading has not ended."""
        return sorted((self.course / "autograded").rglob(".*.unfinished"))

    def assert_sound(self) -> None:
        """The gradebook is a whole database."""
        with sqlite3.connect(self.course / "gradebook.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        database.close()


def ended(processes: list[psutil.Process], within_s: float = 15.0) -> bool:
    """Whether all of them end in time; zombies have."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not [one for one in processes if one.is_running() and not _zombie(one)]:
            return True
        time.sleep(0.1)
    return False


def _zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(scope="session")
def all_ended():
    """`ended`, for tests."""
    return ended


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A course with the assignment generated, and nobody in it."""
    room = Classroom(tmp_path_factory.mktemp("generated"), [SLUG], quiet=True)
    room.build()
    (room.course / "source" / SLUG / "words.txt").write_text("of the course")
    room.each("generate_assignment")
    return room


@pytest.fixture(scope="module")
def school(generated: Classroom, tmp_path_factory: pytest.TempPathFactory) -> School:
    """A class of its own for each file of tests."""
    room = Classroom(tmp_path_factory.mktemp("school"), [SLUG], quiet=True)
    shutil.copytree(generated.folder, room.folder, dirs_exist_ok=True)
    site = room.site / "nbgrader_config.py"  # which names the exchange
    site.write_text(site.read_text().replace(str(generated.folder), str(room.folder)))
    return School(room)
