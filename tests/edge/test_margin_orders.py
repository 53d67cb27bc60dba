"""Isolated orders for pairs: placed, changed, canceled, listed and refused, with the pocket that they are of."""

from pathlib import Path
from typing import Any

import pytest

from lonja.core.commands import PlaceOrder, SetIndexPrice
from lonja.core.kinds import Side
from lonja.modules.identity.api import account_of, uid
from tests.edge.contract_trading import done
from tests.edge.house import OTHER, QUIET_USDT, TRADER, House, open_house, order

UNIT = 10**8


async def fund(house: House, amount: str, **fields: object) -> Any:
    body = {"instId": "QUIET-USDT", "posSide": "net", "type": "add", "amt": amount, **fields}
    return await house.trader.post("account/position/margin-balance", body)


async def place(house: House, **fields: object) -> Any:
    """An isolated order with margin in USDT, a fifth of what it is worth."""
    return await house.trader.place(**{"tdMode": "isolated", "ccy": "USDT", **fields})


async def rests(house: House, side: Side, price: int, lots: int) -> None:
    """Let an order of the other wait in the book."""
    await done(house, PlaceOrder(account=OTHER, instrument=QUIET_USDT, side=side, price=price, size=lots))


def pocket(house: House) -> int:
    """The trader's only pocket."""
    ((number, _),) = house.services.orders.pockets(TRADER)
    return number


async def test_an_isolated_order_is_its_owners(pooled: House) -> None:
    placed = (await place(pooled, sz="20", px="99", clOrdId="long1")).row
    assert (placed["sCode"], placed["clOrdId"]) == ("0", "long1")
    get = pooled.trader.get
    (row,) = (await get("trade/orders-pending", instType="MARGIN")).data
    assert (row["ordId"], row["instType"], row["instId"], row["tdMode"]) == (
        placed["ordId"], "MARGIN", "QUIET-USDT", "isolated",
    )  # fmt: skip
    assert (row["side"], row["sz"], row["px"], row["posSide"], row["reduceOnly"]) == ("buy", "20", "99", "net", "false")
    assert (row["lever"], row["ccy"]) == ("5", "USDT")
    assert (await get("trade/orders-pending", instType="SPOT")).data == []
    assert (await get("trade/order", instId="QUIET-USDT", clOrdId="long1")).row == row
    assert (await get("trade/order", instId="QUIET-USDT", ordId=placed["ordId"])).row == row
    post = pooled.trader.post
    amended = await post("trade/amend-order", {"instId": "QUIET-USDT", "clOrdId": "long1", "newPx": "98"})
    assert amended.refusal == "0"
    assert (await get("trade/orders-pending")).row["px"] == "98"
    body = {"instId": "QUIET-USDT", "ordId": placed["ordId"]}
    assert (await post("trade/cancel-order", body)).refusal == "0"
    ended = (await get("trade/orders-history", instType="MARGIN")).row
    assert (ended["ordId"], ended["state"], ended["tdMode"]) == (placed["ordId"], "canceled", "isolated")
    assert (await post("trade/cancel-order", body)).refusal == "51400"


async def test_others_reach_no_order_of_a_pocket(pooled: House) -> None:
    placed = (await place(pooled, clOrdId="mine")).row
    stranger = pooled.other
    for named in ({"ordId": placed["ordId"]}, {"clOrdId": "mine"}):
        body = {"instId": "QUIET-USDT", **named}
        assert (await stranger.post("trade/cancel-order", body)).refusal == "51400"
        assert (await stranger.post("trade/amend-order", {**body, "newSz": "2"})).refusal == "51503"
        assert (await stranger.get("trade/order", **body)).code == "51603"
    assert (await pooled.trader.get("trade/orders-pending")).row["ordId"] == placed["ordId"]


async def test_fills_and_bills_are_those_of_a_position(pooled: House) -> None:
    await fund(pooled, "200")
    await rests(pooled, Side.SELL, 10_000, 40_000)
    placed = (await place(pooled, ordType="market", sz="4000", clOrdId="deal")).row
    get = pooled.trader.get
    (fill,) = (await get("trade/fills", instType="MARGIN")).data
    assert (fill["ordId"], fill["instType"], fill["fillSz"], fill["fillPx"]) == (placed["ordId"], "MARGIN", "40", "100")
    assert (await get("trade/fills", instType="SPOT")).data == []
    bills = (await get("account/bills", instType="MARGIN")).data
    told = [
        tuple(bill[name] for name in ("type", "subType", "ccy", "balChg", "bal", "posBalChg", "posBal", "sz"))
        for bill in bills
    ]
    # 40 QUIET for 4,000 USDT, of which 3,000 are borrowed; the fee of 0.1 % is paid in what is received.
    assert told == [
        ("2", "1", "USDT", "0", "", "-4000", "-3000", "40"),
        ("2", "1", "QUIET", "0", "", "39.96", "39.96", "40"),
        ("6", "162", "USDT", "-800", "999000", "800", "1000", "800"),
        ("6", "160", "USDT", "-200", "999800", "200", "200", "200"),
    ]
    assert {(bill["instType"], bill["instId"], bill["mgnMode"]) for bill in bills} == {
        ("MARGIN", "QUIET-USDT", "isolated")
    }
    assert [bill["px"] for bill in bills] == ["100", "100", "", ""]


