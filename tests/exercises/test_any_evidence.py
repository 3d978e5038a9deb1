"""Graders take any answer as data: whatever a student's code returns, a check is judged.

A grader that raises on an odd answer would be INTERNAL, which costs no points: a student could ask
for that at will. So every answer to every question is replaced by values of other kinds.
"""

import dataclasses
import time
import warnings
from collections import defaultdict

import numpy as np
import pytest
from repository import COURSE, ROOT, checks, evidence_of

from autograder.course.catalog import read_course
from autograder.evidence.evidence import Evidence
from autograder.evidence.transcript import Transcript
from autograder.judging.pytest_judge import judge, verdicts
from autograder.models.server import ModelServer
from autograder.records import Status
from autograder.values import (
    Axes,
    Figure,
    Grid,
    History,
    LegendEntry,
    ModelData,
    Opaque,
    Picture,
)

SLUGS = read_course(ROOT).slugs
NAN, INF = float("nan"), float("inf")
EMPTY = np.empty(0)
LINE = {"x": EMPTY, "y": EMPTY, "label": "", "marker": "o", "linestyle": "-", "color": ""}
LINE |= {"markercolor": "", "level": None}
POINTS = {"xy": np.empty((0, 2)), "kind": "PathCollection", "label": "", "marker": ""}
POINTS |= {"colors": np.empty((0, 4), "u1")}
FACTS = {"edges": [[None] * 4, "x"], "texts": 3, "places": [None], "xticks": {}, "cells": [[1]]}
ENTRY = LegendEntry("", "", "", "", "")
GRID = Grid(np.zeros((0, 0)), (None,), "", ("x", "#00"), None, 1e308, "Normalize")
POLYGON = {"xy": np.empty((0, 2)), "low": None, "high": None, "color": "", "label": ""}
DRAWN = Axes(
    *("True: x", "", "", ("",), (LINE,), (POINTS,), (np.zeros((0, 0)),), FACTS),
    *((ENTRY,), (LINE,), (POLYGON,), (GRID,)),
)
SQUARE = Axes("", "", "", (), (), (), (np.full((10, 10), NAN),), {}, (), (), (), (GRID,))

SCALARS = [
    *(None, True, False, "", "x", "9", "\x00<b>", 0, -1, 7, 0.5, NAN, INF, -INF),
    *(10**18, 10**19 - 1, -(2**63), 1e308, -1e308, 5e-324),
]
CONTAINERS = [
    *([], (), {}, [[]], [None], ["a", 1], [[1], [2, 3]], [[[[[]]]]], (1, 2), (None,) * 4),
    *([1e308] * 4, [NAN] * 4, [True] * 2, ("a",) * 4, [None] * 4, (1, 2, 3, 4), [10**18] * 10),
    *({1: 2, 2.5: None, (1, 2): 3, "": [], False: 1}, {"loss": []}, {"loss": {"a": None}}),
]
ARRAYS = [
    *(np.array(3.0), np.array(True), np.array(NAN), EMPTY, np.empty((0, 3)), np.empty((3, 0))),
    *(np.empty((0,) * 8), np.zeros((1,) * 8), np.zeros(4, bool), np.zeros((2, 2), "u1")),
    *(np.full((3, 3), -128, "i1"), np.full((2, 2), 2**64 - 1, "u8"), np.full((2, 2), -(2**63))),
    *(np.full((2, 2), 65504, "f2"), np.full(3, INF, "f2"), np.full((3, 2), NAN, "f4")),
    *(np.zeros((28, 28)), np.zeros((10, 10)), np.full((10, 10), 2**63 - 1), np.zeros((4, 1))),
    *(np.full((10, 10), 1e308), np.zeros(10**6, "u1")),
]
OBJECTS = [
    *(Opaque("builtins.object", ""), Opaque("numpy.dtype", "why"), Opaque("uint8", "x")),
    *(History({}, []), History({"loss": "x"}, [1]), History({"loss": [None, NAN]}, [0])),
    *(History({3: [1.0]}, []), History({"loss": [1e308] * 300, "val_loss": {}}, [*range(300)])),
    History({"loss": np.zeros(10**6), "val_loss": np.zeros((2, 2))}, [*range(1000)]),
    *(Picture("L", np.zeros((0, 0), "u1")), Picture("?", np.zeros((1, 1), bool))),
    *(Picture("RGB", np.zeros((2, 2, 3), "u1")), Picture("F", np.full((4, 4), NAN))),
    *(Figure("", (), b""), Figure("true pred", (DRAWN,) * 2, b""), Figure("", (SQUARE,), b"")),
    Figure("9", (DRAWN,) * 16, b"", ("",)),
    ModelData({}, (), None, ()),
    ModelData({"class_name": "Sequential", "config": []}, (), {"loss": None}, ({},)),
    ModelData({"class_name": []}, (EMPTY,), {"loss": []}, ({"x": []},)),
]
NASTY = [*SCALARS, *CONTAINERS, *ARRAYS, *OBJECTS]
PARTS = [None, "x", NAN, 10**19 - 1, [], {}, EMPTY, np.array(3.0), np.zeros((2, 2)), OBJECTS[0]]
#: A network of no input, one of two inputs, and one whose output is of another rank.
UNBUILT = {"class_name": "Sequential", "module": "keras", "config": {"name": "s", "layers": [
    {"class_name": "Dense", "module": "keras.layers", "config": {"name": "d", "units": 1}}]}}  # fmt: skip
