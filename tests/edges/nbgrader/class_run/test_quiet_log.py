"""What nbgrader's log holds of a class that did nothing but its work."""

from __future__ import annotations

import re


def test_honest_work_is_warned_of_nowhere(school) -> None:
    """Right, half right and untouched: neither autograding nor feedback warns of anything."""
    school.hand_in("ada_l")
    school.hand_in("ben_k", school.notebook(school.half))
    school.hand_in("cleo_m", school.notebook(None))
    for log in (school.autograde(), school.generate_feedback()):
        assert "cleo_m" in log
        assert (
            re.findall(r".*(?:warning|error|has changed|not recognized).*", log, re.IGNORECASE)
            == []
        )
