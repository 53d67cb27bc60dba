"""Sub-accounts: named once, listed under their master, and whole after a crash at any moment of their opening."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lonja.adapters.clock import ManualClock
from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core.commands import ConfigureAccount, CreateAccount, DefineFeeTier
from lonja.core.views import AccountView
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.modules.identity.api import (
    Identity,
    KeyNotFoundError,
    LimitReachedError,
    NameTakenError,
    Permission,
    SubAccountOpening,
    TooManyNetworksError,
)
from lonja.primitives.errors import DataError

MASTER, OTHER = 2, 3
NOW_MS = 1_700_000_000_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


@pytest.fixture
def identity(database_url: str, clock: ManualClock) -> Iterator[Identity]:
    identity = Identity(database_url, MemorySecretBox(), clock.now_ms)
    yield identity
    identity.close()


def _engine(journal: MemoryJournal, clock: ManualClock) -> Sequencer:
    snapshots = MemorySnapshots()
    return Sequencer(recover(journal, snapshots), journal=journal, clock=clock, snapshots=snapshots)


async def _house(clock: ManualClock) -> tuple[Sequencer, MemoryJournal]:
    journal = MemoryJournal()
    engine = _engine(journal, clock)
    await engine.submit_many([DefineFeeTier(fee_tier=3), CreateAccount(self_trade_prevention=2), CreateAccount()])
    await engine.submit(ConfigureAccount(account=MASTER, fee_tier=3))
    return engine, journal


def _master(engine: Sequencer, account: int = MASTER) -> AccountView:
    view = engine.views.account(account)
    assert view is not None
    return view


def _opening(engine: Sequencer, identity: Identity, per_master_max: int = 10) -> SubAccountOpening:
    return SubAccountOpening(engine, identity.sub_accounts, lambda: per_master_max)


async def test_a_sub_account_is_set_up_like_its_master(identity: Identity, clock: ManualClock) -> None:
    engine, _ = await _house(clock)
    made = await _opening(engine, identity).open(_master(engine), "desk01", "first desk")
    assert (made.name, made.master, made.label, made.can_transfer_out, made.created_ms) == (
        *("desk01", MASTER, "first desk"),
        *(False, NOW_MS),
    )
    view = engine.views.account(made.account)
    assert view is not None
    assert (view.master, view.fee_tier, view.self_trade_prevention) == (MASTER, 3, 2)
    assert identity.sub_accounts.named(MASTER, "desk01") == made == identity.sub_accounts.find(made.account)
    assert identity.sub_accounts.named(OTHER, "desk01") is None
    assert identity.sub_accounts.find(MASTER) is None
    await engine.stop()


async def test_names_are_given_once_in_the_house(identity: Identity, clock: ManualClock) -> None:
    engine, _ = await _house(clock)
    identity.register_account("owner1", MASTER, MASTER)
    opening = _opening(engine, identity)
    await opening.open(_master(engine), "desk01", "")
    count = engine.views.account_count()
    for name, master in (("desk01", MASTER), ("desk01", OTHER), ("owner1", MASTER)):
        with pytest.raises(NameTakenError):
            await opening.open(_master(engine, master), name, "")
    assert engine.views.account_count() == count
    await engine.stop()


async def test_a_master_has_a_limited_number(identity: Identity, clock: ManualClock) -> None:
    engine, _ = await _house(clock)
    opening = _opening(engine, identity, per_master_max=2)
    for number in range(2):
        clock.advance_ms(1)
        await opening.open(_master(engine), f"desk0{number}", "")
    with pytest.raises(LimitReachedError):
        await opening.open(_master(engine), "desk02", "")
    assert (await opening.open(_master(engine, OTHER), "desk02", "")).master == OTHER
    assert [sub.name for sub in identity.sub_accounts.of(MASTER)] == ["desk01", "desk00"]
    await engine.stop()


async def test_an_account_that_a_crash_left_without_a_name_is_used(identity: Identity, clock: ManualClock) -> None:
    engine, journal = await _house(clock)
    lost = (await engine.submit(CreateAccount(master=MASTER))).id
    other = (await engine.submit(CreateAccount(master=OTHER))).id
    await engine.stop()
    kept = MemoryJournal()
    for row in journal.rows():
        kept.append(row)
    again = _engine(kept, clock)
    opening = _opening(again, identity)
    assert (await opening.open(_master(again), "desk01", "")).account == lost
    fresh = await opening.open(_master(again), "desk02", "")
    assert fresh.account == other + 1
    assert (await opening.open(_master(again, OTHER), "desk03", "")).account == other
    await again.stop()


async def test_a_name_that_could_not_be_written_leaves_nothing_over(
    identity: Identity, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, _ = await _house(clock)
    opening = _opening(engine, identity)

    def full(*_: object) -> None:
        raise DataError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(type(identity.sub_accounts), "register", full)
        with pytest.raises(DataError):
            await opening.open(_master(engine), "desk01", "")
    count = engine.views.account_count()
    made = await opening.open(_master(engine), "desk01", "")
    assert (made.account, engine.views.account_count()) == (count - 1, count)
    await engine.stop()


def test_transfers_to_others_are_allowed_per_account(identity: Identity) -> None:
    for account, name in ((4, "desk01"), (5, "desk02")):
        identity.sub_accounts.register(MASTER, account, name, "")
    identity.sub_accounts.register(OTHER, 6, "desk03", "")
    identity.sub_accounts.allow_transfers(MASTER, ["desk02", "desk03"], allowed=True)
    allowed = {sub.name: sub.can_transfer_out for master in (MASTER, OTHER) for sub in identity.sub_accounts.of(master)}
    assert allowed == {"desk01": False, "desk02": True, "desk03": False}
    identity.sub_accounts.allow_transfers(MASTER, ["desk02"], allowed=False)
    named = identity.sub_accounts.named(MASTER, "desk02")
    assert named is not None
    assert not named.can_transfer_out


def test_keys_change_at_once_and_keep_their_secret(identity: Identity) -> None:
    identity.sub_accounts.register(MASTER, 4, "desk01", "")
    made = identity.create_key(4, permissions=["trade"], networks=["10.0.0.1"], label="bot")
    assert identity.find_key(made.key.api_key) is not None
    entry = identity.change_key(made.key.api_key, permissions=["read"], networks=[])
    assert (entry.permissions, entry.networks, entry.label) == ("read", "", "bot")
    found = identity.find_key(made.key.api_key)
    assert found is not None
    assert (set(found.permissions), found.networks, found.secret) == ({Permission.READ}, (), made.secret.encode())
    assert identity.change_key(made.key.api_key, label="new").label == "new"
    with pytest.raises(TooManyNetworksError):
        identity.change_key(made.key.api_key, networks=[f"10.0.0.{number}" for number in range(21)])
    identity.remove_key(made.key.api_key)
    for unknown in (made.key.api_key, "none"):
        with pytest.raises(KeyNotFoundError):
            identity.change_key(unknown, label="gone")


def test_sub_accounts_are_there_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'identity.sqlite'}"
    box = MemorySecretBox()
    first = Identity(url, box, lambda: 1)
    first.register_account("ana", 2, 2)
    first.sub_accounts.register(2, 3, "desk01", "note")
    first.close()
    again = Identity(url, box, lambda: 2)
    assert [(sub.name, sub.label) for sub in again.sub_accounts.of(2)] == [("desk01", "note")]
    again.close()
