"""Copies of submitted files: who may do what with them."""

import os
import stat

import pytest

from autograder.submission.safe_files import Copying, make_folder


@pytest.fixture
def strict():
    """A process that takes everything from others, as careful sites set it."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_group_may_write_to_what_is_shared_whatever_the_umask_is(strict, tmp_path):
    """Folders keep the group for what is made in them; without sharing, the umask counts."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "sub" / "helper.py").write_text("x = 1\n")
    for shared, folder, file in ((True, 0o2775, 0o664), (False, 0o700, 0o600)):
        target = tmp_path / f"out {shared}" / "ada"
        make_folder(target, shared=shared)
        copying = Copying(ignored=[], max_file_bytes=99, max_total_bytes=99, shared=shared)
        copying.copy(tmp_path / "in", target)
        assert mode(target) & ~0o2000 == mode(target.parent) & ~0o2000 == folder & ~0o2000
        assert mode(target / "sub") & 0o777 == folder & 0o777
        assert mode(target / "sub" / "helper.py") == file
    assert mode(tmp_path / "out True" / "ada" / "sub") & stat.S_ISGID
