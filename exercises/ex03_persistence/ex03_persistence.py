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
# # Saving, loading and watching a training
#
# Training takes time. A straight line through points is found in seconds; a large network keeps
# even a good GPU busy for hours or days. Nobody wants to lose that to a power cut, and nobody
# should have to repeat it. So here you save a model and load it again, write down its weights while
# it learns, go on with a training that was broken off, and watch one from outside.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code, and have it checked
# at once: you read what is wrong and what to do next. In an `.ipynb` file that you were given, run
# the folded cell under your answer. For a `.py` file, also when you see it as a notebook, run
# `pytest ex03_persistence` in a terminal, in the folder that holds the exercises. Cells
# under `if __name__ == "__main__":` show you what you have made; leave them as they are. They write
# into a folder `ex03_files`. Look into it as you go along.

# %%
from __future__ import annotations

import logging
import shutil
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

# Where the cells below put their files.
FOLDER = "ex03_files"

# Keras warns at every .h5 file that the format is old. Section 1 says what there is to know.
logging.getLogger("absl").setLevel(logging.ERROR)

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
# ## The model that everything is tried on
#
# You know it already: 200 noisy points around $y = 1.726\,x - 0.84$, the first 150 of them to
# learn from, and one unit that computes $\hat y = w x + b$. It is compiled here, so **never call
# `compile` in this exercise**: each of your functions takes a model as it comes.
#
# The *loss* $L$, which says how wrong the line is, is the mean squared error. The *optimizer*,
# which changes $w$ and $b$ to make it smaller, is gradient descent (SGD) with *momentum*. It does
# not only go against the slope of the loss, it also keeps some of its last step $v$, like a ball
# that rolls downhill:
#
# $$v \leftarrow \mu\, v - \eta\, \frac{\partial L}{\partial w}, \qquad w \leftarrow w + v,
#   \qquad \eta = 0.001, \quad \mu = 0.9$$
#
# The *learning rate* $\eta$ (the Greek letter eta) says how much the slope counts, the momentum
# $\mu$ (mu) how much of the last step is kept. There is one such $v$ for $w$ and one for $b$. They
# are no weights, but the training depends on them. Remember them: they will matter when a training
# is broken off.

# %%
def make_points() -> tuple[np.ndarray, np.ndarray]:
    """Return the 150 training points of the regression: `(x, y)`, each of shape `(150,)`."""
    rng = np.random.RandomState(0)
    x = rng.uniform(-2, 2, size=200)
    y = 1.726 * x - 0.84 + rng.normal(loc=0.0, scale=0.5 + x**2 / 3)
    return x[:150], y[:150]


def make_model() -> keras.Model:
    """Return the untrained line, compiled: input `(batch, 1)`, output `(batch, 1)`."""
    model = keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(1)])
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.001, momentum=0.9),
        loss="mean_squared_error",
    )
    return model


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)  # a fresh start
    Path(FOLDER).mkdir()
    keras.utils.set_random_seed(3)
    x, y = make_points()
    model = make_model()
    first_part = model.fit(x, y, epochs=5, verbose=0)
    print(f"loss after 5 epochs: {model.evaluate(x, y, verbose=0):.3f}")

# %% [markdown]
# ## 1. Save the whole model
#
# `model.save(path)` writes one file with everything in it:
#
# | part | for this model |
# |---|---|
# | architecture | one input, `Dense(1)` |
# | weights | $w$ and $b$ |
# | what it was compiled with | SGD, 0.001, momentum 0.9, mean squared error |
# | the state of the optimizer | both $v$, and how many steps it has made |
#
# The end of the file's name decides the format. Keras refuses a name without one of these, except
# for `.hdf5`, which means the same as `.h5`:
#
# | end of the name | format | what to know |
# |---|---|---|
# | `.keras` | Keras's own (a zip archive) | keeps all four parts; take this one |
# | `.h5` | HDF5, the older one | you meet it in older code and courses; good for predictions |
#
# An `.h5` file is no place to break off a training. In Keras 3.15 (others not tried) both $v$ are
# missing from the model that comes back, and `fit` refuses to train it on; and where `compile`
# was given the short name `"mse"`, it cannot even be loaded. That is why the cell above
# spells the loss out: `"mean_squared_error"`.
#
# **Task `save_model`.** Save the whole model, as it is, under the path that you are given: exactly
# there, and in no other file. It ends in `.keras` or in `.h5`, and its folder exists.

