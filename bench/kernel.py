"""The core on a million messages beside an ordinary C++ order book, on the same messages, in one run.

``python -m bench.kernel [RUNS]``. The core's figure includes reading packed commands, every check of admission, and
writing full event records; the C++ book writes a short log of trades, and in the next column records as wide as the
core's. All three must end with the same trades, resting orders and balances. CPU time, median of the runs.
"""

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.workloads import SCENARIOS, WORDS, Workload, core_commands
from lonja.core import IS_COMPILED
from lonja.core import ledger as ld
from lonja.core.apply import apply_batch
from lonja.core.commands import Command, CreateAccount, CreateCurrency, DefineFeeTier, Deposit, ListInstrument
from lonja.core.layout import encode_command
from lonja.core.orders import next_order_id
from lonja.core.state import State
from lonja.core.texts import Text16, Text32

RUNS = 3
BATCH = 1_024
TIME_MS = 1_790_000_000_000
FIRST_ACCOUNT = 2
BASE, QUOTE, TRADING = 0, 1, 1
BASE_CASH, QUOTE_CASH = 10**12, 10**14
SOURCE = Path(__file__).with_name("kernel_baseline.cpp")
COMPILE = ("g++", "-O3", "-march=native", "-std=c++17")


class Result(NamedTuple):
    """CPU seconds of a run's messages, and what the book came to."""

    seconds: float
    trades: int
    resting: int
    digest: int


def founding(accounts: int) -> Iterator[Command]:
    """One instrument whose lots and ticks are units, the baseline's fees, and funded accounts."""
    yield CreateCurrency(TIME_MS, name=Text16("BASE"), scale=0)
    yield CreateCurrency(TIME_MS, name=Text16("QUOTE"), scale=0)
    yield DefineFeeTier(TIME_MS, maker_rate_ppm=800, taker_rate_ppm=1_000)
    yield ListInstrument(TIME_MS, instrument_id=Text32("BASE-QUOTE"), base=BASE, quote=QUOTE, settle=QUOTE)
    for number in range(accounts):
        account = FIRST_ACCOUNT + number
        yield CreateAccount(TIME_MS)
        yield Deposit(TIME_MS, account, currency=BASE, ledger=TRADING, amount=BASE_CASH)
        yield Deposit(TIME_MS, account, currency=QUOTE, ledger=TRADING, amount=QUOTE_CASH)


def batches(commands: list[bytes]) -> list[tuple[int, bytes]]:
    """Counts and bodies of group commits."""
    groups = (commands[at : at + BATCH] for at in range(0, len(commands), BATCH))
    return [(len(group), b"".join(group)) for group in groups]


def apply_all(state: State, bodies: list[tuple[int, bytes]]) -> float:
    """Apply the batches and return the CPU seconds."""
    number = int(state.next_command)
    start = time.process_time()
    for count, body in bodies:
        apply_batch(state, body, number)
        number += count
    return time.process_time() - start


def run_core(workload: Workload, setup: list[tuple[int, bytes]], messages: list[tuple[int, bytes]]) -> Result:
    """One run of the core."""
    state = State()
    apply_all(state, batches([encode_command(command) for command in founding(workload.accounts)]))
    apply_all(state, setup)
    gc.collect()
    seconds = apply_all(state, messages)
    trades = int(state.instruments[0].last_trade_id)
    return Result(seconds, trades, int(state.orders.by_id.count), digest_of(state, workload.accounts))


def digest_of(state: State, accounts: int) -> int:
    """FNV-1a over base and quote, cash and held, of every account, as the baseline counts it."""
    value = 14_695_981_039_346_656_037
    for account in range(FIRST_ACCOUNT, FIRST_ACCOUNT + accounts):
        for currency in (BASE, QUOTE):
            slot = state.ledger.find(account, currency, TRADING)
            for field in (ld.CASH, ld.HELD):
                value = (value ^ state.ledger.words[slot + field]) * 1_099_511_628_211 % 2**64
    return value


def run_baseline(folder: Path, workload: Workload, runs: int, events: str) -> Result:
    """The C++ book on the same messages."""
    arguments = [str(workload.accounts), str(folder / "setup"), str(folder / "messages"), str(runs), events]
    done = subprocess.run([folder / "kernel_baseline", *arguments], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    return Result(statistics.median(told["seconds"]), told["trades"], told["resting"], told["digest"])


def measure(folder: Path, workload: Workload, runs: int) -> tuple[float, float, float]:
    """Millions of messages a second: the core, the baseline, the baseline with wide events."""
    (folder / "setup").write_bytes(workload.setup.tobytes())
    (folder / "messages").write_bytes(workload.messages.tobytes())
    first_order_id = int(next_order_id(0, TIME_MS))
    setup, messages = (
        batches(core_commands(words, time_ms=TIME_MS, first_account=FIRST_ACCOUNT, first_order_id=first_order_id))
        for words in (workload.setup, workload.messages)
    )
    core = [run_core(workload, setup, messages) for _ in range(runs)]
    short, wide = (run_baseline(folder, workload, runs, events) for events in ("short", "wide"))
    assert {result[1:] for result in (*core, short, wide)} == {core[0][1:]}, "the books disagree"
    count = len(workload.messages) // WORDS
    seconds = statistics.median(result.seconds for result in core)
    return count / seconds / 1e6, count / short.seconds / 1e6, count / wide.seconds / 1e6


def main(runs: int = RUNS) -> None:
    """Print the table."""
    if not IS_COMPILED:
        print("the core runs interpreted: figures are of that")
    print("| scenario | core, M messages/s | C++ std::map | with wide events | core over C++ |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([*COMPILE, SOURCE, "-o", folder / "kernel_baseline"], check=True)
        for scenario in SCENARIOS:
            workload = scenario()
            core, short, wide = measure(folder, workload, runs)
            print(f"| {workload.name} | {core:.2f} | {short:.2f} | {wide:.2f} | {core / short:.2f} |", flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
