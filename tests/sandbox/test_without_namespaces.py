"""Boxes where the kernel gives no namespaces: what still holds, and what the reports say then."""

import os
import threading
import time
from pathlib import Path

import psutil
import pytest
from asking import DAEMON, ENDLESS, TASK, answer, ending, falls_to, run
from changed_guest import NO_LANDLOCK, NO_NAMESPACES, NO_SECCOMP, appended
from repository import ROOT

from autograder.errors import SandboxError
from autograder.evidence.explanations import explain_end
from autograder.guest.confine import confinement, landlock
from autograder.guest.protocol import PREDICTED
from autograder.guest.protocol.models import Predict
from autograder.records import Isolation, Limits, Status
from autograder.sandbox import bwrap, selftest, uid_pool, unprivileged
from autograder.sandbox.client import Sandbox
from autograder.sandbox.selftest import State

as_root = pytest.mark.skipif(
    not uid_pool.can_give(), reason="only root can give a box its own user"
)
by_landlock = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")


@pytest.fixture(scope="module")
def plain():
    """A sandbox where bubblewrap starts, but the kernel gives no namespaces inside of it."""
    sandbox = Sandbox()
    with appended(NO_NAMESPACES):
        sandbox.open_box("student", Limits()).close()
    yield sandbox
    sandbox.stop()


def test_without_namespaces_the_answers_are_the_same(plain):
    """A plain process gives answers too, and says that its isolation is not full."""
    said = run(plain, f"def {TASK}(): return {{1: (2.5, 'x')}}")
    assert said.answers[TASK].value == {1: (2.5, "x")}
    assert said.isolation is (Isolation.LANDLOCK if landlock.version() else Isolation.NONE)


def test_without_namespaces_limits_hold(plain):
    """Time, memory and exits are still limited and told, and the environment is cleared."""
    assert ending(plain, ENDLESS, timeout_s=2.0)[0] is Status.TIMED_OUT
    assert ending(plain, f"import os\ndef {TASK}(): os._exit(3)")[0] is Status.ERRORED
    hold = f"import time\ndef {TASK}():\n    hold = bytearray(2**30)\n    time.sleep(60)\n    return hold"
    said = run(plain, hold, memory_mib=900)
    if TASK in said.answers:
        assert said.answers[TASK].error.type == "MemoryError"
    else:
        assert explain_end(said.ends[TASK])[0] is Status.OUT_OF_MEMORY
    names = answer(plain, f"import os\ndef {TASK}(): return sorted(os.environ)")
    assert "PYTEST_CURRENT_TEST" not in names


def test_without_namespaces_no_daemon_is_left(plain):
    """A double-forked process is found and killed when its box ends."""
    answer(plain, f"def {TASK}(): return 1")
    assert falls_to(plain, 1)
    assert answer(plain, DAEMON) == "left"
    assert falls_to(plain, 1)


def test_without_namespaces_folders_are_removed(plain):
    """Each box has a folder of its own, which is gone when the box has ended."""
    source = f"""
    import os
    def {TASK}():
        before = os.listdir(".")
        open("left", "w").write("x")
        return [os.getcwd(), before]
    """
    first, second = answer(plain, source), answer(plain, source)
    assert first[0] != second[0]
    assert second[1] == ["ex04_perceptron.py"]
    assert not Path(first[0]).exists()


@pytest.fixture(scope="module")
def bare():
    """A sandbox on a machine with neither bubblewrap nor Landlock nor libseccomp."""
    sandbox = Sandbox(libraries=())
    with pytest.MonkeyPatch.context() as patch, appended(NO_SECCOMP | NO_LANDLOCK):
        patch.setattr(bwrap, "find_bwrap", lambda: None)
        sandbox.open_box("student", Limits()).close()
    yield sandbox
    sandbox.stop()


LOOK = """
    import os, socket

    def attempt(function, *args):
        try:
            function(*args)
            return "done"
        except BaseException as error:
            return type(error).__name__
"""


