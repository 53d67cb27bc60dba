"""A large exchange in memory: 1,000 instruments, a million accounts, a million open orders.

``python -m bench.scale build FILE`` makes it and saves a snapshot, ``python -m bench.scale load FILE`` starts on that
snapshot as an engine process does. Each tells what it measured as one line of JSON, from a process of its own, since
memory is measured per process.
"""

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench.machine import scratch_folder
from bench.report import Row
from lonja.core.apply import apply_batch
from lonja.core.commands import Command, CreateAccount, CreateCurrency, Deposit, ListInstrument, PlaceOrder
from lonja.core.layout import encode_command
from lonja.core.state import State
from lonja.core.state_views import StateViews
from lonja.core.texts import Text16, Text32
from lonja.engine.snapshots import pack_snapshot, unpack_snapshot
from lonja.modules.history.api import OrderTracker
from lonja.modules.marketdata.api import MarketData

INSTRUMENTS = 1_000
ACCOUNTS = ORDERS = 1_000_000
FIRST_ACCOUNT = 2
BATCH = 1_000
TIME_MS = 1_790_000_000_000
MEMORY_MIB = 2_048


def population() -> Iterator[Command]:
    """Everything that makes up the large exchange; each account has money and one open order."""
    yield CreateCurrency(TIME_MS, name=Text16("QUOTE"), scale=6)
    for number in range(INSTRUMENTS):
        yield CreateCurrency(TIME_MS, name=Text16(f"BASE{number}"), scale=6)
        name = Text32(f"BASE{number}-QUOTE")
        yield ListInstrument(TIME_MS, instrument_id=name, base=number + 1, price_scale=2, size_scale=2)
    for _ in range(ACCOUNTS):
        yield CreateAccount(TIME_MS)
    for account in range(FIRST_ACCOUNT, FIRST_ACCOUNT + ACCOUNTS):
        yield Deposit(TIME_MS, account, ledger=1, amount=10**12)
    rng = random.Random(1)
    for number in range(ORDERS):
        instrument, price = rng.randrange(INSTRUMENTS), rng.randrange(1_000, 11_000)
        name = Text32(f"order{number}")
        account = FIRST_ACCOUNT + number
        yield PlaceOrder(TIME_MS, account, instrument=instrument, price=price, size=500, client_order_id=name)


def build(file: Path) -> dict[str, float]:
    """Make the exchange and save it."""
    state, commands, number = State(), population(), 0
    while batch := [encode_command(command) for command in islice(commands, BATCH)]:
        apply_batch(state, b"".join(batch), number)
        number += len(batch)
    assert state.orders.by_id.count == ORDERS, "every order must rest"
    memory = resident_mib()
    begun = time.process_time()
    snapshot = pack_snapshot(state, 0, 1, number, bytes(16))
    seconds = time.process_time() - begun
    file.write_bytes(snapshot)
    return {"core_mib": memory, "dump_s": seconds, "snapshot_mib": len(snapshot) / 2**20}


def load(file: Path) -> dict[str, float]:
    """Start on the snapshot, with everything that lives in the engine's process."""
    begun = time.process_time()
    head, state = unpack_snapshot(file.read_bytes())
    loaded = time.process_time()
    views = StateViews(state)
    market_data, orders = MarketData(views, lambda: TIME_MS), OrderTracker(views)
    market_data.prime()
    orders.prime()
    primed = time.process_time()
    assert orders.open_orders(FIRST_ACCOUNT), "orders must be known"
    assert head.next_command, "the snapshot must have a place in history"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    return {"load_s": loaded - begun, "prime_s": primed - loaded, "process_mib": resident_mib(), "peak_mib": peak}


def resident_mib() -> float:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def scale_rows() -> list[Row]:
    """Build and load, each in a process of its own."""
    with scratch_folder() as folder:
        file = str(folder / "snapshot")
        told: dict[str, float] = {}
        for step in ("build", "load"):
            command = [sys.executable, "-m", "bench.scale", step, file]
            told |= json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    loading = f"{told['load_s']:.1f} s CPU, then {told['prime_s']:.1f} s for books and orders"
    memory = f"{told['process_mib']:,.0f} MiB, of it core {told['core_mib']:,.0f} MiB"
    size = f"{INSTRUMENTS:,} instruments, {ACCOUNTS:,} accounts, {ORDERS:,} open orders"
    return [
        Row(f"restart: load a snapshot of {size} ({told['snapshot_mib']:,.0f} MiB), verified", loading),
        Row(
            f"memory of the engine process: {size}",
            memory,
            target=f"less than {MEMORY_MIB:,} MiB",
            is_met=told["process_mib"] < MEMORY_MIB,
        ),
    ]


def main() -> None:
    """Do one step."""
    step, file = sys.argv[1], Path(sys.argv[2])
    print(json.dumps(build(file) if step == "build" else load(file)))


if __name__ == "__main__":
    main()
