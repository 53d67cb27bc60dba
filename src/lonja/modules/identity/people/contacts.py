"""E-mail addresses and phone numbers as people write them, and in the one form that is compared and looked up.

Pure: nothing is asked of the network. Invariant: two texts that reach the same mailbox or telephone by the rules of
every provider have the same form, and no form holds characters that only look like others.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from lonja.primitives.errors import RefusedError

_TEXT_LENGTH_MAX: Final = 254


class ContactKind(StrEnum):
    """By what a person can be reached."""

    EMAIL = "email"
    PHONE = "phone"


class Contact(NamedTuple):
    """A contact in its compared form: an address in lower case, or a number like +14155550100."""

    kind: ContactKind
    value: str

    def masked(self) -> str:
        """Enough for its owner to know which one is meant: ``al***@example.com``, ``+141*****00``."""
        if self.kind is ContactKind.EMAIL:
            local, _, domain = self.value.partition("@")
            return f"{local[:2]}***@{domain}"
        return f"{self.value[:4]}*****{self.value[-2:]}"


def parse_contact(text: str) -> Contact:
    """The contact meant by ``text``: with an @ an e-mail address, else a phone number. Raises ``RefusedError``."""
    return parse_email(text) if "@" in text else parse_phone(text)


def parse_email(text: str) -> Contact:
    """The e-mail address ``text``. Raises ``RefusedError`` when it is none, or could be taken for another."""
    # Imported late: only sign-up and sign-in need it.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    wrong = RefusedError("email_invalid", "This is no e-mail address.", "Write it like name@example.com.")
    trimmed = text.strip()
    # Characters beyond ASCII before the @ are where one address passes for another; few mailboxes have any.
    if len(trimmed) > _TEXT_LENGTH_MAX or not trimmed.partition("@")[0].isascii():
        raise wrong
    try:
        valid = validate_email(trimmed, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise wrong from error
    if _looks_like_another(valid.domain):
        raise wrong
    return Contact(ContactKind.EMAIL, f"{valid.local_part}@{valid.ascii_domain}".lower())


def parse_phone(text: str) -> Contact:
    """The phone number ``text``, with its country code. Raises ``RefusedError``."""
    import phonenumbers  # noqa: PLC0415

    wrong = RefusedError("phone_invalid", "This is no phone number.", "Write it with country code, like +14155550100.")
    trimmed = text.strip()
    if len(trimmed) > 32 or not trimmed.isascii():
        raise wrong
    try:
        parsed = phonenumbers.parse(trimmed, None)
    except phonenumbers.NumberParseException as error:
        raise wrong from error
    # Possible, not assigned: numbering plans change faster than anybody's copy of them.
    if not phonenumbers.is_possible_number(parsed):
        raise wrong
    return Contact(ContactKind.PHONE, phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _looks_like_another(domain: str) -> bool:
    from confusable_homoglyphs import confusables  # noqa: PLC0415

    return not domain.isascii() and bool(confusables.is_dangerous(domain))
