"""The answers to operations on algo orders: one row per algo order, accepted or refused.

Why here: as ``order_answers``. Invariant: every documented key is present.
"""

from typing import Final

from lonja.edge.errors import OK, EdgeError
from lonja.edge.wire.orders_beside import AMEND_ALGO_ROW, CANCEL_ALGO_ROW, PLACE_ALGO_ROW
from lonja.edge.wire.requests_trade import AmendAlgo, CancelAlgo, PlaceAlgo

Row = dict[str, object]
WHOLE_REQUEST_CODES: Final = ("50011", "50014")
"""Refusals that are told at the top of the answer, not in a row."""


def placed_algo(algo_id: int, client_algo_id: str, tag: str) -> Row:
    """The row of an algo order that was placed."""
    return PLACE_ALGO_ROW | {"algoId": str(algo_id), "algoClOrdId": client_algo_id, "tag": tag, "sCode": OK}


def canceled_algo(algo_id: int, client_algo_id: str, tag: str) -> Row:
    """The row of an algo order that was canceled."""
    return CANCEL_ALGO_ROW | {"algoId": str(algo_id), "algoClOrdId": client_algo_id, "tag": tag, "sCode": OK}


def amended_algo(algo_id: int, client_algo_id: str, request_id: str) -> Row:
    """The row of an algo order that was amended."""
    named = {"algoId": str(algo_id), "algoClOrdId": client_algo_id, "reqId": request_id}
    return AMEND_ALGO_ROW | named | {"sCode": OK}


def refused_algo(request: PlaceAlgo | CancelAlgo | AmendAlgo, error: EdgeError) -> Row:
    """The row of a request that was refused; it repeats what the client named. Raises ``error`` if it concerns all."""
    if error.code in WHOLE_REQUEST_CODES:
        raise error
    told: Row = {"algoClOrdId": request.client_algo_id, "sCode": error.code, "sMsg": error.message}
    if isinstance(request, PlaceAlgo):
        return PLACE_ALGO_ROW | told | {"tag": request.tag}
    if isinstance(request, CancelAlgo):
        return CANCEL_ALGO_ROW | told | {"algoId": request.algo_id}
    return AMEND_ALGO_ROW | told | {"algoId": request.algo_id, "reqId": request.request_id}
