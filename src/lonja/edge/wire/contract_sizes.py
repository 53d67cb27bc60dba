"""Contracts as coins or money, and back, for whoever thinks in other units than the exchange.

Why here: the order in which it is rounded decides whether an order for the answer is accepted. Invariant: numbers are exact
fractions until the one rounding at the end; contracts are always whole lots.
"""

from fractions import Fraction
from typing import Final

from lonja.edge.wire.instruments import InstrumentForm
from lonja.primitives.money import format_scaled

_AMOUNT_DIGITS: Final = 8


def contracts_text(form: InstrumentForm, amount: Fraction, price: Fraction, *, in_quote: bool, is_opening: bool) -> str:
    """``amount`` of the base currency, or of the quote currency, as contracts.

    Rounded down to whole lots to open a position, else to the nearest. ``price`` need not be given (0) where none is
    needed, see ``needs_price``.
    """
    lots = _in_value(form, amount, price, in_quote=in_quote) * 10**form.lot_scale / form.lot_value
    return form.size_text(int(lots) if is_opening else int(lots + Fraction(1, 2)))


def amount_text(form: InstrumentForm, contracts: Fraction, price: Fraction, *, in_quote: bool) -> str:
    """``contracts`` as base currency, or as quote currency, rounded down."""
    lots = contracts * 10**form.size_scale / form.lot_step
    amount = lots * form.lot_value / 10**form.lot_scale
    if needs_price(form, in_quote=in_quote):
        amount = amount * price if in_quote else amount / price
    return format_scaled(int(amount * 10**_AMOUNT_DIGITS), _AMOUNT_DIGITS)


def needs_price(form: InstrumentForm, *, in_quote: bool) -> bool:
    """Whether a price is needed: a linear contract is so many coins at any price, an inverse one so much money."""
    return form.is_inverse is not in_quote


def converted_row(form: InstrumentForm, kind: str, size: str, price: str, unit: str) -> dict[str, object]:
    """What a size is in other units."""
    return {"type": kind, "instId": form.instrument_id, "px": price, "sz": size, "unit": unit}


def _in_value(form: InstrumentForm, amount: Fraction, price: Fraction, *, in_quote: bool) -> Fraction:
    """``amount`` in the currency in which the value of a contract is fixed."""
    if not needs_price(form, in_quote=in_quote):
        return amount
    return amount / price if in_quote else amount * price
