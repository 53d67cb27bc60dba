"""Simulated traders of one instrument: a market maker and people who trade now and then.

Invariant: the same seed, prices, times and resting orders give the same commands.
"""

import random
from collections.abc import Sequence

from lonja.core.commands import Command, PlaceOrder, SetIndexPrice
from lonja.core.kinds import OrderType, Side, SizeUnit, TimeInForce
from lonja.core.views import OrderView
from lonja.modules.sandbox.catalogue import ASSETS, InstrumentFact
from lonja.modules.sandbox.lots import steps_of
from lonja.modules.sandbox.prices import FairPrices
from lonja.modules.sandbox.quoting import Quoter

_INDEX_MOVE = 0.0005
"""The index price is told again when it is off by this share."""

_TAKERS_PER_TURN = 0.55
_TAKER_SCALE_MAX = 6.0
_TREND_WEIGHT = 400.0


class InstrumentTraders:
    """All that happens by itself on one instrument."""

    def __init__(self, fact: InstrumentFact, instrument: int, maker: int, taker: int, seed: str) -> None:
        """``maker`` and ``taker`` are the accounts that trade. The index counts as unknown until ``index`` is set."""
        self.fact = fact
        self.instrument = instrument
        self.maker = maker
        self.taker = taker
        self.index = 0
        self._steps = steps_of(fact)
        self._random = random.Random(f"traders:{fact.instrument_id}:{seed}")  # noqa: S311  # repeatable by seed
        self._trade_base = fact.trade_usd / ASSETS[fact.base].price
        self._quoter = Quoter(instrument, maker, self._steps, self._trade_base, self._random)
        self._next_ms = 0
        self._fair = 0.0

    def fair(self, prices: FairPrices) -> float:
        """The fair price now, in ticks."""
        return prices.price(self.fact.base, self.fact.quote) / self._steps.tick

    def is_due(self, now_ms: int) -> bool:
        """Whether it is time for a turn; if so the next one is planned."""
        if now_ms < self._next_ms:
            return False
        self._next_ms = now_ms + int(self.fact.pace_ms * self._random.uniform(0.75, 1.25))
        return True

    def turn(self, prices: FairPrices, resting: Sequence[OrderView], trade_now: bool = False) -> list[Command]:
        """What the traders do now: a new index price, the maker's changes, perhaps a trade (surely if ``trade_now``)."""
        fair = self.fair(prices)
        commands = self._tell_index(fair) + self._quoter.turn(fair, resting)
        trend = (fair / self._fair - 1.0) if self._fair else 0.0
        self._fair = fair
        if trade_now or self._random.random() < _TAKERS_PER_TURN:
            commands.append(self._take(trend))
        return commands

    def trade(self) -> PlaceOrder:
        """One trade, without the maker."""
        return self._take(0.0)

    def withdraw(self, resting: Sequence[OrderView]) -> list[Command]:
        """Commands that leave the book to others."""
        return self._quoter.withdraw(resting)

    def _tell_index(self, fair: float) -> list[Command]:
        if self.index and abs(fair / self.index - 1.0) < _INDEX_MOVE:
            return []
        self.index = max(1, round(fair))
        return [SetIndexPrice(instrument=self.instrument, price=self.index)]

    def _take(self, trend: float) -> PlaceOrder:
        buys = self._random.random() < min(0.8, max(0.2, 0.5 + trend * _TREND_WEIGHT))
        scale = min(_TAKER_SCALE_MAX, self._random.lognormvariate(-0.5, 0.9))
        return PlaceOrder(
            account=self.taker,
            instrument=self.instrument,
            side=Side.BUY if buys else Side.SELL,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            size=self._steps.lots(self._trade_base * scale),
            size_unit=SizeUnit.BASE,
        )
