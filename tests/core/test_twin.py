"""The core against its naive twin: the same outcomes, events, books and balances, command by command.

A difference prints the last commands with the twin's answers, and ``pytest -k`` with the seed runs it again.
"""

import struct
from collections import deque
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.apply import apply_batch
from lonja.core.kinds import CancelReason, Ledger
from lonja.core.layout import decode_events, encode_command
from lonja.core.rejections import Rejection
from lonja.core.state import State
from lonja.core.texts import Text16, Text32
from lonja.core.views import Outcome
from lonja.primitives.money import INT_MAX
from tests.core.naive_exchange import NaiveExchange
from tests.core.random_commands import ACCOUNTS, START_MS, RandomCommands

BTC, USDT, YEN = range(3)
RICH = 10**12


class Pair:
    """The core and its twin, given the same commands."""

    def __init__(self) -> None:
        self.state = State()
        self.twin = NaiveExchange()
        self.number = 0
        self.last: deque[str] = deque(maxlen=12)

    def apply(self, command: c.Command) -> tuple[Rejection, list[e.Event]]:
        """Give ``command`` to both, expect the same, and return the answer."""
        outcome, events = self.twin.apply(command)
        applied = apply_batch(self.state, encode_command(command), self.number)
        self.number += 1
        self.last.append(f"{command}\n    {outcome} {events}")
        real = Outcome(*struct.unpack("<qq", applied.outcomes))
        real_events = list(decode_events(applied.events))
        if real != outcome or real_events != events:
            pytest.fail("\n".join([*self.last, f"but the core said\n    {real} {real_events}"]))
        return Rejection(outcome.rejection), events

    def compare_books(self) -> None:
        """Expect the same queues."""
        words = self.state.orders.words
        for code, instrument in enumerate(self.state.instruments):
            for side, levels in enumerate((instrument.bids, instrument.asks)):
                queue = [(words[slot + o.ORDER_ID], words[slot + o.LEFT]) for slot in self.state.queue_slots(levels)]
                assert queue == [(order.order_id, order.left) for order in self.twin.queue(code, side)]

    def compare_books_and_balances(self) -> None:
        """Expect the same queues, cash and holds, and that each currency adds up to nothing."""
        self.compare_books()
        for currency in range(len(self.twin.currencies)):
            balances = product(range(len(self.twin.accounts)), Ledger)
            assert sum(self.compare_balance(account, currency, ledger) for account, ledger in balances) == 0

    def compare_balance(self, account: int, currency: int, ledger: Ledger) -> int:
        """Expect one balance to be the same, and return it."""
        slot = self.state.ledger.find(account, currency, ledger)
        cash = 0 if slot == -1 else self.state.ledger.words[slot + ld.CASH]
        if account > 1:
            assert cash == self.twin.balance(account, currency, ledger)
            assert self.state.ledger.available(slot) == self.twin.available(account, currency, ledger) >= 0
        return cash


def found_exchange(cash: int) -> Pair:
    """Three currencies, three instruments that round differently, six accounts of three masters."""
    pair = Pair()
    for name, scale in (("BTC", 6), ("USDT", 2), ("YEN", 0)):
        pair.apply(c.CreateCurrency(START_MS, name=Text16(name), scale=scale))
    for tier, maker, taker in ((0, 800, 1_000), (1, -333, 500), (2, -150, -100)):
        pair.apply(c.DefineFeeTier(START_MS, fee_tier=tier, fee_group=1, maker_rate_ppm=maker, taker_rate_ppm=taker))
    for master, prevention, tier in ((-1, 1, 0), (2, 2, 1), (2, 3, 2), (-1, 1, 1), (5, 1, 0), (-1, 2, 3)):
        pair.apply(c.CreateAccount(START_MS, master=master, self_trade_prevention=prevention, fee_tier=tier))
    coarse = {"quote": USDT, "price_scale": 2, "size_scale": 3, "tick_step": 5, "size_min": 2, "size_limit_max": 60}
    exact = {"quote": USDT, "size_scale": 1, "lot_step": 3, "fee_group": 1, "size_market_max": 40}
    whole = {"quote": YEN, "price_scale": 1, "size_scale": 1, "fee_group": 1, "amount_market_max": 500}
    for number, terms in enumerate((coarse, exact, whole)):
        name = Text32(f"PAIR-{number}")
        pair.apply(c.ListInstrument(START_MS, instrument_id=name, base=BTC, settle=terms["quote"], **terms))
        pair.apply(c.SetIndexPrice(START_MS, instrument=number, price=100 if number else 0))
    for account, currency, ledger in product(ACCOUNTS, (BTC, USDT, YEN), Ledger):
        amount = cash * (2_000 if currency == BTC else 1)
        pair.apply(c.Deposit(START_MS, account, currency=currency, ledger=ledger, amount=amount))
    return pair


@pytest.fixture
def pair() -> Pair:
    return found_exchange(RICH)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("cash", [40, 400, 60_000, 10**15], ids=["broke", "poor", "modest", "rich"])
