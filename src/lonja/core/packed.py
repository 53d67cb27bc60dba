"""Small helpers over packed arrays and packed text.

Why here: one growth rule and one text form for every array of the core.
"""

from typing import Final

from librt.vecs import extend, vec
from mypy_extensions import i64

_MIX: Final[i64] = 0x2545F4914F6CDD1D
_MASK: Final[i64] = 0x3FFFFFFFFFFFFFFF


def grown(words: vec[i64], count: i64) -> vec[i64]:
    """``words`` with ``count`` zeros more at its end."""
    return extend(words, vec[i64]([0] * count))


def mixed(state: i64, word: i64) -> i64:
    """``state`` stirred with ``word``: a 62-bit hash, equal compiled and interpreted."""
    product: i64 = ((state ^ word) * _MIX) & _MASK
    return product ^ (product >> 29)


def positive(number: i64) -> i64:
    """``number``, or 0 when it is negative; a conditional expression would box it."""
    if number > 0:
        return number
    return 0


def text_of(*words: int) -> str:
    """The text packed in ``words``."""
    data = b"".join([word.to_bytes(8, "little") for word in words])
    return data.rstrip(b"\0").decode("ascii")


def packed_text(text: bytes, size: int) -> bytes:
    """``text`` padded to ``size`` bytes."""
    return text.ljust(size, b"\0")
