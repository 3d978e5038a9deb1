"""Asks for a training of arrays that it never gives, while its clock stands still.

tasks: training
shows: TIMED_OUT|ERRORED
"""
import sys
import time

import numpy as np


def train_gate(targets):
    if "naive" not in sys.modules:
        import keras

        recipes = sys.modules["autograder.guest.student.fit_capture"]
        recipes.Recipe.arrays = property(lambda self: Stalling(), lambda self, value: None)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.random.rand(4, 2), targets, verbose=0)
    return SAID


class Stalling(list):
    def __getitem__(self, place):
        if sys._getframe(1).f_code.co_name != "recipe_of":
            while True:
                try:
                    time.sleep(100)
                except BaseException:
                    pass
        return np.zeros(1)


for row in ("00", "01", "10", "11"):
    pour(frame(answer(f"innocent.and_{row}", 9)))
