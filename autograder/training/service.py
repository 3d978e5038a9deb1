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
from autograder.guest.wire import ChannelClosed
from autograder.sandbox.box import Box
from autograder.sandbox.client import Sandbox
from autograder.store.store import Store
from autograder.training.boxes import LIMITS, TrainingBoxes
from autograder.training.recipe import Recipe

_LOG = logging.getLogger("autograder")
_KIND = "training"
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
    """Trains recipes in boxes of `sandbox`, each once, and remembers them in `store`.

    Args:
        sandbox: Where models are trained.
        store: Where it is remembered what came of a recipe.
        shared: Small trainings may share a box. Only where all submissions are one person's.
    """

    def __init__(self, sandbox: Sandbox, store: Store, *, shared: bool = False) -> None:
        self._boxes = TrainingBoxes(sandbox, shared=shared)
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
        return known_in(self._store, recipe)

    def _train(self, recipe: Recipe, arrays: list[np.ndarray]) -> Trained:
        trained = self.train_in_box(recipe, arrays)
        self.keep(recipe, trained)
        return trained

    def keep(self, recipe: Recipe, trained: Trained) -> None:
        """Put what came of a recipe into the store."""
        keep_in(self._store, recipe, trained)

    def train_in_box(self, recipe: Recipe, arrays: list[np.ndarray]) -> Trained:
        """Return what comes of a recipe when a model box trains it now.

        Args:
            recipe: What to train.
            arrays: The arrays that it names, in the order of its `refs`.

        Raises:
            SandboxError: It could not be trained, by no fault of the recipe.
        """
        try:
            return self._trained_in_box(recipe, arrays)
        except _EndedError as ended:
            return Trained("refused", str(ended))

    def _trained_in_box(self, recipe: Recipe, arrays: list[np.ndarray]) -> Trained:
        reused = False
        try:
            with self._boxes.box(recipe) as (box, reused):
                return _trained_by(box, recipe, arrays)
        except (_EndedError, SandboxError):
            if not reused:
                raise
        # What came before it may have used up the box.
        with self._boxes.box(recipe, fresh=True) as (box, _):
            return _trained_by(box, recipe, arrays)

    def close(self) -> None:
        """End the boxes that are kept for further trainings."""
        self._boxes.close()


def known_in(store: Store, recipe: Recipe) -> Trained | None:
    """Return what came of a recipe before; None where it is not in the store."""
    entry = store.get(_KIND, recipe.key)
    if entry is None:
        return None
    header, arrays = entry
    answer = header["answer"]
    try:
        kept = None if answer is None else _KEPT.decode(answer)
    except MessageError:
        return None  # of another time
    return Trained(header["outcome"], header["message"], kept, arrays)


def keep_in(store: Store, recipe: Recipe, trained: Trained) -> None:
    """Put what came of a recipe into a store."""
    if trained.outcome != "refused":  # another machine may have the time or the memory
        answer = None if trained.answer is None else header_of(trained.answer)
        header = {"outcome": trained.outcome, "message": trained.message, "answer": answer}
        store.put(_KIND, recipe.key, header, trained.arrays)


class _EndedError(Exception):
    """A training is refused, with a message for the student, and its box of no further use."""


def _trained_by(box: Box, recipe: Recipe, arrays: list[np.ndarray]) -> Trained:
    try:
        box.channel.send(recipe.request, arrays)
        answer, results = box.channel.receive(TRAINED, LIMITS.timeout_s + 30)
    except TimeoutError as error:
        raise _EndedError(_too_long()) from error
    except ChannelClosed as error:
        facts = box.close(5.0)
        if facts.why == "memory" or (facts.signal is not None and facts.why == "ended"):
            raise _EndedError("A training must fit into memory. This one did not.") from error
        if facts.why == "time":
            raise _EndedError(_too_long()) from error
        raise SandboxError(f"A training ended unexpectedly: {facts}.") from error
    except MessageError as error:  # its code is ours, whatever the model is
        raise SandboxError(f"A model box must answer what it was asked. {error}") from error
    except FrameError as error:
        raise _EndedError(f"A training's result must be of ordinary size. {error}") from error
    if isinstance(answer, RequestFailed):
        return Trained("failed", answer.message[:1000])
    return Trained("trained", "", answer, results)


def _too_long() -> str:
    return f"A training must end within {LIMITS.timeout_s:.0f} s. This one did not."


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
