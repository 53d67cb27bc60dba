"""Rows of orders and fills of contracts, and the questions that find them."""

import json
from pathlib import Path
from typing import Any

import pytest

from lonja.core.algo_commands import SetContractIndex
from lonja.core.commands import DeliverContract, SetLeverage, SetMarkPrice
from tests.edge.house import QUIET_DATED, QUIET_SWAP, TRADER, House
from tests.edge.house import order as spot_order
from tests.edge.test_contract_orders import DATED, INVERSE, SWAP, open_prices, order, set_mode, trade


async def row_of(house: House, order_id: str, instrument_id: str = SWAP) -> Any:
    return (await house.trader.get("trade/order", instId=instrument_id, ordId=order_id)).row


async def test_a_linear_order_from_opening_to_closing(futures: House) -> None:
    await open_prices(futures)
    opened = await row_of(futures, await trade(futures, "2", "98"))
    # 2 contracts of 1 QUIET at 98, taker rate 0.05 %.
    assert (opened["fee"], opened["feeCcy"], opened["rebate"], opened["rebateCcy"]) == ("-0.098", "USDT", "0", "USDT")
    assert (opened["avgPx"], opened["accFillSz"], opened["pnl"]) == ("98", "2", "0")
    assert (opened["category"], opened["source"], opened["algoId"], opened["ccy"]) == ("normal", "", "", "USDT")
    closed = await row_of(futures, await trade(futures, "2", "99", side="sell", reduceOnly=True))
    assert (closed["pnl"], closed["avgPx"], closed["fee"]) == ("2", "99", "-0.099")
    fills = (await futures.trader.get("trade/fills", instType="SWAP")).data
    assert [(row["fillPx"], row["fillPnl"], row["subType"], row["posSide"]) for row in fills] == [
        ("99", "2", "2", "net"),
        ("98", "0", "1", "net"),
    ]
    assert {(row["execType"], row["feeCcy"], row["instType"]) for row in fills} == {("T", "USDT", "SWAP")}


async def test_fills_and_their_bills_tell_index_and_mark_of_their_moment(futures: House) -> None:
    await open_prices(futures)
    await trade(futures, "1", "98")
    for mark, index in ((9_900, 9_910), (10_010, 10_020)):
        await futures.engine.submit(SetMarkPrice(instrument=QUIET_SWAP, price=mark))
        await futures.engine.submit(SetContractIndex(instrument=QUIET_SWAP, price=index))
        if mark == 9_900:
            await trade(futures, "1", "98")
    for path in ("trade/fills", "trade/fills-history", "account/bills", "account/bills-archive"):
        kind = {"type": "2"} if "bills" in path else {"instType": "SWAP"}
        last, first = (await futures.trader.get(path, **kind)).data
        assert (last["fillIdxPx"], last["fillMarkPx"]) == ("99.1", "99"), path
        assert (first["fillIdxPx"], first["fillMarkPx"]) == ("98", "98"), path
    assert {bill["fillIdxPx"] for bill in (await futures.trader.get("account/bills", type="1")).data} == {""}


async def test_an_inverse_order(futures: House) -> None:
    await open_prices(futures)
    opened = await row_of(futures, await trade(futures, "30", "98", instId=INVERSE), INVERSE)
    assert (opened["avgPx"], opened["feeCcy"], opened["sz"]) == ("98", "QUIET", "30")
    # 300 USD at 98 and 0.05 %, rounded up to 1e-8.
    assert opened["fee"] == "-0.00153062"
    await futures.other.post("trade/order", order(instId=INVERSE, px="97", sz="10"))
    await futures.other.post("trade/order", order(instId=INVERSE, px="96", sz="20"))
    sell = order(instId=INVERSE, side="sell", ordType="market", px=None, sz="30")
    closed = await row_of(futures, (await futures.trader.post("trade/order", sell)).row["ordId"], INVERSE)
    assert 96.3 < float(closed["avgPx"]) < 96.34
    # 10 * (1/98 - 1/97) * 10 + 20 * (1/98 - 1/96) * 10, each fill rounded down.
    assert closed["pnl"] == "-0.05303669"


async def test_rows_of_two_positions(futures: House) -> None:
    await open_prices(futures)
    await set_mode(futures, position_mode=1)
    await futures.engine.submit(
        SetLeverage(account=TRADER, instrument=QUIET_SWAP, margin_mode=1, position_side=2, leverage=1_250)
    )
    opened = await row_of(futures, await trade(futures, posSide="short", side="sell", tdMode="isolated"))
    assert (opened["posSide"], opened["lever"], opened["tdMode"]) == ("short", "12.5", "isolated")
    await trade(futures, posSide="short", side="buy", tdMode="isolated")
    await trade(futures, posSide="long")
    await trade(futures, posSide="long", side="sell")
    fills = (await futures.trader.get("trade/fills")).data
    assert [(row["subType"], row["posSide"], row["side"]) for row in reversed(fills)] == [
        ("4", "short", "sell"),
        ("6", "short", "buy"),
        ("3", "long", "buy"),
        ("5", "long", "sell"),
    ]
    for subtype in "3456":
        found = (await futures.trader.get("trade/fills-history", instType="SWAP", subType=subtype)).data
        assert [row["subType"] for row in found] == [subtype]
    assert (await futures.trader.get("trade/fills", subType="1")).data == []


