"""Auto-deleveraging: what the Security Fund cannot carry is closed against those who win most with most leverage.

Why here: the last resort of liquidation. Source of the ranking: profit per cent times effective leverage for winners,
divided by it for losers, the highest first. Invariant: both sides close at one price, so nobody else pays.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core.contracts import Contract
from lonja.core.instruments import Instrument
from lonja.core.maintenance import cross_standing, isolated_standing
from lonja.core.positions import ISOLATED, Position
from lonja.core.settling import bound_reducing, close
from lonja.core.state import State

DELEVERAGED: Final = 4
LIGHTS: Final = 5
_UNIT: Final = 10**9


def rank_of(state: State, contract: Contract, position: Position) -> int:
    """The score of a held position, in 10**-18: profit over entry value, times or divided by effective leverage."""
    value_num, value_den = contract.value(contract.mark, position.size())
    entry: int = position.entry_num * contract.unit // (position.entry_den * contract.divisor)
    profit: int = position.unrealized(contract)
    if position.margin_mode == ISOLATED:
        standing = isolated_standing(state, contract, position)
    else:
        standing = cross_standing(state, position.account, contract.family.settle)
    equity: int = standing.equity_num // standing.equity_den
    leverage: int = value_num * _UNIT // (value_den * max(equity, 1))
    share: int = profit * _UNIT // max(entry, 1)
    if profit >= 0:
        return share * leverage
    return share * _UNIT * _UNIT // max(leverage, 1)


def queue_against(state: State, contract: Contract, is_long: bool, account: i64) -> list[Position]:
    """Who is deleveraged when ``account`` has to close a long (or short) position, the first first."""
    found: list[tuple[int, int]] = []
    for number in contract.positions:
        position = state.positions[number - 1]
        opposite: bool = position.lots < 0 if is_long else position.lots > 0
        if opposite and position.account != account:
            found.append((-rank_of(state, contract, position), number))
    found.sort()
    return [state.positions[number - 1] for _, number in found]


def deleverage(state: State, instrument: Instrument, closing: Position, price: i64) -> None:
    """Close all of ``closing`` at ``price`` against the queue, off the book and without fees."""
    contract = instrument.contract
    assert contract is not None, "only contracts have positions"
    for winner in queue_against(state, contract, closing.lots > 0, closing.account):
        if closing.lots == 0:
            return
        lots = winner.size()
        if closing.size() < lots:
            lots = closing.size()
        close(state, instrument, winner, price, lots, 0, DELEVERAGED, 0)
        close(state, instrument, closing, price, lots, 0, DELEVERAGED, 0)
        state.renew_hold(winner)
        bound_reducing(state, instrument, winner)


def lights(state: State, contract: Contract, position: Position) -> int:
    """How near the front of its queue a position stands: 5 within the first fifth, 1 in the last, 0 when flat."""
    if position.lots == 0:
        return 0
    queue = queue_against(state, contract, position.lots < 0, -1)
    place: int = 0
    for other in queue:
        if other is position:
            break
        place += 1
    return LIGHTS - place * LIGHTS // len(queue)