FITS = [
    {"epochs": "x", "x": {"shape": ["a"], "max": []}, "history": {"loss": [None, "nan"]}},
    {"validation_data": [None], "validation_split": [], "callbacks": {}, "x": {"sha256": []}},
    {"validation_data": [{}, {"sha256": {}}], "y": 3, "history": {"loss": 3, "val_loss": [[]]}},
    {"epochs": 10**18, "batch_size": -1, "x": {"shape": [10**18]}, "history": {"loss": []}},
]
SETTINGS = [
    {"optimizer": "", "learning_rate": None, "loss": [], "metrics": []},
    {"optimizer": "SGD", "learning_rate": 1e308, "loss": {"a": None}, "metrics": ["accuracy"]},
]


class Reading(Evidence):
    """Evidence that notes which answers a check asks for."""

    def __init__(self, *given, **options) -> None:
        super().__init__(*given, **options)
        self.asked: set[str] = set()

    def value(self, key):
        self.asked.add(key)
        return super().value(key)

    def answered(self, key):
        self.asked.add(key)
        return super().answered(key)


def parts(value):
    """Yield copies of a container with one of its first parts replaced, or left out."""
    if isinstance(value, History):
        yield from (History(changed, value.epoch) for changed in parts(dict(value.history)))
        yield History(value.history, [])
    elif isinstance(value, dict):
        for key in list(value)[:12]:
            yield {name: one for name, one in value.items() if name != key}
            yield from ({**value, key: one} for one in [*PARTS, *_inner(value[key])])
    elif isinstance(value, (list, tuple)):
        kind = type(value)
        yield from (value[:-1], kind([*value, *value]), kind(reversed(value)))
        for place in range(min(len(value), 4)):
            for one in [*PARTS, *_inner(value[place])]:
                yield kind([*value[:place], one, *value[place + 1 :]])
    elif isinstance(value, np.ndarray):
        yield from (value[None], value[..., None], value.astype(bool), value.astype("f4") * NAN)
        yield from (value.T, value.astype(float) + 1e308)
        if value.ndim:
            yield from (value[:0], value[:1], value.ravel(), value[::-1])
    elif isinstance(value, ModelData):
        yield from (dataclasses.replace(value, fits=(fit,)) for fit in FITS)
        yield from (dataclasses.replace(value, compiled=one) for one in SETTINGS)
        yield dataclasses.replace(value, fits=(), compiled=None)
        yield ModelData(UNBUILT, (), value.compiled, value.fits)


