"""What the sandbox lists: currencies, instruments, and how lively each asset is. Facts only.

Ticks, lots and minima are typical of OKX. Scales let the whole supply of each currency fit 62 bits, and leave at least
two decimals below a lot for fees.
"""

from typing import NamedTuple

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

    ``pace_ms`` is the usual pause between two turns of its market maker, ``trade_usd`` the usual worth of a trade.
    """

    base: str
    quote: str
    tick_size: str
    lot_size: str
    min_size: str
    pace_ms: int
    trade_usd: float

    @property
    def instrument_id(self) -> str:
        """Its name."""
        return f"{self.base}-{self.quote}"


CURRENCIES = (
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

ASSETS = {
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

INSTRUMENTS = (
    InstrumentFact("BTC", "USDT", "0.1", "0.00000001", "0.00001", 1_000, 2_500.0),
    InstrumentFact("ETH", "USDT", "0.01", "0.000001", "0.0001", 1_000, 2_000.0),
    InstrumentFact("QUIET", "USDT", "0.01", "0.001", "0.001", 0, 0.0),
    InstrumentFact("SOL", "USDT", "0.01", "0.000001", "0.01", 1_500, 1_200.0),
    InstrumentFact("XRP", "USDT", "0.0001", "0.000001", "1", 1_500, 1_000.0),
    InstrumentFact("DOGE", "USDT", "0.00001", "0.000001", "10", 2_000, 900.0),
    InstrumentFact("ADA", "USDT", "0.0001", "0.0001", "1", 2_500, 700.0),
    InstrumentFact("AVAX", "USDT", "0.001", "0.000001", "0.01", 2_500, 600.0),
    InstrumentFact("LTC", "USDT", "0.01", "0.000001", "0.01", 2_500, 600.0),
    InstrumentFact("BCH", "USDT", "0.01", "0.000001", "0.001", 3_000, 600.0),
    InstrumentFact("LINK", "USDT", "0.001", "0.000001", "0.1", 2_500, 600.0),
    InstrumentFact("DOT", "USDT", "0.001", "0.000001", "0.1", 3_000, 500.0),
    InstrumentFact("TRX", "USDT", "0.00001", "0.000001", "10", 3_000, 500.0),
    InstrumentFact("TON", "USDT", "0.001", "0.0001", "1", 3_000, 500.0),
    InstrumentFact("UNI", "USDT", "0.001", "0.000001", "0.1", 3_000, 500.0),
    InstrumentFact("XLM", "USDT", "0.00001", "0.000001", "1", 3_000, 400.0),
    InstrumentFact("ETC", "USDT", "0.001", "0.000001", "0.1", 3_000, 400.0),
    InstrumentFact("AAVE", "USDT", "0.01", "0.000001", "0.01", 3_000, 500.0),
    InstrumentFact("SHIB", "USDT", "0.000000001", "1", "50000", 3_000, 400.0),
    InstrumentFact("USDC", "USDT", "0.0001", "0.000001", "1", 3_000, 2_000.0),
    InstrumentFact("ETH", "BTC", "0.00001", "0.000001", "0.001", 2_500, 1_000.0),
    InstrumentFact("SOL", "BTC", "0.0000001", "0.0001", "0.01", 3_000, 500.0),
    InstrumentFact("SOL", "ETH", "0.000001", "0.0001", "0.01", 3_000, 400.0),
    InstrumentFact("BTC", "USDC", "0.1", "0.00000001", "0.00001", 2_000, 1_500.0),
    InstrumentFact("ETH", "USDC", "0.01", "0.000001", "0.0001", 2_500, 1_200.0),
)

LIMIT_ORDER_USD_MAX = 20_000_000
MARKET_ORDER_USD_MAX = 1_000_000

CUSTOMER_NAMES = ("trader", "trader2")
"""Accounts for people, each its own master."""

CUSTOMER_FUNDS = {"USDT": 1_000_000, "BTC": 10, "ETH": 100, "QUIET": 10_000}
"""Whole units of each currency, in the trading account and as much again in the funding account."""

SIMULATOR_USD = 20_000_000.0
"""Worth of what a simulated trader is given of each currency it trades."""
