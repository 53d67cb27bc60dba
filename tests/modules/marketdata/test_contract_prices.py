"""Marks and indices of contracts: each in its own series, indices found by name."""

import pytest

from lonja.core import commands as c
from lonja.core.algo_commands import SetContractIndex
from lonja.core.texts import Text16, Text32
from lonja.modules.marketdata.api import MarketData
from lonja.modules.marketdata.index_names import Follower, IndexNames
from lonja.primitives.instant import MINUTE_MS
from tests.modules.desk import BTC, USDT, Desk

PAIR, SWAP, INVERSE, DATED = range(4)
USD = 2


class Contracts(Desk):
    """The desk with contracts on the same base: a linear and an inverse perpetual, and a dated one."""

    def __init__(self, price_scale: int = 2) -> None:
        super().__init__()
        self.run(
            c.CreateCurrency(name=Text16("USD"), scale=8),
            c.DefineFamily(name=Text32("BTC-USDT"), instrument_type=2, settle=USDT),
            c.DefineFamily(name=Text32("BTC-USD"), instrument_type=2, settle=BTC),
            c.DefineFamily(name=Text32("BTC-USDT"), instrument_type=3, settle=USDT),
        )
        linear = c.ListContract(base=BTC, quote=USDT, price_scale=price_scale)
        self.run(
            linear._replace(instrument_id=Text32("BTC-USDT-SWAP"), family=0),
            linear._replace(instrument_id=Text32("BTC-USD-SWAP"), family=1, quote=USD),
            linear._replace(instrument_id=Text32("BTC-USDT-291228"), family=2, expiry_ms=self.now_ms + 10**10),
        )
        self.market_data = MarketData(self.views, self.clock)
        self.subscribe(self.market_data.on_batch)

    def mark(self, price: int, instrument: int = SWAP) -> None:
        self.run(c.SetMarkPrice(instrument=instrument, price=price))

    def index(self, price: int, instrument: int = SWAP) -> None:
        self.run(SetContractIndex(instrument=instrument, price=price))


def test_a_mark_and_an_index_have_candles_of_their_own() -> None:
    desk = Contracts()
    begin = desk.now_ms = desk.now_ms - desk.now_ms % MINUTE_MS + MINUTE_MS
    for mark, index in ((100, 200), (110, 190)):
        desk.mark(mark)
        desk.index(index)
        desk.after(MINUTE_MS)
    read = desk.market_data
    assert (read.mark_price(SWAP), read.index_price(SWAP)) == (110, 190)
    marks = [(row.open_time_ms - begin, *row[1:5]) for row in read.mark_candles(SWAP, "1m")]
    assert marks == [
        (2 * MINUTE_MS, 110, 110, 110, 110),
        (MINUTE_MS, 100, 110, 100, 110),
        (0, 100, 100, 100, 100),
    ]
    assert [row.low for row in read.index_candles(SWAP, "1m")] == [190, 190, 200]
    ticker = read.index_ticker(SWAP)
    assert ticker is not None
    assert (ticker.price, ticker.high_24h) == (190, 200)


def test_of_a_spot_pair_mark_and_index_are_the_same() -> None:
    desk = Contracts()
    desk.run(c.SetIndexPrice(instrument=PAIR, price=70))
    assert desk.market_data.mark_price(PAIR) == desk.market_data.index_price(PAIR) == 70
    assert desk.market_data.mark_candles(PAIR, "1H") == desk.market_data.index_candles(PAIR, "1H")


def test_a_feed_of_marks_tells_of_changes() -> None:
    desk = Contracts()
    feed = desk.market_data.mark_candle_feed(SWAP, "1m")
    assert feed.poll() == ()
    desk.mark(100)
    assert [row.close for row in feed.poll()] == [100]
    desk.mark(101)
    desk.index(500)
    assert [row.close for row in feed.poll()] == [101]


def test_what_the_engine_holds_is_known_after_a_restart() -> None:
    desk = Contracts()
    desk.mark(100)
    desk.index(200)
    again = MarketData(desk.views, desk.clock)
    again.prime()
    assert (again.mark_price(SWAP), again.index_price(SWAP), again.index_price(INVERSE)) == (100, 200, 0)
    assert again.index_source("BTC-USDT") == SWAP
    assert [row.close for row in again.mark_candles(SWAP, "1m")] == [100]


async def test_an_index_has_the_trades_of_the_spot_pair_for_its_past_and_a_mark_its_own() -> None:
    desk = Contracts()
    desk.now_ms -= desk.now_ms % MINUTE_MS
    desk.trade(9_000, 50)
    desk.after(MINUTE_MS)
    desk.index(9_100)
    desk.mark(9_200)
    read = desk.market_data
    for rows in (read.index_candles(SWAP, "1m"), await read.older_index_candles(SWAP, "1m")):
        assert [row.close for row in rows] == [9_100, 9_000]
    for rows in (read.mark_candles(SWAP, "1m"), await read.older_mark_candles(SWAP, "1m")):
        assert [row.close for row in rows] == [9_200]
    ticker = read.index_ticker(SWAP)
    assert ticker is not None
    assert (ticker.open_24h, ticker.low_24h) == (9_000, 9_000)
    # What trades on the spot pair now is no part of the index, so nothing that was made of it is old.
    kept = read.index_mark(SWAP), read.index_until(SWAP)
    desk.trade(8_000, 50)
    assert (read.index_mark(SWAP), read.index_until(SWAP)) == kept


def test_prices_in_other_ticks_are_no_past() -> None:
    desk = Contracts(price_scale=1)
    desk.trade(9_000, 50)
    desk.after(MINUTE_MS)
    desk.index(900)
    assert [row.close for row in desk.market_data.index_candles(SWAP, "1m")] == [900]


def test_names_of_indices() -> None:
    desk = Contracts()
    assert desk.market_data.index_names() == ["BTC-USDT", "BTC-USD"]
    assert [desk.market_data.index_source(name) for name in ("BTC-USDT", "BTC-USD", "ETH-USD")] == [PAIR, INVERSE, None]
    desk.index(900)
    assert desk.market_data.index_source("BTC-USDT") == SWAP


@pytest.mark.parametrize(
    ("priced", "delisted", "found"),
    [
        ((), (), 0),
        ((0,), (), 0),
        ((1,), (), 1),
        ((1, 2), (), 2),
        ((1, 2), (2,), 1),
        ((1, 2), (1, 2), 0),
    ],
)
def test_a_contract_tells_its_index_before_the_spot_pair_and_a_perpetual_one_first(
    priced: tuple[int, ...], delisted: tuple[int, ...], found: int
) -> None:
    names = IndexNames(priced.__contains__, delisted.__contains__)
    names.add_spot(Follower(0, "BTC-USDT", (2, 1)))
    names.add_contract(Follower(1, "BTC-USDT", (2, 1)), is_perpetual=False)
    names.add_contract(Follower(2, "BTC-USDT", (2, 5)), is_perpetual=True)
    assert names.source("BTC-USDT") == found
    assert [names.past(code) for code in (0, 1, 2, 9)] == [0, 0, 2, 9]


def test_an_index_of_contracts_that_all_ended_has_no_source() -> None:
    names = IndexNames(lambda _: True, lambda _: True)
    names.add_contract(Follower(1, "BTC-USD", (2, 1)), is_perpetual=False)
    assert names.source("BTC-USD") is None
    assert names.names() == ["BTC-USD"]
