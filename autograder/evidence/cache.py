"""Answers of submissions that are kept, so that changed checks judge a class without running it.

They are keyed by all that decides them: the code, the questions and their inputs, the limits, the
walls, and the libraries. Graders are no part of it.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import asdict

from autograder.errors import FrameError
from autograder.evidence.transcript import Transcript, read_again
from autograder.guest.protocol import ANSWERS
from autograder.guest.protocol.records import header_of
from autograder.records import Exercise, Workdir
from autograder.sandbox.client import Sandbox
from autograder.sandbox.provenance import box_circumstances
from autograder.store.store import Store

_KIND = "transcript"


class Answers:
    """What one submission answers to one exercise's questions, in the store or not.

    Args:
        store: Where answers are kept.
        sandbox: Where the submission would be run.
        exercise: Whose tasks are asked, and whose limits hold.
        workdir: The staged cells.
        questions: `digest_of` what the probe drew, and the SHA-256 of the probe's text.
        seed: Set before every call.
        abridged: How its trainings are cut short, if they are.
    """

    def __init__(
        self,
        store: Store,
        sandbox: Sandbox,
        exercise: Exercise,
        workdir: Workdir,
        questions: tuple[str, str],
        seed: int,
        abridged: str = "",
    ) -> None:
        self._store = store
        self._exercise = exercise
        self._isolation = sandbox.isolation
        decisive = {
            "exercise": exercise.slug,
            "tasks": exercise.tasks,
            "limits": asdict(exercise.limits),
            "cells": [asdict(cell) for cell in workdir.cells],
            "modules": workdir.modules,
            "questions": questions,
            "seed": seed,
            "isolation": self._isolation,
            **box_circumstances(sandbox.backend),
            **({"abridged": abridged} if abridged else {}),
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
        try:
            for said, count in zip(header["frames"], header["counts"], strict=True):
                frames.append((ANSWERS.decode(said), arrays[start : start + count]))
                start += count
            trainings = header.get("trainings")  # not kept at first
            devices = header["devices"]
            return read_again(self._exercise, frames, self._isolation, devices, trainings)
        except FrameError:
            return None  # of another time

    def write(self, transcript: Transcript) -> None:
        """Keep answers that would be the same again; a busy machine's are not."""
        if not transcript.repeatable or transcript.isolation is not self._isolation:
            return
        header = {
            "frames": [header_of(message) for message, _ in transcript.frames],
            "counts": [len(arrays) for _, arrays in transcript.frames],
            "devices": list(transcript.devices),
            "trainings": transcript.trainings,
        }
        arrays = [array for _, given in transcript.frames for array in given]
        self._store.put(_KIND, self._key, header, arrays)
