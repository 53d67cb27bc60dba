"""Faults that an order has at once: whichever two, the one that comes first in the documented order is told.

Parameter, instrument, state, mode, size and tick, price limit, name, reduce-only, leverage and tier, balance: so by REST,
in batches and by WebSocket.
"""

from itertools import combinations
from typing import Any, NamedTuple

import pytest

from lonja.core.commands import ConfigureAccount, SetInstrumentState, SetLeverage
from lonja.core.rejections import Rejection
from lonja.edge.orders import run_order_operation
from lonja.edge.session import Session
from tests.edge.house import QUIET_SWAP, TRADER, House, order

SWAP = "QUIET-USDT-SWAP"


class Fault(NamedTuple):
    """What is wrong, the code that tells it, and parameters that make it so."""

    name: str
    code: str
    fields: dict[str, object]


FAULTS: list[Fault] = [
    Fault("parameter", "51000", {"stpMode": "cancel_all"}),
    Fault("instrument", "51001", {"instId": "QUIET-EUR-SWAP"}),
    Fault("state", "51022", {}),
    Fault("mode", "51010", {}),
    Fault("size", "51121", {}),
    Fault("tick", "51000", {}),
    Fault("band", "51137", {}),
    Fault("name", "51016", {"clOrdId": "taken"}),
    Fault("reduce_only", "51169", {"reduceOnly": True}),
    Fault("tier", "51004", {}),
    Fault("balance", "51008", {}),
]
"""In the documented order. What the house has to be like, and sizes and prices, follow from the names."""


def faulty(names: set[str]) -> dict[str, object]:
    """An order with all the faults called ``names``."""
    size = "30000" if "tier" in names else "19000" if "balance" in names else "1"
    price = "200" if "band" in names else "98"
    good: dict[str, object] = {"instId": SWAP, "tdMode": "cross"}
    good |= {"sz": size + ".15" * ("size" in names), "px": price + ".005" * ("tick" in names)}
    for fault in FAULTS:
        good |= fault.fields if fault.name in names else {}
    return order(**good)


async def set_up(house: House, names: set[str]) -> None:
    """Make the house such that orders have the faults that do not lie in them."""
    outcomes = await house.engine.submit_many(
        [
            SetInstrumentState(instrument=QUIET_SWAP, state=int("state" in names)),
            ConfigureAccount(account=TRADER, account_mode=1 if "mode" in names else 2),
        ]
    )
    assert {outcome.rejection for outcome in outcomes} == {Rejection.NONE}


async def told(house: House, arg: dict[str, Any]) -> dict[str, str]:
    """The code that each way in answers to ``arg``."""
    session = Session(TRADER, "1", house.trader.key.key, "127.0.0.1")
    single = await run_order_operation(house.services, session, "order", [arg], None)
    several = await run_order_operation(house.services, session, "batch-orders", [arg, arg], None)
    return {
        "rest": (await house.trader.post("trade/order", arg)).refusal,
        "rest_batch": (await house.trader.post("trade/batch-orders", [arg])).refusal,
        "ws": str(single.data[0]["sCode"]),
        "ws_batch": str(several.data[1]["sCode"]),
    }


@pytest.fixture
async def house(futures: House) -> House:
    """With an open order whose name is taken, and an account that borrows nothing."""
    await futures.index(9_800)
    assert (await futures.trader.place(clOrdId="taken", px="80")).refusal == "0"
    lever = SetLeverage(account=TRADER, instrument=QUIET_SWAP, leverage=100)
    assert (await futures.engine.submit(lever)).rejection == Rejection.NONE
    return futures


async def test_each_fault_alone(house: House) -> None:
    for fault in FAULTS:
        await set_up(house, {fault.name})
        codes = await told(house, faulty({fault.name}))
        assert set(codes.values()) == {fault.code}, (fault, codes)


async def test_of_two_faults_the_first_is_told(house: House) -> None:
    for first, second in combinations(FAULTS, 2):
        names = {first.name, second.name}
        await set_up(house, names)
        codes = await told(house, faulty(names))
        assert set(codes.values()) == {first.code}, (first.name, second.name, codes)
    assert len(house.engine.views.open_orders(TRADER)) == 1


ALGO_FAULTS: list[Fault] = [
    Fault("parameter", "51000", {"posSide": "both"}),
    Fault("instrument", "51001", {"instId": "QUIET-EUR-SWAP"}),
    Fault("state", "51022", {}),
    Fault("mode", "51010", {}),
    Fault("size", "51121", {}),
    Fault("tick", "51000", {}),
    Fault("met", "51280", {}),
    Fault("position", "51058", {}),
    Fault("name", "51065", {"algoClOrdId": "taken"}),
]
"""Of a stop loss, which nothing is held for: a trigger that is met already, no position that it could close whole."""


def faulty_stop(names: set[str]) -> dict[str, object]:
    """A stop loss with all the faults called ``names``."""
    price = "99" if "met" in names else "90"
    good: dict[str, object] = {"instId": SWAP, "tdMode": "cross", "side": "sell", "ordType": "conditional"}
    good |= {"slTriggerPx": price + ".005" * ("tick" in names), "slOrdPx": "-1", "reduceOnly": True}
    good |= {"closeFraction": "1"} if "position" in names else {"sz": "1" + ".15" * ("size" in names)}
    for fault in ALGO_FAULTS:
        good |= fault.fields if fault.name in names else {}
    return good


async def test_algo_orders_are_refused_in_the_same_order(house: House) -> None:
    taken = faulty_stop({"name"}) | {"instId": "QUIET-USDT", "tdMode": "cash", "reduceOnly": False}
    assert (await house.trader.post("trade/order-algo", taken)).refusal == "0"
    for first, second in combinations(ALGO_FAULTS, 2):
        names = {first.name, second.name}
        if names == {"size", "position"}:
            continue  # What closes a whole position has no size.
        await set_up(house, names)
        reply = await house.trader.post("trade/order-algo", faulty_stop(names))
        assert reply.refusal == first.code, (first.name, second.name, reply.raw)
    await set_up(house, set())
    for fault in ALGO_FAULTS:
        await set_up(house, {fault.name})
        assert (await house.trader.post("trade/order-algo", faulty_stop({fault.name}))).refusal == fault.code, fault
    assert len(house.engine.views.algos(TRADER)) == 1
    # What is no number at all is a wrong parameter, whatever else is wrong.
    await set_up(house, {"state"})
    reply = await house.trader.post("trade/order-algo", faulty_stop({"tick"}) | {"sz": "much"})
    assert (reply.refusal, "sz" in reply.row["sMsg"]) == ("51000", True)
