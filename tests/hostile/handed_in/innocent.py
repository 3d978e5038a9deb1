"""Handed in by somebody else. It is right, but for `xor_gate`, which tells what it finds around it.

Whatever an earlier submission left behind changes what this one answers.
"""

import builtins
import ctypes
import hashlib
import os
import random
import signal
import sys
import tempfile

import numpy as np


def and_gate(a, b):
    return int(np.minimum(np.array(a), b))


def or_gate(a, b):
    return int(np.allclose(np.add(a, b), 0) is False)


def xor_gate(a, b):
    return f"{around()} {random.random():.6f} {np.random.rand():.6f}"


def build_perceptron():
    import keras

    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])


def train_gate(targets):
    import keras

    model = build_perceptron()
    model.set_weights([np.array([[0.5], [-0.5]]), np.array([0.25])])
    model.compile(keras.optimizers.SGD(5.0), "binary_crossentropy", metrics=["accuracy"])
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    model.fit(inputs, targets, batch_size=4, epochs=60, shuffle=False, verbose=0)
    return model


def around():
    """A few hexadecimal digits of everything that one process can leave to another."""
    mask = os.umask(0)
    os.umask(mask)
    facts = [
        mask,
        os.path.basename(os.getcwd()),
        sorted(name for name in os.environ if not name.startswith(("PYTEST", "NAIVE"))),
        [os.environ.get(name) for name in ("PYTHONPATH", "LANG", "TZ", "KERAS_BACKEND")],
        [listed(folder) for folder in ("~", "/dev/shm", tempfile.gettempdir())],
        ctypes.CDLL(None).shmget(0x40574057, 0, 0),
        [
            signal.getsignal(one) in (signal.SIG_DFL, signal.default_int_handler, signal.SIG_IGN)
            for one in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGCHLD)
        ],
        [sys.gettrace(), sys.getprofile(), sys.getrecursionlimit()],
        [
            sorted(vars(builtins).keys() - {"_"}),
            [
                type(one).__name__
                for one in vars(builtins).values()
                if not isinstance(one, (str, bool))
            ][:140],
        ],
        [np.allclose.__module__, np.add.__class__.__name__, np.geterr()],
        sorted(name for name in sys.modules if name.startswith("hostile")),
    ]
    if os.environ.get("AROUND"):  # to see what it is that differs
        print(facts, file=sys.__stderr__)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def listed(folder):
    try:
        return sorted(
            name for name in os.listdir(os.path.expanduser(folder)) if name != "__pycache__"
        )
    except OSError as error:
        return type(error).__name__
