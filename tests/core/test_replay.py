"""Replay applies rows again and stops before anybody sees a history that differs from the first one."""

from typing import NamedTuple

import pytest

from lonja.core.commands import Command, CreateAccount, CreateCurrency, Deposit
from lonja.core.hashing import state_hash
from lonja.core.layout import encode_command
from lonja.core.replay import GENESIS_DIGEST, Replayed, chain_digest, replay_rows
from lonja.core.state import State
from lonja.core.texts import Text16
from lonja.primitives.errors import DataCorruptError


class Row(NamedTuple):
    first_command: int
    command_count: int
    event_digest: bytes
    body: bytes


def row(first: int, digest: bytes, *commands: Command, count: int | None = None) -> Row:
    body = b"".join(encode_command(command) for command in commands)
    return Row(first, len(commands) if count is None else count, digest, body)


OPENING = (CreateCurrency(time_ms=1, name=Text16("BTC")), CreateAccount(time_ms=1))
DEPOSIT = Deposit(time_ms=2, account=2, currency=0, ledger=1, amount=5)


def replayed(*rows: Row) -> list[tuple[Row, Replayed]]:
    return list(replay_rows(State(), rows))


def digest_after(*rows: Row) -> bytes:
    return replayed(*rows)[-1][1].event_digest


def test_gives_each_row_with_where_it_led() -> None:
    first = row(0, GENESIS_DIGEST, *OPENING)
    second = row(2, digest_after(first), DEPOSIT)
    (row_a, after_a), (row_b, after_b) = replayed(first, second)
    assert (row_a, row_b) == (first, second)
    assert (after_a.next_command, after_b.next_command) == (2, 3)
    assert after_b.event_digest == chain_digest(after_a.event_digest, after_b.events)
    assert replayed() == []


def test_goes_on_from_where_a_state_stands() -> None:
    first = row(0, GENESIS_DIGEST, *OPENING)
    second = row(2, digest_after(first), DEPOSIT)
    whole, parted = State(), State()
    list(replay_rows(whole, [first, second]))
    ((_, stand),) = replay_rows(parted, [first])
    ((_, end),) = replay_rows(parted, [second], stand.next_command, stand.event_digest)
    assert state_hash(parted) == state_hash(whole)
    assert end == replayed(first, second)[-1][1]


def test_refuses_a_row_that_does_not_follow() -> None:
    with pytest.raises(DataCorruptError, match="goes on with command 5 instead of 0"):
        replayed(row(5, GENESIS_DIGEST, *OPENING))


def test_refuses_a_history_that_gives_other_events() -> None:
    first = row(0, GENESIS_DIGEST, *OPENING)
    changed = row(0, GENESIS_DIGEST, OPENING[0]._replace(name=Text16("BTX")), OPENING[1])
    second = row(2, digest_after(first), DEPOSIT)
    with pytest.raises(DataCorruptError, match="commands before number 2 did not give the events") as caught:
        replayed(changed, second)
    assert "another version" in caught.value.remedy


def test_refuses_a_row_that_miscounts_its_commands() -> None:
    with pytest.raises(DataCorruptError, match="wrong count"):
        replayed(row(0, GENESIS_DIGEST, *OPENING, count=3))


def test_the_digest_chains() -> None:
    assert chain_digest(GENESIS_DIGEST, b"a") != chain_digest(chain_digest(GENESIS_DIGEST, b""), b"a")
    assert len(chain_digest(GENESIS_DIGEST, b"")) == len(GENESIS_DIGEST) == 16
