"""What is known of one contract's prices: samples of its book against the index, and what follows from them.

Why here: mark, limits and funding all stand on the same samples, one each second of exchange time. Invariant: a result
depends on what was seen at which time and on nothing else.
"""

from typing import Final, NamedTuple

from lonja.core.kinds import Side
from lonja.engine.api import EngineViews
from lonja.modules.pricing import funding
from lonja.modules.pricing.limits import Limits, basis_of, limits_of, mark_of
from lonja.modules.pricing.sampling import MinuteSums, RunWindow, points
from lonja.modules.pricing.shape import Shape
from lonja.modules.pricing.terms import Terms
from lonja.primitives.instant import HOUR_MS, MINUTE_MS, SECOND_MS

KEPT_MS: Final = 9 * HOUR_MS
"""How long samples are kept: the longest interval of funding, and one hour to settle it late."""

DEPTH: Final = 100
"""Levels of the book that are looked at for impact prices."""


class Prices(NamedTuple):
    """A mark price in ticks with its limits."""

    mark: int
    limits: Limits


class ContractPrices:
    """Samples of one contract."""

    def __init__(self, shape: Shape, terms: Terms) -> None:
        """Nothing was seen yet."""
        self.shape = shape
        self.premium = 0
        self.minutes = MinuteSums(SECOND_MS, KEPT_MS)
        self._terms = terms
        self._basis = 0
        self._bases = RunWindow(1)
        self._premiums = RunWindow(1)
        self._since_ms: int | None = None
        self._looked_ms = 0
        self._forecast = (-1, 0)

    def pass_to(self, now_ms: int) -> None:
        """Let what was seen last hold until ``now_ms``."""
        if self._since_ms is None or now_ms <= self._since_ms:
            return
        shape = self.shape
        self._bases.size = self._terms.mark(shape.underlying, now_ms).basis_samples
        self._premiums.size = self._terms.limits(shape.section(now_ms), shape.underlying, now_ms).premium_samples
        seconds = points(self._since_ms, now_ms, SECOND_MS)
        self._bases.add(self._basis, seconds)
        self._premiums.add(self._basis, seconds)
        if shape.is_perpetual:
            self.minutes.add(self.premium, self._since_ms, now_ms)
        self._since_ms = now_ms

    def look(self, views: EngineViews, index: int, now_ms: int) -> None:
        """See the book; what was seen before holds until now. Once in a second is enough."""
        if self._since_ms is not None and not self._is_new_second(now_ms):
            return
        shape = self.shape
        depth = DEPTH if shape.is_perpetual else 1
        bids, asks = (views.levels(shape.instrument, side, depth) for side in (Side.BUY, Side.SELL))
        self._basis = basis_of(shape, bids[0] if bids else None, asks[0] if asks else None, index)
        if shape.is_perpetual:
            notional = self._terms.funding(shape.underlying, now_ms).impact_notional
            impact_bid, impact_ask = (shape.impact_price(levels, notional) for levels in (bids, asks))
            self.premium = funding.premium(impact_bid, impact_ask, index)
        self._since_ms = self._looked_ms = now_ms

    def _is_new_second(self, now_ms: int) -> bool:
        return now_ms // SECOND_MS > self._looked_ms // SECOND_MS

    def prices(self, index: int, now_ms: int) -> Prices:
        """Mark price and price limits at an index price."""
        shape = self.shape
        mark_terms = self._terms.mark(shape.underlying, now_ms)
        limit_terms = self._terms.limits(shape.section(now_ms), shape.underlying, now_ms)
        mark = mark_of(index, self._bases.mean(self._basis), mark_terms)
        limits = limits_of(shape, index, self._premiums.mean(self._basis), limit_terms, now_ms)
        return Prices(shape.to_ticks(mark), limits)

    def rate(self, end_ms: int) -> int:
        """The funding rate that the hours before ``end_ms``, a full minute, give."""
        terms = self._terms.funding(self.shape.underlying, end_ms)
        begin_ms = end_ms - funding.interval_ms(terms)
        return funding.rate_of(funding.average_premium(self.minutes.between(begin_ms, end_ms), begin_ms), terms)

    def forecast(self, now_ms: int) -> int:
        """The funding rate of the hours before ``now_ms``, renewed every minute."""
        minute_ms = now_ms - now_ms % MINUTE_MS
        if self._forecast[0] == minute_ms:
            return self._forecast[1]
        rate = self.rate(minute_ms)
        # It is asked for far more often than it changes; but samples of the last minute may still be missing.
        if self._since_ms is not None and self._since_ms >= minute_ms:
            self._forecast = (minute_ms, rate)
        return rate

    def due(self, now_ms: int, settled_ms: int) -> list[int]:
        """Boundaries of funding that have passed and are not settled, oldest first.

        One whose interval nobody sampled is none: the house was closed, or there was no index to pay by.
        """
        terms = self._terms.funding(self.shape.underlying, now_ms)
        step_ms, boundary_ms = funding.interval_ms(terms), funding.boundary_before(now_ms, terms)
        after_ms = max(settled_ms, self.shape.listed_ms, now_ms - KEPT_MS)
        found = []
        while boundary_ms > after_ms:
            if self.minutes.mean(boundary_ms - step_ms, boundary_ms) is not None:
                found.append(boundary_ms)
            boundary_ms -= step_ms
        return found[::-1]
