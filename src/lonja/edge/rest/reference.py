"""Reference pages of the REST interface, one per operation, and the OpenAPI file, written from the operation table.

``python -m lonja.edge.rest.reference FOLDER`` writes them; ``make docs`` does it for ``docs/reference``.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lonja.core.rejections import Rejection
from lonja.edge.errors import MESSAGES, REJECTION_CODES
from lonja.edge.orders import BATCH_MAX
from lonja.edge.orders import OPERATIONS as ORDER_OPERATIONS
from lonja.edge.rest.openapi import codes_by_status, openapi_document
from lonja.edge.rest.operation import Operation, per_caller
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.requests import fields_of

_BEFORE_ALL = (Rejection.ACCOUNT_FROZEN, Rejection.INSTRUMENT_NOT_FOUND)
_PLACING = tuple(r for r in Rejection if Rejection.INSTRUMENT_NOT_LIVE <= r <= Rejection.INSUFFICIENT_BALANCE)
_AMENDING = tuple(r for r in Rejection if Rejection.ORDER_NOT_FOUND <= r <= Rejection.AMEND_POST_ONLY_WOULD_TAKE)
_OF_PRICE_AND_SIZE = tuple(r for r in _PLACING if Rejection.PRICE_NOT_POSITIVE <= r <= Rejection.PRICE_BELOW_BAND)
_BY_OPERATION: dict[str, tuple[Rejection, ...]] = {
    "order": _PLACING,
    "cancel-order": (Rejection.ORDER_NOT_FOUND,),
    "amend-order": (*_AMENDING[:2], *_OF_PRICE_AND_SIZE, *_AMENDING[2:], Rejection.INSUFFICIENT_BALANCE),
}
HEADER = "<!-- Written by `make docs` from the code; do not edit. -->"


def pages() -> dict[str, str]:
    """Every page by its path below the reference folder."""
    found = {"openapi.json": openapi_text(), "operations.md": index_page()}
    for operation in OPERATIONS:
        found[f"operations/{page_name(operation)}"] = operation_page(operation)
    return found


def openapi_text() -> str:
    """The OpenAPI document, indented for people."""
    return msgspec.json.format(msgspec.json.encode(openapi_document()), indent=1).decode() + "\n"


def page_name(operation: Operation) -> str:
    """The file name of an operation's page."""
    return operation.method.lower() + operation.path.removeprefix("/api/v5").replace("/", "-") + ".md"


def index_page() -> str:
    """All operations, the envelope and the codes."""
    operations = [
        f"| [{operation.name}](operations/{page_name(operation)}) | {_permission(operation)} | {operation.summary} |"
        for operation in OPERATIONS
    ]
    codes = [
        f"| {code} | {status} | {_plain(MESSAGES[code])} |"
        for status, group in sorted(codes_by_status().items())
        for code in sorted(group, key=int)
        if MESSAGES[code]
    ]
    return "\n".join(
        [
            "# REST operations",
            "",
            HEADER,
            "",
            'Every answer is `{"code":"0","msg":"","data":[...]}`. `code` is `"0"` when all went well. Numbers are strings,',
            'what is absent is `""`. The same in OpenAPI: [openapi.json](openapi.json), served at `/api/v5/openapi.json`.',
            "",
            "| operation | permission | what it does |",
            "| --- | --- | --- |",
            *operations,
            "",
            "## Codes",
            "",
            "A code at the top of an answer comes with this HTTP status; in the row of an order (`sCode`) with 200.",
            "",
            "| code | status | message |",
            "| --- | --- | --- |",
            *codes,
            "",
        ]
    )


def operation_page(operation: Operation) -> str:
    """One operation: who may call it, how often, with what, and what comes back."""
    parts = [f"# {operation.name}", HEADER, operation.summary, _facts(operation), _parameters(operation)]
    parts.append("## Answer\n\n" + _answer(operation))
    if operation.order_operation:
        parts.append(_refusals(operation))
    return "\n\n".join(parts) + "\n"


def _facts(operation: Operation) -> str:
    if operation.order_operation:
        caller = "account and instrument, shared with the WebSocket; a batch of one counts as a single order"
    else:
        caller = "address" if operation.permission is None else "account"
        if operation.counted is not per_caller:
            caller += operation.counted.__name__.replace("per_", " and ").replace("_", " ")
    unit = "orders" if _is_batch(operation) else "requests"
    rate = f"{operation.rate.limit} {unit} in {operation.rate.window_s:g} s per {caller}"
    return f"Permission: {_permission(operation)}. Limit: {rate}."


def _permission(operation: Operation) -> str:
    return "none" if operation.permission is None else operation.permission.value


def _parameters(operation: Operation) -> str:
    fields = fields_of(operation.request)
    if not fields:
        return "No parameters."
    rows = [f"| `{f.name}` | {'yes' if f.required else 'no'} | {f.attribute.replace('_', ' ')} |" for f in fields]
    shape = ""
    if operation.method == "POST":
        shape = "A JSON array of objects." if operation.takes_array else "A JSON object."
        if _is_batch(operation):
            shape = f"A JSON array of 1 to {BATCH_MAX} objects."
    described = " ".join(part for part in (shape, " ".join((operation.request.__doc__ or "").split())) if part)
    table = "\n".join(["| parameter | required | meaning |", "| --- | --- | --- |", *rows])
    return f"## Parameters\n\n{_plain(described)}\n\n{table}"


def _answer(operation: Operation) -> str:
    if not operation.answer:
        return "An empty list."
    if not isinstance(operation.answer, Mapping):
        return "Arrays of " + ", ".join(f"`{column}`" for column in operation.answer) + "."
    return "Objects with " + ", ".join(f"`{name}`" for name in operation.answer) + "."


def _is_batch(operation: Operation) -> bool:
    return bool(operation.order_operation) and ORDER_OPERATIONS[operation.order_operation][1]


def _refusals(operation: Operation) -> str:
    """What the core refuses, in the order in which it checks."""
    kind = ORDER_OPERATIONS[operation.order_operation][0]
    rows = []
    for rejection in (*_BEFORE_ALL, *_BY_OPERATION[kind.name]):
        code, word = REJECTION_CODES[rejection]
        if rejection is Rejection.ORDER_NOT_FOUND:
            code = kind.not_found
        rows.append(f"| {code} | {_plain(MESSAGES[code].format(word or '…', '…'))} |")
    heading = "## Refusals\n\nIn the order in which they are checked, after those of the parameters themselves."
    return "\n".join([heading, "", "| sCode | sMsg |", "| --- | --- |", *dict.fromkeys(rows)])


def _plain(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|").replace("{0}", "…").replace("{1}", "…")


def main() -> None:
    """Write every page below the folder given as the only argument."""
    folder = Path(sys.argv[1])
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
