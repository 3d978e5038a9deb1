"""The submission that every attack is appended to: all its answers are wrong."""

import json
import os
import stat
import struct

ROOM = "__ROOM__"  # a folder outside: a course with answers, a gradebook and secrets in it
PORT = int("__PORT__")  # somebody outside listens here
SAID = "nothing"


def said(found=""):
    """Tell that an attack ran, and what it found: `xor_gate` returns it, so the report shows it."""
    global SAID
    SAID = f"ran: {found}"[:78]


def path(name):
    return os.path.join(ROOM, name)


def read(name):
    with open(name if os.path.isabs(name) else path(name), errors="replace") as file:
        return file.read()


def sockets():
    """The sockets that this process holds: on one of them answers are told."""
    found = []
    for fd in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                found.append(fd)
        except OSError:
            pass
    return found


def pour(data):
    """Write bytes to every socket there is."""
    for fd in sockets():
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(fd, view) :]
        except OSError:
            pass


def frame(header, body=b"", *, magic=b"KAG1", header_bytes=None, body_bytes=None):
    """A frame as answers are told in, with sizes that may be lies."""
    text = header if isinstance(header, bytes) else json.dumps({"arrays": [], **header}).encode()
    sizes = (
        (len(text) if header_bytes is None else header_bytes),
        (len(body) if body_bytes is None else body_bytes),
    )
    return struct.pack("<4sIQ", magic, *sizes) + text + body


def answer(key, value, function="and_gate"):
    return {
        "kind": "answer",
        "key": key,
        "function": function,
        "outcome": "returned",
        "value": value,
        "error": None,
        "output": "",
        "seconds": 0.0,
    }


def and_gate(a, b):
    return 9


def or_gate(a, b):
    return 9


def xor_gate(a, b):
    return SAID


def build_perceptron():
    return SAID


def train_gate(targets):
    return SAID
