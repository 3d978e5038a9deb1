"""Grading on a cluster: the same reports as without one, and what it survives. Real processes."""

import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from concurrent.futures import wait
from pathlib import Path

import psutil
import pytest
from repository import ROOT, copy_hidden

from autograder.authoring.golden import SEED
from autograder.course.catalog import find_course, read_course
from autograder.engine import Engine
from autograder.errors import AutograderError, UsageError
from autograder.judging.checks import checks_of
from autograder.records import Isolation, Report, Status, Submission, Verdict
from autograder.store.store import Store

SLUG = "ex04_perceptron"
#: How many hidden checks the exercise has.
ALL = len(checks_of(read_course(ROOT), SLUG))
CATALOG = """
[course]
hidden = "autograder/graders"
libraries = ["keras", "matplotlib.pyplot", "sklearn.metrics"]

[[exercise]]
slug = "ex04_perceptron"
title = "Perceptron"
tasks = ["gates", "build_perceptron"]
"""
RIGHT = """
import keras

def and_gate(a, b):
    return int(a and b)

def or_gate(a, b):
    return int(a or b)

def xor_gate(a, b):
    return int(a != b)

def build_perceptron():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
"""
SLOW = RIGHT.replace("return int(a and b)", "import time; time.sleep(1.5); return int(a and b)")
TRAINED = RIGHT.replace(
    "return keras.Sequential(",
    """import numpy as np
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")]
    )
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones(4), epochs=EPOCHS, verbose=0)
    return model or (""",
)
NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": RIGHT,
            }
        ],
    }
)
CLASS = {
    "ada/ex04_perceptron.py": RIGHT,
    "bob/ex04_perceptron.py": RIGHT.replace("int(a or b)", "int(a and b)").replace("1, ", "2, "),
    "cyd/ex04_perceptron.py": RIGHT.replace("int(a or b)", "__import__('os')._exit(0)"),
    "dan/mine.py": "# %%\ndef broken(x=1 / 0):\n    pass\n\n# %%\n" + RIGHT,
    "eve/ex04_perceptron.py": "def f(:\n",
    "fay/ex04_perceptron.ipynb": NOTEBOOK,
    "gil/ex04_perceptron.py": RIGHT,
}


def submission(source: str = RIGHT, label: str = "ex04_perceptron.py") -> Submission:
    return Submission(label, SLUG, source.encode(), Path(label).suffix)


def class_of_seven() -> list[Submission]:
    return [submission(source, label) for label, source in CLASS.items()]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of ex04's cheap tasks, which workers find as they find any."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "exercises" / SLUG, root / "exercises" / SLUG)
    (root / "exercises" / "catalog.toml").write_text(CATALOG)
    copy_hidden(root)
    return read_course(root)


