"""Machine readable zones of travel documents, by ICAO Doc 9303 (parts 3 to 7): the five forms and their check digits.

Pure. What is read may be forged or misread, so nothing of it is trusted: only the 37 characters of the standard pass,
lengths are exact, and every check digit that does not hold is named. Invariant: a zone without problems has real dates
and check digits that all hold.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

FILLER: Final = "<"
_CHARACTERS: Final = re.compile(r"[A-Z0-9<]+")
_VALUES: Final = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_WEIGHTS: Final = (7, 3, 1)
_CENTURY: Final = 100


class Form(StrEnum):
    """The forms of the standard, by size: cards, larger cards, passports, and the two sizes of visas."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRVA = "MRVA"
    MRVB = "MRVB"


SIZES: Final[dict[Form, tuple[int, int]]] = {
    Form.TD1: (3, 30),
    Form.TD2: (2, 36),
    Form.TD3: (2, 44),
    Form.MRVA: (2, 44),
    Form.MRVB: (2, 36),
}
"""Number of lines and length of each."""


class Problem(StrEnum):
    """What does not hold in a zone."""

    NUMBER_CHECK = "number_check"
    BIRTH_CHECK = "birth_check"
    EXPIRY_CHECK = "expiry_check"
    OPTIONAL_CHECK = "optional_check"
    COMPOSITE_CHECK = "composite_check"
    NAME = "name"
    BIRTH_DATE = "birth_date"
    EXPIRY_DATE = "expiry_date"
    SEX = "sex"
    STATE = "state"


CHECKS: Final = frozenset(
    {
        Problem.NUMBER_CHECK,
        Problem.BIRTH_CHECK,
        Problem.EXPIRY_CHECK,
        Problem.OPTIONAL_CHECK,
        Problem.COMPOSITE_CHECK,
    }
)
"""Problems that are check digits."""


@dataclass(frozen=True, slots=True)
class Zone:
    """What a zone says. ``is_truncated``: the names fill their field, so more may have been cut off.

    ``birth_yymmdd`` is as written, since two digits leave the century open; parts that are unknown are fillers.
    """

    form: Form
    code: str
    issuer: str
    number: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    is_truncated: bool
    nationality: str
    birth_yymmdd: str = field(repr=False)
    birth_date: date | None = field(repr=False)
    sex: str
    expires: date | None
    optional: str = field(repr=False)
    problems: tuple[Problem, ...]

    @property
    def checks_hold(self) -> bool:
        """Whether all check digits hold."""
        return CHECKS.isdisjoint(self.problems)


@dataclass(frozen=True, slots=True)
class _Fields:
    """A zone cut into fields, the same for all forms; ``checked`` pairs what is checked with its digit."""

    code: str
    issuer: str
    number: str
    names: str
    nationality: str
    birth: str
    sex: str
    expiry: str
    optional: str
    checked: tuple[tuple[Problem, str, str], ...]


def check_digit(text: str) -> str:
    """The check digit over ``text``: values weighted 7, 3, 1 in turn, modulo 10."""
    return str(sum(_VALUES[character] * _WEIGHTS[at % 3] for at, character in enumerate(text)) % 10)


def parse_zone(lines: Sequence[str], today: date) -> Zone | None:
    """What ``lines`` say, None when they have none of the five forms; ``today`` decides between centuries."""
    form = form_of(lines)
    if form is None:
        return None
    cut = _cut_card(lines) if form is Form.TD1 else _cut_two_lines(form, lines)
    surname, given_names = _split_names(cut.names)
    birth_date, expires = _birth_date(cut.birth, today), _nearest_date(cut.expiry, today)
    return Zone(
        form=form,
        code=cut.code.rstrip(FILLER),
        issuer=cut.issuer.rstrip(FILLER),
        number=cut.number.rstrip(FILLER),
        surname=surname,
        given_names=given_names,
        is_truncated=not cut.names.endswith(FILLER),
        nationality=cut.nationality.rstrip(FILLER),
        birth_yymmdd=cut.birth,
        birth_date=birth_date,
        sex=cut.sex.rstrip(FILLER),
        expires=expires,
        optional=cut.optional.strip(FILLER),
        problems=tuple(_problems(cut, surname, birth_date, expires)),
    )


def form_of(lines: Sequence[str]) -> Form | None:
    """The form that ``lines`` have by their number, lengths, characters and first letter."""
    if not all(_CHARACTERS.fullmatch(line) for line in lines):
        return None
    shape = {(len(lines), len(line)) for line in lines}
    is_visa = bool(lines) and lines[0].startswith("V")
    visas = (Form.MRVA, Form.MRVB)
    return next((form for form, size in SIZES.items() if shape == {size} and (form in visas) == is_visa), None)


