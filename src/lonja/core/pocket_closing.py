"""When the position of a pocket is over, and what then goes back to its owner.

Why here: fills, canceled orders and liquidations may all be the end of one, so the core looks once, when the command is
done. Invariant: what goes back is not needed by anything: nothing is owed, and of isolated pockets no order is open.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import orders as o
from lonja.core.algos import POCKET_FLAT
from lonja.core.collateral import in_units, is_in_use, value_of
from lonja.core.collateral_events import CollateralTaken, DebtCovered
from lonja.core.contracts import ceil_of
from lonja.core.events import Transferred
from lonja.core.instruments import Instrument
from lonja.core.ledger import TRADING
from lonja.core.margin import owned_equity
from lonja.core.pocket_positions import cash_of, end_position
from lonja.core.pocket_reducing import bound_pocket, own_cash
from lonja.core.pooled_placing import returnable
from lonja.core.pools import Pool
from lonja.core.state import State
from lonja.core.texts import EMPTY_32

NIL: Final[i64] = -1
_TRADING: Final = 1


def close_pockets(state: State) -> None:
    """Look at every pocket that traded or whose orders ended, by account."""
    for pocket in sorted(state.touched_pockets):
        pool = state.pools[pocket]
        _look(state, pocket, pool)
        if not is_in_use(state, pocket):
            pool.warned = 0
            del state.watched_pools[pocket]
            state.cross(pool, -1)
    state.touched_pockets.clear()


def _look(state: State, pocket: i64, pool: Pool) -> None:
    instrument = state.instruments[pool.instrument]
    closed = pool.closed
    pool.closed = False
    if closed and (pool.returns == 1 or pool.currency != NIL):
        _settle_rest(state, pocket, instrument)
    if pool.currency != NIL:
        _look_at_cross(state, pocket, pool, instrument, closed)
    bound_pocket(state, pocket, instrument)
    if pool.currency != NIL:
        return
    owes: bool = own_cash(state, pocket, instrument.base) < 0 or own_cash(state, pocket, instrument.quote) < 0
    if not owes and not pool.loans:
        _end(state, pocket, pool, closed)
        if pool.returns == 1 and state.accounts.get(pocket, a.FIRST_ORDER) == NIL:
            pool.returns = 0
            pool.brought = {}
            give_back(state, pocket, pool, instrument.base)
            give_back(state, pocket, pool, instrument.quote)
    _give_back_unused(state, pocket, pool)


def _give_back_unused(state: State, pocket: i64, pool: Pool) -> None:
    """Move back what came with lots that were canceled, as far as the rest can do without it, the oldest order first."""
    for order_id in sorted(pool.brought):
        currency, amount, lots, returned = pool.brought[order_id]
        slot = state.orders.find(order_id)
        if slot == NIL:
            del pool.brought[order_id]
            kept = pool.ended[order_id]
        else:
            kept = int(state.orders.get(slot, o.SIZE))
        due = amount * (lots - kept) // lots - returned if kept < lots else 0
        if due > 0:
            there = returnable(state, pocket, currency, due)
            if there > 0:
                move(state, pocket, pool.owner, currency, there)
            if slot != NIL:
                pool.brought[order_id] = (currency, amount, lots, returned + due)
    pool.ended = {}


def _look_at_cross(state: State, pocket: i64, pool: Pool, instrument: Instrument, closed: bool) -> None:
    """Clear a cross pocket out that owes nothing, or that has closed all it had; the owner pays what is still owed."""
    other = instrument.base if pool.currency == instrument.quote else instrument.quote
    margin, asset = cash_of(state, pocket, pool.currency), cash_of(state, pocket, other)
    lot = value_of(state.currencies[instrument.base], int(instrument.base_per_lot))
    if closed and margin < 0 < asset and value_of(state.currencies[other], asset) < lot:
        # No order could sell it any more.
        worth = in_units(state, pool.currency, value_of(state.currencies[other], asset))
        _trade_rest(state, pocket, (int(other), asset), (int(pool.currency), worth))
        asset = 0
    if asset < 0 or (margin < 0 and asset != 0):
        return
    _end(state, pocket, pool, closed)
    give_back(state, pocket, pool, other)
    give_back(state, pocket, pool, pool.currency)
    owed = -cash_of(state, pocket, pool.currency)
    if owed > 0:
        move(state, pool.owner, pocket, pool.currency, owed)
        _cover(state, pool.owner, pool.currency)


def _end(state: State, pocket: i64, pool: Pool, closed: bool) -> None:
    """Nothing is open any more, which concerns algo orders when anything was."""
    if closed or pool.lots != 0:
        state.algos.note_pocket(POCKET_FLAT, int(pocket))
    end_position(pool)


def _cover(state: State, owner: i64, currency: i64) -> None:
    """Let the desk pay what neither the owner's cash nor its cross positions and pockets cover after a loss."""
    lacking = -owned_equity(state, owner, currency)
    if cash_of(state, owner, currency) < 0 < lacking:
        balance: int = state.ledger.post(state.slot(owner, currency, TRADING), lacking, state.time_ms)
        desk_balance: int = state.ledger.post(state.slot(state.desk, currency, TRADING), -lacking, state.time_ms)
        number = state.events.next_sequence()
        told = (int(owner), int(currency), lacking, balance, desk_balance)
        state.events.cold(DebtCovered(number, state.time_ms, *told))


