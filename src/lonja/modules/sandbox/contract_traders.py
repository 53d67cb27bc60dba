"""Simulated traders of one contract: as on spot, around the index and a wandering basis, and never far from flat.

Why here: who trades contracts holds positions. Takers prefer the side that brings them back, so neither they nor the
makers they trade with come near liquidation. Invariant: the same seed, prices, times and resting orders give the same
commands.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from random import Random
from typing import Final, NamedTuple

from lonja.core.commands import Command, PlaceContractOrder
from lonja.core.kinds import InstrumentState, InstrumentType, OrderType, Side, TimeInForce
from lonja.core.texts import Text16
from lonja.core.views import InstrumentView, OrderView
from lonja.engine.api import EngineViews
from lonja.modules.sandbox.basis import SPREAD_ELSEWHERE, SPREAD_LIVELY, Bases, carry
from lonja.modules.sandbox.catalogue import ASSETS
from lonja.modules.sandbox.contract_opening import OpenedFamily, contract_steps
from lonja.modules.sandbox.prices import FairPrices
from lonja.modules.sandbox.quoting import Quoter, Style
from lonja.modules.sandbox.traders import Traders

_TOUCH: Final = 20.0
"""What waits at the best price, in trades: enough to say at which price a usual amount trades."""

_HELD_TRADES: Final = 150.0
"""From so many mean trades on takers only reduce what they hold; before that they prefer to."""
_SHIFT_HELD: Final = 0.3
_COUNTED_TRADES: Final = 256
"""After so many trades what a taker holds is looked up, since orders may have found too little."""


class Terms(NamedTuple):
    """What never changes of a contract; a dated one ends at ``expiry_ms``.

    ``outside`` is the spot pair whose price comes from elsewhere, from people or another market; -1 when it is simulated.
    """

    instrument_id: str
    instrument: int
    expiry_ms: int
    outside: int


class ContractTraders(Traders):
    """The simulated traders of a contract."""

    def __init__(
        self, family: OpenedFamily, terms: Terms, views: EngineViews, now_ms: Callable[[], int], seed: str
    ) -> None:
        """They act for the accounts of ``family``."""
        fact = family.fact
        self.instrument_id = terms.instrument_id
        self.base = fact.base
        self.quote_currency = fact.quote
        self.pace_ms = fact.pace_ms
        self.terms = terms
        self.family = family
        self._views = views
        self._now_ms = now_ms
        self._held = 0
        self._until_look = 0
        chance = Random(f"traders:{terms.instrument_id}:{seed}")  # noqa: S311  # repeatable by seed, nothing secret
        super().__init__(
            terms.instrument,
            family.maker,
            family.taker,
            contract_steps(fact),
            fact.trade_usd / ASSETS[fact.base].price,
            chance,
        )

    def add_basis(self, bases: Bases) -> None:
        """Let the contract's basis wander."""
        bases.add(self.instrument_id, SPREAD_LIVELY if self.family.fact.is_lively else SPREAD_ELSEWHERE)

    def fair(self, prices: FairPrices) -> float:
        """The fair price now, in ticks: the index, the basis, and what a later delivery is worth."""
        above = prices.bases.of(self.instrument_id)
        if self.terms.expiry_ms:
            above += carry(self.terms.expiry_ms - self._now_ms())
        index = prices.index(self.base, self.family.fact.quote, self._told_outside())
        return index * (1.0 + above) / self._steps.tick

    def _told_outside(self) -> float | None:
        """What the exchange was told of a pair that is not simulated; in ticks that are those of the contract."""
        view = self._views.instrument(self.terms.outside) if self.terms.outside >= 0 else None
        return view.index_price * self._steps.tick if view is not None and view.index_price else None

    def quote(self, prices: FairPrices, resting: Sequence[OrderView]) -> list[Command]:
        """What the maker does now. The contracts of a family have one maker; ``resting`` are all its orders."""
        return super().quote(prices, self._own(resting))

    def withdraw(self, resting: Sequence[OrderView]) -> list[Command]:
        """Commands that leave the book to others."""
        return super().withdraw(self._own(resting))

    def _own(self, resting: Sequence[OrderView]) -> Sequence[OrderView]:
        if not self.terms.expiry_ms:
            return resting
        return [order for order in resting if order.instrument == self.instrument]

    def _style(self) -> Style:
        fact = self.family.fact
        return Style(fact.spread_bps, fact.depth, touch=_TOUCH, levels=fact.levels)

    def _make_quoter(self) -> Quoter:
        return _ContractQuoter(self.instrument, self.maker, self._steps, self._trade_base, self._random, self._style())

    def _before_quoting(self, prices: FairPrices) -> tuple[float, list[Command]]:
        """Within the price limits: when prices run, the book comes after them as the limits do."""
        fair = self.fair(prices)
        view = self._views.instrument(self.instrument)
        if view is None or not view.buy_max:
            return fair, []
        return max(view.sell_min + 1.0, min(fair, view.buy_max - 1.0)), []

    def _buys(self, shift: float) -> bool:
        share = self._held * self._steps.lot / (_HELD_TRADES * self._trade_base)
        if abs(share) > 1.0:
            return share < 0.0
        return self._flow.buys(shift - _SHIFT_HELD * share)

    def _order(self, side: int, size: int) -> PlaceContractOrder:
        if not self._until_look:
            self._until_look, self._held = _COUNTED_TRADES, self._lots_held()
        self._until_look -= 1
        self._held += size if side == Side.BUY else -size
        return PlaceContractOrder(
            account=self.taker,
            instrument=self.instrument,
            side=side,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            size=size,
        )

    def _lots_held(self) -> int:
        return sum(one.lots for one in self._views.positions(self.taker) if one.instrument == self.instrument)


