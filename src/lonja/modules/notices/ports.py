"""What notices need of the world: somebody who carries a message away, by each channel.

Invariant: a port that returns has handed the message on; one that raises ``UndeliverableError`` may be asked again with
the same ``message_id``, by which a carrier recognizes a repeat.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lonja.primitives.errors import LonjaError


class UndeliverableError(LonjaError):
    """A message was not taken. ``is_final``: trying again is of no use. ``message`` holds nothing personal."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        """Say why in words that may be logged."""
        super().__init__(message)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Mail:
    """A complete e-mail: ``content`` is what travels, headers and signature included."""

    message_id: str
    sender: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text for a telephone, or for a device that receives pushed notices."""

    message_id: str
    address: str = field(repr=False)
    title: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """Words to read out over the telephone. ``wants_answer``: one key is to be pressed, and told to the house."""

    message_id: str
    number: str = field(repr=False)
    spoken: str = field(repr=False)
    wants_answer: bool
    locale: str = "en"


KeyListener = Callable[[str, str], object]
"""Hears the ``message_id`` of a call and the key that was pressed; blocking. Raises ``LonjaError`` to be told again."""


class LookupFailedError(LonjaError):
    """DNS did not answer: it took too long, or the name's servers are broken. Trying later may help."""


class Dns(Protocol):
    """Looks records up. Names that do not exist have none. Adapters: a resolver, and recorded records.

    Blocking. Aliases (CNAME) are followed. Every method raises ``LookupFailedError``.
    """

    def txt(self, name: str) -> tuple[bytes, ...]:
        """The TXT records of ``name``, each with its strings joined."""

    def addresses(self, name: str, *, is_v6: bool) -> tuple[str, ...]:
        """Its IPv4 or IPv6 addresses."""

    def mail_hosts(self, name: str) -> tuple[tuple[int, str], ...]:
        """The hosts that take its mail, with their preference."""

    def names(self, reverse_name: str) -> tuple[str, ...]:
        """The names behind an address, given as its name below ``in-addr.arpa`` or ``ip6.arpa``."""


class MailPort(Protocol):
    """Carries e-mail. Adapters: SMTP, and the local outbox."""

    async def deliver(self, mail: Mail) -> None:
        """Hand ``mail`` on. Raises ``UndeliverableError``."""


class SmsPort(Protocol):
    """Carries text messages. Adapters: a provider's web hook, and the local outbox."""

    async def send_text(self, message: TextMessage) -> None:
        """Hand ``message`` on. Raises ``UndeliverableError``."""


class VoicePort(Protocol):
    """Calls telephones. Adapters: a provider's web hook, and the local outbox."""

    async def call(self, call: Call) -> None:
        """Have ``call`` made. Raises ``UndeliverableError``."""

    def listen(self, heard: KeyListener) -> None:
        """Tell ``heard`` the keys that people press."""


class PushPort(Protocol):
    """Reaches devices that asked to be told. Adapters: a provider's web hook, and the local outbox."""

    async def push(self, message: TextMessage) -> None:
        """Hand ``message`` on. Raises ``UndeliverableError``."""


@dataclass(frozen=True, slots=True)
class Carriers:
    """One port for each channel."""

    mail: MailPort
    sms: SmsPort
    voice: VoicePort
    push: PushPort
