"""The interpreter and other programs are found whatever way this process was started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.programs import INTERPRETER, find_program, without_steps_up

ASK = "from autograder.programs import INTERPRETER; print(INTERPRETER)"


def asked(argv: list[str], folder: Path, **environment: str) -> Path:
    """Return what a process, started like this in a folder, takes its interpreter to be."""
    told = subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return Path(told.stdout.strip())


@pytest.fixture
def course_folder(tmp_path) -> Path:
    """A folder beside a link to the virtual environment of these tests."""
    (tmp_path / "venv").symlink_to(sys.prefix)
    (tmp_path / "course" / "deep").mkdir(parents=True)
    return tmp_path / "course"


def test_the_interpreter_is_a_path_without_steps_up(course_folder):
    """As `../venv/bin/python`, by a longer way, and by its whole path it is the same program."""
    name = Path(sys.executable).name
    for folder, program in (
        (course_folder, f"../venv/bin/{name}"),
        (course_folder / "deep", f"../../course/../venv/bin/{name}"),
        (course_folder, f"{course_folder}/../venv/bin/./{name}"),
        (course_folder, os.path.relpath(sys.executable, course_folder)),
        (course_folder.parent, f"./venv/bin/{name}"),
        (course_folder, sys.executable),
    ):
        path = asked([program, "-c", ASK], folder)
        assert path.is_absolute() and ".." not in path.parts, program
        assert path.samefile(sys.executable), program
        # A virtual environment is known by the place of the link in it.
        assert (path.parent.parent / "pyvenv.cfg").is_file() == (sys.prefix != sys.base_prefix)


def test_a_relative_entry_of_path_gives_an_absolute_interpreter(course_folder):
    """Python leaves such a path relative, and it would lead nowhere from another folder."""
    name = Path(sys.executable).name
    path = asked(["/usr/bin/env", name, "-c", ASK], course_folder, PATH="../venv/bin")
    assert path.is_absolute() and path.samefile(sys.executable)


def test_it_holds_in_a_folder_that_is_left_and_removed(course_folder):
    """The path no longer leads through the folder in which the process was started."""
    code = (
        "from autograder.programs import INTERPRETER; import os, subprocess; "
        "folder = os.getcwd(); os.chdir('/'); os.rmdir(folder); "
        "subprocess.run([INTERPRETER, '-c', 'print(1)'], check=True)"
    )
    program = f"../../venv/bin/{Path(sys.executable).name}"
    assert asked([program, "-c", code], course_folder / "deep") == Path("1")
    assert not (course_folder / "deep").exists()


def test_steps_up_from_a_link_lead_to_where_the_kernel_goes(tmp_path):
    """Above a linked folder lies the folder that its target lies in."""
    (tmp_path / "far" / "folder").mkdir(parents=True)
    (tmp_path / "far" / "program").touch()
    (tmp_path / "link").symlink_to(tmp_path / "far" / "folder")
    told = without_steps_up(f"{tmp_path}/link/../program")
    assert told == str(tmp_path / "far" / "program")
    assert without_steps_up(f"{tmp_path}/link") == f"{tmp_path}/link"


def test_no_program_is_taken_from_the_working_folder(tmp_path, monkeypatch):
    """A relative or empty entry of PATH would make a handed-in file the program."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for path in (".", "", f":{tmp_path / 'nowhere'}", f"../{tmp_path.name}"):
        monkeypatch.setenv("PATH", path)
        assert find_program("bwrap") is None
    monkeypatch.setenv("PATH", f".:{tmp_path}")
    assert find_program("bwrap") == str(program)


def test_this_process_has_one():
    """The tests' own interpreter is left as it is called."""
    assert Path(INTERPRETER).samefile(sys.executable)
