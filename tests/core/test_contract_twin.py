"""The core against its naive twin where contracts are traded: outcomes, events, books, money, positions and holds.

A difference prints the last commands with the twin's answers. ``CONTRACT_TWIN_SEEDS`` and ``CONTRACT_TWIN_STEPS`` make
the run longer: the first gives how many seeds are run for each riches, the second how many commands of each.
"""

import os
from collections import Counter
from fractions import Fraction
from math import ceil

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import ledger as ld
from lonja.core.kinds import Ledger
from tests.core.naive_contract_parts import Contract, Family
from tests.core.random_contracts import RandomContracts, founding
from tests.core.test_twin import Pair
from tests.simulation.invariants import check_round_trip

SEEDS = int(os.environ.get("CONTRACT_TWIN_SEEDS", "2"))
STEPS = int(os.environ.get("CONTRACT_TWIN_STEPS", "500"))
LOOK_EVERY = 100


def compare_positions(pair: Pair) -> None:
    """Expect the same positions, named in the same order."""
    assert len(pair.state.positions) == len(pair.twin.positions)
    for real, twin in zip(pair.state.positions, pair.twin.positions, strict=True):
        assert (real.account, real.instrument, real.margin_mode, real.side) == twin.names
        assert (real.lots, real.margin, real.leverage) == (twin.lots, twin.margin, twin.leverage)
        assert Fraction(real.entry_num, real.entry_den) == twin.entry
        totals = (real.life, real.opened_ms, real.pnl, real.fees, real.funding, real.penalty, bool(real.warned))
        assert totals == (*_totals(twin), twin.warned)
        assert real.held == pair.twin.need(twin), f"{twin.names} holds something else than its orders need"


def _totals(twin: object) -> tuple[int, ...]:
    return tuple(getattr(twin, name) for name in ("life", "opened_ms", "pnl", "fees", "funding", "penalty"))


def compare_money(pair: Pair) -> None:
    """Expect the same balances and holds, and that cash and margins of each currency add up to nothing."""
    twin, totals = pair.twin, Counter[int]()
    for account in range(len(twin.accounts)):
        for currency in range(len(twin.currencies)):
            for ledger in Ledger:
                slot = pair.state.ledger.find(account, currency, ledger)
                cash = 0 if slot == ld.NIL else pair.state.ledger.words[slot + ld.CASH]
                totals[currency] += cash
                if account > 1:
                    assert cash == twin.balance(account, currency, ledger)
                    assert pair.state.ledger.available(slot) == twin.available(account, currency, ledger)
    for position in pair.state.positions:
        totals[pair.state.instruments[position.instrument].settle] += position.margin
    assert not any(totals.values()), f"money appeared or vanished: {totals}"


def check_contracts(pair: Pair) -> None:
    """Expect longs to equal shorts, no book to show what cannot trade, and clearing to owe what positions gained."""
    for contract in (found for found in pair.twin.instruments if isinstance(found, Contract)):
        held = [position for position in pair.twin.positions if position.contract is contract]
        assert sum(position.lots for position in held) == 0, "long lots are not short lots"
        for position in held:
            assert not pair.twin.reducing(position) or pair.twin.spare(position) >= 0
    for family in pair.twin.families:
        check_clearing(pair, family)


def check_clearing(pair: Pair, family: Family) -> None:
    """Clearing and what open positions gained cancel out, but for what rounding leaves in clearing."""
    held = [p for p in pair.twin.positions if p.contract.family is family and p.lots and p.contract.mark]
    open_gains = sum((position.gain(position.contract.mark, position.size) for position in held), Fraction(0))
    assert pair.twin.balance(family.account, family.settle, Ledger.FUNDING) >= ceil(open_gains)


def check(pair: Pair) -> None:
    """Everything that can be compared."""
    compare_positions(pair)
    compare_money(pair)
    check_contracts(pair)
    pair.compare_books()


def found_contracts(cash: int) -> Pair:
    pair = Pair()
    for command in founding(cash):
        assert pair.apply(command)[0] == 0
    return pair


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("cash", [40, 700, 20_000, 10**12], ids=["broke", "poor", "modest", "rich"])
def test_random_streams_of_contracts(seed: int, cash: int) -> None:
    pair = found_contracts(cash)
    for step, command in zip(range(STEPS), RandomContracts(seed, pair.twin), strict=False):
        pair.apply(command)
        if step % LOOK_EVERY == 0:
            check(pair)
            pair.state = check_round_trip(pair.state)
    check(pair)
