"""What stands beside orders: limits, prechecks, positions, mass cancellation, algo orders.

Why here: spot has no positions, and algo orders do not exist yet; what they would need is checked all the same.
"""

from collections.abc import Sequence
from typing import Final

from lonja.edge.errors import refusal
from lonja.edge.mass_cancel import mass_cancel
from lonja.edge.rest.calls import PrivateCall, instrument_named
from lonja.edge.rest.closed import check, one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import requests
from lonja.edge.wire import requests_trade as asked
from lonja.edge.wire.algo_requests import attached
from lonja.edge.wire.contract_requests import order_command
from lonja.edge.wire.order_requests import OTHER_TRADE_MODES, SIDES

ALGO_TYPES: Final = (
    *("conditional", "oco", "trigger", "move_order_stop"),
    *("iceberg", "smart_iceberg", "twap", "chase"),
)
ALGO_STATES: Final = ("effective", "canceled", "order_failed")
TOGETHER: Final = {"conditional", "oco"}
"""Types that may be asked for together."""
CANCEL_ALGOS_MAX: Final = 10


async def account_rate_limit(call: PrivateCall, _: requests.Request) -> Rows:
    """How many orders the account may place and amend in two seconds."""
    row = {"fillRatio": "", "mainFillRatio": "", "accRateLimit": str(call.services.settings.account_rate.limit)}
    return [{**row, "nextAccRateLimit": "", "ts": str(call.services.engine.now_ms())}]


async def order_precheck(call: PrivateCall, request: asked.OrderPrecheck) -> Rows:
    """What an order would change in the margin of the account: only in the modes with margin."""
    form = instrument_named(call.services, request.instrument_id)
    arg = _on_wire(request)
    order_command(arg, form, call.account)
    attached(arg, form, call.account)
    raise refusal("51010")


async def cancel_all_of_family(call: PrivateCall, request: requests.MassCancel) -> Rows:
    """Cancel a market maker's orders of a family of options: none may yet."""
    return mass_cancel(call.services, call.session, request)


async def place_algo(call: PrivateCall, request: asked.PlaceAlgo) -> Rows:
    """Place an algo order: not offered yet."""
    instrument_named(call.services, request.instrument_id)
    if request.trade_mode in OTHER_TRADE_MODES:
        raise refusal("51010")
    one_of(request.trade_mode, "tdMode", ("cash",))
    one_of(request.side, "side", tuple(SIDES))
    one_of(request.order_type, "ordType", ALGO_TYPES)
    raise refusal("50062", f"The order type {request.order_type}")


async def cancel_algos(call: PrivateCall, orders: Sequence[asked.CancelAlgo]) -> Rows:
    """Cancel up to ten algo orders: there are none."""
    if not 1 <= len(orders) <= CANCEL_ALGOS_MAX:
        raise refusal("51406", CANCEL_ALGOS_MAX)
    for order in orders:
        instrument_named(call.services, order.instrument_id)
        _needs_id(order)
    raise refusal("51400")


async def amend_algo(call: PrivateCall, request: asked.AmendAlgo) -> Rows:
    """Change an algo order: there are none."""
    instrument_named(call.services, request.instrument_id)
    _needs_id(request)
    raise refusal("51503")


async def algo(_: PrivateCall, request: asked.OneAlgo) -> Rows:
    """One algo order: there are none."""
    _needs_id(request)
    raise refusal("51603")


async def pending_algos(_: PrivateCall, request: asked.PendingAlgos) -> Rows:
    """Waiting algo orders: none."""
    _check_types(request.order_type)
    check(request)
    return []


async def ended_algos(_: PrivateCall, request: asked.EndedAlgos) -> Rows:
    """Ended algo orders: none."""
    _check_types(request.order_type)
    if not (request.state or request.algo_id):
        raise refusal("50015", "state", "algoId")
    one_of(request.state, "state", ("", *ALGO_STATES))
    check(request)
    return []


def _check_types(text: str) -> None:
    names = text.split(",")
    for name in names:
        one_of(name, "ordType", ALGO_TYPES)
    if len(names) > 1 and not TOGETHER.issuperset(names):
        raise refusal("51000", "ordType")


def _needs_id(request: asked.CancelAlgo | asked.AmendAlgo | asked.OneAlgo) -> None:
    if not (request.algo_id or request.client_algo_id):
        raise refusal("50015", "algoId", "algoClOrdId")


def _on_wire(request: requests.Request) -> dict[str, object]:
    """The parameters under the names they came with."""
    return {field.name: getattr(request, field.attribute) for field in requests.fields_of(type(request))}
