"""Algo orders by REST: what each type may say, how wrong ones are refused, what becomes of them, and questions."""

import json
from pathlib import Path
from typing import Any

import pytest

from lonja.core.algo_commands import PlaceAlgo
from lonja.core.commands import ListInstrument, SetIndexPrice, SetInstrumentState
from lonja.core.kinds import AlgoKind
from lonja.core.texts import Text32
from lonja.edge.algo_refusals import WORKED_OFF_MAX
from lonja.edge.wire.orders_beside import ALGO_ROW, LISTED_ALGO_ROW
from tests.edge.house import TRADER, House, order

QUIET = "QUIET-USDT"


def stop(**fields: object) -> dict[str, object]:
    """A good stop loss, changed by ``fields``; None takes a field out."""
    good = {"instId": QUIET, "tdMode": "cash", "side": "sell", "ordType": "conditional", "sz": "1"}
    good |= {"slTriggerPx": "90", "slOrdPx": "-1"}
    return {name: value for name, value in (good | fields).items() if value is not None}


def plain(kind: str, **fields: object) -> dict[str, object]:
    """A good order of another type."""
    return stop(**{"slTriggerPx": None, "slOrdPx": None, "ordType": kind, **fields})


def trigger(**fields: object) -> dict[str, object]:
    return plain("trigger", **{"triggerPx": "90", "orderPx": "-1", **fields})


def trailing(**fields: object) -> dict[str, object]:
    return plain("move_order_stop", **{"callbackRatio": "0.05", **fields})


def twap(**fields: object) -> dict[str, object]:
    parts = {"szLimit": "0.1", "pxLimit": "95", "pxVar": "0.01", "timeInterval": "10"}
    return plain("twap", **{**parts, **fields})


def iceberg(**fields: object) -> dict[str, object]:
    return plain("iceberg", **{"szLimit": "0.1", "pxLimit": "105", "pxSpread": "0.5", **fields})


def smart(**fields: object) -> dict[str, object]:
    parts = {"szLimit": "0.1", "lmtOrderNumber": "1", "aggressiveness": "conservative"}
    return plain("smart_iceberg", **{**parts, **fields})


async def traded(house: House) -> House:
    """``house`` whose last price is 100, with bids far below; the trader has no open order."""
    await house.trader.place(px="100", sz="0.1")
    await house.other.place(side="sell", px="100", sz="0.1")
    await house.other.place(px="89", sz="50")
    return house


async def fall(house: House) -> None:
    """The price falls to 89."""
    assert (await house.trader.place(side="sell", ordType="market", px=None, sz="0.1", tgtCcy="base_ccy")).code == "0"


async def place(house: House, body: dict[str, object]) -> str:
    reply = await house.trader.post("trade/order-algo", body)
    assert (reply.code, reply.row["sCode"]) == ("0", "0"), reply.raw
    return str(reply.row["algoId"])


async def shown(house: House, algo_id: str) -> Any:
    return (await house.trader.get("trade/order-algo", algoId=algo_id)).row


