# One helper builds the chains of both; the ticket model holds its inputs and outputs in dicts.
from __future__ import annotations

import keras
from keras import layers

SIZES = {"title": 128, "body": 32}


def dense_parameters(inputs, units):
    return (inputs + 1) * units


def chain():
    return [
        layers.Dense(16, activation="relu"),
        layers.Dense(10, activation="relu"),
        layers.Dense(20, activation="linear"),
    ]


def build_dense():
    return keras.models.Sequential(layers=[layers.InputLayer(shape=(512,)), layers.Dense(16)])


def build_sequential():
    model = keras.Sequential(name="mnist_model")
    model.add(keras.Input((512,)))
    for layer in chain():
        model.add(layer)
    return model


def build_functional():
    inputs = keras.Input((512,))
    x = inputs
    for layer in chain():
        x = layer(x)
    return keras.Model(inputs=inputs, outputs=x)


def build_conv_stack():
    inputs = keras.Input((250, 250, 3))
    x = layers.Conv2D(32, 5, 2, activation="relu")(inputs)
    x = layers.Conv2D(32, 3, 1, "valid", activation="relu")(x)
    return keras.Model(inputs, layers.MaxPooling2D(3)(x))


def build_ticket_model():
    inputs = {name: keras.Input((None,), name=name) for name in SIZES}
    inputs["tags"] = keras.Input((12,), name="tags")
    joined = [inputs["tags"]]
    for name, units in SIZES.items():
        words = layers.Embedding(10000, 64, name=f"{name}_words")(inputs[name])
        joined.append(layers.LSTM(units, name=f"{name}_reader")(words))
    x = layers.concatenate(joined)
    outputs = {
        "priority": layers.Dense(1, name="priority")(x),
        "department": layers.Dense(4, name="department")(x),
    }
    return keras.Model(inputs, outputs)
