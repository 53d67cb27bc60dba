"""Trades on a core that counts what it does, for the compiler to learn which ways are taken and which are common.

Usage: ``python tools/train_core.py FOLDER``, where FOLDER holds the counting build. Only ``compile_core.py`` calls it.
"""

import multiprocessing
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.simulator import Row

ROOT = Path(__file__).resolve().parents[1]


def live(seed: int) -> "list[Row]":
    """The journal of a simulated life, which leads through every rule."""
    from tests.simulation.seeds import simulate

    outcome = simulate((seed, 600))
    assert outcome.life is not None, outcome.trouble
    return outcome.life.rows


def train(commands: int, lives: "list[list[Row]]") -> None:
    """Trade on spot instruments and in contracts, let a mark price leap over ``margin.POSITIONS``, and relive ``lives``.

    They were lived elsewhere, since what a simulation checks after each command would count for more than the command.
    """
    from bench import contracts, core, margin
    from lonja.core.replay import replay_rows
    from lonja.core.state import State

    contracts.rate_of(*contracts.packed(core.founding(), core.flow(commands)))
    contracts.rate_of(*contracts.packed(contracts.founding(), contracts.flow(commands)))
    margin.margin_rows()
    for rows in lives:
        for _ in replay_rows(State(), rows):
            pass


def main() -> None:
    """Train the core in the folder that is given."""
    sys.path.insert(0, str(ROOT))
    os.environ["LONJA_COMPILED"] = "0"
    import lonja.core

    # Before anything brings a module of the core with it, be it a life that comes back.
    counting = Path(sys.argv[1], "lonja", "core")
    lonja.core.__path__.insert(0, str(counting))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        lives = pool.map(live, range(1, 5))
    from bench import margin
    from lonja.core import apply

    assert Path(apply.__file__).parent == counting, f"{apply.__file__} was to be trained, from {counting}"
    margin.POSITIONS = 4_000
    train(150_000, lives)


if __name__ == "__main__":
    main()
