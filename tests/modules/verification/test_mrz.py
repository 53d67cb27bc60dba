"""Machine readable zones: the specimens of ICAO and of states, wrong ones included, and what a forger tries."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.modules.verification.mrz import SIZES, Form, Problem, Zone, check_digit, parse_zone

TODAY = date(2026, 7, 1)
ROWS = list(csv.DictReader((Path(__file__).parent / "mrz.csv").read_text().splitlines()))
PASSPORT = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
CARD = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")


def zone(*lines: str, today: date = TODAY) -> Zone:
    found = parse_zone(lines, today)
    assert found is not None
    return found


def lines_of(row: dict[str, str]) -> list[str]:
    return [line for line in (row["line1"], row["line2"], row["line3"]) if line]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['type']}-{row['source_test']}")
def test_a_specimen_is_read_and_judged(row: dict[str, str]) -> None:
    found = zone(*lines_of(row))
    assert (found.form, found.checks_hold) == (row["type"], row["all_check_digits_ok"] == "true")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['type']}-{row['source_test']}")
def test_no_digit_that_is_checked_can_be_altered(row: dict[str, str]) -> None:
    """Each digit of the birth date, of the expiry date and of the number stands under a check digit."""
    lines, form = lines_of(row), Form(row["type"])
    places = [(1, range(7)), (1, range(8, 15)), (0, range(5, 14))]
    if form is not Form.TD1:
        places = [(1, range(9)), (1, range(13, 20)), (1, range(21, 28))]
    for number, columns in places:
        for column in columns:
            old = lines[number][column]
            if old.isdigit():
                altered = list(lines)
                altered[number] = f"{lines[number][:column]}{(int(old) + 1) % 10}{lines[number][column + 1 :]}"
                assert not zone(*altered).checks_hold, (number, column)


def test_the_passport_of_the_standard() -> None:
    found = zone(*PASSPORT)
    assert (found.surname, found.given_names, found.number, found.issuer) == (
        "ERIKSSON",
        "ANNA MARIA",
        "L898902C3",
        "UTO",
    )
    assert (found.birth_date, found.expires, found.sex) == (date(1974, 8, 12), date(2012, 4, 15), "F")
    assert (found.problems, found.is_truncated, found.optional) == ((), False, "ZE184226B")
    assert zone(*CARD).number == "D23145890"


@pytest.mark.parametrize(
    ("text", "digit"), [("520727", "3"), ("AB2134<<<", "5"), ("L898902C3", "6"), ("<<<<<<", "0"), ("", "0")]
)
def test_check_digits_of_the_standard(text: str, digit: str) -> None:
    assert check_digit(text) == digit


@pytest.mark.parametrize(
    ("born", "today", "meant"),
    [
        ("740812", date(2026, 7, 1), date(1974, 8, 12)),
        ("260701", date(2026, 7, 1), date(2026, 7, 1)),
        ("260702", date(2026, 7, 1), date(1926, 7, 2)),
        ("000229", date(2026, 7, 1), date(2000, 2, 29)),
        ("990101", date(2101, 1, 1), date(2099, 1, 1)),
        ("010229", date(2026, 7, 1), None),
        ("7408<<", date(2026, 7, 1), None),
    ],
)
def test_nobody_is_born_tomorrow(born: str, today: date, meant: date | None) -> None:
    assert zone(*_with(birth=born), today=today).birth_date == meant


@pytest.mark.parametrize(
    ("expires", "today", "meant"),
    [
        ("120415", date(2026, 7, 1), date(2012, 4, 15)),
        ("350415", date(2026, 7, 1), date(2035, 4, 15)),
        ("990101", date(2026, 7, 1), date(1999, 1, 1)),
        ("010101", date(2098, 1, 1), date(2101, 1, 1)),
    ],
)
def test_a_document_expires_in_the_nearest_such_year(expires: str, today: date, meant: date) -> None:
    assert zone(*_with(expiry=expires), today=today).expires == meant


def test_a_number_longer_than_its_field_goes_on_in_the_optional_data() -> None:
    number = "D23145890734"
    first = f"I<UTO{number[:9]}<{number[9:]}{check_digit(number)}<<<<<<<<<<<"
    second = CARD[1][:29]
    composite = check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    found = zone(first, second + composite, CARD[2])
    assert (found.number, found.checks_hold) == (number, True)


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        (("P<UTO<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<<<<<<<<", PASSPORT[1]), {Problem.NAME}),
        (("P<UTO3R1KSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", PASSPORT[1]), {Problem.NAME}),
        (("P<1TOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", PASSPORT[1]), {Problem.STATE}),
    ],
)
def test_what_cannot_be_is_named(lines: tuple[str, str], problems: set[Problem]) -> None:
    assert set(zone(*lines).problems) == problems


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (PASSPORT[0],),
        (PASSPORT[0][:-1], PASSPORT[1]),
        (*PASSPORT, PASSPORT[1]),
        (PASSPORT[0].lower(), PASSPORT[1]),
        ("P<UTOERIKSSON<<ANNA'--DROP<TABLE<<<<<<<<<<<<", PASSPORT[1]),
        ("P<UTO<script>alert(1)</script><<<<<<<<<<<<<<", PASSPORT[1]),
        ("P<UTOERIKSSON<<ANNA\nMARIA<<<<<<<<<<<<<<<<<<", PASSPORT[1]),
        ("P<UTOERIKSS\u041eN<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", PASSPORT[1]),
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", PASSPORT[1].replace("0", "\u0660", 1)),
        ("\uff30<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", PASSPORT[1]),
        ("P<UTOERIKSSON<<ANNA\x00MARIA<<<<<<<<<<<<<<<<<<", PASSPORT[1]),
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", f"{PASSPORT[1]}\n"),
    ],
    ids=range(13),
)
def test_attack_what_is_no_zone_injects_nothing(lines: tuple[str, ...]) -> None:
    assert parse_zone(lines, TODAY) is None


@given(st.sampled_from(list(SIZES.values())), st.data())
def test_any_text_of_the_right_size_is_read_without_failing(size: tuple[int, int], data: st.DataObject) -> None:
    count, length = size
    line = st.text("ABCPVIM0123456789<", min_size=length, max_size=length)
    found = parse_zone([data.draw(line) for _ in range(count)], TODAY)
    assert found is None or found.checks_hold == (not any("check" in problem for problem in found.problems))


def _with(birth: str = "740812", expiry: str = "120415") -> tuple[str, str]:
    """The passport of the standard with other dates, and check digits that hold."""
    line = f"L898902C36UTO{birth}{check_digit(birth)}F{expiry}{check_digit(expiry)}ZE184226B<<<<<1"
    return PASSPORT[0], line + check_digit(line[:10] + line[13:20] + line[21:43])