async def test_several_orders_open_one_pocket(pooled: House) -> None:
    orders = [order(tdMode="isolated", ccy="USDT", sz=size, px="99") for size in ("1", "5000", "2")]
    rows = (await pooled.trader.post("trade/batch-orders", [*orders, order(tdMode="cross")])).data
    assert [row["sCode"] for row in rows] == ["0", "51008", "0", "0"]
    assert pocket(pooled) >= 0
    pending = (await pooled.trader.get("trade/orders-pending")).data
    assert [(row["instType"], row["tdMode"]) for row in pending] == [
        ("SPOT", "cross"), ("MARGIN", "isolated"), ("MARGIN", "isolated"),
    ]  # fmt: skip
    body = [{"instId": "QUIET-USDT", "ordId": row["ordId"]} for row in pending]
    assert [row["sCode"] for row in (await pooled.trader.post("trade/cancel-batch-orders", body)).data] == ["0"] * 3


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"instId": "BTC-USDT", "sz": "0.001", "px": "50000"}, "54000"),
        ({"ccy": "BTC"}, "51000"),
        ({"quickMgnType": "auto"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"clOrdId": "taken"}, "51016"),
        ({"clOrdId": "outside"}, "51016"),
        ({"sz": "2000"}, "51008"),
        ({"reduceOnly": True}, "51169"),
        ({"reduceOnly": True, "ordType": "market"}, "51000"),
        ({"sz": "0"}, "51000"),
        ({"px": "99.001"}, "51000"),
        ({"tdMode": "cash"}, "51000"),
        ({"tdMode": "spot_isolated"}, "51010"),
    ],
)
async def test_refusals(pooled: House, fields: dict[str, object], code: str) -> None:
    assert (await place(pooled, clOrdId="taken")).refusal == "0"
    assert (await pooled.trader.place(tdMode="cross", clOrdId="outside")).refusal == "0"
    before = pooled.balances()
    assert (await place(pooled, **fields)).refusal == code
    assert pooled.balances() == before


async def test_spot_mode_has_no_isolated_orders(rest: House) -> None:
    assert (await place(rest)).refusal == "51010"
    assert (await fund(rest, "1")).code == "59300"


MOVES: list[tuple[dict[str, object], str]] = [
    ({"type": "reduce", "amt": "400"}, "0"),
    ({"type": "add", "amt": "2", "ccy": "QUIET"}, "0"),
    ({"type": "reduce", "amt": "1000.00000001"}, "59301"),
    ({"type": "reduce", "amt": "1", "ccy": "QUIET"}, "59301"),
    ({"type": "add", "amt": "2000000"}, "59200"),
    ({"type": "add", "amt": "0"}, "51000"),
    ({"type": "add", "amt": "1", "ccy": "BTC"}, "51000"),
    ({"type": "add", "amt": "1", "posSide": "long"}, "51000"),
    ({"type": "add", "amt": "1", "instId": "BTC-USDT"}, "59300"),
    ({"type": "reduce", "amt": "1", "instId": "BTC-USDT"}, "59300"),
]


@pytest.mark.parametrize(("fields", "code"), MOVES)
async def test_margin_is_moved_by_hand(pooled: House, fields: dict[str, object], code: str) -> None:
    first = await fund(pooled, "1000")
    assert first.row == {
        "instId": "QUIET-USDT", "posSide": "net", "type": "add", "amt": "1000", "leverage": "1", "ccy": "USDT",
    }  # fmt: skip
    before = pooled.balances()
    reply = await fund(pooled, "1", **fields)
    assert reply.code == code
    assert (pooled.balances() == before) == (code != "0")


async def test_leverage_of_a_position_is_told_when_margin_comes(pooled: House) -> None:
    await fund(pooled, "200")
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="40", px="100")).refusal == "0"
    # 39.96 QUIET at 100, of which 996 USDT are its owner's, and 500 more come.
    assert (await fund(pooled, "500")).row["leverage"] == "2.67"
    # What is borrowed does not leave.
    assert (await fund(pooled, "1", type="reduce")).code == "59301"


