"""A training of a model whose activations are functions or operations, by the service and here."""

import numpy as np
from fitting import both

SOURCE = """
def build_perceptron():
    import tensorflow as tf

    entry = keras.Input((3,))
    hidden = keras.ops.relu(layers.Dense(4)(entry))
    hidden = keras.activations.leaky_relu(layers.Dense(4, activation=tf.nn.tanh)(hidden), 0.1)
    model = compiled(keras.Model(entry, layers.Dense(1, activation=layers.ReLU())(hidden)))
    history = model.fit(x, y, epochs=3, **ORDER)
    return [history.history["loss"], model.predict(x, verbose=0)]
"""


def test_a_model_with_operations_is_trained_elsewhere_as_here(run, service):
    """The service trains it, and gives the losses and the outputs that Keras gives in the box."""
    (losses, outputs), (expected, here) = both(run, SOURCE)
    assert service.trainings == 1
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_allclose(outputs, here, atol=1e-5)
