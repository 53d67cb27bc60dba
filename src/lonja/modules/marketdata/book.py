"""Books by price level, built from events only.

Why not from the core: market data must also run in a process that has no core. A side keeps its prices in one list
with the best at the end, because nearly all changes happen there and cost nothing to shift. Who shows a book again and
again is told which prices changed, because comparing hundreds of levels each time costs a hundred times as much.
Invariant: a level exists as long as at least one order waits at its price.
"""

from bisect import bisect_left, insort

from lonja.core.kinds import Side
from lonja.core.views import LevelView

BUY = int(Side.BUY)


class BookSide:
    """One side of a book: price (ticks) to lots and orders waiting."""

    __slots__ = ("_keys", "_levels", "_sign", "watchers")

    def __init__(self, sign: int) -> None:
        """``sign`` is 1 when the highest price is best, -1 when the lowest is."""
        self._sign = sign
        self._keys: list[int] = []
        self._levels: dict[int, list[int]] = {}
        self.watchers: list[set[int]] = []

    def add(self, price: int, size: int, orders: int = 1) -> None:
        """``orders`` orders of together ``size`` lots join at ``price``."""
        level = self._levels.get(price)
        if level is None:
            insort(self._keys, price * self._sign)
            self._levels[price] = [size, orders]
        else:
            level[0] += size
            level[1] += orders
        if self.watchers:
            self._note(price)

    def take(self, price: int, size: int, orders: int) -> None:
        """``size`` lots leave ``price``, and ``orders`` (0 or 1) orders with them. Unknown prices are ignored."""
        level = self._levels.get(price)
        if level is None:
            return
        level[0] -= size
        level[1] -= orders
        if level[1] == 0:
            self._drop(price)
        if self.watchers:
            self._note(price)

    def put(self, price: int, size: int, orders: int) -> None:
        """Set a level as a whole; ``size`` 0 removes it."""
        if size:
            if price not in self._levels:
                insort(self._keys, price * self._sign)
            self._levels[price] = [size, orders]
        elif price in self._levels:
            self._drop(price)
        if self.watchers:
            self._note(price)

    def _note(self, price: int) -> None:
        for changed in self.watchers:
            changed.add(price)

    def _drop(self, price: int) -> None:
        del self._levels[price]
        keys = self._keys
        key = price * self._sign
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[bisect_left(keys, key)]

    def levels(self, depth: int) -> list[LevelView]:
        """The best ``depth`` levels, best first."""
        levels = self._levels
        prices = [key * self._sign for key in self._keys[: -depth - 1 : -1]]
        return [LevelView(price, *levels[price]) for price in prices]

    def last_price(self, depth: int) -> int | None:
        """The price of the level at place ``depth``, counted from 1; None when there are not more levels than that."""
        return self._keys[-depth] * self._sign if len(self._keys) > depth else None

    def prices_beyond(self, price: int, depth: int) -> list[int]:
        """Prices of the best ``depth`` levels that are worse than ``price``, worst first."""
        keys, key = self._keys, price * self._sign
        first = max(0, len(keys) - depth)
        return [worse * self._sign for worse in keys[first : bisect_left(keys, key, first)]]

    def level(self, price: int) -> LevelView | None:
        """The level at ``price``, or None."""
        level = self._levels.get(price)
        return None if level is None else LevelView(price, level[0], level[1])

    def best(self) -> LevelView | None:
        """The best level, or None when the side is empty."""
        return self.level(self._keys[-1] * self._sign) if self._keys else None

    def __len__(self) -> int:
        """How many levels there are."""
        return len(self._keys)


class LevelBook:
    """Both sides of one instrument, and when they last changed."""

    __slots__ = ("asks", "bids", "sequence", "time_ms")

    def __init__(self) -> None:
        """Start empty."""
        self.bids = BookSide(1)
        self.asks = BookSide(-1)
        self.sequence = 0
        self.time_ms = 0

    def side(self, side: int) -> BookSide:
        """Bids for BUY, asks for SELL."""
        return self.bids if side == BUY else self.asks

    def levels(self, side: int, depth: int) -> list[LevelView]:
        """The best ``depth`` levels of a side, best first."""
        return self.side(side).levels(depth)

    def level(self, side: int, price: int) -> LevelView | None:
        """The level of a side at ``price``, or None."""
        return self.side(side).level(price)

    def best(self, side: int) -> LevelView | None:
        """The best level of a side, or None."""
        return self.side(side).best()

    def last_price(self, side: int, depth: int) -> int | None:
        """The price of the level at place ``depth`` of a side; None when there are not more levels than that."""
        return self.side(side).last_price(depth)

    def prices_beyond(self, side: int, price: int, depth: int) -> list[int]:
        """Prices of the best ``depth`` levels of a side that are worse than ``price``."""
        return self.side(side).prices_beyond(price, depth)

    def watch(self, side: int, changed: set[int]) -> None:
        """Add the prices of levels that change on a side to ``changed``, until ``unwatch``."""
        self.side(side).watchers.append(changed)

    def unwatch(self, side: int, changed: set[int]) -> None:
        """Add nothing more to ``changed``, which is watching."""
        watchers = self.side(side).watchers
        watchers[:] = [other for other in watchers if other is not changed]
