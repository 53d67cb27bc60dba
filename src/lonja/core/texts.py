"""Fixed-width text fields of packed records.

A record holds only 8-byte words, so text has a fixed width, padded with NUL bytes, and only printable ASCII.
"""

from typing import NewType

Text16 = NewType("Text16", str)
"""At most 16 printable ASCII characters."""

Text32 = NewType("Text32", str)
"""At most 32 printable ASCII characters."""

EMPTY_16 = Text16("")
EMPTY_32 = Text32("")
