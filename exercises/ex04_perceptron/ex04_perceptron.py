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
# # Perceptrons: AND, OR and XOR
#
# A neuron adds up its weighted inputs and decides: yes or no. Here you build the
# smallest network there is, one neuron, and find out what it can learn, what it
# can never learn, and how two layers of neurons learn that, too.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code, and have it checked
# at once: you read what is wrong and what to do next. In an `.ipynb` file that you were given, run
# the folded cell under your answer. For a `.py` file, also when you see it as a notebook, run
# `pytest ex04_perceptron` in a terminal, in the folder that holds the exercises. Cells
# under `if __name__ == "__main__":` show you what you have made; leave them as they are.

# %%
from __future__ import annotations

from collections.abc import Callable

import keras
import matplotlib.pyplot as plt
import numpy as np

# All four inputs of a gate, one per row, and what each gate answers, row by row.
INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
AND = np.array([0, 0, 0, 1], dtype="float32")
OR = np.array([0, 1, 1, 1], dtype="float32")
XOR = np.array([0, 1, 1, 0], dtype="float32")

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
# ## 1. Gates as plain functions
#
# A logic gate takes two bits. AND answers 1 when both are 1, OR when at least one is 1,
# XOR ("exclusive or") when exactly one is 1:
#
# | a | b | AND | OR | XOR |
# |---|---|-----|----|-----|
# | 0 | 0 | 0   | 0  | 0   |
# | 0 | 1 | 0   | 1  | 1   |
# | 1 | 0 | 0   | 1  | 1   |
# | 1 | 1 | 1   | 1  | 0   |
#
# Written by hand, a gate is a rule that *you* know. Later the network finds the rule
# from the four rows alone.
#
# **Task `gates`.** Write the three rules in ordinary Python.

# %% gates
def and_gate(a: int, b: int) -> int:
    """Return 1 if both are 1, else 0.

    Args:
        a: 0 or 1.
        b: 0 or 1.

    Returns:
        0 or 1.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def or_gate(a: int, b: int) -> int:
    """Return 1 if at least one is 1, else 0.

    Args:
        a: 0 or 1.
        b: 0 or 1.

    Returns:
        0 or 1.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def xor_gate(a: int, b: int) -> int:
    """Return 1 if exactly one is 1, else 0.

    Args:
        a: 0 or 1.
        b: 0 or 1.

    Returns:
        0 or 1.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    for a, b in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        print(f"{a} {b}   AND {and_gate(a, b)}   OR {or_gate(a, b)}   XOR {xor_gate(a, b)}")

# %% [markdown]
# ## 2. A neuron with a threshold
#
# In 1943 McCulloch and Pitts described a nerve cell as such a gate. Bits come in, and the cell
# *fires*, that is, answers 1, where enough of them are 1. In today's form each input $x_i$ counts
# with a *weight* $w_i$; one below 0 holds the cell back. The *bias* $b$ says how easily it fires:
#
# $$z = w_1 x_1 + w_2 x_2 + \dots + b, \qquad \hat y = 1 \text{ where } z > 0, \text{ else } 0$$
#
# ($-b$ is the *threshold* that the weighted inputs must pass.) With $w = (1, -1)$ and $b = -0.5$,
# for example, the cell fires for $(1, 0)$ alone. So a gate is now a few numbers, and no program.
#
# **XOR from three neurons.** NAND is AND turned over: 0 where both inputs are 1, else 1. There are
# weights for AND, for OR and for NAND. For XOR there are none: section 7 shows why. But XOR is 1
# where OR *and* NAND are 1, so three neurons in two layers are enough:
#
# $$\text{XOR}(x) = \text{AND}\bigl(\text{OR}(x),\ \text{NAND}(x)\bigr)$$
#
# **Task `threshold_neuron`.** Write the neuron, for any number of inputs, and for rows of any
# numbers, not only of bits. Then choose weights and bias for AND, OR and NAND. Then wire XOR as
# above, from the weights and biases that the function is *given*: they may be other ones than yours,
# even those of neurons that are no such gates.

# %% threshold_neuron
def threshold_neuron(inputs: np.ndarray, weights: np.ndarray, bias: float) -> np.ndarray:
    """Return the neuron's answer for each row.

    Args:
        inputs: Rows of numbers, shape `(rows, inputs)`; stays as it is.
        weights: One for each input, shape `(inputs,)`; stays as it is.
        bias: One number.

    Returns:
        1 for each row where the weighted sum and the bias together are above 0, 0 for each other,
        also where they are 0; shape `(rows,)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def gate_weights() -> dict[str, tuple[float, float, float]]:
    """Return weights and bias for AND, OR and NAND.

    Returns:
        `(w1, w2, b)` under each of the names "AND", "OR" and "NAND".
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def wired_xor(inputs: np.ndarray, gates: dict[str, tuple[float, float, float]]) -> np.ndarray:
    """Return what AND answers to the answers of OR and NAND.

    Args:
        inputs: Rows of two numbers, bits or not, shape `(rows, 2)`; stays as it is.
        gates: `(w1, w2, b)` of neurons under the names "AND", "OR" and "NAND", as `gate_weights`
            returns them, but any numbers; stays as it is.

    Returns:
        0 or 1 for each row, shape `(rows,)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# The picture shows where each of your neurons fires, if its inputs may be any numbers. Each has a
