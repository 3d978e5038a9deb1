"""Hidden checks of ex02_regression. The oracle is least squares in closed form, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.judging import (
    CheckFailed,
    Evidence,
    History,
    Model,
    array,
    check,
    claim,
    compiled,
    core_layers,
    curves,
    describe,
    equal,
    figures,
    in_terms,
    params,
    training,
    unchanged,
)

from .oracle import drawn_points, expected_points, returned_pair, scatter
from .pictures import claim_legend, drawn_curves, is_turned, near, says

SLOPE, INTERCEPT = 1.726, -0.84
EPOCHS = 300
SIZES = [150, 150, 50, 50]
LEARNT = 105  # of 150 points, without the last 30 % that validation_split keeps out

# Plain SGD from the probe's starts, 300 draws of points and order (batches of 32, 0.01, 300
# epochs), against least squares on the 105 points:
#   weight off by 0.011 (median), 0.049 (99 %), 0.064 (most); bias 0.008, 0.033, 0.038
#   mean squared error on 50 test points, as a share of least squares': 1.0004, 1.024, 1.054
# (computed in NumPy; 24 draws trained by Keras itself: at most 0.035, 0.030 and 1.027)
# Each of 60 times: 30 epochs at most 0.12 and 1.12, Adam 0.11 and 1.13, absolute error 0.17 and
# 1.14, no validation 0.22 and 1.06: those have checks of their own. One epoch: at least 0.52.
NEAR = 0.25
TEST_SHARE = 1.2
# How much of the points' width a line may be short of: np.arange leaves its last step out.
SHORT = 0.03


def _of_x(line: Sequence[float] | np.ndarray) -> str:
    weight, bias = line
    return in_terms((float(weight), "x"), (float(bias), ""))


@check("make_data", points=1, hint="Add the noise to 1.726 * x - 0.84, one noise value for each x.")
def test_data_follow_the_line(evidence: Evidence) -> None:
    """The points scatter around y = 1.726 x - 0.84."""
    points = scatter(evidence)
    line, error = points.line()
    # Six standard errors (about 0.07 over 4,000 points): by chance once in 500 million.
    near = 6 * error
    exact = points.exact_line()
    if exact is not None:
        line, near = exact, np.full(2, 1e-4)
    claim(
        np.all(np.abs(line - (SLOPE, INTERCEPT)) <= near),
        "The points of many seeds must lie around y = 1.726 x - 0.84",
        f"points around y = {_of_x(line)}",
    )


@check(
    "make_data", points=1, hint="normal(scale=...) takes the standard deviation, 0.5 + x**2 / 3."
)
def test_noise_widens_with_x(evidence: Evidence) -> None:
    """The noise has standard deviation 0.5 + x²/3, and is what the generator gives after x."""
    points = scatter(evidence)
    if points.exact_line() is not None:
        return
    # Around the data's own line, so that a wrong line costs nothing here.
    line, _ = points.line()
    off = (points.y - line[0] * points.x - line[1]) / points.scale
    halves = np.array_split(off[np.argsort(np.abs(points.x))], 2)
    for where, half in zip(("smaller", "larger"), halves, strict=True):
        spread = float(np.sqrt(np.mean(half**2)))
        claim(
            abs(spread - 1) <= 5 / np.sqrt(2 * half.size),
            f"Among the {where} |x|, the noise must spread as far as 0.5 + x**2 / 3 says",
            f"noise {spread:.2f} times as wide",
        )
    # Where x is another, so is the noise, and that has cost its point.
    claim(
        points.noise is None,
        "y must be 1.726 * x - 0.84 plus what `normal` gives right after x, in the order of x",
        "noise as wide as it must be, but of other numbers",
        "Draw the noise after x, from the same generator, with scale=0.5 + x**2 / 3, and add it.",
    )


@check("make_data", points=1, hint="Start the generator with `seed`, then draw all of x at once.")
def test_seed_decides_the_points(evidence: Evidence) -> None:
    """The seed alone decides the points: x is the generator's first 200 numbers."""
    for part in returned_pair(evidence, "0"):
        array(part, "x and y must have shape (200,)", (200,))
    first, again = drawn_points(evidence, "0"), drawn_points(evidence, "again")
    claim(
        np.array_equal(first, again),
        "The same seed must give the same points again",
        "other points at the second call",
    )
    seeds = evidence.inputs["seeds"]
    draws = [drawn_points(evidence, str(place))[:, 0] for place in range(len(seeds))]
    claim(
        not all(np.array_equal(draws[0], x) for x in draws[1:]),
        "Another seed must give other points",
        "the same x for every seed",
    )
    low, high = min(x.min() for x in draws), max(x.max() for x in draws)
    claim(low >= -2 and high <= 2, "x must lie between -2 and 2", f"{low:.3f} to {high:.3f}")
    by_default = drawn_points(evidence, "default")[:, 0]
    for seed, x in zip((*seeds, 0), (*draws, by_default), strict=True):
        wanted = expected_points(seed)[0]
        claim(
            x.shape == wanted.shape and np.allclose(x, wanted, atol=1e-5),
            "x must be the first 200 numbers that np.random.RandomState(seed).uniform(-2, 2) "
            "gives, and `seed` is 0 unless it is given",
            "other numbers" + ("" if x is not by_default else " without a seed"),
            "Draw x before the noise, and do not use default_rng: it is another generator.",
        )


