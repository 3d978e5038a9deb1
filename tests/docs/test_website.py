"""The documentation as a site: built offline, every link followed, nothing asked of the web."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from repository import ROOT

pytest.importorskip("mkdocs", reason="the site is built with the pinned MkDocs")


@pytest.fixture
def tree(tmp_path):
    """The repository with documents that may be changed; all else is the real one."""
    for path in ROOT.iterdir():
        if path.name not in ("docs", "build", "README.md"):
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def build(tree):
    argv = [sys.executable, "docs/website.py"]
    return subprocess.run(argv, cwd=tree, capture_output=True, text=True, check=False, timeout=120)


def test_the_site_is_built_and_asks_nothing_of_the_web(tree):
    """Guides, reference and README are pages; scripts, styles and fonts lie beside them."""
    done = build(tree)
    assert done.returncode == 0, done.stderr
    pages = {path.name: path.read_text("utf-8") for path in (tree / "build/site").glob("*.html")}
    assert {"index.html", "authoring.html", "reference.html", "security.html"} <= pages.keys()
    for name, text in pages.items():
        loaded = re.findall(r"<(?:script|link|img)[^>]* (?:src|href)=\"(https?:[^\"]+)", text)
        assert [one for one in loaded if not one.endswith("/")] == [], name


@pytest.mark.parametrize(
    ("link", "says"),
    [("[there](gone.md)", "with gone.md"), ("[there](training.md#gone)", "training.md#gone")],
)
def test_a_link_that_leads_nowhere_fails(tree, link, says):
    """A page or a heading that is not there is named, and the build ends with 1."""
    with (tree / "docs" / "audit.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{link}\n")
    done = build(tree)
    assert done.returncode == 1
    assert says in done.stdout + done.stderr
