"""Multi-currency margin: entering and leaving it, what stands in the way, and borrowing by itself."""

from typing import Any

import pytest

from tests.edge.house import House, order


def has(row: Any, **wanted: object) -> None:
    """Some keys of ``row``."""
    assert {name: row[name] for name in wanted} == wanted


async def mode(house: House, level: str) -> Any:
    return await house.trader.post("account/set-account-level", {"acctLv": level})


async def borrows(house: House, *, on: bool) -> Any:
    return await house.trader.post("account/set-auto-loan", {"autoLoan": on})


async def check(house: House, level: str) -> Any:
    return (await house.trader.get("account/set-account-switch-precheck", acctLv=level)).row


async def test_modes_change_while_nothing_is_owed(pooled: House) -> None:
    has((await pooled.trader.get("account/config")).row, acctLv="3", autoLoan=False, enableSpotBorrow=False)
    for level in ("1", "3", "2", "3"):
        assert (await mode(pooled, level)).row == {"acctLv": level}
        has((await pooled.trader.get("account/config")).row, acctLv=level)


@pytest.mark.parametrize("path", ["set-account-level", "account-level-switch-preset"])
async def test_where_nothing_is_lent_the_mode_is_not_offered(futures: House, path: str) -> None:
    assert (await futures.trader.post(f"account/{path}", {"acctLv": "3"})).code == "51070"
    assert (await futures.trader.get("account/set-account-switch-precheck", acctLv="3")).code == "51070"


async def test_borrowing_by_itself_is_chosen_in_the_mode_alone(pooled: House) -> None:
    assert (await borrows(pooled, on=True)).row == {"autoLoan": True}
    has((await pooled.trader.get("account/config")).row, autoLoan=True)
    assert (await borrows(pooled, on=True)).code == "0"
    assert (await mode(pooled, "2")).code == "0"
    has((await pooled.trader.get("account/config")).row, autoLoan=False)
    assert (await borrows(pooled, on=True)).code == "54001"
    assert (await borrows(pooled, on=False)).row == {"autoLoan": False}


async def test_debts_stand_in_the_way(pooled: House) -> None:
    await borrows(pooled, on=True)
    for size in ("10000", "2"):
        assert (await pooled.trader.place(tdMode="cross", side="sell", px="96", sz=size)).code == "0"
    for _ in range(2):
        row = await check(pooled, "1")
        has(row, sCode="1", curAcctLv="3", acctLv="1")
        assert [found["type"] for found in row["unmatchedInfoCheck"]] == ["repay_borrowings"]
        assert (await mode(pooled, "1")).code == "59001"
        assert (await borrows(pooled, on=False)).code == "59001"
        for size in ("9000", "1002"):
            await pooled.other.place(tdMode="cross", side="buy", px="96", sz=size)
    assert (await pooled.trader.get("trade/orders-pending")).data == []
    await pooled.other.place(tdMode="cross", side="sell", px="100", sz="2.1")
    await pooled.trader.place(tdMode="cross", side="buy", px="100", sz="2.1")
    assert (await borrows(pooled, on=False)).code == "0"
    assert (await mode(pooled, "1")).code == "0"


async def test_where_nothing_stands_in_the_way_margins_are_told(pooled: House) -> None:
    row = await check(pooled, "2")
    has(row, sCode="0", curAcctLv="3", acctLv="2", unmatchedInfoCheck=[])
    # 1,000,000 USDT, 10,000 QUIET at 100 and 0.9, 10 BTC at 50,000 and 0.98.
    assert row["mgnBf"] == {"acctAvailEq": "2390000", "mgnRatio": "", "details": []}
    assert [one["ccy"] for one in row["mgnAft"]["details"]] == ["USDT", "QUIET", "BTC"]


@pytest.mark.parametrize(
    ("kind", "code", "blocked"), [("order", "59132", "pending_orders"), ("position", "59134", "all_positions")]
)
async def test_contracts_stand_in_the_way_as_in_other_modes(pooled: House, kind: str, code: str, blocked: str) -> None:
    order = {"instId": "QUIET-USDT-SWAP", "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1", "px": "100"}
    assert (await pooled.trader.post("trade/order", order)).code == "0"
    if kind == "position":
        assert (await pooled.other.post("trade/order", order | {"side": "sell"})).code == "0"
    assert [found["type"] for found in (await check(pooled, "2"))["unmatchedInfoCheck"]] == [blocked]
    assert (await mode(pooled, "2")).code == code


@pytest.mark.parametrize(
    ("auto_borrow", "fields", "code"),
    [
        (False, {"side": "sell", "px": "99", "sz": "10000"}, ""),
        (False, {"side": "buy", "px": "50000", "sz": "21", "instId": "BTC-USDT"}, "51008_1002"),
        (True, {"side": "buy", "px": "50000", "sz": "30", "instId": "BTC-USDT"}, "51008_1005"),
        (True, {"side": "buy", "px": "50000", "sz": "21", "instId": "BTC-USDT"}, ""),
    ],
)
async def test_what_an_order_lacks_is_told_by_a_finer_code(
    pooled: House, auto_borrow: bool, fields: dict[str, str], code: str
) -> None:
    await borrows(pooled, on=auto_borrow)
    row = (await pooled.trader.place(tdMode="cross", **fields)).row
    assert (row["sCode"], row["subCode"]) == (("51008", code) if code else ("0", ""))


@pytest.mark.parametrize(
    ("level", "trade_mode", "code"),
    [
        ("3", "cross", "0"),
        ("3", "cash", "51000"),
        ("2", "cash", "0"),
    ],
)
async def test_each_mode_of_the_account_has_its_trade_mode(
    pooled: House, level: str, trade_mode: str, code: str
) -> None:
    await mode(pooled, level)
    placed = await pooled.trader.place(tdMode=trade_mode)
    assert placed.refusal == code
    batch = await pooled.trader.post("trade/batch-orders", [order(tdMode=trade_mode)])
    assert batch.data[0]["sCode"] == code
    trigger = {"tdMode": trade_mode, "ordType": "trigger", "triggerPx": "90", "orderPx": "-1", "px": None}
    assert (await pooled.trader.post("trade/order-algo", order(**trigger))).refusal == code
    told = (await pooled.trader.get("trade/orders-pending")).data
    told += (await pooled.trader.get("trade/orders-algo-pending", ordType="trigger")).data
    assert [row["tdMode"] for row in told] == ([trade_mode] * 3 if code == "0" else [])
