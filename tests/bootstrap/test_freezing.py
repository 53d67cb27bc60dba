"""Freezing oneself reaches the engine: orders of the whole family end, trading opens again with the person."""

import asyncio
import threading

import pytest

from lonja.bootstrap.freezing import AccountFreezer
from lonja.bootstrap.people import EngineObligations
from lonja.core.algo_commands import AttachAlgo
from lonja.core.collateral_commands import DefineMarginTier, OpenPocket, SetCurrencyPrice
from lonja.core.commands import ConfigureAccount, Transfer
from lonja.core.rejections import Rejection
from lonja.engine.sequencer import Sequencer
from lonja.modules.identity.api import Obligation, PeopleEvent, SecurityChanged, StateChanged
from lonja.primitives.errors import DataError, EngineOutcomeUnknownError, EngineUnavailableError
from tests.bootstrap.conftest import SUB
from tests.engine.house import BUYER, FUNDS, QUOTE, START_MS, order

ANN = 1
"""The buyer."""
FROZEN = StateChanged(ANN, BUYER, "frozen", "person", START_MS)


def freezer_of(engine: Sequencer) -> AccountFreezer:
    return AccountFreezer(engine, lambda master: [SUB] if master == BUYER else [])


async def told(engine: Sequencer, event: PeopleEvent) -> None:
    await asyncio.to_thread(freezer_of(engine).follow, 1, event)


def open_orders(engine: Sequencer) -> list[int]:
    return [len(engine.views.open_orders(account)) for account in (BUYER, SUB)]


async def test_freezing_ends_the_orders_of_the_whole_family(engine: Sequencer) -> None:
    assert open_orders(engine) == [1, 2]
    for _ in range(2):  # facts are told at least once
        await told(engine, FROZEN)
        assert open_orders(engine) == [0, 0]
    assert (await engine.submit(order())).rejection == Rejection.ACCOUNT_FROZEN


async def test_algo_orders_of_the_family_end_too(engine: Sequencer) -> None:
    guard = AttachAlgo(account=SUB, profit_trigger=1_000_000)
    outcomes = await engine.submit_many([guard, order(SUB, name="guarded")])
    assert [outcome.rejection for outcome in outcomes] == [0, 0]
    assert len(engine.views.algos(SUB)) == 1
    owed = await asyncio.to_thread(EngineObligations(engine).of, SUB)
    assert {str(one) for one in owed} >= {"3 open orders", "1 algo orders"}
    await told(engine, FROZEN)
    assert (open_orders(engine), engine.views.algos(SUB)) == ([0, 0], [])


async def test_who_comes_back_trades_again(engine: Sequencer) -> None:
    await told(engine, FROZEN)
    await told(engine, StateChanged(ANN, BUYER, "active", "unfrozen", START_MS))
    assert (await engine.submit(order())).rejection == Rejection.NONE


EVENTS: list[PeopleEvent] = [
    StateChanged(ANN, BUYER, "closing", "person", START_MS),
    StateChanged(ANN, None, "frozen", "no account yet", START_MS),
    SecurityChanged(ANN, "password", START_MS),
]


@pytest.mark.parametrize("event", EVENTS)
async def test_other_facts_leave_orders_alone(engine: Sequencer, event: PeopleEvent) -> None:
    await told(engine, event)
    assert open_orders(engine) == [1, 2]


async def test_who_is_gone_trades_never_again(engine: Sequencer) -> None:
    await told(engine, StateChanged(ANN, BUYER, "closed", "closed", START_MS))
    assert (await engine.submit(order())).rejection == Rejection.ACCOUNT_FROZEN


async def test_what_takes_too_long_is_told_again(engine: Sequencer) -> None:
    goes_on = threading.Event()

    def slow(_: int) -> list[int]:
        goes_on.wait(10)
        return []

    freezer = AccountFreezer(engine, slow, answer_seconds=0.05)
    with pytest.raises(EngineOutcomeUnknownError):
        await asyncio.to_thread(freezer.follow, 1, FROZEN)
    goes_on.set()


async def test_a_fact_that_the_engine_did_not_take_is_told_again(engine: Sequencer) -> None:
    with pytest.raises(DataError):
        await told(engine, StateChanged(ANN, 99, "frozen", "nobody", START_MS))
    await engine.stop()
    with pytest.raises(EngineUnavailableError):
        await told(engine, FROZEN)


async def pocket_of(engine: Sequencer, account: int) -> int:
    """An isolated position in the pair that has some money, of an account in futures mode."""
    for currency in range(2):
        await engine.submit(SetCurrencyPrice(currency=currency, price=10**12))
    tier = DefineMarginTier(tier=1, base_max=10**15, quote_max=10**15, initial_ppm=200_000, maintenance_ppm=50_000)
    await engine.submit_many([tier, ConfigureAccount(account=account, account_mode=2)])
    pocket = (await engine.submit(OpenPocket(account=account))).id
    moved = Transfer(account=account, currency=QUOTE, amount=FUNDS // 2, from_ledger=1, to_ledger=1, to_account=pocket)
    assert (await engine.submit(moved)).rejection == Rejection.NONE
    return pocket


async def test_orders_of_positions_in_pairs_end_too(engine: Sequencer) -> None:
    pocket = await pocket_of(engine, SUB)
    assert (await engine.submit(order(pocket, size=1))).rejection == Rejection.NONE
    owed = await asyncio.to_thread(EngineObligations(engine).of, SUB)
    assert Obligation("open_orders", 3) in owed
    await told(engine, FROZEN)
    assert (open_orders(engine), engine.views.open_orders(pocket)) == ([0, 0], [])


async def test_a_position_in_a_pair_is_no_sub_account(engine: Sequencer) -> None:
    """Else nobody who ever had one could close the account."""
    before = await asyncio.to_thread(EngineObligations(engine).of, BUYER)
    await pocket_of(engine, BUYER)
    assert await asyncio.to_thread(EngineObligations(engine).of, BUYER) == before
