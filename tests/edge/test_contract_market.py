"""Market data of contracts: tickers, books, trades and candles count contracts and coins; marks and indices by name."""

from typing import Any

import pytest

from lonja.core.commands import SetInstrumentState
from lonja.core.kinds import Side
from lonja.edge.wire import index, market, statistics
from lonja.modules.pricing.api import IndexPart
from tests.edge.contract_trading import leave, trade
from tests.edge.house import DATED_ID, QUIET_DATED, QUIET_SWAP, QUIET_USD_SWAP, START_MS, House

MINUTE = 60_000
LINEAR, INVERSE = "QUIET-USDT-SWAP", "QUIET-USD-SWAP"


async def test_tickers_of_contracts(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_050, 25)
    await trade(futures, QUIET_USD_SWAP, 10_000, 30)
    linear, inverse = (await futures.get("market/tickers", instType="SWAP")).data
    for row, name, volume, base in ((linear, LINEAR, "2.5", "2.5"), (inverse, INVERSE, "30", "3")):
        assert set(row) == set(market.TICKER_ROW)
        assert (row["instType"], row["instId"], row["vol24h"], row["volCcy24h"]) == ("SWAP", name, volume, base)
        assert row == (await futures.get("market/ticker", instId=name)).row
    assert (linear["last"], linear["lastSz"]) == ("100.5", "2.5")
    dated = (await futures.get("market/tickers", instType="FUTURES")).row
    assert (dated["instType"], dated["instId"], dated["last"]) == ("FUTURES", DATED_ID, "")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"instType": "SPOT"}, ["QUIET-USDT", "BTC-USDT", "NEXT-USDT"]),
        ({"instType": "SWAP", "uly": "QUIET-USD"}, [INVERSE]),
        ({"instType": "SWAP", "instFamily": "QUIET-USDT"}, [LINEAR]),
        ({"instType": "FUTURES", "instFamily": "QUIET-USDT"}, [DATED_ID]),
        ({"instType": "FUTURES", "uly": "QUIET-USD"}, []),
        ({"instType": "MARGIN"}, []),
        ({"instType": "OPTION"}, []),
    ],
)
async def test_which_tickers(futures: House, asked: dict[str, str], found: list[str]) -> None:
    assert [row["instId"] for row in (await futures.get("market/tickers", **asked)).data] == found


async def test_a_delisted_contract_has_no_ticker_in_the_list(futures: House) -> None:
    await futures.engine.submit(SetInstrumentState(instrument=QUIET_DATED, state=4))
    assert (await futures.get("market/tickers", instType="FUTURES")).data == []
    assert (await futures.get("public/mark-price", instType="FUTURES")).data == []


async def test_candles_count_contracts_and_both_currencies(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_050, 25)
    await trade(futures, QUIET_USD_SWAP, 10_000, 30)
    for name, counted in ((LINEAR, ["2.5", "2.5", "251.25"]), (INVERSE, ["30", "3", "300"])):
        row = (await futures.get("market/candles", instId=name)).row
        assert row[5:] == [*counted, "0"]


async def test_books_and_trades_count_contracts(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_050, 25)
    await leave(futures, Side.BUY, 9_900, 7)
    book = (await futures.get("market/books", instId=LINEAR)).row
    assert book["bids"] == [["99", "0.7", "0", "1"]]
    row = (await futures.get("market/trades", instId=LINEAR)).row
    assert (row["instId"], row["px"], row["sz"], row["side"]) == (LINEAR, "100.5", "2.5", "buy")


async def test_the_volume_of_the_house_counts_what_was_paid(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_050, 20)
    await trade(futures, QUIET_USD_SWAP, 10_000, 30)
    # 201 USDT for two contracts, and three coins of 100 USDT.
    assert (await futures.get("market/platform-24-volume")).row["volUsd"] == "501"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"instType": "SWAP"}, [LINEAR, INVERSE]),
        ({"instType": "SWAP", "uly": "QUIET-USD"}, [INVERSE]),
        ({"instType": "SWAP", "instId": LINEAR}, [LINEAR]),
        ({"instType": "FUTURES"}, [DATED_ID]),
        ({"instType": "FUTURES", "instId": LINEAR}, []),
        ({"instId": LINEAR}, [LINEAR]),
        ({"instType": "SPOT"}, ["QUIET-USDT", "BTC-USDT"]),
        ({"instType": "MARGIN"}, ["QUIET-USDT", "BTC-USDT"]),
        ({}, ["QUIET-USDT", "BTC-USDT", LINEAR, INVERSE, DATED_ID]),
        ({"instFamily": "QUIET-USDT"}, [LINEAR, DATED_ID]),
        ({"instType": "OPTION"}, []),
    ],
)
async def test_which_mark_prices(futures: House, asked: dict[str, str], found: list[str]) -> None:
    assert [row["instId"] for row in (await futures.get("public/mark-price", **asked)).data] == found


async def test_a_mark_price_follows_the_index_at_once(futures: House) -> None:
    await futures.index(9_750)
    row = (await futures.get("public/mark-price", instId=LINEAR)).row
    assert row == {"instType": "SWAP", "instId": LINEAR, "markPx": "97.5", "ts": str(START_MS)}
    assert set(row) == set(index.MARK_PRICE_ROW)