@pytest.fixture(scope="module", autouse=True)
def surroundings():
    """The seed of the shared engine, and no cluster but those started here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRADER_SEED", SEED)
        patch.delenv("AUTOGRADER_SCHEDULER", raising=False)
        yield


@pytest.fixture(scope="module")
def cold(tmp_path_factory):
    """Give a new empty store to the workers that are started next: they have to run everything."""
    with pytest.MonkeyPatch.context() as patch:
        yield lambda: patch.setenv("AUTOGRADER_STORE", str(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def cluster_engine():
    """The class itself: importing it imports Dask, and so happens in no other test file."""
    from autograder.edges.cluster.engine import ClusterEngine

    return ClusterEngine


@pytest.fixture(scope="module")
def two(cluster_engine, course, cold):
    """Two workers on this machine."""
    cold()
    with cluster_engine(course, workers=2, data_profile="sample") as engine:
        yield engine


@contextlib.contextmanager
def dask(*words: str, course_root: Path, **variables: str):
    """A `dask scheduler` or `dask worker` of its own, ended with all that it started."""
    program = Path(sys.executable).with_name("dask")
    environment = {**os.environ, "AUTOGRADER_COURSE": str(course_root), **variables}
    # A seed that is not the client's shows that the client's travels.
    environment["AUTOGRADER_SEED"] = "of this worker alone"
    process = subprocess.Popen(
        [program, *words],
        env=environment,
        cwd="/",
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    family = [psutil.Process(process.pid)] if psutil.pid_exists(process.pid) else []
    with contextlib.suppress(psutil.NoSuchProcess):
        family += [child for one in family[:1] for child in one.children(recursive=True)]
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait(timeout=15)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def scheduler(course_root: Path):
    """A separately started scheduler; gives its address and its process."""
    port = free_port()
    words = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    with dask(*words, course_root=course_root) as process:
        deadline_s = time.monotonic() + 60
        while time.monotonic() < deadline_s:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield f"tcp://127.0.0.1:{port}", process


def worker(address: str, course_root: Path, *more: str, **variables: str):
    words = ["worker", address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", *more]
    return dask(*words, course_root=course_root, **variables)


def workers_are(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)


@pytest.fixture(scope="module")
def remote(course, cold):
    """The address of a scheduler with two workers, all of them processes of their own."""
    root = course.root
    cold()
    with scheduler(root) as (address, _), worker(address, root), worker(address, root):
        workers_are(address, 2)
        yield address


@pytest.fixture(scope="module")
def plainly(engine, course, tmp_path_factory):
    """Have an engine without a cluster grade, one submission after the other."""
    store = Store(tmp_path_factory.mktemp("plain"))
    settings = {"store": store, "data_profile": "sample", "seed": SEED.encode()}
    with Engine(course, sandbox=engine.sandbox, **settings) as plain:
        yield lambda submissions: [plain.grade(submission) for submission in submissions]


@pytest.fixture(scope="module")
def plain_reports(plainly):
    return plainly(class_of_seven())


def statuses(report: Report) -> dict[str, Status]:
    return {verdict.check.name: verdict.status for verdict in report.verdicts}


def passed(report: Report) -> int:
    return list(statuses(report).values()).count(Status.PASSED)


# Functions that workers run instead of grading.


def reported(task, status: Status = Status.PASSED):
    from distributed import get_worker

    from autograder.edges.cluster.tasks import Graded

    checks = checks_of(find_course(), task.exercise)  # a worker knows no module of the tests
    verdicts = tuple(Verdict(check, status, "", "trace") for check in checks)
    report = Report(task.name, task.exercise, verdicts, Isolation.NONE, {})
    return Graded(report, str(get_worker().address))


def counted(path: str, statuses: list[Status | None], task):
    """Write down who runs this, and give the next status; None raises."""
    from distributed import get_worker

    with Path(path).open("a+") as file:
        file.seek(0)
        turn = len(file.readlines())
        file.write(f"{get_worker().address}\n")
    status = statuses[min(turn, len(statuses) - 1)]
    if status is None:
        raise ValueError("this worker is broken")
    return reported(task, status)


def slowly(path: str, task):
    with Path(path).open("a") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(1)
    return reported(task)


class ByValue:
    """A function of this file that travels whole: Dask itself would send its name alone."""

    def __init__(self, function):
        import cloudpickle

        self._function = function
        self._content = cloudpickle.dumps(function)

    def __call__(self, *args):
        return self._function(*args)

    def __reduce__(self):
        import cloudpickle

        return cloudpickle.loads, (self._content,)


@pytest.fixture
def by_value():
    """Functions of this file travel to workers, which cannot import it."""
    import cloudpickle

    here = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(here)
    yield
    cloudpickle.unregister_pickle_by_value(here)


@pytest.fixture
def running(cluster_engine, course, remote, by_value, tmp_path):
    """Make engines whose two workers give statuses, each with the lines that tell who gave them."""
    with contextlib.ExitStack() as engines:

        def run(*statuses: Status | None):
            path = tmp_path / f"runs{len(list(tmp_path.iterdir()))}.txt"
            path.touch()
            function = ByValue(functools.partial(counted, str(path), list(statuses)))
            engine = cluster_engine(
                course, scheduler=remote, data_profile="sample", function=function
            )
            return engines.enter_context(engine), lambda: path.read_text().splitlines()

        yield run


def test_reports_are_those_of_one_process(plain_reports, two):
    """Two workers on this machine give the reports of the engine, check by check."""
    told = []
    reports = two.grade_all(class_of_seven(), told.append)
    assert reports == plain_reports
    assert sorted(report.path for report in told) == sorted(CLASS)
    assert [passed(report) for report in reports] == [5, 3, 3, 5, 0, 5, 5]


def test_reports_are_those_of_one_worker(plain_reports, cluster_engine, course, cold):
    """One worker gives the reports of the engine, check by check."""
    cold()
    with cluster_engine(course, workers=1, data_profile="sample") as engine:
        assert engine.grade_all(class_of_seven()) == plain_reports


def test_reports_are_those_of_a_remote_cluster(plain_reports, cluster_engine, course, remote):
    """A scheduler and two workers started apart give the reports of the engine, check by check.

    Nothing of the submissions or of the course's secret is where the workers are. What was kept
    of the first grading gives the same reports again.
    """
    for fresh in (True, False, False):
        with cluster_engine(course, scheduler=remote, data_profile="sample", fresh=fresh) as engine:
            assert engine.grade_all(class_of_seven()) == plain_reports


def trainings() -> list[Submission]:
    """Five submissions with two recipes between them."""
    return [
        submission(TRAINED.replace("EPOCHS", str(2 + n % 2)) + f"# {n}", f"s{n}/x.py")
        for n in range(5)
    ]


def counted_trainings(dask_scheduler=None) -> tuple[int, list[str]]:
    """Return how often a training was started, and on which workers the results lie."""
    started = [
        entry
        for entry in dask_scheduler.transition_log
        if str(entry[0]).startswith("train-") and entry[2] == "processing"
    ]
    places = {
        worker.address
        for key, task in dask_scheduler.tasks.items()
        if str(key).startswith("train-")
        for worker in task.who_has or ()
    }
    return len(started), sorted(places)


def test_one_worker_trains_what_it_waits_for(plainly, cluster_engine, course, cold, by_value):
    """With one worker, submissions that wait for trainings leave it to them: no deadlock."""
    cold()
    with cluster_engine(course, workers=1, data_profile="sample") as engine:
        futures = [engine.submit(one) for one in trainings()]
        reports = [future.result(timeout=120) for future in futures]
        assert engine.client.run_on_scheduler(counted_trainings)[0] == 2
    assert reports == plainly(trainings())
    assert {report.trained_on for report in reports} == {"tensorflow on cpu"}


def test_a_recipe_is_trained_once_where_the_gpu_is(
    plainly, cluster_engine, course, remote, cold, by_value
):
    """Identical recipes run once per cluster, and on the worker that announces a GPU."""
    cold()  # a store of its own, as on another machine
    with worker(remote, course.root, "--resources", "GPU=1"):
        workers_are(remote, 3)
        with cluster_engine(course, scheduler=remote, data_profile="sample") as engine:
            workers = engine.client.scheduler_info()["workers"]
            (gpu,) = [name for name, one in workers.items() if one["resources"].get("GPU")]
            reports = engine.grade_all(trainings())
            count, places = engine.client.run_on_scheduler(counted_trainings)
    assert (count, places) == (2, [gpu])
    assert reports == plainly(trainings())


def test_identical_submissions_run_once(running):
    """Of the same content under several labels one runs; each report has its own label."""
    engine, runs = running(Status.PASSED)
    same = RIGHT + "# same"
    given = [submission(same, f"s{n}/ex04_perceptron.py") for n in range(20)]
    given.append(submission(RIGHT + "# other", "s20/ex04_perceptron.py"))
    reports = engine.grade_all(given)
    assert [report.path for report in reports] == [one.label for one in given]
    assert len(runs()) == 2
    later = engine.submit(submission(same, "later/ex04_perceptron.py"))
    assert later.result().path == "later/ex04_perceptron.py"
    assert len(runs()) == 2


def test_another_seed_or_file_name_is_other_content(course):
    """The key of a task covers what decides its report: also the secret, and a script's name."""
    from autograder.edges.cluster.tasks import Settings, task_of

    def key(settings=(False, None, "tensorflow", False, b"a"), facts="f", **changes) -> str:
        given = {"label": "a/x.py", "exercise": SLUG, "content": b"1", "suffix": ".py", **changes}
        return task_of(Submission(**given), Settings(*settings), {}, facts).key

    assert key() == key(label="b/x.py")
    changed = [
        key(label="a/y.py"),
        key(content=b"2"),
        key(exercise="ex05_mnist_mlp"),
        key(facts="g"),
        key((False, None, "tensorflow", False, b"b")),
        key((False, None, "jax", False, b"a")),
        key((True, None, "tensorflow", False, b"a")),
    ]
    assert len({key(), *changed}) == len(changed) + 1
    notebook = {"suffix": ".ipynb"}
    assert key(label="a/x.ipynb", **notebook) == key(label="b/y.ipynb", **notebook)
    assert b"secret" not in repr(Settings(False, None, "x", False, b"secret")).encode()


