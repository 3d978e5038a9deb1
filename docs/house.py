"""Draws the house, `docs/house.svg`, from the imports that the package makes.

`python docs/house.py` writes the picture, `--check` exits 1 where it no longer shows the code. The
order is that of the layers in `pyproject.toml`, which import-linter enforces; who imports whom is
read by the same library, and each job is the first paragraph of a module's docstring.
"""

from __future__ import annotations

import argparse
import ast
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "house.svg"
PACKAGE = "autograder"
BOXED = "What runs in a box"  # how the contract on the boxes' own code begins
# Sizes in pixels. Text is wrapped by characters, so that no font needs to be measured.
MARGIN, LINE, CELL, JOB_WIDTH, JOB_CHARACTERS = 14, 16, 13, 258, 40
SMALL_CELL, SMALL_ROW, SMALL_GAP = 10, 18, 16

TITLE = "The wings of the package, each with its one job, and which imports which"
LEGEND = (
    "A dot: the row imports the column.",
    "Dots lie right of the grey squares only:",
    "no import goes up.",
    "In colour: what runs inside the boxes.",
)
STYLE = """
.paper{fill:#fff;stroke:#b0bec5}text{fill:#263238;font-size:13px}.name{font-weight:bold;font-size:14px}
.dim{fill:#546e7a}.line{stroke:#cfd8dc}.guide{stroke:#dde3e6}.self{fill:#cfd8dc}.dot{fill:#1565c0}
.upward{fill:#c62828}.boxed{fill:#fff3e0}.mark{fill:#e65100}
@media(prefers-color-scheme:dark){.paper{fill:#12181c;stroke:#455a64}text{fill:#eceff1}.dim{fill:#b0bec5}
.line{stroke:#37474f}.guide{stroke:#2c3940}.self{fill:#455a64}.dot{fill:#64b5f6}.upward{fill:#ef9a9a}
.boxed{fill:#33240f}.mark{fill:#ffb74d}}
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A wing, or a module that stands by itself. `modules` is None where it is no package."""

    name: str
    layer: int
    modules: int | None
    job: str
    boxed: bool = False

    @property
    def label(self) -> str:
        return f"{self.name}.py" if self.modules is None else f"{self.name}/"

    @property
    def size(self) -> str:
        return {None: "", 1: "1 module"}.get(self.modules, f"{self.modules} modules")


@dataclass(frozen=True, slots=True)
class Stack:
    """The members of one package, the highest first, and the places `(importer, imported)`."""

    package: str
    members: tuple[Member, ...]
    imports: frozenset[tuple[int, int]]

    @property
    def label(self) -> str:
        return self.package.rpartition(".")[2] + "/"

    @property
    def name_width(self) -> int:
        return 8 + 7 * max(len(member.name) for member in self.members)


def read_stacks() -> list[Stack]:
    """Return the package, then each wing that has an order of its own inside."""
    try:
        import grimp
    except ImportError:
        sys.exit("The house is drawn with grimp. Received: none. Run: pip install -e '.[dev]'")
    sys.path.insert(0, str(ROOT))  # the tree's package, not an installed one
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    linter = config["tool"]["importlinter"]
    hidden = linter["exclude_type_checking_imports"]
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=hidden, cache_dir=None)
    contracts = linter["contracts"]
    boxed = next(c["source_modules"] for c in contracts if c["name"].startswith(BOXED))
    return [
        _stack(graph, package, contract["layers"], boxed)
        for contract in contracts
        if contract["type"] == "layers"
        for package in contract["containers"]
    ]


def _stack(graph: Any, package: str, layers: Sequence[str], boxed: Sequence[str]) -> Stack:
    names = {name.strip(): place for place, layer in enumerate(layers) for name in layer.split("|")}
    children = {module.rpartition(".")[2] for module in graph.find_children(package)}
    if odd := ", ".join(sorted(children ^ names.keys())):
        sys.exit(
            f"Each module of {package} stands in one layer of pyproject.toml, and each layer "
            f"holds modules that exist. Received: {odd}. Correct the contract's `layers`."
        )
    places = {name: place for place, name in enumerate(names)}
    imports = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            ends = _child(module, package), _child(imported, package)
            if ends[0] in places and ends[1] in places and ends[0] != ends[1]:
                imports.add((places[ends[0]], places[ends[1]]))
    members = []
    for name, layer in names.items():
        path = f"{package}.{name}"
        members.append(Member(name, layer, _size(graph, path), _job(path), path in boxed))
    return Stack(package, tuple(members), frozenset(imports))


def _child(module: str, package: str) -> str:
    inside = module.startswith(f"{package}.")
    return module[len(package) + 1 :].partition(".")[0] if inside else ""


def _size(graph: Any, name: str) -> int | None:
    """Return how many modules a package holds, packages themselves not counted."""
    if not graph.find_children(name):
        return None
    return sum(not graph.find_children(module) for module in graph.find_descendants(name))


def _job(module: str) -> str:
    path = ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].replace("`", "").split())


