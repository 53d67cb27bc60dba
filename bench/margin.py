"""A new mark price that touches 100,000 open positions of one contract, beside a bare loop over as many.

Half of the positions are isolated, half are the only cross position of their account. The core knows of each between
which marks nothing can happen to it (``core.calm``), so what it costs depends on how far the mark moves: a small step
leaves nearly all of them alone, a leap looks at each one exactly. The baseline is the same arithmetic, one inequality
of plain integers a position, over lists.
"""

import gc
import statistics
import time

from bench.report import Row
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
    SetLeverage,
    SetMarkPrice,
)
from lonja.core.kinds import MarginMode, Side
from lonja.core.layout import encode_command
from lonja.core.state import State
from lonja.core.texts import Text16, Text32

POSITIONS = 100_000
LIMIT_MS = 50.0
MIDDLE = 1_000_000
LEVERAGES = (300, 500, 1_000, 2_000, 5_000)
FIRST_TRADER = 3
START_MS = 1_790_000_000_000
_MAKERS = POSITIONS // 1_000
_RATE_PPM = 5_500


def _founding() -> list[Command]:
    return [
        CreateCurrency(name=Text16("QUOTE"), scale=8),
        CreateCurrency(name=Text16("BASE"), scale=8),
        DefineFeeTier(fee_group=1, maker_rate_ppm=200, taker_rate_ppm=500),
        DefineFamily(name=Text32("BASE-QUOTE"), instrument_type=2, settle=0),
        DefinePositionTier(tier=1, size_max=10**9, maintenance_ppm=5_000, initial_ppm=10_000, leverage_max=10_000),
        ListContract(
            instrument_id=Text32("BASE-QUOTE-SWAP"), base=1, quote=0, price_scale=2, size_scale=4, fee_group=1
        ),
        SetMarkPrice(price=MIDDLE),
    ]


def _crowd() -> list[Command]:
    """Makers sell, each trader buys ten lots in its margin mode and at its leverage."""
    commands: list[Command] = []
    for number in range(POSITIONS):
        account = FIRST_TRADER + number
        mode = MarginMode.ISOLATED if number % 2 else MarginMode.CROSS
        leverage = LEVERAGES[number % len(LEVERAGES)]
        commands += [
            CreateAccount(account_mode=2),
            Deposit(account=account, ledger=1, amount=10**9),
            SetLeverage(account=account, margin_mode=mode, leverage=leverage),
        ]
    for number in range(0, POSITIONS, 2):
        seller, buyer = FIRST_TRADER + number, FIRST_TRADER + number + 1
        if number // 2 % 2:
            seller, buyer = buyer, seller
        for account, side in ((seller, Side.SELL), (buyer, Side.BUY)):
            mode = MarginMode.ISOLATED if (account - FIRST_TRADER) % 2 else MarginMode.CROSS
            commands.append(PlaceContractOrder(account=account, side=side, price=MIDDLE, size=10, margin_mode=mode))
    return commands


def _apply(state: State, commands: list[Command]) -> None:
    body = b"".join(encode_command(command._replace(time_ms=START_MS)) for command in commands)
    apply_batch(state, body, int(state.next_command))


def _tick_ms(state: State, price: int) -> float:
    """CPU time of a new mark price, in ms."""
    body = encode_command(SetMarkPrice(time_ms=START_MS, price=price))
    begun = time.process_time()
    apply_batch(state, body, int(state.next_command))
    return (time.process_time() - begun) * 1_000


def _bare_ms(state: State) -> float:
    """CPU time of one exact inequality for each position, over lists made beforehand."""
    lots = [int(position.lots) for position in state.positions]
    entries = [int(position.entry_num) for position in state.positions]
    behind = [10**8] * len(lots)
    near = 0
    begun = time.process_time()
    for held, entry, money in zip(lots, entries, behind, strict=True):
        value = abs(held) * MIDDLE
        gained = value - entry if held > 0 else entry - value
        if (money + gained) * 1_000_000 <= value * _RATE_PPM:
            near += 1
    return (time.process_time() - begun) * 1_000


def margin_rows() -> list[Row]:
    """Measure small steps of the mark, and leaps."""
    state = State()
    _apply(state, [*_founding(), *_crowd()])
    held = sum(position.lots != 0 for position in state.positions)
    assert held == POSITIONS, f"{held} positions are open"
    gc.collect()
    first = _tick_ms(state, MIDDLE + 1)
    bare = min(_bare_ms(state) for _ in range(5))
    steps = [_tick_ms(state, MIDDLE + step) for step in (50, -50, 100, -100, 30, 60, -20, 10, 80, -70)]
    leaps = [_tick_ms(state, MIDDLE + step) for step in (8_000, -8_000, 8_000, -8_000)]
    what = f"a mark price over {POSITIONS:,} open positions"
    cold = Row(
        f"{what}, the first after a restart", f"{first:.0f} ms CPU", f"{bare:.0f} ms bare loop", f"{bare / first:.2f}"
    )
    return [
        _row(f"{what}, a step of 0.01 %", statistics.median(steps), bare),
        _row(f"{what}, a leap of 0.8 %", statistics.median(leaps), bare),
        cold,
    ]


def _row(what: str, ms: float, bare: float) -> Row:
    ratio = f"{bare / ms:.2f}"
    return Row(what, f"{ms:.1f} ms CPU", f"{bare:.0f} ms bare loop", ratio, f"under {LIMIT_MS:.0f} ms", ms < LIMIT_MS)
