"""Messages: each crosses as it was, and what is not as declared is refused by the decoder itself."""

import json
import math
import pickle
import socket
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import structs
from mutations import TOLD, TREE_CHANGES, change_tree

from autograder.errors import FrameError
from autograder.guest import protocol
from autograder.guest.protocol import answers, models, training_parts, trainings, walls
from autograder.guest.protocol.records import Decoder, Message, MessageError, header_of, pack
from autograder.guest.wire import FROM_BOX, Channel

ERROR = answers.ErrorFacts("ValueError", "no", 3, "raise ValueError('no')")
LIMITS = walls.Limits(
    timeout_s=300.0,
    call_timeout_s=60.0,
    cpu_s=600,
    memory_mib=3072,
    processes=256,
    file_mib=64,
    output_kib=64,
)
LOSS = training_parts.KerasObject("keras.losses", "Huber", {"delta": 1.0}, "Huber")
TRAINING = {
    "model": {"class_name": "Sequential", "config": {"layers": []}},
    "compile": training_parts.CompileArguments(
        optimizer=training_parts.KerasObject("keras.optimizers", "SGD", {"learning_rate": 0.1}),
        loss=training_parts.SettingDict({"a": LOSS, "b": training_parts.KerasName("mse")}),
        loss_weights=training_parts.SettingList((0.5, 2.0)),
        metrics=training_parts.SettingList((training_parts.KerasName("accuracy"), None)),
        weighted_metrics=None,
        steps_per_execution=1,
        jit_compile="auto",
    ),
    "fit": training_parts.FitArguments(
        epochs=5,
        initial_epoch=2,
        validation_split=0.25,
        validation_freq=1,
        shuffle=True,
        class_weight=((0, 1.0), (1, 2.0)),
        batch_size=32,
        steps_per_epoch=None,
        validation_steps=3,
        validation_batch_size=None,
    ),
    "data": training_parts.Data(
        x=training_parts.Pipeline(
            training_parts.ArrayDict({"image": training_parts.ArrayAt(0)}),
            (
                training_parts.Take(8),
                training_parts.Skip(-1),
                training_parts.Cache(),
                training_parts.Shuffle(100, reshuffle_each_iteration=True),
                training_parts.Batch(4, drop_remainder=False),
                training_parts.Prefetch(-1),
            ),
        ),
        validation_data=training_parts.ArrayList((training_parts.ArrayAt(1), None)),
    ),
    "callbacks": (
        training_parts.EarlyStopping(
            monitor="loss",
            min_delta=0.0,
            patience=2,
            mode="auto",
            baseline=None,
            restore_best_weights=True,
            start_from_epoch=0,
        ),
        training_parts.ReduceLROnPlateau(
            monitor="loss",
            factor=0.1,
            patience=2,
            mode="min",
            min_delta=1e-4,
            cooldown=0,
            min_lr=0.0,
        ),
        training_parts.LearningRateScheduler((0.1, 0.01, 0.001)),
        training_parts.TerminateOnNaN(),
    ),
    "weights": (1, 0),
    "optimizer_state": (),
    "snapshots": True,
    "batches": False,
}
#: One of each, with every field told and every kind of part in it somewhere.
MESSAGES: tuple[Message, ...] = (
    walls.Plan(
        namespaces=False, gpu=True, libraries=("keras",), readable=("/usr",), hidden=("/usr/lib/x",)
    ),
    walls.Order(role="student", limits=LIMITS, folder=None, uid=70_001),
    walls.Ready(6.5, "tensorflow, Keras 3.15.0", ("namespaces", "seccomp")),
    walls.ExitFacts("memory", None, 9, 3072.5, 1.25, 2.5, counted=True),
    walls.Try("read", ("/etc/shadow", 3)),
    walls.Tried(("/etc/shadow",)),
    answers.Job(
        exercise="ex04_perceptron",
        probe="def ask_gates(student, inputs): ...",
        tasks=("gates",),
        cells=(answers.Cell("cell 1", "x = 1", apart=False),),
        seed=1,
        inputs={"$": "dict", "items": [["x", {"$": "array", "i": 0}]]},
    ),
    answers.Loaded((answers.FailedCell("cell 1", ERROR),)),
    answers.Asking("gates", "and_gate"),
    answers.Answer("gates.and_00", "and_gate", "raised", None, ERROR, "printed", 0.5),
    answers.Stopped("gates", None, ERROR),
    answers.Done(),
    trainings.Fit(**TRAINING, watched=True, refs=(training_parts.Ref("0" * 64, "<f4", (4, 1)),)),
    trainings.Train(**TRAINING, seed=1),
    trainings.Need((0, 1)),
    trainings.Given(),
    trainings.TrainHere(),
    trainings.Refused("too much"),
    trainings.Trained(
        epochs=(2,),
        logs=({"loss": 0.5, "mae": "nan"},),
        learning_rates=(None,),
        iterations=(3,),
        steps=None,
        weights=2,
        state=1,
        snapshots=False,
        batches=trainings.AllBatchLogs(
            trainings.BatchLogs(("loss",), (3,), 3), trainings.BatchLogs((), (0,), 4)
        ),
        seconds=1.5,
        device="cpu",
    ),
    models.Build("0" * 64, {"class_name": "Sequential"}),
    models.Built(
        layers=(
            models.LayerFacts(
                name="dense",
                class_name="Dense",
                config={"units": 1},
                count_params=3,
                output_shape=[None, 1],
                trainable=True,
            ),
        ),
        count_params=3,
        trainable_params=3,
        input_shape=[None, 2],
        output_shape=[None, 1],
        input_names=("input",),
        output_names=("dense",),
    ),
    models.Predict("0" * 64, 3),
    models.Predicted(),
    models.RequestFailed("ValueError", "no"),
)
EVERY = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: header_of(message)["kind"])


