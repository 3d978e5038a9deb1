"""Forks processes without end, each of which forks again.

shows: ran|ERRORED|OUT_OF_MEMORY|TIMED_OUT
alone: yes
"""
import time


def or_gate(a, b):
    until = time.monotonic() + 3
    while time.monotonic() < until:
        try:
            if os.fork() == 0:
                os.fork()
                time.sleep(3)
                os._exit(0)
        except OSError:
            pass
        time.sleep(0.001)
    said()
    return 9