# straight border, where $z = 0$. The three together fire between two borders.

# %%
def draw_corners(ax: plt.Axes, targets: np.ndarray, title: str) -> None:
    """Draw the four rows of a gate as corners of a square, with the answer beside each."""
    ax.scatter(INPUTS[:, 0], INPUTS[:, 1], c=targets, cmap="coolwarm", s=80)
    for (x1, x2), target in zip(INPUTS, targets):
        ax.annotate(f"{target:.0f}", (x1, x2), (8, 8), textcoords="offset points")
    ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[0, 1], yticks=[0, 1], aspect="equal")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", title=title)


if __name__ == "__main__":
    grid = np.stack(np.meshgrid(*[np.linspace(-0.5, 1.5, 201)] * 2), axis=-1).reshape(-1, 2)
    gates = gate_weights()
    neurons = {"XOR, from three": lambda rows: wired_xor(rows, gates)}
    for name, (*weights, bias) in gates.items():
        neurons[name] = lambda rows, w=np.array(weights), b=bias: threshold_neuron(rows, w, b)
    figure, axes = plt.subplots(1, 4, figsize=(11, 3), layout="constrained")
    for ax, name in zip(axes, ["AND", "OR", "NAND", "XOR, from three"]):
        fires = np.reshape(neurons[name](grid), (201, 201))
        ax.imshow(fires, cmap="coolwarm", alpha=0.3, origin="lower", extent=(-0.5, 1.5, -0.5, 1.5))
        draw_corners(ax, neurons[name](INPUTS), name)
    plt.show()

# %% [markdown]
# ## 3. A neuron that learns
#
# In 1957 Rosenblatt had such a neuron find its weights by itself. He called it the *perceptron*.
# It looks at one row after the other. Let $y$ be the right answer, called the *target*. The error
# $y - \hat y$ is 0 where the neuron is right; 1 where it should have fired, and $-1$ where it should
# not. Then each weight moves by the error, times its input, times a *learning rate* $\eta$ (the
# Greek letter eta), and so does the bias, as the weight of an input that is always 1:
#
# $$w_i \leftarrow w_i + \eta \, (y - \hat y) \, x_i, \qquad b \leftarrow b + \eta \, (y - \hat y)$$
#
# Where the neuron is right, nothing changes. Once through all rows is an *epoch*. If any weights
# are right for all rows, the rule finds some after finitely many corrections. If none are, it goes
# on for ever.
#
# **Task `perceptron_rule`.** Write the rule for one row. Then train: begin with weights and bias
# of 0, go through the rows in their order, each with the weights that the row before has left, and
# stop after the first epoch without an error, or after `epochs` of them.

