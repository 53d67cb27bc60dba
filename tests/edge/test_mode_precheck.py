"""What stands in the way of another account mode: the whole documented answer for each kind of thing that does."""

from typing import Any

import pytest

from lonja.core.kinds import Side
from tests.edge.house import House
from tests.edge.test_collateral import borrows, mode
from tests.edge.test_margin_orders import place, rests
from tests.edge.test_positions import SWAP, trade

ORDER = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1", "px": "96"}
STOP = {"instId": SWAP, "tdMode": "cross", "side": "sell", "ordType": "conditional", "sz": "1", "slTriggerPx": "90"}
NOT_TOLD = {"riskOffsetType": "", "posList": [], "posTierCheck": []}


def answer(present: str, wanted: str, **blocks: list[str]) -> dict[str, Any]:
    """The documented row: with anything in the way, each kind once and null in place of margins."""
    listed = [{"type": kind, "totalAsset": "", "posList": held} for kind, held in blocks.items()]
    margins = {"mgnBf": None, "mgnAft": None}
    return {"sCode": "1", "curAcctLv": present, "acctLv": wanted, "unmatchedInfoCheck": listed, **NOT_TOLD, **margins}


async def check(house: House, wanted: str) -> Any:
    return (await house.trader.get("account/set-account-switch-precheck", acctLv=wanted)).row


async def waits(house: House) -> None:
    assert (await house.trader.post("trade/order", ORDER)).refusal == "0"


async def algo(house: House) -> None:
    assert (await house.trader.post("trade/order-algo", STOP | {"slOrdPx": "-1"})).refusal == "0"


async def cross_position(house: House) -> None:
    await trade(house, "buy", "1", "100", "cross")


async def isolated_position(house: House) -> None:
    await trade(house, "buy", "1", "100", "isolated")


async def isolated_pair(house: House) -> None:
    await rests(house, Side.SELL, 10_000, 10_000)
    assert (await place(house, sz="10", px="100")).refusal == "0"


async def cross_pair(house: House) -> None:
    await rests(house, Side.SELL, 10_000, 10_000)
    assert (await place(house, tdMode="cross", sz="10", px="100")).refusal == "0"


async def pair_order(house: House) -> None:
    assert (await place(house, tdMode="cross", sz="1", px="90")).refusal == "0"


async def debt(house: House) -> None:
    await borrows(house, on=True)
    for lots in (9_000_000, 1_002_000):
        await rests(house, Side.BUY, 9_600, lots)
    for size in ("10000", "2"):
        assert (await house.trader.place(tdMode="cross", side="sell", px="96", sz=size)).refusal == "0"


@pytest.mark.parametrize(
    ("present", "done", "wanted", "kinds"),
    [
        ("2", [waits], "1", {"pending_orders": 0}),
        ("2", [algo], "1", {"pending_algos": 0}),
        ("2", [cross_position], "1", {"all_positions": 1}),
        ("2", [isolated_position], "3", {"all_positions": 1}),
        ("2", [cross_position, isolated_position], "1", {"all_positions": 2}),
        ("2", [pair_order], "1", {"pending_orders": 0}),
        ("2", [cross_pair], "3", {"all_positions": 1}),
        ("2", [isolated_pair], "1", {"isolated_margin": 1}),
        ("2", [waits, algo, cross_pair, isolated_pair], "1",
         {"pending_orders": 0, "pending_algos": 0, "all_positions": 1, "isolated_margin": 1}),
        ("3", [waits], "2", {"pending_orders": 0}),
        ("3", [debt], "1", {"repay_borrowings": 0}),
        ("3", [debt, waits], "2", {"pending_orders": 0, "repay_borrowings": 0}),
    ],
)  # fmt: skip
async def test_what_blocks_is_answered_as_documented(
    pooled: House, present: str, done: list[Any], wanted: str, kinds: dict[str, int]
) -> None:
    await mode(pooled, present)
    for one in done:
        await one(pooled)
    held = [row["posId"] for row in (await pooled.trader.get("account/positions")).data]
    blocks = {kind: [held.pop(0) for _ in range(count)] for kind, count in kinds.items()}
    assert held == []
    assert await check(pooled, wanted) == answer(present, wanted, **blocks)
    assert (await mode(pooled, wanted)).code != "0"


@pytest.mark.parametrize(("present", "wanted"), [("1", "1"), ("1", "2"), ("2", "3"), ("3", "1")])
async def test_where_nothing_blocks_margins_stand_in_place_of_null(pooled: House, present: str, wanted: str) -> None:
    await mode(pooled, present)
    row = await check(pooled, wanted)
    margins = [row.pop("mgnBf"), row.pop("mgnAft")]
    assert row == {"sCode": "0", "curAcctLv": present, "acctLv": wanted, "unmatchedInfoCheck": [], **NOT_TOLD}
    for level, told in zip((present, wanted), margins, strict=True):
        assert list(told) == ["acctAvailEq", "mgnRatio", "details"]
        assert bool(told["details"]) == (level == "2")
    assert (await mode(pooled, wanted)).code == "0"


@pytest.mark.parametrize("present", ["1", "2"])
async def test_what_would_be_available_of_all_currencies_is_told_before(pooled: House, present: str) -> None:
    await mode(pooled, present)
    told = (await check(pooled, "3"))["mgnAft"]
    # 1,000,000 USDT, 10,000 QUIET at 100 and 0.9, 10 BTC at 50,000 and 0.98.
    assert told == {"acctAvailEq": "2390000", "mgnRatio": "", "details": []}
    await mode(pooled, "3")
    assert (await check(pooled, "1"))["mgnBf"] == told
