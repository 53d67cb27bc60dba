"""Leverage, margin and modes by API: what is told, what is refused with which code, and whom governance stops."""

from decimal import Decimal
from typing import Any

import pytest

from lonja.core.commands import ConfigureAccount, ListContract
from lonja.core.texts import Text32
from tests.edge.house import QUIET, TRADER, USD, House
from tests.edge.test_positions import SWAP, has, leverage, trade

INVERSE = "QUIET-USD-SWAP"


async def hedge(house: House) -> None:
    reply = await house.trader.post("account/set-position-mode", {"posMode": "long_short_mode"})
    assert reply.row == {"posMode": "long_short_mode"}


async def levers(house: House, mode: str, names: str = SWAP) -> list[tuple[str, str, str]]:
    rows = (await house.trader.get("account/leverage-info", instId=names, mgnMode=mode)).data
    return [(row["instId"], row["posSide"], row["lever"]) for row in rows]


async def test_leverage_of_a_contract_is_three_until_it_is_set(futures: House) -> None:
    assert await levers(futures, "cross") == [(SWAP, "net", "3")]
    assert (await leverage(futures.trader, "12.5", "cross")).row["lever"] == "12.5"
    assert await levers(futures, "cross", f"{INVERSE},{SWAP}") == [(INVERSE, "net", "3"), (SWAP, "net", "12.5")]
    assert await levers(futures, "isolated") == [(SWAP, "net", "3")]
    # Pairs have none to choose without loans.
    assert await levers(futures, "cross", "QUIET-USDT") == [("QUIET-USDT", "net", "1")]


async def test_each_side_has_its_leverage_but_when_held_cross(futures: House) -> None:
    await hedge(futures)
    row = (await leverage(futures.trader, "7", posSide="short")).row
    assert row == {"lever": "7", "mgnMode": "isolated", "instId": SWAP, "posSide": "short"}
    assert await levers(futures, "isolated") == [(SWAP, "long", "3"), (SWAP, "short", "7")]
    assert (await leverage(futures.trader, "9", "cross")).row["posSide"] == ""
    assert await levers(futures, "cross") == [(SWAP, "long", "9"), (SWAP, "short", "9")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"lever": "0"}, "51000"),
        ({"lever": "-2"}, "51000"),
        ({"lever": "2.005"}, "51000"),
        ({"lever": "ten"}, "51000"),
        ({"lever": "0.5"}, "59105"),
        ({"lever": "100.01"}, "59102"),
        ({"posSide": "long"}, "51000"),
        ({"posSide": "up"}, "51000"),
        ({"mgnMode": "cash"}, "51000"),
        ({"instId": "QUIET-EUR-SWAP"}, "51001"),
        ({"instId": "QUIET-USDT", "lever": "2"}, "51010"),
    ],
)
async def test_leverages_that_are_refused(futures: House, fields: dict[str, str], code: str) -> None:
    body = {"instId": SWAP, "lever": "5", "mgnMode": "isolated"} | fields
    reply = await futures.trader.post("account/set-leverage", body)
    assert (reply.code, reply.data) == (code, [])
    assert await levers(futures, "isolated") == [(SWAP, "net", "3")]


async def test_leverage_that_cannot_be_paid_for_says_what_would_help(futures: House) -> None:
    house = futures
    for mode in ("cross", "isolated"):
        await leverage(house.trader, "100", mode)
    await leverage(house.other, "100", "cross")
    await trade(house, "buy", "900", "100", "cross")
    await house.trader.post("asset/transfer", {"ccy": "USDT", "amt": "998000", "from": "18", "to": "6"})
    # Worth 90,000, and less than 2,000 are left.
    assert (await leverage(house.trader, "10", "cross")).code == "59108"
    order = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "0.1", "px": "96"}
    assert (await house.trader.post("trade/order", order)).code == "0"
    assert (await leverage(house.trader, "10", "cross")).code == "59107"
    assert (await leverage(house.trader, "101", "cross")).code == "59102"
    assert await levers(house, "cross") == [(SWAP, "net", "100")]


