"""The official channels of the house: a signed, versioned list, and whether a text is one of them.

Why signed: whoever can write a file in the data folder cannot thereby make a stranger's address an official one.
Invariant: a list that is used was signed with the house's own key, whole.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lonja.modules.notices.domains import is_within, label_of, normalized, registered, shown
from lonja.modules.notices.likeness import resembled
from lonja.primitives.errors import DataCorruptError

TEXT_LENGTH_MAX: Final = 300
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{5,24}")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HANDLE: Final = re.compile(r"@?[\w.]{2,64}", re.UNICODE)
_PLATFORMS: Final = {
    "x.com": "x",
    "twitter.com": "x",
    "t.me": "telegram",
    "telegram.me": "telegram",
    "instagram.com": "instagram",
    "facebook.com": "facebook",
    "youtube.com": "youtube",
    "linkedin.com": "linkedin",
    "reddit.com": "reddit",
    "tiktok.com": "tiktok",
    "discord.gg": "discord",
}


class Kind(StrEnum):
    """What a channel is."""

    EMAIL = "email"
    PHONE = "phone"
    DOMAIN = "domain"
    APP = "app"
    SOCIAL = "social"


class Standing(StrEnum):
    """What a text turned out to be."""

    OFFICIAL = "official"
    LOOK_ALIKE = "look_alike"
    NOT_OFFICIAL = "not_official"


class Channel(msgspec.Struct, frozen=True):
    """One official channel.

    ``value``: an address, or ``@domain`` for all of a domain's; a number like +14155550100; a domain, which stands for
    all below it too; an app's id; ``platform:handle``.
    """

    kind: Kind
    value: str


class ChannelList(msgspec.Struct, frozen=True):
    """The list. ``version`` grows with every change."""

    house: str
    version: int
    issued_ms: int
    channels: tuple[Channel, ...]

    def values(self, kind: Kind) -> list[str]:
        """The channels of ``kind``."""
        return [channel.value for channel in self.channels if channel.kind is kind]


class SignedList(msgspec.Struct, frozen=True):
    """A list as it lies in its file: ``content`` is what was signed, all in base64."""

    content: str
    signature: str
    key: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check. ``normal`` is what was compared, ``resembles`` an official channel or ""."""

    standing: Standing
    kind: Kind | None
    normal: str
    resembles: str
    version: int
    sentence: str


def sign_list(channels: ChannelList, key: Ed25519PrivateKey) -> bytes:
    """``channels`` signed, as it is written to a file."""
    content = msgspec.json.encode(channels)
    public = key.public_key().public_bytes_raw()
    encoded = [base64.b64encode(part).decode() for part in (content, key.sign(content), public)]
    return msgspec.json.format(msgspec.json.encode(SignedList(*encoded))) + b"\n"


def open_list(data: bytes, public_key: bytes) -> ChannelList:
    """The list in ``data``, which ``public_key`` must have signed. Raises ``DataCorruptError``."""
    try:
        signed = msgspec.json.decode(data, type=SignedList)
        content, signature = base64.b64decode(signed.content, validate=True), base64.b64decode(signed.signature)
        # The key inside the file is for other readers; what counts here is the house's own.
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
        return msgspec.json.decode(content, type=ChannelList)
    except (InvalidSignature, ValueError) as error:
        message = "The list of official channels was not signed by this house."
        raise DataCorruptError(message, "Publish it again, or restore it from a backup.") from error


def check(text: str, channels: ChannelList) -> Checked:
    """Whether ``text`` is an official channel, only looks like one, or neither. Never raises."""
    given = text.strip()[:TEXT_LENGTH_MAX]
    kind, normal = _classified(given, channels)
    if not normal:
        return _outcome(Standing.NOT_OFFICIAL, None, "", "", channels)
    if _is_official(kind, normal, channels):
        return _outcome(Standing.OFFICIAL, kind, normal, "", channels)
    found = _look_alike(kind, normal, channels)
    standing = Standing.LOOK_ALIKE if found else Standing.NOT_OFFICIAL
    return _outcome(standing, kind, normal, found or "", channels)


def resembled_domain(name: str, channels: ChannelList) -> str | None:
    """The official domain that the normalized ``name`` could be taken for; None when it is official or unlike."""
    official = channels.values(Kind.DOMAIN)
    if any(is_within(name, domain) for domain in official):
        return None
    for domain in official:
        ours = label_of(domain)
        theirs = label_of(name)
        # The same word under another ending, as a part of another name, or below a stranger's domain.
        candidates = [shown(theirs), *shown(name).split(".")[:-1]]
        if theirs == ours or any(one == ours or resembled(one, [ours]) for one in candidates):
            return domain
    return None


