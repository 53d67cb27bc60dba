"""The market maker's book: what it wants to have resting around a fair price, and how to get there cheaply.

A touch order on each side follows the fair price; behind it a ladder of orders stands on a fixed grid of prices, so
that a small move of the price changes few of them. What rests is read from the engine each time, so nothing is
remembered that could be wrong after a restart or a fill. Invariant: commands come in an order in which the maker never
meets its own orders.
"""

import math
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lonja.core.commands import AmendOrder, CancelOrder, Command, PlaceOrder
from lonja.core.kinds import OrderType, Side, TimeInForce
from lonja.core.texts import Text16
from lonja.core.views import OrderView
from lonja.modules.sandbox.lots import Steps

LADDER_LEVELS = 36
"""Grid orders a side. With the touch they are more than the 25 levels that must always be there."""

_REACH = 0.0085
"""How far from the fair price the ladder ends, as a share of it: all of it lies within 1 % of the middle."""

_SPARE_LEVELS = 6
_LACKING_MAX = 5
"""The ladder is mended when so many of its orders are missing, or one right behind the touch."""

_TOUCH_SCALE = 3.0
_TOLERANCE = 0.00008
"""How far the fair price goes from the middle before the touch follows, as a share of it; with half the spread."""

_TOUCH = Text16("touch")
_LADDER = Text16("ladder")


class Style(NamedTuple):
    """How a maker quotes: its usual spread (0: one tick), and factors for spread and sizes that moods change.

    ``touch`` is the size at the best price and ``depth`` that of a level behind it, in trades; ``levels`` are how many.
    """

    spread_bps: float = 0.0
    depth: float = 20.0
    spread_scale: float = 1.0
    size_scale: float = 1.0
    touch: float = _TOUCH_SCALE
    levels: int = LADDER_LEVELS


