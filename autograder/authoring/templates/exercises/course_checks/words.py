"""Says what went wrong: the rule, what was received and in which line, and the next step."""

from __future__ import annotations

import ast
import os
import re
import shlex
import sys
import textwrap
import traceback
from pathlib import Path
from typing import Sequence

from course_checks.reasons import reason_of
from course_checks.source import lacks_return

# What libraries write around a message: a terminal's codes, the node of a graph, and arguments
# that nobody gave.
NOISE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\{\{\w+ [^{}]*\}\}\s*|\n[^\n]*=<class 'inspect\._empty'>(?=\n|$)"
    r"|Exception encountered when calling [\w.]+\(\)\.\s*|\s*Arguments received by [\w.]+\(\):.*",
    re.DOTALL,
)
#: What to ask `pip` for, where the package's name is another than the module's.
PACKAGES = {"sklearn": "scikit-learn", "PIL": "pillow", "keras": "keras tensorflow"}
COURSE_MODULES = {"keras", "tensorflow", "numpy", "matplotlib", "scipy", "tensorboard", "pandas"}
SYNTAX = (
    (
        r"'(?:return|yield)' outside function",
        "A `return` stands inside a function.",
        "Indent line {line} by four spaces, as all of a function is{above}.",
    ),
    (
        r"expected an indented block",
        "What follows a line that ends in `:` is indented.",
        "Indent line {line} by four spaces, or write what is missing above it.",
    ),
    (
        r"unexpected indent|unindent does not match|inconsistent use of tabs",
        "The lines of one block start in the same column.",
        "Indent line {line} like the line above it, with spaces and no tab.",
    ),
    (
        r"was never closed|unmatched|does not match opening",
        "Every bracket that is opened is closed.",
        "Count the brackets of line {line}: one is missing, or is one too many.",
    ),
    (
        r"unterminated",
        "A text ends with the quotation mark that it began with.",
        "Look for the missing quotation mark in line {line}.",
    ),
    (
        r"expected ':'",
        "A line with `def`, `if`, `else`, `for` or `while` ends in a colon.",
        "Put `:` at the end of line {line}.",
    ),
)


def describe(error: BaseException, path: Path) -> str:
    """Return type and message of an exception, and the student's own line that led to it."""
    text = message_of(error)
    frame = innermost(error, path)
    return f"{text}\n{place(path, frame.lineno or 0, frame.name)}" if frame else text


def message_of(error: BaseException) -> str:
    """Return type and message of an exception, bounded, without a library's noise."""
    plain = NOISE.sub("", str(error)).strip()
    if "reading from stdin" in plain:
        return "OSError: `input()` was called."
    lines = [textwrap.shorten(line, 300) for line in plain.split("\n") if line.strip()]
    text = "\n".join(lines[:6])
    return f"{type(error).__name__}: {text}" if text else f"{type(error).__name__}."


def innermost(error: BaseException, path: Path) -> traceback.FrameSummary | None:
    """Return the last place in the student's file that an exception came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(path)]
    return own[-1] if own else None


def place(path: Path, line: int, function: str = "") -> str:
    """Say where a line of a student's file is, and what stands there."""
    where = f", in {function}" if function and not function.startswith("<") else ""
    text = line_of(path, line)
    return f"Line {line} of {path.name}{where}" + (f": `{text}`" if text else ".")


def line_of(path: Path, first: int, last: int | None = None) -> str:
    """Return some lines of a file as one, shortened."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    joined = " ".join(line.strip() for line in lines[first - 1 : max(first, last or first)])
    return textwrap.shorten(joined, 200) or joined[:200]


def three(rule: str, received: str, step: str) -> str:
    """Return the three parts of what a student is told."""
    return f"{rule}\nReceived: {received}\n{step}"


def raised(error: BaseException, path: Path) -> str:
    """Say what an exception in the student's own code means."""
    frame = innermost(error, path)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return three(*_missing(error.name, describe(error, path), path))
    line = line_of(path, frame.lineno or 0, frame.end_lineno) if frame else ""
    known = reason_of(message_of(error), line)
    name = frame.name if frame and not frame.name.startswith("<") else path.name
    rule, step = known or (
        f"{name} runs without an exception.",
        "Print what that line works with, in the line above it: one value is not what you expect.",
    )
    return three(rule, describe(error, path), step)


def not_loaded(error: BaseException, path: Path) -> str:
    """Say why a file that is valid Python does not run."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return three(*_missing(error.name, describe(error, path), path))
    if isinstance(error, NotImplementedError):
        step = 'Keep code that calls your functions under `if __name__ == "__main__":`.'
    else:
        known = reason_of(message_of(error), "")
        step = (f"{known[1]} " if known else "Correct that line. ") + (
            'Code that only tries things out belongs under `if __name__ == "__main__":`.'
        )
    rule = f"{path.name} must load without an exception."
    return three(rule, describe(error, path), step)


def no_file(path: Path, error: OSError) -> str:
    """Say that a student's file is not there, or cannot be read."""
    found = f"no {path.name} in {path.parent}" if not path.exists() else f"{error.strerror}"
    if path.is_dir():
        found = f"a folder of the name {path.name}"
    return three(
        "An exercise has a file for your code.", f"{found}.", "Put the file back under that name."
    )


