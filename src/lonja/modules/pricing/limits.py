"""Mark price and price limits of a contract.

Invariants: a mark is never further from the index than its bound; the highest price to buy at is never below the lowest
to sell at.
Sources: public rule pages: mark = index + moving average of (mid - index); in the first 10 minutes index * (1 +- X),
then min[max(index, index * (1 + Y) + premium), index * (1 + Z)] to buy and max[min(index, index * (1 - Y) + premium),
index * (1 - Z)] to sell, where premium is the mean of (mid - index) of every second of two minutes and Z is 3 % in the
last 30 minutes before a weekly delivery. Which way limits round is our choice: to the index's side, never past it.
"""

from typing import NamedTuple

from lonja.core.views import LevelView
from lonja.modules.pricing.exact import PPM, ceil_of, clamped
from lonja.modules.pricing.shape import Shape
from lonja.modules.pricing.terms import LimitTerms, MarkTerms
from lonja.primitives.instant import MINUTE_MS


class Limits(NamedTuple):
    """In ticks: the most a buyer may pay and the least a seller may take. Both 0: the listed band around the mark."""

    buy_max: int
    sell_min: int


BAND = Limits(0, 0)


def basis_of(shape: Shape, bid: LevelView | None, ask: LevelView | None, index: int) -> int:
    """The book's mid less the index, rounded down; 0 when a side is empty."""
    if bid is None or ask is None:
        return 0
    return (bid.price + ask.price) * shape.tick // 2 - index


def mark_of(index: int, basis: int, terms: MarkTerms) -> int:
    """The index with the average ``basis``, which counts no more than its bound."""
    bound = index * terms.basis_max_ppm // PPM
    return index + clamped(basis, -bound, bound)


def limits_of(shape: Shape, index: int, premium: int, terms: LimitTerms, now_ms: int) -> Limits:
    """The price limits at ``now_ms``."""
    if not terms.outer_ppm:
        return BAND
    if now_ms < shape.listed_ms + terms.first_minutes * MINUTE_MS:
        return _in_ticks(shape, index, PPM * index + terms.first_ppm * index, PPM * index - terms.first_ppm * index)
    outer_ppm = terms.outer_ppm
    if not shape.is_perpetual and now_ms >= shape.expiry_ms - terms.last_minutes * MINUTE_MS:
        outer_ppm = terms.last_ppm
    whole, later, outer = PPM * index, terms.later_ppm * index, outer_ppm * index
    buy_max = min(max(whole, whole + later + PPM * premium), whole + outer)
    sell_min = max(min(whole, whole - later + PPM * premium), whole - outer)
    return _in_ticks(shape, index, buy_max, sell_min)


def _in_ticks(shape: Shape, index: int, buy_max: int, sell_min: int) -> Limits:
    """Limits given in 10 ** -24 as ticks; those around the index always hold, so the two never cross."""
    unit = PPM * shape.tick
    highest = max(buy_max // unit, ceil_of(index, shape.tick))
    lowest = min(ceil_of(sell_min, unit), index // shape.tick)
    return Limits(max(1, highest), max(1, lowest))
