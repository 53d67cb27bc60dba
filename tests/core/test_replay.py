"""Replay: rows of the journal do again what they did, or are refused."""

from typing import NamedTuple

import pytest

from lonja.core import commands as c
from lonja.core.layout import decode_events, encode_command
from lonja.core.replay import GENESIS_DIGEST, chain_digest, replay_rows
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state import State
from lonja.core.texts import Text16
from lonja.primitives.errors import DataCorruptError


class Row(NamedTuple):
    """A journal row as replay needs it."""

    first_command: int
    command_count: int
    event_digest: bytes
    body: bytes


BODIES: list[list[c.Command]] = [
    [c.CreateCurrency(5, name=Text16("BTC")), c.CreateAccount(5)],
    [c.Deposit(6, 2, currency=0, ledger=1, amount=9)],
    [c.Withdraw(7, 2, currency=0, ledger=1, amount=10), c.Withdraw(7, 2, currency=0, ledger=1, amount=4), c.Tick(8)],
]


def journal() -> list[Row]:
    """Three rows with the digests that replaying them gives."""
    rows: list[Row] = []
    state, number, digest = State(), 0, GENESIS_DIGEST
    for commands in BODIES:
        row = Row(number, len(commands), digest, b"".join(encode_command(command) for command in commands))
        rows.append(row)
        ((_, replayed),) = replay_rows(state, [row], number, digest)
        number, digest = replayed.next_command, replayed.event_digest
    return rows


def test_rows_replay_to_the_same_state_events_and_digests() -> None:
    rows, state = journal(), State()
    replayed = [outcome for _, outcome in replay_rows(state, rows)]
    assert [outcome.next_command for outcome in replayed] == [2, 3, 6]
    assert [outcome.event_digest for outcome in replayed[:2]] == [row.event_digest for row in rows[1:]]
    digest = GENESIS_DIGEST
    for outcome in replayed:
        digest = chain_digest(digest, outcome.events)
    assert digest == replayed[-1].event_digest
    assert [type(event).__name__ for outcome in replayed for event in decode_events(outcome.events)] == [
        "CurrencyCreated",
        "AccountCreated",
        "Deposited",
        "Withdrawn",
    ]
    assert state.next_command == 6


def test_replay_goes_on_from_a_snapshot() -> None:
    rows, state = journal(), State()
    whole = list(replay_rows(state, rows))
    half = State()
    ((_, first),) = replay_rows(half, rows[:1])
    loaded = load_state(dump_state(half))
    rest = list(replay_rows(loaded, rows[1:], first.next_command, first.event_digest))
    assert rest == whole[1:]
    assert dump_state(loaded) == dump_state(state)


def test_a_gap_is_told() -> None:
    rows = journal()
    with pytest.raises(DataCorruptError, match="goes on with command 3 instead of 2"):
        list(replay_rows(State(), [rows[0], rows[2]]))


def test_other_events_than_at_first_are_told() -> None:
    rows = journal()
    changed = rows[1]._replace(body=encode_command(c.Deposit(6, 2, currency=0, ledger=1, amount=8)))
    replayed = replay_rows(State(), [rows[0], changed, rows[2]])
    assert [next(replayed)[1].next_command, next(replayed)[1].next_command] == [2, 3]
    with pytest.raises(DataCorruptError, match="before number 3 did not give the events they gave at first"):
        next(replayed)


def test_a_wrong_count_is_told() -> None:
    rows = journal()
    with pytest.raises(DataCorruptError, match="wrong count"):
        list(replay_rows(State(), [rows[0]._replace(command_count=1)]))
