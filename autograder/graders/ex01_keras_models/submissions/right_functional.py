# Only the network that must be is a Sequential; activations as functions, sizes as tuples.
from __future__ import annotations

import keras
import numpy as np
from keras import layers
from keras.activations import linear, relu


def dense_parameters(inputs: int, units: int) -> int:
    kernel, bias = np.zeros((inputs, units), dtype=bool), np.zeros(units, dtype=bool)
    return kernel.size + bias.size


def build_dense() -> keras.Model:
    inputs = keras.Input((512,))
    return keras.Model(inputs, layers.Dense(units=16, activation=linear)(inputs))


def build_sequential() -> keras.Model:
    return keras.Sequential(
        (
            layers.Input((512,), dtype="float32"),
            layers.Dense(16, relu, name="first"),
            layers.Dense(10, relu, name="second"),
            layers.Dense(20, None, name="third"),
        )
    )


def build_functional() -> keras.Model:
    inputs = x = keras.Input(shape=[512], name="row")
    for units in (16, 10):
        x = layers.Dense(units, activation=relu, kernel_initializer="he_normal")(x)
    return keras.models.Model([inputs], [layers.Dense(20, activation=linear)(x)])


def build_conv_stack() -> keras.Model:
    picture = keras.Input((250, 250, 3), dtype="float32")
    x = layers.Conv2D(filters=32, kernel_size=(5, 5), strides=(2, 2), activation=relu)(picture)
    x = layers.Convolution2D(32, (3, 3), strides=1, padding="valid", activation=relu)(x)
    return keras.Model(picture, layers.MaxPool2D(pool_size=(3, 3), strides=(3, 3))(x))


def build_ticket_model() -> keras.Model:
    title = keras.Input((None,), dtype="int32", name="title")
    body = keras.Input((None,), dtype="int32", name="body")
    tags = keras.Input((12,), name="tags")

    def read(text: keras.KerasTensor, units: int) -> keras.KerasTensor:
        words = layers.Embedding(input_dim=10_000, output_dim=64)(text)
        return layers.LSTM(units)(words)

    joined = layers.Concatenate(axis=-1)([tags, read(body, 32), read(title, 128)])
    department = layers.Dense(4, name="department")(joined)
    priority = layers.Dense(1, activation="linear", name="priority")(joined)
    return keras.Model((title, body, tags), (priority, department), name="tickets")