def _parts(evidence: Evidence) -> list[np.ndarray]:
    value = evidence.value("split_data")
    rule = "`split_data` must return four arrays: x_train, y_train, x_test, y_test"
    claim(isinstance(value, (tuple, list)), rule, describe(value))
    claim(len(value) == 4, rule, f"{len(value)} values")
    return [array(part, rule).astype(float).ravel() for part in value]


@check("split_data", points=1, hint="x[:150] is the first 150, x[150:] all the others.")
def test_split_sizes(evidence: Evidence) -> None:
    """150 points train and 50 test, returned as x_train, y_train, x_test, y_test."""
    sizes = [part.size for part in _parts(evidence)]
    equal(sizes, SIZES, "x_train, y_train, x_test, y_test must have 150, 150, 50 and 50 entries")
    for part, size in zip(evidence.value("split_data"), sizes, strict=True):
        array(part, f"A part of {size} values must have shape ({size},)", (size,))


def _positions(part: np.ndarray, source: np.ndarray) -> np.ndarray | None:
    """Return where in `source` the values of `part` stand; None if one does not."""
    if not 0 < part.size <= source.size:
        return None
    off = np.abs(part[:, None] - source[None, :])
    return off.argmin(axis=1) if off.min(axis=1).max() < 1e-5 else None


@check("split_data", points=1, hint="Cut x and y at the same place; do not shuffle.")
def test_split_keeps_order_and_pairs(evidence: Evidence) -> None:
    """Every point is in one part, with its own y, in the order of the data."""
    asked, parts = evidence.inputs["split"], _parts(evidence)
    # By their contents, so that another order of the four costs nothing here.
    places = {
        name: [found for part in parts if (found := _positions(part, asked[name])) is not None]
        for name in ("x", "y")
    }
    claim(
        len(places["x"]) == len(places["y"]) == 2,
        "Two parts must hold values of x, and two of y",
        f"{len(places['x'])} parts with values of x, {len(places['y'])} with values of y",
    )
    as_asked = [part.size for part in parts] == SIZES
    for x_rows, y_rows in zip(places["x"], places["y"], strict=True):
        claim(np.all(np.diff(x_rows) == 1), "A part must keep the order of x", "another order")
        # Where a part is cut at another place, which is another check's, most of it is a pair's.
        shared = np.intersect1d(x_rows, y_rows).size / min(x_rows.size, y_rows.size)
        paired = np.array_equal(x_rows, y_rows) if as_asked else shared > 0.9
        claim(paired, "Each x must keep its y", "x and y of other points")
    if as_asked:
        claim(
            np.array_equal(np.sort(np.concatenate(places["x"])), np.arange(200)),
            "Each of the 200 points must be in exactly one part",
            "points in both parts, or in none",
        )
        named = all(_positions(part, asked["x"]) is not None for part in parts[::2])
        claim(named, "x_train and x_test must hold values of x", "values of y")
        claim(places["x"][0][0] == 0, "The first 150 points must train", "the last 150")
    unchanged(evidence, "split_data", ("x", "y"))


