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
from typing import Literal, Protocol

import numpy as np

from autograder.errors import FrameError, SandboxError
from autograder.guest.protocol import TRAINED, trainings
from autograder.guest.protocol.models import RequestFailed
from autograder.guest.protocol.records import Decoder, MessageError, header_of
from autograder.guest.student.fit_capture import sha256
from autograder.guest.wire import Bounds, ChannelClosed
from autograder.records import Limits
from autograder.sandbox.client import Sandbox
from autograder.store.store import Store
from autograder.training.recipe import Recipe

_LOG = logging.getLogger("autograder")
_KIND = "training"
_LIMITS = Limits(timeout_s=3600.0, cpu_s=4 * 3600, memory_mib=8192, file_mib=64, output_kib=64)
#: A model and its snapshots, twice the size that a student box keeps them to.
_BOUNDS = Bounds(body_bytes=2**30, arrays=200_000)
_POOL_BYTES = 2**30
_KEPT = Decoder(trainings.Trained)

#: Gives the arrays at some places of a recipe; their SHA-256 has been compared.
Supply = Callable[[Sequence[int]], list[np.ndarray]]


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training.

    `outcome` is "trained", or "failed" where Keras could not do what was asked, or "refused" with
    a `message` for the student. `answer`, None unless it was trained, and `arrays` are what
    `guest.student.fit_replay` reads.
    """

    outcome: Literal["trained", "failed", "refused"]
    message: str = ""
    answer: trainings.Trained | None = None
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
        trained = self.known(recipe)
        if trained is None:
            # Before the lock: a box that keeps its arrays back keeps nobody else waiting.
            arrays = self.arrays_of(recipe, supply)
            with self._store.lock(_KIND, recipe.key):  # of several at once, one trains
                trained = self.known(recipe) or self._train(recipe, arrays)
        return trained

    def arrays_of(self, recipe: Recipe, supply: Supply) -> list[np.ndarray]:
        """Return the arrays of a recipe, asking `supply` for those alone that are not held."""
        return self._pool.all_of(recipe, supply)

    def known(self, recipe: Recipe) -> Trained | None:
        """Return what came of a recipe before; None where it is not in the store."""
        entry = self._store.get(_KIND, recipe.key)
        if entry is None:
            return None
        header, arrays = entry
        answer = header["answer"]
        try:
            kept = None if answer is None else _KEPT.decode(answer)
        except MessageError:
            return None  # of another time
        return Trained(header["outcome"], header["message"], kept, arrays)

    def _train(self, recipe: Recipe, arrays: list[np.ndarray]) -> Trained:
        trained = self.train_in_box(recipe, arrays)
        self.keep(recipe, trained)
        return trained

    def keep(self, recipe: Recipe, trained: Trained) -> None:
        """Put what came of a recipe into the store."""
        if trained.outcome != "refused":  # another machine may have the time or the memory
            answer = None if trained.answer is None else header_of(trained.answer)
            header = {"outcome": trained.outcome, "message": trained.message, "answer": answer}
            self._store.put(_KIND, recipe.key, header, trained.arrays)

    def train_in_box(self, recipe: Recipe, arrays: list[np.ndarray]) -> Trained:
        """Return what comes of a recipe when a model box trains it now.

        Args:
            recipe: What to train.
            arrays: The arrays that it names, in the order of its `refs`.

        Raises:
            SandboxError: It could not be trained, by no fault of the recipe.
        """
        box = self._sandbox.open_box("model", _LIMITS, _BOUNDS)
        try:
            box.channel.send(recipe.request, arrays)
            answer, results = box.channel.receive(TRAINED, _LIMITS.timeout_s + 30)
        except TimeoutError:
            return Trained("refused", _too_long())
        except ChannelClosed as error:
            facts = box.close(5.0)
            if facts.why == "memory" or (facts.signal is not None and facts.why == "ended"):
                return Trained("refused", "A training must fit into memory. This one did not.")
            if facts.why == "time":
                return Trained("refused", _too_long())
            raise SandboxError(f"A training ended unexpectedly: {facts}.") from error
        except MessageError as error:  # its code is ours, whatever the model is
            raise SandboxError(f"A model box must answer what it was asked. {error}") from error
        except FrameError as error:
            return Trained("refused", f"A training's result must be of ordinary size. {error}")
        finally:
            box.close()
        if isinstance(answer, RequestFailed):
            return Trained("failed", answer.message[:1000])
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
            arrays = [self._held.get(name) for name in names]
        wanted = [place for place, array in enumerate(arrays) if array is None]
        given = supply(wanted) if wanted else []
        for place, supplied in zip(wanted, given, strict=True):
            arrays[place] = supplied
        with self._lock:
            for name, array in zip(names, arrays, strict=True):
                assert array is not None
                self._held[name] = array
                self._held.move_to_end(name)
            while sum(held.nbytes for held in self._held.values()) > self._most_bytes:
                self._held.popitem(last=False)
        return [array for array in arrays if array is not None]


def check_arrays(recipe: Recipe, places: Sequence[int], arrays: Sequence[np.ndarray]) -> None:
    """Raise a `FrameError` unless the arrays are those that the recipe named."""
    if len(arrays) != len(places):
        raise FrameError("A training must give the arrays that it was asked for.")
    for place, array in zip(places, arrays, strict=True):
        ref = recipe.refs[place]
        given = (array.dtype.str, array.shape, sha256(array))
        if given != (ref.dtype, ref.shape, ref.sha256):
            raise FrameError("A training must give the arrays that it named.")
