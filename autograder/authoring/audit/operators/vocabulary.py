"""The words of the field that operators know: no course's own, and none that are imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

ACTIVATIONS = ("relu", "sigmoid", "softmax", "tanh", "linear", "leaky_relu")
LOSSES = (
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "binary_crossentropy",
    "mse",
    "mae",
)
_DTYPES = ("float32", "uint8", "float16", "int32", "float64")
_COLOUR_MAPS = ("gray", "viridis", "gray_r", "Blues", "coolwarm", "RdBu")
#: What may stand for what, by the keyword that it is given as.
BY_KEYWORD: Mapping[str, Sequence[str]] = {
    "activation": ACTIVATIONS,
    "recurrent_activation": ACTIVATIONS,
    "cmap": _COLOUR_MAPS,
    "dtype": _DTYPES,
    "loss": LOSSES,
    "metrics": ("accuracy", "mae", "top_k_categorical_accuracy"),
    "monitor": ("val_loss", "loss", "val_accuracy", "accuracy"),
    "optimizer": ("sgd", "adam", "rmsprop"),
    "padding": ("valid", "same"),
}
#: Words that tell by themselves what they are.
BY_WORD: Sequence[Sequence[str]] = (ACTIVATIONS, LOSSES, _DTYPES, ("valid", "same"))
#: Keywords about looks and talk alone, which no task's text asks about.
COSMETIC = frozenset(
    """
    alpha arrowprops bbox color dpi ec edgecolor facecolor fc figsize fontsize ha layout
    horizontalalignment linespacing linestyle linewidth ls lw marker markersize pad rotation s
    shrink va verbose verticalalignment zorder
    """.split()
)
#: Methods that only change looks.
COSMETIC_CALLS = frozenset("axis colorbar grid set_axis_off tight_layout tick_params".split())
#: Calls that change nothing when they are made twice.
IDEMPOTENT = frozenset(
    """
    Flatten compile fill_diagonal imshow legend load_weights save save_weights set set_title
    set_xlabel set_xlim set_xticks set_ylabel set_ylim set_yticks text annotate
    """.split()
)
#: Methods whose calls do something else in another order.
ORDERED = frozenset("add append extend insert write".split())
#: Keywords whose lists have no order that matters.
UNORDERED = frozenset("callbacks metrics".split())
#: A function's name, and those that beginners take for it.
FUNCTIONS: Mapping[str, Sequence[str]] = {
    "max": ("min", "mean"),
    "min": ("max",),
    "argmax": ("argmin",),
    "argmin": ("argmax",),
    "sum": ("mean", "max"),
    "mean": ("sum", "median"),
    "median": ("mean",),
    "std": ("var",),
    "var": ("std",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "uniform": ("normal",),
    "normal": ("uniform",),
    "round": ("floor", "ceil"),
    "floor": ("ceil", "round"),
    "ceil": ("floor", "round"),
    "any": ("all",),
    "all": ("any",),
    "abs": ("square",),
    "hypot": ("add",),
    "vstack": ("hstack",),
    "hstack": ("vstack",),
    "column_stack": ("vstack",),
    "sin": ("cos",),
    "cos": ("sin",),
    "log": ("log10", "log2"),
    "exp": ("expm1",),
    "sqrt": ("square",),
    "plot": ("scatter",),
    "scatter": ("plot",),
    "axhline": ("axvline",),
    "axvline": ("axhline",),
    "set_xlabel": ("set_ylabel",),
    "set_ylabel": ("set_xlabel",),
    "set_xticks": ("set_yticks",),
    "set_yticks": ("set_xticks",),
    "set_xlim": ("set_ylim",),
    "set_ylim": ("set_xlim",),
    "SGD": ("Adam",),
    "Adam": ("SGD",),
    "Conv2D": ("SeparableConv2D",),
    "MaxPooling1D": ("AveragePooling1D",),
    "MaxPooling2D": ("AveragePooling2D",),
    "AveragePooling2D": ("MaxPooling2D",),
    "GlobalAveragePooling2D": ("GlobalMaxPooling2D",),
    "LSTM": ("GRU", "SimpleRNN"),
    "GRU": ("LSTM",),
    "SimpleRNN": ("LSTM",),
    "save_weights": ("save",),
}
_CONV = (
    ("use_bias", "False"),
    ("strides", "2"),
    ("padding", '"same"'),
    ("dilation_rate", "2"),
    ("kernel_size", "1"),
)
_POOL = (("pool_size", "2"), ("strides", "1"), ("padding", '"same"'))
_RECURRENT = (
    ("use_bias", "False"),
    ("recurrent_activation", '"tanh"'),
    ("activation", '"relu"'),
    ("go_backwards", "True"),
    ("return_sequences", "True"),
    ("dropout", "0.5"),
)
#: What a layer's keyword is changed to, or given as, by its class.
LAYER_KEYWORDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "Dense": (("use_bias", "False"), ("activation", '"tanh"')),
    "Conv1D": _CONV,
    "Conv2D": _CONV,
    "Conv3D": _CONV,
    "MaxPooling1D": _POOL,
    "MaxPooling2D": _POOL,
    "AveragePooling1D": _POOL,
    "AveragePooling2D": _POOL,
    "LSTM": _RECURRENT,
    "GRU": _RECURRENT,
    "SimpleRNN": _RECURRENT,
    "Embedding": (("mask_zero", "True"),),
    "Dropout": (("rate", "0.9"),),
    "BatchNormalization": (("center", "False"), ("scale", "False")),
}
LAYERS = frozenset(
    (*LAYER_KEYWORDS, "Activation", "ReLU", "Softmax", "LeakyReLU", "Flatten", "Reshape")
) | frozenset(
    """
    Add Concatenate Conv2DTranspose DepthwiseConv2D GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalMaxPooling1D GlobalMaxPooling2D LayerNormalization Permute Rescaling SeparableConv2D
    SpatialDropout2D TimeDistributed UpSampling2D ZeroPadding2D concatenate
    """.split()
)
