# Activations as layers of their own, one chain grown by pop and add, models inside the ticket model.
from __future__ import annotations

import keras
from keras.layers import (
    LSTM,
    Activation,
    Concatenate,
    Conv2D,
    Dense,
    Embedding,
    Input,
    MaxPooling2D,
    ReLU,
)


def dense_parameters(inputs, units):
    layer = Dense(units)
    layer.build((None, inputs))
    return layer.count_params()


def build_dense():
    model = keras.Sequential([Dense(16)])
    model.build((None, 512))
    return model


def build_sequential():
    model = keras.Sequential([Input(shape=(512,)), Dense(16), ReLU(), Dense(10), Dense(7)])
    model.pop()
    model.add(Activation("relu"))
    model.add(Dense(20))
    return model


def build_functional():
    inputs = Input(shape=(512,))
    x = ReLU()(Dense(16)(inputs))
    x = Activation(keras.activations.relu)(Dense(10)(x))
    return keras.Model(inputs, Dense(20)(x))


def build_conv_stack():
    return keras.Sequential(
        [
            Input(shape=(250, 250, 3)),
            Conv2D(32, kernel_size=5, strides=(2, 2)),
            ReLU(),
            Conv2D(32, kernel_size=[3, 3]),
            Activation("relu"),
            MaxPooling2D((3, 3)),
        ]
    )


def build_ticket_model():
    title = Input(shape=(None,), name="title")
    body = Input(shape=(None,), name="body")
    tags = Input(shape=(12,), name="tags")
    title_reader = keras.Sequential([Embedding(10000, 64), LSTM(128)], name="title_reader")
    words = Input(shape=(None,))
    body_reader = keras.Model(words, LSTM(32)(Embedding(10000, 64)(words)), name="body_reader")
    joined = Concatenate()([title_reader(title), body_reader(body), tags])
    outputs = [Dense(units, name=name)(joined) for name, units in [("priority", 1), ("department", 4)]]
    return keras.Model(inputs=[title, body, tags], outputs=outputs)
