"""What stands beside orders: limits, prechecks, positions, mass cancellation.

Why here: spot has no positions; what they would need is checked all the same.
"""

from lonja.edge.errors import refusal
from lonja.edge.mass_cancel import mass_cancel
from lonja.edge.order_refusals import check_trade_mode
from lonja.edge.rest.calls import PrivateCall, instrument_named
from lonja.edge.rest.public import Rows
from lonja.edge.wire import requests
from lonja.edge.wire import requests_trade as asked
from lonja.edge.wire.algo_requests import attached
from lonja.edge.wire.contract_requests import order_command
from lonja.edge.wire.requests import on_wire


async def account_rate_limit(call: PrivateCall, _: requests.Request) -> Rows:
    """How many orders the account may place and amend in two seconds."""
    row = {"fillRatio": "", "mainFillRatio": "", "accRateLimit": str(call.services.settings.account_rate.limit)}
    return [{**row, "nextAccRateLimit": "", "ts": str(call.services.engine.now_ms())}]


async def order_precheck(call: PrivateCall, request: asked.OrderPrecheck) -> Rows:
    """What an order would change in the margin of the account: only in the modes with margin."""
    form = instrument_named(call.services, request.instrument_id)
    arg = on_wire(request)
    order_command(arg, form, call.account)
    check_trade_mode(call.services, arg, form, call.account)
    attached(arg, form, call.account)
    raise refusal("51010")


async def cancel_all_of_family(call: PrivateCall, request: requests.MassCancel) -> Rows:
    """Cancel a market maker's orders of a family of options: none may yet."""
    return mass_cancel(call.services, call.session, request)
