"""What the sandbox lists: currencies, instruments, and how lively each of them is.

Names, ticks, lots and minima are facts, typical of OKX; most come from ``currencies.csv`` and ``instruments.csv``,
which ``tools/make_catalogue.py`` writes. Prices and liveliness are made up. Scales let the whole supply of each
currency fit 62 bits, and leave room below a lot for fees. Invariant: what has a place in the order of instruments
keeps it, so that codes in data folders stay the same.
"""

import csv
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

QUIET = "QUIET-USDT"
"""The instrument no simulated trader ever touches."""

BAND_PPM = 200_000
"""Orders may be priced within 20 % of the index price."""

CUSTOMER_FEE_TIER = 0
SIMULATOR_FEE_TIER = 1
FEE_RATES_PPM = {CUSTOMER_FEE_TIER: (800, 1_000), SIMULATOR_FEE_TIER: (0, 0)}
"""Maker and taker rate of each tier. Simulated traders pay nothing, or months of trading would ruin them."""


class CurrencyFact(NamedTuple):
    """A currency and its decimals."""

    name: str
    scale: int


class AssetFact(NamedTuple):
    """How a currency's price against the dollar behaves.

    ``price`` is where it starts and what it is drawn back to; ``volatility`` is per year; ``follows`` is its
    correlation with bitcoin.
    """

    price: float
    volatility: float
    follows: float


class InstrumentFact(NamedTuple):
    """A spot instrument: steps as decimal text, and how the simulated traders act on it.

    ``pace_ms`` is the mean time between two trades, ``trade_usd`` the mean worth of one. ``spread_bps`` is the usual
    spread, 0 for one tick. ``depth`` is the worth of one level of the book in trades.
    """

    base: str
    quote: str
    tick_size: str
    lot_size: str
    min_size: str
    pace_ms: int
    trade_usd: float
    spread_bps: float = 0.0
    depth: float = 20.0

    @property
    def instrument_id(self) -> str:
        """Its name."""
        return f"{self.base}-{self.quote}"


_NAMED_CURRENCIES = (
    CurrencyFact("USDT", 8),
    CurrencyFact("BTC", 11),
    CurrencyFact("ETH", 10),
    CurrencyFact("QUIET", 8),
    CurrencyFact("USDC", 8),
    CurrencyFact("SOL", 9),
    CurrencyFact("XRP", 7),
    CurrencyFact("DOGE", 7),
    CurrencyFact("ADA", 7),
    CurrencyFact("AVAX", 9),
    CurrencyFact("LTC", 10),
    CurrencyFact("BCH", 10),
    CurrencyFact("LINK", 9),
    CurrencyFact("DOT", 9),
    CurrencyFact("TRX", 7),
    CurrencyFact("TON", 8),
    CurrencyFact("UNI", 9),
    CurrencyFact("XLM", 7),
    CurrencyFact("ETC", 9),
    CurrencyFact("AAVE", 10),
    CurrencyFact("SHIB", 3),
)

_NAMED_ASSETS = {
    "USDT": AssetFact(1.0, 0.0, 0.0),
    "USDC": AssetFact(1.0, 0.004, 0.0),
    "BTC": AssetFact(68_000.0, 0.45, 1.0),
    "ETH": AssetFact(3_500.0, 0.60, 0.80),
    "SOL": AssetFact(165.0, 0.80, 0.70),
    "XRP": AssetFact(2.2, 0.80, 0.60),
    "DOGE": AssetFact(0.18, 0.95, 0.65),
    "ADA": AssetFact(0.75, 0.85, 0.65),
    "AVAX": AssetFact(28.0, 0.90, 0.65),
    "LTC": AssetFact(95.0, 0.65, 0.70),
    "BCH": AssetFact(420.0, 0.70, 0.65),
    "LINK": AssetFact(15.0, 0.80, 0.65),
    "DOT": AssetFact(7.0, 0.80, 0.65),
    "TRX": AssetFact(0.27, 0.45, 0.40),
    "TON": AssetFact(5.5, 0.75, 0.50),
    "UNI": AssetFact(9.0, 0.90, 0.60),
    "XLM": AssetFact(0.35, 0.85, 0.55),
    "ETC": AssetFact(24.0, 0.75, 0.65),
    "AAVE": AssetFact(180.0, 0.85, 0.60),
    "SHIB": AssetFact(0.00002, 1.0, 0.60),
    "QUIET": AssetFact(100.0, 0.0, 0.0),
}

