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
# # Layers and models
#
# A neural network in Keras is a *model*, and a model is made of *layers*: each takes an array of
# numbers and gives another one. Here you build five models and train none of them. What you
# learn is to tell, before any training, what goes in, what comes out, and how many numbers
# there are to learn.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code, and have it checked
# at once: you read what is wrong and what to do next. In an `.ipynb` file that you were given, run
# the folded cell under your answer. For a `.py` file, also when you see it as a notebook, run
# `pytest ex01_keras_models` in a terminal, in the folder that holds the exercises. Cells
# under `if __name__ == "__main__":` show you what you have made; leave them as they are.

# %%
from __future__ import annotations

import keras
import matplotlib.pyplot as plt
from keras import layers

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
# ## 1. What a Dense layer holds
#
# A `Dense` layer has *units*. Each unit weighs **all** inputs with weights of its own, and adds one
# number of its own, the bias. With inputs $x_1, \dots, x_n$, unit $j$ answers
#
# $$y_j = w_{1j}\, x_1 + w_{2j}\, x_2 + \dots + w_{nj}\, x_n + b_j.$$
#
# The weights stand in a table of $n$ rows and one column for each unit, which Keras calls the
# *kernel*; the biases stand in a row. All these numbers are the layer's *parameters*: training
# will change them, and nothing else. A layer of 2 units on 3 inputs has $3 \cdot 2$ weights and 2
# biases, 8 parameters.
#
# **Task `dense_parameters`.** Write down the formula for any number of inputs and units. No Keras
# is needed. 512 inputs and 16 units must give 8,208.

# %% dense_parameters
def dense_parameters(inputs: int, units: int) -> int:
    """Return how many parameters a Dense layer has.

    Args:
        inputs: How many numbers go into the layer, at least 1.
        units: How many units it has, at least 1.

    Returns:
        The number of its weights and biases, a whole number.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    for inputs, units in [(3, 2), (512, 16), (16, 512)]:
        count = dense_parameters(inputs, units)
        print(f"{inputs:>3} inputs, {units:>3} units: {count:>6,} parameters")

# %% [markdown]
# ## 2. A layer becomes a model
#
# A layer alone, `layers.Dense(16)`, knows how many units it has, but not yet how many inputs: it
# has no weights. A model must be told what comes in:
#
#     keras.Input(shape=(512,))
#
# says that **one** example is a row of 512 numbers. The comma matters: `(512,)` is a tuple,
# `(512)` is only a number in brackets. How many examples come at a time, the *batch*, is not part
# of `shape`. Keras puts it in front and calls it `None`, which stands for "any number". So the
# same model takes one example or a thousand:
#
# | | shape | read as |
# |---|---|---|
# | input | `(None, 512)` | any number of rows, 512 numbers in each |
# | output of `Dense(16)` | `(None, 16)` | as many rows, 16 numbers in each |
#
# In the shorter old spelling, `layers.Dense(16, input_shape=(512,))`, the first layer itself
# names the input. Both make the same model; Keras 3 warns at the old one.
#
# A layer can do one thing more: put each sum into a function, its *activation*, before it gives it
# out. Section 3 needs that. Here it is left out: the sums themselves come out, and such a layer is
# called *linear*.
#
# **Task `build_dense`.** Return a model, not a layer: 512 numbers in, one `Dense` layer of 16
# units, without activation, and nothing else. In its summary you see `(None, 16)` and your 8,208
# from above.

# %% build_dense
def build_dense() -> keras.Model:
    """Return a model of one Dense layer.

    Returns:
        A `keras.Model`: input `(batch, 512)`, output `(batch, 16)`, 8,208 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    build_dense().summary()

# %% [markdown]
# ## 3. Layers in a row: the Sequential API
#
# Most networks are a chain: what one layer gives, the next one takes. A `keras.Sequential` is
# that chain. Give it a list, or start empty and call `model.add(...)` for one layer after the
# other. You name the size of the input alone; each further layer takes as many inputs as the layer
# before it has units.
#
# Two linear layers in a row would be no more than one: a weighted sum of weighted sums is a
# weighted sum. So a layer between input and output bends its sums with an *activation*, here
# $\text{relu}(z) = \max(0, z)$. The last layer stays linear, so that it can give any number.
#
# | layer | activation | output | parameters |
# |---|---|---|---|
# | `Dense(16)` | relu | `(None, 16)` | 512 · 16 + 16 = 8,208 |
# | `Dense(10)` | relu | `(None, 10)` | 16 · 10 + 10 = 170 |
# | `Dense(20)` | none | `(None, 20)` | 10 · 20 + 20 = 220 |
# | together | | | **8,598** |
#
# 512 is no layer here: nothing is computed at the input.
#
# **Task `build_sequential`.** Build this network as a `keras.Sequential`, with no other layers or
# activations than these.

