"""Decimal text to scaled integers and back, without a float in between."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.primitives.money import INT_MAX, format_scaled, mul_div_floor, parse_scaled

SCALES = st.integers(0, 18)


@given(st.integers(-INT_MAX, INT_MAX), SCALES)
def test_what_is_written_is_read_back(value: int, scale: int) -> None:
    text = format_scaled(value, scale)
    assert parse_scaled(text, scale) == value
    assert Decimal(text) == Decimal(value).scaleb(-scale)


@given(st.integers(-INT_MAX, INT_MAX), SCALES)
def test_the_text_is_canonical(value: int, scale: int) -> None:
    text = format_scaled(value, scale)
    assert text not in ("-0", "")
    assert "e" not in text.lower()
    assert "." not in text or (text[-1] != "0" and text[-1] != ".")
    assert not text.lstrip("-").startswith("0") or text.lstrip("-").startswith("0.") or text == "0"


@pytest.mark.parametrize(
    ("text", "scale", "value"),
    [
        ("0", 0, 0),
        ("-0", 2, 0),
        ("007", 0, 7),
        ("1.", 0, 1),
        ("1.000", 0, 1),
        ("1.5", 1, 15),
        ("1.50", 1, 15),
        ("0.00000001", 8, 1),
        ("-12.34", 2, -1234),
        ("4611686018427387903", 0, INT_MAX),
        ("-4611686018427387903", 0, -INT_MAX),
        ("0.4611686018427387903", 19, INT_MAX),
        ("1" + "0" * 39, 0, None),
        ("4611686018427387904", 0, None),
        ("-4611686018427387904", 0, None),
        ("1.05", 1, None),
        ("0.000000001", 8, None),
        ("1.5", 0, None),
        ("", 2, None),
        (".5", 2, None),
        ("-", 2, None),
        ("+1", 2, None),
        (" 1", 2, None),
        ("1 ", 2, None),
        ("1\n", 2, None),
        ("1e3", 2, None),
        ("1_000", 2, None),
        ("1,000", 2, None),
        ("0x10", 2, None),
        ("\N{ARABIC-INDIC DIGIT ONE}", 2, None),
        ("nan", 2, None),
        ("Infinity", 2, None),
        ("1.2.3", 2, None),
        ("9" * 41, 0, None),
        ("0." + "0" * 41, 2, None),
    ],
)
def test_what_is_a_number_and_what_is_not(text: str, scale: int, value: int | None) -> None:
    assert parse_scaled(text, scale) == value


@given(st.text(max_size=12), SCALES)
def test_any_text_gives_a_number_or_none(text: str, scale: int) -> None:
    value = parse_scaled(text, scale)
    assert value is None or Decimal(text) == Decimal(value).scaleb(-scale)


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [(0, 0, "0"), (0, 8, "0"), (5, 0, "5"), (-5, 2, "-0.05"), (150, 2, "1.5"), (100, 2, "1")],
)
def test_how_numbers_are_written(value: int, scale: int, text: str) -> None:
    assert format_scaled(value, scale) == text


@given(st.integers(-(2**80), 2**80), st.integers(-(2**80), 2**80), st.integers(1, 2**80))
def test_mul_div_floor_is_exact(value: int, numerator: int, denominator: int) -> None:
    result = mul_div_floor(value, numerator, denominator)
    assert result * denominator <= value * numerator < (result + 1) * denominator
