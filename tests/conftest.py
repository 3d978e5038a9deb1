"""What several test files share: one engine, whose sandbox takes seconds to start."""

import os
import signal
from functools import cache
from pathlib import Path

import psutil
import pytest
import training
from recorded import record

from autograder.catalog import read_course
from autograder.engine import Engine
from autograder.golden import SEED
from autograder.records import Limits
from autograder.store import Store

ROOT = Path(__file__).parents[1]

# A shell that runs the tests in the background has them ignore Ctrl-C, and what they start as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _kept_apart(tmp_path_factory):
    """What tests keep, and find again, is no business of the checkout's own store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRADER_STORE", str(tmp_path_factory.mktemp("kept")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_running():
    """What a test starts, it ends: at the end of all tests no sandbox is left."""
    yield
    running = psutil.Process().children(recursive=True)
    assert [one.name() for one in running if one.name() in ("bwrap", "zygote")] == []


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    """One engine for all tests that need one; its inputs are those of the golden reports."""
    store = Store(tmp_path_factory.mktemp("store"))
    before = os.environ.get("AUTOGRADER_SEED")
    os.environ["AUTOGRADER_SEED"] = SEED
    try:
        with Engine(read_course(ROOT), jobs=2, data_profile="sample", store=store) as engine:
            yield engine
    finally:
        os.environ.pop("AUTOGRADER_SEED")
        if before is not None:
            os.environ["AUTOGRADER_SEED"] = before


@pytest.fixture(scope="session")
def recorded(engine):
    """What an exercise's reference solution answers, by its slug; run when first asked for."""
    return cache(lambda slug: record(engine, slug))


@pytest.fixture(scope="session")
def sandbox(engine):
    """That engine's sandbox, for tests that open boxes of their own."""
    return engine._sandbox


@pytest.fixture
def service(sandbox, tmp_path):
    """A training service that knows nothing yet."""
    return training.Counting(sandbox, Store(tmp_path / "store"))


@pytest.fixture
def run(sandbox, service):
    """Ask a source for its `build_perceptron`; `here=True` leaves the training to the box."""

    def ask(source, here=False, limits=None):
        return training.ask(sandbox, source, None if here else service, limits or Limits())

    return ask
