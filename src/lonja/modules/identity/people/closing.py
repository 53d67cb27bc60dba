"""Closing an account: asked for, thought over for some weeks, then the person is forgotten.

The house may begin it too; then its owner cannot take it back, and has the same days to object.

Source: domain row 2.12. Invariant: what was forgotten cannot be read in any backup either, because the key it was sealed
under is gone; until then the contacts stay taken, so nobody opens a new account to get round something.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.events import StateChanged
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.protection_tables import PERSONAL_TABLES
from lonja.modules.identity.people.sessions import LiveSession, end_sessions
from lonja.modules.identity.people.tables import (
    BackupCodeRow,
    ConnectedRow,
    DeviceRow,
    EmergencyContactRow,
    PasskeyRow,
    SessionRow,
    SignInRow,
    UserRow,
)
from lonja.modules.identity.people.users import UserState
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS

_CLOSABLE: Final = (UserState.ACTIVE, UserState.FROZEN)
"""What the house may close."""


OBLIGATIONS: Final = {
    "open_orders": "open orders",
    "algo_orders": "algo orders",
    "positions": "positions",
    "balances": "currencies with a balance",
    "sub_accounts": "sub-accounts",
}
"""The kinds of what may be open, and what people call them."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """So many of one kind are still open; ``kind`` is one of ``OBLIGATIONS``."""

    kind: str
    count: int

    def __str__(self) -> str:
        """A phrase for people ("3 open orders")."""
        return f"{self.count} {OBLIGATIONS[self.kind]}"


class Obligations(Protocol):
    """Knows what keeps an account from being closed."""

    def of(self, account: int) -> Sequence[Obligation]:
        """What is still open; nothing: it can be closed."""


class ClosingView(NamedTuple):
    """Where a closing stands. ``hindrances`` have to be settled first; ``ends_ms`` is until when it can be taken back.

    ``ends_ms`` is 0 while nothing is closed; ``by_house``: the house closes it. ``period_ms`` is how long one thinks it over.
    """

    hindrances: tuple[Obligation, ...]
    ends_ms: int
    by_house: bool
    period_ms: int


class NoObligations:
    """For houses that keep nothing for anybody."""

    def of(self, account: int) -> Sequence[Obligation]:
        """Nothing is open."""
        del account
        return ()


class Closing:
    """Closings under way. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts, obligations: Obligations | None = None) -> None:
        """``obligations`` are asked before anything is closed."""
        self._parts = parts
        self.obligations: Obligations = obligations or NoObligations()
        self.forget_messages: Callable[[str], None] = lambda _: None
        """Makes what was written to an address unreadable."""

    def view(self, user_id: int, now_ms: int) -> ClosingView:
        """What keeps the account from being closed, or when it is closed."""
        with self._parts.transaction() as session:
            row = self._parts.users.find(session, user_id)
            account, is_closing, by_house = row.account, row.state == UserState.CLOSING, row.closing_from is not None
            period_ms = self._parts.rules.policy(row.residence, now_ms).closing_ms
            ends_ms = row.state_changed_ms + period_ms if is_closing else 0
        return ClosingView(self._open_of(account), ends_ms, by_house, period_ms)

    def begin(self, live: LiveSession, reason: str, now_ms: int) -> int:
        """Begin to close; until when it can be taken back. Raises ``RefusedError`` naming everything that is in the way."""
        parts = self._parts
        self._check_settled(live.user_id)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            _move(session, row, UserState.ACTIVE, UserState.CLOSING, now_ms)
            end_sessions(session, row.user_id, "closed", now_ms, spared=live.token_digest)
            parts.facts.record(session, StateChanged(row.user_id, row.account, UserState.CLOSING, reason, now_ms))
            user, period_ms = parts.users.open(row), parts.rules.policy(row.residence, now_ms).closing_ms
        parts.facts.deliver()
        parts.tell(user, "notice", {"title": f"your account will be closed in {period_ms // DAY_MS} days"}, live)
        return now_ms + period_ms

    def check_by_house(self, user_id: int) -> None:
        """Raise ``RefusedError`` when the house cannot begin to close the account now."""
        with self._parts.transaction() as session:
            _closable_state(self._parts.users.find(session, user_id))
        self._check_settled(user_id)

    def begin_by_house(self, user_id: int, now_ms: int) -> None:
        """Begin to close what its owner cannot take back; nothing when it began. Raises ``RefusedError`` as ``begin`` does.

        What is open keeps a frozen account open too: money has to go to its owner first, whoever closes.
        """
        parts = self._parts
        with parts.transaction() as session:
            if parts.users.find(session, user_id).closing_from is not None:
                return
        self.check_by_house(user_id)
        with parts.transaction() as session:
            row = parts.users.find(session, user_id)
            # Once more: its owner may have begun to close it meanwhile.
            state = _closable_state(row)
            _move(session, row, state, UserState.CLOSING, now_ms, closing_from=state)
            end_sessions(session, user_id, "closed", now_ms)
            parts.facts.record(session, StateChanged(user_id, row.account, UserState.CLOSING, "house", now_ms))
            user, period_ms = parts.users.open(row), parts.rules.policy(row.residence, now_ms).closing_ms
        parts.facts.deliver()
        title = f"we will close your account in {period_ms // DAY_MS} days; write to us if you object"
        parts.messages.tell(user, "notice", {"title": title})

    def take_back(self, live: LiveSession, now_ms: int) -> None:
        """Keep the account after all. Raises ``RefusedError`` when it is not being closed, or not by its owner."""
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            if row.closing_from is not None:
                raise RefusedError("closed_by_house", "The house closes this account.", "Write to support to object.")
            _move(session, row, UserState.CLOSING, UserState.ACTIVE, now_ms)
            parts.facts.record(session, StateChanged(row.user_id, row.account, UserState.ACTIVE, "kept", now_ms))
            user = parts.users.open(row)
        parts.facts.deliver()
        parts.tell(user, "notice", {"title": "your account stays open"}, live)

    def finish_due(self, now_ms: int) -> int:
        """Forget everybody whose time to think it over has passed; how many."""
        parts = self._parts
        with parts.transaction() as session:
            rows = session.scalars(select(UserRow).where(UserRow.state == UserState.CLOSING)).all()
            due = [
                row.user_id
                for row in rows
                if row.state_changed_ms + parts.rules.policy(row.residence, now_ms).closing_ms <= now_ms
            ]
        return sum(self._forget(user_id, now_ms) for user_id in due)

    def _forget(self, user_id: int, now_ms: int) -> bool:
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, user_id)
            user, sealed_key = parts.users.open(row), row.sealed_key
            is_over = row.account is None or not self.obligations.of(row.account)
        # Before the contacts are gone from here: after a crash it is done once more.
        for contact in (user.email, user.phone) if is_over else ():
            if contact is not None:
                self.forget_messages(contact.value)
        with parts.transaction() as session:
            row = parts.users.find(session, user_id)
            if row.account is not None and self.obligations.of(row.account):
                # Something came in meanwhile: whoever it belongs to must be able to take it out.
                before = UserState(row.closing_from or UserState.ACTIVE)
                _move(session, row, UserState.CLOSING, before, now_ms)
                parts.facts.record(session, StateChanged(user_id, row.account, before, "in use", now_ms))
            else:
                _anonymize(session, row, now_ms)
                parts.facts.record(session, StateChanged(user_id, row.account, UserState.CLOSED, "closed", now_ms))
            is_closed = row.state == UserState.CLOSED
        parts.facts.deliver()
        if is_closed:
            parts.users.envelopes.forget(f"user {user_id}", sealed_key)
        title = "your account was closed" if is_closed else "your account could not be closed: something came in"
        parts.messages.tell(user, "notice", {"title": title})
        return is_closed

    def _check_settled(self, user_id: int) -> None:
        with self._parts.transaction() as session:
            account = self._parts.users.find(session, user_id).account
        hindrances = self._open_of(account)
        if hindrances:
            message = f"The account cannot be closed yet: {', '.join(map(str, hindrances))}."
            raise RefusedError("account_in_use", message, "Settle these first.")

    def _open_of(self, account: int | None) -> tuple[Obligation, ...]:
        return () if account is None else tuple(self.obligations.of(account))


