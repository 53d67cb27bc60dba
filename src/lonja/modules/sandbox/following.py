"""Instruments whose liquidity is that of another market, recorded or live.

A maker holds one order for each of the best levels of the source's book; a taker repeats its trades. While a source
tells trades only, the maker quotes around the last one. What rests is read from the engine each time, so that fills by
customers are made good. Invariants: the maker never meets its own orders; the book is the source's, to our ticks and
lots, as soon as all commands of a turn are carried out.
"""

import math
import random
from collections.abc import Iterator, Sequence

from lonja.core.commands import AmendOrder, CancelOrder, Command, PlaceOrder, SetIndexPrice
from lonja.core.kinds import OrderType, Side, TimeInForce
from lonja.core.texts import Text16
from lonja.core.views import OrderView
from lonja.modules.sandbox.catalogue import ASSETS, InstrumentFact
from lonja.modules.sandbox.lots import steps_of
from lonja.modules.sandbox.ports import FeedBook, FeedTrade, Rows
from lonja.modules.sandbox.quoting import Quoter, Style

FOLLOWED_LEVELS = 50
"""Levels a side that are re-created."""

_INDEX_MOVE = 0.0005
_STEPS_MAX = 2**53
"""Ticks and lots beyond are no more told apart, and refused by the engine anyway."""

_ROUNDING = 1e-6
"""Share of a tick by which a price that is one of ours may be off after the division."""

_TAG = Text16("followed")


