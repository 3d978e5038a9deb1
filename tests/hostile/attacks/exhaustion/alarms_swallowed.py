"""Catches whatever would end it, and goes on.

shows: TIMED_OUT
"""
import time


def and_gate(a, b):
    while True:
        try:
            time.sleep(100)
        except BaseException:
            pass
