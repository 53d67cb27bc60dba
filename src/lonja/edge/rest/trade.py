"""Questions about orders and fills, and the dead man's switch."""

from collections.abc import Sequence

from lonja.core.commands import CancelAllAfter
from lonja.core.kinds import OrderState, Side
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16
from lonja.edge.errors import engine_error, refusal, rejection_error
from lonja.edge.rest.calls import (
    PrivateCall,
    catch_up,
    instrument_named,
    instrument_type,
    instruments_meant,
    optional_id,
    optional_instrument,
    page_limit,
)
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import orders as wire
from lonja.edge.wire import requests, requests_trade
from lonja.edge.wire.algos import with_attached, with_origin
from lonja.edge.wire.collateral import as_traded
from lonja.edge.wire.numbers import integer, token
from lonja.edge.wire.order_requests import CLIENT_ORDER_ID_MAX, ORDER_KINDS, OrderKind
from lonja.modules.history.api import AlgoRecord, OrderCategory, OrderRecord
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError
from lonja.primitives.instant import DAY_MS, HOUR_MS, SECOND_MS

OPEN_STATES = {"live": OrderState.LIVE, "partially_filled": OrderState.PARTIALLY_FILLED}
ENDED_STATES = {"filled": OrderState.FILLED, "canceled": OrderState.CANCELED}
UNFILLED_SHOWN_MS = 2 * HOUR_MS
WEEK_MS = 7 * DAY_MS
QUARTER_MS = 90 * DAY_MS
FILLS_SHOWN_MS = 3 * DAY_MS
CATEGORIES = {"": None, **{name: number for number, name in wire.CATEGORY_NAMES.items()}}
FILL_KINDS: dict[str, tuple[int | None, int | None, int | None]] = {
    "": (None, None, None),
    **{name: kind for kind, name in wire.FILL_SUBTYPES.items()},
    # A delivered position may be one with a side or not.
    "112": (int(OrderCategory.DELIVERY), None, int(Side.SELL)),
    "113": (int(OrderCategory.DELIVERY), None, int(Side.BUY)),
}
"""Category, position side and side of fills."""
TIMEOUT_MIN_S = 10
TIMEOUT_MAX_S = 120


async def order(call: PrivateCall, request: requests.OneOrder) -> Rows:
    """One order, open or ended."""
    services = call.services
    form = instrument_named(services, request.instrument_id)
    if not (request.order_id or request.client_order_id):
        raise refusal("51003")
    if request.order_id:
        order_id = optional_id(request.order_id, "ordId")
        found = services.orders.order(order_id or 0)
        client_order_id = None
    else:
        client_order_id = token(request.client_order_id, "clOrdId", CLIENT_ORDER_ID_MAX)
        found = services.orders.find(call.account, client_order_id)
        order_id = None
    # A name may be used again once its order has ended, in another instrument too: the newest of this one is meant.
    brought: list[AlgoRecord] | None = None
    if found is None or (client_order_id is not None and found.instrument != form.code):
        await catch_up(services)
        found = await services.history.order(
            call.account, order_id=order_id, client_order_id=client_order_id, instrument=form.code
        )
        brought = [] if found is None else await services.history.attached([found.order_id])
    if found is None or found.account != call.account or found.instrument != form.code:
        raise refusal("51603")
    return [_row(services, found, brought)]


async def pending(call: PrivateCall, request: requests.PendingOrders) -> Rows:
    """Open orders, newest first."""
    services = call.services
    wanted_type = instrument_type(request.instrument_type)
    wanted_instrument = optional_instrument(services, request.instrument_id)
    meant = instruments_meant(services, wanted_type, request.instrument_family, request.uly)
    names = _order_types(request.order_type)
    if request.state and request.state not in OPEN_STATES:
        raise refusal("51000", "state")
    after = optional_id(request.after, "after")
    before = optional_id(request.before, "before")
    limit = page_limit(request.limit)

    def matches(found: OrderRecord) -> bool:
        return (
            (wanted_type is None or found.instrument_type == wanted_type)
            and (wanted_instrument is None or found.instrument == wanted_instrument)
            and (meant is None or found.instrument in meant)
            and (not request.state or found.state == OPEN_STATES[request.state])
            and (not names or wire.order_type_name(found) in names)
            and (after is None or found.order_id < after)
            and (before is None or found.order_id > before)
        )

    found = [found for found in services.orders.open_orders(call.account) if matches(found)]
    return [_row(services, record) for record in found[:limit]]


def _row(services: Services, order: OrderRecord, brought: Sequence[AlgoRecord] | None = None) -> dict[str, object]:
    """The row of an order; what was attached to it is ``brought``, None when memory knows."""
    algos, catalogue = services.orders.algos, services.catalogue
    row = as_traded(wire.order_row(catalogue, order), services.engine.views, order.account)
    row = with_origin(row, algos.algo(order.algo_id))
    found = algos.brought_by(order.order_id) if brought is None else brought
    return with_attached(row, catalogue.at(order.instrument), found)


