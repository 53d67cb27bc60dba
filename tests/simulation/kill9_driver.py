"""A loaded engine that is made to be killed: ``python -m tests.simulation.kill9_driver FOLDER ROUND SEED``.

It says ``ready HASH`` once recovered, then trades at random and writes one line to standard output for each answer it
gets, right after it got it: ``placed NAME ORDER_ID`` or ``canceled ORDER_ID``. It never ends by itself before a minute
is over. ``test_kill9.py`` reads the lines and kills it.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

import structlog
import uvloop

from lonja.adapters.clock import SystemClock
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.bootstrap.storage import open_engine
from lonja.core.commands import CancelOrder
from lonja.core.views import OrderView
from lonja.engine.limits import EngineLimits
from lonja.engine.sequencer import Sequencer
from tests.engine.house import BUY, BUYER, OPENING, SELL, SELLER, order

SENDERS = 24
RESTING_MAX = 10
LIFE_SECONDS = 60


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def trade(engine: Sequencer, prefix: str, open_orders: list[OrderView], chance: random.Random) -> None:
    number = 0
    resting = [(each.account, each.order_id) for each in open_orders]
    while True:
        if len(resting) > RESTING_MAX:
            account, order_id = resting.pop(chance.randrange(len(resting)))
            outcome = await engine.submit(CancelOrder(account=account, order_id=order_id))
            if outcome.rejection == 0:
                say(f"canceled {order_id}")
            continue
        number += 1
        account, side = chance.choice([(BUYER, BUY), (SELLER, SELL)])
        name = f"{prefix}n{number}"
        outcome = await engine.submit(order(account, side, chance.randint(95, 105), chance.randint(1, 20), name))
        if outcome.rejection == 0:
            say(f"placed {name} {outcome.id}")
            resting.append((account, outcome.id))


async def live(folder: Path, turn: int, seed: int) -> None:
    chance = random.Random(seed)
    # Small numbers, so that kills also hit checkpoints and snapshots.
    limits = EngineLimits(snapshot_commands=chance.choice([200, 2_000]), snapshot_share=1.0)
    stored = open_engine(folder, SystemClock(), limits=limits)
    assert isinstance(stored.journal, SqliteJournal)
    stored.journal._connection.execute(f"PRAGMA wal_autocheckpoint = {chance.choice([10, 100, 4_000])}")
    say(f"ready {stored.engine.views.state_hash()}")
    if not stored.engine.views.currencies():
        await stored.engine.submit_many(OPENING)
    open_orders = [each for account in (BUYER, SELLER) for each in stored.engine.views.open_orders(account)]
    senders = [
        trade(stored.engine, f"r{turn}s{sender}", open_orders[sender::SENDERS], random.Random(seed + sender))
        for sender in range(SENDERS)
    ]
    async with asyncio.timeout(LIFE_SECONDS):
        await asyncio.gather(*senders)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    uvloop.run(live(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
