"""The public API of graders and oracles: everything that a hidden check is written with.

A hidden folder's files import from here and from nothing deeper; what is exported stays.
"""

from autograder.errors import NoEvidence
from autograder.evidence.evidence import Evidence, describe, numbers_of
from autograder.judging.checks import (
    CheckFailed,
    array,
    check,
    claim,
    close,
    either,
    equal,
    number,
)
from autograder.judging.claims import classification, curves, figures, panels, training
from autograder.judging.claims.arguments import unchanged
from autograder.judging.claims.computing import computes
from autograder.judging.claims.layers import (
    compiled,
    configured,
    core_layers,
    layers,
    params,
    show_layers,
)
from autograder.judging.exhibits import compare, compare_lines, show_rows
from autograder.judging.thresholds import Metric, reaches_threshold
from autograder.models.model import Layer, Model
from autograder.records import Check, Status
from autograder.text import in_terms, plain_number
from autograder.values import (
    Axes,
    Figure,
    Grid,
    History,
    LegendEntry,
    ModelData,
    Opaque,
    Picture,
)

__all__ = [
    "Axes",
    "Check",
    "CheckFailed",
    "Evidence",
    "Figure",
    "Grid",
    "History",
    "Layer",
    "LegendEntry",
    "Metric",
    "Model",
    "ModelData",
    "NoEvidence",
    "Opaque",
    "Picture",
    "Status",
    "array",
    "check",
    "claim",
    "classification",
    "close",
    "compare",
    "compare_lines",
    "compiled",
    "computes",
    "configured",
    "core_layers",
    "curves",
    "describe",
    "either",
    "equal",
    "figures",
    "in_terms",
    "layers",
    "number",
    "numbers_of",
    "panels",
    "params",
    "plain_number",
    "reaches_threshold",
    "show_layers",
    "show_rows",
    "training",
    "unchanged",
]
