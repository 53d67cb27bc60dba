"""A whole house on a folder and a clock of its own, and an engine with the orders of a family."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.settings import Settings
from lonja.bootstrap.wiring import House, build_house
from lonja.core.commands import CreateAccount, Deposit
from lonja.engine.sequencer import Sequencer
from tests.engine.house import BUYER, FUNDS, QUOTE, World, order

NOW = 1_790_000_000_000
SUB = 4
"""A sub-account of the buyer."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    """Nobody has an account, and nobody is on the staff."""
    made = await build_house(Settings(data=tmp_path), clock)
    yield made
    await made.close()


@pytest.fixture
async def engine() -> AsyncIterator[Sequencer]:
    """The buyer has an order of its own and two of a sub-account."""
    async with World().running() as running:
        await running.submit(CreateAccount(master=BUYER))
        await running.submit(Deposit(account=SUB, currency=QUOTE, ledger=1, amount=FUNDS))
        await running.submit_many([order(name="a"), order(SUB, name="b"), order(SUB, name="c")])
        yield running
