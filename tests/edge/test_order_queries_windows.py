"""How far back lists of orders and fills reach, and which fills they show."""

import pytest

from lonja.primitives.instant import DAY_MS
from tests.edge.house import House

QUIET = "QUIET-USDT"


async def _count(rest: House, path: str, **params: object) -> int:
    reply = await rest.trader.get(path, **params)
    assert reply.code == "0", reply.raw
    return len(reply.data)


@pytest.mark.parametrize(
    ("days", "week", "archive", "fills", "fills_archive"),
    [(0, 1, 1, 1, 1), (2.9, 1, 1, 1, 1), (3.1, 1, 1, 0, 1), (7.1, 0, 1, 0, 1), (89, 0, 1, 0, 1), (91, 0, 0, 0, 0)],
)
async def test_how_far_back_lists_reach(
    rest: House, days: float, week: int, archive: int, fills: int, fills_archive: int
) -> None:
    await rest.trader.place(px="99")
    await rest.other.place(side="sell", px="99")
    rest.clock.advance_ms(int(days * DAY_MS))
    assert await _count(rest, "trade/orders-history", instType="SPOT") == week
    assert await _count(rest, "trade/orders-history-archive", instType="SPOT") == archive
    assert await _count(rest, "trade/fills") == fills
    assert await _count(rest, "trade/fills", begin="1") == fills
    assert await _count(rest, "trade/fills-history", instType="SPOT") == fills_archive


async def test_an_order_placed_long_ago_that_ended_just_now_is_shown(rest: House) -> None:
    await rest.trader.place(px="99", sz="2")
    await rest.other.place(side="sell", px="99")
    rest.clock.advance_ms(8 * DAY_MS)
    await rest.other.place(side="sell", px="99")
    assert await _count(rest, "trade/orders-history", instType="SPOT") == 1
    assert await _count(rest, "trade/fills") == 1


async def test_purchases_and_sales(rest: House) -> None:
    await rest.trader.place(px="99")
    await rest.other.place(side="sell", px="99")
    await rest.other.place(px="98")
    await rest.trader.place(side="sell", px="98")
    rows = (await rest.trader.get("trade/fills")).data
    assert [(row["side"], row["subType"]) for row in rows] == [("sell", "2"), ("buy", "1")]
    for subtype, side in (("1", "buy"), ("2", "sell")):
        rows = (await rest.trader.get("trade/fills-history", instType="SPOT", subType=subtype)).data
        assert [row["side"] for row in rows] == [side]
    assert (await rest.trader.get("trade/fills", subType="7")).code == "51000"
    assert (await rest.trader.get("trade/fills", subType="3")).data == []
    assert (await rest.trader.get("trade/fills-history")).code == "50014"
