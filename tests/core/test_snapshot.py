"""Snapshots: the whole state as bytes and back, in a form that does not depend on how memory was used."""

import struct

import pytest

from lonja.core import commands as c
from lonja.core.apply import apply_batch
from lonja.core.hashing import hash_of_dump, state_hash
from lonja.core.kinds import Side
from lonja.core.layout import encode_command
from lonja.core.snapshot import MAGIC, VERSION, dump_state, load_state
from lonja.core.state import State
from tests.core.scenario import Floor
from tests.simulation.invariants import check_round_trip, check_state

LIVELY = """> currency ETH scale=3
> instrument ETH-USD base=ETH quote=USD price_scale=1 tick_step=5 size_scale=2 lot_step=25 size_min=2 state=2 fee_group=3
> fees tier=0 maker=-100 taker=1000
> fees tier=63 group=63 maker=5 taker=0
> account ann2 master=ann stp=cancel_both tier=5 kind=2
> index BTC-USD 100
> deposit ann2 77 ETH funding
> ann sell 10 @ 101 id=a tag=grid
> bob buy 4 @ 101 id=b
> bob buy 5 @ 100 id=abcdefghijklmnopqrstuvwxyz012345 post_only
> cat buy 5 @ 100 stp=cancel_taker
> bob buy 1 @ 99
> ann amend a 9
> ann cancel_all_after 20000
> ann cancel_all_after 10000 tag=grid
> cat cancel_all_after 15000 tag=longer-than-8"""


@pytest.fixture
def floor() -> Floor:
    """An exchange with something of everything."""
    made = Floor()
    made.run(LIVELY)
    made.apply_unchecked(c.CancelOrder(account=2, session=5, session_sequence=9, client_order_id="none"))  # type: ignore[arg-type]
    return made


def test_a_snapshot_comes_back_whole(floor: Floor) -> None:
    check_state(check_round_trip(floor.state))


def test_the_beginning_of_everything_has_a_snapshot_too() -> None:
    check_round_trip(State())


def test_a_loaded_state_goes_on_as_the_original_would(floor: Floor) -> None:
    """Same answers, same events, same state, and timers fire when they would have."""
    loaded = load_state(dump_state(floor.state))
    sell = c.PlaceOrder(floor.time_ms + 1, 4, side=Side.SELL, price=99, size=30)
    commands: list[c.Command] = [
        sell._replace(price=100, size=7, self_trade_prevention=1),
        c.AmendOrder(floor.time_ms + 2, 3, new_size=4, client_order_id="abcdefghijklmnopqrstuvwxyz012345"),  # type: ignore[arg-type]
        c.CancelOrder(account=2, session=5, session_sequence=9, client_order_id="a"),  # type: ignore[arg-type]
        c.Deposit(account=3, currency=1, ledger=0, amount=5),
        c.PlaceOrder(floor.time_ms + 3, 3, side=Side.BUY, order_type=1, size=200, size_unit=1),
        c.Tick(floor.time_ms + 60_000),
        sell,
    ]
    body = b"".join(encode_command(command) for command in commands)
    one = apply_batch(floor.state, body, floor.state.next_command)
    other = apply_batch(loaded, body, loaded.next_command)
    assert one == other
    assert dump_state(floor.state) == dump_state(loaded)
    check_state(loaded)


def test_the_bytes_do_not_tell_how_the_state_was_reached(floor: Floor) -> None:
    """Slots and levels that were used before, in another order, leave no trace."""
    floor.run(
        "> cat cancel #1\n> cat buy 5 @ 98 id=x\n> cat cancel x\n> cat buy 7 @ 97 id=y\n> bob cancel #2\n> cat buy 1 @ 97"
    )
    data = dump_state(floor.state)
    assert dump_state(load_state(data)) == data
    assert hash_of_dump(data) == state_hash(floor.state) == state_hash(load_state(data))


def test_different_states_have_different_hashes(floor: Floor) -> None:
    before = state_hash(floor.state)
    floor.apply(c.Tick())
    assert state_hash(floor.state) != before


def test_other_bytes_are_refused(floor: Floor) -> None:
    data = dump_state(floor.state)
    assert struct.unpack_from("<qq", data) == (MAGIC, VERSION)
    for wrong in (struct.pack("<q", 7) + data[8:], data[:8] + struct.pack("<q", VERSION + 1) + data[16:]):
        with pytest.raises(ValueError, match="version"):
            load_state(wrong)
    with pytest.raises(ValueError, match="left over"):
        load_state(data + bytes(8))
    # Holds are written last, and only when there are any.
    floor.apply(c.SetWithdrawalHold(account=2, hold_id=1))
    with pytest.raises(ValueError, match="left over"):
        load_state(dump_state(floor.state) + bytes(8))


@pytest.mark.parametrize("end", [0, 8, 40, 48, 200, 800, -8])
def test_bytes_that_end_early_are_refused(floor: Floor, end: int) -> None:
    with pytest.raises(IndexError):
        load_state(dump_state(floor.state)[:end])