def test_random_streams(seed: int, cash: int) -> None:
    pair = found_exchange(cash)
    for step, command in zip(range(1_000), RandomCommands(seed, pair.twin), strict=False):
        pair.apply(command)
        if step % 200 == 0:
            pair.compare_books_and_balances()
    pair.compare_books_and_balances()


accounts = st.integers(2, 7)
names = st.sampled_from([Text32(name) for name in ("", "a", "b", "c")])
orders = st.builds(
    lambda account, side, time_in_force, price, size, prevention, name: c.PlaceOrder(
        account=account,
        side=side,
        time_in_force=time_in_force,
        price=price,
        size=size,
        self_trade_prevention=prevention,
        client_order_id=name,
    ),
    accounts,
    st.integers(0, 1),
    st.sampled_from([0, 0, 0, 1, 2]),
    st.integers(98, 102),
    st.integers(2, 9),
    st.integers(0, 3),
    names,
)
market_orders = st.builds(
    lambda account, side, size, unit, prevention: c.PlaceOrder(
        account=account, side=side, order_type=1, size=size, size_unit=unit, self_trade_prevention=prevention
    ),
    accounts,
    st.integers(0, 1),
    st.integers(1, 40),
    st.integers(0, 1),
    st.integers(0, 3),
)
amends = st.builds(
    lambda account, price, size, cancel_on_fail, name: c.AmendOrder(
        account=account, new_price=price, new_size=size, cancel_on_fail=cancel_on_fail, client_order_id=name
    ),
    accounts,
    st.sampled_from([-1, 98, 99, 100, 101]),
    st.sampled_from([-1, 2, 3, 5, 8]),
    st.integers(0, 1),
    names,
)
cancels = st.builds(lambda account, name: c.CancelOrder(account=account, client_order_id=name), accounts, names)
streams = st.lists(st.one_of(orders, orders, market_orders, amends, cancels), max_size=40)


@given(st.sampled_from([40, 700, 10**6]), streams)
def test_short_streams_that_shrink(cash: int, stream: list[c.Command]) -> None:
    pair = found_exchange(cash)
    for command in stream:
        pair.apply(command)
    pair.compare_books_and_balances()


def place(account: int, side: int, price: int, size: int) -> c.PlaceOrder:
    """A limit order in the first instrument."""
    return c.PlaceOrder(START_MS, account, side=side, price=price, size=size)


def fills_of(events: list[e.Event]) -> list[e.Filled]:
    return [event for event in events if isinstance(event, e.Filled)]


