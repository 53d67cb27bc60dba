"""Index prices and the mark prices of spot: now, over 24 hours, as candles."""

import pytest

from lonja.core.commands import SetIndexPrice, SetInstrumentState
from lonja.edge.wire import index, statistics
from tests.edge.house import BTC_USDT, QUIET_USDT, START_MS, House

MINUTE = 60_000
CANDLES = (
    "market/index-candles",
    "market/history-index-candles",
    "market/mark-price-candles",
    "market/history-mark-price-candles",
)


async def _prices(rest: House, *prices: int) -> int:
    """Set the index of QUIET to each of ``prices`` (ticks), a minute apart; the start of the first of these minutes."""
    first = START_MS - START_MS % MINUTE + MINUTE
    rest.clock.advance_ms(first - START_MS)
    for price in prices:
        await rest.engine.submit(SetIndexPrice(instrument=QUIET_USDT, price=price))
        rest.clock.advance_ms(MINUTE)
    return first


async def test_index_tickers_of_one_and_of_a_quote_currency(rest: House) -> None:
    await _prices(rest, 10_100, 9_900, 9_950)
    row = (await rest.get("market/index-tickers", instId="QUIET-USDT")).row
    assert set(row) == set(index.INDEX_TICKER_ROW)
    assert {name: row[name] for name in ("instId", "idxPx", "high24h", "low24h", "open24h")} == {
        "instId": "QUIET-USDT", "idxPx": "99.5", "high24h": "101", "low24h": "99", "open24h": "100",
    }  # fmt: skip
    rows = (await rest.get("market/index-tickers", quoteCcy="USDT")).data
    assert [row["instId"] for row in rows] == ["QUIET-USDT", "BTC-USDT"]
    assert (await rest.get("market/index-tickers", quoteCcy="EUR")).data == []
    assert (await rest.get("market/index-tickers", quoteCcy="USDT", instId="BTC-USDT")).row["idxPx"] == "50000"
    assert (await rest.get("market/index-tickers", quoteCcy="EUR", instId="BTC-USDT")).data == []


async def test_a_pair_without_an_index_price_has_no_row(rest: House) -> None:
    assert (await rest.get("market/index-tickers", instId="NEXT-USDT")).data == []
    assert (await rest.get("public/mark-price", instType="SPOT", instId="NEXT-USDT")).data == []
    assert (await rest.get("market/index-components", index="NEXT-USDT")).code == "51000"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"instType": "MARGIN"}, ["QUIET-USDT", "BTC-USDT"]),
        ({"instType": "SPOT"}, ["QUIET-USDT", "BTC-USDT"]),
        ({}, ["QUIET-USDT", "BTC-USDT"]),
        ({"instId": "BTC-USDT"}, ["BTC-USDT"]),
        ({"instType": "MARGIN", "instId": "BTC-USDT"}, ["BTC-USDT"]),
        ({"instType": "SWAP"}, []),
        ({"instType": "SWAP", "instId": "BTC-USDT"}, []),
        ({"instType": "OPTION", "uly": "BTC-USD"}, []),
        ({"instType": "MARGIN", "instFamily": "BTC-USDT"}, []),
    ],
)
async def test_mark_prices_are_index_prices(rest: House, asked: dict[str, str], found: list[str]) -> None:
    rows = (await rest.get("public/mark-price", **asked)).data
    assert [row["instId"] for row in rows] == found
    for row in rows:
        price = {"QUIET-USDT": "100", "BTC-USDT": "50000"}[row["instId"]]
        assert row == {"instType": "MARGIN", "instId": row["instId"], "markPx": price, "ts": str(START_MS)}


async def test_delisted_instruments_leave_the_lists(rest: House) -> None:
    await rest.engine.submit(SetInstrumentState(instrument=BTC_USDT, state=4))
    assert [row["instId"] for row in (await rest.get("public/mark-price", instType="MARGIN")).data] == ["QUIET-USDT"]
    rows = (await rest.get("market/index-tickers", quoteCcy="USDT")).data
    assert [row["instId"] for row in rows] == ["QUIET-USDT"]


