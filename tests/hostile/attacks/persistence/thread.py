"""Leaves a thread that spoils the answers of the next submission while it is marked."""
import sys
import threading
import time


def spoil():
    while True:
        module = sys.modules.get("innocent")
        if module is not None:
            module.and_gate = module.or_gate = lambda a, b: "spoilt"
        time.sleep(0)


sys.setswitchinterval(1e-6)  # it gets its turn before the next submission has answered
threading.Thread(target=spoil, daemon=True).start()
said()
