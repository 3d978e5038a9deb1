"""Whatever a student's functions return, each visible check ends in three lines of words."""

import json
import os
import subprocess
import sys

import pytest
from repository import ROOT
from zoo import __file__ as ZOO

from autograder.course.catalog import read_course

#: Their own methods raise, whatever a check does with them: what it ends in is theirs to say.
HOSTILE = {
    *("raises", "two that raise", "four that raise"),
    *("cannot be shown", "two that cannot be shown"),
}


@pytest.fixture(scope="module", params=read_course(ROOT).slugs)
def fed(request, tmp_path_factory):
    """What became of each check of an exercise with each value, in one process."""
    target = tmp_path_factory.mktemp("zoo") / "seen.json"
    done = subprocess.run(
        [sys.executable, ZOO, str(ROOT / "exercises"), request.param, str(target)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(target.read_text(encoding="utf-8"))


def test_no_value_of_the_zoo_passes_a_check(fed):
    """None of these values is an answer, so no check takes one for right."""
    assert len(fed) > 500
    assert [one for one in fed if one["state"] not in ("wrong", "crashed")] == []


def test_every_check_tells_rule_received_and_next_step(fed):
    """Three parts, whatever was returned: never a traceback, and no words of the check's own code."""
    for one in fed:
        rule, received, rest = one["words"].partition("\nReceived: ")
        assert rule and received, one
        assert "\n" in rest, one
        assert not any(noise in one["words"] for noise in ("Traceback", "assert ", "test_ex")), one


def test_no_check_raises_anything_but_its_own_sentence(fed):
    """A check has words of its own for each value that does not itself raise when it is looked at."""
    odd = [one for one in fed if one["raised"] != "AssertionError" or not one["message"]]
    assert [one for one in odd if one["value"] not in HOSTILE] == []
