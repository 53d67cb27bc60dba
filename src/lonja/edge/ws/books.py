"""Book channels: what was sent last, and the messages that lead on from it.

Why here: increments chain by sequence, so all subscribers of a channel share one state, and a message is built once.
Invariant: applying every message to the first snapshot gives exactly the view of the last message, and each message
starts from the sequence of the one before.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence

from lonja.core.kinds import Side
from lonja.core.views import LevelView
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.push import BookMessage, book_push, level_row, top_push
from lonja.edge.ws.checksum import CHECKSUM_DEPTH, book_checksum
from lonja.modules.marketdata.api import BookView

_BUY = int(Side.BUY)
_SELL = int(Side.SELL)


class _SideView:
    """One side as it was sent last: the texts of its levels by price.

    Only prices that the book reports as changed are read again, and those that came into view or left it because the
    worst visible price moved.
    """

    def __init__(self, instrument: InstrumentForm, book: BookView, side: int, depth: int) -> None:
        self._instrument = instrument
        self._book = book
        self._side = side
        self._depth = depth
        self._sign = 1 if side == _BUY else -1
        self._rows: dict[int, str] = {}
        self._pairs: dict[int, str] = {}
        self._keys: list[int] = []
        """Visible prices with the best at the end; prices of asks are negative here."""
        self._last: int | None = None
        """The worst visible price; None when all are visible."""
        self._changed = {level.price for level in book.levels(side, depth)}
        book.watch(side, self._changed)

    def close(self) -> None:
        """Watch the book no longer."""
        self._book.unwatch(self._side, self._changed)

    def advance(self) -> list[str]:
        """Take over the live levels; returns the rows that changed, best first."""
        book, side, rows, pairs, instrument = self._book, self._side, self._rows, self._pairs, self._instrument
        last, sign = self._move_last(), self._sign
        changes: list[tuple[int, str]] = []
        for price in self._changed:
            is_visible = last is None or price * sign >= last * sign
            level = book.level(side, price) if is_visible else None
            if level is None:
                if rows.pop(price, None) is not None:
                    del pairs[price], self._keys[bisect_left(self._keys, price * sign)]
                    changes.append((price, level_row(instrument.price_text(price), "0", 0)))
                continue
            price_text, size_text = instrument.price_text(price), instrument.size_text(level.size)
            row = level_row(price_text, size_text, level.order_count)
            if price not in rows:
                insort(self._keys, price * sign)
            if rows.get(price) != row:
                rows[price], pairs[price] = row, f"{price_text}:{size_text}"
                changes.append((price, row))
        self._changed.clear()
        changes.sort(reverse=side == _BUY)
        return [row for _, row in changes]

    def _move_last(self) -> int | None:
        """The worst visible price now; what came into view by its move, or left it, counts as changed."""
        book, side, sign, old = self._book, self._side, self._sign, self._last
        last = self._last = book.last_price(side, self._depth)
        if old is not None and (last is None or last * sign < old * sign):
            self._changed.update(book.prices_beyond(side, old, self._depth))
        elif last is not None and (old is None or old * sign < last * sign):
            self._changed.update([price for price in self._rows if price * sign < last * sign])
        return last

    def rows(self) -> list[str]:
        """All rows, best first."""
        return [self._rows[key * self._sign] for key in reversed(self._keys)]

    def pairs(self) -> list[str]:
        """``price:size`` of the levels that the checksum covers, best first."""
        return [self._pairs[key * self._sign] for key in self._keys[: -CHECKSUM_DEPTH - 1 : -1]]


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
        self._bids = _SideView(instrument, book, _BUY, depth)
        self._asks = _SideView(instrument, book, _SELL, depth)
        self._snapshot: bytes | None = None
        self.sequence = -1
        self.advance()

    def advance(self) -> bytes | None:
        """The message that leads from what was sent last to the live book; None when the book did not change."""
        if self._book.sequence == self.sequence:
            return None
        previous, self.sequence = self.sequence, self._book.sequence
        self._snapshot = None
        bids, asks = self._bids.advance(), self._asks.advance()
        return self._message("update", bids, asks, self._time_ms(), previous)

    def heartbeat(self) -> bytes:
        """An empty message that repeats the sequence, for a book that has been quiet."""
        return self._message("update", (), (), self._clock(), self.sequence)

    def snapshot(self) -> bytes:
        """What a new subscriber gets: all that was sent so far, as one message."""
        if self._snapshot is None:
            self._snapshot = self._message("snapshot", self._bids.rows(), self._asks.rows(), self._time_ms(), -1)
        return self._snapshot

    def close(self) -> None:
        """Watch the book no longer."""
        self._bids.close()
        self._asks.close()

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

    def close(self) -> None:
        """Nothing is watched (``Source``)."""
