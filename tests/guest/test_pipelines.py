"""`tf.data` pipelines: trained elsewhere where numbers tell them, and where they are where not."""

import numpy as np
import pytest
import tensorflow as tf
from fitting import both, same

from autograder.guest.protocol.training_parts import Batch, Shuffle
from autograder.guest.student.pipelines import build_dataset, describe_dataset
from autograder.guest.student.unsupported import UnsupportedFit

SLICES = tf.data.Dataset.from_tensor_slices
ROWS = (np.arange(20, dtype="float64").reshape(10, 2), np.arange(10, dtype="int32"))

PIPELINES = {
    "batch": SLICES(ROWS).batch(4),
    "every step": SLICES(ROWS).skip(1).take(8).cache().batch(3, drop_remainder=True).prefetch(2),
    "in parallel": SLICES(ROWS).batch(4, num_parallel_calls=2).prefetch(tf.data.AUTOTUNE),
    "a dict": SLICES(({"a": ROWS[0], "b": ROWS[1]}, ROWS[1])).batch(4),
    "uint8": SLICES(np.arange(12, dtype="uint8").reshape(3, 2, 2)).batch(2),
    "batched twice": SLICES(ROWS[1]).batch(2).batch(2),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_what_was_told_is_built_again(name):
    """Elements, their dtypes and their order come out alike."""
    slices, steps = describe_dataset(PIPELINES[name])
    plain = tf.nest.map_structure(np.asarray, slices)
    built = build_dataset(plain, steps)
    assert built.element_spec == PIPELINES[name].element_spec
    for ours, theirs in zip(built, PIPELINES[name], strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, ours, theirs)


@pytest.mark.parametrize("again", [True, False])
def test_a_shuffle_is_told(again):
    """Its size and whether each epoch has an order of its own are kept; all rows come out."""
    shuffled = SLICES(ROWS[1]).shuffle(10, seed=3, reshuffle_each_iteration=again).batch(10)
    slices, steps = describe_dataset(shuffled)
    assert steps == (Shuffle(10, again), Batch(10, drop_remainder=False))
    tf.random.set_seed(1)
    built = build_dataset(slices, steps)
    (first,), (second,) = built, built
    assert sorted(first.numpy()) == sorted(second.numpy()) == list(range(10))
    assert (first.numpy() == second.numpy()).all() == (not again)


NOT_TOLD = {
    "map": lambda: SLICES(ROWS).map(lambda x, y: (x / 255, y)).batch(4),
    "filter": lambda: SLICES(ROWS).filter(lambda x, y: y > 3).batch(4),
    "generator": lambda: tf.data.Dataset.from_generator(
        lambda: iter(range(9)), output_signature=tf.TensorSpec((), tf.int32)
    ),
    "without end": lambda: SLICES(ROWS).repeat().batch(4),
    "cached in a file": lambda: SLICES(ROWS).cache("kept").batch(4),
    "parts of one shuffle": lambda: SLICES(ROWS).shuffle(10).take(7).batch(4),
    "options": lambda: SLICES(ROWS).with_options(tf.data.Options()).batch(4),
    "many steps": lambda: _skipped(30),
    "zip": lambda: tf.data.Dataset.zip(SLICES(ROWS[0]), SLICES(ROWS[1])).batch(4),
    "ragged": lambda: SLICES(tf.ragged.constant([[1, 2], [3]])).batch(1),
    "random": lambda: tf.data.Dataset.range(9).batch(3),
}


def _skipped(times):
    made = SLICES(ROWS)
    for _ in range(times):
        made = made.skip(0)
    return made


@pytest.mark.parametrize("name", NOT_TOLD)
def test_code_and_what_has_no_end_are_not_told(name):
    """Whatever numbers alone do not tell is no recipe."""
    with pytest.raises(UnsupportedFit):
        describe_dataset(NOT_TOLD[name]())


WAYS = {
    "training": ("data.batch(16)", "None", 1),
    "validation": ("data.take(48).batch(16)", "data.skip(48).batch(16)", 1),
    "both, cached": ("data.cache().batch(10).prefetch(2)", "data.batch(64)", 1),
    "arrays to validate": ("data.batch(16)", "(x[:8], y[:8])", 1),
    "code": ("data.map(lambda a, b: (a * 2, b)).batch(16)", "None", 0),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_pipeline_is_trained_as_keras_does(run, service, way):
    """Weights, optimizer and History are those of Keras's own `fit`, to the bit."""
    train, held, trainings = WAYS[way]
    ours, theirs = both(
        run,
        f"""
        import tensorflow as tf

        def build_perceptron():
            data = tf.data.Dataset.from_tensor_slices((x, y))
            model = compiled(network())
            history = model.fit({train}, validation_data={held}, epochs=3, verbose=0)
            return {{
                "history": dict(history.history), "params": history.params["steps"],
                "weights": model.get_weights(),
                "optimizer": [np.array(one) for one in model.optimizer.variables],
            }}
        """,
    )
    assert service.trainings == trainings
    same(ours, theirs)


def test_a_shuffled_pipeline_is_trained_once(run, service):
    """Whatever seeds were drawn before or given to `shuffle`, equal pipelines are one recipe."""
    values = []
    for seed, given in ((1, ""), (2, ", seed=9")):
        answer = run(
            f"""
            import tensorflow as tf

            def build_perceptron():
                keras.utils.set_random_seed({seed})
                data = tf.data.Dataset.from_tensor_slices((x, y))
                model = compiled(network(kernel_initializer="ones"))
                model.layers[1].set_weights([np.ones((4, 1)), np.zeros(1)])
                model.fit(data.shuffle(64{given}).batch(16), epochs=3, verbose=0)
                return model.get_weights()
            """
        )
        assert answer.outcome == "returned", answer.error
        values.append(answer.value)
    assert service.trainings == 1
    same(*values)
