"""What a file is by its content, never by its name.

Why so strict: a file that is two things at once (a picture that is also an archive or a page) is shown as one thing and
run as the other. A paper therefore begins and ends as its kind does, with nothing before or after, and what a PDF could
do by itself is refused. Invariant: what has a type here is one of three kinds that browsers show without running.
"""

import re
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_PDF_START: Final = re.compile(rb"%PDF-[12]\.\d")
_PDF_END: Final = re.compile(rb"%%EOF[\r\n]{0,2}\Z")
_ACTIVE: Final = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|Encrypt)(?![A-Za-z])")
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
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)
    return _ACTIVE.search(plain) is not None