LEGS = {"slTriggerPx": "90", "slOrdPx": "-1", "slTriggerPxType": "last", "tpTriggerPx": "", "tpOrdPx": ""}
ACCEPTED: list[tuple[dict[str, object], dict[str, object]]] = [
    # what is asked for, what it is then
    (stop(), {**LEGS, "ordType": "conditional", "state": "live", "sz": "1", "tgtCcy": "base_ccy", "tdMode": "cash"}),
    (stop(side="buy", slTriggerPx="110"), {"sz": "1", "tgtCcy": "quote_ccy", "slTriggerPx": "110"}),
    (stop(side="buy", slTriggerPx="110", tgtCcy="base_ccy"), {"tgtCcy": "base_ccy"}),
    (stop(slOrdPx="89.5", slTriggerPxType="index"), {"slOrdPx": "89.5", "slTriggerPxType": "index", "tgtCcy": ""}),
    (stop(clOrdId="ccxt1", tag="bot"), {"algoClOrdId": "ccxt1", "clOrdId": "", "tag": "bot", "reduceOnly": "false"}),
    (stop(algoClOrdId="mine", clOrdId="other"), {"algoClOrdId": "mine"}),
    (stop(tpTriggerPx="110", tpOrdPx="111"), {"ordType": "conditional", "tpTriggerPx": "110", "tpOrdPx": "111"}),
    (stop(ordType="oco", tpTriggerPx="110", tpOrdPx="-1"), {**LEGS, "ordType": "oco", "tpTriggerPx": "110", "tpOrdPx": "-1"}),
    (trigger(), {"triggerPx": "90", "ordPx": "-1", "triggerPxType": "last", "attachAlgoOrds": [], "slTriggerPx": ""}),
    (trigger(orderPx="91", triggerPxType="index"), {"ordPx": "91", "triggerPxType": "index", "tgtCcy": ""}),
    (trigger(orderPx="91", advanceOrdType="fok"), {"advanceOrdType": "fok", "ordPx": "91"}),
    (stop(tradeQuoteCcy="USDT"), {"tradeQuoteCcy": "USDT"}),
    (trailing(), {"callbackRatio": "0.05", "callbackSpread": "", "activePx": "", "moveTriggerPx": "95"}),
    (trailing(callbackRatio=None, callbackSpread="2", activePx="110"), {"callbackSpread": "2", "activePx": "110", "moveTriggerPx": ""}),
    (trailing(side="buy", callbackRatio=None, callbackSpread="2"), {"moveTriggerPx": "102", "tgtCcy": "quote_ccy"}),
    (trailing(side="buy"), {"moveTriggerPx": "105"}),
    (twap(), {"szLimit": "0.1", "pxLimit": "95", "pxVar": "0.01", "pxSpread": "", "timeInterval": "10", "ordType": "twap"}),
    (twap(pxVar=None, pxSpread="0"), {"pxVar": "", "pxSpread": ""}),
    (iceberg(), {"ordType": "iceberg", "pxSpread": "0.5", "pxVar": "", "timeInterval": "", "szLimit": "0.1"}),
    (smart(), {"ordType": "smart_iceberg", "pxLimit": "", "pxVar": "", "pxSpread": ""}),
    (smart(pxLimit="105", triggerParams=[]), {"ordType": "smart_iceberg", "pxLimit": "105"}),
]  # fmt: skip


def demanded(shared_folder: Path, struct: str) -> set[str]:
    """The keys without which a strict client rejects the whole message."""
    path = shared_folder / "fixtures/okx-v5/derived/nautilus-required-fields.json"
    return set(json.loads(path.read_text())["structs"][struct]["required"])


async def test_accepted(rest: House, shared_folder: Path) -> None:
    await traded(rest)
    required = demanded(shared_folder, "OKXOrderAlgo")
    for body, told in ACCEPTED:
        algo_id = await place(rest, body)
        row = await shown(rest, algo_id)
        assert row | told == row, (body, row)
        assert (row["algoId"], row["instId"], row["instType"], row["posSide"]) == (algo_id, QUIET, "SPOT", "net")
        assert set(row) == set(ALGO_ROW) >= required
        assert (await rest.trader.post("trade/cancel-algos", [{"instId": QUIET, "algoId": algo_id}])).code == "0"
        assert (await shown(rest, algo_id))["state"] == "canceled"
    assert (await rest.trader.get("trade/orders-pending")).data == []