class FollowedInstrument:
    """One instrument that follows a source."""

    def __init__(self, fact: InstrumentFact, instrument: int, maker: int, taker: int, seed: str) -> None:
        """``maker`` and ``taker`` are the accounts that trade."""
        self.fact = fact
        self.instrument = instrument
        self.maker = maker
        self.taker = taker
        self.has_changed = False
        self._steps = steps_of(fact)
        self._levels: dict[int, dict[float, float]] = {Side.BUY: {}, Side.SELL: {}}
        self._has_book = False
        self._last = 0
        self._index = 0
        chance = random.Random(f"following:{fact.instrument_id}:{seed}")  # noqa: S311  # repeatable by seed
        trade_base = (fact.trade_usd or 100.0) / ASSETS[fact.base].price
        self._quoter = Quoter(instrument, maker, self._steps, trade_base, chance, Style(fact.spread_bps, fact.depth))

    def take_book(self, event: FeedBook) -> None:
        """Note what changed in the source's book."""
        if event.is_snapshot:
            self._levels = {Side.BUY: {}, Side.SELL: {}}
        self._has_book = self.has_changed = True
        for side, rows in ((Side.BUY, event.bids), (Side.SELL, event.asks)):
            self._put(side, rows)

    def _put(self, side: Side, rows: Rows) -> None:
        levels = self._levels[side]
        for price_text, size_text in rows:
            price, size = float(price_text), float(size_text)
            if size <= 0.0:
                levels.pop(price, None)
            else:
                levels[price] = size

    def _ticks(self, price: str) -> int:
        return min(_STEPS_MAX, max(1, round(float(price) / self._steps.tick)))

    def _lots(self, size: float) -> int:
        return min(_STEPS_MAX, max(self._steps.size_min, round(size / self._steps.lot)))

    def trade(self, event: FeedTrade, resting: Sequence[OrderView]) -> list[Command]:
        """Commands that repeat a trade; ``resting`` are the maker's orders."""
        price = self._ticks(event.price)
        size = self._lots(float(event.size))
        self._last = price
        self.has_changed = True
        sign = 1 if event.side == Side.BUY else -1
        commands = self._tell_index(price)
        waiting = 0
        for order in resting:
            is_opposite = order.side != event.side
            # A trade here means that the source has nothing better, and nothing of the taker's side beyond.
            if is_opposite and order.price == price:
                waiting += order.size - order.filled
            elif (order.price - price) * sign < 0 if is_opposite else (order.price - price) * sign >= 0:
                commands.append(self._cancel(order))
        if waiting < size:
            commands.append(self._place(1 - event.side, price, max(self._steps.size_min, size - waiting)))
        taking = self._place(event.side, price, size)
        return [*commands, taking._replace(account=self.taker, time_in_force=TimeInForce.IOC, tag=Text16(""))]

    def align(self, resting: Sequence[OrderView]) -> list[Command]:
        """Commands that make the maker's orders, which are ``resting``, what the source shows."""
        self.has_changed = False
        if not self._has_book:
            if not self._last:
                return []
            # Orders that made room for a trade are no part of what the maker quotes.
            surplus = [order for order in resting if order.tag == _TAG]
            quoted = [order for order in resting if order.tag != _TAG]
            return [self._cancel(order) for order in surplus] + self._quoter.turn(float(self._last), quoted)
        wanted = self._wanted()
        middle = self._middle(wanted)
        return (self._tell_index(middle) if middle else []) + list(self._changes(wanted, resting))

    def _wanted(self) -> dict[tuple[int, int], int]:
        """Lots by side and price."""
        bids, asks = self._best(Side.BUY), self._best(Side.SELL)
        bid_prices, ask_prices = list(bids), list(asks)
        # A source between two messages may cross itself.
        while bid_prices and ask_prices and bid_prices[0] >= ask_prices[0]:
            bid_prices.pop(0)
            ask_prices.pop(0)
        wanted = {(int(Side.BUY), price): self._lots(bids[price]) for price in bid_prices}
        return wanted | {(int(Side.SELL), price): self._lots(asks[price]) for price in ask_prices}

    def _best(self, side: Side) -> dict[int, float]:
        """Sizes by price in our ticks, best first; several levels of a finer source become one, never a better one."""
        levels, tick = self._levels[side], self._steps.tick
        best: dict[int, float] = {}
        for price in sorted(levels, reverse=side == Side.BUY):
            exact = price / tick
            ticks = math.floor(exact + _ROUNDING) if side == Side.BUY else math.ceil(exact - _ROUNDING)
            if not 0 < ticks < _STEPS_MAX:
                continue
            if ticks not in best and len(best) == FOLLOWED_LEVELS:
                break
            best[ticks] = best.get(ticks, 0.0) + levels[price]
        return best

    def _changes(self, wanted: dict[tuple[int, int], int], resting: Sequence[OrderView]) -> Iterator[Command]:
        kept: set[tuple[int, int]] = set()
        amends: list[Command] = []
        for order in resting:
            key = (order.side, order.price)
            if key not in wanted or key in kept:
                yield self._cancel(order)
                continue
            kept.add(key)
            if order.size - order.filled != wanted[key]:
                amends.append(self._resize(order, order.filled + wanted[key]))
        yield from amends
        for (side, price), size in wanted.items():
            if (side, price) not in kept:
                yield self._place(side, price, size)

    def _middle(self, wanted: dict[tuple[int, int], int]) -> int:
        bids = [price for side, price in wanted if side == Side.BUY]
        asks = [price for side, price in wanted if side == Side.SELL]
        return (max(bids) + min(asks)) // 2 if bids and asks else 0

    def _tell_index(self, price: int) -> list[Command]:
        if self._index and abs(price / self._index - 1.0) < _INDEX_MOVE:
            return []
        self._index = max(1, price)
        return [SetIndexPrice(instrument=self.instrument, price=self._index)]

    def _place(self, side: int, price: int, size: int) -> PlaceOrder:
        return PlaceOrder(
            account=self.maker,
            instrument=self.instrument,
            side=side,
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            price=price,
            size=size,
            tag=_TAG,
        )

    def _resize(self, order: OrderView, size: int) -> AmendOrder:
        return AmendOrder(account=self.maker, instrument=self.instrument, order_id=order.order_id, new_size=size)

    def _cancel(self, order: OrderView) -> CancelOrder:
        return CancelOrder(account=self.maker, instrument=self.instrument, order_id=order.order_id)