# %% build_sequential
def build_sequential() -> keras.Model:
    """Return 512-16-10-20, made as a keras.Sequential.

    Returns:
        A `keras.Sequential`: input `(batch, 512)`, output `(batch, 20)`, 8,598 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# The picture sets the layers' widths beside their parameters. The last layer has the most units,
# but the first one has nearly all the parameters: each of its units has a weight for each of the
# 512 inputs. What counts is inputs *times* units.

# %%
def plot_layers(model: keras.Model) -> plt.Figure:
    """Draw how many numbers each layer gives and how many it learns; return the Figure."""
    shown = [layer for layer in model.layers if layer.count_params()]
    names = [f"{layer.name} {tuple(layer.output.shape)}" for layer in shown]
    widths = [layer.output.shape[-1] for layer in shown]
    counts = [layer.count_params() for layer in shown]
    figure, axes = plt.subplots(
        1, 2, figsize=(9, 0.8 + 0.4 * len(shown)), sharey=True, layout="constrained"
    )
    for ax, values, title in zip(axes, (widths, counts), ("numbers it gives", "parameters")):
        bars = ax.barh(names, values, color="C0" if ax is axes[0] else "C1")
        ax.bar_label(bars, labels=[f"{value:,}" for value in values], padding=3)
        ax.set(title=title, xticks=[], xlim=(0, 1.25 * max(values)))
        ax.spines[["top", "right", "bottom"]].set_visible(False)
    axes[0].invert_yaxis()
    return figure


if __name__ == "__main__":
    plot_layers(build_sequential())
    plt.show()

# %% [markdown]
# ## 4. The same network by the Functional API
#
# A chain cannot split, join, or have two inputs. The *Functional API* can. It goes in four steps:
#
# 1. Make the input: `inputs = keras.Input(shape=(512,))`. It holds no numbers; it stands for those
#    that will come.
# 2. Make a layer and call it on that: `x = layers.Dense(16, ...)(inputs)`. The two pairs of
#    brackets are two steps: the first *makes* the layer, the second *calls* it. What comes back
#    stands for its output.
# 3. Call the next layer on `x`, and so on.
# 4. Tell where the model begins and ends: `keras.Model(inputs=inputs, outputs=outputs)`. Keras
#    finds the layers between by going back from the outputs.
#
# A model may have a name: `keras.Model(..., name="mnist_model")` puts it on top of the summary.
#
# **Task `build_functional`.** Build the network of the last section once more, with the same
# layers, activations and parameters, but by these four steps: without `Sequential`.

# %% build_functional
def build_functional() -> keras.Model:
    """Return 512-16-10-20, made by the Functional API.

    Returns:
        A functional `keras.Model`: input `(batch, 512)`, output `(batch, 20)`, 8,598 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    build_functional().summary()

# %% [markdown]
# ## 5. Layers for pictures
#
# A colour picture is a block of numbers: height, width, and 3 channels (red, green, blue). A
# `Conv2D` layer moves a small window over it. Its `filters` work like units, but each one weighs
# only the numbers under the window, and uses the same weights at every place. So how many
# parameters it has does not depend on the size of the picture. For a window of $k$ by $k$, $c$
# channels coming in and $f$ filters:
#
# $$\text{parameters} = (k \cdot k \cdot c + 1) \cdot f.$$
#
# The output has one channel for each filter, and as many places as the window can take. The
# window stays inside the picture (Keras's default, `padding="valid"`) and moves in steps of $s$,
# its *strides* (1 if you say nothing). Of $n$ pixels that leaves
#
# $$\Bigl\lfloor \frac{n - k}{s} \Bigr\rfloor + 1,$$
#
# rounded down, because a window that would hang over the edge is left out. `MaxPooling2D(3)`
# follows the same formula with $k = s = 3$: it moves a window in steps of its own size, keeps the
# largest number in it, channel by channel, and has nothing to learn.
#
# | layer | output | parameters |
# |---|---|---|
# | input | `(None, 250, 250, 3)` | |
# | `Conv2D`, 32 filters, window 5, strides 2, relu | `(None, 123, 123, 32)` | (5 · 5 · 3 + 1) · 32 = 2,432 |
# | `Conv2D`, 32 filters, window 3, relu | `(None, 121, 121, 32)` | (3 · 3 · 32 + 1) · 32 = 9,248 |
# | `MaxPooling2D`, window 3 | `(None, 40, 40, 32)` | 0 |
#
# Check a line yourself before you build: $\lfloor (250 - 5) / 2 \rfloor + 1 = 122 + 1 = 123$.
#
# **Task `build_conv_stack`.** Build the model of this table and nothing else, by either API. The
# order of the arguments is `layers.Conv2D(filters, kernel_size, strides=..., activation=...)`.

