"""Positions and assets that are made up come to what held ones come to."""

from decimal import Decimal

import pytest

from tests.edge.house import House
from tests.edge.test_collateral import borrows
from tests.edge.test_positions import SWAP, has, leverage, trade

SIMULATED = {"instId": SWAP, "pos": "5", "avgPx": "97", "lever": "20"}


async def test_what_is_held_and_what_is_made_up_stand_together(futures: House) -> None:
    house = futures
    await leverage(house.trader, "10", "cross")
    await trade(house, "buy", "10", "100", "cross")
    await house.index(9_800)
    before = house.balances()
    body = {"simPos": [SIMULATED], "simAsset": [{"ccy": "USDT", "amt": "100"}]}
    row = (await house.trader.post("account/position-builder", body)).row
    # 1,000,000 USDT less a fee of 0.5, 10,000 QUIET at 100, 10 BTC at 50,000; 10 (98 - 100) + 5 (98 - 97).
    has(row, eq="2499984.5", upl="-15", totalImr="122.5", totalMmr="8.085", derivMmr="8.085", borrowMmr="0")
    assert row["marginRatio"] == str((Decimal("2499984.5") / Decimal("8.085")).quantize(Decimal("0.00000001")))
    real, made_up = row["positions"]
    has(
        real, amt="10", avgPx="100", markPx="98", floatPnl="-20", imr="98", lever="10", notionalUsd="980", posSide="net"
    )
    has(made_up, amt="5", avgPx="97", floatPnl="5", imr="24.5", lever="20", notionalUsd="490")
    assert (real["isRealPos"], made_up["isRealPos"]) == (True, False)
    # Made-up assets do not count beside real ones.
    assert [(one["ccy"], one["availEq"]) for one in row["assets"]] == [
        ("USDT", "999984.5"),
        ("QUIET", "10000"),
        ("BTC", "10"),
    ]
    assert house.balances() == before


async def test_a_supposed_move_of_the_index_moves_marks(futures: House) -> None:
    short = {"instId": "QUIET-USD-SWAP", "pos": "-100", "avgPx": "100"}
    body = {"inclRealPosAndEq": False, "simPos": [short], "simAsset": [{"ccy": "QUIET", "amt": "5"}], "lever": "4"}
    row = (await futures.trader.post("account/position-builder", body | {"idxVol": "-0.2"})).row
    # 1,000 USD are 12.5 QUIET at 80; a coin is counted at 100.
    has(row, eq="750", upl="250", totalImr="312.5", acctLever="1.66666667")
    (position,) = row["positions"]
    has(position, markPxBf="100", markPx="80", imrBf="250", imr="312.5", amt="-100", floatPnl="250")
    empty = (await futures.trader.post("account/position-builder", {"inclRealPosAndEq": False})).row
    has(empty, eq="0", totalMmr="0", marginRatio="", acctLever="")
    assert (empty["positions"], empty["assets"]) == ([], [])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"acctLv": "3"}, "51070"),
        ({"acctLv": "1"}, "51010"),
        ({"acctLv": "x"}, "51000"),
        ({"idxVol": "-1"}, "51000"),
        ({"idxVol": "1.01"}, "51000"),
        ({"idxVol": "0.005"}, "51000"),
        ({"simPos": "none"}, "51000"),
        ({"simPos": [1]}, "51000"),
        ({"simPos": [SIMULATED] * 201}, "50025"),
        ({"simPos": [{**SIMULATED, "instId": "QUIET-USDT"}]}, "51001"),
        ({"simPos": [{**SIMULATED, "pos": ""}]}, "50014"),
        ({"simPos": [{**SIMULATED, "pos": "0"}]}, "51000"),
        ({"simPos": [{**SIMULATED, "pos": "0.01"}]}, "51020"),
        ({"simPos": [{**SIMULATED, "avgPx": "-3"}]}, "51000"),
        ({"simPos": [{**SIMULATED, "lever": "0"}]}, "51000"),
        ({"simPos": [{**SIMULATED, "pos": "30000"}]}, "51004"),
        ({"simAsset": [{"ccy": "NONE", "amt": "1"}]}, "51012"),
        ({"simAsset": [{"ccy": "USDT", "amt": "much"}]}, "51000"),
    ],
)
async def test_what_makes_no_sense_is_refused(futures: House, fields: dict[str, object], code: str) -> None:
    reply = await futures.trader.post("account/position-builder", fields)
    assert (reply.code, reply.data) == (code, [])


