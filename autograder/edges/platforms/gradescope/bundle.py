"""The zip that an instructor uploads to Gradescope: all that grading one exercise there takes."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path

from autograder.course.catalog import CATALOG, Course
from autograder.course.seed import course_seed
from autograder.edges.platforms.gradescope import results
from autograder.edges.platforms.wheel import wheel, zipped
from autograder.errors import CourseError, UsageError

_SCRIPTS = Path(__file__).with_name("scripts")
_EXECUTABLE = frozenset({"setup.sh", "run_autograder"})
_PIN = re.compile(r"^[A-Za-z0-9][\w.-]*==\S+", re.MULTILINE)
# Kept submissions and wrong edits are for authors; caches are for nobody.
_NOT_FOR_GRADING = {"submissions", "mutants.toml", "__pycache__"}


def bundle(
    course: Course,
    slug: str,
    constraints: bytes,
    *,
    visibility: str = "visible",
    data: str = "sample",
    require_isolation: bool = False,
) -> dict[str, bytes]:
    """Return the files of the zip, by name.

    Hidden inputs are drawn from a secret of its own, which follows from the course's: it is the
    same each time, and a zip that is lost gives away nothing of what the course itself draws.

    Args:
        course: The course of the exercise.
        slug: The exercise's name.
        constraints: pip's requirements, each pinned.
        visibility: When students see the checks, one of `results.VISIBILITIES`.
        data: "sample", or "full" to have the container fetch the full data sets.
        require_isolation: Mark nothing where student code cannot be walled in.

    Raises:
        CourseError: The exercise, or something of it, is not there.
        UsageError: `constraints` pins nothing.
    """
    exercise = course.exercise(slug)
    if not _PIN.search(constraints.decode("utf-8", "replace")):
        raise UsageError(
            "A bundle installs pinned packages, one a line, such as numpy==2.1.0. Received: "
            "constraints without any. Give --constraints FILE."
        )
    name, content = wheel()
    options = ["--visibility", visibility, "--data", data]
    options += ["--require-isolation"] if require_isolation else []
    seed = hmac.new(course_seed(course), f"gradescope {slug}".encode(), hashlib.sha256)
    files = {
        "setup.sh": _script("setup.sh", {"FETCH": "1" if data == "full" and exercise.data else ""}),
        "run_autograder": _script(
            "run_autograder", {"EXERCISE": slug, "OPTIONS": " ".join(options)}
        ),
        "not_marked.json": results.dumps(results.not_marked(slug, 0)).encode(),
        "constraints.txt": constraints,
        name: content,
        "seed": seed.hexdigest().encode(),
        f"course/{CATALOG.as_posix()}": (course.root / CATALOG).read_bytes(),
    }
    parts = [course.stub(slug).parent, course.folder(slug).path]
    for folder in parts:
        files |= _below(folder, course.root)
    files |= {
        f"course/{path.relative_to(course.root).as_posix()}": path.read_bytes()
        for path in (course.sample(one) for one in exercise.data)
        if path.is_file()
    }
    return files


def archive(files: dict[str, bytes]) -> bytes:
    """Return the zip; its scripts can be run."""
    return zipped(files, _EXECUTABLE)


def _below(folder: Path, root: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise CourseError(
            f"An exercise has its files in the course. Received: no folder {folder}. "
            "Write the exercise first, or correct the name."
        )
    return {
        f"course/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _NOT_FOR_GRADING & set(path.relative_to(folder).parts)
    }


def _script(name: str, values: dict[str, str]) -> bytes:
    text = (_SCRIPTS / name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text.encode()
