"""Batches, unknown commands, and gateways that repeat themselves."""

import struct

import pytest

from lonja.core import commands as c
from lonja.core.apply import apply_batch
from lonja.core.kinds import Side
from lonja.core.layout import decode_events, encode_command
from lonja.core.rejections import Rejection
from lonja.core.state import RECENT_ANSWERS, State
from lonja.core.texts import Text16
from tests.core.batches import apply_both_ways
from tests.core.scenario import START_MS, Floor
from tests.simulation.invariants import check_round_trip, check_state

ANN, BOB = 2, 3
BUY = c.PlaceOrder(START_MS, ANN, side=Side.BUY, price=100, size=1)


def answers(floor: Floor, *commands: c.Command) -> list[tuple[Rejection, int]]:
    """What a batch of commands is answered."""
    body = b"".join(encode_command(command) for command in commands)
    words = struct.iter_unpack("<qq", apply_batch(floor.state, body, floor.state.next_command).outcomes)
    return [(Rejection(rejection), answer) for rejection, answer in words]


def test_a_batch_does_what_its_commands_do_one_by_one() -> None:
    commands: list[c.Command] = [
        BUY,
        BUY._replace(size=0),
        c.PlaceOrder(START_MS + 1, BOB, side=Side.SELL, price=99, size=3),
        c.CancelAllAfter(START_MS + 2, BOB, timeout_ms=10_000),
        c.Tick(START_MS + 10_002),
        BUY._replace(time_ms=START_MS),
    ]
    apply_both_ways(Floor(), Floor(), commands)


def test_a_late_fill_of_one_command_does_not_mark_another_commands_fill() -> None:
    """A quote-sized order whose rest buys no lot marks its own last fill, which lies before other events in a batch."""
    floor = Floor()
    sells = [c.PlaceOrder(START_MS, BOB, side=Side.SELL, price=100, size=2)] * 2
    market = c.PlaceOrder(START_MS, ANN, side=Side.BUY, order_type=1, size=150, size_unit=1)
    body = b"".join(encode_command(command) for command in (*sells, market, market, market._replace(size=99)))
    events = list(decode_events(apply_batch(floor.state, body, floor.state.next_command).events))
    floor.mirror.fold(events)
    assert [event.order_state for event in events if hasattr(event, "order_state")] == [2, 1, 2, 2]


def test_an_empty_batch_is_nothing() -> None:
    floor = Floor()
    applied = apply_batch(floor.state, b"", floor.state.next_command)
    assert applied == (b"", b"")


def test_commands_are_numbered_without_a_gap() -> None:
    floor = Floor()
    with pytest.raises(AssertionError, match="without a gap"):
        apply_batch(floor.state, encode_command(BUY), floor.state.next_command + 1)


@pytest.mark.parametrize("kind", [0, max(c.COMMAND_KINDS.values()) + 1, -1, 2**63 - 1])
def test_an_unknown_command_is_refused_and_only_time_passes(kind: int) -> None:
    state = State()
    body = struct.pack("<6q", 6, kind, START_MS, 0, 0, 0) + encode_command(c.CreateCurrency(name=Text16("BTC")))
    applied = apply_batch(state, body, 0)
    assert struct.unpack("<4q", applied.outcomes) == (Rejection.UNKNOWN_COMMAND, 0, Rejection.NONE, 0)
    assert state.time_ms == START_MS


def test_a_repeated_command_of_a_gateway_gets_its_first_answer() -> None:
    floor = Floor()
    first = BUY._replace(session=7, session_sequence=1)
    refused = BUY._replace(session=7, session_sequence=2, size=0)
    (placed, not_placed, again, not_again) = answers(floor, first, refused, first, refused)
    assert placed[0] == Rejection.NONE
    assert (again, not_again) == (placed, not_placed)
    assert not_placed == (Rejection.SIZE_NOT_POSITIVE, 0)
    assert len(floor.state.orders_of(ANN)) == 1
    check_round_trip(floor.state)


def test_sessions_count_for_themselves_and_without_a_session_nothing_repeats() -> None:
    floor = Floor()
    one, other = BUY._replace(session=7, session_sequence=1), BUY._replace(session=8, session_sequence=1)
    told = answers(floor, one, other, BUY, BUY, one)
    assert [rejection for rejection, _ in told] == [Rejection.NONE] * 5
    assert told[4] == told[0]
    assert len({answer for _, answer in told}) == 4
    check_state(floor.state)


def test_a_gateway_may_skip_numbers_but_not_go_back_to_skipped_ones() -> None:
    floor = Floor()
    late, early = BUY._replace(session=7, session_sequence=9), BUY._replace(session=7, session_sequence=4)
    never = BUY._replace(session=7, session_sequence=0)
    assert [rejection for rejection, _ in answers(floor, late, early, never)] == [
        Rejection.NONE,
        Rejection.UNKNOWN_COMMAND,
        Rejection.UNKNOWN_COMMAND,
    ]


@pytest.mark.parametrize("step", [1, 3, 1_000])
def test_only_the_recent_answers_are_remembered(step: int) -> None:
    floor = Floor()
    commands = [BUY._replace(session=7, session_sequence=1 + number * step) for number in range(RECENT_ANSWERS + 5)]
    told = answers(floor, *commands)
    assert answers(floor, commands[5], commands[-1], commands[4]) == [
        told[5],
        told[-1],
        (Rejection.UNKNOWN_COMMAND, 0),
    ]
    assert len(floor.state.sessions[7].answers) == RECENT_ANSWERS
    check_round_trip(floor.state)


def test_answers_survive_a_snapshot() -> None:
    floor = Floor()
    commands = [BUY._replace(session=7, session_sequence=number) for number in range(1, 5)]
    told = answers(floor, *commands)
    floor.state = check_round_trip(floor.state)
    assert answers(floor, *commands) == told
