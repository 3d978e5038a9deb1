"""Reads a student's file: what is still to be written, and what went wrong in which line."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
import textwrap
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

SEED = 1726


class NotWritten(Exception):
    """The function is still the stub. Its text tells the student what to write."""


class Broken(Exception):
    """The student's file cannot be loaded, so that no check of it can run."""


class LazyKeras(ModuleType):
    """Stands for `keras` until something of it is used: the import takes several seconds."""

    def __init__(self) -> None:
        super().__init__("keras")
        self.__spec__ = importlib.util.find_spec("keras")

    def __getattr__(self, name: str) -> Any:
        # Tools such as `inspect` ask every module for `__file__` and the like: no use of Keras.
        if name.startswith("__") and name not in ("__path__", "__version__"):
            raise AttributeError(name)
        if sys.modules.get("keras") is self:
            del sys.modules["keras"]
            importlib.import_module("keras").utils.set_random_seed(SEED)
        return getattr(sys.modules["keras"], name)


def import_keras_lazily() -> None:
    """Let every `import keras` from now on cost nothing until Keras is used."""
    if "keras" not in sys.modules and importlib.util.find_spec("keras"):
        sys.modules["keras"] = LazyKeras()


class StudentFile:
    """A student's module: read at once, run only when a written function is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.module: ModuleType | None = None
        self.broken = ""
        self.unwritten: dict[str, str] = {}
        try:
            self.tree = ast.parse(path.read_bytes(), filename=str(path))
        except FileNotFoundError:
            self.broken = (
                "An exercise has a file for your code.\n"
                f"Received: no {path.name} in {path.parent}.\n"
                "Put the file back under that name."
            )
        except (SyntaxError, ValueError) as error:
            self.broken = _syntax_message(path, error)
        else:
            for node in self.tree.body:
                if isinstance(node, ast.FunctionDef):
                    # A second definition of the same name is the one that counts.
                    self.unwritten.pop(node.name, None)
                    if todo := _todo(node):
                        self.unwritten[node.name] = todo

    def __getattr__(self, name: str) -> Any:
        if self.broken:
            raise Broken(self.broken)
        if name in self.unwritten:
            raise NotWritten(f"{name}: {self.unwritten[name]}")
        if self.module is None:
            self._load()
        if not hasattr(self.module, name):
            raise AssertionError(
                f"The file {self.path.name} defines `{name}`.\n"
                "Received: a file without it.\n"
                "Put the function back, under that very name."
            )
        return getattr(self.module, name)

    def _load(self) -> None:
        module = ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        sys.modules[self.path.stem] = module
        try:
            exec(compile(self.tree, str(self.path), "exec"), module.__dict__)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a student may call exit()
            self.broken = (
                f"{self.path.name} must load without an exception.\n"
                f"Received: {describe(error, self.path)}\n"
                "Correct that line. Code that only tries things out belongs under "
                '`if __name__ == "__main__":`.'
            )
            raise Broken(self.broken) from None
        self.module = module

    def explain(self, error: BaseException) -> str | None:
        """Say what an exception in a check means, or None when it means "not written"."""
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == str(self.path)]
        if isinstance(error, NotImplementedError) and own and own[-1].name in self.unwritten:
            return None
        if own:
            rule = f"{own[0].name} runs without an exception."
            step = "Read the exception, and correct your line."
        elif isinstance(error, AssertionError) and str(error):
            return str(error)
        else:
            rule = "A check can use what your function returns."
            checks = [f for f in frames if Path(f.filename).name == f"test_{self.path.name}"]
            step = f"Look at what you return; the check stopped at `{checks[-1].line}`."
        return f"{rule}\nReceived: {describe(error, self.path)}\n{step}"


def describe(error: BaseException, path: Path) -> str:
    """Type and message of an exception, and the student's own line that led to it."""
    text = "\n".join(textwrap.shorten(line, 300) for line in str(error).strip().split("\n")[:12])
    said = f"{type(error).__name__}: {text}" if text else f"{type(error).__name__}."
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(path)]
    if not own:
        return said
    place = "" if own[-1].name == "<module>" else f", in {own[-1].name}"
    return f"{said}\nLine {own[-1].lineno} of {path.name}{place}: `{own[-1].line}`"


def _todo(node: ast.FunctionDef) -> str:
    """Say what is to be written, or return "" when the function is written."""
    docstring = ast.get_docstring(node)
    body = node.body[1:] if docstring else node.body
    for statement in body:
        if isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement):
            if statement is body[0]:
                break
            return f"delete line {statement.lineno}, `raise NotImplementedError()`."
    else:
        if not all(isinstance(part, ast.Pass) or ast.unparse(part) == "..." for part in body):
            return ""
    return (docstring or "write this function.").split("\n")[0]


def _syntax_message(path: Path, error: SyntaxError | ValueError) -> str:
    text = (getattr(error, "text", None) or "").strip()
    place = f" in line {error.lineno}: `{text}`" if isinstance(error, SyntaxError) and text else ""
    step = "Correct that line, or the one above it."
    if text.startswith(("%", "!")):
        step = "Delete that line: it is a notebook command, and this file is plain Python."
    return f"{path.name} must be valid Python.\nReceived: {error.args[0]}{place}\n{step}"
