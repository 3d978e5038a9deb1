"""Ways out of a box, into another one, or around a limit, each tried from inside a box."""

import errno
import json
import os
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import pytest
from asking import HUNGRY, TASK, answer, ending, run, zygote_of
from changed_guest import NO_SECCOMP, appended

from autograder.errors import SandboxError
from autograder.guest.confine import seccomp
from autograder.guest.confine.confinement import OPEN_FILES
from autograder.records import Isolation, Limits, Status
from autograder.sandbox import bwrap, uid_pool
from autograder.sandbox.client import Sandbox

pyseccomp = pytest.importorskip("pyseccomp", exc_type=ImportError)


@pytest.fixture(scope="module", autouse=True)
def _full(sandbox):
    if sandbox.isolation is not Isolation.FULL:
        pytest.skip("no namespaces on this machine")


@pytest.fixture(params=["cgroup", "keeper"])
def bounded(request, sandbox, monkeypatch):
    """A sandbox in which a cgroup bounds a box's memory, and one in which its keeper looks at it."""
    sandbox.start()
    if request.param == "keeper":
        monkeypatch.setattr(sandbox, "cgroup_place", None)
    elif sandbox.cgroup_place is None:
        pytest.skip("no cgroup can be made on this machine")
    return sandbox


def in_boxes_at_once(sandbox, source: str, count: int = 2, **limits) -> list:
    """Return the answers of boxes that run `source` side by side."""
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(answer(sandbox, source, **limits)))
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_walls_are_named(sandbox):
    """A sandbox says in words what its boxes are walled in by."""
    answer(sandbox, f"def {TASK}(): return 1")
    assert sandbox.walls == "namespaces, seccomp"


def test_rights_over_its_own_namespaces_are_given_up(sandbox):
    """A box holds no capability, so that it cannot uncover the zygote's own /proc."""
    source = f"""
    import ctypes, os
    def {TASK}():
        libc = ctypes.CDLL(None, use_errno=True)
        sets = (ctypes.c_uint32 * 6)()
        told = libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), sets)
        bounding = [libc.prctl(23, number, 0, 0, 0) for number in range(36)]
        umount = libc.umount2(b"/proc", 2)
        again = libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[2**21] * 6))
        processes = [name for name in os.listdir("/proc") if name.isdigit()]
        return [told, list(sets), max(bounding), umount, again, processes]
    """
    assert answer(sandbox, source) == [0, [0] * 6, 0, -1, -1, []]


def test_forbidden_calls_are_answered_with_an_error(sandbox):
    """Every call on the list fails in a box, in a program that it starts, and no other call does."""
    names = " ".join(seccomp.FORBIDDEN.values()).split() + seccomp.UNCOUNTED.split() + ["clone3"]
    numbers = {name: pyseccomp.resolve_syscall(0, name) for name in names}
    numbers = {name: number for name, number in numbers.items() if number >= 0}
    assert len(numbers) > 60
    source = f"""
    import ctypes, subprocess, sys

    CODE = '''if True:
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        def call(number, *args):
            ctypes.set_errno(0)
            result = libc.syscall(number, *args, 0, 0, 0, 0)
            return ctypes.get_errno() if result == -1 else 0
        told = {{name: call(number) for name, number in {numbers!r}.items()}}
    '''
    def {TASK}():
        here = {{}}
        exec(CODE, here)
        run = subprocess.run([sys.executable, "-c", CODE + "print(told)"], capture_output=True, text=True)
        return [here["told"], eval(run.stdout), here["call"]({pyseccomp.resolve_syscall(0, "getpid")})]
    """
    here, child, control = answer(sandbox, source)
    wanted = {name: errno.ENOSYS if name in seccomp.UNKNOWN else errno.EPERM for name in numbers}
    assert here == child == wanted
    assert control == 0


def test_calls_are_told_apart_by_their_arguments(sandbox):
    """Namespaces by clone, foreign sockets, and uncounted memory are refused; their kin are not."""
    source = f"""
    import ctypes, mmap, os, socket
    libc = ctypes.CDLL(None, use_errno=True)

    def attempt(function, *args, **options):
        try:
            function(*args, **options)
            return "done"
        except BaseException as error:
            return type(error).__name__

    def clone(flags):
        pid = libc.syscall({pyseccomp.resolve_syscall(0, "clone")}, flags | 17, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        return os.waitpid(pid, 0)[1] if pid > 0 else -ctypes.get_errno()

    def {TASK}():
        private, shared = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
        return {{
            "clone": [clone(flag) for flag in (0, *{seccomp.CLONE_FLAGS!r})],
            "sockets": [attempt(socket.socket, family, socket.SOCK_STREAM) for family in (1, 2, 10)],
            "foreign": [attempt(socket.socket, f, 3) for f in (*range(3, 10), *range(11, 46), 2**31 - 1)],
            "private": attempt(mmap.mmap, -1, 4096, flags=private),
            "shared": attempt(mmap.mmap, -1, 4096, flags=shared),
            "growing": attempt(mmap.mmap, -1, 4096, flags=private | 0x100),
            "zero": os.stat("/dev/zero").st_rdev == os.stat("/dev/null").st_rdev,
        }}
    """
    found = answer(sandbox, source)
    assert found["clone"] == [0] + [-errno.EPERM] * 7
    assert found["sockets"] == ["done"] * 3
    assert set(found["foreign"]) == {"PermissionError"}
    assert found["private"] == "done"
    assert found["shared"] == found["growing"] == "PermissionError"
    assert found["zero"]


