"""Commands with the greatest, least and oddest numbers, on exchanges that are as extreme as may be."""

import random
from collections.abc import Iterator
from typing import Any

from lonja.core import commands as c
from lonja.primitives.money import INT_MAX
from tests.core.scenario import Floor

WORD_MAX = 2**63 - 1
EXTREMES = [
    0,
    1,
    2,
    3,
    999_999,
    2**31,
    2**32 + 1,
    10**9,
    10**15,
    2**61,
    INT_MAX // 2,
    INT_MAX - 1,
    INT_MAX,
    2**62,
    WORD_MAX,
]

RATES = [(-100_000, -100_000), (100_000, 100_000), (0, 0), (-20, 1_000)]
SHAPES = [
    # base scale, quote scale, and terms of an instrument that is as extreme as may be
    (0, 0, {"price_scale": 18}),
    (0, 0, {}),
    (18, 0, {}),
    (18, 18, {"price_scale": 18, "size_scale": 18, "tick_step": 1_000_000, "lot_step": 1_000_000}),
    (0, 18, {}),
    (8, 8, {"price_scale": 2, "size_scale": 8}),
    (3, 0, {"price_scale": 18}),
    (18, 0, {"size_scale": 18}),
]


def extreme_floor(base_scale: int, quote_scale: int, terms: dict[str, int], rates: tuple[int, int]) -> Floor:
    """Three traders who own nearly all that may exist."""
    floor = Floor("")
    listing = " ".join(f"{name}={value}" for name, value in terms.items())
    floor.run(f"""> currency BASE scale={base_scale}
> currency QUOTE scale={quote_scale}
> instrument BTC-USD base=BASE quote=QUOTE {listing}
> fees tier=0 maker={rates[0]} taker={rates[1]}
> account ann
> account bob
> account cat
> deposit ann {INT_MAX // 3} BASE
> deposit bob {INT_MAX // 3} BASE
> deposit bob {INT_MAX // 3} QUOTE
> deposit cat {INT_MAX // 2} QUOTE""")
    return floor


def extreme_commands(rng: random.Random, count: int) -> Iterator[c.Command]:
    """Commands of all kinds with some extreme numbers in any of their fields."""
    kinds = [kind for kind in c.COMMAND_KINDS if kind is not c.Tick]
    for _ in range(count):
        kind = rng.choice(kinds)
        fields: dict[str, Any] = {}
        for name, form in kind.__annotations__.items():
            if form is not int:
                fields[name] = rng.choice(["", "a", "b"])
            elif name not in ("time_ms", "session"):
                fields[name] = rng.choice([0, 0, 1, 1, 2, 3, *EXTREMES, -1, -(2**63)])
        yield kind(**fields)
