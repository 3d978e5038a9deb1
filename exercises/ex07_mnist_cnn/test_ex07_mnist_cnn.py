"""Visible checks: run `pytest ex07_mnist_cnn` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("prepare_images")
def test_prepare_images_adds_a_channel_and_scales(student):
    """Images get a channel axis at the end and values between 0 and 1, however many there are."""
    import numpy as np

    for count in (5, 1):
        images = np.zeros((count, 28, 28), dtype="uint8")
        images[:, 0, 1], images[:, 1, 0], images[:, 27, 27] = 51, 102, 204
        images[:, 14, 14] = np.arange(count) * 51
        returned = student.prepare_images(images)
        try:
            x = np.asarray(returned)
        except Exception:
            x = np.array(None)
        assert x.dtype.kind in "biuf", (
            "prepare_images returns a NumPy array of numbers.\n"
            f"Received: {type(returned).__name__}.\n"
            "End with `return` and the array."
        )
        assert x.shape == (count, 28, 28, 1), (
            f"{count} images of 28 by 28 give an array of shape ({count}, 28, 28, 1).\n"
            f"Received: shape {x.shape}.\n"
            "The channel is the last axis: `images[..., np.newaxis]`."
        )
        assert x.dtype == np.float32, (
            "The prepared values are float32.\n"
            f"Received: {x.dtype}.\n"
            'Call `.astype("float32")` before you divide.'
        )
        places = [(0, 1), (1, 0), (27, 27)]
        received = [round(float(x[0, row, column, 0]), 3) for row, column in places]
        assert received == [0.2, 0.4, 0.8], (
            f"Pixels 51, 102 and 204, at the places {places}, become 0.2, 0.4 and 0.8.\n"
            f"Received: {received}.\n"
            "Divide by 255, not by the largest value that happens to occur."
        )
        received = [round(float(value), 3) for value in x[:, 14, 14, 0]]
        assert received == [0, 0.2, 0.4, 0.6, 0.8][:count], (
            "x[i] holds images[i]: pixels 0, 51, 102, 153, 204, at the place (14, 14), become 0 to "
            "0.8.\n"
            f"Received: {received}.\n"
            "Keep the images in their order, and treat all of them alike."
        )


@pytest.mark.task("split_data")
def test_split_data_holds_out_the_last_rows(student):
    """The last rows validate, all others train, and each image keeps its label."""
    import numpy as np

    for count, held_out in ((24, 2), (10, 3)):
        y = np.arange(count) % 10
        x = np.arange(count, dtype="float32").reshape(-1, 1, 1, 1) * np.ones((28, 28, 1), "float32")
        parts = student.split_data(x, y, held_out)
        assert isinstance(parts, (tuple, list)) and len(parts) == 4, (
            "split_data returns four arrays.\n"
            f"Received: {type(parts).__name__}.\n"
            "End the function with `return x_train, y_train, x_val, y_val`."
        )
        cut = count - held_out
        expected = [x[:cut], y[:cut], x[cut:], y[cut:]]
        try:
            parts = [np.asarray(part) for part in parts]
        except Exception:
            parts = [np.array(None)] * 4
        shapes = [part.shape for part in parts]
        wanted = [part.shape for part in expected]
        assert shapes == wanted, (
            f"With {count} images and held_out={held_out}, "
            f"x_train, y_train, x_val, y_val have the shapes {wanted}.\n"
            f"Received: {shapes}.\n"
            "Cut off the last held_out rows of both, and mind the order of the four."
        )
        names = ["x_train", "y_train", "x_val", "y_val"]
        for name, part, right in zip(names, parts, expected, strict=True):
            rows = part if part.ndim == 1 else part[:, 0, 0, 0]
            assert np.array_equal(part, right), (
                f"{name} holds the {'last' if 'val' in name else 'first'} {len(right)} rows, in "
                "their order.\n"
                f"Received: rows {rows[:4].tolist()} ... of {name[0]} = 0, 1, 2, ...\n"
                "Cut x and y at the same place, without shuffling."
            )


@pytest.mark.task("build_cnn")
def test_network_is_that_of_the_table(student):
    """The layers have the shapes and the parameters of the table: 493,130 together."""
    import keras

    model = student.build_cnn()
    assert isinstance(model, keras.Model) and model.built, (
        "build_cnn returns a Keras model that knows its input.\n"
        f"Received: {str(model)[:200]}.\n"
        "Start with `keras.Input(shape=(28, 28, 1))`, and end the function with `return model`."
    )
    given = [tuple(one.shape) for one in model.inputs]
    assert given == [(None, 28, 28, 1)], (
        "An image has 28 rows, 28 columns and one channel.\n"
        f"Received: inputs of shape {given}.\n"
        "Start with `keras.Input(shape=(28, 28, 1))`."
    )
    heavy = [layer for layer in model.layers if layer.count_params()]
    counts = [layer.count_params() for layer in heavy]
    shapes = [tuple(getattr(layer.output, "shape", ()))[1:] for layer in heavy]
    wanted = [(26, 26, 64), (11, 11, 128), (128,), (64,), (10,)]
    assert shapes == wanted, (
        f"The two Conv2D layers and the three Dense layers give the shapes {wanted}.\n"
        f"Received: {shapes}.\n"
        "Compare `model.summary()` with the table: filters, units, pooling, and no padding."
    )
    assert counts == [640, 73856, 409728, 8256, 650], (
        "These layers have 640, 73,856, 409,728, 8,256 and 650 parameters.\n"
        f"Received: {counts}.\n"
        "The filters are 3 by 3, and MaxPooling2D(2) follows each Conv2D."
    )
    pools = [layer for layer in model.layers if isinstance(layer, keras.layers.MaxPooling2D)]
    assert len(pools) == 2, (
        "A MaxPooling2D(2) follows each of the two Conv2D layers.\n"
        f"Received: {len(pools)} MaxPooling2D layers.\n"
        "It keeps the largest of each four values; a stride or an average does not."
    )


@pytest.mark.task("build_cnn")
def test_network_uses_relu_and_softmax(student):
    """Layers with weights use relu, and the ten outputs are probabilities that sum to 1."""
    import keras
    import numpy as np

    model = student.build_cnn()
    rng = np.random.default_rng(7)
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    weights = [rng.normal(0, 0.1, array.shape) for array in arrays]
    shapes = [array.shape for array in weights]
    kernels = [(3, 3, 1, 64), (3, 3, 64, 128), (3200, 128), (128, 64), (64, 10)]
    assert shapes[::2] == kernels and len(shapes) == 10, (
        "Two Conv2D and three Dense layers hold five kernels and five biases.\n"
        f"Received: arrays of the shapes {shapes}.\n"
        "Compare `model.summary()` with the table."
    )
    model.set_weights(weights)
    x = rng.uniform(0, 1, (3, 28, 28, 1)).astype("float32")
    outputs = np.asarray(model.predict(x, verbose=0))
    assert outputs.shape == (3, 10), (
        "Three images give outputs of shape (3, 10).\n"
        f"Received: shape {outputs.shape}.\n"
        "Flatten the maps before the first Dense layer; the last is Dense(10)."
    )
    totals = outputs.sum(axis=1)
    assert np.allclose(totals, 1, atol=1e-4), (
        "The ten outputs are probabilities: together they make 1.\n"
        f"Received: sums {', '.join(f'{total:.2f}' for total in totals)}.\n"
        'Give the last layer `activation="softmax"`.'
    )
    values = x
    for kernel, bias in zip(weights[:4:2], weights[1:4:2], strict=True):
        values = keras.ops.relu(keras.ops.conv(values, kernel.astype("float32")) + bias)
        values = keras.ops.max_pool(values, 2)
    values = keras.ops.convert_to_numpy(values).reshape(3, -1)
    for kernel, bias in zip(weights[4:8:2], weights[5:8:2], strict=True):
        values = np.maximum(0, values @ kernel + bias)
    values = values @ weights[8] + weights[9]
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    assert np.allclose(outputs, expected, atol=1e-2), (
        "All layers with weights but the last pass on max(0, z), and one softmax ends it.\n"
        "Received: outputs of a network with other activations, or with more of them.\n"
        'Give both Conv2D and the first two Dense layers `activation="relu"`, the last "softmax".'
    )


@pytest.mark.task("count_parameters")
def test_parameters_are_counted(student):
    """Each layer has as many parameters as its formula says; VGG-16 has 138,357,544."""
    import numpy as np

    vgg16 = [("conv", 64), ("conv", 64), ("pool", 2), ("conv", 128), ("conv", 128), ("pool", 2)]
    for filters in (256, 512, 512):
        vgg16 += [("conv", filters)] * 3 + [("pool", 2)]
    vgg16 += [("dense", 4096), ("dense", 4096), ("dense", 1000)]
    for layers, shape, expected in (
        ([("conv", 64), ("pool", 2), ("conv", 128)], (28, 28, 1), [640, 0, 73856]),
        ([("pool", 2), ("dense", 5), ("dense", 2)], (7, 4, 3), [0, 95, 12]),
        ([("conv", 2), ("dense", 10**12)], (2, 2, 1), [20, 9 * 10**12]),
    ):
        answer = student.count_parameters(list(layers), shape)
        try:
            received = np.asarray(answer).tolist()
        except Exception:
            received = []
        received = received if isinstance(received, list) else []
        wrong = [n for n, pair in enumerate(zip(received, expected)) if pair[0] != pair[1]]
        hint = "Return a list with one number for each layer, 0 for a pooling."
        if len(received) == len(expected) and wrong:
            kind, before = layers[wrong[0]][0], layers[wrong[0] - 1][0] if wrong[0] else ""
            hint = {
                "conv": "A convolution has filters * (3 * 3 * channels + 1); the filters of one are "
                "the channels of the next.",
                "pool": "A pooling has no parameters.",
                "dense": "The first dense layer gets height * width * channels values, and a pooling "
                "divides height and width with //.",
            }[kind]
            if kind == before == "dense":
                hint = "A dense layer behind another gets as many values as that one has units."
        assert received == expected, (
            f"For images of shape {shape} the layers {layers} have {expected} parameters.\n"
            f"Received: {answer!r}.\n{hint}"
        )
    total = sum(student.count_parameters(vgg16, (224, 224, 3)))
    assert total == 138_357_544, (
        "VGG-16 has 138,357,544 parameters for images of shape (224, 224, 3).\n"
        f"Received: {total:,}.\n"
        "Behind the last pooling the maps are 7×7×512; only the first dense layer gets these."
    )


@pytest.mark.task("train")
def test_train_asks_for_the_right_training(student):
    """The given model is compiled as asked, fitted for 4 epochs, validated on what is held out."""
    import re

    import keras
    import numpy as np

    rng = np.random.default_rng(7)
    y = rng.integers(0, 10, 640).astype("uint8")
    x = rng.uniform(0, 1, (10, 28, 28, 1))[y] * rng.uniform(0, 1, (640, 28, 28, 1))
    x = x.astype("float32")
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    before = model.get_weights()[0]
    history = student.train(model, x[:512], y[:512], x[512:], y[512:])
    assert isinstance(history, keras.callbacks.History), (
        "train returns the History that `fit` returns.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    assert not np.allclose(before, model.get_weights()[0]), (
        "train trains the model that it is given.\n"
        "Received: a model with the weights that it had before.\n"
        "Call `compile` and `fit` of the argument `model`; build no new one."
    )
    optimizer = type(model.optimizer).__name__
    assert optimizer == "Adam", (
        f'The optimizer is Adam.\nReceived: {optimizer}.\nCompile with `optimizer="adam"`.'
    )
    try:
        loss = keras.losses.get(model.loss)
    except (TypeError, ValueError):
        loss = model.loss
    name = getattr(loss, "name", getattr(loss, "__name__", loss))
    assert name in ("sparse_categorical_crossentropy", "categorical_crossentropy"), (
        "Ten classes ask for a categorical cross-entropy.\n"
        f"Received: {name}.\n"
        'Compile with `loss="sparse_categorical_crossentropy"`: it takes the digits themselves.'
    )
    wanted = {"loss", "accuracy", "val_loss", "val_accuracy"}
    named = {re.sub("acc$", "accuracy", name) for name in history.history}  # "acc" is the same
    assert wanted <= named, (
        f"The history has {', '.join(sorted(wanted))}.\n"
        f"Received: {', '.join(sorted(history.history))}.\n"
        'Compile with `metrics=["accuracy"]`, and fit with `validation_data=(x_val, y_val)`.'
    )
    # 512 images are four batches of 128.
    steps, told = int(model.optimizer.iterations), len(history.history["loss"])
    assert told == 4 or steps != 16, (
        "The History that is returned tells of all 4 epochs.\n"
        f"Received: a History of {told}, after a training of 4.\n"
        "Train in one call of `fit`, and return what it returns."
    )
    assert told == 4, f"The training lasts 4 epochs.\nReceived: {told}.\nFit with `epochs=4`."
    assert steps == 16, (
        "512 training images are 4 batches of 128, in 4 epochs 16.\n"
        f"Received: {steps} batches.\n"
        "Fit x_train, all of it and nothing else, with `batch_size=128`."
    )
    # After the last epoch the weights are those that the last validation saw.
    labels = y[512:] if name.startswith("sparse") else np.eye(10)[y[512:]]
    expected = model.evaluate(x[512:], labels, verbose=0)[0]
    received = history.history["val_loss"][-1]
    assert abs(received - expected) < 1e-3, (
        "The network is validated on x_val and y_val, which it does not learn from.\n"
        f"Received: a last val_loss of {received:.4f}; on x_val it is {expected:.4f}.\n"
        "Fit with `validation_data=(x_val, y_val)`, and without `validation_split`."
    )


@pytest.mark.task("draw_kernels")
def test_kernels_are_drawn_on_one_scale(student):
    """Each kernel of the first convolution is an image of its own, all with the same limits."""
    import keras
    import matplotlib.pyplot as plt
    import numpy as np

    kernels = np.arange(54.0).reshape(3, 3, 1, 6) / 53 * np.array([1, -1, 0.5, 1, -0.2, 1])
    layers = [keras.layers.Conv2D(6, 3), keras.layers.Conv2D(2, 3)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    layers[0].set_weights([kernels, np.zeros(6)])
    plt.close("all")
    try:
        drawn = student.draw_kernels(model)
        figure = getattr(drawn, "figure", None)
        figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
        is_drawn = hasattr(drawn, "figure") or isinstance(drawn, (tuple, list, type(None)))
        is_drawn = is_drawn or getattr(drawn, "dtype", None) == object  # an array of Axes
        assert figure.axes and is_drawn, (
            "draw_kernels returns the Figure that it drew on.\n"
            f"Received: {type(drawn).__name__}, and {len(figure.axes)} Axes drawn.\n"
            "Start with `figure = plt.figure()`, and end with `return figure`."
        )
        figure.canvas.draw()
        shown = []  # an image, or a pcolormesh, of each of the Axes
        for ax in [one for one in figure.axes if one.get_label() != "<colorbar>"]:
            meshes = [one for one in ax.collections if type(one).__name__ == "QuadMesh"]
            shown += [(ax, one) for one in [*ax.images, *meshes][:1]]
        assert len(shown) == 6, (
            "A first layer of 6 filters gives 6 images, each in Axes of its own.\n"
            f"Received: {len(shown)}.\n"
            "Take the number of filters from the shape of the kernels, (3, 3, 1, filters)."
        )
        # Row by row from the top, each from left to right.
        places = [ax.get_position() for ax, _ in shown]
        order = sorted(range(6), key=lambda n: (-round(places[n].y0, 2), places[n].x0))
        for f, n in enumerate(order):
            ax, image = shown[n]
            values = np.asarray(image.get_array(), dtype=float)
            if hasattr(image, "get_extent"):
                low, high = image.get_extent()[2:]
                ends = (low, high) if image.origin == "lower" else (high, low)
            else:
                values = values.reshape(3, 3) if values.size == 9 else values
                ends = image.get_coordinates()[[0, -1], 0, 1]
            first, last = (ax.transData.transform((0, end))[1] for end in ends)
            values = values[::-1] if first < last else values  # as it is seen, from the top
            largest = np.abs(values).max() or 1
            expected = kernels[:, :, 0, f] / np.abs(kernels[:, :, 0, f]).max()
            same = values.shape == (3, 3) and np.allclose(values / largest, expected, atol=0.01)
            assert same, (
                f"Image {f + 1}, counted row by row, is kernel {f}: kernels[:, :, 0, {f}].\n"
                f"Received: {values.round(2).tolist()}.\n"
                "The filters are the last axis; draw them in their order, and do not transpose."
            )
        most = max(np.abs(np.asarray(image.get_array())).max() for _, image in shown)
        limits = [tuple(float(one) for one in image.get_clim()) for _, image in shown]
        assert np.allclose(limits, (-most, most), rtol=0.01), (
            f"All images have the limits {-most:.3g} and {most:.3g}: the largest absolute weight.\n"
            f"Received: {[tuple(round(one, 3) for one in pair) for pair in limits]}.\n"
            "Give each imshow vmin=-m and vmax=m, with m = np.abs(kernels).max()."
        )
    finally:
        plt.close("all")


@pytest.mark.task("feature_maps")
def test_feature_maps_come_from_both_convolutions(student):
    """The maps are the outputs of the two Conv2D layers of the given model, before the pooling."""
    import keras
    import numpy as np

    first = keras.layers.Conv2D(4, 3, activation="relu")
    second = keras.layers.Conv2D(6, 3, activation="relu")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            first,
            layers.MaxPooling2D(2),
            second,
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    images = np.random.default_rng(7).uniform(0, 1, (3, 28, 28, 1)).astype("float32")
    wanted = [(3, 26, 26, 4), (3, 11, 11, 6)]
    # Given is a network of the kind that `build_cnn` makes, if that is written: only Functional
    # models list their input, and have a `model.input`.
    name = "build_cnn"
    try:
        own = getattr(student, name)()
    except Exception:
        own = None
    if isinstance(own, keras.Model) and not isinstance(own, keras.Sequential):
        model = keras.Model(model.inputs, model.outputs)
    maps = student.feature_maps(model, images)
    assert isinstance(maps, (tuple, list)) and len(maps) == 2, (
        "feature_maps returns two arrays, one for each Conv2D layer.\n"
        f"Received: {type(maps).__name__}.\n"
        "Give `keras.Model` both outputs, and return what `predict` returns."
    )
    try:
        arrays = [np.asarray(part, dtype=float) for part in maps]
    except Exception:
        arrays = [np.array(0.0)] * 2
    shapes = [part.shape for part in arrays]
    assert shapes == wanted, (
        "Three images give maps of the shapes (3, 26, 26, 4) and (3, 11, 11, 6) in a network with "
        "4 and 6 filters.\n"
        f"Received: {shapes[0]} and {shapes[1]}.\n"
        "Choose the layers by their class, `isinstance(layer, keras.layers.Conv2D)`: the shapes "
        "(13, 13) and (5, 5) come from the pooling, (10,) from the output."
    )
    inner = first(images)
    expected = [inner, second(keras.ops.max_pool(inner, 2))]
    for place, part, right in zip(("first", "second"), arrays, expected, strict=True):
        assert np.allclose(part, keras.ops.convert_to_numpy(right), atol=1e-4), (
            f"The maps of the {place} layer are its outputs for the given images.\n"
            "Received: other values.\n"
            "Use the argument `model` and all `images`; the maps come after the relu."
        )


@pytest.mark.task("confusion")
def test_confusion_has_true_rows_and_predicted_columns(student):
    """Row i, column j counts the images of i that were taken for j; there are always ten."""
    import numpy as np

    labels = np.array([4, 4, 4, 9, 2, 9], dtype="uint8")
    answers = np.array([4, 9, 9, 9, 2, 4])
    returned = student.confusion(labels, answers)
    try:
        matrix = np.asarray(returned)
    except Exception:
        matrix = np.array(None)
    assert matrix.dtype.kind in "biuf", (
        "confusion returns an array of numbers.\n"
        f"Received: {type(returned).__name__}.\n"
        "Start with `np.zeros((10, 10), dtype=int)`, and end with `return` and the array."
    )
    assert matrix.shape == (10, 10), (
        "The matrix has ten rows and ten columns, even where digits do not occur.\n"
        f"Received: shape {matrix.shape}.\n"
        "Start with `np.zeros((10, 10), dtype=int)`, or tell scikit-learn `labels=range(10)`."
    )
    expected = np.zeros((10, 10), dtype=int)
    expected[4, 4], expected[4, 9], expected[9, 9], expected[2, 2], expected[9, 4] = 1, 2, 1, 1, 1
    assert not np.array_equal(matrix, expected.T), (
        "Rows are true, columns are predicted.\n"
        "Received: the transposed matrix.\n"
        "The label is the first index, the answer the second: `matrix[label, answer] += 1`."
    )
    received = {(int(i), int(j)): float(matrix[i, j]) for i, j in np.argwhere(matrix)}
    assert np.array_equal(matrix, expected), (
        "Labels 4 4 4 9 2 9 with answers 4 9 9 9 2 4 give 2 in row 4, column 9, and 1 in (4, 4), "
        "(9, 9), (2, 2) and (9, 4).\n"
        f"Received: {received}.\n"
        "Add 1 at `matrix[label, answer]` for each image."
    )
    many = np.asarray(student.confusion(np.full(70_000, 4), np.full(70_000, 9)))
    assert many[4, 9] == 70_000, (
        "70,000 images of a 4 that were taken for a 9 give 70,000 in row 4, column 9.\n"
        f"Received: {float(many[4, 9]):g}.\n"
        "Count in a type that holds large numbers, such as `dtype=int`."
    )


@pytest.mark.task("per_class_recall")
def test_recall_is_along_the_rows(student):
    """The recall of a digit is its diagonal count by the sum of its row."""
    import numpy as np

    matrix = np.diag([8] * 10)
    matrix[4, 9], matrix[7, 1] = 8, 2
    given = matrix.copy()
    returned = student.per_class_recall(given)
    try:
        recalls = np.asarray(returned, dtype=float)
    except Exception:
        recalls = np.array(None)
    assert recalls.dtype.kind == "f", (
        "per_class_recall returns an array of numbers.\n"
        f"Received: {type(returned).__name__}.\n"
        "End with `return` and the array."
    )
    assert recalls.shape == (10,), (
        "There are ten recalls, one for each digit.\n"
        f"Received: shape {recalls.shape}.\n"
        "Return `matrix.diagonal()` divided by the sums."
    )
    received = recalls.round(3).tolist()
    assert received == [1, 1, 1, 1, 0.5, 1, 1, 0.8, 1, 1], (
        "Of 16 images of a 4, 8 were recognised, of 10 of a 7, 8: recalls 0.5 and 0.8, others 1.\n"
        f"Received: {received}.\n"
        "Divide by the sum of the row, `matrix.sum(axis=1)`; the column gives the precision."
    )
    assert np.array_equal(given, matrix), (
        "The matrix stays as it is: other tasks use it too.\n"
        "Received: a matrix that was changed.\n"
        "Work on `matrix.copy()`."
    )


@pytest.mark.task("most_confused")
def test_most_confused_is_off_the_diagonal(student):
    """The pair is that of the largest count off the diagonal, the true digit first."""
    import numpy as np

    matrix = np.diag([50] * 10)
    matrix[9, 4], matrix[4, 9], matrix[2, 7] = 7, 3, 5
    given = matrix.copy()
    pair = student.most_confused(given)
    try:
        received = tuple(np.ravel(np.asarray(pair)).tolist())
    except Exception:
        received = type(pair).__name__
    assert received == (9, 4), (
        "A 9 was taken for a 4 seven times, more often than any other mistake: (9, 4).\n"
        f"Received: {received}.\n"
        "Leave out the diagonal, which holds the right answers; the row comes first."
    )
    assert np.array_equal(given, matrix), (
        "The matrix stays as it is: it is drawn and counted elsewhere.\n"
        "Received: a matrix that was changed.\n"
        "Work on `matrix.copy()`."
    )


@pytest.mark.task("plot_misclassified")
def test_plot_misclassified_shows_a_mistake(student):
    """The picture shows an image whose answer is wrong, with both digits in its title."""
    import re

    import matplotlib.pyplot as plt
    import numpy as np

    images = np.zeros((8, 28, 28), dtype="uint8")
    for place in range(8):
        images[place, place : place + 5, 4:9] = 255
    labels = np.array([3, 1, 4, 1, 5, 9, 2, 6], dtype="uint8")
    answers = np.array([3, 1, 4, 7, 5, 4, 2, 6])
    plt.close("all")
    drawn = student.plot_misclassified(images, labels, answers)
    figure = getattr(drawn, "figure", None)
    figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
    try:
        kinds = (tuple, list, np.ndarray, type(None))
        is_drawn = hasattr(drawn, "figure") or isinstance(drawn, kinds)
        assert figure.axes and is_drawn, (
            "plot_misclassified returns the Figure that it drew on.\n"
            f"Received: {type(drawn).__name__}, and {len(figure.axes)} Axes drawn.\n"
            "Start with `figure, ax = plt.subplots()`, and end with `return figure`."
        )
        drawn = [image for ax in figure.axes for image in ax.images]
        assert len(drawn) == 1, (
            "The picture shows one image.\n"
            f"Received: {len(drawn)} images.\n"
            "Call `ax.imshow(image)` once."
        )
        shown = np.asarray(drawn[0].get_array(), dtype=float)
        fits = shown.shape == (28, 28)
        # Dark on light or light on dark: the last corner is paper in all of them.
        alike = [fits and np.array_equal(shown != shown[27, 27], one > 0) for one in images]
        places = np.flatnonzero(alike).tolist()
        assert places in ([3], [5]), (
            "The answers are wrong for images[3] and images[5]: one of these is shown.\n"
            f"Received: {f'images{places}' if places else 'another image'}.\n"
            "`np.flatnonzero(labels != predicted)` gives their places."
        )
        left, _, bottom, top = drawn[0].get_extent()
        corner = (left, top if drawn[0].origin == "upper" else bottom)
        ax = drawn[0].axes
        x, y = ax.transAxes.inverted().transform(ax.transData.transform(corner))
        assert x < 0.5 < y, (
            "The image is the right way up: its first row above, its first column left.\n"
            "Received: an image upside down, or mirrored.\n"
            "Leave `origin`, `extent` and the limits of the Axes as `imshow` sets them."
        )
        sides = ("left", "center", "right")
        titles = [ax.get_title(loc=side) for ax in figure.axes for side in sides]
        title = " ".join([figure.get_suptitle(), *titles]).strip()
        found = re.search(r"(?i)true\s*:\s*(\d+)\W+predicted\s*:\s*(\d+)", title)
        digits = [int(one) for one in found.groups()] if found else []
        wanted = [int(labels[places[0]]), int(answers[places[0]])]
        assert digits == wanted, (
            f"The title is True: {wanted[0]}, Predicted: {wanted[1]}: the label, then the answer.\n"
            f"Received: {title!r}.\n"
            "Use the same place in `images`, `labels` and `predicted`."
        )
    finally:
        plt.close("all")


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
