"""Pictures that people hand in: what is taken, what is told to take again, and what attackers send."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from lonja.modules.verification.pictures import PictureLimits, check_picture
from lonja.primitives.errors import RefusedError
from tests.modules.verification.bureau import blurred, picture, plain

LIMITS = PictureLimits()
SCRIPT = b"<script>alert(document.cookie)</script>"


def code_of(raw: bytes, limits: PictureLimits = LIMITS) -> str:
    with pytest.raises(RefusedError) as caught:
        check_picture(raw, limits)
    return caught.value.code


def png_of(width: int, height: int, content: bytes = b"") -> bytes:
    """A PNG whose header says what it likes."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", content or zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_sharp_picture_is_taken_and_becomes_a_jpeg(kind: str) -> None:
    taken = check_picture(picture("PASSPORT", kind=kind), LIMITS)
    assert (taken.width, taken.height) == (900, 600)
    with Image.open(BytesIO(taken.content)) as opened:
        assert (opened.format, opened.mode, opened.size) == ("JPEG", "RGB", (900, 600))
    assert "PASSPORT" not in repr(taken)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (blurred(), "picture_blurred"),
        (plain(10), "picture_dark"),
        (plain(255), "picture_bright"),
        (plain(128), "picture_blurred"),
        (picture(size=(900, 400)), "picture_too_small"),
    ],
    ids=["blurred", "dark", "bright", "empty", "small"],
)
def test_a_picture_that_shows_nothing_is_to_be_taken_again(raw: bytes, code: str) -> None:
    assert code_of(raw) == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "picture_type"),
        (b"GIF89a" + b"\0" * 1000, "picture_type"),
        (b"%PDF-1.7\n", "picture_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture_type"),
        (b"MZ\x90\0", "picture_type"),
        (b"PK\x03\x04" + b"\0" * 100, "picture_type"),
        (SCRIPT, "picture_type"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "picture_broken"),
        (b"\xff\xd8\xff" + SCRIPT, "picture_broken"),
        (picture()[:-4000], "picture_broken"),
        (picture()[:300], "picture_broken"),
        (picture(kind="PNG")[:-2000], "picture_broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "picture_broken"),
    ],
    ids=[
        "empty",
        "gif",
        "pdf",
        "svg",
        "program",
        "zip",
        "html",
        "avi",
        "html-in-jpeg",
        "cut-jpeg",
        "stub-jpeg",
        "cut-png",
        "stub-png",
    ],
)
def test_attack_what_is_no_whole_picture_is_refused(raw: bytes, code: str) -> None:
    assert code_of(raw) == code


@pytest.mark.parametrize("size", [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (30_000_001, 1), (10_000, 10_000)])
def test_attack_a_bomb_is_refused_by_its_header(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", never)
    assert code_of(png_of(*size)) in ("picture_too_large", "picture_broken")


def test_attack_a_bomb_of_zeros_that_says_it_is_small_stays_small() -> None:
    bomb = zlib.compress(b"\0" * 50_000_000, 9)
    taken = png_of(1_000, 1_000, bomb)
    assert len(taken) < 100_000
    # What comes after the last row of what the header says is never unpacked.
    assert code_of(taken) in ("picture_broken", "picture_dark")


def test_attack_a_text_bomb_in_a_png_is_refused() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("a", "A" * 80_000_000, zip=True)
    written = BytesIO()
    with Image.open(BytesIO(picture())) as opened:
        opened.save(written, "PNG", pnginfo=told)
    assert code_of(written.getvalue()) == "picture_broken"


def test_a_file_above_its_bytes_is_refused_before_it_is_looked_at() -> None:
    assert code_of(b"\xff" * (LIMITS.bytes_max + 1)) == "picture_too_large"


def test_attack_a_polyglot_loses_its_other_half() -> None:
    """A picture that is also a page, an archive or a program is only a picture afterwards."""
    for tail in (SCRIPT, b"PK\x03\x04evil.zip", b"%PDF-1.7 /JavaScript", b"#!/bin/sh\nrm -rf /"):
        taken = check_picture(picture() + tail, LIMITS)
        assert tail not in taken.content
        assert taken.content.endswith(b"\xff\xd9")


def test_attack_what_a_picture_carries_along_is_gone() -> None:
    """Places, comments, thumbnails and color profiles may hold secrets of the person, or attacks on who looks."""
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()
    exif[0x8825] = {1: "N", 2: (39.0, 28.0, 0.0)}
    written = BytesIO()
    with Image.open(BytesIO(picture())) as opened:
        opened.save(written, "JPEG", exif=exif, comment=SCRIPT, icc_profile=b"evil profile" * 10)
    assert SCRIPT in written.getvalue()
    taken = check_picture(written.getvalue(), LIMITS)
    for gone in (SCRIPT, b"Exif", b"evil profile", b"ICC_PROFILE"):
        assert gone not in taken.content


def test_a_picture_taken_upright_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    written = BytesIO()
    with Image.open(BytesIO(picture())) as opened:
        opened.save(written, "JPEG", exif=exif)
    taken = check_picture(written.getvalue(), LIMITS)
    assert (taken.width, taken.height) == (600, 900)


def test_attack_a_film_is_no_picture() -> None:
    written = BytesIO()
    with Image.open(BytesIO(picture())) as opened:
        other = opened.rotate(180)
        opened.save(written, "PNG", save_all=True, append_images=[other] * 3)
    assert code_of(written.getvalue()) == "picture_type"
