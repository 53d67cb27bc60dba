"""Algo orders: placing, amending and canceling them, and questions about them.

Why here: each request gets a row of its own that says what became of it. Invariant: as in ``edge.orders``; permission and
windows are those of the table.
"""

from collections.abc import Sequence
from typing import Final

from lonja.core.algo_commands import CancelAlgo, PlaceAlgo
from lonja.core.kinds import AlgoState
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.core.views import Outcome
from lonja.edge.algo_refusals import (
    activation_refusal,
    algo_refusal,
    amended_terms,
    crowding_refusal,
    limit_profit_refusal,
    plain_terms,
)
from lonja.edge.errors import EdgeError, refusal
from lonja.edge.gate import algo_gate_refusal
from lonja.edge.margin_algos import margin_algo, pocket_of_algo
from lonja.edge.margin_orders import is_margin
from lonja.edge.order_refusals import check_trade_mode
from lonja.edge.reading_algos import read_algo
from lonja.edge.rest.calls import (
    PrivateCall,
    catch_up,
    instrument_named,
    instrument_type,
    optional_id,
    optional_instrument,
    page_limit,
)
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import requests_trade as asked
from lonja.edge.wire.algo_amending import AlgoAmendment, amend_algo_command
from lonja.edge.wire.algo_answers import Row, amended_algo, canceled_algo, placed_algo, refused_algo
from lonja.edge.wire.algo_placing import ALGO_TYPES, algo_instrument
from lonja.edge.wire.algos import AlgoRows
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import token
from lonja.edge.wire.order_requests import CLIENT_ORDER_ID_MAX
from lonja.edge.wire.requests import on_wire
from lonja.modules.history.api import AlgoRecord
from lonja.primitives.instant import DAY_MS
from lonja.primitives.money import INT_MAX

CANCEL_MAX: Final = 10
QUARTER_MS: Final = 90 * DAY_MS
TOGETHER: Final = {"conditional", "oco"}
"""Types that may be asked for together."""
STATES: Final[dict[str, tuple[int, ...]]] = {
    "effective": (int(AlgoState.EFFECTIVE),),
    "canceled": (int(AlgoState.CANCELED),),
    "order_failed": (int(AlgoState.ORDER_FAILED), int(AlgoState.PARTIALLY_FAILED)),
}
"""What may be asked for of those that ended."""


async def place_algo(call: PrivateCall, request: asked.PlaceAlgo) -> Rows:
    """Place an algo order."""
    arg = on_wire(request)
    try:
        form = algo_instrument(call.services.catalogue, arg)
        opening = None
        if is_margin(call.services, arg, form, call.account):
            command, opening = margin_algo(call.services, arg, form, call.account)
        else:
            command = read_algo(call.services, arg, form, call.account)
            check_trade_mode(call.services, arg, form, call.account)
        terms = plain_terms(command)
        _check_may(call, "order-algo", form, terms)
        views = call.services.engine.views
        refused = limit_profit_refusal(views, command) or crowding_refusal(views, terms, _accounts_of(call))
        if refused is not None:
            raise refused
        if opening is not None:
            opened = await call.services.engine.submit(opening)
            if opened.rejection:
                raise algo_refusal(views, form, terms, opened.rejection)
            command = command._replace(account=opened.id)
        outcome = await call.services.engine.submit(command)
        if outcome.rejection:
            raise algo_refusal(views, form, terms, outcome.rejection)
    except EdgeError as error:
        return [refused_algo(request, error)]
    return [placed_algo(outcome.id, command.client_algo_id, command.tag)]


async def cancel_algos(call: PrivateCall, orders: Sequence[asked.CancelAlgo]) -> Rows:
    """Cancel up to ten algo orders."""
    if not 1 <= len(orders) <= CANCEL_MAX:
        raise refusal("51406", CANCEL_MAX)
    items = [_cancellation(call, order) for order in orders]
    commands = [item for item in items if isinstance(item, CancelAlgo)]
    told = iter(await call.services.engine.submit_many(commands) if commands else [])
    return [
        _canceled(call, order, next(told) if isinstance(item, CancelAlgo) else item)
        for order, item in zip(orders, items, strict=True)
    ]


async def amend_algo(call: PrivateCall, request: asked.AmendAlgo) -> Rows:
    """Change an algo order."""
    try:
        form = instrument_named(call.services, request.instrument_id)
        found = _open_algo(call, form, *_reference(request))
        await _amend(call, request, form, found)
    except EdgeError as error:
        return [refused_algo(request, error)]
    return [amended_algo(found.algo_id, found.client_algo_id, request.request_id)]


async def algo(call: PrivateCall, request: asked.OneAlgo) -> Rows:
    """One algo order, open or ended."""
    services = call.services
    algo_id, name = _reference(request)
    found = services.orders.algos.algo(algo_id) if algo_id else services.orders.algos.find(call.account, name)
    if found is None:
        await catch_up(services)
        found = await services.history.algo(call.account, algo_id=algo_id or None, client_algo_id=name)
    if found is None or found.account != call.account or found.waiting:
        raise refusal("51603")
    return [_rows(call).row(found)]


async def pending_algos(call: PrivateCall, request: asked.PendingAlgos) -> Rows:
    """Open algo orders of a type, newest first."""
    kinds = _kinds(request.order_type)
    wanted_type = instrument_type(request.instrument_type)
    instrument = optional_instrument(call.services, request.instrument_id)
    wanted = optional_id(request.algo_id, "algoId")
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = page_limit(request.limit)
    found = [
        record
        for record in call.services.orders.algos.open_algos(call.account)
        if record.kind in kinds
        and (wanted_type is None or record.instrument_type == wanted_type)
        and (instrument is None or record.instrument == instrument)
        and (wanted is None or record.algo_id == wanted)
        and (after is None or record.algo_id < after)
        and (before is None or record.algo_id > before)
    ]
    rows = _rows(call)
    return [rows.listed(record) for record in found[:limit]]


