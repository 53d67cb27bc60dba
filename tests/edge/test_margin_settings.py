"""Positions in pairs beside orders: their leverage, closing them, and how much may be traded."""

from typing import Any

import pytest

from lonja.core.kinds import Side
from tests.edge.house import House
from tests.edge.test_collateral import mode
from tests.edge.test_margin_orders import cash, fund, place, rests

PAIR = {"instId": "QUIET-USDT", "mgnMode": "isolated"}


async def lever(house: House, **fields: object) -> Any:
    return await house.trader.post("account/set-leverage", {**PAIR, **fields})


async def close(house: House, **fields: object) -> Any:
    return await house.trader.post("trade/close-position", {**PAIR, **fields})


@pytest.mark.parametrize("level", ["2", "3"])
async def test_leverage_is_chosen_and_told(pooled: House, level: str) -> None:
    await mode(pooled, level)
    get = pooled.trader.get
    assert (await get("account/leverage-info", **PAIR)).row == {
        "instId": "QUIET-USDT", "ccy": "", "mgnMode": "isolated", "posSide": "net", "lever": "5",
    }  # fmt: skip
    assert (await lever(pooled, lever="2.5")).row == {
        "lever": "2.5", "mgnMode": "isolated", "instId": "QUIET-USDT", "posSide": "net",
    }  # fmt: skip
    assert (await get("account/leverage-info", **PAIR)).row["lever"] == "2.5"
    await rests(pooled, Side.SELL, 10_000, 10_000)
    assert (await place(pooled, sz="10", px="100")).refusal == "0"
    # Of 1,000 USDT 400 are its own.
    assert cash(pooled)["USDT"] == 999_600
    assert (await get("account/positions")).row["lever"] == "2.5"
    assert (await get("account/leverage-info", instId="BTC-USDT", mgnMode="isolated")).row["lever"] == "1"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"lever": "5.01"}, "59102"),
        ({"lever": "0.5"}, "59105"),
        ({"lever": "x"}, "51000"),
        ({"lever": "2", "posSide": "long"}, "51000"),
        ({"lever": "2", "instId": "BTC-USDT"}, "51010"),
        ({"lever": "1", "instId": "BTC-USDT"}, "0"),
        ({"lever": "2", "mgnMode": "cross"}, "51010"),
        ({"lever": "2"}, "59103"),
    ],
)
async def test_leverages_that_are_refused(pooled: House, fields: dict[str, object], code: str) -> None:
    await rests(pooled, Side.SELL, 10_000, 10_000)
    assert (await place(pooled, sz="10", px="100")).refusal == "0"
    assert (await lever(pooled, **fields)).code == code


async def test_orders_keep_a_leverage(pooled: House) -> None:
    assert (await place(pooled, sz="10", px="99")).refusal == "0"
    assert (await lever(pooled, lever="2")).code == "59101"


@pytest.mark.parametrize(("side", "other"), [("buy", Side.SELL), ("sell", Side.BUY)])
async def test_a_position_is_closed_at_the_market(pooled: House, side: str, other: Side) -> None:
    await rests(pooled, other, 10_000, 40_000)
    assert (await place(pooled, side=side, sz="40", px="100")).refusal == "0"
    await rests(pooled, Side(1 - other), 10_000, 80_000)
    assert (await close(pooled, clOrdId="end1")).row == {
        "instId": "QUIET-USDT", "posSide": "net", "clOrdId": "end1", "tag": "",
    }  # fmt: skip
    assert (await pooled.trader.get("account/positions")).data == []
    # Two fees of 4.
    held = cash(pooled)
    assert (held["USDT"], held["QUIET"]) in ((999_992, 10_000), (999_991, 10_000))
    (row,) = (await pooled.trader.get("trade/orders-history", instType="MARGIN", limit=1)).data
    assert (row["clOrdId"], row["ordType"], row["state"]) == ("end1", "market", "filled")


async def test_orders_that_close_are_in_the_way(pooled: House) -> None:
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="40", px="100")).refusal == "0"
    assert (await place(pooled, side="sell", sz="1", px="120", reduceOnly=True)).refusal == "0"
    await rests(pooled, Side.BUY, 9_900, 80_000)
    assert (await close(pooled)).code == "51115"
    assert (await close(pooled, autoCxl=True)).code == "0"
    assert (await pooled.trader.get("trade/orders-pending")).data == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [({}, "51023"), ({"mgnMode": "cross"}, "51023"), ({"posSide": "long"}, "51000"), ({"instId": "X"}, "51001")],
)
async def test_what_is_not_held_is_not_closed(pooled: House, fields: dict[str, object], code: str) -> None:
    assert (await close(pooled, **fields)).code == code


async def test_how_much_may_be_traded(pooled: House) -> None:
    get = pooled.trader.get
    names = {"instId": "QUIET-USDT", "tdMode": "isolated"}
    told = (await get("account/max-size", **names, ccy="USDT", px="99")).row
    # 100,000 USDT and 1,000 QUIET are lent at most.
    assert (told["maxBuy"], told["maxSell"]) == ("1010.101", "1000")
    assert (await place(pooled, sz=told["maxBuy"], px="99")).refusal == "0"
    body = {"ccy": "USDT", "amt": "979000", "from": "18", "to": "6"}
    assert (await pooled.trader.post("asset/transfer", body)).code == "0"
    small = (await get("account/max-size", **names, ccy="USDT", px="99")).row
    assert float(small["maxBuy"]) < 60
    found = (await get("account/max-avail-size", **names)).row
    assert (float(found["availBuy"]) > 0, float(found["availSell"]) > 0) == (True, True)
    loans = (await get("account/max-loan", instId="QUIET-USDT", mgnMode="isolated")).data
    assert [(row["ccy"], row["side"], row["mgnMode"]) for row in loans] == [
        ("QUIET", "sell", "isolated"), ("USDT", "buy", "isolated"),
    ]  # fmt: skip


async def test_what_closes_is_what_is_held(pooled: House) -> None:
    await rests(pooled, Side.SELL, 10_000, 40_000)
    assert (await place(pooled, sz="40", px="100")).refusal == "0"
    names = {"instId": "QUIET-USDT", "tdMode": "isolated", "reduceOnly": "true"}
    row = (await pooled.trader.get("account/max-avail-size", **names)).row
    assert row == {"instId": "QUIET-USDT", "availBuy": "0", "availSell": "39.96"}


async def test_spot_mode_has_none_of_it(rest: House) -> None:
    for path in ("max-size", "max-avail-size"):
        assert (await rest.trader.get(f"account/{path}", instId="QUIET-USDT", tdMode="isolated")).code == "51010"
    assert (await lever(rest, lever="2")).code == "51010"
    assert (await fund(rest, "1")).code == "59300"
