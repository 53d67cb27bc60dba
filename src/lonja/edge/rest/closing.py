"""Closing a position at the market with one call.

Why here: it is an order like any other, but what would close the position besides has to go first.
Invariant: cancellations and the order are one group commit, so nothing is canceled for an order that never came.
"""

from collections.abc import Sequence

from lonja.core.commands import CancelOrder, Command, PlaceContractOrder
from lonja.core.kinds import OrderType, PositionMode, PositionSide, Side
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16, Text32
from lonja.core.views import OrderView, PositionView
from lonja.edge.errors import engine_error, refusal, rejection_error
from lonja.edge.gate import order_refusal
from lonja.edge.order_refusals import refusal_of
from lonja.edge.position_rows import pair_positions
from lonja.edge.rest.calls import PrivateCall, instrument_named
from lonja.edge.rest.closed import MARGIN_MODES, one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import contract_requests as wire
from lonja.edge.wire import requests_trade as asked
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import token
from lonja.edge.wire.order_requests import CLIENT_ORDER_ID_MAX, TAG_MAX
from lonja.edge.wire.orders import closed_row
from lonja.edge.wire.pair_positions import PairPosition
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError


async def close_position(call: PrivateCall, request: asked.ClosePosition) -> Rows:
    """Close a position at the market. Orders that would close it, too, are in the way unless ``autoCxl`` cancels them.

    Raises ``EdgeError``: 51023 without a position, 51115 with such orders, 51108 when it is too large for the market.
    """
    form = instrument_named(call.services, request.instrument_id)
    one_of(request.margin_mode, "mgnMode", MARGIN_MODES)
    position_side = wire.position_side_of(request.position_side)
    client_order_id = token(request.client_order_id, "clOrdId", CLIENT_ORDER_ID_MAX)
    tag = token(request.tag, "tag", TAG_MAX)
    if not form.is_contract:
        return await _close_pair(call, request, form, (client_order_id, tag))
    position = _position(call, form, wire.MARGIN_MODES[request.margin_mode], position_side)
    command = _closing(position, client_order_id, tag)
    refused = order_refusal(call.services, call.session, command, call.services.engine.now_ms())
    if refused is not None:
        raise refused
    in_the_way = _in_the_way(call, command)
    if in_the_way and not request.auto_cancel:
        raise refusal("51115")
    view = call.services.engine.views.instrument(form.code)
    if view is not None and 0 < view.size_market_max < command.size:
        raise refusal("51108")
    await _carry_out(call, form, in_the_way, command)
    return [closed_row(form.instrument_id, position_side, client_order_id, tag)]


async def _close_pair(
    call: PrivateCall, request: asked.ClosePosition, form: InstrumentForm, names: tuple[str, str]
) -> Rows:
    """Close a position in a pair: sell what is owned, or buy back what is owed, as far as that closes it."""
    mode = wire.MARGIN_MODES[request.margin_mode]
    if wire.position_side_of(request.position_side) != PositionSide.NET:
        raise refusal("51000", "posSide")
    found = _pair_position(call, form, mode, request.currency)
    orders = call.services.engine.views.open_orders(found.pocket)
    side = int(Side.SELL if found.is_long else Side.BUY)
    in_the_way = [order for order in orders if order.side == side]
    if in_the_way and not request.auto_cancel:
        raise refusal("51115")
    lots = _lots_to_close(form, found)
    view = call.services.engine.views.instrument(form.code)
    if view is not None and 0 < view.size_market_max < lots:
        raise refusal("51108")
    closing = PlaceMarginOrder(
        account=found.pocket,
        instrument=form.code,
        side=side,
        order_type=int(OrderType.MARKET),
        size=lots,
        client_order_id=Text32(names[0]),
        tag=Text16(names[1]),
        reduce_only=1,
    )
    refused = order_refusal(call.services, call.session, closing, call.services.engine.now_ms())
    if refused is not None:
        raise refused
    await _carry_out(call, form, in_the_way, closing)
    return [closed_row(form.instrument_id, int(PositionSide.NET), *names)]


def _lots_to_close(form: InstrumentForm, found: PairPosition) -> int:
    """What is owned in lots, or more than what is owed and the fee for buying it: the engine cuts that to what closes."""
    lot: int = form.lot_step * 10 ** (form.base.scale - form.size_scale)
    return max(found.base // lot, 1) if found.is_long else 2 * (-found.base // lot + 1)


def _pair_position(call: PrivateCall, form: InstrumentForm, mode: int, currency: str) -> PairPosition:
    """The position in a pair; of cross ones that with the margin ``currency``, or the only one. Raises 51023."""
    found = [
        one
        for one in pair_positions(call.services).held(call.account)
        if one.form is form and one.name.margin_mode == mode and currency in ("", one.margin_currency.name)
    ]
    if len(found) != 1:
        raise refusal("51023")
    return found[0]


def _position(call: PrivateCall, form: InstrumentForm, margin_mode: int, position_side: int) -> PositionView:
    views = call.services.engine.views
    owner = views.account(call.account)
    two_sided = owner is not None and owner.position_mode == PositionMode.LONG_SHORT
    if form.is_contract and two_sided == (position_side == PositionSide.NET):
        raise rejection_error(Rejection.POSITION_SIDE_INVALID)
    for position in views.positions(call.account):
        meant = position.margin_mode == margin_mode and position.position_side == position_side
        if meant and position.instrument == form.code and position.lots:
            return position
    raise refusal("51023")


def _closing(position: PositionView, client_order_id: str, tag: str) -> PlaceContractOrder:
    return PlaceContractOrder(
        account=position.account,
        instrument=position.instrument,
        side=int(Side.SELL if position.lots > 0 else Side.BUY),
        order_type=int(OrderType.MARKET),
        size=abs(position.lots),
        client_order_id=Text32(client_order_id),
        tag=Text16(tag),
        margin_mode=position.margin_mode,
        position_side=position.position_side,
        reduce_only=int(position.position_side == PositionSide.NET),
    )


def _in_the_way(call: PrivateCall, closing: PlaceContractOrder) -> list[OrderView]:
    """Open orders that would close the position, too."""
    wanted = closing.instrument, closing.margin_mode, closing.position_side, closing.side
    return [
        order
        for order in call.services.engine.views.open_orders(call.account)
        if (order.instrument, order.margin_mode, order.position_side, order.side) == wanted
    ]


async def _carry_out(
    call: PrivateCall,
    form: InstrumentForm,
    in_the_way: Sequence[OrderView],
    closing: PlaceContractOrder | PlaceMarginOrder,
) -> None:
    commands: list[Command] = [
        CancelOrder(account=order.account, instrument=order.instrument, order_id=order.order_id) for order in in_the_way
    ]
    try:
        outcomes = await call.services.engine.submit_many([*commands, closing])
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    rejection = outcomes[-1].rejection
    if rejection != Rejection.NONE:
        raise refusal_of(call.services, closing, form, rejection, "51023")
