"""Short ways to trade contracts in the tests' house."""

from typing import Any

from lonja.core.commands import Command, PlaceContractOrder, SetLeverage
from lonja.core.kinds import MarginMode, Side
from tests.edge.house import OTHER, QUIET_SWAP, TRADER, House


async def done(house: House, *commands: Command) -> list[int]:
    """Have the engine accept ``commands``; their ids."""
    outcomes = await house.engine.submit_many(commands)
    assert [outcome.rejection for outcome in outcomes] == [0] * len(commands), outcomes
    return [outcome.id for outcome in outcomes]


async def trade(house: House, instrument: int, price: int, lots: int, **fields: Any) -> None:
    """Let the trader buy what the other sells; ``fields`` are of the trader's order."""
    order = PlaceContractOrder(instrument=instrument, price=price, size=lots)
    await done(
        house,
        order._replace(account=OTHER, side=Side.SELL),
        order._replace(account=TRADER, side=Side.BUY, **fields),
    )


async def leave(house: House, side: Side, price: int, lots: int, instrument: int = QUIET_SWAP) -> None:
    """Let an order of the other wait in the book."""
    await done(house, PlaceContractOrder(account=OTHER, instrument=instrument, side=side, price=price, size=lots))


async def bet(house: House, lots: int) -> None:
    """Let the trader be long at 100 with a hundred times its own margin."""
    isolated = MarginMode.ISOLATED
    await done(house, SetLeverage(account=TRADER, instrument=QUIET_SWAP, margin_mode=isolated, leverage=10_000))
    await trade(house, QUIET_SWAP, 10_000, lots, margin_mode=isolated)
