"""Killed with SIGKILL at random points under load: no acknowledged order is lost, none is there twice.

A few points in the suite; ``make kill9`` (or ``LONJA_KILL_POINTS=200``) for the whole proof. Every restart must show
the hash that an independent replay of the journal gives. A kill does not take the power away: what was written but not
synced survives it, so the syncing itself is checked in ``tests/adapters/test_journals.py``.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.adapters.snapshots_file import FileSnapshots
from lonja.core.events import OrderCanceled, OrderPlaced
from lonja.core.hashing import state_hash
from lonja.core.layout import decode_events
from lonja.core.state_views import StateViews
from lonja.engine.recovery import Recovered, genesis, recover, replayed_rows

ROOT = Path(__file__).resolve().parents[2]
POINTS = int(os.environ.get("LONJA_KILL_POINTS", "5"))
SEED = int(os.environ.get("LONJA_KILL_SEED", str(random.SystemRandom().randrange(10**6))))
AFTER_START_SHARE = 0.85


class Witness:
    """Follows the journal with a state of its own and remembers what the driver was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stand: Recovered = genesis()
        self.order_ids: dict[str, list[int]] = {}
        self.canceled: set[int] = set()
        self.acknowledged: dict[str, int] = {}
        self.acknowledged_cancels: set[int] = set()
        self.refound = 0

    def believe(self, lines: list[str]) -> str:
        """Take down the driver's answers; the hash it said at its start, empty when it did not come so far."""
        said = ""
        for line in lines:
            match line.split():
                case ["ready", digest]:
                    said = digest
                case ["placed", name, order_id]:
                    assert name not in self.acknowledged
                    self.acknowledged[name] = int(order_id)
                case ["canceled", order_id]:
                    self.acknowledged_cancels.add(int(order_id))
        return said

    def hash_of_journal(self) -> str:
        """Replay what the journal has got since the last time."""
        if not (self.folder / "journal.sqlite").exists():
            return state_hash(self.stand.state)
        journal = SqliteJournal(self.folder / "journal.sqlite", read_only=True)
        for row, replayed in replayed_rows(self.stand, journal):
            self.stand = Recovered(self.stand.state, *replayed[:2], row.epoch, 0)
            for event in decode_events(replayed.events):
                if isinstance(event, OrderPlaced):
                    self.order_ids.setdefault(event.client_order_id, []).append(event.order_id)
                elif isinstance(event, OrderCanceled):
                    self.canceled.add(event.order_id)
        total = state_hash(self.stand.state)
        shortened = recover(journal, FileSnapshots(self.folder / "snapshots"))
        journal.close()
        assert shortened.next_command == self.stand.next_command
        assert state_hash(shortened.state) == total
        self.refound += shortened.replayed < shortened.next_command
        return total

    def check(self) -> None:
        """Every acknowledged order is there with its id; no order is there twice."""
        assert {name: ids for name, ids in self.order_ids.items() if len(ids) > 1} == {}
        placed = {name: ids[0] for name, ids in self.order_ids.items()}
        assert {name: order_id for name, order_id in self.acknowledged.items() if placed.get(name) != order_id} == {}
        assert self.acknowledged_cancels <= self.canceled
        every_id = [order_id for ids in self.order_ids.values() for order_id in ids]
        assert len(every_id) == len(set(every_id))
        views = StateViews(self.stand.state)
        assert all(views.order(order_id) is None for order_id in self.acknowledged_cancels)


def run_and_kill(folder: Path, turn: int, chance: random.Random) -> list[str]:
    """Start the driver, kill it at some point; the whole lines it wrote."""
    command = [
        sys.executable,
        "-m",
        "tests.simulation.kill9_driver",
        str(folder),
        str(turn),
        str(chance.getrandbits(30)),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as driver:
        assert driver.stdout is not None
        assert driver.stderr is not None
        begin = b""
        if chance.random() < AFTER_START_SHARE:
            begin = driver.stdout.readline()
            time.sleep(chance.uniform(0, 0.3))
        else:
            time.sleep(chance.uniform(0.2, 0.8))
        driver.kill()
        rest = driver.stdout.read()
        complaints = driver.stderr.read().decode()
    assert "Traceback" not in complaints, complaints
    return (begin + rest).decode().split("\n")[:-1]


@pytest.mark.simulation
@pytest.mark.timeout(60 + 5 * POINTS)
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(tmp_path: Path) -> None:
    sys.stdout.write(f"LONJA_KILL_SEED={SEED}\n")
    chance = random.Random(SEED)
    folder = tmp_path / "data"
    witness = Witness(folder)
    expected = witness.hash_of_journal()
    for turn in range(POINTS):
        said = witness.believe(run_and_kill(folder, turn, chance))
        assert said in {"", expected}, f"restart {turn} shows another state"
        expected = witness.hash_of_journal()
        witness.check()
    sys.stdout.write(
        f"{POINTS} kills, {len(witness.acknowledged)} acknowledged orders, none lost, none twice;"
        f" {witness.refound} recoveries from a snapshot\n"
    )
    assert len(witness.acknowledged) > POINTS