async def history(call: PrivateCall, request: requests.OrderHistory) -> Rows:
    """Orders ended in the last 7 days, newest first; those canceled without a fill are shown for two hours.

    What the house did to positions (``category`` other than normal) stands among them.
    """
    return await _ended(call, request, WEEK_MS)


async def history_archive(call: PrivateCall, request: requests.OrderHistory) -> Rows:
    """Orders ended in the last 3 months, newest first; those canceled without a fill are shown for two hours."""
    return await _ended(call, request, QUARTER_MS)


async def _ended(call: PrivateCall, request: requests.OrderHistory, shown_ms: int) -> Rows:
    services = call.services
    wanted_type = instrument_type(request.instrument_type)
    wanted_instrument = optional_instrument(services, request.instrument_id)
    names = _order_types(request.order_type)
    if request.state and request.state not in ENDED_STATES:
        raise refusal("51000", "state")
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    begin, end = optional_id(request.begin, "begin"), optional_id(request.end, "end")
    limit = page_limit(request.limit)
    if request.category not in CATEGORIES:
        return []
    await catch_up(services)
    found: list[OrderRecord] = []
    kinds: list[OrderKind | None] = [ORDER_KINDS[name] for name in names]
    for kind in kinds or [None]:
        found += await services.history.orders(
            call.account,
            instrument=wanted_instrument,
            instrument_type=wanted_type,
            order_type=None if kind is None else kind.order_type,
            time_in_force=None if kind is None else kind.time_in_force,
            post_only=None if kind is None else kind.post_only,
            state=ENDED_STATES.get(request.state),
            after_id=after,
            before_id=before,
            begin_ms=begin,
            end_ms=end,
            limit=limit,
            ended_only=True,
            unfilled_since_ms=services.engine.now_ms() - UNFILLED_SHOWN_MS,
            updated_since_ms=services.engine.now_ms() - shown_ms,
            instruments=instruments_meant(services, wanted_type, request.instrument_family, request.uly),
            category=CATEGORIES[request.category],
        )
    found.sort(key=lambda record: record.order_id, reverse=True)
    brought: dict[int, list[AlgoRecord]] = {record.order_id: [] for record in found[:limit]}
    for algo in await services.history.attached(list(brought)):
        brought[algo.parent_order_id].append(algo)
    return [_row(services, record, brought[record.order_id]) for record in found[:limit]]


async def fills(call: PrivateCall, request: requests_trade.RecentFills) -> Rows:
    """Fills of the last 3 days, newest first."""
    return await _fills(call, request, FILLS_SHOWN_MS)


async def fills_history(call: PrivateCall, request: requests_trade.OlderFills) -> Rows:
    """Fills of the last 3 months, newest first."""
    return await _fills(call, request, QUARTER_MS)


async def _fills(call: PrivateCall, request: requests_trade.RecentFills, shown_ms: int) -> Rows:
    services = call.services
    wanted_type = instrument_type(request.instrument_type)
    wanted_instrument = optional_instrument(services, request.instrument_id)
    order_id = optional_id(request.order_id, "ordId")
    if request.fill_subtype not in FILL_KINDS:
        raise refusal("51000", "subType")
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    begin, end = optional_id(request.begin, "begin"), optional_id(request.end, "end")
    limit = page_limit(request.limit)
    category, position_side, side = FILL_KINDS[request.fill_subtype]
    await catch_up(services)
    found = await services.history.fills(
        call.account,
        instrument=wanted_instrument,
        instrument_type=wanted_type,
        order_id=order_id,
        instruments=instruments_meant(services, wanted_type, request.instrument_family, request.uly),
        side=side,
        position_side=position_side,
        category=category,
        after_id=after,
        before_id=before,
        begin_ms=max(begin or 0, services.engine.now_ms() - shown_ms),
        end_ms=end,
        limit=limit,
    )
    return [wire.fill_row(services.catalogue, fill) for fill in found]


async def cancel_all_after(call: PrivateCall, request: requests.Timer) -> Rows:
    """Cancel all orders, or those with a tag, in some seconds unless called again; 0 switches it off."""
    seconds = integer(request.timeout, "timeOut", 0, TIMEOUT_MAX_S, 0)
    if 0 < seconds < TIMEOUT_MIN_S:
        raise refusal("51000", "timeOut")
    tag = token(request.tag, "tag", requests.TAG_MAX)
    command = CancelAllAfter(account=call.account, timeout_ms=seconds * SECOND_MS, tag=Text16(tag))
    try:
        outcome = await call.services.engine.submit(command)
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
    return [{"triggerTime": str(outcome.id), "tag": tag, "ts": str(call.services.engine.now_ms())}]


def _order_types(text: str) -> frozenset[str]:
    names = frozenset(name for name in text.split(",") if name)
    if not names <= ORDER_KINDS.keys():
        raise refusal("51000", "ordType")
    return names
