"""The student box: runs a submission's cells, lets the probe ask, and sends each answer at once.

An answer says what a call returned or raised, never whether it is right. Whatever the student's
code does to this process, the host takes only frames, and judges them elsewhere.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
import types
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import msgspec
import numpy as np

from autograder.errors import FrameError
from autograder.guest.protocol import JOB, TO_FIT, answers
from autograder.guest.protocol.trainings import Given, Need, Refused, Trained
from autograder.guest.protocol.walls import Limits
from autograder.guest.student import call_guard, encode_figure, fit_hook, stdio
from autograder.guest.student.encode import decode_inputs, encode
from autograder.guest.student.error_format import describe_error
from autograder.guest.student.fit_capture import Recipe
from autograder.guest.student.namespace import Namespace
from autograder.guest.wire import FROM_HOST, Channel

#: By the exception that a call raised.
_OUTCOMES: dict[str, answers.Outcome] = {
    "NotImplementedError": "unwritten",
    "CallTimedOut": "timed_out",
}


class StudentFailed(Exception):
    """A call gave no value; it ends the current task's questions only."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def serve(sock: socket.socket, limits: Limits) -> None:
    """Take one job from the host, answer it, and return."""
    channel = Channel(sock, FROM_HOST)
    job, arrays = channel.receive(JOB)
    stdio.redirect(limits.output_kib)
    student = Student(channel, job, limits)
    if "keras" in sys.modules:  # as in every box of a course about Keras
        fit_hook.install(student.train)
    student.load(job)
    inputs = decode_inputs(job.inputs, arrays)
    probe = _probe(job.probe)
    for task in job.tasks:
        student.begin(task)
        try:
            getattr(probe, f"ask_{task}")(student, inputs)
        except StudentFailed as failed:
            channel.send(answers.Stopped(task, failed.key))
        except Exception as error:  # noqa: BLE001 - the probe tripped over what it was given
            channel.send(answers.Stopped(task, None, describe_error(error, student.filename)))
    channel.send(answers.Done())


def _probe(source: str) -> types.ModuleType:
    """Return the probe that came with the job; no other exercise's is here."""
    probe = types.ModuleType("probe")
    probe.__file__ = "probe.py"
    sys.modules["probe"] = probe  # dataclasses look for their module there
    exec(compile(source, "probe.py", "exec"), probe.__dict__)
    return probe