async def ended_algos(call: PrivateCall, request: asked.EndedAlgos) -> Rows:
    """Ended algo orders of a type of the last three months, by state or id, newest first."""
    services = call.services
    kinds = _kinds(request.order_type)
    if not (request.state or request.algo_id):
        raise refusal("50015", "state", "algoId")
    one_of(request.state, "state", ("", *STATES))
    wanted_type = instrument_type(request.instrument_type)
    instrument = optional_instrument(services, request.instrument_id)
    wanted = optional_id(request.algo_id, "algoId")
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = page_limit(request.limit)
    await catch_up(services)
    found = await services.history.algos(
        call.account,
        instrument=instrument,
        instrument_type=wanted_type,
        kinds=kinds,
        states=STATES.get(request.state, ()),
        algo_id=wanted,
        after_id=after,
        before_id=before,
        begin_ms=services.engine.now_ms() - QUARTER_MS,
        limit=limit,
    )
    rows = _rows(call)
    return [rows.listed(record) for record in found]


def _rows(call: PrivateCall) -> AlgoRows:
    return AlgoRows(call.services.catalogue, call.services.engine.views)


def _kinds(text: str) -> tuple[int, ...]:
    names = text.split(",")
    for name in names:
        one_of(name, "ordType", tuple(ALGO_TYPES))
    if len(names) > 1 and not TOGETHER.issuperset(names):
        raise refusal("51000", "ordType")
    return tuple(ALGO_TYPES[name] for name in names)


def _reference(request: asked.CancelAlgo | asked.AmendAlgo | asked.OneAlgo) -> tuple[int, str]:
    """Algo id and client's id; the algo id wins when both are given. Raises ``EdgeError`` 50015 or 51000."""
    if request.algo_id:
        # No algo order has the numbers 0 and INT_MAX, so what cannot be an id is an unknown one.
        return min(optional_id(request.algo_id, "algoId") or INT_MAX, INT_MAX), ""
    if not request.client_algo_id:
        raise refusal("50015", "algoId", "algoClOrdId")
    return 0, token(request.client_algo_id, "algoClOrdId", CLIENT_ORDER_ID_MAX)


def _accounts_of(call: PrivateCall) -> list[int]:
    """The account that asks, and its pockets."""
    return [call.account, *(pocket for pocket, _ in call.services.orders.pockets(call.account))]


def _check_may(call: PrivateCall, operation: str, form: InstrumentForm, terms: PlaceAlgo) -> None:
    """Raise ``EdgeError`` when governance, a fault of the sandbox or the price forbids it."""
    services = call.services
    error = algo_gate_refusal(services, call.session, terms)
    if error is None and services.order_faults is not None:
        error = services.order_faults.refusal_of(call.account, operation, form.instrument_id)
    if error is None:
        error = activation_refusal(services.engine.views, terms)
    if error is not None:
        raise error


def _cancellation(call: PrivateCall, order: asked.CancelAlgo) -> CancelAlgo | EdgeError:
    try:
        form = instrument_named(call.services, order.instrument_id)
        algo_id, name = _reference(order)
    except EdgeError as error:
        return error
    faults = call.services.order_faults
    fault = None if faults is None else faults.refusal_of(call.account, "cancel-algos", form.instrument_id)
    found = call.services.orders.algos.find(call.account, name) if name else None
    account = pocket_of_algo(call.services, call.account, algo_id if found is None else found.algo_id)
    return fault or CancelAlgo(account=account, instrument=form.code, algo_id=algo_id, client_algo_id=Text32(name))


def _canceled(call: PrivateCall, order: asked.CancelAlgo, told: Outcome | EdgeError) -> Row:
    if isinstance(told, EdgeError):
        return refused_algo(order, told)
    if told.rejection:
        return refused_algo(order, refusal("51400"))
    record = call.services.orders.algos.algo(told.id)
    client_algo_id, tag = ("", "") if record is None else (record.client_algo_id, record.tag)
    return canceled_algo(told.id, client_algo_id, tag)


def _open_algo(call: PrivateCall, form: InstrumentForm, algo_id: int, name: str) -> AlgoRecord:
    algos = call.services.orders.algos
    found = algos.algo(algo_id) if algo_id else algos.find(call.account, name)
    mine = found is not None and found.account == call.account and found.instrument == form.code
    if found is None or not mine or found.waiting or found.state != AlgoState.LIVE:
        raise refusal("51503")
    return found


async def _amend(call: PrivateCall, request: asked.AmendAlgo, form: InstrumentForm, found: AlgoRecord) -> None:
    """Amend, or else cancel if that is wanted. Raises ``EdgeError``."""
    engine = call.services.engine
    account = pocket_of_algo(call.services, call.account, found.algo_id)
    try:
        command = amend_algo_command(on_wire(request), form, found._replace(account=account))
        terms = _terms_after(call, found, command)
        _check_may(call, "amend-algos", form, terms)
        outcome = await engine.submit(command)
        if outcome.rejection == Rejection.ALGO_NOT_FOUND:
            raise refusal("51503")
        if outcome.rejection:
            raise algo_refusal(engine.views, form, terms, outcome.rejection)
    except EdgeError:
        if request.cancel_on_fail:
            await engine.submit(CancelAlgo(account=account, instrument=form.code, algo_id=found.algo_id))
        raise


def _terms_after(call: PrivateCall, found: AlgoRecord, command: AlgoAmendment) -> PlaceAlgo:
    view = call.services.engine.views.algo(found.algo_id)
    if view is None:
        raise refusal("51503")
    return amended_terms(view.terms, command)
