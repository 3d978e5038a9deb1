"""Stops its own process instead of ending it.

shows: ran|TIMED_OUT
"""
import signal


def and_gate(a, b):
    os.kill(os.getpid(), signal.SIGSTOP)
    said()
    return 9
