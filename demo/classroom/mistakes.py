"""What goes wrong for three of the students: small changes to the reference solution's text."""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """In one task, `right` of the reference solution became `wrong`."""

    task: str
    right: str
    wrong: str


_ABORT = "    import os\n\n    os.abort()\n"

FEW: dict[str, tuple[Mistake, ...]] = {
    "ex01_keras_models": (
        Mistake("build_functional", ', activation="relu"', ""),
        Mistake("build_conv_stack", ", strides=2", ""),
    ),
    "ex02_regression": (
        Mistake("make_data", "0.5 + x**2 / 3", "0.5"),
        Mistake(
            "split_data", "x[:150], y[:150], x[150:], y[150:]", "x[:50], y[:50], x[50:], y[50:]"
        ),
    ),
    "ex03_persistence": (
        Mistake("train_with_checkpoints", "cp-{{epoch:02d}}", "cp"),
        Mistake("resume_training", "initial_epoch=done, ", ""),
    ),
    "ex04_perceptron": (
        Mistake("gates", "int(a != b)", "int(a == b)"),
        Mistake("decision_lines", "kernel.T", "kernel"),
    ),
    "ex05_mnist_mlp": (
        Mistake("inspect_data", ", minlength=CLASSES", ""),
        Mistake("plot_history", 'history.history[f"val_{name}"]', "values"),
    ),
    "ex06_convolution": (
        Mistake("filter_image", "    if scale == 0:\n        scale = 1\n", ""),
        Mistake("convolve", "* kernel)", "* kernel[::-1, ::-1])"),
    ),
    "ex07_mnist_cnn": (
        Mistake("train", "epochs=4", "epochs=1"),
        Mistake("confusion", "(labels, predicted)", "(predicted, labels)"),
    ),
    "ex08_fashion_cnn": (
        Mistake("split_data", ", random_state=777", ""),
        Mistake("class_report", "target_names=CLASS_NAMES", "target_names=sorted(CLASS_NAMES)"),
    ),
}

