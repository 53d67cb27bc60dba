"""Runs journal rows through the machine again and proves that they do what they did before.

Why here: besides the sequencer this is the only user of ``apply``; recovery, ``lonja replay`` and the rebuilding of
projections all come through it. Invariant: a row that would change history stops the replay before anyone sees it.

The proof is the running digest of all events: each row of the journal carries the digest as it was before the row.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

from lonja.core.apply import apply_batch
from lonja.core.state import State
from lonja.primitives.errors import DataCorruptError

DIGEST_BYTES = 16
GENESIS_DIGEST = bytes(DIGEST_BYTES)


class ReplayRow(Protocol):
    """What replay needs of a journal row."""

    @property
    def first_command(self) -> int:
        """Number of the first command."""

    @property
    def command_count(self) -> int:
        """How many commands ``body`` holds."""

    @property
    def event_digest(self) -> bytes:
        """Running digest of the events before this row."""

    @property
    def body(self) -> bytes:
        """Packed commands."""


RowT = TypeVar("RowT", bound=ReplayRow)


class Replayed(NamedTuple):
    """After one row: where the machine stands after it, and the packed events of the row."""

    next_command: int
    event_digest: bytes
    events: bytes


def chain_digest(before: bytes, events: bytes) -> bytes:
    """The running digest after ``events``."""
    digest = hashlib.blake2b(before, digest_size=DIGEST_BYTES)
    digest.update(events)
    return digest.digest()


def replay_rows(
    state: State, rows: Iterable[RowT], next_command: int = 0, event_digest: bytes = GENESIS_DIGEST
) -> Iterator[tuple[RowT, Replayed]]:
    """Apply ``rows`` to ``state``, which stands before ``next_command``; each row with what it gave.

    Raises ``DataCorruptError`` when a row does not follow, or does not repeat history; ``state`` is useless then.
    """
    for row in rows:
        if row.first_command != next_command:
            raise DataCorruptError(f"The journal goes on with command {row.first_command} instead of {next_command}.")
        if row.event_digest != event_digest:
            raise DataCorruptError(
                f"Replaying the commands before number {next_command} did not give the events they gave at first.",
                "The journal was changed, or another version of lonja wrote it: use that version, or a copy.",
            )
        applied = apply_batch(state, row.body, next_command)
        if len(applied.outcomes) != 16 * row.command_count:
            raise DataCorruptError(f"The row that starts with command {next_command} has a wrong count of commands.")
        next_command += row.command_count
        event_digest = chain_digest(event_digest, applied.events)
        yield row, Replayed(next_command, event_digest, applied.events)