# %% perceptron_rule
def corrected_weights(
    weights: np.ndarray, bias: float, row: np.ndarray, target: float, rate: float
) -> tuple[np.ndarray, float]:
    """Return the corrected weights.

    Args:
        weights: One for each input, shape `(inputs,)`; stays as it is.
        bias: One number.
        row: The inputs, any numbers, shape `(inputs,)`; stays as it is.
        target: The right answer to it, 0 or 1.
        rate: The learning rate, above 0.

    Returns:
        `(weights, bias)`: an array of shape `(inputs,)` and a number.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def train_perceptron(
    inputs: np.ndarray, targets: np.ndarray, rate: float, epochs: int
) -> tuple[np.ndarray, float, list[int]]:
    """Return weights, bias and the errors of each epoch.

    Args:
        inputs: Rows of any numbers, shape `(rows, inputs)`; stays as it is.
        targets: The right answer to each, 0 or 1, shape `(rows,)`; stays as it is.
        rate: The learning rate, above 0.
        epochs: After how many epochs to stop, at least 1, if no epoch was without an error.

    Returns:
        `(weights, bias, errors)`: an array of shape `(inputs,)`, a number, and for each epoch that
        was run how many rows the neuron got wrong, each before its correction.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# For AND and OR the errors come to an end after some epochs. For XOR they never do.

# %%
if __name__ == "__main__":
    figure, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
    for name, targets in [("AND", AND), ("OR", OR), ("XOR", XOR)]:
        weights, bias, errors = train_perceptron(INPUTS, targets, rate=1.0, epochs=12)
        print(f"{name}: weights {weights}, bias {bias}, {len(errors)} epochs")
        ax.plot(range(1, len(errors) + 1), errors, marker="o", label=name)
    ax.set(xlabel="epoch", ylabel="rows wrong", xticks=range(1, 13), yticks=range(5))
    ax.legend()
    plt.show()

# %% [markdown]
# ## 4. A soft step
#
# Rosenblatt's rule stops at the first weights that are right, and two layers of such neurons it
# cannot train at all: a step is flat on both sides of its jump, so that nothing tells whether a
# slightly larger weight of a neuron *before* it would make the answer better or worse. So put the
# sum $z$ into a function without a jump: the *sigmoid*, $\sigma$ (a Greek s), which squeezes it
# between 0 and 1:
#
# $$z = w_1 x_1 + w_2 x_2 + b, \qquad \hat y = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# The sigmoid is a soft step. It rises everywhere, so that every small change of $z$ shows in the
# answer; and rounded to 0 or 1 it is the hard step again.

# %%
if __name__ == "__main__":
    z = np.linspace(-8, 8, 401)
    figure, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
    ax.plot(z, z > 0, color="tab:gray", label="step")
    ax.plot(z, 1 / (1 + np.exp(-z)), color="tab:blue", label="sigmoid")
    ax.axhline(0.5, color="black", linewidth=0.5, linestyle=":")
    ax.set(xlabel="z", ylabel="answer", yticks=[0, 0.5, 1], title="A hard and a soft step")
    ax.legend()
    plt.show()

# %% [markdown]
# In Keras one neuron is `Dense(1)`. The function that its sum goes into is called its
# *activation*: here `activation="sigmoid"`, for without it the neuron would stop at $z$. It holds
# two weights and one bias: **3 parameters**.
#
# **Task `build_perceptron`.** Build that model. Do not train it yet.

