"""A training that is compiled as a whole comes to what Keras's own `fit` does, bit by bit."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from repository import ROOT

#: Run by an interpreter of its own, for tests import no Keras: each case as a whole and by `fit`.
PROGRAM = """
import json, time
import keras
import numpy as np
from keras import layers
from autograder.guest.model import whole_fit
from autograder.guest.model.recorder import recorder
from autograder.guest.protocol.training_parts import FitArguments

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
LEFT_TO_FIT = []
PLAIN = dict(epochs=14, initial_epoch=0, validation_split=0.0, validation_freq=1, shuffle=True,
             class_weight=None, batch_size=None, steps_per_epoch=None, validation_steps=None,
             validation_batch_size=None)


def made(optimizer="adam", loss="mse", inner=(), compiled=None, joined=False):
    _, units, activation = LOSSES[loss]
    keras.utils.set_random_seed(3)
    if joined:
        inputs = [keras.Input((2,)), keras.Input((4,))]
        hidden = layers.Concatenate()([layers.Dense(3)(one) for one in inputs])
        model = keras.Model(inputs, layers.Dense(units, activation=activation)(hidden))
    else:
        model = keras.Sequential([keras.Input((6,)), *(kind(**how) for kind, how in inner),
                                  layers.Dense(units, activation=activation)])
    optimizer = optimizer() if callable(optimizer) else optimizer
    model.compile(**{"optimizer": optimizer, "loss": loss, "metrics": ["accuracy"],
                     **(compiled or {})})
    return model


def came_of(model, record):
    variables = [*model.weights, *model.optimizer.variables, *model.metrics_variables]
    return json.dumps([[np.asarray(one.numpy()).tobytes().hex() for one in variables],
                       record.epochs, record.logs, record.rates, record.iterations,
                       record.params["steps"]])


def whole(data, given, again=False, **how):
    model = made(**how)
    keras.utils.set_random_seed(3)
    fit = given
    fit = FitArguments(**{
        **fit, "class_weight": fit["class_weight"] and tuple(fit["class_weight"].items())})
    try:
        program = whole_fit.WholeFit(model, data, fit, fewest_steps=40)
    except whole_fit.NotWholeError:
        LEFT_TO_FIT.append(True)
        return fitted(data, given, model)
    if again:  # after a training of other numbers
        weights = model.get_weights()
        other = {name: value[::-1].copy() if isinstance(value, np.ndarray) else value
                 for name, value in data.items()}
        program.restart()
        program.train(other, fit)
        program.restart()
        model.set_weights(weights)
        keras.utils.set_random_seed(3)
    record = recorder(model, snapshots=False, batches=False)
    record.record(program.train(data, fit), fit.initial_epoch)
    return came_of(model, record)


def fitted(data, fit, model=None, **how):
    model = model or made(**how)
    record = recorder(model, snapshots=False, batches=False)
    keras.utils.set_random_seed(3)
    try:
        model.fit(**data, **fit, callbacks=[record], verbose=0)
    except TypeError as error:  # what is logged is no number: it is trained in the student's box
        return str(error)
    return came_of(model, record)


def compare(*, points=90, ints=False, loss="mse", sample_weight=False, validation=0, joined=False,
            optimizer="adam", inner=(), compiled=None, again=False, **fit):
    y = LOSSES[loss][0]
    given = (x * 3).astype("int32") if ints else x
    given = [given[:, :2], given[:, 2:]] if joined else given
    cut = lambda array: [one[:points] for one in array] if joined else array[:points]
    data = {"x": cut(given), "y": y[:points]}
    if sample_weight:
        data["sample_weight"] = weight[:points]
    if validation:
        data["validation_data"] = (cut(given), y[:points], weight[:points])[:validation]
    how = dict(optimizer=optimizer, loss=loss, inner=inner, compiled=compiled, joined=joined)
    one, other = whole(data, {**PLAIN, **fit}, again, **how), fitted(data, {**PLAIN, **fit}, **how)
    left = bool(LEFT_TO_FIT)
    LEFT_TO_FIT.clear()
    return ("left to fit" if left else "same") if one == other else "differs"


HIDDEN = [(layers.Dense, {"units": 5, "activation": "relu"})]
pairs = zip(OPTIMIZERS, [*LOSSES, "mse", "mae"])
SAME = {f"{name}, {loss}": {"optimizer": name, "loss": loss} for name, loss in pairs}
SAME |= {f"one batch, {loss}": {"optimizer": "sgd", "loss": loss, "points": 4, "epochs": 60}
         for loss in ("mse", "binary_crossentropy")}
