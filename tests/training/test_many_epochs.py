"""Four rows and a thousand epochs: quickly done, and refused where a submission asks for too many."""

import pytest

from autograder.records import Limits

BATCHES = {
    "epochs": ("x, y, epochs=2", "x, y, epochs=500", "1,000 for this one, with 500 epochs"),
    "small batches": ("x, y", "x, y, batch_size=1, epochs=2", "128 for this one, with 2 epochs"),
    "a pipeline": (
        "slices.batch(16), epochs=2",
        "slices.batch(1), epochs=3",
        "192 for this one, with 3 epochs",
    ),
    "later epochs": (
        "x, y, epochs=2",
        "x, y, validation_split=0.5, epochs=400, initial_epoch=200",
        "200 for this one, with 200 epochs",
    ),
}


@pytest.mark.parametrize("way", BATCHES)
def test_more_batches_than_the_budget_are_refused(run, service, way):
    """A small network takes its time by the batch: whoever asks for too many reads how many."""
    few, many, received = BATCHES[way]
    answer = run(
        f"""
        import tensorflow as tf
        slices = tf.data.Dataset.from_tensor_slices((x, y))

        def build_perceptron():
            model = compiled(network())
            model.fit({few}, verbose=0)
            model.fit({many}, verbose=0)
        """,
        limits=Limits(training_batches=100),
    )
    assert answer.error.type == "TrainingRefused"
    assert "may add up to 100 batches" in answer.error.message
    assert f"Received: {received}, after " in answer.error.message
    assert answer.error.message.endswith("larger batch_size.")
    assert service.trainings == 1


def test_a_thousand_epochs_take_seconds(run, service):
    """With and without a callback that looks on: most of it would be Keras's own start of an epoch."""
    answer = run(
        """
        import time

        class Looks(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                seen.append(logs["loss"])

        seen = []

        def build_perceptron():
            took = []
            for callbacks in ([], [Looks()], [keras.callbacks.EarlyStopping("loss", patience=1000)]):
                model = compiled(network(), optimizer=keras.optimizers.SGD(0.01))
                began_s = time.monotonic()
                model.fit(x[:4], y[:4], epochs=1000, callbacks=callbacks, verbose=0)
                took.append(time.monotonic() - began_s)
            return took, len(seen)
        """
    )
    assert answer.outcome == "returned", answer.error
    took, seen = answer.value
    assert seen == 1000
    assert service.trainings == 3
    assert max(took) < 20
