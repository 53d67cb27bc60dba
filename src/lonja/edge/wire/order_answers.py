"""The answers to order operations: one row per order, accepted or refused.

Why here: clients read the reason of a refusal from the row of its order. Invariant: every documented key is present.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from lonja.edge.errors import ALL_FAILED, OK, PARTLY_FAILED, EdgeError
from lonja.edge.wire.order_requests import echoed

PLACE_ROW: Final[dict[str, object]] = dict.fromkeys(("ordId", "clOrdId", "tag", "ts", "sCode", "sMsg", "subCode"), "")
CANCEL_ROW: Final[dict[str, object]] = dict.fromkeys(("ordId", "clOrdId", "ts", "sCode", "sMsg"), "")
AMEND_ROW: Final[dict[str, object]] = dict.fromkeys(("ordId", "clOrdId", "ts", "reqId", "sCode", "sMsg", "subCode"), "")


def placed_row(order_id: int, client_order_id: str, tag: str, now_ms: int) -> dict[str, object]:
    """The row of an accepted order."""
    return {
        "ordId": str(order_id),
        "clOrdId": client_order_id,
        "tag": tag,
        "ts": str(now_ms),
        "sCode": "0",
        "sMsg": "",
        "subCode": "",
    }


def canceled_row(order_id: int, client_order_id: str, now_ms: int) -> dict[str, object]:
    """The row of an accepted cancellation."""
    return {"ordId": str(order_id), "clOrdId": client_order_id, "ts": str(now_ms), "sCode": "0", "sMsg": ""}


def amended_row(order_id: int, client_order_id: str, request_id: str, now_ms: int) -> dict[str, object]:
    """The row of an accepted amendment."""
    return {
        "ordId": str(order_id),
        "clOrdId": client_order_id,
        "ts": str(now_ms),
        "reqId": request_id,
        "sCode": "0",
        "sMsg": "",
        "subCode": "",
    }


def is_refused(row: Mapping[str, object]) -> bool:
    """Whether the row says that its order was refused."""
    return row["sCode"] != OK


def summary_of(rows: Sequence[Mapping[str, object]]) -> str:
    """The code at the top, from those of the rows."""
    failed = sum(map(is_refused, rows))
    return OK if failed == 0 else ALL_FAILED if failed == len(rows) else PARTLY_FAILED


def code_by_rows(rows: Sequence[object]) -> str:
    """The code at the top, from those of the rows that say what became of something.

    Rows that answer a question may have an ``sCode``, too, without ``sMsg``: nothing failed with those.
    """
    return summary_of([row for row in rows if isinstance(row, dict) and "sCode" in row and "sMsg" in row])


def refused_row(
    blank: Mapping[str, object], arg: Mapping[str, object], error: EdgeError, now_ms: int
) -> dict[str, object]:
    """The row of a refused order; what the client named it is repeated, an order id only if the client gave one."""
    row = {name: echoed(arg, name) for name in blank}
    if "tag" in row:
        row["ordId"] = ""
    row["ts"], row["sCode"], row["sMsg"] = str(now_ms), error.code, error.message
    if "subCode" in row:
        row["subCode"] = error.sub_code
    return dict(row)