def test_keras_trains_behind_the_walls(sandbox):
    """A model that only the box itself can train is compiled, trained, saved and asked there."""
    source = f"""
    import keras
    import numpy as np

    class Own(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    def {TASK}():
        layers = [keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.Flatten(), Own()]
        model = keras.Sequential([*layers, keras.layers.Dense(1)])
        model.compile("adam", "mse", jit_compile=True)
        x = np.ones((64, 8, 8, 1))
        losses = model.fit(x, np.ones((64, 1)), epochs=2, verbose=0).history["loss"]
        model.save("model.keras")
        again = keras.saving.load_model("model.keras", custom_objects={{"Own": Own}})
        return [len(losses), float(abs(again.predict(x, verbose=0) - model.predict(x, verbose=0)).max())]
    """
    assert answer(sandbox, source) == [2, 0.0]


def test_signals_to_its_own_group_do_not_reach_its_keeper(sandbox):
    """Stopping or killing the whole process group costs a submission itself, and is never lost."""
    source = f"""
    import os, signal
    def {TASK}():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.kill(0, signal.SIGTERM)
        os.kill(0, signal.SIGSTOP)
        return 1
    """
    began_s = time.monotonic()
    said = run(sandbox, source, timeout_s=5.0)
    assert said.answers or said.ends[TASK].facts.why == "time"
    assert time.monotonic() - began_s < 30


def test_each_box_has_its_own_number_of_processes(sandbox):
    """Two fork bombs side by side each reach their own limit, and not each other's."""
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
            time.sleep(1.5)
            return count
    """
    counts = in_boxes_at_once(sandbox, bomb, processes=60, memory_mib=60_000)
    assert len(counts) == 2
    assert all(30 < count < 60 for count in counts), counts


def test_limits_that_the_kernel_keeps(sandbox):
    """Open files, core files, stacks and message queues are bounded, and nobody can raise it."""
    source = f"""
    import resource
    def {TASK}():
        files = []
        try:
            while True:
                files.append(open("/dev/null"))
        except OSError as error:
            told = [len(files), error.errno]
        kinds = (resource.RLIMIT_CORE, resource.RLIMIT_MSGQUEUE, resource.RLIMIT_STACK)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
            raised = True
        except (OSError, ValueError):
            raised = False
        return [told, [resource.getrlimit(kind)[1] for kind in kinds], raised]
    """
    (count, code), (core, queues, stack), raised = answer(sandbox, source)
    assert OPEN_FILES - 20 < count < OPEN_FILES
    assert code == errno.EMFILE
    assert core == queues == 0
    assert stack <= 64 * 2**20
    assert not raised


def test_everything_written_is_bounded(sandbox):
    """Shared memory, temporary files and files without a name fill the box's own tmpfs alone."""
    source = f"""
    import tempfile
    def fill(folder):
        files, mib = [], 0
        try:
            while mib < 1000:
                files.append(tempfile.TemporaryFile(dir=folder))
                files[-1].write(bytes(2**22))
                files[-1].flush()
                mib += 4
        except OSError:
            return mib
    def {TASK}():
        return [fill(folder) for folder in ("/dev/shm", "/tmp", ".")]
    """
    shared, temporary, own = answer(sandbox, source, file_mib=40)
    assert 48 <= shared <= 64
    assert 64 < temporary <= 80
    assert 64 < own <= 80


def test_memory_taken_at_once_is_noticed_in_time(bounded):
    """Children that fill their memory as fast as they can are ended near the limit, not far above."""
    said = run(bounded, HUNGRY, memory_mib=1500)
    facts = said.ends[TASK].facts
    assert facts.why == "memory"
    assert facts.peak_mib < 2 * 1500, facts


def test_memory_that_processes_share_is_counted_once(bounded):
    """Pools of forks that only look at what their parent holds, and end together, may be."""
    source = f"""
    import os, time
    def {TASK}():
        hold = b"x" * (300 * 2**20)
        found = []
        for _ in range(20):
            end_s, pids = time.monotonic() + 0.25, []
            for _ in range(8):
                pids.append(os.fork())
                if pids[-1] == 0:
                    time.sleep(max(0, end_s - time.monotonic()))
                    os._exit(len(hold) % 2)
            found += [os.waitpid(pid, 0)[1] for pid in pids]
        return found
    """
    assert answer(bounded, source, memory_mib=1200) == [0] * 160


