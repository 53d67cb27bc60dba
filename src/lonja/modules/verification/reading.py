"""Zones in what a text reader made of a picture: readers confuse letters, fillers and digits.

Pure. Only what a place cannot hold is corrected: letters where a field has digits, digits where it has letters, and what
stands for fillers. The check digits then tell whether that was right. Invariant: what is found has a form of the standard.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from lonja.modules.verification.mrz import FILLER, SIZES, Form, Zone, parse_zone

TEXT_LENGTH_MAX: Final = 100_000
_SLACK: Final = 6
_SLACK_NAMES: Final = 12
_AS_FILLER: Final = str.maketrans(
    {"«": "<<", "\u2039": "<", "»": "<<", "\u203a": "<", ">": "<", "(": "<", "{": "<", "[": "<", "_": "<"}
)
_FOREIGN: Final = re.compile(r"[^A-Z0-9<]")
_TO_DIGIT: Final = str.maketrans("OQDILZSGTBA", "00011256784")
_TO_LETTER: Final = str.maketrans("0123568", "OIZBSGB")
_MISREAD_TAIL: Final = re.compile(r"<[<KCLSE]*$")
_MISREAD_GAP: Final = re.compile(r"<[KCLSE]<+|<<[KCLSE]$")
_LINES_MAX: Final = 400


def zones_in(text: str, today: date) -> tuple[Zone, ...]:
    """The different zones in ``text`` whose check digits all hold, in their order."""
    lines = [line for line in map(_cleaned, text[:TEXT_LENGTH_MAX].upper().splitlines()[:_LINES_MAX]) if len(line) > 20]
    found: dict[tuple[str, str, str], Zone] = {}
    for zone in _zones(lines, today):
        if zone.checks_hold:
            found.setdefault((zone.issuer, zone.number, zone.birth_yymmdd), zone)
    return tuple(found.values())


def _zones(lines: Sequence[str], today: date) -> Iterator[Zone]:
    for form, (count, length) in SIZES.items():
        for at in range(len(lines) - count + 1):
            near = lines[at : at + count]
            # Names end in many fillers, which readers lose most of.
            slack = [_SLACK_NAMES if is_names else _SLACK for is_names in _are_names(form)]
            if all(abs(len(line) - length) <= most for line, most in zip(near, slack, strict=True)):
                zone = parse_zone(_corrected(form, near, length), today)
                if zone is not None and zone.form is form:
                    yield zone


def _are_names(form: Form) -> tuple[bool, ...]:
    return (False, False, True) if form is Form.TD1 else (True, False)


def _cleaned(line: str) -> str:
    return _FOREIGN.sub("", line.translate(_AS_FILLER))


def _corrected(form: Form, lines: Sequence[str], length: int) -> list[str]:
    if form is Form.TD1:
        first, second, names = lines
        return [_card_number_line(_fit(first, length)), _card_dates_line(second, length), _names_line(names, length)]
    first, second = lines
    head, names = _letters(first[:5]), first[5:]
    return [head + _names_line(names, length - 5), _second_line(form, second, length)]


def _card_number_line(line: str) -> str:
    return line[:2] + _letters(line[2:5]) + line[5:14] + _digits(line[14]) + line[15:]


def _card_dates_line(line: str, length: int) -> str:
    line = _fit(line, length, keep_last=True)
    dates = _digits(line[:7]) + _letters(line[7]) + _digits(line[8:15]) + _letters(line[15:18])
    return dates + line[18:29] + _digits(line[29])


def _second_line(form: Form, line: str, length: int) -> str:
    line = _fit(line, length, keep_last=form in (Form.TD2, Form.TD3))
    head = line[:9] + _digits(line[9]) + _letters(line[10:13])
    dates = _digits(line[13:20]) + _letters(line[20]) + _digits(line[21:28])
    if form is Form.TD3:
        return head + dates + line[28:42] + _digits(line[42:])
    return head + dates + line[28 : length - 1] + (_digits(line[-1]) if form is Form.TD2 else line[-1])


def _names_line(line: str, length: int) -> str:
    """Letters only; the fillers at the end are what readers confuse most."""
    letters = _letters(line)
    letters = _MISREAD_TAIL.sub(lambda found: FILLER * len(found[0]), letters)
    letters = _MISREAD_GAP.sub(lambda found: FILLER * len(found[0]), letters)
    return letters[:length].ljust(length, FILLER)


def _fit(line: str, length: int, *, keep_last: bool = False) -> str:
    """``line`` with as many fillers as its length needs: readers miscount them."""
    missing = length - len(line)
    if missing == 0:
        return line
    at = line.rfind(FILLER)
    if at < 0 or not keep_last:
        return line[:length].ljust(length, FILLER)
    if missing > 0:
        return line[:at] + FILLER * missing + line[at:]
    begin = at
    while begin > 0 and line[begin - 1] == FILLER:
        begin -= 1
    fewer = max(0, at + 1 - begin + missing)
    return (line[:begin] + FILLER * fewer + line[at + 1 :])[:length].ljust(length, FILLER)


def _digits(text: str) -> str:
    return text.translate(_TO_DIGIT)


def _letters(text: str) -> str:
    return text.translate(_TO_LETTER)
