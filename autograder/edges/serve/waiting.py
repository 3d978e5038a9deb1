"""Tells students why their submission waits, and its place; not all at once, nor each second."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from autograder.edges.serve.claims import Claims
from autograder.edges.serve.journal import Journal, Key
from autograder.edges.serve.notices import REPLACED, release_notice, sentence
from autograder.edges.serve.policy import Decision, Policy, State, Wait
from autograder.edges.serve.steps import StepFailed, Steps

#: Who is graded within this time needs no notice.
FIRST_S = 4.0
AGAIN_S = 20.0
MOST_AT_ONCE = 5


class Waiting:
    """What was told to whom.

    Args:
        steps: nbgrader's.
        journal: What was done.
        claims: Which submissions another instance works on.
        log: Where it is said if it cannot be told.
    """

    def __init__(self, steps: Steps, journal: Journal, claims: Claims, log: logging.Logger) -> None:
        self._steps, self._journal, self._claims, self._log = steps, journal, claims, log
        self._policy: Policy = steps.settings.policy
        self._since: dict[str, float] = {}
        self._told: dict[str, tuple[Key, str, float]] = {}

    def tell(
        self,
        queue: Sequence[tuple[Key, Decision]],
        replaced: set[str],
        *,
        all_now: bool = False,
    ) -> None:
        """Release notices where they are due.

        Args:
            queue: What is to be done, in its order.
            replaced: What will not be graded, for something newer has come.
            all_now: Whether nobody will be told later.
        """
        now, place, told = time.monotonic(), 0, 0
        for key, decision in queue:
            for name, wait in decision.waits.items():
                place += wait is Wait.QUEUE
                since = self._since.setdefault(name, now)
                first = 0.0 if wait is not Wait.QUEUE or all_now else FIRST_S
                text = sentence(wait, self._policy, place)
                old = self._told.get(name)
                if now - since < first or (old and old[1] == text):
                    continue
                if old and wait is Wait.QUEUE and now - old[2] < AGAIN_S:
                    continue
                if told < MOST_AT_ONCE or all_now:
                    told += 1
                    self._release(key, name, text)
        for name in replaced & self._told.keys():
            key, text, _ = self._told[name]
            if text != REPLACED:
                self._release(key, name, REPLACED)

    def _release(self, key: Key, name: str, text: str) -> None:
        """Release a notice, unless feedback is there or in work: it must not replace that."""
        claim = self._claims.take(key)
        if claim is None:
            return
        try:
            entries = self._journal.entries(key).get(key, [])
            states = {entry.name: entry.state for entry in entries}
            if states.get(name) in (State.NEW, State.FAILED):
                self._write(key, name, text)
        finally:
            self._claims.give_back(claim)

    def _write(self, key: Key, name: str, text: str) -> None:
        self._told[name] = (key, text, time.monotonic())
        try:
            release_notice(self._steps, key, name, text)
        except StepFailed as error:
            self._log.warning("%s was not told that it waits: %s", name, error)
