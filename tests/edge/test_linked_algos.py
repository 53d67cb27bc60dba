"""Take profits that rest, split ones, stops at cost, ratios and trailing stops that come with orders, over REST."""

from typing import Any

from lonja.core.kinds import Side
from tests.edge.contract_trading import leave, trade
from tests.edge.house import QUIET_SWAP, TRADER, House, order

SWAP = "QUIET-USDT-SWAP"
BUY, SELL = Side.BUY, Side.SELL
BOTH_LEGS: dict[str, object] = {
    "instId": SWAP,
    "tdMode": "cross",
    "side": "sell",
    "ordType": "oco",
    "sz": "2",
    "reduceOnly": True,
    "cxlOnClosePos": True,
    "tpOrdKind": "limit",
    "tpOrdPx": "103",
    "slTriggerPx": "97",
    "slOrdPx": "-1",
}


async def bought(house: House, *rows: dict[str, object], **fields: object) -> dict[str, Any]:
    """The row of a purchase of 2 contracts at 100, which is filled, with ``rows`` attached."""
    await leave(house, SELL, 10_000, 20)
    body = order(instId=SWAP, tdMode="cross", px="100", sz="2", attachAlgoOrds=list(rows), **fields)
    reply = await house.trader.post("trade/order", body)
    assert reply.refusal == "0", reply.raw
    return await order_of(house, reply.row["ordId"])


async def order_of(house: House, order_id: str) -> dict[str, Any]:
    row: dict[str, Any] = (await house.trader.get("trade/order", instId=SWAP, ordId=order_id)).row
    return row


async def algo_of(house: House, algo_id: str) -> dict[str, Any]:
    row: dict[str, Any] = (await house.trader.get("trade/order-algo", algoId=algo_id)).row
    return row


async def open_rows(house: House, kind: str = "conditional,oco") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await house.trader.get("trade/orders-algo-pending", ordType=kind)).data
    return rows


async def test_a_limit_take_profit_is_an_order_that_knows_its_stop_loss(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_000, 20)
    placed = await futures.trader.post("trade/order-algo", BOTH_LEGS)
    algo_id = placed.row["algoId"]
    (profit,) = (await futures.trader.get("trade/orders-pending", instId=SWAP)).data
    assert (profit["isTpLimit"], profit["linkedAlgoOrd"]) == ("true", {"algoId": algo_id})
    assert (profit["px"], profit["sz"], profit["reduceOnly"], profit["algoId"]) == ("103", "2", "true", "")
    row = await algo_of(futures, algo_id)
    assert (row["linkedOrd"], row["state"], row["ordType"], row["sz"]) == (
        {"ordId": profit["ordId"]},
        "live",
        "oco",
        "2",
    )
    assert (row["tpOrdPx"], row["tpTriggerPx"], row["slTriggerPx"], row["ordIdList"]) == ("103", "", "97", [])
    await leave(futures, BUY, 10_300, 5)
    assert (await algo_of(futures, algo_id))["sz"] == "1.5"
    for change, code in (
        ({"newSz": "1"}, "51090"),
        ({"newTpTriggerPx": "104"}, "51506"),
        ({"newSlTriggerPx": "96"}, "0"),
    ):
        body = {"instId": SWAP, "algoId": algo_id, **change}
        assert (await futures.trader.post("trade/amend-algos", body)).refusal == code, change
    await leave(futures, BUY, 9_500, 50)
    await trade(futures, QUIET_SWAP, 9_600, 1)
    ended = await algo_of(futures, algo_id)
    assert (ended["state"], ended["actualSide"], ended["actualSz"], ended["linkedOrd"]["ordId"]) == (
        *("effective", "sl", "1.5"),
        profit["ordId"],
    )
    gone = await order_of(futures, profit["ordId"])
    assert (gone["state"], gone["cancelSource"], gone["accFillSz"]) == ("canceled", "36", "0.5")


async def test_the_end_of_one_reaches_the_other(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_000, 40)
    first = (await futures.trader.post("trade/order-algo", BOTH_LEGS)).row["algoId"]
    (profit,) = (await futures.trader.get("trade/orders-pending", instId=SWAP)).data
    await futures.trader.post("trade/cancel-algos", [{"instId": SWAP, "algoId": first}])
    assert (await order_of(futures, profit["ordId"]))["cancelSource"] == "37"
    second = (await futures.trader.post("trade/order-algo", BOTH_LEGS)).row["algoId"]
    await leave(futures, BUY, 10_300, 20)
    ended = await algo_of(futures, second)
    assert (ended["state"], ended["actualSide"], ended["ordIdList"]) == ("canceled", "", [])
    assert (await futures.trader.post("trade/order-algo", BOTH_LEGS)).refusal == "51279", "it would trade at once"
    third = (await futures.trader.post("trade/order-algo", BOTH_LEGS | {"tpOrdPx": "104"})).row["algoId"]
    (profit,) = (await futures.trader.get("trade/orders-pending", instId=SWAP)).data
    await futures.trader.post("trade/cancel-order", {"instId": SWAP, "ordId": profit["ordId"]})
    assert (await algo_of(futures, third))["state"] == "live", "a stop loss protects without its take profit"


