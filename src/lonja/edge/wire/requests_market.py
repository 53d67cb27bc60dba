"""The parameters of public operations beside those of prices and books: statistics, contracts, options, announcements.

Why here: most of them name what does not exist yet, and all are checked. The same rules hold as in ``requests``.
"""

from typing import Final

from lonja.edge.wire.requests import WIRE_NAMES, Candles, OneInstrument, Paged, Request

NAMES: Final[dict[str, str]] = {
    **WIRE_NAMES,
    "quote_currency": "quoteCcy",
    "paging": "type",
    "kind": "type",
    "expiry": "expTime",
    "option_type": "optType",
    "discount_level": "discountLv",
    "operation_type": "opType",
    "instrument_ids": "instIdList",
    "families": "instFamilyList",
    "grouping": "dateAggrType",
    "series_id": "seriesId",
    "event_id": "eventId",
    "spread_id": "sprdId",
    "announcement_type": "annType",
}


class _Request(Request, frozen=True, kw_only=True, rename=NAMES.get):
    """No parameters."""


class _Paged(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """A page."""


class IndexTickers(_Request, frozen=True, kw_only=True):
    """One index, or all indices of a quote currency; at least one of both must be given."""

    quote_currency: str = ""
    instrument_id: str = ""


class MarkPrices(_Request, frozen=True, kw_only=True):
    """Instruments of a type, or one instrument; without either, all of them."""

    instrument_type: str = ""
    instrument_family: str = ""
    uly: str = ""
    instrument_id: str = ""


class IndexCandles(Candles, frozen=True, kw_only=True):
    """One index and the bar, of at least a minute; ``after`` and ``before`` are opening times in milliseconds."""


class IndexComponents(_Request, frozen=True, kw_only=True):
    """One index."""

    index: str


class TradeHistory(OneInstrument, frozen=True, kw_only=True, rename=NAMES.get):
    """One instrument. ``after`` is a trade id, or with ``type`` 2 a time in milliseconds; ``before`` is a trade id."""

    paging: str = ""
    after: str = ""
    before: str = ""
    limit: str = ""


class BinaryBook(_Request, frozen=True, kw_only=True):
    """One instrument by its number, and which binary book of it."""

    instrument_code: str
    source: str


class OfType(_Request, frozen=True, kw_only=True):
    """A type of instruments, and which of it."""

    instrument_type: str
    instrument_family: str = ""
    uly: str = ""
    instrument_id: str = ""


class OfFamily(_Request, frozen=True, kw_only=True):
    """A family of contracts."""

    instrument_family: str


class OfFamilyPaged(_Paged, frozen=True, kw_only=True):
    """A family of contracts; ``after`` and ``before`` are times in milliseconds."""

    instrument_family: str


class OfInstrumentPaged(_Paged, frozen=True, kw_only=True):
    """One instrument; ``after`` and ``before`` are times in milliseconds."""

    instrument_id: str


class Deliveries(_Paged, frozen=True, kw_only=True):
    """A family of contracts that end, by its name or that of its underlying; pages end at times in milliseconds."""

    instrument_type: str
    instrument_family: str = ""
    uly: str = ""


class OptionSummary(_Request, frozen=True, kw_only=True):
    """A family of options, by its name or that of its underlying, and when they end."""

    instrument_family: str = ""
    uly: str = ""
    expiry: str = ""


class OptionTrades(_Request, frozen=True, kw_only=True):
    """One option or a family of them."""

    instrument_id: str = ""
    instrument_family: str = ""
    option_type: str = ""


class DiscountRates(_Request, frozen=True, kw_only=True):
    """One currency, or those of a level."""

    currency: str = ""
    discount_level: str = ""


class PositionTiers(OfType, frozen=True, kw_only=True):
    """Instruments, currencies or families of a type; which of these, depends on the type."""

    trade_mode: str
    currency: str = ""
    tier: str = ""


class InsuranceFund(_Paged, frozen=True, kw_only=True):
    """The fund of a family or of a currency; ``after`` and ``before`` are times in milliseconds."""

    instrument_type: str
    kind: str = ""
    instrument_family: str = ""
    uly: str = ""
    currency: str = ""


class ConvertUnits(_Request, frozen=True, kw_only=True):
    """A size of a contract to turn into coins (``type`` 1) or contracts (2)."""

    instrument_id: str
    size: str
    kind: str = ""
    price: str = ""
    unit: str = ""
    operation_type: str = ""


class Calendar(_Paged, frozen=True, kw_only=True):
    """Where and how important; ``after`` and ``before`` are times in milliseconds."""

    region: str = ""
    importance: str = ""


class DataFiles(_Request, frozen=True, kw_only=True):
    """Which kind of data, of which instruments, in files of a day or a month."""

    module: str
    instrument_type: str
    grouping: str
    begin: str
    end: str
    instrument_ids: str = ""
    families: str = ""


class EventSeries(_Request, frozen=True, kw_only=True):
    """One series, or all."""

    series_id: str = ""


class Events(_Paged, frozen=True, kw_only=True):
    """Events of a series; ``after`` and ``before`` are times in milliseconds."""

    series_id: str
    event_id: str = ""
    state: str = ""


class EventMarkets(Events, frozen=True, kw_only=True):
    """Markets of an event; ``after`` and ``before`` are times in milliseconds."""

    instrument_id: str = ""


class OneSpread(_Request, frozen=True, kw_only=True):
    """One spread."""

    spread_id: str


class SpreadCandles(_Paged, frozen=True, kw_only=True):
    """One spread and the bar; ``after`` and ``before`` are opening times in milliseconds."""

    spread_id: str
    bar: str = ""


class Liquidations(_Paged, frozen=True, kw_only=True):
    """Orders that closed positions by force; ``after`` and ``before`` are times in milliseconds."""

    instrument_type: str
    margin_mode: str = ""
    instrument_id: str = ""
    currency: str = ""
    instrument_family: str = ""
    uly: str = ""
    state: str = ""


class TakerVolume(_Request, frozen=True, kw_only=True):
    """A currency, traded on spot or as contracts, and periods of ``5m``, ``1H`` or ``1D``."""

    currency: str
    instrument_type: str
    begin: str = ""
    end: str = ""
    period: str = ""


class OfCurrency(_Request, frozen=True, kw_only=True):
    """A currency, and periods of ``5m``, ``1H`` or ``1D``."""

    currency: str
    begin: str = ""
    end: str = ""
    period: str = ""


class OptionsOfCurrency(_Request, frozen=True, kw_only=True):
    """A currency, and periods of ``8H`` or ``1D``."""

    currency: str
    period: str = ""


class StrikesOfCurrency(OptionsOfCurrency, frozen=True, kw_only=True):
    """A currency and a day on which options end, and periods of ``8H`` or ``1D``."""

    expiry: str


class OfContract(_Request, frozen=True, kw_only=True):
    """One contract and a period between ``5m`` and ``3M``."""

    instrument_id: str
    period: str = ""
    begin: str = ""
    end: str = ""
    limit: str = ""


class ContractVolume(OfContract, frozen=True, kw_only=True):
    """One contract, a period between ``5m`` and ``3M``, and whether in coins (0), contracts (1) or USD (2)."""

    unit: str = ""


class Announcements(_Request, frozen=True, kw_only=True):
    """Which kind of announcements, and which page of them."""

    announcement_type: str = ""
    page: str = ""
