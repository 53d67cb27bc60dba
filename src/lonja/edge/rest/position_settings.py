"""Leverage and margin of positions: what their holder chooses beside orders.

Why here: what needs more margin than there is, is told with the code that says what would help. Invariant: what raises
the risk asks whether the person may trade contracts, what lowers it asks nothing.
"""

from typing import Final, NamedTuple

from lonja.core.commands import AdjustMargin, SetLeverage
from lonja.core.kinds import InstrumentState, MarginMode, PositionMode, PositionSide
from lonja.core.margin_commands import SetFamilyLeverage
from lonja.core.rejections import Rejection
from lonja.core.views import PositionView
from lonja.edge.errors import EdgeError, engine_error, refusal, rejection_error
from lonja.edge.gate import require_contract_right
from lonja.edge.rest import margin_settings
from lonja.edge.rest.calls import PrivateCall, instrument_named, names_of
from lonja.edge.rest.closed import MARGIN_MODES, one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account_settings as rows
from lonja.edge.wire import requests_account
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.leverage import LEVERAGE_MIN, parse_leverage, real_leverage
from lonja.edge.wire.orders import POSITION_SIDE_NAMES, leverage_text
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError

CHANGES: Final = ("add", "reduce")
SIDES: Final = tuple(POSITION_SIDE_NAMES.values())
_LONG, _SHORT, _NET = int(PositionSide.LONG), int(PositionSide.SHORT), int(PositionSide.NET)
_ISOLATED: Final = int(MarginMode.ISOLATED)


class _Place(NamedTuple):
    """Which positions a leverage is set for: one, or both sides of one that is held cross."""

    form: InstrumentForm
    margin_mode: int
    sides: tuple[int, ...]


async def set_leverage(call: PrivateCall, request: requests_account.SetLeverage) -> Rows:
    """Set the leverage of a contract or of positions in a pair; without loans, that of a pair or a currency is 1."""
    one_of(request.margin_mode, "mgnMode", MARGIN_MODES)
    one_of(request.position_side, "posSide", ("", *SIDES))
    if not (request.instrument_id or request.currency):
        raise refusal("50015", "instId", "ccy")
    if request.instrument_id:
        form = instrument_named(call.services, request.instrument_id)
        if form.is_contract:
            return await _set_leverage(call, request, form)
        if margin_settings.has_leverage(call, form, request.margin_mode):
            return await margin_settings.set_pair_leverage(call, request, form)
    elif call.services.catalogue.find_currency(request.currency) is None:
        raise refusal("51012")
    if request.leverage != rows.WITHOUT_LOAN:
        raise refusal("51010")
    return [rows.set_leverage_row(request.instrument_id, request.margin_mode, request.position_side or SIDES[_NET])]


async def _set_leverage(call: PrivateCall, request: requests_account.SetLeverage, form: InstrumentForm) -> Rows:
    leverage = parse_leverage(request.leverage)
    if leverage < LEVERAGE_MIN:
        raise refusal("59105", leverage_text(LEVERAGE_MIN))
    mode = MARGIN_MODES.index(request.margin_mode)
    place = _Place(form, mode, _sides(call, request.position_side, mode))
    before = [_leverage(call, form, mode, side) for side in place.sides]
    if leverage > min(before):
        require_contract_right(call.services, call.session, form, leverage)
    for number, side in enumerate(place.sides):
        rejection = await _submit(call, _leverage_command(call, place, side, leverage))
        if rejection != Rejection.NONE:
            error = _leverage_refusal(call, place, rejection)
            # Both sides or none.
            for earlier, old in zip(place.sides[:number], before, strict=False):
                await _submit(call, _leverage_command(call, place, earlier, old))
            raise error
    side_name = SIDES[place.sides[0]] if len(place.sides) == 1 else request.position_side
    return [rows.set_leverage_row(form.instrument_id, request.margin_mode, side_name, leverage_text(leverage))]


def _leverage_command(call: PrivateCall, place: _Place, side: int, leverage: int) -> SetLeverage | SetFamilyLeverage:
    """Dated contracts of one underlying find one tier together when they are held cross, so they have one leverage."""
    form = place.form
    if form.instrument_type == "FUTURES" and place.margin_mode != _ISOLATED:
        return SetFamilyLeverage(0, call.account, 0, 0, form.code, side, leverage)
    return SetLeverage(0, call.account, 0, 0, form.code, place.margin_mode, side, leverage)


def _sides(call: PrivateCall, name: str, margin_mode: int) -> tuple[int, ...]:
    """The sides that are meant: in net mode there is one, and both sides of a cross position have one leverage."""
    view = call.services.engine.views.account(call.account)
    if view is None or view.position_mode == PositionMode.NET:
        if name not in ("", SIDES[_NET]):
            raise refusal("51000", "posSide")
        return (_NET,)
    if margin_mode != _ISOLATED:
        return (_LONG, _SHORT)
    if name not in (SIDES[_LONG], SIDES[_SHORT]):
        raise refusal("51000", "posSide")
    return (SIDES.index(name),)