def draw(stacks: Sequence[Stack]) -> str:
    """Return the picture as SVG, the same text for the same stacks."""
    house, *inner = stacks
    width = 2 * MARGIN + JOB_WIDTH + CELL * len(house.members)
    top = MARGIN + 90
    rows, tops, y = _rows(house, width, top)
    parts = [*_header(house, top), *_matrix(house, tops, MARGIN + JOB_WIDTH, CELL), *rows]
    inside = ", ".join(stack.label for stack in inner)
    parts.append(_text(MARGIN, y + 34, f"Inside {inside}, read in the same way", "name"))
    x, y, bottom = MARGIN, y + 46, y
    for stack in inner:
        room = stack.name_width + SMALL_CELL * len(stack.members)
        if x + room > width - MARGIN:
            x, y = MARGIN, bottom + 20
        parts += _inner(stack, x, y)
        x, bottom = x + room + SMALL_GAP, max(bottom, y + 22 + SMALL_ROW * len(stack.members))
    height = bottom + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="Helvetica, Arial, sans-serif" role="img">'
    )
    paper = f'<rect class="paper" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>'
    lines = [head, f"<title>{TITLE}</title>", f"<style>{STYLE}</style>", paper, *parts, "</svg>"]
    return "\n".join(lines) + "\n"


def _header(house: Stack, y: int) -> Iterator[str]:
    yield _text(MARGIN, MARGIN + 12, f"The house of {PACKAGE}", "name")
    for place, line in enumerate(LEGEND):
        yield _text(MARGIN, MARGIN + 32 + LINE * place, line, "dim")
    for place, member in enumerate(house.members):
        x = MARGIN + JOB_WIDTH + CELL * place + CELL // 2 + 4
        turned = f"translate({x} {y - 5}) rotate(-90)"
        yield f'<text class="dim" transform="{turned}">{escape(member.name)}</text>'


def _rows(house: Stack, width: int, y: int) -> tuple[list[str], list[tuple[int, int]], int]:
    """Return the names and jobs, each row's `(top, height)`, and where they end."""
    parts: list[str] = []
    tops = []
    for place, member in enumerate(house.members):
        job = textwrap.wrap(member.job, JOB_CHARACTERS)
        height = 12 + LINE * (1 + len(job))
        if member.boxed:
            box = f'x="{MARGIN - 8}" y="{y + 1}" width="{JOB_WIDTH}" height="{height - 2}"'
            parts.append(f'<rect class="boxed" {box} rx="4"/>')
        if place == 0 or house.members[place - 1].layer != member.layer:
            parts.append(f'<path class="line" d="M{MARGIN} {y}H{width - MARGIN}"/>')
        dim = f'<tspan class="dim" font-weight="normal"> {member.size}</tspan>'
        parts.append(
            f'<text id="{member.name}" class="{"name mark" if member.boxed else "name"}" '
            f'x="{MARGIN}" y="{y + 17}">{escape(member.label)}{dim}</text>'
        )
        parts += [_text(MARGIN, y + 17 + LINE * n, line, "dim") for n, line in enumerate(job, 1)]
        tops.append((y, height))
        y += height
    return parts, tops, y


def _inner(stack: Stack, x: int, y: int) -> Iterator[str]:
    yield _text(x, y + 14, stack.label, "name")
    tops = [(y + 22 + SMALL_ROW * place, SMALL_ROW) for place in range(len(stack.members))]
    yield from _matrix(stack, tops, x + stack.name_width, SMALL_CELL)
    for member, (top, height) in zip(stack.members, tops, strict=True):
        yield _text(x, top + height - 5, member.label.removesuffix(".py"), "dim")


def _matrix(stack: Stack, tops: Sequence[tuple[int, int]], x: int, cell: int) -> Iterator[str]:
    """Draw a square for each member on the diagonal, and a dot for each import."""
    centres = [top + height // 2 for top, height in tops]
    first, last, squares = tops[0][0], x + cell * len(tops), []
    for place, centre in enumerate(centres):
        left = x + cell * place + cell // 2
        yield f'<path class="guide" d="M{left} {first}V{centre}H{last}" fill="none"/>'
        squares.append(f'<rect class="self" x="{left - 4}" y="{centre - 4}" width="8" height="8"/>')
    yield from squares
    for importer, imported in sorted(stack.imports):
        row, column = stack.members[importer], stack.members[imported]
        kind, left = "dot" if column.layer > row.layer else "upward", x + cell * imported
        yield (
            f'<circle class="{kind}" cx="{left + cell // 2}" cy="{centres[importer]}" '
            f'r="{cell // 3}"><title>{row.name} imports {column.name}</title></circle>'
        )


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def main() -> None:
    """Write the picture, or say whether it shows the code as it is."""
    parser = argparse.ArgumentParser(description="Draws docs/house.svg from the code's imports.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = parser.parse_args().check
    picture = draw(read_stacks())
    if not check:
        PICTURE.write_text(picture, encoding="utf-8")
    elif not PICTURE.is_file() or PICTURE.read_text(encoding="utf-8") != picture:
        sys.exit(
            "docs/house.svg must show the package as it is. Received: a picture of other imports, "
            "modules or docstrings. Run: python docs/house.py"
        )


if __name__ == "__main__":
    main()
