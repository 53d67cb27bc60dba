"""From journal and snapshots back to the living state.

Why here: start-up, ``lonja replay``, ``lonja doctor`` and the rebuilding of projections need the same walk.
Invariant: the result depends on the journal alone; snapshots only shorten the way, and nobody is asked to choose.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import structlog

from lonja.core.replay import GENESIS_DIGEST, Replayed, replay_rows
from lonja.core.state import State
from lonja.engine.api import EventBatch
from lonja.engine.ports import Journal, JournalRow, Snapshots
from lonja.engine.publish import event_batch
from lonja.engine.snapshots import SnapshotHead, unpack_snapshot
from lonja.primitives.errors import DataCorruptError, DataVersionError

_log = structlog.get_logger("lonja.engine")

Progress = Callable[[int, int], None]
"""Called with the commands done so far and how many there are."""


class Recovered(NamedTuple):
    """A state and its place in history. ``replayed`` commands were run to get there; ``epoch`` is the last one."""

    state: State
    next_command: int
    event_digest: bytes
    epoch: int
    replayed: int


def recover(journal: Journal, snapshots: Snapshots, progress: Progress | None = None) -> Recovered:
    """The state after the last journaled command.

    Raises ``DataCorruptError`` when the journal is damaged, or ends before a snapshot.
    """
    recovered = _newest_snapshot(snapshots, journal.next_command())
    begin, end = recovered.next_command, journal.next_command()
    for row, replayed in replayed_rows(recovered, journal):
        recovered = recovered._replace(
            next_command=replayed.next_command,
            event_digest=replayed.event_digest,
            epoch=row.epoch,
            replayed=replayed.next_command - begin,
        )
        if progress is not None:
            progress(replayed.next_command - begin, end - begin)
    if recovered.next_command < end:
        raise DataCorruptError(f"The journal ends with command {recovered.next_command} instead of {end}.")
    return recovered


def replayed_rows(start: Recovered, journal: Journal) -> Iterator[tuple[JournalRow, Replayed]]:
    """Run all rows after ``start`` on its state; each row with what it gave."""
    return replay_rows(start.state, journal.rows(start.next_command), start.next_command, start.event_digest)


def event_batches(journal: Journal, snapshots: Snapshots, after_sequence: int = 0) -> Iterator[EventBatch]:
    """All published batches with events later than ``after_sequence``, by replay.

    For projections that are rebuilt, or that stopped before the engine did. The first batch may begin with events that
    are not later.
    """
    start = genesis()
    for head, state in _intact(snapshots):
        if head.last_sequence <= after_sequence:
            start = _at(head, state)
            break
    for row, replayed in replayed_rows(start, journal):
        batch = event_batch(row, replayed.events)
        if batch is not None and batch.last_sequence > after_sequence:
            yield batch


def genesis() -> Recovered:
    """The state before the first command."""
    return Recovered(State(), 0, GENESIS_DIGEST, 0, 0)


def _newest_snapshot(snapshots: Snapshots, end: int) -> Recovered:
    for head, state in _intact(snapshots):
        if head.next_command > end:
            raise DataCorruptError(
                f"The journal ends before command {end}, but a snapshot holds all commands before {head.next_command}:"
                " acknowledged commands are missing.",
                "Restore the journal from the same copy as the snapshots.",
            )
        return _at(head, state)
    return genesis()


def _at(head: SnapshotHead, state: State) -> Recovered:
    return Recovered(state, head.next_command, bytes.fromhex(head.event_digest), head.epoch, 0)


def _intact(snapshots: Snapshots) -> Iterator[tuple[SnapshotHead, State]]:
    for next_command, data in snapshots.load_newest():
        try:
            yield unpack_snapshot(data)
        except DataVersionError as error:
            _log.warning("snapshot of another version passed over", next_command=next_command, problem=error.message)
        except Exception as error:  # noqa: BLE001  a snapshot only shortens the way, so no fault of it may bar it
            _log.warning("snapshot passed over", next_command=next_command, problem=repr(error))