# %% save_model
def save_model(model: keras.Model, path: str) -> None:
    """Save the whole model in one file.

    Args:
        model: A compiled model, trained or not; any architecture.
        path: Where to write, such as `"folder/simple_model.keras"`; ends in `.keras` or `.h5`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    for name in ("simple_model.keras", "simple_model.h5"):
        save_model(model, f"{FOLDER}/{name}")
    for path in sorted(Path(FOLDER).glob("simple_model.*")):
        print(f"{path}  {path.stat().st_size:,} bytes")

# %% [markdown]
# ## 2. Load it again
#
# `keras.models.load_model(path)` reads either format and gives back a model that is ready at once:
# nobody has to build or compile anything. The file may come from yesterday, or from somebody else.
# (Leave `pickle` alone for this. Loading a pickle runs whatever code its author has put into it;
# a `.keras` file is data, and Keras refuses code in it unless you tell it otherwise.)
#
# Write the full name, `keras.models.load_model`. If you wrote
# `from keras.models import load_model`, the bare name `load_model` would mean *your* function
# inside of it, and the function would call itself for ever.
#
# **Task `load_model`.** Load the whole model from a file, ready for use, and return it.
# The cell below then compares predictions: the difference is exactly 0.

# %% load_model
def load_model(path: str) -> keras.Model:
    """Return the model saved in a file, compiled as it was.

    Args:
        path: A file that holds a whole model; ends in `.keras` or `.h5`.

    Returns:
        The `keras.Model`, with the architecture, the weights, the compile settings and (from
        `.keras`) the optimizer's state that it was saved with.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    points = np.linspace(-2, 2, 5)
    before = model.predict(points, verbose=0)
    for name in ("simple_model.keras", "simple_model.h5"):
        after = load_model(f"{FOLDER}/{name}").predict(points, verbose=0)
        print(f"{name:<19} largest difference of the predictions: {np.abs(after - before).max()}")

# %% [markdown]
# ## 3. Write the weights down while it learns
#
# Saving at the end does not help if the training never gets there. A *callback* is an object that
# `fit` calls at certain moments, for example after every epoch. `keras.callbacks.ModelCheckpoint`
# is one that writes a file then, a *checkpoint*:
#
# ```python
# callback = keras.callbacks.ModelCheckpoint("folder/cp-{epoch:02d}.weights.h5", ...)
# model.fit(..., callbacks=[callback])
# ```
#
# - Keras replaces `{epoch:02d}` by the number of the epoch in two digits: 01, 02, 03, …
#   (No `f` before the string: it is Keras that fills it in.) Without a number in the name, each
#   epoch overwrites the file of the last one, and only the newest weights are left.
# - `save_weights_only=True` writes $w$ and $b$ without the architecture (in Keras 3.15 with the state
#   of the optimizer beside them). Keras 3 then wants names that end in `.weights.h5`; the names of
#   older courses, such as `cp.ckpt`, are refused.
# - `save_best_only=True` is for leaving out every epoch that is no better than those before. It
#   looks at `val_loss`, the loss on points that are held back, and in this training none are: Keras
#   3.15 then warns, and writes every epoch. With `monitor="loss"` it would leave some out.
#   `save_freq` is `"epoch"` unless told otherwise; a number would count batches.
# - A callback does nothing unless `fit` gets it, in the list `callbacks`.
#
# **Task `train_with_checkpoints`.** Train the given model on all the given points for `epochs`
# epochs, leaving the batch size as it is, and write its weights after *each* epoch, every time into
# a new file in `folder`: `cp-01.weights.h5`, `cp-02.weights.h5`, … There are to be no other files
# of weights or models. Return the `History` of all epochs. Keras makes the folder. `verbose=0`
# keeps `fit` quiet.

