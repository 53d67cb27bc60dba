"""Instruments and currencies, and the arithmetic of one instrument.

Why here: turning ticks and lots into amounts is the same everywhere and its rounding is a rule of the house: what is
exchanged rounds down, what is held rounds up, so a hold always covers its fills (``docs/adr/0007``).
Invariant: for every admitted order ``price * size * quote_multiplier`` and ``size * base_per_lot`` fit 62 bits.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core.contracts import Contract
from lonja.core.price_levels import PriceLevels

INT_MAX: Final[i64] = 0x3FFFFFFFFFFFFFFF
_PPM: Final[i64] = 1_000_000
_SCALE_MAX: Final = 18
_UNIT_OF_ACCOUNT: Final = b"USDT"
PRICE_OF_ONE: Final[i64] = 10**12

LIVE: Final[i64] = 0
POST_ONLY_STATE: Final[i64] = 3
DELISTED: Final[i64] = 4


class DiscountTier:
    """Up to ``amount_max`` smallest units, how much of a currency counts as collateral."""

    def __init__(self, amount_max: i64, rate_ppm: i64) -> None:
        """The rate is in parts per million of the value."""
        self.amount_max = amount_max
        self.rate_ppm = rate_ppm


class MarginTier:
    """Debts of up to ``base_max`` or ``quote_max`` smallest units, and the margin that pockets need for them."""

    def __init__(self, base_max: i64, quote_max: i64, initial_ppm: i64, maintenance_ppm: i64) -> None:
        """Rates in parts per million of the debt's value."""
        self.base_max = base_max
        self.quote_max = quote_max
        self.initial_ppm = initial_ppm
        self.maintenance_ppm = maintenance_ppm


class Currency:
    """A currency, the house's slots in it, and what it is worth as collateral and as a debt."""

    def __init__(self, name: bytes, scale: i64, outside_slot: i64, fee_slot: i64) -> None:
        """``name`` is packed text. Nothing of it is collateral, and nothing can be borrowed, until that is defined."""
        self.name = name
        self.scale = scale
        self.outside_slot = outside_slot
        self.fee_slot = fee_slot
        self.price: i64 = 0
        self.weight: int = 0
        self.tiers: Final[list[DiscountTier]] = []
        self.limit_max: i64 = 0
        self.initial_ppm: i64 = 0
        self.maintenance_ppm: i64 = 0
        self.penalty_ppm: i64 = 0
        self.interest_free: i64 = 0
        if name == _UNIT_OF_ACCOUNT:
            self.set_price(PRICE_OF_ONE)

    def set_price(self, price: i64) -> None:
        """What one whole unit is worth, in millionths of a millionth of a US dollar.

        ``weight`` is what one smallest unit is worth in 10**-30 USD, a whole number for every scale.
        """
        self.price = price
        wide: int = price
        scale: int = self.scale
        self.weight = wide * int(10 ** (_SCALE_MAX - scale))


class Instrument:
    """An instrument with its book. The constructor takes the checked words of ``commands.ListInstrument``."""

    def __init__(self, code: i64, instrument_id: bytes, instrument_type: i64, base: i64, quote: i64) -> None:
        """The rest is set by ``admin.list_instrument`` and ``snapshot``."""
        self.code = code
        self.instrument_id = instrument_id
        self.instrument_type = instrument_type
        self.base = base
        self.quote = quote
        self.settle: i64 = quote
        self.price_scale: i64 = 0
        self.tick_step: i64 = 1
        self.size_scale: i64 = 0
        self.lot_step: i64 = 1
        self.size_min: i64 = 1
        self.size_limit_max: i64 = 0
        self.size_market_max: i64 = 0
        self.amount_market_max: i64 = 0
        self.band_ppm: i64 = 0
        self.fee_group: i64 = 0
        self.state: i64 = LIVE
        self.listed_time_ms: i64 = 0
        self.index_price: i64 = 0
        self.buy_max: i64 = 0
        self.sell_min: i64 = 0
        self.last_trade_id: i64 = 0
        self.last_price: i64 = 0
        self.base_per_lot: i64 = 1
        self.quote_multiplier: i64 = 1
        self.quote_divisor: i64 = 1
        self.base_fee_slot: i64 = 0
        self.quote_fee_slot: i64 = 0
        self.contract: Contract | None = None
        self.margin_tiers: Final[list[MarginTier]] = []
        self.bids: Final = PriceLevels()
        self.asks: Final = PriceLevels()

    def notional_floor(self, price: i64, size: i64) -> i64:
        """Quote amount of ``size`` lots at ``price`` ticks, rounded down."""
        product: i64 = price * size * self.quote_multiplier
        if self.quote_divisor == 1:
            return product
        return product // self.quote_divisor

    def notional_ceil(self, price: i64, size: i64) -> i64:
        """The same rounded up."""
        product: i64 = price * size * self.quote_multiplier
        if self.quote_divisor == 1:
            return product
        return -(-product // self.quote_divisor)

    def lots_for(self, amount: i64, price: i64, most: i64) -> i64:
        """How many lots ``amount`` of quote pays for at ``price``, at most ``most``. Exact for any amount.

        Every number is widened: compiled, ``int`` and ``i64`` together become ``i64``.
        """
        wide_amount: int = amount
        wide_price: int = price
        divisor: int = self.quote_divisor
        multiplier: int = self.quote_multiplier
        wide_most: int = most
        lots: int = wide_amount * divisor // (wide_price * multiplier)
        return lots if lots < wide_most else most

    def fits(self, price: i64, size: i64) -> bool:
        """Whether ``size`` lots at ``price`` ticks (both positive) stay within ``INT_MAX``."""
        if size > INT_MAX // self.base_per_lot:
            return False
        return price <= INT_MAX // self.quote_multiplier // size

    def set_index_price(self, price: i64) -> None:
        """Place the price band around ``price``; 0 removes it."""
        self.index_price = price
        if price == 0:
            self.buy_max = 0
            self.sell_min = 0
            return
        wide: int = price
        above: int = _PPM + self.band_ppm
        below: int = _PPM - self.band_ppm
        million: int = _PPM
        limit: int = INT_MAX
        buy_max: int = wide * above // million
        sell_min: int = -(-wide * below // million)
        self.buy_max = buy_max if buy_max < limit else limit
        self.sell_min = sell_min if sell_min > 1 else 1
