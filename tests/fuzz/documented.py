"""What may be answered, taken from what the reference pages say."""

from typing import Final

from lonja.edge.errors import HTTP_STATUS
from lonja.edge.rest.operation import Operation
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.channels import CHANNELS
from tools.reference.channels import CLOSES, ERRORS
from tools.reference.rest import refusals_of

FAULTS: Final = frozenset(("50001", "50004", "50026"))
"""Codes that are documented for trouble of the exchange's own: while it has none, they tell of a mistake in it."""
FAULT_CLOSES: Final = frozenset((1011,))
CHECK_CODES: Final = {"GET /api/v5/account/set-account-switch-precheck": ("1", "3", "4")}
"""``sCode`` of rows that tell what a check found, and refuse nothing."""
OPERATION_EVENTS: Final = ("subscribe", "unsubscribe", "login", "error")
NOTICES: Final = ("channel-conn-count", "channel-conn-count-error", "notice")


def _rest(operation: Operation) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"200": ["0"], "row": ["0"]}
    for refusal in refusals_of(operation):
        if refusal.code not in FAULTS:
            found.setdefault(str(HTTP_STATUS.get(refusal.code, 200)), []).append(refusal.code)
            found["row"].append(refusal.code)
    if operation.name in CHECK_CODES:
        found["row"] = ["0", *CHECK_CODES[operation.name]]
    elif operation.order_operation or "sCode" in operation.answer:
        found["200"] += ["1", "2"]
    return found


REST_CODES: Final = {operation.name: _rest(operation) for operation in OPERATIONS}
"""By operation: codes at the top by HTTP status, and under ``row`` those in the row of an order."""

SOCKET_ERRORS: Final = frozenset(code for code, *_ in ERRORS)
CLOSE_CODES: Final = frozenset(code for code, _ in CLOSES) - FAULT_CLOSES
CHANNEL_NAMES: Final = frozenset(CHANNELS)


def _of_socket(operation: Operation) -> frozenset[str]:
    codes = REST_CODES[operation.name]
    # What is wrong with a request as such has the WebSocket's own code.
    return frozenset(code for group in codes.values() for code in group) | {"60013"}


SOCKET_CODES: Final = {
    **{operation.order_operation: _of_socket(operation) for operation in OPERATIONS if operation.order_operation},
    "mass-cancel": next(_of_socket(operation) for operation in OPERATIONS if operation.path.endswith("/mass-cancel")),
}
"""Codes of operations over the WebSocket, at the top and in rows."""