REFUSED: list[tuple[dict[str, object], str]] = [
    (stop(instId="NONE"), "51001"),
    (stop(side=None), "50014"),
    (stop(tdMode="cross"), "51010"),
    (stop(tdMode="spot"), "51000"),
    (stop(side="long"), "51000"),
    (stop(ordType="limit"), "51000"),
    (stop(reduceOnly=True), "51139"),
    (stop(closeFraction="1", sz=None), "51327"),
    (stop(triggerPx="1"), "51000"),
    (stop(slTriggerPx=None), "50014"),
    (stop(slTriggerPx=None, slOrdPx=None), "50015"),
    (stop(ordType="oco"), "51000"),
    (stop(sz=None), "50015"),
    (stop(sz="0.0001"), "51020"),
    (stop(sz="1.0005"), "51121"),
    (stop(tgtCcy="usd"), "51000"),
    (stop(algoClOrdId="a-b"), "51000"),
    (stop(slTriggerPxType="mark"), "51000"),
    (stop(tpTriggerPx="110", tpOrdPx="111", tpOrdKind="limit"), "51094"),
    (stop(slTriggerPx="100"), "51280"),
    (stop(slTriggerPx="100", slTriggerPxType="index"), "51308"),
    (stop(slTriggerPx="101", side="buy"), "0"),
    (stop(slTriggerPx="99", side="buy"), "51278"),
    (stop(slTriggerPx=None, slOrdPx=None, tpTriggerPx="99", tpOrdPx="-1"), "51279"),
    (stop(slTriggerPx=None, slOrdPx=None, tpTriggerPx="101", tpOrdPx="-1", side="buy"), "51277"),
    (stop(ordType="oco", tpTriggerPx="110", tpOrdPx="-1", slTriggerPx="101"), "51280"),
    (trigger(triggerPx=None), "50014"),
    (trigger(orderPx=None), "50014"),
    (trigger(triggerPx="100"), "51000"),
    (trigger(advanceOrdType="ioc"), "51000"),
    (trigger(advanceOrdType="gtc", orderPx="91"), "51000"),
    (stop(advanceOrdType="ioc"), "51000"),
    (stop(tradeQuoteCcy="EUR"), "51000"),
    (trigger(side="buy", attachAlgoOrds=[{"tpOrdPx": "-1", "tpTriggerRatio": "0.1"}]), "51000"),
    (trigger(side="buy", attachAlgoOrds=[{"callbackRatio": "0.1", "slOrdPx": "-1"}]), "51000"),
    (trigger(slTriggerPx="80", slOrdPx="-1"), "51000"),
    (trigger(attachAlgoOrds=[{"tpOrdPx": "-1"}]), "50014"),
    (trigger(side="buy", attachAlgoOrds=[{"tpOrdPx": "-1", "tpTriggerPx": "89"}]), "51046"),
    (trigger(side="buy", attachAlgoOrds=[{"slOrdPx": "-1", "slTriggerPx": "80", "attachAlgoClOrdId": "a-b"}]), "51000"),
    (trigger(side="buy", attachAlgoOrds=[{"slOrdPx": "-1", "slTriggerPx": "80", "sz": "1"}]), "51000"),
    (trailing(callbackRatio=None), "50015"),
    (trailing(callbackSpread="1"), "51000"),
    (trailing(callbackRatio="1"), "51257"),
    (trailing(callbackRatio="0.0000001"), "51257"),
    (trailing(activePx="99"), "51258"),
    (trailing(activePx="101", side="buy"), "51259"),
    (twap(szLimit=None), "50014"),
    (twap(pxVar=None), "50015"),
    (twap(pxSpread="1"), "51000"),
    (twap(pxVar="0.02"), "51270"),
    (twap(pxVar="0"), "51270"),
    (twap(szLimit="2"), "51274"),
    (twap(timeInterval="0"), "51269"),
    (twap(timeInterval="86401"), "51269"),
    (twap(timeInterval="1.5"), "51000"),
    (iceberg(pxVar="0.02", pxSpread=None), "51272"),
    (iceberg(szLimit="2"), "51255"),
    (iceberg(sz="100"), "51255"),
    (smart(aggressiveness="radical"), "50062"),
    (smart(lmtOrderNumber="5"), "50062"),
    (smart(triggerParams=[{"triggerAction": "start", "triggerStrategy": "rsi"}]), "50062"),
    (plain("chase"), "51000"),
]


async def test_refused_and_nothing_is_there(rest: House) -> None:
    await traded(rest)
    before = rest.balances()
    for body, code in REFUSED:
        reply = await rest.trader.post("trade/order-algo", body)
        assert reply.refusal == code, (body, reply.raw)
        if code == "0":
            await rest.trader.post("trade/cancel-algos", [{"instId": QUIET, "algoId": reply.row["algoId"]}])
    assert rest.balances() == before
    assert rest.engine.views.algos(TRADER) == []


async def test_a_refusal_repeats_what_the_client_named_it(rest: House) -> None:
    await traded(rest)
    reply = await rest.trader.post("trade/order-algo", stop(slTriggerPx="100", algoClOrdId="mine", tag="t"))
    assert (reply.code, reply.json["msg"]) == ("1", "All operations failed")
    assert reply.row == {
        "algoId": "",
        "clOrdId": "",
        "algoClOrdId": "mine",
        "sCode": "51280",
        "sMsg": "The stop loss trigger can not be above the last price",
        "tag": "t",
    }


