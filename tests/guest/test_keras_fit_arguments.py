"""Argument by argument, `fit` and `compile` in a student's box are those of plain Keras: one table.

What is compared: the history with its order and types, weights and optimizer bit by bit, and what
was raised, warned and written, for legal and illegal values.
"""

import inspect
import re

import keras
import pytest
from fitting import Counting
from side_by_side import difference, in_a_box, in_plain_keras

from autograder.store.store import Store

FIT = {
    "epochs 0": "epochs=0",
    "epochs negative": "epochs=-1",
    "epochs as float": "epochs=2.0",
    "epochs as text": "epochs='2'",
    "epochs as NumPy": "epochs=np.int64(2)",
    "epochs None": "epochs=None",
    "epochs True": "epochs=True",
    "initial_epoch": "initial_epoch=1",
    "initial_epoch beyond": "initial_epoch=9",
    "batch_size 0": "batch_size=0",
    "batch_size negative": "batch_size=-4",
    "batch_size as float": "batch_size=16.0",
    "batch_size as text": "batch_size='16'",
    "batch_size beyond": "batch_size=1000",
    "batch_size None": "batch_size=None",
    "verbose 5": "verbose=5",
    "verbose as text": "verbose='loud'",
    "validation_split": "validation_split=0.25",
    "validation_split 1": "validation_split=1.0",
    "validation_split negative": "validation_split=-0.5",
    "validation_split of nothing": "validation_split=1e-9",
    "validation_split with data": "validation_split=0.5, validation_data=held_out",
    "validation_data alone": "validation_data=x",
    "validation_data as list": "validation_data=list(held_out)",
    "validation_data of three": "validation_data=(x, y, np.ones(64))",
    "validation_data of other length": "validation_data=(x, y[:3])",
    "validation_data of other width": "validation_data=(x[:, :2], y)",
    "validation_data empty": "validation_data=(x[:0], y[:0])",
    "validation_steps": "validation_data=held_out, validation_steps=1, validation_batch_size=4",
    "validation_steps beyond": "validation_data=held_out, validation_steps=9",
    "validation_batch_size 0": "validation_data=held_out, validation_batch_size=0",
    "validation_freq": "validation_data=held_out, validation_freq=2",
    "validation_freq as list": "validation_data=held_out, validation_freq=[1, 3]",
    "validation_freq 0": "validation_data=held_out, validation_freq=0",
    "shuffle": "shuffle=True",
    "no shuffle": "shuffle=False",
    "shuffle 1": "shuffle=1",
    "shuffle as text": "shuffle='batch'",
    "class_weight": "class_weight={0: 1.0, 1: 3.0}",
    "class_weight lacks a class": "class_weight={0: 2.0}",
    "class_weight as list": "class_weight=[1.0, 3.0]",
    "class_weight empty": "class_weight={}",
    "class_weight by text": "class_weight={'a': 1.0}",
    "sample_weight": "sample_weight=np.arange(64.0)",
    "sample_weight of other length": "sample_weight=np.ones(5)",
    "sample_weight as list": "sample_weight=[1.0] * 64",
    "sample_weight of two axes": "sample_weight=np.ones((64, 1))",
    "sample_weight and class_weight": "sample_weight=np.ones(64), class_weight={0: 1.0, 1: 2.0}",
    "steps_per_epoch": "steps_per_epoch=2",
    "steps_per_epoch beyond": "steps_per_epoch=50",
    "steps_per_epoch 0": "steps_per_epoch=0",
    "steps_per_epoch as float": "steps_per_epoch=2.0",
    "callbacks empty": "callbacks=[]",
    "an unknown argument": "epoch=3",
}
DATA = {
    "no data": "train(model, None, None)",
    "no targets": "train(model, x)",
    "other lengths": "train(model, x, y[:5])",
    "no rows": "train(model, x[:0], y[:0])",
    "lists": "train(model, x.tolist(), y.tolist())",
    "a list of arrays": "train(model, [x], [y])",
    "tensors": "train(model, keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y))",
    "tensors, split": "train(model, keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y), validation_split=0.25)",
    "other width": "train(model, x[:, :2], y)",
    "other targets": "train(model, x, np.hstack([y, y]))",
    "flat targets": "train(model, x, y[:, 0])",
    "whole numbers": "train(model, (x * 9).astype(int), y.astype('uint8'))",
    "doubles": "train(model, x.astype(float), y.astype(float))",
    "truth values": "train(model, x > 0, y > 0)",
    "text": "train(model, x.astype(str), y)",
    "objects": "train(model, x.astype(object), y)",
    "NaN": "x[3] = np.nan; train(model, x, y)",
    "one row": "train(model, x[:1], y[:1])",
    "one axis": "train(model, x[:, 0], y)",
    "a dict": "train(model, {'a': x}, y)",
    "a generator": "train(model, ((x[:16], y[:16]) for _ in range(3)), epochs=2, steps_per_epoch=1, batch_size=None)",
    "a generator with targets": "train(model, iter([x]), y)",
    "a pipeline": "import tensorflow as tf; train(model, tf.data.Dataset.from_tensor_slices((x, y)).batch(16), batch_size=None)",
    "a pipeline, batch_size": "import tensorflow as tf; train(model, tf.data.Dataset.from_tensor_slices((x, y)).batch(16))",
    "a pipeline, unbatched": "import tensorflow as tf; train(model, tf.data.Dataset.from_tensor_slices((x, y)), batch_size=None)",
    "a pipeline, split": "import tensorflow as tf; train(model, tf.data.Dataset.from_tensor_slices((x, y)).batch(16), batch_size=None, validation_split=0.5)",
    "a pipeline with map": "import tensorflow as tf; train(model, tf.data.Dataset.from_tensor_slices((x, y)).map(lambda a, b: (2 * a, b)).batch(16), batch_size=None)",
    "twice": "train(model, epochs=1); train(model, epochs=2)",
}
COMPILE = {
    "names": "optimizer='sgd', loss='binary_crossentropy', metrics=['acc']",
    "objects": "optimizer=keras.optimizers.SGD(0.1, momentum=0.9), loss=keras.losses.Huber(), metrics=[keras.metrics.AUC()]",
    "functions": "loss=keras.losses.mean_squared_error, metrics=[keras.metrics.binary_accuracy]",
    "a function of its own": "loss=lambda a, b: keras.ops.mean((a - b) ** 2)",
    "an unknown loss": "loss='mean'",
    "an unknown metric": "metrics=['exactness']",
    "an unknown optimizer": "optimizer='adams'",
    "no loss": "loss=None",
    "a loss of other shape": "loss='categorical_crossentropy'",
    "a sparse loss": "loss='sparse_categorical_crossentropy'",
    "a loss as list": "loss=['mse']",
    "two losses": "loss=['mse', 'mae']",
    "losses by name": "loss={'out': 'mse'}",
    "loss_weights": "loss_weights=0.5",
    "loss_weights as list": "loss_weights=[0.5]",
    "loss_weights of text": "loss_weights='half'",
    "metrics as text": "metrics='accuracy'",
    "metrics nested": "metrics=[['accuracy']]",
    "weighted_metrics": "weighted_metrics=['accuracy']",
    "the same metric twice": "metrics=['mae', 'mae']",
    "run_eagerly": "run_eagerly=True",
    "jit_compile": "jit_compile=True",
    "no jit_compile": "jit_compile=False",
    "run_eagerly, jit_compile": "run_eagerly=True, jit_compile=True",
    "steps_per_execution": "steps_per_execution=2",
    "steps_per_execution 0": "steps_per_execution=0",
    "auto_scale_loss": "auto_scale_loss=False",
    "a learning rate of 0": "optimizer=keras.optimizers.Adam(0.0)",
    "a learning rate as text": "optimizer=keras.optimizers.Adam('0.1')",
    "clipped": "optimizer=keras.optimizers.Adam(clipnorm=0.1)",
    "EMA": "optimizer=keras.optimizers.SGD(0.1, use_ema=True)",
    "accumulated": "optimizer=keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)",
    "an optimizer's class": "optimizer=keras.optimizers.SGD",
}
MODELS = {
    "uncompiled": "model = network(); train(model)",
    "unbuilt": "model = compiled(keras.Sequential([layers.Dense(1)])); train(model)",
    "no layers": "model = compiled(keras.Sequential()); train(model)",
    "dropout": "model = compiled(network(layers.Dropout(0.5))); train(model)",
    "normalised": "model = compiled(network(layers.BatchNormalization())); train(model)",
    "frozen": "model = network(); model.trainable = False; compiled(model); train(model)",
    "two inputs by name": """
a, b = keras.Input((3,), name='a'), keras.Input((3,), name='b')
model = compiled(keras.Model([a, b], layers.Dense(1)(layers.Add()([a, b]))))
train(model, {'a': x, 'b': x}, y)""",
    "a name too few": """
a, b = keras.Input((3,), name='a'), keras.Input((3,), name='b')
model = compiled(keras.Model([a, b], layers.Dense(1)(layers.Add()([a, b]))))
train(model, {'a': x}, y)""",
    "of the student's own": """
class Mine(keras.Model):
    def __init__(self):
        super().__init__()
        self.unit = layers.Dense(1)
    def call(self, x):
        return self.unit(x)
model = compiled(Mine()); train(model)""",
}  # fmt: skip
ROWS = {
    **{f"fit: {name}": f"model = compiled(); train(model, {given})" for name, given in FIT.items()},
    **{f"data: {name}": f"model = compiled(); {code}" for name, code in DATA.items()},
    **{f"compile: {name}": f"model = compiled({given}); train(model)" for name, given in COMPILE.items()},
    **{f"model: {name}": code for name, code in MODELS.items()},
}  # fmt: skip

