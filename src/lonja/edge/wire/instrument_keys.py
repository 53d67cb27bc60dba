"""Every documented key of an instrument's rows, empty.

Why here: clients look keys up without asking whether they are there, so each row begins as a copy of these.
"""

from typing import Final

_SHARED: Final[dict[str, object]] = {
    **dict.fromkeys(("instType", "seriesId", "instId", "uly", "groupId", "instFamily"), ""),
    **dict.fromkeys(("baseCcy", "quoteCcy", "settleCcy", "ctVal", "ctMult", "ctValCcy", "optType", "stk"), ""),
    **dict.fromkeys(("listTime", "auctionEndTime", "contTdSwTime", "preMktSwTime", "openType", "expTime"), ""),
    **dict.fromkeys(("lever", "tickSz", "lotSz", "minSz", "ctType", "state", "ruleType"), ""),
    **dict.fromkeys(("maxLmtSz", "maxMktSz", "maxLmtAmt", "maxMktAmt", "maxTwapSz", "maxIcebergSz"), ""),
    **dict.fromkeys(("maxTriggerSz", "maxStopSz", "instCategory"), ""),
    "futureSettlement": False,
    "tradeQuoteCcyList": [],
    "instIdCode": 0,
    "upcChg": [],
}
PUBLIC_ROW: Final[dict[str, object]] = {**_SHARED, "category": "", "alias": ""}
"""Every key of a row of public instruments."""
ACCOUNT_ROW: Final[dict[str, object]] = {
    **_SHARED,
    **dict.fromkeys(("elp", "posLmtAmt", "posLmtPct", "maxPlatOILmt", "maxPlatOICoinLmt"), ""),
    **dict.fromkeys(("longPosRemainingQuota", "shortPosRemainingQuota"), ""),
}
"""Every key of a row of the instruments of an account."""
