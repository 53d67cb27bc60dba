"""Public questions: time, instruments, prices, books, candles, trades."""

import pytest

from lonja.core.commands import ImportCandle, ListInstrument, SetInstrumentState
from lonja.core.texts import Text32
from lonja.edge.maintenance import Maintenance, MaintenanceState
from lonja.edge.wire.instruments import CurrencyForm, InstrumentForm
from lonja.modules.marketdata.api import BARS
from tests.edge.house import QUIET_USDT, START_MS, USDT, House, order

MINUTE = 60_000


async def test_time(rest: House) -> None:
    rest.clock.advance_ms(5)
    assert (await rest.get("public/time")).row == {"ts": str(START_MS + 5)}


async def test_instruments(rest: House) -> None:
    rows = (await rest.get("public/instruments", instType="SPOT")).data
    assert [row["instId"] for row in rows] == ["QUIET-USDT", "BTC-USDT", "NEXT-USDT"]
    assert [row["instIdCode"] for row in rows] == [10000, 10001, 10002]
    assert [row["state"] for row in rows] == ["live", "live", "preopen"]
    btc = rows[1]
    shown = {name: btc[name] for name in ("baseCcy", "quoteCcy", "tickSz", "lotSz", "minSz", "lever", "listTime")}
    assert shown == {
        "baseCcy": "BTC",
        "quoteCcy": "USDT",
        "tickSz": "0.5",
        "lotSz": "0.0001",
        "minSz": "0.0002",
        "lever": "",
        "listTime": str(START_MS),
    }


async def test_the_largest_orders_are_told_in_base_for_limit_and_in_quote_for_market_orders(rest: House) -> None:
    row = (await rest.get("public/instruments", instType="SPOT", instId="QUIET-USDT")).row
    assert [row[name] for name in ("maxLmtSz", "maxMktSz", "maxMktAmt")] == ["10000", "1000000", "1000000"]
    unlimited = (await rest.get("public/instruments", instType="SPOT", instId="BTC-USDT")).row
    assert [unlimited[name] for name in ("maxLmtSz", "maxMktSz", "maxMktAmt")] == ["", "", ""]


async def test_instruments_of_types_that_are_not_traded_and_of_none(rest: House) -> None:
    for instrument_type in ("FUTURES", "SWAP", "OPTION", "MARGIN"):
        assert (await rest.get("public/instruments", instType=instrument_type)).data == []
        assert (await rest.get("market/tickers", instType=instrument_type)).data == []
    assert (await rest.get("public/instruments", instType="OPTION", uly="BTC-USD")).data == []
    for wrong, code in (("", "50014"), ("spot", "51000"), ("EVERYTHING", "51000")):
        assert (await rest.get("public/instruments", instType=wrong)).code == code
    assert (await rest.get("public/instruments", instType="SPOT", instId="BTC-USDT")).row["instId"] == "BTC-USDT"
    assert (await rest.get("public/instruments", instType="SWAP", instId="BTC-USDT")).data == []
    assert (await rest.get("public/instruments", instType="SPOT", instId="BTC-EUR")).code == "51001"


async def test_a_new_or_changed_instrument_shows_at_once(rest: House) -> None:
    new = ListInstrument(instrument_id=Text32("NEW-USDT"), base=1, quote=USDT, settle=USDT, price_scale=2)
    await rest.engine.submit_many([new, SetInstrumentState(instrument=QUIET_USDT, state=1)])
    rows = (await rest.get("public/instruments", instType="SPOT")).data
    assert [(row["instId"], row["state"]) for row in rows][::3] == [("QUIET-USDT", "suspend"), ("NEW-USDT", "live")]
    assert (await rest.trader.place()).refusal == "51022"
    assert (await rest.get("market/ticker", instId="NEW-USDT")).code == "0"
    await rest.engine.submit(SetInstrumentState(instrument=QUIET_USDT, state=4))
    rows = (await rest.get("public/instruments", instType="SPOT")).data
    assert "QUIET-USDT" not in [row["instId"] for row in rows]
    assert (await rest.trader.place()).refusal == "51087"


