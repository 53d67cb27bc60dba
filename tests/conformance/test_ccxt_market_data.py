"""ccxt (sync) looks at the markets."""

from itertools import pairwise

import ccxt
import pytest

from tests.conformance.clients import ccxt_client
from tests.e2e.sandbox_process import SandboxProcess

BTC = "BTC/USDT"
QUIET = "QUIET/USDT"
MINUTE_MS = 60_000
BARS = {
    "1m": 1,
    "3m": 3,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "2h": 120,
    "4h": 240,
    "6h": 360,
    "12h": 720,
    "1d": 1440,
}


@pytest.fixture(scope="module")
def client(sandbox: SandboxProcess) -> ccxt.okx:
    client = ccxt_client(ccxt.okx, sandbox.told)
    client.load_markets()
    return client


def _spot(client: ccxt.okx) -> set[str]:
    return {market["symbol"] for market in client.markets.values() if market["spot"]}


def test_markets(client: ccxt.okx) -> None:
    assert len(_spot(client)) >= 21
    assert all(market["active"] for market in client.markets.values())
    market = client.market(QUIET)
    assert (market["id"], market["base"], market["quote"]) == ("QUIET-USDT", "QUIET", "USDT")
    assert market["precision"] == {"amount": 0.001, "price": 0.01}
    assert market["limits"]["amount"]["min"] == 0.001
    # The largest market order in quote currency: what stands here must not keep a bot from trading.
    assert market["limits"]["cost"]["max"] >= 100_000
    assert client.market(BTC)["limits"]["cost"]["max"] >= 100_000
    assert len({market["info"]["instIdCode"] for market in client.markets.values()}) == len(client.markets)


def test_currencies(client: ccxt.okx) -> None:
    currencies = client.fetch_currencies()
    assert {"USDT", "BTC", "ETH", "QUIET"} <= set(currencies)
    assert all(currency["networks"] for currency in currencies.values())


def test_time_and_status(client: ccxt.okx) -> None:
    assert abs(client.fetch_time() - client.milliseconds()) < 2_000
    assert client.fetch_status()["status"] == "ok"


def test_tickers(client: ccxt.okx) -> None:
    ticker = client.fetch_ticker(BTC)
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert 0 < ticker["bid"] < ticker["ask"]
    assert ticker["baseVolume"] > 0
    assert ticker["low"] <= ticker["vwap"] <= ticker["high"]
    tickers = client.fetch_tickers()
    assert set(tickers) == _spot(client)
    traded = {symbol: ticker for symbol, ticker in tickers.items() if symbol != QUIET}
    assert all(0 < row["bid"] < row["ask"] and row["last"] for row in traded.values())
    assert set(client.fetch_tickers([BTC, QUIET])) == {BTC, QUIET}


@pytest.mark.parametrize(("depth", "levels"), [(None, 25), (1, 1), (5, 5), (25, 25), (400, 25), (401, 25), (5000, 25)])
def test_order_books(client: ccxt.okx, depth: int | None, levels: int) -> None:
    book = client.fetch_order_book(BTC, depth)
    bids, asks = ([level[0] for level in book[side]] for side in ("bids", "asks"))
    assert min(len(bids), len(asks)) >= levels
    assert max(len(bids), len(asks)) <= (depth or 100)
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]


def test_trades(client: ccxt.okx) -> None:
    trades = client.fetch_trades(BTC, limit=100)
    assert len(trades) == 100
    assert [trade["timestamp"] for trade in trades] == sorted(trade["timestamp"] for trade in trades)
    assert len({trade["id"] for trade in trades}) == 100
    assert {trade["side"] for trade in trades} == {"buy", "sell"}
    assert len(client.fetch_trades(BTC, limit=500)) >= 100
    assert len(client.fetch_trades(BTC, limit=3)) == 3


