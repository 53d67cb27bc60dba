"""Pushes of balances and positions by cause.

Why here: their keys are the wire's. Invariant: each cause for which a position may change has a name.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final

import msgspec

from lonja.core.kinds import PositionCause
from lonja.core.views import BalanceView
from lonja.edge.wire.instruments import Catalogue, trade_id_text


class CashCause(Enum):
    """Why balances are told; the values are the wire's."""

    SNAPSHOT = "snapshot"
    FILLED = "filled"
    TRANSFERRED = "transferred"
    LIQUIDATED = "liquidation"
    DELEVERAGED = "adl"
    FUNDING = "funding_fee"
    LEVERAGE_CHANGED = "set_leverage"
    MARGIN_ADJUSTED = "adjust_margin"
    DELIVERED = "delivered"
    COVERED = "claw_back"


CAUSES: Final[dict[int, CashCause]] = {
    PositionCause.FILLED: CashCause.FILLED,
    PositionCause.MARGIN_ADJUSTED: CashCause.MARGIN_ADJUSTED,
    PositionCause.LEVERAGE_CHANGED: CashCause.LEVERAGE_CHANGED,
    PositionCause.LIQUIDATED: CashCause.LIQUIDATED,
    PositionCause.DELEVERAGED: CashCause.DELEVERAGED,
    PositionCause.FUNDING: CashCause.FUNDING,
    PositionCause.DELIVERED: CashCause.DELIVERED,
    PositionCause.COVERED: CashCause.COVERED,
}
"""Why a balance and a position are told, by why the position changed."""


def cash_row(
    catalogue: Catalogue,
    cause: CashCause,
    balances: Iterable[BalanceView],
    positions: Sequence[Mapping[str, object]],
    trades: Iterable[tuple[int, int]],
    now_ms: int,
) -> dict[str, object]:
    """The row of ``balances`` and ``positions`` that changed by ``cause``; ``trades`` are pairs of instrument and trade number."""
    return {
        "pTime": str(now_ms),
        "eventType": cause.value,
        "balData": [_balance(catalogue, view) for view in balances],
        "posData": positions,
        "trades": [
            {"instId": catalogue.at(instrument).instrument_id, "tradeId": trade_id_text(trade_id)}
            for instrument, trade_id in trades
        ],
    }


def cash_push(head: bytes, row: Mapping[str, object]) -> bytes:
    """The push of ``row`` to the subscription with ``head``."""
    return head + b',"data":[' + msgspec.json.encode(row) + b"]}"


def _balance(catalogue: Catalogue, view: BalanceView) -> dict[str, str]:
    currency = catalogue.currency(view.currency)
    return {"ccy": currency.name, "cashBal": currency.text(view.cash), "uTime": str(view.updated_time_ms)}
