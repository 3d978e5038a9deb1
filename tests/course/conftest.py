"""The wheel, as users get it."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest
from repository import ROOT


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel, built as `make` builds it, and unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    argv = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    argv += ["--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(argv, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"