def cash(house: House) -> dict[str, int]:
    """What the trader has in its trading account."""
    views = house.engine.views
    return {name: views.balance(TRADER, code, 1).cash // UNIT for name, code in (("USDT", 0), ("QUIET", 1))}


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({}, {"USDT": 1_000_000, "QUIET": 9_996}),
        ({"side": "sell", "px": "101"}, {"USDT": 999_596, "QUIET": 10_000}),
        ({"ccy": "USDT"}, {"USDT": 999_604, "QUIET": 10_000}),
        ({"ccy": "QUIET", "side": "sell", "px": "101"}, {"USDT": 1_000_000, "QUIET": 9_996}),
    ],
)
async def test_an_order_brings_its_margin_and_takes_it_back(
    pooled: House, fields: dict[str, object], left: dict[str, int]
) -> None:
    """Of 20 QUIET a fifth: of a purchase in what it brings, of a sale, too, unless another currency is told."""
    before = cash(pooled)
    placed = await place(pooled, **{"ccy": None, "sz": "20", "px": "99", **fields})
    assert placed.refusal == "0"
    assert cash(pooled) == left
    body = {"instId": "QUIET-USDT", "ordId": placed.row["ordId"]}
    assert (await pooled.trader.post("trade/cancel-order", body)).refusal == "0"
    assert cash(pooled) == before


async def test_who_lacks_the_margin_is_told_of_which_currency(pooled: House) -> None:
    held = (await pooled.trader.get("account/max-withdrawal", ccy="QUIET")).row["maxWd"]
    body = {"ccy": "QUIET", "amt": held, "from": "18", "to": "6"}
    assert (await pooled.trader.post("asset/transfer", body)).code == "0"
    reply = await place(pooled, ccy=None)
    assert (reply.refusal, "QUIET" in reply.row["sMsg"]) == ("51008", True)


async def test_reduce_only_closes_and_the_rest_goes_home(pooled: House) -> None:
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="40", px="100")).refusal == "0"
    await rests(pooled, Side.BUY, 11_000, 80_000)
    reply = await place(pooled, side="sell", sz="80", px="110", reduceOnly=True)
    assert reply.refusal == "0"
    (row,) = (await pooled.trader.get("trade/orders-history", instType="MARGIN", limit="1")).data
    assert (row["ordId"], row["accFillSz"], row["state"]) == (reply.row["ordId"], "39.96", "filled")
    # 396 gained, less fees of 4.3956 and of 0.04 QUIET.
    assert cash(pooled) == {"USDT": 1_000_391, "QUIET": 10_000}
    assert (await pooled.trader.get("account/positions")).data == []


async def test_the_dead_mans_switch_ends_them_too(pooled: House) -> None:
    before = cash(pooled)
    reply = await pooled.trader.post("trade/cancel-all-after", {"timeOut": "10"})
    assert (reply.code, len(reply.data)) == ("0", 1)
    # The first order of a position finds it set.
    assert (await place(pooled, sz="20", px="99")).refusal == "0"
    assert (await pooled.trader.place(tdMode="cross")).refusal == "0"
    pooled.clock.advance_ms(11_000)
    await done(pooled, SetIndexPrice(instrument=QUIET_USDT, price=10_000))
    assert (await pooled.trader.get("trade/orders-pending")).data == []
    assert cash(pooled) == before


async def test_the_account_of_a_position_becomes_no_sub_account(tmp_path: Path) -> None:
    """It is of the family, and has no name, as a sub-account that was left behind."""
    async with open_house(tmp_path, own_keys=True, with_contracts=True, with_collateral=True) as house:
        assert (await place(house, sz="20", px="99")).refusal == "0"
        body = {"subAcct": "desk01", "type": "1"}
        made = (await house.trader.post("users/subaccount/create-subaccount", body)).row
        assert made["uid"] != uid(pocket(house))
        view = house.engine.views.account(account_of(made["uid"]) or -1)
        assert view is not None
        assert house.engine.views.pocket(view.account) is None


async def test_what_protects_a_position_is_listed_amended_and_canceled_by_its_owner_alone(pooled: House) -> None:
    await rests(pooled, Side.SELL, 10_000, 60_000)
    stop = {"slTriggerPx": "90", "slOrdPx": "-1", "attachAlgoClOrdId": "guard"}
    assert (await place(pooled, sz="10", px="100", attachAlgoOrds=[stop])).refusal == "0"
    asked = {"ordType": "conditional"}
    row = (await pooled.trader.get("trade/orders-algo-pending", **asked)).row
    assert (row["slTriggerPx"], row["algoClOrdId"], row["state"]) == ("90", "guard", "live")
    named = {"instId": "QUIET-USDT", "algoId": row["algoId"]}
    assert (await pooled.other.get("trade/orders-algo-pending", **asked)).data == []
    assert (await pooled.other.get("trade/order-algo", algoId=row["algoId"])).code == "51603"
    assert (await pooled.trader.get("trade/order-algo", algoClOrdId="guard")).row["algoId"] == row["algoId"]
    assert (await pooled.other.post("trade/amend-algos", {**named, "newSlTriggerPx": "95"})).refusal == "51503"
    assert (await pooled.other.post("trade/cancel-algos", [named])).refusal == "51400"
    assert (await pooled.trader.post("trade/amend-algos", {**named, "newSlTriggerPx": "95"})).refusal == "0"
    assert (await pooled.trader.get("trade/orders-algo-pending", **asked)).row["slTriggerPx"] == "95"
    by_name = {"instId": "QUIET-USDT", "algoClOrdId": "guard"}
    assert (await pooled.trader.post("trade/cancel-algos", [by_name])).refusal == "0"
    assert (await pooled.trader.get("trade/orders-algo-pending", **asked)).data == []


