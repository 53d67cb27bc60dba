"""What a REST operation is, and the few ways to make one.

Why here: signature, limits, envelope and errors are the same for all; only what stands in a row differs.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from lonja.edge.rate_limit import Rate
from lonja.edge.rest.calls import Call, PrivateCall
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import instruments as instrument_wire
from lonja.edge.wire import requests
from lonja.modules.governance.api import Capability
from lonja.modules.identity.api import Permission

PREFIX: Final = "/api/v5"
_R = TypeVar("_R", bound=requests.Request)
Params = Mapping[str, object]
Run = Callable[[Call, Params], Awaitable[Rows]]
RunPrivate = Callable[[PrivateCall, Params], Awaitable[Rows]]
Counted = Callable[[Services, Params], str]
Columns = Mapping[str, object] | tuple[str, ...]
_SETTINGS: Final = (
    "/account/",
    "/users/subaccount/apikey",
    "/users/subaccount/modify-apikey",
    "/users/subaccount/set-transfer-out",
)
"""Below these, what needs more than reading operates the account."""
ITEMS: Final = "items"
"""Where the parameters hold the elements of a body that is an array."""


def per_caller(_: Services, __: Params) -> str:
    """One window per caller."""
    return ""


def per_instrument_type(_: Services, params: Params) -> str:
    """One window per caller and instrument type; names that do not exist share one."""
    name = params.get("instType")
    return name if isinstance(name, str) and name in instrument_wire.INSTRUMENT_TYPES else ""


def per_instrument(services: Services, params: Params) -> str:
    """One window per caller and instrument; names that do not exist share one."""
    name = params.get("instId")
    return name if isinstance(name, str) and services.catalogue.find(name) is not None else ""


def per_family(services: Services, params: Params) -> str:
    """One window per caller and family of contracts; names that do not exist share one."""
    name = params.get("instFamily")
    is_known = isinstance(name, str) and any(family.name == name for family in services.engine.views.families())
    return str(name) if is_known else ""


def per_currency(services: Services, params: Params) -> str:
    """One window per caller and currency; names that do not exist share one."""
    name = params.get("ccy")
    return name if isinstance(name, str) and services.catalogue.find_currency(name) is not None else ""


def per_tag(_: Services, params: Params) -> str:
    """One window per caller and tag."""
    tag = params.get("tag")
    return tag[: requests.TAG_MAX] if isinstance(tag, str) else ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table.

    ``permission`` is None for public operations, which have ``run``; private ones have ``run_private``, order
    operations ``order_operation``, the name they have on the WebSocket. ``right`` is what governance is asked before a
    private one runs; one that moves money or lessens what is at risk asks for itself, or nothing. ``answer`` holds the
    keys of a row. The body is an array of requests where ``takes_array`` is set; ``data`` is the one row, in no array,
    where ``gives_one`` is set.
    """

    method: str
    path: str
    summary: str
    permission: Permission | None
    rate: Rate
    counted: Counted
    request: type[requests.Request]
    answer: Columns
    run: Run | None = None
    run_private: RunPrivate | None = None
    right: Capability | None = None
    order_operation: str = ""
    takes_array: bool = False
    gives_one: bool = False

    @property
    def name(self) -> str:
        """Method and path, as metrics and logs call it."""
        return f"{self.method} {self.path}"


def open_operation(
    path: str,
    rate: tuple[int, float],
    request: type[_R],
    handler: Callable[[Call, _R], Awaitable[Rows]],
    answer: Columns,
    counted: Counted = per_caller,
    *,
    gives_one: bool = False,
) -> Operation:
    """An operation without a signature. ``rate`` is requests and seconds; the handler's docstring is the summary."""

    async def run(call: Call, params: Params) -> Rows:
        return await handler(call, requests.read_request(request, params))

    summary = _summary(handler.__doc__)
    kind = Rate(*rate)
    return Operation("GET", PREFIX + path, summary, None, kind, counted, request, answer, run=run, gives_one=gives_one)


def own_operation(
    method: str,
    path: str,
    permission: Permission,
    rate: tuple[int, float],
    request: type[_R],
    handler: Callable[[PrivateCall, _R], Awaitable[Rows]],
    answer: Columns,
    counted: Counted = per_caller,
) -> Operation:
    """A signed operation that needs ``permission``. ``rate`` is requests and seconds."""

    async def run(call: PrivateCall, params: Params) -> Rows:
        return await handler(call, requests.read_request(request, params))

    summary = _summary(handler.__doc__)
    full = PREFIX + path
    right = _right(permission, path)
    return Operation(
        method, full, summary, permission, Rate(*rate), counted, request, answer, run_private=run, right=right
    )


def asking_itself(operation: Operation) -> Operation:
    """``operation``, whose handler asks governance by itself, if at all."""
    return replace(operation, right=None)


def own_array_operation(
    path: str,
    permission: Permission,
    rate: tuple[int, float],
    request: type[_R],
    handler: Callable[[PrivateCall, Sequence[_R]], Awaitable[Rows]],
    answer: Columns,
    counted: Counted = per_caller,
) -> Operation:
    """A signed operation whose body is an array of requests, each counted; one alone is taken for an array of one."""

    async def run(call: PrivateCall, params: Params) -> Rows:
        items = params.get(ITEMS, [params])
        assert isinstance(items, list)
        return await handler(call, [requests.read_request(request, item) for item in items])

    summary = _summary(handler.__doc__)
    full = PREFIX + path
    kind, right = Rate(*rate), _right(permission, path)
    return Operation(
        "POST",
        full,
        summary,
        permission,
        kind,
        counted,
        request,
        answer,
        run_private=run,
        right=right,
        takes_array=True,
    )


def order_operation(
    path: str, operation: str, request: type[requests.Request], answer: Columns, summary: str
) -> Operation:
    """An order operation by its name on the WebSocket."""
    # The windows of order operations are counted where REST and WebSocket meet, in ``edge.orders``.
    rate = Rate(300, 2.0) if "batch" in operation else Rate(60, 2.0)
    counted, full = per_instrument, PREFIX + path
    return Operation("POST", full, summary, Permission.TRADE, rate, counted, request, answer, order_operation=operation)


def _right(permission: Permission, path: str) -> Capability | None:
    if permission is Permission.READ:
        return Capability.API_READ
    return Capability.ACCOUNT_OPERATE if path.startswith(_SETTINGS) else None


def _summary(docstring: str | None) -> str:
    return " ".join((docstring or "").split())
