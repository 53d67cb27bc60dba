"""Drives hummingbot's own spot connector through the life of orders: create, status, fill, cancel.

Usage: hummingbot_orders.py SANDBOX_FOLDER

Two connectors, one for each account of the sandbox, trade QUIET-USDT with each other. Prints what they told of it as one
line of JSON.
"""

import asyncio
import json
import os
import runpy
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.okx.okx_exchange import OkxExchange
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.event.event_logger import EventLogger
from hummingbot.core.event.events import (
    BuyOrderCompletedEvent,
    BuyOrderCreatedEvent,
    MarketEvent,
    OrderCancelledEvent,
    SellOrderCompletedEvent,
)

EXAMPLE = Path(__file__).parents[3] / "examples" / "clients" / "hummingbot_hosts.py"
PAIR = "QUIET-USDT"
PATIENCE_S = 30


def connector(keys: dict[str, str]) -> OkxExchange:
    """A connector for one account."""
    return OkxExchange(keys["api_key"], keys["secret_key"], keys["passphrase"], trading_pairs=[PAIR])


async def until(clock: Clock, holds: Callable[[], bool], what: str) -> None:
    """Let the clock run until something holds."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, what
        await clock.run_til(time.time() + 0.2)


async def trade(sandbox: dict[str, list[dict[str, str]]]) -> dict[str, object]:
    """One order that is filled by the other account, one that is canceled."""
    buyer, seller = (connector(keys) for keys in sandbox["accounts"][:2])
    clock = Clock(ClockMode.REALTIME, 0.1)
    with clock:
        for each in (buyer, seller):
            clock.add_iterator(each)
        await until(clock, lambda: buyer.ready and seller.ready, f"not ready: {buyer.status_dict}")

        heard = {each: EventLogger() for each in (buyer, seller)}
        for each, log in heard.items():
            for event in MarketEvent:
                each.add_listener(event, log)

        def order_of(exchange: OkxExchange, name: str) -> InFlightOrder:
            return exchange._order_tracker.all_orders[name]

        async def hears(exchange: OkxExchange, name: str, event: type[Any]) -> None:
            """Wait for what a strategy would hear of an order.

            Its state would not do: when a push that it was canceled overtakes the answer to the request, hummingbot
            tells its strategies so and then has the order pend for good.
            """

            def holds() -> bool:
                return any(isinstance(news, event) and news.order_id == name for news in heard[exchange].event_log)

            await until(clock, holds, f"no {event.__name__}")

        bought = buyer.buy(PAIR, Decimal(2), OrderType.LIMIT, Decimal(100))
        await hears(buyer, bought, BuyOrderCreatedEvent)
        sold = seller.sell(PAIR, Decimal(2), OrderType.LIMIT, Decimal(100))
        await hears(buyer, bought, BuyOrderCompletedEvent)
        await hears(seller, sold, SellOrderCompletedEvent)
        kept = buyer.buy(PAIR, Decimal(1), OrderType.LIMIT_MAKER, Decimal(90))
        await hears(buyer, kept, BuyOrderCreatedEvent)
        status = await buyer._request_order_status(order_of(buyer, kept))
        buyer.cancel(PAIR, kept)
        await hears(buyer, kept, OrderCancelledEvent)
        filled = order_of(buyer, bought)
        told = {
            "status": status.new_state.name,
            "filled": str(filled.executed_amount_base),
            "paid": str(filled.executed_amount_quote),
            "fee": {fee.token: str(fee.amount) for fill in filled.order_fills.values() for fee in fill.fee.flat_fees},
            "balance": str(buyer.get_balance("QUIET")),
        }
    for each in (buyer, seller):
        await each.stop_network()
    return told


def main() -> None:
    """Trade."""
    folder = Path(sys.argv[1])
    os.environ["LONJA_DATA"] = str(folder)
    runpy.run_path(str(EXAMPLE))
    told = asyncio.run(trade(json.loads((folder / "sandbox.json").read_text())))
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