async def test_what_the_core_refuses(rest: House) -> None:
    await traded(rest)
    await place(rest, stop(algoClOrdId="mine"))
    assert (await rest.trader.post("trade/order-algo", stop(algoClOrdId="mine"))).refusal == "51065"
    await rest.engine.submit_many([SetInstrumentState(instrument=0, state=1)])
    assert (await rest.trader.post("trade/order-algo", stop())).refusal == "51022"


@pytest.mark.parametrize(
    ("body", "most", "code"),
    [
        (stop(), 100, "51261"),
        (trailing(), 50, "51260"),
        (twap(), 20, "51263"),
    ],
)
async def test_only_so_many_may_be_open(rest: House, body: dict[str, object], most: int, code: str) -> None:
    await traded(rest)
    for _ in range(most):
        await place(rest, body)
    reply = await rest.trader.post("trade/order-algo", body)
    assert (reply.refusal, str(most) in reply.row["sMsg"]) == (code, True)


async def test_the_life_of_a_stop_loss(rest: House) -> None:
    await traded(rest)
    algo_id = await place(rest, stop(algoClOrdId="mine"))
    live = (await rest.trader.get("trade/order-algo", algoClOrdId="mine")).row
    assert (live["algoId"], live["state"], live["actualSz"], live["actualPx"]) == (algo_id, "live", "0", "")
    assert (live["ordId"], live["ordIdList"], live["triggerTime"], live["failCode"]) == ("", [], "", "")
    assert (live["last"], live["cTime"], live["linkedOrd"]) == ("100", str(rest.clock.now_ms()), {"ordId": ""})
    await fall(rest)
    row = await shown(rest, algo_id)
    assert (row["state"], row["actualSide"], row["actualSz"], row["actualPx"]) == ("effective", "sl", "1", "89")
    assert (row["triggerTime"], row["ordIdList"]) == (str(rest.clock.now_ms()), [row["ordId"]])
    child = (await rest.trader.get("trade/order", instId=QUIET, ordId=row["ordId"])).row
    assert (child["state"], child["source"], child["algoId"], child["accFillSz"]) == ("filled", "7", algo_id, "1")
    assert child["algoClOrdId"] == "mine"
    ended_orders = (await rest.trader.get("trade/orders-history", instType="SPOT")).data
    assert [row["algoClOrdId"] for row in ended_orders if row["ordId"] == child["ordId"]] == ["mine"]
    assert (await rest.trader.get("trade/orders-algo-pending", ordType="conditional")).data == []
    (ended,) = (await rest.trader.get("trade/orders-algo-history", ordType="conditional", state="effective")).data
    assert {name: ended[name] for name in row} == row
    assert set(ended) == set(LISTED_ALGO_ROW)


async def test_an_order_that_can_not_be_placed_tells_why(rest: House) -> None:
    await traded(rest)
    algo_id = await place(rest, trigger(side="buy", orderPx="105", sz="10000"))
    await fall(rest)
    row = await shown(rest, algo_id)
    assert (row["state"], row["failCode"], row["ordId"], row["actualSz"]) == ("order_failed", "51008", "", "0")
    found = await rest.trader.get("trade/orders-algo-history", ordType="trigger", state="order_failed")
    assert [ended["algoId"] for ended in found.data] == [algo_id]


async def test_a_time_weighted_order_pauses_beyond_its_limit(rest: House) -> None:
    await traded(rest)
    paused = await place(rest, twap(pxLimit="95"))
    assert (await shown(rest, paused))["state"] == "pause"
    going = await place(rest, twap(pxLimit="88"))
    assert (await shown(rest, going))["state"] == "partially_effective"
    await rest.engine.submit(SetInstrumentState(instrument=0, state=1))
    assert (await shown(rest, going))["state"] == "pause"
    await rest.trader.post("trade/cancel-algos", [{"instId": QUIET, "algoId": going}])
    assert (await shown(rest, going))["state"] == "canceled"


async def test_slices_add_up(rest: House) -> None:
    await traded(rest)
    algo_id = await place(rest, iceberg(side="buy", sz="0.3", pxLimit="99"))
    assert (await rest.trader.get("trade/orders-pending")).row["source"] == "13"
    await rest.other.place(side="sell", px="99", sz="0.1")
    row = await shown(rest, algo_id)
    assert (row["state"], row["actualSz"], row["actualPx"], len(row["ordIdList"])) == (
        "partially_effective", "0.1", "99", 2,
    )  # fmt: skip
    assert row["ordId"] == row["ordIdList"][-1]


