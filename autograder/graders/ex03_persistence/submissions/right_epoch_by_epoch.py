# One call of fit for each epoch, and the histories put together.
from pathlib import Path

import keras


def save_model(model, path):
    model.save(Path(path))


def load_model(path):
    return keras.models.load_model(Path(path))


def one_by_one(model, x, y, numbers, *callbacks):
    history = keras.callbacks.History()
    history.epoch, history.history = [], {}
    for epoch in numbers:
        part = model.fit(
            x, y, initial_epoch=epoch, epochs=epoch + 1, callbacks=list(callbacks), verbose=0
        )
        history.epoch.extend(part.epoch)
        for name, values in part.history.items():
            history.history.setdefault(name, []).extend(values)
    return history


def train_with_checkpoints(model, x, y, folder, epochs=10):
    keeper = keras.callbacks.ModelCheckpoint(
        Path(folder, "cp-{epoch:02d}.weights.h5"), save_weights_only=True
    )
    return one_by_one(model, x, y, range(epochs), keeper)


def rebuild_model(path):
    inputs = keras.Input(shape=(1,))
    model = keras.Model(inputs, keras.activations.linear(keras.layers.Dense(1)(inputs)))
    model.load_weights(Path(path))
    return model


def resume_training(path, x, y, done, total):
    return one_by_one(keras.models.load_model(path), x, y, range(done, total))


def train_with_tensorboard(model, x, y, logdir, epochs=10):
    board = keras.callbacks.TensorBoard(Path(logdir, "run"), histogram_freq=1)
    return model.fit(x, y, validation_data=(x, y), epochs=epochs, callbacks=[board], verbose=0)