def give_back(state: State, pocket: i64, pool: Pool, currency: i64) -> None:
    """Move all cash of a currency to the owner."""
    amount = cash_of(state, pocket, currency)
    if amount > 0:
        move(state, pocket, pool.owner, currency, amount)


def move(state: State, sender: i64, receiver: i64, currency: i64, amount: int) -> None:
    """Move cash between a pocket and its owner, and tell it as a transfer."""
    balance: int = state.ledger.post(state.slot(sender, currency, TRADING), -amount, state.time_ms)
    received: int = state.ledger.post(state.slot(receiver, currency, TRADING), amount, state.time_ms)
    number = state.events.next_sequence()
    names = (int(sender), int(currency), amount, _TRADING, _TRADING, int(receiver))
    state.events.cold(Transferred(number, state.time_ms, *names, balance, received, EMPTY_32))


def _settle_rest(state: State, pocket: i64, instrument: Instrument) -> None:
    """After closing, let the desk pay a debt that is worth less than a lot, for what it is worth of the other currency."""
    for owed, owned in ((instrument.base, instrument.quote), (instrument.quote, instrument.base)):
        due = -cash_of(state, pocket, owed)
        price = price_of_rest(state, instrument, owed, due, owned)
        if 0 <= price <= cash_of(state, pocket, owned):
            _trade_rest(state, pocket, (int(owned), price), (int(owed), due))


def price_of_rest(state: State, instrument: Instrument, owed: i64, due: int, owned: i64) -> int:
    """What the desk asks of ``owned`` to pay a debt that is worth less than a lot; -1 when it pays none."""
    lot = value_of(state.currencies[instrument.base], int(instrument.base_per_lot))
    debt, other = state.currencies[owed], state.currencies[owned]
    if due <= 0 or other.weight == 0 or value_of(debt, due) >= lot:
        return -1
    return ceil_of((due * debt.weight, other.weight))


def _trade_rest(state: State, pocket: i64, taken: tuple[int, int], repaid: tuple[int, int]) -> None:
    """Move both amounts, each a currency and how much of it, between a pocket and the desk."""
    balance: int = state.ledger.post(state.slot(pocket, taken[0], TRADING), -taken[1], state.time_ms)
    debt_balance: int = state.ledger.post(state.slot(pocket, repaid[0], TRADING), repaid[1], state.time_ms)
    desk_balance: int = state.ledger.post(state.slot(state.desk, taken[0], TRADING), taken[1], state.time_ms)
    desk_debt: int = state.ledger.post(state.slot(state.desk, repaid[0], TRADING), -repaid[1], state.time_ms)
    prices = (int(state.currencies[taken[0]].price), int(state.currencies[repaid[0]].price))
    told = (int(pocket), *taken, prices[0], *repaid, prices[1], balance, debt_balance, desk_balance, desk_debt)
    state.events.cold(CollateralTaken(state.events.next_sequence(), state.time_ms, *told))
