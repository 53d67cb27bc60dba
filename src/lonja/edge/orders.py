"""Order operations, the same for REST and WebSocket: place, cancel and amend, single and in batches.

Why here: permission, expiry, rate limits, parsing and the mapping of outcomes must not differ between the two ways in.
Invariant: each argument gets one row, in order; nothing is sent to the engine when the whole request is refused.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

import structlog

from lonja.core.algo_commands import AmendAlgo, AmendDetailedAlgo
from lonja.core.commands import AmendOrder, CancelOrder, Command, PlaceContractOrder, PlaceOrder
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.rejections import Rejection
from lonja.core.views import Outcome
from lonja.edge.errors import MESSAGES, EdgeError, engine_error, refusal, rejection_error
from lonja.edge.gate import order_refusal
from lonja.edge.margin_orders import Opening, is_margin, margin_command, redirected
from lonja.edge.order_attachments import attached_changes, parent_of
from lonja.edge.order_refusals import attached_refusal, check_trade_mode, earlier_refusal, refusal_of
from lonja.edge.rate_limit import Rate
from lonja.edge.services import OrderFaults, Services
from lonja.edge.session import Session
from lonja.edge.wire.algo_amending import AlgoAmendment
from lonja.edge.wire.algo_requests import Attachment, attached
from lonja.edge.wire.contract_requests import OffStepError, amendment_command, order_command
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.order_answers import (
    AMEND_ROW,
    CANCEL_ROW,
    PLACE_ROW,
    amended_row,
    canceled_row,
    placed_row,
    refused_row,
    summary_of,
)
from lonja.edge.wire.order_requests import (
    asks_for_change,
    cancel_command,
    check_parameters,
    instrument_of,
    order_reference,
)
from lonja.modules.identity.api import Permission
from lonja.primitives.errors import EngineUnavailableError, LonjaError

ATTACHMENTS: Final = frozenset(("attachAlgoOrds", "tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx"))
"""Parameters that attach a take profit or a stop loss to an order."""
BATCH_MAX: Final = 20
SINGLE_RATE: Final = Rate(60, 2.0)
BATCH_RATE: Final = Rate(300, 2.0)
NO_INSTRUMENT: Final = "51001"
WHOLE_REQUEST_CODES: Final = ("50011", "50014", "50061")
"""Refusals that are told at the top of the answer to a single order, not in its row."""

_ACCEPTED: Final = int(Rejection.NONE)
_NO_HARM: Final = (_ACCEPTED, int(Rejection.NOTHING_TO_AMEND))
"""What may become of one thing attached while others are amended."""
_log = structlog.get_logger("lonja.edge")

OrderCommand = PlaceOrder | PlaceContractOrder | PlaceMarginOrder | CancelOrder | AmendOrder | AlgoAmendment
Row = dict[str, object]


class OrderReply(NamedTuple):
    """The answer to an order operation. Times are microseconds; ``http_status`` is for REST."""

    code: str
    message: str
    data: list[Row]
    in_time_us: int
    out_time_us: int
    http_status: int


Answer = Callable[[OrderReply], None]


class OrderOperation(NamedTuple):
    """One family of operations.

    ``too_many`` is the code for a batch of a wrong length, ``not_found`` for an order that is not open.
    ``counts_as_order`` is set where orders are placed or amended: these are counted per account and may expire.
    """

    name: str
    build: Callable[[Mapping[str, object], InstrumentForm, int], OrderCommand]
    blank: dict[str, object]
    too_many: str
    not_found: str
    counts_as_order: bool


class _Item(NamedTuple):
    """One argument: refused when ``error`` is given, else to be sent as ``command``, right after what is ``attached``.

    An amendment of nothing but what is attached to an order has no command of its own: it is the last of these.
    ``opening`` has to be done before, and tells whose account the order is of.
    """

    arg: Mapping[str, object]
    form: InstrumentForm | None
    command: OrderCommand | None
    error: EdgeError | None
    attached: Sequence[Attachment | AlgoAmendment] = ()
    opening: Opening | None = None


_PLACE = OrderOperation("order", order_command, PLACE_ROW, "51111", "51603", counts_as_order=True)
_CANCEL = OrderOperation("cancel-order", cancel_command, CANCEL_ROW, "51406", "51400", counts_as_order=False)
_AMEND = OrderOperation("amend-order", amendment_command, AMEND_ROW, "51501", "51503", counts_as_order=True)

OPERATIONS: Final[dict[str, tuple[OrderOperation, bool]]] = {
    "order": (_PLACE, False),
    "batch-orders": (_PLACE, True),
    "cancel-order": (_CANCEL, False),
    "batch-cancel-orders": (_CANCEL, True),
    "amend-order": (_AMEND, False),
    "batch-amend-orders": (_AMEND, True),
}
"""Every operation by its name on the WebSocket, and whether it takes several arguments."""


async def run_order_operation(
    services: Services,
    session: Session,
    operation: str,
    args: Sequence[Mapping[str, object]],
    expires_ms: int | None,
) -> OrderReply:
    """Carry out ``operation`` for ``session``; every refusal is told in the reply."""
    answered: asyncio.Future[OrderReply] = asyncio.get_running_loop().create_future()

    def answer(reply: OrderReply) -> None:
        if not answered.done():
            answered.set_result(reply)

    start_order_operation(services, session, operation, args, expires_ms, answer)
    return await answered


def start_order_operation(
    services: Services,
    session: Session,
    operation: str,
    args: Sequence[Mapping[str, object]],
    expires_ms: int | None,
    answer: Answer,
) -> None:
    """Begin ``operation``; ``answer``, which must not raise, hears the reply, maybe at once. Raises nothing."""
    kind, is_batch = OPERATIONS[operation]
    expires_ms = expires_ms if kind.counts_as_order else None  # a late cancellation is still what its sender wants
    under_way = _UnderWay(services, kind, answer, expires_ms)
    try:
        _check_request(services, session, kind, args, expires_ms)
        items = (_batch_items if is_batch else _single_item)(services, session, kind, args)
        if kind.counts_as_order:
            items = _governed(services, session, items)
        if services.order_faults is not None:
            items = [_struck(services.order_faults, session, kind, item) for item in items]
        under_way.send(items)
    except EdgeError as error:
        under_way.refuse(error)
    except EngineUnavailableError as error:
        under_way.refuse(engine_error(error))
    except Exception:  # noqa: BLE001  the client must get an answer whatever went wrong
        _log.exception("order operation failed", operation=operation)
        under_way.refuse(refusal("50026"))


class _UnderWay:
    """One operation between its request and its reply."""

    __slots__ = ("_answer", "_expires_ms", "_in_time_us", "_items", "_kind", "_services", "_started_ns")

    def __init__(self, services: Services, kind: OrderOperation, answer: Answer, expires_ms: int | None) -> None:
        self._services = services
        self._kind = kind
        self._answer = answer
        self._expires_ms = expires_ms
        self._items: list[_Item] = []
        self._started_ns = time.perf_counter_ns()
        self._in_time_us = services.engine.now_ms() * 1000 + self._started_ns // 1000 % 1000

    def send(self, items: list[_Item]) -> None:
        """Give the commands of ``items`` to the engine, if there are any, and before them what opens their accounts."""
        self._items = items
        openings = list(dict.fromkeys(item.opening for item in items if item.error is None and item.opening))
        if openings:
            self._services.engine.send(openings, partial(self._on_opened, openings))
        else:
            self._send_items(items)

    def _on_opened(self, openings: list[Opening], told: list[Outcome] | LonjaError) -> None:
        if isinstance(told, LonjaError):
            self.refuse(engine_error(told))
            return
        found = dict(zip(openings, told, strict=True))
        self._items = [_opened(item, found) for item in self._items]
        try:
            self._send_items(self._items)
        except EngineUnavailableError as error:
            self.refuse(engine_error(error))

    def _send_items(self, items: list[_Item]) -> None:
        commands: list[Command] = []
        for item in items:
            if item.command is not None and item.error is None:
                commands += item.attached
                commands.append(item.command)
        if commands:
            is_late = None if self._expires_ms is None else partial(_has_expired, self._services, self._expires_ms)
            self._services.engine.send(commands, self._on_outcomes, is_late)
        else:
            self._on_outcomes([])

    def refuse(self, error: EdgeError) -> None:
        """Reply with a refusal of the whole operation."""
        self._reply(error.code, error.message, [], error.http_status)

    def _on_outcomes(self, told: list[Outcome] | LonjaError) -> None:
        if isinstance(told, LonjaError):
            self.refuse(engine_error(told))
            return
        try:
            rows = self._rows(told)
            code = summary_of(rows)
        except Exception:  # noqa: BLE001  the engine, which calls this, has no use for the edge's faults
            _log.exception("order operation was carried out, but not answered", operation=self._kind.name)
            self.refuse(refusal("50026"))
        else:
            self._reply(code, MESSAGES[code], rows, 200)

    def _rows(self, outcomes: list[Outcome]) -> list[Row]:
        services, kind, now_ms = self._services, self._kind, self._services.engine.now_ms()
        told = iter(outcomes)
        return [
            _row(services, kind, item, _outcome(item, told), now_ms)
            if item.error is None
            else refused_row(kind.blank, item.arg, item.error, now_ms)
            for item in self._items
        ]

    def _reply(self, code: str, message: str, rows: list[Row], http_status: int) -> None:
        out_time_us = self._in_time_us + (time.perf_counter_ns() - self._started_ns) // 1000
        self._answer(OrderReply(code, message, rows, self._in_time_us, out_time_us, http_status))


def _opened(item: _Item, found: Mapping[Opening, Outcome]) -> _Item:
    """``item`` with the account that was opened for it, or refused as that was."""
    if item.opening is None or item.command is None or item.error is not None:
        return item
    outcome = found[item.opening]
    if outcome.rejection != _ACCEPTED:
        return item._replace(error=rejection_error(outcome.rejection))
    attached = [one._replace(account=outcome.id) for one in item.attached]
    return item._replace(command=item.command._replace(account=outcome.id), attached=attached)


def _check_request(
    services: Services,
    session: Session,
    kind: OrderOperation,
    args: Sequence[Mapping[str, object]],
    expires_ms: int | None,
) -> None:
    if Permission.TRADE not in session.key.permissions:
        raise refusal("50120")
    if expires_ms is not None and _has_expired(services, expires_ms):
        raise refusal("50036")
    if not 1 <= len(args) <= BATCH_MAX:
        raise refusal(kind.too_many, BATCH_MAX)
    if kind is _AMEND and len(args) > 1:
        _check_distinct(services, session.account, args)


def _has_expired(services: Services, expires_ms: int) -> bool:
    """Whether the time has come, by the clock that the client goes by: the exchange's, or in a sandbox the machine's."""
    now_ms = services.engine.now_ms()
    if services.machine_clock is None:
        return expires_ms < now_ms
    left_ms = (expires_ms - now_ms, expires_ms - services.machine_clock())
    if any(0 <= left <= services.settings.clock_window_ms for left in left_ms):
        return False
    return min(left_ms, key=abs) < 0


def _check_distinct(services: Services, account: int, args: Sequence[Mapping[str, object]]) -> None:
    seen = set()
    for arg in args:
        try:
            reference = order_reference(arg)
        except EdgeError:
            # Told in the row of this argument.
            continue
        if reference[1] and (named := services.engine.views.find_client_order(account, reference[1])) is not None:
            # The same order may be meant by both of its names.
            reference = named.order_id, ""
        if reference in seen:
            raise refusal("51512")
        seen.add(reference)


def _single_item(
    services: Services, session: Session, kind: OrderOperation, args: Sequence[Mapping[str, object]]
) -> list[_Item]:
    arg = args[0]
    try:
        form = _form_of(services, kind, arg)
        _take_single(services, session, kind, form.code)
        return [_build(services, _Item(arg, form, None, None), form, kind, session.account)]
    except EdgeError as error:
        # A missing parameter makes the whole of a single request malformed.
        if error.code in WHOLE_REQUEST_CODES:
            raise
        return [_Item(arg, None, None, error)]


def _governed(services: Services, session: Session, items: list[_Item]) -> list[_Item]:
    """``items``, of which those are refused that the account may not send."""
    now_ms = services.engine.now_ms()
    governed = []
    for item in items:
        # What is attached only closes.
        if item.command is not None and not isinstance(item.command, AmendAlgo | AmendDetailedAlgo):
            error = order_refusal(services, session, item.command, now_ms)
            governed.append(item if error is None else item._replace(command=None, error=error))
        else:
            governed.append(item)
    return governed


def _struck(faults: OrderFaults, session: Session, kind: OrderOperation, item: _Item) -> _Item:
    """``item``, or its refusal by a fault."""
    if item.form is None or item.error is not None:
        return item
    fault = faults.refusal_of(session.account, kind.name, item.form.instrument_id)
    return item if fault is None else item._replace(command=None, error=fault)


def _take_single(services: Services, session: Session, kind: OrderOperation, code: int) -> None:
    _take_account(services, session, kind, 1)
    if not services.rate_limits.take((kind.name, session.account, code), SINGLE_RATE):
        raise refusal("50011")


def _batch_items(
    services: Services, session: Session, kind: OrderOperation, args: Sequence[Mapping[str, object]]
) -> list[_Item]:
    items: list[_Item] = []
    counts: dict[int, int] = {}
    for arg in args:
        try:
            form = _form_of(services, kind, arg)
        except EdgeError as error:
            items.append(_Item(arg, None, None, error))
            continue
        counts[form.code] = counts.get(form.code, 0) + 1
        items.append(_Item(arg, form, None, None))
    _take_account(services, session, kind, sum(counts.values()))
    limited = _limited_instruments(services, session, kind, counts, single=len(args) == 1)
    if limited and len(limited) == len(counts):
        raise refusal("50011")
    return [_built(services, item, kind, session.account, limited) for item in items]


def _form_of(services: Services, kind: OrderOperation, arg: Mapping[str, object]) -> InstrumentForm:
    """The instrument meant. Raises ``EdgeError``; what is wrong with the parameters comes before that there is none."""
    try:
        return instrument_of(services.catalogue, arg)
    except EdgeError as error:
        if kind is _PLACE and error.code == NO_INSTRUMENT:
            check_parameters(arg)
        raise


def _built(services: Services, item: _Item, kind: OrderOperation, account: int, limited: set[int]) -> _Item:
    if item.form is None:
        return item
    if item.form.code in limited:
        return item._replace(error=refusal("50011"))
    try:
        return _build(services, item, item.form, kind, account)
    except EdgeError as error:
        return item._replace(error=error)


def _build(services: Services, item: _Item, form: InstrumentForm, kind: OrderOperation, account: int) -> _Item:
    """``item`` with its command and what is attached to it. Raises ``EdgeError``."""
    arg = item.arg
    try:
        command: OrderCommand = kind.build(arg, form, account)
    except OffStepError as error:
        raise earlier_refusal(services, arg, form, account, error, kind.not_found) or error from None
    if isinstance(command, PlaceOrder) and is_margin(services, arg, form, account):
        command, opening = margin_command(services, arg, form, command)
        item, account = item._replace(opening=opening), command.account
    elif kind is _PLACE:
        check_trade_mode(services, arg, form, account)
    elif isinstance(command, CancelOrder | AmendOrder) and not form.is_contract:
        command = redirected(services, command)
        account = command.account
    if kind is _AMEND and arg.get("attachAlgoOrds"):
        changes = attached_changes(services, arg, form, account, kind.not_found)
        if not asks_for_change(arg):
            return item._replace(command=changes[-1], attached=changes[:-1])
        return item._replace(command=command, attached=changes)
    if kind is not _PLACE or ATTACHMENTS.isdisjoint(arg):
        return item._replace(command=command)
    found = attached(arg, form, account)
    refused = attached_refusal(services, command, found)
    if refused is not None:
        raise refused
    return item._replace(command=command, attached=found)


def _take_account(services: Services, session: Session, kind: OrderOperation, units: int) -> None:
    if not kind.counts_as_order:
        return
    if not services.rate_limits.take(("orders", session.account), services.settings.account_rate, units):
        raise refusal("50061")


def _limited_instruments(
    services: Services, session: Session, kind: OrderOperation, counts: dict[int, int], *, single: bool
) -> set[int]:
    """The instruments whose window is full. A batch of one counts as a single order."""
    name, rate = (kind.name, SINGLE_RATE) if single else ("batch-" + kind.name, BATCH_RATE)
    take = services.rate_limits.take
    return {code for code, units in counts.items() if not take((name, session.account, code), rate, units)}


def _outcome(item: _Item, told: Iterator[Outcome]) -> Outcome:
    """What became of ``item``: of its order, but an amendment is refused when one of what is attached was.

    An order to be placed is refused by the core when something can not be attached to it.
    """
    before = list(islice(told, len(item.attached)))
    outcome = next(told)
    if isinstance(item.command, AmendOrder | AmendAlgo | AmendDetailedAlgo):
        return next((earlier for earlier in before if earlier.rejection not in _NO_HARM), outcome)
    return outcome


def _row(services: Services, kind: OrderOperation, item: _Item, outcome: Outcome, now_ms: int) -> Row:
    assert item.command is not None
    assert item.form is not None
    if outcome.rejection == _ACCEPTED:
        return _accepted_row(services, item.command, outcome.id, now_ms)
    refused = refusal_of(services, item.command, item.form, outcome.rejection, kind.not_found)
    return refused_row(kind.blank, item.arg, refused, now_ms)


def _accepted_row(services: Services, command: OrderCommand, order_id: int, now_ms: int) -> Row:
    if isinstance(command, PlaceOrder | PlaceContractOrder | PlaceMarginOrder):
        return placed_row(order_id, command.client_order_id, command.tag, now_ms)
    if isinstance(command, AmendAlgo | AmendDetailedAlgo):
        order_id = parent_of(services, order_id)
    record = services.orders.order(order_id)
    named = "" if isinstance(command, AmendAlgo | AmendDetailedAlgo) else command.client_order_id
    client_order_id = record.client_order_id if record is not None else named
    if isinstance(command, CancelOrder):
        return canceled_row(order_id, client_order_id, now_ms)
    return amended_row(order_id, client_order_id, command.request_id, now_ms)