_NAMED_INSTRUMENTS = (
    InstrumentFact("BTC", "USDT", "0.1", "0.00000001", "0.00001", 300, 2_500.0, 0.0, 70.0),
    InstrumentFact("ETH", "USDT", "0.01", "0.000001", "0.0001", 400, 2_000.0, 0.0, 70.0),
    InstrumentFact("QUIET", "USDT", "0.01", "0.001", "0.001", 0, 0.0),
    InstrumentFact("SOL", "USDT", "0.01", "0.000001", "0.01", 1_500, 1_200.0, 0.0, 40.0),
    InstrumentFact("XRP", "USDT", "0.0001", "0.000001", "1", 1_500, 1_000.0, 0.0, 40.0),
    InstrumentFact("DOGE", "USDT", "0.00001", "0.000001", "10", 2_000, 900.0, 0.0, 40.0),
    InstrumentFact("ADA", "USDT", "0.0001", "0.0001", "1", 2_500, 700.0, 0.0, 40.0),
    InstrumentFact("AVAX", "USDT", "0.001", "0.000001", "0.01", 2_500, 600.0, 0.0, 40.0),
    InstrumentFact("LTC", "USDT", "0.01", "0.000001", "0.01", 2_500, 600.0, 0.0, 40.0),
    InstrumentFact("BCH", "USDT", "0.01", "0.000001", "0.001", 3_000, 600.0, 0.0, 40.0),
    InstrumentFact("LINK", "USDT", "0.001", "0.000001", "0.1", 2_500, 600.0, 0.0, 40.0),
    InstrumentFact("DOT", "USDT", "0.001", "0.000001", "0.1", 3_000, 500.0, 0.0, 40.0),
    InstrumentFact("TRX", "USDT", "0.00001", "0.000001", "10", 3_000, 500.0, 0.0, 40.0),
    InstrumentFact("TON", "USDT", "0.001", "0.0001", "1", 3_000, 500.0, 0.0, 40.0),
    InstrumentFact("UNI", "USDT", "0.001", "0.000001", "0.1", 3_000, 500.0, 0.0, 40.0),
    InstrumentFact("XLM", "USDT", "0.00001", "0.000001", "1", 3_000, 400.0, 0.0, 40.0),
    InstrumentFact("ETC", "USDT", "0.001", "0.000001", "0.1", 3_000, 400.0, 0.0, 40.0),
    InstrumentFact("AAVE", "USDT", "0.01", "0.000001", "0.01", 3_000, 500.0, 0.0, 40.0),
    InstrumentFact("SHIB", "USDT", "0.000000001", "1", "50000", 3_000, 400.0, 0.0, 40.0),
    InstrumentFact("USDC", "USDT", "0.0001", "0.000001", "1", 3_000, 2_000.0, 0.0, 40.0),
    InstrumentFact("ETH", "BTC", "0.00001", "0.000001", "0.001", 2_500, 1_000.0, 0.0, 40.0),
    InstrumentFact("SOL", "BTC", "0.0000001", "0.0001", "0.01", 3_000, 500.0, 0.0, 40.0),
    InstrumentFact("SOL", "ETH", "0.000001", "0.0001", "0.01", 3_000, 400.0, 0.0, 40.0),
    InstrumentFact("BTC", "USDC", "0.1", "0.00000001", "0.00001", 2_000, 1_500.0, 0.0, 40.0),
    InstrumentFact("ETH", "USDC", "0.01", "0.000001", "0.0001", 2_500, 1_200.0, 0.0, 40.0),
)

NAMED_CURRENCIES: Final = len(_NAMED_CURRENCIES)
NAMED_COUNT: Final = len(_NAMED_INSTRUMENTS)
"""How many instruments are written out above; the others, of less importance, come from the files."""

_STABLE = {"USDC", "DAI", "TUSD", "USDP", "GUSD", "USDK", "UST"}
_SPREAD_BPS_MAX = 20.0
_PACE_MS_MAX = 240_000


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def _chance(text: str) -> float:
    """A number from 0 to 1 that only depends on ``text``."""
    return zlib.crc32(text.encode("ascii")) / 2**32


def _more_assets(rows: list[dict[str, str]]) -> Iterator[tuple[str, AssetFact]]:
    for row in rows:
        name, price = row["name"], float(row["price"])
        if name in _STABLE:
            yield name, AssetFact(price, 0.004, 0.0)
        else:
            yield name, AssetFact(price, 0.6 + 0.5 * _chance(name), 0.4 + 0.35 * _chance(f"{name} follows"))


def _more_instruments(rows: list[dict[str, str]]) -> Iterator[InstrumentFact]:
    """The further down the list, the fewer and smaller the trades, the wider the spread, the thinner the book."""
    for rank, row in enumerate(rows, start=1):
        weight = 0.7 + 0.6 * _chance(f"{row['base']}-{row['quote']}")
        yield InstrumentFact(
            row["base"],
            row["quote"],
            row["tick"],
            row["lot"],
            row["minimum"],
            pace_ms=min(_PACE_MS_MAX, int((4_000 + 400 * rank) * weight)),
            trade_usd=round((50.0 + 12_000.0 / (20 + rank)) * weight, 1),
            spread_bps=round(min(_SPREAD_BPS_MAX, 2.0 + rank / 20.0) * weight, 1),
            depth=round(2.5 + 400.0 / (25 + rank), 1),
        )


_MORE_CURRENCIES = _rows("currencies.csv")
CURRENCIES = (*_NAMED_CURRENCIES, *(CurrencyFact(row["name"], int(row["scale"])) for row in _MORE_CURRENCIES))
ASSETS = _NAMED_ASSETS | dict(_more_assets(_MORE_CURRENCIES))
INSTRUMENTS = (*_NAMED_INSTRUMENTS, *_more_instruments(_rows("instruments.csv")))

LIMIT_ORDER_USD_MAX = 20_000_000
MARKET_ORDER_USD_MAX = 1_000_000

CUSTOMER_NAMES = ("trader", "trader2")
"""Accounts for people, each its own master."""

CUSTOMER_FUNDS = {"USDT": 1_000_000, "BTC": 10, "ETH": 100, "QUIET": 10_000}
"""Whole units of each currency, in the trading account and as much again in the funding account."""

SIMULATOR_USD = 20_000_000.0
"""Worth of what a simulated trader is given of each currency of an instrument that is written out above."""

SIMULATOR_USD_ELSEWHERE = 2_000_000.0
"""The same for the other instruments."""
