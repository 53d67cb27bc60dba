"""Reference pages of the REST interface, one per operation, and the OpenAPI file, written from the operation table."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from lonja.core.rejections import Rejection
from lonja.edge.errors import MESSAGES
from lonja.edge.order_attachments import attached_changes
from lonja.edge.order_refusals import attached_refusal
from lonja.edge.orders import BATCH_MAX, WHOLE_REQUEST_CODES, OrderOperation
from lonja.edge.orders import OPERATIONS as ORDER_OPERATIONS
from lonja.edge.rest.openapi import codes_by_status, openapi_document
from lonja.edge.rest.operation import Operation, per_caller
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.algo_requests import attached
from lonja.edge.wire.blank import OrNull
from lonja.edge.wire.order_requests import instrument_of, require_trade_mode
from lonja.edge.wire.requests import fields_of
from tools.reference.examples import Example
from tools.reference.parameters import described
from tools.reference.refusals import Refusal, of_function, of_parameters, refusal_of, rejections

HEADER: Final = "<!-- Written by `make docs` from the code; do not edit. -->"
_BODY: Final = ("413", "50006")
_BEFORE_PASSPHRASE: Final = ("50103", "50104", "50106", "50107", "50111", "50013")
_SIGNED: Final = (*_BEFORE_PASSPHRASE, "50105", "50113", "50112", "50102", "50110", "50101")
_IN_ORDER = list(Rejection)


def _between(first: Rejection, last: Rejection) -> tuple[Rejection, ...]:
    """The refusals from ``first`` to ``last`` in their public order, but for the one that settings alone know."""
    found = _IN_ORDER[_IN_ORDER.index(first) : _IN_ORDER.index(last) + 1]
    return tuple(rejection for rejection in found if rejection is not Rejection.LEVERAGE_OUT_OF_RANGE)


_PLACING = _between(Rejection.INSTRUMENT_NOT_LIVE, Rejection.INSUFFICIENT_BALANCE)
_CHANGING = (Rejection.ORDER_NOT_FOUND, Rejection.NOTHING_TO_AMEND)
_OF_PRICE_AND_SIZE = tuple(
    rejection
    for rejection in _between(Rejection.PRICE_NOT_POSITIVE, Rejection.PRICE_BELOW_BAND)
    if rejection not in (Rejection.ACCOUNT_MODE_FORBIDS, Rejection.POSITION_SIDE_INVALID)
)
_OF_RISK = (Rejection.POSITION_ABOVE_MAX, Rejection.LEVERAGE_ABOVE_TIER, Rejection.WOULD_LIQUIDATE)
_STATES = ("51021", "51022", "51124", "51087", "51027")
_BY_ORDER_OPERATION: Final[dict[str, tuple[Rejection, ...]]] = {
    "order": _PLACING,
    "cancel-order": (Rejection.ORDER_NOT_FOUND,),
    "amend-order": (
        *_CHANGING,
        *_OF_PRICE_AND_SIZE,
        Rejection.AMEND_POST_ONLY_WOULD_TAKE,
        *_OF_RISK,
        Rejection.INSUFFICIENT_BALANCE,
    ),
}


def pages(examples: Mapping[str, Example]) -> dict[str, str]:
    """Every page by its path below the reference folder."""
    found = {"openapi.json": openapi_text(), "operations.md": index_page()}
    for operation in OPERATIONS:
        found[f"operations/{page_name(operation)}"] = operation_page(operation, examples.get(operation.name))
    return found


def openapi_text() -> str:
    """The OpenAPI document, indented for people."""
    return msgspec.json.format(msgspec.json.encode(openapi_document()), indent=1).decode() + "\n"


def page_name(operation: Operation) -> str:
    """The file name of an operation's page."""
    return operation.method.lower() + operation.path.removeprefix("/api/v5").replace("/", "-") + ".md"


