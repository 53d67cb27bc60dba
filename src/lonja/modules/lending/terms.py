"""The numbers by which the house lends, as dated rows of a file.

Why here: as the terms of prices, a number that the house changes is a row with a date and a source, never a constant.
Invariants: an answer changes only at the date of a row; the row of the name itself stands before that of all (``*``),
and of these the newest holds; before the first date the first row holds. Amounts are in whole units.
"""

import tomllib
from bisect import bisect_right
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, cast

from lonja.primitives.errors import DataError

PACKAGED: Final = Path(__file__).parent / "terms.toml"
"""The house's own terms."""

EVERYTHING: Final = "*"
_ROW_KEYS: Final = frozenset({"of", "from", "source"})


class TellingTerms(NamedTuple):
    """When the engine is told: a price that moved by ``move_ppm``, or at all after ``wait_ms``.

    Of hours before the present one whose interest was not taken, the last ``hours_late_max`` are made up for.
    """

    move_ppm: int
    wait_ms: int
    hours_late_max: int


class InterestTerms(NamedTuple):
    """What is paid for a year, in parts per million of what is owed."""

    yearly_ppm: int


class BorrowingTerms(NamedTuple):
    """Fields as in ``DefineBorrowTerms``, amounts in whole units."""

    limit_max: int
    initial_ppm: int
    maintenance_ppm: int
    penalty_ppm: int
    interest_free: int


class TierTerms(NamedTuple):
    """Tiers from the first one on: amount and rate of a discount, or amounts and rates of margin."""

    tiers: tuple[tuple[int, ...], ...]


_SECTIONS: Final[dict[str, type[Any]]] = {
    "telling": TellingTerms,
    "interest": InterestTerms,
    "borrowing": BorrowingTerms,
    "discount": TierTerms,
    "margin": TierTerms,
}
_OF_ALL: Final = ("telling", "interest")
_WIDTHS: Final = {"discount": 2, "margin": 4}


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
            if section not in _SECTIONS:
                raise _wrong(section, f"a section is one of {', '.join(_SECTIONS)}")
            for number, row in enumerate(rows, 1):
                self._add(section, f"{section}, row {number}", dict(row))
        for section in _OF_ALL:
            if (section, EVERYTHING) not in self._tracks:
                raise _wrong(section, 'no row is of "*"')

    @classmethod
    def of_file(cls, path: Path = PACKAGED) -> Self:
        """The terms in ``path``. Raises ``DataError``."""
        try:
            return cls(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"The terms in {path} cannot be read: {error}.", "Check the file.") from error

    def telling(self, at_ms: int) -> TellingTerms:
        """When the engine is told what."""
        return cast("TellingTerms", self._at("telling", EVERYTHING, at_ms))

    def yearly_ppm(self, currency: str, at_ms: int) -> int:
        """What borrowing a currency costs a year, in parts per million."""
        return cast("InterestTerms", self._at("interest", currency, at_ms)).yearly_ppm

    def borrowing(self, currency: str, at_ms: int) -> BorrowingTerms | None:
        """How a currency is borrowed; None for one that is not."""
        return cast("BorrowingTerms | None", self._at("borrowing", currency, at_ms))

    def discount(self, currency: str, at_ms: int) -> tuple[tuple[int, ...], ...]:
        """Up to how many units a currency counts at which rate; nothing for what is no collateral."""
        found = cast("TierTerms | None", self._at("discount", currency, at_ms))
        return () if found is None else found.tiers

    def margin(self, instrument_id: str, at_ms: int) -> tuple[tuple[int, ...], ...]:
        """Up to how many units of base and quote are borrowed in a pocket, at which initial and maintenance rate."""
        found = cast("TierTerms | None", self._at("margin", instrument_id, at_ms))
        return () if found is None else found.tiers

    def _add(self, section: str, place: str, row: dict[str, object]) -> None:
        names, source = row.get("of"), row.get("source")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            raise _wrong(place, "of must list currencies, instruments or *")
        if not isinstance(source, str) or not source.strip():
            raise _wrong(place, "source must say where the values come from")
        made = _Row(_moment(place, row.get("from")), _values(section, place, row))
        for name in names:
            track = self._tracks.setdefault((section, name), [])
            if any(other.from_ms == made.from_ms for other in track):
                raise _wrong(place, f"another row says what holds for {name} from that day on")
            track.append(made)
            track.sort(key=lambda one: one.from_ms)

    def _at(self, section: str, name: str, at_ms: int) -> object:
        track = self._tracks.get((section, name)) or self._tracks.get((section, EVERYTHING))
        if track is None:
            return None
        found = bisect_right(track, at_ms, key=lambda row: row.from_ms)
        return track[max(0, found - 1)].values


def _values(section: str, place: str, row: dict[str, object]) -> object:
    values = {name: value for name, value in row.items() if name not in _ROW_KEYS}
    kind = _SECTIONS[section]
    if set(values) != set(kind._fields):
        raise _wrong(place, f"a row has exactly {', '.join(kind._fields)}")
    if section in _WIDTHS:
        return TierTerms(_tiers(place, values["tiers"], _WIDTHS[section]))
    for name, value in values.items():
        if not _is_amount(value):
            raise _wrong(place, f"{name} must be a whole number")
    return kind(**values)


def _tiers(place: str, told: object, width: int) -> tuple[tuple[int, ...], ...]:
    if not isinstance(told, list) or not told or not all(isinstance(row, list) and len(row) == width for row in told):
        raise _wrong(place, f"tiers must list rows of {width} numbers")
    tiers = tuple(tuple(tier) for tier in told)
    if not all(_is_amount(value) for tier in tiers for value in tier):
        raise _wrong(place, "tiers must be whole numbers")
    return tiers


def _is_amount(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _moment(place: str, day: object) -> int:
    if not isinstance(day, date) or isinstance(day, datetime):
        raise _wrong(place, "from must be a date")
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1_000


def _wrong(place: str, sentence: str) -> DataError:
    return DataError(f"Terms of lending, {place}: {sentence}.", "Correct the file.")
