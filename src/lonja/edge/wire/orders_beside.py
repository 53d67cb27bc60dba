"""Rows of what stands beside orders: algo orders, conversions, repayments, prechecks, limits.

Why here: clients read the keys of rows that never appear from the reference. Invariant: every documented key is there.
"""

from typing import Final

from lonja.edge.wire.blank import blank

CLOSED_ROW: Final = blank("instId posSide clOrdId tag")
RATE_LIMIT_ROW: Final = blank("fillRatio mainFillRatio accRateLimit nextAccRateLimit ts")
PRECHECK_ROW: Final = blank(
    "adjEq adjEqChg imr imrChg mmr mmrChg mgnRatio mgnRatioChg availBal availBalChg liqPx liqPxDiff "
    "liqPxDiffRatio posBal posBalChg liab liabChg liabChgCcy type",
)
EASY_CONVERT_CURRENCIES_ROW: Final = blank("", fromData=[], toCcy=[])
EASY_CONVERT_ROW: Final = blank("status fromCcy toCcy fillFromSz fillToSz uTime")
EASY_CONVERTED_ROW: Final = blank("fromCcy fillFromSz toCcy fillToSz acct status uTime")
REPAY_CURRENCIES_ROW: Final = blank("debtType", debtData=[], repayData=[])
REPAY_ROW: Final = blank("status debtCcy repayCcy fillDebtSz fillRepaySz uTime")
REPAID_ROW: Final = blank("debtCcy fillDebtSz repayCcy fillRepaySz status uTime")
REPAY_CURRENCIES_V2_ROW: Final = blank("", debtData=[], repayData=[])
REPAY_V2_ROW: Final = blank("debtCcy ts", repayCcyList=[])
REPAID_V2_ROW: Final = blank("debtCcy fillDebtSz status ts", repayCcyList=[], ordIdInfo=[])
PLACE_ALGO_ROW: Final = blank("algoId clOrdId algoClOrdId sCode sMsg tag")
CANCEL_ALGO_ROW: Final = blank("algoId sCode sMsg clOrdId algoClOrdId tag")
AMEND_ALGO_ROW: Final = blank("algoId algoClOrdId reqId sCode sMsg")
ALGO_ROW: Final = blank(
    "instType instId ccy ordId algoId clOrdId sz closeFraction ordType side posSide tdMode tgtCcy state lever "
    "tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType slOrdPx triggerPx triggerPxType ordPx "
    "advanceOrdType actualSz actualPx tag actualSide triggerTime pxVar pxSpread szLimit pxLimit timeInterval "
    "callbackRatio callbackSpread activePx moveTriggerPx reduceOnly quickMgnType last failCode algoClOrdId "
    "amendPxOnTriggerType cTime uTime isTradeBorrowMode chaseType chaseVal maxChaseType maxChaseVal "
    "tradeQuoteCcy",
    ordIdList=[],
    attachAlgoOrds=[],
    linkedOrd={},
)
LISTED_ALGO_ROW: Final = {**ALGO_ROW, **blank("lmtOrderNumber aggressiveness", triggerParams=[])}
"""Lists tell a little more of an algo order than the question for one."""
