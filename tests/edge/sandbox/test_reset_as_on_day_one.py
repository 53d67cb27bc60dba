"""``/sandbox/reset`` after whatever people did: nobody holds, owes or waits for anything, and quiet markets open anew."""

from typing import Any

import pytest

from lonja.core.algo_commands import PlaceAlgo
from lonja.core.collateral_commands import ChangeLoan, OpenPocket, SetAutoBorrow
from lonja.core.commands import (
    Command,
    ConfigureAccount,
    Deposit,
    PlaceContractOrder,
    PlaceOrder,
    SetLeverage,
    SetMarkPrice,
    Transfer,
    Withdraw,
)
from lonja.core.kinds import AccountMode, AlgoKind, MarginMode, OrderType, Side
from tests.edge.house import OTHER, QUIET, QUIET_SWAP, QUIET_USD_SWAP, QUIET_USDT, TRADER, USDT, collateral
from tests.edge.sandbox.conftest import Sandbox

BTC_NUMBER = 2
SWAPS = ("QUIET-USDT-SWAP", "QUIET-USD-SWAP")


async def done(sandbox: Sandbox, *commands: Command) -> list[int]:
    outcomes = await sandbox.house.engine.submit_many(commands)
    assert [outcome.rejection for outcome in outcomes] == [0] * len(commands), outcomes
    return [outcome.id for outcome in outcomes]


def standing(sandbox: Sandbox, account: int) -> dict[str, Any]:
    """All that an account has, holds, owes and waits for."""
    views = sandbox.house.engine.views
    view = views.account(account)
    assert view is not None
    pockets = [one.pocket for one in views.pockets(account)]
    return {
        "cash": [(one.currency, one.ledger, one.cash) for one in views.balances(account) if one.cash],
        "held": [one for one in views.balances(account) if one.held],
        "positions": [one for one in views.positions(account) if one.lots],
        "orders": list(views.open_orders(account)),
        "algos": list(views.algos(account)),
        "owed": [one for one in views.liabilities(account) if one.loan or one.liability],
        "pockets": [one for pocket in pockets for one in views.balances(pocket) if one.cash],
        "modes": (view.account_mode, view.position_mode),
    }


async def trade(sandbox: Sandbox, instrument: int, price: int, lots: int, **fields: Any) -> None:
    """The trader buys what the other sells."""
    order = PlaceContractOrder(instrument=instrument, price=price, size=lots, **fields)
    await done(sandbox, order._replace(account=OTHER, side=Side.SELL), order._replace(account=TRADER, side=Side.BUY))


async def test_positions_larger_than_any_order_end(futures: Sandbox) -> None:
    await futures.post("reset")
    before = [standing(futures, account) for account in (TRADER, OTHER)]
    views = futures.house.engine.views
    instrument = views.instrument(QUIET_USD_SWAP)
    assert instrument is not None
    await done(
        futures,
        *[ConfigureAccount(account=account, account_mode=AccountMode.FUTURES) for account in (TRADER, OTHER)],
        *[Deposit(account=account, currency=QUIET, ledger=1, amount=10**14) for account in (TRADER, OTHER)],
    )
    for _ in range(3):
        await trade(futures, QUIET_USD_SWAP, 10_000, 6_000)
    assert (await futures.post("reset")).code == "0"
    assert [standing(futures, account) for account in (TRADER, OTHER)] == before
    contract = views.contract(QUIET_USD_SWAP)
    assert contract is not None
    assert contract.open_lots == 0


async def test_who_could_not_even_pay_for_the_end_is_given_the_money(futures: Sandbox) -> None:
    await futures.post("reset")
    before = [standing(futures, account) for account in (TRADER, OTHER)]
    modes = [ConfigureAccount(account=account, account_mode=AccountMode.FUTURES) for account in (TRADER, OTHER)]
    lever = SetLeverage(
        account=TRADER, instrument=QUIET_SWAP, margin_mode=MarginMode.CROSS, position_side=0, leverage=10_000
    )
    await done(futures, *modes, lever)
    rich = futures.house.engine.views.balance(TRADER, USDT, 1).cash
    await done(futures, Withdraw(account=TRADER, currency=USDT, ledger=1, amount=rich - 102 * 10**6))
    await trade(futures, QUIET_SWAP, 10_000, 9)
    await done(futures, SetMarkPrice(instrument=QUIET_SWAP, price=9_990))
    assert (await futures.post("reset")).code == "0"
    assert [standing(futures, account) for account in (TRADER, OTHER)] == before


