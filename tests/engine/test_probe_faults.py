"""A probe's fault is ours: it is INTERNAL, and never a student's zero."""

from dataclasses import replace

import pytest
from small_course import answer, small_course

from autograder.engine import Engine
from autograder.records import Status
from autograder.store.store import Store

SLUG = "ex01_sums"
CALL = 'student.call("total", inputs["values"])'
RIGHT = "import numpy as np\n\n\ndef total(values):\n    return np.sum(values)\n"


@pytest.fixture
def grade(tmp_path, monkeypatch):
    """Return what grades a source, with another text in the place of the probe's one call."""
    course = small_course(tmp_path / "course")
    monkeypatch.setenv("AUTOGRADER_SEED", "a course's secret")
    made = []

    def graded(source: str = RIGHT, probe: str = CALL, solution: str = ""):
        path = course.folder(SLUG).probe_path
        path.write_text(path.read_text("utf-8").replace(CALL, probe), encoding="utf-8")
        if solution:
            course.solution(SLUG).parent.mkdir(parents=True)
            course.solution(SLUG).write_text(solution, encoding="utf-8")
        engine = Engine(course, jobs=1, store=Store(tmp_path / "store"))
        made.append(engine)
        submission = replace(answer(SLUG), content=source.encode())
        (verdict,) = engine.grade(submission).verdicts
        return verdict

    yield graded
    for engine in made:
        engine.close()


@pytest.mark.parametrize(
    ("probe", "says"),
    [
        ('student.call("total", inputs["xx"])', "KeyError: 'xx'"),
        ('student.call("totals", inputs["values"])', "totals"),
        ('x = student.attempt("totals", inputs["values"]); x + 1', "totals"),
        (f"{CALL}\n\n\ndef unused():\n    pass\n\n\ndel ask_total", "ask_total"),
        (f"{CALL}\n\n\nimport autograder.judging", "guest.probing"),
    ],
)
def test_a_probe_that_breaks_before_it_asks_costs_nobody_a_point(grade, probe, says):
    """A wrong key, a wrong name, no question, no start: a right submission has no zero of it."""
    verdict = grade(probe=probe)
    assert verdict.status is Status.INTERNAL
    assert "the course's fault" in verdict.message
    assert says in verdict.trace
    assert "probe.py" in verdict.trace


def test_what_the_solution_trips_over_too_is_ours(grade):
    """Where a probe cannot use what the reference returns, no submission pays for that."""
    verdict = grade(probe=f"{CALL}['sum']", solution=RIGHT)
    assert verdict.status is Status.PASSED  # what was answered before counts
    verdict = grade(probe=f'student.keep("total", {CALL[:-1]}, key="raw")["sum"])')
    assert verdict.status is Status.INTERNAL
    assert "IndexError" in verdict.trace


def test_what_the_solution_does_not_trip_over_is_the_students(grade):
    """Where the reference's answer can be used, one that cannot be used is wrong, with a reason."""
    probe = f'student.keep("total", {CALL[:-1]}, key="raw").item())'
    wrong = "def total(values):\n    return 'much'\n"
    verdict = grade(wrong, probe=probe, solution=RIGHT)
    assert verdict.status is Status.ERRORED
    assert "could not be used: AttributeError" in verdict.message


@pytest.mark.parametrize(
    "source",
    [
        "import builtins\n\nbuiltins.len = None\n" + RIGHT,
        "import os\n\n\ndef total(values):\n    os._exit(1)\n",
        "import os\n\nos._exit(1)\n",
        "def totals(values):\n    return 0\n",
    ],
)
def test_nobody_gets_rid_of_a_zero_by_breaking_the_probe(grade, source):
    """What makes a sound probe stumble, a submission pays for itself."""
    verdict = grade(source, probe=f"len(inputs); {CALL}")
    assert verdict.status in (Status.ERRORED, Status.SKIPPED)
    assert verdict.points == 0


def test_a_task_pays_for_its_own_probe_alone(tmp_path, monkeypatch):
    """Of two exercises, the one whose probe is sound is graded as ever."""
    course = small_course(tmp_path / "course")
    path = course.folder(SLUG).probe_path
    path.write_text(path.read_text("utf-8").replace('"values"]', '"xx"]'), encoding="utf-8")
    monkeypatch.setenv("AUTOGRADER_SEED", "a course's secret")
    with Engine(course, jobs=1, store=Store(tmp_path / "store")) as engine:
        reports = engine.grade_all([answer(SLUG), answer("ex02_means")])
    assert [one.verdicts[0].status for one in reports] == [Status.INTERNAL, Status.PASSED]


def test_a_solution_that_is_no_python_is_the_courses_fault(grade):
    """A reference that cannot be read is told to staff, and costs nobody a point."""
    verdict = grade(probe='student.call("total", inputs["xx"])', solution="def total(:\n")
    assert verdict.status is Status.INTERNAL
