"""The door of due diligence: institutions, funds, residence and the Travel Rule over one database.

Blocking throughout; asynchronous callers use a thread. Invariant: whatever a crash left half done is finished by
``keep_house``.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import delete, select

from lonja.modules.verification.due_diligence.database import open_database
from lonja.modules.verification.due_diligence.exhibits import Shown, show
from lonja.modules.verification.due_diligence.funds import Funds
from lonja.modules.verification.due_diligence.institutions import Institutions
from lonja.modules.verification.due_diligence.name_screening import AT_ONCE, NameScreening
from lonja.modules.verification.due_diligence.papers import Paper, Papers
from lonja.modules.verification.due_diligence.parts import Parts, Surroundings
from lonja.modules.verification.due_diligence.residence import Residence
from lonja.modules.verification.due_diligence.tables import PaperContentRow, PaperRow
from lonja.modules.verification.due_diligence.travel_rule import TravelRule
from lonja.modules.verification.due_diligence.vault import Vault
from lonja.modules.verification.due_diligence.wallet_proofs import WalletProofs
from lonja.primitives.instant import DAY_MS
from lonja.storage.ports import SecretBox

_YEAR_MS: Final = 365 * DAY_MS


class DueDiligence:
    """Everything due diligence keeps about the people of one house."""

    def __init__(self, url: str, box: SecretBox, house: Surroundings, clock: Callable[[], int]) -> None:
        """Open the database at ``url``; ``clock`` gives the exchange's milliseconds. Raises ``DataError``."""
        database = open_database(url)
        self.parts = Parts(database, Vault(database, box), house, clock)
        self._papers = Papers(self.parts)
        self._wallets = WalletProofs(self.parts)
        self.names = NameScreening(self.parts)
        self.institutions = Institutions(self.parts, self._papers, self.names)
        self.funds = Funds(self.parts, self._papers, self._wallets)
        self.residence = Residence(self.parts, self._papers)
        self.travel_rule = TravelRule(self.parts, self._wallets, self.names)

    def close(self) -> None:
        """Give the database back."""
        self.parts.database.dispose()

    def read_paper(self, user_id: int, paper_id: int) -> tuple[Paper, bytes]:
        """A paper of ``user_id`` with its bytes. Raises ``RefusedError``. Staff come through ``bootstrap``, logged."""
        return self._papers.read(paper_id, user_id)

    def exhibit(self, kind: str, name: str) -> Shown:
        """What the evidence ``kind:name`` of a case refers to, for staff. Raises ``RefusedError``."""
        return show(self.parts, self.names, kind, name)

    def account_closed(self, user_id: int) -> None:
        """End what waits for a person who is gone, and begin the period after which what they told is forgotten."""
        with self.parts.transaction() as session:
            self.funds.close(session, user_id)
            self.residence.close(session, user_id)
            self.institutions.close(session, user_id)
            self.parts.vault.closed(session, user_id, self.parts.clock())

    def keep_house(self) -> None:
        """What is due by time, and what a crash left; call it now and then. Raises ``LonjaError``."""
        screened = self.names.screen_due(AT_ONCE)
        self.institutions.keep_house()
        self.funds.keep_house()
        self.residence.keep_house()
        self.travel_rule.keep_house()
        self._forget_due()
        if screened >= AT_ONCE:
            self.names.wake()

    def _forget_due(self) -> None:
        now_ms = self.parts.clock()
        years = self.parts.house.rules.number("due_diligence.keep_years", "", now_ms)
        with self.parts.transaction() as session:
            for user_id in self.parts.vault.forget_closed_before(session, now_ms - years * _YEAR_MS):
                papers = select(PaperRow.paper_id).where(PaperRow.user_id == user_id)
                session.execute(delete(PaperContentRow).where(PaperContentRow.paper_id.in_(papers)))
                self.names.forget(session, user_id)
            self._wallets.forget_expired(session, now_ms)
