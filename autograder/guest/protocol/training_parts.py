"""What a training is made of, as data: arrays, pipelines, arguments, settings, callbacks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from autograder.guest.protocol.records import Dtype, Part

_MOST = 10**6
MAX_ITEMS = 2000
MAX_STEPS = 20

Count = Annotated[int, Meta(ge=0, le=_MOST)]
Positive = Annotated[int, Meta(ge=1, le=_MOST)]
#: The place of an array among the refs, or among the arrays of the frame.
Place = Annotated[int, Meta(ge=0, lt=MAX_ITEMS)]
Places = Annotated[tuple[Place, ...], Meta(max_length=MAX_ITEMS)]
#: -1 is "all" to `take` and `skip`, and "as many as is good" to `prefetch`.
_StepCount = Annotated[int, Meta(ge=-1, le=_MOST)]


class Ref(Part, frozen=True):
    """An array by the SHA-256 of its bytes in C order, which the host checks as it gets them."""

    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
    dtype: Dtype
    shape: Annotated[tuple[Annotated[int, Meta(ge=0, le=2**31)], ...], Meta(max_length=MAX_ITEMS)]


class ArrayAt(Part, frozen=True, tag="array"):
    """One array."""

    place: Place


class ArrayList(Part, frozen=True, tag="list"):
    """Data of several inputs in a row, or data with its targets."""

    items: Annotated[tuple[Tree | None, ...], Meta(max_length=MAX_ITEMS)]


class ArrayDict(Part, frozen=True, tag="dict"):
    """Data of inputs by their names."""

    items: Annotated[dict[str, Tree], Meta(max_length=MAX_ITEMS)]


Tree = ArrayAt | ArrayList | ArrayDict


class Take(Part, frozen=True, tag="take"):
    """`tf.data.Dataset.take`."""

    count: _StepCount


class Skip(Part, frozen=True, tag="skip"):
    """`tf.data.Dataset.skip`."""

    count: _StepCount


class Cache(Part, frozen=True, tag="cache"):
    """`tf.data.Dataset.cache`, in memory."""


class Shuffle(Part, frozen=True, tag="shuffle"):
    """`tf.data.Dataset.shuffle`; the training sets the seed."""

    buffer_size: _StepCount
    reshuffle_each_iteration: bool


class Batch(Part, frozen=True, tag="batch"):
    """`tf.data.Dataset.batch`."""

    batch_size: _StepCount
    drop_remainder: bool


class Prefetch(Part, frozen=True, tag="prefetch"):
    """`tf.data.Dataset.prefetch`."""

    buffer_size: _StepCount


#: The steps of a pipeline, none of which makes it longer than its arrays.
Step = Take | Skip | Cache | Shuffle | Batch | Prefetch


class Pipeline(Part, frozen=True, tag="dataset"):
    """A `tf.data` pipeline: slices of arrays, and the steps that batches of them come from."""

    slices: Tree
    steps: Annotated[tuple[Step, ...], Meta(max_length=MAX_STEPS)]


Source = ArrayAt | ArrayList | ArrayDict | Pipeline


class Data(Part, frozen=True):
    """What `fit` is given to train on and to validate with."""

    x: Source
    y: Tree | None = None
    sample_weight: Tree | None = None
    validation_data: Source | None = None


class FitArguments(Part, frozen=True):
    """The arguments of `fit` that are numbers; `class_weight` has pairs of label and weight."""

    epochs: Count
    initial_epoch: Count
    validation_split: Annotated[float, Meta(ge=0, lt=1)]
    validation_freq: Positive
    shuffle: bool
    class_weight: Annotated[tuple[tuple[Count, float], ...], Meta(max_length=MAX_ITEMS)] | None
    batch_size: Positive | None
    steps_per_epoch: Positive | None
    validation_steps: Positive | None
    validation_batch_size: Positive | None


class KerasName(Part, frozen=True, tag="name"):
    """One of Keras's own losses, metrics or optimizers, by its name."""

    name: str


class KerasObject(Part, frozen=True, tag="object"):
    """One of Keras's own losses, metrics or optimizers, as Keras itself saves it."""

    module: str
    class_name: str
    config: dict[str, Any]
    registered_name: str | None = None


class SettingList(Part, frozen=True, tag="list"):
    """Settings in a row."""

    items: Annotated[tuple[Setting, ...], Meta(max_length=MAX_ITEMS)]


class SettingDict(Part, frozen=True, tag="dict"):
    """Settings by the names of outputs."""

    items: Annotated[dict[str, Setting], Meta(max_length=MAX_ITEMS)]


Setting = float | KerasName | KerasObject | SettingList | SettingDict | None


class CompileArguments(Part, frozen=True):
    """How a model was compiled."""

    optimizer: KerasName | KerasObject
    loss: Setting
    loss_weights: Setting
    metrics: Setting
    weighted_metrics: Setting
    steps_per_execution: Positive
    jit_compile: bool | Literal["auto"] | None


class EarlyStopping(Part, frozen=True, tag_field="class", tag="EarlyStopping"):
    """Keras's callback, by its attributes."""

    monitor: str
    min_delta: float
    patience: int
    mode: Literal["auto", "min", "max"]
    baseline: float | None
    restore_best_weights: bool
    start_from_epoch: int


class ReduceLROnPlateau(Part, frozen=True, tag_field="class", tag="ReduceLROnPlateau"):
    """Keras's callback, by its attributes."""

    monitor: str
    factor: float
    patience: int
    mode: Literal["auto", "min", "max"]
    min_delta: float
    cooldown: int
    min_lr: float


class LearningRateScheduler(Part, frozen=True, tag_field="class", tag="LearningRateScheduler"):
    """Keras's callback: what the schedule gave for each epoch, from `initial_epoch` on."""

    rates: Annotated[tuple[float, ...], Meta(max_length=_MOST)]


class TerminateOnNaN(Part, frozen=True, tag_field="class", tag="TerminateOnNaN"):
    """Keras's callback."""


Callback = EarlyStopping | ReduceLROnPlateau | LearningRateScheduler | TerminateOnNaN
