"""What verification works with, in one record.

Why here: it is made once by ``bootstrap`` and handed to several parts.
"""

from dataclasses import dataclass, field

from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights
from lonja.modules.verification.ports import ConsentTexts, FaceComparer, NothingToAgree, Persons, TextReader


@dataclass(frozen=True, slots=True)
class Neighbors:
    """What verification works with: rights, staff who decide, people, who reads and compares, what is agreed to before."""

    rights: Rights
    office: BackOffice
    persons: Persons
    reader: TextReader
    faces: FaceComparer
    texts: ConsentTexts = field(default_factory=NothingToAgree)
