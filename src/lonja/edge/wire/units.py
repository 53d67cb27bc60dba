"""Prices, sizes and amounts on the wire: from text to ticks, lots and smallest units, and back.

Why here: scales and steps are needed for every order and every push, so they are kept ready, and every door counts alike.
Invariant: nothing passes through a float; what is rounded says so.
"""

from typing import Final, NamedTuple

from lonja.core.views import ContractView, InstrumentView
from lonja.edge.errors import refusal
from lonja.edge.wire.numbers import scaled_floor
from lonja.primitives.money import INT_MAX, format_scaled

AVERAGE_DIGITS: Final = 8
"""How many decimals an average price shows beyond those of the instrument: price times size gives the cost again."""

PARTS_DIGITS: Final = 12
"""Prices between ticks are told with millionths of a millionth of a tick."""


class CurrencyForm(NamedTuple):
    """A currency as text."""

    currency: int
    name: str
    scale: int

    def text(self, amount: int) -> str:
        """``amount`` smallest units as a decimal."""
        return format_scaled(amount, self.scale)

    def parse(self, text: str, name: str) -> int:
        """``text`` as a positive amount. Raises ``EdgeError`` 51000, or 51150 when it has too many decimals."""
        found = scaled_floor(text, self.scale)
        if found is None or found[0] > INT_MAX:
            raise refusal("51000", name)
        if not found[1]:
            raise refusal("51150")
        if found[0] == 0:
            raise refusal("51000", name)
        return found[0]