# %% build_conv_stack
def build_conv_stack() -> keras.Model:
    """Return two convolutions and a max pooling.

    Returns:
        A `keras.Model`: input `(batch, 250, 250, 3)` as (batch, height, width, channels), output
        `(batch, 40, 40, 32)`, 11,680 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# Drawn to scale, the block becomes smaller from layer to layer, and deeper: from 3 channels to
# 32. There are fewer places, and more numbers for each of them.

# %%
def plot_sizes(model: keras.Model) -> plt.Figure:
    """Draw the input and each layer's output as blocks, to scale; return the Figure."""
    shapes = [model.input_shape[1:]] + [tuple(layer.output.shape[1:]) for layer in model.layers]
    names = ["input"] + [layer.name for layer in model.layers]
    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    x = 0
    for name, (height, width, channels) in zip(names, shapes):
        back, right = channels, x + width  # one pixel to the side for each channel
        front = [(x, 0), (right, 0), (right, height), (x, height)]
        top = [(x, height), (x + back, height + back), (right + back, height + back), front[2]]
        side = [front[1], (right + back, back), (right + back, height + back), front[2]]
        for corners, colour in ((front, "C0"), (top, "lightblue"), (side, "steelblue")):
            ax.add_patch(plt.Polygon(corners, facecolor=colour, edgecolor="black"))
        ax.text(x, -8, f"{name}\n{height} × {width} × {channels}", va="top")
        x += max(width + back, 130) + 30
    ax.set(xlim=(-5, x), ylim=(-60, 260), aspect="equal")
    ax.axis("off")
    return figure


if __name__ == "__main__":
    conv_stack = build_conv_stack()
    conv_stack.summary()
    plot_sizes(conv_stack)
    plt.show()

# %% [markdown]
# ## 6. Three inputs, two outputs
#
# Now a model that no chain can be. People report faults by *tickets*: a title, a body, and some
# of 12 tags ("printer", "urgent", …). From these the model works out how urgent a ticket is, its
# *priority*, and which of 4 *departments* it belongs to.
#
# **Words.** A text comes as a row of whole numbers, one for each word: its place in a dictionary
# of 10,000 words. Such a number is a name, not an amount. `layers.Embedding(10000, 64)` is a
# table with one row of 64 numbers for each word; it puts the word's row in the place of its
# number. Title and body get a table each, for the same word may matter differently there.
#
# **Texts of any length.** A title has 5 words or 15. So its input is `keras.Input(shape=(None,))`,
# in full `(None, None)`: any number of texts, any number of words. (The texts of one batch must
# have the same length, so shorter ones are filled up. An embedding can mark what was filled up,
# `mask_zero=True`, so that it is passed over; here it does not.) An `LSTM` layer reads the words
# one after the other. From word to word it carries two rows of `units` numbers: a memory, and what
# it shows of that memory. What the layer gives is what it shows after the last word: `units`
# numbers, however long the text was. At each word it computes four things, each from the word's
# $m$ numbers and the $u$ numbers that it showed before: how much of the memory to keep, what could
# be added to it, how much of that to add, and how much of the memory to show. That is four `Dense`
# layers of $u$ units on $m + u$ inputs:
#
# $$\text{parameters} = 4 \cdot \bigl((m + u) \cdot u + u\bigr).$$
#
# **Joining and splitting.** `layers.concatenate([a, b, c])` puts rows side by side: 128 + 32 + 12
# = 172 numbers. Two `Dense` layers are then called on the *same* 172 numbers: that is all it
# takes to have two outputs.
#
# | part | from | layer | output | parameters |
# |---|---|---|---|---|
# | title | | `Input`, name "title" | `(None, None)` | |
# | body | | `Input`, name "body" | `(None, None)` | |
# | tags, 0 or 1 each | | `Input`, name "tags" | `(None, 12)` | |
# | words of the title | title | `Embedding(10000, 64)` | `(None, None, 64)` | 640,000 |
# | words of the body | body | `Embedding(10000, 64)` | `(None, None, 64)` | 640,000 |
# | sense of the title | its words | `LSTM(128)` | `(None, 128)` | 98,816 |
# | sense of the body | its words | `LSTM(32)` | `(None, 32)` | 12,416 |
# | all together | both, and the tags | `concatenate` | `(None, 172)` | |
# | priority | all together | `Dense(1)`, name "priority" | `(None, 1)` | 173 |
# | department | all together | `Dense(4)`, name "department" | `(None, 4)` | 692 |
#
# Both outputs are plain sums, without an activation, so that any number may come out. (Later
# exercises make probabilities, numbers between 0 and 1, of such sums. Here that is not asked.)
#
# **Task `build_ticket_model`.** Build it, with the inputs `[title, body, tags]` and the outputs
# `[priority, department]` in this order, under these names. In which order title, body and tags are
# joined is up to you. There are no layers but those of the table, and what it does not name stays
# as Keras sets it. Together the model has 1,392,097 parameters.