async def test_loans_pockets_and_algos_end(futures: Sandbox) -> None:
    await futures.post("reset")
    before = standing(futures, TRADER)
    await done(futures, *collateral(USDT, QUIET, BTC_NUMBER, QUIET_USDT, (TRADER,)))
    await done(futures, SetAutoBorrow(account=TRADER, enabled=1))
    (pocket,) = await done(futures, OpenPocket(account=TRADER, instrument=QUIET_USDT))
    sell = PlaceOrder(
        account=TRADER, instrument=QUIET_USDT, side=Side.SELL, order_type=OrderType.LIMIT, price=10_000, size=100
    )
    await done(
        futures,
        ChangeLoan(account=TRADER, currency=BTC_NUMBER, amount=10**8),
        Transfer(account=TRADER, to_account=pocket, currency=USDT, amount=5_000 * 10**8, from_ledger=1, to_ledger=1),
        # The pocket borrows what it sells, and still owes it.
        sell._replace(account=OTHER, side=Side.BUY, size=1_000),
        sell._replace(account=pocket, size=1_000),
        sell._replace(price=10_100),
        PlaceAlgo(
            account=TRADER,
            instrument=QUIET_USDT,
            kind=AlgoKind.TRIGGER,
            side=Side.SELL,
            size=10,
            trigger_price=9_000,
        ),
    )
    assert any(one.cash < 0 for one in futures.house.engine.views.balances(pocket))
    reply = await futures.post("reset")
    assert reply.code == "0", reply
    assert standing(futures, TRADER) == before


@pytest.mark.parametrize("name", [*SWAPS, "QUIET-USDT"])
async def test_quiet_markets_have_no_past_after_a_reset(futures: Sandbox, name: str) -> None:
    async def shown() -> dict[str, Any]:
        house = futures.house
        ticker = (await house.get("market/ticker", instId=name)).row
        index = (await house.get("market/index-tickers", instId="QUIET-USDT")).row
        marks = (await house.get("market/mark-price-candles", instId=name, bar="1m", limit="1")).row
        return {
            "ticker": {key: value for key, value in ticker.items() if key != "ts"},
            "index": {key: value for key, value in index.items() if key != "ts"},
            "marks": marks[1:5],
            "candles": (await house.get("market/candles", instId=name)).data,
            "past": (await house.get("market/history-candles", instId=name)).data,
            "trades": (await house.get("market/trades", instId=name)).data,
            "takers": (await house.get("rubik/stat/taker-volume", ccy="QUIET", instType="SPOT")).data,
        }

    await futures.post("index", {"instId": "QUIET-USDT", "idxPx": "100"})
    first = await shown()
    assert first["trades"] == first["candles"] == []
    engine, code = futures.house.engine, futures.house.services.catalogue.find(name)
    assert code is not None
    await done(futures, *[ConfigureAccount(account=one, account_mode=AccountMode.FUTURES) for one in (TRADER, OTHER)])
    await futures.post("index", {"instId": "QUIET-USDT", "idxPx": "102"})
    if code.is_contract:
        await trade(futures, code.code, 10_100, 5)
    else:
        order = PlaceOrder(instrument=code.code, order_type=OrderType.LIMIT, price=10_100, size=5)
        await done(futures, order._replace(account=OTHER, side=1), order._replace(account=TRADER, side=0))
    assert (await shown())["trades"] != []
    assert (await futures.post("reset")).code == "0"
    assert await shown() == first
    assert engine.views.levels(code.code, 0, 1) == []
