"""Rows of long lists, encoded, and kept until what they show changes.

Why here: a list of a thousand tickers would hold up every order for tens of milliseconds, and of a thousand pairs few
change between two questions. Invariant: a row is given out only for the mark it was made at, and in its time.
"""

from typing import Final

import msgspec

from lonja.modules.marketdata.api import Mark

_encode: Final = msgspec.json.Encoder().encode


class KeptRows:
    """One kind of rows, by instrument."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: dict[int, tuple[Mark, int, int, msgspec.Raw]] = {}

    def find(self, instrument: int, mark: Mark, now_ms: int) -> msgspec.Raw | None:
        """The row of ``instrument``, if it was made at ``mark`` and its time is not over."""
        kept = self._kept.get(instrument)
        # A sandbox that begins anew may begin earlier, so that the beginning counts too.
        return kept[3] if kept is not None and kept[0] == mark and kept[1] <= now_ms < kept[2] else None

    def keep(self, instrument: int, mark: Mark, now_ms: int, until_ms: int, row: object) -> msgspec.Raw:
        """``row``, encoded, until ``until_ms`` that of ``instrument`` at ``mark``."""
        encoded = msgspec.Raw(_encode(row))
        self._kept[instrument] = mark, now_ms, until_ms, encoded
        return encoded


class DatedRows:
    """Rows that end with the time of the answer, ``ts``, by instrument; the rest is kept."""

    __slots__ = ("_marks", "_rows")

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._marks: dict[int, int] = {}
        self._rows: dict[int, bytes] = {}

    def is_kept(self, instrument: int, mark: int) -> bool:
        """Whether the row of ``instrument`` was made at ``mark``."""
        return self._marks.get(instrument) == mark

    def keep(self, instrument: int, mark: int, row: dict[str, object]) -> None:
        """Keep ``row``, whose time is overwritten by that of each answer."""
        self._marks[instrument] = mark
        undated = {name: value for name, value in row.items() if name != "ts"}
        self._rows[instrument] = _encode(undated).removesuffix(b"}") + b',"ts":"'

    def dated(self, instrument: int, time_text: bytes) -> msgspec.Raw:
        """The kept row of ``instrument`` with the time ``time_text``."""
        return msgspec.Raw(self._rows[instrument] + time_text + b'"}')


class LongLists:
    """The rows of all long lists."""

    __slots__ = ("index_tickers", "mark_prices", "tickers")

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.tickers = KeptRows()
        self.index_tickers = KeptRows()
        self.mark_prices = DatedRows()