class Student:
    """A submission's functions, as a probe may call them.

    Every call is seeded, timed and recorded: `call` sends one answer frame per key.
    """

    def __init__(self, channel: Channel, job: answers.Job, limits: Limits) -> None:
        self._channel = channel
        self._seed = job.seed
        self._limits = limits
        self._exercise = job.exercise
        self.task = ""
        self._training = threading.Lock()
        self._too_slow: set[str] = set()
        self.filename = f"{job.exercise}.py"
        self._module = types.ModuleType(job.exercise)
        self._module.__file__ = self.filename
        self._loading = call_guard.Budget(limits.timeout_s / 2)
        self._names = Namespace(self._module, self.filename, self._run_piece)

    def load(self, job: answers.Job) -> None:
        """Run the cells in order."""
        for module in job.modules:
            with open(f"{module.name}.py", "w", encoding="utf-8") as file:
                file.write(module.source)
        sys.path.insert(0, ".")
        sys.modules[self._exercise] = self._module
        self._channel.send(answers.Loaded(self._names.run(job.cells)))

    def begin(self, task: str) -> None:
        """Turn to a task: what is called next is one of its questions."""
        self.task = task
        self._names.turn_to(task)

    def call(self, name: str, /, *args: Any, key: str | None = None, **kwargs: Any) -> Any:
        """Call the student's function and record the answer under `key`.

        Args:
            name: The function's name in the submission.
            args: Positional arguments; they are copied, so that nothing done to them lasts.
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
            earlier = answers.ErrorFacts("CallTimedOut", "An earlier call of it did not.")
            self._answer(key, name, "timed_out", error=earlier)
        self._channel.send(answers.Asking(self.task, name))
        copies = call_guard.copy(args), call_guard.copy(kwargs)
        with call_guard.closed_figures():
            began_s = time.monotonic()
            value, error = self._guarded(lambda: function(*copies[0], **copies[1]))
            seconds = time.monotonic() - began_s
            if error is not None:
                outcome = _OUTCOMES.get(error.type, "raised")
                if outcome == "timed_out":
                    self._too_slow.add(name)
                self._answer(key, name, outcome, error=error, seconds=seconds)
            shown = value
            if figure:
                drawn = encode_figure.drawn_figure(value)
                shown = value if drawn is None else drawn
            arrays: list[np.ndarray] = []
            pair, error = self._guarded(
                lambda: (encode(shown, arrays), call_guard.changed((args, kwargs), copies))
            )
        if error is not None:
            self._answer(key, name, "raised", error=error, seconds=seconds)
        facts = {"value": pair[0], "changed": pair[1], "seconds": seconds}
        self._answer(key, name, "returned", arrays=arrays, **facts)
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
        show what it is worth by itself. Lend only what was asked before, for it can be read. What
        earlier calls did to the submission's arrays and lists is undone first.
        """
        self._names.put_back(self.task)
        return call_guard.lent(self._module, functions)

    def train(self, recipe: Recipe) -> tuple[Trained, list[np.ndarray]] | None:
        """Have the host train a recipe; None where it is to be trained here.

        Raises:
            TrainingRefused: It is larger than a submission may ask for.
        """
        assert recipe.request is not None
        with (
            self._training,
            call_guard.paused_alarm(),
        ):  # whoever waits in a queue runs out of no time
            try:
                self._channel.send(recipe.request)
            except (FrameError, ValueError):
                return None  # numbers that JSON has no word for
            while True:
                answer, arrays = self._channel.receive(TO_FIT)
                if not isinstance(answer, Need):
                    break
                self._channel.send(Given(), [recipe.arrays[place] for place in answer.places])
        if isinstance(answer, Refused):
            raise fit_hook.TrainingRefused(answer.message)
        return (answer, arrays) if isinstance(answer, Trained) else None

    def keep(self, key: str, value: Any) -> None:
        """Record a value that the probe itself worked out from the student's answers."""
        arrays: list[np.ndarray] = []
        self._answer(key, key, "returned", value=encode(value, arrays), arrays=arrays)

    def _answer(
        self,
        key: str,
        name: str,
        outcome: answers.Outcome,
        *,
        value: Any = None,
        arrays: list[np.ndarray] | None = None,
        error: answers.ErrorFacts | None = None,
        seconds: float = 0.0,
        changed: tuple[int | str, ...] = (),
    ) -> None:
        told = (value, error, stdio.take(), seconds, changed)
        answer = answers.Answer(key, name, outcome, *told)
        try:
            self._channel.send(answer, arrays or [])
        except (FrameError, ValueError) as problem:
            facts = answers.ErrorFacts(type(problem).__name__, str(problem)[:1000])
            self._channel.send(
                msgspec.structs.replace(answer, outcome="raised", value=None, error=facts)
            )
            raise StudentFailed(key) from problem
        if outcome != "returned":
            raise StudentFailed(key)

    def _run_piece(self, action: Callable[[], object], seeded: bool) -> answers.ErrorFacts | None:
        """Run a piece of a cell; all of them together have half of the submission's time."""
        if seeded:
            call_guard.seed_all(self._seed)
        limit_s = self._loading.share(self._limits.call_timeout_s)
        return self._timed(self._loading.measured(action), limit_s)[1]

    def _guarded(self, action: Callable[[], Any]) -> tuple[Any, answers.ErrorFacts | None]:
        """Run student code, seeded and timed; return its value, or what it raised."""
        call_guard.seed_all(self._seed)
        return self._timed(action, self._limits.call_timeout_s)

    def _timed(
        self, action: Callable[[], Any], limit_s: float
    ) -> tuple[Any, answers.ErrorFacts | None]:
        try:
            with call_guard.alarm(limit_s):
                return action(), None
        except call_guard.CallTimedOut as error:
            facts = describe_error(error, self.filename)
            message = f"It ran for over {limit_s:.4g} s."
            return None, msgspec.structs.replace(facts, message=message)
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt too
            return None, describe_error(error, self.filename)