async def test_what_is_attached_to_an_order_is_amended_through_it(pooled: House) -> None:
    stop = {"slTriggerPx": "90", "slOrdPx": "-1"}
    assert (await place(pooled, sz="10", px="95", clOrdId="entry", attachAlgoOrds=[stop])).refusal == "0"
    for price, named in (("91", {"clOrdId": "entry"}), ("92", {})):
        (row,) = (await pooled.trader.get("trade/orders-pending")).data
        change = {"attachAlgoId": row["attachAlgoOrds"][0]["attachAlgoId"], "newSlTriggerPx": price}
        body = {"instId": "QUIET-USDT", **(named or {"ordId": row["ordId"]}), "attachAlgoOrds": [change]}
        assert (await pooled.other.post("trade/amend-order", body)).refusal == "51503"
        assert (await pooled.trader.post("trade/amend-order", body)).refusal == "0"
        (row,) = (await pooled.trader.get("trade/orders-pending")).data
        assert row["attachAlgoOrds"][0]["slTriggerPx"] == price


async def protect(house: House, **fields: object) -> Any:
    """A stop loss of the position, or as ``fields`` say."""
    wanted = {"tdMode": "isolated", "ccy": "USDT", "side": "sell", "ordType": "conditional", "px": None, "sz": "39"}
    body = order(**{**wanted, "slTriggerPx": "95", "slOrdPx": "-1", **fields})
    return await house.trader.post("trade/order-algo", body)


async def test_a_stop_loss_of_a_position_reduces_it(pooled: House) -> None:
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="40", px="100")).refusal == "0"
    placed = (await protect(pooled, algoClOrdId="guard")).row
    assert placed["sCode"] == "0"
    row = (await pooled.trader.get("trade/orders-algo-pending", ordType="conditional", instType="MARGIN")).row
    assert (row["algoId"], row["instType"], row["tdMode"], row["reduceOnly"], row["sz"]) == (
        placed["algoId"], "MARGIN", "isolated", "true", "39",
    )  # fmt: skip
    spot = await pooled.trader.get("trade/orders-algo-pending", ordType="conditional", instType="SPOT")
    assert spot.data == []
    assert (await protect(pooled, algoClOrdId="guard")).refusal == "51065"
    await rests(pooled, Side.BUY, 9_500, 100_000)
    # A trade at 95 fires it.
    assert (await pooled.trader.place(tdMode="cross", side="sell", sz="1", px="95")).refusal == "0"
    asked = {"ordType": "conditional", "state": "effective", "instType": "MARGIN"}
    fired = (await pooled.trader.get("trade/orders-algo-history", **asked)).row
    assert (fired["algoId"], fired["tdMode"]) == (placed["algoId"], "isolated")
    sold = (await pooled.trader.get("trade/order", instId="QUIET-USDT", ordId=fired["ordId"])).row
    assert (sold["instType"], sold["algoId"], sold["accFillSz"]) == ("MARGIN", placed["algoId"], "39")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sz": None, "closeFraction": "1"}, "51327"),
        ({"cxlOnClosePos": "true"}, "51000"),
        ({"ordType": "chase", "slTriggerPx": None, "slOrdPx": None}, "51000"),
        ({"side": "buy", "tgtCcy": "base_ccy", "slTriggerPx": "105"}, "51169"),
        ({"side": "buy", "slTriggerPx": "105"}, "51000"),
        ({"instId": "BTC-USDT", "slTriggerPx": "40000"}, "51169"),
        ({"ccy": "BTC"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"slTriggerPx": "105"}, "51280"),
        ({"slTriggerPx": None}, "50014"),
    ],
)
async def test_what_protects_no_position(pooled: House, fields: dict[str, object], code: str) -> None:
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="40", px="100")).refusal == "0"
    assert (await protect(pooled, **fields)).refusal == code
    assert (await pooled.trader.get("trade/orders-algo-pending", ordType="conditional")).data == []
