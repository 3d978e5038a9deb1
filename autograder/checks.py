"""What hidden graders are written with: `@check`, and the claims that they make.

A claim states the rule, then what was received, then the next step. It raises `CheckFailed`, which
a student reads; any other exception in a grader is our own fault and costs nobody a point.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from autograder.errors import CourseError, NoEvidence
from autograder.evidence import Evidence, describe, numbers_of
from autograder.models import Layer, Model
from autograder.records import Check, Status

_TEXT_CHARACTERS = 1000
_Test = TypeVar("_Test", bound=Callable[..., None])


class CheckFailed(AssertionError):
    """The submission is wrong, and the text says in what."""


def check(task: str, *, points: int, hint: str) -> Callable[[_Test], _Test]:
    """Mark a grader function as a check.

    Args:
        task: The task that it belongs to, by its name in the catalog.
        points: What it is worth. Points live here and nowhere else.
        hint: The next step for a student who fails it.
    """
    if points < 1 or not hint.strip():
        raise CourseError(f"A check needs at least one point and a hint. Received: {task!r}.")

    def mark(test: _Test) -> _Test:
        title = (test.__doc__ or "").strip().split("\n")[0].rstrip(".")
        if not title:
            raise CourseError(f"A check's docstring states its fact. Received: {test.__name__}.")
        test.check = Check(test.__name__, task, title, points, hint)  # type: ignore[attr-defined]
        return test

    return mark


@functools.cache
def collect(slug: str) -> tuple[Check, ...]:
    """Return the checks of an exercise, in the order of its grader's file.

    Raises:
        CourseError: There is no such grader, it has no checks, or it has a test that is none.
    """
    name = f"autograder.graders.test_{slug}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise CourseError(f"Every exercise needs a grader. Received: no {name}.") from error
    tests = {key: value for key, value in vars(module).items() if key.startswith("test_")}
    for key, value in tests.items():
        if not isinstance(getattr(value, "check", None), Check):
            raise CourseError(f"Every hidden test needs a @check. Received: {name}.{key} without.")
    if not tests:
        raise CourseError(f"A grader needs at least one check. Received: none in {name}.")
    in_order = sorted(tests.values(), key=lambda test: test.__code__.co_firstlineno)
    return tuple(test.check for test in in_order)


def claim(holds: object, rule: str, received: object = "", next_step: str = "") -> None:
    """Fail with `rule`, what was received, and the next step, unless `holds`."""
    if not holds:
        rule = _cut(rule)
        text = rule if rule.endswith((".", "?")) else rule + "."
        told = _cut(str(received))
        if told:
            text += f" Received: {told}."
        raise CheckFailed(f"{text} {next_step}".strip())


def _cut(text: str) -> str:
    """Return a text that a student reads to its end, however much was received."""
    return text if len(text) <= _TEXT_CHARACTERS else f"{text[:_TEXT_CHARACTERS]} …"


def either(evidence: Evidence, keys: Sequence[str], judge: Callable[[str], None]) -> None:
    """Claim that one of several answers to the same question is right.

    Args:
        evidence: The answers.
        keys: The answer as it was given, then those given with functions of the course lent for
            the submission's own; the latter are asked only where a probe found need.
        judge: Claims that the answer under a key is right.
    """
    failures: list[CheckFailed | NoEvidence] = []
    for key in keys:
        if failures and not evidence.answered(key):
            continue
        try:
            return judge(key)
        except (CheckFailed, NoEvidence) as failure:
            failures.append(failure)
    # What was wrong says most, what is "not written" least: it may be true of a lent function's
    # namesake alone. Of equals the first is told, for it is what the student sees at home.
    told = {Status.FAILED: 0, Status.SKIPPED: 2}
    raise min(failures, key=lambda one: told.get(getattr(one, "status", Status.FAILED), 1))


def equal(received: object, expected: object, rule: str, next_step: str = "") -> None:
    """Claim that two plain values are equal."""
    try:
        same = not isinstance(received, np.ndarray) and bool(received == expected)
    except ValueError:  # there are arrays in it
        same = False
    claim(same, rule, received, next_step)


def array(value: object, rule: str, shape: Sequence[int] | None = None) -> np.ndarray:
    """Claim that `value` is an array of finite numbers, of `shape` if given, and return it."""
    found = numbers_of(value)
    claim(found is not None, rule, describe(value))
    assert found is not None
    if shape is not None:
        claim(found.shape == tuple(shape), rule, f"an array of shape {found.shape}")
    finite = np.isfinite(found) if found.dtype.kind == "f" else True
    claim(np.all(finite), rule, "NaN or infinity among the values")
    return found


def number(value: object, rule: str) -> float:
    """Claim that `value` is one finite number (an array of one element counts) and return it."""
    found = array(value, rule)
    claim(found.size == 1, rule, f"an array of shape {found.shape}")
    return float(found.reshape(()).item()) if found.size == 1 else 0.0


def close(
    received: object,
    expected: object,
    rule: str,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    next_step: str = "",
) -> None:
    """Claim that numbers agree in shape and value within `atol + rtol * |expected|`."""
    wanted = np.asarray(expected)
    found = array(received, rule)
    claim(
        found.shape == wanted.shape,
        rule,
        f"shape {found.shape} where {wanted.shape} was expected",
        next_step,
    )
    off = np.abs(found.astype(float) - wanted.astype(float))
    bad = off > atol + rtol * np.abs(wanted.astype(float))
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f" at index {where[0] if len(where) == 1 else where}" if where else ""
        told = f"{_short(found[where])}{place}, expected {_short(wanted[where])}"
        count = f" ({int(bad.sum())} of {bad.size} values differ)" if bad.size > 1 else ""
        claim(False, rule, told + count, next_step)


def _short(value: Any) -> str:
    return f"{float(value):.6g}"


def params(model: Model, expected: int, next_step: str = "") -> None:
    """Claim a model's number of parameters."""
    equal(
        model.count_params(),
        expected,
        f"The model must have {expected:,} parameters",
        next_step,
    )