async def test_isolated_leverage_that_cannot_be_paid_for(futures: House) -> None:
    house = futures
    await leverage(house.trader, "50")
    await trade(house, "buy", "100", "100")
    await house.trader.post("asset/transfer", {"ccy": "USDT", "amt": "999500", "from": "18", "to": "6"})
    assert (await leverage(house.trader, "5")).code == "59103"
    order = {"instId": SWAP, "tdMode": "isolated", "side": "buy", "ordType": "limit", "sz": "1", "px": "96"}
    assert (await house.trader.post("trade/order", order)).code == "0"
    assert (await leverage(house.trader, "5")).code == "59101"
    # What can be paid tops the margin up.
    assert (await leverage(house.trader, "40")).code == "0"
    has((await house.trader.get("account/positions")).row, margin="250", lever="40")
    assert (await leverage(house.trader, "50")).code == "0"
    has((await house.trader.get("account/positions")).row, margin="250", lever="50")


async def test_a_tier_bounds_leverage(futures: House) -> None:
    await leverage(futures.trader, "20", "cross")
    await leverage(futures.other, "20", "cross")
    await trade(futures, "buy", "1500", "100", "cross")
    assert (await leverage(futures.trader, "51", "cross")).code == "59102"
    assert (await leverage(futures.trader, "50", "cross")).code == "0"
    has((await futures.trader.get("account/positions")).row, lever="50", imr="3000", mmr="1575")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "take"}, "51000"),
        ({"amt": "0"}, "51000"),
        ({"amt": "1.123456789"}, "51150"),
        ({"posSide": "both"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"ccy": "QUIET"}, "51000"),
        ({"instId": "NONE"}, "51001"),
        ({"instId": "QUIET-USDT"}, "59300"),
        ({"instId": INVERSE}, "59300"),
        ({"type": "reduce", "amt": "0.00000001"}, "59301"),
        ({"amt": "1000000"}, "59200"),
    ],
)
async def test_margins_that_are_refused(futures: House, fields: dict[str, str], code: str) -> None:
    await leverage(futures.trader, "10")
    await trade(futures, "buy", "10", "100")
    body = {"instId": SWAP, "posSide": "net", "type": "add", "amt": "5"} | fields
    reply = await futures.trader.post("account/position/margin-balance", body)
    assert (reply.code, reply.data) == (code, [])
    has((await futures.trader.get("account/positions")).row, margin="100")


async def test_a_wrong_position_side_is_called_by_its_name(futures: House) -> None:
    for operation, more in (
        ("account/position/margin-balance", {"type": "add", "amt": "5"}),
        ("account/set-leverage", {"lever": "5", "mgnMode": "isolated"}),
    ):
        reply = await futures.trader.post(operation, {"instId": SWAP, "posSide": "long"} | more)
        assert (reply.code, reply.json["msg"]) == ("51000", "Parameter posSide error")


async def test_margin_that_was_added_can_be_taken_away(futures: House) -> None:
    await leverage(futures.trader, "10")
    await trade(futures, "buy", "10", "100")
    for change, lever in (("add", "8"), ("reduce", "10")):
        body = {"instId": SWAP, "posSide": "net", "type": change, "amt": "25", "ccy": "USDT"}
        assert (await futures.trader.post("account/position/margin-balance", body)).row["leverage"] == lever
    bills = (await futures.trader.get("account/bills", type="6")).data
    assert [(bill["subType"], bill["balChg"], bill["sz"]) for bill in bills] == [
        ("161", "25", "25"),
        ("160", "-25", "25"),
    ]


async def test_modes_change_when_nothing_in_contracts_is_open(futures: House) -> None:
    trader = futures.trader
    has((await trader.get("account/config")).row, acctLv="2", posMode="net_mode")
    assert (await trader.post("account/set-account-level", {"acctLv": "1"})).row == {"acctLv": "1"}
    has((await trader.get("account/config")).row, acctLv="1")
    assert (await trader.post("account/set-position-mode", {"posMode": "long_short_mode"})).code == "51010"
    assert (await trader.post("account/set-position-mode", {"posMode": "net_mode"})).code == "0"
    assert (await leverage(futures.trader, "5")).code == "51010"
    assert (await trader.post("account/set-account-level", {"acctLv": "2"})).code == "0"
    await hedge(futures)
    has((await trader.get("account/config")).row, acctLv="2", posMode="long_short_mode")
    preset = (await trader.post("account/account-level-switch-preset", {"acctLv": "1"})).row
    assert preset == {"curAcctLv": "2", "acctLv": "1", "lever": "", "riskOffsetType": ""}