#: What differs, and why it may: said in docs/training.md as well.
PROGRESS = (
    "the lines of progress are left out: who grades reads none, and a box's output is bounded"
)
WARNINGS = "what Keras warns of within a training is not repeated where the training is told"
DECLARED = {
    "fit: verbose 5": ("printed", PROGRESS),
    "fit: verbose as text": ("printed", PROGRESS),
    **dict.fromkeys(
        (
            *("fit: validation_data empty", "fit: validation_steps beyond"),
            *("fit: steps_per_epoch beyond", "data: no rows", "data: a list of arrays"),
            *("data: a pipeline", "data: a pipeline, batch_size", "model: frozen"),
        ),
        ("warned", WARNINGS),
    ),
}


@pytest.fixture(scope="module")
def plain():
    return in_plain_keras(ROWS)


@pytest.fixture(scope="module")
def boxed(sandbox, tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("arguments") / "store")
    service = Counting(sandbox, store, shared=True)  # one box trains all: it has Keras warm
    yield in_a_box(sandbox, service, ROWS), service
    service.close()


@pytest.mark.parametrize("name", ROWS)
def test_a_fit_of_these_arguments_is_that_of_plain_keras(name, plain, boxed):
    """Whatever a student's code can look at after this `fit` is what plain Keras leaves there."""
    facts, _ = DECLARED.get(name, ("", ""))
    found = difference(boxed[0][name], plain[name])
    assert {
        fact: seen for fact, seen in found.items() if not any(map(fact.startswith, facts.split()))
    } == {}
    assert bool(found) == bool(facts)  # a reason that has gone is taken out


def test_the_table_reaches_the_trainings_of_the_host(boxed):
    """Over thirty rows are recipes: the table does not compare Keras with itself alone."""
    assert boxed[1].trainings > 30


def test_the_table_has_every_argument():
    """An argument that Keras adds to `fit` or `compile` needs a row."""
    table = " ".join(ROWS.values())
    given = {"self", "x", "y", "optimizer"}
    for method in (keras.Model.fit, keras.Model.compile):
        names = inspect.signature(method).parameters.keys() - given
        assert [name for name in names if not re.search(rf"\b{name}\b", table)] == []
