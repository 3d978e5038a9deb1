"""Takes memory in many processes, none of which takes much.

shows: OUT_OF_MEMORY
alone: yes
"""
import time


def or_gate(a, b):
    for _ in range(12):
        if os.fork() == 0:
            held = bytearray(b"x") * (300 * 2**20)
            time.sleep(4)
            os._exit(len(held) % 2)
    time.sleep(3)
    return 9
