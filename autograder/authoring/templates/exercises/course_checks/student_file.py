"""Loads a student's file, and hands out its functions: each only once it is written."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import re
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Callable

from course_checks import source, words

SEED = 1726
#: Called before something slow that no student's code is to blame for.
SLOW: list[Callable[[], None]] = []
#: Functions whose call ended the process or never came back, by file: their words.
STOPPED: dict[str, dict[str, str]] = {}
MODULE = "<module>"


class NotWritten(Exception):
    """The function is still the stub. Its text tells the student what to write."""


class Broken(Exception):
    """The student's file cannot be loaded, so that no check of it can run."""


class Stopped(Exception):
    """The function has ended the process before, or has not come back: it is not run again."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


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
            for tell in SLOW:
                tell()
            importlib.import_module("keras").utils.set_random_seed(SEED)
        return getattr(sys.modules["keras"], name)


def import_keras_lazily(folder: Path) -> None:
    """Let `import keras` cost nothing until Keras is used, for an exercise that names Keras.

    Args:
        folder: The exercise's folder.
    """
    if "keras" in sys.modules or not _names_keras(folder):
        return
    if importlib.util.find_spec("keras"):
        sys.modules["keras"] = LazyKeras()


@functools.cache
def _names_keras(folder: Path) -> bool:
    """Whether any Python file of the exercise holds the word `keras`."""
    files = (path for path in folder.glob("*.py") if path.is_file())
    return any(re.search(rb"\bkeras\b", path.read_bytes()) for path in files)


class StudentFile:
    """A student's module: parsed when it is made, run only when a written function is used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.module: ModuleType | None = None
        self.broken = STOPPED.get(str(path), {}).get(MODULE, "")
        self.unwritten: dict[str, str] = {}
        #: What each function gave back, in the check that runs now.
        self.returned: dict[str, list[Any]] = {}
        self.tree = ast.Module([], [])
        try:
            text = path.read_bytes()
            self.tree = ast.parse(text, filename=str(path))
            self.code = compile(self.tree, str(path), "exec", dont_inherit=True)
        except OSError as error:
            self.broken = words.no_file(path, error)
        except (SyntaxError, ValueError, RecursionError) as error:
            self.broken = words.no_python(path, error, text)
        self.functions = source.functions(self.tree)
        for name, node in self.functions.items():
            if todo := source.todo(node):
                self.unwritten[name] = todo

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
        value = getattr(self.module, name)
        return self._remembering(value) if isinstance(value, FunctionType) else value

    def _remembering(self, function: FunctionType) -> Any:
        """Return a function that also remembers what it gives back."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            value = function(*args, **kwargs)
            self.returned.setdefault(function.__name__, []).append(value)
            return value

        return call

    def _load(self) -> None:
        module = ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        sys.modules[self.path.stem] = module
        try:
            exec(self.code, module.__dict__)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a student may call exit()
            self.broken = words.not_loaded(error, self.path)
            raise Broken(self.broken) from None
        for name, text in STOPPED.get(str(self.path), {}).items():
            module.__dict__[name] = _stopped(name, text)
        self.module = module

    def without_result(self) -> str:
        """Return a function that gave back nothing in this check, though it was to; else ""."""
        for name, values in self.returned.items():
            node = self.functions.get(name)
            wanted = node is not None and "Returns:" in (ast.get_docstring(node) or "")
            if wanted and any(value is None for value in values):
                return name
        return ""


def _stopped(name: str, text: str) -> Any:
    def raise_stopped(*_: Any, **__: Any) -> Any:
        raise Stopped(name, text)

    return raise_stopped
