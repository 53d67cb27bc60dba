"""The numbers by which prices are made, as dated rows of a file.

Why here: a number that the house or the public rules change is a row with a date and a source, never a constant.
Invariant: an answer changes only at the date of a row. The row that answers is the closest one: of the underlying
before its base currency before all (``*``), and of these the newest that holds; before the first date the first row
holds, so that a house whose clock stands in the past is not without terms.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, cast

from lonja.storage.dated_rows import DatedRow, DatedRows, row_at

PACKAGED: Final = Path(__file__).parent / "terms.toml"
"""The house's own terms."""

_WEIGHTS: Final = "weights"


class IndexTerms(NamedTuple):
    """``stale_ms``: how long a source counts after it spoke; ``deviation_ppm``: how far from the median it counts.

    With fewer than ``sources_min`` no price is made, with fewer than ``sources_wanted`` it is thin.
    """

    stale_ms: int
    deviation_ppm: int
    sources_min: int
    sources_wanted: int


class MarkTerms(NamedTuple):
    """``basis_samples``: seconds over which the basis is averaged; ``basis_max_ppm``: the most it is of the index."""

    basis_samples: int
    basis_max_ppm: int


class FundingTerms(NamedTuple):
    """Rates in millionths of a millionth; ``interest`` is that of a day, ``impact_notional`` in whole quote currency."""

    interval_hours: int
    interest: int
    damper: int
    cap: int
    floor: int
    impact_notional: int


class LimitTerms(NamedTuple):
    """X, Y and Z of the public formula as ``first_ppm``, ``later_ppm`` and ``outer_ppm``.

    ``last_ppm`` is Z in the ``last_minutes`` of a dated contract. An ``outer_ppm`` of 0 stands for the listed band around
    the mark instead of the formula.
    """

    first_minutes: int
    first_ppm: int
    later_ppm: int
    outer_ppm: int
    premium_samples: int
    last_minutes: int
    last_ppm: int


class DeliveryTerms(NamedTuple):
    """The delivery price is the mean index of ``window_minutes``, looked at every ``period_ms``."""

    window_minutes: int
    period_ms: int
    fee_rate_ppm: int


class ListingTerms(NamedTuple):
    """How many weekly, monthly and quarterly expiries there are at any time."""

    weeks: int
    months: int
    quarters: int


_SECTIONS: Final[dict[str, type[Any]]] = {
    "index": IndexTerms,
    "mark": MarkTerms,
    "funding": FundingTerms,
    "limits_perpetual": LimitTerms,
    "limits_near": LimitTerms,
    "limits_far": LimitTerms,
    "delivery": DeliveryTerms,
    "listing": ListingTerms,
}
_ALLOWED: Final = {"funding": {"interval_hours": (8, 4, 2, 1)}}


class Terms(DatedRows):
    """All terms, immutable once read."""

    TITLE = "Terms of prices"
    NAMED = "underlyings, base currencies"

    def __init__(self, content: str) -> None:
        """``content`` is that of the file. Raises ``DataError`` naming section and row."""
        super().__init__(content, (*_SECTIONS, _WEIGHTS))
        self._find = lru_cache(maxsize=4096)(self._search)

    @classmethod
    def of_file(cls, path: Path = PACKAGED) -> Self:
        """The terms in ``path``. Raises ``DataError``."""
        return cls(cls.content_of(path))

    def index(self, underlying: str, at_ms: int) -> IndexTerms:
        """How the index ``underlying`` is made."""
        return cast("IndexTerms", self._at("index", underlying, at_ms))

    def weight(self, underlying: str, source: str, at_ms: int) -> int:
        """How much a source counts in an index; those that are not named count as ``others``."""
        weights = cast("dict[str, int]", self._at(_WEIGHTS, underlying, at_ms))
        return weights.get(source, weights["others"])

    def mark(self, underlying: str, at_ms: int) -> MarkTerms:
        """How marks of contracts on ``underlying`` are made."""
        return cast("MarkTerms", self._at("mark", underlying, at_ms))

    def funding(self, underlying: str, at_ms: int) -> FundingTerms:
        """How funding of the perpetual on ``underlying`` is made."""
        return cast("FundingTerms", self._at("funding", underlying, at_ms))

    def limits(self, section: str, underlying: str, at_ms: int) -> LimitTerms:
        """The price limits of ``perpetual``, ``near`` or ``far`` contracts on ``underlying``."""
        return cast("LimitTerms", self._at(f"limits_{section}", underlying, at_ms))

    def delivery(self, underlying: str, at_ms: int) -> DeliveryTerms:
        """How dated contracts on ``underlying`` are delivered."""
        return cast("DeliveryTerms", self._at("delivery", underlying, at_ms))

    def listing(self, underlying: str, at_ms: int) -> ListingTerms:
        """Which dated contracts there are on ``underlying``."""
        return cast("ListingTerms", self._at("listing", underlying, at_ms))

    def _at(self, section: str, underlying: str, at_ms: int) -> object:
        return row_at(self._find(section, underlying), at_ms)

    def _search(self, section: str, underlying: str) -> Sequence[DatedRow]:
        return self.track(section, (underlying, underlying.split("-", maxsplit=1)[0]))

    def check_section(self, section: str) -> None:
        """Raise ``DataError`` for a section that there is not."""
        if section not in (*_SECTIONS, _WEIGHTS):
            raise self.wrong(section, f"a section is one of {', '.join((*_SECTIONS, _WEIGHTS))}")

    def values_of(self, section: str, place: str, values: dict[str, object]) -> object:
        """What a row says, from its ``values``. Raises ``DataError`` about ``place``."""
        for name, value in values.items():
            if not isinstance(value, int) or isinstance(value, bool) or (value < 0 and name != "floor"):
                raise self.wrong(place, f"{name} must be a whole number")
            allowed = _ALLOWED.get(section, {}).get(name)
            if allowed is not None and value not in allowed:
                raise self.wrong(place, f"{name} must be one of {', '.join(map(str, allowed))}")
        if section == _WEIGHTS:
            if "others" not in values:
                raise self.wrong(place, "others must say how much a source counts that is not named")
            return values
        kind = _SECTIONS[section]
        if set(values) != set(kind._fields):
            raise self.wrong(place, f"a row has exactly {', '.join(kind._fields)}")
        return kind(**values)
