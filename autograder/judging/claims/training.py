"""What `fit` was asked, read strictly: the records come from a student box, and may be anything."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.judging.checks import claim
from autograder.judging.claims.layers import compiled
from autograder.models.model import Model
from autograder.text import plain_number

#: What Keras takes where `fit` is given no batch size.
DEFAULT_BATCH_SIZE = 32

#: What else Keras's optimizers are told than how long their steps are, each with its default.
_OF_STEPS = {
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "gradient_accumulation_steps": None,
}
_OF_ADAM = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}

Fit = Mapping[str, Any]


def plain_sgd(model: Model, *, learning_rate: float | None = None, next_step: str = "") -> None:
    """Claim that a model was compiled with SGD, and with no settings but a learning rate.

    Args:
        model: The model.
        learning_rate: What it must be, and then without momentum; any settings if None.
        next_step: What to do.
    """
    compiled(model, optimizer="SGD", next_step=next_step)
    if learning_rate is None or model.compiled is None:
        return
    for name, wanted in (("learning_rate", learning_rate), ("momentum", 0.0)):
        has = model.compiled.get(name)
        fits = isinstance(has, (int, float)) and abs(has - wanted) <= 1e-6 + 1e-4 * wanted
        claim(fits, f"SGD must have {name}={plain_number(wanted)}", f"{name}={has}", next_step)
    steps_by_default(model, next_step)


def steps_by_default(model: Model, next_step: str = "") -> None:
    """Claim that an optimizer's steps are neither cut, nor averaged, nor changed in another way.

    Learning rate and momentum are not looked at.
    """
    told = facts(model.optimizer_config)
    name = str((model.compiled or {}).get("optimizer"))
    wanted = {**_OF_STEPS, **(_OF_ADAM if name == "Adam" else {})}
    for setting, default in wanted.items():
        has = told.get(setting, default)
        same = not has if not default else _is_number(has, default)
        claim(
            same,
            f"{name} must keep its default of {setting}",
            f"{setting}={str(has)[:40]}",
            next_step,
        )


def _is_number(value: object, wanted: float) -> bool:
    return isinstance(value, (int, float)) and abs(value - wanted) <= 1e-4 * wanted


def epochs(fit: Fit) -> int:
    """Return the number of epochs; 0 if it is no whole number."""
    return _whole(fit.get("epochs"))


def epochs_run(fit: Fit) -> int:
    """Return the number of epochs that were run, of which each left its loss in the history."""
    losses = facts(fit.get("history")).get("loss")
    return len(losses) if isinstance(losses, list) else 0


def batch_size(fit: Fit) -> int:
    """Return the number of rows in a batch."""
    return _whole(fit.get("batch_size")) or DEFAULT_BATCH_SIZE


def rows(fit: Fit) -> tuple[int, int]:
    """Return how many rows were learnt from and how many were held back for validation.

    `validation_split` and `validation_data` are two ways to say the same.
    """
    given = _length(fit.get("x"))
    held = fit.get("validation_data")
    if isinstance(held, list) and held:
        return given, _length(held[0])
    split = fit.get("validation_split")
    share = split if isinstance(split, (int, float)) and 0 <= split < 1 else 0
    learnt = int(given * (1 - share))  # as Keras rounds
    return learnt, given - learnt


def weighs_alike(fit: Fit) -> None:
    """Claim that no row of a fit counts for more than another; weights that are all 1 are none."""
    told = fit.get("weights")
    names = [str(name)[:20] for name in told[:2]] if isinstance(told, list) else []
    rule = "Each row must count alike in the training"
    step = f"Leave {' and '.join(names)} out of the call of fit."
    claim(not names, rule, f"weights of their own, by {' and '.join(names)}", step)


def largest(fit: Fit) -> float | None:
    """Return the largest value of the inputs; None if it is not known."""
    value = facts(fit.get("x")).get("max")
    return float(value) if isinstance(value, (int, float)) else None


def total(array: object) -> float | None:
    """Return the sum that was told of an array; None if there is none.

    Two arrays that hold the same rows have the same, whatever the order.
    """
    value = facts(array).get("sum")
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e300 else None


def curve(fit: Fit, name: str) -> np.ndarray:
    """Return one metric of a fit's history, one value for each epoch; empty if there is none."""
    values = facts(fit.get("history")).get(name)
    found = np.asarray(values if isinstance(values, list) else [], dtype=object)
    plain = all(isinstance(value, (int, float)) and abs(value) < 1e300 for value in found.ravel())
    return found.astype(float) if plain and found.ndim == 1 else np.empty(0)


def told_digest(array: object) -> str:
    """Return the SHA-256 that was told of an array; "" if there is none."""
    value = facts(array).get("sha256")
    return value if isinstance(value, str) else ""


def digest(values: np.ndarray) -> str:
    """Return SHA-256 as the student box takes it, over float32."""
    return hashlib.sha256(np.ascontiguousarray(values, np.float32).tobytes()).hexdigest()


def facts(value: object) -> Mapping[str, Any]:
    """Return what a record holds of plain values, lists and records; nothing of what is none."""
    plain = (str, int, float, list, dict, type(None))
    held = value.items() if isinstance(value, dict) else ()
    return {name: one for name, one in held if isinstance(one, plain)}


def _length(array: object) -> int:
    shape = facts(array).get("shape")
    return _whole(shape[0]) if isinstance(shape, list) and shape else 0


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
