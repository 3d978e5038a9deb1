"""Batches that are kept for a whole training train the same, bit by bit, and much faster."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from repository import ROOT

#: Run by an interpreter of its own, for tests import no Keras: each case with batches kept and
#: without, and what was the same.
PROGRAM = """
import json, time
import keras
import numpy as np
from keras import layers
from autograder.guest.model import kept_batches

rng = np.random.default_rng(0)
x = rng.normal(size=(90, 6)).astype("float32")
label = (x.sum(axis=1) > 0).astype("int64")
hot = np.eye(2, dtype="float32")[label]
value = x @ rng.normal(size=(6, 1))
weight = rng.uniform(0.5, 2, 90)
LOSSES = {"mse": (value, 1, "linear"), "mae": (value, 1, "linear"), "huber": (value, 1, "linear"),
          "binary_crossentropy": (label.astype("float32")[:, None], 1, "sigmoid"),
          "hinge": (2.0 * label[:, None] - 1, 1, "tanh"),
          "categorical_crossentropy": (hot, 2, "softmax"),
          "sparse_categorical_crossentropy": (label, 2, "softmax"), "kl_divergence": (hot, 2, "softmax")}
OPTIMIZERS = ("sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "adamw", "ftrl",
              "lion")


def train(kept, optimizer="adam", loss="mse", inner=(), compiled=None, **fit):
    y, units, activation = LOSSES[loss]
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((6,)), *(kind(**how) for kind, how in inner),
                              layers.Dense(units, activation=activation)])
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], **(compiled or {}))
    keras.utils.set_random_seed(3)
    fit = {"epochs": 3, "verbose": 0, **fit}
    if "validation_data" in fit:
        fit["validation_data"] = (x[:20], y[:20])
    if kept:
        with kept_batches.kept_batches():
            history = model.fit(x, y, **fit)
    else:
        history = model.fit(x, y, **fit)
    state = [*model.get_weights(), *(np.asarray(v) for v in model.optimizer.variables)]
    return [one.tobytes() for one in state], history.history


HIDDEN = [(layers.Dense, {"units": 5, "activation": "relu"})]
pairs = zip(OPTIMIZERS, [*LOSSES, "mse", "mae"])
CASES = {f"{name}, {loss}": {"optimizer": name, "loss": loss} for name, loss in pairs}
CASES |= {
    "dropout": {"inner": [*HIDDEN, (layers.Dropout, {"rate": 0.4})]},
    "batch normalisation": {"inner": [*HIDDEN, (layers.BatchNormalization, {})]},
    "convolution": {"inner": [(layers.Reshape, {"target_shape": (6, 1)}),
                              (layers.Conv1D, {"filters": 3, "kernel_size": 2}),
                              (layers.Flatten, {})]},
    "recurrent": {"inner": [(layers.Reshape, {"target_shape": (6, 1)}), (layers.GRU, {"units": 3})]},
    "in order": {"shuffle": False},
    "one batch": {"batch_size": 90},
    "one row a batch": {"batch_size": 1, "epochs": 2},
    "uneven batches": {"batch_size": 32, "inner": HIDDEN},
    "a split": {"validation_split": 0.3, "batch_size": 16},
    "validation data": {"validation_data": (), "validation_batch_size": 7},
    "validation now and then": {"validation_split": 0.3, "validation_freq": 2, "epochs": 4},
    "few validation steps": {"validation_split": 0.5, "validation_steps": 1, "batch_size": 8},
    "class weights": {"loss": "binary_crossentropy", "class_weight": {0: 1.0, 1: 3.0}},
    "sample weights": {"sample_weight": weight},
    "steps": {"steps_per_epoch": 2, "batch_size": 16},
    "several steps at once": {"compiled": {"steps_per_execution": 3}, "batch_size": 16},
    "early stopping": {"validation_split": 0.3, "epochs": 9,
                       "callbacks": [keras.callbacks.EarlyStopping(patience=0, min_delta=9.0)]},
    "a rate that falls": {"callbacks": [keras.callbacks.ReduceLROnPlateau("loss", patience=0)]},
    "epochs from 2": {"initial_epoch": 2, "epochs": 4},
}


def seconds(kept):
    began = time.process_time()
    train(kept, epochs=1)
    middle = time.process_time()
    train(kept, epochs=61, validation_split=0.3)
    return time.process_time() - middle - (middle - began)


result = {"same": {}, "errors": {}}
for name, case in CASES.items():
    try:
        result["same"][name] = train(True, **case) == train(False, **case)
    except Exception as error:
        result["errors"][name] = repr(error)[:300]
kept_batches.LIMIT_MIB = 0
result["same"]["more than is kept"] = train(True) == train(False)
kept_batches.LIMIT_MIB = 64
result["ratio"] = seconds(False) / max(seconds(True), 1e-3)
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def result():
    environment = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "PATH": "/usr/bin:/bin"}
    environment["CUDA_VISIBLE_DEVICES"] = "-1"
    argv = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_kept_batches_train_the_same(result):
    """Weights, optimizer and History are equal bit by bit: every optimizer, loss and argument."""
    assert result["errors"] == {}
    assert len(result["same"]) == 30
    assert [name for name, same in result["same"].items() if not same] == []


@pytest.mark.slow
def test_an_epoch_of_few_rows_costs_a_fraction(result):
    """Sixty epochs of ninety rows take a third of the processor time, or less."""
    assert result["ratio"] > 3