async def test_split_take_profits_and_a_stop_at_cost(futures: House) -> None:
    rows: list[dict[str, object]] = [
        {"tpOrdKind": "limit", "tpOrdPx": "103", "sz": "0.5", "attachAlgoClOrdId": "near"},
        {"tpOrdKind": "limit", "tpOrdPx": "104", "sz": "1.5", "attachAlgoClOrdId": "far"},
        {"slTriggerPx": "95", "slOrdPx": "-1", "amendPxOnTriggerType": "1", "attachAlgoClOrdId": "stop"},
    ]
    opened = await bought(futures, *rows)
    told = [(row["attachAlgoClOrdId"], row["tpOrdKind"], row["tpOrdPx"], row["sz"]) for row in opened["attachAlgoOrds"]]
    assert told == [("near", "limit", "103", "0.5"), ("far", "limit", "104", "1.5"), ("stop", "", "", "")]
    assert [row["amendPxOnTriggerType"] for row in opened["attachAlgoOrds"]] == ["0", "0", "1"]
    (stop,) = await open_rows(futures)
    assert (stop["algoClOrdId"], stop["slTriggerPx"], stop["sz"], stop["amendPxOnTriggerType"]) == (
        "stop",
        "95",
        "2",
        "1",
    )
    resting = (await futures.trader.get("trade/orders-pending", instId=SWAP)).data
    assert {row["linkedAlgoOrd"]["algoId"] for row in resting} == {stop["algoId"]}
    adding = {"instId": SWAP, "algoId": stop["algoId"], "newTpTriggerPx": "110", "newTpOrdPx": "-1"}
    assert (await futures.trader.post("trade/amend-algos", adding)).refusal == "51098"
    await leave(futures, BUY, 10_300, 5)
    (stop,) = await open_rows(futures)
    assert (stop["slTriggerPx"], stop["sz"]) == ("100", "1.5")
    history = (await futures.trader.get("trade/orders-history", instType="SWAP")).data
    found = next(row for row in history if row["ordId"] == opened["ordId"])
    assert [row["attachAlgoClOrdId"] for row in found["attachAlgoOrds"]] == ["near", "far", "stop"]


async def test_split_conditions_lower_the_stop_loss(futures: House) -> None:
    await bought(
        futures,
        {"tpTriggerPx": "103", "tpOrdPx": "-1", "sz": "0.5"},
        {"tpTriggerPx": "104", "tpOrdPx": "-1", "sz": "1.5"},
        {"slTriggerPx": "95", "slOrdPx": "-1"},
    )
    await leave(futures, BUY, 10_290, 50)
    await trade(futures, QUIET_SWAP, 10_300, 1)
    kinds = {row["tpTriggerPx"]: row["sz"] for row in await open_rows(futures)}
    assert kinds == {"104": "1.5", "": "1.5"}


async def test_ratios_are_prices_once_the_order_is_filled(futures: House) -> None:
    opened = await bought(
        futures, {"tpTriggerRatio": "0.05", "tpOrdPx": "-1", "slTriggerRatio": "0.03", "slOrdPx": "96"}
    )
    (row,) = await open_rows(futures)
    assert (row["tpTriggerPx"], row["slTriggerPx"], row["slOrdPx"], row["ordType"]) == ("105", "97", "96", "oco")
    assert [told["attachAlgoId"] for told in opened["attachAlgoOrds"]] == [row["algoId"]]
    body = order(instId=SWAP, tdMode="cross", px="101", sz="2", side="sell")
    guard = [{"tpTriggerRatio": "-0.05", "tpOrdPx": "-1", "slTriggerRatio": "0.5", "slOrdPx": "-1"}]
    placed = (await futures.trader.post("trade/order", body | {"attachAlgoOrds": guard})).row
    (told,) = (await order_of(futures, placed["ordId"]))["attachAlgoOrds"]
    assert (told["tpTriggerRatio"], told["slTriggerRatio"], told["tpTriggerPx"]) == ("-0.05", "0.5", "")
    changed: list[tuple[dict[str, object], str, dict[str, object]]] = [
        ({"newTpTriggerRatio": "-0.06"}, "0", {"tpTriggerRatio": "-0.06"}),
        ({"newTpTriggerRatio": "0.06"}, "51000", {}),
        ({"newTpTriggerRatio": "-0.06", "newTpTriggerPx": "90"}, "51000", {}),
        ({"newTpTriggerPx": "90"}, "0", {"tpTriggerRatio": "", "tpTriggerPx": "90"}),
        ({"newTpOrdKind": "limit", "newTpOrdPx": "-1"}, "51093", {}),
        (
            {"newTpOrdKind": "limit", "newTpOrdPx": "91"},
            "0",
            {"tpOrdKind": "limit", "tpOrdPx": "91", "tpTriggerPx": ""},
        ),
        ({"newTpOrdPx": "92"}, "0", {"tpOrdKind": "limit", "tpOrdPx": "92"}),
        ({"newTpOrdKind": "condition"}, "50014", {}),
        ({"newTpOrdKind": "sometimes"}, "51000", {}),
        ({"newTpTriggerPx": "93", "newTpOrdPx": "-1"}, "0", {"tpOrdKind": "condition", "tpTriggerPx": "93"}),
        ({"newSlTriggerRatio": "0"}, "0", {"slTriggerRatio": "", "slOrdPx": ""}),
        ({"newSlTriggerPx": "110"}, "50014", {}),
        (
            {"newSlTriggerPx": "110", "newSlOrdPx": "-1", "newSlTriggerPxType": "mark"},
            "0",
            {"slTriggerPx": "110", "slTriggerPxType": "mark"},
        ),
        ({"newSlTriggerPx": "111", "newSlTriggerPxType": "last"}, "51528", {}),
    ]
    for change, code, expected in changed:
        arg = {"instId": SWAP, "ordId": placed["ordId"], "attachAlgoOrds": [change]}
        assert (await futures.trader.post("trade/amend-order", arg)).refusal == code, change
        (told,) = (await order_of(futures, placed["ordId"]))["attachAlgoOrds"]
        assert told | expected == told, change


