"""A day of one-minute candles from before the exchange opened, ending where live trading begins.

Minutes without a trade have no candle, as in live trading; what trades seldom has few. Invariants: each candle opens
where the one before closed; the first is a day old, so that the whole day is known.
"""

import math
import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lonja.core.commands import ImportCandle
from lonja.modules.sandbox.basis import carry
from lonja.modules.sandbox.catalogue import ASSETS, InstrumentFact
from lonja.modules.sandbox.lots import Steps, steps_of
from lonja.modules.sandbox.prices import FairPrices
from lonja.primitives.instant import MINUTE_MS

CANDLE_COUNT = 1_440
_ALWAYS_PACE_MS = 3_000
"""Instruments with such a mean time between trades, or a shorter one, have a candle for each minute."""
_SHARE_PACE_MS = 2_000
"""Others have one for as many minutes as this is a share of that time."""

_REACH = 0.31
"""How far beyond open and close a minute reaches, in standard deviations of a minute, times a half-normal number."""

_MINUTES_PER_YEAR = 365 * 1_440
_MOVE_WEIGHT = 300.0
_VOLUME_SPREAD = 0.8


class PastMarket(NamedTuple):
    """A market as far as its past is concerned; ``worth`` tells what so many lots are worth at a price, both in units.

    A dated contract, which ends at ``expiry_ms``, costs more than what it is on.
    """

    name: str
    base: str
    quote: str
    pace_ms: int
    trade_usd: float
    steps: Steps
    worth: Callable[[int, int], int]
    expiry_ms: int = 0


class Past:
    """The prices of all assets, minute by minute, and the candles made of them."""

    def __init__(self, seed: str, end_ms: int, prices: FairPrices) -> None:
        """The day that ends at ``end_ms`` (a whole minute) with the prices of now."""
        self._seed = seed
        self.begin_ms, self.end_ms = end_ms - CANDLE_COUNT * MINUTE_MS, end_ms
        # A random walk looks the same in both directions; this one must end where ``prices`` goes on.
        now = prices.dollars()
        walk = FairPrices(f"past:{seed}", now, now)
        self._path = [walk.dollars()]
        for _ in range(CANDLE_COUNT):
            walk.step(60.0)
            self._path.append(walk.dollars())
        self._path.reverse()

    def dollars(self, time_ms: int) -> dict[str, float]:
        """Dollar prices of all assets at a moment of that day, at its begin before."""
        return self._path[max(0, min((time_ms - self.begin_ms) // MINUTE_MS, CANDLE_COUNT))]

    def ticks(self, market: PastMarket, time_ms: int) -> int:
        """What ``market`` stood at then."""
        then = self.dollars(time_ms)
        above = carry(market.expiry_ms - time_ms) if market.expiry_ms else 0.0
        return max(1, round(then[market.base] / then[market.quote] * (1.0 + above) / market.steps.tick))

    def candles(self, fact: InstrumentFact, instrument: int) -> Iterator[ImportCandle]:
        """The candles of ``fact``, whose code is ``instrument``, oldest first."""
        steps = steps_of(fact)
        names = (fact.instrument_id, fact.base, fact.quote)
        return self.candles_of(PastMarket(*names, fact.pace_ms, fact.trade_usd, steps, steps.notional), instrument)

    def candles_of(self, market: PastMarket, instrument: int) -> Iterator[ImportCandle]:
        """The candles of ``market``, whose code is ``instrument``, oldest first."""
        chance = random.Random(f"past:{market.name}:{self._seed}")  # noqa: S311  # repeatable by seed
        steps, base = market.steps, market.base
        reach = ASSETS[base].volatility / math.sqrt(_MINUTES_PER_YEAR) * _REACH
        lots_usual = max(1.0, MINUTE_MS / market.pace_ms) * market.trade_usd / ASSETS[base].price / steps.lot
        last = self.ticks(market, self.begin_ms)
        for minute in self._minutes(market.pace_ms, chance):
            close = self.ticks(market, self.begin_ms + (minute + 1) * MINUTE_MS)
            high = round(max(last, close) * (1.0 + reach * abs(chance.gauss(0.0, 1.0))))
            low = max(1, round(min(last, close) * (1.0 - reach * abs(chance.gauss(0.0, 1.0)))))
            move = (1.0 + _MOVE_WEIGHT * (high - low) / close) * chance.lognormvariate(-0.9, _VOLUME_SPREAD)
            volume = max(steps.size_min, int(lots_usual * move))
            yield ImportCandle(
                instrument=instrument,
                open_time_ms=self.begin_ms + minute * MINUTE_MS,
                open=last,
                high=high,
                low=low,
                close=close,
                volume=volume,
                quote_volume=market.worth((low + high) // 2, volume),
            )
            last = close

    def _minutes(self, pace_ms: int, chance: random.Random) -> Iterator[int]:
        """The minutes in which something traded: the first and the last ones, and others as they come."""
        share = _SHARE_PACE_MS / pace_ms
        if pace_ms <= _ALWAYS_PACE_MS:
            yield from range(CANDLE_COUNT)
            return
        minute = 0
        while minute < CANDLE_COUNT - 1:
            yield minute
            minute += 1 + int(math.log(1.0 - chance.random()) / math.log(1.0 - share))
        yield CANDLE_COUNT - 1
