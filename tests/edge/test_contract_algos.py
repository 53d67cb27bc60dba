"""Algo orders for contracts over REST: what they have besides those of spot, and what is refused."""

from lonja.core.commands import SetInstrumentState, SetPositionMode
from tests.edge.house import QUIET_SWAP, TRADER, House, Reply, order
from tests.edge.test_algos import place, plain, shown, stop, trailing, trigger

SWAP = "QUIET-USDT-SWAP"


def on_swap(body: dict[str, object], **fields: object) -> dict[str, object]:
    return {**body, "instId": SWAP, "tdMode": "cross", **fields}


async def long_position(house: House, size: str = "2") -> None:
    """The trader holds contracts, bought at 100 from the other, who bids at 96."""
    body = order(instId=SWAP, tdMode="cross", px="100", sz=size)
    assert (await house.trader.post("trade/order", body)).row["sCode"] == "0"
    assert (await house.other.post("trade/order", {**body, "side": "sell"})).row["sCode"] == "0"
    assert (await house.other.post("trade/order", {**body, "px": "96", "sz": "5"})).row["sCode"] == "0"


CLOSING: dict[str, object] = {"reduceOnly": True, "closeFraction": "1", "sz": None}
OF_CONTRACTS: list[tuple[dict[str, object], dict[str, object]]] = [
    (stop(), {"tdMode": "cross", "posSide": "net", "sz": "1", "lever": "3", "ccy": "USDT", "tgtCcy": "", "reduceOnly": "false"}),
    (stop(reduceOnly=True, slTriggerPxType="mark"), {"reduceOnly": "true", "slTriggerPxType": "mark"}),
    (stop(**CLOSING), {"sz": "", "closeFraction": "1", "reduceOnly": "true"}),
    (plain("chase", maxChaseType="distance", maxChaseVal="2"), {"maxChaseType": "distance", "maxChaseVal": "2", "chaseVal": "0"}),
    (plain("chase", maxChaseType="ratio", maxChaseVal="0.01", chaseVal="0"), {"maxChaseType": "ratio", "maxChaseVal": "0.01"}),
    (plain("chase", chaseVal="0.5"), {"chaseType": "distance", "chaseVal": "0.5"}),
    (plain("chase", chaseVal="0.01", chaseType="ratio"), {"chaseType": "ratio", "chaseVal": "0.01"}),
    (stop(reduceOnly=True, cxlOnClosePos=True), {"reduceOnly": "true", "sz": "1"}),
    (plain("chase", chaseType="distance"), {"maxChaseType": "", "maxChaseVal": "", "chaseType": "distance"}),
    (trigger(triggerPxType="mark", side="buy", attachAlgoOrds=[{"slTriggerPx": "80", "slOrdPx": "-1", "slTriggerPxType": "mark"}]), {"triggerPxType": "mark"}),
]  # fmt: skip


async def test_contracts_have_more(futures: House) -> None:
    await long_position(futures)
    for body, told in OF_CONTRACTS:
        algo_id = await place(futures, {k: v for k, v in on_swap(body).items() if v is not None})
        row = await shown(futures, algo_id)
        assert row | told == row, (body, row)
        assert row["instType"] == "SWAP"
        await futures.trader.post("trade/cancel-algos", [{"instId": SWAP, "algoId": algo_id}])


