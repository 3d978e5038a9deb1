"""Messages about trainings: what `fit` was asked, over arrays that are named by their SHA-256.

A student box tells its `Fit` to the host, which sends the validated `Train` to a model box; what
came of it goes the same way back as `Trained`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from autograder.guest.protocol.records import Message, NotNegative, Part
from autograder.guest.protocol.training_parts import (
    MAX_ITEMS,
    Callback,
    CompileArguments,
    Data,
    FitArguments,
    Places,
    Ref,
)


class _Training(Message, frozen=True, kw_only=True):
    """What decides a training.

    Attributes:
        model: The model's config.
        compile: How it was compiled.
        fit: The arguments of `fit` that are numbers.
        data: Those that are arrays.
        callbacks: Those that act on the training.
        weights: Where the model's weights are.
        optimizer_state: Where the optimizer's variables are; nothing where it has none yet.
        snapshots: The weights of each epoch are wanted.
        batches: The logs of each batch are wanted.
    """

    model: dict[str, Any]
    compile: CompileArguments
    fit: FitArguments
    data: Data
    callbacks: Annotated[tuple[Callback, ...], Meta(max_length=MAX_ITEMS)]
    weights: Places
    optimizer_state: Places
    snapshots: bool
    batches: bool


class Fit(_Training, frozen=True, kw_only=True, tag="fit"):
    """A student box asks for a training.

    Attributes:
        watched: Callbacks of the student's own look on: these may stop it at any time.
        refs: The arrays.
    """

    watched: bool
    refs: Annotated[tuple[Ref, ...], Meta(max_length=MAX_ITEMS)]


class Train(_Training, frozen=True, kw_only=True, tag="train"):
    """A model box is to train; the frame's arrays are those that the request refers to.

    Attributes:
        seed: Set before the training, whatever was drawn before.
    """

    seed: int


class Need(Message, frozen=True, tag="need"):
    """The host asks a student box for the arrays at these places of its `Fit`."""

    places: Places


class Given(Message, frozen=True, tag="given"):
    """The frame's arrays are those that were asked for."""


class TrainHere(Message, frozen=True, tag="local"):
    """The student box is to train by itself."""


class Refused(Message, frozen=True, tag="refused"):
    """The training is larger than a submission may ask for."""

    message: str


class BatchLogs(Part, frozen=True):
    """The logs of every batch.

    Attributes:
        names: What is logged.
        ends: How many batches there were at the end of each epoch.
        array: The place of an array of shape (batches, names).
    """

    names: tuple[str, ...]
    ends: tuple[NotNegative, ...]
    array: NotNegative


class AllBatchLogs(Part, frozen=True):
    """The logs of every batch of training, and of validation."""

    train: BatchLogs
    test: BatchLogs


class Trained(Message, frozen=True, kw_only=True, tag="trained"):
    """What came of a training.

    The arrays are the weights, the optimizer's variables and those of the metrics after it; with
    `snapshots` the same of every epoch, each with the epochs as its first axis; with `batches` two
    arrays of logs.

    Attributes:
        epochs: The number of each epoch.
        logs: What each epoch logged; numbers that JSON has no word for in words.
        learning_rates: The optimizer's rate after each epoch; None where it is a schedule.
        iterations: The optimizer's steps after each epoch.
        steps: The batches of an epoch, where Keras knew.
        weights: How many of the arrays are weights.
        state: How many are variables of the optimizer and the metrics.
        snapshots: Whether there are snapshots.
        batches: The logs of all batches, where they were wanted.
        seconds: How long the training took.
        device: What it ran on.
    """

    epochs: tuple[int, ...]
    logs: tuple[dict[str, float | Literal["nan", "inf", "-inf"]], ...]
    learning_rates: tuple[float | None, ...]
    iterations: tuple[int, ...]
    steps: int | None
    weights: NotNegative
    state: NotNegative
    snapshots: bool
    batches: AllBatchLogs | None
    seconds: float
    device: Literal["cpu", "gpu"]
