"""What is claimed of a training: its optimizer, as it was compiled."""

import pytest

from autograder.judging import CheckFailed, training


class Compiled:
    """What the claims read of a model that was compiled with an optimizer."""

    def __init__(self, optimizer: str = "SGD", **settings: object) -> None:
        self.compiled = {"optimizer": optimizer, "learning_rate": 0.01, "momentum": 0.0, **settings}
        self.optimizer_config: dict[str, object] = {}

    def told(self, **config: object) -> "Compiled":
        """Return the same, with what `get_config` of its optimizer gave."""
        self.optimizer_config = config
        return self


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


@pytest.mark.parametrize(
    "config",
    [
        {"clipnorm": 1.0},
        {"clipvalue": 0.5},
        {"weight_decay": 0.004},
        {"use_ema": True},
        {"gradient_accumulation_steps": 4},
        {"global_clipnorm": ["x"] * 1000},
    ],
)
def test_settings_that_change_the_steps_are_told(config: dict[str, object]) -> None:
    """They are no defaults, however well the training goes."""
    (setting,) = config
    text = told(Compiled().told(**config), learning_rate=0.01)
    assert text.startswith(f"SGD must keep its default of {setting}.")
    assert len(text) < 200
    with pytest.raises(CheckFailed, match=setting):
        training.steps_by_default(Compiled("Adam").told(**config))  # type: ignore[arg-type]


@pytest.mark.parametrize("config", [{"beta_1": 0.5}, {"beta_2": "x"}, {"amsgrad": True}])
def test_settings_of_adam_are_told(config: dict[str, object]) -> None:
    """What Adam alone has is asked of Adam alone."""
    with pytest.raises(CheckFailed, match="Adam must keep its default"):
        training.steps_by_default(Compiled("Adam").told(**config))  # type: ignore[arg-type]
    training.steps_by_default(Compiled().told(**config))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"weight_decay": None, "use_ema": False, "ema_momentum": 0.9, "beta_1": 0.8999999761581421},
        {"weight_decay": 0.0, "epsilon": 1e-07, "amsgrad": False, "name": "adam_1"},
    ],
)
def test_defaults_spelled_out_pass(config: dict[str, object]) -> None:
    """A default may be named, in single precision too; what changes no step is not looked at."""
    training.steps_by_default(Compiled("Adam").told(**config))  # type: ignore[arg-type]


@pytest.mark.parametrize("weights", [None, [], "none", {}])
def test_a_fit_without_weights_counts_its_rows_alike(weights):
    """What says nothing of weights passes, also a record that is older than they are."""
    training.weighs_alike({} if weights is None else {"weights": weights})


def test_a_fit_with_weights_is_told_which():
    """The text names the argument that is to go."""
    with pytest.raises(CheckFailed) as caught:
        training.weighs_alike({"weights": ["class_weight"]})
    assert str(caught.value) == (
        "Each row must count alike in the training. Received: weights of their own, by "
        "class_weight. Leave class_weight out of the call of fit."
    )