def _position(call: PrivateCall, code: int, margin_mode: int, side: int) -> PositionView | None:
    names = (code, margin_mode, side)
    found = (view for view in call.services.engine.views.positions(call.account) if view[1:4] == names)
    return next(found, None)


def _leverage(call: PrivateCall, form: InstrumentForm, margin_mode: int, side: int) -> int:
    return call.services.engine.views.leverage(call.account, form.code, margin_mode, side)


def _leverage_refusal(call: PrivateCall, place: _Place, rejection: Rejection) -> EdgeError:
    if rejection in (Rejection.LEVERAGE_ABOVE_TIER, Rejection.LEVERAGE_OUT_OF_RANGE, Rejection.POSITION_ABOVE_MAX):
        return refusal("59102")
    if rejection == Rejection.INSUFFICIENT_FUNDS:
        is_isolated = place.margin_mode == _ISOLATED
        if _has_orders(call, place.form, place.margin_mode):
            return refusal("59101" if is_isolated else "59107")
        return refusal("59103" if is_isolated else "59108")
    return rejection_error(rejection)


def _has_orders(call: PrivateCall, form: InstrumentForm, margin_mode: int) -> bool:
    orders = call.services.engine.views.open_orders(call.account)
    return any(order.instrument == form.code and order.margin_mode == margin_mode for order in orders)


async def leverage(call: PrivateCall, request: requests_account.Leverage) -> Rows:
    """The leverage of contracts, of both sides where there are two, and of positions in pairs; 1 where nothing is lent."""
    one_of(request.margin_mode, "mgnMode", MARGIN_MODES)
    if not (request.instrument_ids or request.currencies):
        raise refusal("50015", "instId", "ccy")
    forms = [instrument_named(call.services, name) for name in sorted(names_of(request.instrument_ids, "instId"))]
    currencies = [] if forms else sorted(names_of(request.currencies, "ccy"))
    if any(call.services.catalogue.find_currency(name) is None for name in currencies):
        raise refusal("51012")
    view = call.services.engine.views.account(call.account)
    is_net = view is None or view.position_mode == PositionMode.NET
    mode = MARGIN_MODES.index(request.margin_mode)
    found: Rows = []
    for form in forms:
        if not form.is_contract:
            lever = margin_settings.leverage_text_of(call, form, request.margin_mode)
            found.append(rows.leverage_row(request.margin_mode, form.instrument_id, leverage=lever))
            continue
        for side in (_NET,) if is_net else (_LONG, _SHORT):
            lever = leverage_text(_leverage(call, form, mode, side))
            found.append(rows.leverage_row(request.margin_mode, form.instrument_id, "", SIDES[side], lever))
    return found + [rows.leverage_row(request.margin_mode, currency=name) for name in currencies]


async def change_margin(call: PrivateCall, request: requests_account.ChangeMargin) -> Rows:
    """Add margin to an isolated position, or take some away; the leverage is what it comes to at the mark."""
    form = instrument_named(call.services, request.instrument_id)
    side = SIDES.index(one_of(request.position_side, "posSide", SIDES))
    adds = one_of(request.change, "type", CHANGES) == "add"
    if not form.is_contract:
        return await margin_settings.change_pair_margin(call, request, form)
    amount = form.settle.parse(request.amount, "amt")
    if request.currency not in ("", form.settle.name):
        raise refusal("51000", "ccy")
    if not adds:
        require_contract_right(call.services, call.session, form)
    command = AdjustMargin(0, call.account, 0, 0, form.code, side, amount if adds else -amount)
    rejection = await _submit(call, command)
    if rejection != Rejection.NONE:
        raise _margin_refusal(rejection)
    view, contract = _position(call, form.code, _ISOLATED, side), call.services.engine.views.contract(form.code)
    lever = "" if view is None or contract is None else real_leverage(form, view, contract.mark)
    return [rows.margin_row(form, request.position_side, request.change, amount, lever)]


def _margin_refusal(rejection: Rejection) -> EdgeError:
    if rejection == Rejection.POSITION_NOT_FOUND:
        return refusal("59300")
    if rejection == Rejection.MARGIN_NOT_REMOVABLE:
        return refusal("59301")
    if rejection == Rejection.INSUFFICIENT_FUNDS:
        return refusal("59200")
    return rejection_error(rejection)


async def _submit(call: PrivateCall, command: SetLeverage | SetFamilyLeverage | AdjustMargin) -> Rejection:
    form = call.services.catalogue.at(command.instrument)
    view = call.services.engine.views.instrument(form.code)
    if view is None or view.state == InstrumentState.DELISTED:
        raise refusal("51001")
    try:
        outcome = await call.services.engine.submit(command)
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    return Rejection(outcome.rejection)
