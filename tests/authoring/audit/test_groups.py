"""Mutants of tasks that do not use one another share a submission; others never do."""

from dataclasses import replace

import pytest
from audited_course import COSTLY, SLUG, VISIBLE, audited_course, grading

from autograder.authoring.audit import hidden
from autograder.authoring.audit.groups import grouped, uses_of
from autograder.authoring.audit.plan import plan
from autograder.records import Check, Status

MEAN, SCALED = (
    "    total = values.sum()\n    return float(total / len(values))\n",
    "values / unit\n",
)
#: Of a third task, which no mutant is of.
OTHER = Check("test_other", "other", 1, "Something else is right.", "Look.")


def judged(course, judge, *, alone=False):
    """Return what comes of the mutants, and the names of the submissions that were graded."""
    grade, asked = grading(course, judge, more=(OTHER,))
    found = hidden.judge(plan(course, SLUG, alone=alone), grade, grade)
    return {one.mutant.id: one for one in found.mutants}, asked


def by_cells(text):
    """Say that an answer is wrong where its lines are not the solution's."""
    wrong = {"test_mean": MEAN not in text, "test_scaled": SCALED not in text}
    return {name: Status.FAILED for name, lost in wrong.items() if lost}


def test_a_shared_submission_tells_the_same_of_each_mutant(tmp_path):
    """Lost checks, points and what is lost elsewhere are those of mutants judged one by one."""
    course = audited_course(tmp_path)
    together, few = judged(course, by_cells)
    alone, many = judged(course, by_cells, alone=True)
    assert together == alone
    assert len(together) > 10
    of_mutants = [name for name in few if name not in many and not name.startswith("solution")]
    assert 1 < len(of_mutants) < 0.7 * len(together)


@pytest.mark.parametrize("status", [Status.TIMED_OUT, Status.OUT_OF_MEMORY, Status.INTERNAL])
def test_what_all_tasks_of_a_submission_share_is_looked_for_one_by_one(tmp_path, status):
    """Time, memory and the course's own faults may be another mutant's doing."""

    def judge(text):
        return by_cells(text) | ({} if MEAN in text else {"test_scaled": status})

    course = audited_course(tmp_path)
    together, _ = judged(course, judge)
    assert together == judged(course, judge, alone=True)[0]
    assert any(one.elsewhere or one.internal for one in together.values())


def test_points_lost_in_a_task_without_a_mutant_are_looked_for_one_by_one(tmp_path):
    """What a group costs in a task that none of its mutants is of, is told of who costs it."""

    def judge(text):
        return by_cells(text) | ({"test_other": Status.FAILED} if "values * unit" in text else {})

    course = audited_course(tmp_path)
    together, _ = judged(course, judge)
    assert together == judged(course, judge, alone=True)[0]
    assert [name for name, one in together.items() if one.elsewhere] == ["scaled.arithmetic.1.1"]


def uses(course):
    return uses_of(course, SLUG, plan(course, SLUG).solution).tasks


def test_tasks_that_name_nothing_of_one_another_are_apart(tmp_path):
    """The course as it is: two functions that know nothing of one another."""
    assert uses(audited_course(tmp_path, visible=VISIBLE)) == {"mean": set(), "scaled": set()}


@pytest.mark.parametrize(
    ("file", "text", "instead"),
    [
        ("solutions/{0}/{0}.py", "return values / unit", "return values / mean(unit)"),
        (
            "solutions/{0}/{0}.py",
            "import numpy as np\n",
            "import numpy as np\n\n\ndef unit_of(x):\n    return mean(x)\n\n\nunit = unit_of\n",
        ),
        ("hidden/{0}/probe.py", '"scaled", inputs["values"], 3.0)', '"mean", [], key="scaled")'),
        ("hidden/{0}/test_{0}.py", 'evidence.value("scaled")', 'evidence.value("mean")'),
        ("exercises/{0}/test_{0}.py", "student.scaled(", "student.mean("),
    ],
    ids=["its cell", "a helper", "the probe", "a hidden check", "a visible check"],
)
def test_a_task_uses_what_its_files_name(tmp_path, file, text, instead):
    """The cell itself, helpers beside it, the probe's question, hidden and visible checks."""
    course = audited_course(tmp_path, visible=VISIBLE)
    path = tmp_path / file.format(SLUG)
    before = path.read_text("utf-8")
    assert text in before
    path.write_text(before.replace(text, instead), encoding="utf-8")
    assert "mean" in uses(course)["scaled"]


