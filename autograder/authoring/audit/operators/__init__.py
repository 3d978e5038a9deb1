"""Small edits of an answer, each of which a good check notices: one list, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from autograder.authoring.audit.operators import arguments, arrays, flow, layers, plots, values
from autograder.authoring.audit.source import Edit, Place

Operator = Callable[[Place], Iterator[Sequence[Edit]]]

#: The operators by the name that a mutant's identity bears. An edit may be wrong Python or change
#: nothing: whoever takes it looks.
OPERATORS: Mapping[str, Operator] = {
    **values.OPERATORS,
    **flow.OPERATORS,
    **arguments.OPERATORS,
    **arrays.OPERATORS,
    **layers.OPERATORS,
    **plots.OPERATORS,
}
