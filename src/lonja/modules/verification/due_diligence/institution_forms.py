"""The sections of an institution's application, and what is still missing in each.

Pure. Source: domain rows 3.11 (types, roles, papers) and 3.12 (progress by section). Invariant: an application without a
problem names who owns it in full, everybody above the line of beneficial ownership, and has every paper its type needs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, NamedTuple

import msgspec

from lonja.modules.verification.due_diligence.ownership import Id, Name, OwnerKind, Ownership, beneficial_owners, gaps
from lonja.modules.verification.due_diligence.ports import Named
from lonja.primitives.errors import RefusedError

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
Day = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class EntityType(StrEnum):
    """What kind of institution applies."""

    PRIVATE_COMPANY = "private_company"
    PUBLIC_COMPANY = "public_company"
    FUND = "fund"
    TRUST = "trust"
    FINANCIAL_FIRM = "financial_firm"


class Role(StrEnum):
    """What a person is in an institution."""

    DIRECTOR = "director"
    AUTHORIZED_TRADER = "authorized_trader"
    BENEFICIAL_OWNER = "beneficial_owner"
    SENIOR_MANAGER = "senior_manager"
    PARTNER = "partner"
    TRUSTEE = "trustee"
    SETTLOR = "settlor"
    BENEFICIARY = "beneficiary"


class Section(StrEnum):
    """Parts of the form, in the order in which they are shown."""

    ENTITY = "entity"
    ADDRESSES = "addresses"
    PEOPLE = "people"
    OWNERSHIP = "ownership"
    PAPERS = "papers"
    ATTESTATION = "attestation"


class EntityData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The institution itself; ``registered_on`` is the day of its registration."""

    name: Name
    registration_number: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    country: Country
    registered_on: Day
    activity: Line


class PostalAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A full postal address."""

    street: Line
    town: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    post_code: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    country: Country
    region: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Addresses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where it is registered and where it works."""

    registered: PostalAddress
    business: PostalAddress


