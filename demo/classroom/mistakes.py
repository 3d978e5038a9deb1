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
    "ex02_regression": (
        Mistake("make_data", "0.5 + x**2 / 3", "0.5"),
        Mistake(
            "split_data", "x[:150], y[:150], x[150:], y[150:]", "x[:50], y[:50], x[50:], y[50:]"
        ),
    ),
    "ex04_perceptron": (
        Mistake("gates", "int(a != b)", "int(a == b)"),
        Mistake("decision_lines", "kernel.T", "kernel"),
    ),
    "ex05_mnist_mlp": (
        Mistake("inspect_data", ", minlength=CLASSES", ""),
        Mistake("plot_history", 'history.history[f"val_{name}"]', "values"),
    ),
}

MANY: dict[str, tuple[Mistake, ...]] = {
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
    "ex04_perceptron": (
        Mistake("gates", "a == 1 and b == 1", "a == 1 or b == 0"),
        Mistake("gates", "a == 1 or b == 1", "a == 1 and b == 1"),
        Mistake("gates", "int(a != b)", "int(a == b)"),
        Mistake("build_perceptron", "Dense(1, activation", "Dense(2, activation"),
        Mistake("train_gate", "epochs=60", "epochs=1"),
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
}

CRASH: dict[str, tuple[Mistake, ...]] = {
    "ex02_regression": (Mistake("plot_loss", "    losses =", f"{_ABORT}    losses ="),),
    "ex04_perceptron": (
        Mistake("xor_network", "    for _ in range(20):", f"{_ABORT}    for _ in range(20):"),
    ),
    "ex05_mnist_mlp": (Mistake("prepare_labels", "    return keras", f"{_ABORT}    return keras"),),
}
