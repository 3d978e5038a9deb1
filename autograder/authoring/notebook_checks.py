"""Writes the one file beside a notebook that its check cells run: checks, and words for students.

It works in a folder by itself, where none of this package is installed: what it needs of the
plugin beside the exercises is copied into it, definition by definition.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_TEMPLATES = Path(__file__).with_name("templates")
_RUNNER = _TEMPLATES / "notebook_checks.py"
_SHARED = "course_checks"
_HEADER = '''\
"""The checks of {slug}, which its notebook's check cells run: keep this file beside it.

Rendered from the course's own files. The checks stand first; below them is what turns a failure
into words.
"""

from __future__ import annotations

{imports}


'''


@dataclass(frozen=True)
class _Module:
    """A module's definitions by name, its imports by the name that they bind, and its order."""

    definitions: dict[str, str] = field(default_factory=dict)
    uses: dict[str, frozenset[str]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)


def checks_file(slug: str, tests: Mapping[str, tuple[tuple[str, str], ...]]) -> bytes:
    """Return the file's content.

    Args:
        slug: The exercise.
        tests: For each task its visible tests as (name, source).
    """
    table = "\n".join(
        f'    "{task}": ({", ".join(name for name, _ in of_task)},),'
        for task, of_task in tests.items()
    )
    parts = {(_RUNNER, "CHECKS"): f"CHECKS = {{\n{table}\n}}"}
    imports: dict[str, str] = {}
    _collect(_RUNNER, "check", parts, imports)
    sources = [source for of_task in tests.values() for _, source in of_task]
    blocks = [*sources, *parts.values()]
    lines = sorted(set(imports.values()), key=lambda line: (line.startswith("from"), line))
    head = _HEADER.format(slug=slug, imports="\n".join(lines))
    return (head + "\n\n\n".join(blocks) + "\n").encode()


def _collect(
    path: Path, name: str, parts: dict[tuple[Path, str], str], imports: dict[str, str]
) -> None:
    """Add a definition, after what it is made of, and the imports that it uses."""
    module = _read(path)
    if (path, name) in parts or name not in module.definitions:
        return
    parts[path, name] = ""  # in work: of two that use each other either may come first
    for used in sorted(module.uses[name]):
        if used in module.shared:
            _collect(_shared(module.shared[used]), used, parts, imports)
        elif used in module.imports:
            imports[used] = module.imports[used]
        else:
            _collect(path, used, parts, imports)
    del parts[path, name]
    parts[path, name] = module.definitions[name]


def _shared(module: str) -> Path:
    return _TEMPLATES / "exercises" / f"{module.replace('.', '/')}.py"


@cache
def _read(path: Path) -> _Module:
    text = path.read_text(encoding="utf-8")
    lines, module = text.split("\n"), _Module()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_SHARED):
            module.shared.update({one.name: node.module or "" for one in node.names})
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module.imports.update(_bound(node))
        for name in _defined(node):
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
            while first > 1 and lines[first - 2].startswith("#"):
                first -= 1
            module.definitions[name] = "\n".join(lines[first - 1 : node.end_lineno])
            names = (one.id for one in ast.walk(node) if isinstance(one, ast.Name))
            module.uses[name] = frozenset(names) - {name}
    return module


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (one.id for one in targets if isinstance(one, ast.Name))


def _bound(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Yield each name that an import binds, and an import of that alone."""
    start = f"from {node.module} import" if isinstance(node, ast.ImportFrom) else "import"
    for one in node.names:
        yield (one.asname or one.name.partition(".")[0]), f"{start} {ast.unparse(one)}"
