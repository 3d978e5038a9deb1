"""The watch mode: checks what was saved, and says the one next thing to do."""

from __future__ import annotations

import ast
import os
import queue
import time
from pathlib import Path
from typing import Any

from course_checks import page, state
from course_checks.keyboard import Keyboard
from course_checks.listing import Listed
from course_checks.progress import BROKEN, NOT_WRITTEN, RIGHT, Progress
from course_checks.runs import FORKS, Run
from course_checks.saves import Saves
from course_checks.state import Exercise
from course_checks.supervisor import Limits
from course_checks.warm import Warm
from course_checks.words import COURSE_MODULES, PACKAGES


class Watch:
    """The exercises that are watched, and where the student is in them."""

    def __init__(self, root: Path, tests: list[Path]) -> None:
        self.root = root
        kept = state.load(root)
        self.exercises = [Exercise(one, kept.get(one.stem[len("test_") :], {})) for one in tests]
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.screen = page.Screen()
        self.skipped: set[tuple[str, str]] = set()
        self.hints = 0
        self.is_listing = False
        self.running: Run | None = None
        self.warm: Warm | None = None
        self.note = ""
        self.saved = 0.0
        self.limits = Limits(_seconds("CHECK_SECONDS", 20), _seconds("TRAINING_SECONDS", 300))

    def here(self) -> tuple[Exercise, str] | None:
        """Return the exercise and task that come next; None if all is right."""
        left = [
            (exercise, task)
            for exercise in self.exercises
            for task in exercise.tasks()
            if self.state_of(exercise, task) != RIGHT
        ]
        for exercise, task in left:
            if (exercise.name, task) not in self.skipped:
                return exercise, task
        if left:
            self.skipped.clear()
        return left[0] if left else None

    def state_of(self, exercise: Exercise, task: str) -> str:
        """Return a task's state: "" while a check of it is to be run."""
        found = self.progress(exercise).tasks.get(task, [])
        for one in (BROKEN, "wrong", NOT_WRITTEN):
            if any(report.state == one for report in found):
                return one
        return "" if exercise.stale(task) else RIGHT

    def progress(self, exercise: Exercise) -> Any:
        """Return what the verdicts on an exercise mean together."""
        found = Progress([one.check for one in exercise.listed], exercise.reports())
        found.tasks = found.tasks.get(exercise.name, {})
        return found

    def advance(self) -> None:
        """Run what must be known to say what comes next, unless it runs already."""
        if self.running is not None:
            return
        place = self.here()
        if place is None or not place[0].stale(place[1]):
            return
        exercise, task = place
        if self.warm is None:
            self.warm = Warm(libraries(exercise), fork=FORKS)
        checks = exercise.stale(task)
        self.running = Run(exercise, checks, self.warm, self.root, self.limits, self.events)

    def close(self) -> None:
        """End all processes, and keep what is known."""
        if self.running is not None:
            self.running.end()
        if self.warm is not None:
            self.warm.close()
        state.keep(self.root, self.exercises)


def libraries(exercise: Exercise) -> list[str]:
    """Return what an exercise and its checks import, of what takes its time."""
    found: dict[str, None] = {}
    for tree in (exercise.tree, ast.parse(exercise.tests.read_bytes())):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
    known = COURSE_MODULES | set(PACKAGES)
    return [name for name in found if name.partition(".")[0] in known]


def _seconds(name: str, default: float) -> float:
    try:
        return float(os.environ.get(name, default)) or default
    except ValueError:
        return default


def watch(root: Path, arguments: list[str]) -> int:
    """Watch exercises until the student quits.

    Args:
        root: The folder of the exercises.
        arguments: Folders or files of exercises; all that have been begun, or all, if empty.
    """
    found = {path.parent.name: path for path in sorted(root.glob("*/test_*.py"))}
    paths = [Path(one.partition("::")[0]).resolve() for one in arguments]
    wanted = [path.stem.removeprefix("test_") for path in paths if path != root]
    chosen = [found[name] for name in wanted if name in found]
    unknown = [name for name in wanted if name not in found]
    if unknown or not found:
        print(f"An exercise is one of {', '.join(found)}. Received: {', '.join(unknown)}.")
        return 2
    watched = Watch(root, chosen or list(found.values()))
    saves = Saves([one.path for one in watched.exercises], watched.events)
    keys = Keyboard(watched.events)
    if not keys.single:
        watched.note = "No single keys here: type the letter and press Enter. Saves are seen."
    if watched.screen.is_plain:
        print(f"Plain output, for this is no terminal with colours. Saves: {saves.how}.")
    if not FORKS:
        watched.note += " A process in reserve takes the place of a fork, which is missing here."
    try:
        return _loop(watched)
    except KeyboardInterrupt:
        return 0
    finally:
        keys.restore()
        watched.close()
        print("\nWhat is right is kept: see you.")


def _loop(watched: Watch) -> int:
    watched.advance()
    page.draw(watched)
    while True:
        kind, value = watched.events.get()
        running = watched.running
        if kind == "key":
            if value in ("q", ""):
                return 0
            _press(watched, value)
        elif kind == "saved":
            _saved(watched, value)
        elif kind == "verdict":
            _take(watched, *value)
        elif kind == "note" and running is not None and value is running:
            watched.note = str(value.note)
        elif kind == "ended" and value is running:
            watched.running = None
        watched.advance()
        page.draw(watched)


def _take(watched: Watch, run: Run, one: Listed, verdict: dict[str, Any]) -> None:
    """Take a verdict, if it is on the file as it is now."""
    is_current = run is watched.running
    if not is_current or run.is_over or run.file != run.exercise.file:
        return
    run.exercise.put(one, verdict)
    state.keep(watched.root, watched.exercises)
    if watched.saved and (verdict["state"] != RIGHT or one is run.checks[-1]):
        watched.note = f"Checked {time.time() - watched.saved:.2f} s after your save."


def _saved(watched: Watch, path: Path) -> None:
    if watched.running is not None:
        watched.running.end()
        watched.running = None
    try:
        watched.saved = path.stat().st_mtime
    except OSError:
        watched.saved = time.time()
    watched.hints, watched.is_listing, watched.note = 0, False, ""
    watched.skipped.clear()
    for exercise in watched.exercises:
        if exercise.path == path:
            exercise.read()


def _press(watched: Watch, key: str) -> None:
    place = watched.here()
    if key == "h":
        watched.is_listing = False
        watched.hints = min(3, watched.hints + 1)
    elif key == "l":
        watched.is_listing = not watched.is_listing
    elif key == "n" and place:
        watched.skipped.add((place[0].name, place[1]))
        watched.hints, watched.is_listing = 0, False
    elif key == "r" and place:
        for one in place[0].listed:
            if one.check.task == place[1]:
                place[0].verdicts.pop(one.name, None)
        watched.saved = time.time()
        place[0].read()
