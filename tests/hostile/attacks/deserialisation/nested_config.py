"""Describes models in models in models, wide and deep, in a few lines."""
import keras

original = keras.Sequential.get_config


def nested(self):
    config = original(self)
    for level in range(70):
        inner = {"module": "keras", "class_name": "Sequential", "registered_name": None}
        config = {"name": "n", "layers": [{**inner, "config": config}] * (2 if level < 12 else 1)}
    return config


keras.Sequential.get_config = nested
keras.Model.count_params = lambda self: 3


def build_perceptron():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(7)])


said()
