"""Proves that the journal still gives the history it gave at first.

Why here: ``lonja replay`` and the tests ask the same question. Invariant: nothing is changed by asking.
"""

from typing import NamedTuple

from lonja.core.hashing import state_hash
from lonja.core.state_views import StateViews
from lonja.engine.ports import Journal, Snapshots
from lonja.engine.recovery import Progress, genesis, replayed_rows
from lonja.engine.snapshots import SnapshotHead, read_head
from lonja.primitives.errors import DataCorruptError, DataVersionError


class Verified(NamedTuple):
    """What a total replay came to; ``passed_over`` snapshots are of another version and prove nothing here."""

    commands: int
    events: int
    snapshots: int
    state_hash: str
    passed_over: int


def verify_history(journal: Journal, snapshots: Snapshots, progress: Progress | None = None) -> Verified:
    """Run all commands from the first on; compare event digests row by row, and the state with every snapshot.

    Raises ``DataCorruptError`` at the first difference.
    """
    heads, passed_over = _heads(snapshots)
    start = genesis()
    state, end, done, verified = start.state, journal.next_command(), 0, 0
    for _, replayed in replayed_rows(start, journal):
        done = replayed.next_command
        head = heads.pop(done, None)
        if head is not None:
            if head.state_hash != state_hash(state) or head.event_digest != replayed.event_digest.hex():
                raise DataCorruptError(f"The snapshot before command {done} is not what the journal gives.")
            verified += 1
        if progress is not None:
            progress(done, end)
    if done < end:
        raise DataCorruptError(f"The journal ends before command {done} instead of {end}.")
    if heads:
        raise DataCorruptError(f"The journal has no row that ends where the snapshot before {min(heads)} was taken.")
    return Verified(done, StateViews(state).last_sequence(), verified, state_hash(state), passed_over)


def _heads(snapshots: Snapshots) -> tuple[dict[int, SnapshotHead], int]:
    """The heads of this version by where they stand, and how many snapshots are of another one."""
    heads, passed_over = dict[int, SnapshotHead](), 0
    for _, data in snapshots.load_newest():
        try:
            head = read_head(data)
        except DataVersionError:
            passed_over += 1
        else:
            heads[head.next_command] = head
    return heads, passed_over