class Quoter:
    """Quotes one instrument for one account."""

    def __init__(
        self,
        instrument: int,
        account: int,
        steps: Steps,
        trade_base: float,
        random: random.Random,
        style: Style | None = None,
    ) -> None:
        """``trade_base`` is the mean size of a trade, by which sizes are measured."""
        self._instrument = instrument
        self._account = account
        self._steps = steps
        self._trade_base = trade_base
        self._random = random
        self._cell = 0
        self._style = style or Style()
        self.renews = False
        """Whether the next turn exchanges all orders."""
        self.middle = 0.0
        """Where the last turn left the middle, ticks."""
        self.tolerance = 0.0
        """How far the fair price may go from there, ticks."""
        self.touch_size = 0
        """What waited at the touch then, on the poorer side, lots."""

    def restyle(self, style: Style) -> None:
        """Quote like ``style`` from the next turn on, which then exchanges all orders."""
        self._style = style
        self.renews = True

    def turn(self, fair: float, resting: Sequence[OrderView]) -> list[Command]:
        """Commands that bring what rests in line with ``fair`` (ticks)."""
        cell = max(1, int(fair * _REACH / self._style.levels))
        # A slightly different grid is not worth exchanging all orders for.
        if not 0.8 < self._cell / cell < 1.25:
            self._cell = cell
        bid, ask = self._touch_prices(fair, resting)
        self.middle = (bid + ask) / 2
        cancels: list[Command] = []
        amends: list[Command] = []
        places: list[Command] = []
        # The side that retreats moves first and leaves room for the other.
        sides = (Side.SELL, Side.BUY) if self._is_rising(fair, resting) else (Side.BUY, Side.SELL)
        for side in sides:
            own = [order for order in resting if order.side == side]
            touch = ask if side == Side.SELL else bid
            amends += self._move_touch(side, touch, own, cancels)
            surplus: list[OrderView] = []
            lacking = self._lacking(side, touch, fair, own, surplus)
            # An order that stands in the wrong place becomes one that is missing: one command instead of two.
            amends += [self._move(order, price, size) for order, (price, size) in zip(surplus, lacking, strict=False)]
            cancels += [self._cancel(order) for order in surplus[len(lacking) :]]
            places += [self._place(side, price, size, _LADDER) for price, size in lacking[len(surplus) :]]
        self.renews = False
        return cancels + amends + places

    def withdraw(self, resting: Iterable[OrderView]) -> list[Command]:
        """Commands that take everything out of the book."""
        return [self._cancel(order) for order in resting]

    def _is_rising(self, fair: float, resting: Sequence[OrderView]) -> bool:
        touches = [order.price for order in resting if order.tag == _TOUCH]
        return bool(touches) and fair >= sum(touches) / len(touches)

    def _touch_prices(self, fair: float, resting: Sequence[OrderView]) -> tuple[int, int]:
        usual = fair * self._style.spread_bps / 10_000
        spread = usual * self._style.spread_scale
        self.tolerance = max(0.75, fair * _TOLERANCE, spread / 2)
        bids = [order.price for order in resting if order.tag == _TOUCH and order.side == Side.BUY]
        asks = [order.price for order in resting if order.tag == _TOUCH and order.side == Side.SELL]
        if bids and asks:
            bid, ask = bids[0], asks[0]
            is_kept = ask - bid <= max(1.0, 2.5 * spread) and ask - bid >= 0.4 * spread
            if is_kept and abs((bid + ask) / 2 - fair) <= self.tolerance:
                return bid, ask
        half = spread / 2 * self._random.lognormvariate(-0.1, 0.5) if spread else 0.0
        bid = max(1, math.floor(fair - half))
        ask = max(bid + 1, math.floor(fair + half) + 1)
        extra = round(self._style.spread_scale) - 1
        return (max(1, bid - extra // 2), ask + extra - extra // 2) if not usual and extra > 0 else (bid, ask)

    def _move_touch(self, side: int, price: int, own: Sequence[OrderView], cancels: list[Command]) -> list[Command]:
        touches = [order for order in own if order.tag == _TOUCH]
        cancels += [self._cancel(order) for order in touches[1:]]
        size = self._size(self._style.touch)
        if not touches:
            self.touch_size = size
            return [self._place(side, price, size, _TOUCH)]
        left = touches[0].size - touches[0].filled
        if touches[0].price == price and 3 * left > size and not self.renews:
            self.touch_size = left
            return []
        self.touch_size = size
        return [self._move(touches[0], price, size)]

    def _lacking(
        self, side: int, touch: int, fair: float, own: Sequence[OrderView], surplus: list[OrderView]
    ) -> list[tuple[int, int]]:
        """Prices and sizes that the ladder lacks; what stands in the wrong place is added to ``surplus``."""
        sign = 1 if side == Side.SELL else -1
        wanted = self._ladder(touch, sign)
        spare = self._ladder_end(touch, sign, self._style.levels + _SPARE_LEVELS)
        nearest = (touch + fair) / 2
        kept: set[int] = set()
        for order in own:
            if order.tag == _TOUCH:
                continue
            in_reach = nearest * sign < order.price * sign <= spare * sign
            if in_reach and order.price not in kept and self._on_grid(order.price) and not self.renews:
                kept.add(order.price)
            else:
                surplus.append(order)
        lacking = [(depth, price) for depth, price in enumerate(wanted) if price not in kept]
        if len(lacking) <= _LACKING_MAX and all(depth > _LACKING_MAX for depth, _ in lacking):
            return []
        usual = self._style.depth
        return [(price, self._size(usual * (1.0 + depth / 40))) for depth, price in lacking]

    def _ladder(self, touch: int, sign: int) -> list[int]:
        first = touch // self._cell
        prices = (self._grid_price(first + sign * step) for step in range(-1, self._style.levels + 3))
        return [price for price in prices if price * sign > touch * sign and price > 0][: self._style.levels]

    def _ladder_end(self, touch: int, sign: int, levels: int) -> int:
        return self._grid_price(touch // self._cell + sign * levels)

    def _grid_price(self, index: int) -> int:
        # Uneven steps look less like a ruler; the same index always gives the same price.
        uneven = (index * 2_654_435_761 >> 7) % (self._cell // 2 + 1)
        return index * self._cell + uneven

    def _on_grid(self, price: int) -> bool:
        return self._grid_price(price // self._cell) == price

    def _size(self, scale: float) -> int:
        drawn = scale * self._style.size_scale * self._random.lognormvariate(0.0, 0.45)
        return self._steps.lots(self._trade_base * drawn)

    def _place(self, side: int, price: int, size: int, tag: Text16) -> Command:
        return PlaceOrder(
            account=self._account,
            instrument=self._instrument,
            side=side,
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            price=price,
            size=size,
            tag=tag,
        )

    def _move(self, order: OrderView, price: int, size: int) -> AmendOrder:
        """Let ``size`` of ``order`` wait at ``price``."""
        return AmendOrder(
            account=self._account,
            instrument=self._instrument,
            order_id=order.order_id,
            new_price=price,
            new_size=order.filled + size,
        )

    def _cancel(self, order: OrderView) -> CancelOrder:
        return CancelOrder(account=self._account, instrument=self._instrument, order_id=order.order_id)