METRICS = ["mse", "mae", "cosine_similarity", "RootMeanSquaredError"]
SCHEDULE = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)
SAME |= {
    "two layers": {"inner": HIDDEN * 2, "optimizer": "sgd"},
    "dropout": {"inner": [*HIDDEN, (layers.Dropout, {"rate": 0.4})]},
    "noise": {"inner": [(layers.GaussianNoise, {"stddev": 0.4})]},
    "batch normalisation": {"inner": [*HIDDEN, (layers.BatchNormalization, {})]},
    "a regularizer": {"inner": [(layers.Dense, {"units": 5, "kernel_regularizer": "l2"})]},
    "a constraint": {"inner": [(layers.Dense, {"units": 5, "kernel_constraint": "non_neg"})]},
    "convolution": {"inner": [(layers.Reshape, {"target_shape": (6, 1)}),
                              (layers.Conv1D, {"filters": 3, "kernel_size": 2}),
                              (layers.Flatten, {})]},
    "recurrent": {"inner": [(layers.Reshape, {"target_shape": (6, 1)}), (layers.GRU, {"units": 3})]},
    "in order": {"shuffle": False},
    "one row a batch": {"batch_size": 1, "epochs": 2},
    "uneven batches": {"batch_size": 32, "epochs": 20, "optimizer": "sgd"},
    "even batches": {"batch_size": 30, "epochs": 20, "optimizer": "sgd"},
    "one whole batch and a part": {"batch_size": 80, "epochs": 30, "optimizer": "sgd"},
    "a split": {"validation_split": 0.3, "batch_size": 16, "optimizer": "sgd"},
    "validation data": {"validation": 2, "validation_batch_size": 7},
    "validation data with weights": {"validation": 3},
    "class weights": {"loss": "binary_crossentropy", "class_weight": {0: 1.0, 1: 3.0}},
    "sample weights": {"sample_weight": True, "optimizer": "sgd"},
    "weighted metrics": {"sample_weight": True, "compiled": {"weighted_metrics": ["mae"]}},
    "whole numbers": {"ints": True},
    "several inputs": {"joined": True},
    "no metrics": {"compiled": {"metrics": None}},
    "other metrics": {"compiled": {"metrics": METRICS}},
    "precision and area": {"loss": "binary_crossentropy", "compiled": {
        "metrics": ["Precision", "AUC", "Recall"]}},
    "momentum": {"optimizer": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)},
    "clipping": {"optimizer": lambda: keras.optimizers.Adam(clipnorm=0.1)},
    "averages": {"optimizer": lambda: keras.optimizers.Adam(use_ema=True)},
    "averages now and then": {"optimizer": lambda: keras.optimizers.SGD(
        use_ema=True, ema_overwrite_frequency=5)},
    "steps gathered": {"optimizer": lambda: keras.optimizers.SGD(gradient_accumulation_steps=3)},
    "a schedule": {"optimizer": lambda: keras.optimizers.SGD(SCHEDULE)},
    "no number": {"optimizer": lambda: keras.optimizers.SGD(1e30)},
    **{f"again, {name}": {"optimizer": name, "validation_split": 0.3, "batch_size": 8, "again": True,
                          "inner": [*HIDDEN, (layers.Dropout, {"rate": 0.4}),
                                    (layers.BatchNormalization, {})]}
       for name in ("sgd", "adam", "nadam")},
    "epochs from 2": {"initial_epoch": 2, "epochs": 30},
}
LEFT = {
    "few steps": {"points": 4, "epochs": 5},
    "a large model": {"inner": [(layers.Dense, {"units": 4000})]},
    "validation now and then": {"validation_split": 0.3, "validation_freq": 2},
    "few validation steps": {"validation_split": 0.5, "validation_steps": 1, "batch_size": 8},
    "steps": {"steps_per_epoch": 2, "batch_size": 16},
    "several steps at once": {"compiled": {"steps_per_execution": 3}},
    "step by step": {"compiled": {"run_eagerly": True}},
    "a metric of many numbers": {"loss": "categorical_crossentropy",
                                 "compiled": {"metrics": ["F1Score"]}},
}
found = {}
for cases in (SAME, LEFT):
    for name, case in cases.items():
        try:
            found[name] = compare(**case)
        except Exception as error:
            found[name] = repr(error)[:300]


def seconds(train):
    fit = {**PLAIN, "epochs": 300, "validation_split": 0.3}
    began = time.process_time()
    train({"x": x, "y": value}, fit, optimizer="sgd")
    return time.process_time() - began


print(json.dumps({"found": found, "same": [*SAME], "left": [*LEFT],
                  "ratio": seconds(fitted) / seconds(whole)}))
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
def test_a_whole_training_is_that_of_fit(result):
    """Weights, optimizer, metrics and logs are equal bit by bit: optimizers, losses, arguments."""
    assert len(result["same"]) == 47
    assert _others(result, "same", "same") == {}


@pytest.mark.slow
def test_what_is_not_of_the_kind_is_left_to_fit(result):
    """Large models, few steps and unusual arguments: `fit` trains them as if nothing had been."""
    assert _others(result, "left", "left to fit") == {}


def _others(result, which, expected):
    found = {name: result["found"][name] for name in result[which]}
    return {name: came for name, came in found.items() if came != expected}


@pytest.mark.slow
def test_a_whole_training_is_faster(result):
    """300 epochs of 63 rows take less than half of the processor's time that `fit` takes."""
    assert result["ratio"] > 2
