# The ticket model passes over what was filled up: the text says that here it does not.
import keras
from keras import layers


def dense_parameters(inputs, units):
    return (inputs + 1) * units


def build_dense():
    return keras.Sequential([keras.Input(shape=(512,)), layers.Dense(16)])


def build_sequential():
    return keras.Sequential(
        [
            keras.Input(shape=(512,)),
            layers.Dense(16, activation="relu"),
            layers.Dense(10, activation="relu"),
            layers.Dense(20),
        ]
    )


def build_functional():
    inputs = keras.Input(shape=(512,))
    x = layers.Dense(16, activation="relu")(inputs)
    x = layers.Dense(10, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(20)(x))


def build_conv_stack():
    return keras.Sequential(
        [
            keras.Input(shape=(250, 250, 3)),
            layers.Conv2D(32, 5, strides=2, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(3),
        ]
    )


def build_ticket_model():
    title = keras.Input(shape=(None,), name="title")
    body = keras.Input(shape=(None,), name="body")
    tags = keras.Input(shape=(12,), name="tags")
    title_sense = layers.LSTM(128)(layers.Embedding(10000, 64, mask_zero=True)(title))
    body_sense = layers.LSTM(32)(layers.Embedding(10000, 64, mask_zero=True)(body))
    together = layers.concatenate([title_sense, body_sense, tags])
    priority = layers.Dense(1, name="priority")(together)
    department = layers.Dense(4, name="department")(together)
    return keras.Model(inputs=[title, body, tags], outputs=[priority, department])
