"""The control: a submission that is right in all that is asked here."""


def and_gate(a, b):
    return int(a and b)


def or_gate(a, b):
    return int(a or b)


def xor_gate(a, b):
    return int(a != b)


def build_perceptron():
    import keras

    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])


def train_gate(targets):
    import keras
    import numpy as np

    model = build_perceptron()
    model.compile(keras.optimizers.SGD(5.0), "binary_crossentropy", metrics=["accuracy"])
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    model.fit(inputs, targets, batch_size=4, epochs=60, verbose=0)
    return model
