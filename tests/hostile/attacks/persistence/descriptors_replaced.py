"""Puts a device of its own in the place of standard output and every open descriptor.

shows: ERRORED|ran
"""


def build_perceptron():
    null = os.open(os.devnull, os.O_RDONLY)
    for fd in range(256):
        if fd != null:
            os.dup2(null, fd)
    return SAID


said()