@check("build_model", points=1, hint="Dense(1) on an input of shape (1,) holds w and b.")
def test_model_parameters(evidence: Evidence) -> None:
    """The model is one unit with one input: 2 parameters, which nothing has trained."""
    model = evidence.model("build_model")
    params(model, 2, "Begin with an input of shape (1,); one unit has a weight and a bias.")
    equal(model.input_shape, (None, 1), "The input must have shape (None, 1)")
    equal(model.output_shape, (None, 1), "The output must have shape (None, 1)")
    found = core_layers(model)
    claim(
        len(found) == 1 and (len(model.weights[0]), len(model.weights)) == (1, 2),
        "The model must be one Dense layer of one unit, with its bias",
        ", ".join(layer.class_name for layer in found) or "no layers",
    )
    equal(model.trainable_params, 2, "The weight and the bias must be trainable")
    extras = [
        name
        for name, setting in found[0].config.items()
        if setting is not None and name.endswith(("_regularizer", "_constraint"))
    ]
    claim(not extras, "The layer needs no penalties and no constraints", ", ".join(extras))
    equal(len(model.fits), 0, "`build_model` must not train the model", "Leave `fit` to `train`.")
    known = np.allclose([model.weights[0].item(), model.weights[1].item()], [SLOPE, INTERCEPT])
    claim(not known, "The model must not be told the line that it is to find", "its two numbers")


@check("build_model", points=1, hint="A regression's last layer has no activation.")
def test_model_is_linear(evidence: Evidence) -> None:
    """The model's output is linear in its input: no activation bends it."""
    model = evidence.model("build_model")
    bent = [layer.activation for layer in core_layers(model) if layer.activation != "linear"]
    claim(not bent, "No layer may have an activation", ", ".join(bent))
    shape = model.input_shape
    width = shape[-1] if isinstance(shape, tuple) and isinstance(shape[-1], int) else 1
    x = np.repeat(100.0 * np.arange(-2, 3)[:, None], width, axis=1).astype("float32")
    rng = np.random.default_rng(2)
    weights = [rng.normal(0, 1, weight.shape).astype("float32") for weight in model.weights]
    outputs = array(model.with_weights(weights).predict(x), "The output must be numbers")
    outputs = outputs.astype(float)
    bend = np.abs(np.diff(outputs, n=2, axis=0)).max(initial=0.0)
    claim(
        bend <= 1e-4 * (1 + np.abs(outputs).max(initial=0.0)),
        "Equal steps of x must give equal steps of the output",
        f"outputs {np.round(outputs.ravel()[:5], 3).tolist()} for x from -200 to 200",
    )


@check("train", points=1, hint='model.compile(optimizer="sgd", loss="mse")')
def test_compiled_with_sgd_and_mse(evidence: Evidence) -> None:
    """The training minimises the mean squared error with SGD, as it is by default."""
    model = evidence.model("train.fitted")
    if not _measures_squares(model, *_held(evidence)):
        compiled(model, loss="mean_squared_error")
    training.plain_sgd(model, learning_rate=0.01, next_step="Leave SGD's settings as they are.")