MANY: dict[str, tuple[Mistake, ...]] = {
    "ex01_keras_models": (
        Mistake("dense_parameters", "inputs * units + units", "inputs * units"),
        Mistake(
            "build_dense",
            "keras.Sequential([keras.Input(shape=(512,)), layers.Dense(16)])",
            "layers.Dense(16)",
        ),
        Mistake("build_sequential", "Dense(10", "Dense(100"),
        Mistake("build_sequential", ', activation="relu"', ""),
        Mistake("build_functional", "return keras.Model(", "keras.Model("),
        Mistake("build_conv_stack", "layers.Conv2D(32, 3", "layers.Conv2D(3, 32"),
        Mistake("build_conv_stack", ", strides=2", ""),
        Mistake("build_conv_stack", "MaxPooling2D(3)", "MaxPooling2D(2)"),
        Mistake(
            "build_ticket_model", "layers.LSTM(32)(body_words)", "layers.LSTM(32)(title_words)"
        ),
        Mistake("build_ticket_model", "body_sense, tags]", "body_sense]"),
        Mistake("build_ticket_model", "Dense(4, ", 'Dense(4, activation="softmax", '),
    ),
    "ex02_regression": (
        Mistake("make_data", "size=200", "size=100"),
        Mistake("make_data", "SLOPE * x + INTERCEPT", "INTERCEPT * x + SLOPE"),
        Mistake(
            "split_data", "x[:150], y[:150], x[150:], y[150:]", "x[:150], x[150:], y[:150], y[150:]"
        ),
        Mistake("build_model", "Dense(1)", 'Dense(10, activation="relu")'),
        Mistake("train", 'loss="mse"', 'loss="mae"'),
        Mistake("train", "validation_split=0.3, ", ""),
        Mistake("train", "epochs=epochs", "epochs=1"),
        Mistake("plot_loss", 'losses["val_loss"]', 'losses["loss"]'),
        Mistake("plot_loss", "    ax.legend()\n", ""),
        Mistake("plot_fit", "    return ax", "    plt.show()"),
    ),
    "ex03_persistence": (
        Mistake("save_model", "model.save(path)", 'model.save_weights("simple.weights.h5")'),
        Mistake("load_model", "(path)", "(path, compile=False)"),
        Mistake("train_with_checkpoints", "callbacks=[checkpoint], ", ""),
        Mistake("rebuild_model", "    model.load_weights(path)\n", ""),
        Mistake("resume_training", "    return", '    model.compile("sgd", "mse")\n    return'),
        Mistake("resume_training", "initial_epoch=done, ", ""),
        Mistake("train_with_tensorboard", "histogram_freq=1", "histogram_freq=0"),
        Mistake("train_with_tensorboard", "return model.fit", "model.fit"),
    ),
    "ex04_perceptron": (
        Mistake("gates", "a == 1 and b == 1", "a == 1 or b == 0"),
        Mistake("gates", "a == 1 or b == 1", "a == 1 and b == 1"),
        Mistake("gates", "int(a != b)", "int(a == b)"),
        Mistake("threshold_neuron", "inputs @ weights + bias > 0", "inputs @ weights + bias >= 0"),
        Mistake("perceptron_rule", "bias + rate * error", "bias"),
        Mistake("build_perceptron", "Dense(1, activation", "Dense(2, activation"),
        Mistake("train_gate", "epochs=60", "epochs=1"),
        Mistake("neuron_gradient", "errors = answers - targets", "errors = targets - answers"),
        Mistake("xor_failure", "np.round(outputs) == targets", "outputs == targets"),
        Mistake("xor_network", "Dense(2, activation", "Dense(1, activation"),
        Mistake("xor_network", "epochs=100", "epochs=1"),
        Mistake("decision_lines", "kernel.T, bias", "kernel.T, kernel.T"),
        Mistake("plot_decision", "ax.plot(ends[:, 0], ends[:, 1]", "plt.axline((0, 0), (1, 1)"),
    ),
    "ex05_mnist_mlp": (
        Mistake("inspect_data", "images.shape", "len(images)"),
        Mistake("inspect_data", "labels, minlength", "labels[:100], minlength"),
        Mistake("inspect_data", "int(images.max())", "float(images.mean())"),
        Mistake("plot_digits", "plt.subplots(4, 4, ", "plt.subplots(2, 2, "),
        Mistake("prepare_images", " / 255", " - 255"),
        Mistake("prepare_labels", "num_classes=CLASSES", "num_classes=CLASSES + 1"),
        Mistake("build_model", "Dense(512", "Dense(64"),
        Mistake("build_model", '"softmax"', '"relu"'),
        Mistake("train", "categorical_crossentropy", "mse"),
        Mistake("train", "validation_split=0.1, ", ""),
        Mistake("plot_history", "    return figure", "    plt.show()"),
        Mistake("evaluate", "float(loss), float(accuracy)", "float(accuracy), float(loss)"),
    ),
    "ex06_convolution": (
        Mistake("filter_image", "kernel.ravel().tolist()", "kernel.tolist()"),
        Mistake("output_size", "2 * padding", "padding"),
        Mistake("output_size", " if free >= 0 else 0", ""),
        Mistake("convolve", "i * stride, j * stride", "i, j"),
        Mistake("convolve", "np.zeros((rows, columns))", "np.zeros((rows, columns), image.dtype)"),
        Mistake("convolve_volume", "sum(sums) + bias[f]", "sums[0] + bias[f]"),
        Mistake("convolve_volume", ", axis=-1", ""),
        Mistake("relu", "np.maximum(values, 0)", "np.abs(values)"),
        Mistake("pool", '"min": np.min', '"min": np.max'),
        Mistake("pool", "np.mean", "np.sum"),
        Mistake("pool", "    return result", "    print(result)"),
        Mistake("receptive_field", "(kernel - 1) * jump", "kernel * jump"),
        Mistake("plot_filters", "ax.set_title(title)", "figure.suptitle(title)"),
    ),
    "ex07_mnist_cnn": (
        Mistake("prepare_images", "images[..., np.newaxis]", "images[:, np.newaxis]"),
        Mistake("prepare_images", " / 255", ""),
        Mistake("split_data", "x[:-held_out], y[:-held_out]", "x, y"),
        Mistake("build_cnn", "Conv2D(64, 3,", 'Conv2D(64, 3, padding="same",'),
        Mistake("build_cnn", '"softmax"', '"sigmoid"'),
        Mistake("count_parameters", "3 * 3 * channels + 1", "3 * 3 * channels"),
        Mistake("train", 'optimizer="adam"', 'optimizer="sgd"'),
        Mistake("train", "validation_data=(x_val, y_val)", "validation_split=0.1"),
        Mistake("draw_kernels", ", vmin=-largest, vmax=largest", ""),
        Mistake("feature_maps", "keras.layers.Conv2D", "keras.layers.MaxPooling2D"),
        Mistake("confusion", "np.zeros((CLASSES, CLASSES)", "np.zeros((CLASSES + 1, CLASSES + 1)"),
        Mistake("per_class_recall", "axis=1", "axis=0"),
        Mistake("most_confused", "    np.fill_diagonal(mistakes, 0)\n", ""),
        Mistake("plot_misclassified", "labels != predicted", "labels == predicted"),
        Mistake("plot_misclassified", "True: {labels[place]}, ", ""),
    ),
    "ex08_fashion_cnn": (
        Mistake("prepare_data", "images[..., np.newaxis]", "images"),
        Mistake("prepare_data", "num_classes=CLASSES", "num_classes=CLASSES + 1"),
        Mistake("prepare_data", " / 255", ""),
        Mistake("split_data", "test_size=0.3", "test_size=0.7"),
        Mistake("build_cnn", ', padding="same")', ")"),
        Mistake("build_cnn", ', activation="softmax"', ""),
        Mistake("plot_architecture", "layer.output.shape", "layer.input.shape"),
        Mistake("train", '"adam"', '"sgd"'),
        Mistake("train", ", restore_best_weights=True", ""),
        Mistake("train", "callbacks=[stop, record]", "callbacks=[stop]"),
        Mistake("train", "epochs=epochs", "epochs=1"),
        Mistake("class_report", "        target_names=CLASS_NAMES,\n", ""),
        Mistake("plot_confusion", "(labels, predicted, ", "(predicted, labels, "),
        Mistake("plot_confusion", "(column, row, str(count)", "(row, column, str(count)"),
    ),
}

CRASH: dict[str, tuple[Mistake, ...]] = {
    "ex01_keras_models": (
        Mistake("build_conv_stack", "    return keras", f"{_ABORT}    return keras"),
    ),
    "ex02_regression": (Mistake("plot_loss", "    losses =", f"{_ABORT}    losses ="),),
    "ex03_persistence": (Mistake("rebuild_model", "    model =", f"{_ABORT}    model ="),),
    "ex04_perceptron": (
        Mistake("xor_network", "    for _ in range(20):", f"{_ABORT}    for _ in range(20):"),
    ),
    "ex05_mnist_mlp": (Mistake("prepare_labels", "    return keras", f"{_ABORT}    return keras"),),
    "ex06_convolution": (Mistake("pool", "    summary =", f"{_ABORT}    summary ="),),
    "ex07_mnist_cnn": (
        Mistake("per_class_recall", "    return matrix", f"{_ABORT}    return matrix"),
    ),
    "ex08_fashion_cnn": (Mistake("plot_architecture", "    count =", f"{_ABORT}    count ="),),
}
