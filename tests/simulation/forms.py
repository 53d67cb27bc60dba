"""What the present form of the core, compiled or interpreted, makes of many commands: one line of digests per seed.

Why here: one process runs one form, so ``test_forms.py`` starts this program in two and compares what they print.
"""

import random
import sys

from lonja.core import IS_COMPILED
from lonja.core.hashing import state_hash
from tests.core.extreme_commands import RATES, SHAPES, extreme_commands, extreme_floor
from tests.simulation.simulator import Simulation


def main(seeds: int) -> None:
    """Write which form runs, then the digests."""
    sys.stdout.write(f"{'compiled' if IS_COMPILED else 'interpreted'}\n")
    for seed in range(seeds):
        simulation = Simulation(seed)
        simulation.run(200)
        rng = random.Random(seed)
        floor = extreme_floor(*rng.choice(SHAPES), rng.choice(RATES))
        for command in extreme_commands(rng, 400):
            floor.apply_unchecked(command)
        sys.stdout.write(f"{simulation.digest.hex()} {state_hash(simulation.state)} {state_hash(floor.state)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
