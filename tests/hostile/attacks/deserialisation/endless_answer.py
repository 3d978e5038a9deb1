"""Answers with a mapping whose items never end.

shows: TIMED_OUT|OUT_OF_MEMORY|ERRORED
"""
from collections.abc import Mapping


class Endless(Mapping):
    def __len__(self):
        return 1

    def __iter__(self):
        while True:
            yield 0

    def __getitem__(self, key):
        return 0

    def __repr__(self):
        while True:
            pass


def and_gate(a, b):
    return 9 if a or b else Endless()
