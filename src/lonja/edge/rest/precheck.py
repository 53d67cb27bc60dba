"""What an order would change of an account, asked before it is placed.

Why here: it is read and refused as an order is, and asks the engine instead of sending. Invariant: nothing is placed.
"""

from lonja.core.rejections import Rejection
from lonja.edge.errors import refusal
from lonja.edge.gate import order_refusal
from lonja.edge.order_refusals import attached_refusal, check_trade_mode, earlier_refusal, refusal_of
from lonja.edge.rest.calls import PrivateCall, instrument_named
from lonja.edge.rest.public import Rows
from lonja.edge.wire import precheck as wire
from lonja.edge.wire import requests_trade as asked
from lonja.edge.wire.algo_requests import attached
from lonja.edge.wire.collateral import is_pooled
from lonja.edge.wire.contract_requests import OffStepError, order_command
from lonja.edge.wire.requests import on_wire

NOT_FOUND = "51603"


async def order_precheck(call: PrivateCall, request: asked.OrderPrecheck) -> Rows:
    """What an order would change of the account, were it placed now; in multi-currency mode.

    What could trade now is taken to trade, the rest to rest. Raises ``EdgeError``: what the order would be refused with,
    51010 in other account modes.
    """
    services, account = call.services, call.account
    form = instrument_named(services, request.instrument_id)
    arg = on_wire(request)
    try:
        command = order_command(arg, form, account)
    except OffStepError as error:
        raise earlier_refusal(services, arg, form, account, error, NOT_FOUND) or error from None
    check_trade_mode(services, arg, form, account)
    found = attached(arg, form, account)
    views = services.engine.views
    if not is_pooled(views, account):
        raise refusal("51010")
    refused = attached_refusal(services, command, found)
    refused = refused or order_refusal(services, call.session, command, services.engine.now_ms())
    if refused is not None:
        raise refused
    told = views.precheck(command)
    if told.rejection != Rejection.NONE:
        raise refusal_of(services, command, form, told.rejection, NOT_FOUND)
    contract = views.contract(form.code)
    currency = services.catalogue.currency(told.before.currency)
    borrows = views.collateral(account).auto_borrow == 1
    return [wire.precheck_row(form, currency, told, 0 if contract is None else contract.mark, borrows=borrows)]
