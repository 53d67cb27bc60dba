"""Trades on a core that counts what it does, for the compiler to learn which ways are taken and which are common.

Usage: ``python tools/train_core.py FOLDER``, where FOLDER holds the counting build. Only ``compile_core.py`` calls it.
"""

import os
import sys
from pathlib import Path


def train(commands: int, seeds: int) -> None:
    """Trade on spot instruments and in contracts, let a mark price leap over ``margin.POSITIONS``, and simulate some seeds.

    The simulation leads through every rule: what never runs here is compiled for size and not for speed.
    """
    from bench import contracts, core, margin
    from tests.simulation.seeds import simulate

    contracts.rate_of(*contracts.packed(core.founding(), core.flow(commands)))
    contracts.rate_of(*contracts.packed(contracts.founding(), contracts.flow(commands)))
    margin.margin_rows()
    for seed in range(1, seeds + 1):
        outcome = simulate((seed, 600))
        assert not outcome.trouble, outcome.trouble


def main() -> None:
    """Train the core in the folder that is given."""
    os.environ["LONJA_COMPILED"] = "0"
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import lonja.core

    lonja.core.__path__.insert(0, str(Path(sys.argv[1], "lonja", "core")))
    from bench import margin

    margin.POSITIONS = 4_000
    train(commands=100_000, seeds=12)


if __name__ == "__main__":
    main()