async def test_in_multi_currency_mode_it_comes_to_what_the_account_tells(pooled: House) -> None:
    house = pooled
    await leverage(house.trader, "10", "cross")
    await trade(house, "buy", "10", "100", "cross")
    await borrows(house, on=True)
    await house.other.place(tdMode="cross", px="100", sz="100")
    await house.trader.place(tdMode="cross", side="sell", px="100", sz="100")
    sold = await house.trader.post("account/spot-manual-borrow-repay", {"ccy": "BTC", "side": "borrow", "amt": "2"})
    assert sold.code == "0", sold.raw
    spent = await house.trader.post("asset/transfer", {"ccy": "BTC", "amt": "10", "from": "18", "to": "6"})
    assert spent.code == "0", spent.raw
    await house.index(9_800)
    row = (await house.trader.post("account/position-builder", {})).row
    balance = (await house.trader.get("account/balance")).row
    has(row, eq=balance["adjEq"], totalMmr=balance["mmr"], totalImr=balance["imr"])
    assert Decimal(row["borrowMmr"]) + Decimal(row["derivMmr"]) == Decimal(row["totalMmr"])
    assert abs(Decimal(row["marginRatio"]) - Decimal(balance["mgnRatio"])) < Decimal("0.000002")
    assert {one["ccy"]: one["availEq"] for one in row["assets"]} == {
        detail["ccy"]: detail["eq"] for detail in balance["details"]
    }
    has(row["positions"][0], markPxBf="", imrBf="", markPx="98", isRealPos=row["positions"][0]["isRealPos"])


async def test_debts_that_are_made_up_require_margin(pooled: House) -> None:
    position = {"instId": SWAP, "pos": "10", "avgPx": "100000", "lever": "1000"}
    assets = [{"ccy": "QUIET", "amt": "12000"}, {"ccy": "BTC", "amt": "-1"}, {"ccy": "BTC", "amt": "-1"}]
    body = {"acctLv": "3", "inclRealPosAndEq": False, "simPos": [position], "simAsset": assets}
    row = (await pooled.trader.post("account/position-builder", body)).row
    # 10,000 QUIET at 90 USD and 2,000 at 50; 2 BTC of 50,000 owed; a loss of 999,000 USDT, owed, too.
    has(row, eq="-99000", upl="-999000", borrowMmr="32970", derivMmr="5.5", totalMmr="32975.5", totalImr="109910")
    assert [(one["ccy"], one["availEq"], one["borrowImr"]) for one in row["assets"]] == [
        ("QUIET", "12000", "0"),
        ("BTC", "-2", "10000"),
        ("USDT", "-999000", "99900"),
    ]
    assert row["positions"][0]["lever"] == "100"  # no more is allowed
    has(row, acctLever="")


async def test_what_is_required_at_each_move_of_prices(pooled: House) -> None:
    short = {"instId": "QUIET-USD-SWAP", "pos": "-100", "avgPx": "100"}
    body = {"inclRealPosAndEq": False, "simPos": [short, SIMULATED], "simAsset": [{"ccy": "QUIET", "amt": "5"}]}
    ask = pooled.trader.post
    drawn = (await ask("account/position-builder-graph", body | {"type": "mmr", "mmrConfig": {"acctLv": "3"}})).row
    assert drawn["type"] == "mmr"
    moves = [one["shockFactor"] for one in drawn["mmrData"]]
    assert (len(moves), moves[0], moves[99], moves[-1]) == (200, "-0.99", "0", "1")
    for at in (0, 79, 150):
        moved = (await ask("account/position-builder", body | {"acctLv": "3", "idxVol": moves[at]})).row
        has(drawn["mmrData"][at], mmr=moved["totalMmr"], mmrRatio=moved["marginRatio"])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": None}, "50014"),
        ({"mmrConfig": None}, "50014"),
        ({"type": "imr"}, "51000"),
        ({"mmrConfig": "3"}, "51000"),
        ({"mmrConfig": {"acctLv": "4"}}, "51070"),
        ({"mmrConfig": {"acctLv": "1"}}, "51010"),
        ({"mmrConfig": {"lever": "x"}, "simPos": [{"instId": SWAP, "pos": "1", "avgPx": "1"}]}, "51000"),
        ({"simPos": [{"instId": "NONE", "pos": "1", "avgPx": "1"}]}, "51001"),
    ],
)
async def test_graphs_that_are_refused(pooled: House, fields: dict[str, object], code: str) -> None:
    body = {"type": "mmr", "mmrConfig": {}} | fields
    reply = await pooled.trader.post("account/position-builder-graph", body)
    assert (reply.code, reply.data) == (code, [])
