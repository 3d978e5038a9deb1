"""The public API of probes: what a probe may ask of a submission, inside a box.

A probe is one file, `probe.py`. Its `draw(rng, data)` runs on the host and draws the hidden inputs;
its `ask_<task>(student, inputs)` run in the student box, where the file arrives as text, and
nothing else of the course does. Probes import from here, NumPy, and the course's libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

#: What a probe drew, by name: scalars, text, containers and arrays.
Inputs = Mapping[str, Any]


class Dataset(Protocol):
    """A data set as `draw` gets it: its arrays by name, such as `x_train`; nothing is copied."""

    @property
    def profile(self) -> str:
        """Which copy it is, `full` or `sample`."""

    def __getattr__(self, name: str) -> Any: ...


#: The data sets that the catalog names for the exercise.
Datasets = Mapping[str, Dataset]


class Student(Protocol):
    """A submission's functions, as a probe may call them.

    Every call is seeded, timed and recorded, and each key is recorded once: what a grader asks for
    by that key is what this call gave. Arrays, images, lists and dicts that are passed on are
    copied first, so that nothing done to them lasts; a grader can ask whether anything was done.
    """

    def call(self, name: str, /, *args: Any, key: str | None = None, **kwargs: Any) -> Any:
        """Call the student's function and record the answer under `key`.

        Args:
            name: The function's name in the submission.
            args: Positional arguments.
            key: What graders ask for; the function's name if not given.
            kwargs: Keyword arguments, except `_figure=True`, which records the Matplotlib figure
                that the call drew instead of what it returned.

        Returns:
            What the function returned.

        Raises:
            Exception: The function is missing, not written, raised, or ran out of time. It ends
                the questions of this task; let it through.
        """

    def attempt(self, name: str, /, *args: Any, key: str | None = None, **kwargs: Any) -> Any:
        """Call like `call`, but return None where that would raise: other questions go on."""

    def lent(self, **functions: Callable[..., Any]) -> AbstractContextManager[None]:
        """Lend the course's own functions to the calls made inside a `with`.

        A mistake costs once: with right ones in place of the submission's own, a function can
        show what it is worth by itself. Lend only what was asked before, for it can be read.
        """

    def keep(self, key: str, value: Any) -> None:
        """Record a value that the probe itself worked out from the student's answers."""
