"""The security checklist: what protects an account, what of it is there, and a score.

Source: domain row 2.01. Invariant: the score counts facts, and reaches 100 exactly when everything the rules count is
there.
"""

from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lonja.modules.identity.people import backup_codes
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.protection_tables import AddressRuleRow
from lonja.modules.identity.people.tables import EmergencyContactRow, PasskeyRow, UserRow
from lonja.modules.identity.people.users import User

ITEMS: Final = (
    "authenticator",
    "phone",
    "email",
    "passkey",
    "backup_codes",
    "anti_phishing_code",
    "only_listed_addresses",
    "emergency_contact",
)
"""Everything a score may count."""


class ChecklistItem(NamedTuple):
    """One protection: whether it is there, and whether nothing works without it."""

    name: str
    is_done: bool
    is_required: bool


class Checklist(NamedTuple):
    """All that counts, and the part of it that is there, in percent."""

    score: int
    items: tuple[ChecklistItem, ...]


def score_of(done: int, counted: int) -> int:
    """Percent, rounded down, so that 100 means all; nothing to count is all."""
    return 100 if counted == 0 else 100 * done // counted


def checklist_of(parts: Parts, user_id: int, now_ms: int) -> Checklist:
    """The checklist of a user (blocking). Raises ``RefusedError``."""
    with parts.transaction() as session:
        row = parts.users.find(session, user_id)
        policy, there = parts.rules.policy(row.residence, now_ms), _there(session, row, parts.users.open(row))
    items = tuple(
        ChecklistItem(name, there[name], name in policy.required_factors) for name in ITEMS if name in policy.checklist
    )
    return Checklist(score_of(sum(item.is_done for item in items), len(items)), items)


def _there(session: Session, row: UserRow, user: User) -> dict[str, bool]:
    passkey = select(PasskeyRow.user_id).where(PasskeyRow.user_id == row.user_id, PasskeyRow.blocked_ms.is_(None))
    rules = session.get(AddressRuleRow, row.user_id)
    return {
        **{factor: factor in user.factors for factor in ("authenticator", "phone", "email")},
        "passkey": session.scalar(passkey.limit(1)) is not None,
        "backup_codes": backup_codes.count_left(session, row.user_id) > 0,
        "anti_phishing_code": bool(user.anti_phishing_code),
        "only_listed_addresses": rules is not None and rules.only_listed,
        "emergency_contact": session.get(EmergencyContactRow, row.user_id) is not None,
    }
