"""Authenticator apps: time-based codes by RFC 6238 (SHA-1, 6 digits, 30 seconds), one step early or late.

Invariant: a code is good once: the step it belongs to is raised in the database before the answer, and only upwards.
"""

import hmac
from typing import Final
from urllib.parse import quote

from sqlalchemy import update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.tables import UserRow
from lonja.primitives.instant import SECOND_MS

STEP_MS: Final = 30 * SECOND_MS
FIELD: Final = "authenticator"
_DRIFT_STEPS: Final = 1


def new_secret() -> str:
    """A secret of 160 bits in Base32, to be shown once."""
    import pyotp  # noqa: PLC0415

    return pyotp.random_base32()


def provisioning_address(secret: str, issuer: str, holder: str) -> str:
    """What an authenticator app reads from a QR code."""
    label = quote(f"{issuer}:{holder}")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer)}&algorithm=SHA1&digits=6&period=30"


def matching_step(secret: str, code: str, now_ms: int) -> int | None:
    """The step whose code is ``code``, if it is near enough to ``now_ms``."""
    import pyotp  # noqa: PLC0415

    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        return None
    generator, now = pyotp.HOTP(secret), now_ms // STEP_MS
    steps = range(now - _DRIFT_STEPS, now + _DRIFT_STEPS + 1)
    fits = [step for step in steps if hmac.compare_digest(generator.at(step), code)]
    return fits[-1] if fits else None


def use_step(session: Session, row: UserRow, step: int) -> bool:
    """Take ``step`` for ``row``; False when it, or a later one, was used already."""
    at = (UserRow.user_id == row.user_id) & (UserRow.authenticator_step < step)
    taken = session.execute(update(UserRow).where(at).values(authenticator_step=step).returning(UserRow.user_id))
    return taken.scalar_one_or_none() is not None
