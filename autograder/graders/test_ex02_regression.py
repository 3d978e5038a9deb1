"""Hidden checks of ex02_regression. The oracle is least squares in closed form, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.checks import array, check, claim, compiled, core_layers, equal, params
from autograder.decode import Axes, Figure
from autograder.evidence import Evidence
from autograder.figures import curves, is_drawn
from autograder.fits import digest, rows
from autograder.models import Model

SLOPE, INTERCEPT = 1.726, -0.84
EPOCHS = 300
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


def _column(value: object, count: int, rule: str) -> np.ndarray:
    """Claim `count` numbers, as a row or as a column, and return them flat."""
    found = array(value, rule)
    claim(found.shape in ((count,), (count, 1)), rule, f"an array of shape {found.shape}")
    return found.astype(float).ravel()


def _drawn(evidence: Evidence, key: str) -> np.ndarray:
    """Return what one call of `make_data` drew, shape (200, 2)."""
    value = evidence.value(f"make_data.{key}")
    rule = "`make_data` must return (x, y), 200 numbers each"
    listed = isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim)
    claim(listed and len(value) == 2, rule, repr(value)[:60])
    points = np.column_stack([_column(part, 200, rule) for part in value])
    claim(np.all(np.abs(points) < 1e6), rule, f"values up to {np.abs(points).max():.3g}")
    return points


def _pooled(evidence: Evidence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and the noise's scale over the points of all seeds, each point once."""
    draws = [_drawn(evidence, str(place)) for place in range(len(evidence.inputs["seeds"]))]
    x, y = np.unique(np.concatenate(draws), axis=0).T
    claim(np.ptp(x) > 0.1, "x must be spread from -2 to 2", "all x alike")
    return x, y, 0.5 + x**2 / 3


