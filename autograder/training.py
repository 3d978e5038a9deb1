"""Training as a service: a recipe is trained once, wherever it comes from, and remembered.

A class of two hundred that was asked for the same network and training trains it once; each
submission with the same recipe gets the same weights, so nobody fails by the luck of a seed.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from autograder.boxes.recipes import sha256
from autograder.errors import FrameError, SandboxError
from autograder.recipe import Recipe
from autograder.records import Limits
from autograder.sandbox.zygote import Sandbox
from autograder.store import Store
from autograder.wire import Bounds, ChannelClosed

_LOG = logging.getLogger("autograder")
_KIND = "training"
_LIMITS = Limits(timeout_s=3600.0, cpu_s=4 * 3600, memory_mib=8192, file_mib=64, output_kib=64)
#: A model and its snapshots, twice the size that a student box keeps them to.
_BOUNDS = Bounds(body_bytes=2**30, arrays=200_000)
_POOL_BYTES = 2**30

#: Gives the arrays at some places of a recipe; their SHA-256 has been compared.
Supply = Callable[[Sequence[int]], list[np.ndarray]]


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training.

    `outcome` is "trained", or "failed" where Keras could not do what was asked, or "refused" with
    a `message` for the student. `answer` and `arrays` are what `boxes.replay` reads.
    """

    outcome: str
    message: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    arrays: list[np.ndarray] = field(default_factory=list)


class Trainer(Protocol):
    """Trains recipes: here, or on a cluster."""

    def train(self, recipe: Recipe, supply: Supply) -> Trained:
        """Return what came of a recipe; `supply` is asked only for what is not known yet."""
        ...


class TrainingService:
    """Trains recipes in boxes of `sandbox`, each once, and remembers them in `store`."""

    def __init__(self, sandbox: Sandbox, store: Store) -> None:
        self._sandbox = sandbox
        self._store = store
        self._pool = _Pool(_POOL_BYTES)

    def train(self, recipe: Recipe, supply: Supply) -> Trained:
        """Return what came of a recipe, from the store or from a training now.

        Raises:
            SandboxError: It could not be trained, by no fault of the recipe.
        """
        found = self.known(recipe)
        if found is None:
            # Before the lock: a box that keeps its arrays back keeps nobody else waiting.
            arrays = self.arrays_of(recipe, supply)
            with self._store.lock(_KIND, recipe.key):  # of several at once, one trains
                found = self.known(recipe) or self._train(recipe, arrays)
        return found

    def arrays_of(self, recipe: Recipe, supply: Supply) -> list[np.ndarray]:
        """Return the arrays of a recipe, asking `supply` for those alone that are not held."""
        return self._pool.all_of(recipe, supply)

    def known(self, recipe: Recipe) -> Trained | None:
        """Return what came of a recipe before; None where it is not in the store."""
        entry = self._store.get(_KIND, recipe.key)
        if entry is None:
            return None
        header, arrays = entry
        outcome, message = header.pop("outcome"), header.pop("message")
        return Trained(outcome, message, header, arrays)

    def _train(self, recipe: Recipe, arrays: list[np.ndarray]) -> Trained:
        trained = self._run(recipe, arrays)
        self.keep(recipe, trained)
        return trained

    def keep(self, recipe: Recipe, trained: Trained) -> None:
        """Put what came of a recipe into the store."""
        if trained.outcome != "refused":  # another machine may have the time or the memory
            header = {**trained.answer, "outcome": trained.outcome, "message": trained.message}
            self._store.put(_KIND, recipe.key, header, trained.arrays)

    def _run(self, recipe: Recipe, arrays: list[np.ndarray]) -> Trained:
        box = self._sandbox.open_box("model", _LIMITS, _BOUNDS)
        try:
            box.channel.send({"kind": "train", **recipe.request}, arrays)
            answer, results = box.channel.receive(_LIMITS.timeout_s + 30)
        except TimeoutError:
            return Trained("refused", _too_long())
        except ChannelClosed as error:
            facts = box.close(5.0)
            if facts.why == "memory" or (facts.signal is not None and facts.why == "ended"):
                return Trained("refused", "A training must fit into memory. This one did not.")
            if facts.why == "time":
                return Trained("refused", _too_long())
            raise SandboxError(f"A training ended unexpectedly: {facts}.") from error
        except FrameError as error:
            return Trained("refused", f"A training's result must be of ordinary size. {error}")
        finally:
            box.close()
        if answer.pop("kind") == "error":
            return Trained("failed", str(answer.get("message"))[:1000])
        return Trained("trained", "", answer, results)


def _too_long() -> str:
    return f"A training must end within {_LIMITS.timeout_s:.0f} s. This one did not."


class _Pool:
    """Arrays by their SHA-256, so that what a whole class trains on crosses once."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held: OrderedDict[tuple[str, str, tuple[int, ...]], np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def all_of(self, recipe: Recipe, supply: Supply) -> list[np.ndarray]:
        """Return the arrays of a recipe, asking for those alone that are not held."""
        names = [(ref.sha256, ref.dtype, ref.shape) for ref in recipe.refs]
        with self._lock:
            found = [self._held.get(name) for name in names]
        wanted = [place for place, array in enumerate(found) if array is None]
        given = supply(wanted) if wanted else []
        for place, one in zip(wanted, given, strict=True):
            found[place] = one
        with self._lock:
            for name, array in zip(names, found, strict=True):
                assert array is not None
                self._held[name] = array
                self._held.move_to_end(name)
            while sum(one.nbytes for one in self._held.values()) > self._most_bytes:
                self._held.popitem(last=False)
        return [array for array in found if array is not None]


def check_arrays(recipe: Recipe, places: Sequence[int], arrays: Sequence[np.ndarray]) -> None:
    """Raise a `FrameError` unless the arrays are those that the recipe named."""
    if len(arrays) != len(places):
        raise FrameError("A training must give the arrays that it was asked for.")
    for place, array in zip(places, arrays, strict=True):
        ref = recipe.refs[place]
        told = (array.dtype.str, array.shape, sha256(array))
        if told != (ref.dtype, ref.shape, ref.sha256):
            raise FrameError("A training must give the arrays that it named.")
