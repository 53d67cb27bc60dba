"""Reading packed words one after another.

Why here: a snapshot is read by more than one module. Invariant: nothing is skipped.
"""

from librt.strings import read_i64_le
from mypy_extensions import i64


class Cursor:
    """Reads words one after another."""

    def __init__(self, data: bytes) -> None:
        """Begin at the start of ``data``."""
        self.data = data
        self.at: i64 = 0

    def word(self) -> i64:
        """The next word. Raises ``IndexError`` at the end."""
        value = read_i64_le(self.data, self.at)
        self.at += 8
        return value

    def next_word(self) -> i64:
        """The next word, which stays the next. Raises ``IndexError`` at the end."""
        return read_i64_le(self.data, self.at)

    def text(self, size: i64) -> bytes:
        """The next ``size`` bytes without their padding."""
        start = self.at
        self.at += size
        return self.data[start : start + size].rstrip(b"\0")