async def _prices(house: House, *prices: int) -> int:
    """Both indices are each of ``prices``, a minute apart; the start of the first of these minutes."""
    first = START_MS - START_MS % MINUTE + MINUTE
    house.clock.set_ms(first)
    for price in prices:
        await house.index(price, "QUIET-USDT")
        await house.index(price, "QUIET-USD")
        house.clock.advance_ms(MINUTE)
    return first


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (("market/mark-price-candles", "market/history-mark-price-candles"), LINEAR),
        (("market/mark-price-candles",), INVERSE),
        (("market/index-candles", "market/history-index-candles"), "QUIET-USDT"),
        (("market/index-candles",), "QUIET-USD"),
    ],
)
async def test_candles_of_marks_and_indices(futures: House, paths: tuple[str, ...], name: str) -> None:
    first = await _prices(futures, 10_100, 9_900)
    for path in paths:
        rows = (await futures.get(path, instId=name, limit="3")).data
        assert rows == [
            [str(first + 2 * MINUTE), "99", "99", "99", "99", "0"],
            [str(first + MINUTE), "101", "101", "99", "99", "1"],
            [str(first), "100", "101", "100", "101", "1"],
        ]
        assert (await futures.get(path, instId=name, bar="1H", limit="1")).data[0][2:4] == ["101", "99"]


async def test_indices_are_asked_for_by_name(futures: House) -> None:
    await _prices(futures, 10_100, 9_900)
    row = (await futures.get("market/index-tickers", instId="QUIET-USD")).row
    assert set(row) == set(index.INDEX_TICKER_ROW)
    assert (row["instId"], row["idxPx"], row["high24h"], row["open24h"]) == ("QUIET-USD", "99", "101", "100")
    for quote, found in (("USD", ["QUIET-USD"]), ("USDT", ["QUIET-USDT", "BTC-USDT"]), ("EUR", [])):
        rows = (await futures.get("market/index-tickers", quoteCcy=quote)).data
        assert [row["instId"] for row in rows] == found
    # The spot pair of that name was told something else; contracts follow this one.
    assert (await futures.get("market/index-tickers", instId="QUIET-USDT")).row["idxPx"] == "99"


@pytest.mark.parametrize("path", ["market/index-tickers", "market/index-candles"])
async def test_a_contract_is_no_index(futures: House, path: str) -> None:
    assert (await futures.get(path, instId=LINEAR)).code == "51001"


async def test_an_index_set_by_hand_has_one_part(futures: House) -> None:
    data = (await futures.get("market/index-components", index="QUIET-USD")).data
    assert set(data) == set(statistics.INDEX_COMPONENTS_ROW)
    assert data["components"] == [
        {"exch": "lonja", "symbol": "QUIET/USD", "symPx": "100", "wgt": "1", "cnvPx": "100"},
    ]


async def test_an_index_of_several_sources_tells_their_weights(futures: House) -> None:
    form = futures.services.catalogue.find(LINEAR)
    assert form is not None
    ticker = futures.services.market_data.index_ticker(form.code)
    assert ticker is not None
    parts = [IndexPart("north", 10**20, 1), IndexPart("east", 10**20 + 123, 1), IndexPart("south", 10**20 // 3, 1)]
    row: Any = statistics.index_components_row(form, ticker, parts, "lonja")
    assert [(part["exch"], part["symPx"], part["wgt"]) for part in row["components"]] == [
        ("north", "100", "0.33333333"),
        ("east", "100", "0.33333333"),
        ("south", "33.3333333333", "0.33333333"),
    ]


async def test_statistics_know_what_has_contracts(futures: House) -> None:
    data = (await futures.get("rubik/stat/trading-data/support-coin")).data
    assert data == {"contract": ["QUIET"], "option": [], "spot": ["BTC", "QUIET"]}
    await trade(futures, QUIET_SWAP, 10_050, 20)
    assert (await futures.get("rubik/stat/taker-volume", ccy="QUIET", instType="SPOT")).data == []


@pytest.mark.parametrize(
    ("name", "unit", "first", "second"),
    [
        (LINEAR, "", ["0", "2.5"], ["0", "3"]),
        (LINEAR, "1", ["0", "2.5"], ["0", "3"]),
        (LINEAR, "0", ["0", "2.5"], ["0", "3"]),
        (LINEAR, "2", ["0", "251.25"], ["0", "303"]),
        (INVERSE, "1", ["0", "25"], ["0", "30"]),
        # 250 dollars at 100.5, and 300 at 101.
        (INVERSE, "0", ["0", "2.48756218"], ["0", "2.97029702"]),
        (INVERSE, "2", ["0", "250"], ["0", "300"]),
    ],
)
async def test_what_takers_traded_of_a_contract(
    futures: House, name: str, unit: str, first: list[str], second: list[str]
) -> None:
    form = futures.services.catalogue.find(name)
    assert form is not None
    begin = START_MS - START_MS % (5 * MINUTE)
    await trade(futures, form.code, 10_050, 25)
    futures.clock.set_ms(begin + 10 * MINUTE)
    await trade(futures, form.code, 10_100, 30)
    asked = {"instId": name, "unit": unit, "period": "5m"}
    rows = (await futures.get("rubik/stat/taker-volume-contract", **asked)).data
    assert rows == [
        [str(begin + 10 * MINUTE), *second],
        [str(begin + 5 * MINUTE), "0", "0"],
        [str(begin), *first],
    ]
    assert (await futures.get("rubik/stat/taker-volume-contract", **asked, limit=1)).data == rows[:1]
    ended = await futures.get("rubik/stat/taker-volume-contract", **asked, end=begin + 9 * MINUTE, begin=begin + 1)
    assert ended.data == rows[1:2]
