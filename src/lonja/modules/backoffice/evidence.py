"""What a case is decided by, read where it lies: documents, restrictions, sources of funds.

Why here: other modules keep what is personal, and staff see it only through a case that is theirs to work on. Invariant:
nothing is read without an entry in the audit log, and nothing that the case does not name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lonja.modules.backoffice.cases import Cases
from lonja.modules.backoffice.desk import StaffSession
from lonja.modules.backoffice.refusals import refusal

PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A piece of evidence: a picture or paper in ``content``, or values by name in ``values``.

    ``name`` says which of several papers it is, in the house's words.
    """

    media_type: str = PLAIN
    content: bytes = field(default=b"", repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    name: str = ""


EvidenceReader = Callable[[str], Exhibit]
"""Takes what follows the colon of a reference like ``document:12``; raises ``RefusedError`` when it is gone."""


class Evidence:
    """Evidence of all cases (blocking)."""

    def __init__(self, cases: Cases) -> None:
        """Nobody serves any yet."""
        self._cases = cases
        self._readers: dict[str, EvidenceReader] = {}

    def serve(self, kind: str, reader: EvidenceReader) -> None:
        """Let ``reader`` open references of ``kind``."""
        self._readers[kind] = reader

    def read(self, by: StaffSession, case_id: int, reference: str) -> Exhibit:
        """Open ``reference`` of a case. Raises ``RefusedError`` and ``DataError``."""
        self._cases.note_evidence_read(by, case_id, reference)
        kind, _, name = reference.partition(":")
        reader = self._readers.get(kind)
        if reader is None:
            raise refusal("evidence_unknown")
        return reader(name)
