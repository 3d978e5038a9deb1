"""Hidden inputs of many seeds, and answers to them that were worked out here, judged by graders."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from repository import COURSE

from autograder.datasets import registry
from autograder.errors import NoEvidence
from autograder.evidence.evidence import Evidence
from autograder.evidence.frames import Answer
from autograder.evidence.transcript import Transcript
from autograder.judging.checks import CheckFailed

MANY, SOME, FEW = 200, 40, 3
Judge = Callable[[Evidence], None]


@cache
def data_of(slug: str) -> Mapping[str, Any]:
    """Return the samples of the data sets that an exercise names."""
    names = COURSE.exercise(slug).data
    return {name: registry.load(name, "sample", course=COURSE) for name in names}


def draws(slug: str, count: int = MANY) -> Iterator[dict[str, Any]]:
    """Yield the inputs of `count` seeds."""
    probe = COURSE.folder(slug).probe()
    for seed in range(count):
        entropy = hashlib.sha256(f"seed {seed}{slug}".encode()).digest()
        yield probe.draw(np.random.default_rng(list(entropy)), data_of(slug))


def passes(judge: Judge, inputs: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    """Say whether a hidden check takes these answers as right."""
    told = {key: Answer(key, key.split(".")[0], "returned", one) for key, one in answers.items()}
    try:
        judge(Evidence(Transcript(told), None, inputs, {}))
    except (CheckFailed, NoEvidence):
        return False
    return True


def wrong_seeds(slug: str, holds: Callable[[dict[str, Any]], bool], count: int = MANY) -> list[int]:
    """Return the seeds for whose inputs something does not hold."""
    return [seed for seed, inputs in enumerate(draws(slug, count)) if not holds(inputs)]
