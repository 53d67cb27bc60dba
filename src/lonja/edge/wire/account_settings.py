"""Rows of settings, limits and what spot mode does not have: positions, loans, margin, greeks.

Why here: clients read the keys of rows that never appear from the reference. Invariant: every documented key is there.
"""

from typing import Final

from lonja.core.views import CollateralView, MarginView
from lonja.edge.wire.blank import OrNull, blank
from lonja.edge.wire.instruments import CurrencyForm, InstrumentForm
from lonja.primitives.money import format_scaled

UNMATCHED: Final = "1"
MATCHED: Final = "0"
"""Whether something stands in the way of another account mode."""
WITHOUT_LOAN: Final = "1"
"""The leverage of those who do not borrow."""

POSITION_ROW: Final = blank(
    "instType mgnMode posId posSide pos hedgedPos baseBal quoteBal baseBorrowed baseInterest quoteBorrowed "
    "quoteInterest posCcy availPos avgPx nonSettleAvgPx markPx upl uplRatio uplLastPx uplRatioLastPx instId "
    "lever liqPx imr margin mgnRatio mmr liab liabCcy interest tradeId optVal pendingCloseOrdLiabVal "
    "notionalUsd adl ccy last idxPx usdPx bePx deltaBS deltaPA gammaBS gammaPA thetaBS thetaPA vegaBS vegaPA "
    "spotInUseAmt spotInUseCcy clSpotInUseAmt maxSpotInUseAmt bizRefId bizRefType realizedPnl settledPnl pnl "
    "fee fundingFee liqPenalty cTime uTime",
    closeOrderAlgo=[],
)
CLOSED_POSITION_ROW: Final = blank(
    "instType instId mgnMode type cTime uTime openAvgPx nonSettleAvgPx closeAvgPx posId openMaxPos "
    "closeTotalPos realizedPnl settledPnl pnlRatio fee fundingFee liqPenalty pnl posSide lever direction "
    "triggerPx uly ccy",
)
RISK_ROW: Final = blank("ts adjEq", balData=[], posData=[])
MOVED_ROW: Final = blank("clientId blockTdId state ts fromAcct toAcct", legs=[])
MOVE_ROW: Final = blank("code msg blockTdId clientId state fromAcct toAcct ts", legs=[])
RATIO_SCALE: Final = 6
"""Decimals of margin ratios."""
WORTH_SCALE: Final = 8
"""Decimals of what an account in multi-currency mode is worth in USD."""
BUILDER_ROW: Final = blank(
    "eq totalMmr totalImr borrowMmr derivMmr marginRatio upl acctLever ts",
    assets=[],
    riskUnitData=[],
    positions=[],
)
SIMULATED_ROW: Final = blank("imr mmr mr1 mr2 mr3 mr4 mr5 mr6 mr7 riskUnit ts", posData=[])
GRAPH_ROW: Final = blank("type", mmrData=[])
PRECHECK_ROW: Final = blank(
    "sCode curAcctLv acctLv riskOffsetType",
    unmatchedInfoCheck=[],
    posList=[],
    posTierCheck=[],
    mgnBf=OrNull(acctAvailEq="", mgnRatio="", details=[]),
    mgnAft=OrNull(acctAvailEq="", mgnRatio="", details=[]),
)
INTEREST_LIMITS_ROW: Final = blank("debt interest nextDiscountTime nextInterestTime loanAlloc", records=[])
INTEREST_ROW: Final = blank("type ccy instId mgnMode interest interestRate liab totalLiab interestFreeLiab ts")
INTEREST_RATE_ROW: Final = blank("interestRate ccy")
BORROWED_ROW: Final = blank("ccy type amt accBorrowed ts")
GREEKS_ROW: Final = blank("deltaBS deltaPA gammaBS gammaPA thetaBS thetaPA vegaBS vegaPA ccy ts")
TIER_ROW: Final = blank("uly instFamily maxSz posType")
COLLATERAL_ROW: Final = blank("ccy", collateralEnabled=False)
SET_COLLATERAL_ROW: Final = blank("type", collateralEnabled=False, ccyList=[])
PROTECTION_ROW: Final = blank("instFamily mmpFrozenUntil timeInterval frozenInterval qtyLimit", mmpFrozen=False)
SET_PROTECTION_ROW: Final = blank("instFamily timeInterval frozenInterval qtyLimit")
MAX_SIZE_ROW: Final = blank("instId ccy maxBuy maxSell")
MAX_AVAILABLE_ROW: Final = blank("instId availBuy availSell")
MAX_WITHDRAWAL_ROW: Final = blank("ccy maxWd maxWdEx spotOffsetMaxWd spotOffsetMaxWdEx")
MAX_LOAN_ROW: Final = blank("instId mgnMode mgnCcy maxLoan ccy side")
LEVERAGE_ROW: Final = blank("instId ccy mgnMode posSide lever")
SET_LEVERAGE_ROW: Final = blank("lever mgnMode instId posSide")
LEVERAGE_ESTIMATE_ROW: Final = blank(
    "estAvailQuoteTrans estAvailTrans estLiqPx estMgn estQuoteMgn estMaxAmt estQuoteMaxAmt maxLever minLever",
    existOrd=False,
)
MARGIN_ROW: Final = blank("instId posSide amt type leverage ccy")
BILL_TYPE_ROW: Final = blank("type typeDesc", subTypeDetails=[])
ARCHIVE_ROW: Final = blank("fileHref ts state")
APPLICATION_ROW: Final = blank("result ts")
BORROW_ROW: Final = blank("ccy side amt")
PRESET_ROW: Final = blank("curAcctLv acctLv lever riskOffsetType")
RISK_STATE_ROW: Final = blank("ts", atRisk=False, atRiskIdx=[], atRiskMgn=[])
AUTO_EARN_ROW: Final = blank("earnType ccy action apr")
RISK_OFFSET_ROW: Final = blank("ccy clSpotInUseAmt")
TRADING_CONFIG_ROW: Final = blank("type stgyType")
DEMO_ROW: Final = blank("remainCnt totalCnt", details=[])

