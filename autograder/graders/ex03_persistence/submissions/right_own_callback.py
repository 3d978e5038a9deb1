# A callback of one's own in place of ModelCheckpoint, and annotations.
from __future__ import annotations

import os

import keras
import numpy as np
from keras.models import load_model as read_model


class Keeper(keras.callbacks.Callback):
    """Writes the weights after each epoch."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.model.save_weights(f"{self.folder}/cp-{epoch + 1:02d}.weights.h5")


def save_model(model: keras.Model, path: str) -> None:
    keras.models.save_model(model, path)


def load_model(path: str) -> keras.Model:
    return read_model(path)


def train_with_checkpoints(
    model: keras.Model, x: np.ndarray, y: np.ndarray, folder: str, epochs: int = 10
) -> keras.callbacks.History:
    os.makedirs(folder, exist_ok=True)
    return model.fit(x, y, epochs=epochs, callbacks=[Keeper(folder)], verbose=0)


def rebuild_model(path: str) -> keras.Model:
    layer = keras.layers.Dense(1)
    model = keras.Sequential([layer])
    model.build((None, 1))
    model.load_weights(path)
    return model


def resume_training(
    path: str, x: np.ndarray, y: np.ndarray, done: int, total: int
) -> keras.callbacks.History:
    model = load_model(path)
    model.fit(x, y, batch_size=32, initial_epoch=done, epochs=total, verbose=0)
    return model.history


def train_with_tensorboard(
    model: keras.Model, x: np.ndarray, y: np.ndarray, logdir: str, epochs: int = 10
) -> keras.callbacks.History:
    board = keras.callbacks.TensorBoard(
        log_dir=logdir, histogram_freq=1, write_graph=False, write_images=True, update_freq="epoch"
    )
    return model.fit(x, y, epochs=epochs, callbacks=board, verbose=0)