def _classified(given: str, channels: ChannelList) -> tuple[Kind, str]:
    """What ``given`` is meant to be and its compared form; "" when it can be nothing."""
    if given in channels.values(Kind.APP):
        return Kind.APP, given
    if given.lower().startswith("tel:") or _PHONE.fullmatch(given):
        return Kind.PHONE, _phone(given)
    bare = given.removeprefix("mailto:").strip()
    local, at, domain = bare.rpartition("@")
    if at and local and "/" not in bare:
        name = normalized(domain)
        return Kind.EMAIL, f"{local.lower()}@{name}" if name else ""
    if given.startswith("@") or (":" in given and given.partition(":")[0].lower() in _PLATFORMS.values()):
        return Kind.SOCIAL, _handle(given)
    return _place(bare)


def _place(text: str) -> tuple[Kind, str]:
    """A web address: somebody's page on a platform, or a domain. Without a dot it can only be a handle."""
    rest = _URL.sub("", text, count=1)
    authority, _, path = rest.partition("/")
    host = authority.rpartition("@")[2].partition(":")[0].partition("?")[0].partition("#")[0]
    name = normalized(host)
    if not name:
        return Kind.SOCIAL, _handle(text)
    platform = _PLATFORMS.get(name.removeprefix("www."))
    handle = path.removeprefix("@").partition("/")[0].partition("?")[0]
    if platform and handle:
        return Kind.SOCIAL, f"{platform}:{handle.lower()}"
    return Kind.DOMAIN, name


def _handle(text: str) -> str:
    platform, colon, handle = text.rpartition(":")
    plain = handle.strip().removeprefix("@").lower()
    if not _HANDLE.fullmatch(plain):
        return ""
    return f"{platform.lower()}:{plain}" if colon and platform.isalnum() else plain


def _phone(text: str) -> str:
    import phonenumbers  # noqa: PLC0415  # heavy

    try:
        parsed = phonenumbers.parse(text.removeprefix("tel:").strip(), None)
    except phonenumbers.NumberParseException:
        return "".join(char for char in text if char.isdigit())
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _is_official(kind: Kind, normal: str, channels: ChannelList) -> bool:
    known = [value.lower() for value in channels.values(kind)]
    if kind is Kind.DOMAIN:
        return any(is_within(normal, domain) for domain in known)
    if kind is Kind.EMAIL:
        return normal in known or f"@{normal.rpartition('@')[2]}" in known
    if kind is Kind.SOCIAL and ":" not in normal:
        return False
    return normal in known or (kind is Kind.APP and normal in channels.values(kind))


def _look_alike(kind: Kind, normal: str, channels: ChannelList) -> str | None:
    if kind is Kind.DOMAIN:
        # An app's id is written like a domain; one that is not listed is a stranger's.
        return resembled_domain(normal, channels) or resembled(normal, channels.values(Kind.APP))
    if kind is Kind.EMAIL:
        return _look_alike_address(normal, channels)
    if kind is Kind.SOCIAL:
        official = channels.values(Kind.SOCIAL)
        plain = normal.rpartition(":")[2]
        for value in official:
            handle = value.rpartition(":")[2].lower()
            # The right handle on a platform where the house is not, or on an unnamed one.
            if plain == handle or resembled(plain, [handle]):
                return value
        return resembled(plain, [channels.house])
    if kind is Kind.PHONE:
        # The right number without its country, or with a stranger's.
        digits = normal.lstrip("+")
        return next((one for one in channels.values(kind) if len(digits) > 5 and one.endswith(digits[-9:])), None)
    return None


def _look_alike_address(address: str, channels: ChannelList) -> str | None:
    local, _, domain = address.rpartition("@")
    official = channels.values(Kind.DOMAIN)
    within = next((one for one in official if is_within(domain, one)), None)
    if within is not None:
        return within
    found = resembled_domain(domain, channels)
    if found is None and (local == channels.house.lower() or resembled(local, [channels.house])):
        return next(iter(channels.values(Kind.EMAIL)), channels.house)
    return found


_SENTENCES: Final = {
    Standing.OFFICIAL: "This is an official channel of {house}.",
    Standing.LOOK_ALIKE: "This is NOT an official channel of {house}, though it looks like {resembles}.",
    Standing.NOT_OFFICIAL: "This is not an official channel of {house}.",
}


def _outcome(standing: Standing, kind: Kind | None, normal: str, resembles: str, channels: ChannelList) -> Checked:
    sentence = _SENTENCES[standing].format(house=channels.house, resembles=resembles)
    return Checked(standing, kind, normal, resembles, channels.version, sentence)


def asked_domain(checked: Checked) -> str:
    """The registered domain in a checked text, "" for none: all that is kept of what people ask about."""
    if checked.kind is Kind.DOMAIN:
        return registered(checked.normal)
    if checked.kind is Kind.EMAIL:
        return registered(checked.normal.rpartition("@")[2])
    return ""


def default_list(house: str, domains: Sequence[str], sender: str, issued_ms: int) -> ChannelList:
    """What is official before anybody said more: the house's domains and its sender."""
    channels = [Channel(Kind.EMAIL, sender), *(Channel(Kind.DOMAIN, domain) for domain in domains)]
    return ChannelList(house, 1, issued_ms, tuple(channels))
