"""Public data about contracts, and about options, loans, blocks, spreads and events, of which there are none yet."""

from typing import Final

from lonja.edge.rest import contract_terms as terms
from lonja.edge.rest import funding, loans, risk, unlisted
from lonja.edge.rest.closed import refused
from lonja.edge.rest.contract_terms import DERIVATIVES
from lonja.edge.rest.operation import Operation, open_operation, per_family, per_instrument, per_instrument_type
from lonja.edge.rest.unlisted import nothing, of_instrument, of_type
from lonja.edge.wire import contracts as wire
from lonja.edge.wire import requests
from lonja.edge.wire import requests_market as asked

_FUNDING: Final = (
    open_operation(
        "/public/funding-rate",
        (10, 2.0),
        requests.OneInstrument,
        funding.funding_rate,
        wire.FUNDING_RATE_ROW,
        per_instrument,
    ),
    open_operation(
        "/public/funding-rate-history",
        (10, 2.0),
        asked.OfInstrumentPaged,
        funding.funding_history,
        wire.PAST_FUNDING_ROW,
        per_instrument,
    ),
    open_operation(
        "/public/premium-history", (20, 2.0), asked.OfInstrumentPaged, funding.premium_history, wire.PREMIUM_ROW
    ),
    open_operation(
        "/public/estimated-settlement-info",
        (10, 2.0),
        requests.OneInstrument,
        funding.settlement_time,
        wire.ESTIMATED_SETTLEMENT_ROW,
        per_instrument,
    ),
    open_operation(
        "/public/settlement-history",
        (40, 2.0),
        asked.OfFamilyPaged,
        funding.settlements,
        wire.SETTLEMENT_ROW,
        per_family,
    ),
)
_TERMS: Final = (
    open_operation(
        "/public/estimated-price",
        (10, 2.0),
        requests.OneInstrument,
        terms.estimated_price,
        wire.ESTIMATED_PRICE_ROW,
        per_instrument,
    ),
    open_operation(
        "/public/delivery-exercise-history",
        (40, 2.0),
        asked.Deliveries,
        terms.deliveries,
        wire.DELIVERY_ROW,
        per_instrument_type,
    ),
    open_operation(
        "/public/open-interest", (20, 2.0), asked.OfType, terms.open_interest, wire.OPEN_INTEREST_ROW, per_instrument
    ),
    open_operation("/public/underlying", (20, 2.0), asked.OfType, terms.underlying, ("uly",)),
    open_operation(
        "/public/position-tiers", (10, 2.0), asked.PositionTiers, terms.position_tiers, wire.POSITION_TIER_ROW
    ),
    open_operation(
        "/public/convert-contract-coin", (10, 2.0), asked.ConvertUnits, terms.convert_units, wire.CONVERTED_UNITS_ROW
    ),
    open_operation(
        "/public/insurance-fund", (10, 2.0), asked.InsuranceFund, risk.insurance_fund, wire.INSURANCE_FUND_ROW
    ),
    open_operation(
        "/public/liquidation-orders", (40, 2.0), asked.Liquidations, risk.liquidations, wire.LIQUIDATION_ROW
    ),
)
_OPTIONS: Final = (
    open_operation(
        "/public/opt-summary", (20, 2.0), asked.OptionSummary, unlisted.option_summary, wire.OPTION_SUMMARY_ROW
    ),
    open_operation(
        "/public/option-trades", (20, 2.0), asked.OptionTrades, unlisted.option_trades, wire.OPTION_TRADE_ROW
    ),
    open_operation(
        "/market/option/instrument-family-trades",
        (20, 2.0),
        asked.OfFamily,
        nothing("The last trades of a family of options: none."),
        wire.FAMILY_TRADES_ROW,
    ),
    open_operation(
        "/public/instrument-tick-bands",
        (5, 2.0),
        asked.OfType,
        of_type("Ticks of options by their price: there are none.", "OPTION"),
        wire.TICK_BANDS_ROW,
    ),
)
_LOANS: Final = (
    open_operation(
        "/public/discount-rate-interest-free-quota",
        (2, 2.0),
        asked.DiscountRates,
        loans.discount_rates,
        wire.DISCOUNT_ROW,
    ),
    open_operation(
        "/public/interest-rate-loan-quota", (2, 2.0), requests.Request, loans.loan_quotas, wire.LOAN_QUOTA_ROW
    ),
    open_operation(
        "/public/vip-interest-rate-loan-quota",
        (2, 2.0),
        requests.Request,
        loans.level_quotas,
        wire.VIP_LOAN_QUOTA_ROW,
    ),
    open_operation(
        "/public/delta-hedge-currencies",
        (5, 2.0),
        requests.Request,
        nothing("Currencies that hedge positions: none."),
        {},
    ),
)
_BLOCKS_AND_SPREADS: Final = (
    open_operation(
        "/market/block-tickers",
        (20, 2.0),
        asked.OfType,
        of_type("What was traded in blocks in 24 hours, by type: nothing.", "SPOT", *DERIVATIVES),
        wire.BLOCK_TICKER_ROW,
    ),
    open_operation(
        "/market/block-ticker",
        (20, 2.0),
        requests.OneInstrument,
        of_instrument("What was traded in blocks in 24 hours: nothing."),
        wire.BLOCK_TICKER_ROW,
    ),
    open_operation(
        "/public/block-trades",
        (20, 2.0),
        requests.OneInstrument,
        of_instrument("The last trades in blocks: none."),
        wire.BLOCK_TRADE_ROW,
    ),
    open_operation(
        "/market/block-trades",
        (20, 2.0),
        requests.OneInstrument,
        of_instrument("The last trades in blocks: none."),
        wire.BLOCK_TRADE_ROW,
    ),
    open_operation("/market/sprd-ticker", (20, 2.0), asked.OneSpread, unlisted.spread, wire.SPREAD_TICKER_ROW),
    open_operation(
        "/market/sprd-candles", (40, 2.0), asked.SpreadCandles, unlisted.spread_candles, wire.SPREAD_CANDLE_COLUMNS
    ),
    open_operation(
        "/market/sprd-history-candles",
        (20, 2.0),
        asked.SpreadCandles,
        unlisted.spread_candles,
        wire.SPREAD_CANDLE_COLUMNS,
    ),
)
_OTHERS: Final = (
    open_operation(
        "/market/call-auction-details",
        (20, 2.0),
        requests.OneInstrument,
        of_instrument("The auction in which an instrument opens: there is none."),
        wire.AUCTION_ROW,
    ),
    open_operation(
        "/market/call-auction-detail",
        (20, 2.0),
        requests.OneInstrument,
        of_instrument("The auction in which an instrument opens: there is none."),
        wire.AUCTION_ROW,
    ),
    open_operation(
        "/market/open-oracle",
        (1, 5.0),
        requests.Request,
        refused("Prices signed for other chains: not offered yet.", "50062", "The price oracle"),
        {},
    ),
    open_operation(
        "/public/mm-instrument-types",
        (5, 2.0),
        requests.Request,
        nothing("Types of instruments for market makers: none."),
        {},
    ),
    open_operation("/public/economic-calendar", (1, 5.0), asked.Calendar, unlisted.calendar, wire.CALENDAR_ROW),
    open_operation("/public/market-data-history", (5, 2.0), asked.DataFiles, unlisted.data_files, wire.DATA_FILES_ROW),
    open_operation(
        "/public/event-contract/series",
        (10, 2.0),
        asked.EventSeries,
        nothing("Series of events that contracts are about: none."),
        wire.EVENT_SERIES_ROW,
    ),
    open_operation("/public/event-contract/events", (10, 2.0), asked.Events, unlisted.events, wire.EVENT_ROW),
    open_operation(
        "/public/event-contract/markets", (10, 2.0), asked.EventMarkets, unlisted.event_markets, wire.EVENT_MARKET_ROW
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    *_FUNDING,
    *_TERMS,
    *_OPTIONS,
    *_LOANS,
    *_BLOCKS_AND_SPREADS,
    *_OTHERS,
)
