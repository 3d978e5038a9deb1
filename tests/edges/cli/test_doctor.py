"""`autograder doctor`: it finds what is there, and notices a wall with a hole in it."""

import io
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from repository import ROOT

from autograder.edges.cli import machine
from autograder.edges.cli.commands import doctor
from autograder.records import Isolation
from autograder.reporting.terminal import console
from autograder.sandbox import bwrap, selftest
from autograder.sandbox.client import Sandbox
from autograder.sandbox.selftest import State


@pytest.fixture(scope="module")
def printed():
    """What `autograder doctor --json` prints here, with its exit status."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, "-m", "autograder", "doctor", "--json"],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_wall_is_tried_and_holds(printed):
    """On a machine with bubblewrap nothing is broken, nothing but data may be missing."""
    if bwrap.isolation() is not Isolation.FULL:
        pytest.skip("no namespaces on this machine")
    found = json.loads(printed.stdout)
    states = {one["name"]: one["state"] for one in found["tried"]}
    assert len(states) == 18
    assert states.pop("backend") == "fact"
    assert set(states.values()) == {"ok"}, found["tried"]
    assert found["isolation"] == "full"
    assert found["walls"] == ["namespaces", "seccomp"]
    assert printed.returncode == found["status"] == 0, found["machine"]


def test_the_machine_is_described(printed):
    """Versions, size, programs, data and folders are told in a line each."""
    found = {one["name"]: one for one in json.loads(printed.stdout)["machine"]}
    assert f"keras {json_version('keras')}" in found["packages"]["told"]
    assert f"{os.cpu_count()} cores" in found["size"]["told"]
    for name in ("bubblewrap", "libseccomp", "nbgrader", "alembic", "mnist", "seed", "store"):
        assert found[name]["state"] == "ok", found[name]


def json_version(package: str) -> str:
    import importlib.metadata

    return importlib.metadata.version(package)


def test_the_table_fits_a_terminal(printed):
    """Printed for people, no line is longer than 80 columns, and every finding has its line."""
    document = json.loads(printed.stdout)
    to = io.StringIO()
    doctor.show(document, console(to, width=80))
    lines = to.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    for one in (*document["tried"], *document["machine"]):
        assert any(line.strip().startswith(one["name"]) for line in lines)


def test_a_hole_in_a_wall_is_found(monkeypatch):
    """A sandbox that lets in a folder of the host's is told as broken, and just there."""
    if bwrap.isolation() is not Isolation.FULL:
        pytest.skip("no namespaces on this machine")
    real = bwrap.zygote_command

    def with_a_hole(*args, **options):
        command = real(*args, **options)
        if os.geteuid() == 0:  # who lends its rights to a command of its own first
            launch = json.loads(command.argv[-1])
            argv = [*command.argv[:-1], json.dumps({**launch, "argv": pierced(launch["argv"])})]
        else:
            argv = pierced(command.argv)
        return replace(command, argv=argv)

    def pierced(argv):
        place = argv.index("--remount-ro")
        return [*argv[:place], "--bind", "/var/tmp", "/var/tmp", *argv[place:]]

    monkeypatch.setattr(bwrap, "zygote_command", with_a_hole)
    sandbox = Sandbox(libraries=())
    try:
        sandbox.start()
        monkeypatch.setattr(tempfile, "tempdir", "/var/tmp")
        found = {one.name: one for one in selftest.try_walls(sandbox)}
    finally:
        sandbox.stop()
    broken = {name for name, one in found.items() if one.state is State.BROKEN}
    assert broken == {"files", "writing"}, found
    assert "answers" in found["files"].outcome


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "apparmor_parser -r"),
        ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces"),
        ("", "", "--security-opt seccomp=unconfined"),
    ],
)
def test_what_forbids_namespaces_is_told(monkeypatch, tmp_path, setting, value, remedy):
    """For each thing that keeps bubblewrap from working, the line says how to allow it."""
    if setting:
        (tmp_path / setting).parent.mkdir()
        (tmp_path / setting).write_text(value + "\n", encoding="ascii")
    monkeypatch.setattr(bwrap, "isolation", lambda: Isolation.NONE)
    monkeypatch.setattr(bwrap, "find_bwrap", lambda: "/bin/echo")
    found = {one.name: one for one in machine.facts(tmp_path)}["bubblewrap"]
    assert found.state is State.MISSING
    assert remedy in found.remedy


def test_what_is_not_there_is_told(monkeypatch, tmp_path):
    """Without programs, course and writable folders each line says how to get them."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bwrap, "find_bwrap", lambda: None)
    monkeypatch.setenv("AUTOGRADER_STORE", "/proc/none/store")
    found = {one.name: one for one in machine.facts()}
    assert found["nbgrader"].state is found["alembic"].state is State.MISSING
    assert "apt install bubblewrap" in found["bubblewrap"].remedy
    assert found["store"].state is State.MISSING
    assert "AUTOGRADER_STORE" in found["store"].remedy
    monkeypatch.setenv("AUTOGRADER_STORE", str(tmp_path / "to" / "come"))
    assert {one.name: one for one in machine.facts()}["store"].state is State.OK
