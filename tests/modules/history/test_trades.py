"""Stored trades: the last ones for a start, older ones by page, and the oldest overwritten."""

from collections.abc import Callable

import pytest

from lonja.modules.history import projection
from lonja.modules.history.api import History
from lonja.modules.marketdata.api import MarketData
from tests.modules.desk import BUY, SELL, START_MS, Desk, RandomDesk

OpenHistory = Callable[..., History]
EVERYTHING = 10**6


def _traded(count: int) -> Desk:
    """A desk with ``count`` trades, a second apart, of 1, 2, 3 ... lots, bought and sold in turn."""
    desk = Desk()
    for number in range(1, count + 1):
        desk.trade(100, number, BUY if number % 2 else SELL)
        desk.after(1_000)
    return desk


def _restarted(desk: Desk, history: History) -> MarketData:
    history.catch_up(desk.views.last_sequence())
    market_data = MarketData(desk.views, desk.clock, history)
    market_data.prime()
    return market_data


async def _ids(market_data: MarketData, **bounds: int) -> list[int]:
    return [trade.trade_id for trade in await market_data.older_trades(0, **bounds)]


async def test_the_last_trades_of_each_instrument_come_first(database_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(4)
    desk.run(400)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    everything = history.recent_trades(EVERYTHING)
    assert everything == sorted(everything, key=lambda trade: (trade.instrument, trade.trade_id))
    for count in (1, 7):
        expected = [
            trade
            for instrument in range(3)
            for trade in [trade for trade in everything if trade.instrument == instrument][-count:]
        ]
        assert history.recent_trades(count) == expected
    assert len({trade.instrument for trade in everything}) > 1


async def test_pages_go_on_where_memory_ends(database_url: str, open_history: OpenHistory) -> None:
    desk = _traded(700)
    market_data = _restarted(desk, open_history(database_url, desk.source))
    assert len(market_data.trades(0, 1_000)) == 512
    found: list[int] = []
    while page := await _ids(market_data, after_id=found[-1] if found else 10**9):
        assert len(page) == 100
        found += page
    assert found == list(range(700, 0, -1))
    assert await _ids(market_data, limit=EVERYTHING) == found
    assert await _ids(market_data, before_id=150, limit=EVERYTHING) == list(range(700, 150, -1))
    assert await _ids(market_data, before_id=695) == [700, 699, 698, 697, 696]
    assert await _ids(market_data, after_id=20, before_id=17) == [19, 18]
    # Trade 1 was at the start, so trade 51 50 seconds later.
    assert await _ids(market_data, end_ms=START_MS + 50_000, limit=3) == [51, 50, 49]
    assert await _ids(market_data, end_ms=START_MS + 600_000, limit=2) == [601, 600]
    assert await _ids(market_data, end_ms=START_MS - 1) == []
    oldest = (await market_data.older_trades(0, after_id=3))[-1]
    assert (oldest.trade_id, oldest.price, oldest.size, oldest.side, oldest.time_ms) == (1, 100, 1, BUY, START_MS)


async def test_without_storage_memory_is_all(open_history: OpenHistory) -> None:
    desk = _traded(520)
    market_data = MarketData(desk.views, desk.clock)
    desk.subscribe(market_data.on_batch)
    assert await _ids(market_data, limit=EVERYTHING) == list(range(520, 8, -1))
    assert await _ids(market_data, after_id=5) == []
    assert await MarketData(desk.views, desk.clock).older_trades(0) == []


async def test_the_oldest_are_overwritten(
    database_url: str, open_history: OpenHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "TRADES_KEPT", 64)
    desk = _traded(200)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    assert [trade.trade_id for trade in history.recent_trades(EVERYTHING)] == list(range(137, 201))


async def test_a_database_that_kept_fewer_goes_on_with_more(
    database_url: str, open_history: OpenHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = _traded(20)
    history = open_history(database_url, desk.source)
    monkeypatch.setattr(projection, "TRADES_KEPT", 8)
    history.catch_up(desk.views.last_sequence())
    for _ in range(10):
        desk.trade(100, 1)
    monkeypatch.setattr(projection, "TRADES_KEPT", 64)
    assert await _ids(_restarted(desk, history), limit=EVERYTHING) == list(range(30, 12, -1))
    assert [trade.trade_id for trade in history.recent_trades(11)] == list(range(20, 31))
