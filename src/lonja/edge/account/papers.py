"""Papers as the account API takes and shows them.

Why a bound of its own: a paper is up to 20 MB, which is taken apart and sealed in memory, so only a few at once are.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from lonja.edge.account.caller import HttpRequest
from lonja.edge.account.uploads import file_of
from lonja.modules.verification.api import Chain, Challenge, NewPaper, Paper, Wallet, Wording
from lonja.primitives.errors import RefusedError

PAPER_BYTES_MAX: Final = 21 * 1024 * 1024
"""Of the whole body; how large a paper may be is a rule."""
_AT_ONCE: Final = 2
_ID_DIGITS_MAX: Final = 18


class PaperAnswer(msgspec.Struct, frozen=True):
    """A paper that was handed in; ``issued_on`` as it was given, empty for none."""

    paper_id: str
    kind: str
    name: str
    media_type: str
    size: int
    issued_on: str
    added_ms: int


class TextAnswer(msgspec.Struct, frozen=True):
    """A text to agree to or to attest; send ``text_hash`` back."""

    name: str
    version: str
    text_hash: str
    text: str


class WalletForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wallet to be proved."""

    chain: Chain
    address: str


class WalletAnswer(msgspec.Struct, frozen=True):
    """A wallet."""

    chain: Chain
    address: str


class ChallengeAnswer(msgspec.Struct, frozen=True):
    """Sign ``text`` exactly as it is with the wallet: personal_sign (EIP-191), or a Bitcoin signed message (BIP-137)."""

    challenge_id: str
    chain: Chain
    address: str
    text: str
    expires_ms: int


class ProofForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The signature as the wallet gave it: hexadecimal, for Bitcoin base64."""

    challenge_id: str
    signature: str


class Bounds:
    """How many papers are taken at once."""

    def __init__(self) -> None:
        """Made once for each router."""
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def take(
        self, request: HttpRequest, kind: str, name: str, issued_on: str, keep: Callable[[NewPaper], Paper]
    ) -> PaperAnswer:
        """Read the one file of ``request`` and keep it. Raises ``RefusedError``."""
        content = await file_of(request)
        async with self._free:
            return paper_answer(await asyncio.to_thread(keep, NewPaper(kind, name, content, issued_on)))


def number_of(text: str, code: str) -> int:
    """An id out of a path or body. Raises ``RefusedError`` with ``code`` when it is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX):
        raise RefusedError(code, "There is no such thing.", "Look at the list it should be on.")
    return int(text)


def paper_answer(paper: Paper) -> PaperAnswer:
    """``paper`` as answered."""
    return PaperAnswer(
        str(paper.paper_id), paper.kind, paper.name, paper.media_type, paper.size, paper.issued_on, paper.added_ms
    )


def text_answers(texts: Sequence[Wording]) -> list[TextAnswer]:
    """``texts`` as answered."""
    return [TextAnswer(text.name, text.version, text.text_hash, text.text) for text in texts]


def challenge_answer(challenge: Challenge) -> ChallengeAnswer:
    """``challenge`` as answered."""
    return ChallengeAnswer(
        str(challenge.challenge_id), challenge.chain, challenge.address, challenge.text, challenge.expires_ms
    )


def wallet_answer(wallet: Wallet) -> WalletAnswer:
    """``wallet`` as answered."""
    return WalletAnswer(wallet.chain, wallet.address)
