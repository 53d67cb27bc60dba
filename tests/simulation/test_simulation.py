"""A few seeds on every run, and proof that the simulation would notice what it looks for.

``make sim SEEDS=1000`` runs many more.
"""

import re
from collections.abc import Callable
from functools import cache

import pytest

from lonja.core import accounts as a
from lonja.core import book as b
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.kinds import AccountMode
from lonja.core.pools import Pool
from lonja.core.positions import Position
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state import State
from tests.simulation import __main__ as runner
from tests.simulation import seeds, simulator
from tests.simulation.facts import FACTS, FACTS_OF_COLLATERAL
from tests.simulation.invariants import check_state
from tests.simulation.other_form import difference, relive
from tests.simulation.simulator import Simulation, Tally

SEEDS = range(9)
STORMY_SEEDS = (1, 2, 7, 20)
pytestmark = pytest.mark.simulation


@cache
def lived(seed: int, commands: int = 250) -> Tally:
    """What happened in a seed, run once for all tests."""
    return Simulation(seed).run(commands)


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


def test_storms_bring_everything_that_may_happen_to_positions_and_funds() -> None:
    total = Tally()
    for seed in STORMY_SEEDS:
        total.add(lived(seed, runner.COMMANDS))
    assert {fact: total.facts[fact] for fact in FACTS if total.facts[fact] < 1} == {}
    assert set(FACTS) <= total.facts.keys() <= {*FACTS, *FACTS_OF_COLLATERAL}
    assert total.facts["liquidations"] > 20
    assert total.facts["positions deleveraged"] > 5


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


def held(state: State) -> Position:
    """Some position that is held."""
    return next(position for position in state.positions if position.lots)


def raise_margin(state: State) -> None:
    held(state).margin += 1


def lose_lots(state: State) -> None:
    held(state).lots = 0


def miscount_open_interest(state: State) -> None:
    held(state).contract.open_lots += 1


def hold_for_nothing(state: State) -> None:
    held(state).held += 1


def forget_who_reduces(state: State) -> None:
    held(state).reducing_lots += 1


def rob_a_fund(state: State) -> None:
    state.ledger.words[state.families[0].fund_slot + ld.CASH] -= 1


def rob_clearing(state: State) -> None:
    family = held(state).contract.family
    worth = int(state.ledger.words[family.clearing_slot + ld.CASH]) + 10**15
    state.ledger.words[family.clearing_slot + ld.CASH] -= worth
    state.ledger.words[family.fund_slot + ld.CASH] += worth


CONTRACT_FAULTS: list[Callable[[State], None]] = [
    raise_margin,
    lose_lots,
    miscount_open_interest,
    hold_for_nothing,
    forget_who_reduces,
    rob_a_fund,
    rob_clearing,
]


@cache
def traded() -> bytes:
    """A snapshot of an exchange where contracts are held."""
    simulation = Simulation(1)
    simulation.run(250)
    return dump_state(simulation.state)


@pytest.mark.parametrize("fault", CONTRACT_FAULTS)
def test_damaged_positions_and_funds_are_noticed(fault: Callable[[State], None]) -> None:
    state = load_state(traded())
    check_state(state)
    fault(state)
    with pytest.raises(AssertionError):
        check_state(state)


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
        return seeds.Outcome(task[0], None, None, "what was found")

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
    outcome = seeds.simulate((5, 10))
    assert outcome[:3] == (5, None, None)
    assert "money appeared" in outcome.trouble


def test_trouble_tells_its_step_and_command(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0

    def trouble(state: State) -> None:
        nonlocal seen
        seen += state.next_command > 300
        assert seen < 20, "money appeared"

    monkeypatch.setattr(simulator, "check_state", trouble)
    told = seeds.simulate((1, 250)).trouble
    assert "AssertionError: money appeared\n" in told
    assert re.search(r"\nAt step [0-9]+: [A-Z][A-Za-z]+\(time_ms=", told)


def test_what_another_form_makes_otherwise_is_told() -> None:
    life = seeds.simulate((1, 40)).life
    assert life is not None
    form, digest, state = relive(life.rows)
    assert difference(life, (not form, digest, state)) == ""
    assert "other events" in difference(life, (not form, b"", state))
    assert "another state" in difference(life, (not form, digest, ""))
    with pytest.raises(AssertionError, match="same form"):
        difference(life, (form, digest, state))
