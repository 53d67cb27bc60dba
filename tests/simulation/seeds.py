"""One seed of the simulation as a task for a process of its own.

Why here: a spawned process finds a function by the name of its module, and ``__main__`` is another one there.
"""

import traceback
from typing import NamedTuple

from lonja.core.hashing import state_hash
from tests.simulation.other_form import Life
from tests.simulation.simulator import Simulation, Tally


class Outcome(NamedTuple):
    """What happened in a seed and what it lived, or the trouble it came to."""

    seed: int
    tally: Tally | None
    life: Life | None
    trouble: str


def simulate(task: tuple[int, int]) -> Outcome:
    """One seed; what happened, or what went wrong and at which step."""
    seed, commands = task
    try:
        simulation = Simulation(seed)
        tally = simulation.run(commands)
        return Outcome(seed, tally, Life(simulation.rows, simulation.digest, state_hash(simulation.state)), "")
    except Exception:  # noqa: BLE001  whatever goes wrong belongs to this seed
        return Outcome(seed, None, None, traceback.format_exc())