# %% build_perceptron
def build_perceptron() -> keras.Model:
    """Return an untrained model: one sigmoid unit.

    Returns:
        A `keras.Model`: input `(batch, 2)`, output `(batch, 1)`, 3 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    build_perceptron().summary()

# %% [markdown]
# ## 5. Learning AND and OR
#
# Training needs a measure of how wrong the answers are, called the *loss*, and a way to reduce it.
# For a yes/no answer the loss is the *binary cross-entropy*, averaged over the rows. For one row
# with the target $y$ and the neuron's answer $\hat y$ it is
#
# $$L = -\bigl(y \ln \hat y + (1 - y) \ln (1 - \hat y)\bigr)$$
#
# It is near 0 where $\hat y$ is near $y$, and grows without end the surer the neuron is of the
# wrong answer. The way to reduce it is *stochastic gradient descent* (SGD). It looks at some rows
# together, a *batch*, and finds the slope of the loss for every weight, $\partial L / \partial w$:
# how fast $L$ would grow if that weight grew. Then every weight takes a step against its slope,
#
# $$w \leftarrow w - \eta \, \frac{\partial L}{\partial w},$$
#
# and so does the bias. The larger the learning rate $\eta$ is, the longer are the steps. With Keras's
# default of 0.01 AND and OR would need one to three thousand epochs; a bold `learning_rate=5.0`
# gets there in 60 with `batch_size=4`, that is, all four rows in one batch. With `verbose=0` `fit`
# prints nothing; without it, two lines for each epoch.
#
# `model.compile` takes both, as `loss="binary_crossentropy"` and
# `optimizer=keras.optimizers.SGD(learning_rate=…)`.
#
# **Task `train_gate`.** Build a perceptron, compile it with SGD and the binary cross-entropy,
# train it on all rows of `INPUTS` and the given targets, and return it. It must answer all four
# rows right once its output is rounded, for AND, for OR, and for any other targets that one neuron
# can learn. Learning rate and epochs are yours to choose, up to 5,000 epochs: all the trainings of
# what you hand in may have 100,000 batches together, and a training beyond that is refused. With
# those above expect a loss near 0.05 for AND and 0.03 for OR, and outputs within 0.1 of the
# targets: close, never equal, for the sigmoid comes near to 0 and 1 and reaches neither.

# %% train_gate
def train_gate(targets: np.ndarray) -> keras.Model:
    """Return a perceptron trained on the four `targets`.

    Args:
        targets: Four answers, 0 or 1, in the row order of `INPUTS`; shape `(4,)`; stays as it is.

    Returns:
        The trained `keras.Model` of `build_perceptron`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    for name, targets in [("AND", AND), ("OR", OR)]:
        outputs = train_gate(targets).predict(INPUTS, verbose=0)[:, 0]
        print(name, "outputs", outputs.round(2), "rounded", outputs.round())

# %% [markdown]
# ## 6. Where the slopes come from
#
# The slope of the loss follows from three simpler ones: how fast $z$ grows with a weight, how fast
# the answer grows with $z$, and how fast the loss grows with the answer. Taken from the loss back to
# the weight, and multiplied, they are *back-propagation*:
#
# $$\frac{\partial L}{\partial w_i} =
# \frac{\partial L}{\partial \hat y} \cdot \frac{\partial \hat y}{\partial z} \cdot
# \frac{\partial z}{\partial w_i} =
# \frac{\hat y - y}{\hat y \, (1 - \hat y)} \cdot \hat y \, (1 - \hat y) \cdot x_i =
# (\hat y - y) \, x_i$$
#
# For the bias the last factor is 1, which leaves $\hat y - y$. Over several rows the slopes are
# averaged, as the loss is. Look at section 3 again: a step against this slope is Rosenblatt's rule,
# with a soft answer in place of the hard one. In a network of several layers the chain goes on: each
# layer multiplies what comes back from the layer behind it by slopes of its own.
#
# Whoever works out a gradient should not believe it before it is held against numbers. Move one
# parameter a little, by $h$, to either side, and see how much the loss $f$ differs:
#
# $$\frac{\partial f}{\partial p_i} \approx
# \frac{f(p_1, \dots, p_i + h, \dots) - f(p_1, \dots, p_i - h, \dots)}{2h}$$
#
# **Task `neuron_gradient`.** Write both: the gradient of the loss of one sigmoid neuron by
# back-propagation, averaged over the rows, and these differences, of *any* function and for all
# parameters.