@pytest.mark.parametrize("path", CANDLES)
async def test_candles_follow_the_index_and_pages_join(rest: House, path: str) -> None:
    first = await _prices(rest, 10_100, 9_900, 9_950)
    rows = (await rest.get(path, instId="QUIET-USDT", limit="3")).data
    assert rows == [
        [str(first + 3 * MINUTE), "99.5", "99.5", "99.5", "99.5", "0"],
        [str(first + 2 * MINUTE), "99", "99.5", "99", "99.5", "1"],
        [str(first + MINUTE), "101", "101", "99", "99", "1"],
    ]
    older = (await rest.get(path, instId="QUIET-USDT", after=rows[0][0], limit="2")).data
    assert older == rows[1:]
    newer = (await rest.get(path, instId="QUIET-USDT", before=rows[2][0])).data
    assert newer == rows[:2]
    both = (await rest.get(path, instId="QUIET-USDT", after=rows[0][0], before=rows[2][0])).data
    assert both == [rows[1]]
    assert (await rest.get(path, instId="QUIET-USDT", bar="1H", limit="1")).data[0][2:4] == ["101", "99"]


@pytest.mark.parametrize("bar", ["3m", "4H", "1D", "1Dutc", "1W", "3M"])
async def test_longer_bars(rest: House, bar: str) -> None:
    row = (await rest.get(CANDLES[0], instId="QUIET-USDT", bar=bar, limit="1")).data[0]
    assert (len(row), row[1:5], row[5]) == (len(index.INDEX_CANDLE_COLUMNS), ["100"] * 4, "0")


async def test_no_page_of_index_candles_has_more_than_a_hundred(rest: House) -> None:
    await rest.engine.submit(SetIndexPrice(instrument=QUIET_USDT, price=10_100))
    rest.clock.advance_ms(300 * MINUTE)
    for limit in ("100", "101", "5000"):
        assert len((await rest.get(CANDLES[0], instId="QUIET-USDT", limit=limit)).data) == 100


async def test_an_index_is_made_of_the_house_alone(rest: House) -> None:
    data = (await rest.get("market/index-components", index="QUIET-USDT")).data
    assert set(data) == set(statistics.INDEX_COMPONENTS_ROW)
    assert (data["index"], data["last"], data["ts"]) == ("QUIET-USDT", "100", str(START_MS))
    assert data["components"] == [
        {"exch": "lonja", "symbol": "QUIET/USDT", "symPx": "100", "wgt": "1", "cnvPx": "100"},
    ]


@pytest.mark.parametrize(
    ("path", "asked", "code"),
    [
        ("market/index-tickers", {}, "50015"),
        ("market/index-tickers", {"instId": "BTC-EUR"}, "51001"),
        ("public/mark-price", {"instType": "margin"}, "51000"),
        ("public/mark-price", {"instType": "MARGIN", "instId": "BTC-USDT-SWAP"}, "51001"),
        ("market/index-components", {}, "50014"),
        ("market/index-components", {"index": "BTC-EUR"}, "51000"),
        *[
            (path, asked, code)
            for path in CANDLES
            for asked, code in (
                ({}, "50014"),
                ({"instId": "BTC-EUR"}, "51001"),
                ({"instId": "BTC-USDT", "bar": "1s"}, "51000"),
                ({"instId": "BTC-USDT", "bar": "1h"}, "51000"),
                ({"instId": "BTC-USDT", "after": "now"}, "51000"),
                ({"instId": "BTC-USDT", "before": "-1"}, "51000"),
                ({"instId": "BTC-USDT", "limit": "0"}, "51000"),
            )
        ],
    ],
)
async def test_what_is_refused(rest: House, path: str, asked: dict[str, str], code: str) -> None:
    reply = await rest.get(path, **asked)
    assert (reply.code, reply.data) == (code, [])