async def test_a_trailing_stop_comes_with_an_order(futures: House) -> None:
    opened = await bought(futures, {"callbackRatio": "0.02", "activePx": "103", "attachAlgoClOrdId": "trail"})
    (told,) = opened["attachAlgoOrds"]
    assert (told["callbackRatio"], told["activePx"], told["tpOrdKind"], told["slOrdPx"]) == ("0.02", "103", "", "")
    (row,) = await open_rows(futures, "move_order_stop")
    assert (row["algoClOrdId"], row["sz"], row["reduceOnly"], row["moveTriggerPx"]) == ("trail", "2", "true", "")
    body = order(instId=SWAP, tdMode="cross", px="99", sz="2", attachAlgoOrds=[{"callbackSpread": "2"}])
    placed = (await futures.trader.post("trade/order", body)).row
    for change in ({"newCallbackRatio": "0.05"}, {"newActivePx": "110"}):
        arg = {"instId": SWAP, "ordId": placed["ordId"], "attachAlgoOrds": [change]}
        assert (await futures.trader.post("trade/amend-order", arg)).refusal == "0", change
    (told,) = (await order_of(futures, placed["ordId"]))["attachAlgoOrds"]
    assert (told["callbackRatio"], told["callbackSpread"], told["activePx"]) == ("0.05", "", "110")


async def test_a_trigger_order_brings_more(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_000, 1)
    base = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "trigger", "sz": "1", "triggerPx": "101"}
    guards: list[tuple[dict[str, object], dict[str, object]]] = [
        (
            {"tpTriggerRatio": "0.1", "tpOrdPx": "-1", "attachAlgoClOrdId": "ratio"},
            {"tpTriggerRatio": "0.1", "tpTriggerPx": "", "tpOrdPx": "-1", "attachAlgoClOrdId": "ratio"},
        ),
        (
            {"callbackSpread": "3", "activePx": "110", "attachAlgoClOrdId": "trail"},
            {"callbackSpread": "3", "activePx": "110", "callbackRatio": "", "tpOrdPx": ""},
        ),
    ]
    ids = []
    for guard, told in guards:
        placed = await futures.trader.post("trade/order-algo", {**base, "orderPx": "102", "attachAlgoOrds": [guard]})
        assert placed.refusal == "0", placed.raw
        (row,) = (await algo_of(futures, placed.row["algoId"]))["attachAlgoOrds"]
        assert row | told == row
        ids.append(placed.row["algoId"])
    changes: tuple[dict[str, object], ...] = ({"newTpTriggerRatio": "0.2"}, {"newCallbackRatio": "0.05"})
    for algo_id, change in zip(ids, changes, strict=True):
        arg = {"instId": SWAP, "algoId": algo_id, "attachAlgoOrds": [change]}
        assert (await futures.trader.post("trade/amend-algos", arg)).refusal == "0", change
    await leave(futures, SELL, 10_100, 30)
    await trade(futures, QUIET_SWAP, 10_100, 1)
    named = {str(view.terms.client_algo_id): view for view in futures.engine.views.algos(TRADER)}
    assert named.keys() == {"ratio", "trail"}
    assert (named["ratio"].terms.profit_trigger, named["trail"].terms.callback_ppm) == (12_120, 50_000)
    children = (await futures.trader.get("trade/orders-history", instType="SWAP")).data
    assert [row["attachAlgoOrds"][0]["attachAlgoClOrdId"] for row in children if row["source"] == "6"] == [
        "trail",
        "ratio",
    ]


async def test_only_what_closes_can_close_all(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_000, 20)
    whole = {"instId": SWAP, "tdMode": "cross", "ordType": "conditional", "closeFraction": "1", "posSide": "long"}
    body = {**whole, "side": "buy", "slTriggerPx": "110", "slOrdPx": "-1"}
    assert (await futures.trader.post("trade/order-algo", body)).refusal == "51331"
