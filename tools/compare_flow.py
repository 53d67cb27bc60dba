"""Prints how the sandbox's order flow compares with recorded venues, as the table of docs/markets.md.

The recordings lie beside the repository. The sandbox's numbers come from an exchange in memory that runs for some
simulated minutes, and from the models that it is driven by where minutes are too few. Run: ``make flow``.
"""

import argparse
import asyncio
import csv
import gzip
import logging
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import structlog

from lonja.adapters.clock import ManualClock
from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.recorded_feed import Moment, read_recording
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core.kinds import Side
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.modules.identity.api import Identity
from lonja.modules.marketdata.api import MarketData, TradeView, aggregate
from lonja.modules.sandbox.api import FeedBook, FeedTrade, Opening, SandboxClock, SandboxOptions, SimulatedMarkets
from lonja.modules.sandbox.flow import Flow
from lonja.modules.sandbox.prices import FairPrices
from tools.flow_statistics import (
    CLOCK_MS,
    DEPTH_BPS,
    BookSample,
    Numbers,
    Take,
    book_numbers,
    joined_takes,
    move_numbers,
    trade_numbers,
)

SHARED = Path(__file__).resolve().parents[1] / "../shared/data"
START_MS = 1_767_225_600_000
SAMPLE_MS = 500
MINUTES = 20
OURS = ("BTC-USDT", "ETH-USDT", "AAVE-USDT")
_WHOLE_LEVELS = 400


class Market:
    """What was seen of one market."""

    def __init__(self, tick: float) -> None:
        """``tick`` is the step of its prices."""
        self.tick = tick
        self.takes: list[Take] = []
        self.samples: list[BookSample] = []

    def numbers(self) -> Numbers:
        """Its statistics."""
        worth = fmean(take.price * take.size for take in self.takes)
        return trade_numbers(self.takes) | book_numbers(self.samples, self.tick, worth)


def sample_of(bids: Iterable[tuple[float, float]], asks: Iterable[tuple[float, float]]) -> BookSample:
    """A sample of a book, given its levels."""
    bids, asks = list(bids), list(asks)
    bid, ask = max(price for price, _ in bids), min(price for price, _ in asks)
    middle = (bid + ask) / 2
    depths = []
    for reach in DEPTH_BPS:
        low, high = middle * (1 - reach / 10_000), middle * (1 + reach / 10_000)
        worth = sum(price * size for price, size in bids if price >= low)
        depths.append((worth + sum(price * size for price, size in asks if price <= high)) / 2)
    return BookSample(bid, ask, tuple(depths))


def recorded_market(moments: Iterable[Moment], tick: float) -> Market:
    """What a recording shows."""
    market = Market(tick)
    fills: list[Take] = []
    levels: tuple[dict[float, float], dict[float, float]] = ({}, {})
    next_ms = 0
    for time_ms, event in moments:
        if isinstance(event, FeedTrade):
            fills.append(Take(time_ms, float(event.price), float(event.size), event.side == Side.BUY))
            continue
        _change(levels, event)
        if time_ms >= next_ms and levels[0] and levels[1] and max(levels[0]) < min(levels[1]):
            next_ms = time_ms + SAMPLE_MS
            market.samples.append(sample_of(levels[0].items(), levels[1].items()))
    market.takes = joined_takes(fills)
    return market


def _change(levels: tuple[dict[float, float], dict[float, float]], event: FeedBook) -> None:
    for side, rows in zip(levels, (event.bids, event.asks), strict=True):
        if event.is_snapshot:
            side.clear()
        for price, size in rows:
            if float(size):
                side[float(price)] = float(size)
            else:
                side.pop(float(price), None)


