"""What always holds of algo orders, recomputed from the list of them."""

from collections import Counter

from lonja.core import orders as o
from lonja.core.algos import CHASE, ICEBERG, LIVE, MOVE_ORDER_STOP, TWAP, UNPLACED, WAITING, AlgoOrder, by_age
from lonja.core.state import State

NIL = -1


def check_algos(state: State) -> list[int]:
    """Expect each algo order to be found where it has to be and nowhere else; returns when slices are due."""
    algos = state.algos
    found = by_age(algos.by_id)
    assert not algos.queue, "something happened that nobody looked at"
    assert algos.count == len(found) == sum(len(mine) for mine in algos.by_account.values())
    assert all(algos.by_account[algo.account][number] is algo for number, algo in algos.by_id.items())
    assert {algo.algo_id for algo in found if algo.client_algo_id} == set(algos.by_client.values())
    _check_desks(state, [algo for algo in found if algo.stage == LIVE])
    waits = Counter(algo.parent for algo in found if algo.stage == WAITING)
    waits += Counter(algo.child for algo in found if algo.child)
    waits += Counter(order for algo in found for order in algo.linked)
    assert algos.linked == {order: algo.algo_id for algo in found for order in algo.linked}
    grouped = {(algo.parent, algo.algo_id) for algo in found if algo.together and algo.parent}
    assert {(parent, number) for parent, group in algos.groups.items() for number in group} == grouped
    assert all(algos.groups.values())
    assert not algos.paid
    assert all(algo.size > 0 or algo.close_fraction for algo in found if algo.stage == LIVE)
    assert waits == Counter({order: len(numbers) for order, numbers in algos.watched.items()})
    assert all(state.orders.find(order) != NIL for order in waits), "an algo order waits for an order that has ended"
    unplaced = [algo for mine in algos.unplaced.values() for algo in mine]
    assert sorted(algo.algo_id for algo in unplaced) == sorted(a.algo_id for a in found if a.stage >= UNPLACED)
    for algo in (algo for algo in found if algo.child):
        slot = state.orders.find(algo.child)
        assert state.orders.words[slot + o.ACCOUNT] == algo.account, "somebody else's order rests for an algo order"
    return [algo.due_ms for algo in algos.timed.values()]


def _check_desks(state: State, live: list[AlgoOrder]) -> None:
    algos = state.algos
    assert by_age(algos.timed) == [algo for algo in live if algo.kind == TWAP]
    assert algos.schedule == sorted((algo.due_ms, algo.algo_id) for algo in algos.timed.values())
    assert by_age(algos.chasing) == [algo for algo in live if algo.kind == CHASE]
    for code, desk in algos.desks.items():
        here = [algo for algo in live if algo.instrument == code]
        icebergs = sorted(algo.algo_id for algo in here if algo.kind == ICEBERG)
        assert sorted(desk.icebergs) == icebergs
        following = [algo.algo_id for algo in here if algo.kind == MOVE_ORDER_STOP and algo.following]
        assert sorted(number for row in desk.trailing for number in row) == following
        rows = desk.above + desk.below
        assert all(row == sorted(row) for row in rows), "what waits for a price is out of order"
        wanted = sorted((algo.algo_id, leg) for algo in here for _, _, leg, _ in algo.legs())
        assert sorted((number, leg) for row in rows for _, number, leg in row) == wanted