class InstrumentUnits:
    """What prices, sizes and values of an instrument are as text. Sizes of contracts count contracts.

    A lot is ``lot_value`` times 10 ** -``lot_scale`` of the base currency, or of the quote currency when the contract is
    inverse; ``settle`` is what trades are paid in, of spot the quote currency.
    """

    __slots__ = (
        "base",
        "contract_value_text",
        "is_contract",
        "is_inverse",
        "lot_scale",
        "lot_step",
        "lot_value",
        "multiplier",
        "price_scale",
        "quote",
        "settle",
        "size_min",
        "size_scale",
        "tick_step",
    )

    def __init__(
        self,
        view: InstrumentView,
        currencies: tuple[CurrencyForm, CurrencyForm, CurrencyForm],
        contract: ContractView | None,
    ) -> None:
        """Keep what never changes. ``currencies`` are base, quote and settlement; ``contract`` is None for spot."""
        self.base, self.quote, self.settle = currencies
        self.price_scale = view.price_scale
        self.tick_step = view.tick_step
        self.size_scale = view.size_scale
        self.lot_step = view.lot_step
        self.size_min = view.size_min
        self.is_contract = contract is not None
        self.is_inverse = contract is not None and contract.inverse != 0
        self.multiplier = contract.multiplier if contract else 1
        value, scale = (contract.contract_value, contract.contract_scale) if contract else (1, 0)
        self.contract_value_text = format_scaled(value, scale) if contract else ""
        self.lot_value = view.lot_step * value * self.multiplier
        self.lot_scale = view.size_scale + scale

    def price_text(self, ticks: int) -> str:
        """A price in ticks as a decimal."""
        return format_scaled(ticks * self.tick_step, self.price_scale)

    def ticks_text(self, ticks: int, parts: int) -> str:
        """A price between ticks, with ``parts`` millionths of a millionth of a tick, rounded half up; "" for none."""
        if ticks == 0 and parts == 0:
            return ""
        value = (ticks * 10**PARTS_DIGITS + parts) * self.tick_step
        beyond = 10 ** (PARTS_DIGITS - AVERAGE_DIGITS)
        return format_scaled((2 * value + beyond) // (2 * beyond), self.price_scale + AVERAGE_DIGITS)

    def size_text(self, lots: int) -> str:
        """A size in lots as a decimal; contracts of a contract."""
        return format_scaled(lots * self.lot_step, self.size_scale)

    def average_price_text(self, notional: int, lots: int, price: int = 0) -> str:
        """The average price of ``lots`` that cost ``notional`` units of ``settle``; "" for no lots.

        Rounded half up. What an inverse contract cost was rounded down, so many prices fit it: it is the roundest of
        them, or ``price`` ticks, that of the last fill, when that fits.
        """
        if lots == 0:
            return ""
        if self.is_inverse:
            return self._inverse_average(notional, lots, price)
        scale = self.price_scale + AVERAGE_DIGITS
        numerator = notional * 10 ** (scale + self.lot_scale)
        denominator = lots * self.lot_value * 10**self.settle.scale
        return format_scaled((2 * numerator + denominator) // (2 * denominator), scale)

    def _inverse_average(self, notional: int, lots: int, price: int) -> str:
        if notional == 0:
            return ""
        worth, one = lots * self.lot_value * 10**self.settle.scale, 10**self.lot_scale
        if price and notional <= self._settled(lots, price) <= notional + 1:
            return self.price_text(price)
        scale = self.price_scale
        for scale in range(self.price_scale, self.price_scale + AVERAGE_DIGITS + 1):
            found = worth * 10**scale // (notional * one)
            # A rounder price is right unless the contracts cost more than a unit more at it.
            if found * (notional + 1) * one >= worth * 10**scale:
                return format_scaled(found, scale)
        return format_scaled(worth * 10**scale // (notional * one), scale)

    def _settled(self, lots: int, price: int) -> int:
        """What ``lots`` are worth at ``price`` ticks, in units of ``settle``, rounded down."""
        worth: int = lots * self.lot_value * 10**self.settle.scale
        if self.is_inverse:
            divisor: int = price * self.tick_step * 10**self.lot_scale
            return worth * int(10**self.price_scale) // divisor
        return worth * price * self.tick_step // int(10 ** (self.lot_scale + self.price_scale))

    def quote_value(self, lots: int, price: int) -> int:
        """What ``lots`` are worth at ``price`` ticks (any when inverse), in units of the quote currency, rounded down."""
        value: int = lots * self.lot_value * 10**self.quote.scale
        if self.is_inverse:
            return value // int(10**self.lot_scale)
        return value * price * self.tick_step // int(10 ** (self.lot_scale + self.price_scale))

    def value_text(self, lots: int, price: int) -> str:
        """What ``lots`` are worth at ``price`` ticks, in the settlement currency, rounded down."""
        return self.settle.text(self._settled(lots, price))

    def base_text(self, lots: int, price: int) -> str:
        """How much of the base currency ``lots`` are at ``price`` ticks (0 is allowed when not inverse), rounded down."""
        if self.is_inverse:
            return self.base.text(self._settled(lots, price))
        return format_scaled(lots * self.lot_value, self.lot_scale)

    def quote_text(self, lots: int, price: int) -> str:
        """How much of the quote currency ``lots`` are at ``price`` ticks (0 is allowed when inverse), rounded down."""
        if self.is_inverse:
            return format_scaled(lots * self.lot_value, self.lot_scale)
        return self.quote.text(self._settled(lots, price))

    def traded_texts(self, lots: int, notional: int) -> tuple[str, str]:
        """Base and quote currency that were traded as ``lots`` for ``notional`` units of ``settle``."""
        fixed = format_scaled(lots * self.lot_value, self.lot_scale)
        paid = self.settle.text(notional)
        return (paid, fixed) if self.is_inverse else (fixed, paid)

    def parse_price(self, text: str, name: str) -> int:
        """``text`` in ticks. Raises ``EdgeError`` 51000 unless it is a positive multiple of the tick."""
        found = scaled_floor(text, self.price_scale)
        if found is None or not found[1] or not 0 < found[0] <= INT_MAX or found[0] % self.tick_step:
            raise refusal("51000", name)
        return found[0] // self.tick_step

    def parse_size(self, text: str, name: str) -> int:
        """``text`` in lots. Raises ``EdgeError`` 51000, 51020 below the minimum, 51121 off the lot."""
        found = scaled_floor(text, self.size_scale)
        if found is None or found[0] > INT_MAX or found == (0, True):
            raise refusal("51000", name)
        value, exact = found
        # Below the minimum first: where minimum and lot are equal, the other order would hide it.
        if value < self.size_min * self.lot_step:
            raise refusal("51020", self.size_text(self.size_min))
        if not exact or value % self.lot_step:
            raise refusal("51121")
        return value // self.lot_step
