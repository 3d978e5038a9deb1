"""The bounds that a model must keep, and what its layers add up to."""

from __future__ import annotations

import math
from dataclasses import dataclass

from autograder.errors import ModelError
from autograder.models.sizes.made import Made

MAX_PARAMETERS = 50_000_000
#: Of all layers' outputs for one sample.
MAX_NUMBERS = 50_000_000
#: Of recurrent layers, one after the other, for one sample.
MAX_STEPS = 20_000
#: Calls of layers; one layer may be called several times.
MAX_CALLS = 2_000
#: What a size counts for that is known only once there are data: words, rows, columns.
UNKNOWN = 256


@dataclass(slots=True)
class Sums:
    """What the layers that were called so far add up to."""

    parameters: int = 0
    numbers: int = 0
    steps: int = 0
    calls: int = 0

    def add(self, class_name: str, made: Made, *, first: bool) -> None:
        self.calls += 1
        self.parameters += made.weights if first else 0
        held = made.meanwhile + sum(
            math.prod(UNKNOWN if size is None else size for size in shape[1:])
            for shape in made.outputs
        )
        self.numbers += held
        self.steps += made.steps
        _bound(
            self.parameters,
            MAX_PARAMETERS,
            "A model here may hold {:,} parameters",
            f"with those of {class_name}",
            "Use fewer units, filters or words.",
        )
        _bound(
            self.numbers,
            MAX_NUMBERS,
            "The outputs of a model's layers for one sample may add up to {:,} numbers",
            f"with those of {class_name}",
            "Use smaller sizes, or fewer layers.",
        )
        _bound(
            self.steps,
            MAX_STEPS,
            "A model's recurrent layers may take {:,} steps",
            f"with those of {class_name}",
            "Use shorter sequences, and leave out unroll.",
        )
        _bound(
            self.calls,
            MAX_CALLS,
            "A model's layers may be called {:,} times",
            "",
            "Use fewer layers.",
        )


def _bound(received: int, limit: int, rule: str, where: str, step: str) -> None:
    if received > limit:
        shown = f"{received:,}" if received < 10**18 else "over 10^18"
        raise ModelError(f"{rule.format(limit)}. Received: {shown} {where}".rstrip() + f". {step}")
