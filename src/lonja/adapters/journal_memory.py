"""A journal in memory: for tests, and for a sandbox that is to leave nothing behind.

Why here: it is the second implementation of ``engine.ports.Journal`` and the obvious twin of the durable one.
Invariant: rows are kept in the order of ``append`` and never change.
"""

import threading
from collections.abc import Callable, Iterator

from lonja.engine.ports import JournalRow


class MemoryJournal:
    """Rows in a list.

    ``before_append`` and ``after_append`` are called with the row, on the caller's thread. They may wait or raise, by
    which tests play a slow, full or lying disk.
    """

    def __init__(self) -> None:
        """Empty."""
        self.before_append: Callable[[JournalRow], None] = _nothing
        self.after_append: Callable[[JournalRow], None] = _nothing
        self.is_closed = False
        self._rows: list[JournalRow] = []
        self._lock = threading.Lock()

    def append(self, row: JournalRow) -> None:
        """Keep ``row``."""
        self.before_append(row)
        with self._lock:
            assert not self.is_closed, "append to a closed journal"
            assert row.command_count > 0, "a row without commands has no number"
            assert row.first_command == self._next_command(), "rows are numbered without a gap"
            self._rows.append(row)
        self.after_append(row)

    def rows(self, first_command: int = 0) -> Iterator[JournalRow]:
        """Rows whose commands reach ``first_command`` or later, as they are at the time of the call."""
        with self._lock:
            kept = [row for row in self._rows if row.first_command + row.command_count > first_command]
        yield from kept

    def next_command(self) -> int:
        """Number the next row must start with."""
        with self._lock:
            return self._next_command()

    def close(self) -> None:
        """Refuse further rows; reading goes on."""
        self.is_closed = True

    def _next_command(self) -> int:
        if not self._rows:
            return 0
        return self._rows[-1].first_command + self._rows[-1].command_count


def _nothing(row: JournalRow) -> None:
    del row