def _held(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Return the points that are to be kept for validation."""
    asked = evidence.inputs["train"]
    return asked["x"][LEARNT:150], asked["y"][LEARNT:150]


def _measures_squares(model: Model, x: np.ndarray, y: np.ndarray) -> bool:
    """Say whether what is told of the held points is their mean squared error."""
    told = training.curve(model.fits[-1], "val_loss") if model.fits else np.empty(0)
    if not told.size or model.input_shape != (None, 1) or model.output_shape != (None, 1):
        return False
    outputs = array(model.predict(x.astype("float32")[:, None]), "The outputs must be numbers")
    return bool(np.isclose(told[-1], np.mean((outputs.ravel() - y) ** 2), rtol=1e-3))


@check("train", points=1, hint="model.fit(..., epochs=epochs) returns the History: return it.")
def test_history_of_all_epochs(evidence: Evidence) -> None:
    """`train` returns the History of as many epochs as asked for, 300 unless told otherwise."""
    briefly = evidence.inputs["train_briefly"]["epochs"]
    for name, epochs in (("train.history", EPOCHS), ("train.brief_history", briefly)):
        value = evidence.value(name)
        claim(
            isinstance(value, History), "`train` must return the History of `fit`", describe(value)
        )
        rule = f"The History must hold the loss of {epochs} epochs"
        if epochs != EPOCHS:
            rule += f" where epochs={epochs} is given"
        losses = array(evidence.history(name).get("loss", []), rule)
        claim(losses.shape == (epochs,), rule, f"a loss of length {losses.size}")
    fits = evidence.model("train.model").fits
    trained = sum(training.epochs(fit) for fit in fits)
    rule = f"The model must be trained for {EPOCHS} epochs, and no more"
    claim(trained <= EPOCHS, rule, trained, "Call `fit` once.")
    unchanged(evidence, "train.history", ("model", "x_train", "y_train"))


def _digests(fit: Mapping[str, Any]) -> list[Any]:
    """Return the digests of what a fit was given: x, y, and the validation data's if any."""
    held_out = fit.get("validation_data")
    arrays = [fit.get("x"), fit.get("y"), *(held_out if isinstance(held_out, list) else [])]
    return [training.told_digest(facts) for facts in arrays]


@check("train", points=1, hint="validation_split=0.3 keeps the last 30 % out of the training.")
def test_last_points_validate(evidence: Evidence) -> None:
    """`fit` gets the points given, 32 a step, and keeps the last 30 % for validation."""
    whole, briefly = evidence.inputs["train"], evidence.inputs["train_briefly"]
    _validates(evidence.model("train.fitted"), whole["x"][:150], whole["y"][:150])
    if evidence.model("train.model").fits:
        _validates(evidence.model("train.brief_model"), briefly["x"], briefly["y"])


def _validates(model: Model, x: np.ndarray, y: np.ndarray) -> None:
    count, fits = len(x), model.fits
    claim(fits, "`train` must call `fit` with x_train and y_train", "no fit")
    learnt, held = training.rows(fits[-1])
    wanted = int(0.7 * count)
    claim(
        (learnt, held) == (wanted, count - wanted),
        f"Of {count} points, `fit` must learn from {wanted} and keep {count - wanted} for "
        "validation",
        f"{learnt} and {held}",
    )
    whole = [training.digest(x), training.digest(y)]
    # The same points handed over as validation_data are the same training.
    parts = (x[:wanted], y[:wanted], x[wanted:], y[wanted:])
    claim(
        _digests(fits[-1]) in (whole, [training.digest(part) for part in parts]),
        "`fit` must get x_train and y_train in their order, and validate on the last 30 %",
        "other values or another order",
    )
    equal(
        training.batch_size(fits[-1]),
        training.DEFAULT_BATCH_SIZE,
        "Each step must see 32 points, as it does by default",
        "Leave `batch_size` out.",
    )
    steps = fits[-1].get("steps_per_epoch")
    claim(
        steps in (None, -(-wanted // training.batch_size(fits[-1]))),
        f"Each epoch must go once through all {wanted} points to learn from",
        f"steps_per_epoch={steps}",
        "Leave it out.",
    )
    claim(
        fits[-1].get("shuffle") is not False,
        "Each epoch must go through the points in random order",
        "shuffle=False",
        "Leave it out.",
    )
    told = training.curve(fits[-1], "val_loss")
    if told.size and _is_of_squares(model):
        claim(
            _measures_squares(model, x[wanted:], y[wanted:]),
            "The last val_loss must be the mean squared error of the points kept for validation, "
            "each of which counts alike",
            f"{told[-1]:.4f}",
            "Give `fit` no weights of points.",
        )


def _is_of_squares(model: Model) -> bool:
    try:
        compiled(model, loss="mean_squared_error")
    except CheckFailed:
        return False
    return True


def _mean_squared_error(line: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((line[0] * x + line[1] - y) ** 2))


def _line_of(model: Model) -> np.ndarray:
    params(model, 2)
    outputs = model.predict(np.array([[0.0], [1.0]], "float32"))
    at_0, at_1 = array(outputs, "The model must give one output for each x", (2, 1)).ravel()
    return np.array([at_1 - at_0, at_0])


@check("train", points=2, hint="Fit the model that is given, to the points that are given.")
def test_line_is_near_least_squares(evidence: Evidence) -> None:
    """The trained model's line is near the least-squares line, on new points, too."""
    asked, line = evidence.inputs["train"], _line_of(evidence.model("train.model"))
    x, y = asked["x"], asked["y"]
    best = np.polyfit(x[:LEARNT], y[:LEARNT], 1)
    claim(
        np.all(np.abs(line - best) <= NEAR),
        f"Weight and bias must come within {NEAR} of least squares",
        f"y = {_of_x(line)} where y = {_of_x(best)} is best",
        "Compile and fit the argument `model`, with x_train and y_train.",
    )
    error, least = (_mean_squared_error(one, x[150:], y[150:]) for one in (line, best))
    claim(
        error <= TEST_SHARE * least,
        "The mean squared error on 50 new points must come near that of least squares",
        f"{error:.3f} where least squares has {least:.3f}",
    )


@check("plot_loss", points=1, hint="Epochs are counted 1, 2, …, n: np.arange(1, n + 1).")
def test_loss_curves(evidence: Evidence) -> None:
    """Both losses are drawn in one picture, over the epochs counted from 1."""
    drawn = drawn_curves(evidence)
    panels = []
    for name, values in evidence.inputs["plot_loss"].items():
        rule = f"A curve must show history.history[{name!r}]"
        found = curves.showing(drawn, np.asarray(values), rule)
        epochs = np.arange(1, len(values) + 1)
        rule = f"The curve of {name} must run over the epochs 1, 2, …, n"
        found = curves.running_over(found, epochs, rule)
        rule = f"The limits of the axes must show the whole curve of {name}"
        claim(any(one.is_in_view() for one in found), rule, "a part of it")
        panels.append({id(one.axes) for one in found})
    claim(panels[0] & panels[1], "Both curves must be in the same axes", "two axes")


@check("plot_loss", points=1, hint="ax.set(xlabel=..., ylabel=...), label=... at plot, ax.legend()")
def test_loss_labels(evidence: Evidence) -> None:
    """The axes have names, and a legend tells which curve is which loss."""
    figure = evidence.figure("plot_loss")
    drawn = drawn_curves(evidence)
    claim(drawn, "The picture must hold curves", "empty axes")
    names = {}
    for side in ("x", "y"):
        names[side] = " ".join(figures.axis_names(figure, drawn[0].axes, side))
        claim(names[side], f"The {side} axis must have a name", "none")
    turned = says(names["y"], "epoch") or says(names["x"], r"(val_)?loss|mse|mean squared")
    rule = "The x axis is that of the epochs, and the y axis that of the loss"
    claim(not turned or says(names["x"], "epoch"), rule, f"{names['x']!r} and {names['y']!r}")
    claim_legend(evidence, drawn)


@check("plot_fit", points=1, hint="ax.scatter(x, y)")
def test_fit_shows_the_points(evidence: Evidence) -> None:
    """Every point is drawn as a dot, and no line joins the dots."""
    figure, asked = evidence.figure("plot_fit"), evidence.inputs["plot_fit"]
    wanted = np.column_stack([asked["x"], asked["y"]])
    groups = [one for one in curves.dots(figure) if one.x.size <= 10_000]
    held = [near(np.column_stack([one.x, one.y]), wanted) for one in groups]
    found = np.any([np.zeros(len(wanted), bool), *held], axis=0)
    rule = f"All {len(wanted)} points must be dots of the picture"
    claim(found.all(), rule, f"{found.sum()} of {len(wanted)}")
    joined = [
        one
        for one in curves.drawn(figure)
        if 1 < one.x.size <= 10_000
        and near(np.column_stack([one.x, one.y]), wanted).sum() > len(wanted) / 2
    ]
    claim(not joined, "No line must join the points", "a line through them", "ax.scatter(x, y)")
    seen = [one for one, part in zip(groups, held, strict=True) if part.any()]
    claim(not is_turned(figure), "The x axis is that of x, and the y axis that of y", "y and x")
    rule = "The limits of the axes must show the points"
    claim(all(one.is_in_view() for one in seen), rule, "a part of them")
    unchanged(evidence, "plot_fit", ("model", "x", "y"))


@check(
    "plot_fit", points=1, hint="Draw model.predict(x_line) over x_line, from x.min() to x.max()."
)
def test_fit_shows_the_line(evidence: Evidence) -> None:
    """The model's line is drawn across all the points."""
    figure, asked = evidence.figure("plot_fit"), evidence.inputs["plot_fit"]
    weight, bias = (float(value) for value in asked["line"])
    drawn = curves.drawn(figure)
    good = [
        one
        for one in drawn
        if one.x.size >= 2 and np.allclose(one.y, weight * one.x + bias, atol=1e-3)
    ]
    claim(
        good,
        f"A line must show the model's answers, here y = {_of_x((weight, bias))}",
        curves.ends(drawn),
    )
    low, high = asked["x"].min(), asked["x"].max()
    width = high - low
    reach = [(one.x.min(), one.x.max()) for one in good]
    claim(
        any(left <= low + SHORT * width and right >= high - SHORT * width for left, right in reach),
        f"The line must go from the smallest x to the largest, here from {low:.2f} to {high:.2f}",
        f"a line from {reach[0][0]:.3f} to {reach[0][1]:.3f}",
    )
    claim(
        any(left >= low - width / 2 and right <= high + width / 2 for left, right in reach),
        f"The line must end where the points end, here at {low:.2f} and {high:.2f}",
        f"a line from {reach[0][0]:.3f} to {reach[0][1]:.3f}",
    )
