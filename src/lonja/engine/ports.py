"""What the engine needs of the world: a durable journal, a clock, a place for snapshots.

Each port has two adapters and one contract test (``tests/adapters``). Invariant: a journal never loses, changes or
reorders a row it has acknowledged.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class JournalRow(NamedTuple):
    """One group commit.

    ``body`` holds packed commands (``core.layout``), ``event_digest`` the running digest of all events up to the end
    of the row before, by which replay proves that it repeats history.
    """

    first_command: int
    command_count: int
    shard: int
    epoch: int
    time_ms: int
    event_digest: bytes
    body: bytes


class Journal(Protocol):
    """Durable, append-only rows, numbered without a gap."""

    def append(self, row: JournalRow) -> None:
        """Make ``row`` durable before returning (blocking; runs in the journal thread).

        Raises ``DataError`` when it is certain that the row was not kept.
        """

    def rows(self, first_command: int = 0) -> Iterator[JournalRow]:
        """Rows whose commands reach ``first_command`` or later, in order. Raises ``DataCorruptError``."""

    def next_command(self) -> int:
        """Number the next row must start with."""

    def close(self) -> None:
        """Release files and locks."""


class Clock(Protocol):
    """Where time comes from."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch; may jump either way, the sequencer guards against that."""


class Snapshots(Protocol):
    """Saved states, named by the number of the next command."""

    def save(self, next_command: int, state: bytes) -> None:
        """Keep ``state`` atomically and durably (blocking)."""

    def load_newest(self) -> Iterator[tuple[int, bytes]]:
        """Intact snapshots, newest first."""
