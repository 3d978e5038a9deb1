"""Prints megabytes without end.

shows: ran|ERRORED
alone: yes
"""


def or_gate(a, b):
    for _ in range(30):
        print("x" * 2**20)
    said()
    return 9
