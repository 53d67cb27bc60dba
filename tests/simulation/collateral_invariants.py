"""What must hold of accounts in multi-currency mode after every command, whatever was asked.

Why here: ``invariants`` asks it with everything else. Everything is counted anew in exact fractions of US dollars.
"""

from fractions import Fraction
from itertools import pairwise

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core.kinds import AccountKind, AccountMode, MarginMode
from lonja.core.state import State

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
