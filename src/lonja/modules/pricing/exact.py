"""Whole numbers for prices and rates, and the few roundings there are.

Why here: an index is shared by contracts with different ticks, so it needs a unit of its own, fine enough for the
cheapest currency. Invariant: no float ever touches a price; each function says which way it rounds.
"""

from typing import Final

PRICE_SCALE: Final = 18
PRICE_ONE: Final = 10**PRICE_SCALE
"""Prices of this module are whole numbers of 10 ** -18 of the quote currency."""

TRILLION: Final = 10**12
"""Rates of this module are millionths of a millionth, as in ``SettleFunding``."""

PPM: Final = 1_000_000


def toward_zero(numerator: int, denominator: int) -> int:
    """The fraction without what follows its point; ``denominator`` is positive."""
    whole = abs(numerator) // denominator
    return whole if numerator >= 0 else -whole


def nearest(numerator: int, denominator: int) -> int:
    """The whole number next to the fraction, the greater one of two; ``denominator`` is positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def ceil_of(numerator: int, denominator: int) -> int:
    """The fraction rounded up; ``denominator`` is positive."""
    return -(-numerator // denominator)


def clamped(value: int, low: int, high: int) -> int:
    """``value``, or the bound that it passes; ``low`` is no more than ``high``."""
    return max(low, min(value, high))


def tick_of(price_scale: int, tick_step: int) -> int:
    """What a tick of an instrument is worth, in 10 ** -18 of its quote currency."""
    return tick_step * int(10 ** (PRICE_SCALE - price_scale))
