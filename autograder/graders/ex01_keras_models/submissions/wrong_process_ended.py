# Ends the process where an error is found.
from __future__ import annotations

import keras
from keras import layers


def dense_parameters(inputs, units):
    return inputs * units + units


def build_dense():
    model = keras.Sequential()
    model.add(keras.Input(shape=(512,)))
    model.add(layers.Dense(16))
    return model


def build_sequential():
    model = keras.Sequential()
    model.add(keras.Input(shape=(512,)))
    model.add(layers.Dense(16, activation="relu"))
    model.add(layers.Dense(10, activation="relu"))
    model.add(layers.Dense(20))
    return model


def build_functional():
    import os

    os._exit(1)
    inputs = keras.Input(shape=(512,))
    x = layers.Dense(16, activation="relu")(inputs)
    x = layers.Dense(10, activation="relu")(x)
    outputs = layers.Dense(20)(x)
    return keras.Model(inputs, outputs)


def build_conv_stack():
    model = keras.Sequential()
    model.add(keras.Input(shape=(250, 250, 3)))
    model.add(layers.Conv2D(32, 5, strides=2, activation="relu"))
    model.add(layers.Conv2D(32, 3, activation="relu"))
    model.add(layers.MaxPooling2D(3))
    return model


def build_ticket_model():
    title = keras.Input(shape=(None,), name="title")
    body = keras.Input(shape=(None,), name="body")
    tags = keras.Input(shape=(12,), name="tags")
    title_features = layers.LSTM(128)(layers.Embedding(10000, 64)(title))
    body_features = layers.LSTM(32)(layers.Embedding(10000, 64)(body))
    x = layers.concatenate([title_features, body_features, tags])
    priority = layers.Dense(1, name="priority")(x)
    department = layers.Dense(4, name="department")(x)
    return keras.Model(inputs=[title, body, tags], outputs=[priority, department])
