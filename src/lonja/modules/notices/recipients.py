"""Whom a message goes to, and by what.

Invariant: an address that passed ``checked`` holds nothing that could end a header, add a second recipient or be read
as an option by whoever carries the message.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lonja.primitives.errors import RefusedError

_EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}\Z)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
)
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_DEVICE: Final = re.compile(r"[A-Za-z0-9:._-]{1,200}")


class Channel(StrEnum):
    """By what a message travels."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    PUSH = "push"


_FORMS: Final = {Channel.EMAIL: _EMAIL, Channel.SMS: _PHONE, Channel.VOICE: _PHONE, Channel.PUSH: _DEVICE}


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address on a channel. ``anti_phishing_code`` is shown in mails only, never when it is ""."""

    channel: Channel
    address: str = field(repr=False)
    anti_phishing_code: str = field(default="", repr=False)
    locale: str = "en"


def checked(channel: Channel, address: str) -> str:
    """``address`` in the form it is compared in. Raises ``RefusedError`` when it is no address of ``channel``."""
    plain = address.strip().lower() if channel is Channel.EMAIL else address.strip()
    if _FORMS[channel].fullmatch(plain) is None:
        raise RefusedError("address_invalid", f"This is no address for {channel.value}.", "Check how it is written.")
    return plain
