"""One instrument's steps as integers: from facts in decimal text to ticks, lots and smallest units.

Why here: the catalogue is written for people, commands hold integers. Invariant: a price is ``ticks * tick``, a size
``lots * lot``, and converting a size to an amount is exact.
"""

from dataclasses import dataclass
from decimal import Decimal

from lonja.core.commands import ListInstrument
from lonja.core.kinds import InstrumentState, InstrumentType
from lonja.core.texts import Text32
from lonja.modules.sandbox.catalogue import (
    ASSETS,
    BAND_PPM,
    CURRENCIES,
    LIMIT_ORDER_USD_MAX,
    MARKET_ORDER_USD_MAX,
    InstrumentFact,
)
from lonja.modules.sandbox.prices import FairPrices
from lonja.primitives.money import INT_MAX

SCALES = {currency.name: currency.scale for currency in CURRENCIES}


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of one instrument. ``tick`` and ``lot`` are floats for the models; the rest is exact."""

    tick: float
    lot: float
    price_scale: int
    tick_step: int
    size_scale: int
    lot_step: int
    size_min: int
    base_scale: int
    quote_scale: int

    def notional(self, price: int, size: int) -> int:
        """Smallest units of quote for ``size`` lots at ``price`` ticks, rounded down."""
        product = price * self.tick_step * size * self.lot_step
        shift = self.quote_scale - self.price_scale - self.size_scale
        return int(product * 10**shift if shift >= 0 else product // 10**-shift)

    def lots(self, size: float) -> int:
        """The nearest number of lots to ``size`` of base, at least the minimum, with four digits that matter."""
        lots = max(self.size_min, round(size / self.lot))
        surplus = len(str(lots)) - 4
        if surplus <= 0:
            return lots
        return max(self.size_min, round(lots, -surplus))


def steps_of(fact: InstrumentFact) -> Steps:
    """The steps of ``fact`` as integers."""
    tick_step, price_scale = _split(fact.tick_size)
    lot_step, size_scale = _split(fact.lot_size)
    return Steps(
        tick=float(fact.tick_size),
        lot=float(fact.lot_size),
        price_scale=price_scale,
        tick_step=tick_step,
        size_scale=size_scale,
        lot_step=lot_step,
        size_min=int(Decimal(fact.min_size) / Decimal(fact.lot_size)),
        base_scale=SCALES[fact.base],
        quote_scale=SCALES[fact.quote],
    )


def catalogue_price(fact: InstrumentFact) -> int:
    """Ticks at which the instrument starts."""
    return round(ASSETS[fact.base].price / ASSETS[fact.quote].price / float(fact.tick_size))


def fair_ticks(fact: InstrumentFact, prices: FairPrices) -> int:
    """The fair price of this moment in whole ticks, at least one."""
    return max(1, round(prices.price(fact.base, fact.quote) / float(fact.tick_size)))


def listing(fact: InstrumentFact, base: int, quote: int) -> ListInstrument:
    """The command that lists ``fact`` for the currencies numbered ``base`` and ``quote``; not yet open for trading."""
    steps = steps_of(fact)
    return ListInstrument(
        instrument_id=Text32(fact.instrument_id),
        instrument_type=InstrumentType.SPOT,
        base=base,
        quote=quote,
        settle=quote,
        price_scale=steps.price_scale,
        tick_step=steps.tick_step,
        size_scale=steps.size_scale,
        lot_step=steps.lot_step,
        size_min=steps.size_min,
        size_limit_max=_size_worth(fact, steps, LIMIT_ORDER_USD_MAX),
        size_market_max=_size_worth(fact, steps, MARKET_ORDER_USD_MAX),
        amount_market_max=round(MARKET_ORDER_USD_MAX / ASSETS[fact.quote].price) * 10**steps.quote_scale,
        band_ppm=BAND_PPM,
        state=InstrumentState.PREOPEN,
    )


def _split(step: str) -> tuple[int, int]:
    whole, _, fraction = step.partition(".")
    return int(whole + fraction), len(fraction)


def _size_worth(fact: InstrumentFact, steps: Steps, usd: int) -> int:
    # Rounded up to one digit, as venues publish such limits.
    units = round(usd / ASSETS[fact.base].price)
    digit: int = 10 ** (len(str(units)) - 1)
    rounded = -(-units // digit) * digit
    return min(INT_MAX, rounded * int(10**steps.size_scale) // steps.lot_step)