def plain(message: Message) -> dict:
    """Return a message's header as the other side parses it."""
    return json.loads(json.dumps(header_of(message), allow_nan=False))


def decoder_of(message: Message) -> Decoder:
    return Decoder(type(message))


def test_the_messages_of_these_tests_are_all_that_there_are():
    """Whoever declares a message is asked for one here."""
    assert {type(message) for message in MESSAGES} == set(protocol.MESSAGES)
    kinds = [header_of(message)["kind"] for message in MESSAGES]
    assert len(set(kinds)) == len(kinds)


@EVERY
def test_a_message_crosses_as_it_was(message):
    """Over a real socket a record arrives equal, of its own class, with its arrays."""
    here, there = (Channel(sock, FROM_BOX) for sock in socket.socketpair())
    try:
        here.send(message, [np.arange(3)])
        received, arrays = there.receive(decoder_of(message), 5)
    finally:
        here.close()
        there.close()
    assert received == message
    assert type(received) is type(message)
    assert [array.tolist() for array in arrays] == [[0, 1, 2]]


@EVERY
def test_a_packet_is_the_message(message):
    """What crosses without a frame is read by the same declaration; it pickles for a cluster, too."""
    assert pickle.loads(pickle.dumps(message)) == message
    if isinstance(message, (walls.Plan, walls.Order, walls.Ready, walls.ExitFacts)):
        assert decoder_of(message).unpack(pack(message)) == message


@EVERY
def test_a_message_cannot_be_changed(message):
    """A record is frozen: what was judged is what is used."""
    for name in message.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(message, name, None)