def index_page() -> str:
    """All operations, the envelope and the codes."""
    families: dict[str, list[str]] = {}
    for operation in OPERATIONS:
        row = f"| [{operation.name}](operations/{page_name(operation)}) | {_permission(operation)} | {operation.summary} |"
        families.setdefault(operation.path.split("/")[3], []).append(row)
    codes = [
        f"| {code} | {status} | {plain(MESSAGES[code])} |"
        for status, group in sorted(codes_by_status().items())
        for code in sorted(group, key=int)
        if MESSAGES[code]
    ]
    parts = [
        "# REST operations",
        HEADER,
        (
            'Every answer is `{"code":"0","msg":"","data":[...]}`. `code` is `"0"` when all went well. Numbers are strings,\n'
            'what is absent is `""`. The same in OpenAPI: [openapi.json](openapi.json), served at `/api/v5/openapi.json`.\n'
            "Channels and operations of the WebSocket: [websocket.md](websocket.md)."
        ),
    ]
    for family, rows in families.items():
        head = "| operation | permission | what it does |\n| --- | --- | --- |"
        parts.append(f"## {family.capitalize()}\n\n{head}\n" + "\n".join(rows))
    parts.append(
        "## Codes\n\nA code at the top of an answer comes with this HTTP status; in the row of an order (`sCode`) with "
        "200.\n\n| code | status | message |\n| --- | --- | --- |\n" + "\n".join(codes)
    )
    return "\n\n".join(parts) + "\n"


def operation_page(operation: Operation, example: Example | None) -> str:
    """One operation: who may call it, how often, with what, what comes back, and what is refused."""
    parts = [f"# {operation.name}", HEADER, operation.summary, _facts(operation), _parameters(operation)]
    if example is not None:
        parts.append(_example(operation, example))
    parts.append("## Answer\n\n" + _answer(operation))
    parts.append(_refusals(operation))
    return "\n\n".join(parts) + "\n"


def handler_of(operation: Operation) -> Callable[..., object] | None:
    """What runs an operation that is no order operation."""
    run = operation.run or operation.run_private
    if run is None:
        return None
    found: object = inspect.getclosurevars(run).nonlocals.get("handler", run)
    return found if callable(found) else None


def refusals_of(operation: Operation) -> list[Refusal]:
    """Every refusal of an operation in the order of precedence, first before the handler, then in it."""
    found = [refusal_of(code, 65_536 if code == "413" else None) for code in _BODY if operation.method == "POST"]
    if operation.permission is not None:
        found += [refusal_of(code) for code in (*_SIGNED, "50120")]
    if operation.method == "POST":
        found += [refusal_of(code) for code in ("50000", "50002")]
    else:
        found.append(refusal_of("51000", "query"))
    if operation.order_operation:
        found += _order_refusals(operation)
    else:
        found.append(refusal_of("50011"))
        if operation.method == "POST" and fields_of(operation.request):
            # A query holds nothing but text; in a body anything may stand where text or a number is wanted.
            found.append(refusal_of("51000", None))
        found += of_parameters(operation.request)
        handler = handler_of(operation)
        found += of_function(handler, operation.request) if handler is not None else []
    return list(dict.fromkeys(found))


def _order_refusals(operation: Operation) -> Iterator[Refusal]:
    """Of order operations, as far as they are told of each order, with its row."""
    kind, is_batch = ORDER_OPERATIONS[operation.order_operation]
    yield refusal_of("51000", "expTime")
    if kind.counts_as_order:
        yield refusal_of("50036")
    if is_batch:
        yield refusal_of(kind.too_many, BATCH_MAX)
        if kind.name == "amend-order":
            yield refusal_of("51512")
    yield from of_function(instrument_of)
    if kind.counts_as_order:
        yield refusal_of("50061")
    yield refusal_of("50011")
    yield from of_function(kind.build)
    if kind.name == "order":
        yield from of_function(require_trade_mode)
    yield from _of_attached(kind)
    if kind.counts_as_order:
        yield refusal_of("51186")
    yield from map(refusal_of, ("50001", "50013", "50004"))
    if kind.counts_as_order:
        yield refusal_of("50037")
    yield from _of_core(kind)


def _of_attached(kind: OrderOperation) -> Iterator[Refusal]:
    """What is refused of a take profit or a stop loss that goes with an order."""
    if kind.name == "order":
        yield from of_function(attached)
        yield from of_function(attached_refusal)
        yield from rejections(Rejection.CLIENT_ALGO_ID_DUPLICATE, Rejection.OPEN_ALGOS_MAX)
    elif kind.name == "amend-order":
        yield from of_function(attached_changes)


