"""Positions and assets that are made up come to what held ones come to."""

from decimal import Decimal

import pytest

from tests.edge.house import House
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
    # 1,000,000 USDT less a fee of 0.5, 10,000 QUIET at 100, 10 BTC at 50,000, 100 made up; 10 (98 - 100) + 5 (98 - 97).
    has(row, eq="2500084.5", upl="-15", totalImr="122.5", totalMmr="8.085", derivMmr="8.085", borrowMmr="0")
    assert row["marginRatio"] == str((Decimal("2500084.5") / Decimal("8.085")).quantize(Decimal("0.00000001")))
    real, made_up = row["positions"]
    has(
        real, amt="10", avgPx="100", markPx="98", floatPnl="-20", imr="98", lever="10", notionalUsd="980", posSide="net"
    )
    has(made_up, amt="5", avgPx="97", floatPnl="5", imr="24.5", lever="20", notionalUsd="490")
    assert (real["isRealPos"], made_up["isRealPos"]) == (True, False)
    assert [asset["ccy"] for asset in row["assets"]] == ["USDT", "QUIET", "BTC", "USDT"]
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
        ({"simPos": [SIMULATED] * 51}, "50025"),
        ({"simPos": [{**SIMULATED, "instId": "QUIET-USDT"}]}, "51001"),
        ({"simPos": [{**SIMULATED, "pos": ""}]}, "50014"),
        ({"simPos": [{**SIMULATED, "pos": "0"}]}, "51000"),
        ({"simPos": [{**SIMULATED, "pos": "0.01"}]}, "51020"),
        ({"simPos": [{**SIMULATED, "avgPx": "-3"}]}, "51000"),
        ({"simPos": [{**SIMULATED, "lever": "101"}]}, "51004"),
        ({"simPos": [{**SIMULATED, "pos": "30000"}]}, "51004"),
        ({"simAsset": [{"ccy": "NONE", "amt": "1"}]}, "51012"),
        ({"simAsset": [{"ccy": "USDT", "amt": "much"}]}, "51000"),
    ],
)
async def test_what_makes_no_sense_is_refused(futures: House, fields: dict[str, object], code: str) -> None:
    reply = await futures.trader.post("account/position-builder", fields)
    assert (reply.code, reply.data) == (code, [])