RESTING: dict[str, object] = {"tpOrdKind": "limit", "ordType": "oco", "reduceOnly": True, "cxlOnClosePos": True}
NOT_OF_CONTRACTS: list[tuple[dict[str, object], str]] = [
    (stop(tdMode="cash"), "51000"),
    (stop(posSide="both"), "51000"),
    (stop(posSide="long"), "51000"),
    (stop(slTriggerPx="100", slTriggerPxType="mark"), "51304"),
    (stop(side="buy", slTriggerPx="100", slTriggerPxType="mark"), "51302"),
    (stop(cxlOnClosePos=True), "51000"),
    (trailing(cxlOnClosePos=True, reduceOnly=True), "51000"),
    (plain("chase", chaseVal="0.001"), "51000"),
    (plain("chase", chaseVal="1", chaseType="ratio"), "51000"),
    (stop(**CLOSING | {"closeFraction": "0.5"}), "51000"),
    (stop(**CLOSING | {"sz": "1"}), "51000"),
    (stop(**CLOSING | {"reduceOnly": False}), "51328"),
    (stop(**CLOSING, slOrdPx="90"), "51330"),
    (stop(**CLOSING, side="buy", slTriggerPx="110"), "51058"),
    (stop(tpOrdPx="111", tpOrdKind="limit", slTriggerPx=None, slOrdPx=None), "51095"),
    (stop(tpOrdPx="111", tpOrdKind="limit", ordType="oco"), "51096"),
    (stop(tpOrdPx="-1", tpOrdKind="limit", ordType="oco"), "51093"),
    (stop(tpOrdPx="100", **RESTING), "51279"),
    (stop(tpOrdPx="101", **RESTING, side="buy", slTriggerPx="110"), "51277"),
    (stop(tpOrdKind="limit", ordType="oco"), "50014"),
    (stop(tpTriggerPx="110", tpOrdPx="111", tpOrdKind="market"), "51000"),
    (stop(**CLOSING, cxlOnClosePos=True, tpOrdPx="111", tpOrdKind="limit", ordType="oco"), "51330"),
    (trigger(tpOrdKind="limit"), "51000"),
    (trigger(attachAlgoOrds=[{"tpOrdKind": "limit", "tpOrdPx": "80"}]), "51000"),
    (trigger(closeFraction="1"), "51000"),
    (plain("chase", chaseType="x"), "51000"),
    (plain("chase", maxChaseType="x", maxChaseVal="1"), "51000"),
    (plain("chase", maxChaseVal="1"), "50014"),
    (plain("chase", maxChaseType="ratio"), "50014"),
    (plain("chase", maxChaseType="ratio", maxChaseVal="2"), "51000"),
]


async def test_refused_of_contracts(futures: House) -> None:
    await long_position(futures)
    for body, code in NOT_OF_CONTRACTS:
        arg = {"instId": SWAP, "tdMode": "cross", **{k: v for k, v in body.items() if k != "instId"}}
        arg["tdMode"] = "cash" if body is NOT_OF_CONTRACTS[0][0] else "cross"
        reply = await futures.trader.post("trade/order-algo", arg)
        assert reply.refusal == code, (body, reply.raw)
    assert futures.engine.views.algos(TRADER) == []


async def test_what_closes_the_whole_position_is_one_and_goes_with_it(futures: House) -> None:
    await long_position(futures)
    body = {k: v for k, v in on_swap(stop(**CLOSING, slTriggerPxType="mark")).items() if v is not None}
    algo_id = await place(futures, body)
    assert (await futures.trader.post("trade/order-algo", body)).refusal == "51088"
    for change, code in (({"newSz": "1"}, "51524"), ({"newSlOrdPx": "80"}, "51523"), ({"newSlTriggerPx": "95"}, "0")):
        reply = await futures.trader.post("trade/amend-algos", {"instId": SWAP, "algoId": algo_id, **change})
        assert reply.refusal == code, reply.raw
    await futures.index(9_400)
    row = await shown(futures, algo_id)
    assert (row["state"], row["actualSz"], row["actualPx"], row["actualSide"]) == ("effective", "2", "96", "sl")
    assert all(position.lots == 0 for position in futures.engine.views.positions(TRADER))


async def test_positions_side_by_side(futures: House) -> None:
    assert (await futures.engine.submit(SetPositionMode(account=TRADER, position_mode=1))).rejection == 0
    body = order(instId=SWAP, tdMode="cross", px="100", sz="2")
    await futures.trader.post("trade/order", {**body, "posSide": "long"})
    await futures.other.post("trade/order", {**body, "side": "sell"})
    assert (await futures.trader.post("trade/order-algo", on_swap(stop()))).refusal == "51000"
    algo_id = await place(futures, on_swap(stop(posSide="long", reduceOnly=True)))
    row = await shown(futures, algo_id)
    assert (row["posSide"], row["reduceOnly"], row["side"]) == ("long", "false", "sell")
    whole = on_swap(stop(posSide="long", closeFraction="1"))
    del whole["sz"]
    assert (await shown(futures, await place(futures, whole)))["closeFraction"] == "1"


async def test_an_expired_or_suspended_contract_takes_none(futures: House) -> None:
    await long_position(futures)
    for state, code in ((1, "51022"), (4, "51027")):
        await futures.engine.submit(SetInstrumentState(instrument=QUIET_SWAP, state=state))
        reply: Reply = await futures.trader.post("trade/order-algo", on_swap(stop()))
        assert reply.refusal == code, reply.raw
