"""Visible checks: run `pytest ex03_persistence` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("save_model")
def test_save_model_writes_the_whole_model(student):
    """The file can be loaded with Keras, and holds weights, compile settings and optimizer."""
    import tempfile
    from pathlib import Path

    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="mean_squared_error")
    model.fit(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]), epochs=3, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a_model.keras")
        student.save_model(model, str(path))
        names = sorted(str(file.relative_to(folder)) for file in Path(folder).rglob("*.*"))
        assert names == ["a_model.keras"], (
            "save_model(model, path) writes the file that `path` names, and no other one.\n"
            f"Received: {', '.join(names) or 'no file'} where a_model.keras was asked for.\n"
            "Hand the path on as it is: `model.save(path)`."
        )
        try:
            loaded = keras.models.load_model(path)
        except Exception as error:
            raise AssertionError(
                "The file holds the whole model, so that keras.models.load_model can read it.\n"
                f"Received: {type(error).__name__}: {str(error)[:300]}\n"
                "Call `model.save(path)`: it writes architecture, weights and compile settings."
            ) from None
    received = [array.ravel().round(4).tolist() for array in loaded.get_weights()]
    expected = [array.ravel().round(4).tolist() for array in model.get_weights()]
    assert received == expected, (
        "The file holds the weights of the model.\n"
        f"Received: {received} where {expected} was expected.\n"
        "Save the model that is given."
    )
    steps = int(loaded.optimizer.iterations) if loaded.optimizer else None
    assert steps == 3, (
        "The file holds the optimizer, which has made 3 steps.\n"
        f"Received: {'no optimizer' if steps is None else f'{steps} steps'}.\n"
        "Call `model.save(path)`, with nothing left out, and do not compile the model."
    )


@pytest.mark.task("save_model")
def test_save_model_takes_h5(student):
    """A path that ends in .h5 gives an HDF5 file."""
    import logging
    import tempfile
    from pathlib import Path

    import keras

    logging.getLogger("absl").setLevel(logging.ERROR)  # no warnings that .h5 is old
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a_model.h5")
        student.save_model(model, str(path))
        names = sorted(str(file.relative_to(folder)) for file in Path(folder).rglob("*.*"))
        assert names == ["a_model.h5"], (
            "save_model(model, path) writes the file that `path` names, .h5 as well as .keras.\n"
            f"Received: {', '.join(names) or 'no file'} where a_model.h5 was asked for.\n"
            "Hand the path on as it is: `model.save(path)` knows both formats."
        )
        start = path.read_bytes()[:4]
    assert start == b"\x89HDF", (
        "A file called .h5 is in the HDF5 format.\n"
        f"Received: a file that starts with {start!r}.\n"
        "Let `model.save(path)` choose the format by the end of the name."
    )


@pytest.mark.task("load_model")
def test_load_model_gives_the_model_back(student):
    """The model that comes back is the one in the file, whatever its architecture is."""
    import logging
    import tempfile

    import keras
    import numpy as np

    logging.getLogger("absl").setLevel(logging.ERROR)  # no warnings that .h5 is old
    hidden = keras.layers.Dense(4, activation="tanh")
    model = keras.Sequential([keras.Input((3,)), hidden, keras.layers.Dense(2)])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    x = np.linspace(-1, 1, 15).reshape(5, 3)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a_model.keras", "a_model.h5"):
            model.save(f"{folder}/{name}")
            loaded = student.load_model(f"{folder}/{name}")
            assert isinstance(loaded, keras.Model), (
                "load_model returns a Keras model.\n"
                f"Received: {type(loaded).__name__}.\n"
                "End with `return keras.models.load_model(path)`."
            )
            shapes = [array.shape for array in loaded.get_weights()]
            wanted = [array.shape for array in model.get_weights()]
            assert shapes == wanted, (
                "The model that comes back has the architecture of the one in the file.\n"
                f"Received: weights of the shapes {shapes} where {wanted} were saved.\n"
                "Do not build a model: `keras.models.load_model(path)` builds it from the file."
            )
            off = np.abs(np.asarray(loaded(x)) - np.asarray(model(x))).max()
            assert off < 1e-5, (
                "The model that comes back predicts what the saved one predicts.\n"
                f"Received: predictions that differ by up to {off:.3f}.\n"
                "Return what `keras.models.load_model(path)` gives."
            )


@pytest.mark.task("load_model")
def test_load_model_is_compiled(student):
    """The model that comes back is compiled as it was, and its optimizer knows its steps."""
    import tempfile

    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mean_absolute_error")
    model.fit(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]), epochs=4, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/a_model.keras")
        loaded = student.load_model(f"{folder}/a_model.keras")
    optimizer = getattr(loaded, "optimizer", None)
    assert type(optimizer).__name__ == "Adam", (
        "The model that comes back is compiled as it was saved: with Adam.\n"
        f"Received: {'no optimizer' if optimizer is None else type(optimizer).__name__}.\n"
        "Leave `compile` at its default: `keras.models.load_model(path)`."
    )
    steps = int(optimizer.iterations)
    assert steps == 4, (
        "The optimizer of the saved model has made 4 steps, and remembers them.\n"
        f"Received: {steps} steps.\n"
        "Do not compile the model again: that makes a new optimizer."
    )


@pytest.mark.task("train_with_checkpoints")
def test_every_epoch_leaves_a_file(student):
    """The folder holds one file of weights for each epoch, and the History is returned."""
    import tempfile
    from pathlib import Path

    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    # Steps that are too large: each epoch is worse than the one before, and is kept all the same.
    model.compile(optimizer=keras.optimizers.SGD(1.1), loss="mean_squared_error")
    x = np.tile([1.0, -1.0], 10)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "weights")
        history = student.train_with_checkpoints(model, x, 2 * x + 9, str(target), 4)
        names = sorted(
            str(path.relative_to(folder))
            for path in Path(folder).rglob("*.*")
            if path.name.endswith((".h5", ".keras"))
        )
    assert isinstance(history, keras.callbacks.History), (
        "train_with_checkpoints returns the History that `fit` returns.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    epochs = len(history.epoch)
    assert epochs == 4, (
        "With epochs=4 the training lasts 4 epochs.\n"
        f"Received: {epochs}.\n"
        "Hand the argument on: `fit(..., epochs=epochs)`."
    )
    wanted = [str(Path("weights", f"cp-{epoch:02d}.weights.h5")) for epoch in (1, 2, 3, 4)]
    assert names == wanted, (
        f"4 epochs leave the files {', '.join(wanted)}.\n"
        f"Received: {', '.join(names) or 'no file'}.\n"
        "Name them `folder/cp-{epoch:02d}.weights.h5` (Keras fills in the epoch), "
        "set `save_weights_only=True` and nothing else, and give `fit` the callback: "
        "`callbacks=[...]`."
    )


@pytest.mark.task("train_with_checkpoints")
def test_checkpoints_differ_from_epoch_to_epoch(student):
    """The files hold weights on the way; the last ones are those of the trained model."""
    import tempfile
    from pathlib import Path

    import keras
    import numpy as np

    def line():
        return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

    model = line()
    model.set_weights([np.array([[3.0]]), np.array([1.0])])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    x = np.linspace(-1, 2, 20)
    # One batch holds all points, so each epoch is one step down the slope of the mean square.
    w, b, expected = 3.0, 1.0, []
    for _ in range(3):
        error = w * x + b - x**2
        w, b = w - 0.1 * 2 * np.mean(error * x), b - 0.1 * 2 * np.mean(error)
        expected.append([round(float(w), 4), round(float(b), 4)])
    files = []
    with tempfile.TemporaryDirectory() as folder:
        student.train_with_checkpoints(model, x, x**2, folder, 3)
        for path in sorted(Path(folder).glob("*.weights.h5")):
            other = line()
            other.load_weights(path)
            files.append([round(float(array.item()), 4) for array in other.get_weights()])
    last = [round(float(array.item()), 4) for array in model.get_weights()]
    assert np.allclose(last, expected[-1], atol=1e-3), (
        f"Three epochs over all points bring w = 3, b = 1 to {expected[-1]} here.\n"
        f"Received: {last}.\n"
        "Fit the model that is given, once, with x and y as they are; hold no points back, leave "
        "batch_size out, and do not compile it again."
    )
    assert np.shape(files) == (3, 2) and np.allclose(files, expected, atol=1e-3), (
        f"The three files hold the weights after epochs 1, 2, 3: {expected}.\n"
        f"Received: {files}.\n"
        "Let ModelCheckpoint write during the training: `callbacks=[...]` of the one `fit`."
    )


@pytest.mark.task("rebuild_model")
def test_rebuild_model_has_the_weights(student):
    """The new model is one unit, with the weights of the file."""
    import tempfile

    import keras
    import numpy as np

    saved = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    saved.set_weights([np.array([[1.75]]), np.array([-0.5])])
    with tempfile.TemporaryDirectory() as folder:
        saved.save_weights(f"{folder}/cp-07.weights.h5")
        model = student.rebuild_model(f"{folder}/cp-07.weights.h5")
        saved.set_weights([np.array([[3.0]]), np.array([1.0])])
        saved.save_weights(f"{folder}/cp-08.weights.h5")
        other = student.rebuild_model(f"{folder}/cp-08.weights.h5")
    assert isinstance(model, keras.Model), (
        "rebuild_model returns a Keras model.\n"
        f"Received: {type(model).__name__}.\n"
        "`model.load_weights(path)` changes the model and returns nothing: `return model` after it."
    )
    count = sum(weights.size for weights in model.get_weights())
    assert count == 2, (
        "One unit with one input has a weight and a bias: 2 parameters.\n"
        f"Received: {count} parameters.\n"
        "Build one `Dense(1)` on an input of shape (1,)."
    )
    assert other is not model, (
        "Each call of rebuild_model builds a new model.\n"
        "Received: the same model for two checkpoints.\n"
        "Build the model inside of the function."
    )
    arrays = [np.ravel(array) for array in model.get_weights()]
    weights = [round(float(value), 3) for value in np.concatenate(arrays)]
    assert weights == [1.75, -0.5], (
        "The checkpoint holds w = 1.75 and b = -0.5, and so does the model.\n"
        f"Received: {weights}.\n"
        "A new model starts with random weights: call `model.load_weights(path)`."
    )
    assert model.input_shape == (None, 1), (
        "The input of the model has the shape (None, 1): any number of rows, one value in each.\n"
        f"Received: {model.input_shape}.\n"
        "Begin with `keras.Input(shape=(1,))`."
    )
    outputs = [round(float(y), 3) for y in np.ravel(model(np.array([[-2.0], [4.0]])))]
    assert outputs == [-4.0, 6.5], (
        "Without an activation the unit gives 1.75 x - 0.5: -4.0 and 6.5 at x = -2 and x = 4.\n"
        f"Received: {outputs}.\n"
        "Leave `activation` out, and put no other layer into the model."
    )


@pytest.mark.task("resume_training")
def test_resume_goes_on_as_if_never_broken_off(student):
    """The second part goes on with weights, optimizer and epochs where the first one stopped."""
    import tempfile

    import keras
    import numpy as np

    x = np.linspace(-1, 2, 20)
    y = x**2
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[-1.0]]), np.array([-2.0])])
    model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="mean_squared_error")
    model.fit(x, y, epochs=3, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/a_model.keras")
        history = student.resume_training(f"{folder}/a_model.keras", x, y, 3, 8)
    # What the training does when it is not broken off.
    expected = model.fit(x, y, initial_epoch=3, epochs=8, verbose=0).history["loss"]
    assert isinstance(history, keras.callbacks.History), (
        "resume_training returns the History that `fit` returns.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    assert list(history.epoch) == [3, 4, 5, 6, 7], (
        "With done=3 and total=8, history.epoch is [3, 4, 5, 6, 7].\n"
        f"Received: {list(history.epoch)}.\n"
        "Fit with `initial_epoch=done` (how many are done) and `epochs=total` (where to end)."
    )
    losses = history.history.get("loss", [])
    assert len(losses) == 5, (
        "The History of 5 epochs holds 5 losses.\n"
        f"Received: {len(losses)}.\n"
        "Return what `fit` returns."
    )
    assert np.isclose(losses[0], expected[0], rtol=1e-3), (
        f"The second part starts at the loss of the saved model over all points, "
        f"{expected[0]:.3f}.\n"
        f"Received: {losses[0]:.3f}.\n"
        "Train the model that `keras.models.load_model(path)` gives, not a new one, with x and y "
        "as they are; hold no points back, and leave batch_size out."
    )
    told = [round(float(loss), 3) for loss in losses]
    assert np.allclose(losses, expected, rtol=1e-2), (
        f"The losses go on as {[round(loss, 3) for loss in expected]}.\n"
        f"Received: {told}.\n"
        "The file holds the optimizer with its last step. Do not call `compile`: "
        "that would throw it away."
    )


@pytest.mark.task("train_with_tensorboard")
def test_event_files_hold_losses_and_histograms(student):
    """The folder holds event files with the loss and the histograms of every epoch."""
    import tempfile
    from pathlib import Path

    import keras
    import numpy as np

    try:
        from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    except ImportError:
        raise AssertionError(
            "This task needs the package tensorboard.\n"
            "Received: a Python without it.\n"
            "Install it with `pip install tensorboard`."
        ) from None

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[3.0]]), np.array([1.0])])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    before = model.get_weights()[0].item()
    x = np.linspace(-1, 2, 20)
    # One batch holds all points, so each epoch is one step down the slope of the mean square.
    w, b = 3.0, 1.0
    for _ in range(3):
        error = w * x + b - x**2
        w, b = w - 0.1 * 2 * np.mean(error * x), b - 0.1 * 2 * np.mean(error)
    steps = {}
    with tempfile.TemporaryDirectory() as folder:
        history = student.train_with_tensorboard(model, x, x**2, f"{folder}/logs", 3)
        files = [path for path in Path(folder, "logs").rglob("*") if "tfevents" in path.name]
        for path in files:
            for event in EventFileLoader(str(path)).Load():
                for value in event.summary.value:
                    steps.setdefault(value.tag, []).append(event.step)
    assert isinstance(history, keras.callbacks.History), (
        "train_with_tensorboard returns the History that `fit` returns.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    assert model.get_weights()[0].item() != before, (
        "train_with_tensorboard trains the model that it is given.\n"
        "Received: a model with the weights that it had before.\n"
        "Call `fit` of the argument `model`; build no new one."
    )
    epochs = len(history.epoch)
    assert epochs == 3, (
        "With epochs=3 the training lasts 3 epochs.\n"
        f"Received: {epochs}.\n"
        "Hand the argument on: `fit(..., epochs=epochs)`."
    )
    last, expected = np.ravel([array.item() for array in model.get_weights()]), np.array([w, b])
    assert np.allclose(last, expected, atol=1e-3), (
        f"Three epochs over all points bring w = 3, b = 1 to {expected.round(4).tolist()} here.\n"
        f"Received: {last.round(4).tolist()}.\n"
        "Fit the model that is given, once, with x and y as they are; hold no points back, leave "
        "batch_size out, and do not compile it again."
    )
    assert files, (
        "The training writes event files into `logdir`.\n"
        "Received: none there.\n"
        "Make `keras.callbacks.TensorBoard(logdir, ...)`, and give it to `fit`: `callbacks=[...]`."
    )
    losses = set(steps.get("epoch_loss", []))
    assert len(losses) == 3, (
        "After 3 epochs the event files hold 3 values of epoch_loss.\n"
        f"Received: {len(losses)}.\n"
        "Hand the argument on: `fit(..., epochs=epochs)`."
    )
    counts = {
        name: max([len(set(at)) for tag, at in steps.items() if f"{name}/histo" in tag], default=0)
        for name in ("kernel", "bias")
    }
    assert counts == {"kernel": 3, "bias": 3}, (
        "After 3 epochs there are 3 histograms of the kernel and 3 of the bias.\n"
        f"Received: {counts['kernel']} and {counts['bias']}.\n"
        "Give TensorBoard `histogram_freq=1`."
    )


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
