"""What happened to positions and Security Funds, in the words in which a run tells its counts at the end.

Why here: a simulation that never gets to a liquidation proves nothing about it, so what came about is counted from the
events and a test asks for it.
"""

from collections import Counter
from itertools import pairwise

from lonja.core import algo_events as ae
from lonja.core import collateral_events as ce
from lonja.core import events as e
from lonja.core import margin_events as me
from lonja.core.kinds import CancelReason, FundCause, PositionCause

FACTS = (
    "storms",
    "leaps of time",
    "positions opened",
    "turned round",
    "margin adjusted",
    "leverage changed",
    "reduce-only orders ended with their position",
    "resting orders that were uncovered",
    "algo orders of contracts fired",
    "funding settled",
    "deliveries",
    "margin warnings",
    "liquidations",
    "liquidations of a part",
    "funds gained",
    "funds lost",
    "funds traded",
    "positions deleveraged",
    "losses covered by funds",
)
"""All of them; every one is to come about in a run of a few seeds."""
FACTS_OF_COLLATERAL = (
    "loans changed",
    "interest charged",
    "accounts warned",
    "collateral taken",
    "debts covered",
    "cross pockets taken over",
)
"""Rarer ones, of accounts that stand on all their currencies: they come about in a run of many seeds."""
_BY_TYPE: dict[type[e.Event], str] = {
    e.FundingSettled: "funding settled",
    e.ContractDelivered: "deliveries",
    e.MarginWarned: "margin warnings",
    e.PositionTakenOver: "liquidations",
    ce.LoanChanged: "loans changed",
    ce.InterestAccrued: "interest charged",
    ce.AccountWarned: "accounts warned",
    ce.CollateralTaken: "collateral taken",
    ce.DebtCovered: "debts covered",
    me.PocketTakenOver: "cross pockets taken over",
}
_BY_CAUSE = {
    PositionCause.MARGIN_ADJUSTED: "margin adjusted",
    PositionCause.LEVERAGE_CHANGED: "leverage changed",
    PositionCause.DELEVERAGED: "positions deleveraged",
    PositionCause.COVERED: "losses covered by funds",
}
_BY_REASON = {
    CancelReason.NOTHING_TO_REDUCE: "reduce-only orders ended with their position",
    CancelReason.UNCOVERED: "resting orders that were uncovered",
}


def facts_of(events: list[e.Event], contracts: set[int], funds: set[int]) -> Counter[str]:
    """What the events of one command tell. ``contracts`` are the codes of contracts, ``funds`` the funds' accounts."""
    found = Counter(_BY_TYPE[type(event)] for event in events if type(event) in _BY_TYPE)
    for event in events:
        if isinstance(event, e.PositionChanged):
            found += _facts_of_change(event, funds)
        elif isinstance(event, e.OrderCanceled) and event.reason in _BY_REASON:
            found[_BY_REASON[CancelReason(event.reason)]] += 1
        elif isinstance(event, e.FundChanged) and event.cause == FundCause.LIQUIDATION:
            found["funds gained" if event.amount >= 0 else "funds lost"] += 1
        elif isinstance(event, e.Filled) and event.account in funds:
            found["funds traded"] += 1
        elif isinstance(event, ae.AlgoTriggered) and event.instrument in contracts:
            found["algo orders of contracts fired"] += 1
    changes = [event for event in events if isinstance(event, e.PositionChanged)]
    for before, after in pairwise(changes):
        same = before[2:6] == after[2:6] and before.order_id == after.order_id
        found["turned round"] += int(same and before.lots == 0 and after.lots != 0)
    return +found


def _facts_of_change(event: e.PositionChanged, funds: set[int]) -> Counter[str]:
    """The same of one change of a position."""
    found: Counter[str] = Counter()
    if event.cause in _BY_CAUSE and event.account not in funds:
        found[_BY_CAUSE[PositionCause(event.cause)]] += 1
    found["positions opened"] += int(event.life == event.sequence)
    found["liquidations of a part"] += int(event.cause == PositionCause.LIQUIDATED and event.lots != 0)
    return found