async def test_price_limit(rest: House) -> None:
    row = (await rest.get("public/price-limit", instId="QUIET-USDT")).row
    assert (row["buyLmt"], row["sellLmt"], row["enabled"]) == ("120", "80", True)
    row = (await rest.get("public/price-limit", instId="NEXT-USDT")).row
    assert (row["buyLmt"], row["sellLmt"], row["enabled"]) == ("", "", False)


@pytest.mark.parametrize("path", ["public/price-limit", "market/ticker", "market/books", "market/candles"])
async def test_one_instrument_must_be_named_and_exist(rest: House, path: str) -> None:
    missing = await rest.get(path)
    assert (missing.status, missing.code) == (400, "50014")
    unknown = await rest.get(path, instId="BTC-EUR")
    assert (unknown.status, unknown.code, unknown.data) == (200, "51001", [])


async def test_the_book_is_current_once_an_order_is_acknowledged(rest: House) -> None:
    await rest.trader.post("trade/batch-orders", [order(px=str(90 + n), sz="0.5") for n in range(5)])
    await rest.other.place(side="sell", px="101.5", sz="2.25")
    await rest.trader.place(px="94")
    row = (await rest.get("market/books", instId="QUIET-USDT")).row
    assert (row["asks"], row["bids"]) == ([["101.5", "2.25", "0", "1"]], [["94", "1.5", "0", "2"]])
    assert row["seqId"] == rest.engine.views.last_sequence()
    row = (await rest.get("market/books", instId="QUIET-USDT", sz="3")).row
    assert [level[0] for level in row["bids"]] == ["94", "93", "92"]
    row = (await rest.get("market/books-full", instId="QUIET-USDT", sz="5000")).row
    assert row["bids"][0] == ["94", "1.5", "2"]
    assert len(row["bids"]) == 5


@pytest.mark.parametrize("depth", ["0", "401", "-1", "1.5", "ten", "9" * 90])
async def test_the_depth_of_a_book_is_bounded(rest: House, depth: str) -> None:
    assert (await rest.get("market/books", instId="QUIET-USDT", sz=depth)).code == "51000"


async def test_a_quiet_book_and_ticker_are_empty_not_absent(rest: House) -> None:
    row = (await rest.get("market/books", instId="BTC-USDT")).row
    assert row == {"asks": [], "bids": [], "ts": str(START_MS), "seqId": 0}
    ticker = (await rest.get("market/ticker", instId="BTC-USDT")).row
    empty = ("last", "lastSz", "askPx", "askSz", "bidPx", "bidSz", "open24h", "high24h", "low24h", "sodUtc0", "sodUtc8")
    assert all(ticker[name] == "" for name in empty)
    assert (ticker["vol24h"], ticker["ts"]) == ("0", str(START_MS))


async def test_ticker_and_trades(rest: House) -> None:
    await rest.trader.post("trade/batch-orders", [order(sz="0.1"), order(sz="0.2"), order(px="98")])
    await rest.other.place(side="sell", px="98", sz="0.5")
    trades = (await rest.get("market/trades", instId="QUIET-USDT")).data
    # What one order took at one price is one row, newest first.
    assert [(t["tradeId"], t["px"], t["sz"], t["side"], t["count"]) for t in trades] == [
        ("100000003", "98", "0.2", "sell", "1"),
        ("100000002", "99", "0.3", "sell", "2"),
    ]
    assert len((await rest.get("market/trades", instId="QUIET-USDT", limit="1")).data) == 1
    row = (await rest.get("market/tickers", instType="SPOT")).data[0]
    shown = [row[name] for name in ("last", "lastSz", "bidPx", "bidSz", "askPx", "high24h", "low24h", "vol24h")]
    assert shown == ["98", "0.2", "98", "0.8", "", "99", "98", "0.5"]
    assert row["volCcy24h"] == "49.3"


async def _with_a_past(rest: House) -> None:
    first = START_MS - START_MS % MINUTE - 400 * MINUTE
    candles = [
        ImportCandle(
            instrument=QUIET_USDT,
            open_time_ms=first + n * MINUTE,
            open=10_000,
            high=10_100,
            low=9_900,
            close=10_000 + n % 100,
            volume=1_000,
            quote_volume=100 * 10**8,
        )
        for n in range(400)
    ]
    outcomes = await rest.engine.submit_many(candles)
    assert all(outcome.rejection == 0 for outcome in outcomes)


