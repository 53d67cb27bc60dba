"""Hands the events of a group commit to everyone who listens.

Why here: events are unpacked once for all listeners. Invariant: listeners hear every batch once, in order.
"""

from lonja.core.layout import decode_events
from lonja.engine.api import EventBatch, Subscriber
from lonja.engine.ports import JournalRow


def event_batch(row: JournalRow, events: bytes) -> EventBatch | None:
    """The packed events of ``row`` as a batch, None when there are none."""
    if not events:
        return None
    unpacked = tuple(decode_events(events))
    return EventBatch(
        row.shard, row.epoch, row.first_command, unpacked[0].sequence, unpacked[-1].sequence, row.time_ms, unpacked
    )


class Publisher:
    """The list of listeners."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call ``subscriber`` with every batch from now on, after those that came before it."""
        self._subscribers.append(subscriber)

    def publish(self, row: JournalRow, events: bytes) -> int:
        """Call all listeners; how many events there were."""
        batch = event_batch(row, events)
        if batch is None:
            return 0
        for subscriber in self._subscribers:
            subscriber(batch)
        return len(batch.events)
