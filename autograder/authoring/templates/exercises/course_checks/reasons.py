"""What the commonest exceptions mean, in plain words, and what to do about each."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """An exception that students meet.

    Attributes:
        pattern: Matches its type and message, "TypeError: 'NoneType' object ...".
        rule: What holds, in one sentence; `{0}` is the first group of the pattern.
        step: What to do next.
        line: Where given, the student's own line must match it too.
    """

    pattern: str
    rule: str
    step: str
    line: str = ""


KERAS = (
    Reason(
        r"Expected `trainable` to be a boolean|Argument `name` must be a string.*name=<"
        r"|Sequential\.__init__\(\) takes .* positional|'\w+' object is not iterable",
        "`keras.Sequential` takes one list of layers.",
        "Put square brackets around the layers: `keras.Sequential([first, second, ...])`.",
        line=r"Sequential\(\s*(?!\[)",
    ),
    Reason(
        r"missing a required argument: 'inputs'",
        "A layer that is called is called on something.",
        "In a `Sequential` list leave out the second pair of brackets, `Dense(1)`; in a functional "
        "model name what goes in, `Dense(1)(x)`.",
    ),
    Reason(
        r"Only input tensors may be passed as positional arguments"
        r"|All `outputs` values must be KerasTensors",
        "In a functional model layers are called on tensors, and a model ends in a tensor.",
        "Keep what each call gives back, and hand that on: `x = Dense(8)(x)`.",
    ),
    Reason(
        r"expected a positive integer\. Received: units=<KerasTensor",
        "A layer is first made, with its number of units, and then called on a tensor.",
        "Write both pairs of brackets: `Dense(8)(x)`.",
    ),
    Reason(
        r"Only instances of `keras\.Layer` can be added.*Received: (.{0,60}?) \(of type",
        "A `Sequential` list holds layers, each of them made: `keras.layers.Dense(1)`.",
        "Look at the entry that is shown above; a class without brackets is no layer yet.",
    ),
    Reason(
        r"not connected to `inputs`",
        "The path from a model's inputs to its outputs has no gap.",
        "Follow the variables from `keras.Input` on: each layer is called on what the one before "
        "it gave back.",
    ),
    Reason(
        r"Layer\.__init__\(\) takes 1 positional argument but 2 were given",
        "A functional model has inputs and outputs.",
        "Write `keras.Model(inputs, outputs)`.",
        line=r"Model\(",
    ),
    Reason(
        r"Cannot convert '(\d+)' to a shape",
        "A shape is a tuple, also where it has one number only.",
        "Write `shape=({0},)`, with the comma; several numbers go into one pair of brackets.",
    ),
    Reason(
        r"Expected shape \(None, None, [\d, ]+\), but",
        "`keras.Input` is given the shape of one example: the batch is not part of it.",
        "Leave `None` out of `keras.Input(shape=...)`; Keras puts the batch in front by itself.",
    ),
    Reason(
        r"Expected shape \(None, \d+, (\d+)\), but input has incompatible shape \(\d+, \1\)",
        "`keras.Input` is given the shape of one example: the batch is not part of it.",
        "Leave the number of examples out: `keras.Input(shape=({0},))`.",
    ),
    Reason(
        r"inputs shape=\(None, ([13]), (\d\d+), (\d\d+)\)",
        "An image has the shape (height, width, channels): channels come last.",
        "Turn the shape round: `keras.Input(shape=({1}, {2}, {0}))`.",
    ),
    Reason(
        r"Computed output size would be zero or negative",
        "A kernel or a pooling window must fit into the image that reaches it.",
        "Print `model.summary()` without the last layers: each pooling halves height and width.",
    ),
    Reason(
        r"expected min_ndim=4, found ndim=3",
        "A `Conv2D` layer takes images of shape (height, width, channels).",
        "Name the channels as well: `keras.Input(shape=(28, 28, 1))` for grey images of 28 by 28.",
    ),
    Reason(
        r"xpected shape[ =]\(None, ([\d, ]+)\), (?:but input has incompatible shape |found shape=)"
        r"\(\w+, ([\d, ]+)\)",
        "The input has the shape that the model was built for.",
        "The model waits for ({0}) for each example, and is given ({1}): change `keras.Input`, or "
        "reshape the input.",
    ),
    Reason(
        r"expected axis -1 of input shape to have value (\d+), but received input with shape "
        r"(\([^)]*\))",
        "A layer takes as many values for each example as it was built for.",
        "It waits for {0} values, and is given the shape {1}: look at `keras.Input`, and at what "
        "comes before the layer.",
    ),
    Reason(
        r"You must call `compile\(\)` before",
        "A model is compiled before it is trained or evaluated.",
        "Call `model.compile(loss=..., optimizer=...)` in a line above.",
    ),
    Reason(
        r"the layer isn't built|has no defined output shape yet|expecting 0 weights"
        r"|must build the layer before",
        "A model has weights as soon as it knows the shape of its input.",
        "Make `keras.Input(shape=...)` the first entry of the model.",
    ),
    Reason(
        r"missing 1 required positional argument: 'units'",
        "A `Dense` layer is told its number of units.",
        "Write it first: `Dense(1)`, or `Dense(units=1)`.",
    ),
    Reason(
        r"Unrecognized keyword arguments passed to (\w+): \{'(\w+)'",
        "A layer takes the arguments that it knows.",
        "`{0}` has no argument `{1}`: look at its spelling.",
    ),
    Reason(
        r"Could not interpret (activation function|loss|optimizer|metric) identifier: (\S+)",
        "Keras knows an activation, a loss, an optimizer and a metric by its name.",
        "There is no {0} `{1}`: look at the spelling.",
    ),
    Reason(
        r"Argument\(s\) not recognized: \{'lr'",
        "The step of an optimizer is called `learning_rate`.",
        "Write `learning_rate=` in place of `lr=`.",
    ),
    Reason(
        r"(?:fit|compile|evaluate|predict)\(\) got an unexpected keyword argument '(\w+)'",
        "A method takes the arguments that it knows.",
        "There is no `{0}`: is it `{0}s`? Look at the spelling.",
    ),
    Reason(
        r"same rank \(ndim\)\. Received: target\.shape=\(None,\), output\.shape=\(None, \d+\)",
        "Targets have the shape of the model's output.",
        "Make the labels one-hot with `keras.utils.to_categorical`, or use the loss "
        '"sparse_categorical_crossentropy", which takes labels as they are.',
    ),
    Reason(
        r"must have rank \(ndim\) `target\.ndim - 1`",
        "The sparse cross-entropy takes labels, not one-hot rows.",
        'Use the loss "categorical_crossentropy" for one-hot rows.',
    ),
    Reason(
        r"Received a label value of (-?\d+) which is outside",
        "Labels count from 0, and there is an output for each.",
        "The label {0} has none: give the last layer more units, or start the labels at 0.",
    ),
    Reason(
        r"Data cardinality is ambiguous",
        "Inputs and targets have the same number of examples.",
        "Look at how x and y were cut: both at the same place.",
    ),
    Reason(
        r"Unrecognized data type: x=\[",
        "Keras takes NumPy arrays, not lists.",
        "Write `np.array(...)` around the list.",
    ),
    Reason(
        r"KerasTensor is symbolic|KerasTensor cannot be used|symbolic KerasTensor",
        "What `keras.Input` gives stands for numbers that come later: it holds none itself.",
        "Give it to Keras layers only, and compute with NumPy on what `model.predict` returns.",
    ),
    Reason(
        r"No loss to compute",
        "A training needs a loss.",
        "Name it in `model.compile(loss=..., optimizer=...)`.",
    ),
    Reason(
        r"layer should be called on a list|too many positional arguments",
        "A layer that joins several tensors is called on one list of them.",
        "Write `keras.layers.Concatenate()([a, b])`.",
        line=r"Concatenate|Add|Average|Multiply|Maximum",
    ),
    Reason(
        r"filepath extension|must end in `([\w.]+)`|File format not supported",
        "Keras tells a file's format by the end of its name.",
        "End it in `.keras` for a whole model, and in `.weights.h5` for weights alone.",
    ),
    Reason(
        r"weight shape (\([^)]*\)) is not compatible with provided weight shape (\([^)]*\))",
        "Weights are set in the shapes that the model has.",
        "It has {0}, and is given {1}: look at `model.get_weights()`.",
    ),
)

PYTHON = (
    Reason(
        r"(?:too many|not enough) values to unpack \(expected (\d)",
        "`get_weights()` gives a kernel and a bias for each layer, in one list.",
        "Take the list as a whole, `weights = model.get_weights()`, and pick what you need: "
        "`weights[0]`, `weights[1]`.",
        line="get_weights",
    ),
    Reason(
        r"(?:too many|not enough) values to unpack \(expected (\d)",
        "As many names stand left of the `=` as there are values on its right.",
        "There are {0} names: print what stands on the right, and count.",
    ),
    Reason(
        r"'NoneType' object has no attribute '(\w+)'",
        "`None` is nothing, so it has no `{0}`.",
        "See where the value comes from: a function without `return` gives `None`.",
    ),
    Reason(
        r"non-iterable NoneType|'NoneType' object is not|and 'NoneType'|'NoneType' and",
        "`None` is nothing: it cannot be indexed, called, unpacked or added.",
        "See where the value comes from: a function without `return` gives `None`.",
    ),
    Reason(
        r"NameError: name '(np|numpy)' is not defined",
        "A module is imported before it is used.",
        "Put `import numpy as np` back at the top of the file.",
    ),
    Reason(
        r"NameError: name '(\w+)' is not defined",
        "A name is given a value before it is used.",
        "Nothing is called `{0}` here: look at the spelling, or give it a value in a line above.",
    ),
    Reason(
        r"UnboundLocalError: .*variable '(\w+)'",
        "A name that a function assigns is the function's own.",
        "Give `{0}` a value before this line; a name of the file needs another name in here.",
    ),
    Reason(
        r"AttributeError: module '([\w.]+)' has no attribute '(\w+)'",
        "A module has only what is defined in it; capitals count.",
        "`{0}` has no `{1}`: look at the spelling. Classes start with a capital, `Dense`.",
    ),
    Reason(
        r"'list' object has no attribute '(\w+)'",
        "A list is no array: it has no `{0}`.",
        "Write `np.array(...)` around the list first.",
    ),
    Reason(
        r"AttributeError: '(\w+)' object has no attribute '(\w+)'",
        "A `{0}` has no `{1}`.",
        "Print the value to see what it is, and look at the spelling.",
    ),
    Reason(
        r"'module' object is not callable",
        "A module is no function.",
        "Name what you need from it, with a dot: `keras.Sequential(...)`.",
    ),
    Reason(
        r"KeyError: '(val_\w+)'",
        "A history holds validation values if the training had validation data.",
        "Give `fit` a `validation_split` or `validation_data`, or leave `{0}` out.",
    ),
    Reason(
        r"KeyError: (.+)",
        "A dictionary is asked for a key that it has.",
        "There is no {0}: print the dictionary's `keys()`.",
    ),
    Reason(
        r"operands could not be broadcast together with shapes (\S+) (\S+)",
        "Arrays are combined value by value when their shapes agree.",
        "One has the shape {0}, the other {1}: print both, and reshape one of them.",
    ),
    Reason(
        r"not enough coefficients in kernel",
        "Pillow takes a kernel as one row of numbers: its rows, one after the other.",
        "Give it as many as its size asks for, 9 for `(3, 3)`: `kernel.flatten()` makes one row of "
        "an array.",
    ),
    Reason(
        r"not aligned|mismatch in its core dimension",
        "A matrix product needs as many columns on the left as rows on the right.",
        "For a product value by value write `*`; else look at the order, or at `.T`.",
    ),
    Reason(
        r"cannot reshape array of size (\d+) into shape (\S+)",
        "Reshaping keeps the number of values.",
        "{0} values do not fill {1}: print the array's `shape`; `-1` stands for what is left.",
    ),
    Reason(
        r"truth value of an array",
        "`if`, `and`, `or` and `not` take one truth value, not an array of them.",
        "Use `.all()` or `.any()`; between arrays write `&` and `|`, with brackets around each "
        "side.",
    ),
    Reason(
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
        "Places are counted from 0.",
        "There are {2} places, so {2} less 1 is the last: {0} is none of them.",
    ),
    Reason(
        r"too many indices for array: array is (\d)-dimensional",
        "An array has one index for each of its dimensions.",
        "This one has {0}: print its `shape`.",
    ),
    Reason(
        r"IndexError: list index out of range",
        "Places are counted from 0, so the last is the length less 1.",
        "Print the list and its `len` in the line above.",
    ),
    Reason(
        r"IndexError: only integers",
        "A place in an array is a whole number.",
        "Use `int(...)` or `//`, which gives a whole number.",
    ),
    Reason(
        r"only (?:0-dimensional|length-1|size-1) arrays can be converted",
        "`float` and `int` take one number.",
        "Pick one value of the array, or sum it up, before you convert.",
    ),
    Reason(
        r"TypeError: (\w+)\(\) (?:takes|missing) .*positional argument",
        "A function is called with the arguments that its `def` line names.",
        "Compare the call with the `def` line of `{0}`; keep the arguments of the given functions.",
    ),
    Reason(
        r"TypeError: (\w+)\(\) got an unexpected keyword argument '(\w+)'",
        "A function is called with the arguments that its `def` line names.",
        "`{0}` has no argument `{1}`; keep the arguments of the given functions as they were.",
    ),
    Reason(
        r"unsupported operand type|can only concatenate",
        "An operator needs two values of kinds that go together.",
        "Print both sides of the operator, to see what they are.",
    ),
    Reason(
        r"'(\w+)' object is not callable",
        "Round brackets call a function; a {0} is none.",
        "Use square brackets for an index, and look whether a name of yours hides a function.",
    ),
    Reason(
        r"'(\w+)' object is not subscriptable",
        "Square brackets pick a part; a {0} has none to pick.",
        "Print the value in the line above, to see what it is.",
    ),
    Reason(
        r"ZeroDivisionError",
        "Nothing is divided by zero.",
        "See when what you divide by becomes 0, and treat that case for itself.",
    ),
    Reason(
        r"RecursionError",
        "A function that calls itself stops at some point.",
        "Return without another call in the simplest case; a loop is often the shorter way.",
    ),
    Reason(
        r"MemoryError|ArrayMemoryError|ResourceExhausted|Unable to allocate",
        "What your code makes must fit into memory.",
        "Make less at once: look for a list that grows without end, or a size that is too large.",
    ),
    Reason(
        r"`input\(\)` was called|EOFError",
        "A check asks nobody: what a function needs comes in as its arguments.",
        "Take `input()` out, and use the function's arguments.",
    ),
    Reason(
        r"SystemExit|ProcessEnded",
        "A function ends with `return`; `exit()` ends all of Python, and the checks with it.",
        "Take it out, and return your answer.",
    ),
    Reason(
        r"(?:FileNotFoundError|NotADirectoryError|IsADirectoryError|File not found)",
        "A file is opened under the path at which it lies.",
        "Use the path that the function is given; `folder / name` makes a path inside a folder.",
    ),
    Reason(
        r"PermissionError",
        "A file is written where you may write.",
        "Use the path that the function is given; close other programs that hold the file open.",
    ),
    Reason(
        r"TypeError: .*(?:'PosixPath'|'WindowsPath')",
        "A path is no text; the two are joined with `/`.",
        "Write `folder / name`, or `str(path)` where text is needed.",
    ),
)

REASONS = (*KERAS, *PYTHON)


def reason_of(
    message: str, line: str, reasons: tuple[Reason, ...] = REASONS
) -> tuple[str, str] | None:
    """Return the rule that an exception breaks and the next step; None for one that is unknown.

    Args:
        message: Its type and text.
        line: The student's line in which it arose; "" if it arose elsewhere.
        reasons: Those that it may have.
    """
    for reason in reasons:
        match = re.search(reason.pattern, message, re.DOTALL)
        if match and (not reason.line or re.search(reason.line, line)):
            groups = [group or "" for group in match.groups()]
            return reason.rule.format(*groups), reason.step.format(*groups)
    return None