def core_layers(model: Model) -> list[Layer]:
    """Return the layers that matter, with activations folded into the layer before them.

    `Dense(8)` followed by `Activation("relu")` or `ReLU()` is `Dense(8, activation="relu")`, and
    the input layer and `Flatten` of flat data say nothing about the answer.
    """
    folded: list[Layer] = []
    for layer in model.layers:
        name = {"ReLU": "relu", "Softmax": "softmax"}.get(layer.class_name, layer.activation)
        if layer.class_name in ("Activation", "ReLU", "Softmax"):
            if folded and folded[-1].activation == "linear":
                last = folded[-1]
                config = {**last.config, "activation": name}
                folded[-1] = Layer(
                    last.name, last.class_name, config, last.params, layer.output_shape
                )
            continue
        folded.append(layer)
    return folded


def layers(
    model: Model, expected: Sequence[tuple[str, dict[str, Any]]], next_step: str = ""
) -> None:
    """Claim the layers' classes in order, and the settings named for each."""
    found = core_layers(model)
    names = [layer.class_name for layer in found]
    wanted = [class_name for class_name, _ in expected]
    claim(
        names == wanted,
        f"The layers must be {', '.join(wanted)}, in this order",
        ", ".join(names) or "no layers",
        next_step,
    )
    for place, (layer, (class_name, settings)) in enumerate(zip(found, expected, strict=True), 1):
        for setting, value in settings.items():
            has = layer.activation if setting == "activation" else layer.config.get(setting)
            has = tuple(has) if isinstance(has, list) else has
            claim(
                has == value,
                f"Layer {place} ({class_name}) must have {setting}={value!r}",
                f"{setting}={has!r}",
                next_step,
            )


def compiled(
    model: Model,
    *,
    loss: str | None = None,
    optimizer: str | None = None,
    metric: str | None = None,
    next_step: str = "",
) -> None:
    """Claim how a model was compiled, in Keras's canonical names."""
    settings = model.compiled
    claim(settings is not None, "The model must be compiled", "no compile", next_step)
    assert settings is not None
    if loss is not None:
        equal(settings.get("loss"), loss, f"The loss must be {loss}", next_step)
    if optimizer is not None:
        has = str(settings.get("optimizer"))
        equal(has, optimizer, f"The optimizer must be {optimizer}", next_step)
    if metric is not None:
        metrics = settings.get("metrics") or []
        claim(
            metric in metrics,
            f"The metrics must contain {metric}",
            ", ".join(map(str, metrics)) or "no metrics",
            next_step,
        )