def parts(value, path=()):
    """Yield every record in a message by its path, the message itself first."""
    if isinstance(value, msgspec.Struct):
        yield path, value
        for name in value.__struct_fields__:
            yield from parts(getattr(value, name), (*path, name))
    elif isinstance(value, (tuple, dict)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from parts(item, (*path, key))


def at(header, path):
    """Return a copy of a header, and the part of it at a path."""
    copy = json.loads(json.dumps(header))
    place = copy
    for name in path:
        place = place[name]
    return copy, place


def refused(message, header):
    with pytest.raises(MessageError, match="Received: ") as caught:
        decoder_of(message).decode(header)
    assert len(str(caught.value)) < 600
    assert isinstance(caught.value, FrameError)


@EVERY
def test_an_unknown_field_is_refused(message):
    """A field that is not declared is refused, in the message and in every record inside it."""
    for path, _ in parts(message):
        changed, place = at(plain(message), path)
        place["unheard_of"] = None
        refused(message, changed)


@EVERY
def test_a_missing_field_is_refused(message):
    """Only what has a declared default may be left out; what tells records apart never."""
    for path, record in parts(message):
        _, told = at(plain(message), path)
        optional = {field.name for field in structs.fields(record) if not field.required}
        tag = {record.__struct_config__.tag_field} - {None}
        assert told.keys() == {*record.__struct_fields__, *tag}
        for name in told:
            changed, place = at(plain(message), path)
            del place[name]
            if name in optional:
                decoder_of(message).decode(changed)
            else:
                refused(message, changed)


#: Of every JSON type one, and none of them what a list or an object of ours may hold.
OTHERS = [None, True, 7, "seven", [object], {"seven": 7}]
#: What a field takes besides its own type, or besides null where that is its value here.
TAKES = {
    "loss": {"number"},
    "loss_weights": {"number"},
    "metrics": {"number"},
    "weighted_metrics": {"number"},
    "jit_compile": {"bool"},
}


def json_type(value):
    named = {bool: "bool", int: "number", float: "number", str: "str", type(None): "null"}
    return named.get(type(value), "object" if isinstance(value, dict) else "array")


@EVERY
def test_a_value_of_another_type_is_refused(message):
    """No field of any record takes another JSON type than its own: nothing is made to fit."""
    for path, record in parts(message):
        for field in structs.fields(record):
            if field.type is Any:  # JSON of Keras's or of the probe's: its reader judges it
                continue
            _, told = at(plain(message), path)
            own = json_type(told[field.encode_name])
            taken = set()
            for other in OTHERS:
                changed, place = at(plain(message), path)
                place[field.encode_name] = [[]] if other == [object] else other
                try:
                    decoder_of(message).decode(changed)
                except MessageError:
                    continue
                taken.add(json_type(other))
            more = TAKES.get(field.name, set())
            if own == "null":
                assert len(taken - {"null"} - more) <= 1, (path, field.name, taken)
            else:
                assert taken - {own, "null"} <= more, (path, field.name, taken)


@pytest.mark.parametrize(
    ("message", "change"),
    [
        (answers.Answer("k", "f", "returned", 1, None, "", 0.0), {"seconds": -1.0}),
        (answers.Answer("k", "f", "returned", 1, None, "", 0.0), {"outcome": "passed"}),
        (answers.Answer("k", "f", "returned", 1, None, "", 0.0), {"seconds": "0.5"}),
        (answers.Answer("k", "f", "returned", 1, None, "", 0.0), {"seconds": True}),
        (walls.ExitFacts("ended", 0), {"why": "because"}),
        (walls.ExitFacts("ended", 0), {"code": 0.0}),
        (walls.ExitFacts("ended", 0), {"code": False}),
        (walls.Try("read"), {"attempt": "write more"}),
        (trainings.Need((0,)), {"places": [-1]}),
        (trainings.Need((0,)), {"places": [0.0]}),
        (trainings.Need((0,)), {"places": list(range(2001))}),
        (models.Predict("x", 1), {"layer": -1}),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_a_value_outside_its_bounds_is_refused(message, change):
    """Bounds, and the words that a field may hold, are part of the declaration."""
    decoder = decoder_of(message)
    assert decoder.decode(plain(message)) == message
    refused(message, {**plain(message), **change})


@pytest.mark.parametrize("kind", ["verdict", "", None, [], {}, 3, True, "Answer", "answer "])
def test_an_unknown_kind_is_refused(kind):
    """A message of a kind that nobody declared is refused at every place, whatever `kind` is."""
    for message in MESSAGES:
        refused(message, {**plain(message), "kind": kind})


@EVERY
def test_a_message_where_it_may_not_come_is_refused(message):
    """A declared message at the place of another is no better than an unknown one."""
    for decoder in (value for value in vars(protocol).values() if isinstance(value, Decoder)):
        if type(message) not in decoder.kinds.values():
            with pytest.raises(MessageError, match="known kind"):
                decoder.decode(plain(message))


def test_depth_is_no_crash():
    """Data nested far deeper than any frame may be are refused, and nothing else happens."""
    deep = {"type": "array", "place": 0}
    for _ in range(50_000):
        deep = {"type": "list", "items": [deep]}
    fit = next(message for message in MESSAGES if isinstance(message, trainings.Fit))
    header = {**plain(fit), "data": {"x": deep}}
    with pytest.raises(MessageError):
        protocol.FIT.decode(header)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_numbers_that_json_has_no_word_for_are_not_sent(number):
    """NaN and infinity are refused by the sender: they would arrive as something else."""
    facts = walls.ExitFacts("ended", 0, wall_s=number)
    with pytest.raises(ValueError, match="JSON"):
        pack(facts)


def test_the_schema_tells_the_messages_apart():
    """A JSON Schema of all messages is made from the declarations, and holds what they hold."""
    schema = protocol.schema()
    Draft202012Validator.check_schema(schema)
    assert len(schema["discriminator"]["mapping"]) == len(protocol.MESSAGES)
    validator = Draft202012Validator(schema)
    for message in MESSAGES:
        assert validator.is_valid(plain(message)), message
        assert not validator.is_valid({**plain(message), "kind": "verdict"})
        assert not validator.is_valid({**plain(message), "unheard_of": 1})


@settings(max_examples=500, deadline=None, database=None)
@given(which=st.integers(0, len(MESSAGES) - 1), changes=TREE_CHANGES)
def test_a_mutated_message_is_read_or_refused(which, changes):
    """Whatever a header is changed to, the decoder gives a record or a MessageError."""
    header = change_tree(plain(MESSAGES[which]), changes, TOLD)
    if not isinstance(header, dict):
        return
    try:
        message = decoder_of(MESSAGES[which]).decode(header)
    except MessageError:
        return
    assert type(message) is type(MESSAGES[which])
