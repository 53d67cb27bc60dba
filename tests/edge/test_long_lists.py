"""Long lists keep encoded rows, and nobody can tell from what they answer."""

import random

from lonja.core.commands import ImportCandle, SetIndexPrice, SetInstrumentState
from lonja.edge.rest import index, public
from lonja.edge.rest.calls import Call
from lonja.edge.wire import index as index_wire
from lonja.edge.wire import market, requests
from lonja.edge.wire import requests_market as asked
from tests.edge.house import BTC_USDT, NEXT_USDT, QUIET_USDT, START_MS, House

MINUTE = 60_000
PRICES = {QUIET_USDT: range(95, 106), BTC_USDT: range(49_990, 50_011)}
NAMES = {QUIET_USDT: "QUIET-USDT", BTC_USDT: "BTC-USDT"}
SPOT = requests.Tickers(instrument_type="SPOT")


async def _compare(rest: House) -> None:
    """Both lists say what is made anew of the same state."""
    services = rest.services
    market_data, forms = services.market_data, services.catalogue.instruments()
    listed = [form for form in forms if not market_data.is_delisted(form.code)]
    now_ms = services.engine.now_ms()
    tickers = [market.ticker_row(form, market_data.ticker(form.code), now_ms) for form in listed]
    assert (await rest.get("market/tickers", instType="SPOT")).data == tickers
    found = [(form, market_data.index_ticker(form.code)) for form in listed]
    rows = [index_wire.index_ticker_row(form, ticker) for form, ticker in found if ticker is not None]
    assert (await rest.get("market/index-tickers", quoteCcy="USDT")).data == rows
    views = [services.engine.views.instrument(form.code) for form in listed]
    instruments = [form.public_row(view) for form, view in zip(listed, views, strict=True) if view is not None]
    assert (await rest.get("public/instruments", instType="SPOT")).data == instruments


async def _happen(rest: House, draw: random.Random) -> None:
    """Something that tickers show, or do not."""
    instrument = draw.choice((QUIET_USDT, BTC_USDT))
    price = draw.choice(PRICES[instrument])
    kind = draw.randrange(6)
    if kind < 3:
        caller, side = draw.choice(((rest.trader, "buy"), (rest.other, "sell")))
        placed = await caller.place(instId=NAMES[instrument], side=side, px=str(price), sz=f"0.0{draw.randrange(1, 9)}")
        assert placed.code == "0", placed.raw
    elif kind == 3:
        await rest.engine.submit(SetIndexPrice(instrument=instrument, price=price * (100 if not instrument else 2)))
    elif kind == 4:
        opened = START_MS - START_MS % MINUTE - draw.randrange(1, 1_500) * MINUTE
        ticks = price * (100 if not instrument else 2)
        candle = ImportCandle(
            instrument=instrument, open_time_ms=opened, open=ticks, high=ticks, low=ticks, close=ticks, volume=5,
            quote_volume=500,
        )  # fmt: skip
        await rest.engine.submit(candle)
    else:
        rest.clock.advance_ms(draw.choice((1, 1_000, MINUTE, 3 * 3_600_000)))


async def test_lists_are_what_they_would_be_if_made_anew(rest: House) -> None:
    draw = random.Random(11)
    for _ in range(200):
        await _happen(rest, draw)
        await _compare(rest)
    await rest.engine.submit(SetInstrumentState(instrument=BTC_USDT, state=1))
    await _compare(rest)
    await rest.engine.submit(SetInstrumentState(instrument=BTC_USDT, state=4))
    await _compare(rest)
    assert "BTC-USDT" not in [row["instId"] for row in (await rest.get("market/tickers", instType="SPOT")).data]


async def test_rows_move_with_the_window_of_a_day(rest: House) -> None:
    await rest.other.place(side="sell", px="101")
    await rest.trader.place(px="101")
    await rest.engine.submit(SetIndexPrice(instrument=QUIET_USDT, price=10_300))
    rest.clock.advance_ms(MINUTE)
    await rest.other.place(side="sell", px="99")
    await rest.trader.place(px="99")
    await rest.engine.submit(SetIndexPrice(instrument=QUIET_USDT, price=9_900))
    seen = set()
    rest.clock.advance_ms(24 * 60 * MINUTE - 4 * MINUTE)
    for _ in range(25):
        rest.clock.advance_ms(15_000)
        await _compare(rest)
        ticker = (await rest.get("market/ticker", instId="QUIET-USDT")).row
        value = (await rest.get("market/index-tickers", instId="QUIET-USDT")).row
        seen.add((ticker["high24h"], ticker["vol24h"], value["high24h"]))
    assert len(seen) >= 3


async def test_a_row_is_made_again_when_it_changes_and_only_then(rest: House) -> None:
    await rest.trader.place(px="99")
    await rest.trader.place(instId="BTC-USDT", px="49990", sz="0.1")
    call = Call(rest.services)
    indices = asked.IndexTickers(quote_currency="USDT")
    tickers, values = await public.tickers(call, SPOT), await index.index_tickers(call, indices)
    again = await public.tickers(call, SPOT)
    assert [before is after for before, after in zip(tickers, again, strict=True)] == [True, True, False]
    assert (await rest.get("market/ticker", instId="NEXT-USDT")).row["ts"] == str(START_MS)
    await rest.trader.place(px="98")
    again = await public.tickers(call, SPOT)
    assert [before is after for before, after in zip(tickers, again, strict=True)][:2] == [False, True]
    await rest.engine.submit(SetIndexPrice(instrument=BTC_USDT, price=100_001))
    renewed = await index.index_tickers(call, indices)
    assert [before is after for before, after in zip(values, renewed, strict=True)] == [True, False]
    assert await index.index_tickers(call, indices) == renewed
    await rest.engine.submit(SetIndexPrice(instrument=NEXT_USDT, price=1))
    assert len(await index.index_tickers(call, indices)) == 3