def no_python(path: Path, error: SyntaxError | ValueError | RecursionError, text: bytes) -> str:
    """Say in words why a file is no Python."""
    rule, step = f"{path.name} must be valid Python.", "Correct that line, or the one above it."
    if not isinstance(error, SyntaxError):
        return three(rule, f"{error}.", "Save the file as plain text, in UTF-8.")
    line = (error.text or "").strip()
    if not line and error.lineno:
        line = line_of(path, error.lineno)
    where = f" in line {error.lineno}: `{textwrap.shorten(line, 200)}`" if line else ""
    for pattern, means, todo in SYNTAX:
        if re.search(pattern, str(error.msg)):
            above = _function_above(text, error.lineno or 0)
            step = todo.format(line=error.lineno, above=f": it belongs to `{above}`" * bool(above))
            return three(f"{rule} {means}", f"{error.msg}{where}", step)
    if line.startswith(("%", "!")):
        step = "Delete that line: it is a notebook command, and this file is plain Python."
    elif line.startswith(("<<<<", "====", ">>>>")):
        step = "Delete the marks that a merge left behind, and one of the two versions."
    elif text.lstrip().startswith(b"{") and b'"cells"' in text:
        step = "This is a notebook: its code belongs into an .ipynb file, or save it as .py."
    return three(rule, f"{error.msg}{where}", step)


def _function_above(text: bytes, line: int) -> str:
    lines = text.decode("utf-8", "replace").split("\n")[: max(0, line - 1)]
    found = [match[1] for match in map(re.compile(r"def (\w+)\(").match, lines) if match]
    return found[-1] if found else ""


def _missing(module: str, received: str, path: Path) -> tuple[str, str, str]:
    """Say which environment lacks a module, and how it gets there."""
    top = module.partition(".")[0]
    if top in sys.modules and "." in module and getattr(sys.modules[top], "__file__", None):
        return (f"The module {top} has what is imported from it.", received,
                f"There is no {module}: look at the spelling.")  # fmt: skip
    rule = "What the file imports is installed in the Python that runs the checks."
    received = f"{received}\nThis Python is {sys.executable}."
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if top in ("jax", "torch") and backend != "tensorflow":
        return rule, received, f"Keras is told to use {backend}: unset KERAS_BACKEND."
    install = f"{shlex.quote(sys.executable)} -m pip install {PACKAGES.get(top, top)}"
    if top not in COURSE_MODULES and top not in PACKAGES:
        return rule, received, f"Look at the spelling of {top}, or install it: {install}"
    return rule, received, f"{activate(path.parent)}or install what is missing: {install}"


def activate(folder: Path) -> str:
    """Say how to activate the environment that lies beside or above a folder, if one does."""
    for above in (folder, *folder.parents):
        for name in (".venv", "venv", "env"):
            home = above / name
            if (home / "pyvenv.cfg").is_file() and Path(sys.prefix).resolve() != home.resolve():
                if sys.platform == "win32":
                    return f"Activate your environment, {home}\\Scripts\\activate, "
                return (
                    f"Activate your environment, source {shlex.quote(str(home / 'bin/activate'))}, "
                )
    return "Activate the environment that you installed the course into, "


def no_result(name: str, node: ast.FunctionDef) -> str:
    """Say that a function came to its end without a result."""
    if not lacks_return(node):
        return three(
            f"{name} returns its result in every case.",
            "None: its last line was reached without a `return`, or what one gives back is None.",
            "Look at each `return`, and at what happens where an `if` or a loop does not apply.",
        )
    prints = any(isinstance(part, ast.Name) and part.id == "print" for part in ast.walk(node))
    step = "End it with `return` and the result."
    if prints:
        step += " `print` only shows a value."
    return three(f"{name} returns its result.", f"None, for no line of {name} is a `return`.", step)


def waits(name: str, others: Sequence[str]) -> str:
    """Say that a task is to be looked at after others, which it uses."""
    listed = " and ".join(f"`{other}`" for other in others)
    return f"{listed} first: {name} uses {'it' if len(others) == 1 else 'them'}."


def kind(value: object) -> str:
    """Say what kind of thing a function gave back."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"an array of shape {shape}"
    if isinstance(value, (list, tuple, dict, set)):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value) if isinstance(value, (str, int, float, bool, type(None))) else ""
    return textwrap.shorten(text, 60) if text else f"a {type(value).__name__}"
