"""Opens the contracts of a sandbox: lists them, sets the indices that only move by hand, and tells the first marks.

Why here: joins the sandbox module, which lists, with the prices, which tell. Invariant: an index that only moves by
hand goes on where its contract's mark stood when the last process ended.
"""

from collections.abc import Callable

from lonja.bootstrap.wiring import House
from lonja.modules.pricing.api import PRICE_SCALE
from lonja.modules.sandbox.api import QUIET_INDICES, QUIET_PRICE, ContractOpening, OpenedFamily


async def open_contracts(house: House, report: Callable[[str], None]) -> list[OpenedFamily]:
    """List what is missing and price all of it. Raises ``LonjaError``."""
    report("contracts")
    opened = await ContractOpening(house.engine, house.identity).run()
    conductor = house.prices.conductor
    for index_id in QUIET_INDICES:
        conductor.board.fix(index_id, _last_mark(house, f"{index_id}-SWAP") or QUIET_PRICE * 10**PRICE_SCALE)
    await conductor.turn()
    return opened


def _last_mark(house: House, instrument_id: str) -> int:
    """The contract's mark in 10 ** -18 of the quote currency; 0 without one."""
    for view in house.engine.views.instruments():
        if view.instrument_id == instrument_id:
            contract = house.engine.views.contract(view.instrument)
            return 0 if contract is None else contract.mark * view.tick_step * 10 ** (PRICE_SCALE - view.price_scale)
    return 0
