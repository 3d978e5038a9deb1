"""What several test files share: one engine, whose sandbox takes seconds to start."""

import os
import shutil
import signal
from functools import cache

import fitting
import psutil
import pytest
from recorded import record
from repository import ROOT

from autograder.authoring.golden import SEED
from autograder.course.catalog import read_course
from autograder.course.state import default_store
from autograder.engine import Engine
from autograder.records import Limits
from autograder.store import locks
from autograder.store.store import Store

# A shell that runs the tests in the background has them ignore Ctrl-C, and what they start as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


#: Folders of tests that start nbgrader, a cluster, or boxes of their own.
SLOW_FOLDERS = {"audit", "authoring", "benchmarks", "cluster", "exercises", "hostile", "nbgrader",
                "sandbox", "serve", "training"}  # fmt: skip
#: Files that start a program for each test, or draw many files at random.
SLOW_FILES = {
    "test_doctor.py",
    "test_fuzz_files.py",
    "test_old_names.py",
    "test_pages_in_browser.py",
}
SLOW_FIXTURES = {"engine", "recorded", "sandbox", "service", "wheel"}
#: What takes longest, longest first. Two processes share the files one by one: with the short ones
#: at the end, neither waits long for the other.
LONGEST = ("hostile", "exercises/test_many_seeds.py",
           "exercises/test_any_evidence.py", "evidence/test_fuzz_streams.py", "edges/cluster",
           "edges/nbgrader/class_run", "sandbox", "training", "edges/nbgrader/test_round.py",
           "authoring/audit", "engine/test_engine.py", "exercises", "authoring", "edges",
           "evidence")  # fmt: skip


def _place(item):
    path = item.path.relative_to(ROOT).as_posix().removeprefix("tests/")
    return next((rank for rank, name in enumerate(LONGEST) if path.startswith(name)), len(LONGEST))


def pytest_collection_modifyitems(items):
    """Mark as slow what waits for Keras in a sandbox, or for programs that the test starts."""
    items.sort(key=_place)
    for item in items:
        parts = set(item.path.relative_to(ROOT).parts)
        if parts & (SLOW_FOLDERS | SLOW_FILES) or SLOW_FIXTURES & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)


#: Where `autograder check` keeps what it works out; `make test` runs it first.
OWN_STORE = default_store(read_course(ROOT)).folder


def _copy_own_store(target):
    """Begin a store with what the checkout has worked out already; files are linked, not copied."""
    with locks.gate(target.with_suffix(".lock"), exclusive=True):
        if not target.exists():
            for part in ("entries", "blobs"):  # locks and totals are each store's own
                if (OWN_STORE / part).is_dir():
                    shutil.copytree(OWN_STORE / part, target / part, copy_function=_link)


def _link(source, target):
    try:
        os.link(source, target)
    except FileNotFoundError:
        pass  # who else uses the store has just removed it
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture(scope="session", autouse=True)
def _kept_apart(tmp_path_factory):
    """What tests keep, and find again, is no business of the checkout's own store."""
    folder = tmp_path_factory.mktemp("kept") / "store"
    _copy_own_store(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRADER_STORE", str(folder))
        yield


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_running():
    """What a test starts, it ends: at the end of all tests no sandbox is left."""
    yield
    running = psutil.Process().children(recursive=True)
    assert [one.name() for one in running if one.name() in ("bwrap", "zygote")] == []


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    """One engine for all tests that need one; its inputs are those of the golden reports.

    Where several processes share the tests, what one of them has trained the others find.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    store = Store(folder / "store of all engines")
    _copy_own_store(store.folder)
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


@pytest.fixture
def engine_for(engine, tmp_path_factory):
    """Make engines of other courses or settings over the shared engine's sandbox."""
    made = []

    def make(course, **settings):
        store = settings.pop("store", None) or Store(tmp_path_factory.mktemp("store"))
        settings = {"jobs": 2, "data_profile": "sample", "seed": SEED.encode(), **settings}
        made.append(Engine(course, store=store, sandbox=engine.sandbox, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def sandbox(engine):
    """That engine's sandbox, for tests that open boxes of their own."""
    return engine.sandbox


@pytest.fixture
def service(sandbox, tmp_path):
    """A training service that knows nothing yet."""
    return fitting.Counting(sandbox, Store(tmp_path / "store"))


@pytest.fixture
def run(sandbox, service):
    """Ask a source for its `build_perceptron`; `here=True` leaves the training to the box."""

    def ask(source, here=False, limits=None):
        return fitting.ask(sandbox, source, None if here else service, limits or Limits())

    return ask
