"""The numbers by which prices are made, as dated rows of a file.

Why here: a number that the house or the public rules change is a row with a date and a source, never a constant.
Invariant: an answer changes only at the date of a row. The row that answers is the closest one: of the underlying
before its base currency before all (``*``), and of these the newest that holds; before the first date the first row
holds, so that a house whose clock stands in the past is not without terms.
"""

import tomllib
from bisect import bisect_right
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, cast

from lonja.primitives.errors import DataError

PACKAGED: Final = Path(__file__).parent / "terms.toml"
"""The house's own terms."""

EVERYTHING: Final = "*"
_WEIGHTS: Final = "weights"
_ROW_KEYS: Final = frozenset({"of", "from", "source"})


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


class _Row(NamedTuple):
    from_ms: int
    values: Any


class Terms:
    """All terms, immutable once read."""

    def __init__(self, content: str) -> None:
        """``content`` is that of the file. Raises ``DataError`` naming section and row."""
        try:
            read = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            raise _wrong("the file", f"is no TOML: {error}") from error
        self._tracks: dict[tuple[str, str], list[_Row]] = {}
        for section, rows in read.items():
            for number, row in enumerate(rows, 1):
                self._add(section, f"{section}, row {number}", dict(row))
        for section in (*_SECTIONS, _WEIGHTS):
            if (section, EVERYTHING) not in self._tracks:
                raise _wrong(section, 'no row is of "*"')
        self._find = lru_cache(maxsize=4096)(self._search)

    @classmethod
    def of_file(cls, path: Path = PACKAGED) -> Self:
        """The terms in ``path``. Raises ``DataError``."""
        try:
            return cls(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"The terms in {path} cannot be read: {error}.", "Check the file.") from error

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

    def _add(self, section: str, place: str, row: dict[str, object]) -> None:
        names, source = row.get("of"), row.get("source")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            raise _wrong(place, "of must list underlyings, base currencies or *")
        if not isinstance(source, str) or not source.strip():
            raise _wrong(place, "source must say where the values come from")
        made = _Row(_moment(place, row.get("from")), _values(section, place, row))
        for name in names:
            track = self._tracks.setdefault((section, name), [])
            if any(other.from_ms == made.from_ms for other in track):
                raise _wrong(place, f"another row says what holds for {name} from that day on")
            track.append(made)
            track.sort(key=lambda one: one.from_ms)

    def _at(self, section: str, underlying: str, at_ms: int) -> object:
        track = self._find(section, underlying)
        if len(track) == 1:
            return track[0].values
        found = bisect_right(track, at_ms, key=lambda row: row.from_ms)
        return track[max(0, found - 1)].values

    def _search(self, section: str, underlying: str) -> list[_Row]:
        for name in (underlying, underlying.split("-", maxsplit=1)[0]):
            track = self._tracks.get((section, name))
            if track is not None:
                return track
        return self._tracks[section, EVERYTHING]


def _values(section: str, place: str, row: dict[str, object]) -> object:
    values = {name: value for name, value in row.items() if name not in _ROW_KEYS}
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool) or (value < 0 and name != "floor"):
            raise _wrong(place, f"{name} must be a whole number")
        allowed = _ALLOWED.get(section, {}).get(name)
        if allowed is not None and value not in allowed:
            raise _wrong(place, f"{name} must be one of {', '.join(map(str, allowed))}")
    if section == _WEIGHTS:
        if "others" not in values:
            raise _wrong(place, "others must say how much a source counts that is not named")
        return values
    kind = _SECTIONS.get(section)
    if kind is None:
        raise _wrong(place, f"a section is one of {', '.join((*_SECTIONS, _WEIGHTS))}")
    if set(values) != set(kind._fields):
        raise _wrong(place, f"a row has exactly {', '.join(kind._fields)}")
    return kind(**values)


def _moment(place: str, day: object) -> int:
    if not isinstance(day, date) or isinstance(day, datetime):
        raise _wrong(place, "from must be a date")
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1_000


def _wrong(place: str, sentence: str) -> DataError:
    return DataError(f"Terms of prices, {place}: {sentence}.", "Correct the file.")
