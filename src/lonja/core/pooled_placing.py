"""Whether an account in multi-currency mode can pay for a spot order, and may borrow what it lacks.

Why here: ``placing`` and ``changing`` ask when all other refusals are passed. Invariant: what an admitted order sells is
there, or may be borrowed, and all orders together cost no more than what nothing else needs.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.collateral import Sheet, Swap, Trial, in_units, is_pocket, lent_at_most, sheet_of, swap_of
from lonja.core.contracts import ceil_of
from lonja.core.crossing import stakes_of
from lonja.core.instruments import INT_MAX, Instrument
from lonja.core.ledger import TRADING
from lonja.core.margin import own_equity, own_margin
from lonja.core.matching import CANCEL_MAKER, Walk, market_key, walk
from lonja.core.pools import Pool
from lonja.core.state import State
from lonja.core.ticket import Ticket

NIL: Final[i64] = -1
BUY: Final[i64] = 0
MARKET: Final[i64] = 1
FUTURES_MODE: Final[i64] = 2

# Members of ``rejections.Rejection``.
ACCEPTED: Final[i64] = 0
ACCOUNT_MODE_FORBIDS: Final[i64] = 11
INSUFFICIENT_BALANCE: Final[i64] = 29
CURRENCY_PRICE_MISSING: Final[i64] = 110
BORROW_LIMIT_REACHED: Final[i64] = 112
COLLATERAL_INSUFFICIENT: Final[i64] = 113


def check_pooled(state: State, instrument: Instrument, ticket: Ticket) -> i64:
    """Whether the account can pay for all of a spot order; a market buy may be reduced to what it can pay."""
    account, side = ticket.account, ticket.side
    if is_pocket(state, account):
        refusal = _check_pocket(state, state.pools[int(account)], instrument)
        if refusal != ACCEPTED:
            return refusal
    sold: int = instrument.quote if side == BUY else instrument.base
    before = sheet_of(state, account)
    if ticket.order_type != MARKET:
        lots: int = ticket.size
        price: int = ticket.price
        needs = _hold_of(instrument, side, price, lots)
        swap = swap_of(state, instrument, account, side, needs, price, lots)
        return _judge(state, account, before, swap, needs, NIL)
    own = _unheld(before, sold)
    if side == BUY and ticket.by_quote == 0:
        found = look_ahead(state, instrument, ticket, ticket.size, _room(state, account, sold, own))
        if found.affordable < found.lots:
            if ticket.fixed_size == 1 or found.affordable < instrument.size_min:
                return INSUFFICIENT_BALANCE
            ticket.size = found.affordable
        return _judge_market(state, instrument, ticket, before, found, found.affordable, 0)
    if ticket.by_quote == 1:
        found = look_ahead(state, instrument, ticket, INT_MAX, ticket.size)
        needs = int(ticket.size) if side == BUY else _hold_of(instrument, side, 0, int(found.affordable))
        return _judge_market(state, instrument, ticket, before, found, found.affordable, needs)
    found = look_ahead(state, instrument, ticket, ticket.size, NIL)
    needs = _hold_of(instrument, side, 0, int(ticket.size))
    return _judge_market(state, instrument, ticket, before, found, found.lots, needs)


def check_pooled_amend(state: State, instrument: Instrument, slot: i64, price: i64, left: i64) -> i64:
    """The same of a resting order that is to have ``left`` lots at ``price``; one that is only cut is asked nothing."""
    words = state.orders.words
    if price == words[slot + o.PRICE] and left < words[slot + o.LEFT]:
        return ACCEPTED
    account, side = words[slot + o.ACCOUNT], words[slot + o.SIDE]
    lots: int = left
    limit: int = price
    needs = _hold_of(instrument, side, limit, lots)
    swap = swap_of(state, instrument, account, side, needs, limit, lots)
    return _judge(state, account, sheet_of(state, account), swap, needs, slot)


def _hold_of(instrument: Instrument, side: i64, price: int, lots: int) -> int:
    """What lots hold at a price, whatever they are worth."""
    if side != BUY:
        base_per_lot: int = instrument.base_per_lot
        return lots * base_per_lot
    multiplier: int = instrument.quote_multiplier
    divisor: int = instrument.quote_divisor
    return ceil_of((price * lots * multiplier, divisor))


def _unheld(sheet: Sheet, currency: int) -> int:
    """The cash of a currency that no order sells; negative when more is sold than there is."""
    stock = sheet.stocks.get(currency)
    return 0 if stock is None else stock.cash - stock.sold


def _limit(state: State, account: i64, currency: int) -> int:
    """How far an account may go below zero in a currency, when it may at all."""
    pool = state.pools[int(account)]
    return max(lent_at_most(state, pool, currency) - pool.loan(currency), 0)


def _room(state: State, account: i64, currency: int, own: int) -> i64:
    """What an order may sell of a currency, borrowed or not."""
    borrows: bool = state.pools[int(account)].auto_borrow == 1 and state.currencies[currency].weight != 0
    return max(own + _limit(state, account, currency) if borrows else own, 0)


def look_ahead(state: State, instrument: Instrument, ticket: Ticket, lots: i64, budget: i64) -> Walk:
    """What a market order would find."""
    key = market_key(instrument, ticket.side)
    master = state.accounts.get(ticket.account, a.MASTER)
    return walk(state, instrument, ticket.side, key, master, ticket.prevention == CANCEL_MAKER, lots, budget)


def _judge_market(
    state: State, instrument: Instrument, ticket: Ticket, before: Sheet, found: Walk, lots: i64, needs: int
) -> i64:
    """Judge a market order by the lots it would trade now, all at the worst price."""
    trades: int = lots
    price: int = found.last_price
    gives = _hold_of(instrument, ticket.side, price, trades)
    swap = swap_of(state, instrument, ticket.account, ticket.side, gives, price, trades)
    return _judge(state, ticket.account, before, swap, needs, NIL)


def _judge(state: State, account: i64, before: Sheet, swap: Swap, needs: int, without: i64) -> i64:
    """Whether ``needs`` of what is sold is there or may be borrowed, and the collateral bears the swap.

    An order that would leave more free once it is done may always be placed, as long as no order takes what is there.
    """
    after = sheet_of(state, account, more=swap, without=without)
    currency = state.currencies[swap.sold]
    own = _unheld(after, swap.sold) + swap.gives
    if needs > own and needs > 0:
        if state.pools[int(account)].auto_borrow == 0:
            return INSUFFICIENT_BALANCE
        if currency.weight == 0:
            return CURRENCY_PRICE_MISSING
        if needs > own + _limit(state, account, swap.sold):
            return BORROW_LIMIT_REACHED
    pool = state.pools[int(account)]
    if pool.currency != NIL:
        return _judge_crossed(state, pool, before, after, sheet_of(state, account, done=swap, without=without))
    free = after.free()
    if free >= 0:
        return ACCEPTED
    pool.lacking = -free
    done = sheet_of(state, account, done=swap, without=without)
    helps: bool = done.free() >= before.free() and after.equity >= after.cost
    return ACCEPTED if helps else COLLATERAL_INSUFFICIENT


def _check_pocket(state: State, pool: Pool, instrument: Instrument) -> i64:
    """Whether a pocket trades an instrument; a cross one while its owner stands on single currencies that have prices."""
    if pool.instrument != instrument.code:
        return ACCOUNT_MODE_FORBIDS
    if pool.currency == NIL:
        return ACCEPTED
    if state.accounts.get(pool.owner, a.MODE) != FUTURES_MODE:
        return ACCOUNT_MODE_FORBIDS
    priced = state.currencies[instrument.base].weight != 0 and state.currencies[instrument.quote].weight != 0
    return ACCEPTED if priced else CURRENCY_PRICE_MISSING


def _judge_crossed(state: State, pool: Pool, before: Sheet, after: Sheet, done: Sheet) -> i64:
    """Whether the owner of a cross pocket bears an order: as the pocket's own collateral would, with all that is beside."""
    stakes = stakes_of(state, pool.owner, pool.currency)
    free = own_margin(state, pool.owner, pool.currency) + stakes.free
    free += in_units(state, pool.currency, after.free()) - in_units(state, pool.currency, before.free())
    if free >= 0:
        return ACCEPTED
    slot = state.ledger.find(pool.owner, pool.currency, TRADING)
    held: int = state.ledger.get(slot, ld.HELD)
    left = own_equity(state, pool.owner, pool.currency) + stakes.stake - held
    left += in_units(state, pool.currency, after.equity - after.cost)
    left -= in_units(state, pool.currency, before.equity - before.cost)
    helps: bool = done.free() >= before.free() and left >= 0
    return ACCEPTED if helps else COLLATERAL_INSUFFICIENT


def returnable(state: State, account: i64, currency: int, amount: int, trial: Trial | None = None) -> int:
    """How much of an amount a pocket can do without, if it may borrow instead; ``trial`` is taken to have happened."""
    least: int = 0
    while least < amount:
        middle = (least + amount + 1) // 2
        if _does_without(state, account, currency, middle, trial):
            least = middle
        else:
            amount = middle - 1
    return least


def _does_without(state: State, account: i64, currency: int, amount: int, trial: Trial | None) -> bool:
    sheet = sheet_of(state, account, more=Swap(currency, amount, currency, 0), trial=trial)
    pool = state.pools[int(account)]
    lent = _limit(state, account, currency) if pool.auto_borrow == 1 else 0
    # What leaves is counted as sold already.
    return _unheld(sheet, currency) >= -lent and sheet.free() >= 0
