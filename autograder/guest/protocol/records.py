"""What every message has in common: it is a frozen record, and read by its declaration alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from autograder.errors import FrameError
from autograder.guest.strict_json import parse_object

_PACKET_DEPTH, _PACKET_NODES = 8, 1000
_RECEIVED_CHARACTERS = 200

#: The only element types that cross, each little-endian or of one byte.
Dtype = Literal["|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"]
NotNegative = Annotated[int, Meta(ge=0)]


class MessageError(FrameError):
    """A whole frame that holds none of the messages that were expected."""


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """A record inside a message."""


class Message(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A record that crosses by itself; `kind` says which it is."""


M = TypeVar("M", bound=Message)


def header_of(message: Message) -> dict[str, Any]:
    """Return a message as the plain values that its JSON is written from, `kind` among them."""
    header = msgspec.to_builtins(message)
    assert isinstance(header, dict)
    return header


def pack(message: Message) -> bytes:
    """Return a message that crosses without a frame, as one packet of JSON."""
    return json.dumps(header_of(message), allow_nan=False).encode()


class Decoder(Generic[M]):
    """Reads the messages that may come at one place, and refuses everything else.

    Args:
        kinds: The records that are expected.
    """

    def __init__(self, *kinds: type[M]) -> None:
        self.kinds = {str(kind.__struct_config__.tag): kind for kind in kinds}

    def decode(self, header: Mapping[str, Any]) -> M:
        """Return the message that parsed JSON tells.

        Raises:
            MessageError: It is of another kind, or has a field too many, too few, of another type
                or outside its bounds.
        """
        kind = header.get("kind")
        record = self.kinds.get(kind) if isinstance(kind, str) else None
        if record is None:
            raise MessageError(
                f"A message here must be of a known kind: {', '.join(self.kinds)}. "
                f"Received: {repr(kind)[:_RECEIVED_CHARACTERS]}."
            )
        try:
            return msgspec.convert(header, record)
        except (msgspec.ValidationError, UnicodeError, RecursionError) as error:
            raise MessageError(
                f"A message of the kind {kind!r} must have the declared fields. "
                f"Received: {str(error)[:_RECEIVED_CHARACTERS]}."
            ) from error

    def unpack(self, packet: bytes) -> M:
        """Return the message that `pack` made a packet of.

        Raises:
            FrameError: The packet is none of the expected messages.
        """
        return self.decode(parse_object(packet, _PACKET_DEPTH, _PACKET_NODES))
