"""Market data beside books and tickers: short books, past trades, volumes and rates of the whole exchange."""

from typing import Any

import pytest

from lonja.edge.wire import market, statistics
from tests.edge.house import START_MS, House, order

BASE = 100_000_000


async def _trades(rest: House, count: int) -> None:
    """``count`` trades of 1, 2, 3 ... thousandths, a second apart; takers buy and sell in turn."""
    for number in range(1, count + 1):
        maker, taker = (rest.other, rest.trader) if number % 2 else (rest.trader, rest.other)
        side, opposite = ("sell", "buy") if number % 2 else ("buy", "sell")
        assert (await maker.place(side=side, px="100", sz=f"0.{number:03}")).code == "0"
        assert (await taker.place(side=opposite, px="100", sz=f"0.{number:03}")).code == "0"
        rest.clock.advance_ms(1_000)


async def test_the_lite_book_has_25_levels_and_no_number(rest: House) -> None:
    for start in (0, 20):
        orders = [order(px=str(50 + start + n)) for n in range(20)]
        assert (await rest.trader.post("trade/batch-orders", orders)).code == "0"
    row = (await rest.get("market/books-lite", instId="QUIET-USDT")).row
    assert set(row) == set(market.LITE_BOOK_ROW)
    assert (row["asks"], [level[0] for level in row["bids"]]) == ([], [str(89 - n) for n in range(25)])
    assert row["bids"][0] == ["89", "1", "0", "1"]


async def test_nothing_of_the_book_is_retail_price_improvement(rest: House) -> None:
    await rest.trader.place(px="99", sz="2.5")
    await rest.other.place(px="98", sz="1")
    row = (await rest.get("market/books-rpi", instId="QUIET-USDT")).row
    assert set(row) == set(market.IMPROVED_BOOK_ROW)
    assert row["bids"] == [["99", "2.5", "2.5", "1"]]
    assert len((await rest.get("market/books-rpi", instId="QUIET-USDT", sz="400")).row["bids"]) == 2


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [7, 6, 5, 4, 3, 2, 1]),
        ({"limit": "2"}, [7, 6]),
        ({"limit": "1000"}, [7, 6, 5, 4, 3, 2, 1]),
        ({"after": BASE + 3}, [2, 1]),
        ({"type": "1", "after": BASE + 3, "limit": "1"}, [2]),
        ({"before": BASE + 5}, [7, 6]),
        ({"after": BASE + 6, "before": BASE + 3}, [5, 4]),
        ({"after": BASE + 1}, []),
        ({"after": "5"}, []),
        ({"before": BASE + 7}, []),
        ({"type": "2", "after": START_MS}, []),
        ({"type": "2", "after": START_MS + 3_000}, [3, 2, 1]),
        ({"type": "2", "after": START_MS + 3_000, "limit": "2"}, [3, 2]),
        ({"type": "2", "after": START_MS + 5_000, "before": BASE + 3}, [5, 4]),
    ],
)
async def test_past_trades_by_page(rest: House, asked: dict[str, Any], found: list[int]) -> None:
    await _trades(rest, 7)
    rows = (await rest.get("market/history-trades", instId="QUIET-USDT", **asked)).data
    assert [int(row["tradeId"]) - BASE for row in rows] == found
    for row, number in zip(rows, found, strict=True):
        assert row == {
            "instId": "QUIET-USDT",
            "tradeId": str(BASE + number),
            "px": "100",
            "sz": f"0.{number:03}",
            "side": "buy" if number % 2 else "sell",
            "source": "0",
            "ts": str(START_MS + (number - 1) * 1_000),
        }


async def test_each_match_is_a_row_although_the_tape_joins_them(rest: House) -> None:
    for _ in range(2):
        await rest.other.place(side="sell", px="100", sz="0.5")
    await rest.trader.place(px="100", sz="1")
    assert (await rest.get("market/trades", instId="QUIET-USDT")).row["count"] == "2"
    rows = (await rest.get("market/history-trades", instId="QUIET-USDT")).data
    assert [(row["tradeId"], row["sz"]) for row in rows] == [(str(BASE + 2), "0.5"), (str(BASE + 1), "0.5")]


async def test_volume_of_the_platform_is_that_of_its_last_day(rest: House) -> None:
    row = (await rest.get("market/platform-24-volume")).row
    assert row == {"volUsd": "0", "volCny": "0", "ts": str(START_MS)}
    await rest.other.place(side="sell", px="100", sz="2")
    await rest.trader.place(px="100", sz="2")
    await rest.other.place(instId="BTC-USDT", side="sell", px="50000", sz="0.01")
    await rest.trader.place(instId="BTC-USDT", px="50000", sz="0.01")
    row = (await rest.get("market/platform-24-volume")).row
    assert set(row) == set(statistics.PLATFORM_VOLUME_ROW)
    assert (row["volUsd"], row["volCny"]) == ("700", "4970")
    rest.clock.advance_ms(86_400_000)
    assert (await rest.get("market/platform-24-volume")).row["volUsd"] == "0"


async def test_the_rate_of_dollar_and_yuan_is_the_one_volumes_are_counted_at(rest: House) -> None:
    assert (await rest.get("market/exchange-rate")).row == {"usdCny": "7.1"}


@pytest.mark.parametrize(
    ("path", "asked", "code"),
    [
        ("books-lite", {}, "50014"),
        ("books-lite", {"instId": "BTC-EUR"}, "51001"),
        ("books-rpi", {"instId": "BTC-EUR"}, "51001"),
        ("books-rpi", {"instId": "BTC-USDT", "sz": "401"}, "51000"),
        ("books-sbe", {"instIdCode": "10000"}, "50014"),
        ("books-sbe", {"instIdCode": "BTC-USDT", "source": "0"}, "51000"),
        ("books-sbe", {"instIdCode": "99", "source": "0"}, "51001"),
        ("books-sbe", {"instIdCode": "10000", "source": "7"}, "51000"),
        ("books-sbe", {"instIdCode": "10000", "source": "0"}, "50062"),
        ("open-oracle", {}, "50062"),
        ("history-trades", {}, "50014"),
        ("history-trades", {"instId": "BTC-EUR"}, "51001"),
        ("history-trades", {"instId": "BTC-USDT", "type": "3"}, "51000"),
        ("history-trades", {"instId": "BTC-USDT", "after": "-1"}, "51000"),
        ("history-trades", {"instId": "BTC-USDT", "before": "x"}, "51000"),
        ("history-trades", {"instId": "BTC-USDT", "limit": "0"}, "51000"),
        ("history-trades", {"instId": "BTC-USDT", "limit": "9" * 90}, "51000"),
    ],
)
async def test_what_is_refused(rest: House, path: str, asked: dict[str, str], code: str) -> None:
    reply = await rest.get(f"market/{path}", **asked)
    assert (reply.code, reply.data) == (code, [])
