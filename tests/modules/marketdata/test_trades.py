"""The tape: newest first, bounded, and joined the way the public stream shows it."""

from lonja.core import commands as c
from lonja.modules.marketdata.api import AggregatedTrade, MarketData, aggregate
from tests.modules.desk import ALICE, BOB, BUY, SELL, START_MS, Desk


def test_trades_are_told_newest_first_from_the_takers_side() -> None:
    desk = Desk()
    market_data = MarketData(desk.views, desk.clock)
    desk.subscribe(market_data.on_batch)
    desk.place(BOB, SELL, 100, 2)
    desk.place(BOB, SELL, 101, 2)
    taker = desk.place(ALICE, BUY, 101, 3)
    rows = market_data.trades(0, 10)
    assert [(row.trade_id, row.price, row.size, row.side) for row in rows] == [(2, 101, 1, BUY), (1, 100, 2, BUY)]
    assert {(row.taker_order_id, row.time_ms) for row in rows} == {(taker, START_MS)}
    assert rows[0].sequence > rows[1].sequence
    assert market_data.trades(0, 1) == rows[:1]


def test_what_one_taker_does_at_one_price_is_joined() -> None:
    desk = Desk()
    market_data = MarketData(desk.views, desk.clock)
    desk.subscribe(market_data.on_batch)
    desk.run(*(c.PlaceOrder(account=BOB, side=SELL, price=price, size=2) for price in (100, 100, 100, 101)))
    desk.place(ALICE, BUY, 100, 1)
    desk.place(ALICE, BUY, 101, 7)
    newest_first = market_data.trades(0, 10)
    oldest_first = newest_first[::-1]
    joined = [(row.trade_id, row.price, row.size, row.trade_count) for row in aggregate(oldest_first)]
    assert joined == [(1, 100, 1, 1), (4, 100, 5, 3), (5, 101, 2, 1)]
    assert aggregate(newest_first) == aggregate(oldest_first)[::-1]
    assert aggregate([]) == []
    last = oldest_first[3]
    assert aggregate(oldest_first)[1] == AggregatedTrade(0, 4, 100, 5, BUY, START_MS, last.sequence, 3)