def _of_core(kind: OrderOperation) -> Iterator[Refusal]:
    """What the core refuses of an order, as it is told on the wire."""
    for rejection in (Rejection.ACCOUNT_FROZEN, Rejection.INSTRUMENT_NOT_FOUND, *_BY_ORDER_OPERATION[kind.name]):
        if rejection is Rejection.ORDER_NOT_FOUND:
            yield refusal_of(kind.not_found)
        elif rejection is Rejection.INSTRUMENT_NOT_LIVE:
            yield from map(refusal_of, _STATES)
        elif rejection is Rejection.POSITION_NOT_FOUND:
            yield from map(refusal_of, ("51169", "51170"))
        else:
            yield from rejections(rejection)


def _refusals(operation: Operation) -> str:
    rows = []
    for number, refusal in enumerate(refusals_of(operation), 1):
        rows.append(f"| {number} | {refusal.code} | {refusal.status} | {plain(refusal.message)} |")
    note = "In the order in which they are checked: when several reasons hold, the first one is given."
    if operation.order_operation:
        whole = ", ".join(WHOLE_REQUEST_CODES)
        note += (
            " What is wrong with one order stands in its row (`sCode`, `sMsg`), with status 200 and code 1 or 2 at the "
            f"top; of a single order {whole} stand at the top."
        )
    head = "| | code | status | message |\n| --- | --- | --- | --- |"
    return (
        f"## Refusals\n\n{note} Any operation may besides answer 50026 (500) for a fault of ours.\n\n{head}\n"
        + "\n".join(rows)
    )


def _facts(operation: Operation) -> str:
    if operation.order_operation:
        caller = "account and instrument, shared with the WebSocket; a batch of one counts as a single order"
    else:
        caller = "address" if operation.permission is None else "account"
        if operation.counted is not per_caller:
            caller += operation.counted.__name__.replace("per_", " and ").replace("_", " ")
    unit = "orders" if _is_batch(operation) else "requests"
    rate = f"{operation.rate.limit} {unit} in {operation.rate.window_s:g} s, counted per {caller}"
    return f"Permission: {_permission(operation)}. Limit: {rate}."


def _permission(operation: Operation) -> str:
    return "none" if operation.permission is None else operation.permission.value


def _parameters(operation: Operation) -> str:
    fields = fields_of(operation.request)
    if not fields:
        return "No parameters."
    rows = []
    for field in fields:
        kind, meaning = described(field.attribute)
        rows.append(f"| `{field.name}` | {'yes' if field.required else 'no'} | {kind} | {meaning} |")
    shape = "In the query." if operation.method == "GET" else "A JSON object."
    if _is_batch(operation):
        shape = f"A JSON array of 1 to {BATCH_MAX} objects."
    elif operation.takes_array:
        shape = "A JSON array of objects, or one object."
    described_so = f"{shape} {' '.join((operation.request.__doc__ or '').split())}".strip()
    table = "\n".join(["| parameter | required | type | meaning |", "| --- | --- | --- | --- |", *rows])
    return f"## Parameters\n\n{plain(described_so)}\n\n{table}"


def _example(operation: Operation, example: Example) -> str:
    request = f"{operation.method} {example.target}"
    if example.body:
        request += f"\n\n{example.body}"
    cut = "\n\nMore rows follow." if example.is_cut else ""
    return f"## Example\n\n```http\n{request}\n```\n\n```json\n{example.answer}\n```{cut}"


def _answer(operation: Operation) -> str:
    if not operation.answer:
        return "An empty list."
    if not isinstance(operation.answer, Mapping):
        return "Arrays of " + ", ".join(f"`{column}`" for column in operation.answer) + ", all text."
    told = "`data` is this object itself, in no array.\n\n" if operation.gives_one else ""
    return told + answer_table(operation.answer)


def answer_table(row: Mapping[str, object]) -> str:
    """The keys of a row with their types, those of rows inside it after a point."""
    return "\n".join(["| key | type |", "| --- | --- |", *(f"| `{key}` | {kind} |" for key, kind in _keys(row))])


def _keys(row: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in row.items():
        yield before + key, _type(value)
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, Mapping):
            yield from _keys(inner, f"{before}{key}.")


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, OrNull):
        return "object or null"
    return "array" if isinstance(value, list) else "object" if isinstance(value, Mapping) else "text"


def _is_batch(operation: Operation) -> bool:
    return bool(operation.order_operation) and ORDER_OPERATIONS[operation.order_operation][1]


def plain(text: str) -> str:
    """``text`` for a table."""
    return text.replace("``", "`").replace("|", "\\|").replace("{0}", "…").replace("{1}", "…").replace("\n", " ")
