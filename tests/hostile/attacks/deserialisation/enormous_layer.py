"""Builds a layer of hundreds of millions of parameters.

shows: OUT_OF_MEMORY|ERRORED|TIMED_OUT
alone: yes
"""
import keras
import numpy as np


def build_perceptron():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(250_000_000)])
    return [model, np.array(model.get_weights()[0]) + 1]
