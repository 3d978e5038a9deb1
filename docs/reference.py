"""Writes docs/reference.md, what an author's files may use, from the code's own docstrings.

    python docs/reference.py            # write it
    python docs/reference.py --check    # exit 1 where it is stale

Only source is read; nothing of the package is imported. The rule of a claim is the text that its
function gives to `claim`, `array`, `close`, `equal` or `number`: what a student reads.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference.md"
CLAIMS = "autograder/judging/claims"
#: Which argument of each claim is the rule that a student reads.
RULES = {"claim": 1, "array": 1, "number": 1, "close": 2, "equal": 2}
HEAD = """\
# Reference for authors

Written by `python docs/reference.py` from the docstrings; the guide is
[authoring.md](authoring.md).
"""
PROBE = """\
## Probe: `probe.py`

`draw(rng, data)` runs on the host, once for a class; what it returns is all that the box is
given. `ask_<task>(student, inputs)` runs in the box, once for each task. Import from
`autograder.guest.probing`, NumPy and the course's libraries alone: the file goes into the box as
text.

A key is the function's name, or what `key` says; by convention `<task>.<what>`, for the feedback
shows the figures whose key begins with the task. The first answer under a key stands.
"""
EVIDENCE = """\
## Evidence: what a hidden check asks

A hidden check is a function `test_…(evidence)` under `@check`. What it asks for and did not come
is no crash: the check gets the status that fits, and the student a sentence. Any other exception
of a check, and of a probe with the reference solution too, is `INTERNAL`: ours, and nobody's
zero.
"""
CLAIMING = """\
## Claims: from `autograder.judging`

A claim that fails says the rule, then "Received: …", then the next step. In the rules below, `…`
stands for what is put in.
"""
CROSSING = """\
## What crosses a box

Out of the box cross bounded JSON and plain arrays, and of each kind of value:
"""
#: How the kinds of tagged values are explained; each tag of `evidence/decode.py` has a line.
KINDS = {
    "array": "`numpy.ndarray` of numbers or booleans, tensors and variables of Keras; "
    "`evidence.array(key)`",
    "scalar": "a NumPy scalar, as a Python number",
    "tuple": "a tuple; a list as a list",
    "dict": "a dictionary, or any mapping; keys that are no plain values become text",
    "float": "NaN and the infinities",
    "opaque": "anything else: its type's name alone, and why it stayed (`judging.Opaque`)",
    "history": "what `fit` returned; `evidence.history(key)`",
    "model": "a Keras model as config and weights, rebuilt in another box; `evidence.model(key)`",
    "picture": "a Pillow image as mode and pixels; `evidence.picture(key)`",
    "figure": "a Matplotlib figure or Axes as data, and a PNG; `evidence.figure(key)`",
}
STAYS = """\
What never crosses: functions, classes, files, fitted scikit-learn estimators, data frames (ask
for `.to_numpy()`, or for what the estimator predicts), pickles of any kind. Into the box go the
drawn inputs, the probe's text and the submission; never checks, oracles, other exercises' probes,
or what `draw` does not return: hold test labels back there, and read them in the check from
`evidence.data`.
"""


def main() -> None:
    """Write the page, or say whether it is what the code says."""
    parser = argparse.ArgumentParser(description="Writes docs/reference.md from the docstrings.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = parser.parse_args().check
    text = page()
    if not check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit(
            "docs/reference.md must say what the docstrings say. Received: a page of others. "
            "Run: python docs/reference.py"
        )


def page() -> str:
    """Return the page's text, the same for the same sources."""
    probing = parsed("autograder/guest/probing.py")
    evidence = parsed("autograder/evidence/evidence.py")
    parts = [HEAD, PROBE, *table("Asked of `student`", methods(probing, "Student"))]
    parts += [EVIDENCE, *table("Asked of `evidence`", methods(evidence, "Evidence"))]
    fields = "`evidence.inputs` (what was drawn), `evidence.data` (the data sets, whole)"
    parts.append(f"Besides: {fields}, `evidence.calibration`, `evidence.exercise`.\n")
    parts += [CLAIMING, *table("By themselves", exported())]
    for module in ("figures", "curves", "panels", "training", "classification"):
        found = functions(parsed(f"{CLAIMS}/{module}.py"), f"{module}.")
        parts += table(f"`judging.{module}`", found)
    return "\n".join([*parts, *crossing()])