# %% train_with_checkpoints
def train_with_checkpoints(
    model: keras.Model, x: np.ndarray, y: np.ndarray, folder: str, epochs: int = 10
) -> keras.callbacks.History:
    """Train, and write the weights after each epoch; return the History.

    Args:
        model: A compiled model with input `(batch, 1)`; it is trained in place.
        x: Shape `(n,)`; stays as it is.
        y: Shape `(n,)`; stays as it is.
        folder: Where the files go, such as `"folder/training_ckpt"`; it need not exist.
        epochs: How often to go through the points, up to 99.

    Returns:
        The `History` of `fit`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    keras.utils.set_random_seed(3)  # the same first weights as above
    train_with_checkpoints(make_model(), x, y, f"{FOLDER}/training_ckpt", epochs=30)
    checkpoints = sorted(Path(FOLDER, "training_ckpt").iterdir())
    print(len(checkpoints), "files, from", checkpoints[0].name, "to", checkpoints[-1].name)

# %% [markdown]
# ## 4. From a checkpoint back to a model
#
# A checkpoint holds numbers and no model: `keras.models.load_model` cannot read it. You have to
# build the same architecture anew, which gets random weights, and then put the saved ones in with
# `model.load_weights(path)`. That changes the model in place, and returns nothing. A new model has
# no optimizer yet, so of the file only $w$ and $b$ are used.
#
# **Task `rebuild_model`.** Build a new model, one `Dense` unit without an activation on an input
# of shape `(1,)` and no other layer, load the weights of the checkpoint into it, and return it.
# There is no need to compile it: `predict` works without.
#
# The picture then shows what is in the files: how $w$ and $b$ went, epoch by epoch, to where
# the least squares have them. A checkpoint tells what the model was at any time.

# %% rebuild_model
def rebuild_model(path: str) -> keras.Model:
    """Return a new one-unit model with the weights of a checkpoint.

    Args:
        path: A file of weights of a `Dense(1)` on one input, ends in `.weights.h5`.

    Returns:
        A `keras.Model`: input `(batch, 1)`, output `(batch, 1)`, 2 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    lines = [rebuild_model(str(path)).get_weights() for path in checkpoints]
    best = np.polyfit(x, y, 1)
    epochs = np.arange(1, len(lines) + 1)
    fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    for name, values, goal, colour in zip("wb", zip(*lines), best, ("tab:blue", "tab:orange")):
        ax.plot(epochs, np.ravel(values), "o-", markersize=4, color=colour, label=name)
        ax.axhline(goal, linestyle="--", linewidth=1, color=colour)
    ax.set(xlabel="epoch", title="The line in each checkpoint (dashed: least squares)")
    ax.legend()
    plt.show()

# %% [markdown]
# ## 5. Go on where it stopped
#
# The model of the first cell has learnt for 5 epochs and lies in `simple_model.keras`. Suppose
# that the machine was switched off, and that 30 epochs were planned. To go on as if nothing had
# happened takes three things:
#
# 1. the **weights**, or the loss would start at the top again;
# 2. the **state of the optimizer**, or the ball would stand still first and have to gain speed
#    again. `load_model` takes it from the file of the whole model. A checkpoint of the weights has it
#    too (in Keras 3.15), but `load_weights` passes over it in a new model: without `compile` there is
#    no optimizer, and one that has never trained has no $v$ to put it in. And `compile` throws it
#    away: it makes a new optimizer with $v = 0$;
# 3. the **number of the epoch**, so that curves and file names go on with 6 and do not
#    start from 1 again. `fit` has two arguments for it: `initial_epoch` says how many are done,
#    and `epochs` says *at which number to end*, not how many are to come.
#    With `initial_epoch=5, epochs=30` Keras trains 25 more.
#
# (How to check the third: `history.epoch` lists the epochs, counted from 0: here 5, 6, …, 29.)
#
# **Task `resume_training`.** Load the whole model, train it on, on all the given points, until
# `total` epochs are done, and return the `History` of this second part. Leave the batch size as it
# is.

