"""Pockets that have, owe and have ordered nothing cost their owner none of the short ways; ``docs/adr/0036``."""

import pytest

from lonja.core import ledger as ld
from lonja.core.calm import is_calm
from lonja.core.margin import surely_free
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state import State
from tests.core.scenario import Floor
from tests.core.test_cross_pockets import DAN, IN_USD, founded

HELD = """> bob sell 10 @ 100 on=LIN
> dan buy 10 @ 100 on=LIN"""

SECOND_PAIR = """> instrument BTC2-USD base=BTC quote=USD
> margin_tier BTC2-USD 1 base=100 quote=20000 imr=200000 mmr=50000
> dan cross_pocket BTC2-USD USD"""


def holding() -> Floor:
    """Dan, whose pockets are empty, is long ten contracts, and the mark has been told since."""
    floor = founded(HELD)
    look(floor)
    return floor


def look(floor: Floor) -> None:
    """Two marks: the first one is looked at exactly, the second one may pass."""
    floor.run("> mark LIN 101\n> mark LIN 100")


def goes_short(state: State) -> tuple[bool, bool, bool]:
    """Whether orders, marks and exact looks know dan's position by what is remembered of it."""
    (position,) = state.positions_of(DAN)
    has_floor: bool = state.ledger.words[position.settle_slot + ld.FLOOR] != 0
    return surely_free(state, position) >= 0, has_floor, is_calm(state, position, position.contract.mark)


SHORT, EXACT = (True, True, True), (False, False, False)


def test_pockets_that_were_never_used() -> None:
    assert goes_short(holding().state) == SHORT


@pytest.mark.parametrize(
    ("used", "emptied"),
    [
        ("> dan_USD buy 1 @ 90 id=a", "> dan_USD cancel a"),
        ("> bob sell 5 @ 100\n> dan_USD buy 5 @ 100", "> bob buy 5 @ 100\n> dan_USD sell 5 @ 100"),
    ],
)
def test_a_pocket_in_use_is_looked_at_and_an_empty_one_no_more(used: str, emptied: str) -> None:
    floor = holding()
    floor.run(used)
    look(floor)
    assert goes_short(floor.state) == EXACT
    assert IN_USD in floor.state.watched_pools
    floor.run(emptied)
    assert not floor.state.crossed_slots
    look(floor)
    assert goes_short(floor.state) == SHORT


def test_one_of_two_pockets_on_the_same_money_is_enough() -> None:
    floor = holding()
    floor.run(SECOND_PAIR)
    floor.names.accounts[-1] = "dan_other"
    floor.run("> dan_USD buy 1 @ 90 id=a\n> dan_other buy 1 @ 90 id=b on=BTC2-USD")
    for cancel, known in (("> dan_other cancel b on=BTC2-USD", EXACT), ("> dan_USD cancel a", SHORT)):
        floor.run(cancel)
        look(floor)
        assert goes_short(floor.state) == known


def test_what_was_remembered_before_a_pocket_was_used_is_not_believed_after() -> None:
    """The position was far from liquidation, then near it with the pocket; without it, it is looked at anew."""
    floor = holding()
    floor.run("> dan_USD buy 1 @ 90 id=a")
    (position,) = floor.state.positions_of(DAN)
    position.warned = 1
    floor.run("> dan_USD cancel a")
    look(floor)
    assert position.warned == 0


def test_a_snapshot_knows_which_pockets_are_in_use() -> None:
    floor = holding()
    for more in ("> dan_USD buy 1 @ 90 id=a", "> dan_USD cancel a"):
        floor.run(more)
        again = load_state(dump_state(floor.state))
        assert again.crossed_slots == floor.state.crossed_slots
        assert bool(again.crossed_slots) == (more == "> dan_USD buy 1 @ 90 id=a")