async def test_a_trigger_brings_a_guard_of_its_own(rest: House) -> None:
    await traded(rest)
    guard = {"slTriggerPx": "80", "slOrdPx": "-1", "tpTriggerPx": "120", "tpOrdPx": "119"}
    algo_id = await place(rest, trigger(side="buy", orderPx="99", sz="0.5", attachAlgoOrds=[guard]))
    (row,) = (await shown(rest, algo_id))["attachAlgoOrds"]
    assert (row["slTriggerPx"], row["tpOrdPx"], row["slTriggerPxType"], row["attachAlgoClOrdId"]) == (
        "80", "119", "last", "",
    )  # fmt: skip
    await fall(rest)
    assert (await rest.trader.get("trade/orders-algo-pending", ordType="oco")).data == []
    await rest.other.place(side="sell", px="99", sz="0.5")
    (oco,) = (await rest.trader.get("trade/orders-algo-pending", ordType="oco")).data
    assert (oco["sz"], oco["side"], oco["slTriggerPx"], oco["tpOrdPx"]) == ("0.5", "sell", "80", "119")


async def test_attached_ones_wait_for_their_order(rest: House) -> None:
    await traded(rest)
    guard = [{"slTriggerPx": "80", "slOrdPx": "-1", "attachAlgoClOrdId": "guard"}]
    placed = await rest.trader.place(px="99", sz="0.5", attachAlgoOrds=guard)
    assert placed.row["sCode"] == "0", placed.raw
    pending = ("trade/orders-algo-pending", {"ordType": "conditional,oco"})
    assert (await rest.trader.get(pending[0], **pending[1])).data == []
    assert (await rest.trader.get("trade/order-algo", algoClOrdId="guard")).code == "51603"
    (told,) = (await rest.trader.get("trade/orders-pending")).row["attachAlgoOrds"]
    assert (told["attachAlgoClOrdId"], told["slTriggerPx"], told["slOrdPx"], told["tpTriggerPx"]) == (
        "guard", "80", "-1", "",
    )  # fmt: skip
    assert (await rest.trader.get("trade/order", instId=QUIET, ordId=placed.row["ordId"])).row["attachAlgoOrds"] == [
        told
    ]
    await rest.other.place(side="sell", px="99", sz="0.5")
    (row,) = (await rest.trader.get(pending[0], **pending[1])).data
    assert (row["algoClOrdId"], row["sz"], row["state"], row["slTriggerPx"]) == ("guard", "0.5", "live", "80")


async def test_no_order_is_placed_without_what_was_to_protect_it(rest: House) -> None:
    await traded(rest)
    guard = {"slTriggerPx": "80", "slOrdPx": "-1", "attachAlgoClOrdId": "guard"}
    asked = order(px="99", attachAlgoOrds=[guard])
    reply = await rest.trader.post("trade/batch-orders", [asked, asked])
    assert [row["sCode"] for row in reply.data] == ["0", "51065"]
    assert len((await rest.trader.get("trade/orders-pending")).data) == 1


@pytest.mark.parametrize(
    ("side", "guard", "code"),
    [
        ("buy", {"tpTriggerPx": "101", "tpOrdPx": "-1"}, "51050"),
        ("buy", {"slTriggerPx": "101", "slOrdPx": "-1"}, "51051"),
        ("sell", {"tpTriggerPx": "89", "tpOrdPx": "-1"}, "51052"),
        ("sell", {"slTriggerPx": "89", "slOrdPx": "-1"}, "51053"),
        ("buy", {"tpTriggerPx": "102", "tpOrdPx": "-1", "slTriggerPx": "95", "slOrdPx": "-1"}, "0"),
    ],
)
async def test_what_comes_with_a_market_order_lies_beyond_the_best_price(
    rest: House, side: str, guard: dict[str, str], code: str
) -> None:
    await traded(rest)
    await rest.other.place(side="sell", px="101")
    body = order(side=side, ordType="market", px=None, sz="0.1", tgtCcy="base_ccy", attachAlgoOrds=[guard])
    assert (await rest.trader.post("trade/order", body)).refusal == code


