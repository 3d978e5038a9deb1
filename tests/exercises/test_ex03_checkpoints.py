"""What the text of ex03 says of checkpoints: what is in them, and what comes back out of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

# In one process of its own: the tests import no Keras.
CHECKPOINT = """
import json
import sys

import h5py
import keras
import numpy as np


def unit():
    return keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(1)])


def compiled():
    model = unit()
    model.compile(keras.optimizers.SGD(0.001, momentum=0.9), "mean_squared_error")
    return model


def momenta(model):
    variables = model.optimizer.variables
    return [float(one.numpy().ravel()[0]) for one in variables if "momentum" in one.name]


folder = sys.argv[1]
x = np.linspace(-2, 2, 64)
trained = compiled()
writer = keras.callbacks.ModelCheckpoint(folder + "/cp.weights.h5", save_weights_only=True)
trained.fit(x, 3 * x, epochs=2, verbose=0, callbacks=[writer])
with h5py.File(folder + "/cp.weights.h5") as file:
    parts = sorted(file)
new = unit()
new.load_weights(folder + "/cp.weights.h5")
has_optimizer = getattr(new, "optimizer", None) is not None
waiting = compiled()
waiting.load_weights(folder + "/cp.weights.h5")
waiting.optimizer.build(waiting.trainable_variables)
print(json.dumps({
    "parts": parts,
    "same": all(map(np.array_equal, new.get_weights(), trained.get_weights())),
    "has_optimizer": has_optimizer,
    "momenta": {"trained": momenta(trained), "waiting": momenta(waiting)},
}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What Keras writes and reads."""
    folder = str(tmp_path_factory.mktemp("checkpoint"))
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    argv = [sys.executable, "-c", CHECKPOINT, folder]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_checkpoint_of_the_weights_has_the_optimizers_state(told):
    """With `save_weights_only` the file holds the state of the optimizer beside the weights."""
    assert {"layers", "optimizer"} <= set(told["parts"])


def test_a_new_model_takes_the_weights_alone(told):
    """A model that was not compiled gets the weights, and has no optimizer."""
    assert told["same"]
    assert not told["has_optimizer"]


def test_an_optimizer_that_has_not_trained_takes_no_state(told):
    """In a compiled model that has never trained, what the file holds of `v` is passed over."""
    assert all(told["momenta"]["trained"])
    assert told["momenta"]["waiting"] == [0.0, 0.0]
