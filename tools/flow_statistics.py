"""Statistics of order flow, the same for recordings and for the sandbox's own markets.

Times are looked at on a clock of 50 ms, the pace of the simulated traders. Sizes and depths are relative, so that
markets of different worth can be compared. Invariant: pure functions of what they are given.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean, median
from typing import NamedTuple

CLOCK_MS = 50
GAP_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
SIZE_QUANTILES = (0.25, 0.75, 0.9, 0.99)
DEPTH_BPS = (5, 10, 25)

Numbers = dict[str, float]


class Take(NamedTuple):
    """What one taker order did: when, at which price, how much, and whether it bought."""

    time_ms: int
    price: float
    size: float
    is_buy: bool


class BookSample(NamedTuple):
    """A book at one moment: best prices, and worth per side within each of ``DEPTH_BPS`` of the middle."""

    bid: float
    ask: float
    depths: tuple[float, ...]


def joined_takes(fills: Iterable[Take], within_ms: int = 2) -> list[Take]:
    """Neighboring fills of one side and nearly one time as one taker order."""
    found: list[Take] = []
    for fill in fills:
        last = found[-1] if found else None
        if last is not None and last.is_buy == fill.is_buy and fill.time_ms - last.time_ms <= within_ms:
            found[-1] = last._replace(size=last.size + fill.size)
        else:
            found.append(fill)
    return found


def quantile(numbers: Sequence[float], share: float) -> float:
    """The number below which ``share`` of all lie."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def correlation(numbers: Sequence[float], lag: int) -> float:
    """Of each number with the one ``lag`` later."""
    mean = fmean(numbers)
    variance = fmean((number - mean) ** 2 for number in numbers)
    product = fmean((a - mean) * (b - mean) for a, b in zip(numbers, numbers[lag:], strict=False))
    return product / variance if variance else 0.0


def deviation(numbers: Sequence[float]) -> float:
    """The standard deviation."""
    mean = fmean(numbers)
    return math.sqrt(fmean((number - mean) ** 2 for number in numbers))


def trade_numbers(takes: Sequence[Take]) -> Numbers:
    """How trades come: gaps in mean gaps, sizes in medians, how sides persist."""
    times = [take.time_ms // CLOCK_MS * CLOCK_MS for take in takes]
    gaps = [float(after - before) for before, after in pairwise(times)]
    mean = fmean(gaps)
    numbers = {f"gap {share:.0%}": quantile(gaps, share) / mean for share in GAP_QUANTILES}
    numbers["gap deviation"] = deviation(gaps) / mean
    numbers["gap clustering"] = correlation([math.log(gap + CLOCK_MS) for gap in gaps], 1)
    worths = [take.price * take.size for take in takes]
    middle = median(worths)
    numbers |= {f"size {share:.0%}": quantile(worths, share) / middle for share in SIZE_QUANTILES}
    numbers["size mean"] = fmean(worths) / middle
    sides = [1.0 if take.is_buy else -1.0 for take in takes]
    numbers |= {f"side after {lag}": correlation(sides, lag) for lag in (1, 5)}
    return numbers


def book_numbers(samples: Sequence[BookSample], tick: float, trade_worth: float) -> Numbers:
    """How a book looks: spread in ticks and bps, depth in mean trades, how often the middle stands still."""
    middles = [(sample.bid + sample.ask) / 2 for sample in samples]
    ticks = [(sample.ask - sample.bid) / tick for sample in samples]
    bps = [(s.ask - s.bid) / middle * 10_000 for s, middle in zip(samples, middles, strict=True)]
    numbers = {"spread ticks 50%": quantile(ticks, 0.5), "spread ticks 90%": quantile(ticks, 0.9)}
    numbers |= {f"spread bps {share:.0%}": quantile(bps, share) for share in (0.1, 0.5, 0.9)}
    for place, reach in enumerate(DEPTH_BPS):
        numbers[f"depth {reach} bps"] = median(sample.depths[place] for sample in samples) / trade_worth
    numbers["middle stands still"] = fmean(a == b for a, b in pairwise(middles))
    return numbers


def move_numbers(closes: Sequence[float]) -> Numbers:
    """How prices move from minute to minute: fat tails, and volatility that comes in spells."""
    moves = [math.log(after / before) for before, after in pairwise(closes)]
    sizes = [abs(move) for move in moves]
    spread = deviation(moves)
    numbers = {"move mean": fmean(sizes) / spread}
    numbers |= {f"move {share:.1%}": quantile(sizes, share) / spread for share in (0.5, 0.9, 0.99, 0.999)}
    numbers |= {f"volatility after {lag} min": correlation(sizes, lag) for lag in (1, 5, 15, 60, 240)}
    numbers["direction after 1 min"] = correlation(moves, 1)
    return numbers
