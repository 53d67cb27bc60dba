"""Statistics of contracts over time: open interest, longs and shorts, takers; in futures of the small house."""

from typing import Any

import pytest

from tests.edge.contract_trading import trade
from tests.edge.house import (
    DATED_EXPIRY_MS,
    DATED_ID,
    QUIET_DATED,
    QUIET_SWAP,
    QUIET_USD_SWAP,
    START_MS,
    House,
)

MINUTE = 60_000
HOUR = 60 * MINUTE
FIVE = START_MS - START_MS % (5 * MINUTE)
SWAP, INVERSE = "QUIET-USDT-SWAP", "QUIET-USD-SWAP"


async def pass_minutes(house: House, minutes: int) -> None:
    house.clock.advance_ms(minutes * MINUTE)


async def told(house: House, path: str, **asked: Any) -> list[Any]:
    """Rows of a statistic, newest first."""
    reply = await house.get(f"rubik/stat/{path}", **asked)
    assert reply.code == "0", reply
    return reply.data


async def test_open_interest_is_what_was_held_when_a_period_opened(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_000, 30)
    assert await told(futures, "contracts/open-interest-history", instId=SWAP) == []
    await pass_minutes(futures, 5)
    first = [str(FIVE + 5 * MINUTE), "3", "3", "300"]
    assert await told(futures, "contracts/open-interest-history", instId=SWAP) == [first]
    await trade(futures, QUIET_SWAP, 10_000, 20)
    await futures.index(11_000)
    await pass_minutes(futures, 10)
    rows = await told(futures, "contracts/open-interest-history", instId=SWAP, period="5m")
    mark = (await futures.get("public/mark-price", instType="SWAP", instId=SWAP)).row["markPx"]
    value = str(5 * float(mark)).removesuffix(".0")
    second = [[str(FIVE + minutes * MINUTE), "5", "5", value] for minutes in (15, 10)]
    assert rows == [*second, first]
    path = "contracts/open-interest-history"
    assert await told(futures, path, instId=SWAP, limit="1") == second[:1]
    assert await told(futures, path, instId=SWAP, end=FIVE + 10 * MINUTE - 1) == [first]
    assert await told(futures, path, instId=SWAP, begin=FIVE + 15 * MINUTE) == second[:1]


async def test_an_inverse_contract_is_worth_what_it_says(futures: House) -> None:
    await trade(futures, QUIET_USD_SWAP, 10_000, 5)
    await pass_minutes(futures, 60)
    for period in ("5m", "1H"):
        row = (await told(futures, "contracts/open-interest-history", instId=INVERSE, period=period))[0]
        assert row[1:] == ["5", "0.5", "50"]


@pytest.mark.parametrize("period", ["15m", "30m", "1H", "4H", "6Hutc", "12H", "1D", "1Dutc", "1W", "3M"])
async def test_each_period_has_its_grid(futures: House, period: str) -> None:
    await trade(futures, QUIET_SWAP, 10_000, 30)
    await pass_minutes(futures, 3 * 24 * 60)
    rows = await told(futures, "contracts/open-interest-history", instId=SWAP, period=period)
    candles = (await futures.get("market/mark-price-candles", instId=SWAP, bar=period)).data
    known = [candle[0] for candle in candles if int(candle[0]) > START_MS]
    assert [row[0] for row in rows] == known[:100]


async def test_a_contract_that_was_delivered_tells_nothing_of_later(futures: House) -> None:
    await trade(futures, QUIET_DATED, 10_000, 30)
    futures.clock.advance_ms(DATED_EXPIRY_MS - START_MS)
    await futures.services.conductor.turn()
    await pass_minutes(futures, 60)
    rows = await told(futures, "contracts/open-interest-history", instId=DATED_ID)
    assert rows[0][:2] == [str(DATED_EXPIRY_MS), "3"]


async def test_longs_and_shorts(futures: House) -> None:
    of_contract = (
        "contracts/long-short-account-ratio-contract",
        "contracts/long-short-account-ratio-contract-top-trader",
        "contracts/long-short-position-ratio-contract-top-trader",
    )
    await trade(futures, QUIET_SWAP, 10_000, 30)
    await trade(futures, QUIET_USD_SWAP, 10_000, 5)
    await pass_minutes(futures, 5)
    moment = str(FIVE + 5 * MINUTE)
    assert await told(futures, of_contract[0], instId=SWAP) == [[moment, "1"]]
    # One account in twenty is a top trader, so there is but one here, and nobody to compare it with.
    assert [await told(futures, path, instId=SWAP) for path in of_contract[1:]] == [[], []]
    assert await told(futures, "contracts/long-short-account-ratio", ccy="QUIET") == [[moment, "1"]]
    assert await told(futures, "contracts/long-short-account-ratio", ccy="BTC") == []
    assert await told(futures, of_contract[0], instId="QUIET-USDT") == []


async def test_interest_and_volume_of_a_currency(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_000, 30)
    await trade(futures, QUIET_USD_SWAP, 10_000, 5)
    await pass_minutes(futures, 5)
    await trade(futures, QUIET_SWAP, 9_900, 10)
    rows = await told(futures, "contracts/open-interest-volume", ccy="QUIET")
    assert rows == [[str(FIVE + 5 * MINUTE), "350", "99"]]
    await pass_minutes(futures, 60)
    hours = await told(futures, "contracts/open-interest-volume", ccy="QUIET", period="1H")
    assert [row[0] for row in hours] == [str(FIVE - FIVE % HOUR + HOUR)]
    assert await told(futures, "contracts/open-interest-volume", ccy="BTC") == []


async def test_what_takers_of_contracts_bought_and_sold_in_base(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_000, 30)
    await trade(futures, QUIET_USD_SWAP, 10_000, 5)
    rows = await told(futures, "taker-volume", ccy="QUIET", instType="CONTRACTS")
    # 3 contracts of 1 QUIET, and 5 of 10 USD at 100.
    assert rows == [[str(FIVE), "0", "3.5"]]
    assert await told(futures, "taker-volume", ccy="QUIET", instType="SPOT") == []


async def test_statistics_of_marks_survive_in_the_book_of_candles(futures: House) -> None:
    await futures.index(10_100)
    futures.services.statistics.flush()
    kept = futures.services.statistics.price_candles(MINUTE)
    assert {candle.instrument for candle in kept} >= {QUIET_SWAP, QUIET_USD_SWAP, QUIET_DATED}
    assert all(candle.low <= candle.close <= candle.high for candle in kept)
