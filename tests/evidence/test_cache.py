"""Answers that are kept: a class is judged again without running anything, and never wrongly."""

import textwrap
from dataclasses import replace

import numpy as np
import pytest
from repository import COURSE, ROOT, with_body

from autograder.course.catalog import read_course
from autograder.engine import Engine
from autograder.evidence import transcript
from autograder.judging.checks import claim
from autograder.records import Limits, Status, Submission
from autograder.store.digests import digest_of
from autograder.store.store import Store

SLUG = "ex04_perceptron"
graders = COURSE.folder(SLUG).grader()
RIGHT = """
import keras
import numpy as np

def and_gate(a, b):
    return int(a and b)

def or_gate(a, b):
    return int(a or b)

def xor_gate(a, b):
    return int(a != b)

def build_perceptron():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "mse")
    model.fit(np.eye(2), np.ones(2), epochs=1, verbose=0)
    return model
"""


def submission(source: str = RIGHT) -> Submission:
    return Submission("ex04_perceptron.py", SLUG, textwrap.dedent(source).encode(), ".py")


def course(**changes):
    """The course with the cheap tasks alone, and an exercise changed as asked."""
    whole = read_course(ROOT)
    exercise = replace(whole.exercise(SLUG), tasks=("gates", "build_perceptron"), **changes)
    return replace(whole, exercises=(exercise,))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store that these tests fill and find again."""
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module", autouse=True)
def seed():
    """Hidden inputs that are the same in all of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRADER_SEED", "the same for all of these tests")
        yield


class Grader:
    """Grades in boxes of the shared sandbox, and tells whether it had to run anything."""

    def __init__(self, sandbox, store):
        self._sandbox = sandbox
        self.store = store

    def __call__(self, source: str = RIGHT, *, changes=None, **settings):
        changed = course(**(changes or {}))
        engine = Engine(changed, store=self.store, sandbox=self._sandbox, **settings)
        real, runs = transcript.run, []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                transcript, "run", lambda *args, **kw: runs.append(1) or real(*args, **kw)
            )
            report = engine.grade(submission(source))
        return report, bool(runs)


@pytest.fixture(scope="module")
def grade(sandbox, store):
    """A grader over the module's store."""
    return Grader(sandbox, store)


@pytest.fixture(scope="module")
def first(grade, seed):
    """The first report on the right submission; its answers are kept from here on."""
    report, ran = grade()
    assert ran
    return report


def test_a_second_grading_runs_nothing_and_says_the_same(store, first):
    """From the store comes the same report, to the last message; no sandbox is started."""
    with Engine(course(), store=store) as engine:
        assert engine.grade(submission()) == first
        assert not engine.sandbox.processes()
    assert {v.status for v in first.verdicts if v.check.task == "gates"} == {Status.PASSED}
    assert first.trained_on == "tensorflow on cpu"


def test_a_changed_hidden_check_is_judged_from_the_store(grade, first, monkeypatch):
    """A check that wants something else gives another verdict, and nothing is run for it."""
    for name in ("test_and_gate", "test_or_gate"):
        wants_more = with_body(
            getattr(graders, name), lambda evidence: claim(False, "A new rule", evidence.inputs)
        )
        monkeypatch.setattr(graders, name, wants_more)
    again, ran = grade()
    assert not ran
    statuses = [verdict.status for verdict in again.verdicts[:3]]
    assert statuses == [Status.FAILED, Status.FAILED, Status.PASSED]


def test_fresh_runs_everything_again(grade, first):
    """`fresh` runs the submission, and the report is the same."""
    again, ran = grade(fresh=True)
    assert ran
    assert again == first


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        (RIGHT + "\nx = 1\n", {}),
        (RIGHT.replace("a != b", "a ^ b"), {}),
        (RIGHT, {"limits": Limits(timeout_s=100.0)}),
    ],
    ids=["a line more", "another expression", "another limit"],
)
def test_whatever_decides_the_answers_decides_the_key(grade, first, source, changes):
    """Other code or other limits are run, and not taken from what is kept."""
    _, ran = grade(source, changes=changes)
    assert ran


def test_other_inputs_are_another_question():
    """What a probe drew is told apart by value and by type."""
    one = {"x": np.arange(3), "seed": 1}
    assert digest_of(one) == digest_of({"x": np.arange(3), "seed": 1})
    for other in ({"x": np.arange(3.0), "seed": 1}, {"x": np.arange(3), "seed": 2}):
        assert digest_of(other) != digest_of(one)


def test_answers_of_a_busy_machine_are_not_kept(grade, first):
    """What ran out of time is run again the next time: it may have been our fault."""
    slow = RIGHT.replace("int(a != b)", "__import__('time').sleep(9)")
    changes = {"limits": Limits(call_timeout_s=1.0)}
    report, _ = grade(slow, changes=changes)
    assert Status.TIMED_OUT in {verdict.status for verdict in report.verdicts}
    _, ran = grade(slow, changes=changes)
    assert ran


def test_an_altered_entry_is_found_and_worked_out_again(sandbox, tmp_path):
    """A flipped bit in whatever is kept costs time, and never a mark."""
    grade = Grader(sandbox, Store(tmp_path / "store"))
    report, _ = grade()
    files = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    altered = 0
    for path in files:
        data = bytearray(path.read_bytes())
        if data:
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
            altered += 1
    assert altered > 3
    again, ran = grade()
    assert again == report
    assert ran
