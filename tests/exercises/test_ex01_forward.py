"""What the models of ex01 must give is worked out as Keras does."""

from __future__ import annotations

import numpy as np
import pytest
from repository import COURSE

forward = COURSE.folder("ex01_keras_models").module("forward")


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


def ticket_model(keras, joined=("title", "body", "tags"), **reader):
    layers = keras.layers
    title, body, tags = (keras.Input(shape=(size,)) for size in (None, None, 12))
    senses = {
        "title": layers.LSTM(128, **reader)(layers.Embedding(10000, 64)(title)),
        "body": layers.LSTM(32)(layers.Embedding(10000, 64)(body)),
        "tags": tags,
    }
    together = layers.concatenate([senses[name] for name in joined])
    outputs = [layers.Dense(1)(together), layers.Dense(4)(together)]
    model = keras.Model([title, body, tags], outputs)
    model.set_weights(forward.drawn(model.get_weights()))
    return model


def agrees(model) -> bool:
    """Say whether one of the orders that are free gives what a model gives."""
    rng = np.random.default_rng(0)
    title, body = rng.integers(0, 10_000, (5, 7)), rng.integers(0, 10_000, (5, 4))
    tags = rng.integers(0, 2, (5, 12)).astype("float32")
    priority, department = (np.asarray(part) for part in model([title, body, tags]))
    parts = forward.by_part(model.get_weights())
    return any(
        np.allclose(priority, wanted["priority"], rtol=1e-3, atol=1e-3)
        and np.allclose(department, wanted["department"], rtol=1e-3, atol=1e-3)
        for wanted in forward.tickets(parts, title, body, tags)
    )


@pytest.mark.parametrize("joined", [("title", "body", "tags"), ("tags", "title", "body")])
def test_a_ticket_model_agrees_whatever_the_order_of_joining(keras, joined):
    """The ticket model of the text gives what NumPy gives, its parts joined in any order."""
    assert agrees(ticket_model(keras, joined))


@pytest.mark.parametrize(
    "setting", [{"go_backwards": True}, {"activation": "relu"}, {"recurrent_activation": "relu"}]
)
def test_a_reader_that_is_set_otherwise_is_told(keras, setting):
    """A ticket model whose LSTM reads in another way gives other numbers."""
    assert not agrees(ticket_model(keras, **setting))


def test_weights_of_another_model_are_no_ticket_model():
    """Arrays of other shapes, or one too many, are not taken for those of the ticket model."""
    shapes = [*forward.TICKET_SHAPES.values()]
    assert forward.by_part([np.zeros(shape) for shape in shapes]) is not None
    assert forward.by_part([np.zeros(shape) for shape in shapes[1:]]) is None
    assert forward.by_part([np.zeros(shape) for shape in [*shapes, (2, 2)]]) is None
