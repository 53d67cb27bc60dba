"""IVMS101, the words in which exchanges tell each other who sends and who receives.

Source: interVASP Messaging Standard IVMS101 (2020): types, code lists, and the constraints named C1 to C12 there.
Invariant: what was read and is written again is the same, and what is missing is told by name, never repeated.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from lonja.modules.verification.due_diligence.institution_forms import Addresses, EntityData, PostalAddress
from lonja.primitives.errors import RefusedError

PAYLOAD_BYTES_MAX: Final = 64 * 1024
_LEI_LENGTH: Final = 20

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=70)]
Tiny = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
Post = Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
Registry = Annotated[str, msgspec.Meta(pattern="^RA[0-9]{6}$")]
Day = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Account = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NameType(StrEnum):
    """What kind of name of a natural person."""

    ALIAS = "ALIA"
    BIRTH = "BIRT"
    MAIDEN = "MAID"
    LEGAL = "LEGL"
    MISC = "MISC"


class LegalNameType(StrEnum):
    """What kind of name of a legal person."""

    LEGAL = "LEGL"
    SHORT = "SHRT"
    TRADING = "TRAD"


class AddressType(StrEnum):
    """What somebody does there."""

    HOME = "HOME"
    BUSINESS = "BIZZ"
    GEOGRAPHIC = "GEOG"


class IdentifierType(StrEnum):
    """What a national identifier is."""

    ALIEN_REGISTRATION = "ARNU"
    PASSPORT = "CCPT"
    REGISTRATION_AUTHORITY = "RAID"
    DRIVER_LICENSE = "DRLC"
    FOREIGN_INVESTMENT = "FIIN"
    TAX = "TXID"
    SOCIAL_SECURITY = "SOCS"
    IDENTITY_CARD = "IDCD"
    LEI = "LEIX"
    UNSPECIFIED = "MISC"


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """Base of all: names on the wire are camel case, what is absent is left out."""


class NameIdentifier(_Part, frozen=True):
    """A name of a natural person: ``primary`` the family name, ``secondary`` the given names."""

    primary_identifier: Text
    name_identifier_type: NameType
    secondary_identifier: Text | None = None


class NaturalName(_Part, frozen=True):
    """All names of a natural person."""

    name_identifier: Annotated[tuple[NameIdentifier, ...], msgspec.Meta(min_length=1, max_length=20)]
    local_name_identifier: tuple[NameIdentifier, ...] = ()
    phonetic_name_identifier: tuple[NameIdentifier, ...] = ()


class LegalNameIdentifier(_Part, frozen=True):
    """A name of a legal person."""

    legal_person_name: Text
    legal_person_name_identifier_type: LegalNameType


class LegalName(_Part, frozen=True):
    """All names of a legal person."""

    name_identifier: Annotated[tuple[LegalNameIdentifier, ...], msgspec.Meta(min_length=1, max_length=20)]
    local_name_identifier: tuple[LegalNameIdentifier, ...] = ()
    phonetic_name_identifier: tuple[LegalNameIdentifier, ...] = ()


class Address(_Part, frozen=True):
    """A postal address."""

    address_type: AddressType
    country: Country
    department: Tiny | None = None
    sub_department: Short | None = None
    street_name: Short | None = None
    building_number: Post | None = None
    building_name: Number | None = None
    floor: Short | None = None
    post_box: Post | None = None
    room: Short | None = None
    post_code: Post | None = None
    town_name: Number | None = None
    town_location_name: Number | None = None
    district_name: Number | None = None
    country_sub_division: Number | None = None
    address_line: Annotated[tuple[Short, ...], msgspec.Meta(max_length=7)] = ()


class NationalIdentification(_Part, frozen=True):
    """A number given by a state or registry."""

    national_identifier: Number
    national_identifier_type: IdentifierType
    country_of_issue: Country | None = None
    registration_authority: Registry | None = None


class Birth(_Part, frozen=True):
    """When and where somebody was born."""

    date_of_birth: Day
    place_of_birth: Short


class NaturalPerson(_Part, frozen=True):
    """A natural person."""

    name: NaturalName
    geographic_address: tuple[Address, ...] = ()
    national_identification: NationalIdentification | None = None
    customer_identification: Tiny | None = None
    date_and_place_of_birth: Birth | None = None
    country_of_residence: Country | None = None


class LegalPerson(_Part, frozen=True):
    """A legal person."""

    name: LegalName
    geographic_address: tuple[Address, ...] = ()
    customer_number: Tiny | None = None
    national_identification: NationalIdentification | None = None
    country_of_registration: Country | None = None


class Person(_Part, frozen=True):
    """Either of the two."""

    natural_person: NaturalPerson | None = None
    legal_person: LegalPerson | None = None


class Originator(_Part, frozen=True):
    """Who sends."""

    originator_persons: Annotated[tuple[Person, ...], msgspec.Meta(min_length=1, max_length=20)]
    account_number: Annotated[tuple[Account, ...], msgspec.Meta(max_length=20)] = ()


class Beneficiary(_Part, frozen=True):
    """Who receives."""

    beneficiary_persons: Annotated[tuple[Person, ...], msgspec.Meta(min_length=1, max_length=20)]
    account_number: Annotated[tuple[Account, ...], msgspec.Meta(max_length=20)] = ()


class OriginatingVasp(_Part, frozen=True):
    """The exchange it comes from."""

    originating_vasp: Person = msgspec.field(name="originatingVASP")


class BeneficiaryVasp(_Part, frozen=True):
    """The exchange it goes to."""

    beneficiary_vasp: Person = msgspec.field(name="beneficiaryVASP")


class IntermediaryVasp(_Part, frozen=True):
    """An exchange in between."""

    intermediary_vasp: Person = msgspec.field(name="intermediaryVASP")
    sequence: int


class TransferPath(_Part, frozen=True):
    """Exchanges in between, in order."""

    transfer_path: tuple[IntermediaryVasp, ...]


class Payload(_Part, frozen=True):
    """What goes with a transfer."""

    originator: Originator
    beneficiary: Beneficiary
    originating_vasp: OriginatingVasp | None = msgspec.field(default=None, name="originatingVASP")
    beneficiary_vasp: BeneficiaryVasp | None = msgspec.field(default=None, name="beneficiaryVASP")
    transfer_path: TransferPath | None = None


def read_payload(raw: bytes) -> Payload:
    """A payload from JSON. Raises ``RefusedError``; what was sent is not repeated in it."""
    if len(raw) > PAYLOAD_BYTES_MAX:
        raise RefusedError(
            "payload_invalid",
            "This Travel Rule message is too large.",
            "Ask the other exchange to leave out what IVMS101 does not ask for.",
        )
    try:
        return msgspec.json.decode(raw, type=Payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RefusedError(
            "payload_invalid",
            "This is no Travel Rule message of IVMS101.",
            "Ask the other exchange to send it as IVMS101 has it.",
        ) from None


def problems_of(payload: Payload, today: date) -> tuple[str, ...]:
    """Where ``payload`` breaks a constraint of the standard, as ``path: constraint``."""
    people = [(f"originator.{number}", person) for number, person in enumerate(payload.originator.originator_persons)]
    receiving = payload.beneficiary.beneficiary_persons
    people += [(f"beneficiary.{number}", person) for number, person in enumerate(receiving)]
    if payload.originating_vasp is not None:
        people.append(("originating_vasp", payload.originating_vasp.originating_vasp))
    if payload.beneficiary_vasp is not None:
        people.append(("beneficiary_vasp", payload.beneficiary_vasp.beneficiary_vasp))
    return tuple(f"{path}: {problem}" for path, person in people for problem in person_problems(person, today))


def person_problems(person: Person, today: date) -> tuple[str, ...]:
    """Where ``person`` breaks a constraint of the standard."""
    if (person.natural_person is None) == (person.legal_person is None):
        return ("either natural or legal",)
    if person.natural_person is not None:
        natural = person.natural_person
        found = _address_problems(natural.geographic_address)
        if not any(name.name_identifier_type is NameType.LEGAL for name in natural.name.name_identifier):
            found.append("a legal name is missing")
        birth = natural.date_and_place_of_birth
        if birth is not None and not _is_past(birth.date_of_birth, today):
            found.append("the date of birth is not in the past")
        return tuple(found)
    legal = person.legal_person
    assert legal is not None, "one of the two is there"
    found = _address_problems(legal.geographic_address)
    if not any(name.legal_person_name_identifier_type is LegalNameType.LEGAL for name in legal.name.name_identifier):
        found.append("a legal name is missing")
    number = legal.national_identification
    if number is not None and number.national_identifier_type is IdentifierType.LEI:
        if not is_lei(number.national_identifier):
            found.append("the LEI has a wrong check digit")
    elif number is not None and number.registration_authority is None:
        found.append("the registration authority is missing")
    return tuple(found)


def names_of(person: Person) -> frozenset[str]:
    """The family names, or names of a legal person, for comparing: without case and spaces around."""
    if person.natural_person is not None:
        named = [name.primary_identifier for name in person.natural_person.name.name_identifier]
    elif person.legal_person is not None:
        named = [name.legal_person_name for name in person.legal_person.name.name_identifier]
    else:
        named = []
    return frozenset(name.strip().casefold() for name in named)


def is_lei(text: str) -> bool:
    """Whether ``text`` is a legal entity identifier by its check digits (ISO 17442)."""
    if len(text) != _LEI_LENGTH or not (text.isascii() and text.isalnum() and text.isupper()):
        return False
    return int("".join(str(int(character, 36)) for character in text)) % 97 == 1


def legal_person(entity: EntityData, addresses: Addresses, customer: str) -> Person:
    """An institution of ours in the words of the standard."""
    name = LegalNameIdentifier(entity.name[:100], LegalNameType.LEGAL)
    address = postal_address(addresses.registered, AddressType.BUSINESS)
    return Person(
        legal_person=LegalPerson(
            name=LegalName((name,)),
            geographic_address=(address,),
            customer_number=customer,
            country_of_registration=entity.country,
        )
    )


def natural_person(given_names: str, family_names: str, **more: object) -> Person:
    """A natural person by name; ``more`` are further fields of ``NaturalPerson``."""
    name = NameIdentifier(family_names[:100], NameType.LEGAL, given_names[:100] or None)
    return Person(natural_person=msgspec.structs.replace(NaturalPerson(NaturalName((name,))), **more))


def natural_customer(given: str, family: str, residence: str, lines: tuple[str, ...], customer: str) -> Person:
    """A customer of ours, with the lines of the home address when it was shown."""
    home = Address(AddressType.HOME, residence[:2], address_line=tuple(line[:70] for line in lines if line)[:7])
    return natural_person(
        given,
        family,
        geographic_address=(home,) if lines else (),
        customer_identification=customer,
        country_of_residence=residence[:2],
    )


def company(name: str, **more: object) -> Person:
    """A legal person by name; ``more`` are further fields of ``LegalPerson``."""
    legal = LegalNameIdentifier(name[:100], LegalNameType.LEGAL)
    return Person(legal_person=msgspec.structs.replace(LegalPerson(LegalName((legal,))), **more))


def postal_address(address: PostalAddress, kind: AddressType) -> Address:
    """An address of ours in the words of the standard: the street as a line, since its number is not kept apart."""
    lines = tuple(address.street[start : start + 70] for start in range(0, len(address.street), 70))[:7]
    return Address(
        address_type=kind,
        country=address.country,
        post_code=address.post_code[:16],
        town_name=address.town[:35],
        country_sub_division=address.region[:35] or None,
        address_line=lines,
    )


def _address_problems(addresses: tuple[Address, ...]) -> list[str]:
    for address in addresses:
        by_street = address.street_name and (address.building_number or address.building_name)
        if not by_street and not address.address_line:
            return ["an address has neither a street with a building nor lines"]
    return []


def _is_past(day: str, today: date) -> bool:
    try:
        return date.fromisoformat(day) < today
    except ValueError:
        return False
