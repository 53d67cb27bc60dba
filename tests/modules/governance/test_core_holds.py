"""Holds of people reach the core, and a crash in between is mended."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, inspect, select
from sqlalchemy.orm import Session

from lonja.adapters.clock import ManualClock
from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core import commands as c
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.modules.governance.api import CoreHolds, Holds, open_database
from lonja.modules.governance.tables import HoldRow
from lonja.primitives.errors import DataError
from lonja.primitives.instant import DAY_MS
from tests.modules.governance.people import NOW, RULES

ANN, ACCOUNT, BTC = 1, 2, 0
WITHDRAW = c.Withdraw(account=ACCOUNT, currency=BTC, ledger=0, amount=60)


@pytest.fixture
async def engine() -> AsyncIterator[Sequencer]:
    journal, snapshots = MemoryJournal(), MemorySnapshots()
    clock = ManualClock(NOW)
    made = Sequencer(recover(journal, snapshots), journal=journal, clock=clock, snapshots=snapshots)
    opening: list[c.Command] = [
        c.CreateCurrency(name=Text16("BTC")),
        c.CreateAccount(),
        c.Deposit(account=ACCOUNT, currency=BTC, ledger=0, amount=100),
    ]
    await made.submit_many(opening)
    yield made
    await made.stop()


@pytest.fixture
def holds(tmp_path, clock) -> Holds:
    return Holds(open_database(f"sqlite:///{tmp_path}/governance.sqlite"), RULES, clock)


@pytest.fixture
def core(engine: Sequencer, holds: Holds) -> CoreHolds:
    return CoreHolds(engine, holds, RULES, {ANN: ACCOUNT}.get)


async def rejection(engine: Sequencer) -> Rejection:
    return Rejection((await engine.submit(WITHDRAW)).rejection)


async def test_a_hold_reaches_the_core_and_leaves_it(engine: Sequencer, holds: Holds, core: CoreHolds) -> None:
    hold = holds.place(ANN, "password_changed", reference="a")
    holds.place(ANN, "p2p_bought", reference="b", currency="BTC", amount=50)
    assert await core.bring_up_to_date(ANN) == 2
    assert await rejection(engine) is Rejection.FUNDS_ON_HOLD
    assert engine.views.withdrawal_holds(ACCOUNT)[0][2:] == (-1, -1, NOW + DAY_MS)
    holds.release(hold.hold_id, "staff:1", {"security"})
    assert await core.bring_up_to_date(ANN) == 1
    assert await rejection(engine) is Rejection.FUNDS_ON_HOLD  # 50 of 100 must stay
    holds.release_reference(ANN, "p2p_bought", "b", "p2p")
    assert await core.bring_up_to_date(ANN) == 1
    assert await rejection(engine) is Rejection.NONE


async def test_what_is_so_already_is_not_set_again(engine: Sequencer, holds: Holds, core: CoreHolds) -> None:
    holds.place(ANN, "case", reference="a")
    assert [await core.bring_up_to_date(ANN) for _ in range(3)] == [1, 0, 0]


async def test_everything_is_mended_at_a_start(engine: Sequencer, holds: Holds, core: CoreHolds) -> None:
    holds.place(ANN, "case", reference="a")
    holds.place(99, "case", reference="a")  # a person without an account yet
    assert await core.bring_all_up_to_date() == 1
    assert await rejection(engine) is Rejection.FUNDS_ON_HOLD


async def test_a_currency_the_house_does_not_have_needs_no_hold(holds: Holds, core: CoreHolds) -> None:
    holds.place(ANN, "p2p_bought", reference="a", currency="DOGE", amount=5)
    assert await core.bring_up_to_date(ANN) == 0


async def test_more_holds_than_the_core_takes_are_told(holds: Holds, core: CoreHolds) -> None:
    holds.place(ANN, "p2p_bought", reference="0", currency="BTC", amount=1)
    with Session(holds._database) as session, session.begin():
        first = session.scalars(select(HoldRow)).one()
        fields = {column.name: getattr(first, column.name) for column in inspect(HoldRow).columns}
        copies = [fields | {"hold_id": number, "reference": str(number)} for number in range(2, 1_003)]
        session.execute(insert(HoldRow), copies)
    with pytest.raises(DataError, match="capacity_reached"):
        await core.bring_up_to_date(ANN)
