"""What an isolated order for a pair would change: told before as it is once it is placed; multi-currency mode."""

from decimal import Decimal
from typing import Any

import pytest

from lonja.core.kinds import Side
from tests.edge.house import House, order
from tests.edge.test_collateral import borrows, mode
from tests.edge.test_margin_orders import place, rests
from tests.edge.test_precheck import change

PAIR: dict[str, object] = {"tdMode": "isolated", "px": "100"}
LONG = PAIR | {"sz": "40", "ccy": "USDT"}
SHORT = LONG | {"side": "sell"}
CHANGES = ("adjEq", "imr", "mmr", "mgnRatio")
NOTHING = {"posBal": "0", "liab": "0", "liqPx": ""}


async def precheck(house: House, fields: dict[str, object]) -> Any:
    return await house.trader.post("trade/order-precheck", order(**fields))


async def account(house: House, currency: str) -> dict[str, str]:
    """What the balance tells of what an order changes."""
    row = (await house.trader.get("account/balance")).row
    detail = next(one for one in row["details"] if one["ccy"] == currency)
    return {name: row[name] for name in CHANGES} | {"availBal": detail["availBal"]}


async def position(house: House) -> dict[str, str]:
    """What the position has and owes."""
    for row in (await house.trader.get("account/positions", instType="MARGIN")).data:
        return {"posBal": row["pos"], "liab": row["liab"].lstrip("-"), "liqPx": row["liqPx"]}
    return NOTHING


async def offers(house: House) -> None:
    """Offers at 101 and bids at 99, 60 of each."""
    await rests(house, Side.SELL, 10_100, 60_000)
    await rests(house, Side.BUY, 9_900, 60_000)


async def held(house: House, fields: dict[str, object]) -> None:
    """Let the trader have what ``fields`` order, at 100."""
    buys = fields.get("side") != "sell"
    await rests(house, Side.SELL if buys else Side.BUY, 10_000, 40_000)
    assert (await place(house, **fields)).refusal == "0"


CASES: list[tuple[dict[str, object], dict[str, object], str, str]] = [
    # what is held, the order, the currency of its margin, and the unit type of what is owned
    ({}, LONG | {"px": "101"}, "USDT", "1"),
    ({}, LONG | {"px": "101", "ccy": "QUIET"}, "QUIET", "1"),
    ({}, SHORT | {"px": "99"}, "USDT", "4"),
    ({}, LONG | {"px": None, "ordType": "market", "tgtCcy": "base_ccy"}, "USDT", "1"),
    ({}, LONG | {"px": "90", "ordType": "ioc"}, "USDT", "1"),
    (LONG, LONG | {"px": "101", "sz": "7"}, "USDT", "1"),
    (LONG, LONG | {"side": "sell", "px": "99", "sz": "9", "reduceOnly": True}, "QUIET", "1"),
    (LONG, LONG | {"side": "sell", "px": "99", "sz": "60", "reduceOnly": True}, "QUIET", "1"),
    (SHORT, LONG | {"px": "101", "sz": "9", "reduceOnly": True}, "USDT", "4"),
    (LONG, SHORT | {"px": "99", "sz": "59"}, "USDT", "2"),
    (SHORT, LONG | {"px": "101", "sz": "59"}, "USDT", "3"),
]


@pytest.mark.parametrize("auto_borrow", [False, True])
@pytest.mark.parametrize(("before", "fields", "currency", "unit"), CASES)
async def test_what_is_told_comes_true(
    pooled: House, auto_borrow: bool, before: dict[str, object], fields: dict[str, object], currency: str, unit: str
) -> None:
    await borrows(pooled, on=auto_borrow)
    if before:
        await held(pooled, before)
    await offers(pooled)
    had, owned = await account(pooled, currency), await position(pooled)
    row = (await precheck(pooled, fields)).row
    assert (await account(pooled, currency), await position(pooled)) == (had, owned)
    assert (await place(pooled, **fields)).refusal == "0"
    has, owns = await account(pooled, currency), await position(pooled)
    for name in CHANGES:
        assert (row[name], row[f"{name}Chg"]) == (had[name], change(had[name], has[name])), (name, row)
    available = ("", "") if auto_borrow else (had["availBal"], change(had["availBal"], has["availBal"]))
    assert (row["availBal"], row["availBalChg"], row["liabChgCcy"]) == (*available, "")
    assert (row["posBal"], row["liab"], row["liqPx"], row["type"]) == (*owned.values(), unit)
    if unit in "14":
        assert row["liabChg"] == change(owned["liab"], owns["liab"])
    assert row["posBalChg"] == (change(owned["posBal"], owns["posBal"]) if unit in "14" else owns["posBal"])
    if owns["liqPx"]:
        assert abs(Decimal(row["liqPxDiff"]) - abs(Decimal(owns["liqPx"]) - 100)) < Decimal("1e-8")
        assert abs(Decimal(row["liqPxDiffRatio"]) - Decimal(row["liqPxDiff"]) / 100) < Decimal("1e-8")
    else:
        assert (row["liqPxDiff"], row["liqPxDiffRatio"]) == ("", "")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sz": None}, "50014"),
        ({"ccy": "BTC"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"sz": "0.0001"}, "51020"),
        ({"reduceOnly": True}, "51169"),
        ({"sz": "5000"}, "51008"),
        ({"instId": "BTC-USDT", "px": "50000", "sz": "1"}, "54000"),
    ],
)
async def test_what_the_order_is_refused_with_is_told_before(
    pooled: House, fields: dict[str, object], code: str
) -> None:
    reply = await precheck(pooled, LONG | fields)
    assert (reply.code, reply.data) == (code, [])
    assert (await place(pooled, **(LONG | fields))).refusal == code


@pytest.mark.parametrize("fields", [LONG, LONG | {"tdMode": "cross"}])
async def test_only_in_multi_currency_mode(pooled: House, fields: dict[str, object]) -> None:
    """Cross positions in pairs are of futures mode, for which no such answer is documented."""
    await mode(pooled, "2")
    accounts = pooled.engine.views.account_count()
    assert (await precheck(pooled, fields)).code == "51010"
    assert pooled.engine.views.account_count() == accounts
