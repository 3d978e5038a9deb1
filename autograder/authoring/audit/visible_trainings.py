"""Trainings that visible checks ask for, each once for all files of an exercise.

Hundreds of files that differ in one line train the same networks. A call of `fit` that a recipe can
describe is trained by a process that goes on from file to file, as a model box trains for student
boxes, and what came of it is kept in the store. Every other call, and every one that fails there,
is left to Keras.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path

import numpy as np

from autograder.errors import FrameError, ModelError
from autograder.guest.model import worker
from autograder.guest.protocol import TRAINED, trainings, walls
from autograder.guest.student import fit_capture, fit_hook
from autograder.guest.wire import FROM_BOX, Channel
from autograder.sandbox.provenance import training_circumstances
from autograder.store.store import Store
from autograder.training.recipe import Recipe, read_recipe
from autograder.training.service import Trained, keep_in, known_in

#: Every training draws from it, so that it does not matter which file comes first.
_SEED = 1
_WITHOUT = walls.Limits(0.0, 0.0, 0, 0, 0, 0, 0)
_POLL_S = 1.0


class TrainingProcess:
    """A process, forked from this one, that trains for one file after the other.

    Args:
        path: Where it listens.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)
        sys.stdout.flush()
        started_by = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            _serve(listener, started_by)
        listener.close()

    def end(self) -> None:
        """End it, whatever it is at."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def _serve(listener: socket.socket, started_by: int) -> None:
    """Serve one file after the other, as long as who started this is there."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        listener.settimeout(_POLL_S)
        while os.getppid() == started_by:
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                connection.setblocking(True)
                with connection, suppress(FrameError):
                    worker.serve(connection, _WITHOUT)
    except BaseException:  # noqa: BLE001 - files then train by themselves
        traceback.print_exc()
    finally:
        os._exit(0)


def train_by(path: Path, store: Store) -> None:
    """Have every later `fit` of this process trained by the process that listens at `path`.

    Args:
        path: Where it listens. If nobody does, nothing changes.
        store: Where it is kept what comes of trainings.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        return
    fit_hook.install(_Trainer(Channel(connection, FROM_BOX), store).train)


def _circumstances() -> dict[str, str]:
    """Return what decides a training made here: outside of any box, so that no mark rests on it."""
    return {**training_circumstances("tensorflow"), "for": "visible checks"}


class _Trainer:
    """The other end of a training process."""

    def __init__(self, channel: Channel, store: Store) -> None:
        self._channel = channel
        self._store = store

    def train(self, asked: fit_capture.Recipe) -> tuple[trainings.Trained, list[np.ndarray]] | None:
        """Return what comes of a recipe; None where the file is to train by itself."""
        assert asked.request is not None
        try:
            recipe = read_recipe(asked.request, _SEED, _circumstances())
            trained = known_in(self._store, recipe) or self._trained(recipe, asked.arrays)
        except (ModelError, FrameError, ValueError):
            return None  # Keras says best what is wrong
        return None if trained.answer is None else (trained.answer, trained.arrays)

    def _trained(self, recipe: Recipe, arrays: list[np.ndarray]) -> Trained:
        self._channel.send(recipe.request, arrays)
        answer, results = self._channel.receive(TRAINED)
        if not isinstance(answer, trainings.Trained):
            return Trained("failed", answer.message)
        trained = Trained("trained", "", answer, results)
        keep_in(self._store, recipe, trained)
        return trained
