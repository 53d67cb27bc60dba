"""Proofs that a wallet belongs to a person: a text of ours, signed once by the wallet's own key.

Why a text of ours: a signature under any other text may have been made for somebody else, or long ago. The text names
the house, the account, the question, the chain and the address, has a nonce and an end, and is accepted once.
Invariant: a signature made for one person, question, chain or address proves nothing for another.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence.database import move
from lonja.modules.verification.due_diligence.parts import Parts
from lonja.modules.verification.due_diligence.tables import ChallengeRow, WalletProofRow
from lonja.modules.verification.due_diligence.wallet_signatures import Chain, is_signed_by, normal_address
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import MINUTE_MS
from lonja.storage.rows import insert_new

_ADDRESS, _TEXT, _SIGNATURE = "wallet_address", "challenge_text", "wallet_signature"
_NONCE_BYTES: Final = 16


class Wallet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address on a chain."""

    chain: Chain
    address: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """A text to sign with the wallet before ``expires_ms``."""

    challenge_id: int
    chain: Chain
    address: str = field(repr=False)
    text: str = field(repr=False)
    expires_ms: int


class WalletProofs:
    """Challenges and what was proved by them. Blocking; makes its own transactions unless it takes one."""

    def __init__(self, parts: Parts) -> None:
        """Made once."""
        self._parts = parts

    def begin(self, user_id: int, about: str, wallet: Wallet) -> Challenge:
        """A text for ``wallet`` to sign, for the question ``about``. Raises ``RefusedError``."""
        parts, now_ms = self._parts, self._parts.clock()
        address = normal_address(wallet.chain, wallet.address)
        expires_ms = now_ms + parts.number(user_id, "wallets.challenge_minutes") * MINUTE_MS
        text = _text_of(user_id, about, wallet.chain, address, now_ms, expires_ms)
        with parts.transaction() as session:
            live = (ChallengeRow.user_id == user_id, ChallengeRow.expires_ms > now_ms, ChallengeRow.used_ms.is_(None))
            waiting = session.scalar(select(func.count()).select_from(ChallengeRow).where(*live)) or 0
            if waiting >= parts.number(user_id, "wallets.challenges_max"):
                raise RefusedError("too_many_attempts", "Many texts wait for a signature.", "Sign one, or wait.")
            challenge_id = insert_new(
                session,
                ChallengeRow,
                user_id=user_id,
                about=about,
                chain=wallet.chain,
                sealed_address=parts.vault.seal(session, user_id, _ADDRESS, address),
                sealed_text=parts.vault.seal(session, user_id, _TEXT, text),
                expires_ms=expires_ms,
                used_ms=None,
            )
        assert challenge_id is not None, "nothing of a challenge is unique but its number"
        return Challenge(challenge_id, wallet.chain, address, text, expires_ms)

    def prove(self, user_id: int, about: str, challenge_id: int, signature: str) -> Wallet:
        """The wallet that signed. Raises ``RefusedError``: challenge_over, signature_wrong."""
        parts, now_ms = self._parts, self._parts.clock()
        over = RefusedError("challenge_over", "This text is over or was used.", "Ask for a new one and sign that.")
        with parts.transaction() as session:
            row = session.get(ChallengeRow, challenge_id)
            if row is None or row.user_id != user_id or row.about != about:
                raise over
            chain, sealed = Chain(row.chain), row.sealed_text
            address = parts.vault.open(session, user_id, _ADDRESS, row.sealed_address).decode()
            text = parts.vault.open(session, user_id, _TEXT, sealed).decode()
        if not is_signed_by(chain, address, text, signature):
            remedy = "Sign exactly the text shown, with the wallet of that address and on that chain."
            raise RefusedError("signature_wrong", "This signature is not of that wallet under that text.", remedy)
        with parts.transaction() as session:
            at = (
                ChallengeRow.challenge_id == challenge_id,
                ChallengeRow.used_ms.is_(None),
                ChallengeRow.expires_ms > now_ms,
            )
            if not move(session, ChallengeRow, at, used_ms=now_ms):
                raise over
            insert_new(
                session,
                WalletProofRow,
                user_id=user_id,
                about=about,
                chain=chain,
                address_digest=self.digest(chain, address),
                sealed_address=parts.vault.seal(session, user_id, _ADDRESS, address),
                sealed_signature=parts.vault.seal(session, user_id, _SIGNATURE, f"{signature}\n{text}"),
                proved_ms=now_ms,
            )
        return Wallet(chain, address)

    def digest(self, chain: str, address: str) -> bytes:
        """What an address is found by."""
        return self._parts.vault.digest("wallet", f"{chain}:{address}")

    def is_proved(self, session: Session, about: str, wallet: Wallet) -> bool:
        """Whether ``wallet`` was proved for the question ``about``. Raises ``RefusedError`` for no address."""
        digest = self.digest(wallet.chain, normal_address(wallet.chain, wallet.address))
        at = (WalletProofRow.about == about, WalletProofRow.address_digest == digest)
        return session.scalar(select(WalletProofRow.proof_id).where(*at)) is not None

    def is_proved_by(self, session: Session, user_id: int, wallet: Wallet, kind: str, since_ms: int) -> bool:
        """Whether a user proved ``wallet`` since then for any question of ``kind``; False for no address."""
        try:
            digest = self.digest(wallet.chain, normal_address(wallet.chain, wallet.address))
        except RefusedError:
            return False
        at = (
            WalletProofRow.user_id == user_id,
            WalletProofRow.about.startswith(f"{kind}:", autoescape=True),
            WalletProofRow.address_digest == digest,
            WalletProofRow.proved_ms > since_ms,
        )
        return session.scalar(select(WalletProofRow.proof_id).where(*at).limit(1)) is not None

    def proved(self, session: Session, user_id: int, about: str) -> tuple[Wallet, ...]:
        """The wallets proved for the question ``about``, oldest first."""
        query = select(WalletProofRow).where(WalletProofRow.about == about, WalletProofRow.user_id == user_id)
        vault = self._parts.vault
        return tuple(
            Wallet(Chain(row.chain), vault.open(session, user_id, _ADDRESS, row.sealed_address).decode())
            for row in session.scalars(query.order_by(WalletProofRow.proof_id))
        )

    def forget_expired(self, session: Session, now_ms: int) -> None:
        """Remove texts nobody signed in time."""
        session.execute(delete(ChallengeRow).where(ChallengeRow.expires_ms <= now_ms))


def _text_of(user_id: int, about: str, chain: Chain, address: str, now_ms: int, expires_ms: int) -> str:
    lines = (
        "lonja: I own this address and use it with my account here.",
        "Signing this moves no money and allows nobody to.",
        "",
        f"Address: {address}",
        f"Chain: {chain}",
        f"Account: {user_id}",
        f"Question: {about}",
        f"Nonce: {secrets.token_hex(_NONCE_BYTES)}",
        f"Issued: {_moment(now_ms)}",
        f"Valid until: {_moment(expires_ms)}",
    )
    return "\n".join(lines)


def _moment(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).isoformat()
