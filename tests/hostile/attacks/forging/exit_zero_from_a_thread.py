"""Ends the process with status 0 from a thread, in the middle of the tests.

shows: ERRORED
"""
import threading
import time


def and_gate(a, b):
    threading.Thread(target=lambda: (time.sleep(0.2), os._exit(0))).start()
    time.sleep(2)
    return 9
