"""What a file is by its content, never by its name.

Why so strict: a file that is two things at once (a picture that is also an archive or a page) is shown as one thing and
run as the other. A paper therefore begins and ends as its kind does, with nothing before or after, and what a PDF could
do by itself is refused. Invariant: what has a type here is one of three kinds that browsers show without running.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_PDF_START: Final = re.compile(rb"%PDF-[12]\.\d")
_PDF_END: Final = re.compile(rb"%%EOF[\r\n]{0,2}\Z")
_ACTIVE: Final = re.compile(
    # Three letters alone turn up in the bytes of pictures; what follows them here does not as often.
    rb"/(?:JS(?=[\s]*[(<0-9])|(?:JavaScript|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|Encrypt)(?![A-Za-z]))"
)
_STREAM: Final = re.compile(rb"(?<!end)stream")
_STREAM_END: Final = b"endstream"
_OBJECTS_MAX: Final = 20_000_000
"""Bytes of objects that a PDF packed together; nothing that people hand in comes near."""
_TAIL: Final = 32


def media_type_of(content: bytes) -> str | None:
    """``application/pdf``, ``image/jpeg`` or ``image/png``; None for anything else, and for mixtures."""
    if content.startswith(_PNG) and content.endswith(_PNG_END):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and content.endswith(b"\xff\xd9"):
        return "image/jpeg"
    if _PDF_START.match(content) and _PDF_END.search(content[-_TAIL:]):
        return "application/pdf"
    return None


def is_active(content: bytes) -> bool:
    """Whether a PDF would run, open or hide something, or cannot be read without a password.

    Names may be written with hexadecimal escapes, which nothing but hiding needs in these words.
    """
    if _names_activity(content):
        return True
    left = _OBJECTS_MAX
    for start in _packed_objects(content):
        end = content.find(_STREAM_END, start)
        unpacked = _unpacked(content[start:end].lstrip(b"\r\n"), left)
        if unpacked is None or _names_activity(unpacked):
            return True
        left -= len(unpacked)
    return False


def _names_activity(content: bytes) -> bool:
    return _ACTIVE.search(_plain(content)) is not None


def _plain(content: bytes) -> bytes:
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)


def _packed_objects(content: bytes) -> Iterator[int]:
    """Where streams begin that a PDF packed objects into.

    What looks like the beginning of a stream is taken for one, so that nothing is hidden behind a false one.
    """
    last = 0
    for found in _STREAM.finditer(content):
        head = _plain(content[last : found.start()])
        last = found.end()
        if b"/ObjStm" in head and b"/Filter" in head:
            yield last


def _unpacked(packed: bytes, length_max: int) -> bytes | None:
    """The objects in a packed stream; None when they are packed in no usual way, cut off, or too many."""
    opening = zlib.decompressobj()
    try:
        opened = opening.decompress(packed, max(1, length_max))
    except zlib.error:
        return None
    return opened if opening.eof else None
