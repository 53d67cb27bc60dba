"""What a pocket has bought or sold since its position was opened: lots, what they cost, and what closing some brought.

Why here: whoever is shown the position sees these; nothing that decides about money does. How a pocket is found, too. Invariant: ``cost`` is what the
lots that are left were traded for; closing a part takes the same part of it, rounded down.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core.instruments import INT_MAX
from lonja.core.ledger import TRADING
from lonja.core.pools import Pool
from lonja.core.state import State

NIL: Final[i64] = -1
BUY: Final[i64] = 0


def register_pocket(state: State, pocket: i64, pool: Pool) -> None:
    """Let a pocket be found by its owner."""
    state.has_pockets = True
    account: int = pocket
    owner: int = pool.owner
    instrument: int = pool.instrument
    currency: int = pool.currency
    state.owned_pockets.setdefault(owner, []).append(account)
    if currency == -1:
        state.pockets[owner, instrument] = account
        return
    state.cross_pockets[owner, instrument, currency] = account
    state.crossed.setdefault((owner, currency), []).append(account)
    # The balance that it stands on is there from now on.
    state.slot(owner, currency, TRADING)


def note_fill(state: State, account: i64, side: i64, lots: i64, notional: i64) -> None:
    """Count half of a trade in, when the account is a pocket."""
    pool = state.pools.get(int(account))
    if pool is None or pool.instrument == NIL:
        return
    state.touch_pocket(account)
    size: int = lots
    value: int = notional
    held = abs(pool.lots)
    is_long = pool.lots > 0
    closing = min(size, held) if held != 0 and is_long != (side == BUY) else 0
    if closing > 0:
        part = pool.cost * closing // held
        brought = value * closing // size
        pool.pnl = _bounded(pool.pnl + (brought - part if is_long else part - brought))
        pool.cost -= part
        pool.lots += -closing if is_long else closing
        pool.closed = True
        value -= brought
    opening = size - closing
    if opening > 0:
        if pool.lots == 0:
            _begin(state, pool)
        pool.cost = _bounded(pool.cost + value)
        pool.lots = _bounded(pool.lots + (opening if side == BUY else -opening))


def _bounded(total: int) -> int:
    """A total that a word holds: what is bought may leave a pocket again and again, and be bought anew."""
    limit: int = INT_MAX
    return max(-limit, min(total, limit))


def _begin(state: State, pool: Pool) -> None:
    """A new life: what is told of the last one starts at nothing."""
    pool.life = state.events.sequence + 1
    pool.opened_ms = state.time_ms
    pool.pnl = 0


def end_position(pool: Pool) -> None:
    """Nothing is owed any more: what lots roundings and fees left are no position."""
    pool.lots = 0
    pool.cost = 0


def cash_of(state: State, account: i64, currency: i64) -> int:
    """The cash of a trading account."""
    slot = state.ledger.find(account, currency, TRADING)
    return 0 if slot == NIL else int(state.ledger.get(slot, ld.CASH))
