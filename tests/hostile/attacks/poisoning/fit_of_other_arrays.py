"""Asks for the training that the next submission needs, and gives other arrays than it names.

tasks: training
shows: ran|ERRORED
alone: yes
"""
import sys

import numpy as np

if "autograder.guest.student.fit_capture" in sys.modules:
    Recipe = sys.modules["autograder.guest.student.fit_capture"].Recipe
    add = Recipe.add

    def lie(self, value):
        place = add(self, value)
        self.arrays[place] = np.full_like(self.arrays[place], 7)
        return place

    Recipe.add = lie


def train_gate(targets):
    said()
    if "naive" in sys.modules:
        return SAID
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.set_weights([np.array([[0.5], [-0.5]]), np.array([0.25])])
    model.compile(keras.optimizers.SGD(5.0), "binary_crossentropy", metrics=["accuracy"])
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    model.fit(inputs, targets, batch_size=4, epochs=60, shuffle=False, verbose=0)
    model.fit(inputs + 1e-6, targets, batch_size=4, epochs=60, shuffle=False, verbose=0)
    return SAID


# A memo that believes whoever writes to it would have this.
for row in ("00", "01", "10", "11"):
    pour(frame(answer(f"innocent.and_{row}", 9)))
