"""What due diligence needs of the rest of the house; ``bootstrap`` answers with governance, the back office and people.

Why ports: none of those knows due diligence, and this area stays testable with any of them. All of it blocks.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec


class HouseRules(Protocol):
    """Numbers and names by place of residence, from dated tables; all raise ``DataError`` for an unknown name."""

    def entity(self, place: str, now_ms: int) -> str:
        """The company that serves residents of ``place``."""

    def number(self, name: str, place: str, now_ms: int) -> int:
        """The number that holds there."""

    def names(self, name: str, place: str, now_ms: int) -> tuple[str, ...]:
        """The names that hold there."""

    def text(self, name: str, place: str, now_ms: int) -> str:
        """The text that holds there."""

    def check_place(self, place: str, now_ms: int) -> None:
        """Raise ``RefusedError`` when it is no place, or nobody living there is served."""


class Wording(NamedTuple):
    """A text to agree to or to attest; ``text_hash`` is its SHA-256 in hexadecimal."""

    name: str
    version: str
    text_hash: str
    text: str


class Wordings(Protocol):
    """Texts that people put their name under."""

    def attestation(self, place: str, now_ms: int) -> Wording:
        """What an institution attests."""

    def agreements(self, place: str, now_ms: int) -> tuple[Wording, ...]:
        """What a resident of ``place`` agrees to."""


class Reviews(Protocol):
    """Opens cases for staff; the back office's ``Cases`` as they are."""

    def open(
        self,
        kind: str,
        user_id: int,
        summary: str,
        evidence: Collection[str] = (),
        *,
        reference: str = "",
        entity: str = "all",
    ) -> int:
        """The number of the case; asked again with one ``reference``, the open one."""

    def withdraw(self, case_id: int, reason: str) -> None:
        """Close a case nobody needs to decide any more. Raises ``RefusedError`` when it is decided."""


class Decision(Protocol):
    """A decided case, as the back office tells it."""

    @property
    def user_id(self) -> int:
        """Whom it is about."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """What the case is about, among it our own reference."""

    @property
    def decision(self) -> str:
        """One of the words of the case's kind."""

    @property
    def reason(self) -> str:
        """What staff wrote; only the codes of remedies in it are ever told."""


class Governing(Protocol):
    """What due diligence may change about a person's rights; every call may be repeated."""

    def kyc_level(self, user_id: int) -> int:
        """The level of verification."""

    def may_apply(self, user_id: int) -> bool:
        """Whether a user may apply for verification at all."""

    def raise_kyc_level(self, user_id: int, level: int) -> None:
        """An institution was verified."""

    def lower_kyc_level(self, user_id: int, level: int) -> None:
        """Nothing above ``level`` holds any more."""

    def funds_shown(self, user_id: int, until_ms: int) -> None:
        """It was shown where money comes from; that holds for so long."""

    def restrict(self, user_id: int, kind: str, reference: str) -> None:
        """Place a restriction."""

    def lift(self, user_id: int, kind: str, reference: str) -> None:
        """Lift it again; nothing when there is none."""

    def hold(self, user_id: int, kind: str, reference: str, currency: str, amount: int) -> None:
        """Keep an amount, in smallest units."""

    def release(self, user_id: int, kind: str, reference: str) -> None:
        """End that hold; nothing when there is none."""

    def close_questionnaire(self, user_id: int) -> None:
        """The question where the user lives is answered."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Something to know before a change of residence; ``blocks``: it must be settled first."""

    code: str
    sentence: str
    blocks: bool


class Residents(Protocol):
    """The people of the house."""

    def residence(self, user_id: int) -> str:
        """Where a user lives, empty for somebody who is gone."""

    def move(self, user_id: int, place: str, agreed: Sequence[Wording], now_ms: int) -> None:
        """Change the residence, keep what was agreed to and end all sessions; nothing when the user lives there."""

    def tell(self, user_id: int, title: str) -> None:
        """Send a notice to every contact of a user; nothing for somebody who is gone."""


class Books(Protocol):
    """What the trading side knows of a person."""

    def hindrances(self, user_id: int, to_place: str, now_ms: int) -> tuple[Hindrance, ...]:
        """What a move to ``to_place`` meets: open orders, products closed there, holds, restrictions."""

    def cancel_orders(self, user_id: int) -> None:
        """Cancel every open order of the person's accounts. Raises ``LonjaError`` to be asked again later."""


class KnownCustomers(Protocol):
    """Who customers are, as verified."""

    def person(self, user_id: int) -> bytes | None:
        """An IVMS101 person as JSON, None before the person or institution was verified."""


class Named(msgspec.Struct, frozen=True):
    """A person or an organization that somebody states, by all ``names`` stated; ``part`` says what of, like ``owner:a``.

    ``born_on`` is empty when it is not known.
    """

    part: str
    names: tuple[str, ...]
    born_on: str = ""
    is_organization: bool = False

    def __repr__(self) -> str:
        """Nothing personal."""
        return "Named(...)"


class Listed(NamedTuple):
    """An entry of a list that a name is like; ``score`` of 100, ``about`` says which list."""

    entry: str
    score: int
    names: tuple[str, ...]
    birth_years: tuple[int, ...]
    about: str


class ListedNames(Protocol):
    """Lists of those whom nobody may deal with, or only with care."""

    @property
    def edition(self) -> str:
        """Which lists are used; another one whenever they change."""

    def like(self, named: Named, place: str) -> tuple[Listed, ...]:
        """Entries that ``named``, stated by a resident of ``place``, is like. Raises ``DataError``."""
