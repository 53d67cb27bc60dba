"""The core by itself: a varied flow of commands in group commits, and the same commands replayed from a journal."""

import gc
import random
import statistics
import time
from collections.abc import Iterator

from bench.machine import scratch_folder
from bench.report import Row
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core.apply import apply_batch
from lonja.core.commands import (
    AmendOrder,
    CancelOrder,
    Command,
    CreateAccount,
    CreateCurrency,
    DefineFeeTier,
    Deposit,
    ListInstrument,
    PlaceOrder,
    SetIndexPrice,
    Transfer,
)
from lonja.core.kinds import Ledger, OrderType, Side, TimeInForce
from lonja.core.layout import encode_command
from lonja.core.replay import GENESIS_DIGEST, chain_digest
from lonja.core.state import State
from lonja.core.texts import Text16, Text32
from lonja.engine.ports import JournalRow
from lonja.engine.recovery import recover

COMMANDS = 500_000
BATCH = 256
"""The group commit that the design measures its journal with; what such a batch tells stays in the nearer caches."""
RUNS = 5
RATE = 1_000_000
INSTRUMENTS = 50
ACCOUNTS = 1_000
FIRST_ACCOUNT = 2
QUOTE = 0
MIDDLE = 100_000
START_MS = 1_790_000_000_000
_OPEN_MAX = 20_000


def founding() -> Iterator[Command]:
    """Currencies, instruments with price bands, fees, and funded accounts."""
    yield CreateCurrency(name=Text16("QUOTE"), scale=6)
    yield DefineFeeTier(maker_rate_ppm=800, taker_rate_ppm=1_000)
    for number in range(INSTRUMENTS):
        yield CreateCurrency(name=Text16(f"BASE{number}"), scale=6)
        name = Text32(f"BASE{number}-QUOTE")
        yield ListInstrument(
            instrument_id=name, base=number + 1, quote=QUOTE, settle=QUOTE, price_scale=2, size_scale=2
        )
        yield SetIndexPrice(instrument=number, price=MIDDLE)
    for account in range(FIRST_ACCOUNT, FIRST_ACCOUNT + ACCOUNTS):
        yield CreateAccount()
        for currency in range(INSTRUMENTS + 1):
            for ledger in (Ledger.FUNDING, Ledger.TRADING):
                yield Deposit(account=account, currency=currency, ledger=ledger, amount=10**15)


def flow(count: int, seed: int = 1) -> Iterator[Command]:
    """Orders of all kinds with client order ids, changed and canceled by them, and transfers; some are refused."""
    rng = random.Random(seed)
    known: list[tuple[int, int, Text32]] = []
    for number in range(count):
        draw = rng.random()
        if draw < 0.42 and known:
            at = rng.randrange(len(known))
            account, instrument, name = known[at]
            if draw < 0.35:
                known[at] = known[-1]
                known.pop()
                yield CancelOrder(0, account, 0, 0, instrument, 0, name)
            else:
                yield AmendOrder(0, account, 0, 0, instrument, 0, -1, rng.randrange(1, 100), client_order_id=name)
        elif draw < 0.44:
            account = FIRST_ACCOUNT + rng.randrange(ACCOUNTS)
            yield Transfer(0, account, currency=rng.randrange(INSTRUMENTS), amount=rng.randrange(1, 10**6))
        else:
            order = _order(rng, number, draw)
            if order.time_in_force == TimeInForce.GTC:
                known.append((order.account, order.instrument, order.client_order_id))
            yield order


def _order(rng: random.Random, number: int, draw: float) -> PlaceOrder:
    account, instrument = FIRST_ACCOUNT + rng.randrange(ACCOUNTS), rng.randrange(INSTRUMENTS)
    side, size = rng.randrange(2), rng.randrange(1, 100)
    sign = 1 if side == Side.BUY else -1
    name = Text32(f"o{number}")
    if draw < 0.48:
        return PlaceOrder(
            0, account, 0, 0, instrument, side, OrderType.MARKET, TimeInForce.IOC, size=size, client_order_id=name
        )
    if draw < 0.54:
        price = MIDDLE + sign * 50
        return PlaceOrder(
            0, account, 0, 0, instrument, side, 0, TimeInForce.IOC, price=price, size=size, client_order_id=name
        )
    price = MIDDLE - sign * (int(rng.expovariate(1 / 150)) + 1)
    post_only = int(draw > 0.9)
    return PlaceOrder(0, account, 0, 0, instrument, side, 0, 0, post_only, price, size, client_order_id=name)


def rows(commands: Iterator[Command], first: int, start_ms: int) -> list[JournalRow]:
    """The commands as group commits, a millisecond apart."""
    packed: list[JournalRow] = []
    waiting: list[bytes] = []
    for command in commands:
        time_ms = start_ms + len(packed)
        waiting.append(encode_command(command._replace(time_ms=time_ms)))
        if len(waiting) == BATCH:
            packed.append(JournalRow(first, BATCH, 0, 1, time_ms, GENESIS_DIGEST, b"".join(waiting)))
            first += BATCH
            waiting = []
    if waiting:
        packed.append(JournalRow(first, len(waiting), 0, 1, start_ms, GENESIS_DIGEST, b"".join(waiting)))
    return packed


def core_rows() -> list[Row]:
    """Measure applying and replaying."""
    setup = rows(founding(), 0, START_MS)
    first = setup[-1].first_command + setup[-1].command_count
    trading = rows(flow(COMMANDS), first, START_MS + len(setup))
    return [_apply_row(setup, trading), _replay_row([*setup, *trading])]


def _apply_row(setup: list[JournalRow], trading: list[JournalRow]) -> Row:
    rates = []
    for _ in range(RUNS):
        state = State()
        for row in setup:
            apply_batch(state, row.body, row.first_command)
        gc.collect()
        begun = time.process_time()
        for row in trading:
            apply_batch(state, row.body, row.first_command)
        rates.append(COMMANDS / (time.process_time() - begun))
    rate = statistics.median(rates)
    what = f"core with risk, ledger and event records, {INSTRUMENTS} instruments, batches of {BATCH:,}"
    return Row(what, f"{rate / 1e6:.2f} M/s CPU", target=f"at least {RATE / 1e6:.0f} M/s", is_met=rate >= RATE)


def _replay_row(journaled: list[JournalRow]) -> Row:
    with scratch_folder() as folder:
        journal = SqliteJournal(folder / "journal.db")
        state, digest, count = State(), GENESIS_DIGEST, 0
        for row in journaled:
            journal.append(row._replace(event_digest=digest))
            digest = chain_digest(digest, apply_batch(state, row.body, row.first_command).events)
            count += row.command_count
        rates = []
        for _ in range(RUNS):
            gc.collect()
            begun = time.process_time()
            recovered = recover(journal, MemorySnapshots())
            rates.append(count / (time.process_time() - begun))
            assert recovered.next_command == count, "replay must reach the end"
        journal.close()
    rate = statistics.median(rates)
    what = f"restart: {count:,} commands read from the journal, verified and replayed"
    return Row(what, f"{rate / 1e6:.2f} M/s CPU", target=f"at least {RATE / 1e6:.0f} M/s", is_met=rate >= RATE)
