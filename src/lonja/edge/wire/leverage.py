"""Leverages as text, and what a leverage would change of a position.

Why here: clients send leverages as text or numbers with up to two decimals. Invariant: what is estimated is what the
core would do, rounded as it is shown.
"""

from fractions import Fraction
from typing import Final

from lonja.core.views import PositionView
from lonja.edge.errors import refusal
from lonja.edge.wire.exact import decimal_text, price_of, price_worth, value_of
from lonja.edge.wire.instruments import LEVERAGE_SCALE, InstrumentForm
from lonja.edge.wire.numbers import scaled_floor
from lonja.edge.wire.units import AVERAGE_DIGITS
from lonja.primitives.money import INT_MAX, PPM

LEVERAGE_MIN: Final = 100
"""In hundredths, as everywhere."""
_HUNDRED: Final = 100


def parse_leverage(text: str) -> int:
    """``text`` in hundredths. Raises ``EdgeError`` 51000 unless it is a positive number with at most two decimals."""
    found = scaled_floor(text, LEVERAGE_SCALE)
    if found is None or not found[1] or not 0 < found[0] <= INT_MAX:
        raise refusal("51000", "lever")
    return found[0]


def real_leverage(form: InstrumentForm, view: PositionView, mark: int) -> str:
    """What a position is worth at ``mark`` ticks, over its margin; "" without margin."""
    if view.lots == 0 or view.margin <= 0:
        return ""
    return decimal_text(value_of(form, abs(view.lots), price_of(form, mark)) / view.margin, LEVERAGE_SCALE)


def margin_at(form: InstrumentForm, view: PositionView, mark: int, leverage: int) -> int:
    """What a position needs at ``leverage``: isolated by its entry, rounded down, cross at the mark, rounded up."""
    size = abs(view.lots)
    if view.margin_mode:
        entry = price_of(form, view.average_ticks, view.average_parts)
        return int(value_of(form, size, entry) * _HUNDRED / leverage)
    return -int(-value_of(form, size, price_of(form, mark)) * _HUNDRED // leverage)


def liquidation_text(form: InstrumentForm, view: PositionView, margin: int, rate_ppm: int) -> str:
    """The mark at which an isolated position with ``margin`` would be liquidated; "" when there is none.

    ``rate_ppm`` is what is required of its value, the taker fee included.
    """
    size, rate = abs(view.lots), Fraction(rate_ppm, PPM)
    entry = value_of(form, size, price_of(form, view.average_ticks, view.average_parts))
    # What a long of a linear contract brings is its value, of an inverse one it costs its value; so for shorts.
    brings = (view.lots > 0) != form.is_inverse
    worth = (entry - margin) / (1 - rate) if brings else (entry + margin) / (1 + rate)
    if worth <= 0:
        return ""
    return decimal_text(price_worth(form, size, worth), form.price_scale + AVERAGE_DIGITS)
