"""A few seeds on every run, and proof that the simulation would notice what it looks for.

``make sim SEEDS=1000`` runs many more.
"""

from collections.abc import Callable
from functools import cache

import pytest

from lonja.core import accounts as a
from lonja.core import book as b
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.kinds import AccountMode
from lonja.core.rejections import Rejection
from lonja.core.state import Pool, State
from tests.simulation import __main__ as runner
from tests.simulation import seeds
from tests.simulation.invariants import check_state
from tests.simulation.simulator import Simulation, Tally

SEEDS = range(6)
pytestmark = pytest.mark.simulation


@cache
def lived(seed: int) -> Tally:
    """What happened in a seed, run once for all tests."""
    return Simulation(seed).run(250)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_is_green(seed: int) -> None:
    assert lived(seed).commands >= 250


def test_a_seed_decides_everything() -> None:
    assert Simulation(1).run(250) == lived(1)


def test_enough_happens() -> None:
    total = Tally()
    for seed in SEEDS:
        total.add(lived(seed))
    assert total.events["Filled"] > 150
    assert total.events["OrderAmended"] > 30
    assert len(total.events) >= 15
    assert total.crashes > 10
    assert total.repeats > 30
    assert len(total.rejections) > 18
    assert Rejection.UNKNOWN_COMMAND.name not in total.rejections


def first_order(state: State) -> int:
    """The slot of some order that rests."""
    return next(
        int(slot)
        for instrument in state.instruments
        for side in (instrument.bids, instrument.asks)
        for slot in state.queue_slots(side)
    )


def raise_cash(state: State) -> None:
    state.ledger.words[5 * ld.STRIDE + ld.CASH] += 1


def raise_hold(state: State) -> None:
    state.ledger.words[state.hold_slot(first_order(state)) + ld.HELD] += 1


def shrink_order(state: State) -> None:
    state.orders.words[first_order(state) + o.LEFT] -= 1


def move_order(state: State) -> None:
    state.orders.words[first_order(state) + o.PRICE] += 1


def give_order_away(state: State) -> None:
    state.orders.words[first_order(state) + o.ACCOUNT] += 1


def lose_level_size(state: State) -> None:
    state.levels.words[state.orders.words[first_order(state) + o.LEVEL] + b.SIZE] -= 1


def cut_queue(state: State) -> None:
    state.levels.words[state.orders.words[first_order(state) + o.LEVEL] + b.TAIL] = -1


def forget_id(state: State) -> None:
    state.orders.unindex(first_order(state))


def forget_balance(state: State) -> None:
    state.ledger.index.pop(ld.slot_key(2, 0, ld.TRADING))


def miscount(state: State) -> None:
    state.accounts.words[(3 << a.SHIFT) + a.OPEN_COUNT] += 1


def freeze_silently(state: State) -> None:
    account = state.orders.words[first_order(state) + o.ACCOUNT]
    state.accounts.set(account, a.FROZEN, 1)


def forget_timer(state: State) -> None:
    state.next_timer = state.time_ms + 1


def pool_the_house(state: State) -> None:
    state.pools[1] = Pool()


def owe_silently(state: State) -> None:
    """All of one currency below zero, against an account of the house."""
    state.accounts.set(2, a.MODE, AccountMode.MULTI_CURRENCY)
    state.pools[2] = Pool()
    owed, lent = (state.ledger.find(account, 0, ld.TRADING) for account in (2, 0))
    state.currencies[0].set_price(10**12)
    state.ledger.words[owed + ld.CASH] -= 2**61
    state.ledger.words[lent + ld.CASH] += 2**61


FAULTS: list[Callable[[State], None]] = [
    raise_cash,
    raise_hold,
    shrink_order,
    move_order,
    give_order_away,
    lose_level_size,
    cut_queue,
    forget_id,
    forget_balance,
    miscount,
    freeze_silently,
    forget_timer,
    pool_the_house,
    owe_silently,
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_state_is_noticed(fault: Callable[[State], None]) -> None:
    simulation = Simulation(2)
    simulation.run(60)
    check_state(simulation.state)
    fault(simulation.state)
    with pytest.raises(AssertionError):
        check_state(simulation.state)


def test_a_state_that_differs_from_the_events_is_noticed() -> None:
    simulation = Simulation(2)
    simulation.run(60)
    simulation.mirror.compare(simulation.state)
    simulation.state.orders.words[first_order(simulation.state) + o.FEE] += 1
    with pytest.raises(AssertionError):
        simulation.mirror.compare(simulation.state)


def test_the_command_tells_what_was_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.run_seeds(3, 2, 40, 1) == 0
    assert "2 seeds green" in capsys.readouterr().out


def test_the_command_tells_how_to_run_a_failed_seed_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(task: tuple[int, int]) -> seeds.Outcome:
        return task[0], None, "what was found"

    monkeypatch.setattr(runner, "simulate", fail)
    assert runner.run_seeds(7, 1, 40, 1) == 1
    told = capsys.readouterr().out
    assert "what was found" in told
    assert 'make sim SEED=7 SEEDS=1 ARGS="--commands 40"' in told
    assert runner.rerun(7, runner.COMMANDS) == "make sim SEED=7 SEEDS=1"


def test_trouble_is_an_outcome_not_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble(seed: int) -> Simulation:
        raise AssertionError("money appeared")

    monkeypatch.setattr(seeds, "Simulation", trouble)
    seed, tally, told = seeds.simulate((5, 10))
    assert (seed, tally) == (5, None)
    assert "money appeared" in told
