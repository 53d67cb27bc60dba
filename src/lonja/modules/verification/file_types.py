"""What a file is by its content, never by its name.

Why so strict: a file that is two things at once (a picture that is also an archive or a page) is shown as one thing and
run as the other. A paper therefore begins and ends as its kind does, with nothing before or after, and what a PDF could
do by itself is refused. Invariant: what has a type here is one of three kinds that browsers show without running.
"""

import re
import zlib
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_PDF_START: Final = re.compile(rb"%PDF-[12]\.\d")
_PDF_END: Final = re.compile(rb"%%EOF[\r\n]{0,2}\Z")
_ACTIVE: Final = re.compile(
    # Three letters alone turn up in the bytes of pictures; what follows them here does not as often.
    rb"/(?:JS(?=[\s]*[(<0-9])|(?:JavaScript|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|Encrypt)(?![A-Za-z]))"
)
_STREAM: Final = re.compile(rb"(?<!end)stream[\r\n]*")
_NUMBERS: Final = re.compile(rb"\s*(?:%|\d+\s+\d+\s)")
"""How packed objects begin; what a page draws may begin so, too, and is looked through as well."""
_OBJECTS_MAX: Final = 20_000_000
"""Bytes of objects that a PDF packed together; nothing that people hand in comes near."""
_GLANCE: Final = 1_024
"""Bytes that tell what a stream begins with, packed or not."""
_LAYERS_MAX: Final = 4
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

    Names may be written with hexadecimal escapes, which nothing but hiding needs in these words. Whatever looks like the
    beginning of a stream is taken for one, and packed objects for what they are, whether or not they say so: readers
    differ in whom they believe.
    """
    if _names_activity(content):
        return True
    last, left, is_promised = 0, _OBJECTS_MAX, False
    for found in _STREAM.finditer(content):
        head, last = _plain(content[last : found.start()]), found.end()
        is_promised = is_promised or b"/ObjStm" in head
        if is_promised and b"/Predictor" in head:
            return True
        layers = _layers(content[last : last + _GLANCE])
        if not layers:
            # Objects in the open were looked through with the whole; those that are promised may still come.
            if is_promised and layers is None:
                return True
            continue
        is_promised = False
        unpacked = _unpacked(content, last, layers, left)
        if unpacked is None or _names_activity(unpacked):
            return True
        left -= len(unpacked)
    return False


def _names_activity(content: bytes) -> bool:
    return _ACTIVE.search(_plain(content)) is not None


def _plain(content: bytes) -> bytes:
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)


def _layers(begin: bytes) -> int | None:
    """How often a stream that begins so is packed until objects are seen; None when they are not."""
    for layers in range(_LAYERS_MAX + 1):
        if _NUMBERS.match(begin):
            return layers
        if len(begin) < 2 or begin[0] & 15 != 8 or int.from_bytes(begin[:2], "big") % 31:
            return None
        try:
            begin = zlib.decompressobj().decompress(begin, _GLANCE)
        except zlib.error:
            return None
    return None


def _unpacked(content: bytes, start: int, layers: int, length_max: int) -> bytes | None:
    """The objects in a stream that is packed so often; None when they are cut off, damaged, or too many."""
    for _ in range(layers):
        opened = _opened(content, start, length_max)
        if opened is None:
            return None
        content, start = opened, 0
    return content


def _opened(content: bytes, start: int, length_max: int) -> bytes | None:
    opening, parts, left, step = zlib.decompressobj(), list[bytes](), length_max, _GLANCE
    try:
        # Piece by piece: copying all that follows, for each of many small streams, would take hours.
        while not opening.eof and start < len(content) and left > 0:
            parts.append(opening.decompress(content[start : start + step], left))
            left -= len(parts[-1])
            start, step = start + step, step * 2
    except zlib.error:
        return None
    return b"".join(parts) if opening.eof else None
