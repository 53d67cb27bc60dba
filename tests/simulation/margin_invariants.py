"""What must hold of contracts, positions and Security Funds after every command.

Why here: scenarios of liquidation and random crowds check the same list. Two of them are precise about when something
may be otherwise: see ``check_after_mark`` and ``check_customers``.
"""

from collections import Counter
from fractions import Fraction

from lonja.core import events as e
from lonja.core import ledger as ld
from lonja.core.contracts import Contract
from lonja.core.crossing import currency_standing
from lonja.core.funds import fund_balance, has_fallen
from lonja.core.instruments import LIVE, Instrument
from lonja.core.kinds import MarginMode, PositionCause
from lonja.core.maintenance import isolated_standing
from lonja.core.pool_margin import pool_standing
from lonja.core.positions import Position
from lonja.core.state import State

LOOKED_AT = (PositionCause.LIQUIDATED, PositionCause.FUNDING)


def check_margins(state: State, bookings: int) -> None:
    """Expect what holds after every command; ``bookings`` is how often a position has changed so far."""
    totals: Counter[int] = Counter()
    for slot in range(0, state.ledger.used, ld.STRIDE):
        totals[state.ledger.words[slot + ld.CURRENCY]] += state.ledger.words[slot + ld.CASH]
    for position in state.positions:
        totals[int(state.instruments[position.instrument].settle)] += position.margin
        assert position.lots != 0 or position.margin == 0, "a flat position keeps a margin"
    assert not any(totals.values()), f"money appeared or vanished: {totals}"
    for family in state.families:
        contracts = [_contract(state.instruments[code]) for code in family.instruments]
        for contract in contracts:
            _check_lots(state, contract)
        _check_clearing(state, contracts, int(state.ledger.words[family.clearing_slot + ld.CASH]), bookings)
    check_customers(state)


def _contract(instrument: Instrument) -> Contract:
    assert instrument.contract is not None
    return instrument.contract


def _held(state: State, contract: Contract) -> list[Position]:
    return [state.positions[number - 1] for number in contract.positions if state.positions[number - 1].lots]


def _check_lots(state: State, contract: Contract) -> None:
    held = _held(state, contract)
    longs = sum(position.lots for position in held if position.lots > 0)
    shorts = -sum(position.lots for position in held if position.lots < 0)
    assert longs == shorts == contract.open_lots, "longs are not shorts"


def _check_clearing(state: State, contracts: list[Contract], balance: int, bookings: int) -> None:
    """Clearing has what open positions gained, and at most one unit for each booking, never less."""
    gained = Fraction(0)
    for contract in contracts:
        for position in _held(state, contract):
            gained += Fraction(*position.gain(contract, contract.mark, position.size()))
    assert 0 <= balance - gained <= bookings, f"clearing is off by {float(balance - gained)}"


def check_customers(state: State) -> None:
    """Nobody but the house is below zero: cash may be, but only while gains of cross positions stand against it.

    Of accounts in multi-currency mode all currencies together are judged, by ``collateral_invariants``.
    """
    funds = {int(state.desk), *state.pools, *(int(family.account) for family in state.families)}
    for slot in range(0, state.ledger.used, ld.STRIDE):
        words = state.ledger.words
        account = int(words[slot + ld.ACCOUNT])
        # What accounts in multi-currency mode owe is looked at by the invariants of collateral.
        if account < 2 or account in funds or words[slot + ld.CASH] >= 0:
            continue
        standing = currency_standing(state, account, words[slot + ld.CURRENCY])
        assert standing.equity_num >= 0, f"account {account} is below zero and the fund did not pay"


def check_after_mark(state: State, instrument: Instrument, events: list[e.Event]) -> None:
    """What holds after a mark price or a settlement of funding.

    Nobody is left in danger but accounts that traded with a fund or were deleveraged by this very command: they are
    looked at at the next one. A fund that owes something, or has fallen, keeps nothing of a live contract.
    """
    contract = _contract(instrument)
    changed = {
        event.account for event in events if isinstance(event, e.PositionChanged) and event.cause not in LOOKED_AT
    }
    family = contract.family
    for position in _held(state, contract):
        if position.account == family.account:
            can_close = instrument.state == LIVE
            assert not can_close or not has_fallen(state, family), "a fund that has fallen keeps a position"
            continue
        if position.margin_mode == MarginMode.ISOLATED:
            standing = isolated_standing(state, contract, position)
        elif position.account in state.pools:
            standing = pool_standing(state, position.account)
        else:
            standing = currency_standing(state, position.account, family.settle)
        if standing.is_within(1):
            assert int(position.account) in changed, f"account {position.account} should have been liquidated"


def fund_of(state: State, family: int = 0) -> int:
    """What a fund has."""
    return int(fund_balance(state, state.families[family]))
