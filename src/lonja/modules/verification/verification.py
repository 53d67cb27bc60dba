"""Verification of people: applications, their review, levels and screening, over one database.

Why here: the parts are made once and in one order. Invariant: nothing is told before everybody listens; what is due is
done by ``keep_house``, which may be called again at any time.
"""

import threading
from collections.abc import Callable

from sqlalchemy import Engine

from lonja.modules.backoffice.api import Exhibit
from lonja.modules.governance.api import RightOpened
from lonja.modules.verification.applications import Applications, Part
from lonja.modules.verification.consents import Consents
from lonja.modules.verification.levels import Levels
from lonja.modules.verification.lists import NameLists
from lonja.modules.verification.neighbors import Neighbors
from lonja.modules.verification.proofs import PDF, is_pdf
from lonja.modules.verification.refusals import refusal
from lonja.modules.verification.reviewing import Reviewing
from lonja.modules.verification.screening import PEOPLE_AT_ONCE, Screening
from lonja.modules.verification.tables import SubmissionRow, UploadRow
from lonja.modules.verification.vault import Vault
from lonja.storage.ports import SecretBox


class Verification:
    """Everything about who people are; its calls block."""

    def __init__(
        self,
        database: Engine,
        box: SecretBox,
        clock: Callable[[], int],
        neighbors: Neighbors,
        lists: NameLists,
        *,
        with_specimens: bool = False,
    ) -> None:
        """``clock`` gives the exchange's milliseconds; ``with_specimens`` takes documents of states that there are not."""
        self.liveness = neighbors.faces.told
        """Who compares faces, as one word and as a sentence."""
        rights, office, persons = neighbors.rights, neighbors.office, neighbors.persons
        self._database, self._rights = database, rights
        self._vault = Vault(database, box, clock)
        self._turn = threading.Lock()
        self.levels = Levels(self._vault, rights.standings)
        self.screening = Screening(self._vault, office, rights, lists)
        self.consents = Consents(self._vault, rights, persons, neighbors.texts)
        self.applications = Applications(
            self._vault, self.levels, rights, persons, self.consents, with_specimens=with_specimens
        )
        self._reviewing = Reviewing(self._vault, self.levels, self.screening, neighbors, with_specimens=with_specimens)
        self.screening.when_clear = self._reviewing.go_on_for
        office.evidence.serve("upload", self._picture)
        office.evidence.serve("submission", self._submission)

    def keep_house(self) -> None:
        """Do what is due: judge what was submitted, screen who is due, end what has expired. Raises ``LonjaError``."""
        with self._turn:
            self._reviewing.go_on()
            screened = self.screening.screen_due(PEOPLE_AT_ONCE)
            self._reviewing.go_on()
            self._reviewing.lapse()
        if screened >= PEOPLE_AT_ONCE:
            self.applications.wake()

    def opens(self, user_id: int, part: Part) -> tuple[RightOpened, ...]:
        """What a person could do besides if ``part`` was verified, to be shown before anything is handed in."""
        level = self.levels.level(user_id)
        return self._rights.what_opens(user_id, max(level, list(Part).index(part) + 1))

    def forget(self, user_id: int) -> None:
        """Make unreadable what a person stated and handed in; that they agreed to it stays. Raises ``DataError``."""
        self._vault.forget(user_id)

    def close(self) -> None:
        """Give the database back."""
        self._database.dispose()

    def _picture(self, name: str) -> Exhibit:
        with self._vault.transaction() as session:
            row = session.get(UploadRow, _number(name))
            applicant = None if row is None else self._vault.find(session, row.user_id)
            if row is None or applicant is None:
                raise refusal("upload_not_found")
            slot, content = row.slot, self._vault.open(applicant, f"upload {row.slot}", row.sealed_content)
        return Exhibit(media_type=PDF if is_pdf(content) else "image/jpeg", content=content, name=slot)

    def _submission(self, name: str) -> Exhibit:
        with self._vault.transaction() as session:
            row = session.get(SubmissionRow, _number(name))
            if row is None:
                raise refusal("upload_not_found")
            stated = self._vault.stated(self._vault.find(session, row.user_id))
            values = {"part": row.part, "document": row.document, "face": row.face}
        for form in (stated.person, stated.answers, stated.address):
            if form is not None:
                values |= {field: _text(getattr(form, field)) for field in form.__struct_fields__}
        return Exhibit(values=values)


def _number(name: str) -> int:
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else 0


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
