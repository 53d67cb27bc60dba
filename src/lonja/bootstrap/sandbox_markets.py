"""Opens the markets of a sandbox: what is listed, who trades it, which indices stand, and the first trades.

Why here: joins the sandbox module, which lists and trades, with the prices of contracts, which tell marks. Invariant:
no simulated trader acts on a contract before its mark was told.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lonja.bootstrap.settings import Settings
from lonja.bootstrap.wiring import HOUSE_ACCOUNTS, House
from lonja.modules.marketdata.api import aggregate
from lonja.modules.sandbox.api import (
    WARM_UP_MS,
    ContractOpening,
    Opening,
    SandboxClock,
    SandboxIndices,
    SimulatedMarkets,
    open_lending_desk,
)
from lonja.primitives.instant import MINUTE_MS


@dataclass(frozen=True, slots=True)
class OpenMarkets:
    """Markets that are open. ``customers`` are account numbers by name."""

    markets: SimulatedMarkets
    indices: SandboxIndices
    customers: dict[str, int]


async def open_markets(
    house: House, settings: Settings, clock: SandboxClock, report: Callable[[str], None]
) -> OpenMarkets:
    """Do what is missing and let everybody trade a little. Raises ``LonjaError``."""
    clock.start(settings.clock.speed, settings.clock.start_ms, house.engine.last_time_ms)
    if house.engine.views.account_count() == HOUSE_ACCOUNTS:
        clock.hold_at((clock.free_now_ms() - WARM_UP_MS) // MINUTE_MS * MINUTE_MS)
    opened = await Opening(house.engine, house.identity, settings.sandbox, report).run()
    report("contracts")
    # What a folder has listed once stays, and somebody has to look after it.
    has_contracts = settings.sandbox.contracts or bool(house.engine.views.families())
    families = await ContractOpening(house.engine, house.identity).run(opened.past) if has_contracts else []
    await open_lending_desk(house.engine)
    markets = SimulatedMarkets(house.engine, opened, families)
    prices = house.prices
    indices = SandboxIndices(house.engine, markets, prices.conductor.board, prices)
    await indices.begin()
    report("first trades")
    await markets.warm_up(clock, lambda code: len(aggregate(house.market_data.trades(code, 500))))
    await prices.turn()
    await markets.open_contracts()
    return OpenMarkets(markets, indices, opened.customers)
