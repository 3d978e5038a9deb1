"""Small copies of students' pictures: of what is a picture, and of nothing else."""

import base64
import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from autograder.reporting.class_report.thumbnails import BUDGET_BYTES, small, walls


def png(size=(640, 480), color="red", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, color).save(out, "PNG", **options)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_picture_becomes_small_and_loses_its_texts():
    """Its width is bounded, its look stays, and no text of the file's is left."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "ada_l")
    made = small(png(pnginfo=info), width=100)
    with Image.open(io.BytesIO(made)) as image:
        assert image.size == (100, 75) and image.convert("RGB").getpixel((5, 5)) == (255, 0, 0)
        assert image.text == {}


def huge() -> bytes:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", png()[:-40], huge(), png().replace(b"IDAT", b"IDAX"),
     b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")],
    ids=["empty", "gif", "cut", "huge", "checksum", "headless"],
)  # fmt: skip
def test_what_is_no_ordinary_picture_is_not_decoded(content):
    """Bytes that a student's box made up cost nothing but their own place on the wall."""
    assert small(content) == b""
    (wall,) = walls({"plot": [(0, content)]})
    assert wall.thumbnails == () and wall.unreadable == (0,)


def test_equal_pictures_stand_once_the_commonest_first():
    """Who drew the same shares a place; each other picture has its own."""
    (wall,) = walls({"plot": [(0, png(color="blue")), (1, png()), (2, png())]})
    assert [one.members for one in wall.thumbnails] == [(1, 2), (0,)]


def test_a_wall_of_a_large_class_has_room_in_a_page():
    """Pictures of noise, which nothing makes small, become smaller until they fit."""
    noise = []
    for seed in range(40):
        raw = Image.effect_noise((320, 240), 60 + seed).convert("RGB")
        out = io.BytesIO()
        raw.save(out, "PNG")
        noise.append((seed, out.getvalue()))
    (wall,) = walls({"plot": noise})
    assert len(wall.thumbnails) + len(wall.unreadable) == 40 and len(wall.thumbnails) > 30
    assert sum(len(one.data) for one in wall.thumbnails) <= BUDGET_BYTES
    assert base64.b64decode(wall.thumbnails[0].data).startswith(b"\x89PNG")
