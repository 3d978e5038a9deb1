"""A thousand mutated streams of a student box: no crash, no hang, and never a fault of the course.

The frames of real boxes are changed in their bytes, in what they say, and in their order, and are
sent to the host over a real socket: it hears them as it hears a box, and the graders judge them.
"""

import json
import socket
import struct
import threading
import time
import warnings
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import BYTE_CHANGES, PLACE, TOLD, TREE_CHANGES, change_bytes, change_tree, fuzz
from repository import COURSE, checks, evidence_of

from autograder.errors import FrameError, ModelError, NoEvidence
from autograder.evidence import transcript
from autograder.evidence.transcript import Break
from autograder.guest.protocol import FIT, TO_MODEL_BOX
from autograder.guest.protocol.records import header_of
from autograder.guest.protocol.walls import ExitFacts
from autograder.guest.wire import FROM_BOX, FROM_HOST, MAGIC, Channel, parse_header
from autograder.judging.pytest_judge import judge, verdicts
from autograder.models.allowlist import validate
from autograder.models.server import ModelServer
from autograder.records import Isolation, Status, Workdir
from autograder.training.broker import NOT_A_RECIPE
from autograder.training.recipe import read_recipe
from autograder.training.service import Trained
from autograder.values import ModelData

SLUGS = ("ex04_perceptron", "ex03_persistence", "ex06_convolution")
BOUND_S = 5.0


class Told:
    """A box that says what it was given to say, over a real socket, and ends."""

    def __init__(self, stream: bytes) -> None:
        host_end, box_end = socket.socketpair()
        self.channel = Channel(host_end, FROM_BOX)
        self._thread = threading.Thread(target=self._say, args=(box_end, stream), daemon=True)
        self._thread.start()

    @staticmethod
    def _say(sock: socket.socket, stream: bytes) -> None:
        with sock:
            try:
                Channel(sock, FROM_HOST).receive_header()
                sock.sendall(stream)
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(2**16):
                    pass
            except (OSError, FrameError):
                pass  # the host has heard enough

    def pause(self) -> None:
        """Nothing stands still here."""

    resume = pause

    def close(self, patience_s: float = 0.0) -> ExitFacts:
        self.channel.close()
        self._thread.join(10)
        assert not self._thread.is_alive()
        return ExitFacts("ended", 0)


class Boxes:
    """In place of a sandbox: each box says the same."""

    backend, isolation = "tensorflow", Isolation.FULL

    def __init__(self, stream: bytes) -> None:
        self._stream = stream

    def open_box(self, *_given) -> Told:
        return Told(self._stream)


class Asking:
    """A trainer that asks for the arrays of each recipe, and then has no answer."""

    def train(self, recipe, supply) -> Trained:
        assert recipe.work >= 0
        supply(range(len(recipe.refs)))
        return Trained("failed", "not here")


class OnHost:
    """A model server as far as the host goes: it validates, and has no box to build in."""

    def model(self, _key, data):
        try:
            validate(data)
        except ModelError as error:
            raise NoEvidence(Status.ERRORED, str(error)) from error
        raise NoEvidence(Status.SKIPPED, "There is no box here.")


def packed(header: dict, body: bytes) -> bytes:
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    return struct.pack("<4sIQ", MAGIC, len(text), len(body)) + text + body


def parted(frames) -> list[tuple[dict, bytes]]:
    """Return frames as their headers, with their arrays listed, and their bodies."""
    return [
        (
            {**header, "arrays": [{"dtype": a.dtype.str, "shape": [*a.shape]} for a in arrays]},
            b"".join(array.tobytes() for array in arrays),
        )
        for header, arrays in frames
    ]


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("bytes"), PLACE, BYTE_CHANGES),
        st.tuples(st.just("body"), PLACE, BYTE_CHANGES),
        st.tuples(st.just("header"), PLACE, TREE_CHANGES),
        *[st.tuples(st.just("answer"), PLACE, TREE_CHANGES)] * 4,
        st.tuples(st.sampled_from(["drop", "again", "flood", "moved", "other task"]), PLACE, PLACE),
    ),
    min_size=1,
    max_size=4,
)


def _header(frame) -> dict:
    """Return a frame's header; an empty one where only its bytes are left."""
    return frame[0] if isinstance(frame, tuple) and isinstance(frame[0], dict) else {}


def changed(frames: list[tuple[dict, bytes]], changes) -> bytes:
    """Return the stream of these frames, some of them changed."""
    told: list = list(frames)
    for kind, place, change in changes:
        places = range(len(told))
        if kind in ("answer", "other task"):
            places = [at for at in places if "value" in _header(told[at])]
        if places:
            at = places[place % len(places)]
            told[at : at + 1] = _instead(kind, told[at], change, frames)
            if kind == "moved":
                told.insert(change % len(told), told.pop(at))
    return b"".join(one if isinstance(one, bytes) else packed(*one) for one in told)


