"""Sessions: opened at the end of a sign-in, ended by their holder, by time, by a sensitive change, or by a new place.

Values from domain row 1.14. Invariant: an ended session never answers again, and its holder is told why it ended; the
token is new at each sign-in, so nobody can plant one beforehand.
"""

import hmac
from typing import Final, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.policy import SignInPolicy
from lonja.modules.identity.people.tables import SessionRow
from lonja.modules.identity.people.tokens import digest_of, new_token
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import MINUTE_MS

_REASONS: Final = {
    "signed_out": "You signed out.",
    "idle": "You were away for too long.",
    "too_old": "A session lasts only so long.",
    "environment_changed": "The browser or system behind this session changed.",
    "device_removed": "The device was removed.",
    "password_changed": "The password was changed.",
    "factor_changed": "A sign-in factor was changed.",
    "residence_changed": "The country of residence was changed.",
    "frozen": "The account was frozen.",
    "closed": "The account was closed.",
    "staff": "Our security staff ended it, to protect the account.",
}


class OpenedSession(NamedTuple):
    """A session as handed to its holder, once. A page sends ``csrf_token`` back with each change."""

    token: str
    csrf_token: str
    user_id: int
    device_id: int


class LiveSession(NamedTuple):
    """A session that was found and is good now."""

    token_digest: bytes
    user_id: int
    device_id: int
    created_ms: int
    step_up_ms: int


class SessionFact(NamedTuple):
    """A session as staff see it; ``ended_ms`` None: nobody and nothing has ended it yet."""

    device_id: int
    created_ms: int
    last_seen_ms: int
    ended_ms: int | None
    end_reason: str


def sessions_of(session: Session, user_id: int, limit: int) -> list[SessionFact]:
    """The sessions of a user that are kept, the newest first."""
    of_user = select(SessionRow).where(SessionRow.user_id == user_id)
    rows = session.scalars(of_user.order_by(SessionRow.created_ms.desc()).limit(limit))
    return [SessionFact(row.device_id, row.created_ms, row.last_seen_ms, row.ended_ms, row.end_reason) for row in rows]


def open_session(session: Session, user_id: int, device_id: int, environment: bytes, now_ms: int) -> OpenedSession:
    """A new session of ``user_id`` on a device."""
    token = new_token()
    csrf_token = csrf_token_of(token)
    row = SessionRow(
        token_digest=digest_of(token),
        csrf_digest=digest_of(csrf_token),
        user_id=user_id,
        device_id=device_id,
        environment=environment,
        created_ms=now_ms,
        last_seen_ms=now_ms,
        step_up_ms=now_ms,
    )
    session.add(row)
    return OpenedSession(token, csrf_token, user_id, device_id)


def csrf_token_of(token: str) -> str:
    """What a page proves itself with in the session of ``token``; a page that was loaded anew is told it again.

    It follows from the token, which no page sees, by a digest that does not lead back.
    """
    return digest_of(f"csrf:{token}").hex()


def find_session(session: Session, token: str, client: Client, policy: SignInPolicy, now_ms: int) -> LiveSession:
    """The session of ``token``, noted as seen. Raises ``RefusedError``: ``signed_out`` or ``session_ended``.

    Commit also when it raises: what ended it is kept.
    """
    row = session.get(SessionRow, digest_of(token))
    if row is None:
        raise RefusedError("signed_out", "You are not signed in.", "Sign in.")
    reason = row.end_reason or _reason_to_end(row, client, policy, now_ms)
    if reason:
        if row.ended_ms is None:
            row.ended_ms, row.end_reason = now_ms, reason
        raise RefusedError("session_ended", _REASONS[reason], "Sign in again.")
    # A minute is fine enough for the idle limit and spares a write per request.
    if now_ms - row.last_seen_ms >= MINUTE_MS:
        row.last_seen_ms = now_ms
    return LiveSession(row.token_digest, row.user_id, row.device_id, row.created_ms, row.step_up_ms)


def is_session_live(session: Session, token_digest: bytes, policy: SignInPolicy, now_ms: int) -> bool:
    """Whether a session found before is good still; asking does not count as being there."""
    row = session.get(SessionRow, token_digest)
    return row is not None and row.ended_ms is None and not _reason_of_time(row, policy, now_ms)


def check_csrf(session: Session, live: LiveSession, csrf_token: str) -> None:
    """Raise ``RefusedError`` when a page does not prove that it may act for the session."""
    row = session.get_one(SessionRow, live.token_digest)
    if not hmac.compare_digest(row.csrf_digest, digest_of(csrf_token)):
        raise RefusedError("csrf_failed", "This request did not come from our page.", "Reload the page.")


def step_up(session: Session, live: LiveSession, now_ms: int) -> None:
    """Note that the holder gave a second factor just now."""
    at = SessionRow.token_digest == live.token_digest
    session.execute(update(SessionRow).where(at).values(step_up_ms=now_ms))


def require_step_up(live: LiveSession, policy: SignInPolicy, now_ms: int) -> None:
    """Raise ``RefusedError`` unless a second factor was given a moment ago."""
    if not 0 <= now_ms - live.step_up_ms <= policy.step_up_life_ms:
        raise RefusedError("step_up_required", "Confirm that it is you.", "Give a second factor, then ask again.")


def end_session(session: Session, live: LiveSession, now_ms: int) -> None:
    """Sign out."""
    at = (SessionRow.token_digest == live.token_digest) & SessionRow.ended_ms.is_(None)
    session.execute(update(SessionRow).where(at).values(ended_ms=now_ms, end_reason="signed_out"))


def end_sessions(  # whose, why, and which not
    session: Session,
    user_id: int,
    reason: str,
    now_ms: int,
    *,
    device_id: int | None = None,
    spared: bytes = b"",
) -> int:
    """End the sessions of a user (on one device, when given) but the one whose digest is ``spared``; how many."""
    assert reason in _REASONS, "every reason has its sentence"
    at = (SessionRow.user_id == user_id) & SessionRow.ended_ms.is_(None) & (SessionRow.token_digest != spared)
    if device_id is not None:
        at &= SessionRow.device_id == device_id
    ended = session.scalars(
        update(SessionRow).where(at).values(ended_ms=now_ms, end_reason=reason).returning(SessionRow.token_digest)
    )
    return len(ended.all())


def _reason_to_end(row: SessionRow, client: Client, policy: SignInPolicy, now_ms: int) -> str:
    if row.environment != client.environment:
        return "environment_changed"
    return _reason_of_time(row, policy, now_ms)


def _reason_of_time(row: SessionRow, policy: SignInPolicy, now_ms: int) -> str:
    if now_ms - row.created_ms >= policy.session_life_ms:
        return "too_old"
    return "idle" if now_ms - row.last_seen_ms >= policy.session_idle_ms else ""