async def test_what_is_open_stands_in_the_way(futures: House) -> None:
    trader = futures.trader
    order = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1", "px": "96"}
    placed = (await trader.post("trade/order", order)).row["ordId"]
    await check(futures, ["pending_orders"], "59132", [])
    assert (await trader.post("trade/cancel-order", {"instId": SWAP, "ordId": placed})).code == "0"
    await trade(futures, "buy", "1", "100", "cross")
    held = (await trader.get("account/positions")).row["posId"]
    await check(futures, ["all_positions"], "59134", [held])
    stop = {"instId": SWAP, "tdMode": "cross", "side": "sell", "ordType": "conditional", "sz": "1"}
    body = stop | {"slTriggerPx": "90", "slOrdPx": "-1", "reduceOnly": True}
    assert (await trader.post("trade/order-algo", body)).code == "0"
    await check(futures, ["pending_algos", "all_positions"], "59132", [held])
    assert (await trader.get("account/set-account-switch-precheck", acctLv="2")).row["sCode"] == "0"


async def check(house: House, kinds: list[str], code: str, held: list[str]) -> None:
    reply = await house.trader.get("account/set-account-switch-precheck", acctLv="1")
    assert reply.code == "0", "the question was answered, whatever the answer"
    row = reply.row
    assert (row["sCode"], row["curAcctLv"], row["acctLv"]) == ("1", "2", "1")
    assert [found["type"] for found in row["unmatchedInfoCheck"]] == kinds
    assert [name for found in row["unmatchedInfoCheck"] for name in found["posList"]] == held
    assert (await house.trader.post("account/set-account-level", {"acctLv": "1"})).code == code
    assert (await house.trader.post("account/set-position-mode", {"posMode": "long_short_mode"})).code == "59000"
    has((await house.trader.get("account/config")).row, acctLv="2", posMode="net_mode")


async def test_availability_is_told_as_each_mode_tells_it(futures: House) -> None:
    house = futures
    (detail,) = (await house.trader.get("account/balance", ccy="USDT")).row["details"]
    has(detail, availEq="1000000", availBal="1000000", frozenBal="0", imr="", mmr="", mgnRatio="", upl="0")
    has(detail, notionalLever="0")
    await house.engine.submit(ConfigureAccount(account=TRADER, account_mode=1))
    row = (await house.trader.get("account/balance", ccy="USDT")).row
    (detail,) = row["details"]
    has(detail, availEq="", availBal="1000000", frozenBal="0", isoEq="0", upl="")
    has(row, isoEq="")


async def test_cross_equity_and_what_it_is_frozen_for(futures: House) -> None:
    house = futures
    await leverage(house.trader, "10", "cross")
    await trade(house, "buy", "10", "100", "cross")
    order = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "10", "px": "96"}
    assert (await house.trader.post("trade/order", order)).code == "0"
    await house.index(9_800)
    row = (await house.trader.get("account/balance")).row
    detail = next(found for found in row["details"] if found["ccy"] == "USDT")
    # Orders hold 960 (1 / 10 + 0.02 %), the position needs 980 / 10 and must keep 980 * 0.55 %; the fee was 0.5.
    has(detail, cashBal="999999.5", eq="999979.5", upl="-20", ordFrozen="96.192", imr="98", mmr="5.39", isoEq="0")
    has(detail, availEq="999785.308", availBal="999785.308", frozenBal="194.192", eqUsd="999979.5")
    has(detail, notionalLever="0.00098002")  # 980 over 999,979.5
    assert Decimal(detail["mgnRatio"]) == (Decimal("999979.5") / Decimal("5.39")).quantize(
        Decimal("0.000001"), "ROUND_DOWN"
    )
    # 10,000 QUIET at 100 and 10 BTC at 50,000 besides.
    has(row, totalEq="2499979.5", isoEq="0")
    has((await house.trader.get("account/max-withdrawal", ccy="USDT")).row, maxWd="999785.308")


