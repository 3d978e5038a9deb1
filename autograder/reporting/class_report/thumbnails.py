"""Small copies of the pictures that students' plot tasks drew, for a wall of them.

The bytes come out of a box and may be anything. What is decoded is a picture of ordinary size,
put together anew from the parts that hold its pixels.
"""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Parts of a PNG that are needed to show it; all others, text among them, are dropped.
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_MAX_BYTES, _MAX_SIDE, _MAX_PIXELS = 4 * 2**20, 8000, 10_000_000
#: What a kept picture measures at most; the page's are smaller.
KEPT_WIDTH = 360
_WIDTHS = (230, 180, 140, 110, 80)
#: Of all the pictures of a page, as they stand in it.
BUDGET_BYTES = 900_000


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture, in base64, and those who drew just this, by their places in the class."""

    data: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wall:
    """All pictures of one task; `unreadable` are members whose picture cannot be shown."""

    task: str
    thumbnails: tuple[Thumbnail, ...]
    unreadable: tuple[int, ...]


def walls(pictures: Mapping[str, Sequence[tuple[int, bytes]]]) -> list[Wall]:
    """Return a wall per task, small enough to stand in one page.

    Args:
        pictures: By task, PNG bytes with their member's place in the class.
    """
    drawn: dict[str, dict[bytes, list[int]]] = {}
    for task, given in pictures.items():
        for place, png in given:
            drawn.setdefault(task, {}).setdefault(png, []).append(place)
    made = _encoded({png for task in drawn.values() for png in task})
    left = BUDGET_BYTES
    result = []
    for task, of_task in drawn.items():
        thumbnails, unreadable = [], []
        for png, places in sorted(of_task.items(), key=lambda item: -len(item[1])):
            left -= len(made[png])
            if made[png] and left >= 0:
                thumbnails.append(Thumbnail(made[png], tuple(places)))
            else:
                unreadable += places
        result.append(Wall(task, tuple(thumbnails), tuple(sorted(unreadable))))
    return result


def small(png: bytes, width: int = KEPT_WIDTH) -> bytes:
    """Return a picture at most `width` wide, in few colours; b"" if it is none of ordinary size."""
    from PIL import Image

    content = _plain(png)
    if not content:
        return b""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as opened:
            image = opened.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image).convert("RGB")
        if image.width > width:
            height = max(1, round(image.height * width / image.width))
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        image.quantize(32, dither=Image.Dither.NONE).save(out, "PNG", compress_level=7)
        return out.getvalue()
    except Exception:  # noqa: BLE001 - whatever a decoder raises at bytes that a student made
        return b""


def _encoded(pngs: Iterable[bytes]) -> dict[bytes, str]:
    """Return each picture in base64, all of them as large as there is room for."""
    made = {png: small(png) for png in pngs}  # what is decoded once is small from then on
    for width in _WIDTHS:
        made = {png: small(copy, width) if copy else b"" for png, copy in made.items()}
        if sum(map(len, made.values())) * 4 / 3 <= BUDGET_BYTES:
            break
    return {png: base64.b64encode(copy).decode("ascii") for png, copy in made.items()}


def _plain(png: bytes) -> bytes:
    """Return a PNG of its needed parts alone, if it is one of ordinary size; else b""."""
    if not png.startswith(_SIGNATURE) or len(png) > _MAX_BYTES:
        return b""
    kept, place = [_SIGNATURE], len(_SIGNATURE)
    while place + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, end = png[place + 4 : place + 8], place + 12 + length
        body = png[place + 8 : end - 4]
        if end > len(png) or zlib.crc32(kind + body) != struct.unpack_from(">I", png, end - 4)[0]:
            return b""
        if len(kept) == 1 and (kind != b"IHDR" or not _is_ordinary(body)):
            return b""
        if kind in _NEEDED:
            kept.append(png[place:end])
        if kind == b"IEND":
            return b"".join(kept)
        place = end
    return b""


def _is_ordinary(header: bytes) -> bool:
    if len(header) != 13:
        return False
    width, height, depth, _, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    sides = 0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE and width * height <= _MAX_PIXELS
    return sides and depth in (1, 2, 4, 8) and not interlaced
