# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A line through noisy points
#
# The smallest network that does something useful is one unit without an activation: it
# computes $\hat y = w x + b$, a straight line. Here you make noisy data around a line that
# you know, let the unit find the line from the data alone, and see how near it comes.
# Every larger training in this course goes through the same steps.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code, and have it checked
# at once: you read what is wrong and what to do next. In an `.ipynb` file that you were given, run
# the folded cell under your answer. For a `.py` file, also when you see it as a notebook, run
# `pytest ex02_regression` in a terminal, in the folder that holds the exercises. Cells
# under `if __name__ == "__main__":` show you what you have made; leave them as they are.

# %%
from __future__ import annotations

import keras
import matplotlib.pyplot as plt
import numpy as np

# The line that the data scatter around. The network is never told these two numbers.
SLOPE = 1.726
INTERCEPT = -0.84

# %% jupyter={"source_hidden": true}
# Run as a script, this file says in a sentence which function is not written yet.
if __name__ == "__main__" and "__file__" in globals():
    import sys
    from pathlib import Path

    sys.path.append(str(Path(__file__).resolve().parents[1]))
    try:
        import course_checks.script
    except ModuleNotFoundError:
        pass


# %% [markdown]
# ## 1. The data
#
# Draw 200 values of $x$ at random, all between $-2$ and $2$ equally likely. Add noise to them:
#
# $$y = 1.726\,x - 0.84 + \varepsilon, \qquad
#   \varepsilon \sim \mathcal N(0,\ \sigma), \quad \sigma = 0.5 + \tfrac{x^2}{3}$$
#
# $\sigma$ is the *standard deviation* of the noise, what NumPy calls `scale`. It depends on $x$:
# 0.5 in the middle, 1.83 at both ends, so the cloud of points is narrow in the middle and
# fans out to the left and to the right.
#
# Random numbers differ from run to run, unless a *seed* starts the generator; then everybody
# gets the same ones. Use NumPy's classic generator, and draw in this order: first all of $x$ in
# one call of `uniform`, then the noise, in the order of $x$, with `normal`. Either
# spelling gives the same numbers:
#
# | generator | start | then |
# |---|---|---|
# | NumPy's own | `np.random.seed(seed)` | `np.random.uniform(…)`, `np.random.normal(…)` |
# | one of yours | `rng = np.random.RandomState(seed)` | `rng.uniform(…)`, `rng.normal(…)` |
#
# `normal` takes an array as its `scale`, and then draws one number for each entry. So the seed
# decides every $x$ and every $y$, and yours are compared with those.
#
# **Task `make_data`.** Return `x` and `y`. With seed 0 the first point is (0.195, 0.075), the
# second (0.861, -0.161).