POSITION_MODE_ROW: Final = blank("posMode")
SETTLE_CURRENCY_ROW: Final = blank("settleCcy")


def max_size_row(form: InstrumentForm, buy: int, sell: int) -> dict[str, object]:
    """The largest order each way, in lots."""
    row = {"instId": form.instrument_id, "ccy": form.settle.name if form.is_contract else ""}
    return {**row, "maxBuy": form.size_text(buy), "maxSell": form.size_text(sell)}


def max_available_row(form: InstrumentForm, quote: int, base: int) -> dict[str, object]:
    """What can be spent each way."""
    return {"instId": form.instrument_id, "availBuy": form.quote.text(quote), "availSell": form.base.text(base)}


def margin_available_row(form: InstrumentForm, amount: int) -> dict[str, object]:
    """What can be used as margin, either way."""
    text = form.settle.text(amount)
    return {"instId": form.instrument_id, "availBuy": text, "availSell": text}


def max_loan_row(
    instrument_id: str, margin_mode: str, margin_currency: str, currency: str, side: str, most: str
) -> dict[str, object]:
    """How much of ``currency`` can be borrowed."""
    row = {"instId": instrument_id, "mgnMode": margin_mode, "mgnCcy": margin_currency, "maxLoan": most}
    return {**row, "ccy": currency, "side": side}


def preset_row(present: str, mode: str, leverage: str, risk_offset: str) -> dict[str, object]:
    """What is prepared for another account mode."""
    return {"curAcctLv": present, "acctLv": mode, "lever": leverage, "riskOffsetType": risk_offset}


def precheck_row(present: str, mode: str, blocks: list[dict[str, object]]) -> dict[str, object]:
    """What stands in the way of another account mode; margins are told where nothing does, and null where something does."""
    row = {**PRECHECK_ROW, "sCode": UNMATCHED if blocks else MATCHED, "curAcctLv": present, "acctLv": mode}
    return {**row, "unmatchedInfoCheck": blocks, "mgnBf": None, "mgnAft": None}


def block_row(kind: str, positions: list[str]) -> dict[str, object]:
    """One reason against another account mode."""
    return {"type": kind, "totalAsset": "", "posList": positions}


def mode_margins(details: list[dict[str, str]]) -> dict[str, object]:
    """What is available under a mode, by currency."""
    return {"acctAvailEq": "", "mgnRatio": "", "details": details}


def pool_margins(collateral: CollateralView) -> dict[str, object]:
    """What is available in multi-currency mode, in USD."""
    ratio = format_scaled(collateral.ratio_ppm, RATIO_SCALE) if collateral.maintenance_margin else ""
    return {**worth_margins(collateral.free), "mgnRatio": ratio}


def worth_margins(free: int) -> dict[str, object]:
    """What is available in that mode while nothing is owed and no position held; ``free`` in 10**-8 US dollars."""
    return {**mode_margins([]), "acctAvailEq": format_scaled(max(free, 0), WORTH_SCALE)}


def mode_margin_row(currency: CurrencyForm, margin: MarginView) -> dict[str, str]:
    """What is available of a currency in futures mode."""
    ratio = format_scaled(margin.ratio_ppm, RATIO_SCALE) if margin.maintenance_margin else ""
    return {"ccy": currency.name, "availEq": currency.text(max(margin.free, 0)), "mgnRatio": ratio}


def set_leverage_row(
    instrument_id: str, margin_mode: str, position_side: str, leverage: str = WITHOUT_LOAN
) -> dict[str, object]:
    """The leverage as it is now."""
    row = {"lever": leverage, "mgnMode": margin_mode, "instId": instrument_id}
    return {**row, "posSide": position_side}


def leverage_row(
    margin_mode: str,
    instrument_id: str = "",
    currency: str = "",
    position_side: str = "net",
    leverage: str = WITHOUT_LOAN,
) -> dict[str, object]:
    """The leverage of an instrument or a currency."""
    row = {"instId": instrument_id, "ccy": currency, "mgnMode": margin_mode}
    return {**row, "posSide": position_side, "lever": leverage}


def margin_row(form: InstrumentForm, position_side: str, change: str, amount: int, leverage: str) -> dict[str, object]:
    """A change of the margin of a position, and the leverage that it comes to."""
    row = {"instId": form.instrument_id, "posSide": position_side, "amt": form.settle.text(amount), "type": change}
    return {**row, "leverage": leverage, "ccy": form.settle.name}


def estimate_row(has_orders: bool, leverages: tuple[str, str], largest: str) -> dict[str, object]:
    """What another leverage allows; ``leverages`` are the least and the most."""
    row = {**LEVERAGE_ESTIMATE_ROW, "existOrd": has_orders, "estMaxAmt": largest}
    return {**row, "minLever": leverages[0], "maxLever": leverages[1], **position_estimate("0", "0", "")}


def position_estimate(margin: str, removable: str, liquidation_price: str) -> dict[str, object]:
    """What another leverage would change of a position."""
    return {"estMgn": margin, "estAvailTrans": removable, "estLiqPx": liquidation_price}
