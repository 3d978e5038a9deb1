"""Answers of submissions that are kept, so that changed checks judge a class without running it.

They are keyed by all that decides them: the code, the questions and their inputs, the limits, the
walls, and the libraries. Graders are no part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any

import numpy as np

from autograder.boxes.encode import encode
from autograder.errors import FrameError
from autograder.records import Exercise, Workdir
from autograder.sandbox.zygote import Sandbox
from autograder.store import Store
from autograder.transcript import Transcript, listen_again
from autograder.versions import box_circumstances

_FORMAT = 1
_KIND = "transcript"


def digest_of(inputs: Mapping[str, Any]) -> str:
    """Return a SHA-256 of what a probe drew."""
    arrays: list[np.ndarray] = []
    tagged = encode(dict(inputs), arrays)
    digest = hashlib.sha256(json.dumps(tagged, sort_keys=True).encode())
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


class Answers:
    """What one submission answers to one exercise's questions, in the store or not.

    Args:
        store: Where answers are kept.
        sandbox: Where the submission would be run.
        exercise: Whose tasks are asked, and whose limits hold.
        workdir: The staged cells.
        inputs_digest: `digest_of` what the probe drew.
        seed: Set before every call.
    """

    def __init__(
        self,
        store: Store,
        sandbox: Sandbox,
        exercise: Exercise,
        workdir: Workdir,
        inputs_digest: str,
        seed: int,
    ) -> None:
        self._store = store
        self._exercise = exercise
        self._isolation = sandbox.isolation
        decisive = {
            "format": _FORMAT,
            "exercise": exercise.slug,
            "tasks": exercise.tasks,
            "limits": asdict(exercise.limits),
            "cells": [asdict(cell) for cell in workdir.cells],
            "inputs": inputs_digest,
            "seed": seed,
            "isolation": self._isolation,
            **box_circumstances(sandbox.backend),
        }
        self._key = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    def lock(self) -> AbstractContextManager[None]:
        """Keep others from running the same submission meanwhile."""
        return self._store.lock(_KIND, self._key)

    def read(self) -> Transcript | None:
        """Return the kept answers; None where there are none, or none that can be read."""
        entry = self._store.get(_KIND, self._key)
        if entry is None:
            return None
        header, arrays = entry
        frames, start = [], 0
        for told, count in zip(header["frames"], header["counts"], strict=True):
            frames.append((told, arrays[start : start + count]))
            start += count
        try:
            return listen_again(self._exercise, frames, self._isolation, header["devices"])
        except FrameError:
            return None  # of another time

    def write(self, said: Transcript) -> None:
        """Keep answers that would be the same again; a busy machine's are not."""
        if not said.repeatable or said.isolation is not self._isolation:
            return
        header = {
            "frames": [told for told, _ in said.frames],
            "counts": [len(arrays) for _, arrays in said.frames],
            "devices": list(said.devices),
        }
        arrays = [array for _, given in said.frames for array in given]
        self._store.put(_KIND, self._key, header, arrays)
