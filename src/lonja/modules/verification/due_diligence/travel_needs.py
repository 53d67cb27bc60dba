"""What the Travel Rule asks of one transfer, and what is still missing.

Pure. Source: domain row 3.17: destination is a wallet or an exchange; the other side's name; more data where required;
ownership of a self-hosted wallet shown above a threshold. Invariant: the answer follows from the declaration, the value
and the rules of the place alone.
"""

from enum import StrEnum
from typing import Annotated, Final, NamedTuple

import msgspec

from lonja.modules.verification.due_diligence import ivms101
from lonja.modules.verification.due_diligence.ports import Named

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]


class Direction(StrEnum):
    """Which way the money goes."""

    WITHDRAWAL = "withdrawal"
    DEPOSIT = "deposit"


class OtherSide(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who is on the other side, when it is not the person: a natural person by two names, a legal one by ``company``."""

    given_names: Annotated[str, msgspec.Meta(max_length=100)] = ""
    family_names: Annotated[str, msgspec.Meta(max_length=100)] = ""
    company: Annotated[str, msgspec.Meta(max_length=100)] = ""
    country: Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")] = ""
    address_lines: Annotated[
        tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=70)], ...], msgspec.Meta(max_length=7)
    ] = ()
    born_on: Annotated[str, msgspec.Meta(pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    born_in: Annotated[str, msgspec.Meta(max_length=70)] = ""


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the person says of the other side: ``vasp`` names an exchange, empty for a self-hosted wallet.

    ``other`` is None when the other side is the person too.
    """

    vasp: Annotated[str, msgspec.Meta(max_length=100)] = ""
    other: OtherSide | None = None


class NeedRules(NamedTuple):
    """What the place asks: from which values (US cents), which fields, and which exchanges are connected."""

    applies_from_cents: int
    full_from_cents: int
    proof_from_cents: int
    fields: tuple[str, ...]
    full_fields: tuple[str, ...]
    vasps: tuple[str, ...]


class Outcome(StrEnum):
    """What follows from a declaration."""

    CLEARED = "cleared"
    DATA_NEEDED = "data_needed"
    PROOF_NEEDED = "proof_needed"
    REVIEW = "review"
    VASP_NOT_CONNECTED = "vasp_not_connected"


class Need(NamedTuple):
    """The outcome, and the names of fields still missing."""

    outcome: Outcome
    missing: tuple[str, ...] = ()


def need_of(
    direction: Direction, value_cents: int, declaration: Declaration | None, rules: NeedRules, *, is_proved: bool
) -> Need:
    """What is needed next for a transfer of ``value_cents``."""
    if value_cents < rules.applies_from_cents:
        return Need(Outcome.CLEARED)
    if declaration is None:
        return Need(Outcome.DATA_NEEDED, ("declaration",))
    missing = missing_fields(declaration, value_cents, rules)
    if missing:
        return Need(Outcome.DATA_NEEDED, missing)
    if declaration.vasp:
        if declaration.vasp in rules.vasps:
            return Need(Outcome.CLEARED)
        # Money that is here already is looked at by a person; money that would leave stays.
        return Need(Outcome.REVIEW if direction is Direction.DEPOSIT else Outcome.VASP_NOT_CONNECTED)
    if value_cents < rules.proof_from_cents or is_proved:
        return Need(Outcome.CLEARED)
    return Need(Outcome.PROOF_NEEDED if declaration.other is None else Outcome.REVIEW)


def missing_fields(declaration: Declaration, value_cents: int, rules: NeedRules) -> tuple[str, ...]:
    """Fields of the other side that the rules ask for and the declaration lacks; none when it is the person too."""
    other = declaration.other
    if other is None:
        return ()
    wanted = rules.full_fields if value_cents >= rules.full_from_cents else rules.fields
    there = {
        "name": bool(other.company) != bool(other.given_names and other.family_names),
        "country": bool(other.country),
        "address": bool(other.address_lines and other.country),
        "birth": bool(other.company) or bool(other.born_on and other.born_in),
    }
    return tuple(name for name in wanted if not there.get(name, False))


FIELDS: Final = ("name", "country", "address", "birth")
"""Names that the rules may ask for."""


def person_of(other: OtherSide) -> ivms101.Person:
    """The other side in the words of IVMS101."""
    kind = ivms101.AddressType.BUSINESS if other.company else ivms101.AddressType.HOME
    lines = other.address_lines
    addresses = (ivms101.Address(kind, other.country, address_line=lines),) if lines and other.country else ()
    if other.company:
        return ivms101.company(
            other.company, geographic_address=addresses, country_of_registration=other.country or None
        )
    birth = ivms101.Birth(other.born_on, other.born_in) if other.born_on and other.born_in else None
    return ivms101.natural_person(
        other.given_names,
        other.family_names,
        geographic_address=addresses,
        country_of_residence=other.country or None,
        date_and_place_of_birth=birth,
    )


def named_in(declaration: Declaration | None) -> tuple[Named, ...]:
    """The other side and its exchange, as far as they are named; the person themself is nobody new."""
    if declaration is None:
        return ()
    found, other = [], declaration.other
    if other is not None:
        if other.company:
            found.append(Named("other side", (other.company,), is_organization=True))
        else:
            whole = f"{other.given_names} {other.family_names}".strip()
            found.append(Named("other side", (whole,), other.born_on))
    if declaration.vasp:
        found.append(Named("exchange", (declaration.vasp,), is_organization=True))
    return tuple(found)


def named_by(payload: ivms101.Payload) -> tuple[Named, ...]:
    """Who sent a deposit, and through which exchange, by what that exchange told."""
    found = [_named("sender", person) for person in payload.originator.originator_persons]
    if payload.originating_vasp is not None:
        found.append(_named("exchange", payload.originating_vasp.originating_vasp))
    return tuple(named for named in found if named.names)


def _named(part: str, person: ivms101.Person) -> Named:
    natural, legal = person.natural_person, person.legal_person
    if natural is not None:
        written = (
            *natural.name.name_identifier,
            *natural.name.local_name_identifier,
            *natural.name.phonetic_name_identifier,
        )
        names = [f"{name.secondary_identifier or ''} {name.primary_identifier}".strip() for name in written]
        born = natural.date_and_place_of_birth
        return Named(part, tuple(dict.fromkeys(names)), "" if born is None else born.date_of_birth)
    if legal is None:
        return Named(part, ())
    told = (*legal.name.name_identifier, *legal.name.local_name_identifier, *legal.name.phonetic_name_identifier)
    return Named(part, tuple(dict.fromkeys(name.legal_person_name for name in told)), is_organization=True)