def _weighted_line(
    x: np.ndarray, y: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return slope and intercept by weighted least squares, and their standard errors."""
    design = np.column_stack([x, np.ones_like(x)]) / scale[:, None]
    line = np.linalg.lstsq(design, y / scale, rcond=None)[0]
    return line, np.sqrt(np.diag(np.linalg.pinv(design.T @ design)))


@check("make_data", points=1, hint="Add the noise to 1.726 * x - 0.84, one noise value for each x.")
def test_data_follow_the_line(evidence: Evidence) -> None:
    """The points scatter around y = 1.726 x - 0.84."""
    line, error = _weighted_line(*_pooled(evidence))
    # Six standard errors (about 0.07 over 4,000 points): by chance once in 500 million.
    claim(
        np.all(np.abs(line - (SLOPE, INTERCEPT)) <= 6 * error),
        "The points of many seeds must lie around y = 1.726 x - 0.84",
        f"points around y = {line[0]:.3f} x {line[1]:+.3f}",
    )


@check(
    "make_data", points=1, hint="normal(scale=...) takes the standard deviation, 0.5 + x**2 / 3."
)
def test_noise_widens_with_x(evidence: Evidence) -> None:
    """The noise has standard deviation 0.5 + x²/3: narrow in the middle, wide at the ends."""
    x, y, scale = _pooled(evidence)
    # Around the data's own line, so that a wrong line costs nothing here.
    line, _ = _weighted_line(x, y, scale)
    shares = ((y - line[0] * x - line[1]) / scale)[np.argsort(np.abs(x))]
    halves = np.array_split(shares, 2)
    for where, half in zip(("smaller", "larger"), halves, strict=True):
        spread = float(np.sqrt(np.mean(half**2)))
        claim(
            abs(spread - 1) <= 5 / np.sqrt(2 * half.size),
            f"Among the {where} |x|, the noise must spread as far as 0.5 + x**2 / 3 says",
            f"noise {spread:.2f} times as wide",
        )


@check("make_data", points=1, hint="Start the generator with `seed`, then draw all of x at once.")
def test_seed_decides_the_points(evidence: Evidence) -> None:
    """The seed alone decides the points: x is the generator's first 200 numbers."""
    first, again = _drawn(evidence, "0"), _drawn(evidence, "again")
    claim(
        np.array_equal(first, again),
        "The same seed must give the same points again",
        "other points at the second call",
    )
    seeds = evidence.inputs["seeds"]
    draws = [_drawn(evidence, str(place))[:, 0] for place in range(len(seeds))]
    claim(
        not all(np.array_equal(draws[0], x) for x in draws[1:]),
        "Another seed must give other points",
        "the same x for every seed",
    )
    low, high = min(x.min() for x in draws), max(x.max() for x in draws)
    claim(low >= -2 and high <= 2, "x must lie between -2 and 2", f"{low:.3f} to {high:.3f}")
    for seed, x in zip(seeds, draws, strict=True):
        claim(
            np.allclose(x, np.random.RandomState(seed).uniform(-2, 2, 200), atol=1e-5),
            "x must be the first 200 numbers that np.random.RandomState(seed).uniform(-2, 2) gives",
            "other numbers",
            "Draw x before the noise, and do not use default_rng: it is another generator.",
        )


def _parts(evidence: Evidence) -> list[np.ndarray]:
    value = evidence.value("split_data")
    rule = "`split_data` must return four arrays: x_train, y_train, x_test, y_test"
    claim(isinstance(value, (tuple, list)) and len(value) == 4, rule, repr(value)[:60])
    return [array(part, rule).astype(float).ravel() for part in value]


@check("split_data", points=1, hint="x[:150] is the first 150, x[150:] all the others.")
def test_split_sizes(evidence: Evidence) -> None:
    """150 points train and 50 test, returned as x_train, y_train, x_test, y_test."""
    equal(
        [part.size for part in _parts(evidence)],
        [150, 150, 50, 50],
        "x_train, y_train, x_test, y_test must have 150, 150, 50 and 50 entries",
    )


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
    for x_rows, y_rows in zip(places["x"], places["y"], strict=True):
        claim(np.array_equal(x_rows, y_rows), "Each x must keep its y", "x and y of other points")
        claim(np.all(np.diff(x_rows) == 1), "A part must keep the order of x", "another order")
    claim(
        np.array_equal(np.sort(np.concatenate(places["x"])), np.arange(200)),
        "Each of the 200 points must be in exactly one part",
        "points in both parts, or in none",
    )
    if [part.size for part in parts] == [150, 150, 50, 50]:
        named = all(_positions(part, asked["x"]) is not None for part in parts[::2])
        claim(named, "x_train and x_test must hold values of x", "values of y")
        claim(places["x"][0][0] == 0, "The first 150 points must train", "the last 150")


@check("build_model", points=1, hint="Dense(1) on an input of shape (1,) holds w and b.")
def test_model_parameters(evidence: Evidence) -> None:
    """The model is one unit with one input: 2 parameters."""
    model = evidence.model("build_model")
    params(model, 2, "Begin with an input of shape (1,); one unit has a weight and a bias.")
    equal(model.input_shape, (None, 1), "The input must have shape (None, 1)")
    equal(model.output_shape, (None, 1), "The output must have shape (None, 1)")


@check("build_model", points=1, hint="A regression's last layer has no activation.")
def test_model_is_linear(evidence: Evidence) -> None:
    """The model's output is linear in its input: no activation bends it."""
    model = evidence.model("build_model")
    bent = [layer.activation for layer in core_layers(model) if layer.activation != "linear"]
    claim(not bent, "No layer may have an activation", ", ".join(bent))
    shape = model.input_shape
    width = shape[-1] if isinstance(shape, tuple) and isinstance(shape[-1], int) else 1
    x = np.repeat(100.0 * np.arange(-2, 3)[:, None], width, axis=1).astype("float32")
    outputs = array(model.predict(x), "The output must be numbers").astype(float)
    bend = np.abs(np.diff(outputs, n=2, axis=0)).max(initial=0.0)
    claim(
        bend <= 1e-4 * (1 + np.abs(outputs).max()),
        "Equal steps of x must give equal steps of the output",
        f"outputs {np.round(outputs.ravel()[:5], 3).tolist()} for x from -200 to 200",
    )


@check("train", points=1, hint='model.compile(optimizer="sgd", loss="mse")')
def test_compiled_with_sgd_and_mse(evidence: Evidence) -> None:
    """The training minimises the mean squared error with SGD."""
    compiled(evidence.model("train.fitted"), loss="mean_squared_error", optimizer="SGD")


@check("train", points=1, hint="model.fit(..., epochs=epochs) returns the History: return it.")
def test_history_of_all_epochs(evidence: Evidence) -> None:
    """`train` returns the History of 300 epochs unless told otherwise."""
    rule = f"The History must hold the loss of {EPOCHS} epochs"
    losses = array(evidence.history("train.history").get("loss", []), rule)
    claim(losses.shape == (EPOCHS,), rule, f"a loss of length {losses.size}")


def _digests(fit: Mapping[str, Any]) -> list[Any]:
    """Return the digests of what a fit was given: x, y, and the validation data's if any."""
    held_out = fit.get("validation_data")
    arrays = [fit.get("x"), fit.get("y"), *(held_out if isinstance(held_out, list) else [])]
    return [facts.get("sha256") if isinstance(facts, dict) else None for facts in arrays]


@check("train", points=1, hint="validation_split=0.3 keeps the last 30 % out of the training.")
def test_last_points_validate(evidence: Evidence) -> None:
    """`fit` gets the points given, and keeps the last 30 % for validation."""
    asked = evidence.inputs["train"]
    x, y = asked["x"][:150], asked["y"][:150]
    fits = evidence.model("train.fitted").fits
    claim(fits, "`train` must call `fit` with x_train and y_train", "no fit")
    learnt, held = rows(fits[-1])
    claim(
        (learnt, held) == (LEARNT, 150 - LEARNT),
        "Of 150 points, `fit` must learn from 105 and keep 45 for validation",
        f"{learnt} and {held}",
    )
    whole = [digest(x), digest(y)]
    # The same points handed over as validation_data are the same training.
    cut = [digest(part) for part in (x[:LEARNT], y[:LEARNT], x[LEARNT:], y[LEARNT:])]
    claim(
        _digests(fits[-1]) in (whole, cut),
        "`fit` must get x_train and y_train in their order, and validate on the last 30 %",
        "other values or another order",
    )


def _mean_squared_error(line: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((line[0] * x + line[1] - y) ** 2))


def _line_of(model: Model) -> np.ndarray:
    params(model, 2)
    outputs = model.predict(np.array([[0.0], [1.0]], "float32"))
    at_0, at_1 = _column(outputs, 2, "The model must give one output for each x")
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
        f"y = {line[0]:.3f} x {line[1]:+.3f} where y = {best[0]:.3f} x {best[1]:+.3f} is best",
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
    """Both losses are drawn, over the epochs counted from 1."""
    drawn = list(curves(evidence.figure("plot_loss")))
    for name, values in evidence.inputs["plot_loss"].items():
        found = [x for x, y, _ in drawn if y.size == len(values) and np.allclose(y, values)]
        rule = f"A curve must show history.history[{name!r}]"
        claim(found, rule, f"{len(drawn)} curves, none with those values")
        claim(
            any(np.array_equal(x, np.arange(1, len(values) + 1)) for x in found),
            f"The curve of {name} must run over the epochs 1, 2, …, n",
            f"{found[0][0]:g}, {found[0][1]:g}, …",
        )


def _labels(figure: Figure) -> tuple[list[Axes], list[str]]:
    drawn = [axes for axes in figure.axes if axes.lines]
    return drawn, [text for axes in drawn for text in axes.legend if text.strip()]


@check("plot_loss", points=1, hint="ax.set(xlabel=..., ylabel=...), label=... at plot, ax.legend()")
def test_loss_labels(evidence: Evidence) -> None:
    """The axes have names, and a legend tells the curves apart."""
    axes, legend = _labels(evidence.figure("plot_loss"))
    claim(axes, "The picture must hold curves", "empty axes")
    for name, texts in (("x", [a.xlabel for a in axes]), ("y", [a.ylabel for a in axes])):
        claim(any(text.strip() for text in texts), f"The {name} axis must have a name", "none")
    wanted = min(2, sum(len(one.lines) for one in axes))
    claim(len(set(legend)) >= wanted, "The legend must name each curve", legend or "no legend")


@check("plot_fit", points=1, hint="ax.scatter(x, y)")
def test_fit_shows_the_points(evidence: Evidence) -> None:
    """Every point is drawn as a dot."""
    figure, asked = evidence.figure("plot_fit"), evidence.inputs["plot_fit"]
    dots = [points["xy"].reshape(-1, 2) for axes in figure.axes for points in axes.points]
    dots += [np.column_stack([x, y]) for x, y, line in curves(figure) if is_drawn(line["marker"])]
    shown = np.concatenate([np.empty((0, 2)), *dots])[:100_000]
    wanted = np.column_stack([asked["x"], asked["y"]])
    found = [np.any(np.abs(shown - point).max(axis=1) < 1e-5) for point in wanted]
    claim(all(found), "All 60 points must be dots of the picture", f"{sum(found)} of 60")


@check(
    "plot_fit", points=1, hint="Draw model.predict(x_line) over x_line, from x.min() to x.max()."
)
def test_fit_shows_the_line(evidence: Evidence) -> None:
    """The model's line is drawn across all the points."""
    figure, asked = evidence.figure("plot_fit"), evidence.inputs["plot_fit"]
    weight, bias = (float(value) for value in asked["line"])
    joined = [(x, y) for x, y, line in curves(figure) if is_drawn(line["linestyle"])]
    good = [x for x, y in joined if x.size >= 2 and np.allclose(y, weight * x + bias, atol=1e-3)]
    claim(
        good,
        f"A line must show the model's answers, here {weight:.3f} x {bias:+.3f}",
        f"{len(joined)} lines, none of them there",
    )
    low, high = asked["x"].min(), asked["x"].max()
    slack = 0.1 * (high - low)
    claim(
        any(x.min() <= low + slack and x.max() >= high - slack for x in good),
        "The line must go from the smallest x to the largest",
        f"a line from {good[0].min():.3f} to {good[0].max():.3f}",
    )