# %% neuron_gradient
def neuron_gradient(
    inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, bias: float
) -> tuple[np.ndarray, float]:
    """Return the slopes of the binary cross-entropy.

    Args:
        inputs: Rows of any numbers, shape `(rows, inputs)`; stays as it is.
        targets: The right answer to each, 0 or 1, shape `(rows,)`; stays as it is.
        weights: One for each input, shape `(inputs,)`; stays as it is.
        bias: One number.

    Returns:
        `(slopes, slope)`: for each weight, an array of shape `(inputs,)`, and for the bias, a
        number; of the loss averaged over the rows.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def finite_differences(
    function: Callable[[np.ndarray], float], parameters: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """Return the slopes of a function, by differences.

    Args:
        function: Returns one number for an array like `parameters`.
        parameters: Where to measure, `float`, shape `(n,)`; stays as it is.
        step: How far to go to either side, $h$ above.

    Returns:
        The slope for each parameter while the others stay, shape `(n,)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# Both must agree in some ten digits. The picture holds one of the slopes against the curve of the
# loss, and shows a difference with an $h$ that is much too large.

# %%
def neuron_loss(parameters: np.ndarray) -> float:
    """Return the loss of a sigmoid neuron on AND; the parameters are its w1, w2 and b."""
    answers = 1 / (1 + np.exp(-(INPUTS @ parameters[:2] + parameters[2])))
    return float(-np.mean(np.log(np.where(AND == 1, answers, 1 - answers))))


if __name__ == "__main__":
    place = np.array([0.0, 2.0, 0.5])
    slopes, slope = neuron_gradient(INPUTS, AND, place[:2], place[2])
    print("back-propagation", *slopes, slope)
    print("differences     ", *finite_differences(neuron_loss, place))

    moved = np.linspace(-5, 5, 201)
    losses = np.array([neuron_loss(np.array([w, *place[1:]])) for w in moved])
    here, wide = neuron_loss(place), 4.0
    rough = finite_differences(neuron_loss, place, wide)[0]
    ends = np.array([place[0] - wide, place[0] + wide])
    figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    ax.plot(moved, losses, label="loss")
    ax.axline((place[0], here), slope=slopes[0], color="tab:orange", label=f"slope {slopes[0]:.3f}")
    ax.plot(ends, [neuron_loss(np.array([w, *place[1:]])) for w in ends], "o--", color="tab:gray",
            label=f"difference, h = {wide:g}: {rough:.3f}")
    ax.set(xlabel="$w_1$", ylabel="loss", ylim=(losses.min() - 0.1, losses.max() + 0.1))
    ax.legend()
    plt.show()

# %% [markdown]
# ## 7. What one neuron cannot learn
#
# The output is above 0.5 exactly where $z > 0$, and $z = 0$ is a straight line in the plane. So
# a perceptron can only put the 1s on one side of a straight line and the 0s on the other. Look at
# the four rows as corners of a square, and lay a pencil on the screen: for AND and for OR it can
# lie so that red is on one side and blue on the other. For XOR it cannot.

# %%
if __name__ == "__main__":
    figure, axes = plt.subplots(1, 3, figsize=(8, 2.9), layout="constrained")
    for ax, (title, targets) in zip(axes, {"AND": AND, "OR": OR, "XOR": XOR}.items()):
        draw_corners(ax, targets, title)
    plt.show()

# %% [markdown]
# The 1s of XOR lie on opposite corners: every line leaves at least one corner on the wrong side.
# No training helps. The lowest loss that is left belongs to the answer 0.5 in every row, and is
# $-\ln 0.5 = \ln 2 \approx 0.693$. Which rows then round right is left to chance, and it is three
# of the four at most.
#
# **Task `xor_failure`.** Show it: train the same perceptron on `XOR` with `train_gate`, count the
# rows that it gets right after rounding, and measure its loss on the four rows
# (`model.evaluate`).

# %% xor_failure
def rows_right(model: keras.Model, targets: np.ndarray) -> int:
    """Return how many rows are right.

    Args:
        model: Any model with input `(batch, 2)` and output `(batch, 1)`.
        targets: Four answers, 0 or 1, in the row order of `INPUTS`; shape `(4,)`.

    Returns:
        How many rounded outputs equal their target: a whole number from 0 to 4.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def xor_failure() -> tuple[int, float]:
    """Return rows right and loss of a perceptron on XOR.

    Returns:
        `(rows, loss)`: a whole number and the binary cross-entropy over the four rows.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    rows, loss = xor_failure()
    print(f"XOR with one neuron: {rows} of 4 rows right, loss {loss:.3f}")

# %% [markdown]
# ## 8. A hidden layer
#
# Two lines can do what one cannot. XOR is "OR, but not AND": 1 between the line of OR and the line
# of AND, 0 on either side. So give the network two *hidden* neurons, one for each line (hidden,
# because nobody sees their answers), and an output neuron that combines them. This 2-2-1
# network has $2 \cdot 2 + 2 = 6$ parameters in its hidden layer and $2 + 1 = 3$ in its output
# layer: **9 in all**.
#
# Its loss is no longer a bowl with one bottom. From some random starts the descent comes to a flat
# place with only two or three rows right, and from most of these it never gets away. With
# `SGD(learning_rate=5.0, momentum=0.5)` and 100 epochs about three starts in four succeed.
# (`momentum=0.5` adds half of the last step to each new one, which helps across flat
# places.) The remedy is as simple as it is common: **look at the result, and if it
# is wrong, start again from new random weights.**
#
# **Task `xor_network`.** Build the 2-2-1 network, sigmoid in both layers. Then train it on
# `XOR`, with SGD and the binary cross-entropy as before; build and train a fresh one until all four
# rows are right. Allow for up to twenty starts: that all of them fail is next to impossible.

# %% xor_network
def build_xor_network() -> keras.Model:
    """Return the 2-2-1 network.

    Returns:
        A `keras.Model`: input `(batch, 2)`, output `(batch, 1)`, 9 parameters, sigmoid in
        both layers.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def train_xor() -> keras.Model:
    """Return a 2-2-1 network that gets all XOR rows right.

    Returns:
        The trained `keras.Model` of `build_xor_network`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    xor_model = train_xor()
    print("XOR with two layers:", xor_model.predict(INPUTS, verbose=0)[:, 0].round(2))

# %% [markdown]
# ## 9. The lines themselves
#
# Each unit $j$ of the first `Dense` layer has a line of its own,
#
# $$w_{1j}\, x_1 + w_{2j}\, x_2 + b_j = 0.$$
#
# On one side of it the unit's sum is above 0 and its answer above 0.5, on the other side below.
#
# Keras keeps these numbers as a kernel of shape `(2, units)`, one *column* per unit, and a bias
# of shape `(units,)`. `model.get_weights()` lists kernel, bias, kernel, bias …, first layer first.
#
# **Task `decision_lines`.** Return one row $(w_1, w_2, b)$ for each unit of the first layer. One
# perceptron gives one line, the 2-2-1 network two. The rows may come in any order, and a row whose
# three numbers are all multiplied by the same number, but not by 0, is still the same line.

# %% decision_lines
def decision_lines(model: keras.Model) -> np.ndarray:
    """Return a row (a, b, c) for each first-layer unit.

    Args:
        model: A model of `Dense` layers with input `(batch, 2)`.

    Returns:
        The coefficients of the lines a·x1 + b·x2 + c = 0, an array of shape `(units, 3)`;
        `units` is the width of the first `Dense` layer.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# ## 10. The picture
#
# To draw $a x_1 + b x_2 + c = 0$, do not solve for $x_2$: that divides by zero when the line is
# vertical. Start at the point of the line nearest to the origin and go both ways along it:
#
# $$p = \frac{-c}{a^2 + b^2}\,(a,\; b), \qquad \text{direction } (-b,\; a).$$
#
# **Task `plot_decision`.** Draw the four rows of `INPUTS` as points, in one colour where the
# model's rounded answer is 1 and in another where it is 0, and every decision line of the model
# across the square. Show $-0.5$ to $1.5$ on both axes.
#
# For AND the line cuts off the corner (1, 1). For XOR two opposite corners lie between the two
# lines, and each line cuts off one of the others. Which two lie between them differs from start to
# start: (0, 1) and (1, 0) in about half of the networks that succeed, (0, 0) and (1, 1) in the
# others: these have found where XOR is 0, and answer the opposite. The lines need not be parallel.

# %% plot_decision
def plot_decision(model: keras.Model) -> plt.Axes:
    """Draw the inputs and lines; return the Axes.

    Args:
        model: A trained model with input `(batch, 2)` and output `(batch, 1)`.

    Returns:
        The Matplotlib `Axes`, with four points and one line for each unit of the first layer.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    plot_decision(train_gate(AND)).set_title("AND: one line")
    plot_decision(xor_model).set_title("XOR: two lines")
    plt.show()
