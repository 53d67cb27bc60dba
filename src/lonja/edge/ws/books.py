"""Book channels: what was sent last, and the messages that lead on from it.

Why here: increments chain by sequence, so all subscribers of a channel share one state, and a message is built once.
Invariant: applying every message to the first snapshot gives exactly the view of the last message, and each message
starts from the sequence of the one before.
"""

from collections.abc import Callable, Sequence
from itertools import islice

from lonja.core.kinds import Side
from lonja.core.views import LevelView
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.push import BookMessage, book_push, level_row, top_push
from lonja.edge.ws.checksum import CHECKSUM_DEPTH, book_checksum
from lonja.modules.marketdata.api import BookView

_BUY = int(Side.BUY)
_SELL = int(Side.SELL)


class _SideView:
    """One side as it was sent last: levels best first, and their texts by price."""

    def __init__(self, instrument: InstrumentForm, side: int, depth: int) -> None:
        self._instrument = instrument
        self._side = side
        self._depth = depth
        self._levels: dict[int, LevelView] = {}
        self._rows: dict[int, str] = {}
        self._pairs: dict[int, str] = {}

    def advance(self, book: BookView) -> list[str]:
        """Take over the live levels; returns the rows that changed, best first."""
        old, instrument = self._levels, self._instrument
        new = {level.price: level for level in book.levels(self._side, self._depth)}
        changes: list[tuple[int, str]] = []
        for level in new.values():
            if old.get(level.price) != level:
                price, size = instrument.price_text(level.price), instrument.size_text(level.size)
                row = level_row(price, size, level.order_count)
                self._rows[level.price], self._pairs[level.price] = row, f"{price}:{size}"
                changes.append((level.price, row))
        for price_ticks in old:
            if price_ticks not in new:
                del self._rows[price_ticks], self._pairs[price_ticks]
                changes.append((price_ticks, level_row(instrument.price_text(price_ticks), "0", 0)))
        self._levels = new
        changes.sort(reverse=self._side == _BUY)
        return [row for _, row in changes]

    def rows(self) -> list[str]:
        """All rows, best first."""
        return [self._rows[price] for price in self._levels]

    def pairs(self) -> list[str]:
        """``price:size`` of the levels that the checksum covers, best first."""
        return [self._pairs[price] for price in islice(self._levels, CHECKSUM_DEPTH)]


class BookChain:
    """The incremental book of one channel and instrument."""

    def __init__(
        self, channel: str, instrument: InstrumentForm, book: BookView, depth: int, clock: Callable[[], int]
    ) -> None:
        """Start from the live book, ``depth`` levels a side. ``clock`` (ms) dates a book that never changed."""
        self._channel = channel
        self._instrument = instrument
        self._book = book
        self._clock = clock
        self._bids = _SideView(instrument, _BUY, depth)
        self._asks = _SideView(instrument, _SELL, depth)
        self._snapshot: bytes | None = None
        self.sequence = -1
        self.advance()

    def advance(self) -> bytes | None:
        """The message that leads from what was sent last to the live book; None when the book did not change."""
        if self._book.sequence == self.sequence:
            return None
        previous, self.sequence = self.sequence, self._book.sequence
        self._snapshot = None
        bids, asks = self._bids.advance(self._book), self._asks.advance(self._book)
        return self._message("update", bids, asks, self._time_ms(), previous)

    def heartbeat(self) -> bytes:
        """An empty message that repeats the sequence, for a book that has been quiet."""
        return self._message("update", (), (), self._clock(), self.sequence)

    def snapshot(self) -> bytes:
        """What a new subscriber gets: all that was sent so far, as one message."""
        if self._snapshot is None:
            self._snapshot = self._message("snapshot", self._bids.rows(), self._asks.rows(), self._time_ms(), -1)
        return self._snapshot

    def _time_ms(self) -> int:
        return self._book.time_ms or self._clock()

    def _message(self, action: str, bids: Sequence[str], asks: Sequence[str], time_ms: int, previous: int) -> bytes:
        checksum = book_checksum(self._bids.pairs(), self._asks.pairs())
        message = BookMessage(action, bids, asks, time_ms, checksum, previous, self.sequence)
        return book_push(self._channel, self._instrument, message)


class TopOfBook:
    """A small whole book of one channel and instrument, sent anew when it changed."""

    def __init__(
        self, channel: str, instrument: InstrumentForm, book: BookView, depth: int, clock: Callable[[], int]
    ) -> None:
        """Start from the live book, ``depth`` levels a side. ``clock`` (ms) dates a book that never changed."""
        self._channel = channel
        self._instrument = instrument
        self._book = book
        self._clock = clock
        self._depth = depth
        self._sequence = -1
        self._bids: list[LevelView] = []
        self._asks: list[LevelView] = []
        self.advance()

    def advance(self) -> bytes | None:
        """The live top when it differs from what was sent last, else None."""
        if self._book.sequence == self._sequence:
            return None
        bids, asks = self._book.levels(_BUY, self._depth), self._book.levels(_SELL, self._depth)
        changed = bids != self._bids or asks != self._asks
        self._sequence, self._bids, self._asks = self._book.sequence, bids, asks
        return self.snapshot() if changed else None

    def snapshot(self) -> bytes:
        """The top as it was read last."""
        sides = (self._bids, self._asks)
        time_ms = self._book.time_ms or self._clock()
        return top_push(self._channel, self._instrument, sides, time_ms, self._sequence)
