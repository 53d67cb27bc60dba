"""Recorded books and trades, played back in the exchange's time.

Read are: lines of an OKX v5 public socket (``{"recv": s, "msg": {...}}`` or the bare message), lines of a Binance
stream (``<receive ns> {...}``), Bitstamp's feed (``<ms> order_book|trade {...}``, books of 20 levels) and the tables
of ``recorded_tables``; each plain or packed with gzip. Invariants: what was an hour apart comes an hour apart; a file
that breaks off or turns into nonsense ends there, and harms nothing else.
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from lonja.adapters.recorded_tables import Moment, is_lobster, lobster, open_recording, table
from lonja.core.kinds import Side
from lonja.modules.sandbox.ports import FeedBook, FeedEvent, FeedTrade, checked_row
from lonja.primitives.errors import DataError

__all__ = ["Moment", "RecordedFeed", "read_recording"]

_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_log = structlog.get_logger("lonja.replay")


class RecordedFeed:
    """Plays moments back, beginning with the first call of ``due``."""

    def __init__(self, moments: Iterable[Moment]) -> None:
        """``moments`` in the order of their times; read as they come due."""
        self._moments = iter(moments)
        self._next: Moment | None = None
        self._shift_ms: int | None = None

    async def start(self) -> None:
        """Read the first moment. Raises ``DataError`` when there is none."""
        self._next = next(self._moments, None)
        if self._next is None:
            message = "The recording holds no books or trades of the instrument."
            raise DataError(message, "docs/markets.md lists the formats.")

    def due(self, now_ms: int) -> Sequence[FeedEvent]:
        """What was recorded up to the moment that ``now_ms`` stands for."""
        if self._next is not None and self._shift_ms is None:
            self._shift_ms = now_ms - self._next.time_ms
        found: list[FeedEvent] = []
        while self._next is not None and self._next.time_ms + (self._shift_ms or 0) <= now_ms:
            found.append(self._next.event)
            self._next = self._following()
        return found

    def _following(self) -> Moment | None:
        """The next moment; None at the end, which may come early."""
        try:
            return next(self._moments, None)
        except DataError as error:
            _log.warning("a recording ends early", reason=error.message)
            return None

    async def close(self) -> None:
        """Read no further."""
        self._next = None


def read_recording(path: Path, instrument_id: str, names: Mapping[str, str]) -> Generator[Moment, None, None]:
    """The moments in ``path`` that concern ``instrument_id``, or any instrument named in the file when that is empty.

    ``names`` gives instruments by names that other venues use, such as BTCUSDT. Raises ``DataError``.
    """
    reader = _Reader(instrument_id, names)
    number = 0
    try:
        with open_recording(path) as file:
            first = file.readline()
            lines = _chained(first, file)
            parse = _parser(reader, first)
            if not first:
                return
            if parse is None:
                given = reader.given()
                yield from lobster(path, given) if is_lobster(first) else table(given, lines)
                return
            for number, line in enumerate(lines, start=1):  # noqa: B007  # for the message below
                yield from parse(line)
    except OSError as error:
        what = error.filename or path
        raise DataError(
            f"{what} cannot be read: {error.strerror or error}.", "Check the file and its rights."
        ) from error
    except (ValueError, KeyError, TypeError, IndexError, EOFError) as error:
        message = f"{path} is no recording that is understood: line {number}: {error!r}."
        raise DataError(message, "docs/markets.md lists the formats.") from error


def _chained(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _parser(reader: "_Reader", first: str) -> Callable[[str], Iterator[Moment]] | None:
    if first.startswith("{"):
        return reader.v5_line
    stamp, _, rest = first.partition(" ")
    if not stamp.isdigit():
        return None
    return reader.binance_line if rest.startswith("{") else reader.bitstamp_line


class _Reader:
    """Turns lines into moments. Any: lines are JSON from outside; what does not fit raises."""

    def __init__(self, instrument_id: str, names: Mapping[str, str]) -> None:
        self._instrument_id = instrument_id
        self._names = names
        self._binance_update = 0
        self._last_ms = 0
        self._best_ask = 0.0

    def _named(self, name: str) -> str | None:
        """The instrument behind a name in the file, None when it is not wanted."""
        found = self._names.get(name.upper(), name)
        return found if self._instrument_id in ("", found) else None

    def given(self) -> str:
        """The instrument of a file that names none."""
        if not self._instrument_id:
            raise ValueError("the file does not name its instrument; give INST=FILE")
        return self._instrument_id

    def v5_line(self, line: str) -> Iterator[Moment]:
        """A message of a v5 public socket."""
        if not line.strip():
            return
        outer: dict[str, Any] = json.loads(line)
        message: dict[str, Any] = outer.get("msg", outer)
        arguments = message.get("arg", {})
        name = self._named(arguments.get("instId", ""))
        if "data" not in message or not name:
            return
        channel = arguments["channel"]
        for row in message["data"]:
            # When it was received, if that is known: the first trades told may be much older than the first book.
            stamp_ms = int(float(outer["recv"]) * 1_000) if "recv" in outer else int(row["ts"])
            self._last_ms = max(self._last_ms, stamp_ms)
            if channel == "trades":
                side = _BUY if row["side"] == "buy" else _SELL
                yield Moment(self._last_ms, FeedTrade(name, side, *checked_row(row["px"], row["sz"])))
            elif channel.startswith("books"):
                is_snapshot = message.get("action", "snapshot") == "snapshot"
                yield Moment(self._last_ms, FeedBook(name, is_snapshot, _levels(row["bids"]), _levels(row["asks"])))

    def binance_line(self, line: str) -> Iterator[Moment]:
        """A receive time in nanoseconds, and a message of a stream or a snapshot of a book."""
        stamp, _, text = line.partition(" ")
        time_ms = int(stamp) // 1_000_000
        message: dict[str, Any] = json.loads(text)
        if "lastUpdateId" in message:
            name = self._instrument_id or self._named(str(message.get("symbol", "")))
            self._binance_update = message["lastUpdateId"]
            if name:
                yield Moment(time_ms, FeedBook(name, True, _levels(message["bids"]), _levels(message["asks"])))
            return
        data = message.get("data", message)
        name = self._named(data.get("s", ""))
        if not name:
            return
        self._instrument_id = name
        if data.get("e") == "trade":
            side = _SELL if data["m"] else _BUY
            yield Moment(time_ms, FeedTrade(name, side, *checked_row(data["p"], data["q"])))
        elif data.get("e") == "depthUpdate" and data["u"] > self._binance_update > 0:
            yield Moment(time_ms, FeedBook(name, False, _levels(data["b"]), _levels(data["a"])))

    def bitstamp_line(self, line: str) -> Iterator[Moment]:
        """A receive time in milliseconds, the kind of event, and the event."""
        stamp, kind, text = line.split(" ", 2)
        if kind not in ("order_book", "trade"):
            return
        data: dict[str, Any] = json.loads(text, parse_float=str)
        if kind == "order_book":
            self._best_ask = float(data["asks"][0][0])
            yield Moment(int(stamp), FeedBook(self.given(), True, _levels(data["bids"]), _levels(data["asks"])))
        else:
            # The recording does not say who took; the book does.
            side = _BUY if float(data["price"]) >= self._best_ask else _SELL
            yield Moment(int(stamp), FeedTrade(self.given(), side, *checked_row(data["price"], data["amount"])))


def _levels(rows: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    return [checked_row(row[0], row[1]) for row in rows]
