"""Algo orders over a restart: the house is closed and opened again from its journal, and the wire tells the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core.kinds import Side
from lonja.edge.services import build_services
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.modules.history.api import History, OrderTracker
from lonja.modules.marketdata.api import MarketData
from tests.edge.contract_trading import leave, trade
from tests.edge.house import (
    QUIET_SWAP,
    UNLIMITED,
    House,
    lending_house,
    open_house,
    order,
    price_house,
    statistics_house,
)

QUIET, SWAP = "QUIET-USDT", "QUIET-USDT-SWAP"
STOP: dict[str, object] = {
    "instId": QUIET,
    "tdMode": "cash",
    "side": "sell",
    "ordType": "conditional",
    "sz": "1",
    "slOrdPx": "-1",
}
TRAILING: dict[str, object] = {
    "instId": QUIET,
    "tdMode": "cash",
    "side": "sell",
    "ordType": "move_order_stop",
    "sz": "1",
}
ICEBERG: dict[str, object] = {
    "instId": QUIET, "tdMode": "cash", "side": "buy", "ordType": "iceberg", "sz": "0.3", "szLimit": "0.1", "pxLimit": "95",
    "pxSpread": "1",
}  # fmt: skip
KINDS = ("conditional", "move_order_stop", "iceberg", "oco")


@asynccontextmanager
async def opened_again(folder: Path, before: House) -> AsyncIterator[House]:
    """The house that ``before`` was, with all that it kept: the journal and its histories."""
    journal, snapshots = MemoryJournal(), MemorySnapshots()
    for row in before.journal.rows():
        journal.append(row)
    engine = Sequencer(recover(journal, snapshots), journal=journal, clock=before.clock, snapshots=snapshots)
    history = History(f"sqlite:///{folder}/history.db")
    market_data, orders = MarketData(engine.views, engine.now_ms, history), OrderTracker(engine.views)
    market_data.prime()
    orders.prime(history.orders_to_adopt(), history.algos_to_adopt())
    history.start()
    for subscriber in (market_data.on_batch, orders.on_batch, history.on_batch):
        engine.subscribe(subscriber)
    conductor, records = price_house(engine, folder)
    lender, statistics = lending_house(engine, folder, conductor), statistics_house(engine, folder)
    services = build_services(
        engine=engine,
        market_data=market_data,
        orders=orders,
        history=history,
        identity=before.keys.identity,
        conductor=conductor,
        price_records=records,
        lender=lender,
        statistics=statistics,
        settings=UNLIMITED,
    )
    try:
        yield House(engine, before.clock, services, journal, before.keys)
    finally:
        await engine.stop()
        history.close()
        records.close()
        lender.records.close()
        statistics.close()


async def pending(house: House) -> list[Any]:
    return [row for kind in KINDS for row in (await house.trader.get("trade/orders-algo-pending", ordType=kind)).data]


async def place(house: House, body: dict[str, object]) -> None:
    reply = await house.trader.post("trade/order-algo", body)
    assert reply.code == "0", reply.raw


async def test_algo_orders_stay_what_they_are(tmp_path: Path) -> None:
    async with open_house(tmp_path) as first:
        await first.trader.place(px="100", sz="0.1")
        await first.other.place(side="sell", px="100", sz="0.1")
        await first.other.place(px="89", sz="50")
        await place(first, STOP | {"slTriggerPx": "90", "algoClOrdId": "stop"})
        await place(first, TRAILING | {"callbackRatio": "0.5"})
        await place(first, ICEBERG)
        await first.other.place(side="sell", px="95", sz="0.1")
        guard = {"tpTriggerPx": "120", "tpOrdPx": "-1", "slTriggerPx": "70", "slOrdPx": "-1"}
        assert (await first.trader.place(px="80", sz="0.5", attachAlgoOrds=[guard])).code == "0"
        before, orders = await pending(first), (await first.trader.get("trade/orders-pending")).data
    assert [row["ordType"] for row in before] == ["conditional", "move_order_stop", "iceberg"]
    assert (before[2]["state"], before[2]["actualSz"]) == ("partially_effective", "0.1")

    async with opened_again(tmp_path, first) as second:
        assert await pending(second) == before
        assert (await second.trader.get("trade/orders-pending")).data == orders
        assert (await second.trader.get("trade/order-algo", algoClOrdId="stop")).row == _alone(before[0])
        # They go on where they were: the stop fires, the attached pair goes live, the iceberg has its next part.
        assert (await second.trader.place(side="sell", ordType="market", px=None, sz="0.1")).code == "0"
        await second.other.place(side="sell", px="80", sz="55")
        stop = (await second.trader.get("trade/order-algo", algoClOrdId="stop")).row
        assert (stop["state"], stop["actualPx"]) == ("effective", "89")
        child = (await second.trader.get("trade/order", instId=QUIET, ordId=stop["ordId"])).row
        assert (child["source"], child["algoId"]) == ("7", stop["algoId"])
        (oco,) = (await second.trader.get("trade/orders-algo-pending", ordType="oco")).data
        assert (oco["sz"], oco["tpTriggerPx"], oco["slTriggerPx"]) == ("0.5", "120", "70")


def _alone(listed: dict[str, Any]) -> dict[str, Any]:
    """A row of a list as the question for one tells it."""
    more = ("lmtOrderNumber", "aggressiveness", "triggerParams")
    return {name: value for name, value in listed.items() if name not in more}


async def test_a_take_profit_and_its_stop_loss_know_each_other_again(tmp_path: Path) -> None:
    body: dict[str, object] = {
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
    split: list[dict[str, object]] = [
        {"tpTriggerRatio": "0.1", "tpOrdPx": "-1", "sz": "0.5"},
        {"tpTriggerRatio": "0.2", "tpOrdPx": "-1", "sz": "0.5"},
        {"slTriggerRatio": "0.1", "slOrdPx": "-1", "amendPxOnTriggerType": "1"},
    ]
    async with open_house(tmp_path, with_contracts=True) as first:
        await trade(first, QUIET_SWAP, 10_000, 40)
        await place(first, body)
        await leave(first, Side.BUY, 10_300, 5)
        bid = order(instId=SWAP, tdMode="cross", px="95", sz="1", attachAlgoOrds=split)
        assert (await first.trader.post("trade/order", bid)).refusal == "0"
        before, orders = await pending(first), (await first.trader.get("trade/orders-pending")).data
    assert [len(row["attachAlgoOrds"]) for row in orders] == [3, 0]
    assert (before[0]["sz"], orders[1]["linkedAlgoOrd"]) == ("1.5", {"algoId": before[0]["algoId"]})

    async with opened_again(tmp_path, first) as second:
        assert await pending(second) == before
        assert (await second.trader.get("trade/orders-pending")).data == orders
        await leave(second, Side.BUY, 10_300, 5)
        assert (await pending(second))[0]["sz"] == "1"
        await trade(second, QUIET_SWAP, 9_600, 1)
        stop = (await second.trader.get("trade/order-algo", algoId=before[0]["algoId"])).row
        profit = (await second.trader.get("trade/order", instId=SWAP, ordId=orders[1]["ordId"])).row
        assert (stop["state"], stop["actualSide"]) == ("effective", "sl")
        assert (profit["state"], profit["cancelSource"], profit["isTpLimit"]) == ("canceled", "36", "true")
