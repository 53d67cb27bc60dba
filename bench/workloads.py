"""Order flow for measuring the book: an ordinary mix, a deep book that stands still, and a flash crash.

Why here: the core, the C++ baseline and any other book must be given the same messages. A message is six words: kind
(0 place, 1 immediate-or-cancel, 2 cancel), number of the order (placed ones count from 1), account from 0, side, price,
size; of a cancel only the first three matter. Invariant: the same seed gives the same words.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from typing import NamedTuple

from lonja.core.commands import CancelOrder, PlaceOrder
from lonja.core.kinds import TimeInForce
from lonja.core.layout import encode_command

PLACE, TAKE, CANCEL = range(3)
BUY, SELL = range(2)
WORDS = 6
ORDER_ID_STEP = 64


class Workload(NamedTuple):
    """``setup`` builds the book and is not timed; ``messages`` is. No account may hold more than 500 open orders."""

    name: str
    accounts: int
    setup: array[int]
    messages: array[int]


class _Flow:
    """Collects messages and remembers which placed orders have not been canceled."""

    def __init__(self, seed: int, accounts: int) -> None:
        self.rng = random.Random(seed)
        self.accounts = accounts
        self.words = array("q")
        self.placed = 0
        self.live: list[tuple[int, int]] = []

    def place(self, side: int, price: int, size: int) -> None:
        """A limit order that may rest."""
        self.live.append(self._order(PLACE, side, price, size))

    def take(self, side: int, price: int, size: int) -> None:
        """An order that never rests."""
        self._order(TAKE, side, price, size)

    def _order(self, kind: int, side: int, price: int, size: int) -> tuple[int, int]:
        self.placed += 1
        account = self.rng.randrange(self.accounts)
        self.words.extend((kind, self.placed, account, side, price, size))
        return self.placed, account

    def cancel_any(self, newest: int = 0) -> None:
        """Cancel an order, of the last ``newest`` placed when given; it may have traded away already."""
        low = max(0, len(self.live) - newest) if newest else 0
        at = self.rng.randrange(low, len(self.live))
        (number, account), self.live[at] = self.live[at], self.live[-1]
        self.live.pop()
        self.words.extend((CANCEL, number, account, 0, 0, 0))

    def cut(self) -> array[int]:
        """The messages since the last cut."""
        words, self.words = self.words, array("q")
        return words


def mixed(count: int = 1_000_000, seed: int = 1) -> Workload:
    """Two sides around a drifting price: 58 % placed, 35 % canceled, 7 % taking."""
    flow, middle = _Flow(seed, 1_000), 100_000
    for step in range(count):
        draw = flow.rng.random()
        side = flow.rng.randrange(2)
        sign = 1 if side == BUY else -1
        if draw < 0.35 and flow.live:
            flow.cancel_any()
        elif draw < 0.45:
            flow.take(side, middle + sign * 50, flow.rng.randrange(1, 200))
        else:
            flow.place(side, middle - sign * (int(flow.rng.expovariate(1 / 150)) + 1), flow.rng.randrange(1, 100))
        if step % 100 == 0:
            middle += flow.rng.randrange(-1, 2)
    return Workload("mixed", 1_000, array("q"), flow.cut())


def deep_static_book(count: int = 1_000_000, seed: int = 2, levels: int = 250_000) -> Workload:
    """``levels`` prices a side that stay, and orders that come and go anywhere among them; a tenth trades at the top."""
    flow, middle = _Flow(seed, 4_000), 10_000_000
    for depth in flow.rng.sample(range(levels), levels):
        for sign, side in ((-1, BUY), (1, SELL)):
            flow.place(side, middle + sign * (2 * depth + 2), flow.rng.randrange(1_000, 2_000))
    setup, flow.live = flow.cut(), []
    for _ in range(count):
        draw = flow.rng.random()
        side = flow.rng.randrange(2)
        sign = 1 if side == BUY else -1
        if draw < 0.4 and flow.live:
            flow.cancel_any()
        elif draw < 0.5:
            flow.take(side, middle + sign * levels, flow.rng.randrange(1, 5))
        else:
            flow.place(side, middle - sign * (2 * flow.rng.randrange(levels) + 3), flow.rng.randrange(1, 100))
    return Workload("deep static book", 4_000, setup, flow.cut())


def flash_crash(count: int = 1_000_000, seed: int = 3, levels: int = 400_000) -> Workload:
    """The price falls through ``levels`` bids: sells eat level after level, buyers flee, few new bids come far below."""
    flow, top = _Flow(seed, 4_000), 10_000_000
    for depth in flow.rng.sample(range(levels), levels):
        flow.place(BUY, top - depth, flow.rng.randrange(1, 20))
    setup = flow.cut()
    fall = levels / count
    for step in range(count):
        draw = flow.rng.random()
        best = top - int(step * fall)
        if draw < 0.4:
            flow.take(SELL, max(1, best - 50), flow.rng.choice((1, 2, 5, 10, 60)))
        elif draw < 0.75:
            flow.cancel_any(newest=200_000)
        elif draw < 0.85:
            flow.place(BUY, best - flow.rng.randrange(1, 2_000), flow.rng.randrange(1, 20))
        else:
            flow.place(SELL, best + flow.rng.randrange(1, 300), flow.rng.randrange(1, 100))
    return Workload("flash crash", 4_000, setup, flow.cut())


SCENARIOS: tuple[Callable[[], Workload], ...] = (mixed, deep_static_book, flash_crash)


def core_commands(words: array[int], *, time_ms: int, first_account: int, first_order_id: int) -> list[bytes]:
    """The messages as packed commands of instrument 0, one each.

    The core gives order ids in steps of 64 while the time stands still, so cancels know their orders as long as no
    order is refused.
    """
    packed: list[bytes] = []
    for at in range(0, len(words), WORDS):
        kind, number, account, side, price, size = words[at : at + WORDS]
        head = (time_ms, first_account + account, 0, 0)
        if kind == CANCEL:
            order_id = first_order_id + (number - 1) * ORDER_ID_STEP
            packed.append(encode_command(CancelOrder(*head, order_id=order_id)))
        else:
            time_in_force = TimeInForce.IOC if kind == TAKE else TimeInForce.GTC
            order = PlaceOrder(*head, side=side, time_in_force=int(time_in_force), price=price, size=size)
            packed.append(encode_command(order))
    return packed
