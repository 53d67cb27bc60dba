"""What must hold of accounts in multi-currency mode after every command, whatever was asked.

Why here: ``invariants`` asks it with everything else. Everything is counted anew in exact fractions of US dollars.
"""

from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.collateral import is_in_use
from lonja.core.kinds import AccountKind, AccountMode, MarginMode, Side
from lonja.core.matching import MATCHES_MAX
from lonja.core.pocket_positions import cash_of
from lonja.core.state import State
from lonja.primitives.money import PPM

TRILLION = 10**12


def full_value(state: State, account: int) -> Fraction:
    """What an account owns less what it owes, in US dollars, without any discount; profits exact, as liquidation has them."""
    words = state.ledger.words
    total = Fraction(0)
    slot = state.accounts.get(account, a.FIRST_SLOT)
    while slot != ld.NIL:
        if words[slot + ld.LEDGER] == ld.TRADING:
            equity = Fraction(int(words[slot + ld.CASH]))
            equity -= state.pools[account].loan(int(words[slot + ld.CURRENCY]))
            for position in state.positions_of(account):
                if position.settle_slot == slot and position.margin_mode == MarginMode.CROSS:
                    contract = position.contract
                    equity += Fraction(*position.gain(contract, contract.mark, position.size()))
            currency = state.currencies[words[slot + ld.CURRENCY]]
            total += equity * Fraction(int(currency.price), TRILLION * 10 ** int(currency.scale))
        slot = words[slot + ld.NEXT]
    return total


def equity_beside(state: State, owner: int, code: int) -> Fraction:
    """What an account has of a currency with its cross positions and all that its cross pockets have and owe."""
    slot = state.ledger.find(owner, code, ld.TRADING)
    equity = Fraction(int(state.ledger.words[slot + ld.CASH]))
    for position in state.positions_of(owner):
        if position.settle_slot == slot and position.margin_mode == MarginMode.CROSS:
            contract = position.contract
            equity += Fraction(*position.gain(contract, contract.mark, position.size()))
    currency = state.currencies[code]
    if currency.price:
        worth = sum((full_value(state, pocket) for pocket in state.crossed[owner, code]), Fraction(0))
        equity += worth / Fraction(int(currency.price), TRILLION * 10 ** int(currency.scale))
    return equity


def _check_pocket(state: State, account: int) -> None:
    """A pocket is known by its owner and instrument, is of the same family, and has no pocket of its own."""
    pool = state.pools[account]
    if pool.owner < 0:
        assert pool.instrument < 0, "a pocket of nobody"
        return
    if pool.currency < 0:
        assert state.pockets[int(pool.owner), int(pool.instrument)] == account
    else:
        assert state.cross_pockets[int(pool.owner), int(pool.instrument), int(pool.currency)] == account
        assert account in state.crossed[int(pool.owner), int(pool.currency)]
    assert state.instruments[pool.instrument].margin_tiers, "a pocket where nothing is lent"
    for field in (a.KIND, a.MASTER):
        assert state.accounts.get(account, field) == state.accounts.get(pool.owner, field)
    assert not any(owner == account for owner, _ in state.pockets), "a pocket in a pocket"
    assert account in state.watched_pools or not is_in_use(state, account), "a pocket that nobody looks at"
    for side in Side:
        _check_reducing(state, account, side)


def _check_reducing(state: State, account: int, side: Side) -> None:
    """What only reduces is no more than what other orders of a pocket leave it to close."""
    instrument = state.instruments[state.pools[account].instrument]
    words = state.orders.words
    slots = [slot for slot in state.orders_of(account) if words[slot + o.SIDE] == side]
    reducing = sum(words[slot + o.LEFT] for slot in slots if words[slot + o.REDUCE_ONLY])
    base, quote = (_own_cash(state, account, code) for code in (instrument.base, instrument.quote))
    taker = max(int(state.taker_rate(account, instrument)), 0)
    room = Fraction(max(base, 0) if quote < 0 else 0, instrument.base_per_lot)
    if side == Side.BUY:
        rounded = MATCHES_MAX if taker else 0
        room = Fraction((rounded - base) * PPM if base < 0 else 0, instrument.base_per_lot * (PPM - taker))
    others = sum(words[slot + o.LEFT] for slot in slots) - reducing
    most = max((ceil(room) if side == Side.BUY else floor(room)) - others, 0)
    assert reducing <= most, "more would be reduced than a pocket has open"


def _own_cash(state: State, account: int, currency: int) -> int:
    """The cash of a pocket, but for what came with lots that wait in the book."""
    waiting = 0
    for order_id, (code, amount, lots, returned) in state.pools[account].brought.items():
        if code == currency:
            filled = int(state.orders.words[state.orders.find(order_id) + o.FILLED])
            waiting += max(amount * max(lots - filled, 0) // lots - returned, 0)
    return cash_of(state, account, currency) - waiting


def check_pools(state: State) -> None:
    """Expect pools for exactly the accounts in that mode, none of the house, and that nobody owes what nobody covers."""
    for account in range(state.accounts.count):
        pooled = state.accounts.get(account, a.MODE) == AccountMode.MULTI_CURRENCY
        assert pooled == (account in state.pools), "a pool without its mode, or the reverse"
        if pooled:
            assert state.accounts.get(account, a.KIND) != AccountKind.HOUSE, "the house borrows"
            _check_pocket(state, account)
            assert all(loan > 0 for loan in state.pools[account].loans.values()), "a loan of nothing"
            crossed = state.pools[account].currency >= 0
            assert crossed or full_value(state, account) >= 0, (
                f"account {account} owes more than it has, and nobody paid"
            )
    for owner, code in state.crossed:
        assert equity_beside(state, owner, code) >= 0, f"account {owner} owes more than it has, and nobody paid"
    assert not state.pools or state.desk > 0, "nobody pays for debts"
    if state.desk > 0:
        assert state.accounts.get(state.desk, a.KIND) == AccountKind.HOUSE
    for currency in state.currencies:
        tiers = currency.tiers
        assert all(low.amount_max < high.amount_max for low, high in pairwise(tiers))
        assert all(low.rate_ppm >= high.rate_ppm for low, high in pairwise(tiers))
        assert currency.weight == currency.price * 10 ** (18 - currency.scale)