def test_past_trades_in_pages(client: ccxt.okx) -> None:
    past = {"method": "publicGetMarketHistoryTrades"}
    newest = client.fetch_trades(BTC, limit=30, params=past)
    oldest = newest[0]
    by_id = client.fetch_trades(BTC, limit=20, params={**past, "type": "1", "after": oldest["id"]})
    assert [int(trade["id"]) for trade in by_id] == [int(oldest["id"]) - number for number in range(20, 0, -1)]
    by_time = client.fetch_trades(BTC, limit=20, params={**past, "type": "2", "after": oldest["timestamp"]})
    assert by_time[-1]["timestamp"] < oldest["timestamp"]
    assert {trade["id"] for trade in by_time} & {trade["id"] for trade in by_id}


def test_mark_prices_stand_near_the_market(client: ccxt.okx) -> None:
    ticker, marked = client.fetch_ticker(BTC), client.fetch_mark_price(BTC)
    assert marked["symbol"] == BTC
    assert abs(marked["markPrice"] / ticker["last"] - 1) < 0.05
    (value,) = client.public_get_market_index_tickers({"instId": "BTC-USDT"})["data"]
    assert abs(float(value["idxPx"]) / marked["markPrice"] - 1) < 0.01
    candles = client.fetch_ohlcv(BTC, "1m", limit=10, params={"price": "mark"})
    assert len(candles) == 10
    assert all(low <= min(opened, closed) <= max(opened, closed) <= high for _, opened, high, low, closed, _ in candles)


@pytest.mark.parametrize("timeframe", [*BARS, "1w", "1M", "3M"])
def test_candles(client: ccxt.okx, timeframe: str) -> None:
    candles = client.fetch_ohlcv(BTC, timeframe, limit=5)
    opens = [candle[0] for candle in candles]
    assert opens == sorted(set(opens))
    assert opens[-1] <= client.milliseconds()
    if timeframe in BARS:
        assert all(moment % (BARS[timeframe] * MINUTE_MS) == 0 for moment in opens)
        assert all(b - a == BARS[timeframe] * MINUTE_MS for a, b in pairwise(opens))
    for _, opened, high, low, closed, volume in candles:
        assert low <= min(opened, closed) <= max(opened, closed) <= high
        assert volume >= 0


def test_pages_of_candles(client: ccxt.okx) -> None:
    now = client.milliseconds() // MINUTE_MS * MINUTE_MS
    since = now - 600 * MINUTE_MS
    page = client.fetch_ohlcv(BTC, "1m", since=since, limit=100)
    assert [candle[0] for candle in page] == [since + index * MINUTE_MS for index in range(100)]
    assert len(client.fetch_ohlcv(BTC, "1m", since=now - 300 * MINUTE_MS, limit=300)) == 300
    until = client.fetch_ohlcv(BTC, "1m", since=since, params={"until": since + 30 * MINUTE_MS})
    assert until[0][0] == since
    assert until[-1][0] in {since + 29 * MINUTE_MS, since + 30 * MINUTE_MS}
    assert client.fetch_ohlcv(BTC, "1m", since=now + 10 * MINUTE_MS, limit=10) == []


def test_a_day_of_candles_in_pages(client: ccxt.okx) -> None:
    since = client.milliseconds() - 20 * 60 * MINUTE_MS
    candles = client.fetch_ohlcv(BTC, "1m", since=since, params={"paginate": True})
    opens = [candle[0] for candle in candles]
    assert opens == list(range(opens[0], opens[-1] + MINUTE_MS, MINUTE_MS))
    assert len(opens) >= 1_190


def test_a_market_where_nothing_happens(client: ccxt.okx, quiet: SandboxProcess) -> None:
    ticker = client.fetch_ticker(QUIET)
    assert (ticker["bid"], ticker["ask"]) == (None, None)
    book = client.fetch_order_book(QUIET)
    assert (book["bids"], book["asks"]) == ([], [])
    assert client.fetch_order_book(QUIET, 1000)["bids"] == []


def test_demo_mode_answers_the_same(sandbox: SandboxProcess) -> None:
    client = ccxt_client(ccxt.okx, sandbox.told)
    client.set_sandbox_mode(True)
    assert client.headers["x-simulated-trading"] == "1"
    client.load_markets()
    assert client.fetch_ticker(BTC)["last"] > 0
    assert client.fetch_balance()["USDT"]["total"] > 0
    client.set_sandbox_mode(False)
    assert client.fetch_balance()["USDT"]["total"] > 0
