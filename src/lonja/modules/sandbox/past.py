"""A day of one-minute candles from before the exchange opened, ending where live trading begins.

Invariant: each candle opens where the one before closed.
"""

import random
from collections.abc import Sequence

from lonja.core.commands import ImportCandle
from lonja.modules.sandbox.catalogue import ASSETS, InstrumentFact
from lonja.modules.sandbox.lots import Steps, fair_ticks, steps_of
from lonja.modules.sandbox.prices import FairPrices
from lonja.primitives.instant import MINUTE_MS

CANDLE_COUNT = 1_440
_STEPS_PER_CANDLE = 6
_TRADES_PER_TURN = 0.4
"""Less than the traders make, because candles with moves get more."""

_MOVE_WEIGHT = 300.0


class PastOf:
    """The candles of one instrument, made minute by minute."""

    def __init__(self, fact: InstrumentFact, instrument: int, seed: str) -> None:
        """``instrument`` is its code."""
        self.fact = fact
        self.candles: list[ImportCandle] = []
        self._instrument = instrument
        self._steps: Steps = steps_of(fact)
        self._random = random.Random(f"past:{fact.instrument_id}:{seed}")  # noqa: S311  # repeatable by seed
        trades = _TRADES_PER_TURN * MINUTE_MS / fact.pace_ms
        self._lots_per_minute = trades * fact.trade_usd / ASSETS[fact.base].price / self._steps.lot
        self._minute: list[int] = []

    def see(self, prices: FairPrices) -> None:
        """Note the price of this moment."""
        self._minute.append(fair_ticks(self.fact, prices))

    def close_minute(self, open_time_ms: int) -> None:
        """Make a candle of what was seen since the last one."""
        seen = self._minute
        first, last, low, high = seen[0], seen[-1], min(seen), max(seen)
        move = 1.0 + _MOVE_WEIGHT * (high - low) / first
        volume = max(self._steps.size_min, int(self._lots_per_minute * move * self._random.lognormvariate(-0.3, 0.6)))
        self.candles.append(
            ImportCandle(
                instrument=self._instrument,
                open_time_ms=open_time_ms,
                open=first,
                high=high,
                low=low,
                close=last,
                volume=volume,
                quote_volume=self._steps.notional((low + high) // 2, volume),
            )
        )
        self._minute = [last]


def make_past(facts: Sequence[tuple[InstrumentFact, int]], seed: str, end_ms: int, prices: FairPrices) -> list[PastOf]:
    """Candles of each instrument for the day that ends at ``end_ms`` (a whole minute); moves ``prices`` on by a day."""
    pasts = [PastOf(fact, instrument, seed) for fact, instrument in facts]
    for past in pasts:
        past.see(prices)
    begin_ms = end_ms - CANDLE_COUNT * MINUTE_MS
    for minute in range(CANDLE_COUNT):
        for _ in range(_STEPS_PER_CANDLE):
            prices.step(60.0 / _STEPS_PER_CANDLE)
            for past in pasts:
                past.see(prices)
        for past in pasts:
            past.close_minute(begin_ms + minute * MINUTE_MS)
    return pasts
