"""The checksum of a book, by which clients prove that they rebuilt it rightly.

Rule: the 25 best levels of each side, bid and ask in turn, as ``price:size`` with the texts that were sent, joined by
colons; when one side is shorter the other goes on alone. CRC32 of that, read as a signed 32-bit number.
"""

import zlib
from collections.abc import Sequence
from itertools import zip_longest

CHECKSUM_DEPTH = 25
_SIGN_BIT = 2**31
_MODULUS = 2**32


def book_checksum(bids: Sequence[str], asks: Sequence[str]) -> int:
    """Signed CRC32 of the best levels, each given as ``price:size`` text, best first."""
    parts: list[str] = []
    for bid, ask in zip_longest(bids[:CHECKSUM_DEPTH], asks[:CHECKSUM_DEPTH]):
        if bid is not None:
            parts.append(bid)
        if ask is not None:
            parts.append(ask)
    value = zlib.crc32(":".join(parts).encode("ascii"))
    return value - _MODULUS if value >= _SIGN_BIT else value