AMENDED: list[tuple[dict[str, object], dict[str, object], dict[str, object]]] = [
    # what there is, how it is amended, what it is then
    (stop(), {"newSlTriggerPx": "91"}, {"slTriggerPx": "91", "slOrdPx": "-1"}),
    (stop(), {"newSlOrdPx": "88", "newSlTriggerPxType": "last", "newSz": "2"}, {"slOrdPx": "88", "sz": "2"}),
    (stop(slOrdPx="88"), {"newSlTriggerPx": "89", "newSlOrdPx": "-1"}, {"slTriggerPx": "89", "slOrdPx": "-1"}),
    (
        stop(ordType="oco", tpTriggerPx="110", tpOrdPx="-1"),
        {"newTpTriggerPx": "0"},
        {"ordType": "conditional", "tpTriggerPx": "", "slTriggerPx": "90"},
    ),
    (
        stop(ordType="oco", tpTriggerPx="110", tpOrdPx="-1"),
        {"newSlOrdPx": "0", "newTpOrdPx": "109"},
        {"ordType": "conditional", "tpTriggerPx": "110", "tpOrdPx": "109", "slTriggerPx": ""},
    ),
    (trigger(), {"newTriggerPx": "110", "newOrdPx": "111", "newTriggerPxType": "last"}, {"triggerPx": "110", "ordPx": "111"}),
    (stop(side="buy", slTriggerPx="110"), {"newSz": "7.5"}, {"sz": "7.5", "tgtCcy": "quote_ccy"}),
    (trailing(), {"newSz": "2"}, {"sz": "2", "callbackRatio": "0.05"}),
    (trailing(), {"newCallbackSpread": "3"}, {"callbackSpread": "3", "callbackRatio": ""}),
    (trigger(), {"newTriggerPxType": "index", "newTriggerPx": "91"}, {"triggerPxType": "index", "triggerPx": "91"}),
]  # fmt: skip


async def test_amended(rest: House) -> None:
    await traded(rest)
    for body, change, told in AMENDED:
        algo_id = await place(rest, body | {"algoClOrdId": "mine"})
        reply = await rest.trader.post(
            "trade/amend-algos", {"instId": QUIET, "algoId": algo_id, "reqId": "r", **change}
        )
        assert reply.row == {"algoId": algo_id, "algoClOrdId": "mine", "reqId": "r", "sCode": "0", "sMsg": ""}, change
        row = await shown(rest, algo_id)
        assert row | told == row, (change, row)
        await rest.trader.post("trade/cancel-algos", [{"instId": QUIET, "algoId": algo_id}])
    guard = [{"newSlTriggerPx": "80", "newSlOrdPx": "-1"}]
    algo_id = await place(rest, trigger(side="buy", tgtCcy="base_ccy"))
    reply = await rest.trader.post("trade/amend-algos", {"instId": QUIET, "algoId": algo_id, "attachAlgoOrds": guard})
    assert reply.row["sCode"] == "0"
    assert (await shown(rest, algo_id))["attachAlgoOrds"][0]["slTriggerPx"] == "80"


NOT_AMENDED: list[tuple[dict[str, object], dict[str, object], str]] = [
    (stop(), {}, "51500"),
    (stop(), {"newSlTriggerPx": "90"}, "51500"),
    (stop(), {"newSlTriggerPx": "100"}, "51280"),
    (stop(), {"newSlTriggerPx": "0"}, "51531"),
    (stop(), {"newTpTriggerPx": "110", "newTpOrdPx": "-1"}, "51526"),
    (stop(), {"newTpTriggerPx": "0", "newSz": "0.0001"}, "51020"),
    (stop(), {"newSlTriggerPx": "91", "newSlTriggerPxType": "index"}, "51528"),
    (stop(), {"newSlTriggerPx": "91", "newSlTriggerPxType": "best"}, "51000"),
    (stop(), {"newSlTriggerPx": "90.001"}, "51000"),
    (stop(), {"newTriggerPx": "91"}, "51000"),
    (trigger(), {"newSlTriggerPx": "91"}, "51000"),
    (trigger(), {"attachAlgoOrds": [{"newSlTriggerPx": "80"}]}, "50014"),
    (trigger(), {"attachAlgoOrds": [{}, {}]}, "51000"),
    (trigger(), {"attachAlgoOrds": [{"newSlTriggerRatio": "0.1", "newSlOrdPx": "-1"}]}, "51000"),
    (trigger(), {"attachAlgoOrds": [{"newCallbackRatio": "0.1"}]}, "51526"),
    (trigger(), {"newCallbackRatio": "0.1"}, "51000"),
    (trailing(), {"newCallbackRatio": "0.1", "newCallbackSpread": "1"}, "51000"),
    (trailing(), {"newActivePx": "120"}, "51506"),
    (twap(), {"newSz": "2"}, "51506"),
    (smart(), {"newSz": "2"}, "51506"),
    (smart(), {"newTriggerPx": "91"}, "51506"),
]


