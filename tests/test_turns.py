"""Whoever waits for another's training keeps nobody from working."""

import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from autograder.catalog import read_course
from autograder.engine import Engine
from autograder.records import Submission
from autograder.store import Store
from autograder.turns import Turns

ROOT = Path(__file__).parents[1]
SLUG = "ex02_regression"


def submission(label, path):
    return Submission(label, SLUG, (ROOT / path).read_bytes() + f"\n# {label}\n".encode(), ".py")


def test_so_many_work_at_once_and_no_more():
    """Of ten threads two have a turn at any time; one that steps aside makes room for one."""
    turns = Turns(2)
    inside, most = [], []
    guard = threading.Lock()

    def work(_):
        with turns.taken():
            with guard:
                inside.append(1)
                most.append(len(inside))
            threading.Event().wait(0.02)
            with guard:
                inside.pop()
            with turns.aside():
                threading.Event().wait(0.02)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(work, range(30)))
    assert max(most) == 2
    assert turns._free.acquire(blocking=False)
    assert turns._free.acquire(blocking=False)
    assert not turns._free.acquire(blocking=False)


def test_who_has_no_turn_gives_none_away():
    """A thread that was never counted steps aside without making room."""
    turns = Turns(1)
    with turns.aside():
        pass
    assert turns._free.acquire(blocking=False)
    assert not turns._free.acquire(blocking=False)


@pytest.mark.parametrize(("gib", "threads"), [(0.5, 4), (7.9, 4), (8.0, 8), (64.0, 8)])
def test_where_memory_is_short_nobody_waits_beside(monkeypatch, gib, threads):
    """Open submissions take memory: as many more as work, or none."""
    available = SimpleNamespace(available=gib * 2**30)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: available)
    assert Turns(4).threads == threads


def test_another_training_begins_while_two_want_the_same(tmp_path, monkeypatch):
    """With two jobs: one trains, one waits for the same training, and a third one trains too."""
    handed = [
        submission("ada", f"solutions/{SLUG}/{SLUG}.py"),
        submission("bob", f"solutions/{SLUG}/{SLUG}.py"),
        submission("cleo", f"tests/submissions/{SLUG}/wrong_adam.py"),
    ]
    store = Store(tmp_path / "store")
    with Engine(read_course(ROOT), jobs=2, data_profile="sample", store=store) as engine:
        real, keys, two = engine._trainer._run, set(), threading.Event()
        alone = []

        def slow(recipe, arrays):
            keys.add(recipe.key)
            if len(keys) > 1:
                two.set()
            if not two.wait(60):
                alone.append(recipe.key)
            return real(recipe, arrays)

        monkeypatch.setattr(engine._trainer, "_run", slow)
        reports = engine.grade_all(handed)
    assert not alone
    points = [sum(one.points for one in report.verdicts) for report in reports]
    assert points[0] == points[1] > points[2]


def test_what_waits_for_its_turn_when_all_ends_is_not_begun(tmp_path):
    """Closed, an engine grades none of those that wait beside the one that is graded."""
    with Engine(read_course(ROOT), jobs=1, store=Store(tmp_path / "store")) as engine:
        with engine._turns.taken():
            waiting = engine.submit(submission("ada", f"solutions/{SLUG}/{SLUG}.py"))
            engine.close()
        with pytest.raises(CancelledError):
            waiting.result(timeout=30)