def test_each_mode_names_its_walls(plain, bare):
    """Reports say landlock where it stands together with seccomp, and none where nothing does."""
    own = ["own user"] if uid_pool.can_give() else []
    if landlock.version():
        assert plain.walls.split(", ") == ["landlock", "seccomp", *own]
    assert bare.walls.split(", ") == (own or [""])
    assert run(bare, f"def {TASK}(): return 1").isolation is Isolation.NONE


@by_landlock
def test_landlock_closes_files_network_and_processes(plain, tmp_path):
    """Of the host's files, ports and processes a box without namespaces reaches none."""
    (tmp_path / "readable").write_text("of the host")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and folder.is_relative_to("/tmp/pytest-of-root"):
            folder.chmod(0o755)
    source = (
        LOOK
        + f"""
    def {TASK}():
        open("mine", "w").write("x")
        import keras, numpy
        return {{
            "own": open("mine").read(),
            "fresh": attempt(__import__, "sklearn.cluster"),
            "closed": [
                attempt(open, {str(tmp_path / "readable")!r}),
                attempt(open, {str(ROOT / "README.md")!r}),
                attempt(open, {str(Path(bwrap.package_folders().pop()) / "checks.py")!r}),
                attempt(open, "/etc/passwd"),
                attempt(open, "/proc/{os.getpid()}/environ"),
                attempt(open, "/dev/zero"),
                attempt(os.listdir, "/proc"),
                attempt(os.listdir, "/tmp"),
                attempt(open, "/tmp/left", "w"),
                attempt(open, "/dev/shm/left", "w"),
                attempt(open, "/var/tmp/left", "w"),
                attempt(open, keras.__file__, "a"),
                attempt(socket.socket),
                attempt(socket.socket, socket.AF_UNIX),
                attempt(os.kill, {os.getpid()}, 0),
                attempt(os.kill, os.getppid(), 9),
            ],
            "pair": attempt(socket.socketpair),
        }}
    """
    )
    found = answer(plain, source)
    assert found["own"] == "x"
    assert found["fresh"] == found["pair"] == "done"
    assert set(found["closed"]) <= {"PermissionError", "FileNotFoundError"}, found["closed"]


@as_root
@pytest.mark.parametrize("mode", ["plain", "bare"])
def test_each_box_runs_as_a_user_of_its_own(mode, request):
    """Started by root, boxes side by side are two users, neither root, and cannot signal others."""
    sandbox = request.getfixturevalue(mode)
    source = (
        LOOK
        + f"""
    import time
    def {TASK}():
        time.sleep(1)
        reached = [pid for pid in range(1, 40_000) if pid != os.getpid() and attempt(os.kill, pid, 0) == "done"]
        time.sleep(1)
        return [os.getuid(), os.geteuid(), os.getgid(), os.getgroups(), attempt(os.setuid, 0), reached]
    """
    )
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(answer(sandbox, source))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for uid, effective, group, groups, back, reached in found:
        assert uid_pool.BOX_UID < uid == effective == group
        assert groups == []
        assert back == "PermissionError"
        assert reached == []
    assert found[0][0] != found[1][0]


@as_root
def test_an_own_user_keeps_from_what_is_roots(bare, tmp_path):
    """With no wall but its own user, a box reads no file of root's alone, and changes none."""
    secret = tmp_path / "gradebook.db"
    secret.write_text("marks")
    secret.chmod(0o600)
    source = (
        LOOK
        + f"""
    def {TASK}():
        return [
            attempt(open, {str(secret)!r}),
            attempt(open, {str(ROOT / "README.md")!r}, "a"),
            attempt(os.listdir, "."),
        ]
    """
    )
    *closed, own = answer(bare, source)
    assert set(closed) <= {"PermissionError", "FileNotFoundError"}
    assert own == "done"


@as_root
def test_nothing_that_runs_as_the_boxs_user_outlives_it(bare):
    """A daemon in a session of its own is gone with its box, even when the keeper was killed."""
    assert answer(bare, DAEMON) == "left"
    assert falls_to(bare, 1)
    box = bare.open_box("model", Limits())
    box.channel.send(Predict("nothing"))
    box.channel.receive(PREDICTED)
    family = [psutil.Process(pid) for pid in bare.processes()]
    (sleeper,) = [one for one in family if uid_of(one) != 0]
    uid = uid_of(sleeper)
    for keeper in sleeper.parents():
        if keeper in family and keeper.parent() in family:
            keeper.kill()
    assert box.close().why == "lost"
    assert not processes_of(uid)


