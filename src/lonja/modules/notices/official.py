"""Answers whether a channel is official, and remembers what was asked, to learn of new fakes.

Invariant: of a question only a keyed digest and a registered domain are kept, and not more rows than are of use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lonja.modules.notices.channels import (
    ChannelList,
    Checked,
    Standing,
    asked_domain,
    check,
    open_list,
    sign_list,
)
from lonja.modules.notices.tables import InquiryRow
from lonja.storage.envelopes import BlindIndex
from lonja.storage.rows import insert_into

_ROWS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Suspect:
    """A domain that people asked about: how it stands, how often it was asked for, and when last."""

    domain: str
    standing: str
    count: int
    last_ms: int


class OfficialChannels:
    """The list in force and what was asked. Blocking."""

    def __init__(
        self, database: Engine, index: BlindIndex, private_key: bytes, clock: Callable[[], int], start: ChannelList
    ) -> None:
        """``private_key`` is the house's Ed25519 key; ``start`` holds until a signed list is loaded."""
        self._database = database
        self._index = index
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)
        self._now_ms = clock
        self.current = start

    def load(self, data: bytes) -> None:
        """Use the list in ``data``. Raises ``DataCorruptError`` when the house did not sign it."""
        self.current = open_list(data, self._key.public_key().public_bytes_raw())

    def sign(self, channels: ChannelList) -> bytes:
        """``channels`` signed by the house, as ``load`` takes it."""
        return sign_list(channels, self._key)

    def check(self, text: str) -> Checked:
        """Whether ``text`` is official; the question is counted."""
        checked = check(text, self.current)
        if checked.kind is not None:
            self._count(checked)
        return checked

    def suspects(self, count_max: int) -> list[Suspect]:
        """Domains that are not official, most asked for first; look-alikes before others."""
        rows = (
            select(InquiryRow.domain, InquiryRow.standing, func.sum(InquiryRow.count), func.max(InquiryRow.last_ms))
            .where(InquiryRow.domain != "", InquiryRow.standing != Standing.OFFICIAL)
            .group_by(InquiryRow.domain, InquiryRow.standing)
            .order_by(InquiryRow.standing, func.sum(InquiryRow.count).desc(), InquiryRow.domain)
            .limit(count_max)
        )
        with Session(self._database) as session:
            return [Suspect(row[0], row[1], int(row[2]), row[3]) for row in session.execute(rows)]

    def _count(self, checked: Checked) -> None:
        assert checked.kind is not None, "only what is something is counted"
        now_ms, digest = self._now_ms(), self._index.digest("inquiry", checked.normal)
        values = {
            "digest": digest,
            "kind": checked.kind,
            "standing": checked.standing,
            "domain": asked_domain(checked),
            "count": 1,
            "first_ms": now_ms,
            "last_ms": now_ms,
        }
        again = {"count": InquiryRow.count + 1, "last_ms": now_ms, "standing": checked.standing}
        with Session(self._database) as session, session.begin():
            if session.get(InquiryRow, digest) is None and self._is_full(session):
                return
            row = insert_into(self._database, InquiryRow).values(values)
            session.execute(row.on_conflict_do_update(index_elements=[InquiryRow.digest], set_=again))

    def _is_full(self, session: Session) -> bool:
        # Counting stops where there are enough: somebody may ask about a million names a day.
        some = select(InquiryRow.digest).limit(_ROWS_MAX).subquery()
        return session.scalar(select(func.count()).select_from(some)) == _ROWS_MAX


def new_list_key() -> tuple[bytes, str]:
    """A key to sign lists with, and its public part in hexadecimal."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes_raw(), key.public_key().public_bytes_raw().hex()
