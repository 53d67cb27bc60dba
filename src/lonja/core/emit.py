"""Writing events.

Why here: every event gets its running number and time in one place. Those that trading produces are written word
by word; the rest through the layout of their record type.
Invariant: ``sequence`` grows by one per event over the whole life of the exchange.
"""

from typing import Final

from librt.strings import BytesWriter, write_i64_le
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
)

NIL: Final[i64] = -1


class EventWriter:
    """Collects the packed events of a batch."""

    def __init__(self) -> None:
        """Before the first event of the exchange."""
        self.out = BytesWriter()
        self.sequence: i64 = 0
        self.time_ms: i64 = 0
        self.last_taker_fill: i64 = NIL

    def take(self) -> bytes:
        """The events written since the last call."""
        data = self.out.getvalue()
        # Emptied, not replaced: growing a new buffer for every batch would cost more than filling it.
        self.out.truncate(0)
        self.last_taker_fill = NIL
        return data

    def header(self, words: i64, kind: i64) -> BytesWriter:
        """Begin an event: size, kind, number, time."""
        out = self.out
        self.sequence += 1
        write_i64_le(out, words)
        write_i64_le(out, kind)
        write_i64_le(out, self.sequence)
        write_i64_le(out, self.time_ms)
        return out

    def cold(self, event: Event) -> None:
        """Write any event through its layout; the caller fills ``sequence`` from ``next_sequence``."""
        self.out.write(EVENT_CODECS[type(event)].encode(event))

    def next_sequence(self) -> int:
        """Number the event that is about to be written."""
        self.sequence += 1
        return self.sequence

    def rested(self, order_id: i64, account: i64, instrument: i64, side: i64, price: i64, left: i64) -> None:
        """Write ``OrderRested``."""
        out = self.header(EVENT_ORDER_RESTED_WORDS, EVENT_ORDER_RESTED)
        write_i64_le(out, order_id)
        write_i64_le(out, account)
        write_i64_le(out, instrument)
        write_i64_le(out, side)
        write_i64_le(out, price)
        write_i64_le(out, left)

    def canceled(
        self, order_id: i64, account: i64, instrument: i64, side: i64, price: i64, left: i64, rested: i64, reason: i64
    ) -> None:
        """Write ``OrderCanceled``."""
        out = self.header(EVENT_ORDER_CANCELED_WORDS, EVENT_ORDER_CANCELED)
        write_i64_le(out, order_id)
        write_i64_le(out, account)
        write_i64_le(out, instrument)
        write_i64_le(out, side)
        write_i64_le(out, price)
        write_i64_le(out, left)
        write_i64_le(out, rested)
        write_i64_le(out, reason)

    def mark_filled(self) -> None:
        """Turn the state of the last taker's fill to filled: only later did it show that nothing more can match."""
        self.out[self.last_taker_fill + EVENT_FILLED_STATE] = 2

    def filled_header(self, taker: bool) -> BytesWriter:
        """Begin a ``Filled``; a taker's place is kept for ``mark_filled``."""
        if taker:
            self.last_taker_fill = len(self.out)
        return self.header(EVENT_FILLED_WORDS, EVENT_FILLED)

    def placed_header(self) -> BytesWriter:
        """Begin an ``OrderPlaced``."""
        return self.header(EVENT_ORDER_PLACED_WORDS, EVENT_ORDER_PLACED)

    def margined_header(self) -> BytesWriter:
        """Begin an ``OrderMargined``."""
        return self.header(EVENT_ORDER_MARGINED_WORDS, EVENT_ORDER_MARGINED)

    def position_header(self) -> BytesWriter:
        """Begin a ``PositionChanged``."""
        return self.header(EVENT_POSITION_CHANGED_WORDS, EVENT_POSITION_CHANGED)

    def amended_header(self) -> BytesWriter:
        """Begin an ``OrderAmended``."""
        return self.header(EVENT_ORDER_AMENDED_WORDS, EVENT_ORDER_AMENDED)
