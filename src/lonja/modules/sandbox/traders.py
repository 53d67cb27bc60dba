"""Simulated traders of one instrument: a market maker and people who trade now and then.

Invariant: the same seed, prices, times and resting orders give the same commands.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random

from lonja.core.commands import Command, PlaceContractOrder, PlaceOrder, SetIndexPrice
from lonja.core.kinds import OrderType, Side, SizeUnit, TimeInForce
from lonja.core.views import OrderView
from lonja.modules.sandbox.catalogue import ASSETS, InstrumentFact
from lonja.modules.sandbox.flow import Flow
from lonja.modules.sandbox.lots import Steps, steps_of
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


class Traders(ABC):
    """All that happens by itself on one instrument, of whichever kind."""

    instrument_id: str
    base: str
    quote_currency: str
    pace_ms: int
    """The mean time between two trades."""
    tells_index = False
    """Whether contracts follow what the maker tells of the price."""

    def __init__(
        self, instrument: int, maker: int, taker: int, steps: Steps, trade_base: float, random: Random
    ) -> None:
        """``maker`` and ``taker`` are the accounts that trade, ``trade_base`` the mean size of a trade."""
        self.instrument = instrument
        self.maker = maker
        self.taker = taker
        self.effect = EFFECTS[Mood.NORMAL]
        self.has_ended = False
        """Whether the instrument is over, so that nobody acts on it any more."""
        self._steps = steps
        self._random = random
        self._flow = Flow(random)
        self._trade_base = trade_base
        self._quoter = self._make_quoter()
        self._consumed = 0
        self._fair = 0.0

    @abstractmethod
    def fair(self, prices: FairPrices) -> float:
        """The fair price now, in ticks."""

    @abstractmethod
    def _style(self) -> Style:
        """How the maker quotes when its mood is normal."""

    def _make_quoter(self) -> Quoter:
        return Quoter(self.instrument, self.maker, self._steps, self._trade_base, self._random, self._style())

    def set_effect(self, effect: MoodEffect) -> None:
        """Behave as a mood demands from the next turn on."""
        self.effect = effect
        self._quoter.restyle(self._style()._replace(spread_scale=effect.spread, size_scale=effect.depth))

    def is_off(self, prices: FairPrices) -> bool:
        """Whether the maker should look at its book at once: the price went away from it, or others emptied it."""
        if self.has_ended:
            return False
        quoter = self._quoter
        if quoter.renews or self._consumed > _CONSUMED_MAX * quoter.touch_size:
            return True
        return abs(self.fair(prices) - quoter.middle) > quoter.tolerance

    def off(self, prices: FairPrices) -> float:
        """How far the price went away from the maker, in what it tolerates."""
        return abs(self.fair(prices) - self._quoter.middle) / max(0.75, self._quoter.tolerance)

    def trade_gap_ms(self, liveliness: float) -> int:
        """How long until the next trade."""
        mean = self.pace_ms / self.effect.trades / liveliness
        return max(1, int(mean * self._flow.gap()))

    def quote_gap_ms(self) -> int:
        """How long until the maker looks at its book without a reason."""
        usual = min(_QUOTE_MS_MAX, max(_QUOTE_MS_MIN, _QUOTE_PACES * self.pace_ms))
        return int(usual * self._random.uniform(0.75, 1.25))

    def tell(self, prices: FairPrices) -> list[Command]:
        """What the exchange has to be told of the price, if anything, without a look at the book."""
        return self._before_quoting(prices)[1]

    def reaction_ms(self) -> int:
        """How long the maker takes to react."""
        return self._random.randint(_REACTION_MS_MIN, _REACTION_MS_MAX)

    def quote(self, prices: FairPrices, resting: Sequence[OrderView]) -> list[Command]:
        """What the maker does now: perhaps a new index price, and changes to its orders, which are ``resting``."""
        if self.has_ended:
            return []
        fair, told = self._before_quoting(prices)
        self._consumed = 0
        return told + self._quoter.turn(fair, resting)

    def trade(self, prices: FairPrices, scale: float = 1.0) -> PlaceOrder | PlaceContractOrder:
        """One trade, of ``scale`` times the usual size. People rather buy what has risen since the last one."""
        fair = self.fair(prices)
        trend = (fair / self._fair - 1.0) * _TREND_WEIGHT if self._fair else 0.0
        self._fair = fair
        shift = max(-_BUYERS_SHIFT_MAX, min(_BUYERS_SHIFT_MAX, trend + self.effect.buyer_shift))
        size = self._steps.lots(self._trade_base * self._flow.size() * scale)
        self._consumed += size
        return self._order(Side.BUY if self._buys(shift) else Side.SELL, size)

    def _buys(self, shift: float) -> bool:
        return self._flow.buys(shift)

    @abstractmethod
    def _order(self, side: int, size: int) -> PlaceOrder | PlaceContractOrder:
        """A market order of the taker."""

    def withdraw(self, resting: Sequence[OrderView]) -> list[Command]:
        """Commands that leave the book to others."""
        return self._quoter.withdraw(resting)

    @abstractmethod
    def _before_quoting(self, prices: FairPrices) -> tuple[float, list[Command]]:
        """Around which price the maker may quote, in ticks, and what the exchange has to be told before."""


class InstrumentTraders(Traders):
    """The simulated traders of a spot instrument."""

    def __init__(self, fact: InstrumentFact, instrument: int, maker: int, taker: int, seed: str) -> None:
        """``maker`` and ``taker`` are the accounts that trade. The index counts as unknown until it is told."""
        self.fact = fact
        self.instrument_id = fact.instrument_id
        self.base = fact.base
        self.quote_currency = fact.quote
        self.tells_index = fact.quote == "USDT"
        self.pace_ms = fact.pace_ms
        self.index = 0
        chance = Random(f"traders:{fact.instrument_id}:{seed}")  # noqa: S311  # repeatable by seed, nothing secret
        trade_base = fact.trade_usd / ASSETS[fact.base].price
        super().__init__(instrument, maker, taker, steps_of(fact), trade_base, chance)

    def fair(self, prices: FairPrices) -> float:
        """The fair price now, in ticks."""
        return prices.price(self.fact.base, self.fact.quote) / self._steps.tick

    def again(self, seed: str) -> "InstrumentTraders":
        """The same traders at the beginning of another course."""
        return InstrumentTraders(self.fact, self.instrument, self.maker, self.taker, seed)

    def _style(self) -> Style:
        return Style(self.fact.spread_bps, self.fact.depth)

    def _order(self, side: int, size: int) -> PlaceOrder:
        return PlaceOrder(
            account=self.taker,
            instrument=self.instrument,
            side=side,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            size=size,
            size_unit=SizeUnit.BASE,
        )

    def _before_quoting(self, prices: FairPrices) -> tuple[float, list[Command]]:
        fair = self.fair(prices)
        if self.index and abs(fair / self.index - 1.0) < _INDEX_MOVE:
            return fair, []
        self.index = max(1, round(fair))
        prices.tell(self.base, self.quote_currency, self.index * self._steps.tick)
        return fair, [SetIndexPrice(instrument=self.instrument, price=self.index)]
