"""Recorded order flow of real venues, given to the real core.

Why here: the recordings name orders by the venue's numbers, and many of them rested before the recording began. ``Venue``
keeps both apart: orders that are known by number, and for each price one order for everything that was there before.
Bids and asks belong to different accounts, so that self-trade prevention never steps in, and to enough of them that the
caps on open orders do not bind.
"""

import csv
import gzip
import struct
from collections.abc import Iterator
from pathlib import Path

from lonja.core import accounts as a
from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import orders as o
from lonja.core.apply import apply_batch
from lonja.core.book import NIL, TAIL
from lonja.core.kinds import Side, TimeInForce
from lonja.core.layout import decode_events, encode_command
from lonja.core.rejections import Rejection
from lonja.core.state import State
from lonja.core.state_views import StateViews
from lonja.core.texts import Text16, Text32
from lonja.core.views import OrderView
from tests.core.scenario import START_MS
from tests.simulation.invariants import check_state

MONEY = 10**17
ACCOUNTS_PER_SIDE = 40
FIRST_ACCOUNT = 2
PER_ACCOUNT = 480

Level = tuple[int, int]
"""Price and size."""


def read_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a gzipped CSV file."""
    with gzip.open(path, "rt", encoding="ascii", newline="") as lines:
        yield from csv.reader(lines)


class Venue:
    """The core with one instrument; prices in ticks, sizes in lots."""

    def __init__(self) -> None:
        """Open it, with rich traders on both sides."""
        self.state = State()
        self.views = StateViews(self.state)
        self.known: dict[int, int] = {}
        self.number_of: dict[int, int] = {}
        self.before: dict[tuple[Side, int], int] = {}
        self.turn = 0
        opening: list[c.Command] = [
            c.CreateCurrency(START_MS, name=Text16("BASE"), scale=0),
            c.CreateCurrency(START_MS, name=Text16("QUOTE"), scale=0),
            c.ListInstrument(START_MS, instrument_id=Text32("BASE-QUOTE"), base=0, quote=1, settle=1),
        ]
        for number in range(2 * ACCOUNTS_PER_SIDE):
            account, currency = FIRST_ACCOUNT + number, 0 if number >= ACCOUNTS_PER_SIDE else 1
            opening.append(c.CreateAccount(START_MS))
            opening.append(c.Deposit(START_MS, account, currency=currency, ledger=1, amount=MONEY // 10))
        for command in opening:
            self._do(command)

    def _do(self, command: c.Command) -> list[e.Event]:
        applied = apply_batch(self.state, encode_command(command), self.state.next_command)
        rejection = Rejection(struct.unpack_from("<q", applied.outcomes)[0])
        assert rejection == Rejection.NONE, f"{rejection.name} for {command}"
        return list(decode_events(applied.events))

    def _trader(self, side: Side) -> int:
        """The next account of a side that has room for another order."""
        while True:
            self.turn += 1
            account = FIRST_ACCOUNT + side * ACCOUNTS_PER_SIDE + self.turn % ACCOUNTS_PER_SIDE
            if self.state.accounts.get(account, a.OPEN_COUNT) < PER_ACCOUNT:
                return account

    def place(self, side: Side, price: int, size: int, number: int = 0) -> list[e.Filled]:
        """A limit order, known by ``number`` from now on, or 0 for what was there before. Returns the makers' fills."""
        events = self._do(c.PlaceOrder(START_MS, self._trader(side), side=side, price=price, size=size))
        order_id = events[0].order_id if isinstance(events[0], e.OrderPlaced) else 0
        if number:
            self.known[number] = order_id
            self.number_of[order_id] = number
        else:
            self.before[side, price] = order_id
        return makers_of(events)

    def take(self, side: Side, price: int, size: int) -> list[e.Filled]:
        """Take what is offered up to ``price`` and leave nothing. Returns the makers' fills."""
        in_force = TimeInForce.IOC
        order = c.PlaceOrder(START_MS, self._trader(side), side=side, time_in_force=in_force, price=price, size=size)
        return makers_of(self._do(order))

    def order(self, number: int) -> OrderView | None:
        """The open order that the venue calls ``number``."""
        return self.views.order(self.known.get(number, 0))

    def stranger(self, side: Side, price: int) -> OrderView | None:
        """What was at a price before the recording and is still there."""
        return self.views.order(self.before.get((side, price), 0))

    def resize(self, order: OrderView, left: int) -> None:
        """Leave ``left`` lots of an order; 0 cancels it."""
        if left == 0:
            self._do(c.CancelOrder(START_MS, order.account, order_id=order.order_id))
        elif left != order.size - order.filled:
            self._do(c.AmendOrder(START_MS, order.account, order_id=order.order_id, new_size=order.filled + left))

    def levels(self, side: Side, depth: int) -> list[Level]:
        """Price and size of the best levels."""
        return [(level.price, level.size) for level in self.views.levels(0, side, depth)]

    def show(self, side: Side, price: int, size: int) -> None:
        """Learn that a price has ``size`` in all: add or remove what nobody told of, or give up known orders."""
        there = sum(order.size - order.filled for order in self.orders_at(side, price))
        stranger = self.stranger(side, price)
        if size > there:
            if stranger is None:
                self.place(side, price, size - there)
            else:
                self.resize(stranger, stranger.size - stranger.filled + size - there)
        elif size < there:
            self.remove(side, price, there - size)

    def remove(self, side: Side, price: int, size: int, named: OrderView | None = None) -> int:
        """Take ``size`` lots away from a price: from the ``named`` order, then from what was there before, then any.

        Returns how many lots the named order did not have.
        """
        missing = size
        for order in [named, self.stranger(side, price), *self.orders_at(side, price)]:
            there = None if order is None else self.views.order(order.order_id)
            if missing and there is not None:
                taken = min(missing, there.size - there.filled)
                self.resize(there, there.size - there.filled - taken)
                missing -= taken
        assert missing == 0, "a price has less than was taken away"
        return size if named is None else max(0, size - (named.size - named.filled))

    def orders_at(self, side: Side, price: int) -> list[OrderView]:
        """The queue of a price, the newest first."""
        instrument = self.state.instruments[0]
        levels = instrument.bids if side == Side.BUY else instrument.asks
        level = levels.get(price if side == Side.BUY else -price)
        slot = NIL if level == NIL else self.state.levels.words[level + TAIL]
        found: list[OrderView] = []
        while slot != NIL:
            order = self.views.order(self.state.orders.words[slot + o.ORDER_ID])
            assert order is not None
            found.append(order)
            slot = self.state.orders.words[slot + o.PREVIOUS]
        return found

    def check(self) -> None:
        """Expect every invariant."""
        check_state(self.state)


def makers_of(events: list[e.Event]) -> list[e.Filled]:
    """The makers' halves among ``events``."""
    return [event for event in events if isinstance(event, e.Filled) and event.liquidity == 1]
