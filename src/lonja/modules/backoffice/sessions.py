"""Sessions of staff: apart from those of customers, opened by password and passkey, short, and bound to one place.

Why here: a stolen session of staff opens more than one account, so it lives shorter, dies with the last role, and is no
good from another address or program. Invariant: whoever has a session gave a password and then a passkey; an ended
session never answers again.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from lonja.modules.backoffice.audit import AuditLog
from lonja.modules.backoffice.database import transaction
from lonja.modules.backoffice.desk import HOUSE, SYSTEM, Desk, StaffSession, roles_of, staff_name
from lonja.modules.backoffice.refusals import refusal
from lonja.modules.backoffice.tables import StaffDeviceRow, StaffSessionRow, StaffSignInRow
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from lonja.storage.rows import insert_new

_SEEN_STEP_MS: Final = 10 * SECOND_MS
_KEPT_MS: Final = 90 * DAY_MS


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Periods in milliseconds: to give the passkey, without a request, altogether, and after a passkey was given."""

    sign_in_ms: int = 5 * MINUTE_MS
    idle_ms: int = 15 * MINUTE_MS
    life_ms: int = 8 * HOUR_MS
    confirmed_ms: int = 10 * MINUTE_MS


class StaffClient(NamedTuple):
    """Who asks: network address, user agent, and the device token it holds ("" for none)."""

    address: str
    user_agent: str = ""
    device_token: str = ""


class OpenedStaffSession(NamedTuple):
    """A session as handed to its holder, once. ``device_token`` is for the browser to keep and send again."""

    token: str
    csrf_token: str
    device_token: str


class LiveStaffSession(NamedTuple):
    """A session that was found and is good now."""

    token_digest: bytes
    user_id: int
    created_ms: int
    confirmed_ms: int

    @property
    def by(self) -> StaffSession:
        """Who acts; a session is only opened with a passkey."""
        return StaffSession(self.user_id, signed_in_with_passkey=True)