def test_tasks_of_which_one_uses_the_other_share_no_submission(tmp_path):
    """A check of one task that looks at another's answer keeps their mutants apart."""
    course = audited_course(tmp_path, COSTLY)
    whole = plan(course, SLUG)
    groups = whole.groups([mutant for mutant, _ in whole.mutants])
    assert {len(members) for members in groups.values()} == {1}
    assert sum(map(len, groups.values())) == len(whole.mutants)


def test_what_changes_its_arguments_in_place_is_judged_alone(tmp_path):
    """It may reach values that no name tells."""
    whole = plan(audited_course(tmp_path), SLUG)
    first, *others = [mutant for mutant, _ in whole.mutants]
    changing = replace(first, operator="in_place")
    assert whole.groups([changing, *others])[changing.id] == (changing,)


def test_tasks_that_use_none_of_an_edit_are_not_asked(tmp_path):
    """They answer as the solution does: of two unconnected tasks only the edited one is asked."""
    whole = plan(audited_course(tmp_path), SLUG)
    scaled = next(mutant for mutant, _ in whole.mutants if mutant.task == "scaled")
    assert whole.edition([scaled]).tasks == ("scaled",)
    assert whole.edition([replace(scaled, operator="in_place")]).tasks == ()
    assert plan(audited_course(tmp_path), SLUG, alone=True).edition([scaled]).tasks == ()


def test_tasks_that_use_an_edit_are_asked_with_it(tmp_path):
    """A check of `scaled` looks at the mean: an edit of `mean` is asked both, `scaled` itself."""
    whole = plan(audited_course(tmp_path, COSTLY), SLUG)
    by_task = {mutant.task: mutant for mutant, _ in whole.mutants}
    assert whole.edition([by_task["mean"]]).tasks == ()
    assert whole.edition([by_task["scaled"]]).tasks == ("scaled",)


def test_what_the_solution_alone_does_not_pass_is_asked_among_all(tmp_path):
    """Questions that lean on another task's, which no name tells, are found by the solution."""
    course = audited_course(tmp_path)
    asked = {}

    def grade(editions):
        asked.update({name: one.tasks for name, one in editions.items()})
        leaning = {name for name, one in editions.items() if one.tasks == ("scaled",)}
        judge, _ = grading(course, lambda text: {})
        lost, _ = grading(course, lambda text: {"test_scaled": Status.ERRORED})
        return {
            name: (lost if name in leaning else judge)({name: one})[name]
            for name, one in editions.items()
        }

    whole = plan(course, SLUG)
    some = [pair for pair in whole.mutants if pair[0].operator != "in_place"]
    hidden.graded(whole, {pair[0].id: whole.edition([pair[0]]) for pair in some}, grade)
    by_task = {
        task: {asked[one.id] for one, _ in some if one.task == task} for task in ("mean", "scaled")
    }
    assert by_task == {"mean": {("mean",)}, "scaled": {()}}


def test_variants_of_different_tasks_share_one_whatever_they_use():
    """Right answers do one another no harm."""
    one = type("One", (), {"id": "a", "task": "mean", "source": ""})()
    other = type("One", (), {"id": "b", "task": "scaled", "source": ""})()
    assert grouped([one, other, one], None, "v") == {"v.1": (one, other), "v.2": (one,)}