def _inner(value):
    return parts(value) if isinstance(value, (dict, list, np.ndarray)) else []


def is_one_of_many(key: str) -> bool:
    """Say whether an answer is judged as the first of its kind is: `convolve.written.3`."""
    last = key.rpartition(".")[2]
    return last.isdigit() and last != "0"


@pytest.mark.parametrize("slug", SLUGS)
def test_no_answer_is_a_fault_of_the_course(recorded, engine, slug):
    """With any answer replaced, or a part of it, each check that reads it has a verdict in time."""
    run = recorded(slug)
    grader, calibration = COURSE.folder(slug).grader(), COURSE.folder(slug).calibration()
    models = ModelServer(engine.model_sandbox, engine.store)
    readers = defaultdict(list)
    faults, slow = {}, {}

    def judged(check, said: Transcript) -> tuple[Status, set[str]]:
        models._models.clear()  # one answer key holds another model each time
        evidence = Reading(
            said,
            models,
            run.inputs,
            run.data,
            task=check.task,
            exercise=slug,
            calibration=calibration,
        )
        try:
            getattr(grader, check.name)(evidence)
        except Exception as error:
            return judge(error)[0], evidence.asked
        return Status.PASSED, evidence.asked

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for check in checks(slug):
                status, asked = judged(check, run.said)
                assert status is not Status.INTERNAL, check.name
                for key in asked & run.said.answers.keys():
                    readers[key].append(check)
            for key in readers:
                if is_one_of_many(key):
                    continue
                right = run.said.answers[key]
                for value in [*NASTY, *parts(right.value)]:
                    answer = dataclasses.replace(right, value=value)
                    said = dataclasses.replace(run.said, answers={**run.said.answers, key: answer})
                    for check in readers[key]:
                        began_s = time.process_time()
                        if judged(check, said)[0] is Status.INTERNAL:
                            faults.setdefault((check.name, key), repr(value)[:200])
                        if time.process_time() - began_s > 2:
                            slow.setdefault((check.name, key), repr(value)[:200])
    finally:
        models.close()
    assert len(readers) > 3
    assert faults == {}
    assert slow == {}


#: Values in which there is nothing, or nothing of what was asked for, to judge.
HOLLOW = [None, "", (), [], {}, EMPTY, np.empty((0, 3)), [[]], [None], {"": []}, History({}, []),
          Opaque("builtins.object", ""), Figure("", (), b"")]  # fmt: skip


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_passes_no_check(recorded, engine, slug):
    """With the same hollow value for every answer no check passes: none is true of no cases."""
    run = recorded(slug)
    models = ModelServer(engine.model_sandbox, engine.store)
    passed = defaultdict(list)
    for value in HOLLOW:
        answers = {
            key: dataclasses.replace(answer, value=value)
            for key, answer in run.said.answers.items()
        }
        said = dataclasses.replace(run.said, answers=answers)
        found = verdicts(
            COURSE.folder(slug).grader(), evidence_of(slug, said, models, run.inputs, run.data)
        )
        assert [one.trace for one in found if one.status is Status.INTERNAL] == []
        for one in found:
            if one.status is Status.PASSED:
                passed[one.check.name].append(repr(value))
    assert passed == {}


def test_the_whole_judging_of_odd_answers_has_no_internal_verdict(recorded, engine):
    """Through pytest itself, a submission of odd answers alone is judged: nothing is our fault."""
    run = recorded("ex04_perceptron")
    keys = list(run.said.answers)
    models = ModelServer(engine.model_sandbox, engine.store)
    for turn in range(0, len(NASTY), 9):
        answers = {
            key: dataclasses.replace(
                run.said.answers[key], value=NASTY[(turn + place) % len(NASTY)]
            )
            for place, key in enumerate(keys)
        }
        said = dataclasses.replace(run.said, answers=answers)
        found = verdicts(
            COURSE.folder(run.slug).grader(),
            evidence_of(run.slug, said, models, run.inputs, run.data),
        )
        assert [one.trace for one in found if one.status is Status.INTERNAL] == []
