"""Frames: what crosses comes out the same, and no bytes at all can do more than be refused."""

import json
import math
import os
import resource
import socket
import struct
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import FrameError
from autograder.guest.wire import DTYPES, Bounds, Channel, ChannelClosed, parse_header

SMALL = Bounds(header_bytes=4096, body_bytes=4096, arrays=4, dimensions=4, depth=6, nodes=50)


@pytest.fixture
def pair():
    """A raw socket that plays the box, and the channel of the host."""
    raw, other = socket.socketpair()
    channel = Channel(other, SMALL)
    yield raw, channel
    raw.close()
    channel.close()


def frame(header: object, body: bytes = b"", magic: bytes = b"KAG1") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<4sIQ", magic, len(text), len(body)) + text + body


def crossed(*arrays: np.ndarray, header: dict | None = None, bounds: Bounds = SMALL):
    here, there = (Channel(sock, bounds) for sock in socket.socketpair())
    try:
        sender = threading.Thread(target=here.send_header, args=(header or {}, arrays))
        sender.start()
        got = there.receive_header(5)
        sender.join()
        return got
    finally:
        here.close()
        there.close()


@pytest.mark.parametrize("dtype", sorted(DTYPES))
def test_every_listed_dtype_crosses(dtype):
    """An array of each listed element type arrives with its type, shape and values."""
    sent = np.arange(6).reshape(2, 3).astype(dtype)
    _, (got,) = crossed(sent)
    assert got.dtype.str == dtype
    assert got.shape == (2, 3)
    assert (got == sent).all()


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (2, 1, 2)])
def test_shapes_cross(shape):
    """0-d and empty arrays keep their shape."""
    sent = np.ones(shape, "float32")
    _, (got,) = crossed(sent)
    assert got.shape == shape
    assert got.dtype == np.float32


def test_big_endian_is_converted():
    """A big-endian array arrives little-endian with the same values."""
    _, (got,) = crossed(np.array([1.5, -2.0], ">f8"))
    assert got.dtype.str == "<f8"
    assert got.tolist() == [1.5, -2.0]


def test_views_and_fortran_order_cross():
    """A transposed or strided array arrives with the values that it shows."""
    base = np.arange(12, dtype="int64").reshape(3, 4)
    _, (turned, strided) = crossed(base.T, base[::2, ::-1])
    assert (turned == base.T).all()
    assert (strided == base[::2, ::-1]).all()


def test_several_arrays_and_the_header_cross():
    """Arrays arrive in order beside the header, which loses its list of arrays."""
    header, arrays = crossed(
        np.zeros(3, "uint8"), np.ones(2, bool), header={"kind": "x", "text": "Größe 😀"}
    )
    assert header == {"kind": "x", "text": "Größe 😀"}
    assert [array.dtype.str for array in arrays] == ["|u1", "|b1"]


def test_bool_bytes_are_zero_or_one(pair):
    """A bool array made of other bytes than 0 and 1 is read as plain truth values."""
    raw, channel = pair
    raw.sendall(frame({"arrays": [{"dtype": "|b1", "shape": [3]}]}, b"\x00\x01\xff"))
    _, (got,) = channel.receive_header(5)
    assert got.view("uint8").tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "array",
    [np.array([object()]), np.array(["a"]), np.array([1j]), np.zeros(1, "datetime64[s]")],
    ids=["object", "str", "complex", "datetime"],
)
def test_other_dtypes_are_not_sent(array):
    """Objects, text, complex numbers and dates do not cross."""
    with pytest.raises(FrameError, match="may cross"):
        crossed_nothing(array)


def crossed_nothing(array: np.ndarray) -> None:
    here, there = socket.socketpair()
    with there:
        channel = Channel(here, SMALL)
        try:
            channel.send_header({}, [array])
        finally:
            channel.close()


def test_nan_in_a_header_is_not_sent():
    """NaN is no JSON: the sender itself refuses it."""
    here, there = socket.socketpair()
    channel = Channel(here, SMALL)
    with there, pytest.raises(ValueError, match="JSON"):
        channel.send_header({"x": math.nan})
    channel.close()


