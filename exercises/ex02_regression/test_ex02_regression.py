"""Visible checks: run `pytest ex02_regression` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("make_data")
def test_make_data_gives_x_and_y(student):
    """The data are two arrays of 200 numbers."""
    import numpy as np

    data = student.make_data()
    listed = isinstance(data, (tuple, list)) or (isinstance(data, np.ndarray) and data.ndim > 0)
    assert listed and len(data) == 2, (
        "make_data returns two arrays.\n"
        f"Received: {type(data).__name__}.\n"
        "End the function with `return x, y`."
    )
    try:
        shapes = [np.asarray(values, dtype=object).shape for values in data]
    except Exception:
        shapes = ["none", "none"]
    assert shapes == [(200,), (200,)], (
        "x and y have shape (200,).\n"
        f"Received: shapes {shapes[0]} and {shapes[1]}.\n"
        "Draw x with `size=200`, and one noise value for each x."
    )


@pytest.mark.task("make_data")
def test_make_data_follows_the_recipe(student):
    """With seed 0 the points are those that the recipe gives."""
    import numpy as np

    data = student.make_data(seed=0)
    try:
        x, y = (np.asarray(values, dtype=float).reshape(200) for values in data)
    except Exception:
        x = y = None
    assert x is not None, (
        "x and y are 200 numbers each.\n"
        f"Received: {type(data).__name__} of other things.\n"
        "End the function with `return x, y`."
    )
    assert np.allclose(x[:3], [0.19525, 0.86076, 0.41105], atol=1e-4), (
        "With seed 0, x starts with 0.195, 0.861, 0.411.\n"
        f"Received: {x[:3].round(3).tolist()}.\n"
        "Start the generator with `seed`, then draw all of x at once: "
        "`uniform(-2, 2, size=200)`."
    )
    expected = [0.07464, -0.16101, -0.76888]
    assert np.allclose(y[:3], expected, atol=1e-4), (
        "With seed 0, y starts with 0.075, -0.161, -0.769.\n"
        f"Received: {y[:3].round(3).tolist()}.\n"
        "The noise has loc 0 and scale 0.5 + x**2 / 3, is drawn after x, in the order of x, "
        "and is added to 1.726 * x - 0.84."
    )
    assert np.isclose(y[-1], -1.56534, atol=1e-4), (
        "With seed 0, the last y is -1.565.\n"
        f"Received: {y[-1]:.3f}.\n"
        "Each of the 200 values of x has noise of its own, in the order of x."
    )
    again = np.asarray(student.make_data(seed=1)[0])
    assert not np.array_equal(again, np.asarray(data[0])), (
        "Another seed gives other points.\n"
        "Received: the same x for seed 0 and seed 1.\n"
        "Start the generator with `seed`, not with 0."
    )


@pytest.mark.task("split_data")
def test_split_is_150_and_50(student):
    """The first 150 points train, the other 50 test, and each x keeps its y."""
    import numpy as np

    x = np.arange(200.0)
    parts = student.split_data(x, -x)
    assert isinstance(parts, (tuple, list)) and len(parts) == 4, (
        "split_data returns four arrays.\n"
        f"Received: {type(parts).__name__}.\n"
        "End the function with `return x_train, y_train, x_test, y_test`."
    )
    try:
        parts = [np.asarray(part, dtype=object) for part in parts]
    except Exception:
        parts = [np.empty(0)] * 4
    lengths = [part.size for part in parts]
    assert lengths == [150, 150, 50, 50], (
        "x_train, y_train, x_test, y_test have 150, 150, 50 and 50 entries.\n"
        f"Received: {lengths}.\n"
        "Cut both arrays at 150, and look at the order in which you return the parts."
    )
    shapes = [part.shape for part in parts]
    assert shapes == [(150,), (150,), (50,), (50,)], (
        "The four parts have shapes (150,), (150,), (50,), (50,).\n"
        f"Received: shapes {', '.join(map(str, shapes))}.\n"
        "Slice x and y, and leave their shape as it is."
    )
    names = ["x_train", "y_train", "x_test", "y_test"]
    cuts = [x[:150], -x[:150], x[150:], -x[150:]]
    for name, part, expected in zip(names, parts, cuts, strict=True):
        assert part.tolist() == expected.tolist(), (
            f"{name} holds the {'last' if 'test' in name else 'first'} {expected.size} values of "
            f"{name[0]}, in their order.\n"
            f"Received: {part[:3].tolist()} ... where {expected[:3].tolist()} ... "
            "was expected.\n"
            "Slice x and y at the same place, without shuffling."
        )


@pytest.mark.task("build_model")
def test_model_is_one_unit(student):
    """The model is one unit with one input: a weight and a bias."""
    import keras

    model = student.build_model()
    assert isinstance(model, keras.Model), (
        "build_model returns a Keras model.\n"
        f"Received: {model!r}.\n"
        "End the function with `return model`."
    )
    assert model.built, (
        "The model must know its input from the start.\n"
        "Received: a model that is not built yet.\n"
        "Start it with `keras.Input(shape=(1,))`."
    )
    assert model.count_params() == 2, (
        "One unit with one input has a weight and a bias: 2 parameters.\n"
        f"Received: {model.count_params()} parameters.\n"
        "Use one `keras.layers.Dense(1)` on an input of shape (1,)."
    )
    shapes = [tuple(weight.shape) for weight in model.weights]
    assert shapes == [(1, 1), (1,)], (
        "The weight w has shape (1, 1), the bias b (1,).\n"
        f"Received: shapes {', '.join(map(str, shapes))}.\n"
        "Use one `keras.layers.Dense(1)`, which has a bias, and no other layer."
    )


@pytest.mark.task("build_model")
def test_model_is_linear(student):
    """The output is w * x + b, with nothing after the sum."""
    import keras
    import numpy as np

    model = student.build_model()
    given = getattr(model, "input_shape", None)  # a model that is not built has none
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    assert arrays and given == (None, 1), (
        "build_model returns a model with input (batch, 1).\n"
        f"Received: a {type(model).__name__} with input {given}, {len(arrays)} arrays of weights.\n"
        "Start it with `keras.Input(shape=(1,))`, and end the function with `return model`."
    )
    outputs = model.predict(np.array([[-200.0], [-100.0], [0.0], [100.0], [200.0]]), verbose=0)
    outputs = np.ravel(outputs)
    steps = np.diff(outputs)
    assert np.allclose(steps, steps[0], rtol=1e-3, atol=1e-6), (
        "Equal steps of x give equal steps of a line.\n"
        f"Received: {outputs.round(3).tolist()} for x = -200, -100, 0, 100, 200.\n"
        "Leave `activation` out: an activation bends the line."
    )


@pytest.mark.task("train")
def test_train_fits_and_holds_out(student):
    """Training asks for SGD, the mean squared error, the epochs given, and the last 30 %."""
    import keras
    import numpy as np

    rng = np.random.RandomState(7)
    x = rng.uniform(-2, 2, 150)
    y = 3 * x + 1 + rng.normal(0, 0.5, 150)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    history = student.train(model, x, y, epochs=4)
    assert isinstance(history, keras.callbacks.History), (
        "train returns the History.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    assert getattr(model, "optimizer", None) is not None, (
        "train works on the model that it is given.\n"
        "Received: a model that was never compiled.\n"
        "Call `model.compile` and `model.fit` on the argument `model`; build no other model."
    )
    losses = history.history
    assert len(losses.get("loss", [])) == 4, (
        "train(..., epochs=4) trains for 4 epochs.\n"
        f"Received: a loss of length {len(losses.get('loss', []))}.\n"
        "Hand the argument on: `model.fit(..., epochs=epochs)`."
    )
    assert type(model.optimizer).__name__ == "SGD", (
        "The optimizer is stochastic gradient descent.\n"
        f"Received: {type(model.optimizer).__name__}.\n"
        'Compile with `optimizer="sgd"`.'
    )
    settings = float(model.optimizer.learning_rate), float(model.optimizer.momentum)
    assert np.allclose(settings, (0.01, 0.0)), (
        "SGD stays as it is by default: learning rate 0.01, momentum 0.\n"
        f"Received: learning rate {settings[0]:g}, momentum {settings[1]:g}.\n"
        'Compile with `optimizer="sgd"`.'
    )
    assert "val_loss" in losses, (
        "The History holds val_loss, the loss on the points kept out of the training.\n"
        f"Received: {', '.join(losses)}.\n"
        "Give `fit` the argument `validation_split=0.3`."
    )
    errors = model.predict(x[105:], verbose=0).ravel() - y[105:]
    expected = float(np.mean(errors**2))
    assert np.isclose(losses["val_loss"][-1], expected, rtol=1e-3), (
        "val_loss is the mean squared error over the last 45 of 150 points.\n"
        f"Received: {losses['val_loss'][-1]:.4f} where {expected:.4f} was expected.\n"
        'Compile with `loss="mse"`, and give `fit` all the points and `validation_split=0.3`.'
    )
    assert history.params.get("steps") in (4, None), (
        "105 points, 32 a step, are 4 steps in each epoch.\n"
        f"Received: {history.params['steps']} steps.\n"
        "Leave `batch_size` out."
    )


@pytest.mark.task("plot_loss")
def test_plot_loss_has_both_curves(student):
    """The picture has both curves over the epochs 1, 2, 3 ..., named axes and a legend."""
    import keras
    import matplotlib.pyplot as plt
    import numpy as np

    history = keras.callbacks.History()
    history.history = {"loss": [5.0, 3.0, 2.0, 1.5], "val_loss": [6.0, 4.0, 3.5, 3.25]}
    history.epoch = [0, 1, 2, 3]
    plt.close("all")
    drawn = student.plot_loss(history)
    try:
        figure = getattr(drawn, "figure", None)
        figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
        axes = [ax for ax in figure.axes if ax.lines or ax.collections]
        assert isinstance(drawn, plt.Axes) or axes, (
            "plot_loss returns the Axes that it drew on.\n"
            f"Received: {type(drawn).__name__}, and no picture.\n"
            "Start with `fig, ax = plt.subplots()`, and end with `return ax`."
        )
        ax = drawn if isinstance(drawn, plt.Axes) else axes[0]
        for name, values in history.history.items():
            found = [
                line
                for line in ax.lines
                if np.array_equal(np.asarray(line.get_ydata(), float).ravel(), values)
            ]
            assert found, (
                f"One curve shows history.history[{name!r}].\n"
                f"Received: {len(ax.lines)} curves, none of them with the values {values}.\n"
                f'Call `ax.plot(epochs, history.history["{name}"], label=...)`.'
            )
            epochs = np.asarray(found[0].get_xdata(), float).tolist()
            assert epochs == [1, 2, 3, 4], (
                "Four epochs are counted 1, 2, 3, 4.\n"
                f"Received: {epochs}.\n"
                "Take `np.arange(1, n + 1)` for n epochs; n is the length of the list."
            )
        names = ax.get_xlabel() or figure.get_supxlabel(), ax.get_ylabel() or figure.get_supylabel()
        assert all(names), (
            "Both axes have a name.\n"
            f"Received: {names[0]!r} and {names[1]!r}.\n"
            "Call `ax.set_xlabel(...)` and `ax.set_ylabel(...)`."
        )
        assert "epoch" in names[0].lower() or "epoch" not in names[1].lower(), (
            "The x axis is that of the epochs.\n"
            f"Received: {names[0]!r} for x, {names[1]!r} for y.\n"
            "Exchange the two names."
        )
        legends = [one for one in (ax.get_legend(), *figure.legends) if one]
        entries = [text.get_text() for legend in legends for text in legend.get_texts()]
        assert len(set(entries)) >= 2, (
            "A legend names both curves.\n"
            f"Received: {entries if legends else 'no legend'}.\n"
            "Give each `ax.plot` a `label` of its own, and call `ax.legend()` after them."
        )
        labels = [
            str(line.get_label()).lower()
            for values in history.history.values()
            for line in ax.lines
            if np.array_equal(np.asarray(line.get_ydata(), float).ravel(), values)
        ]
        assert "val" not in labels[0] or "val" in labels[1], (
            "The label of a curve says which loss it is.\n"
            f"Received: {labels[0]!r} for loss, {labels[1]!r} for val_loss.\n"
            "Exchange the two labels."
        )
    finally:
        plt.close("all")


@pytest.mark.task("plot_fit")
def test_plot_fit_has_points_and_line(student):
    """The picture has every point, and the model's line across them."""
    import keras
    import matplotlib.pyplot as plt
    import numpy as np

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[2.0]]), np.array([-1.0])])
    x = np.array([1.5, -2.0, 0.0, 2.0, -0.5])
    y = np.array([1.0, -4.0, 0.5, 3.5, -3.0])
    plt.close("all")
    drawn = student.plot_fit(model, x, y)
    try:
        figure = getattr(drawn, "figure", None)
        figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
        axes = [ax for ax in figure.axes if ax.lines or ax.collections]
        assert isinstance(drawn, plt.Axes) or axes, (
            "plot_fit returns the Axes that it drew on.\n"
            f"Received: {type(drawn).__name__}, and no picture.\n"
            "Start with `fig, ax = plt.subplots()`, and end with `return ax`."
        )
        ax = drawn if isinstance(drawn, plt.Axes) else axes[0]
        marks = [line for line in ax.lines if line.get_marker() not in ("None", "", " ", None)]
        drawn = [np.asarray(dots.get_offsets(), float) for dots in ax.collections]
        drawn += [np.asarray(mark.get_xydata(), float) for mark in marks]
        shown = {tuple(point.round(3).tolist()) for points in drawn for point in points}
        missing = [
            point for point in zip(x.tolist(), y.tolist(), strict=True) if point not in shown
        ]
        assert not missing, (
            "Every point (x, y) is drawn as a dot.\n"
            f"Received: no dot at {missing}.\n"
            "Call `ax.scatter(x, y)`."
        )
        lines = [line for line in ax.lines if line.get_linestyle() not in ("None", "", " ")]
        joined = [line for line in lines if np.array_equal(line.get_xydata(), np.c_[x, y])]
        assert not joined, (
            "The points are dots, and no line joins them.\n"
            "Received: a line through all points.\n"
            "Call `ax.scatter(x, y)`."
        )
        assert lines, (
            "The model's answers are joined by a line.\n"
            "Received: no line.\n"
            "Call `ax.plot(x_line, model.predict(x_line, verbose=0))`."
        )
        ends = [np.asarray(line.get_xydata(), float) for line in lines]
        good = [xy for xy in ends if np.allclose(xy[:, 1], 2 * xy[:, 0] - 1, atol=1e-3)]
        assert good, (
            "With weight 2 and bias -1 the line goes through (0, -1) and (1, 1).\n"
            f"Received: a line from {ends[0][0].round(2).tolist()} to "
            f"{ends[0][-1].round(2).tolist()}.\n"
            "Let the model that is given predict y for each x of the line."
        )
        reach = [(float(xy[:, 0].min()), float(xy[:, 0].max())) for xy in good]
        assert any(left <= -1.8 and right >= 1.8 for left, right in reach), (
            "The line goes from the smallest x to the largest, here from -2 to 2.\n"
            f"Received: a line from {reach[0][0]:.2f} to {reach[0][1]:.2f}.\n"
            "Take `np.linspace(x.min(), x.max(), 50)`."
        )
    finally:
        plt.close("all")


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
