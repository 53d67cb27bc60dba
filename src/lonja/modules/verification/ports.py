"""What verification needs of the world: somebody who reads text off pictures, and who people are to the house.

Invariant: a reader that fails makes nobody fail: what it cannot read, a person looks at.
"""

from collections.abc import Mapping
from typing import Protocol


class TextReader(Protocol):
    """Reads text off pictures. Adapters: Debian's tesseract, a text of its own, and nobody."""

    def read(self, picture: bytes) -> str | None:
        """The text on a JPEG, lines apart (blocking); None when it cannot be read in the time there is."""


class Persons(Protocol):
    """People as identity knows them (blocking)."""

    def residence(self, user_id: int) -> str:
        """Where a user lives, "" when that is not known. Raises ``RefusedError`` for nobody."""

    def tell(self, user_id: int, template: str, values: Mapping[str, str]) -> None:
        """Send a notice to every contact of a user; nothing happens when there is none any more."""