class _ContractQuoter(Quoter):
    """Places orders for contracts."""

    def _place(self, side: int, price: int, size: int, tag: Text16) -> PlaceContractOrder:
        return PlaceContractOrder(
            account=self._account,
            instrument=self._instrument,
            side=side,
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            price=price,
            size=size,
            tag=tag,
        )


class ContractWatch:
    """Notices contracts as they are listed, and when dated ones end."""

    def __init__(
        self,
        families: Sequence[OpenedFamily],
        simulated: Collection[str],
        views: EngineViews,
        now_ms: Callable[[], int],
        seed: str,
    ) -> None:
        """Only contracts of ``families`` count; ``simulated`` are the names of pairs whose prices are made here."""
        self._families = {family.family: family for family in families if family.fact.pace_ms}
        self._simulated = simulated
        self._outside: dict[str, int] = {}
        self._views = views
        self._now_ms = now_ms
        self._seed = seed
        self._looked_at = 0
        self._dated: list[ContractTraders] = []

    def new_traders(self) -> Iterator[ContractTraders]:
        """Traders of contracts that were listed since the last call."""
        while self._families and (view := self._views.instrument(self._looked_at)) is not None:
            self._looked_at += 1
            if view.instrument_type == InstrumentType.SPOT:
                if view.instrument_id not in self._simulated:
                    self._outside[view.instrument_id] = view.instrument
                continue
            contract = self._views.contract(view.instrument)
            if contract is None or contract.family not in self._families or not _lives(view):
                continue
            outside = self._outside.get(f"{self._families[contract.family].fact.base}-USDT", -1)
            terms = Terms(view.instrument_id, view.instrument, contract.expiry_time_ms, outside)
            traders = ContractTraders(self._families[contract.family], terms, self._views, self._now_ms, self._seed)
            if terms.expiry_ms:
                self._dated.append(traders)
            yield traders

    def end_expired(self, now_ms: int) -> bool:
        """Let nobody act on contracts whose time is over; whether there were any."""
        ended = [one for one in self._dated if now_ms >= one.terms.expiry_ms]
        for traders in ended:
            traders.has_ended = True
            self._dated.remove(traders)
        return bool(ended)

    def begin_again(self, seed: str) -> None:
        """Look at all contracts anew."""
        self._seed, self._looked_at, self._dated = seed, 0, []


def _lives(view: InstrumentView) -> bool:
    return view.state == InstrumentState.LIVE
