"""Backup codes: ten single-use codes to keep on paper (domain row 1.08).

Each begins with its number, so that checking one costs one hash. Invariant: a used code is gone before the answer.
"""

import secrets
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lonja.modules.identity.people.passwords import PasswordHasher
from lonja.modules.identity.people.tables import BackupCodeRow

_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH: Final = 10


def new_codes(count: int) -> list[str]:
    """Up to ten codes to show once."""
    assert count <= 10, "the first character is the number"
    return [f"{number}{''.join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - 1))}" for number in range(count)]


def hash_codes(codes: Sequence[str], hasher: PasswordHasher) -> list[str]:
    """What is kept of ``codes``; slow, so do it outside a transaction."""
    return [hasher.hash(code) for code in codes]


def replace_codes(session: Session, user_id: int, hashes: Sequence[str]) -> None:
    """Keep ``hashes``; the codes before become void."""
    session.execute(delete(BackupCodeRow).where(BackupCodeRow.user_id == user_id))
    session.add_all(
        BackupCodeRow(user_id=user_id, number=number, code_hash=hashed) for number, hashed in enumerate(hashes)
    )


def count_left(session: Session, user_id: int) -> int:
    """How many codes are unused."""
    return session.scalar(select(func.count()).where(BackupCodeRow.user_id == user_id)) or 0


def use_code(session: Session, user_id: int, code: str, hasher: PasswordHasher) -> bool:
    """Use ``code`` up; False when it is none that is left."""
    written = code.strip().lower().replace("-", "").replace(" ", "")
    number = int(written[0]) if written[:1].isascii() and written[:1].isdigit() else -1
    stored = session.scalar(
        select(BackupCodeRow.code_hash).where(BackupCodeRow.user_id == user_id, BackupCodeRow.number == number)
    )
    if not hasher.fits(written, stored or "") or stored is None:
        return False
    at = (BackupCodeRow.user_id == user_id) & (BackupCodeRow.number == number) & (BackupCodeRow.code_hash == stored)
    used = session.execute(delete(BackupCodeRow).where(at).returning(BackupCodeRow.number))
    return used.scalar_one_or_none() is not None
