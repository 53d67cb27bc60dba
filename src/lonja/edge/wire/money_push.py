"""Pushes of balances by cause.

Why here: their keys are the wire's. Invariant: positions stay an empty list as long as no account can have any.
"""

from collections.abc import Iterable, Mapping
from enum import Enum

import msgspec

from lonja.core.views import BalanceView
from lonja.edge.wire.instruments import Catalogue, trade_id_text


class CashCause(Enum):
    """Why balances are told; the values are the wire's."""

    SNAPSHOT = "snapshot"
    FILLED = "filled"
    TRANSFERRED = "transferred"


def cash_row(
    catalogue: Catalogue,
    cause: CashCause,
    balances: Iterable[BalanceView],
    trades: Iterable[tuple[int, int]],
    now_ms: int,
) -> dict[str, object]:
    """The row of ``balances`` that changed by ``cause``; ``trades`` are pairs of instrument and trade number."""
    return {
        "pTime": str(now_ms),
        "eventType": cause.value,
        "balData": [_balance(catalogue, view) for view in balances],
        "posData": [],
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
