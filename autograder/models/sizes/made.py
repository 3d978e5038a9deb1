"""What a layer makes of its inputs, and how its config is read: strictly, for a student sent it.

Whatever Keras would not write is refused by a LookupError, TypeError or ValueError, which
`autograder.models.sizes.models` turns into a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Sizes, the batch first; None where a size is known only once there are data.
Shape = tuple[int | None, ...]
Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """What a layer makes.

    Attributes:
        outputs: The shapes of its outputs.
        weights: How many numbers its weights have.
        meanwhile: How many numbers it holds for one sample besides its outputs.
        steps: How many steps it takes one after the other.
    """

    outputs: tuple[Shape, ...]
    weights: int = 0
    meanwhile: int = 0
    steps: int = 0


Rule = Callable[[Config, Sequence[Shape]], Made]


def known(size: int | None) -> int:
    """Return a size that weights depend on."""
    if size is None:
        raise ValueError("a layer whose weights depend on a size that is not known")
    return size


def count(sizes: Iterable[int | None]) -> int:
    """Return how many numbers an array of known sizes has."""
    return math.prod(known(size) for size in sizes)


def least(sizes: Iterable[int | None]) -> int:
    """Return how many numbers an array has at least, where sizes may be unknown."""
    return math.prod(size or 1 for size in sizes)


def whole(config: Config, key: str, default: int | None = None) -> int:
    """Return a whole number of a config."""
    value = config.get(key, default)
    if type(value) is not int or value < 0:
        raise ValueError(f"no number of {key}")
    return value


def several(config: Config, key: str, length: int, default: object = None) -> list[int]:
    """Return `length` whole numbers of a config, which may be written as one."""
    value = config.get(key)
    value = default if value is None else value
    numbers = [value] * length if type(value) is int else value
    if not isinstance(numbers, list) or len(numbers) != length:
        raise ValueError(f"no numbers of {key}")
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError(f"no numbers of {key}")
    return numbers


def axis_of(value: object, shape: Shape) -> int:
    """Return an axis, counted from the front."""
    if type(value) is not int or not -len(shape) <= value < len(shape):
        raise ValueError("no axis")
    return value % len(shape)


def has(config: Config, key: str) -> bool:
    """Say whether a config leaves something switched on that is on by default."""
    return config.get(key, True) is not False


def adapted(config: Config, sizes: int) -> int:
    """Return how many numbers Keras's LoRA adds to a layer's weights: a narrow way around them."""
    rank = config.get("lora_rank")
    return 0 if rank is None else whole(config, "lora_rank") * sizes