def _closable_state(row: UserRow) -> UserState:
    """The state the house may close an account from. Raises ``RefusedError`` in any other."""
    state = UserState(row.state)
    if state not in _CLOSABLE:
        raise RefusedError("state_changed", f"The account is {state}.", "Look at its state.")
    return state


def _move(  # both ends, and when
    session: Session, row: UserRow, before: UserState, after: UserState, now_ms: int, closing_from: str | None = None
) -> None:
    at = (UserRow.user_id == row.user_id) & (UserRow.state == before)
    revision = UserRow.revision + 1
    values = {"state": after, "state_changed_ms": now_ms, "revision": revision, "closing_from": closing_from}
    if session.execute(update(UserRow).where(at).values(values).returning(UserRow.user_id)).one_or_none() is None:
        raise RefusedError("state_changed", f"The account is not {before}.", "Look at its state.")


def _anonymize(session: Session, row: UserRow, now_ms: int) -> None:
    """Take away all that tells who it was. Accounts of the core, trades and facts keep only the numbers."""
    row.state, row.state_changed_ms, row.revision = UserState.CLOSED, now_ms, row.revision + 1
    row.sealed_key, row.password_hash, row.invitation = b"", "", ""
    row.email_digest = row.sealed_email = row.phone_digest = row.sealed_phone = None
    row.sealed_anti_phishing_code = row.sealed_authenticator = row.sealed_authenticator_draft = None
    for table in (SessionRow, SignInRow, DeviceRow, PasskeyRow, ConnectedRow, BackupCodeRow, EmergencyContactRow):
        session.execute(delete(table).where(table.user_id == row.user_id))
    for kept in PERSONAL_TABLES:
        session.execute(delete(kept).where(kept.user_id == row.user_id))
