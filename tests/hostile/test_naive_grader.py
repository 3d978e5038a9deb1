"""Every attack beats a naive grader, or it would prove nothing about the real one.

In a file of its own, so that it runs beside the attacks on the real grader.
"""

from __future__ import annotations

import pytest
from quarantine import seatbelt
from quarantine.files import HANDED_IN, Attack, attacks, outcomes
from quarantine.looking import Naive


def test_naive_controls(naive_control: Naive) -> None:
    """The naive grader gives full marks for right answers, none for wrong ones, and goes on."""
    assert naive_control.seen == {}, naive_control.output
    assert naive_control.points == 0
    assert "and: 0, 0, 0, 1" in naive_control.next_page
    right = seatbelt.run(None, "canary-0", naive_control, (HANDED_IN / "right.py").read_bytes())
    assert right.points == 5, right.output


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.id)
def test_attack_beats_the_naive_grader(attack: Attack, naive: dict[str, Naive]) -> None:
    """An attack that beats nobody is no test; how it beats the naive grader is written down."""
    found = naive[attack.id]
    assert outcomes()[attack.id] in found.seen, f"{found.seen}: {found.output}"
