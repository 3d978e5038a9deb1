"""A class whose submissions come through nbgrader's exchange, and `autograder serve` beside it.

Its course is the one of NumPy exercises, which asks for no Keras: a box is there at once.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from classroom.commands import Command, Runner, environment
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash
from pages import seen
from repository import ROOT
from sqlalchemy import text

SLUG = "tables"
COURSE_ID = "numpy-basics"
AUTOGRADER = str(Path(sys.executable).parent / "autograder")
WAIT_S = 240.0

STANDARDISE = """\
def standardise(table):
    spread = table.std(axis=0)
    return (table - table.mean(axis=0)) / np.where(spread == 0, 1, spread)
"""
PLOT = """\
def plot_columns(table, names):
    figure, ax = plt.subplots()
    for name, column in zip(names, table.T):
        ax.plot(column, label=name)
    ax.set(xlabel="row", ylabel="value")
    ax.legend()
    return figure
"""
RIGHT = {"standardise": STANDARDISE, "plot_columns": PLOT}
#: A column of equal values is divided by 0.
HALF = RIGHT | {"standardise": STANDARDISE.replace("np.where(spread == 0, 1, spread)", "spread")}
SITE = """\
c = get_config()
c.CourseDirectory.course_id = {course!r}
c.Exchange.root = {exchange!r}
# The students share one account of this machine, so owners and names differ.
c.ExchangeCollect.check_owner = False
c.GradeSubmission.data_profile = "sample"
c.GradeSubmission.require_isolation = False
c.GradeSubmission.class_reports = ""
c.Serve.scan = 1.0
c.Serve.grace = 0.0
"""


class Service:
    """An `autograder serve` that is running."""

    def __init__(self, school: School, *options: str, **changes: str) -> None:
        self.process = subprocess.Popen(
            [AUTOGRADER, "serve", *options],
            cwd=school.course,
            env={**school.environment, **changes},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def text(self) -> str:
        """All that it printed so far."""
        return "".join(self.lines)

    def end(self, number: int | None = None) -> int:
        """Send a signal, if one is given, and wait for the end; return the exit status."""
        if number is not None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=WAIT_S)
        self._reader.join(timeout=WAIT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


class School:
    """The course directory of one class, its exchange, and what its students see."""

    right = RIGHT
    half = HALF

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.course, self.exchange = folder / "course", folder / "exchange"
        self.site = folder / "site"
        self.inbound = self.exchange / COURSE_ID / "inbound"
        self.released = self.exchange / COURSE_ID / "feedback"
        self.db_url = f"sqlite:///{self.course / 'gradebook.db'}"

    def build(self, db_url: str = "") -> None:
        """Make the folders, generate the assignment and release it.

        Args:
            db_url: Where the gradebook is; a file in the course if empty.
        """
        leave = shutil.ignore_patterns("__pycache__", ".*", "submissions")
        shutil.copytree(ROOT / "examples" / "numpy_basics", self.course, ignore=leave)
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        self.configure("", db_url)
        runner = Runner(self._made("logs"), quiet=True)
        for step in ("generate_assignment", "release_assignment"):
            runner.run([self.instructor(step, SLUG)])

    def copy(self, folder: Path) -> School:
        """Return the same class in another folder."""
        shutil.copytree(self.folder, folder)
        made = School(folder)
        made.configure("")
        return made

    def configure(self, lines: str, db_url: str = "") -> None:
        """Write the site's configuration, with further lines."""
        self.site.mkdir(exist_ok=True)
        if db_url:
            self.db_url = db_url
        text = SITE.format(course=COURSE_ID, exchange=str(self.exchange))
        text += f"c.CourseDirectory.db_url = {self.db_url!r}\n{lines}\n"
        (self.site / "nbgrader_config.py").write_text(text)

    def _made(self, name: str) -> Path:
        (self.folder / name).mkdir(exist_ok=True)
        return self.folder / name

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the instructor's programs."""
        return environment(
            JUPYTER_CONFIG_DIR=str(self.site),
            JUPYTER_DATA_DIR=str(self.folder / "jupyter" / "data"),
            JUPYTER_RUNTIME_DIR=str(self.folder / "jupyter" / "runtime"),
            AUTOGRADER_SEED="a secret of the course",
            AUTOGRADER_STORE=str(self.folder / "store"),
            COLUMNS="200",
        )

    def instructor(self, *arguments: str) -> Command:
        """A command of the instructor's."""
        return Command(arguments, self.course, self.environment)

    def student(self, name: str, *arguments: str) -> str:
        """Run a command of a student's, in their home, under their own name."""
        home = self._made("students") / name
        home.mkdir(exist_ok=True)
        own = {**self.environment, "JUPYTER_DATA_DIR": str(home / ".jupyter")}
        command = Command((*arguments, "--student", name), home, own, name)
        (text,) = Runner(self._made("logs"), quiet=True).run([command])
        return text

    def gradebook(self) -> Gradebook:
        """nbgrader's gradebook."""
        return Gradebook(self.db_url, COURSE_ID)

    def enrol(self, *students: str) -> None:
        """Put students into the gradebook."""
        with self.gradebook() as gradebook:
            for student in students:
                gradebook.update_or_create_student(student)

    def due(self, when: dt.datetime | None) -> None:
        """Set the assignment's due date."""
        naive = None if when is None else when.astimezone(dt.UTC).replace(tzinfo=None)
        with self.gradebook() as gradebook:
            gradebook.update_or_create_assignment(SLUG, duedate=naive)

    def due_in(self, seconds: float) -> None:
        """Set the due date from now on."""
        self.due(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds))

    # What students do

    def notebook(self, answers: Mapping[str, str]) -> nbformat.NotebookNode:
        """The released notebook, with answers in their cells."""
        path = self.course / "release" / SLUG / f"{SLUG}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = answers.get(grade_id, cell.source)
        return notebook

    def submit(
        self,
        student: str,
        answers: Mapping[str, str] | bytes = RIGHT,
        *,
        claimed: dt.datetime | None = None,
        whole: bool = True,
        secret: str = "",
    ) -> Path:
        """Put into the exchange what `nbgrader submit` puts there, in its order."""
        time_of = claimed or dt.datetime.now(dt.UTC)
        stamp = time_of.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
        token = base64.urlsafe_b64encode(os.urandom(9)).decode()
        folder = self.inbound / f"{student}+{SLUG}+{stamp}+{token}"
        folder.mkdir()
        content = answers
        if not isinstance(content, bytes):
            content = json.dumps(self.notebook(content)).encode()
        (folder / f"{SLUG}.ipynb").write_bytes(content)
        if whole:
            self.complete(folder, stamp, secret)
        return folder

    @staticmethod
    def complete(folder: Path, stamp: str = "", secret: str = "") -> None:
        """Write what `nbgrader submit` writes last."""
        (folder / "timestamp.txt").write_text(stamp or folder.name.rsplit("+", 3)[2])
        (folder / "submission_secret.txt").write_text(secret or secrets.token_hex(64))
        folder.chmod(0o777)

    def page(self, folder: Path) -> str | None:
        """What `nbgrader fetch_feedback` would fetch for a submission; None if nothing yet."""
        secret = (folder / "submission_secret.txt").read_text()
        name = notebook_hash(secret=secret, notebook_id=SLUG)
        try:
            return (self.released / f"{name}.html").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def seen(self, folder: Path) -> str:
        """The text of that page."""
        return seen(self.page(folder) or "")

    # What the server does

    def serve_once(self, status: int = 0, **changes: str) -> str:
        """Run `autograder serve --once`, and return what it printed."""
        service = Service(self, "--once", **changes)
        assert service.end() == status, service.text
        return service.text

    def serve(self, *options: str, **changes: str) -> Service:
        """Start `autograder serve`."""
        return Service(self, *options, **changes)

    def grades(self, student: str) -> dict[str, float | None]:
        """The automatic scores by the cells' ids."""
        with self.gradebook() as gradebook:
            submission = gradebook.find_submission(SLUG, student)
            return {g.name: g.auto_score for book in submission.notebooks for g in book.grades}

    def journal(self) -> dict[str, dict[str, Any]]:
        """What the server noted, by the submission's folder."""
        with self.gradebook() as gradebook:
            rows = gradebook.db.execute(text("SELECT * FROM autograder_serve")).mappings()
            return {row["name"]: dict(row) for row in rows}

    def states(self) -> list[str]:
        """The states of all submissions, in the order of their arrival."""
        return [one["state"] for one in sorted(self.journal().values(), key=lambda x: x["arrived"])]


def until(holds: Callable[[], object], within_s: float = WAIT_S) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "It did not come to hold in time."
        time.sleep(0.1)
