"""The back office: one database with its log, its staff, their cases and their proposals.

Why here: the parts are made once and in one order. Invariant: they share one database, so an act is one transaction.
"""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from lonja.modules.backoffice.audit import AuditEntry, AuditLog
from lonja.modules.backoffice.cases import Cases
from lonja.modules.backoffice.chain import ChainReport
from lonja.modules.backoffice.database import open_database, transaction
from lonja.modules.backoffice.desk import SYSTEM, Desk, StaffSession, user_name
from lonja.modules.backoffice.evidence import Evidence
from lonja.modules.backoffice.facts import Facts
from lonja.modules.backoffice.proposals import Proposals
from lonja.modules.backoffice.refusals import refusal
from lonja.modules.backoffice.sealing import Sealing, check_name, check_reason
from lonja.modules.backoffice.sessions import SessionPolicy, StaffSessions
from lonja.modules.backoffice.staff import Staff
from lonja.modules.backoffice.staff_rules import StaffRules
from lonja.storage.ports import SecretBox


class BackOffice:
    """Everything staff do; its calls block."""

    def __init__(
        self,
        url: str,
        box: SecretBox,
        clock: Callable[[], int],
        rules: StaffRules | None = None,
        session_policy: Callable[[], SessionPolicy] = SessionPolicy,
    ) -> None:
        """Open the database at ``url``; ``clock`` gives the exchange's milliseconds. Raises ``DataError``."""
        self.rules = rules or StaffRules.of_file()
        self._database = open_database(url)
        self._sealing = Sealing(box)
        self._facts = Facts(self._database)
        self.audit = AuditLog(self._database, self._sealing, clock)
        self._desk = Desk(self._database, self.audit, self.rules, clock)
        self.proposals = Proposals(self._desk, self._sealing, self._facts)
        self.staff = Staff(self._desk, self.proposals)
        self.cases = Cases(self._desk, self._sealing, self._facts, self.proposals)
        self.evidence = Evidence(self.cases)
        self.sessions = StaffSessions(self._desk, session_policy)

    def record(
        self,
        by: StaffSession,
        action: str,
        user_id: int | None,
        detail: Mapping[str, str] | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        """Write down that ``by`` does ``action``, before they do: a read elsewhere, or an act one person may do.

        A ``reason`` that is given must say something.

        Raises ``RefusedError`` when none of their roles allows it or it is about themselves, and ``DataError``.
        """
        known = any(action in role.may for role in self.rules.roles.values())
        with self._desk.acting(by, action if known else "unknown") as doing:
            doing.subject = user_name(user_id)
            if not self.rules.may(doing.roles, action):
                raise refusal("not_permitted")
            doing.require_other(user_id)
            doing.detail |= detail or {}
            if reason is not None:
                check_reason(reason)
                doing.detail["reason"] = reason

    def read_audit(
        self,
        by: StaffSession,
        *,
        subject: str = "",
        actor: str = "",
        action: str = "",
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[AuditEntry, ...]:
        """A page of the log, newest first, before sequence ``before``; ``action`` is one, or begins several up to a dot.

        Raises ``RefusedError`` and ``DataError``.
        """
        with self._desk.acting(by, "audit.read") as doing:
            if not self.rules.may(doing.roles, "audit.read"):
                raise refusal("not_permitted")
            sought = {"subject": subject, "actor": actor, "action": action}
            check_name(*filter(None, sought.values()))
            doing.detail |= sought
            return self.audit.page(doing.session, **sought, before=before, limit=limit)

    def verify_audit(self, by: StaffSession) -> ChainReport:
        """Walk the whole log (blocking), which takes a while. Raises ``RefusedError`` and ``DataError``."""
        self.record(by, "audit.read", None, {"verification": "whole"})
        return self.audit.verify()

    def forget(self, user_id: int) -> None:
        """Make unreadable what was written about a person; that it was written stays. Raises ``DataError``."""
        with transaction(self._database) as session:
            self._forget(session, user_name(user_id))

    def remembers(self, user_id: int) -> bool:
        """Whether anything written about a person can be read. Raises ``DataError``."""
        with transaction(self._database) as session:
            return self._sealing.remembers(session, user_name(user_id))

    def keep_house(self) -> None:
        """Tell what could not be told before and end what expired; call it now and then. Raises ``LonjaError``."""
        self.proposals.expire()
        self.sessions.forget_expired()
        self._facts.deliver()

    def close(self) -> None:
        """Close the database."""
        self._database.dispose()

    def _forget(self, session: Session, subject: str) -> None:
        self._sealing.forget(session, subject)
        # About the house: an entry about the person would begin a new key at once.
        self.audit.add(session, SYSTEM, "subject.forget", "house", {}, reference=subject)
