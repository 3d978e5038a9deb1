"""How mutants and variants are judged, with graders that are told what to say: no box is opened."""

import pytest
from audited_course import SLUG, Judge, audited_course, grading

from autograder.authoring.audit import hidden
from autograder.authoring.audit.brief import shortened
from autograder.authoring.audit.outcomes import Audit
from autograder.authoring.audit.plan import plan
from autograder.errors import CourseError
from autograder.guest.protocol.training_parts import (
    ArrayAt,
    CompileArguments,
    Data,
    FitArguments,
    KerasName,
)
from autograder.guest.protocol.trainings import Train
from autograder.judging.checks import checks_of
from autograder.records import Status
from autograder.training.recipe import Recipe, Ref


@pytest.fixture
def course(tmp_path):
    return audited_course(tmp_path)


def never(sources):
    raise AssertionError(f"nothing is left to train in full: {[*sources]}")


def judged(course, judge: Judge, **given) -> Audit:
    grade, _ = grading(course, judge, **given)
    return audit_of(course, hidden.judge(plan(course, SLUG), grade, never))


def audit_of(course, found: hidden.Judged) -> Audit:
    return Audit(SLUG, checks_of(course, SLUG), found.mutants, found.variants)


def test_what_keeps_all_points_survives(course):
    """A grader that is content with anything kills nothing, and loses no variant."""
    audit = judged(course, lambda text: {})
    assert audit.score == 0
    assert len(audit.survivors) == len(audit.mutants) > 10
    assert audit.kept == len(audit.variants) > 5
    assert not audit.findings


def test_what_loses_a_point_in_its_task_is_killed(course):
    """Only checks of the mutant's own task count; points and the check that caught are told."""
    audit = judged(
        course, lambda text: {} if "values.sum()\n" in text else {"test_mean": Status.FAILED}
    )
    killed = [one for one in audit.mutants if one.killed]
    assert killed
    assert all(one.mutant.task == "mean" and one.points == 2 for one in killed)
    assert audit.caught_by() == {"test_mean": (len(killed), len(killed)), "test_scaled": (0, 0)}
    assert audit.score == len(killed) / len(audit.mutants)


def test_points_lost_in_another_task_are_a_finding(course):
    """One mistake costs once: what it costs elsewhere is told, and kills nothing."""
    grade, _ = grading(
        course, lambda text: {} if "values.sum()\n" in text else {"test_scaled": Status.FAILED}
    )
    audit = audit_of(course, hidden.judge(plan(course, SLUG, alone=True), grade, never))
    elsewhere = [one for one in audit.mutants if one.elsewhere and one.mutant.task == "mean"]
    assert elsewhere
    assert not any(one.killed for one in elsewhere)
    assert sum("costs in its own task alone" in line for line in audit.findings) == len(elsewhere)


def test_a_check_that_breaks_is_a_finding(course):
    """INTERNAL is no point lost: it neither kills nor hides."""
    audit = judged(
        course, lambda text: {} if "values / unit\n" in text else {"test_scaled": Status.INTERNAL}
    )
    assert not any(one.killed for one in audit.mutants)
    assert any("a check broke: test_scaled" in line for line in audit.findings)


def test_a_variant_that_loses_points_is_told_alone(course):
    """Variants of several tasks go together; of a group that loses, the guilty one is found."""
    grade, asked = grading(
        course, lambda text: {"test_mean": Status.FAILED} if "np.float64" in text else {}
    )
    audit = audit_of(course, hidden.judge(plan(course, SLUG), grade, never))
    lost = [one.variant.id for one in audit.variants if one.lost]
    assert lost == ["mean.numpy_scalar"]
    groups = [name for name in asked if name.startswith("variants.")]
    assert len(groups) < len(audit.variants)
    assert audit.kept == len(audit.variants) - 1
    assert any(
        "mean.numpy_scalar: it is right, and lost test_mean" in one for one in audit.findings
    )


