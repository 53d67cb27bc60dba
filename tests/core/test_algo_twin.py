"""The core against its naive twin where algo orders are: outcomes, events and everything that is kept.

``ALGO_TWIN_SEEDS`` and ``ALGO_TWIN_STEPS`` make the run longer, as in ``test_contract_twin``.
"""

import os
from itertools import chain, islice

import pytest

from tests.core.naive_algo_admission import LIVE, UNPLACED, WAITING
from tests.core.random_algos import RandomAlgos
from tests.core.random_contracts import founding
from tests.core.test_contract_twin import check
from tests.core.test_twin import Pair
from tests.simulation.invariants import check_round_trip
from tests.simulation.mirror import Mirror

SEEDS = int(os.environ.get("ALGO_TWIN_SEEDS", "2"))
STEPS = int(os.environ.get("ALGO_TWIN_STEPS", "600"))
LOOK_EVERY = 100
STAGES = [LIVE, WAITING, UNPLACED, UNPLACED, UNPLACED]


def compare_algos(pair: Pair) -> None:
    """Expect the same algo orders, asking for the same and as far."""
    real = sorted(pair.state.algos.by_id.items())
    assert [number for number, _ in real] == [algo.algo_id for algo in pair.twin.algos]
    for (_, one), twin in zip(real, pair.twin.algos, strict=True):
        assert tuple(one.terms()) == tuple(map(int, twin.terms[4:-2]))
        assert (STAGES[one.stage], one.parent, bool(one.following)) == (twin.stage, twin.parent, twin.following)
        assert (one.child, one.filled, one.due_ms) == (twin.child, twin.filled, twin.due_ms)
        assert not one.following or one.extreme == twin.best
        assert tuple(one.details()) == tuple(map(int, twin.details[:-1]))
        assert (one.guard_name, one.cost, one.linked) == (twin.details[-1], twin.cost, twin.linked)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("cash", [700, 20_000, 10**12], ids=["poor", "modest", "rich"])
def test_random_streams_of_algo_orders(seed: int, cash: int) -> None:
    pair, mirror = Pair(), Mirror()
    for step, command in enumerate(chain(founding(cash), islice(RandomAlgos(seed, pair.twin), STEPS))):
        pair.apply(command)
        mirror.fold(pair.twin.events)
        if step % LOOK_EVERY == 0:
            compare_algos(pair)
            check(pair)
            mirror.compare(pair.state)
            pair.state = check_round_trip(pair.state)
    compare_algos(pair)
    check(pair)