def processes_of(uid: int) -> list[psutil.Process]:
    found = [one for one in psutil.process_iter() if uid_of(one) == uid]
    return [one for one in found if one.status() != psutil.STATUS_ZOMBIE]


def uid_of(process: psutil.Process) -> int:
    try:
        return process.uids().real
    except psutil.Error:
        return -1


def test_memory_of_orphans_counts_too(bare):
    """A process that left its parent is still counted, and ended, with its box."""
    source = f"""
    import os, time
    def {TASK}():
        if os.fork() == 0:
            os.setsid()
            try:
                os.fork()
                if os.fork() == 0:
                    hold = b"x" * (800 * 2**20)
                    time.sleep(60)
            finally:
                os._exit(0)
        time.sleep(25)
    """
    said = run(bare, source, memory_mib=1500)
    assert said.ends[TASK].facts.why == "memory"
    assert falls_to(bare, 1)


def test_a_fork_bomb_stops_at_its_limit_whatever_the_user_runs_besides(bare):
    """The number of processes is the box's own, however many its user or others run."""
    bomb = f"""
    import os, time
    def {TASK}():
        count = 0
        try:
            while True:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                count += 1
        except OSError:
            return count
    """
    assert 20 < answer(bare, bomb, processes=40, memory_mib=60_000) < 40
    assert falls_to(bare, 1)


def test_a_box_that_stops_its_group_is_told_as_timed_out(bare):
    """Signals to its own process group reach the box alone, and its keeper ends it in time."""
    source = f"import os, signal\ndef {TASK}(): os.kill(0, signal.SIGSTOP)"
    began_s = time.monotonic()
    assert ending(bare, source, timeout_s=3.0)[0] is Status.TIMED_OUT
    assert time.monotonic() - began_s < 20


@as_root
def test_an_interpreter_that_only_root_can_read_is_told(tmp_path):
    """Where a box's user could not read the interpreter, no box is opened, and the text says why."""
    closed = tmp_path / "venv"
    closed.mkdir(mode=0o700)
    with pytest.raises(SandboxError, match="chmod -R go"):
        unprivileged.reachable(["python"], [str(closed)])
    tmp_path.chmod(0o700)
    closed.chmod(0o755)
    argv = unprivileged.reachable(["python"], [str(closed)])
    assert str(closed) in argv[-1]
    assert unprivileged.reachable(["python"], ["/usr"]) == ["python"]


def test_the_doctor_tells_what_is_missing_from_what_is_broken(plain, bare):
    """Where a wall is not to be had its failure is missing, not broken; what must hold, holds."""
    found = {one.name: one for one in selftest.try_walls(bare)}
    missing = {name for name, one in found.items() if one.state is State.MISSING}
    assert {"files", "writing", "network", "processes", "disk", "the next box"} <= missing
    assert State.BROKEN not in {one.state for one in found.values()}
    assert {found[name].state for name in ("memory", "time", "forks", "daemons")} == {State.OK}
    assert "it takes namespaces or landlock" in found["files"].outcome
    if landlock.version():
        told = selftest.try_walls(plain)
        assert [one.name for one in told if one.state is not State.OK] == ["disk"]


def test_a_second_name_does_not_lead_to_what_is_hidden(tmp_path):
    """lib64, which is lib by another name, opens nothing of what lib keeps hidden."""
    (tmp_path / "lib" / "packages" / "hidden").mkdir(parents=True)
    (tmp_path / "lib" / "packages" / "open").mkdir()
    (tmp_path / "lib64").symlink_to("lib")
    (tmp_path / "lib" / "round").symlink_to(tmp_path)
    hidden = [str(tmp_path / "lib" / "packages" / "hidden")]
    assert confinement.apart_from(str(tmp_path), hidden) == [
        str(tmp_path / "lib" / "packages" / "open")
    ]