async def test_not_amended(rest: House) -> None:
    await traded(rest)
    for body, change, code in NOT_AMENDED:
        algo_id = await place(rest, body)
        before = rest.engine.views.algos(TRADER)
        reply = await rest.trader.post("trade/amend-algos", {"instId": QUIET, "algoId": algo_id, **change})
        assert reply.refusal == code, (change, reply.raw)
        assert rest.engine.views.algos(TRADER) == before
        await rest.trader.post("trade/cancel-algos", [{"instId": QUIET, "algoId": algo_id}])


async def test_an_amendment_that_fails_may_cancel(rest: House) -> None:
    await traded(rest)
    algo_id = await place(rest, stop())
    body = {"instId": QUIET, "algoId": algo_id, "newSlTriggerPx": "100", "cxlOnFail": True}
    assert (await rest.trader.post("trade/amend-algos", body)).refusal == "51280"
    assert (await shown(rest, algo_id))["state"] == "canceled"


MISSING: list[tuple[str, Any, str]] = [
    ("amend-algos", {"instId": QUIET, "newSz": "1"}, "50015"),
    ("amend-algos", {"instId": "NONE", "algoId": "1", "newSz": "1"}, "51001"),
    ("amend-algos", {"instId": QUIET, "algoId": "1", "newSz": "1"}, "51503"),
    ("amend-algos", {"instId": QUIET, "algoClOrdId": "mine", "newSz": "1"}, "51503"),
    ("cancel-algos", [], "51406"),
    ("cancel-algos", [{"instId": QUIET, "algoId": "1"}] * 11, "51406"),
    ("cancel-algos", [{"algoId": "1"}], "50014"),
    ("cancel-algos", [{"instId": "NONE", "algoId": "1"}], "51001"),
    ("cancel-algos", [{"instId": QUIET}], "50015"),
    ("cancel-algos", [{"instId": QUIET, "algoId": "1"}], "51400"),
    ("cancel-algos", {"instId": QUIET, "algoClOrdId": "mine"}, "51400"),
    ("cancel-algos", [{"instId": QUIET, "algoId": "x"}], "51000"),
    ("cancel-algos", ["1"], "50002"),
    ("cancel-advance-algos", [{"instId": QUIET, "algoId": "1"}], "51400"),
]


async def test_what_is_not_there_is_neither_amended_nor_canceled(rest: House) -> None:
    for path, body, code in MISSING:
        reply = await rest.trader.post(f"trade/{path}", body)
        assert reply.refusal == code, (path, body, reply.raw)


async def test_several_are_canceled_each_with_its_own_answer(rest: House) -> None:
    await traded(rest)
    first, second = await place(rest, stop(algoClOrdId="a", tag="t")), await place(rest, twap())
    asked = [
        {"instId": QUIET, "algoClOrdId": "a"},
        {"instId": QUIET, "algoId": "7"},
        {"instId": QUIET, "algoId": second},
    ]
    reply = await rest.trader.post("trade/cancel-advance-algos", asked)
    assert (reply.code, reply.json["msg"]) == ("2", "Bulk operation partially succeeded")
    assert [(row["algoId"], row["algoClOrdId"], row["sCode"], row["tag"]) for row in reply.data] == [
        (first, "a", "0", "t"),
        ("7", "", "51400", ""),
        (second, "", "0", ""),
    ]
    assert rest.engine.views.algos(TRADER) == []