async def simulated_markets(minutes: int, seed: int, pairs: int = 25) -> dict[str, Market]:
    """What ``OURS`` show on an exchange that runs for ``minutes``."""
    real = ManualClock(START_MS)
    clock = SandboxClock(real)
    journal, snapshots = MemoryJournal(), MemorySnapshots()
    engine = Sequencer(recover(journal, snapshots), journal=journal, clock=clock, snapshots=snapshots)
    data = MarketData(engine.views, engine.now_ms)
    engine.subscribe(data.on_batch)
    with TemporaryDirectory() as folder:
        identity = Identity(f"sqlite:///{folder}/identity.sqlite", MemorySecretBox(), engine.now_ms)
        opened = await Opening(engine, identity, SandboxOptions(seed, pairs=pairs), lambda _: None).run()
        identity.close()
    markets = SimulatedMarkets(engine, opened)
    await markets.warm_up(clock, lambda code: len(aggregate(data.trades(code, 500))))
    watch = _Watch({fact.instrument: fact.fact.instrument_id for fact in opened.traders}, data, engine)
    data.add_listener(watch)
    for turn in range(minutes * 60_000 // CLOCK_MS):
        real.advance_ms(CLOCK_MS)
        await markets.turn()
        if turn * CLOCK_MS % SAMPLE_MS == 0:
            watch.sample()
    await engine.stop()
    return watch.markets


class _Watch:
    """Notes trades and books of ``OURS``."""

    def __init__(self, names: dict[int, str], data: MarketData, engine: Sequencer) -> None:
        self.markets = {name: Market(0.0) for name in OURS}
        self._names = {code: name for code, name in names.items() if name in OURS}
        self._data = data
        self._units: dict[int, tuple[float, float]] = {}
        for view in engine.views.instruments():
            if view.instrument in self._names:
                tick, lot = view.tick_step / 10**view.price_scale, view.lot_step / 10**view.size_scale
                self._units[view.instrument] = (tick, lot)
                self.markets[self._names[view.instrument]].tick = tick

    def on_trades(self, instrument: int, trades: list[TradeView]) -> None:
        """Note trades."""
        if instrument not in self._names:
            return
        tick, lot = self._units[instrument]
        by_order: dict[int, Take] = {}
        for trade in trades:
            take = Take(trade.time_ms, trade.price * tick, trade.size * lot, trade.side == Side.BUY)
            known = by_order.get(trade.taker_order_id)
            by_order[trade.taker_order_id] = known._replace(size=known.size + take.size) if known else take
        self.markets[self._names[instrument]].takes += by_order.values()

    def on_book(self, instrument: int) -> None:
        """Books are looked at by the clock instead."""

    def sample(self) -> None:
        """Look at the books."""
        for code, name in self._names.items():
            tick, lot = self._units[code]
            bids, asks = (
                [(level.price * tick, level.size * lot) for level in self._data.levels(code, side, _WHOLE_LEVELS)]
                for side in (Side.BUY, Side.SELL)
            )
            if bids and asks:
                self.markets[name].samples.append(sample_of(bids, asks))


def quiet_takes(mean_gap_ms: float, count: int, seed: int) -> list[Take]:
    """Trades of a quiet instrument, drawn from the model, since minutes hold too few of them."""
    flow = Flow(random.Random(seed))  # noqa: S311  # repeatable by seed
    takes: list[Take] = []
    time_ms = 0.0
    for _ in range(count):
        time_ms += flow.gap() * mean_gap_ms
        takes.append(Take(int(time_ms), 1.0, flow.size(), flow.buys(0.0)))
    return takes


def minute_closes(seed: str, count: int) -> list[float]:
    """Closes of bitcoin's fair price, minute by minute."""
    prices = FairPrices(seed, None, ("BTC", "USDT"))
    closes = []
    for _ in range(count):
        prices.step(60.0)
        closes.append(prices.price("BTC", "USDT"))
    return closes


def recorded_closes() -> list[float]:
    """Closes of three weeks of minutes."""
    with gzip.open(SHARED / "candles/perp_BTC_1m_2021-12-31_2022-01-21.csv.gz", "rt") as file:
        return [float(row["close"]) for row in csv.DictReader(file)]


def recorded() -> dict[str, Numbers]:
    """Statistics of the recordings."""
    names = {"ETHUSDT": "ETH-USDT"}
    ether = read_recording(SHARED / "binance_l2_trades_2024-08-08/spot_ethusdt.gz", "", names)
    bitcoin = read_recording(SHARED / "okx_ws_2022-05-13/BTC-USDT.jsonl.gz", "", {})
    bitstamp = read_recording(SHARED / "l3_bitstamp/feed_dev.log.gz", "BTC-USDT", {})
    quiet = read_recording(SHARED / "trades_to_candles_XRP_ETH/trades.csv.gz", "XRP-ETH", {})
    return {
        "ETH-USDT": recorded_market(ether, 0.01).numbers(),
        "BTC-USDT": recorded_market(bitcoin, 0.1).numbers(),
        "wide": recorded_market(bitstamp, 0.01).numbers(),
        "quiet": trade_numbers(recorded_market(quiet, 0.000001).takes),
        "moves": move_numbers(recorded_closes()),
    }


async def simulated(minutes: int, seed: int) -> dict[str, Numbers]:
    """The same of the sandbox."""
    markets = await simulated_markets(minutes, seed)
    moves = [move_numbers(minute_closes(f"{seed}:{course}", 30_300)) for course in range(3)]
    return {name: market.numbers() for name, market in markets.items()} | {
        "quiet": trade_numbers(quiet_takes(21_370.0, 20_000, seed)),
        "moves": {key: fmean(course[key] for course in moves) for key in moves[0]},
    }


SECTIONS = (
    # title, recorded, simulated, rows that begin with these words
    ("Trades, busy: Binance ETHUSDT 2024 / ETH-USDT", "ETH-USDT", "ETH-USDT", ("gap", "size", "side")),
    ("Trades, quiet: Binance XRPETH 2019 / the model at that pace", "quiet", "quiet", ("gap", "size", "side")),
    ("Book, busy: Binance ETHUSDT 2024 / ETH-USDT", "ETH-USDT", "ETH-USDT", ("spread", "depth", "middle")),
    ("Book, busy: OKX BTC-USDT 2022 / BTC-USDT", "BTC-USDT", "BTC-USDT", ("spread", "depth")),
    ("Minutes: BTC perpetual 2022 / BTC, mean of three courses", "moves", "moves", ("move", "volatility", "direction")),
)


def table(theirs: dict[str, Numbers], ours: dict[str, Numbers]) -> str:
    """Both side by side, in Markdown."""
    lines: list[str] = []
    for title, their_name, our_name, words in SECTIONS:
        lines += ["", f"### {title}", "", "| statistic | recorded | sandbox | ratio |", "| --- | --- | --- | --- |"]
        for key, value in theirs[their_name].items():
            if key.startswith(words):
                mine = ours[our_name][key]
                ratio = f"{mine / value:.2f}" if abs(value) > 0.02 else "-"
                lines.append(f"| {key} | {value:.3g} | {mine:.3g} | {ratio} |")
    return "\n".join(lines[1:])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=int, default=MINUTES, help="simulated minutes")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if not SHARED.is_dir():
        sys.exit(f"The recordings are not there: {SHARED}")
    print(table(recorded(), asyncio.run(simulated(arguments.minutes, arguments.seed))))


if __name__ == "__main__":
    main()
