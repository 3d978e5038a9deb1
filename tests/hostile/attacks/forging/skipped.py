"""Skips every test from inside its answer: nothing failed, says the exit status.

shows: ERRORED
"""
import pytest


def skip(*args):
    pytest.skip("not needed")


and_gate = or_gate = xor_gate = build_perceptron = skip
