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
