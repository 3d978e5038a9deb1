"""The hidden folder of an exercise: probe, grader, oracle, calibration and kept submissions.

Its Python files are loaded by path, as one package whose name comes from the folder's path and
content: so two courses in one process never take each other's, an edited file is loaded anew, and
a grader imports its oracle as `from .oracle import …`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import sys
import threading
import traceback
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import CourseError

_LOADING = threading.RLock()


@dataclass(frozen=True, slots=True)
class ExerciseFolder:
    """The folder of what is hidden about one exercise; nothing of it is read before it is needed.

    Attributes:
        slug: The exercise's name.
        path: The folder.
    """

    slug: str
    path: Path

    @property
    def probe_path(self) -> Path:
        """The file that draws inputs, and whose text asks a submission inside a box."""
        return self.path / "probe.py"

    @property
    def grader_path(self) -> Path:
        """The hidden checks."""
        return self.path / f"test_{self.slug}.py"

    @property
    def calibration_path(self) -> Path:
        """The measured thresholds, where the exercise has some."""
        return self.path / "calibration.json"

    @property
    def submissions(self) -> Path:
        """The folder of kept submissions, right and wrong, with their golden reports."""
        return self.path / "submissions"

    def probe_source(self) -> str:
        """Return the probe's text, which travels to the box in the job.

        Raises:
            CourseError: There is none, or it is not UTF-8.
        """
        try:
            return self.probe_path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(
                f"Every exercise needs a probe, in UTF-8. Received: {self.probe_path}: {error}. "
                "Write it."
            ) from error

    def probe(self) -> types.ModuleType:
        """Return the probe, for its `draw`, which runs on the host.

        Raises:
            CourseError: There is none, or it cannot be loaded.
        """
        return _load(self, self.probe_path, "a probe")

    def grader(self) -> types.ModuleType:
        """Return the hidden checks.

        Raises:
            CourseError: There are none, or they cannot be loaded.
        """
        return _load(self, self.grader_path, "a grader")

    def module(self, name: str) -> types.ModuleType:
        """Return another Python file of the folder, such as its oracle, by its name without `.py`.

        Raises:
            CourseError: There is none, or it cannot be loaded.
        """
        return _load(self, self.path / f"{name}.py", f"the file {name}.py")

    def calibration(self) -> dict[str, Any]:
        """Return all that is kept about the exercise's thresholds; empty if nothing is.

        Raises:
            CourseError: The file cannot be read.
        """
        try:
            text = self.calibration_path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        try:
            return dict(json.loads(text))
        except (ValueError, TypeError) as error:
            raise CourseError(
                "A calibration must be JSON as `autograder calibrate` writes it. Received: "
                f"{self.calibration_path}: {error}. Measure again, or restore the file."
            ) from error


def _load(folder: ExerciseFolder, path: Path, what: str) -> types.ModuleType:
    with _LOADING:
        if not path.is_file():
            raise CourseError(f"Every exercise needs {what}. Received: no {path}. Write it.")
        try:
            return importlib.import_module(f"{_package(folder.path)}.{path.stem}")
        except Exception as error:
            place = _line_in(folder.path, error)
            if isinstance(error, CourseError):
                raise CourseError(f"{place or path}: {error}") from error
            raise CourseError(
                f"{what.capitalize()} must load. Received: {place or path}: "
                f"{type(error).__name__}: {error}. Correct that line."
            ) from error


def _package(path: Path) -> str:
    """Return the name of the package that the files of a folder are loaded as."""
    files = sorted(path.glob("*.py"))
    stamps = tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    name = f"autograder_exercise_{_digest(path.resolve(), stamps)[:16]}"
    if name not in sys.modules:
        package = types.ModuleType(name, f"The hidden files of {path}.")
        package.__path__ = [str(path)]
        sys.modules[name] = package
    return name


@functools.lru_cache(maxsize=256)
def _digest(path: Path, stamps: tuple[tuple[str, int, int], ...]) -> str:
    """Return a digest of the folder's path and its Python files; `stamps` change with them."""
    digest = hashlib.sha256(f"{path}\0".encode())
    for name, _, _ in stamps:
        content = (path / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _line_in(folder: Path, error: Exception) -> str:
    """Return `file:line` of the last line of the folder's own that an error went through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == folder]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else ""