def test_our_own_fault_is_tried_on_another_worker(running):
    """An INTERNAL report is given once more, to the other worker; what that says counts."""
    engine, runs = running(Status.INTERNAL, Status.PASSED)
    report = engine.submit(submission(RIGHT + "# internal once")).result(timeout=60)
    assert set(statuses(report).values()) == {Status.PASSED}
    assert len(set(runs())) == 2


def test_our_own_fault_twice_is_told(running, caplog):
    """What is INTERNAL on both workers is so in the report, with its label in the log."""
    engine, runs = running(Status.INTERNAL)
    report = engine.submit(submission(RIGHT + "# internal", "zoe.py")).result(timeout=60)
    assert set(statuses(report).values()) == {Status.INTERNAL}
    assert len(runs()) == 2
    assert "zoe.py: trace" in caplog.text


def test_a_failed_check_is_a_result(running):
    """FAILED is what came out; it is not tried again."""
    engine, runs = running(Status.FAILED, Status.PASSED)
    report = engine.submit(submission(RIGHT + "# failed")).result(timeout=60)
    assert set(statuses(report).values()) == {Status.FAILED}
    assert len(runs()) == 1


def test_a_worker_that_raises_costs_a_retry(running, caplog):
    """An exception in a worker is a retry; if it stays, it is our fault, and no crash."""
    engine, runs = running(None, Status.PASSED)
    report = engine.submit(submission(RIGHT + "# raises once")).result(timeout=60)
    assert set(statuses(report).values()) == {Status.PASSED}
    assert len(runs()) == 2
    engine, runs = running(None)
    report = engine.submit(submission(RIGHT + "# raises")).result(timeout=60)
    assert set(statuses(report).values()) == {Status.INTERNAL}
    assert "this worker is broken" in report.verdicts[0].trace


