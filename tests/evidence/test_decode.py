"""Answers of a student box: what the box encodes comes out as inert values, all else is refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from autograder.errors import FrameError
from autograder.evidence.decode import decode
from autograder.guest.student.encode import decode_inputs, encode
from autograder.guest.wire import parse_header
from autograder.values import History, ModelData, Opaque


def crossed(value: object) -> object:
    arrays: list[np.ndarray] = []
    tagged = encode(value, arrays)
    return decode(tagged, arrays)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, -(2**63) + 1, 0.5, "text", [1, [2.5, "x"]], (1, (2,)), {"a": [1]}, {(1, 2): 3}],
)
def test_plain_values_cross_with_their_types(value):
    """Scalars, lists, tuples and dicts arrive equal and of the same type."""
    got = crossed(value)
    assert got == value
    assert type(got) is type(value)


def test_nan_and_infinity_cross():
    """The floats that JSON has no word for arrive as they are."""
    got = crossed([math.nan, math.inf, -math.inf])
    assert math.isnan(got[0])
    assert got[1:] == [math.inf, -math.inf]


def test_numpy_scalars_become_python_numbers():
    """A NumPy scalar arrives as the Python number that it stands for."""
    assert crossed([np.float32(0.5), np.int64(7), np.bool_(True)]) == [0.5, 7, True]


def test_arrays_keep_dtype_and_shape():
    """An array arrives as an array; one that cannot cross arrives as an opaque value."""
    got = crossed({"a": np.ones((2, 0, 3), "float16"), "b": np.array([object()])})
    assert got["a"].shape == (2, 0, 3)
    assert got["a"].dtype == np.float16
    assert got["b"] == Opaque("numpy.ndarray", "an array of dtype object")


def test_a_masked_or_subclassed_array_arrives_plain():
    """A subclass of ndarray arrives as a plain array: no method of its own crosses."""
    got = crossed(np.ma.masked_array([1.0, 2.0], mask=[0, 1]))
    assert type(got) is np.ndarray


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (object(), "builtins.object"),
        ({1, 2}, "builtins.set"),
        (b"x", "builtins.bytes"),
        (2**70, "builtins.int"),
        (len, "builtins.builtin_function_or_method"),
    ],
)
def test_other_values_are_opaque(value, kind):
    """Of a value that does not cross, only the name of its type is told."""
    got = crossed(value)
    assert isinstance(got, Opaque)
    assert got.type == kind


def test_deep_and_long_containers_are_cut():
    """Nesting beyond 12 levels and lists beyond 20,000 items arrive as opaque values."""
    deep: list = []
    for _ in range(40):
        deep = [deep]
    got = crossed(deep)
    for _ in range(12):
        got = got[0]
    assert isinstance(got, Opaque)
    assert isinstance(crossed([0] * 20_001), Opaque)


def test_a_list_that_holds_itself_is_cut():
    """A cyclic list does not hang the encoder."""
    loop: list = []
    loop.append(loop)
    assert isinstance(crossed(loop), list)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "F"])
def test_pillow_images_cross_as_mode_and_pixels(mode):
    """A Pillow image arrives as its mode and the array that NumPy makes of it, never as a file."""
    image = Image.fromarray(np.arange(12, dtype="uint8").reshape(3, 4)).convert(mode)
    got = crossed(image)
    assert got.mode == mode
    assert got.pixels.shape[:2] == (3, 4)
    np.testing.assert_array_equal(got.pixels, np.asarray(image))


def test_inputs_cross_to_the_box():
    """What a probe draws arrives in the box as it was."""
    drawn = {"a": np.arange(3.0), "b": (1, [np.int32(4)], None), 5: math.inf}
    arrays: list[np.ndarray] = []
    got = decode_inputs(encode(drawn, arrays), arrays)
    assert got["a"].tolist() == [0, 1, 2]
    assert got["b"] == (1, [4], None)
    assert got[5] == math.inf


ARRAY = {"$": "array", "i": 0}
MODEL = {"$": "model", "config": {}, "weights": [0], "compiled": None, "fits": []}
LINE = {
    "x": {"i": 0}, "y": {"i": 1}, "label": "", "marker": "o", "linestyle": "-",
    "color": "#000000", "markercolor": "#000000",
}  # fmt: skip
POLYLINE = {"x": {"i": 0}, "y": {"i": 1}, "level": 0.5, "color": "#000000", "label": ""}
POINTS = {
    "xy": {"i": 2}, "colors": {"i": 5}, "kind": "PathCollection", "label": "", "marker": "o",
}  # fmt: skip
POLYGON = {"xy": {"i": 2}, "low": None, "high": 1, "color": "#000000", "label": ""}
GRID = {
    "values": {"i": 2}, "edges": [0, 1, None, 1], "cmap": "gray", "colors": ["#000000"],
    "vmin": 0, "vmax": 1.5, "norm": "Normalize",
}  # fmt: skip
ENTRY = {"text": "a", "kind": "Line2D", "color": "#000000", "marker": "", "linestyle": "-"}
FIGURE = {"$": "figure", "title": "", "axes": [], "legend_entries": []}
COMPILED = {"optimizer": "SGD", "learning_rate": 0.1, "loss": "mse", "metrics": ["accuracy"]}
AXES = {
    "title": "t", "xlabel": "x", "ylabel": "y", "legend": ["l"], "legend_entries": [],
    "lines": [], "points": [], "polylines": [], "polygons": [], "grids": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        {"$": "pickle", "data": "x"},
        {"no": "tag"},
        {"$": ["array"]},
        {"$": None},
        {"$": "array"},
        {"$": "array", "i": 1},
        {"$": "array", "i": -1},
        {"$": "array", "i": True},
        {"$": "array", "i": 0.0},
        {"$": "scalar", "i": 9},
        {"$": "tuple"},
        {"$": "tuple", "items": 3},
        {"$": "dict", "items": [[1]]},
        {"$": "dict", "items": [[{"$": "tuple", "items": [[1]]}, 1]]},
        {"$": "float", "value": "1.0"},
        {"$": "float", "value": []},
        {"$": "opaque", "type": "x"},
        {"$": "history", "history": [], "epoch": []},
        {"$": "history", "history": {"$": "dict", "items": []}, "epoch": 3},
        {**MODEL, "weights": [1]},
        {**MODEL, "weights": 1},
        {**MODEL, "config": []},
        {**MODEL, "compiled": "adam"},
        {**MODEL, "compiled": {}},
        {**MODEL, "compiled": {**COMPILED, "metrics": 5}},
        {**MODEL, "compiled": {**COMPILED, "loss": 5}},
        {**MODEL, "compiled": {**COMPILED, "learning_rate": []}},
        {**MODEL, "compiled": {**COMPILED, "loss_settings": {"from_logits": "no"}}},
        {**MODEL, "compiled": {**COMPILED, "loss_settings": 5}},
        {**MODEL, "compiled": {**COMPILED, "momentum": "0.9"}},
        {**MODEL, "weights": [0, 0]},
        [ARRAY, ARRAY],
        {"$": "scalar", "i": 0},
        {"$": "picture", "mode": "L", "i": 0},
        {**MODEL, "fits": [1]},
        {**FIGURE, "axes": [{}]},
        {**FIGURE, "axes": [{**AXES, "lines": [{"x": 0, "y": 0}]}]},
        {**FIGURE, "axes": [{**AXES, "points": [{"xy": {"i": 7}}]}]},
        {**FIGURE, "png": 3},
        {**FIGURE, "legend_entries": [{}]},
    ],
)
def test_unknown_tags_and_indices_are_refused(value):
    """A tag, a field or an index that the box would never write is a FrameError."""
    with pytest.raises(FrameError, match="known tags"):
        decode(value, [np.zeros(2)])


def without(part, name):
    return {key: value for key, value in part.items() if key != name}


@pytest.mark.parametrize(
    "axes",
    [
        *({"lines": [without(LINE, name)]} for name in LINE),
        *({"polylines": [without(POLYLINE, name)]} for name in POLYLINE),
        *({"points": [without(POINTS, name)]} for name in POINTS),
        *({"polygons": [without(POLYGON, name)]} for name in POLYGON),
        *({"grids": [without(GRID, name)]} for name in GRID),
        *({"legend_entries": [without(ENTRY, name)]} for name in ENTRY),
        {"lines": [{**LINE, "x": {"i": 3}}]},
        {"lines": [{**LINE, "y": {"i": 2}}]},
        {"lines": [{**LINE, "y": {"i": 4}}]},
        {"lines": [{**LINE, "y": {"i": 0}}]},
        {"polylines": [{**POLYLINE, "level": "high"}]},
        {"points": [{**POINTS, "xy": {"i": 0}}]},
        {"points": [{**POINTS, "xy": {"i": 3}}]},
        {"points": [{**POINTS, "colors": {"i": 6}}]},
        {"polygons": [{**POLYGON, "low": []}]},
        {"grids": [{**GRID, "values": {"i": 0}}]},
        {"grids": [{**GRID, "values": {"i": 3}}]},
        {"grids": {"i": 2}},
        {"grids": [{**GRID, "vmin": "0"}]},
    ],
    ids=str,
)
def test_figures_are_as_the_box_writes_them(axes):
    """A line is two rows of equal length, points are pairs, an image has sides, or all is refused."""
    arrays = [np.zeros(2), np.ones(2), np.zeros((3, 2)), np.array(1.0), np.zeros(3)]
    arrays += [np.zeros((3, 4), "u1"), np.zeros((2, 4), "u1")]
    figure = {**FIGURE, "axes": [{**AXES, "lines": [LINE], "points": [POINTS]}]}
    assert len(decode(figure, arrays).axes[0].lines) == 1
    for name, part in (("polylines", POLYLINE), ("polygons", POLYGON), ("grids", GRID)):
        decode({**FIGURE, "axes": [{**AXES, name: [part], "legend_entries": [ENTRY]}]}, arrays)
    with pytest.raises(FrameError, match="known tags"):
        decode({**figure, "axes": [{**AXES, **axes}]}, arrays)


def test_texts_of_a_figure_are_cut_as_in_the_box():
    """Texts, and lists of them, are no longer than the box sends, so that reading them is quick."""
    long = ["true" * 10_000] * 1000
    axes = {**AXES, "title": long[0], "legend": long, "texts": long, "places": [[1, 2]] * 1000}
    axes["yticklabels"] = [{"a": long[0]}]
    figure = {**FIGURE, "title": long[0], "axes": [axes], "texts": long}
    found = decode(figure, [])
    assert len(found.title) == len(found.axes[0].title) == 500
    for texts in (found.texts, found.axes[0].legend, found.axes[0].facts["texts"]):
        assert [len(text) for text in texts] == [500] * 200
    assert len(found.axes[0].facts["places"]) == 200
    assert len(found.axes[0].facts["yticklabels"][0]) == 500


def test_answers_too_large_to_compare_are_told():
    """A longer text is cut; an array of over ten million numbers is opaque, weights are not."""
    assert len(decode("x" * 100_000, [])) == 20_000
    large = np.zeros(10_000_001, "u1")
    assert decode(ARRAY, [large]) == Opaque("numpy.ndarray of over 10,000,000 numbers", "")
    picture = {"$": "picture", "mode": "L", "i": 0}
    assert isinstance(decode(picture, [large.reshape(-1, 1)]), Opaque)
    assert decode(MODEL, [large]).weights[0] is large


def test_forged_answers_are_only_data():
    """A forged history, model or picture is taken as the data that it is, and as nothing more."""
    history = decode({"$": "history", "history": {"$": "dict", "items": []}, "epoch": [1, "x"]}, [])
    assert history == History({}, [1])
    assert isinstance(decode(MODEL, [np.zeros(2)]), ModelData)
    svg = np.frombuffer(b"<svg/>", "u1")
    figure = decode({**FIGURE, "title": 3, "axes": [AXES], "png": ARRAY}, [svg])
    assert figure.title == "3"
    assert figure.png == b""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$", "i", "items", "value", "type", "axes", "config", "weights"]),
            inner | st.sampled_from(["array", "scalar", "tuple", "dict", "figure", "model"]),
        )
    ),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None, database=None)
@given(JSON)
def test_random_answers_are_read_or_refused(value):
    """Any JSON at all is decoded, or refused with FrameError, and never anything else."""
    try:
        decode(value, [np.zeros(3)])
    except FrameError:
        pass


def test_the_deepest_header_is_decoded():
    """Nothing that passes the frame's bounds exhausts the decoder's stack."""
    text = b'{"x": ' + b"[" * 62 + b"]" * 62 + b"}"
    assert decode(parse_header(text)["x"], []) != []
