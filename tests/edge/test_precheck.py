"""What an order would change: what is told comes true when it is placed, and what it is refused with is told before."""

from decimal import Decimal
from typing import Any

import pytest

from tests.edge.house import House, order
from tests.edge.test_collateral import borrows

SWAP = "QUIET-USDT-SWAP"
CONTRACT: dict[str, object] = {"instId": SWAP, "tdMode": "cross", "sz": "10", "px": "100"}
CHANGES = ("adjEq", "imr", "mmr", "mgnRatio")


async def account(house: House, currency: str) -> dict[str, str]:
    """What the balance and the positions tell of what an order changes."""
    row = (await house.trader.get("account/balance")).row
    detail = next(one for one in row["details"] if one["ccy"] == currency)
    prices = [one["liqPx"] for one in (await house.trader.get("account/positions")).data]
    told = {name: row[name] for name in CHANGES} | {"availBal": detail["availBal"], "liab": detail["liab"]}
    return told | {"liqPx": prices[0] if prices else ""}


def change(before: str, after: str) -> str:
    """The difference as it is told; "" where either is missing."""
    if not before or not after:
        return ""
    return format((Decimal(after) - Decimal(before)).normalize(), "f")


ORDERS: list[tuple[str, bool, bool, dict[str, object]]] = [
    # the currency that the order is paid with, whether a position is held, auto-borrow, the order
    ("USDT", False, False, CONTRACT),
    ("USDT", True, True, CONTRACT),
    ("USDT", True, False, CONTRACT | {"px": "99"}),
    ("USDT", False, True, CONTRACT | {"tdMode": "isolated"}),
    ("USDT", True, False, CONTRACT | {"tdMode": "isolated"}),
    ("USDT", True, False, CONTRACT | {"side": "sell", "px": "104"}),
    ("USDT", True, False, CONTRACT | {"side": "sell", "px": "98"}),
    ("USDT", False, False, CONTRACT | {"ordType": "market", "px": None, "sz": "3"}),
    ("USDT", True, True, CONTRACT | {"ordType": "fok", "sz": "500"}),
    ("USDT", False, False, CONTRACT | {"ordType": "post_only"}),
    ("USDT", True, True, {"tdMode": "cross", "px": "101", "sz": "700"}),
    ("QUIET", False, True, {"tdMode": "cross", "side": "sell", "px": "101", "sz": "7000"}),
    ("USDT", False, False, {"tdMode": "cross", "ordType": "market", "px": None, "sz": "5000"}),
    ("QUIET", True, False, {"tdMode": "cross", "side": "sell", "ordType": "market", "px": None, "sz": "2"}),
]


@pytest.mark.parametrize(("currency", "held", "auto_borrow", "fields"), ORDERS, ids=lambda value: str(value)[:40])
async def test_what_is_told_comes_true(
    pooled: House, currency: str, held: bool, auto_borrow: bool, fields: dict[str, object]
) -> None:
    house, contract = pooled, "instId" in fields
    await borrows(house, on=auto_borrow)
    spot: dict[str, object] = {"tdMode": "cross", "px": "101", "sz": "60"}
    resting = [CONTRACT, CONTRACT | {"px": "101"}, spot]
    for one in resting:
        assert (await house.other.place(**(one | {"side": "sell"}))).refusal == "0"
    bids = {"tdMode": "cross", "side": "buy", "px": "98", "sz": "5"}
    assert (await house.other.place(**bids)).refusal == "0"
    if held:
        position = CONTRACT | {"sz": "5", "tdMode": fields["tdMode"]}
        assert (await house.trader.place(**position)).refusal == "0"
    before = await account(house, currency)
    book = (await house.get("market/books", instId=SWAP, sz=10)).row["asks"]
    row = (await house.trader.post("trade/order-precheck", order(**fields))).row
    assert (await house.get("market/books", instId=SWAP, sz=10)).row["asks"] == book
    assert await account(house, currency) == before
    assert (await house.trader.place(**fields)).refusal == "0"
    after = await account(house, currency)
    for name in (*CHANGES, "liab"):
        assert (row[name], row[f"{name}Chg"]) == (before[name], change(before[name], after[name])), (name, row)
    available = ("", "") if auto_borrow else (before["availBal"], change(before["availBal"], after["availBal"]))
    assert (row["availBal"], row["availBalChg"]) == available
    assert row["liabChgCcy"] == (currency if auto_borrow else "")
    assert row["liqPx"] == (before["liqPx"] if contract else "")
    if contract and after["liqPx"]:
        assert Decimal(row["liqPxDiff"]) == abs(Decimal(after["liqPx"]) - 100)
        assert abs(Decimal(row["liqPxDiffRatio"]) - Decimal(row["liqPxDiff"]) / 100) < Decimal("1e-8")
    else:
        assert (row["liqPxDiff"], row["liqPxDiffRatio"]) == ("", "")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"instId": "NONE"}, "51001"),
    ({"sz": None}, "50014"),
    ({"px": None}, "51204"),
    ({"px": "1e400"}, "51000"),
    ({"tdMode": "cash"}, "51000"),
    ({"sz": "0.05"}, "51020"),
    ({"px": "100.001"}, "51000"),
    ({"px": "120"}, "51137"),
    ({"posSide": "long"}, "51000"),
    ({"side": "sell", "reduceOnly": True}, "51169"),
    ({"sz": "30000", "px": "104"}, "51004"),
    ({"sz": "90000"}, "51004"),
    ({"attachAlgoOrds": [{"tpTriggerPx": "105"}]}, "51053"),
]


@pytest.mark.parametrize(("fields", "code"), REFUSED)
async def test_what_the_order_is_refused_with_is_told_before(pooled: House, fields: dict[str, Any], code: str) -> None:
    arg = order(**(CONTRACT | fields))
    reply = await pooled.trader.post("trade/order-precheck", arg)
    assert reply.data == []
    assert reply.code == (await pooled.trader.post("trade/order", arg)).refusal
    assert reply.code == code or fields.get("attachAlgoOrds")


async def test_only_in_multi_currency_mode(futures: House) -> None:
    for fields in (CONTRACT, {}):
        assert (await futures.trader.post("trade/order-precheck", order(**fields))).code == "51010"
    assert (await futures.trader.post("trade/order-precheck", order(**(CONTRACT | {"sz": "0.05"})))).code == "51020"
