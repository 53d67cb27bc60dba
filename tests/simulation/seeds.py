"""One seed of the simulation as a task for a process of its own.

Why here: a spawned process finds a function by the name of its module, and ``__main__`` is another one there.
"""

import traceback

from tests.simulation.simulator import Simulation, Tally

Outcome = tuple[int, Tally | None, str]


def simulate(task: tuple[int, int]) -> Outcome:
    """One seed; what happened, or what went wrong."""
    seed, commands = task
    try:
        return seed, Simulation(seed).run(commands), ""
    except Exception:  # noqa: BLE001  whatever goes wrong belongs to this seed
        return seed, None, traceback.format_exc()
