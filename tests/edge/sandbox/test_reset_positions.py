"""``/sandbox/reset`` of people who hold contracts: positions end, modes and money are those of the beginning."""

import pytest

from lonja.core.collateral_commands import DefineMarginTier, SetCurrencyPrice
from lonja.core.commands import (
    ConfigureAccount,
    EndowFund,
    PlaceContractOrder,
    PlaceOrder,
    SetLeverage,
    SetPositionMode,
)
from lonja.core.kinds import AccountMode, Ledger, MarginMode, OrderType, PositionSide, Side
from lonja.core.margin_commands import OpenCrossPocket
from tests.edge.house import OTHER, QUIET, QUIET_SWAP, QUIET_USD_SWAP, QUIET_USDT, TRADER, USDT
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


async def test_a_reset_ends_what_a_fund_took_over(futures: Sandbox) -> None:
    """The long is liquidated where nobody buys; the fund keeps it until the reset meets it at the mark."""
    engine = futures.house.engine
    await engine.submit_many([_futures(TRADER), _futures(OTHER)])
    for account in (TRADER, OTHER):
        await engine.submit(
            SetLeverage(account=account, instrument=QUIET_SWAP, margin_mode=MarginMode.ISOLATED, leverage=5_000)
        )
    await open_positions(futures, QUIET_SWAP, MarginMode.ISOLATED, (PositionSide.NET, PositionSide.NET))
    await futures.post("index", {"instId": "QUIET-USDT", "idxPx": "98.4"})
    (family,) = [view for view in engine.views.families() if view.name == "QUIET-USDT" and view.instrument_type == 2]
    assert [one.lots for one in engine.views.positions(family.fund_account) if one.lots] == [20]
    assert (await futures.post("reset")).code == "0"
    assert not [one for one in engine.views.positions(family.fund_account) if one.lots]
    contract = engine.views.contract(QUIET_SWAP)
    assert contract is not None
    assert contract.open_lots == 0


async def test_a_reset_ends_cross_positions_in_pairs(futures: Sandbox) -> None:
    """Two of them, a long and a short; what they lost is lost with the money that goes back."""
    engine = futures.house.engine
    unit = 10**12
    await engine.submit_many(
        [SetCurrencyPrice(currency=code, price=price) for code, price in ((QUIET, 100 * unit), (USDT, unit))]
    )
    await engine.submit(
        DefineMarginTier(
            instrument=QUIET_USDT,
            tier=1,
            base_max=10**15,
            quote_max=10**15,
            initial_ppm=100_000,
            maintenance_ppm=30_000,
        )
    )
    await engine.submit_many([_futures(TRADER), _futures(OTHER)])
    pockets = [
        (await engine.submit(OpenCrossPocket(account=account, instrument=QUIET_USDT, currency=USDT))).id
        for account in (TRADER, OTHER)
    ]
    before = [len(engine.views.positions(account)) for account in (TRADER, OTHER)]
    for pocket, side in zip(pockets, Side, strict=True):
        order = PlaceOrder(account=pocket, instrument=QUIET_USDT, side=side, price=10_000, size=2_000)
        assert (await engine.submit(order)).rejection == 0
    held = [engine.views.pocket_position(pocket) for pocket in pockets]
    assert [one is not None and one.lots for one in held] == [2_000, -2_000]
    assert (await futures.post("reset")).code == "0"
    for pocket, account in zip(pockets, (TRADER, OTHER), strict=True):
        assert not [one for one in engine.views.balances(pocket) if one.cash]
        view = engine.views.account(account)
        assert view is not None
        assert view.account_mode == AccountMode.SPOT
    assert before == [len(engine.views.positions(account)) for account in (TRADER, OTHER)]


async def test_a_reset_leaves_quiet_markets_no_last_price(futures: Sandbox) -> None:
    engine = futures.house.engine
    await engine.submit_many([_futures(TRADER), _futures(OTHER)])
    await open_positions(futures, QUIET_SWAP, MarginMode.CROSS, (PositionSide.NET, PositionSide.NET))
    assert engine.views.last_price(QUIET_SWAP) == 10_000
    assert (await futures.post("reset")).code == "0"
    assert engine.views.last_price(QUIET_SWAP) == 0
