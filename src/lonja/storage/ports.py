"""What keeping secrets needs of the world: a place where they rest encrypted.

Invariant: what ``open`` returns was sealed by the same box for the same ``context``, unchanged.
"""

from typing import Protocol


class SecretBox(Protocol):
    """Encrypts what must be readable again. Two adapters: an age key file, and memory."""

    def seal(self, secret: bytes, context: str) -> bytes:
        """``secret`` encrypted, bound to ``context`` (what it is the secret of)."""

    def open(self, sealed: bytes, context: str) -> bytes:
        """The secret again. Raises ``DataCorruptError`` when it was altered, moved or sealed with another key."""
