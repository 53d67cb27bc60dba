"""What an order would change of an account, asked before it is placed.

Why here: it is read and refused as an order is, and asks the engine instead of sending. Invariant: nothing is placed.
"""

from fractions import Fraction

from lonja.core.kinds import Side
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.rejections import Rejection
from lonja.edge.errors import engine_error, refusal, rejection_error
from lonja.edge.gate import order_refusal
from lonja.edge.margin_orders import Opening, Placing, of_position
from lonja.edge.order_refusals import attached_refusal, check_trade_mode, earlier_refusal, refusal_of
from lonja.edge.rest.calls import PrivateCall, instrument_named
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import precheck as wire
from lonja.edge.wire import requests_trade as asked
from lonja.edge.wire.algo_requests import attached
from lonja.edge.wire.collateral import is_pooled
from lonja.edge.wire.contract_requests import OffStepError, order_command
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.requests import on_wire
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError

Row = dict[str, object]
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
        order = order_command(arg, form, account)
    except OffStepError as error:
        raise earlier_refusal(services, arg, form, account, error, NOT_FOUND) or error from None
    command, opening = of_position(services, arg, form, order)
    if not isinstance(command, PlaceMarginOrder):
        check_trade_mode(services, arg, form, account)
    found = attached(arg, form, account)
    if not is_pooled(services.engine.views, account):
        raise refusal("51010")
    refused = attached_refusal(services, command, found)
    refused = refused or order_refusal(services, call.session, command, services.engine.now_ms())
    if refused is not None:
        raise refused
    if opening is not None:
        command = command._replace(account=await _opened(services, opening))
    return [_row(services, account, command, form)]


async def _opened(services: Services, opening: Opening) -> int:
    """The pocket of the order, opened as the order itself would open it. It has nothing until an order trades there."""
    try:
        outcome = await services.engine.submit(opening)
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
    return outcome.id


def _row(services: Services, account: int, command: Placing, form: InstrumentForm) -> Row:
    """What the engine says that the order would change."""
    views = services.engine.views
    told = views.precheck(command)
    if told.rejection != Rejection.NONE:
        raise refusal_of(services, command, form, told.rejection, NOT_FOUND)
    currency = services.catalogue.currency(told.before.currency)
    borrows = views.collateral(account).auto_borrow == 1
    if not isinstance(command, PlaceMarginOrder):
        contract = views.contract(form.code)
        return wire.precheck_row(form, currency, told, 0 if contract is None else contract.mark, borrows=borrows)
    prices = [views.currency_terms(one.currency).price for one in (form.base, form.quote)]
    price = Fraction(prices[0], prices[1]) if prices[1] else Fraction(0)
    return wire.pair_precheck_row(form, currency, told, price, buys=command.side == Side.BUY, borrows=borrows)