def parsed(path: str) -> ast.Module:
    """Return the tree of a source file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def methods(tree: ast.Module, name: str) -> list[ast.FunctionDef]:
    """Return the public methods of a class."""
    (found,) = (one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name)
    return [one for one in found.body if isinstance(one, ast.FunctionDef) and one.name[0] != "_"]


def functions(tree: ast.Module, prefix: str = "") -> list[ast.FunctionDef]:
    """Return a module's public functions, named with a prefix."""
    found = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name[0] != "_"]
    for one in found:
        one.name = prefix + one.name
    return found


def exported() -> list[ast.FunctionDef]:
    """Return the functions that `autograder.judging` exports."""
    found = []
    for node in parsed("autograder/judging/__init__.py").body:
        if isinstance(node, ast.ImportFrom) and node.module.startswith("autograder.judging."):
            path = node.module.replace(".", "/") + ".py"
            if (ROOT / path).is_file():
                names = {alias.name for alias in node.names}
                found += [one for one in functions(parsed(path)) if one.name in names]
    return found


def table(title: str, found: Sequence[ast.FunctionDef]) -> Iterator[str]:
    """Yield a table of functions: how each is called, what it does, and the rules it claims."""
    yield f"### {title}\n"
    yield "| call | what it does | rules that a student reads |"
    yield "|---|---|---|"
    for function in found:
        rules = " <br> ".join(cell(rule) for rule in dict.fromkeys(rules_of(function)))
        summary = (ast.get_docstring(function) or "").partition("\n\n")[0]
        yield f"| `{signature(function)}` | {cell(summary)} | {rules} |"
    yield ""


def signature(function: ast.FunctionDef) -> str:
    """Return how a function is called, without types and without `self`."""
    bare = ast.parse(ast.unparse(function.args) and f"def f({ast.unparse(function.args)}): ...")
    arguments = bare.body[0].args  # type: ignore[attr-defined]
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        one.annotation = None
    for one in (arguments.vararg, arguments.kwarg):
        if one is not None:
            one.annotation = None
    text = ast.unparse(arguments).removeprefix("self, ").removeprefix("self")
    text = text.removeprefix("/, ").replace("|", "\\|")
    return f"{function.name}({text})"


def rules_of(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the rules that a function claims, with `…` for what is put in."""
    named: dict[str, ast.expr] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named[node.targets[0].id] = node.value
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = RULES.get(node.func.id)
            if place is not None and len(node.args) > place:
                yield from told(node.args[place], named)


def told(node: ast.expr, named: Mapping[str, ast.expr]) -> Iterator[str]:
    """Yield the text of an expression where it has one of its own."""
    if isinstance(node, ast.Name) and isinstance(named.get(node.id), ast.Constant | ast.JoinedStr):
        node = named[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )


def crossing() -> Iterator[str]:
    """Yield the table of values that cross; it has a line for each tag that the host reads."""
    decode = ast.unparse(parsed("autograder/evidence/decode.py"))
    (tags,) = re.findall(r"_TAGS = \{(.*?)\}$", decode, re.DOTALL | re.MULTILINE)
    found = re.findall(r"'(\w+)': ", tags)
    if odd := sorted({*found} ^ KINDS.keys()):
        sys.exit(f"Each kind of value is explained in docs/reference.py. Received: {odd}.")
    yield CROSSING
    yield "| kind | what it is, and how a check asks for it |"
    yield "|---|---|"
    yield "| plain | None, booleans, text, whole numbers of 64 bits, decimal numbers |"
    for tag in found:
        yield f"| {tag} | {KINDS[tag]} |"
    yield ""
    yield STAYS


def cell(text: str) -> str:
    """Return a text on one line, fit for a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
