"""Numbers that the house changes, as rows of a file with a date and a source.

Why here: several modules keep such files and read them alike; what stands in a row is their own. Invariant: of the rows
of one name the newest that holds answers; before the first date the first row does, so that a house whose clock stands
in the past is not without terms.
"""

import tomllib
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple, Self

from lonja.primitives.errors import DataError

EVERYTHING: Final = "*"
ROW_KEYS: Final = frozenset({"of", "from", "source"})
"""What every row has beside its values."""


class DatedRow(NamedTuple):
    """What holds from a moment on."""

    from_ms: int
    values: Any


class DatedRows(ABC):
    """All rows of one file, immutable once read. ``TITLE`` and ``NAMED`` say in errors what they are and are of."""

    TITLE: ClassVar[str]
    NAMED: ClassVar[str]

    def __init__(self, content: str, complete: Iterable[str]) -> None:
        """``content`` is that of the file; sections that are ``complete`` have a row of all names.

        Raises ``DataError`` naming section and row.
        """
        try:
            read = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            raise self.wrong("the file", f"is no TOML: {error}") from error
        self._tracks: dict[tuple[str, str], list[DatedRow]] = {}
        for section, rows in read.items():
            self.check_section(section)
            for number, row in enumerate(rows, 1):
                self._add(section, f"{section}, row {number}", dict(row))
        for section in complete:
            if (section, EVERYTHING) not in self._tracks:
                raise self.wrong(section, 'no row is of "*"')

    @staticmethod
    def content_of(path: Path) -> str:
        """What stands in the file. Raises ``DataError``."""
        try:
            return path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"The terms in {path} cannot be read: {error}.", "Check the file.") from error

    @classmethod
    @abstractmethod
    def of_file(cls, path: Path) -> Self:
        """The terms in ``path``. Raises ``DataError``."""

    @abstractmethod
    def check_section(self, section: str) -> None:
        """Raise ``DataError`` for a section that there is not."""

    @abstractmethod
    def values_of(self, section: str, place: str, values: dict[str, object]) -> object:
        """What a row says, from its ``values``. Raises ``DataError`` about ``place``."""

    def wrong(self, place: str, sentence: str) -> DataError:
        """What is wrong with a place in the file."""
        return DataError(f"{self.TITLE}, {place}: {sentence}.", "Correct the file.")

    def _add(self, section: str, place: str, row: dict[str, object]) -> None:
        names, source = row.get("of"), row.get("source")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            raise self.wrong(place, f"of must list {self.NAMED} or *")
        if not isinstance(source, str) or not source.strip():
            raise self.wrong(place, "source must say where the values come from")
        from_ms = self._moment(place, row.get("from"))
        values = {name: value for name, value in row.items() if name not in ROW_KEYS}
        made = DatedRow(from_ms, self.values_of(section, place, values))
        for name in names:
            track = self._tracks.setdefault((section, name), [])
            if any(other.from_ms == made.from_ms for other in track):
                raise self.wrong(place, f"another row says what holds for {name} from that day on")
            track.append(made)
            track.sort(key=lambda one: one.from_ms)

    def _moment(self, place: str, day: object) -> int:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise self.wrong(place, "from must be a date")
        return int(datetime.combine(day, time(), UTC).timestamp()) * 1_000

    def track(self, section: str, names: Sequence[str]) -> Sequence[DatedRow]:
        """The rows of the first of ``names`` that has any, else those of all names, the oldest first."""
        for name in (*names, EVERYTHING):
            track = self._tracks.get((section, name))
            if track is not None:
                return track
        return ()


def row_at(track: Sequence[DatedRow], at_ms: int) -> object:
    """What the rows of ``track``, of which there is one at least, say at a moment."""
    if len(track) == 1:
        return track[0].values
    found = bisect_right(track, at_ms, key=lambda row: row.from_ms)
    return track[max(0, found - 1)].values
