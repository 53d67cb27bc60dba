"""Pushes as compact JSON: books, tickers, trades, candles, and the frame of private ones.

Why here: their keys are the wire's. Each function returns one whole message, which is built once for all subscribers.
Invariant: a push has neither ``event`` nor ``op``, by which clients recognize answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from lonja.core.views import LevelView
from lonja.edge.wire.channels import BOOK_TOP_5, EVERY_TRADE, TICKERS, TRADES
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.market import candle_row, single_trade_row, ticker_row, trade_row
from lonja.modules.marketdata.api import AggregatedTrade, CandleView, TickerView, TradeView

DETAILS_PER_PAGE = 50
"""Currencies in one push of an account snapshot."""
POSITIONS_PER_PAGE = 20
"""Positions in one push."""
SNAPSHOT = "snapshot"


class BookMessage(NamedTuple):
    """What an incremental book message says; rows are those of ``level_row``."""

    action: str
    bids: Iterable[str]
    asks: Iterable[str]
    time_ms: int
    checksum: int
    previous_sequence: int
    sequence: int


def level_row(price: str, size: str, order_count: int) -> str:
    """One level of a book as JSON; size "0" deletes it."""
    return f'["{price}","{size}","0","{order_count}"]'


def level_rows(instrument: InstrumentForm, levels: Iterable[LevelView]) -> str:
    """Levels of a book as the inside of a JSON array."""
    return ",".join(
        level_row(instrument.price_text(level.price), instrument.size_text(level.size), level.order_count)
        for level in levels
    )


def book_push(channel: str, instrument: InstrumentForm, book: BookMessage) -> bytes:
    """A snapshot or an increment of an incremental book channel."""
    return (
        f'{{"arg":{{"channel":"{channel}","instId":"{instrument.instrument_id}"}},"action":"{book.action}",'
        f'"data":[{{"asks":[{",".join(book.asks)}],"bids":[{",".join(book.bids)}],"ts":"{book.time_ms}",'
        f'"checksum":{book.checksum},"prevSeqId":{book.previous_sequence},"seqId":{book.sequence}}}]}}'
    ).encode("ascii")


def top_push(
    channel: str,
    instrument: InstrumentForm,
    sides: tuple[Iterable[LevelView], Iterable[LevelView]],
    time_ms: int,
    sequence: int,
) -> bytes:
    """The best levels (bids, asks) of a channel that always sends all of them."""
    # Only the five-level channel repeats the instrument beside the levels.
    name = f'"instId":"{instrument.instrument_id}",' if channel == BOOK_TOP_5 else ""
    bids, asks = level_rows(instrument, sides[0]), level_rows(instrument, sides[1])
    return (
        f'{{"arg":{{"channel":"{channel}","instId":"{instrument.instrument_id}"}},'
        f'"data":[{{{name}"asks":[{asks}],"bids":[{bids}],"ts":"{time_ms}","seqId":{sequence}}}]}}'
    ).encode("ascii")


def ticker_push(instrument: InstrumentForm, ticker: TickerView) -> bytes:
    """The ticker of an instrument."""
    return _push(TICKERS, instrument, ticker_row(instrument, ticker))


def trade_push(instrument: InstrumentForm, trade: AggregatedTrade) -> bytes:
    """One taker order's trades at one price."""
    return _push(TRADES, instrument, trade_row(instrument, trade))


def single_trade_push(instrument: InstrumentForm, trade: TradeView) -> bytes:
    """One match."""
    return _push(EVERY_TRADE, instrument, single_trade_row(instrument, trade))


def candle_push(channel: str, instrument: InstrumentForm, candle: CandleView) -> bytes:
    """One candle; the running one is not confirmed."""
    return _push(channel, instrument, candle_row(instrument, candle))


def private_arg(arg: Mapping[str, object], uid: str) -> bytes:
    """The head of every push to one private subscription: its argument, with whose it is."""
    return b'{"arg":' + msgspec.json.encode({**arg, "uid": uid})


def private_push(head: bytes, row: bytes) -> bytes:
    """A push of one encoded row to the subscription with ``head``."""
    return head + b',"data":[' + row + b"]}"


def position_pushes(head: bytes, rows: Sequence[Mapping[str, object]], event_type: str) -> list[bytes]:
    """The pushes of positions: a ``snapshot`` in numbered pages, an ``event_update`` without, "" for warnings."""
    kind = f',"eventType":"{event_type}"' if event_type else ""
    pages = [rows[start : start + POSITIONS_PER_PAGE] for start in range(0, len(rows), POSITIONS_PER_PAGE)] or [[]]
    pushes = []
    for number, page in enumerate(pages, 1):
        place = f',"curPage":{number},"lastPage":{str(number == len(pages)).lower()}' if event_type == SNAPSHOT else ""
        pushes.append(head + f'{kind}{place},"data":'.encode() + msgspec.json.encode(page) + b"}")
    return pushes


def balance_pushes(head: bytes, row: Mapping[str, object], *, is_snapshot: bool) -> list[bytes]:
    """The pushes of a trading account; a snapshot comes in pages."""
    if not is_snapshot:
        return [head + b',"eventType":"event_update","data":[' + msgspec.json.encode(row) + b"]}"]
    details = row["details"]
    assert isinstance(details, list)
    pages = [details[start : start + DETAILS_PER_PAGE] for start in range(0, len(details), DETAILS_PER_PAGE)] or [[]]
    return [
        head
        + f',"eventType":"snapshot","curPage":{number},"lastPage":{str(number == len(pages)).lower()},"data":['.encode()
        + msgspec.json.encode({**row, "details": page})
        + b"]}"
        for number, page in enumerate(pages, 1)
    ]


def _push(channel: str, instrument: InstrumentForm, row: object) -> bytes:
    return msgspec.json.encode({"arg": {"channel": channel, "instId": instrument.instrument_id}, "data": [row]})
