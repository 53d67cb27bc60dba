"""The keys of rows about contracts, and about options, loans, blocks and spreads, which do not exist yet.

Why here: clients read the keys of rows that never appear from the reference. Invariant: every documented key is there.
"""

from typing import Final

from lonja.edge.wire.blank import blank

ESTIMATED_PRICE_ROW: Final = blank("instType instId settlePx ts")
DELIVERY_ROW: Final = blank("ts", details=[blank("insId px type")])
ESTIMATED_SETTLEMENT_ROW: Final = blank("instId nextSettleTime estSettlePx ts")
SETTLEMENT_ROW: Final = blank("ts", details=[blank("instId settlePx")])
FUNDING_RATE_ROW: Final = blank(
    "instType instId method formulaType fundingRate nextFundingRate fundingTime nextFundingTime minFundingRate "
    "maxFundingRate interestRate impactValue settState settFundingRate premium ts"
)
PAST_FUNDING_ROW: Final = blank("instType instId formulaType fundingRate realizedRate fundingTime method")
PREMIUM_ROW: Final = blank("instId premium ts")
OPEN_INTEREST_ROW: Final = blank("instType instId oi oiCcy oiUsd ts")
OPTION_SUMMARY_ROW: Final = blank(
    "instType instId uly delta gamma vega theta deltaBS gammaBS vegaBS thetaBS lever markVol bidVol askVol realVol "
    "volLv fwdPx ts"
)
OPTION_TRADE_ROW: Final = blank("instId instFamily tradeId px sz side optType fillVol fwdPx idxPx markPx ts")
FAMILY_TRADES_ROW: Final = blank("vol24h optType", tradeInfo=[blank("instId tradeId px sz side ts")])
DISCOUNT_ROW: Final = blank(
    "ccy colRes amt discountLv minDiscountRate",
    collateralRestrict=False,
    details=[blank("discountRate maxAmt minAmt tier liqPenaltyRate disCcyEq")],
)
POSITION_TIER_ROW: Final = blank(
    "uly instFamily instId tier minSz maxSz mmr imr maxLever optMgnFactor quoteMaxLoan baseMaxLoan"
)
LOAN_QUOTA_ROW: Final = blank("", basic=[], vip=[], regular=[], configCcyList=[], config=[])
VIP_LOAN_QUOTA_ROW: Final = blank("ccy rate", levelList=[blank("level loanQuota")])
FUND_DETAIL: Final = blank("balance amt ccy type maxBal maxBalTs decRate adlType ts")
INSURANCE_FUND_ROW: Final = blank("total instFamily instType", details=[FUND_DETAIL])
CONVERTED_UNITS_ROW: Final = blank("type instId px sz unit")
TICK_BANDS_ROW: Final = blank("instType instFamily", tickBand=[blank("minPx maxPx tickSz")])
CALENDAR_ROW: Final = blank(
    "calendarId date region category event refDate actual previous forecast dateSpan importance uTime prevInitial ccy "
    "unit"
)
DATA_FILES_ROW: Final = blank("ts totalSizeMB dateAggrType", details=[])
EVENT_SERIES_ROW: Final = blank("seriesId freq title category", settlement={})
EVENT_ROW: Final = blank("seriesId eventId fixTime expTime state")
EVENT_MARKET_ROW: Final = blank(
    "seriesId eventId instId listTime fixTime expTime state outcome floorStrike settleValue", disputed=False
)
AUCTION_ROW: Final = blank("instId eqPx matchedSz unmatchedSz auctionEndTime state ts")
BLOCK_TICKER_ROW: Final = blank("instId instType volCcy24h vol24h ts")
BLOCK_TRADE_ROW: Final = blank("instId tradeId px sz side fillVol fwdPx idxPx markPx groupId ts")
LIQUIDATION_ROW: Final = blank("instType instId uly totalLoss", details=[blank("side posSide bkPx sz bkLoss ccy ts")])
SPREAD_TICKER_ROW: Final = blank("sprdId last lastSz askPx askSz bidPx bidSz open24h high24h low24h vol24h ts")
SPREAD_CANDLE_COLUMNS: Final = ("ts", "o", "h", "l", "c", "vol", "confirm")
