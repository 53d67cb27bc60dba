"""A storm: the index and the marks of one underlying move by 30 % or more within a few dozen commands.

Why here: liquidations, takeovers, losses of funds and deleveraging happen when prices leap; a mark that wanders by a
tick or two would never get there.
"""

import random

from lonja.core import commands as c
from lonja.core.algo_commands import SetContractIndex

PERCENTS = (30, 32, 35, 45, 60)
STEPS = (2, 4, 8, 12)
"""In how many steps a mark gets there: few are leaps past the price at which a position has nothing left."""


def storm_over(rng: random.Random, time_ms: int, marks: dict[int, int]) -> list[c.Command]:
    """The commands of a storm over the contracts whose ``marks`` are given, in their order; up as often as down."""
    percent = rng.choice(PERCENTS)
    # As far up as down in proportion, so that many storms leave the price where it was.
    factor = (100 - percent, 100) if rng.random() < 0.5 else (100, 100 - percent)
    steps = rng.choice(STEPS)
    made: list[c.Command] = []
    for step in range(1, steps + 1):
        for instrument, mark in marks.items():
            end = mark * factor[0] // factor[1]
            price = max(1, mark + (end - mark) * step // steps)
            if rng.random() < 0.3:
                made.append(SetContractIndex(time_ms, instrument=instrument, price=price))
            made.append(_mark(rng, time_ms, instrument, price))
    return made


def _mark(rng: random.Random, time_ms: int, instrument: int, price: int) -> c.SetMarkPrice:
    """A new mark; now and then with price limits so wide that anything in the book can be hit."""
    if rng.random() < 0.3:
        return c.SetMarkPrice(time_ms, instrument=instrument, price=price, buy_max=price * 2, sell_min=1)
    return c.SetMarkPrice(time_ms, instrument=instrument, price=price)
