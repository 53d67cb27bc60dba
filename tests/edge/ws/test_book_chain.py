"""The incremental book: any client that applies every message has the live book, whatever happened."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.core.views import InstrumentView, LevelView
from lonja.edge.wire.instruments import CurrencyForm, InstrumentForm
from lonja.edge.ws.books import BookChain, TopOfBook
from lonja.modules.marketdata.book import LevelBook
from tests.edge.ws.rebuilt_book import RebuiltBook

BUY, SELL = 0, 1
_VIEW = InstrumentView(
    instrument=0, instrument_id="QUIET-USDT", instrument_type=0, base=1, quote=0, settle=0, price_scale=2, tick_step=5,
    size_scale=3, lot_step=1, size_min=1, size_limit_max=0, size_market_max=0, amount_market_max=0, band_ppm=0,
    fee_group=0, state=0, listed_time_ms=0, index_price=0, buy_max=0, sell_min=0,
)  # fmt: skip
FORM = InstrumentForm(_VIEW, (CurrencyForm(1, "QUIET", 8), *2 * (CurrencyForm(0, "USDT", 8),)))


class LiveBook(LevelBook):
    """A book that is set by hand, and a plain twin that judges what is shown of it."""

    def __init__(self) -> None:
        super().__init__()
        self.time_ms = 1_000
        self.sides: tuple[dict[int, LevelView], dict[int, LevelView]] = ({}, {})

    def put(self, side: int, price: int, size: int, order_count: int) -> None:
        self.sequence += 1
        self.side(side).put(price, size, order_count)
        if size:
            self.sides[side][price] = LevelView(price, size, order_count)
        else:
            self.sides[side].pop(price, None)

    def plain_levels(self, side: int, depth: int) -> list[LevelView]:
        prices = sorted(self.sides[side], reverse=side == BUY)
        return [self.sides[side][price] for price in prices[:depth]]


def _now() -> int:
    return 77_000


def _texts(book: LiveBook, side: int, depth: int) -> list[tuple[str, str, str]]:
    return [
        (FORM.price_text(level.price), FORM.size_text(level.size), str(level.order_count))
        for level in book.plain_levels(side, depth)
    ]


def _put(book: LiveBook, side: int, price: int, size: int, orders: int) -> None:
    # Bids lie below 100 and asks from there on, so the book is never crossed.
    book.put(side, price if side == BUY else 100 + price, size, orders)


_CHANGE = st.tuples(st.integers(0, 1), st.integers(1, 40), st.integers(0, 3), st.integers(1, 3))
_STEPS = st.lists(st.one_of(st.just("send"), st.just("join"), _CHANGE), max_size=80)


@settings(max_examples=200, deadline=None)
@given(steps=_STEPS, depth=st.sampled_from([1, 3, 30, 400]))
def test_every_client_has_the_live_book_whenever_it_joined(steps: list[Any], depth: int) -> None:
    book = LiveBook()
    chain = BookChain("books", FORM, book, depth, _now)
    clients: list[RebuiltBook] = []
    for step in [*steps, "join", "send"]:
        if step == "send":
            message = chain.advance()
            for client in clients if message is not None else []:
                client.take(json.loads(message or b""))
        elif step == "join":
            message = chain.advance()
            for client in clients if message is not None else []:
                client.take(json.loads(message or b""))
            clients.append(RebuiltBook())
            clients[-1].take(json.loads(chain.snapshot()))
        else:
            _put(book, *step)
            continue
        for client in clients:
            assert client.sequence == book.sequence
            assert client.levels("bids") == _texts(book, BUY, depth)
            assert client.levels("asks") == _texts(book, SELL, depth)


def test_a_chain_that_nobody_follows_watches_no_more() -> None:
    book = LiveBook()
    first, second = (BookChain("books", FORM, book, 400, _now) for _ in range(2))
    first.close()
    book.put(BUY, 90, 5, 2)
    assert json.loads(second.advance() or b"")["data"][0]["bids"] == [["4.5", "0.005", "0", "2"]]
    second.close()
    assert (book.bids.watchers, book.asks.watchers) == ([], [])


def test_messages_name_their_place_in_the_chain() -> None:
    book = LiveBook()
    book.put(BUY, 90, 5, 2)
    chain = BookChain("books", FORM, book, 400, _now)
    snapshot = json.loads(chain.snapshot())
    assert snapshot["arg"] == {"channel": "books", "instId": "QUIET-USDT"}
    assert snapshot["action"] == "snapshot"
    assert snapshot["data"][0] == {
        "asks": [],
        "bids": [["4.5", "0.005", "0", "2"]],
        "ts": "1000",
        "checksum": snapshot["data"][0]["checksum"],
        "prevSeqId": -1,
        "seqId": 1,
    }
    book.put(BUY, 90, 0, 0)
    book.put(SELL, 110, 7, 1)
    update = json.loads(chain.advance() or b"")
    assert update["action"] == "update"
    assert update["data"][0]["bids"] == [["4.5", "0", "0", "0"]]
    assert update["data"][0]["asks"] == [["5.5", "0.007", "0", "1"]]
    assert (update["data"][0]["prevSeqId"], update["data"][0]["seqId"]) == (1, 3)
    assert chain.advance() is None


def test_a_quiet_book_repeats_its_sequence() -> None:
    book = LiveBook()
    book.put(BUY, 90, 5, 2)
    chain = BookChain("books", FORM, book, 400, _now)
    data = json.loads(chain.heartbeat())["data"][0]
    assert (data["bids"], data["asks"], data["prevSeqId"], data["seqId"], data["ts"]) == ([], [], 1, 1, "77000")


def test_the_top_is_sent_only_when_it_changed() -> None:
    book = LiveBook()
    book.put(BUY, 90, 5, 2)
    top = TopOfBook("bbo-tbt", FORM, book, 1, _now)
    book.put(BUY, 80, 5, 2)
    assert top.advance() is None
    book.put(BUY, 91, 1, 1)
    message = json.loads(top.advance() or b"")
    assert message == {
        "arg": {"channel": "bbo-tbt", "instId": "QUIET-USDT"},
        "data": [{"asks": [], "bids": [["4.55", "0.001", "0", "1"]], "ts": "1000", "seqId": 3}],
    }


def test_only_the_five_level_channel_repeats_the_instrument() -> None:
    assert "instId" in json.loads(TopOfBook("books5", FORM, LiveBook(), 5, _now).snapshot())["data"][0]


def test_a_book_that_never_changed_is_dated_now() -> None:
    book = LiveBook()
    book.time_ms = 0
    for source in (BookChain("books", FORM, book, 400, _now), TopOfBook("books5", FORM, book, 5, _now)):
        assert json.loads(source.snapshot())["data"][0]["ts"] == "77000"
