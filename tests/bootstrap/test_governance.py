"""What happens to people becomes holds, reaches the core, and is mended after a crash."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lonja.adapters.clock import ManualClock
from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.bootstrap.governance import RunningRights, follow
from lonja.bootstrap.wiring import House
from lonja.core import commands as c
from lonja.core.events import WithdrawalHoldSet
from lonja.core.texts import Text16
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.modules.governance.api import (
    ANY_SESSION,
    Capability,
    CoreHolds,
    Reason,
    Rights,
    RuleBook,
    UserFacts,
    open_database,
)
from lonja.modules.identity.api import (
    Contact,
    ContactKind,
    FactorBound,
    PeopleEvent,
    SecurityChanged,
    SignedIn,
    SignInRefused,
    StateChanged,
    TradingAccounts,
    UserCreated,
)
from lonja.primitives.instant import DAY_MS
from tests.bootstrap.conftest import NOW

ANN, ACCOUNT = 1, 2
RULES = RuleBook.of_folder()


class Register:
    """One person with an account."""

    def facts(self, user_id: int) -> UserFacts:
        return UserFacts("CH", factors=frozenset({"authenticator", "phone", "email"}))

    def account_of(self, user_id: int) -> int | None:
        return ACCOUNT if user_id == ANN else None

    def user_of(self, account: int) -> int | None:
        return ANN if account == ACCOUNT else None


@pytest.fixture
async def engine() -> AsyncIterator[Sequencer]:
    journal, snapshots = MemoryJournal(), MemorySnapshots()
    made = Sequencer(recover(journal, snapshots), journal=journal, clock=ManualClock(NOW), snapshots=snapshots)
    await made.submit_many([c.CreateCurrency(name=Text16("BTC")), c.CreateAccount()])
    yield made
    await made.stop()


@pytest.fixture
def rights(tmp_path: Path, engine: Sequencer) -> Rights:
    database = open_database(f"sqlite:///{tmp_path}/governance.sqlite")
    return Rights(database, RULES, engine.now_ms, Register(), lambda account: account)


PASSWORD = SecurityChanged(ANN, "password", NOW)
EVENTS: list[tuple[PeopleEvent, str]] = [
    # what happened, the hold that follows
    (PASSWORD, "password_changed"),
    (SecurityChanged(ANN, "email", NOW), "email_changed"),
    (SecurityChanged(ANN, "phone", NOW), "phone_changed"),
    (SecurityChanged(ANN, "authenticator", NOW), "authenticator_changed"),
    (SecurityChanged(ANN, "something new", NOW), "factor_reset"),
    (SignedIn(ANN, 7, is_new_device=True, passed=(), time_ms=NOW), "new_device"),
    (SignedIn(ANN, 7, is_new_device=False, passed=(), time_ms=NOW), ""),
    (StateChanged(ANN, ACCOUNT, "active", "unfrozen", NOW), "account_unfrozen"),
    (StateChanged(ANN, ACCOUNT, "frozen", "person", NOW), ""),
    (FactorBound(ANN, "phone", NOW), ""),
    (UserCreated(ANN, "CH", NOW), ""),
    (SignInRefused(ANN, 7, NOW), ""),
]


@pytest.mark.parametrize(("event", "kind"), EVENTS)
async def test_a_sensitive_event_becomes_a_hold_once(rights: Rights, event: PeopleEvent, kind: str) -> None:
    for _ in range(2):  # facts are told at least once
        follow(rights, 5, event)
    assert [(hold.kind, hold.until_ms) for hold in rights.holds.of(ANN)] == ([(kind, NOW + DAY_MS)] if kind else [])
    rights.close()


async def test_what_is_decided_at_a_sign_in_is_kept_once(rights: Rights) -> None:
    for _ in range(2):
        follow(rights, 5, SignedIn(ANN, 7, is_new_device=True, passed=(), time_ms=NOW))
    kept = rights.sign_ins.last(ANN)
    assert (kept.entity, kept.kyc_level, kept.time_ms) == ("global", 0, NOW)
    assert rights.sign_ins.last(ANN, before=kept.sign_in_id) is None
    assert rights.sign_ins.changes_since_last(ANN, rights.entitlements(ANN, ANY_SESSION)) == ()
    rights.close()


async def test_a_hold_reaches_the_core_from_any_thread(rights: Rights, engine: Sequencer) -> None:
    running = RunningRights(rights, CoreHolds(engine, rights.holds, RULES, Register().account_of))
    await asyncio.to_thread(follow, rights, 5, PASSWORD)
    await asyncio.sleep(0)
    await running.close()
    assert [view.until_ms for view in engine.views.withdrawal_holds(ACCOUNT)] == [NOW + DAY_MS]


async def test_a_hold_that_did_not_reach_the_core_is_carried_there_at_the_start(
    rights: Rights, engine: Sequencer
) -> None:
    follow(rights, 5, PASSWORD)
    assert engine.views.withdrawal_holds(ACCOUNT) == []
    running = RunningRights(rights, CoreHolds(engine, rights.holds, RULES, Register().account_of))
    await running.mend()
    assert len(engine.views.withdrawal_holds(ACCOUNT)) == 1
    await running.close()


async def test_an_engine_that_takes_nothing_does_not_end_the_house(rights: Rights, engine: Sequencer) -> None:
    running = RunningRights(rights, CoreHolds(engine, rights.holds, RULES, Register().account_of))
    await engine.stop()
    follow(rights, 5, PASSWORD)
    await asyncio.sleep(0)
    await running.close()
    assert engine.views.withdrawal_holds(ACCOUNT) == []


async def test_a_person_of_a_whole_house_is_governed_from_the_opening_of_the_account(house: House) -> None:
    users = house.people.parts.users
    with house.people.parts.transaction() as session:
        user_id = users.create(session, Contact(ContactKind.EMAIL, "ann@example.org"), "hash", "US", "", NOW).user_id
    house.rights.holds.place(user_id, "new_device", reference="fact:1")
    kept = asyncio.Event()
    house.engine.subscribe(lambda batch: kept.set() if WithdrawalHoldSet in map(type, batch.events) else None)
    accounts = TradingAccounts(house.engine, house.identity, house.people, 0, house.rights.changed)
    account = await accounts.ensure(user_id)
    spot, wallet = Capability.TRADE_SPOT, Capability.WALLET
    assert house.services.gate.refusal(account, (spot,), NOW).reason is Reason.PLACE_CLOSED
    assert house.services.gate.refusal(account, (wallet,), NOW) is None
    assert house.services.gate.refusal(account + 1, (spot,), NOW) is None  # nobody's account is the operator's
    await asyncio.wait_for(kept.wait(), 20)
    assert house.engine.views.withdrawal_holds(account)[0].until_ms == NOW + DAY_MS
    house.rights.standings.set_kyc_level(user_id, 3)
    assert house.services.gate.refusal(account, (spot,), NOW).reason is Reason.PLACE_CLOSED
