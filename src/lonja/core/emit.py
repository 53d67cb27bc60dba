"""Writing events.

Why here: every event gets its running number and time in one place. Those that trading produces are written word
by word; the rest through the layout of their record type.
Invariant: ``sequence`` grows by one per event over the whole life of the exchange. Whoever begins an event writes each of
its words, for the room may hold words of events that were taken.
"""

from typing import Final

from librt.strings import read_i64_le
from librt.vecs import vec
from mypy_extensions import i64

from lonja.core.events import Event
from lonja.core.layout import EVENT_CODECS
from lonja.core.words import (
    EVENT_FILLED,
    EVENT_FILLED_STATE,
    EVENT_FILLED_WORDS,
    EVENT_ORDER_AMENDED,
    EVENT_ORDER_AMENDED_WORDS,
    EVENT_ORDER_CANCELED,
    EVENT_ORDER_CANCELED_WORDS,
    EVENT_ORDER_MARGINED,
    EVENT_ORDER_MARGINED_WORDS,
    EVENT_ORDER_PLACED,
    EVENT_ORDER_PLACED_WORDS,
    EVENT_ORDER_RESTED,
    EVENT_ORDER_RESTED_WORDS,
    EVENT_POSITION_CHANGED,
    EVENT_POSITION_CHANGED_WORDS,
    EVENT_TRANSFERRED,
    EVENT_TRANSFERRED_WORDS,
)

NIL: Final[i64] = -1
_ROOM: Final[i64] = 1 << 5


class EventWriter:
    """Collects the packed events of a batch."""

    def __init__(self) -> None:
        """Before the first event of the exchange."""
        self.words: vec[i64] = vec[i64]([0] * _ROOM)
        self.used: i64 = 0
        self.sequence: i64 = 0
        self.time_ms: i64 = 0
        self.last_taker_fill: i64 = NIL

    def take(self) -> bytes:
        """The events written since the last call."""
        # As they lie in memory: low bytes first on all machines that the tests pass on.
        data = memoryview(self.words)[: self.used].tobytes()
        # Written over, not replaced: growing a new array for every batch would cost more than filling it.
        self.used = 0
        self.last_taker_fill = NIL
        return data

    def begin(self, count: i64, kind: i64) -> i64:
        """Begin an event of ``count`` words: size, kind, number, time. Returns where it begins in ``words``.

        The caller writes what follows, from its fifth word on; ``words`` may be another array afterwards.
        """
        at = self._room(count)
        words = self.words
        self.sequence += 1
        words[at] = count
        words[at + 1] = kind
        words[at + 2] = self.sequence
        words[at + 3] = self.time_ms
        return at

    def _room(self, count: i64) -> i64:
        """Take ``count`` words. Returns where they begin."""
        at = self.used
        end: i64 = at + count
        if end > len(self.words):
            self._grow(end)
        self.used = end
        return at

    def _grow(self, count: i64) -> None:
        """Make room for ``count`` words, and as many again."""
        larger = vec[i64]([0] * (count + count))
        word: i64 = 0
        while word < self.used:
            larger[word] = self.words[word]
            word += 1
        self.words = larger

    def cold(self, event: Event) -> None:
        """Write any event through its layout; the caller fills ``sequence`` from ``next_sequence``."""
        data = EVENT_CODECS[type(event)].encode(event)
        count: i64 = len(data) >> 3
        at = self._room(count)
        words = self.words
        word: i64 = 0
        while word < count:
            words[at + word] = read_i64_le(data, word << 3)
            word += 1

    def next_sequence(self) -> int:
        """Number the event that is about to be written."""
        self.sequence += 1
        return self.sequence

    def rested(self, order_id: i64, account: i64, instrument: i64, side: i64, price: i64, left: i64) -> None:
        """Write ``OrderRested``."""
        at = self.begin(EVENT_ORDER_RESTED_WORDS, EVENT_ORDER_RESTED)
        words = self.words
        words[at + 4] = order_id
        words[at + 5] = account
        words[at + 6] = instrument
        words[at + 7] = side
        words[at + 8] = price
        words[at + 9] = left

    def canceled(
        self, order_id: i64, account: i64, instrument: i64, side: i64, price: i64, left: i64, rested: i64, reason: i64
    ) -> None:
        """Write ``OrderCanceled``."""
        at = self.begin(EVENT_ORDER_CANCELED_WORDS, EVENT_ORDER_CANCELED)
        words = self.words
        words[at + 4] = order_id
        words[at + 5] = account
        words[at + 6] = instrument
        words[at + 7] = side
        words[at + 8] = price
        words[at + 9] = left
        words[at + 10] = rested
        words[at + 11] = reason

    def mark_filled(self) -> None:
        """Turn the state of the last taker's fill to filled: only later did it show that nothing more can match."""
        self.words[self.last_taker_fill + EVENT_FILLED_STATE] = 2

    def begin_filled(self, taker: bool) -> i64:
        """Begin a ``Filled``; a taker's place is kept for ``mark_filled``."""
        at = self.begin(EVENT_FILLED_WORDS, EVENT_FILLED)
        if taker:
            self.last_taker_fill = at
        return at

    def begin_placed(self) -> i64:
        """Begin an ``OrderPlaced``."""
        return self.begin(EVENT_ORDER_PLACED_WORDS, EVENT_ORDER_PLACED)

    def begin_margined(self) -> i64:
        """Begin an ``OrderMargined``."""
        return self.begin(EVENT_ORDER_MARGINED_WORDS, EVENT_ORDER_MARGINED)

    def begin_position(self) -> i64:
        """Begin a ``PositionChanged``."""
        return self.begin(EVENT_POSITION_CHANGED_WORDS, EVENT_POSITION_CHANGED)

    def begin_amended(self) -> i64:
        """Begin an ``OrderAmended``."""
        return self.begin(EVENT_ORDER_AMENDED_WORDS, EVENT_ORDER_AMENDED)

    def begin_transferred(self) -> i64:
        """Begin a ``Transferred``."""
        return self.begin(EVENT_TRANSFERRED_WORDS, EVENT_TRANSFERRED)
