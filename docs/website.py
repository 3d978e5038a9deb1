"""Builds the documentation as a site that needs no network: README, the guides, the reference.

    python docs/website.py        # into build/site; exit 1 where a link leads nowhere

Pages stay where people read them in the repository; here they are brought together, with links that
lead from one to the other. A link to a file that is no page becomes plain text.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES, SITE = ROOT / "build" / "site-pages", ROOT / "build" / "site"
#: What stands outside of docs/, by its path in the repository, and its page.
OTHERS = {
    "README.md": "index.md",
    "exercises/README.md": "students.md",
    "exercises/data/README.md": "data.md",
    "examples/numpy_basics/README.md": "numpy_basics.md",
    "tests/hostile/README.md": "attacks.md",
}
SETTINGS = ROOT / "docs" / "mkdocs.yml"
_LINK = re.compile(r"(!?)\[([^]\n]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_PICTURES = (".svg", ".png")


def main() -> None:
    """Gather the pages, and have MkDocs build them; each of its warnings is an error."""
    shutil.rmtree(SOURCES, ignore_errors=True)
    SOURCES.mkdir(parents=True)
    pages = {f"docs/{path.name}": path.name for path in (ROOT / "docs").glob("*.md")} | OTHERS
    for source, page in sorted(pages.items()):
        text = (ROOT / source).read_text(encoding="utf-8")
        told = _LINK.sub(lambda found, source=source: _linked(found, source, pages), text)
        (SOURCES / page).write_text(told, encoding="utf-8")
    for path in (ROOT / "docs").iterdir():
        if path.suffix in _PICTURES:
            shutil.copy(path, SOURCES)
    argv = [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean"]
    quiet = {**os.environ, "DISABLE_MKDOCS_2_WARNING": "true"}
    argv += ["-f", str(SETTINGS)]
    done = subprocess.run(argv, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(
            f"{done.stderr}Every link of the documents leads to a page and a heading. "
            "Received: the warnings above. Mend them."
        )
    print(f"written: {SITE.relative_to(ROOT)}/index.html")


def _linked(found: re.Match[str], source: str, pages: dict[str, str]) -> str:
    """Return a link as it is in the site; as text where it leads to a file that is no page."""
    picture, label, target, anchor = found[1], found[2], found[3], found[4] or ""
    if not target or re.match(r"\w+:", target):
        return found[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if not (ROOT / path).exists():
        sys.exit(f"A link leads somewhere. Received: {source} with {target}. Correct it.")
    if path in pages:
        return f"{picture}[{label}]({pages[path]}{anchor})"
    if path.startswith("docs/") and path.endswith(_PICTURES):
        return f"{picture}[{label}]({posixpath.basename(path)})"
    return label if label.startswith("`") else f"`{label}`"


if __name__ == "__main__":
    main()
