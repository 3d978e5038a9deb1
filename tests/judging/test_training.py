"""What is claimed of a training: its optimizer, as it was compiled."""

import pytest

from autograder.judging import CheckFailed, training


class Compiled:
    """What the claims read of a model that was compiled with an optimizer."""

    def __init__(self, optimizer: str = "SGD", **settings: object) -> None:
        self.compiled = {"optimizer": optimizer, "learning_rate": 0.01, "momentum": 0.0, **settings}


def told(model: object, **asked: float) -> str:
    """Return the text of the claim that does not hold."""
    with pytest.raises(CheckFailed) as caught:
        training.plain_sgd(model, next_step="Leave it.", **asked)  # type: ignore[arg-type]
    return str(caught.value)


def test_sgd_as_asked_passes():
    """SGD passes, with any settings if none are asked for, and in single precision."""
    training.plain_sgd(Compiled(momentum=0.9))  # type: ignore[arg-type]
    close = Compiled(learning_rate=0.009999999776482582)
    training.plain_sgd(close, learning_rate=0.01)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (Compiled("Adam"), "The optimizer must be SGD. Received: Adam. Leave it."),
        (
            Compiled(learning_rate=0.1),
            "SGD must have learning_rate=0.01. Received: learning_rate=0.1. Leave it.",
        ),
        (
            Compiled(momentum=0.9),
            "SGD must have momentum=0. Received: momentum=0.9. Leave it.",
        ),
        (
            Compiled(momentum=None),
            "SGD must have momentum=0. Received: momentum=None. Leave it.",
        ),
    ],
)
def test_other_optimizers_and_settings_are_told(model, text):
    """Another optimizer, another learning rate and a momentum are told, each by itself."""
    assert told(model, learning_rate=0.01) == text
