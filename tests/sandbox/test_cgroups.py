"""A box's memory, counted and bounded by a cgroup of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from asking import HUNGRY, TASK, answer, ending, run

from autograder.guest.confine.cgroup_meter import Counted
from autograder.guest.protocol import TRIED
from autograder.guest.protocol.walls import Try
from autograder.records import Limits, Status
from autograder.sandbox import cgroups
from autograder.sandbox.cgroups import Cgroup, Place
from autograder.sandbox.client import Sandbox

# Sockets that nobody reads: memory of the kernel's that belongs to no process.
BUFFERS = f"""
    import os, socket, time
    def {TASK}():
        for _ in range(30):
            if os.fork() == 0:
                ends = [end for _ in range(120) for end in socket.socketpair()]
                for end in ends:
                    end.setblocking(False)
                    try:
                        while True:
                            end.send(bytes(65536))
                    except BlockingIOError:
                        pass
                time.sleep(60)
        time.sleep(20)
"""


@pytest.fixture(scope="module")
def place() -> Place:
    """Where cgroups can be made here."""
    found = cgroups.find()
    one = found.make(100) if found else None
    if found is None or one is None:
        pytest.skip("no cgroup can be made on this machine")
    one.remove()
    return found


def left(place: Place) -> list[Path]:
    """This process's cgroups."""
    return list(place.folder.glob(f"autograder-{os.getpid()}-*"))


@pytest.fixture
def counting(place: Place, sandbox: Sandbox) -> Sandbox:
    """A sandbox whose boxes are counted."""
    if not sandbox.open_box("self-test", Limits()).close(0.0).counted:
        pytest.skip("a box may not enter a cgroup on this machine")
    return sandbox


# What the kernel does


def test_a_box_never_takes_more_than_its_limit(counting: Sandbox) -> None:
    """Sixteen children that each take 500 MiB at once end it at 1500 MiB, as out of memory."""
    said = run(counting, HUNGRY, memory_mib=1500)
    facts = said.ends[TASK].facts
    assert (facts.why, facts.counted) == ("memory", True)
    assert 1400 < facts.peak_mib <= 1500
    status, message = ending(counting, HUNGRY, memory_mib=1200)
    assert status is Status.OUT_OF_MEMORY
    assert "1200 MiB" in message


def test_memory_of_the_kernels_is_the_boxs_too(counting: Sandbox) -> None:
    """Full sockets that nobody reads count, which no look at processes shows."""
    facts = run(counting, BUFFERS, memory_mib=900, timeout_s=100.0).ends[TASK].facts
    assert facts.why == "memory"
    assert facts.peak_mib <= 900


def test_files_are_the_boxs_memory(counting: Sandbox) -> None:
    """What lies on its tmpfs is told with what it took."""
    peaks_mib = []
    for files in (0, 4):
        with counting.open_box("self-test", Limits(file_mib=64)) as box:
            box.channel.send(Try("fill", (files, 30)))
            assert box.channel.receive(TRIED)[0].got == (f"{files * 30} MiB",)
            peaks_mib.append(box.close(0.0).peak_mib)
    assert 115 < peaks_mib[1] - peaks_mib[0] < 150


def test_a_box_that_stays_below_is_as_before(counting: Sandbox) -> None:
    """An answer comes back, and of its cgroup nothing is left."""
    assert answer(counting, f"def {TASK}(): return 1") == 1


def test_cgroups_go_with_their_boxes(counting: Sandbox, place: Place) -> None:
    """One is there while a box is open, none once it is closed, also after a violent end."""
    before = left(place)
    with counting.open_box("self-test", Limits()) as box:
        box.channel.send(Try("root"))
        box.channel.receive(TRIED)  # by now it has begun
        (one,) = set(left(place)) - set(before)
        assert (one / "cgroup.procs").read_text().split()
    assert left(place) == before
    run(counting, HUNGRY, memory_mib=1200)
    assert left(place) == before


def test_a_box_whose_keeper_is_gone_is_ended(place: Place) -> None:
    """Removing a cgroup kills what is left in it."""
    cgroup = place.make(100)
    assert cgroup is not None
    process = subprocess.Popen(["sleep", "60"])
    os.write(cgroup.files[0], str(process.pid).encode())
    cgroup.remove()
    assert process.wait(timeout=5) == -9
    assert not left(place)


