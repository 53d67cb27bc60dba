"""Short ways to trade contracts in the tests' house."""

from typing import Any

from lonja.core.commands import Command, ListContract, PlaceContractOrder, SetLeverage
from lonja.core.texts import Text32
from lonja.modules.pricing.api import PRICE_SCALE
from tests.edge.ws.house import BUY, MAKER, QUIET_SWAP, SELL, TRADER, House

CROSS, ISOLATED = 0, 1
MINUTE_MS = 60_000


async def done(house: House, *commands: Command) -> list[int]:
    """Have the engine accept ``commands``; their ids."""
    outcomes = await house.engine.submit_many(commands)
    assert [outcome.rejection for outcome in outcomes] == [0] * len(commands), outcomes
    return [outcome.id for outcome in outcomes]


async def order(house: House, account: int, side: int, price: int, lots: int, **fields: Any) -> int:
    """Place a limit order on the linear swap (unless told otherwise); the order's id."""
    command = PlaceContractOrder(account=account, instrument=QUIET_SWAP, side=side, price=price, size=lots)
    return (await done(house, command._replace(**fields)))[0]


async def trade(house: House, price: int, lots: int, **fields: Any) -> None:
    """Let the trader buy what the maker sells."""
    await order(house, MAKER, SELL, price, lots, **fields)
    await order(house, TRADER, BUY, price, lots, **fields)


async def leverage(house: House, account: int, hundredths: int, instrument: int = QUIET_SWAP) -> None:
    """Set the leverage of isolated positions."""
    await done(house, SetLeverage(account=account, instrument=instrument, margin_mode=ISOLATED, leverage=hundredths))


async def index(house: House, hundredths: int, name: str = "QUIET-USDT") -> None:
    """The index stands there from now on; marks follow at once."""
    house.services.conductor.board.fix(name, hundredths * 10 ** (PRICE_SCALE - 2))
    await house.services.conductor.turn()


async def list_dated(house: House, name: str, minutes: int) -> tuple[int, int]:
    """A linear contract that expires in so many minutes, the running one not counted; its code and when."""
    expiry_ms = (house.engine.now_ms() // MINUTE_MS + 1 + minutes) * MINUTE_MS
    command = ListContract(
        instrument_id=Text32(name), family=2, base=2, quote=0, price_scale=2, size_scale=1, fee_group=1,
        size_limit_max=10**8, size_market_max=10**7, expiry_ms=expiry_ms,
    )  # fmt: skip
    return (await done(house, command))[0], expiry_ms