async def test_candles(rest: House) -> None:
    await _with_a_past(rest)
    await rest.trader.place(px="104")
    await rest.other.place(side="sell", px="104", sz="0.5")
    rows = (await rest.get("market/candles", instId="QUIET-USDT")).data
    assert len(rows) == 100
    minute = START_MS - START_MS % MINUTE
    assert rows[0] == [str(minute), "104", "104", "104", "104", "0.5", "52", "52", "0"]
    assert rows[1] == [str(minute - MINUTE), "100", "101", "99", "100.99", "1", "100", "100", "1"]
    assert len((await rest.get("market/candles", instId="QUIET-USDT", limit="300")).data) == 300
    # Both bounds at once, both exclusive.
    page = await rest.get(
        "market/history-candles", instId="QUIET-USDT", after=minute - 5 * MINUTE, before=minute - 9 * MINUTE
    )
    assert [int(row[0]) for row in page.data] == [minute - n * MINUTE for n in (6, 7, 8)]


async def test_every_bar_is_served(rest: House) -> None:
    await _with_a_past(rest)
    await rest.trader.place()
    await rest.other.place(side="sell", px="99")
    for bar in BARS:
        rows = (await rest.get("market/candles", instId="QUIET-USDT", bar=bar, limit="5")).data
        assert rows, bar
        assert all(len(row) == 9 for row in rows)
        assert rows[0][8] == "0"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bar": "7m"},
        {"bar": "1h"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "many"},
        {"after": "now"},
        {"before": "-1"},
    ],
)
async def test_candles_refuse_what_is_no_page(rest: House, wrong: dict[str, str]) -> None:
    reply = await rest.get("market/candles", instId="QUIET-USDT", **wrong)
    assert (reply.status, reply.code) == (200, "51000")


async def test_too_many_rows_asked_for_are_as_many_as_there_may_be(rest: House) -> None:
    await _with_a_past(rest)
    assert len((await rest.get("market/candles", instId="QUIET-USDT", bar="1m", limit="301")).data) == 300
    assert (await rest.get("market/trades", instId="QUIET-USDT", limit="12000")).code == "0"


async def test_no_maintenance(rest: House) -> None:
    assert (await rest.get("system/status")).data == []
    assert (await rest.get("system/status", state="scheduled")).data == []
    assert (await rest.get("system/status", state="x")).code == "51000"


async def test_announced_maintenance_is_listed_by_its_state(rest: House) -> None:
    board = rest.services.maintenance
    ahead = Maintenance("Upgrade", MaintenanceState.SCHEDULED, START_MS + 60_000, None, START_MS)
    over = Maintenance("Move", MaintenanceState.COMPLETED, START_MS - 60_000, START_MS, START_MS)
    for maintenance in (over, ahead):
        board.announce(maintenance)
    row = (await rest.get("system/status")).row
    assert (row["title"], row["state"], row["begin"], row["end"]) == (
        "Upgrade", "scheduled", str(START_MS + 60_000), "",
    )  # fmt: skip
    assert [row["title"] for row in (await rest.get("system/status", state="completed")).data] == ["Move"]
    board.announce(ahead._replace(state=MaintenanceState.ONGOING))
    assert [row["state"] for row in (await rest.get("system/status")).data] == ["ongoing"]
    assert (await rest.get("system/status", state="scheduled")).data == []


@pytest.mark.parametrize(
    ("notional", "lots", "text"),
    [
        (0, 0, ""),
        (99 * 10**8, 1_000, "99"),
        (100 * 10**8, 3_000, "33.3333333333"),
        (200 * 10**8, 3_000, "66.6666666667"),
        (1, 1, "0.00001"),
    ],
)
def test_average_prices_are_rounded_beyond_the_tick(rest: House, notional: int, lots: int, text: str) -> None:
    view = rest.engine.views.instrument(QUIET_USDT)
    assert view is not None
    form = InstrumentForm(view, (CurrencyForm(1, "QUIET", 8), *2 * (CurrencyForm(0, "USDT", 8),)))
    assert form.average_price_text(notional, lots) == text