def _instead(kind: str, frame, change, frames) -> list:
    """Return what comes in the place of a frame."""
    header = _header(frame)
    if kind == "bytes":
        return [change_bytes(frame if isinstance(frame, bytes) else packed(*frame), change)]
    if kind in ("drop", "again", "flood"):
        often = 9000 if header and not frame[1] else 20
        return [frame] * {"drop": 0, "again": 2, "flood": often}[kind]
    if kind == "header" and header:
        return [(change_tree(header, change, TOLD), frame[1])]
    if kind == "body" and header:
        return [(header, change_bytes(frame[1], change))]
    if kind == "answer":
        value = change_tree([header["value"]], change, TOLD)
        return [({**header, "value": value[0] if value else None}, frame[1])]
    if kind == "other task":
        keys = [one["key"] for one, _ in frames if "value" in one]
        return [({**header, "key": keys[change % len(keys)]}, frame[1])]
    return [frame]


def heard(run, stream: bytes):
    exercise = COURSE.exercise(run.slug)
    probe = COURSE.folder(run.slug).probe_source()
    workdir = Workdir(run.slug, ())
    return transcript.run(Boxes(stream), exercise, workdir, run.inputs, 1, Asking(), probe=probe)


def faults(run, said) -> list[str]:
    """Return the checks that would be our own fault."""
    evidence = evidence_of(run.slug, said, OnHost(), run.inputs, run.data)
    grader = COURSE.folder(run.slug).grader()
    found = []
    for check in checks(run.slug):
        try:
            getattr(grader, check.name)(evidence.for_task(check.task))
        except Exception as error:
            status, message = judge(error)
            assert len(message) < 5000
            if status is Status.INTERNAL:
                found.append(f"{check.name}: {error!r}")
    return found


@pytest.fixture(scope="module")
def frames(recorded):
    return cache(lambda slug: parted(recorded(slug).frames))


def test_the_stream_of_a_real_box_is_heard_as_it_was_said(recorded, frames):
    """The control: unchanged, the frames give every answer, and what needs no box is judged right."""
    for slug in SLUGS:
        run = recorded(slug)
        said = heard(run, b"".join(packed(*frame) for frame in frames(slug)))
        assert said.answers.keys() == run.said.answers.keys()
        assert not said.ends
        assert said.end is None
        assert faults(run, said) == []
    assert {header["kind"] for header, _ in frames("ex03_persistence")} >= {"fit", "given"}


@fuzz(1000)
@given(which=st.integers(0, len(SLUGS) - 1), changes=CHANGES)
def test_mutated_streams_are_judged_or_told(recorded, frames, which, changes):
    """Whatever a box says, the host hears it in time, and each check has a verdict."""
    run = recorded(SLUGS[which])
    stream = changed(frames(run.slug), changes)
    began_s = time.process_time()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        said = heard(run, stream)
        assert faults(run, said) == []
    assert time.process_time() - began_s < BOUND_S
    if said.end is not None:
        assert (said.end.cause is Break.FRAME) == bool(said.end.detail)
        assert not said.end.detail or said.end.detail.endswith(".") or "(" in said.end.detail


@fuzz(25)
@given(which=st.integers(0, len(SLUGS) - 1), changes=CHANGES)
def test_mutated_streams_have_no_internal_verdict(recorded, frames, engine, which, changes):
    """Through pytest itself, and with a real model box, no verdict on such a stream is INTERNAL."""
    run = recorded(SLUGS[which])
    said = heard(run, changed(frames(run.slug), changes))
    models = ModelServer(engine.model_sandbox, engine.store)
    try:
        found = verdicts(
            COURSE.folder(run.slug).grader(),
            evidence_of(run.slug, said, models, run.inputs, run.data),
        )
    finally:
        models.close()
    assert [one.trace for one in found if one.status is Status.INTERNAL] == []


@fuzz(1000)
@given(place=PLACE, changes=TREE_CHANGES)
def test_mutated_recipes_are_none_or_bounded(recorded, place, changes):
    """What a box asks to be trained is a recipe of known size, or none in a way that is foreseen."""
    told = [header for header, _ in recorded("ex03_persistence").frames if header["kind"] == "fit"]
    header = change_tree(told[place % len(told)], changes, TOLD)
    try:
        header = parse_header(json.dumps(header).encode("utf-8", "surrogatepass"))
        recipe = read_recipe(FIT.decode(header), 1, {})
    except (FrameError, *NOT_A_RECIPE):
        return
    assert 0 <= recipe.work < 1e15
    assert TO_MODEL_BOX.decode(json.loads(json.dumps(header_of(recipe.request)))) == recipe.request


@fuzz(2000)
@given(place=PLACE, changes=TREE_CHANGES)
def test_mutated_models_are_refused_or_measured(recorded, place, changes):
    """A model's config of any kind is within bounds, or refused with a sentence; nothing else."""
    answers = [recorded("ex01_keras_models").said, recorded("ex04_perceptron").said]
    models = [
        answer.value
        for said in answers
        for answer in said.answers.values()
        if isinstance(answer.value, ModelData)
    ]
    model = models[place % len(models)]
    config = change_tree([{**model.config}], changes, TOLD)
    header = json.dumps({"config": config}).encode("utf-8", "surrogatepass")
    try:
        (told,) = parse_header(header)["config"]
        model = ModelData({**told}, model.weights, None, ())
    except (FrameError, ValueError, TypeError):
        return
    try:
        validate(model)
    except ModelError as error:
        assert "Received: " in str(error) or str(error).endswith("depth.")
