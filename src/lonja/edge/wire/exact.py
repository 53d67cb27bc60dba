"""What lots of a contract are worth at a price between ticks, exactly, and fractions as text.

Why here: averages, ratios and break-even prices divide, and each is rounded once, when it is shown. Amounts are smallest
units of the settlement currency.
"""

from fractions import Fraction
from typing import Final

from lonja.edge.wire.instruments import InstrumentForm
from lonja.primitives.money import format_scaled

RATIO_DIGITS: Final = 8
_PARTS: Final = 10**12


def price_of(form: InstrumentForm, ticks: int, parts: int = 0) -> Fraction:
    """A price in ticks and millionths of a millionth of a tick, in quote currency."""
    return Fraction((ticks * _PARTS + parts) * form.tick_step, _PARTS * 10**form.price_scale)


def value_of(form: InstrumentForm, lots: int, price: Fraction) -> Fraction:
    """What ``lots`` are worth at ``price``, which is above 0 where the contract is inverse."""
    fixed = Fraction(lots * form.lot_value * 10**form.settle.scale, 10**form.lot_scale)
    return fixed / price if form.is_inverse else fixed * price


def gain_of(form: InstrumentForm, lots: int, entry: Fraction, price: Fraction) -> Fraction:
    """What ``lots`` (negative: short) gained from ``entry`` to ``price``."""
    gained = value_of(form, lots, price) - value_of(form, lots, entry)
    return -gained if form.is_inverse else gained


def price_worth(form: InstrumentForm, lots: int, value: Fraction) -> Fraction:
    """The price at which ``lots`` are worth ``value``, above 0."""
    fixed = Fraction(lots * form.lot_value * 10**form.settle.scale, 10**form.lot_scale)
    return fixed / value if form.is_inverse else value / fixed


def decimal_text(value: Fraction, digits: int) -> str:
    """``value`` with at most ``digits`` decimals, rounded half up."""
    scaled = 2 * value.numerator * 10**digits + value.denominator
    return format_scaled(scaled // (2 * value.denominator), digits)


def ratio_text(value: Fraction) -> str:
    """A ratio."""
    return decimal_text(value, RATIO_DIGITS)