def test_another_package_is_refused(cluster_engine, course, remote, monkeypatch):
    """A worker that is not as this machine refuses its task, and the error says in what."""
    from autograder.edges.cluster import engine as module

    older = {**module.facts(course, "tensorflow"), "keras": "1.0"}
    monkeypatch.setattr(module, "facts", lambda *given: older)
    monkeypatch.setattr(module, "shake_hands", lambda *given: None)  # a worker of a later day
    with (
        cluster_engine(course, scheduler=remote, data_profile="sample") as engine,
        pytest.raises(UsageError, match=r"worker tcp://\S+ with keras 3[.\d]+ \(here 1.0\)"),
    ):
        engine.submit(submission()).result(timeout=60)


def test_a_killed_worker_costs_no_result(two):
    """kill -9 of a worker in mid-grade: the submission is graded all the same."""
    future = two.submit(submission(SLOW))
    victim = None
    deadline_s = time.monotonic() + 60
    while victim is None and time.monotonic() < deadline_s:
        busy = [name for name, keys in two.client.processing().items() if keys]
        victim = busy[0] if busy else None
        time.sleep(0.05)
    pid = two.client.run(os.getpid, workers=[victim])[victim]
    time.sleep(2)  # its first answers are there
    assert not future.done()
    os.kill(pid, signal.SIGKILL)
    assert passed(future.result(timeout=120)) == 5
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_nothing_listens_to_others(two):
    """All ports are on 127.0.0.1, and speak TLS alone: no other user of the machine gets in."""
    from distributed import comm

    processes = [psutil.Process(pid) for pid in (os.getpid(), *two.client.run(os.getpid).values())]
    listening = {
        connection.laddr
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    address = two.client.scheduler.address
    assert int(address.rpartition(":")[2]) in {place.port for place in listening}
    assert {place.ip for place in listening} == {"127.0.0.1"}
    assert address.startswith("tls://")
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as plain:
        plain.settimeout(10)
        plain.sendall(b"\0" * 64)
        with contextlib.suppress(ConnectionError):
            assert plain.recv(100)[:1] in (b"", b"\x15")  # an alert, or the end
    assert comm.parse_address(address)[0] == "tls"


def test_a_scheduler_that_is_not_there(capsys, monkeypatch, course, tmp_path):
    """An address where nobody is: one sentence within seconds, and exit status 2."""
    from autograder.edges.cli.main import main

    monkeypatch.chdir(course.root)
    path = tmp_path / "ex04_perceptron.py"
    path.write_text(RIGHT)
    for address, limit_s in ((f"tcp://127.0.0.1:{free_port()}", 15), ("nonsense", 2)):
        began_s = time.monotonic()
        assert main(["grade", str(path), "--scheduler", address]) == 2
        assert time.monotonic() - began_s < limit_s
        told = capsys.readouterr().err
        assert f"Received: {address}: " in told
        assert "Traceback" not in told


def test_wrong_mixes_of_options(capsys, monkeypatch, course, tmp_path):
    """A cluster is started or joined, and its workers have no jobs beside each other."""
    from autograder.edges.cli.main import main

    monkeypatch.chdir(course.root)
    path = tmp_path / "ex04_perceptron.py"
    path.write_text(RIGHT)
    assert main(["grade", "--workers", str(path), "--jobs", "2"]) == 2
    assert main(["grade", "--workers", "2", str(path), "--scheduler", "tcp://127.0.0.1:1"]) == 2
    told = capsys.readouterr().err
    assert "Received: --jobs" in told
    assert "Received: both" in told


def test_workers_of_another_kind_are_told(cluster_engine, course, remote, tmp_path):
    """A worker with another course, or without the package, is named before anything is graded."""
    other = tmp_path / "course"
    shutil.copytree(course.root, other)
    catalog = other / "exercises" / "catalog.toml"
    catalog.write_text(CATALOG.replace('tasks = ["gates", ', "tasks = ["))
    with worker(remote, other):
        workers_are(remote, 3)
        with pytest.raises(UsageError, match=r"the course [0-9a-f]+ \(here [0-9a-f]+\)"):
            cluster_engine(course, scheduler=remote)
    hollow = tmp_path / "hollow"
    (hollow / "autograder").mkdir(parents=True)
    (hollow / "autograder" / "__init__.py").touch()
    with worker(remote, course.root, PYTHONPATH=str(hollow)):
        workers_are(remote, 3)
        with pytest.raises(UsageError, match="must have this package installed"):
            cluster_engine(course, scheduler=remote)
    with worker(remote, tmp_path / "nowhere"):
        workers_are(remote, 3)
        with pytest.raises(UsageError, match="must find the course"):
            cluster_engine(course, scheduler=remote)


def test_a_worker_machine_that_dies_costs_no_result(
    cluster_engine, course, remote, by_value, tmp_path
):
    """Where a worker dies with its nanny, what it was at is done by another worker."""
    path = tmp_path / "runs.txt"
    function = functools.partial(slowly, str(path))
    with worker(remote, course.root) as third:
        workers_are(remote, 3)
        with cluster_engine(course, scheduler=remote, function=ByValue(function)) as engine:
            futures = [engine.submit(submission(RIGHT + f"# {n}")) for n in range(6)]
            nanny = psutil.Process(third.pid)
            deadline_s = time.monotonic() + 60
            while time.monotonic() < deadline_s:
                mine = [child.pid for child in nanny.children(recursive=True)]
                if path.exists() and {int(pid) for pid in path.read_text().split()} & set(mine):
                    break
                time.sleep(0.1)
            third.kill()
            for pid in mine:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            assert [passed(future.result(timeout=60)) for future in futures] == [ALL] * 6
            assert len(path.read_text().split()) > 6


def test_a_site_connects_in_its_own_way(
    cluster_engine, course, remote, by_value, tmp_path, monkeypatch
):
    """A scheduler may be told by its file, or by a Python file that gives a client or a cluster.

    What the file started for us is closed; what was there before stays.
    """
    from distributed import Client

    monkeypatch.setenv("AUTOGRADER_COURSE", str(course.root))
    told = tmp_path / "scheduler.json"
    told.write_text(json.dumps({"address": remote}))
    client = tmp_path / "site.py"
    client.write_text(f"""
from distributed import Client
def connect():
    return Client("{remote}", set_as_default=False)
""")
    cluster = tmp_path / "queue.py"
    cluster.write_text("""
from distributed import LocalCluster
def connect():
    return LocalCluster(n_workers=1, host="127.0.0.1", dashboard_address="127.0.0.1:0")
""")
    for path in (told, client, cluster):
        with cluster_engine(course, scheduler=str(path), function=ByValue(reported)) as engine:
            assert passed(engine.submit(submission()).result(timeout=60)) == ALL
            address = engine.client.scheduler.address
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
    with Client(remote, set_as_default=False) as still:
        assert still.nthreads()
    with pytest.raises(UsageError, match="No such file"):
        cluster_engine(course, scheduler="nothing.py")


def test_a_lost_scheduler_is_told(cluster_engine, course, caplog):
    """A scheduler without workers is waited for, and told; one that dies ends the grading."""
    with (
        scheduler(course.root) as (address, process),
        cluster_engine(course, scheduler=address) as engine,
    ):
        assert "has no workers yet" in caplog.text
        future = engine.submit(submission())
        time.sleep(0.5)
        process.kill()
        assert wait([future], timeout=30).done
        with pytest.raises(AutograderError, match="must stay until all is graded"):
            future.result()


def test_workers_that_are_gone_for_good_end_the_grading(
    cluster_engine, course, by_value, tmp_path, monkeypatch
):
    """Where no worker of this machine is left, or will be, that is an error and no endless wait."""
    from autograder.edges.cluster import local as cluster_local

    monkeypatch.setitem(
        cluster_local.DASK_SETTINGS, "distributed.scheduler.no-workers-timeout", "2s"
    )
    function = ByValue(functools.partial(slowly, str(tmp_path / "runs.txt")))
    with cluster_engine(course, workers=1, function=function) as engine:
        futures = [engine.submit(submission(RIGHT + f"# gone {n}")) for n in range(3)]
        engine.local_workers.kill()
        assert wait(futures, timeout=60).not_done == set()
        for future in futures:
            with pytest.raises(AutograderError, match=r"must have workers.*Grade again"):
                future.result()


def test_a_scheduler_that_lost_its_workers_is_told(
    cluster_engine, course, by_value, tmp_path, caplog
):
    """Elsewhere workers may come back, so they are waited for; the log says so, once."""
    function = ByValue(functools.partial(slowly, str(tmp_path / "runs.txt")))
    with scheduler(course.root) as (address, _):
        with worker(address, course.root):
            workers_are(address, 1)
            engine = cluster_engine(course, scheduler=address, function=function, look_s=0.5)
            futures = [engine.submit(submission(RIGHT + f"# lost {n}")) for n in range(3)]
        deadline_s = time.monotonic() + 60
        while "has no workers now" not in caplog.text and time.monotonic() < deadline_s:
            time.sleep(0.2)
        time.sleep(2)
        assert caplog.text.count("has no workers now") == 1
        with worker(address, course.root):
            assert [passed(future.result(timeout=60)) for future in futures] == [ALL] * 3
        engine.close()


def test_closing_cancels_what_is_not_done(cluster_engine, course, remote):
    """Closing with work on the way ends at once; nobody waits for those futures for ever."""
    with cluster_engine(course, scheduler=remote, data_profile="sample") as engine:
        futures = [engine.submit(submission(SLOW + f"# close {n}")) for n in range(6)]
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 10
    assert all(future.done() for future in futures)
    assert futures[-1].cancelled()
    with pytest.raises(AutograderError, match="closed"):
        engine.submit(submission())


def test_an_interrupt_leaves_nothing_behind(course, tmp_path):
    """Ctrl-C on the command line ends at once, with every process and file of it gone."""
    folder = tmp_path / "class"
    for n in range(4):
        (folder / f"s{n}").mkdir(parents=True)
        (folder / f"s{n}" / "ex04_perceptron.py").write_text(SLOW + f"# {n}")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for open_folder in (*tmp_path.parents, tmp_path):
        if open_folder.name.startswith("pytest-"):
            open_folder.chmod(0o711)  # a sandbox of root's looks in as another user
    argv = [sys.executable, "-m", "autograder", "grade", str(folder), "--workers", "2"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    command = subprocess.Popen(
        argv, cwd=course.root, env=environment, start_new_session=True, stderr=subprocess.PIPE
    )
    process, family = psutil.Process(command.pid), []
    deadline_s = time.monotonic() + 60
    while len(family) < 8 and time.monotonic() < deadline_s:  # until sandboxes are there
        time.sleep(0.2)
        family = process.children(recursive=True)
    assert list(scratch.iterdir())
    os.killpg(command.pid, signal.SIGINT)  # as a terminal does: to the whole group
    began_s = time.monotonic()
    told = command.communicate(timeout=30)[1].decode()
    assert time.monotonic() - began_s < 10
    assert command.returncode == 130
    assert "Traceback" not in told
    assert told.rstrip().endswith("autograder: interrupted")
    time.sleep(0.5)
    assert [one for one in family if is_alive(one)] == []
    assert list(scratch.iterdir()) == []


def is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def test_dask_is_imported_for_a_cluster_only(course, tmp_path):
    """Neither the help nor a grading in one process loads Dask: they start at once."""
    path = tmp_path / "ex04_perceptron.py"
    path.write_bytes(b"")
    code = """
    import contextlib, sys
    from autograder.edges.cli.main import main
    with contextlib.suppress(SystemExit):
        main(["grade", "--help"])
    main(["grade", sys.argv[1], "--quiet"])
    import autograder.edges.engines
    print("loaded", sorted({"dask", "distributed", "tornado"} & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(path)],
        cwd=course.root,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "--workers [N]" in done.stdout or "--workers N" in done.stdout
    assert "--scheduler ADDRESS" in done.stdout
    assert done.stdout.endswith("loaded []\n")


def test_workers_fit_the_machine(monkeypatch):
    """Without a number there are as many workers as cores and memory allow for, and one at least."""
    from autograder.edges.cluster import local as cluster_local

    for cores, memory_gib, count in ((4, 100, 4), (16, 24, 8), (2, 1, 1)):
        monkeypatch.setattr(cluster_local, "CPU_COUNT", cores)
        monkeypatch.setattr(cluster_local, "MEMORY_LIMIT", memory_gib * 2**30)
        assert cluster_local.fitting_workers() == count


def test_workers_without_a_number():
    """`--workers` takes no path for its number."""
    from autograder.edges.cli.arguments import name_defaults
    from autograder.edges.cli.option_values import FITTING

    assert name_defaults(["grade", "--workers", "a.py"]) == [
        "grade",
        "--workers",
        FITTING,
        "a.py",
    ]
    assert name_defaults(["grade", "a.py", "--workers"])[-1] == FITTING
    for words in (["grade", "--workers", "2", "a.py"], ["grade", "--", "--workers", "a.py"]):
        assert name_defaults(words) == words
