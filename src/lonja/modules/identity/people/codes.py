"""Six-digit codes sent to people, and the counting that keeps them from being guessed or used to annoy.

Source of the numbers: domain row 1.05. Invariant: one code per purpose and subject is good at a time, once; a code
is void after too many wrong entries; of two entries at the same moment only one can succeed.
"""

import hmac
import secrets
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.policy import SignInPolicy
from lonja.modules.identity.people.tables import CodeRow
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import MINUTE_MS
from lonja.storage.envelopes import BlindIndex

CODE_LENGTH: Final = 6


class Codes:
    """Makes and checks codes. Every method runs in the caller's transaction."""

    def __init__(self, index: BlindIndex) -> None:
        """``index`` digests subjects and codes."""
        self._index = index

    def make(self, session: Session, purpose: str, subject: str, policy: SignInPolicy, now_ms: int) -> dict[str, str]:
        """What to write of a new code, which replaces the last one: the code, and for how many minutes it is good.

        Raises ``RefusedError`` when the last one was sent a moment ago.
        """
        digest = self._index.digest(f"code:{purpose}", subject)
        row = session.get(CodeRow, (purpose, digest))
        if row is not None and now_ms - row.sent_ms < policy.code_resend_ms:
            wait_s = -(-(policy.code_resend_ms - (now_ms - row.sent_ms)) // 1000)
            raise RefusedError(
                "code_sent_recently", "A code was sent a moment ago.", f"Ask again in {wait_s} s.", wait_s
            )
        minutes = str(policy.code_life_ms // MINUTE_MS)
        code = "".join(secrets.choice("0123456789") for _ in range(CODE_LENGTH))
        # Wrong entries of the code before still count, so that asking for more codes buys no more guesses.
        carried = row.wrong_count if row is not None and now_ms < row.expires_ms else 0
        if carried >= policy.code_wrong_max:
            raise RefusedError("code_locked", "Too many wrong codes were entered.", f"Try again in {minutes} minutes.")
        session.merge(
            CodeRow(
                purpose=purpose,
                subject_digest=digest,
                code_digest=self._digest(purpose, subject, code),
                sent_ms=now_ms,
                expires_ms=now_ms + policy.code_life_ms,
                wrong_count=carried,
            )
        )
        return {"code": code, "minutes": minutes}

    def check(self, session: Session, purpose: str, subject: str, code: str, policy: SignInPolicy, now_ms: int) -> bool:
        """Use ``code`` up; False when it is not the one that is good now. A wrong one is counted: commit either way."""
        digest = self._index.digest(f"code:{purpose}", subject)
        at = (CodeRow.purpose == purpose) & (CodeRow.subject_digest == digest)
        # Counted before compared: entries at the same moment wait for each other here and see the count they raise.
        counted = session.execute(
            update(CodeRow)
            .where(at & (CodeRow.wrong_count < policy.code_wrong_max) & (CodeRow.expires_ms > now_ms))
            .values(wrong_count=CodeRow.wrong_count + 1)
            .returning(CodeRow.code_digest)
        ).scalar_one_or_none()
        if not counted or not hmac.compare_digest(counted, self._digest(purpose, subject, code)):
            return False
        session.execute(update(CodeRow).where(at).values(code_digest=b"", wrong_count=0))
        return True

    def forget_expired(self, session: Session, now_ms: int) -> None:
        """Remove the rows of codes that are over."""
        session.execute(delete(CodeRow).where(CodeRow.expires_ms <= now_ms))

    def is_waiting(self, session: Session, purpose: str, subject: str, now_ms: int) -> bool:
        """Whether a code was sent that is still good."""
        digest = self._index.digest(f"code:{purpose}", subject)
        row = session.scalar(select(CodeRow).where(CodeRow.purpose == purpose, CodeRow.subject_digest == digest))
        return row is not None and bool(row.code_digest) and now_ms < row.expires_ms

    def _digest(self, purpose: str, subject: str, code: str) -> bytes:
        return self._index.digest(f"code:{purpose}:{subject}", code)
