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

from hummingbot.connector.exchange.okx.okx_exchange import OkxExchange
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.in_flight_order import InFlightOrder

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

        def order_of(exchange: OkxExchange, name: str) -> InFlightOrder:
            return exchange._order_tracker.all_orders[name]

        async def becomes(exchange: OkxExchange, name: str, state: str) -> None:
            def holds() -> bool:
                order = exchange._order_tracker.all_orders.get(name)
                return order is not None and bool(getattr(order, state))

            await until(clock, holds, f"not {state}")

        bought = buyer.buy(PAIR, Decimal(2), OrderType.LIMIT, Decimal(100))
        await becomes(buyer, bought, "is_open")
        sold = seller.sell(PAIR, Decimal(2), OrderType.LIMIT, Decimal(100))
        await becomes(buyer, bought, "is_filled")
        await becomes(seller, sold, "is_filled")
        kept = buyer.buy(PAIR, Decimal(1), OrderType.LIMIT_MAKER, Decimal(90))
        await becomes(buyer, kept, "is_open")
        status = await buyer._request_order_status(order_of(buyer, kept))
        buyer.cancel(PAIR, kept)
        await becomes(buyer, kept, "is_cancelled")
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
