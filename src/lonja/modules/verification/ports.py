"""What verification needs of the world: who reads text off pictures and compares faces, and who people are.

Invariant: what a machine cannot do makes nobody fail: a person of staff looks at it.
"""

from collections.abc import Mapping
from typing import Protocol

from lonja.modules.verification.due_diligence.ports import Wording


class TextReader(Protocol):
    """Reads text off pictures. Adapters: Debian's tesseract, a text of its own, and nobody."""

    def read(self, picture: bytes) -> str | None:
        """The text on a JPEG, lines apart (blocking); None when it cannot be read in the time there is."""


class FaceComparer(Protocol):
    """Compares the face on a document with a picture taken now. Adapters: staff, and nobody in a sandbox."""

    @property
    def told(self) -> tuple[str, str]:
        """Who compares, as one word and as a sentence for the person."""

    def compare(self, document: bytes, face: bytes) -> bool | None:
        """Whether two JPEGs show one living person (blocking); None: a reviewer is asked."""


class ConsentTexts(Protocol):
    """Texts to agree to before a document is looked at (blocking)."""

    def in_force(self, residence: str, now_ms: int) -> tuple[Wording, ...]:
        """What residents of ``residence`` have to agree to. Raises ``DataError`` when a text is missing."""


class NothingToAgree:
    """For houses that ask for no agreement."""

    def in_force(self, residence: str, now_ms: int) -> tuple[Wording, ...]:
        """There is none."""
        del residence, now_ms
        return ()


class Persons(Protocol):
    """People as identity knows them (blocking)."""

    def residence(self, user_id: int) -> str:
        """Where a user lives, "" when that is not known. Raises ``RefusedError`` for nobody."""

    def tell(self, user_id: int, template: str, values: Mapping[str, str]) -> None:
        """Send a notice to every contact of a user; nothing happens when there is none any more."""