class StaffSessions:
    """Sessions in the database of the back office (blocking)."""

    def __init__(self, desk: Desk, policy: Callable[[], SessionPolicy]) -> None:
        """``policy`` gives the periods that hold now."""
        self._desk, self._policy = desk, policy

    # -- Opening -----------------------------------------------------------------------------------------------------

    def begin(self, user_id: int, client: StaffClient) -> str:
        """A token for the passkey that has to follow, for who gave the right password. Raises ``RefusedError``."""
        token, now_ms = _new_token(), self._desk.clock()
        with transaction(self._desk.database) as session:
            if not roles_of(session, user_id):
                raise refusal("staff_only")
            session.execute(delete(StaffSignInRow).where(StaffSignInRow.expires_ms <= now_ms))
            row = StaffSignInRow(
                token_digest=_digest(token),
                user_id=user_id,
                client_digest=_client_digest(token, client),
                expires_ms=now_ms + self._policy().sign_in_ms,
            )
            session.add(row)
            self._audit.add(session, staff_name(user_id), "sign_in.begin", HOUSE, {"address": client.address})
        return token

    def waiting(self, token: str, client: StaffClient) -> int:
        """Whose passkey ``token`` waits for. Raises ``RefusedError``."""
        with transaction(self._desk.database) as session:
            return self._waiting(session, token, client).user_id

    def open(self, token: str, client: StaffClient) -> OpenedStaffSession:
        """A session, now that the passkey was given. Raises ``RefusedError``; of two at once one gets it."""
        opened, now_ms = _new_token(), self._desk.clock()
        csrf_token, device_token = csrf_token_of(opened), client.device_token or _new_token()
        with transaction(self._desk.database) as session:
            user_id = self._waiting(session, token, client).user_id
            at = StaffSignInRow.token_digest == _digest(token)
            used = session.execute(delete(StaffSignInRow).where(at).returning(StaffSignInRow.user_id)).first()
            if used is None or not roles_of(session, user_id):
                raise refusal("sign_in_over")
            row = StaffSessionRow(
                token_digest=_digest(opened),
                csrf_digest=_digest(csrf_token),
                user_id=user_id,
                client_digest=_client_digest(opened, client),
                created_ms=now_ms,
                seen_ms=now_ms,
                confirmed_ms=now_ms,
            )
            session.add(row)
            insert_new(session, StaffDeviceRow, device_digest=_digest(device_token), user_id=user_id, first_ms=now_ms)
            detail = {"address": client.address, "program": client.user_agent}
            self._audit.add(session, staff_name(user_id), "sign_in.done", HOUSE, detail)
        return OpenedStaffSession(opened, csrf_token, device_token)

    def refused(self, code: str, client: StaffClient, user_id: int | None = None) -> None:
        """Write down that a sign-in was refused."""
        actor = SYSTEM if user_id is None else staff_name(user_id)
        self._audit.append(actor, "sign_in.refused", HOUSE, {"code": code, "address": client.address})

    # -- Using -------------------------------------------------------------------------------------------------------

    def find(self, token: str, client: StaffClient) -> LiveStaffSession:
        """The session of ``token``, noted as seen. Raises ``RefusedError``: ``signed_out`` or ``session_ended``."""
        now_ms = self._desk.clock()
        with transaction(self._desk.database) as session:
            row = session.get(StaffSessionRow, _digest(token))
            if row is None:
                raise refusal("signed_out")
            reason = row.end_reason or self._reason_to_end(session, row, token, client, now_ms)
            if reason and row.ended_ms is None:
                row.ended_ms, row.end_reason = now_ms, reason
                detail = {"reason": reason, "address": client.address}
                self._audit.add(session, staff_name(row.user_id), "session.end", HOUSE, detail)
            elif not reason and now_ms - row.seen_ms >= _SEEN_STEP_MS:
                row.seen_ms = now_ms
            live = LiveStaffSession(row.token_digest, row.user_id, row.created_ms, row.confirmed_ms)
        if reason:
            # What ended it is kept, so it is raised only after the transaction.
            raise RefusedError("session_ended", _REASONS[reason], "Sign in again.")
        return live

    def check_csrf(self, live: LiveStaffSession, csrf_token: str) -> None:
        """Raise ``RefusedError`` when a page does not prove that it may act for the session."""
        with transaction(self._desk.database) as session:
            row = session.get_one(StaffSessionRow, live.token_digest)
            if not hmac.compare_digest(row.csrf_digest, _digest(csrf_token)):
                raise refusal("csrf_failed")

    def require_confirmed(self, live: LiveStaffSession) -> None:
        """Raise ``RefusedError`` unless the passkey was given a moment ago."""
        if not 0 <= self._desk.clock() - live.confirmed_ms <= self._policy().confirmed_ms:
            raise refusal("step_up_required")

    def confirm(self, live: LiveStaffSession) -> None:
        """Note that the passkey was given just now."""
        with self._desk.acting(live.by, "session.confirm") as doing:
            at = (StaffSessionRow.token_digest == live.token_digest) & StaffSessionRow.ended_ms.is_(None)
            doing.session.execute(update(StaffSessionRow).where(at).values(confirmed_ms=doing.now_ms))

    # -- Ending ------------------------------------------------------------------------------------------------------

    def sign_out(self, live: LiveStaffSession) -> None:
        """End one session."""
        with self._desk.acting(live.by, "session.end") as doing:
            at = (StaffSessionRow.token_digest == live.token_digest) & StaffSessionRow.ended_ms.is_(None)
            ended = {"ended_ms": doing.now_ms, "end_reason": "signed_out"}
            doing.session.execute(update(StaffSessionRow).where(at).values(ended))

    def end_all(self, user_id: int, reason: str) -> int:
        """End every session of a member of staff, ``reason`` being one of the reasons of sessions; how many."""
        assert reason in _REASONS, "every reason has its sentence"
        now_ms = self._desk.clock()
        with transaction(self._desk.database) as session:
            at = (StaffSessionRow.user_id == user_id) & StaffSessionRow.ended_ms.is_(None)
            values = {"ended_ms": now_ms, "end_reason": reason}
            ended = session.execute(update(StaffSessionRow).where(at).values(values).returning(StaffSessionRow.user_id))
            count = len(ended.all())
            session.execute(delete(StaffSignInRow).where(StaffSignInRow.user_id == user_id))
            if count:
                self._audit.add(session, SYSTEM, "session.end", HOUSE, {"reason": reason, "staff": str(user_id)})
        return count

    def forget_expired(self) -> None:
        """Remove what is long over; the audit log keeps that it was."""
        now_ms = self._desk.clock()
        with transaction(self._desk.database) as session:
            session.execute(delete(StaffSignInRow).where(StaffSignInRow.expires_ms <= now_ms))
            session.execute(delete(StaffSessionRow).where(StaffSessionRow.created_ms <= now_ms - _KEPT_MS))

    # -- Inside ------------------------------------------------------------------------------------------------------

    @property
    def _audit(self) -> AuditLog:
        return self._desk.audit

    def _waiting(self, session: Session, token: str, client: StaffClient) -> StaffSignInRow:
        row = session.get(StaffSignInRow, _digest(token))
        if row is None or row.expires_ms <= self._desk.clock():
            raise refusal("sign_in_over")
        if not hmac.compare_digest(row.client_digest, _client_digest(token, client)):
            raise refusal("sign_in_over")
        return row

    def _reason_to_end(
        self, session: Session, row: StaffSessionRow, token: str, client: StaffClient, now_ms: int
    ) -> str:
        policy = self._policy()
        if not hmac.compare_digest(row.client_digest, _client_digest(token, client)):
            return "place_changed"
        # A clock that went back makes nothing young again.
        if not 0 <= now_ms - row.created_ms < policy.life_ms:
            return "too_old"
        if now_ms - row.seen_ms >= policy.idle_ms:
            return "idle"
        return "" if roles_of(session, row.user_id) else "no_role"


_REASONS: Final = {
    "signed_out": "You signed out.",
    "idle": "You were away for too long.",
    "too_old": "A session of staff lasts only so long.",
    "place_changed": "The network address or the program behind this session changed.",
    "no_role": "You are no member of staff any more.",
    "account_changed": "The account was frozen or closed, or its password was changed.",
}


def csrf_token_of(token: str) -> str:
    """What a page proves itself with in the session of ``token``; a page that was loaded anew is told it again.

    It follows from the token, which no page sees, by a digest that does not lead back.
    """
    return _digest(f"csrf:{token}").hex()


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _client_digest(token: str, client: StaffClient) -> bytes:
    """Of address and program in whatever version; without the token nobody can try addresses against it."""
    program = re.sub(r"[\d._]+", "", client.user_agent)
    return sha256(f"{token}\0{client.address}\0{program}".encode("utf-8", "replace")).digest()
