"""Every attack gains nothing here, spoils nobody's report, and touches nothing.

`README.md` beside this file says what is attacked. One attack: `pytest tests/hostile -k forging/skipped`.
"""

from __future__ import annotations

import re

import pytest
from quarantine.boundary import Boundary
from quarantine.controls import Controls
from quarantine.files import ATTACKS, GROUPS, Attack, attacks, outcomes
from quarantine.looking import KINDS

from autograder.records import Status
from autograder.reporting.score import score

EVERY = attacks()
CONTROLS = (
    "right answers have full marks",
    "wrong answers have none",
    "a file outside cannot be read",
    "a connection is refused",
    "a sleeper is ended",
)
#: Text of the hidden checks that no report may show.
HIDDEN = ("(evidence", "evidence.", "GATES", "@check", "ask_gates", "def test_", "HIDDEN")


@pytest.mark.parametrize("name", CONTROLS)
def test_control(name: str, real_controls: Controls) -> None:
    """Before an attack that fails means anything, the grader itself must work."""
    assert real_controls[name] == ""
    assert real_controls.keys() == set(CONTROLS)


@pytest.mark.parametrize("attack", EVERY, ids=lambda attack: attack.id)
def test_attack_gains_nothing(attack: Attack, graded, boundary: Boundary) -> None:
    """It did run; no point, no secret, no trace of it outside, and the next report is as ever."""
    outcome = graded.outcomes[attack.id]
    assert re.search(attack.shows, outcome.text), f"It did not run: {outcome.text[:2000]}"
    assert Status.INTERNAL not in {verdict.status for verdict in outcome.report.verdicts}
    gained = score(outcome.report).total.points
    assert gained == graded.points[attack.training, attack.notebook] == 0
    assert outcome.after == graded.golden[attack.training]
    assert outcome.changed == {}
    assert outcome.survivors == []
    assert boundary.listener.heard == []
    assert boundary.secret not in outcome.text + outcome.page
    assert [text for text in HIDDEN if text in outcome.text] == []
    assert "<script" not in outcome.page


def test_every_attack_says_what_it_attacks() -> None:
    """Each file begins with one sentence, and stands in the table of outcomes with a known kind."""
    for attack in EVERY:
        assert re.fullmatch(r"[A-Z][^\n]{20,110}\.", attack.says), attack.id
    assert list(outcomes()) == [attack.id for attack in EVERY]
    assert set(outcomes().values()) <= KINDS.keys()


def test_there_are_enough_attacks() -> None:
    """At least 60 attacks, in all groups, each of another text; the README counts them right."""
    assert len(EVERY) >= 60
    assert {attack.group for attack in EVERY} == set(GROUPS)
    assert len({attack.says for attack in EVERY}) == len(EVERY)
    readme = (ATTACKS.parent / "README.md").read_text(encoding="utf-8")
    known = outcomes()
    for group in GROUPS:
        ids = [attack.id for attack in EVERY if attack.group == group]
        kinds = [known[one] for one in ids]
        told = ", ".join(f"{kinds.count(kind)} {kind}" for kind in KINDS if kind in kinds)
        assert f"| `{group}` | {len(ids)} |" in readme, f"{group}: {len(ids)}"
        assert f"| {told} |" in readme, f"{group}: {told}"