# %% resume_training
def resume_training(
    path: str, x: np.ndarray, y: np.ndarray, done: int, total: int
) -> keras.callbacks.History:
    """Go on with the training of a saved model; return the History.

    Args:
        path: A `.keras` file with a whole model of input `(batch, 1)`, compiled, and trained for
            `done` epochs.
        x: Shape `(n,)`; stays as it is.
        y: Shape `(n,)`; stays as it is.
        done: How many epochs are done.
        total: How many epochs there shall be in all; more than `done`.

    Returns:
        The `History` of `fit`, for the `total - done` epochs of this second part.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# The picture joins both parts. For comparison, the dashed curve starts from the same weights, but
# with a new optimizer: the loss waits for a moment until the ball has gained speed.

# %%
if __name__ == "__main__":
    second_part = resume_training(f"{FOLDER}/simple_model.keras", x, y, done=5, total=30)

    forgetful = make_model()
    forgetful.set_weights(model.get_weights())
    other_part = forgetful.fit(x, y, initial_epoch=5, epochs=30, verbose=0)

    fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    parts = [
        (first_part, "o-", "tab:blue", "first part"),
        (second_part, "o-", "tab:orange", "second part, resumed"),
        (other_part, "--", "tab:gray", "with a new optimizer"),
    ]
    for history, style, colour, label in parts:
        numbers = np.array(history.epoch) + 1
        ax.plot(numbers, history.history["loss"], style, color=colour, markersize=4, label=label)
    ax.axvline(5.5, color="black", linewidth=0.5)
    ax.set(xlabel="epoch", ylabel="mean squared error", title="One training in two parts")
    ax.legend()
    plt.show()

# %% [markdown]
# ## 6. Watch it with TensorBoard
#
# TensorBoard is a program beside your training that draws how it goes, in the browser, while it
# runs or afterwards: the loss, the graph of the layers, and how the weights are spread. The
# training does not speak to it. It writes *event files* into a folder, and TensorBoard reads them:
#
# - `keras.callbacks.TensorBoard(log_dir)` is the callback that writes them. In
#   `log_dir/train` there will be one **scalar** `epoch_loss` for each epoch.
# - With `histogram_freq=1` it also counts, after every single epoch, how many weights of each
#   layer lie in which range: one **histogram** for each kernel and each bias. With 0, which is the
#   default, there are none.
#
# **Task `train_with_tensorboard`.** Train the given model on all the given points for `epochs`
# epochs, leaving the batch size as it is, with event files in `logdir` that hold the loss and the
# histograms of every epoch. Return the `History`.
#
# When it works, start TensorBoard in a terminal and open the address that it prints
# (where it is missing, `pip install tensorboard` brings it):
#
# ```
# tensorboard --logdir ex03_files/logs
# ```
#
# In a notebook these two lines do the same (not every cloud service allows it):
#
# ```
# %load_ext tensorboard
# %tensorboard --logdir ex03_files/logs
# ```

# %% train_with_tensorboard
def train_with_tensorboard(
    model: keras.Model, x: np.ndarray, y: np.ndarray, logdir: str, epochs: int = 10
) -> keras.callbacks.History:
    """Train, and write loss and histograms for TensorBoard; return the History.

    Args:
        model: A compiled model with input `(batch, 1)`; it is trained in place.
        x: Shape `(n,)`; stays as it is.
        y: Shape `(n,)`; stays as it is.
        logdir: The folder for the event files, such as `"folder/logs"`; it need not exist.
        epochs: How often to go through the points.

    Returns:
        The `History` of `fit`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# The histogram of a single weight is a single spike. So the last cell takes a network of 200 hidden
# units, has your function train it, and reads the event files as TensorBoard does. On the right,
# each row is the histogram of the first layer's 200 weights after one epoch, the first at the back:
# the weights started evenly spread; see how the training moves them, in the first epochs most. (Its
# optimizer is Adam, a gradient descent that finds a step length of its own for each weight.)

# %%
if __name__ == "__main__":
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    keras.utils.set_random_seed(3)
    units = keras.layers.Dense(200, activation="relu", name="hidden")
    wide = keras.Sequential([keras.Input(shape=(1,)), units, keras.layers.Dense(1)])
    wide.compile(optimizer=keras.optimizers.Adam(0.01), loss="mean_squared_error")
    train_with_tensorboard(wide, x, y, f"{FOLDER}/logs", epochs=20)

    log = EventAccumulator(str(next(Path(FOLDER, "logs").rglob("train"))), {"tensors": 0})
    log.Reload()
    read = {
        tag: [make_ndarray(event.tensor_proto) for event in log.Tensors(tag)]
        for tag in log.Tags()["tensors"]
    }
    (kernel,) = (tag for tag in read if "hidden/kernel" in tag)

    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    left.plot(range(len(read["epoch_loss"])), read["epoch_loss"], "o-", markersize=4)
    left.set(xlabel="step (epochs, counted from 0)", title="scalar: epoch_loss")
    left.set_xticks(range(0, 20, 5))
    last = len(read[kernel]) - 1
    for step, bins in enumerate(read[kernel]):  # each bin: from, to, how many
        height = last - step
        counts = height + bins[:, 2] / 8
        middles = bins[:, :2].mean(axis=1)
        right.fill_between(middles, height, counts, color=plt.cm.viridis(step / last), zorder=step)
        right.plot(middles, counts, color="white", linewidth=0.7, zorder=step)
    right.set(xlabel="weight", yticks=[0, last], yticklabels=[f"step {last}", "step 0"])
    right.set_title("histogram: kernel of the hidden layer")
    plt.show()
