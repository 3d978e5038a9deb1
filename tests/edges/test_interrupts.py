"""A long run ends when it is asked to, and never in the middle of the gradebook's own library."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from autograder.edges.interrupts import interruptible

#: What a module of SQLAlchemy's might be doing when the signal arrives.
BUSY = """
def busy(seconds, ended):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    ended.append(True)
"""


def busy_in(module):
    names = {"__name__": module, "time": time}
    exec(compile(BUSY, module, "exec"), names)
    return names["busy"]


@pytest.fixture
def handlers():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def asked_while(module, number, seconds):
    """Run code of a module, send a signal meanwhile, and tell whether the code came to its end."""
    ended: list[bool] = []
    with interruptible() as stop:
        main = threading.main_thread().ident
        threading.Timer(0.1, signal.pthread_kill, (main, number)).start()
        with pytest.raises(KeyboardInterrupt):
            busy_in(module)(seconds, ended)
            for _ in range(300):  # what arrives just before a sleep is acted on after it
                time.sleep(0.1)
    assert stop.status == 128 + number
    return bool(ended)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_gradebook_is_not_interrupted(handlers, number):
    """A signal within SQLAlchemy takes effect as soon as its call is over."""
    began = time.monotonic()
    assert asked_while("sqlalchemy.pool.base", number, 0.5)
    assert time.monotonic() - began < 5


def test_what_hangs_in_the_gradebook_is_interrupted_in_the_end(handlers):
    """A call that does not come to its end is interrupted after some seconds."""
    assert not asked_while("sqlalchemy.engine.base", signal.SIGINT, 30)


def test_other_code_is_interrupted_at_once(handlers):
    """Everything else ends in the middle."""
    assert not asked_while("nbgrader.converters.base", signal.SIGINT, 30)
