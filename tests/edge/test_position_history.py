"""Questions about positions and bills: filters, pages, ids, and whose they are."""

from typing import Any

import pytest

from lonja.core.commands import SettleFunding
from lonja.edge.wire.positions import position_id, position_key
from tests.edge.house import DATED_ID, OTHER, QUIET_SWAP, TRADER, House
from tests.edge.test_positions import SWAP, has, leverage, trade

DAY_MS = 86_400_000


async def positions(house: House, **asked: str) -> list[str]:
    rows = (await house.trader.get("account/positions", **asked)).data
    return [row["instId"] for row in rows]


async def history(house: House, **asked: object) -> Any:
    reply = await house.trader.get("account/positions-history", **asked)
    assert reply.code == "0", reply.raw
    return reply.data


async def dated(house: House, side: str, size: str) -> None:
    """Trade the dated contract, cross."""
    other = "sell" if side == "buy" else "buy"
    for caller, way in ((house.other, other), (house.trader, side)):
        body = {"instId": DATED_ID, "tdMode": "cross", "side": way, "ordType": "limit", "sz": size, "px": "100"}
        assert (await caller.post("trade/order", body)).code == "0"


def test_ids_of_positions_tell_which_they_are() -> None:
    for key in ((0, 0, 0, 0), (2, 3, 1, 2), (2**31, 2**20 - 1, 1, 1)):
        name = position_id(*key)
        assert (len(name), position_key(name)) == (19, key)
    for nonsense in ("", "7", "x", "-1", "1" * 40, "99999999"):
        assert position_key(nonsense) is None


async def test_which_positions_are_shown(futures: House) -> None:
    house = futures
    await trade(house, "buy", "1", "100", "cross")
    await trade(house, "buy", "2", "100")
    await dated(house, "sell", "3")
    both = (await house.trader.get("account/positions")).data
    assert sorted((row["instId"], row["mgnMode"], row["pos"]) for row in both) == [
        (DATED_ID, "cross", "-3"),
        (SWAP, "cross", "1"),
        (SWAP, "isolated", "2"),
    ]
    (future,) = (await house.trader.get("account/positions", instType="FUTURES")).data
    has(future, nonSettleAvgPx="100", settledPnl="0", avgPx="100", availPos="")
    assert await positions(house, instType="SWAP") == [SWAP, SWAP]
    assert await positions(house, instId=f"{DATED_ID},NONE") == [DATED_ID]
    assert await positions(house, posId=both[0]["posId"]) == [both[0]["instId"]]
    assert await positions(house, posId="12") == []
    assert (await house.trader.get("account/positions", instType="STOCK")).code == "51000"
    many = ",".join(f"I{number}" for number in range(11))
    assert (await house.trader.get("account/positions", instId=many)).code == "50025"
    ids = ",".join(map(str, range(21)))
    assert (await house.trader.get("account/positions", posId=ids)).code == "50025"


async def test_an_ended_position_is_known_by_its_id_for_thirty_days(futures: House) -> None:
    house = futures
    await trade(house, "buy", "2", "100")
    first = (await house.trader.get("account/positions")).row["posId"]
    await trade(house, "sell", "2", "100")
    assert await positions(house) == []
    row = (await house.trader.get("account/positions", posId=first)).row
    has(row, pos="0", avgPx="", realizedPnl="-0.2", fee="-0.2", mgnRatio="", bePx="", liqPx="", upl="0")
    await trade(house, "buy", "1", "100")
    assert (await house.trader.get("account/positions")).row["posId"] == first
    await trade(house, "sell", "1", "100")
    house.clock.advance_ms(31 * DAY_MS)
    assert await positions(house, posId=first) == []