REFUSED = {
    "bad magic": frame({"arrays": []}, magic=b"KAG2"),
    "no list of arrays": frame({}),
    "arrays is no list": frame({"arrays": {}}),
    "header is a list": frame([]),
    "header is no JSON": frame(b"{"),
    "header is no UTF-8": frame(b'{"a": "\xff"}'),
    "a surrogate in bytes": frame(b'{"arrays": [], "x": "\xed\xa0\x80"}'),
    "UTF-16": frame(json.dumps({"arrays": []}).encode("utf-16-le")),
    "NaN": frame(b'{"arrays": [], "x": NaN}'),
    "Infinity": frame(b'{"arrays": [], "x": -Infinity}'),
    "a float beyond all floats": frame(b'{"arrays": [], "x": 1e999}'),
    "an integer of 5000 digits": frame(b'{"arrays": [], "x": ' + b"9" * 4000 + b"}"),
    "too many arrays": frame({"arrays": [{"dtype": "|u1", "shape": [0]}] * 5}),
    "an array is a string": frame({"arrays": ["|u1"]}),
    "an array with more to it": frame({"arrays": [{"dtype": "|u1", "shape": [0], "x": 1}]}),
    "object dtype": frame({"arrays": [{"dtype": "|O", "shape": [1]}]}, b"\0" * 8),
    "big-endian dtype": frame({"arrays": [{"dtype": ">f8", "shape": [1]}]}, b"\0" * 8),
    "dtype is a list": frame({"arrays": [{"dtype": ["<f8"], "shape": [1]}]}, b"\0" * 8),
    "negative size": frame({"arrays": [{"dtype": "|u1", "shape": [-1]}]}),
    "two negative sizes": frame({"arrays": [{"dtype": "|u1", "shape": [-1, -1]}]}, b"\0"),
    "bool size": frame({"arrays": [{"dtype": "|u1", "shape": [True]}]}, b"\0"),
    "float size": frame({"arrays": [{"dtype": "|u1", "shape": [1.0]}]}, b"\0"),
    "huge size": frame({"arrays": [{"dtype": "|u1", "shape": [2**62]}]}, b"\0"),
    "huge sizes beside a zero": frame({"arrays": [{"dtype": "|u1", "shape": [2**40] * 3 + [0]}]}),
    "shape is a number": frame({"arrays": [{"dtype": "|u1", "shape": 1}]}, b"\0"),
    "too many dimensions": frame({"arrays": [{"dtype": "|u1", "shape": [1] * 5}]}, b"\0"),
    "body too long": frame({"arrays": [{"dtype": "|u1", "shape": [1]}]}, b"\0\0"),
    "body too short": frame({"arrays": [{"dtype": "<f8", "shape": [1]}]}, b"\0" * 7),
    "oversize header": struct.pack("<4sIQ", b"KAG1", 4097, 0),
    "oversize body": struct.pack("<4sIQ", b"KAG1", 2, 4097),
    "depth bomb": frame(b'{"arrays": [], "x": ' + b"[" * 900 + b"]" * 900 + b"}"),
    "node bomb": frame({"arrays": [], "x": [[]] * 60}),
    "unbalanced depth bomb": frame(b"[" * 4000),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_frame_is_refused(pair, data):
    """A frame outside the rules is a FrameError, and only that."""
    raw, channel = pair
    raw.sendall(data)
    with pytest.raises(FrameError) as caught:
        channel.receive_header(5)
    assert not isinstance(caught.value, ChannelClosed)


@pytest.mark.parametrize("value", [0.00012345678901234567, 1.2345678901234567e-300, 2**63 - 1])
def test_numbers_of_64_bits_cross(value):
    """The longest that Python writes for a float or a 64-bit integer is no long number."""
    header = json.dumps({"arrays": [], "value": value}).encode()
    assert parse_header(header)["value"] == value


def test_brackets_inside_strings_are_no_depth():
    """Text may hold as many brackets as it likes, escaped quotes included."""
    text = '[[[["\\' * 20
    assert parse_header(json.dumps({"x": text}).encode(), SMALL) == {"x": text}


@pytest.mark.parametrize("text", [b'"' + b"\\" * 3999, b'"' * 3999, b'"a' * 1999])
def test_counting_brackets_is_linear(text):
    """No header makes the count of brackets slow: unclosed strings are read once."""
    began_s = time.monotonic()
    with pytest.raises(FrameError):
        parse_header(text * 500, Bounds())
    assert time.monotonic() - began_s < 2


def test_lone_surrogates_become_question_marks():
    """Half of a surrogate pair, which no file can hold, arrives as a replacement character."""
    header = parse_header(b'{"a": "x\\ud800y", "\\uDFFFk": [{"b": "\\ud83d\\ude00"}]}')
    assert header == {"a": "x\ufffdy", "\ufffdk": [{"b": "😀"}]}
    json.dumps(header, ensure_ascii=False).encode()


@pytest.mark.parametrize("kept", [0, 5, 16, 20, 40])
def test_a_truncated_stream_is_a_closed_channel(pair, kept):
    """A stream that ends before or inside a frame says that the other side is gone."""
    raw, channel = pair
    whole = frame({"arrays": [{"dtype": "|u1", "shape": [100]}]}, b"\0" * 100)
    raw.sendall(whole[:kept])
    raw.shutdown(socket.SHUT_WR)
    with pytest.raises(ChannelClosed):
        channel.receive_header(5)


def test_an_incomplete_frame_times_out(pair):
    """A frame that trickles in does not renew the time that it has."""
    raw, channel = pair
    stop = threading.Event()

    def trickle():
        for byte in frame({"arrays": [], "x": "y" * 500}):
            if stop.wait(0.02):
                return
            raw.sendall(bytes([byte]))

    thread = threading.Thread(target=trickle)
    thread.start()
    began_s = time.monotonic()
    with pytest.raises(TimeoutError):
        channel.receive_header(0.3)
    assert time.monotonic() - began_s < 1
    stop.set()
    thread.join()


def test_sending_to_nobody_is_a_closed_channel():
    """A send to a side that is gone raises ChannelClosed, and no signal kills the sender."""
    here, there = socket.socketpair()
    there.close()
    channel = Channel(here, SMALL)
    with pytest.raises(ChannelClosed):
        channel.send_header({"x": "y" * 1000})
    channel.close()


def test_many_open_descriptors_do_no_harm():
    """A channel whose descriptor lies above 1023 still works (select would refuse it)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip("this machine allows fewer descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    here, there = socket.socketpair()
    high = os.dup2(there.fileno(), 1500)
    there.close()
    channel, sender = Channel(socket.socket(fileno=high), SMALL), Channel(here, SMALL)
    try:
        sender.send_header({"a": 1})
        assert channel.receive_header(5)[0] == {"a": 1}
    finally:
        channel.close()
        sender.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def received(data: bytes) -> None:
    raw, other = socket.socketpair()
    channel = Channel(other, SMALL)
    with raw:
        raw.sendall(data)
        raw.shutdown(socket.SHUT_WR)
        try:
            channel.receive_header(1)
        except (FrameError, TimeoutError):
            pass
        finally:
            channel.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)
LISTED = st.lists(
    st.fixed_dictionaries(
        {
            "dtype": st.sampled_from([*sorted(DTYPES), "|O", ">f4", "<U3", "", 3]),
            "shape": st.lists(st.integers(-2, 2**41) | st.booleans() | st.just(0), max_size=6),
        }
    )
    | JSON,
    max_size=5,
)


@settings(max_examples=150, deadline=None, database=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data):
    """Random bytes raise FrameError or TimeoutError, and never anything else."""
    received(data)


@settings(max_examples=300, deadline=None, database=None)
@given(LISTED | JSON, JSON, st.binary(max_size=64))
def test_random_frames_are_read_or_refused(listed, value, body):
    """Well-framed nonsense is read, or refused with FrameError, and never anything else."""
    received(frame({"arrays": listed, "value": value}, body))


@settings(max_examples=100, deadline=None, database=None)
@given(st.binary(max_size=200))
def test_random_headers_are_refused(text):
    """Random bytes in place of the JSON raise FrameError only."""
    received(frame(text))


@pytest.mark.parametrize("text", [b"[" * 60, b'{"a": 1}' + b"]" * 60, b"[" + b"{}," * 60])
def test_brackets_are_counted_before_they_are_walked(text):
    """Too many of either kind are refused by their number, whatever they mean: walking takes long."""
    with pytest.raises(FrameError, match="50 containers"):
        parse_header(text, SMALL)
