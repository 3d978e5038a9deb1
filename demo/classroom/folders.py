"""A course directory, an exchange and the students' homes, in a folder of their own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from classroom.commands import WORKERS, Command, Runner, environment

REPOSITORY = Path(__file__).resolve().parents[2]
COURSE_ID = "keras"
#: Hidden inputs are drawn from a secret; here from a known one, for the same marks.
SEED = "demo"

# What a site sets beside the course's own nbgrader_config.py; students read this file alone.
SITE_CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = {course_id!r}
c.Exchange.root = {exchange!r}
# The five students share one account of this machine, so owners and names differ.
c.ExchangeCollect.check_owner = False
# The bundled sample: no download, and the same marks everywhere.
c.GradeSubmission.data_profile = "sample"
# Shown on any machine, even where student code cannot be walled in; every report says so.
c.GradeSubmission.require_isolation = False
"""


class Classroom:
    """The folders of one course, and nbgrader's commands in them."""

    def __init__(self, folder: Path, slugs: Sequence[str], *, quiet: bool = False) -> None:
        self.slugs = tuple(slugs)
        self.folder = folder
        self.course = folder / "course"
        self.exchange = folder / "exchange"
        self.site = folder / "site"
        self.runner = Runner(folder / "logs", quiet=quiet)

    def build(self) -> None:
        """Make the folders anew, with this repository's source notebooks and configuration."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.course, self.exchange, self.site, self.folder / "logs"):
            folder.mkdir(parents=True)
        self.exchange.chmod(0o777)  # nbgrader asks for an exchange that everyone can write to
        shutil.copy(REPOSITORY / "nbgrader_config.py", self.course)
        for slug in self.slugs:
            shutil.copytree(REPOSITORY / "source" / slug, self.course / "source" / slug)
        (self.site / "nbgrader_config.py").write_text(
            SITE_CONFIG.format(course_id=COURSE_ID, exchange=str(self.exchange)), encoding="utf-8"
        )

    def home(self, student: str) -> Path:
        """The folder that a student works in."""
        return self.folder / "students" / student

    def notebook(self, student: str, slug: str) -> Path:
        """The notebook that a student fetched."""
        return self.home(student) / slug / f"{slug}.ipynb"

    def feedback(self, student: str, slug: str) -> Path:
        """The newest feedback page that a student fetched."""
        return max((self.home(student) / slug / "feedback").glob(f"*/{slug}.html"))

    def instructor(self, *arguments: str) -> Command:
        """A command of the instructor's, in the course directory."""
        return Command(arguments, self.course, self._environment(self.folder / "instructor"))

    def student(self, name: str, *arguments: str) -> Command:
        """A command of a student's, in their home, under their own name.

        nbgrader takes a student's name from the account; on one account `--student` gives it.
        """
        home = self.home(name)
        home.mkdir(parents=True, exist_ok=True)
        # Several submissions of one student at the same time would each make this folder.
        cache = home / ".jupyter" / "data" / "nbgrader_cache" / COURSE_ID
        cache.mkdir(parents=True, exist_ok=True)
        return Command(
            (*arguments, "--student", name), home, self._environment(home / ".jupyter"), name
        )

    def each(self, name: str, *options: str, workers: int = WORKERS) -> None:
        """Run one of the instructor's commands for every exercise."""
        self.runner.run([self.instructor(name, slug, *options) for slug in self.slugs], workers)

    def enrol(self, names: Mapping[str, str]) -> None:
        """Put students into the gradebook, so that formgrader knows them by name.

        Args:
            names: Last names by account; the account's name is the first name.
        """
        rows = [f"{name},{name.capitalize()},{last}" for name, last in names.items()]
        table = self.course / "students.csv"
        table.write_text("\n".join(["id,first_name,last_name", *rows, ""]), encoding="utf-8")
        self.runner.run([self.instructor("db", "student", "import", table.name)])

    def fetch(self, students: Sequence[str]) -> None:
        """Let students fetch all assignments."""
        self.runner.run([self.student(name, "fetch_assignment", *self.slugs) for name in students])

    def submit(self, students: Sequence[str]) -> None:
        """Let students submit all assignments."""
        self.runner.run(
            [self.student(name, "submit", slug) for name in students for slug in self.slugs]
        )

    def fetch_feedback(self, students: Sequence[str]) -> None:
        """Let students fetch the feedback on all assignments."""
        self.runner.run([self.student(name, "fetch_feedback", *self.slugs) for name in students])

    def _environment(self, jupyter: Path) -> dict[str, str]:
        return environment(
            JUPYTER_CONFIG_DIR=str(self.site),
            # nbgrader keeps a student's submissions in the data folder: one for each person.
            JUPYTER_DATA_DIR=str(jupyter / "data"),
            JUPYTER_RUNTIME_DIR=str(jupyter / "runtime"),
            AUTOGRADER_COURSE=str(REPOSITORY),
            AUTOGRADER_SEED=SEED,
        )