FOUND: list[tuple[dict[str, object], list[str]]] = [
    # the question, the instruments found, newest first
    ({"instType": "SWAP"}, [INVERSE, SWAP]),
    ({"instType": "FUTURES"}, [DATED]),
    ({"instType": "SPOT"}, ["QUIET-USDT"]),
    ({"instType": "SPOT", "instFamily": "QUIET-USDT"}, ["QUIET-USDT"]),
    ({"instType": "SWAP", "instFamily": "QUIET-USDT"}, [SWAP]),
    ({"instType": "SWAP", "uly": "QUIET-USD"}, [INVERSE]),
    ({"instType": "FUTURES", "uly": "QUIET-USDT"}, [DATED]),
    ({"instType": "FUTURES", "instFamily": "QUIET-USD"}, []),
    ({"instType": "SWAP", "instFamily": "NONE"}, []),
    ({"instType": "SWAP", "instId": SWAP}, [SWAP]),
    ({"instType": "SWAP", "instId": DATED}, []),
    ({"instType": "SWAP", "category": "normal"}, [INVERSE, SWAP]),
    ({"instType": "SWAP", "category": "adl"}, []),
    ({"instType": "SWAP", "category": "twap"}, []),
    ({"instType": "OPTION"}, []),
    ({"instType": "MARGIN"}, []),
]


async def names(house: House, path: str, question: dict[str, object]) -> list[str]:
    """Instruments of the rows that a question finds."""
    return [row["instId"] for row in (await house.trader.get(path, **question)).data]


async def test_orders_by_type_family_and_underlying(futures: House) -> None:
    await open_prices(futures)
    await futures.trader.post("trade/order", spot_order())
    for name in (SWAP, INVERSE, DATED):
        await futures.trader.post("trade/order", order(instId=name, px="97"))
    for question, found in FOUND:
        if "category" not in question:
            assert await names(futures, "trade/orders-pending", question) == found, question
    pending = (await futures.trader.get("trade/orders-pending")).data
    ended = [{"instId": row["instId"], "ordId": row["ordId"]} for row in pending]
    await futures.trader.post("trade/cancel-batch-orders", ended)
    for path in ("trade/orders-history", "trade/orders-history-archive"):
        for question, found in FOUND:
            assert await names(futures, path, question) == found, (path, question)


@pytest.mark.parametrize("path", ["trade/fills", "trade/fills-history"])
async def test_fills_by_type_family_and_underlying(futures: House, path: str) -> None:
    await open_prices(futures)
    for name in (SWAP, INVERSE, DATED):
        await trade(futures, "1", "98", instId=name)
    for question, found in FOUND:
        if "category" not in question and question["instType"] != "SPOT":
            assert await names(futures, path, question) == found, question


async def test_a_liquidation_stands_among_orders(futures: House) -> None:
    await open_prices(futures)
    await futures.engine.submit(SetLeverage(account=TRADER, instrument=QUIET_SWAP, margin_mode=1, leverage=1_000))
    await trade(futures, "3", "98", tdMode="isolated")
    await futures.engine.submit(SetMarkPrice(instrument=QUIET_SWAP, price=8_800))
    row = (await futures.trader.get("trade/orders-history", instType="SWAP", category="full_liquidation")).row
    assert (row["side"], row["ordType"], row["state"], row["sz"]) == ("sell", "market", "filled", "3")
    assert (row["avgPx"], row["pnl"], row["reduceOnly"], row["tdMode"]) == ("88", "-30", "true", "isolated")
    assert row["tradeId"].startswith("-")
    assert (row["lever"], row["stpMode"]) == ("10", "cancel_maker")
    assert (await row_of(futures, row["ordId"]))["category"] == "full_liquidation"
    fill = (await futures.trader.get("trade/fills", ordId=row["ordId"])).row
    assert (fill["fillPx"], fill["fillPnl"], fill["tradeId"]) == ("88", "-30", row["tradeId"])
    assert (await futures.trader.get("trade/fills", subType="107")).row == fill
    assert fill["subType"] == "107"
    bills = (await futures.trader.get("account/bills", type="5")).data
    assert {(bill["ordId"], bill["tradeId"], bill["execType"]) for bill in bills} == {
        (row["ordId"], row["tradeId"], "T")
    }
    assert {bill["fillTime"] for bill in bills} == {row["fillTime"]}


async def test_a_delivery_stands_among_orders(futures: House) -> None:
    await open_prices(futures)
    await trade(futures, "3", "98", instId=DATED)
    await futures.engine.submit(DeliverContract(instrument=QUIET_DATED, price=9_900))
    row = (await futures.trader.get("trade/orders-history", instType="FUTURES", category="delivery")).row
    assert (row["side"], row["avgPx"], row["pnl"], row["sz"]) == ("sell", "99", "3", "3")
    assert (await futures.trader.get("trade/fills", subType="112")).row["ordId"] == row["ordId"]
    assert (await futures.trader.get("trade/fills", subType="113")).data == []


REQUIRED = [("trade/order", "OKXOrderHistory"), ("trade/fills", "OKXTransactionDetail")]


@pytest.mark.parametrize(("path", "struct"), REQUIRED)
async def test_rows_have_every_key_that_strict_clients_require(
    futures: House, shared_folder: Path, path: str, struct: str
) -> None:
    await open_prices(futures)
    row = (await futures.trader.get(path, instId=SWAP, ordId=await trade(futures))).row
    text = (shared_folder / "fixtures/okx-v5/derived/nautilus-required-fields.json").read_text()
    assert set(json.loads(text)["structs"][struct]["required"]) <= set(row)