async def test_what_another_leverage_would_change(futures: House) -> None:
    house = futures
    ask = {"instType": "SWAP", "mgnMode": "isolated", "lever": "20", "instId": SWAP}

    async def estimate(**fields: Any) -> Any:
        return (await house.trader.get("account/adjust-leverage-info", **(ask | fields))).row

    row = await estimate()
    # 1,000,000 * 20 / (100 (1 + 20 * 0.05 %)) contracts could be paid for, 20,000 have a tier.
    has(row, estMgn="0", estAvailTrans="0", estLiqPx="", maxLever="100", minLever="1", estMaxAmt="20000")
    assert row["existOrd"] is False
    await leverage(house.trader, "10")
    await trade(house, "buy", "10", "100")
    has(await estimate(lever="5"), estMgn="200", estAvailTrans="0", estLiqPx="80.4424333836")
    has(await estimate(lever="20"), estMgn="100", estAvailTrans="", estLiqPx="90.4977375566")
    assert (await leverage(house.trader, "5")).code == "0"
    has((await house.trader.get("account/positions")).row, margin="200", liqPx="80.4424333836")
    await trade(house, "buy", "10", "100", "cross")
    cross = await estimate(mgnMode="cross", lever="10")
    has(cross, estMgn="100", maxLever="100")
    for wrong, code in (
        ({"lever": "101"}, "59102"),
        ({"instType": "FUTURES"}, "51000"),
        ({"instType": "MARGIN", "instId": "QUIET-USDT"}, "51010"),
        ({"instId": ""}, "50014"),
        ({"posSide": "up"}, "51000"),
        ({"posSide": "long"}, "51000"),
    ):
        reply = await house.trader.get("account/adjust-leverage-info", **(ask | wrong))
        assert reply.code == code, wrong
    # A contract that was listed just now has no mark to value anything at.
    new = ListContract(
        instrument_id=Text32("QUIET-USD-NEW"), base=QUIET, quote=USD, family=1, price_scale=2, contract_value=10
    )
    assert (await house.engine.submit(new)).rejection == 0
    assert (
        await house.trader.get("account/adjust-leverage-info", **(ask | {"instId": "QUIET-USD-NEW"}))
    ).code == "51022"


@pytest.mark.parametrize(("held", "side"), [("buy", "buy"), ("sell", "sell")])
@pytest.mark.parametrize("margin_mode", ["cross", "isolated"])
async def test_what_another_leverage_lets_open_is_what_may_be_ordered_once_it_is_set(
    futures: House, margin_mode: str, held: str, side: str
) -> None:
    await trade(futures, held, "10", "100", margin_mode)
    ask = {"instType": "SWAP", "mgnMode": margin_mode, "lever": "1", "instId": SWAP}
    most = (await futures.trader.get("account/adjust-leverage-info", **ask)).row["estMaxAmt"]
    assert (await leverage(futures.trader, "1", margin_mode)).code == "0"
    order = {"instId": SWAP, "tdMode": margin_mode, "side": side, "ordType": "limit", "px": "100"}
    more = str(Decimal(most) + Decimal("0.1"))
    assert (await futures.trader.post("trade/order", order | {"sz": more})).refusal == "51008"
    assert (await futures.trader.post("trade/order", order | {"sz": most})).refusal == "0"


async def test_closing_algos_are_told_with_their_position(futures: House) -> None:
    await trade(futures, "buy", "2", "100", "cross")
    body = {"instId": SWAP, "tdMode": "cross", "side": "sell", "ordType": "oco", "closeFraction": "1"}
    legs = {"slTriggerPx": "90", "slOrdPx": "-1", "tpTriggerPx": "120", "tpOrdPx": "-1", "tpTriggerPxType": "mark"}
    placed = await futures.trader.post("trade/order-algo", body | legs | {"reduceOnly": True})
    assert placed.code == "0", placed.raw
    assert (await futures.trader.get("account/positions")).row["closeOrderAlgo"] == [
        {
            "algoId": placed.row["algoId"],
            "slTriggerPx": "90",
            "slTriggerPxType": "last",
            "tpTriggerPx": "120",
            "tpTriggerPxType": "mark",
            "closeFraction": "1",
        }
    ]
