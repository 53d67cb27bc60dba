"""What people agree to before their documents are looked at: the texts in force, and the record of who agreed to which.

Source: domain row 3.19. Invariant: a record names the hash of the text that was read, and the level and the version of the
rules by which was shown what would open; it outlives the account, as the proof that it was given.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lonja.modules.governance.api import ANY_SESSION, Rights
from lonja.modules.verification.due_diligence.ports import Wording
from lonja.modules.verification.ports import ConsentTexts, Persons
from lonja.modules.verification.refusals import refusal
from lonja.modules.verification.tables import ConsentRow
from lonja.modules.verification.vault import Vault
from lonja.storage.rows import insert_once


@dataclass(frozen=True, slots=True)
class Consent:
    """That somebody at ``kyc_level`` agreed to a text, when the rules had ``rules_version``."""

    name: str
    version: str
    text_hash: str
    kyc_level: int
    rules_version: str
    agreed_ms: int


class Consents:
    """Consents in the database of verification (blocking)."""

    def __init__(self, vault: Vault, rights: Rights, persons: Persons, texts: ConsentTexts) -> None:
        """``texts`` knows what has to be agreed to."""
        self._vault, self._rights, self._persons = vault, rights, persons
        self.texts = texts

    def in_force(self, user_id: int) -> tuple[Wording, ...]:
        """What a person has to agree to before something is submitted. Raises ``RefusedError`` for nobody."""
        return self.texts.in_force(self._persons.residence(user_id), self._vault.clock())

    def give(self, user_id: int, text_hashes: Collection[str]) -> None:
        """Keep that a person agrees to all texts in force; a second time changes nothing. Raises ``RefusedError``."""
        texts = self.in_force(user_id)
        if {text.text_hash for text in texts} != set(text_hashes):
            raise refusal("consent_differs")
        found = self._rights.entitlements(user_id, ANY_SESSION)
        with self._vault.transaction() as session:
            for text in texts:
                insert_once(
                    session,
                    ConsentRow,
                    user_id=user_id,
                    name=text.name,
                    version=text.version,
                    text_hash=text.text_hash,
                    kyc_level=self._rights.facts(user_id).kyc_level,
                    rules_version=found.rules_version,
                    agreed_ms=self._vault.clock(),
                )

    def is_missing(self, session: Session, user_id: int) -> bool:
        """Whether there is a text in force that a person did not agree to."""
        mine = select(ConsentRow.text_hash).where(ConsentRow.user_id == user_id)
        return not {text.text_hash for text in self.in_force(user_id)} <= set(session.scalars(mine))

    def of(self, user_id: int) -> tuple[Consent, ...]:
        """What a person agreed to, oldest first."""
        mine = select(ConsentRow).where(ConsentRow.user_id == user_id).order_by(ConsentRow.consent_id)
        with self._vault.transaction() as session:
            return tuple(
                Consent(row.name, row.version, row.text_hash, row.kyc_level, row.rules_version, row.agreed_ms)
                for row in session.scalars(mine)
            )
