"""Runs all selected attacks once, against the real grader and against the naive one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from quarantine import seatbelt
from quarantine.boundary import Boundary, Outcome
from quarantine.controls import Controls, controls
from quarantine.files import Attack, outcomes
from quarantine.looking import Naive

from autograder.records import Isolation
from autograder.sandbox import bwrap

collect_ignore = ["attacks"]  # nothing in there may be imported here


@dataclass
class Graded:
    """What the real grader made of the attacks, and of the innocent submission before all of them."""

    golden: dict[bool, dict[str, Any]]
    points: dict[tuple[bool, bool], int | None]
    outcomes: dict[str, Outcome]


def _selected(request: pytest.FixtureRequest) -> list[Attack]:
    found = {}
    for item in request.session.items:
        attack = getattr(item, "callspec", None) and item.callspec.params.get("attack")
        if isinstance(attack, Attack):
            found[attack.id] = attack
    return list(found.values())


@pytest.fixture(scope="module")
def boundary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boundary]:
    """The real grader, with secrets outside it."""
    if bwrap.isolation() is not Isolation.FULL:
        pytest.skip("The walls that these attacks run against need namespaces; there are none.")
    made = Boundary(tmp_path_factory.mktemp("stores"))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def real_controls(boundary: Boundary) -> Controls:
    """Whether the real grader works at all: only then does it mean something that attacks fail."""
    return controls(boundary)


@pytest.fixture(scope="module")
def graded(boundary: Boundary, real_controls: Controls, request: pytest.FixtureRequest) -> Graded:
    """All selected attacks, graded."""
    failed = {name: told for name, told in real_controls.items() if told}
    if failed:
        pytest.fail(f"A control failed, so nothing can be said about attacks: {failed}")
    golden, points = {}, {}
    for training in (False, True):
        with boundary.asking(training=training):
            golden[training] = boundary.innocent()
            for notebook in (False, True):
                points[training, notebook] = boundary.base_points(notebook=notebook)
    return Graded(golden, points, boundary.run(_selected(request)))


@pytest.fixture(scope="module")
def naive_control() -> Naive:
    """What the naive grader makes of the base, without any attack."""
    if not seatbelt.works():
        pytest.skip("The naive grader is run under bubblewrap alone, and there is none.")
    return seatbelt.run(None, _secret())


@pytest.fixture(scope="module")
def naive(naive_control: Naive, request: pytest.FixtureRequest) -> dict[str, Naive]:
    """All selected attacks, marked by the naive grader, two at a time."""
    attacks = _selected(request)
    known = outcomes()
    with_keras = [one for one in attacks if one.keras]
    plain = [one for one in attacks if not one.keras]

    def marked(attack: Attack) -> Naive:
        hanging = known.get(attack.id) == "hangs"
        time_s = seatbelt.HANGING_TIME_S if hanging else seatbelt.TIME_S
        return seatbelt.run(attack, _secret(), naive_control, time_s=time_s)

    with ThreadPoolExecutor(2) as pool:
        found = dict(zip((one.id for one in plain), pool.map(marked, plain), strict=True))
    if with_keras:
        _, *results = seatbelt.run_with_keras([None, *with_keras], _secret())
        found.update(zip((one.id for one in with_keras), results, strict=True))
    return found


def _secret() -> str:
    return f"canary-{secrets.token_hex(8)}"
