"""Auto-deleveraging: what the Security Fund cannot carry is closed against those who win most with most leverage.

Why here: the last resort of liquidation. Source of the ranking: profit per cent times effective leverage for winners,
divided by it for losers, the highest first. Invariant: both sides of a pair close at one price, so nobody else pays.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core.collateral import at_stake, is_pooled
from lonja.core.contracts import Contract, floor_of
from lonja.core.funds import cover_loss, fund_balance
from lonja.core.instruments import Instrument
from lonja.core.maintenance import cross_standing, isolated_standing
from lonja.core.margin import cross_equity
from lonja.core.positions import ISOLATED, Position
from lonja.core.settling import bound_reducing, close
from lonja.core.state import State

DELEVERAGED: Final = 4
LIGHTS: Final = 5
_UNIT: Final = 10**9


Known = dict[tuple[int, int], int]
"""What stands behind the cross positions of an account in a currency, while the state stays as it is."""


def rank_of(state: State, contract: Contract, position: Position, known: Known) -> int:
    """The score of a held position, in 10**-18: profit over entry value, times or divided by effective leverage."""
    value_num, value_den = contract.value(contract.mark, position.size())
    entry: int = position.entry_num * contract.unit // (position.entry_den * contract.divisor)
    profit: int = position.unrealized(contract)
    equity = _equity_behind(state, contract, position, known)
    leverage: int = value_num * _UNIT // (value_den * max(equity, 1))
    share: int = profit * _UNIT // max(entry, 1)
    if profit >= 0:
        return share * leverage
    return share * _UNIT * _UNIT // max(leverage, 1)


def _equity_behind(state: State, contract: Contract, position: Position, known: Known) -> int:
    if position.margin_mode == ISOLATED:
        standing = isolated_standing(state, contract, position)
        return standing.equity_num // standing.equity_den
    key = (int(position.account), int(contract.family.settle))
    equity = known.get(key)
    if equity is None:
        if is_pooled(state, position.account):
            equity = at_stake(state, position.account, contract.family.settle)
        else:
            standing = cross_standing(state, position.account, contract.family.settle)
            equity = standing.equity_num // standing.equity_den
        known[key] = equity
    return equity


def queue_against(state: State, contract: Contract, is_long: bool, known: Known) -> list[Position]:
    """Who is deleveraged when a long (or short) position of the fund has to be closed, the first first."""
    found: list[tuple[int, int]] = []
    for number in contract.positions:
        position = state.positions[number - 1]
        opposite: bool = position.lots < 0 if is_long else position.lots > 0
        if opposite and position.account != contract.family.account:
            found.append((-rank_of(state, contract, position, known), number))
    found.sort()
    return [state.positions[number - 1] for _, number in found]


def deleverage(state: State, instrument: Instrument, keeper: Position) -> None:
    """Close all of what the fund keeps against the queue, off the book and without fees."""
    contract = instrument.contract
    assert contract is not None, "only contracts have positions"
    for winner in queue_against(state, contract, keeper.lots > 0, {}):
        if keeper.lots == 0:
            return
        lots = winner.size()
        if keeper.size() < lots:
            lots = keeper.size()
        price = _price_between(state, contract, keeper, winner, lots)
        close(state, instrument, winner, price, lots, 0, DELEVERAGED, 0)
        close(state, instrument, keeper, price, lots, 0, DELEVERAGED, 0)
        cover_loss(state, contract, winner)
        state.renew_hold(winner)
        bound_reducing(state, instrument, winner)


def _price_between(state: State, contract: Contract, keeper: Position, winner: Position, lots: i64) -> i64:
    """The mark, or what the fund needs for the rest of what it keeps, as far as ``winner`` can pay for it."""
    mark = contract.mark
    owed: int = -fund_balance(state, contract.family)
    if floor_of(keeper.gain(contract, mark, keeper.size())) >= owed:
        return mark
    needed = keeper.price_for(contract, keeper.size(), owed)
    most = winner.price_for(contract, lots, -_behind(state, contract, winner, lots))
    if keeper.lots > 0:
        price = needed if needed < most else most
        return price if price > mark else mark
    price = needed if needed > most else most
    return price if price < mark else mark


def _behind(state: State, contract: Contract, position: Position, lots: i64) -> int:
    """What ending ``lots`` may lose without leaving the account below nothing."""
    if position.margin_mode == ISOLATED:
        return position.margin_of(lots)
    if is_pooled(state, position.account):
        equity = at_stake(state, position.account, contract.family.settle)
    else:
        held: int = state.ledger.get(position.settle_slot, ld.HELD)
        equity = cross_equity(state, position.account, contract.family.settle) - held
    return equity - floor_of(position.gain(contract, contract.mark, lots))


def lights(state: State, contract: Contract, position: Position, known: Known) -> int:
    """How near the front of its queue a position stands: 5 within the first fifth, 1 in the last, 0 when flat or the fund's."""
    if position.lots == 0 or position.account == contract.family.account:
        return 0
    queue = queue_against(state, contract, position.lots < 0, known)
    return LIGHTS - queue.index(position) * LIGHTS // len(queue)