async def test_nobody_reaches_another_ones(rest: House) -> None:
    await traded(rest)
    algo_id = await place(rest, stop(algoClOrdId="mine"))
    body = {"instId": QUIET, "algoId": algo_id}
    assert (await rest.other.post("trade/cancel-algos", [body])).refusal == "51400"
    assert (await rest.other.post("trade/amend-algos", {**body, "newSz": "2"})).refusal == "51503"
    assert (await rest.other.get("trade/order-algo", algoId=algo_id)).code == "51603"
    assert (await rest.other.get("trade/order-algo", algoClOrdId="mine")).code == "51603"
    assert (await rest.other.get("trade/orders-algo-pending", ordType="conditional")).data == []
    assert (await rest.trader.post("trade/cancel-algos", [body | {"instId": "BTC-USDT"}])).refusal == "51400"


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("order-algo", {}, "50015"),
        ("order-algo", {"algoClOrdId": "mine"}, "51603"),
        ("order-algo", {"algoId": "x"}, "51000"),
        ("orders-algo-pending", {}, "50014"),
        ("orders-algo-pending", {"ordType": "limit"}, "51000"),
        ("orders-algo-pending", {"ordType": "trigger,oco"}, "51000"),
        ("orders-algo-pending", {"ordType": "conditional,oco"}, "0"),
        ("orders-algo-pending", {"ordType": "trigger", "limit": "0"}, "51000"),
        ("orders-algo-pending", {"ordType": "trigger", "instType": "SPOT", "limit": "100"}, "0"),
        ("orders-algo-history", {"ordType": "trigger"}, "50015"),
        ("orders-algo-history", {"ordType": "trigger", "state": "live"}, "51000"),
        ("orders-algo-history", {"ordType": "trigger", "state": "effective"}, "0"),
        ("orders-algo-history", {"ordType": "trigger", "algoId": "1", "after": "2"}, "0"),
    ],
)
async def test_questions(rest: House, path: str, params: dict[str, str], code: str) -> None:
    reply = await rest.trader.get(f"trade/{path}", **params)
    assert (reply.code, reply.data) == (code, [])


async def test_lists_are_filtered_and_paged(rest: House) -> None:
    await traded(rest)
    ids = [await place(rest, stop()) for _ in range(3)] + [await place(rest, trigger()), await place(rest, smart())]

    async def listed(path: str = "pending", **params: object) -> list[str]:
        reply = await rest.trader.get(f"trade/orders-algo-{path}", **{"ordType": "conditional", **params})
        assert reply.code == "0", reply.raw
        assert all(set(row) == set(LISTED_ALGO_ROW) for row in reply.data)
        return [row["algoId"] for row in reply.data]

    assert await listed() == ids[2::-1]
    assert await listed(ordType="trigger") == [ids[3]]
    assert await listed(ordType="iceberg") == [ids[4]]
    assert await listed(ordType="conditional,oco", instType="SPOT", instId=QUIET, limit=2) == [ids[2], ids[1]]
    assert (await listed(after=ids[1]), await listed(before=ids[1]), await listed(algoId=ids[1])) == (
        [ids[0]], [ids[2]], [ids[1]],
    )  # fmt: skip
    assert (await listed(instType="SWAP"), await listed(instId="BTC-USDT")) == ([], [])
    await rest.trader.post("trade/cancel-algos", [{"instId": QUIET, "algoId": algo_id} for algo_id in ids])
    assert await listed("history", state="canceled") == ids[2::-1]
    assert await listed("history", algoId=ids[0], state="canceled") == [ids[0]]
    assert (await listed("history", state="effective"), await listed("history", state="canceled", instType="SWAP")) == (
        [],
        [],
    )
    assert await listed("history", state="canceled", after=ids[2], limit=1, instId=QUIET) == [ids[1]]


async def test_an_account_has_so_many_that_place_orders_by_themselves(rest: House) -> None:
    await traded(rest)
    names = [Text32(f"MORE-{number}") for number in range(WORKED_OFF_MAX // 20)]
    known = {"base": 1, "quote": 0, "settle": 0, "price_scale": 2, "size_scale": 3}
    listed = [await rest.engine.submit(ListInstrument(instrument_id=name, **known)) for name in names]
    for outcome in listed:
        assert outcome.rejection == 0
        await rest.engine.submit(SetIndexPrice(instrument=outcome.id, price=100))
        part = PlaceAlgo(account=TRADER, instrument=outcome.id, kind=AlgoKind.TWAP, size=10, slice_size=1)
        part = part._replace(price_limit=1, interval_ms=60_000)
        assert {done.rejection for done in await rest.engine.submit_many([part] * 20)} == {0}
    reply = await rest.trader.post("trade/order-algo", twap())
    assert (reply.refusal, "100" in str(reply.row["sMsg"])) == ("51263", True)
    assert (await rest.trader.post("trade/order-algo", smart())).refusal == "0"
