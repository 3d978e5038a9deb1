"""Takes memory until there is no more.

shows: OUT_OF_MEMORY
alone: yes
"""


def or_gate(a, b):
    held = []
    while True:
        held.append(bytearray(b"x") * (32 * 2**20))
