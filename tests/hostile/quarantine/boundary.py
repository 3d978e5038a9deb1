"""Lets the real grader mark every attack, and after each one an innocent submission."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from autograder.course.catalog import read_course
from autograder.engine import Engine
from autograder.records import Limits, Report, Submission
from autograder.reporting.html_report import page_html
from autograder.reporting.json_report import document
from autograder.reporting.score import score
from autograder.sandbox.client import Sandbox
from autograder.store.store import Store
from quarantine.files import HANDED_IN, REPOSITORY, Attack, handed_in
from quarantine.room import Listener, Room, room

SLUG = "ex04_perceptron"
LIMITS = Limits(timeout_s=20.0, call_timeout_s=5.0, cpu_s=30, memory_mib=1500, processes=128)
LANES = 2


@dataclass
class Outcome:
    """What became of one attack, and of the submission after it."""

    report: Report
    text: str
    page: str
    after: dict[str, Any]
    changed: dict[str, tuple[str | None, str | None]]
    survivors: list[str] = field(default_factory=list)


class Boundary:
    """An engine that asks the cheap tasks alone, and a room outside for each attack."""

    def __init__(self, stores: Path) -> None:
        self._stores = stores
        self._sandbox: Sandbox | None = None
        self.secret = f"canary-{secrets.token_hex(8)}"
        self.listener = Listener()
        # What an environment gives away would be this.
        self._before = {name: os.environ.get(name) for name in ("AUTOGRADER_SEED", "NAIVE_SECRET")}
        os.environ.update(AUTOGRADER_SEED=self.secret, NAIVE_SECRET=self.secret)
        course = read_course(REPOSITORY)
        exercise = replace(course.exercise(SLUG), limits=LIMITS)
        self._courses = {
            training: replace(course, exercises=(replace(exercise, tasks=tasks),))
            for training, tasks in (
                (False, ("gates", "build_perceptron")),
                (True, ("gates", "build_perceptron", "train_gate")),
            )
        }
        self._own = self._engine(False)
        self._sandbox = self._own.sandbox
        self.engine = self._own

    def _engine(self, training: bool, store: str = "first") -> Engine:
        """Return an engine that asks for trained models as well, or not."""
        return Engine(
            self._courses[training],
            jobs=LANES,
            data_profile="sample",
            store=Store(self._stores / store),
            fresh=True,
            sandbox=self._sandbox,
        )

    def close(self) -> None:
        self._own.close()
        self.listener.close()
        for name, value in self._before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

    def grade(self, content: bytes, suffix: str = ".py") -> Report:
        return self.engine.grade(Submission("handed in", SLUG, content, suffix))

    def base(self, folder: Path | None = None) -> str:
        """Return the submission that attacks are appended to."""
        return handed_in(None, folder or Path("/nowhere"), self.listener.port).decode()

    def base_points(self, *, notebook: bool) -> int | None:
        """Return what the base is worth without an attack, as a script or as a notebook."""
        content = handed_in(None, Path("/nowhere"), self.listener.port, notebook=notebook)
        return score(self.grade(content, ".ipynb" if notebook else ".py")).total.points

    def innocent(self) -> dict[str, Any]:
        """Grade the innocent submission now, and return all of its report."""
        return shown(self.grade((HANDED_IN / "innocent.py").read_bytes()))

    @contextmanager
    def asking(self, *, training: bool) -> Iterator[None]:
        """Ask for trained models as well, or not."""
        before, self.engine = self.engine, self._engine(training)
        try:
            yield
        finally:
            self.engine = before

    def run(self, attacks: Iterable[Attack]) -> dict[str, Outcome]:
        """Grade attacks, two at a time; those that need it have the machine for themselves."""
        found: dict[str, Outcome] = {}
        every = list(attacks)
        for training in (False, True):
            some = [one for one in every if one.training is training]
            with self.asking(training=training):
                self._batch([one for one in some if not one.alone], LANES, found)
                for one in some:
                    if one.alone:
                        self.engine = self._engine(training, secrets.token_hex(4))
                        self._batch([one], 1, found)
        return found

    def _batch(self, attacks: list[Attack], lanes: int, found: dict[str, Outcome]) -> None:
        if not attacks:
            return
        before = self.processes()
        with ThreadPoolExecutor(lanes) as pool:
            for attack, outcome in zip(attacks, pool.map(self._one, attacks), strict=True):
                found[attack.id] = outcome
        survivors = self.survivors(before)
        for attack in attacks:
            found[attack.id].survivors = survivors

    def _one(self, attack: Attack) -> Outcome:
        with room(self.secret) as outside:
            content = handed_in(attack, outside.folder, self.listener.port)
            before = outside.state()
            report = self.grade(content, attack.suffix)
            after = self.innocent()
            return Outcome(
                report,
                json.dumps(shown(report)),
                page_html(report),
                after,
                _changes(outside, before),
            )

    def processes(self) -> set[int]:
        """Return all that runs under the sandboxes' own processes."""
        return self._sandbox.processes()

    def survivors(self, before: set[int]) -> list[str]:
        """Return processes that are still there after some seconds."""
        for _ in range(100):
            left = self.processes() - before
            # A sandbox that an attack has ended is started anew: then all is of another time.
            if len(self.processes()) <= len(before):
                return []
            time.sleep(0.1)
        return [f"{pid}: {psutil.Process(pid).cmdline()}" for pid in left if psutil.pid_exists(pid)]


def shown(report: Report) -> dict[str, Any]:
    """Return all that a report says to anybody."""
    entry: dict[str, Any] = document([report])["submissions"][0]
    entry.get("measured", {}).pop("seconds", None)  # as long as the machine takes
    return {**entry, "pictures": sorted(report.pictures)}


def _changes(outside: Room, before: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    after = outside.state()
    return {
        name: (before.get(name), after.get(name))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
