"""ccxt, ccxt.pro and cryptofeed look at the markets of contracts while the sandbox's traders make them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from decimal import Decimal
from itertools import pairwise
from typing import Any

import ccxt
import ccxt.pro
import pytest

from tests.conformance.clients import ccxt_client, pro_client
from tests.conformance.test_other_clients import EXAMPLES, said
from tests.e2e.sandbox_process import SandboxProcess

LINEAR, INVERSE = "BTC/USDT:USDT", "BTC/USD:BTC"
SWAPS = (LINEAR, INVERSE)
MINUTE_MS = 60_000
SECONDS = 30


@pytest.fixture(scope="module")
def client(sandbox: SandboxProcess) -> ccxt.okx:
    client = ccxt_client(ccxt.okx, sandbox.told)
    client.load_markets()
    return client


@pytest.fixture
async def watcher(sandbox: SandboxProcess) -> AsyncIterator[ccxt.pro.okx]:
    async with asyncio.timeout(100), pro_client(sandbox.told) as client:
        yield client


def _dated(client: ccxt.okx) -> list[str]:
    """Dated contracts, the next to expire first."""
    futures = [market for market in client.markets.values() if market["future"] and market["base"] == "BTC"]
    return [market["symbol"] for market in sorted(futures, key=lambda market: (market["expiry"], market["symbol"]))]


def test_contracts_are_listed(client: ccxt.okx) -> None:
    swaps = [market for market in client.markets.values() if market["swap"]]
    assert {market["linear"] for market in swaps} == {True, False}
    for market in swaps:
        assert market["active"]
        assert market["settle"] == (market["quote"] if market["linear"] else market["base"])
        assert market["contractSize"] > 0
    futures = [client.market(symbol) for symbol in _dated(client)]
    assert len({market["expiry"] for market in futures}) >= 4
    for market in futures:
        # On a Friday at 08:00 UTC.
        assert market["expiry"] % (7 * 86_400_000) == 86_400_000 + 8 * 3_600_000
        assert market["expiryDatetime"][2:10].replace("-", "") in market["id"]


@pytest.mark.parametrize("kind", ["swap", "future"])
def test_tickers_count_contracts_and_base_currency(client: ccxt.okx, kind: str) -> None:
    tickers = client.fetch_tickers(params={"instType": {"swap": "SWAP", "future": "FUTURES"}[kind]})
    assert set(tickers) == {market["symbol"] for market in client.markets.values() if market[kind]}
    traded = 0
    for symbol, ticker in tickers.items():
        market, row = client.market(symbol), ticker["info"]
        if not float(row["vol24h"]):
            continue
        traded += 1
        worth = float(row["vol24h"]) * market["contractSize"]
        if market["linear"]:
            assert float(row["volCcy24h"]) == pytest.approx(worth), symbol
        else:
            assert worth / ticker["high"] * 0.999 <= float(row["volCcy24h"]) <= worth / ticker["low"] * 1.001, symbol
    assert traded, "nobody traded any of them"


@pytest.mark.parametrize("symbol", SWAPS)
def test_books_and_prices_agree(client: ccxt.okx, symbol: str) -> None:
    book = client.fetch_order_book(symbol, 25)
    bids, asks = ([level[0] for level in book[side]] for side in ("bids", "asks"))
    assert min(len(bids), len(asks)) >= 10
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]
    mark = client.fetch_mark_price(symbol)["markPrice"]
    name = client.market(symbol)["info"]["uly"]
    index = float(client.public_get_market_index_tickers({"instId": name})["data"][0]["idxPx"])
    assert mark == pytest.approx(index, rel=0.02)
    assert bids[0] == pytest.approx(mark, rel=0.02)
    (limits,) = client.public_get_public_price_limit({"instId": client.market(symbol)["id"]})["data"]
    assert float(limits["sellLmt"]) < mark < float(limits["buyLmt"])


@pytest.mark.parametrize("price", [None, "mark", "index"])
@pytest.mark.parametrize("symbol", SWAPS)
def test_candles(client: ccxt.okx, symbol: str, price: str | None) -> None:
    candles = client.fetch_ohlcv(symbol, "1m", limit=5, params={} if price is None else {"price": price})
    assert candles
    assert [later[0] - earlier[0] for earlier, later in pairwise(candles)] == [MINUTE_MS] * (len(candles) - 1)
    for _, opened, high, low, closed, volume in candles:
        assert low <= min(opened, closed)
        assert max(opened, closed) <= high
        assert volume == 0 or price is None or volume is None


async def _next(watch: Coroutine[Any, Any, Any]) -> Any:
    async with asyncio.timeout(SECONDS):
        return await watch


@pytest.mark.parametrize("symbol", [LINEAR, pytest.param(INVERSE, marks=pytest.mark.lengthy)])
async def test_a_book_followed_by_its_changes(watcher: ccxt.pro.okx, symbol: str) -> None:
    """ccxt itself raises when the chain of sequence numbers has a gap."""
    for _ in range(6):
        book = await _next(watcher.watch_order_book(symbol))
        assert book["bids"][0][0] < book["asks"][0][0]
    for _ in range(20):
        wanted = {"instId": watcher.market(symbol)["id"], "sz": "400"}
        row = (await watcher.public_get_market_books(wanted))["data"][0]
        followed = watcher.orderbooks[symbol]
        if row["seqId"] == followed["nonce"]:
            break
        await _next(watcher.watch_order_book(symbol))
    else:
        pytest.fail("the followed book never met the one of REST")
    for side in ("bids", "asks"):
        assert [[float(price), float(size)] for price, size, *_ in row[side]] == [level[:2] for level in followed[side]]


async def test_all_that_is_pushed_of_contracts(watcher: ccxt.pro.okx) -> None:
    dated = _dated(watcher)[0]
    for symbol in (*SWAPS, dated):
        ticker = await _next(watcher.watch_ticker(symbol))
        assert ticker["symbol"] == symbol
        mark = await _next(watcher.watch_mark_price(symbol))
        assert (mark["symbol"], mark["markPrice"] > 0) == (symbol, True)
    for symbol in SWAPS:
        rate = await _next(watcher.watch_funding_rate(symbol))
        assert rate["symbol"] == symbol
        assert rate["fundingTimestamp"] < rate["nextFundingTimestamp"]
        assert (await _next(watcher.watch_trades(symbol)))[-1]["symbol"] == symbol
        (candle,) = (await _next(watcher.watch_ohlcv(symbol, "1m")))[-1:]
        assert candle[0] % MINUTE_MS == 0
        best = await _next(watcher.watch_bids_asks([symbol]))
        assert 0 < best[symbol]["bid"] < best[symbol]["ask"]


@pytest.mark.lengthy
def test_cryptofeed_takes_books_trades_funding_and_open_interest_and_checks_checksums(sandbox: SandboxProcess) -> None:
    heard: dict[str, dict[str, list[list[str]]]] = {}
    for line in said("cryptofeed", 60, EXAMPLES / "cryptofeed_contracts.py", sandbox.data).splitlines():
        kind, symbol, *values = line.split()
        heard.setdefault(kind, {}).setdefault(symbol, []).append(values)
    perpetual = {"BTC-USDT-PERP", "BTC-USD-PERP"}
    assert set(heard["funding"]) == set(heard["open_interest"]) == perpetual
    assert perpetual < set(heard["book"])
    assert len(heard["book"]) == 3, heard["book"]
    for books in heard["book"].values():
        assert all(Decimal(bid) < Decimal(ask) for bid, ask in books)
    for rates in heard["funding"].values():
        assert all(abs(Decimal(rate)) <= Decimal("0.00375") for (rate,) in rates)
    for symbol, trades in heard["trade"].items():
        ((bid, ask), *_) = heard["book"][symbol]
        assert all(Decimal(bid) * 9 / 10 < Decimal(price) < Decimal(ask) * 11 / 10 for _, price in trades), symbol
        assert all(Decimal(size) > 0 for size, _ in trades)


async def test_marks_go_on_to_be_pushed(watcher: ccxt.pro.okx) -> None:
    told = [(await _next(watcher.watch_mark_price(LINEAR)))["timestamp"] for _ in range(3)]
    assert told == sorted(set(told))
