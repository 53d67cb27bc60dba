"""Moving a person to another residence, once others have decided that it may be.

Source: domain row 3.03. Invariant: the residence, what was agreed to for it, the end of all sessions and the fact that
tells of it are kept together or not at all; moving somebody to where they live changes nothing.
"""

from collections.abc import Sequence

from sqlalchemy import select

from lonja.modules.identity.people.events import ResidenceChanged
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.ports import Agreement
from lonja.modules.identity.people.sessions import end_sessions
from lonja.modules.identity.people.tables import AgreementRow


class Moving:
    """Changes of residence. Blocking; makes its own transactions."""

    def __init__(self, parts: Parts) -> None:
        """Made by ``People``."""
        self._parts = parts

    def move(self, user_id: int, residence: str, agreed: Sequence[Agreement], now_ms: int) -> bool:
        """Let a user live at ``residence``; whether that is new. Raises ``RefusedError``."""
        parts = self._parts
        parts.rules.check_residence(residence, now_ms)
        with parts.transaction() as session:
            row = parts.users.find(session, user_id)
            is_new = row.residence != residence
            if is_new:
                parts.users.claim(session, row)
                row.residence = residence
                known = session.execute(
                    select(AgreementRow.agreement, AgreementRow.version).where(AgreementRow.user_id == user_id)
                )
                held = {(name, version) for name, version in known}
                session.add_all(
                    AgreementRow(
                        user_id=user_id,
                        agreement=text.name,
                        version=text.version,
                        text_hash=text.text_hash,
                        agreed_ms=now_ms,
                    )
                    for text in agreed
                    if (text.name, text.version) not in held
                )
                end_sessions(session, user_id, "residence_changed", now_ms)
                parts.facts.record(session, ResidenceChanged(user_id, residence, now_ms))
        parts.facts.deliver()
        return is_new
