"""Whatever staff do: checked, done and written to the audit log as one thing.

Why here: a read or an act that could be made without its entry would be made so one day. Invariant: an act and its
entry are kept together; a refused one leaves an entry that says so.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lonja.modules.backoffice.audit import AuditLog
from lonja.modules.backoffice.database import transaction
from lonja.modules.backoffice.persons import same_person
from lonja.modules.backoffice.refusals import refusal
from lonja.modules.backoffice.staff_rules import StaffRules
from lonja.modules.backoffice.tables import StaffRoleRow
from lonja.primitives.errors import RefusedError

SYSTEM: Final = "system"
"""The actor when nobody in person acted."""
HOUSE: Final = "house"
"""The subject of what is about no person."""


@dataclass(frozen=True, slots=True)
class StaffSession:
    """Who acts. Whether they signed in with a passkey is for the caller to know."""

    user_id: int
    signed_in_with_passkey: bool


@dataclass(slots=True)
class Doing:
    """An act under way; what is set here goes into its entry."""

    session: Session
    user_id: int
    roles: frozenset[str]
    now_ms: int
    subject: str = HOUSE
    reference: str = ""
    detail: dict[str, str] = field(default_factory=dict)

    def roles_of(self, user_id: int) -> frozenset[str]:
        """The roles of another member of staff."""
        return roles_of(self.session, user_id)

    def require(self, *roles: str) -> None:
        """Raise ``RefusedError`` unless one of ``roles`` is held."""
        if self.roles.isdisjoint(roles):
            raise refusal("not_permitted")

    def require_other(self, user_id: int | None) -> None:
        """Raise ``RefusedError`` when it is about the one who acts, also by another account of theirs."""
        if user_id is not None and same_person(self.session, self.user_id, user_id):
            raise refusal("conflict_of_interest")


class Desk:
    """Where staff work."""

    def __init__(self, database: Engine, audit: AuditLog, rules: StaffRules, clock: Callable[[], int]) -> None:
        """``clock`` gives milliseconds of the exchange."""
        self.database, self.audit, self.rules, self.clock = database, audit, rules, clock

    @contextmanager
    def acting(self, by: StaffSession, action: str) -> Iterator[Doing]:
        """A transaction in which ``by`` does ``action``. Raises ``RefusedError`` and ``DataError``."""
        doing: Doing | None = None
        try:
            with transaction(self.database) as session:
                doing = Doing(session, by.user_id, roles_of(session, by.user_id), self.clock())
                if not doing.roles:
                    raise refusal("staff_only")
                if not by.signed_in_with_passkey:
                    raise refusal("passkey_required")
                yield doing
                actor = staff_name(by.user_id)
                self.audit.add(session, actor, action, doing.subject, doing.detail, reference=doing.reference)
        except RefusedError as error:
            subject, reference = (HOUSE, "") if doing is None else (doing.subject, doing.reference)
            actor, detail = staff_name(by.user_id), {"code": error.code}
            self.audit.append(actor, f"{action}.refused", subject, detail, reference=reference)
            raise


def roles_of(session: Session, user_id: int) -> frozenset[str]:
    """The roles of a user; none for who is not staff."""
    return frozenset(session.scalars(select(StaffRoleRow.role).where(StaffRoleRow.user_id == user_id)))


def staff_name(user_id: int) -> str:
    """How the log names a member of staff who acts."""
    return f"staff:{user_id}"


def user_name(user_id: int | None) -> str:
    """How the log names the person something is about; the house for nobody."""
    return HOUSE if user_id is None else f"user:{user_id}"
