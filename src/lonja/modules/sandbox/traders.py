"""Simulated traders of one instrument: a market maker and people who trade now and then.

Invariant: the same seed, prices, times and resting orders give the same commands.
"""

import random
from collections.abc import Sequence

from lonja.core.commands import Command, PlaceOrder, SetIndexPrice
from lonja.core.kinds import OrderType, Side, SizeUnit, TimeInForce
from lonja.core.views import OrderView
from lonja.modules.sandbox.catalogue import ASSETS, InstrumentFact
from lonja.modules.sandbox.flow import Flow
from lonja.modules.sandbox.lots import steps_of
from lonja.modules.sandbox.moods import EFFECTS, Mood, MoodEffect
from lonja.modules.sandbox.prices import FairPrices
from lonja.modules.sandbox.quoting import Quoter, Style

_INDEX_MOVE = 0.0005
"""The index price is told again when it is off by this share."""

_QUOTE_PACES = 4
_QUOTE_MS_MIN, _QUOTE_MS_MAX = 1_000, 30_000
"""A maker looks at its book every few trades, and within these bounds."""

_REACTION_MS_MIN, _REACTION_MS_MAX = 20, 250
_TREND_WEIGHT = 400.0
_BUYERS_SHIFT_MAX = 0.35
_CONSUMED_MAX = 0.6
"""Share of the touch that others may take before its maker looks at it at once."""


class InstrumentTraders:
    """All that happens by itself on one instrument."""

    def __init__(self, fact: InstrumentFact, instrument: int, maker: int, taker: int, seed: str) -> None:
        """``maker`` and ``taker`` are the accounts that trade. The index counts as unknown until it is told."""
        self.fact = fact
        self.instrument = instrument
        self.maker = maker
        self.taker = taker
        self.index = 0
        self.effect = EFFECTS[Mood.NORMAL]
        self._steps = steps_of(fact)
        self._random = random.Random(f"traders:{fact.instrument_id}:{seed}")  # noqa: S311  # repeatable by seed
        self._flow = Flow(self._random)
        self._trade_base = fact.trade_usd / ASSETS[fact.base].price
        style = Style(fact.spread_bps, fact.depth)
        self._quoter = Quoter(instrument, maker, self._steps, self._trade_base, self._random, style)
        self._consumed = 0
        self._fair = 0.0

    def fair(self, prices: FairPrices) -> float:
        """The fair price now, in ticks."""
        return prices.price(self.fact.base, self.fact.quote) / self._steps.tick

    def set_effect(self, effect: MoodEffect) -> None:
        """Behave as a mood demands from the next turn on."""
        self.effect = effect
        self._quoter.restyle(Style(self.fact.spread_bps, self.fact.depth, effect.spread, effect.depth))

    def is_off(self, prices: FairPrices) -> bool:
        """Whether the maker should look at its book at once: the price went away from it, or others emptied it."""
        quoter = self._quoter
        if quoter.renews or self._consumed > _CONSUMED_MAX * quoter.touch_size:
            return True
        return abs(self.fair(prices) - quoter.middle) > quoter.tolerance

    def off(self, prices: FairPrices) -> float:
        """How far the price went away from the maker, in what it tolerates."""
        return abs(self.fair(prices) - self._quoter.middle) / max(0.75, self._quoter.tolerance)

    def trade_gap_ms(self, liveliness: float) -> int:
        """How long until the next trade."""
        mean = self.fact.pace_ms / self.effect.trades / liveliness
        return max(1, int(mean * self._flow.gap()))

    def quote_gap_ms(self) -> int:
        """How long until the maker looks at its book without a reason."""
        usual = min(_QUOTE_MS_MAX, max(_QUOTE_MS_MIN, _QUOTE_PACES * self.fact.pace_ms))
        return int(usual * self._random.uniform(0.75, 1.25))

    def reaction_ms(self) -> int:
        """How long the maker takes to react."""
        return self._random.randint(_REACTION_MS_MIN, _REACTION_MS_MAX)

    def quote(self, prices: FairPrices, resting: Sequence[OrderView]) -> list[Command]:
        """What the maker does now: perhaps a new index price, and changes to its orders, which are ``resting``."""
        fair = self.fair(prices)
        self._consumed = 0
        return self._tell_index(fair) + self._quoter.turn(fair, resting)

    def trade(self, prices: FairPrices, scale: float = 1.0) -> PlaceOrder:
        """One trade, of ``scale`` times the usual size. People rather buy what has risen since the last one."""
        fair = self.fair(prices)
        trend = (fair / self._fair - 1.0) * _TREND_WEIGHT if self._fair else 0.0
        self._fair = fair
        shift = max(-_BUYERS_SHIFT_MAX, min(_BUYERS_SHIFT_MAX, trend + self.effect.buyer_shift))
        size = self._steps.lots(self._trade_base * self._flow.size() * scale)
        self._consumed += size
        return PlaceOrder(
            account=self.taker,
            instrument=self.instrument,
            side=Side.BUY if self._flow.buys(shift) else Side.SELL,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            size=size,
            size_unit=SizeUnit.BASE,
        )

    def withdraw(self, resting: Sequence[OrderView]) -> list[Command]:
        """Commands that leave the book to others."""
        return self._quoter.withdraw(resting)

    def _tell_index(self, fair: float) -> list[Command]:
        if self.index and abs(fair / self.index - 1.0) < _INDEX_MOVE:
            return []
        self.index = max(1, round(fair))
        return [SetIndexPrice(instrument=self.instrument, price=self.index)]