def test_what_survives_short_trainings_is_trained_in_full(course):
    """Only survivors are trained again, and a check that needs it judges them then."""
    brief, _ = grading(course, lambda text: {"test_scaled": Status.FAILED}, trained_on="tf on cpu")
    full, asked = grading(
        course,
        lambda text: {} if "values / unit\n" in text else {"test_scaled": Status.FAILED},
        trained_on="tf on cpu",
    )
    found = hidden.judge(plan(course, SLUG), brief, full)
    assert found.unjudged == ("test_scaled",)
    assert "solution" in asked
    assert all(one.trained for one in found.mutants)
    scaled = [one for one in found.mutants if one.mutant.task == "scaled"]
    assert any(one.killed for one in scaled)
    for one in scaled:
        assert one.killed == ("values / unit\n" not in one.mutant.source)


def test_what_short_trainings_kill_is_not_trained_again(course):
    """A check that the solution passes with short trainings, and a mutant fails, has judged."""
    brief, _ = grading(
        course,
        lambda text: {} if "values / unit\n" in text else {"test_scaled": Status.FAILED},
        trained_on="tf on cpu",
    )
    full, asked = grading(course, lambda text: {}, trained_on="tf on cpu")
    found = hidden.judge(plan(course, SLUG, alone=True), brief, full)
    killed = {one.mutant.id for one in found.mutants if one.killed}
    assert killed
    assert not killed & {*asked}
    assert {one.mutant.id for one in found.mutants} - killed <= {*asked}


def test_a_solution_without_every_point_is_refused(course):
    """Nothing can be said about mutants of a solution that is wrong itself."""
    grade, _ = grading(course, lambda text: {"test_mean": Status.FAILED})
    with pytest.raises(CourseError, match="autograder check"):
        hidden.judge(plan(course, SLUG), grade, never)


def test_an_equivalent_that_loses_points_is_a_finding(tmp_path):
    """What is called as right as the solution is checked to be so."""
    entry = '[[equivalent]]\ntask = "mean"\nreplace = "values.sum()"\nwith = "values.mean()"\n'
    course = audited_course(tmp_path, mutants=entry + 'reason = "They are alike."\n')
    strict = judged(
        course, lambda text: {} if "values.sum()\n" in text else {"test_mean": Status.FAILED}
    )
    lenient = judged(course, lambda text: {})
    assert any("called equivalent, and lost test_mean" in line for line in strict.findings)
    assert not lenient.findings
    assert sum(bool(one.reason) for one in lenient.mutants) == 1
    assert len(lenient.wrong) == len(lenient.mutants) - 1


def recipe(samples: int, epochs: int, parameters: int) -> Recipe:
    asked = FitArguments(
        epochs=epochs,
        initial_epoch=0,
        validation_split=0.0,
        validation_freq=1,
        shuffle=True,
        class_weight=None,
        batch_size=32,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
    )
    refs = (Ref("0" * 64, "<f4", (samples, 2)),)
    work = float(samples * epochs * parameters)
    request = Train(
        model={},
        compile=CompileArguments(
            optimizer=KerasName("sgd"),
            loss=KerasName("mse"),
            loss_weights=None,
            metrics=None,
            weighted_metrics=None,
            steps_per_execution=1,
            jit_compile="auto",
        ),
        fit=asked,
        data=Data(x=ArrayAt(0), y=ArrayAt(0)),
        callbacks=(),
        weights=(),
        optimizer_state=(),
        snapshots=False,
        batches=False,
        seed=1,
    )
    return Recipe(request, refs, "1" * 64, work, watched=False)


def test_only_long_trainings_are_cut_short():
    """A cut training has a key of its own: it is never taken for the one that was asked for."""
    assert shortened(recipe(4, 100, 9)) is None
    many = shortened(recipe(1000, 500, 3))
    assert many is not None
    assert (many.request.fit.epochs, many.request.fit.steps_per_epoch) == (20, None)
    long = shortened(recipe(5000, 10, 500_000))
    assert long is not None
    assert (long.request.fit.epochs, long.request.fit.steps_per_epoch) == (10, 1)
    assert "1" * 64 not in (many.key, long.key)
