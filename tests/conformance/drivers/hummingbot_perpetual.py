"""Drives hummingbot's own connector for perpetual contracts: leverage, open, position, close.

Usage: hummingbot_perpetual.py SANDBOX_FOLDER

Two connectors, one for each account of the sandbox (both in futures mode already), trade QUIET-USDT-SWAP with each other.
Prints what they told of it as one line of JSON.
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

from hummingbot.connector.derivative.okx_perpetual.okx_perpetual_derivative import OkxPerpetualDerivative
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType, PositionAction, PositionMode
from hummingbot.core.event.event_logger import EventLogger
from hummingbot.core.event.events import (
    BuyOrderCompletedEvent,
    BuyOrderCreatedEvent,
    MarketEvent,
    OrderCancelledEvent,
    SellOrderCompletedEvent,
    SellOrderCreatedEvent,
)

EXAMPLE = Path(__file__).parents[3] / "examples" / "clients" / "hummingbot_hosts.py"
PAIR = "QUIET-USDT"
PATIENCE_S = 30
LEVERAGE = 5


def connector(keys: dict[str, str]) -> OkxPerpetualDerivative:
    """A connector for one account."""
    secrets = (keys["api_key"], keys["secret_key"], keys["passphrase"])
    return OkxPerpetualDerivative(None, Decimal(100), *secrets, trading_pairs=[PAIR])


async def until(clock: Clock, holds: Callable[[], bool], what: str) -> None:
    """Let the clock run until something holds."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, what
        await clock.run_til(time.time() + 0.2)


def held(exchange: OkxPerpetualDerivative) -> list[dict[str, str]]:
    """Its positions as it knows them."""
    return [
        {
            "side": position.position_side.name,
            "amount": f"{position.amount:f}",
            "entry": f"{position.entry_price:f}",
            "leverage": f"{position.leverage:f}",
        }
        for position in exchange.account_positions.values()
    ]


async def trade(sandbox: dict[str, list[dict[str, str]]]) -> dict[str, object]:
    """A position is opened against the other account, and closed again."""
    buyer, seller = (connector(keys) for keys in sandbox["accounts"][:2])
    clock = Clock(ClockMode.REALTIME, 0.1)
    with clock:
        for each in (buyer, seller):
            each.set_position_mode(PositionMode.ONEWAY)
            clock.add_iterator(each)
        await until(clock, lambda: buyer.ready and seller.ready, f"not ready: {buyer.status_dict}")
        for each in (buyer, seller):
            await each._execute_set_leverage(PAIR, LEVERAGE)
        heard = {each: EventLogger() for each in (buyer, seller)}
        for each, log in heard.items():
            for event in MarketEvent:
                each.add_listener(event, log)

        async def hears(exchange: OkxPerpetualDerivative, name: str, event: type[Any]) -> None:
            """Wait for what a strategy would hear of an order."""

            def holds() -> bool:
                return any(isinstance(news, event) and news.order_id == name for news in heard[exchange].event_log)

            await until(clock, holds, f"no {event.__name__}")

        opened = {"position_action": PositionAction.OPEN}
        bought = buyer.buy(PAIR, Decimal(2), OrderType.LIMIT, Decimal(100), **opened)
        await hears(buyer, bought, BuyOrderCreatedEvent)
        sold = seller.sell(PAIR, Decimal(2), OrderType.LIMIT, Decimal(100), **opened)
        await hears(buyer, bought, BuyOrderCompletedEvent)
        await hears(seller, sold, SellOrderCompletedEvent)
        await until(clock, lambda: bool(held(buyer)) and bool(held(seller)), "no position")
        told: dict[str, object] = {"buyer": held(buyer), "seller": held(seller)}
        kept = buyer.buy(PAIR, Decimal(1), OrderType.LIMIT_MAKER, Decimal(97), **opened)
        await hears(buyer, kept, BuyOrderCreatedEvent)
        buyer.cancel(PAIR, kept)
        await hears(buyer, kept, OrderCancelledEvent)
        closed = {"position_action": PositionAction.CLOSE}
        sold = buyer.sell(PAIR, Decimal(2), OrderType.LIMIT, Decimal(101), **closed)
        await hears(buyer, sold, SellOrderCreatedEvent)
        seller.buy(PAIR, Decimal(2), OrderType.LIMIT, Decimal(101), **closed)
        await hears(buyer, sold, SellOrderCompletedEvent)
        await until(clock, lambda: not held(buyer) and not held(seller), "the positions stay")
        fills = buyer._order_tracker.all_orders[sold].order_fills.values()
        told["fee"] = {fee.token: str(fee.amount) for fill in fills for fee in fill.fee.flat_fees}
        told["funding"] = str(buyer.get_funding_info(PAIR).rate)
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