# %% make_data
def make_data(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of 200 points around the line.

    Args:
        seed: What NumPy's classic generator is started with; the same seed gives the same points.

    Returns:
        `(x, y)`: two arrays of shape `(200,)`, x between -2 and 2.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    x, y = make_data()
    plt.scatter(x, y, s=12)
    plt.title("200 points")
    plt.xlabel("x")
    plt.ylabel("y")
    plt.show()

# %% [markdown]
# ## 2. Training and test data
#
# A model must be judged by points that it has not learnt from. So 50 points are put aside as
# *test data*, and the other 150 are the *training data*. The points came in random order,
# so there is no need to shuffle them: cut the arrays at 150. Each $x$ keeps its own $y$.
#
# **Task `split_data`.** Return four arrays, in this order: `x_train, y_train, x_test, y_test`.

# %% split_data
def split_data(
    x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the first 150 points and the last 50.

    Args:
        x: Shape `(200,)`; stays as it is.
        y: Shape `(200,)`, in the order of `x`; stays as it is.

    Returns:
        `(x_train, y_train, x_test, y_test)`: shapes `(150,)`, `(150,)`, `(50,)`, `(50,)`, in the
        order of `x`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    x_train, y_train, x_test, y_test = split_data(x, y)
    print("training points:", len(x_train), "  test points:", len(x_test))

# %% [markdown]
# ## 3. The model
#
# One unit with one input computes $\hat y = w x + b$ if nothing comes after the sum. In Keras that
# is `Dense(1)` without an `activation`. (An activation is a function that the sum is put into. The
# usual ones squeeze it between two numbers or cut off what is below 0; then the answers could not
# follow the line.) The unit holds one weight $w$ and one bias $b$: **2 parameters**.
#
# **Task `build_model`.** Build that model, from `keras.Input(shape=(1,))` and the layer; a
# `keras.Sequential` takes both in a list. Do not train it yet.

# %% build_model
def build_model() -> keras.Model:
    """Return an untrained model: one linear unit.

    Returns:
        A `keras.Model`: input `(batch, 1)`, output `(batch, 1)`, 2 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    model = build_model()
    model.summary()

# %% [markdown]
# ## 4. Training
#
# A *loss* is a measure of how wrong a model is. Here it is the *mean squared error* (Keras:
# `"mse"`): the distance of each point from the line, up or down, squared, and the mean over all $n$
# points.
#
# $$L(w, b) = \frac{1}{n} \sum_{i=1}^{n} \bigl(w x_i + b - y_i\bigr)^2$$
#
# To train is to make the loss small by changing $w$ and $b$. *Stochastic gradient descent* (Keras:
# `"sgd"`) takes small steps downhill. It goes through the points in random order, 32 at a time (a
# *batch*), and finds the slopes of their loss: $\partial L / \partial w$ says how fast $L$ would
# grow if $w$ grew. Then it moves both numbers against their slopes, and takes the next 32 points:
#
# $$w \leftarrow w - \eta \, \frac{\partial L}{\partial w}, \qquad
#   b \leftarrow b - \eta \, \frac{\partial L}{\partial b}, \qquad \eta = 0.01 \text{ by default}$$
#
# $\eta$ (the Greek letter eta) is the *learning rate*: it says how long the steps are. Once through
# all points is an *epoch*.
#
# `validation_split=0.3` makes `fit` keep the *last* 30 % of the points that it is given, 45 of 150,
# out of the training. After each epoch it measures the loss on them, too: `val_loss`. When `loss`
# goes on falling while `val_loss` rises, a model learns its training points by heart. A line
# with two parameters cannot do that; later networks can.
#
# A *metric* is measured beside the loss, for you to read; the training does not follow it. Many
# courses ask for the metric `"accuracy"`. Here it would say nothing, for it is made for answers of
# a few kinds, such as yes and no. From a model with one output Keras takes each answer above 0.5 as
# a 1 and each other one as a 0, and counts how often that equals $y$. No $y$ here is exactly 0 or
# 1, so it would stay at 0, however good the line.
#
# `fit` returns a `History`. Its `.history` is a dictionary with one list for each quantity:
# `history.history["loss"]` holds one number for every epoch.
#
# A model is trained in two calls: `model.compile(optimizer=…, loss=…)` says how (the *optimizer* is
# the way to make the loss small, here SGD), and `model.fit(x, y, epochs=…, …)` does it.
#
# **Task `train`.** Compile the given model with SGD and the mean squared error, fit it to the given
# points for `epochs` epochs with `validation_split=0.3`, and return the `History`. Leave SGD's
# settings and the 32 points of a step as they are by default. With `verbose=0` `fit` prints
# nothing; without it, two lines for each epoch. 300 epochs take 10 to 30 seconds. Expect a loss
# near 0.76: it cannot come to 0, for no line goes through all the noisy points.

# %% train
def train(
    model: keras.Model, x_train: np.ndarray, y_train: np.ndarray, epochs: int = 300
) -> keras.callbacks.History:
    """Train the model with SGD; return the History.

    Args:
        model: The model to compile and to fit; it is changed in place.
        x_train: Shape `(n,)`; stays as it is.
        y_train: Shape `(n,)`; stays as it is.
        epochs: How often to go through the points.

    Returns:
        The `History` of `fit`, with `loss` and `val_loss` of every epoch.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    history = train(model, x_train, y_train)
    for name, values in history.history.items():
        print(f"{name:<9} first epoch {values[0]:.3f}   last epoch {values[-1]:.3f}")

# %% [markdown]
# ## 5. The loss curve
#
# The curve of the loss tells how a training went. Here it falls for some thirty epochs, steeply at
# first, and is flat after that: more epochs would change nothing. `val_loss` ends somewhat higher
# than `loss`, because those 45 points happen to lie farther from the line.
#
# **Task `plot_loss`.** Draw `loss` and `val_loss` over the epochs, as two curves in one picture.
# Count the epochs from 1, as Keras does when it prints them: 1, 2, …, up to the number of epochs.
# Name both axes, give each curve a `label` that says which loss it is, and show the legend.

# %% plot_loss
def plot_loss(history: keras.callbacks.History) -> plt.Axes:
    """Draw both losses by epoch; return the Axes.

    Args:
        history: What `fit` returned; `history.history` holds `loss` and `val_loss`, one number
            for each epoch.

    Returns:
        The Matplotlib `Axes` with two curves, named axes and a legend.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    plot_loss(history).set_title("The loss falls, then stays")
    plt.show()

# %% [markdown]
# ## 6. The fitted line
#
# **Task `plot_fit`.** Draw the given points as dots that no line joins, and the model's line across
# them: choose some values of $x$ from the left end of the points to the right end, let the model
# `predict` them, and join the answers. Draw what the model says, not the line that you know.

# %% plot_fit
def plot_fit(model: keras.Model, x: np.ndarray, y: np.ndarray) -> plt.Axes:
    """Draw the points and the line; return the Axes.

    Args:
        model: A model with input `(batch, 1)` and output `(batch, 1)`; stays as it is.
        x: Shape `(n,)`, in any order; stays as it is.
        y: Shape `(n,)`; stays as it is.

    Returns:
        The Matplotlib `Axes` with all the points, and the model's line from the smallest x to
        the largest.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# In the picture below the pale points are the test data. The line was found without them, and
# passes through the midst of them as well as of the others.
#
# How good is it? For a line the least squares have a formula, which `np.polyfit` computes at
# once: no line has a smaller loss on the 105 points that the network learnt from. The network comes
# within a few hundredths of it. It cannot stand still there: every step sees only 32 points.
#
# Both differ from the 1.726 and -0.84 that made the data: with so much noise, 105 points
# do not tell the line any better. More epochs would not help; more points would.

# %%
if __name__ == "__main__":
    ax = plot_fit(model, x_train, y_train)
    ax.plot(x_test, y_test, "bo", markersize=4, alpha=0.3)
    ax.set_title("The line that the network found")
    plt.show()

    weight, bias = (float(array.item()) for array in model.get_weights())
    best_weight, best_bias = np.polyfit(x_train[:105], y_train[:105], 1)
    print(f"network        slope {weight:.3f}, intercept {bias:.3f}")
    print(f"least squares  slope {best_weight:.3f}, intercept {best_bias:.3f}")
    print(f"the truth      slope {SLOPE:.3f}, intercept {INTERCEPT:.3f}")
    print(f"mean squared error on the test data: {model.evaluate(x_test, y_test, verbose=0):.3f}")
