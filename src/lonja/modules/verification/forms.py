"""What a person states: who they are, what they answer, and where they live.

Pure. Invariant: what was checked here is complete and consistent in itself; whether it is true, documents have to show.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from lonja.modules.verification.names import is_name, is_transliterated
from lonja.modules.verification.policy import Policy
from lonja.modules.verification.refusals import refusal

SPECIMEN_STATES: Final = frozenset({"UTO", "ASU"})
"""Codes of states that there are not: Utopia of the standard, and the one of its samples."""
_TEXT_MAX: Final = 200
_NUMBER: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9 ./-]{0,28}[A-Z0-9])?")
_YEARS_MAX: Final = 125
_MONTHS: Final = 12
TWO_SIDED: Final = frozenset({"id_card", "residence_permit", "driving_license"})


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who somebody is, by which document.

    Days are written like 1990-12-31, countries by their two letters; ``document_expires`` is empty for never.
    """

    surname: str
    given_names: str
    birth_date: str
    document_kind: str
    document_country: str
    document_number: str
    document_expires: str
    residence: str

    def __repr__(self) -> str:
        """Nothing personal."""
        return "Person(...)"

    @property
    def born(self) -> date:
        """The date of birth."""
        return date.fromisoformat(self.birth_date)

    @property
    def expires(self) -> date | None:
        """When the document expires, None for never."""
        return date.fromisoformat(self.document_expires) if self.document_expires else None

    @property
    def whole_name(self) -> str:
        """Given names and surname."""
        return f"{self.given_names} {self.surname}".strip()


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody answers about occupation, income and use."""

    occupation: str
    income_source: str
    uses: tuple[str, ...]


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where somebody lives, and the proof: its kind and the day it was issued."""

    street: str
    postal_code: str
    city: str
    proof_kind: str
    proof_date: str

    def __repr__(self) -> str:
        """Nothing personal."""
        return "Address(...)"


@dataclass(frozen=True, slots=True)
class Stated:
    """All that a person stated; None for what is still missing."""

    person: Person | None = field(repr=False)
    answers: Answers | None
    address: Address | None = field(repr=False)


def day_of(now_ms: int) -> date:
    """The day, in UTC."""
    return datetime.fromtimestamp(now_ms // 1000, UTC).date()


def age_on(born: date, today: date) -> int:
    """Whole years. Who is born on 29 February grows older on 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def check_person(person: Person, residence: str, policy: Policy, today: date, *, with_specimens: bool) -> None:
    """Raise ``RefusedError`` for what cannot be."""
    names = (person.surname, *filter(None, (person.given_names,)))
    if not all(is_name(name) and is_transliterated(name) for name in names):
        raise refusal("name_invalid")
    born = _day(person.birth_date)
    if born is None or not 0 <= age_on(born, today) <= _YEARS_MAX or born > today:
        raise refusal("birth_date_invalid")
    if person.residence != residence:
        raise refusal("residence_differs")
    if person.document_kind not in policy.choices.document_kinds:
        raise refusal("document_kind_unknown")
    if not (_is_country(person.document_country) or (with_specimens and person.document_country in SPECIMEN_STATES)):
        raise refusal("country_unknown")
    if not _NUMBER.fullmatch(person.document_number):
        raise refusal("document_number_invalid")
    if person.document_expires and _day(person.document_expires) is None:
        raise refusal("document_expiry_invalid")
    if age_on(born, today) < policy.age_min:
        raise refusal("under_age")


def check_answers(answers: Answers, policy: Policy) -> None:
    """Raise ``RefusedError`` for an answer that there is not."""
    choices = policy.choices
    if answers.occupation not in choices.occupations or answers.income_source not in choices.income_sources:
        raise refusal("answer_unknown")
    if not answers.uses or not set(answers.uses) <= set(choices.uses) or len(set(answers.uses)) != len(answers.uses):
        raise refusal("answer_unknown")


def check_address(address: Address, policy: Policy, today: date) -> None:
    """Raise ``RefusedError`` for an address that is not whole, or a proof that is too old."""
    lines = (address.street, address.postal_code, address.city)
    if not all(0 < len(line.strip()) <= _TEXT_MAX and line.isprintable() for line in lines):
        raise refusal("address_invalid")
    if address.proof_kind not in policy.choices.address_proof_kinds:
        raise refusal("document_kind_unknown")
    issued = _day(address.proof_date)
    if issued is None or not _months_before(today, policy.proof_months) <= issued <= today:
        raise refusal("proof_too_old")


def slots_of(part: str, person: Person | None) -> tuple[str, ...]:
    """The pictures that a part needs."""
    if part == "address":
        return ("address_proof",)
    back = ("document_back",) if person is not None and person.document_kind in TWO_SIDED else ()
    return ("document_front", *back, "face")


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # Other ways to write a day are none of ours.
    return found if found.isoformat() == text else None


def _months_before(today: date, months: int) -> date:
    year, month = divmod(today.year * _MONTHS + today.month - 1 - months, _MONTHS)
    for day in range(today.day, 0, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def _is_country(code: str) -> bool:
    # Imported late: the tables are read at the first question.
    import pycountry  # noqa: PLC0415

    return len(code) == 2 and code.isupper() and pycountry.countries.get(alpha_2=code) is not None
