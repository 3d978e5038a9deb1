"""The student box: runs a submission's cells, lets the probe ask, and sends each answer at once.

An answer says what a call returned or raised, never whether it is right. Whatever the student's
code does to this process, the host takes only frames, and judges them elsewhere.
"""

from __future__ import annotations

import ast
import codeop
import importlib
import linecache
import random
import socket
import sys
import threading
import time
import types
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from autograder.boxes import calls, guest, output
from autograder.boxes.encode import decode_inputs, encode
from autograder.boxes.recipes import Recipe
from autograder.boxes.trace import describe_error
from autograder.errors import FrameError
from autograder.wire import FROM_HOST, Channel


class StudentFailed(Exception):
    """A call gave no value; it ends the current task's questions only."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def serve(sock: socket.socket, limits: dict[str, Any]) -> None:
    """Take one job from the host, answer it, and return."""
    channel = Channel(sock, FROM_HOST)
    job, arrays = channel.receive()
    output.redirect(limits["output_kib"])
    student = Student(channel, job, limits)
    guest.install(student.train)
    student.load(job["cells"])
    inputs = decode_inputs(job["inputs"], arrays)
    probe = importlib.import_module(f"autograder.probes.{job['exercise']}")
    for task in job["tasks"]:
        student.task = task
        try:
            getattr(probe, f"ask_{task}")(student, inputs)
        except StudentFailed as failed:
            channel.send({"kind": "stopped", "task": task, "key": failed.key})
        except Exception as error:  # noqa: BLE001 - the probe tripped over what it was given
            told = describe_error(error, student.filename)
            channel.send({"kind": "stopped", "task": task, "key": None, "error": told})
    channel.send({"kind": "done"})


class Student:
    """A submission's functions, as a probe may call them.

    Every call is seeded, timed and recorded: `call` sends one answer frame per key.
    """

    def __init__(self, channel: Channel, job: dict[str, Any], limits: dict[str, Any]) -> None:
        self._channel = channel
        self._seed = int(job["seed"])
        self._limits = limits
        self._exercise = job["exercise"]
        self.task = ""
        self._training = threading.Lock()
        self._too_slow: set[str] = set()
        self.filename = f"{job['exercise']}.py"
        self._module = types.ModuleType(job["exercise"])
        self._module.__file__ = self.filename

    def load(self, cells: list[dict[str, Any]]) -> None:
        """Run the cells in order, as a notebook does: one that raises does not stop the next."""
        source, starts = _joined(cells)
        with open(self.filename, "w", encoding="utf-8") as file:
            file.write(source)
        linecache.checkcache(self.filename)
        sys.path.insert(0, ".")
        sys.modules[self._exercise] = self._module
        compiler = codeop.Compile()  # remembers `from __future__` between cells
        failures = []
        for cell, start in zip(cells, starts, strict=True):
            for code in _pieces("\n" * start + cell["source"], apart=cell["apart"]):
                error = self._guarded(
                    lambda code=code: exec(  # type: ignore[misc]
                        compiler(code, self.filename, "exec"), self._module.__dict__
                    )
                )[1]
                if error is not None:
                    failures.append({"cell": cell["label"], "error": error})
        self._channel.send({"kind": "loaded", "failures": failures})

    def call(self, name: str, /, *args: Any, key: str | None = None, **kwargs: Any) -> Any:
        """Call the student's function and record the answer under `key`.

        Args:
            name: The function's name in the submission.
            args: Positional arguments; arrays are copied, so that nothing done to them lasts.
            key: What graders ask for; the function's name if not given.
            kwargs: Keyword arguments, except `_figure=True`, which records the Matplotlib figure
                that the call drew instead of what it returned.

        Returns:
            What the function returned.

        Raises:
            StudentFailed: The function is missing, not written, raised, or ran out of time.
        """
        key = key or name
        figure = kwargs.pop("_figure", False)
        function: Any = getattr(self._module, name, None)
        if not callable(function):
            self._answer(key, name, "missing")
        if name in self._too_slow:  # it had its time; other functions need theirs
            told = {"type": "CallTimedOut", "message": "An earlier call of it did not."}
            self._answer(key, name, "timed_out", error=told)
        self._channel.send({"kind": "asking", "task": self.task, "function": name})
        copies = [calls.copy(arg) for arg in args]
        with calls.closed_figures():
            began_s = time.monotonic()
            value, error = self._guarded(lambda: function(*copies, **kwargs))
            seconds = time.monotonic() - began_s
            if error is not None:
                outcome = {
                    "NotImplementedError": "unwritten",
                    "CallTimedOut": "timed_out",
                }.get(error["type"], "raised")
                if outcome == "timed_out":
                    self._too_slow.add(name)
                self._answer(key, name, outcome, error=error, seconds=seconds)
            shown = value
            if figure:
                from autograder.boxes import pictures

                drawn = pictures.drawn_figure(value)
                shown = value if drawn is None else drawn
            arrays: list[np.ndarray] = []
            tagged, error = self._guarded(lambda: encode(shown, arrays))
        if error is not None:
            self._answer(key, name, "raised", error=error, seconds=seconds)
        self._answer(key, name, "returned", value=tagged, arrays=arrays, seconds=seconds)
        return value

    def attempt(self, name: str, /, *args: Any, key: str | None = None, **kwargs: Any) -> Any:
        """Call like `call`, but return None where that would raise: other questions go on."""
        try:
            return self.call(name, *args, key=key, **kwargs)
        except StudentFailed:
            return None

    def lent(self, **functions: Callable[..., Any]) -> AbstractContextManager[None]:
        """Lend the course's own functions to the calls made inside a `with`.

        A mistake costs once: with right ones in place of the submission's own, a function can
        show what it is worth by itself. Lend only what was asked before, for it can be read.
        """
        return calls.lent(self._module, functions)

    def train(self, recipe: Recipe) -> tuple[dict[str, Any], list[np.ndarray]] | None:
        """Have the host train a recipe; None where it is to be trained here.

        Raises:
            TrainingRefused: It is larger than a submission may ask for.
        """
        with self._training, calls.paused_alarm():  # whoever waits in a queue runs out of no time
            try:
                self._channel.send({"kind": "fit", **recipe.header, "refs": recipe.refs})
            except (FrameError, ValueError):
                return None  # numbers that JSON has no word for
            while True:
                answer, arrays = self._channel.receive()
                if answer["kind"] != "need":
                    break
                self._channel.send(
                    {"kind": "given"}, [recipe.arrays[place] for place in answer["places"]]
                )
        if answer["kind"] == "refused":
            raise guest.TrainingRefused(answer["message"])
        return (answer, arrays) if answer["kind"] == "trained" else None

    def keep(self, key: str, value: Any) -> None:
        """Record a value that the probe itself worked out from the student's answers."""
        arrays: list[np.ndarray] = []
        self._answer(key, key, "returned", value=encode(value, arrays), arrays=arrays)

    def _answer(
        self,
        key: str,
        name: str,
        outcome: str,
        *,
        value: Any = None,
        arrays: list[np.ndarray] | None = None,
        error: dict[str, Any] | None = None,
        seconds: float = 0.0,
    ) -> None:
        header = {
            "kind": "answer",
            "key": key,
            "function": name,
            "outcome": outcome,
            "value": value,
            "error": error,
            "output": output.take(),
            "seconds": seconds,
        }
        try:
            self._channel.send(header, arrays or [])
        except (FrameError, ValueError) as problem:
            header |= {"outcome": "raised", "value": None}
            header["error"] = {"type": type(problem).__name__, "message": str(problem)[:1000]}
            self._channel.send(header)
            raise StudentFailed(key) from problem
        if outcome != "returned":
            raise StudentFailed(key)

    def _guarded(self, action: Callable[[], Any]) -> tuple[Any, dict[str, Any] | None]:
        """Run student code, seeded and timed; return its value, or what it raised."""
        self._seed_all()
        try:
            with calls.alarm(self._limits["call_timeout_s"]):
                return action(), None
        except calls.CallTimedOut as error:
            limit_s = self._limits["call_timeout_s"]
            told = describe_error(error, self.filename)
            return None, {**told, "message": f"It ran for over {limit_s:g} s."}
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt too
            return None, describe_error(error, self.filename)

    def _seed_all(self) -> None:
        random.seed(self._seed)
        np.random.seed(self._seed)  # noqa: NPY002 - what students' code draws from
        keras = sys.modules.get("keras")
        if keras is not None:
            keras.utils.set_random_seed(self._seed)


def _pieces(source: str, *, apart: bool) -> list[str | ast.Module]:
    """Return what is run at once: the whole source, or each of its statements."""
    if not apart:
        return [source]
    return [ast.Module([statement], []) for statement in ast.parse(source).body]


def _joined(cells: list[dict[str, Any]]) -> tuple[str, list[int]]:
    lines, starts = [], []
    for cell in cells:
        lines.append(f"# %% {cell['label']}")
        starts.append(len(lines))
        lines += cell["source"].split("\n")
    return "\n".join(lines) + "\n", starts
