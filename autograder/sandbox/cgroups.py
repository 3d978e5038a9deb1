"""Bounds each box's memory by a cgroup of its own, where this process may make one.

The kernel counts there what all processes of a box take together, at the moment they take it:
their memory, their files on a tmpfs, and its own buffers for them. What a box shares with the
zygote is the zygote's. Where no cgroup can be made, the box's keeper looks at its processes
instead (`guest/confine/limits.py`).
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import psutil

_PREFIX = "autograder"
_EMPTY_S, _POLL_S = 2.0, 0.01
# A process's start is given in ticks since the machine's, less exactly than a file's time.
_CLOCK_S = 5.0
# The limits, in the order in which the kernel takes them; {bytes} is the box's. What a kernel
# without swap, or an old one, does not have is left out.
_LIMITS = {
    1: {"memory.limit_in_bytes": "{bytes}", "memory.memsw.limit_in_bytes": "{bytes}"},
    2: {"memory.max": "{bytes}", "memory.swap.max": "0", "memory.oom.group": "1"},
}
_EVENTS = {1: "memory.oom_control", 2: "memory.events"}
_PEAKS = {1: ("memory.max_usage_in_bytes",), 2: ("memory.peak", "memory.current")}


class Cgroup:
    """The cgroup of one box.

    Args:
        folder: Where it is.
        files: Descriptors of its `cgroup.procs`, of the file that shows whether the kernel killed
            for lack of memory, and of the peak of its memory; the box's keeper gets them.
    """

    def __init__(self, folder: Path, files: list[int]) -> None:
        self.folder = folder
        self.files = files

    def close_files(self) -> None:
        """Close this process's descriptors."""
        while self.files:
            os.close(self.files.pop())

    def remove(self) -> None:
        """Kill what is still in it, and remove it."""
        self.close_files()
        deadline_s = time.monotonic() + _EMPTY_S
        while time.monotonic() < deadline_s:
            try:
                self.folder.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                self._kill()
                time.sleep(_POLL_S)  # a killed process takes a moment to leave
            else:
                return

    def _kill(self) -> None:
        with suppress(OSError):
            for pid in (self.folder / "cgroup.procs").read_text(encoding="ascii").split():
                if pid != "0":  # of a PID namespace that is not ours
                    with suppress(ProcessLookupError, PermissionError):
                        os.kill(int(pid), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where cgroups for boxes can be made.

    Attributes:
        folder: The cgroup that they are made in.
        version: 1 or 2.
    """

    folder: Path
    version: int

    def make(self, limit_mib: int) -> Cgroup | None:
        """Return a new cgroup for a box, or None where the kernel refuses it."""
        folder = self.folder / f"{_PREFIX}-{os.getpid()}-{secrets.token_hex(8)}"
        cgroup = Cgroup(folder, [])
        try:
            folder.mkdir()
            for number, (name, value) in enumerate(_LIMITS[self.version].items()):
                if number == 0 or (folder / name).exists():  # without the first there is no bound
                    (folder / name).write_text(value.format(bytes=limit_mib * 2**20))
            peak = next(name for name in _PEAKS[self.version] if (folder / name).exists())
            for name, mode in (
                ("cgroup.procs", os.O_WRONLY),
                (_EVENTS[self.version], os.O_RDONLY),
                (peak, os.O_RDONLY),
            ):
                cgroup.files.append(os.open(folder / name, mode | os.O_CLOEXEC))
        except (OSError, StopIteration):
            cgroup.remove()
            return None
        return cgroup

    def sweep(self) -> None:
        """Remove what processes that were killed outright left behind."""
        for folder in self.folder.glob(f"{_PREFIX}-*-*"):
            pid = folder.name.split("-")[1]
            with suppress(OSError, psutil.AccessDenied):
                if pid.isdigit() and not _has_made(int(pid), folder):
                    folder.rmdir()


def _has_made(pid: int, folder: Path) -> bool:
    """Return whether the maker of a cgroup still runs, and not a later process of its number."""
    try:
        return bool(psutil.Process(pid).create_time() <= folder.stat().st_mtime + _CLOCK_S)
    except psutil.NoSuchProcess:
        return False


def find(about: Path = Path("/proc/self")) -> Place | None:
    """Return where this process may make cgroups that bound memory, if anywhere.

    Args:
        about: A folder of procfs about the process, with `cgroup` and `mountinfo`.
    """
    if sys.platform != "linux":
        return None
    try:
        own = _own_paths((about / "cgroup").read_text(encoding="utf-8"))
        mounts = (about / "mountinfo").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    for line in mounts.splitlines():
        mount, _, filesystem = line.partition(" - ")
        root, target = mount.split()[3:5]
        kind, _, options = filesystem.split()[:3]
        if kind == "cgroup" and "memory" in options.split(",") and "memory" in own:
            version, path = 1, own["memory"]
        elif kind == "cgroup2" and "" in own:
            version, path = 2, own[""]
        else:
            continue
        top = Path(target)
        with suppress(ValueError, OSError):
            folder = top / PurePosixPath(path).relative_to(root)
            # Version 1 has cgroups in one that has processes; in version 2 they go beside it.
            for place in (folder,) if version == 1 else (folder, *folder.parents):
                if _will_do(place, version):
                    return Place(place, version)
                if place == top:
                    break
    return None


def _own_paths(text: str) -> dict[str, str]:
    """Return this process's cgroup of each controller of version 1; of version 2 under ""."""
    paths = {}
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        paths.update(dict.fromkeys(controllers.split(","), path))
    return paths


def _will_do(folder: Path, version: int) -> bool:
    if not (os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)):
        return False
    if version == 1:
        return True
    return "memory" in (folder / "cgroup.subtree_control").read_text(encoding="ascii").split()