def _cut_card(lines: Sequence[str]) -> _Fields:
    first, second, names = lines
    number, digit, optional = _long_number(first[5:14], first[14], first[15:30])
    return _Fields(
        code=first[:2],
        issuer=first[2:5],
        number=number,
        names=names,
        nationality=second[15:18],
        birth=second[:6],
        sex=second[7],
        expiry=second[8:14],
        optional=optional + second[18:29],
        checked=(
            (Problem.NUMBER_CHECK, number, digit),
            (Problem.BIRTH_CHECK, second[:6], second[6]),
            (Problem.EXPIRY_CHECK, second[8:14], second[14]),
            (Problem.COMPOSITE_CHECK, first[5:] + second[:7] + second[8:15] + second[18:29], second[29]),
        ),
    )


def _cut_two_lines(form: Form, lines: Sequence[str]) -> _Fields:
    first, second = lines
    length = SIZES[form][1]
    number, digit, optional = second[:9], second[9], second[28:]
    own: tuple[tuple[Problem, str, str], ...] = ()
    if form is Form.TD3:
        optional = second[28:42]
        # An empty field may have a filler in place of its check digit (part 4).
        given = "0" if second[42] == FILLER and not optional.strip(FILLER) else second[42]
        composite = second[:10] + second[13:20] + second[21:43]
        own = ((Problem.OPTIONAL_CHECK, optional, given), (Problem.COMPOSITE_CHECK, composite, second[43]))
    elif form is Form.TD2:
        number, digit, optional = _long_number(number, digit, second[28:35])
        composite = second[:10] + second[13:20] + second[21:35]
        own = ((Problem.COMPOSITE_CHECK, composite, second[35]),)
    return _Fields(
        code=first[:2],
        issuer=first[2:5],
        number=number,
        names=first[5:length],
        nationality=second[10:13],
        birth=second[13:19],
        sex=second[20],
        expiry=second[21:27],
        optional=optional,
        checked=(
            (Problem.NUMBER_CHECK, number, digit),
            (Problem.BIRTH_CHECK, second[13:19], second[19]),
            (Problem.EXPIRY_CHECK, second[21:27], second[27]),
            *own,
        ),
    )


def _long_number(number: str, digit: str, optional: str) -> tuple[str, str, str]:
    """Number, its check digit and optional data: a filler for the digit means that the number goes on in ``optional``."""
    rest, _, further = optional.partition(FILLER)
    if digit != FILLER or len(rest) < 2:
        return number, digit, optional
    return number + rest[:-1], rest[-1], further


def _split_names(names: str) -> tuple[str, str]:
    surname, _, given = names.partition(FILLER * 2)
    return " ".join(surname.split(FILLER)).strip(), " ".join(filter(None, given.split(FILLER)))


def _problems(cut: _Fields, surname: str, birth_date: date | None, expires: date | None) -> list[Problem]:
    found = [problem for problem, text, digit in cut.checked if check_digit(text) != digit]
    # A name has no digits, and begins at once.
    if not surname or any(character.isdigit() for character in cut.names) or cut.names.startswith(FILLER):
        found.append(Problem.NAME)
    if birth_date is None and FILLER not in cut.birth:
        found.append(Problem.BIRTH_DATE)
    if expires is None and cut.expiry.strip(FILLER):
        found.append(Problem.EXPIRY_DATE)
    if cut.sex not in ("M", "F", "X", FILLER):
        found.append(Problem.SEX)
    if not all(code.rstrip(FILLER).isalpha() for code in (cut.issuer, cut.nationality)):
        found.append(Problem.STATE)
    return found


def _birth_date(text: str, today: date) -> date | None:
    """The latest such day that is not to come: nobody is born tomorrow."""
    return max((day for day in _days(text, today) if day <= today), default=None)


def _nearest_date(text: str, today: date) -> date | None:
    """The such day nearest to today: a document is valid for years, not for decades."""
    return min(_days(text, today), key=lambda day: abs(day - today), default=None)


def _days(text: str, today: date) -> list[date]:
    """The days that ``text`` (YYMMDD) may mean, of the centuries around ``today``."""
    if not text.isdigit():
        return []
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    century = today.year // _CENTURY * _CENTURY
    found = []
    for begins in (century - _CENTURY, century, century + _CENTURY):
        try:
            found.append(date(begins + year, month, day))
        except ValueError:
            continue
    return found
