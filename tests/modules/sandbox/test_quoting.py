"""The market maker's ladder around a fair price."""

import random

import pytest

from lonja.core.commands import AmendOrder, CancelOrder, Command, PlaceOrder
from lonja.core.kinds import Side
from lonja.core.views import OrderView
from lonja.modules.sandbox.catalogue import INSTRUMENTS
from lonja.modules.sandbox.lots import catalogue_price, steps_of
from lonja.modules.sandbox.quoting import Quoter

BITCOIN = INSTRUMENTS[0]
SOME = [fact for fact in (*INSTRUMENTS[:25:3], *INSTRUMENTS[25::90]) if fact.pace_ms]
FAIR = float(catalogue_price(BITCOIN))


class Book:
    """Applies the maker's commands as an exchange would, and objects when its orders meet."""

    def __init__(self, fact=BITCOIN, seed: int = 1) -> None:
        self.quoter = Quoter(0, 5, steps_of(fact), 0.05, random.Random(seed))
        self.orders: dict[int, OrderView] = {}
        self._next = 1

    def turn(self, fair: float) -> list[Command]:
        commands = self.quoter.turn(fair, list(self.orders.values()))
        for command in commands:
            self._apply(command)
        return commands

    def _apply(self, command: Command) -> None:
        if isinstance(command, CancelOrder):
            del self.orders[command.order_id]
        elif isinstance(command, AmendOrder):
            order = self.orders[command.order_id]
            self._check(order.side, command.new_price)
            self.orders[command.order_id] = order._replace(price=command.new_price, size=command.new_size)
        else:
            assert isinstance(command, PlaceOrder)
            self._check(command.side, command.price)
            fields = (command.side, 0, 0, 0, command.price, command.size, 0, 0, 0, 0, 1, "", command.tag, 0, 0)
            self.orders[self._next] = OrderView(self._next, 5, 0, *fields)
            self._next += 1

    def _check(self, side: int, price: int) -> None:
        others = [order.price for order in self.orders.values() if order.side != side]
        assert all(price < other if side == Side.BUY else price > other for other in others), "the maker met itself"

    def prices(self, side: Side) -> list[int]:
        return sorted((order.price for order in self.orders.values() if order.side == side), reverse=side == Side.BUY)


def test_the_first_turn_fills_both_sides() -> None:
    book = Book()
    book.turn(FAIR)
    for side in (Side.BUY, Side.SELL):
        prices = book.prices(side)
        assert len(set(prices)) == len(prices) == 37
        assert all(abs(price - FAIR) < FAIR * 0.0095 for price in prices)


def test_an_unmoved_price_needs_nothing() -> None:
    book = Book()
    book.turn(FAIR)
    assert book.turn(FAIR) == []


def test_a_small_move_costs_few_commands() -> None:
    book = Book()
    book.turn(FAIR)
    assert len(book.turn(FAIR * 1.0003)) <= 8


@pytest.mark.parametrize("fact", SOME, ids=lambda fact: fact.instrument_id)
@pytest.mark.parametrize("step", [0.00005, 0.0003, 0.002, 0.02])
def test_a_wandering_price_always_has_thirty_levels_within_one_percent(fact, step: float) -> None:
    book = Book(fact)
    fair = float(catalogue_price(fact))
    walk = random.Random(f"{fact.instrument_id}{step}")
    for _ in range(60):
        book.turn(fair)
        bids, asks = book.prices(Side.BUY), book.prices(Side.SELL)
        middle = (bids[0] + asks[0]) / 2
        assert bids[0] < asks[0]
        assert sum(price >= middle * 0.99 for price in bids) >= 30
        assert sum(price <= middle * 1.01 for price in asks) >= 30
        assert (asks[0] - bids[0]) <= max(2.0, middle * 0.0006)
        assert len(book.orders) <= 100
        fair *= 1 + walk.choice((-step, step))


def test_a_filled_touch_and_ladder_are_put_back() -> None:
    book = Book()
    book.turn(FAIR)
    for price in book.prices(Side.SELL)[:5]:
        for order_id in [o.order_id for o in book.orders.values() if o.price == price and o.side == Side.SELL]:
            del book.orders[order_id]
    book.turn(FAIR)
    assert len(book.prices(Side.SELL)) == 37


def test_a_partly_filled_touch_keeps_what_was_filled_when_it_moves() -> None:
    book = Book()
    book.turn(FAIR)
    touch = next(order for order in book.orders.values() if order.tag == "touch" and order.side == Side.BUY)
    book.orders[touch.order_id] = touch._replace(filled=touch.size - 1)
    amends = [command for command in book.turn(FAIR * 1.001) if isinstance(command, AmendOrder)]
    assert [amend.new_size > touch.size for amend in amends if amend.order_id == touch.order_id] == [True]


def test_the_same_seed_quotes_the_same() -> None:
    assert Book(seed=3).turn(FAIR) == Book(seed=3).turn(FAIR)
    assert Book(seed=3).turn(FAIR) != Book(seed=4).turn(FAIR)