class Official(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person with a role."""

    person_id: Id
    given_names: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    family_names: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    born_on: Day
    nationality: Country
    residence: Country
    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1, max_length=8)]


class Officials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everybody with a role."""

    people: Annotated[tuple[Official, ...], msgspec.Meta(min_length=1, max_length=100)]


SectionData = EntityData | Addresses | Officials | Ownership


class Form(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was filled in so far."""

    entity: EntityData | None = None
    addresses: Addresses | None = None
    people: Officials | None = None
    ownership: Ownership | None = None


class FormRules(NamedTuple):
    """What the rules ask of an application: papers with the months they may be old (0: any), roles, and lines."""

    papers: Mapping[str, int]
    roles: tuple[str, ...]
    needs_ownership: bool
    line_bps: int
    age_min: int


class FormProblem(NamedTuple):
    """Something missing or wrong in a section."""

    code: str
    about: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SectionProgress:
    """How far a section is: missing, incomplete or complete."""

    section: Section
    state: str
    problems: tuple[FormProblem, ...]


class HeldPaper(NamedTuple):
    """What a form needs to know of a paper."""

    kind: str
    issued_on: str


def check_officials(officials: Officials) -> None:
    """Raise ``RefusedError`` for what cannot be true."""
    ids = [person.person_id for person in officials.people]
    if len(set(ids)) != len(ids):
        raise RefusedError("person_twice", "Two people have one id.", "Give each person an id of their own.")
    for person in officials.people:
        _day(person.born_on)


def check_entity(entity: EntityData, today: date) -> None:
    """Raise ``RefusedError`` for what cannot be true."""
    if _day(entity.registered_on) > today:
        raise RefusedError("date_invalid", "This date is still to come.", "Give the date of the registration.")


def named_in(form: Form) -> tuple[Named, ...]:
    """Everybody and every organization that a form names; the many behind scattered shares have no name."""
    found = [] if form.entity is None else [Named("institution", (form.entity.name,), is_organization=True)]
    owners = () if form.ownership is None else form.ownership.owners
    people = () if form.people is None else form.people.people
    for person in people:
        whole = f"{person.given_names} {person.family_names}"
        also = [
            owner.name for owner in owners if owner.kind is OwnerKind.PERSON and owner.person_id == person.person_id
        ]
        found.append(Named(f"person:{person.person_id}", tuple(dict.fromkeys([whole, *also])), person.born_on))
    known = {person.person_id for person in people}
    found += [
        Named(f"owner:{owner.owner_id}", (owner.name,), is_organization=owner.kind is not OwnerKind.PERSON)
        for owner in owners
        if owner.kind is not OwnerKind.DISPERSED and not (owner.kind is OwnerKind.PERSON and owner.person_id in known)
    ]
    return tuple(found)


def progress_of(
    form: Form, papers: Collection[HeldPaper], *, is_attested: bool, rules: FormRules, today: date
) -> tuple[SectionProgress, ...]:
    """How far each section is."""
    needs_ownership = rules.needs_ownership
    found = {
        Section.ENTITY: (form.entity is not None, ()),
        Section.ADDRESSES: (form.addresses is not None, ()),
        Section.PEOPLE: (form.people is not None, _people_problems(form, rules, today)),
        Section.OWNERSHIP: (form.ownership is not None or not needs_ownership, _ownership_problems(form, rules)),
        Section.PAPERS: (bool(papers), _paper_problems(papers, rules, today)),
        Section.ATTESTATION: (is_attested, ()),
    }
    return tuple(
        SectionProgress(section, "missing" if not there else "incomplete" if problems else "complete", problems)
        for section, (there, problems) in found.items()
    )


def _people_problems(form: Form, rules: FormRules, today: date) -> tuple[FormProblem, ...]:
    if form.people is None:
        return ()
    held = {role for person in form.people.people for role in person.roles}
    found = [
        FormProblem("role_missing", role, f"Name at least one {role.replace('_', ' ')}.")
        for role in rules.roles
        if set(role.split("|")).isdisjoint(held)
    ]
    # Nobody above the line: then whoever runs it is asked for instead.
    nobody = form.ownership is not None and not beneficial_owners(form.ownership, rules.line_bps)
    if rules.needs_ownership and nobody and Role.SENIOR_MANAGER not in held:
        found.append(FormProblem("role_missing", Role.SENIOR_MANAGER, "Nobody owns enough: name who manages it."))
    found += [
        FormProblem("too_young", person.person_id, f"Everybody with a role is at least {rules.age_min} years old.")
        for person in form.people.people
        if _years(_day(person.born_on), today) < rules.age_min
    ]
    return tuple(found)


def _ownership_problems(form: Form, rules: FormRules) -> tuple[FormProblem, ...]:
    if form.ownership is None:
        return ()
    found = [
        FormProblem("shares_do_not_add_up", where, "Name owners until the shares add up to 100 %.")
        for where in gaps(form.ownership)
    ]
    owners = () if form.people is None else form.people.people
    named = {person.person_id for person in owners if Role.BENEFICIAL_OWNER in person.roles}
    line = f"{rules.line_bps // 100} %"
    found += [
        FormProblem("owner_unnamed", owner.owner_id, f"Owns {line} or more: add to people as beneficial owner.")
        for owner in beneficial_owners(form.ownership, rules.line_bps)
        if owner.person_id not in named
    ]
    return tuple(found)


def _paper_problems(papers: Collection[HeldPaper], rules: FormRules, today: date) -> tuple[FormProblem, ...]:
    found = []
    for group, months in rules.papers.items():
        fitting = [paper for paper in papers if paper.kind in group.split("|")]
        wanted = " or ".join(group.replace("_", " ").split("|"))
        if not fitting:
            found.append(FormProblem("paper_missing", group, f"Hand in: {wanted}."))
        elif months and not any(
            paper.issued_on and _months(_day(paper.issued_on), today) < months for paper in fitting
        ):
            found.append(
                FormProblem("paper_outdated", group, f"Hand in one of the last {months} months, with its date.")
            )
    return tuple(found)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusedError("date_invalid", "This is no date.", "Write it like 2026-03-31.") from None


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _months(issued: date, today: date) -> int:
    return (today.year - issued.year) * 12 + today.month - issued.month - (today.day < issued.day)
