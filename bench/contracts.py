"""Order flow of contracts through the core with risk on, beside the same flow on spot instruments.

Half of the accounts trade cross, half isolated, at the leverage that everybody begins with; every thousandth command is a
new mark price of one contract. Orders, amendments and cancels are those of ``bench.core``, drawn from the same seed, so the ratio
tells what positions and margins cost.
"""

import gc
import statistics
import time
from collections.abc import Iterator

from bench import core
from bench.report import Row
from lonja.bootstrap.memory import settle
from lonja.core.apply import apply_batch
from lonja.core.commands import (
    Command,
    CreateAccount,
    CreateCurrency,
    DefineFamily,
    DefineFeeTier,
    DefinePositionTier,
    Deposit,
    ListContract,
    PlaceContractOrder,
    PlaceOrder,
    SetMarkPrice,
    Transfer,
)
from lonja.core.kinds import Ledger
from lonja.core.state import State
from lonja.core.texts import Text16, Text32
from lonja.engine.ports import JournalRow

CONTRACTS = core.INSTRUMENTS
FIRST_ACCOUNT = core.FIRST_ACCOUNT + CONTRACTS
"""After the accounts of the families' funds."""
TIERS = ((10**5, 5_000, 10_000, 10_000), (10**6, 10_000, 20_000, 5_000), (10**7, 20_000, 50_000, 2_000))
MARKED_EVERY = 1_000
_MARK_STEPS = (-20, -7, 0, 5, 20)


def founding() -> Iterator[Command]:
    """A family with tiers and one linear perpetual for each base currency, mark prices, funded accounts."""
    yield CreateCurrency(name=Text16("QUOTE"), scale=8)
    yield DefineFeeTier(maker_rate_ppm=200, taker_rate_ppm=500)
    for number in range(CONTRACTS):
        yield CreateCurrency(name=Text16(f"BASE{number}"), scale=8)
        yield DefineFamily(name=Text32(f"BASE{number}-QUOTE"), instrument_type=2, settle=core.QUOTE)
        for tier, terms in enumerate(TIERS, 1):
            yield DefinePositionTier(0, -1, 0, 0, number, tier, *terms)
        name = Text32(f"BASE{number}-QUOTE-SWAP")
        terms_of = {"price_scale": 2, "size_scale": 1, "contract_value": 1, "contract_scale": 2}
        yield ListContract(instrument_id=name, family=number, base=number + 1, quote=core.QUOTE, **terms_of)
        yield SetMarkPrice(instrument=number, price=core.MIDDLE)
    for account in range(FIRST_ACCOUNT, FIRST_ACCOUNT + core.ACCOUNTS):
        yield CreateAccount(account_mode=2)
        for ledger in Ledger:
            yield Deposit(account=account, currency=core.QUOTE, ledger=ledger, amount=10**15)


def flow(count: int) -> Iterator[Command]:
    """The flow of ``core`` in contracts, with mark prices in between."""
    for number, command in enumerate(core.flow(count)):
        account = command.account + CONTRACTS
        if number % MARKED_EVERY == 0:
            marks = number // MARKED_EVERY
            yield SetMarkPrice(instrument=marks % CONTRACTS, price=core.MIDDLE + _MARK_STEPS[marks % len(_MARK_STEPS)])
        elif isinstance(command, PlaceOrder):
            yield PlaceContractOrder(*command._replace(account=account), margin_mode=account % 2)
        elif isinstance(command, Transfer):
            yield command._replace(account=account, currency=core.QUOTE)
        else:
            yield command._replace(account=account)


def packed(founded: Iterator[Command], traded: Iterator[Command]) -> tuple[list[JournalRow], list[JournalRow]]:
    """What founds a floor and what is measured on it, as group commits."""
    setup = core.rows(founded, 0, core.START_MS)
    first = setup[-1].first_command + setup[-1].command_count
    return setup, core.rows(traded, first, core.START_MS + len(setup))


def rate_of(setup: list[JournalRow], trading: list[JournalRow]) -> float:
    """Commands a second of processor time."""
    state = State()
    for row in setup:
        apply_batch(state, row.body, row.first_command)
    gc.collect()
    begun = time.process_time()
    for row in trading:
        apply_batch(state, row.body, row.first_command)
    spent = time.process_time() - begun
    return sum(row.command_count for row in trading) / spent


def contract_rows(count: int = core.COMMANDS, runs: int = core.RUNS) -> list[Row]:
    """Measure both flows in turns, looking for garbage as seldom as a house that has started does."""
    contracts, spot = packed(founding(), flow(count)), packed(core.founding(), core.flow(count))
    thresholds = gc.get_threshold()
    settle()
    try:
        measured = [(rate_of(*contracts), rate_of(*spot)) for _ in range(runs)]
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
    ours, bare = (statistics.median(column) for column in zip(*measured, strict=True))
    what = f"core with risk on, order flow of {CONTRACTS} contracts, cross and isolated, batches of {core.BATCH:,}"
    target = f"at least {core.RATE / 1e6:.0f} M/s"
    baseline = f"{bare / 1e6:.2f} M/s CPU: the same flow on spot"
    return [Row(what, f"{ours / 1e6:.2f} M/s CPU", baseline, f"{ours / bare:.2f}", target, ours >= core.RATE)]
