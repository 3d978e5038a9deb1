"""Raises pytest's own exit, with a return code of 0, from inside an answer.

shows: ERRORED
"""
import pytest


def and_gate(a, b):
    pytest.exit("all done", returncode=0)
