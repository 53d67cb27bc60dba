"""Zones in what readers make of pictures: what they confuse is corrected where a field leaves no doubt."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.adapters.text_reader_tesseract import NobodyReads, TesseractReader, find_tesseract
from lonja.modules.verification.reading import TEXT_LENGTH_MAX, zones_in
from tests.modules.verification.bureau import picture, specimen

TODAY = date(2026, 7, 1)
ROWS = list(csv.DictReader((Path(__file__).parent / "mrz.csv").read_text().splitlines()))
GOOD = [row for row in ROWS if row["all_check_digits_ok"] == "true"]
PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


def lines_of(row: dict[str, str]) -> list[str]:
    return [line for line in (row["line1"], row["line2"], row["line3"]) if line]


@pytest.mark.parametrize("row", GOOD, ids=lambda row: f"{row['type']}-{row['source_test']}")
def test_a_zone_is_found_among_other_lines(row: dict[str, str]) -> None:
    text = "\n".join(["REPUBLIC OF UTOPIA", "Passport no. L898902C3", *lines_of(row), "printed 2026"])
    found = zones_in(text, TODAY)
    assert [zone.form for zone in found] == [row["type"]]


@pytest.mark.parametrize(
    ("line", "wrong", "right"),
    [
        (0, "P<UT0ER1KSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "ERIKSSON"),
        (0, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<KKK<<<<<<LLL", "ERIKSSON"),
        (0, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<", "ERIKSSON"),
        (0, "P<UTO ERIKSSON \u00abANNA<MARIA<<<<<<<<<<<<<<<<<<<", "ERIKSSON"),
        (1, "L898902C36UTO74O8I22F12O4159ZE184226B<<<<<1O", "ERIKSSON"),
        (1, "L898902C36UT07408122F1204159ZE184226B<<<<<10", "ERIKSSON"),
        (1, "L898902C36UTO7408122F1204159ZE184226B<<<10", "ERIKSSON"),
        (1, "L898902C36UTO7408122F1204159ZE184226B<<<<<<<10", "ERIKSSON"),
    ],
)
def test_what_a_reader_confuses_is_corrected(line: int, wrong: str, right: str) -> None:
    lines = PASSPORT.split("\n")
    lines[line] = wrong
    assert [zone.surname for zone in zones_in("\n".join(lines), TODAY)] == [right]


def test_what_a_check_digit_denies_is_not_found() -> None:
    assert zones_in(PASSPORT.replace("7408122", "7408132"), TODAY) == ()


def test_the_same_zone_read_twice_is_one() -> None:
    assert len(zones_in(f"{PASSPORT}\n{PASSPORT}", TODAY)) == 1


@settings(max_examples=60)
@given(st.text(alphabet="P<UTO0123456789 \n\u00ab\u0415\x00'", max_size=400))
def test_attack_any_text_is_read_without_failing(text: str) -> None:
    assert all(zone.checks_hold for zone in zones_in(text, TODAY))


def test_attack_endless_text_is_cut() -> None:
    assert zones_in("A" * (10 * TEXT_LENGTH_MAX) + "\n" + PASSPORT, TODAY) == ()


needs_tesseract = pytest.mark.skipif(find_tesseract() is None, reason="tesseract is not installed")


@needs_tesseract
@pytest.mark.parametrize("number", [4, 10, 11, 13], ids=["MRVB", "TD2", "TD3", "TD3-CAN"])
def test_tesseract_reads_a_rendered_specimen_or_nothing_wrong(number: int) -> None:
    row = ROWS[number]
    text = TesseractReader(find_tesseract() or "").read(specimen(lines_of(row)))
    assert text is not None
    expected = zones_in("\n".join(lines_of(row)), TODAY)
    found = zones_in(text, TODAY)
    assert found in (expected, ())
    # The font of the standard is read better than this one; what is read must be right, and mostly is.
    assert found or row["source_test"] == "tests/td3_chk_04.py"


@needs_tesseract
def test_attack_a_reader_that_takes_too_long_is_ended() -> None:
    assert TesseractReader(find_tesseract() or "", seconds_max=0.001).read(picture()) is None


def test_a_reader_that_fails_reads_nothing() -> None:
    assert TesseractReader("/nowhere/tesseract").read(picture()) is None
    assert NobodyReads().read(picture()) is None
