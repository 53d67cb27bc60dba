"""What the zone of a document says against what the person stated.

Pure. Invariant: a machine never accepts what it could not read for certain; then a person looks.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lonja.modules.verification.forms import SPECIMEN_STATES, Person, age_on
from lonja.modules.verification.mrz import FILLER, Form, Zone
from lonja.modules.verification.names import names_match
from lonja.modules.verification.policy import Policy

_CARDS: Final = frozenset({"id_card", "residence_permit"})
_VISAS: Final = (Form.MRVA, Form.MRVB)
# Codes of the standard (part 3, section 5) beside those of ISO 3166: one letter for Germany, several for the British.
_STATES: Final = {"D": "DE", "GBD": "GB", "GBN": "GB", "GBO": "GB", "GBP": "GB", "GBS": "GB", "RKS": "XK"}


@dataclass(frozen=True, slots=True)
class Judged:
    """``failures`` are codes; without any, ``is_certain`` says whether no person needs to look."""

    failures: tuple[str, ...]
    is_certain: bool
    zone: Zone | None


def judge_document(
    zones: tuple[Zone, ...], person: Person, policy: Policy, today: date, *, with_specimens: bool
) -> Judged:
    """What follows from the zones read off the pictures of one document."""
    valid_on = today + timedelta(days=policy.document_days_left_min)
    stated = ["document_expired"] if person.expires is not None and person.expires < valid_on else []
    if age_on(person.born, today) < policy.age_min:
        stated.append("under_age")
    if len(zones) != 1:
        # None was read, or somebody put a second one into the picture.
        return Judged(tuple(stated), is_certain=False, zone=None)
    zone = zones[0]
    found = dict.fromkeys((*stated, *_document_failures(zone, person, valid_on, with_specimens=with_specimens)))
    found |= dict.fromkeys(_person_failures(zone, person))
    is_certain = not zone.problems and zone.expires is not None and FILLER not in zone.birth_yymmdd
    return Judged(tuple(found), is_certain, zone)


def document_name(person: Person) -> str:
    """What is digested to find the same document again: its state and number, however it is written."""
    return f"{person.document_country}|{_plain(person.document_number)}"


def _document_failures(zone: Zone, person: Person, valid_on: date, *, with_specimens: bool) -> list[str]:
    found = []
    if zone.issuer in SPECIMEN_STATES and not with_specimens:
        found.append("document_specimen")
    if zone.form in _VISAS:
        found.append("document_not_taken")
    elif not _is_of_kind(zone, person.document_kind):
        found.append("document_kind_differs")
    if state_of(zone.issuer) != person.document_country:
        found.append("document_country_differs")
    if _plain(person.document_number) != zone.number:
        found.append("document_number_differs")
    if zone.expires is not None and zone.expires < valid_on:
        found.append("document_expired")
    elif zone.expires is not None and zone.expires != person.expires:
        found.append("document_expiry_differs")
    return found


def _person_failures(zone: Zone, person: Person) -> list[str]:
    found = []
    stated = (person.surname, person.given_names)
    if not names_match(stated, (zone.surname, zone.given_names), is_truncated=zone.is_truncated):
        found.append("name_differs")
    written = person.born.strftime("%y%m%d")
    if any(read not in (FILLER, own) for read, own in zip(zone.birth_yymmdd, written, strict=True)):
        found.append("birth_date_differs")
    return found


def _is_of_kind(zone: Zone, kind: str) -> bool:
    if zone.code.startswith("P"):
        return kind == "passport"
    return kind in _CARDS and zone.code[:1] in ("A", "C", "I") and zone.code != "AC"


def _plain(number: str) -> str:
    return "".join(character for character in number if character.isalnum())


def state_of(code: str) -> str:
    """Two letters for a code of the standard; the code itself for a state that there is not, "" for an unknown one."""
    # Imported late: the tables are read at the first question.
    import pycountry  # noqa: PLC0415

    if code in SPECIMEN_STATES:
        return code
    if code in _STATES:
        return _STATES[code]
    found = pycountry.countries.get(alpha_3=code)
    return "" if found is None else str(found.alpha_2)