def test_processor_time_of_many_processes_is_limited(sandbox):
    """Processes that each stay below the limit run out of time together."""
    source = f"""
    import os
    def {TASK}():
        while True:
            pid = os.fork()
            if pid == 0:
                began = os.times().user
                while os.times().user - began < 1:
                    pass
                os._exit(0)
            os.waitpid(pid, 0)
    """
    said = run(sandbox, source, cpu_s=3, timeout_s=100.0, call_timeout_s=90.0)
    assert said.ends[TASK].facts.why == "time"
    assert 3 <= said.ends[TASK].facts.cpu_s < 6
    assert ending(sandbox, source, cpu_s=2)[0] is Status.TIMED_OUT


def test_users_for_boxes_are_taken_one_by_one():
    """A user is one box's alone, also among processes, until it is released."""
    first, second = uid_pool.take(), uid_pool.take()
    code = "from autograder.sandbox import uid_pool; print(uid_pool.take().uid)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    third = int(run.stdout)
    assert len({first.uid, second.uid, third, uid_pool.BOX_UID}) == 4
    first.release()
    again = uid_pool.take()
    assert again.uid == first.uid
    for slot in (second, again):
        slot.release()


def test_isolation_that_is_required_includes_the_filter():
    """Without seccomp boxes are opened, and the walls say so; not where isolation is required."""
    with appended(NO_SECCOMP):
        strict = Sandbox(require_isolation=True, libraries=())
        lax = Sandbox(libraries=())
        try:
            with pytest.raises(SandboxError, match="libseccomp"):
                strict.open_box("student", Limits())
            lax.open_box("student", Limits()).close()
            assert lax.walls == "namespaces"
            assert lax.isolation is Isolation.FULL
        finally:
            strict.stop()
            lax.stop()


def test_an_installed_copy_is_covered_by_all_its_names(tmp_path):
    """In an environment that is reached by a link, hidden tests are covered at both ends of it."""
    link = tmp_path / "environment"
    link.symlink_to(sys.prefix)
    code = """if True:
        import json, sys
        from pathlib import Path
        from autograder.records import Isolation
        from autograder.sandbox.bwrap import zygote_command
        for isolation in (Isolation.FULL, Isolation.NONE):
            facts = (Path("/library"), Path(sys.argv[1]), 3, "tensorflow")
            print(json.dumps(zygote_command(isolation, *facts).argv))
    """
    tmp_path.chmod(0o755)
    python = str(link / "bin" / "python")
    run = subprocess.run(
        [python, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    walled, landlocked = map(json.loads, run.stdout.splitlines())
    if os.geteuid() == 0:  # who lends its rights to a command of its own first
        walled = json.loads(walled[-1])["argv"]
    package = Path(sysconfig.get_path("purelib")).relative_to(sys.prefix) / "autograder"
    names = {str(top / package) for top in (link, Path(sys.prefix).resolve())}
    assert len(names) == 2
    assert all(name in " ".join(landlocked) for name in names)
    covered = {walled[place + 1] for place, word in enumerate(walled) if word == "--tmpfs"}
    assert {name for name in names if Path(name).is_dir()} <= covered


def test_a_gpu_is_for_model_boxes(monkeypatch, tmp_path):
    """With `gpu` the card's devices are let in and left visible; no student box is opened there."""
    card = tmp_path / "nvidia0"
    card.touch()
    monkeypatch.setattr(bwrap, "GPU_DEVICES", (str(tmp_path / "nvidia*"),))
    facts = (Isolation.FULL, tmp_path, tmp_path, 3, "tensorflow")
    monkeypatch.setattr(bwrap, "as_unprivileged", lambda argv, *_: argv)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    without, with_gpu = bwrap.zygote_command(*facts), bwrap.zygote_command(*facts, gpu=True)
    assert str(card) not in without.argv
    place = with_gpu.argv.index(str(card))
    assert with_gpu.argv[place - 1 : place + 2] == ["--dev-bind-try", str(card), str(card)]
    assert place < with_gpu.argv.index("--remount-ro")
    assert without.env["CUDA_VISIBLE_DEVICES"] == "-1"
    assert "CUDA_VISIBLE_DEVICES" not in with_gpu.env
    assert with_gpu.env["NVIDIA_TF32_OVERRIDE"] == "0"  # single precision, as on the processor
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert bwrap.zygote_command(*facts, gpu=True).env["CUDA_VISIBLE_DEVICES"] == "1"
    tmp_path.chmod(0o755)
    assert bwrap.zygote_command(Isolation.NONE, *facts[1:]).env["CUDA_VISIBLE_DEVICES"] == "-1"
    sandbox = Sandbox(gpu=True)
    with pytest.raises(SandboxError, match="Only a model box"):
        sandbox.open_box("student", Limits())
    assert sandbox.processes() == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a zygote as another user")
def test_the_zygote_is_not_root(sandbox):
    """Started by root, a zygote with namespaces has root's rights over nothing."""
    answer(sandbox, f"def {TASK}(): return 1")
    status = Path(f"/proc/{zygote_of(sandbox).pid}/status").read_text()
    assert status.split("Uid:")[1].split()[:4] == [str(uid_pool.BOX_UID)] * 4
    assert status.split("CapEff:")[1].split()[0].strip("0") == ""
