"""``/sandbox/reset`` of people who hold contracts: positions end, modes and money are those of the beginning."""

import pytest

from lonja.core.commands import ConfigureAccount, EndowFund, PlaceContractOrder, SetPositionMode
from lonja.core.kinds import AccountMode, Ledger, MarginMode, OrderType, PositionSide, Side
from tests.edge.house import OTHER, QUIET, QUIET_SWAP, QUIET_USD_SWAP, TRADER, USDT
from tests.edge.sandbox.conftest import Sandbox


async def open_positions(sandbox: Sandbox, instrument: int, margin_mode: int, sides: tuple[int, int]) -> None:
    order = PlaceContractOrder(
        instrument=instrument, order_type=OrderType.LIMIT, price=10_000, size=20, margin_mode=margin_mode
    )
    for account, side, position_side in ((TRADER, Side.BUY, sides[0]), (OTHER, Side.SELL, sides[1])):
        placed = order._replace(account=account, side=side, position_side=position_side)
        assert (await sandbox.house.engine.submit(placed)).rejection == 0


def _futures(account: int) -> ConfigureAccount:
    return ConfigureAccount(account=account, account_mode=AccountMode.FUTURES)


def cash(sandbox: Sandbox, account: int) -> list[tuple[int, int, int]]:
    return [(one.currency, one.ledger, one.cash) for one in sandbox.house.engine.views.balances(account) if one.cash]


@pytest.mark.parametrize("margin_mode", list(MarginMode))
@pytest.mark.parametrize("instrument", [QUIET_SWAP, QUIET_USD_SWAP])
async def test_a_reset_ends_positions_and_gives_money_and_modes_back(
    futures: Sandbox, instrument: int, margin_mode: int
) -> None:
    await futures.post("reset")
    before = cash(futures, TRADER), cash(futures, OTHER)
    engine = futures.house.engine
    await engine.submit_many([_futures(TRADER), _futures(OTHER)])
    await open_positions(futures, instrument, margin_mode, (PositionSide.NET, PositionSide.NET))
    await futures.post("index", {"instId": "QUIET-USDT", "idxPx": "101"})
    await futures.post("index", {"instId": "QUIET-USD", "idxPx": "101"})
    assert (await futures.post("reset")).code == "0"
    for account in (TRADER, OTHER):
        assert not [one for one in engine.views.positions(account) if one.lots]
        view = engine.views.account(account)
        assert view is not None
        assert (view.account_mode, view.position_mode) == (1, 0)
    assert (cash(futures, TRADER), cash(futures, OTHER)) == before
    assert not any(engine.views.levels(instrument, side, 1) for side in Side)


async def test_a_reset_ends_longs_and_shorts_beside_each_other(futures: Sandbox) -> None:
    engine = futures.house.engine
    await engine.submit_many([SetPositionMode(account=account, position_mode=1) for account in (TRADER, OTHER)])
    await open_positions(futures, QUIET_SWAP, MarginMode.CROSS, (PositionSide.LONG, PositionSide.SHORT))
    await open_positions(futures, QUIET_SWAP, MarginMode.CROSS, (PositionSide.LONG, PositionSide.SHORT))
    assert (await futures.post("reset")).code == "0"
    assert not [one for account in (TRADER, OTHER) for one in engine.views.positions(account) if one.lots]
    contract = engine.views.contract(QUIET_SWAP)
    assert contract is not None
    assert contract.open_lots == 0


async def test_funds_get_back_what_they_lost_and_keep_what_they_won(futures: Sandbox) -> None:
    views = futures.house.engine.views
    await futures.house.engine.submit(EndowFund(family=0, amount=5))
    assert (await futures.post("reset")).code == "0"
    balances = [view.fund_balance for view in views.families()]
    assert balances[:2] == [10_000 * 10**8 + 5, 1_000 * 10**8]
    assert views.balance(TRADER, USDT, Ledger.TRADING).cash > 0
    assert views.balance(TRADER, QUIET, Ledger.TRADING).cash > 0
