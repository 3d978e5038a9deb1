# Functional API, keras.saving, pathlib, one function that calls another, a log folder for each run.
from datetime import datetime
from pathlib import Path

from keras import Input, Model, callbacks, layers, saving


def save_model(model, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    saving.save_model(model, path, overwrite=True)
    return path


def load_model(path):
    return saving.load_model(path)


def _fit(model, x, y, epochs, *watchers, start=0):
    return model.fit(
        x.reshape(-1, 1),
        y.reshape(-1, 1),
        epochs=epochs,
        initial_epoch=start,
        callbacks=list(watchers),
        verbose=2,
    )


def train_with_checkpoints(model, x, y, folder, epochs=10):
    name = Path(folder) / "cp-{epoch:02d}.weights.h5"
    watcher = callbacks.ModelCheckpoint(str(name), save_weights_only=True, save_freq="epoch")
    return _fit(model, x, y, epochs, watcher)


def rebuild_model(path):
    inputs = Input((1,))
    model = Model(inputs, layers.Dense(1, activation="linear", name="line")(inputs))
    model.compile("sgd", "mse")
    model.load_weights(path)
    return model


def resume_training(path, x, y, done, total):
    return _fit(load_model(path), x, y, total, start=done)


def train_with_tensorboard(model, x, y, logdir, epochs=10):
    run = Path(logdir) / datetime.now().strftime("%Y%m%d-%H%M%S")
    return _fit(model, x, y, epochs, callbacks.TensorBoard(str(run), histogram_freq=1))
