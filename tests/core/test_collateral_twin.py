"""The core against its naive twin where accounts stand on all their currencies: outcomes, events, books, money, pools.

``COLLATERAL_TWIN_SEEDS`` and ``COLLATERAL_TWIN_STEPS`` make the run longer.
"""

import os
from itertools import chain, islice

import pytest

from tests.core.naive_parts import Traded
from tests.core.random_collateral import RandomCollateral, founding_with_collateral
from tests.core.test_contract_twin import check
from tests.core.test_twin import Pair
from tests.simulation.invariants import check_round_trip
from tests.simulation.mirror import Mirror

SEEDS = int(os.environ.get("COLLATERAL_TWIN_SEEDS", "2"))
STEPS = int(os.environ.get("COLLATERAL_TWIN_STEPS", "500"))
LOOK_EVERY = 100


def compare_pools(pair: Pair) -> None:
    """Expect the same prices, terms and choices."""
    lending = pair.twin.lending
    assert sorted(pair.state.pools) == pair.twin.pools()
    isolated = {pocket: key for key, pocket in pair.state.pockets.items()}
    crossed = {pocket: key for key, pocket in pair.state.cross_pockets.items()}
    assert isolated | {pocket: key[:2] for pocket, key in crossed.items()} == lending.pockets
    assert {pocket: key[2] for pocket, key in crossed.items()} == lending.crossed
    for account, pool in pair.state.pools.items():
        told = (lending.auto_borrow.get(account, False), lending.warned.get(account, False))
        assert (bool(pool.auto_borrow), bool(pool.warned)) == told
        loans = {code: loan for (owner, code), loan in lending.loans.items() if owner == account and loan}
        assert pool.loans == loans
        if account in lending.pockets:
            traded = lending.traded.get(account, Traded())
            assert (pool.lots, pool.cost, pool.pnl, pool.life, pool.opened_ms) == tuple(vars(traded).values())
            assert bool(pool.returns) == (account in lending.returns)
    assert pair.state.pocket_leverages == lending.leverages


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("cash", [700, 20_000, 10**9], ids=["poor", "modest", "rich"])
def test_random_streams_of_collateral(seed: int, cash: int) -> None:
    pair, mirror = Pair(), Mirror()
    stream = chain(founding_with_collateral(cash), islice(RandomCollateral(seed, pair.twin), STEPS))
    for step, command in enumerate(stream):
        pair.apply(command)
        mirror.fold(pair.twin.events)
        if step % LOOK_EVERY == 0:
            check(pair)
            compare_pools(pair)
            mirror.compare(pair.state)
            pair.state = check_round_trip(pair.state)
    check(pair)
    compare_pools(pair)
    mirror.compare(pair.state)
