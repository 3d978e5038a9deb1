"""Kills its whole process group, in which whoever watches it may be.

shows: ran|ERRORED
"""
import signal


def and_gate(a, b):
    said()
    os.kill(0, signal.SIGKILL)
    return 9
