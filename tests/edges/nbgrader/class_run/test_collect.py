"""`nbgrader collect` from an exchange in which students put what they like."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

SECRET = "a word that stands outside of every submission"
WHEN = "2030-01-01 00:00:00 UTC"


@pytest.fixture(scope="module")
def collected(school):
    """One honest submission through nbgrader's own commands, and beside it what others made."""
    room = school.room
    room.each("release_assignment")
    room.fetch(["ada"])
    room.submit(["ada"])
    outside = room.folder / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    inbound = room.exchange / "keras" / "inbound"

    def submission(name: str) -> Path:
        folder = inbound / name
        folder.mkdir()
        shutil.copy(school.course / "release" / school.slug / f"{school.slug}.ipynb", folder)
        (folder / "timestamp.txt").write_text(WHEN)
        return folder

    mallory = submission(f"mallory+{school.slug}+{WHEN}+x")
    (mallory / "link.txt").symlink_to(outside / "secret.txt")
    (mallory / "folder").symlink_to(outside)
    (mallory / "gradebook.db").symlink_to(school.course / "gradebook.db")
    (mallory / "broken").symlink_to(outside / "nothing")
    os.mkfifo(mallory / "pipe")
    (mallory / "kept").mkdir()
    (mallory / "kept" / "notes.txt").write_text("kept")
    (inbound / f"linked+{school.slug}+{WHEN}+x").symlink_to(outside)
    submission(f"..+{school.slug}+{WHEN}+x")
    submission(f".hidden+{school.slug}+{WHEN}+x")
    submission(f"+{school.slug}+{WHEN}+x")
    submission(f"untimed+{school.slug}+yesterday or so+x")
    (text,) = room.runner.run([room.instructor("collect", school.slug)])
    school.log = text
    return school


def _submitted(school, student: str) -> Path:
    return school.course / "submitted" / student / school.slug


def test_everybody_is_collected(collected) -> None:
    """A folder full of traps stops neither its neighbours nor the plain files in it."""
    for student in ("ada", "mallory"):
        assert (_submitted(collected, student) / f"{collected.slug}.ipynb").is_file()
    assert (_submitted(collected, "ada") / "timestamp.txt").is_file()
    assert (_submitted(collected, "mallory") / "kept" / "notes.txt").read_text() == "kept"


def test_no_link_is_followed(collected) -> None:
    """Neither the secret nor the gradebook is taken along, and no link is."""
    files = [path for path in (collected.course / "submitted").rglob("*") if not path.is_dir()]
    assert files
    for path in files:
        assert path.is_file() and not path.is_symlink()
        assert SECRET not in path.read_text(errors="replace")
    assert not (_submitted(collected, "mallory") / "gradebook.db").exists()
    assert "link.txt: a link" in collected.log


def test_no_name_leads_out_of_submitted(collected) -> None:
    """Folders without a student's name or a time, or with dots before it, stay where they are."""
    assert not (collected.course / collected.slug).exists()
    names = {path.name for path in (collected.course / "submitted").iterdir()}
    assert names - {"linked"} == {"ada", "mallory"}
    assert collected.log.count("names no student or no time") == 2


def test_collecting_that_was_killed_is_done_again(collected) -> None:
    """What was begun and not ended lies aside, and does not count as collected."""
    folder = _submitted(collected, "ada")
    folder.rename(folder.with_name(f".{folder.name}.collecting"))
    room = collected.room
    room.runner.run([room.instructor("collect", collected.slug)])
    assert (folder / f"{collected.slug}.ipynb").is_file()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
