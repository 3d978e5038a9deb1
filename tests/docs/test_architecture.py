"""The documents name only what there is, and the picture of the house shows the code as it is."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from xml.etree import ElementTree as ET

import pytest
from repository import ROOT

from autograder.edges.cli.main import main

ARCHITECTURE = ROOT / "docs" / "architecture.md"
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "tests" / "hostile" / "README.md",
]
FOLDERS = "autograder benchmarks demo docs examples exercises solutions source tests".split()

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def layers():
    """The wings and single modules in the order that import-linter holds them to, highest first."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    house = next(one for one in contracts if one.get("containers") == ["autograder"])
    return [name.strip() for layer in house["layers"] for name in layer.split("|")]


def house(root, *options):
    """Run the script that draws the house of the tree at `root`."""
    return subprocess.run(
        [sys.executable, "docs/house.py", *options],
        cwd=root, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def titles(picture):
    """What the picture says of each dot."""
    return {one.text for one in ET.parse(picture).iter() if one.tag.endswith("}title")}


def spans(text):
    """What stands between backticks, outside code blocks."""
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    return re.findall(r"`([^`\n]+)`", prose)


def lying(name, *folders):
    """The paths below `folders` that a name with placeholders, such as `<slug>`, can mean."""
    pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
    found = [path for folder in folders for path in ROOT.glob(f"{folder}/{pattern}")]
    return [path for path in found if path.is_dir() or not name.endswith("/")]


def defined(path):
    """All functions and classes of a module, methods as `Class.method`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tops = [node for node in tree.body if isinstance(node, kinds)]
    methods = {
        f"{top.name}.{node.name}"
        for top in tops
        if isinstance(top, ast.ClassDef)
        for node in top.body
        if isinstance(node, kinds)
    }
    return methods | {top.name for top in tops}


def copy_of_the_tree(target):
    """What the script reads, copied to where a test may change it."""
    shutil.copytree(
        ROOT / "autograder", target / "autograder", ignore=shutil.ignore_patterns("__pycache__")
    )
    (target / "docs").mkdir()
    for name in ("docs/house.py", "docs/house.svg", "pyproject.toml"):
        shutil.copy(ROOT / name, target / name)
    return target


def test_the_picture_shows_the_code_as_it_is():
    """`docs/house.svg` is what `docs/house.py` draws of this tree; else a sentence says so."""
    done = house(ROOT, "--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_reference_says_what_the_docstrings_say(tmp_path):
    """`docs/reference.md` is what `docs/reference.py` writes; a changed docstring makes it stale."""
    for folder in ("docs", "autograder/guest", "autograder/evidence", "autograder/judging"):
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave)
    argv = [sys.executable, "docs/reference.py", "--check"]
    run = {"cwd": tmp_path, "capture_output": True, "text": True, "check": False}
    done = subprocess.run(argv, **run)
    assert (done.returncode, done.stderr) == (0, "")
    path = tmp_path / "autograder" / "guest" / "probing.py"
    path.write_text(path.read_text("utf-8").replace("Record a value", "Keep a value"), "utf-8")
    done = subprocess.run(argv, **run)
    assert done.returncode == 1
    assert done.stderr.endswith("Run: python docs/reference.py\n")


def test_a_new_import_makes_the_picture_stale(tmp_path):
    """An import that was not drawn fails the check; drawn again, its dot is there."""
    tree = copy_of_the_tree(tmp_path)
    assert house(tree, "--check").returncode == 0
    with (tree / "autograder" / "datasets" / "registry.py").open("a") as file:
        file.write("\nimport autograder.text\n")
    done = house(tree, "--check")
    assert done.returncode == 1
    assert done.stderr.endswith("Run: python docs/house.py\n")
    before = titles(tree / "docs" / "house.svg")
    assert house(tree).returncode == house(tree, "--check").returncode == 0
    assert titles(tree / "docs" / "house.svg") - before == {"datasets imports text"}


def test_a_module_in_no_layer_is_refused(tmp_path):
    """A module that the linter's layers do not list is named, and not left out silently."""
    tree = copy_of_the_tree(tmp_path)
    (tree / "autograder" / "attic.py").write_text('"""Kept for later."""\n')
    done = house(tree, "--check")
    assert done.returncode == 1
    assert "Received: attic. " in done.stderr


def test_the_picture_draws_the_layers_of_the_linter():
    """The rows of the picture are the linter's layers, in their order."""
    picture = ET.parse(ROOT / "docs" / "house.svg")
    assert [one.get("id") for one in picture.iter() if one.get("id")] == layers()


def test_the_document_tells_each_wing_in_order():
    """The table of wings has all layers but the starter, lowest first."""
    table = (
        ARCHITECTURE.read_text(encoding="utf-8")
        .partition("| wing | its job |")[2]
        .partition("\n\n")[0]
    )
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    expected = [name for name in reversed(layers()) if name != "__main__"]
    assert told == expected


@each_document
def test_paths_in_documents_exist(document):
    """Every path that begins with a folder of the repository leads somewhere, and so do links."""
    text = document.read_text(encoding="utf-8")
    named = re.findall(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/[\w<>./*-]*", text)
    places = (".", "examples/numpy_basics")  # which the guide for authors is about as well
    missing = {name for name in named if not lying(name.rstrip("."), *places)}
    links = re.findall(r"\]\((?!\w+:)([^)#]+)", text)
    missing |= {link for link in links if not (document.parent / link).exists()}
    assert missing == set()


def test_paths_inside_the_package_exist():
    """`wing/module.py`, and `probe.py` of an exercise, are where the document says."""
    named = [span.partition(":")[0] for span in spans(ARCHITECTURE.read_text(encoding="utf-8"))]
    paths = [name for name in named if re.fullmatch(r"[\w<>./-]+(/|\.(py|json|toml))", name)]
    assert len(paths) > 50
    missing = {name for name in paths if not lying(name, ".", "autograder", "autograder/graders/*")}
    assert missing == set()


def test_functions_in_the_document_exist():
    """`file.py:name` is a function, class or method in that file."""
    found = [
        re.fullmatch(r"([\w/]+\.py):([\w.]+)", one)
        for one in spans(ARCHITECTURE.read_text(encoding="utf-8"))
    ]
    named = [match.groups() for match in found if match]
    assert len(named) > 30
    there = {path: defined(ROOT / "autograder" / path) for path, _ in named}
    assert {f"{path}:{name}" for path, name in named if name not in there[path]} == set()


@each_document
def test_commands_in_documents_exist(document, capsys):
    """Every `autograder COMMAND --option` is one that the command's help tells of."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"^    (autograder [a-z].*)$", text, re.MULTILINE)
    said = [one.partition(" #")[0] for one in [*blocks, *spans(text)]]
    for words in (one.split() for one in said if one.startswith("autograder ")):
        with pytest.raises(SystemExit) as ended:
            # Of `new course DIR` the command is two words.
            names = words[1:3] if words[1] == "new" else words[1:2]
            main([*([] if words[1].startswith("-") else names), "--help"])
        assert ended.value.code == 0, words
        told = capsys.readouterr().out
        assert [word for word in words if word.startswith("--") and word not in told] == []
