"""Sleeps, and uses no processor time.

shows: TIMED_OUT
"""
import time


def and_gate(a, b):
    time.sleep(1000)