async def test_lives_are_told_by_time(futures: House) -> None:
    house = futures
    for number in range(3):
        await trade(house, "buy", "2", "100")
        house.clock.advance_ms(1_000)
        await trade(house, "sell", "1", "101")
        if number < 2:
            await trade(house, "sell", "1", "99")
    await trade(house, "sell", "5", "100", "cross")
    rows = await history(house)
    assert [(row["type"], row["closeTotalPos"], row["openMaxPos"]) for row in rows] == [
        ("1", "1", "2"),
        ("2", "2", "2"),
        ("2", "2", "2"),
    ]
    has(rows[1], closeAvgPx="100", openAvgPx="100", pnl="0", triggerPx="", direction="long", settledPnl="")
    assert len({row["posId"] for row in rows}) == 1
    times = [row["uTime"] for row in rows]
    assert [row["uTime"] for row in await history(house, after=times[0])] == times[1:]
    assert [row["uTime"] for row in await history(house, before=times[1])] == times[:1]
    assert [row["uTime"] for row in await history(house, limit=2)] == times[:2]
    assert await history(house, type="1") == rows[:1]
    assert await history(house, mgnMode="cross") == []
    assert await history(house, instType="SWAP", instId=SWAP, mgnMode="isolated", posId=rows[0]["posId"]) == rows
    assert await history(house, mgnMode="cross", posId=rows[0]["posId"]) == []
    for nothing in ({"instType": "FUTURES"}, {"instId": "NONE"}, {"posId": "5"}, {"type": "3"}, {"instId": DATED_ID}):
        assert await history(house, **nothing) == [], nothing
    other = position_id(OTHER, QUIET_SWAP, 0, 0)
    assert await history(house, posId=other) == []
    assert position_id(TRADER, QUIET_SWAP, 1, 0) == rows[0]["posId"]
    house.clock.advance_ms(91 * DAY_MS)
    assert await history(house) == []


async def test_lives_that_changed_at_one_time_stand_on_one_page(futures: House) -> None:
    house = futures
    for mode in ("cross", "isolated"):
        await trade(house, "buy", "1", "100", mode)
        await trade(house, "sell", "1", "100", mode)
    assert len({row["uTime"] for row in await history(house)}) == 1
    assert len(await history(house, limit=1)) == 2


@pytest.mark.parametrize(
    "wrong", [{"type": "7"}, {"mgnMode": "cash"}, {"instType": "STOCK"}, {"limit": "101"}, {"after": "x"}]
)
async def test_histories_that_are_refused(futures: House, wrong: dict[str, str]) -> None:
    assert (await futures.trader.get("account/positions-history", **wrong)).code == "51000"


async def test_a_position_that_turns_round_is_two_lives_and_one_fee(futures: House) -> None:
    house = futures
    await trade(house, "buy", "2", "100", "cross")
    await trade(house, "sell", "5", "100", "cross")
    (row,) = await history(house)
    has(row, type="2", fee="-0.2", closeTotalPos="2", direction="long")
    has((await house.trader.get("account/positions")).row, pos="-3", fee="-0.15", cTime=row["uTime"])
    bills = (await house.trader.get("account/bills", type="2")).data
    assert [(bill["sz"], bill["fee"], bill["subType"]) for bill in bills] == [
        ("3", "-0.15", "2"),
        ("2", "-0.1", "2"),
        ("2", "-0.1", "1"),
    ]
    assert len({bill["ordId"] for bill in bills[:2]}) == 1


async def test_bills_of_contracts_are_found_by_what_they_are_about(futures: House) -> None:
    house = futures
    await house.trader.post("account/set-position-mode", {"posMode": "long_short_mode"})
    await leverage(house.trader, "10", posSide="long")
    await trade(house, "buy", "10", "100", posSide="long")
    await trade(house, "buy", "1", "100", "cross", posSide="long")
    assert (await house.engine.submit(SettleFunding(instrument=QUIET_SWAP, rate=-(10**8)))).rejection == 0
    await trade(house, "sell", "10", "100", posSide="long")
    await house.trader.place(sz="1", px="101")

    async def found(**asked: str) -> list[tuple[str, str]]:
        reply = await house.trader.get("account/bills", **asked)
        assert reply.code == "0", reply.raw
        return [(bill["type"], bill["subType"]) for bill in reply.data]

    of_contracts = [("2", "5"), ("8", "174"), ("8", "174"), ("2", "3"), ("2", "3")]
    assert await found(instType="SWAP") == of_contracts
    assert await found(ctType="linear") == of_contracts
    assert await found(ctType="inverse") == []
    assert await found(mgnMode="cross") == [("8", "174"), ("2", "3")]
    assert await found(mgnMode="isolated", type="8") == [("8", "174")]
    assert await found(type="8", subType="173") == []
    assert await found(instId=SWAP, subType="5") == [("2", "5")]
    archived = (await house.trader.get("account/bills-archive", instType="SWAP")).data
    assert [(bill["type"], bill["subType"]) for bill in archived] == of_contracts
    # Funding of 0.01 % of 1,000 is for the margin of the isolated position, of 100 for the cash.
    funded = (await house.trader.get("account/bills", type="8")).data
    assert [(bill["mgnMode"], bill["balChg"], bill["posBalChg"], bill["pnl"]) for bill in funded] == [
        ("cross", "0.01", "0", "0.01"),
        ("isolated", "0", "0.1", "0.1"),
    ]
    assert (await house.trader.get("account/bills", ctType="round")).code == "51000"
