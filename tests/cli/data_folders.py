"""Data folders with some history in them, for the commands that look at data folders."""

from dataclasses import replace
from pathlib import Path

from lonja.adapters.clock import SystemClock
from lonja.bootstrap.storage import open_engine
from lonja.engine.limits import EngineLimits
from tests.engine.house import OPENING, order

COMMAND_COUNT = len(OPENING) + 300


async def fill(root: Path) -> str:
    """Trade in ``root``, stop in order; the hash of the state."""
    stored = open_engine(root, SystemClock(), limits=replace(EngineLimits(), snapshot_commands=100, snapshot_share=1.0))
    await stored.engine.submit_many(OPENING)
    for number in range(30):
        await stored.engine.submit_many([order(name=f"n{number}x{turn}") for turn in range(10)])
    state_hash = stored.engine.views.state_hash()
    await stored.stop()
    return state_hash