@pytest.mark.parametrize(("time_in_force", "fill_count"), [(0, 2_000), (1, 2_000), (2, 0)])
def test_a_taker_meets_at_most_a_thousand_makers(pair: Pair, time_in_force: int, fill_count: int) -> None:
    pair.apply(c.CreateAccount(START_MS))
    pair.apply(c.Deposit(START_MS, 8, currency=BTC, ledger=1, amount=RICH))
    pair.apply(c.SetIndexPrice(START_MS, instrument=1, price=100))
    for number in range(1_002):
        pair.apply(place((2, 5, 8)[number // 400], 1, 100, 2)._replace(instrument=1))
    taker = place(7, 0, 100, 2_004)._replace(instrument=1, time_in_force=time_in_force)
    _, events = pair.apply(taker)
    assert len(fills_of(events)) == fill_count
    reason = CancelReason.MATCH_LIMIT if fill_count else CancelReason.FOK_NOT_FILLABLE
    assert isinstance(events[-1], e.OrderCanceled)
    assert events[-1].reason == reason
    pair.compare_books_and_balances()


def test_an_account_has_at_most_500_open_orders_in_an_instrument(pair: Pair) -> None:
    answers = [pair.apply(place(2, 0, 50 + number % 9, 2))[0] for number in range(501)]
    assert answers == [Rejection.NONE] * 500 + [Rejection.OPEN_ORDERS_INSTRUMENT_MAX]
    assert pair.apply(place(2, 0, 50, 2)._replace(time_in_force=1))[0] == Rejection.NONE
    assert pair.apply(place(2, 0, 50, 2)._replace(instrument=1, price=90))[0] == Rejection.NONE


def test_at_most_20_timers_which_fire_by_time_account_and_tag(pair: Pair) -> None:
    tags = [Text16(f"{letter}tag{number}") for letter in "ba" for number in range(10)]
    for tag in tags:
        pair.apply(place(2, 0, 50, 2)._replace(tag=tag))
        assert pair.apply(c.CancelAllAfter(START_MS, 2, timeout_ms=10_000, tag=tag))[0] == Rejection.NONE
    ids = {order.tag: order.order_id for order in pair.twin.open_orders.values()}
    late = c.CancelAllAfter(START_MS, 2, timeout_ms=10_000, tag=Text16("one more"))
    assert pair.apply(late)[0] == Rejection.TIMER_TAGS_MAX
    assert pair.apply(late._replace(time_ms=START_MS + 5, tag=tags[3]))[0] == Rejection.NONE
    _, events = pair.apply(c.Tick(START_MS + 10_005))
    canceled = [event.order_id for event in events if isinstance(event, e.OrderCanceled)]
    assert canceled == [ids[tag] for tag in sorted(tags) if tag != tags[3]] + [ids[tags[3]]]


def test_supply_stays_below_62_bits(pair: Pair) -> None:
    room = INT_MAX - 6 * 2 * RICH
    deposit = c.Deposit(START_MS, 2, currency=USDT, ledger=1, amount=room + 1)
    assert pair.apply(deposit)[0] == Rejection.SUPPLY_EXCEEDED
    assert pair.apply(deposit._replace(amount=room))[0] == Rejection.NONE
    for amount in (1, INT_MAX, 2**63 - 1):
        assert pair.apply(deposit._replace(amount=amount))[0] == Rejection.SUPPLY_EXCEEDED
    pair.compare_books_and_balances()


@pytest.mark.parametrize("price", [INT_MAX, INT_MAX // 2, 2**61, 2**43, 5])
def test_bands_of_any_index_price_are_exact(pair: Pair, price: int) -> None:
    assert pair.apply(c.SetIndexPrice(START_MS, instrument=0, price=price))[0] == Rejection.NONE


@pytest.mark.parametrize("field", ["price_scale", "size_scale", "tick_step", "lot_step", "size_min", "band_ppm"])
@pytest.mark.parametrize(
    "value", [-1, 0, 1, 6, 7, 18, 19, 999_999, 10**6, 10**6 + 1, INT_MAX // 10**6, INT_MAX, 2**63 - 1]
)
def test_terms_that_could_overflow_are_refused(pair: Pair, field: str, value: int) -> None:
    terms = c.ListInstrument(START_MS, instrument_id=Text32("NEW"), quote=USDT, settle=USDT)
    change: dict[str, Any] = {field: value}
    pair.apply(terms._replace(**change))
    pair.apply(terms._replace(instrument_id=Text32("WIDE"), lot_step=10**6)._replace(**change))


def test_what_rounding_leaves_of_a_quote_size_sells_no_further_lots(pair: Pair) -> None:
    # A lot is worth half a cent: after five of them for 2.5 cents, the rest of 3 cents must not go on selling.
    pair.apply(place(2, 0, 101, 8))
    pair.apply(c.CreateAccount(START_MS))
    pair.apply(c.Deposit(START_MS, 8, currency=BTC, ledger=1, amount=6_681))
    _, events = pair.apply(c.PlaceOrder(START_MS, 8, side=1, order_type=1, size=3, size_unit=1))
    taken, _ = fills_of(events)
    assert (taken.size, taken.notional, taken.order_state, taken.base_balance) == (5, 2, 2, 1_681)
    pair.compare_books_and_balances()


def huge_lots_exchange() -> Pair:
    """An instrument whose lots are worth much base and almost no quote, so that sums of lots pass 63 bits."""
    pair = Pair()
    pair.apply(c.CreateCurrency(START_MS, name=Text16("DUST"), scale=3))
    pair.apply(c.CreateCurrency(START_MS, name=Text16("GOLD"), scale=0))
    terms = {"base": 0, "quote": 1, "settle": 1, "price_scale": 18}
    pair.apply(c.ListInstrument(START_MS, instrument_id=Text32("DUST-GOLD"), **terms))
    for _ in ACCOUNTS:
        pair.apply(c.CreateAccount(START_MS))
    for account in ACCOUNTS:
        pair.apply(c.Deposit(START_MS, account, currency=1, ledger=1, amount=10**6))
    pair.apply(c.Deposit(START_MS, 2, currency=0, ledger=1, amount=INT_MAX))
    return pair


def test_a_sell_sized_in_quote_never_needs_more_base_than_a_word_counts() -> None:
    pair = huge_lots_exchange()
    for number in range(8):
        assert pair.apply(place(3 + number % 5, 0, 1, INT_MAX // 1_000))[0] == Rejection.NONE
    sell = c.PlaceOrder(START_MS, 2, side=1, order_type=1, size=10**6, size_unit=1)
    assert pair.apply(sell)[0] == Rejection.INSUFFICIENT_BALANCE
    pair.compare_books_and_balances()


@pytest.mark.parametrize("size", [1, 2, 10**12, 10**15, INT_MAX // 1_000, INT_MAX])
@pytest.mark.parametrize("size_unit", [0, 1])
def test_market_orders_of_any_size_stay_exact(size: int, size_unit: int) -> None:
    pair = huge_lots_exchange()
    for number, price in enumerate((1, 3, 10**3)):
        pair.apply(place(2, 1, price, INT_MAX // 10**4))
        pair.apply(place(3 + number, 0, 1, INT_MAX // 10**4))
    for account, side in ((4, 0), (4, 1), (2, 1)):
        pair.apply(c.PlaceOrder(START_MS, account, side=side, order_type=1, size=size, size_unit=size_unit))
        pair.compare_books_and_balances()


def test_an_unknown_command_is_refused_and_time_passes() -> None:
    state = State()
    applied = apply_batch(state, struct.pack("<8q", 8, 99, START_MS, -1, 0, 0, 0, 0), 0)
    assert struct.unpack("<qq", applied.outcomes) == (Rejection.UNKNOWN_COMMAND, 0)
    assert (applied.events, state.time_ms) == (b"", START_MS)
