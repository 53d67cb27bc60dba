"""The numbers by which the house lends, as dated rows of a file.

Why here: as the terms of prices, a number that the house changes is a row with a date and a source, never a constant.
Invariants: an answer changes only at the date of a row; the row of the name itself stands before that of all (``*``),
and of these the newest holds; before the first date the first row holds. Amounts are in whole units.
"""

from pathlib import Path
from typing import Any, Final, NamedTuple, Self, cast

from lonja.storage.dated_rows import EVERYTHING, DatedRows, row_at

PACKAGED: Final = Path(__file__).parent / "terms.toml"
"""The house's own terms."""


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


class Terms(DatedRows):
    """All terms, immutable once read."""

    TITLE = "Terms of lending"
    NAMED = "currencies, instruments"

    def __init__(self, content: str) -> None:
        """``content`` is that of the file. Raises ``DataError`` naming section and row."""
        super().__init__(content, _OF_ALL)

    @classmethod
    def of_file(cls, path: Path = PACKAGED) -> Self:
        """The terms in ``path``. Raises ``DataError``."""
        return cls(cls.content_of(path))

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

    def _at(self, section: str, name: str, at_ms: int) -> object:
        track = self.track(section, (name,))
        return row_at(track, at_ms) if track else None

    def check_section(self, section: str) -> None:
        """Raise ``DataError`` for a section that there is not."""
        if section not in _SECTIONS:
            raise self.wrong(section, f"a section is one of {', '.join(_SECTIONS)}")

    def values_of(self, section: str, place: str, values: dict[str, object]) -> object:
        """What a row says, from its ``values``. Raises ``DataError`` about ``place``."""
        kind = _SECTIONS[section]
        if set(values) != set(kind._fields):
            raise self.wrong(place, f"a row has exactly {', '.join(kind._fields)}")
        if section in _WIDTHS:
            return TierTerms(self._tiers(place, values["tiers"], _WIDTHS[section]))
        for name, value in values.items():
            if not _is_amount(value):
                raise self.wrong(place, f"{name} must be a whole number")
        return kind(**values)

    def _tiers(self, place: str, told: object, width: int) -> tuple[tuple[int, ...], ...]:
        if (
            not isinstance(told, list)
            or not told
            or not all(isinstance(row, list) and len(row) == width for row in told)
        ):
            raise self.wrong(place, f"tiers must list rows of {width} numbers")
        tiers = tuple(tuple(tier) for tier in told)
        if not all(_is_amount(value) for tier in tiers for value in tier):
            raise self.wrong(place, "tiers must be whole numbers")
        return tiers


def _is_amount(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
