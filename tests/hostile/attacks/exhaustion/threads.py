"""Starts threads without end.

shows: ran|ERRORED|OUT_OF_MEMORY
alone: yes
"""
import threading
import time


def or_gate(a, b):
    try:
        for _ in range(3000):
            threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
        time.sleep(1)
    except RuntimeError:
        pass
    said()
    return 9
