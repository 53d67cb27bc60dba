"""What events become in SQL: bills to the last unit, and the same rows however events arrive."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

from lonja.core import commands as c
from lonja.core.kinds import Ledger
from lonja.core.texts import Text32
from lonja.engine.api import EventBatch
from lonja.modules.history.api import BillKind, BillSubkind, History, OrderTracker
from lonja.modules.marketdata.api import BARS, MarketData
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.modules.desk import ALICE, BTC, BUY, RICH, SELL, SIMULATOR, START_MS, USDT, Desk, RandomDesk, batch_of
from tests.modules.history.rows import all_rows

OpenHistory = Callable[..., History]
FUNDING, TRADING = int(Ledger.FUNDING), int(Ledger.TRADING)
EVERYTHING = 10**6


async def test_a_fill_gives_two_bills_that_explain_both_balances(database_url: str, open_history: OpenHistory) -> None:
    desk = Desk()
    desk.place(SIMULATOR, SELL, 10_000, 30)
    desk.after(9)
    order_id = desk.place(ALICE, BUY, 10_000, 30, client_order_id=Text32("mine"))
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    quote, base = await history.bills(ALICE, TRADING, bill_kind=BillKind.TRADE)
    # 30 lots of 0.0001 BTC at 100.00 USDT; the taker pays 0.1 % of what it receives.
    assert (base.currency, base.change, base.balance, base.fee) == (BTC, 299_700, RICH + 299_700, 300)
    assert (quote.currency, quote.change, quote.balance, quote.fee) == (USDT, -300_000, RICH - 300_000, 0)
    assert base.bill_id + 1 == quote.bill_id
    for bill in (base, quote):
        assert (bill.subkind, bill.liquidity, bill.price, bill.size) == (BillSubkind.BUY, 0, 10_000, 30)
        assert (bill.order_id, bill.client_order_id, bill.time_ms) == (order_id, "mine", desk.now_ms)
    (fill,) = await history.fills(ALICE)
    assert (fill.fill_id, fill.order_id, fill.trade_id, fill.fee) == (base.bill_id, order_id, 1, 300)
    assert await history.bills(SIMULATOR, TRADING) == []
    assert await history.fills(SIMULATOR) == []
    assert await history.orders(SIMULATOR) == []


async def test_money_that_moves_gives_bills_in_both_ledgers(database_url: str, open_history: OpenHistory) -> None:
    desk = Desk()
    move = c.Transfer(account=ALICE, currency=USDT, amount=70, client_transfer_id=Text32("t1"))
    desk.run(move._replace(from_ledger=TRADING, to_ledger=FUNDING))
    desk.run(c.Withdraw(account=ALICE, currency=USDT, ledger=FUNDING, amount=20))
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    left, *_ = await history.bills(ALICE, TRADING, currency=USDT)
    assert (left.kind, left.subkind, left.change, left.balance) == (1, BillSubkind.TRANSFER_OUT, -70, RICH - 70)
    assert (left.from_ledger, left.to_ledger, left.other_account) == (TRADING, FUNDING, ALICE)
    withdrawn, came = await history.bills(ALICE, FUNDING)
    assert (came.subkind, came.change, came.balance, came.client_transfer_id) == (BillSubkind.TRANSFER_IN, 70, 70, "t1")
    assert (withdrawn.kind, withdrawn.change, withdrawn.balance) == (BillKind.WITHDRAWAL, -20, 50)
    deposits = await history.bills(ALICE, TRADING, bill_kind=BillKind.DEPOSIT)
    assert [(bill.currency, bill.change, bill.balance) for bill in deposits] == [(USDT, RICH, RICH), (BTC, RICH, RICH)]


async def test_a_correction_gives_a_bill_of_its_own_kind(database_url: str, open_history: OpenHistory) -> None:
    desk = Desk()
    for number, change in enumerate((70, -50), 1):
        desk.run(c.CorrectBalance(account=ALICE, correction_id=number, currency=USDT, ledger=FUNDING, amount=change))
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    bills = await history.bills(ALICE, FUNDING, bill_kind=BillKind.CORRECTION)
    told = [(bill.subkind, bill.change, bill.balance) for bill in bills]
    assert told == [(BillSubkind.CORRECTION_OUT, -50, 20), (BillSubkind.CORRECTION_IN, 70, 70)]


@pytest.mark.parametrize("seed", range(3))
async def test_random_histories_explain_every_balance(seed: int, tmp_path, open_history: OpenHistory) -> None:
    desk = RandomDesk(seed, cash=10**6)
    tracker = OrderTracker(desk.views, ended_kept=EVERYTHING)
    for batch in desk.run(400):
        tracker.on_batch(batch)
    history = open_history(f"sqlite:///{tmp_path / 'h.sqlite'}", desk.source)
    history.catch_up(desk.views.last_sequence())
    for account in range(2, 7):
        await compare_bills(history, desk, account)
        orders = await history.orders(account, limit=EVERYTHING)
        assert orders == [tracker.order(order.order_id) for order in orders]
        assert [order.order_id for order in orders if order.state < 2] == [
            order.order_id for order in tracker.open_orders(account)
        ]
        filled: dict[int, int] = defaultdict(int)
        for fill in await history.fills(account, limit=EVERYTHING):
            filled[fill.order_id] += fill.size
        assert filled == {order.order_id: order.filled for order in orders if order.filled}


async def compare_bills(history: History, desk: RandomDesk, account: int) -> None:
    for ledger in Ledger:
        bills = await history.bills(account, int(ledger), limit=EVERYTHING)
        changes: dict[int, int] = defaultdict(int)
        balances: dict[int, int] = {}
        for bill in reversed(bills):
            changes[bill.currency] += bill.change
            balances[bill.currency] = bill.balance
            assert changes[bill.currency] == bill.balance
        cash = {view.currency: view.cash for view in desk.views.balances(account) if view.ledger == ledger}
        assert balances == {currency: cash[currency] for currency in balances}
        assert sum(cash.values()) == sum(balances.values())


@pytest.mark.parametrize("seed", range(2))
async def test_market_data_goes_on_after_a_restart(seed: int, database_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(seed)
    through = MarketData(desk.views, desk.clock)
    for batch in desk.run(250):
        through.on_batch(batch)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    restarted = MarketData(desk.views, desk.clock, history)
    restarted.prime()
    for _ in range(60):
        if happened := desk.batch():
            through.on_batch(happened)
            restarted.on_batch(happened)
    for instrument in range(3):
        assert restarted.trades(instrument, 600) == through.trades(instrument, 600)
        assert restarted.ticker(instrument)._replace(time_ms=0) == through.ticker(instrument)._replace(time_ms=0)
        for bar in set(BARS) - {"1s"}:
            rows = restarted.candles(instrument, bar, limit=300)
            assert rows == through.candles(instrument, bar, limit=300)
            assert await restarted.older_candles(instrument, bar, limit=300) == rows


async def test_old_candles_come_from_storage(database_url: str, open_history: OpenHistory) -> None:
    desk = Desk()
    first = START_MS - START_MS % HOUR_MS - 4 * 24 * HOUR_MS
    minutes = [first + step * 7 * MINUTE_MS for step in range(4 * 24 * 60 // 7)]
    candles = [c.ImportCandle(0, -1, 0, 0, 0, opened, 5, 9, 4, 6, 11, 60) for opened in minutes]
    desk.run(*candles)
    desk.trade(7, 3)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    fresh = MarketData(desk.views, desk.clock, history)
    fresh.prime()
    complete = MarketData(desk.views, desk.clock)
    desk.subscribe(complete.on_batch)
    assert len(fresh.candles(0, "15m", limit=EVERYTHING)) < 4 * 24 * 3
    for bar, limit in (("1m", 5_500), ("15m", EVERYTHING), ("4H", EVERYTHING), ("1D", 3)):
        assert await fresh.older_candles(0, bar, limit=limit) == complete.candles(0, bar, limit=limit)
    middle = first + 24 * HOUR_MS
    window = {"after_ms": middle, "before_ms": middle - HOUR_MS, "limit": 10}
    assert await fresh.older_candles(0, "5m", **window) == complete.candles(0, "5m", **window)


def test_imports_and_trades_of_one_minute_meet_in_any_order(
    database_url: str, other_url: str, open_history: OpenHistory
) -> None:
    desk = Desk()
    opened = START_MS - START_MS % MINUTE_MS
    minute = c.ImportCandle(0, -1, 0, 0, 0, opened, 5, 9, 4, 6, 11, 60)
    desk.trade(3, 1)
    desk.run(minute)
    desk.trade(10, 2)
    desk.run(minute._replace(open_time_ms=opened + MINUTE_MS))
    histories = [open_history(database_url), open_history(other_url)]
    for history, batches in zip(histories, ([merged(desk.batches)], desk.batches), strict=True):
        history._projector.catch_up(batches)
    hour = START_MS - START_MS % HOUR_MS
    expected = [
        (0, MINUTE_MS, opened, 5, 10, 4, 10, 13, 60 + 20),
        (0, MINUTE_MS, opened + MINUTE_MS, 5, 9, 4, 6, 11, 60),
    ]
    for history in histories:
        assert all_rows(history)["candles"] == [*expected, (0, HOUR_MS, hour, 5, 10, 4, 6, 24, 60 + 20 + 60)]


def merged(batches: list[EventBatch]) -> EventBatch:
    return batch_of([event for batch in batches for event in batch.events])


def cut(batches: list[EventBatch], rng: random.Random) -> Iterator[EventBatch]:
    """The same events in other batches, some of which are told twice."""
    events = list(merged(batches).events)
    while events:
        count = rng.choice((1, 5, 80))
        yield batch_of(events[:count])
        if rng.random() < 0.2:
            yield batch_of(events[: max(1, count // 2)])
        events = events[count:]


def test_the_cut_into_batches_does_not_matter(database_url: str, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(7)
    desk.run(120)
    straight = open_history(other_url, desk.source)
    straight.catch_up(desk.views.last_sequence())
    pieces = open_history(database_url)
    for number, batch in enumerate(cut(desk.batches, random.Random(7))):
        pieces._projector.catch_up([batch])
        if number % 10 == 0:
            pieces._projector._projection.forget()
    mine, theirs = all_rows(pieces), all_rows(straight)
    mine.pop("projection_state"), theirs.pop("projection_state")
    assert mine == theirs
    assert pieces.last_sequence() == straight.last_sequence() == desk.views.last_sequence()