# %% build_ticket_model
def build_ticket_model() -> keras.Model:
    """Return the model of tickets: 3 inputs, 2 outputs.

    Returns:
        A `keras.Model` with the inputs "title" `(batch, words)` and "body" `(batch, words)`, word
        numbers from 0 to 9999 in rows of any length, and "tags" `(batch, 12)`, 0 or 1 each; and
        with the outputs "priority" `(batch, 1)` and "department" `(batch, 4)`, both linear.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# Below is the model as you have built it, drawn from its layers: every arrow is a call. Title and
# body run apart until they meet with the tags, and then both outputs part. If an arrow is missing
# or goes astray, look for the variable that you called the layer on.

# %%
def draw_model(model: keras.Model) -> plt.Figure:
    """Draw the layers of a model as boxes, with an arrow for each call; return the Figure."""
    made_by = {id(layer.output): layer for layer in model.layers}
    sources, depth = {}, {}
    for layer in model.layers:
        taken = layer.input if isinstance(layer.input, list) else [layer.input]
        found = [made_by.get(id(tensor)) for tensor in taken]
        sources[layer] = [one for one in found if one not in (None, layer)]
        depth[layer] = max((depth.get(one, 0) + 1 for one in sources[layer]), default=0)
    ranks = [
        [one for one in model.layers if depth[one] == rank] for rank in sorted({*depth.values()})
    ]
    place = {}
    for rank, row in enumerate(ranks):
        # Below what it is called on; those that would lie on each other stand side by side.
        below = [[place[one][0] for one in sources[layer]] for layer in row]
        centres = [sum(xs) / len(xs) if xs else 0.0 for xs in below]
        for number, (layer, x) in enumerate(zip(row, centres)):
            aside = centres[:number].count(x) - (centres.count(x) - 1) / 2
            place[layer] = (x + 2.4 * aside, -float(rank))
    figure, ax = plt.subplots(figsize=(9, 1.2 * len(ranks)), layout="constrained")
    for layer, (x, y) in place.items():
        text = f"{layer.name}: {type(layer).__name__}\n{tuple(layer.output.shape)}"
        box = {"boxstyle": "round", "facecolor": "aliceblue", "edgecolor": "C0"}
        ax.text(x, y, text, ha="center", va="center", fontsize=9, bbox=box)
        for source in sources[layer]:
            x_from, y_from = place[source]
            arrow = {"arrowstyle": "->", "color": "grey", "zorder": 0}
            ax.annotate("", (x, y + 0.24), (x_from, y_from - 0.24), arrowprops=arrow)
    ax.set(xlim=(-3.6, 3.6), ylim=(0.4 - len(ranks), 0.4))
    ax.axis("off")
    return figure


if __name__ == "__main__":
    ticket_model = build_ticket_model()
    draw_model(ticket_model)
    plt.show()

# %% [markdown]
# And its parameters: almost all of them are the two tables of words. The LSTM layers, which do
# the reading, are small beside them.

# %%
if __name__ == "__main__":
    plot_layers(ticket_model)
    plt.show()
    print(f"together {ticket_model.count_params():,} parameters")
