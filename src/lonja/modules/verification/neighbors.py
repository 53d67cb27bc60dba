"""What verification works with, in one record.

Why here: it is made once by ``bootstrap`` and handed to several parts.
"""

from dataclasses import dataclass

from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights
from lonja.modules.verification.ports import FaceComparer, Persons, TextReader


@dataclass(frozen=True, slots=True)
class Neighbors:
    """What verification works with: rights, staff who decide, people, a reader of pictures and who compares faces."""

    rights: Rights
    office: BackOffice
    persons: Persons
    reader: TextReader
    faces: FaceComparer
