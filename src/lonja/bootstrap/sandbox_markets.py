"""Opens the markets of a sandbox: what is listed, who trades it, which indices stand, the past, and the first trades.

Why here: joins the sandbox module, which lists and trades, with the prices of contracts, which tell marks, and with what
is remembered of both. Invariant: no simulated trader acts on a contract before its mark was told.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from lonja.bootstrap.settings import Settings
from lonja.bootstrap.wiring import HOUSE_ACCOUNTS, House
from lonja.core.kinds import InstrumentState, InstrumentType
from lonja.modules.marketdata.api import aggregate
from lonja.modules.pricing.api import WEEK_MS, PastContract, Terms, past_funding
from lonja.modules.sandbox.api import (
    WARM_UP_MS,
    ContractOpening,
    OpenedFamily,
    Opening,
    Past,
    PastExpiries,
    PastPremiums,
    SandboxClock,
    SandboxIndices,
    SimulatedMarkets,
    first_ends,
    open_lending_desk,
    past_ms_of,
    past_standings,
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
    # What a folder has listed once stays, and somebody has to look after it.
    has_contracts = settings.sandbox.contracts or bool(house.engine.views.families())
    opening = Opening(house.engine, house.identity, settings.sandbox, report)
    contracts = ContractOpening(house.engine, house.identity)
    seed = str(settings.sandbox.seed)
    if house.engine.views.account_count() == HOUSE_ACCOUNTS:
        begin_ms = (clock.free_now_ms() - WARM_UP_MS) // MINUTE_MS * MINUTE_MS
        if has_contracts:
            await _begin_earlier(house, opening, contracts, clock, begin_ms, seed)
        clock.hold_at(begin_ms)
    opened = await opening.run()
    report("contracts")
    families = await contracts.run(opened.past) if has_contracts else []
    await open_lending_desk(house.engine)
    markets = SimulatedMarkets(house.engine, opened, families)
    prices = house.prices
    indices = SandboxIndices(house.engine, markets, prices.conductor.board, prices)
    await indices.begin()
    if opened.past is not None and has_contracts:
        await contracts.open_dated(opened.past)
    report("first trades")
    await markets.warm_up(clock, lambda code: len(aggregate(house.market_data.trades(code, 500))))
    await prices.turn()
    await markets.open_contracts()
    await asyncio.to_thread(_remember, house, families, opened.past, seed)
    return OpenMarkets(markets, indices, opened.customers)


async def _begin_earlier(  # parts of one sandbox that is about to open
    house: House, opening: Opening, contracts: ContractOpening, clock: SandboxClock, begin_ms: int, seed: str
) -> None:
    """Let dated contracts have ended in the weeks before ``begin_ms``."""
    ends = first_ends(begin_ms)
    if not ends:
        return
    clock.hold_at(ends[0] - WEEK_MS)
    past = await opening.begin(begin_ms)
    await contracts.define(opening.spot_ids)
    await PastExpiries(house.engine, clock, past, seed).run()


def _remember(house: House, families: list[OpenedFamily], past: Past | None, seed: str) -> None:
    """Funding and open interest from before the opening, where nothing is known of them (blocking)."""
    views, records = house.engine.views, house.prices.records
    if not records.knows_past():
        facts = {family.family: family.fact for family in families if family.fact.pace_ms}
        known = [
            (PastContract(view.instrument, view.instrument_id, fact.name, view.listed_time_ms, past_ms_of(fact)), fact)
            for view in views.instruments()
            if view.instrument_type == InstrumentType.SWAP
            and view.state == InstrumentState.LIVE
            and (contract := views.contract(view.instrument)) is not None
            and (fact := facts.get(contract.family)) is not None
        ]
        walk = PastPremiums({contract.instrument_id: fact for contract, fact in known}, seed).walk
        records.put_past(past_funding(Terms.of_file(), [contract for contract, _ in known], walk))
    statistics = house.services.statistics
    if past is not None and not statistics.knows_past(past.end_ms):
        statistics.put_past(list(past_standings(views, past, seed, house.engine.now_ms())))
