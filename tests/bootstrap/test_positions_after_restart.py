"""What the engine does not keep of positions is there again after a restart."""

from pathlib import Path

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.settings import Settings
from lonja.bootstrap.wiring import House, build_house
from lonja.core.commands import (
    Command,
    CreateAccount,
    CreateCurrency,
    DefineFeeTier,
    Deposit,
    PlaceContractOrder,
    SetMarkPrice,
)
from lonja.core.texts import Text16
from lonja.edge.position_rows import position_rows
from tests.bootstrap.conftest import NOW
from tests.edge.house import contracts

USDT, QUIET, USD = 0, 1, 2
SWAP = 0
BUYER, SELLER = 2, 3
WHOLE = 10**8


async def done(house: House, commands: list[Command]) -> None:
    outcomes = await house.engine.submit_many(commands)
    assert [outcome.rejection for outcome in outcomes] == [0] * len(commands)


def opening() -> list[Command]:
    """Two accounts, and the contracts of the edge's tests."""
    return [
        CreateCurrency(name=Text16("USDT")),
        CreateCurrency(name=Text16("QUIET")),
        DefineFeeTier(),
        CreateAccount(),
        CreateAccount(),
        *[Deposit(account=account, currency=USDT, ledger=1, amount=10_000 * WHOLE) for account in (BUYER, SELLER)],
        *contracts(USDT, QUIET, USD, (BUYER, SELLER), "QUIET-USDT-261225", NOW + 10**10),
        SetMarkPrice(instrument=SWAP, price=10_000),
    ]


async def test_a_position_shows_the_same_after_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    house = await build_house(Settings(data=tmp_path), clock)
    await done(house, opening())
    for lots in (30, 50):
        order = PlaceContractOrder(instrument=SWAP, price=10_000, size=lots)
        await done(house, [order._replace(account=SELLER, side=1), order._replace(account=BUYER, side=0)])
        clock.advance_ms(60_000)
    (view,) = house.engine.views.positions(BUYER)
    row = position_rows(house.services).row(view)
    assert (row["pos"], row["tradeId"], row["uTime"], row["cTime"]) == ("8", "100000002", str(NOW + 60_000), str(NOW))
    await house.close()
    again = await build_house(Settings(data=tmp_path), clock)
    (view,) = again.engine.views.positions(BUYER)
    assert position_rows(again.services).row(view) == row
    assert (await again.history.positions(BUYER)) == []
    assert [record.lots for record in again.history.positions_held()] == [80, -80]
    await again.close()
