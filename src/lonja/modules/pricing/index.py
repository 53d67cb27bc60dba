"""The index price: what several other markets say a currency is worth, made hard to move by one of them.

Invariant: a price that was made lies within the prices of the sources it was made from, after trimming; one that
cannot be made is the last one that could, with its age.
Source: public rule page "Spot index prices" of the venue: weighted average of three sources or more, a price further
than 2 % from the median counts as 98 % or 102 % of it; two sources weigh the same; one alone is taken as it is; a
source that says nothing new for some time does not count.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from lonja.modules.pricing.exact import PPM, ceil_of, clamped
from lonja.modules.pricing.ports import IndexSource
from lonja.modules.pricing.terms import IndexTerms, Terms

_TRIMMED_FROM: Final = 3
"""With fewer sources there is no telling which of them is off."""


class IndexState(StrEnum):
    """How far an index price can be trusted."""

    LIVE = "live"
    """Made just now from as many sources as are wanted."""
    THIN = "thin"
    """Made just now from fewer."""
    STALE = "stale"
    """Nothing to make it from; the last one."""
    FIXED = "fixed"
    """Set by hand."""
    UNKNOWN = "unknown"
    """There has never been one."""


class IndexPrice(NamedTuple):
    """An index price: 0 while unknown. ``time_ms`` is when it was made, ``age_ms`` how long ago that was."""

    price: int
    time_ms: int
    age_ms: int
    state: IndexState
    sources: int


class Quote(NamedTuple):
    """What one source says, and how much it counts."""

    price: int
    weight: int


class IndexPart(NamedTuple):
    """What one source says, and how much it counts against the others."""

    source: str
    price: int
    weight: int


UNKNOWN: Final = IndexPrice(0, 0, 0, IndexState.UNKNOWN, 0)


def trimmed(prices: Sequence[int], deviation_ppm: int) -> list[int]:
    """``prices`` moved to within ``deviation_ppm`` of their median; of an even count it is between the middle two."""
    ordered = sorted(prices)
    middle = len(ordered) // 2
    doubled = ordered[middle] + ordered[-1 - middle]
    low = ceil_of(doubled * (PPM - deviation_ppm), 2 * PPM)
    high = doubled * (PPM + deviation_ppm) // (2 * PPM)
    return [clamped(price, low, high) for price in prices]


def index_of(quotes: Sequence[Quote], deviation_ppm: int) -> int:
    """The index price of at least one quote, rounded down."""
    if len(quotes) < _TRIMMED_FROM:
        return sum(quote.price for quote in quotes) // len(quotes)
    prices = trimmed([quote.price for quote in quotes], deviation_ppm)
    weighed = sum(price * quote.weight for price, quote in zip(prices, quotes, strict=True))
    return weighed // sum(quote.weight for quote in quotes)


class IndexBoard:
    """All indices: made when asked, kept when they cannot be made, set by hand when somebody wants that."""

    def __init__(self, terms: Terms, sources: Sequence[IndexSource]) -> None:
        """``sources`` are asked for every index; one that the terms weigh 0 does not count."""
        self._terms = terms
        self._sources = sources
        self._last: dict[str, IndexPrice] = {}
        self._fixed: dict[str, int] = {}

    def fix(self, index_id: str, price: int) -> None:
        """Let the index be ``price`` from now on, whatever its sources say; 0 lets it follow them again."""
        if price:
            self._fixed[index_id] = price
        else:
            self._fixed.pop(index_id, None)

    def price(self, index_id: str, now_ms: int) -> IndexPrice:
        """The index price at ``now_ms``."""
        terms = self._terms.index(index_id, now_ms)
        fixed = self._fixed.get(index_id)
        if fixed is not None:
            found = IndexPrice(fixed, now_ms, 0, IndexState.FIXED, 0)
        else:
            quotes = [Quote(part.price, part.weight) for part in self._parts(index_id, terms, now_ms)]
            if len(quotes) < terms.sources_min:
                last = self._last.get(index_id)
                return UNKNOWN if last is None else _aged(last, now_ms)
            state = IndexState.LIVE if len(quotes) >= terms.sources_wanted else IndexState.THIN
            found = IndexPrice(index_of(quotes, terms.deviation_ppm), now_ms, 0, state, len(quotes))
        self._last[index_id] = found
        return found

    def parts(self, index_id: str, now_ms: int) -> list[IndexPart]:
        """Of what the index price at ``now_ms`` is made; of nothing when it is set by hand or its sources are silent."""
        if index_id in self._fixed:
            return []
        found = self._parts(index_id, self._terms.index(index_id, now_ms), now_ms)
        return found if len(found) >= _TRIMMED_FROM else [part._replace(weight=1) for part in found]

    def _parts(self, index_id: str, terms: IndexTerms, now_ms: int) -> list[IndexPart]:
        """What the sources say that have said something lately and count for something."""
        found = []
        for source in self._sources:
            told = source.price(index_id)
            weight = self._terms.weight(index_id, source.name, now_ms)
            if told is not None and told.price > 0 and weight > 0 and now_ms - told.time_ms <= terms.stale_ms:
                found.append(IndexPart(source.name, told.price, weight))
        return found


def _aged(last: IndexPrice, now_ms: int) -> IndexPrice:
    return last._replace(age_ms=max(0, now_ms - last.time_ms), state=IndexState.STALE, sources=0)
