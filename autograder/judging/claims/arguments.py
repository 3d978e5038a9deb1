"""What a function did to the arguments that it was given."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.evidence.evidence import Evidence
from autograder.judging.checks import claim


def unchanged(evidence: Evidence, key: str, names: Sequence[str]) -> None:
    """Claim that a call left its arguments as they were.

    Args:
        evidence: The answers.
        key: The call's.
        names: What the arguments are called, in their order.
    """
    told = [
        names[one] if isinstance(one, int) and 0 <= one < len(names) else str(one)
        for one in evidence.changed(key)
    ]
    rule = "What a function is given belongs to the caller: it must be left as it was"
    shown = " and ".join(f"`{name}`" for name in told)
    step = "Work on a copy, such as `np.array(values)`, or make a new array."
    claim(not told, rule, f"{shown} changed in place", step)
