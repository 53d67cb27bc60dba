"""What stands beside orders: how many orders there may be, mass cancellation.

Why here: neither is about one order.
"""

from lonja.edge.mass_cancel import mass_cancel
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.public import Rows
from lonja.edge.wire import requests


async def account_rate_limit(call: PrivateCall, _: requests.Request) -> Rows:
    """How many orders the account may place and amend in two seconds."""
    row = {"fillRatio": "", "mainFillRatio": "", "accRateLimit": str(call.services.settings.account_rate.limit)}
    return [{**row, "nextAccRateLimit": "", "ts": str(call.services.engine.now_ms())}]


async def cancel_all_of_family(call: PrivateCall, request: requests.MassCancel) -> Rows:
    """Cancel a market maker's orders of a family of options: none may yet."""
    return mass_cancel(call.services, call.session, request)