def test_what_a_killed_process_left_is_swept(place: Place) -> None:
    """An empty cgroup of a process that is gone goes; one of a process that lives stays."""
    code = (
        "from autograder.sandbox import cgroups; import os, sys; "
        "cgroup = cgroups.find().make(100); print(cgroup.folder, flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    folder = Path(other.stdout.readline().strip())
    place.sweep()
    assert folder.is_dir()
    other.kill()
    other.communicate()
    place.sweep()
    assert not folder.exists()


def test_a_number_that_another_process_got_does_not_keep_a_cgroup(tmp_path: Path) -> None:
    """In a container the next run often has the number of the one before, which was killed."""
    old = tmp_path / f"autograder-{os.getpid()}-0123456789abcdef"
    new = tmp_path / f"autograder-{os.getpid()}-fedcba9876543210"
    for folder in (old, new):
        folder.mkdir()
    long_ago = time.time() - 7 * 86_400
    os.utime(old, (long_ago, long_ago))
    Place(tmp_path, 1).sweep()
    assert not old.exists()
    assert new.exists()


# Where it cannot be used


def test_without_a_cgroup_a_keeper_looks(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same end without one, and where the kernel does not let the box in."""
    sandbox.start()
    for instead in (None, _Closed(Path("/nowhere"), 1)):
        monkeypatch.setattr(sandbox, "cgroup_place", instead)
        facts = run(sandbox, HUNGRY, memory_mib=1500).ends[TASK].facts
        assert (facts.why, facts.counted) == ("memory", False)


class _Closed(Place):
    """Its cgroups let nobody in."""

    def make(self, limit_mib: int) -> Cgroup | None:
        return Cgroup(self.folder, [os.open(os.devnull, os.O_RDONLY) for _ in range(3)])


def test_a_limit_that_the_kernel_refuses_makes_no_cgroup(place: Place) -> None:
    """No folder is left of one that could not be bounded."""
    assert place.make(-5) is None
    assert Place(Path("/proc"), 2).make(100) is None
    assert not left(place)


# Where they are made


def told(folder: Path, own: str, mount: str) -> Path:
    """What the kernel would tell of a process whose cgroups lie at `folder`/cg."""
    (folder / "cgroup").write_text(own)
    proc = "22 1 0:20 / /proc rw,nosuid shared:5 - proc proc rw"
    (folder / "mountinfo").write_text(f"{proc}\n{mount.format(target=folder / 'cg')}\n")
    return folder


def level(path: Path, hands_down: str = "") -> Path:
    """A made-up cgroup that hands controllers down to those in it."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "cgroup.procs").touch()
    (path / "cgroup.subtree_control").write_text(f"{hands_down}\n")
    return path


V2 = "30 1 0:25 {root} {{target}} rw,nosuid - cgroup2 cgroup2 rw"
V1 = "31 1 0:26 {root} {{target}} rw,nosuid shared:9 - cgroup cgroup rw,memory"


def test_in_version_2_they_go_beside_the_own_one(tmp_path: Path) -> None:
    """Of the cgroups above, the first that hands memory down: a systemd user's app.slice."""
    own = "/user.slice/user-1.slice/app.slice/run-1.scope"
    about = told(tmp_path, f"0::{own}\n", V2.format(root="/"))
    top = level(tmp_path / "cg", "cpu memory pids")
    user = level(top / "user.slice/user-1.slice", "memory pids")
    app = level(user / "app.slice", "memory")
    level(top / own[1:])
    level(user.parent, "memory")
    assert cgroups.find(about) == Place(app, 2)
    level(app, "pids")
    assert cgroups.find(about) == Place(user, 2)
    (user / "cgroup.procs").unlink()  # not ours to write into
    assert cgroups.find(about) == Place(user.parent, 2)


def test_in_a_container_they_go_where_its_mount_begins(tmp_path: Path) -> None:
    """A mount may show a part of the tree, in which paths of the whole are told."""
    top = level(tmp_path / "cg")
    job = level(top / "job")
    text = "9:name=systemd:/\n4:cpu,memory:/docker/12ab/job\n0::/\n"
    assert cgroups.find(told(tmp_path, text, V1.format(root="/docker/12ab"))) == Place(job, 1)
    assert cgroups.find(told(tmp_path, text, V1.format(root="/docker/34cd"))) is None


@pytest.mark.parametrize(
    ("own", "mount"),
    [
        ("0::/\n", V2.format(root="/")),  # it has processes, and hands nothing down
        ("0::/../other\n", V2.format(root="/")),  # outside of what can be seen
        ("4:cpu:/\n", V1.format(root="/")),
        ("4:memory:/\n", V1.format(root="/").replace("rw,memory", "rw,cpu")),
        ("", "31 1 0:26 / {target} rw - ext4 /dev/vda rw"),
    ],
)
def test_where_none_can_be_made_none_is_found(tmp_path: Path, own: str, mount: str) -> None:
    """No memory controller, no right, or a process at the top of a container."""
    level(tmp_path / "cg")
    assert cgroups.find(told(tmp_path, own, mount)) is None


def test_a_process_of_which_nothing_is_told_has_none(tmp_path: Path) -> None:
    """As on a system without /proc."""
    assert cgroups.find(tmp_path) is None


# Why a box was killed


@pytest.mark.parametrize(
    ("events", "peak_mib", "why"),
    [
        ("low 0\nhigh 0\nmax 5\noom 0\noom_kill 0\n", 100, None),
        ("low 0\nhigh 0\nmax 5\noom 1\noom_kill 2\n", 100, "memory"),
        ("low 0\nhigh 0\nmax 5\noom 0\noom_kill 1\n", 60, "lost"),
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", 100, None),
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", 100, "memory"),
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", 60, "lost"),
    ],
)
def test_a_machine_without_memory_is_not_a_box_over_its_limit(
    tmp_path: Path, events: str, peak_mib: int, why: str | None
) -> None:
    """Killed at its own limit, a box is out of memory; killed because others took all, lost."""
    files = []
    for name, text in (("procs", ""), ("events", events), ("peak", f"{peak_mib * 2**20}\n")):
        (tmp_path / name).write_text(text)
        files.append(os.open(tmp_path / name, os.O_RDONLY))
    counted = Counted(files, 100 * 1024)
    assert counted.killed() == why
    assert counted.peak_kib() == peak_mib * 1024
    counted.close()
