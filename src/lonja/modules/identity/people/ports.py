"""What people need of the world: messages to them, the rules that serve them, and where a network address is.

Invariant: a message handed to ``Messenger`` is kept before ``send`` returns, so a crash loses none.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from lonja.modules.identity.people.policy import SignInPolicy


class Addressee(NamedTuple):
    """Whom a message goes to: by ``email``, ``sms`` or ``voice``, at ``address``; "" shows no anti-phishing code."""

    channel: str
    address: str
    locale: str = "en"
    anti_phishing_code: str = ""


class Messenger(Protocol):
    """Sends messages made from templates."""

    def send(self, to: Addressee, template: str, values: Mapping[str, str]) -> None:
        """Keep and later deliver the message (blocking)."""


class Agreement(NamedTuple):
    """A text that must be agreed to; ``text_hash`` is its SHA-256 in hexadecimal."""

    name: str
    version: str
    text_hash: str
    text: str


class ServingRules(Protocol):
    """The rules that depend on where a person lives and on the date."""

    def policy(self, residence: str, now_ms: int) -> SignInPolicy:
        """The numbers for a resident of ``residence`` ("" when unknown)."""

    def check_residence(self, residence: str, now_ms: int) -> None:
        """Raise ``RefusedError`` when nobody living there may have an account."""

    def agreements(self, residence: str, now_ms: int) -> tuple[Agreement, ...]:
        """What has to be agreed to at sign-up."""


class Place(NamedTuple):
    """Where a network address seems to be: country code ("" unknown), a name for people, and whose it is."""

    country: str
    name: str
    is_hosting: bool


class Atlas(Protocol):
    """Knows where network addresses are."""

    def place(self, address: str) -> Place:
        """The place of ``address``; never raises."""
