"""Why an order was refused, as clients are told: what the core said, and what only the edge can see.

Why here: some refusals of the core have several codes on the wire, depending on the position, and what lies off a step
never reaches the core. Invariant: refusals that fit together are told in the order of ``rejections``.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from lonja.core.algo_commands import AmendAlgo, AmendDetailedAlgo, AttachDetailedAlgo
from lonja.core.commands import AmendOrder, CancelOrder, PlaceContractOrder, PlaceOrder
from lonja.core.kinds import (
    AccountMode,
    InstrumentState,
    MarginMode,
    OrderType,
    PositionMode,
    PositionSide,
    Side,
)
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.rejections import Rejection
from lonja.core.views import OrderView, PositionView
from lonja.edge.errors import STATE_CODES, EdgeError, refusal, rejection_error
from lonja.edge.services import Services
from lonja.edge.wire.algo_amending import AlgoAmendment
from lonja.edge.wire.algo_requests import Attachment
from lonja.edge.wire.contract_requests import OffStepError, only_closes
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.order_requests import order_reference, require_trade_mode
from lonja.engine.api import EngineViews

ATTACHED_MAX: Final = 100
"""Take profits and stop losses of an account that may be open in an instrument."""
EXPIRED: Final = "51027"
WRONG_DIRECTION: Final = "51170"
AMENDED: Final = 10
"""Added to the finer code of a limit on positions when it is an amendment that goes beyond it."""

_LIMITS_OF_POSITIONS: Final = (Rejection.POSITION_ABOVE_MAX, Rejection.LEVERAGE_ABOVE_TIER)
_MARGIN_SHORT: Final = (Rejection.INSUFFICIENT_BALANCE, Rejection.WOULD_LIQUIDATE, Rejection.COLLATERAL_INSUFFICIENT)
_POOL_CODES: Final[dict[int, str]] = {
    Rejection.INSUFFICIENT_BALANCE: "51008_1002",
    Rejection.BORROW_LIMIT_REACHED: "51008_1005",
    Rejection.COLLATERAL_INSUFFICIENT: "51008_1001",
}
"""Finer codes of what a spot order in multi-currency mode lacks: auto-borrow, what may be borrowed, or free margin."""

OrderCommand = PlaceOrder | PlaceContractOrder | PlaceMarginOrder | CancelOrder | AmendOrder | AlgoAmendment


def refusal_of(
    services: Services, command: OrderCommand, form: InstrumentForm, rejection: int, not_found: str
) -> EdgeError:
    """The refusal of the core, with the numbers that help the client; ``not_found`` is the code for no such order."""
    if rejection == Rejection.ORDER_NOT_FOUND:
        return refusal(not_found)
    if rejection == Rejection.ALGO_NOT_FOUND:
        return refusal("51527")
    view = services.engine.views.instrument(form.code)
    if view is None:
        return refusal("51001")
    if rejection == Rejection.INSTRUMENT_NOT_LIVE:
        return _state_refusal(form, view.state)
    if form.is_contract:
        special = _contract_refusal(services.engine.views, command, form, rejection)
        if special is not None:
            return special
    elif rejection == Rejection.INSUFFICIENT_BALANCE and isinstance(command, PlaceMarginOrder):
        # What is missing is the margin that the order brings along.
        return refusal("51008", _margin_name(services, form, command))
    elif rejection in _POOL_CODES and _is_pooled(services.engine.views, command.account):
        return refusal("51008", _paid_currency(services, form, command)).finer(_POOL_CODES[rejection])
    words = {
        Rejection.PRICE_ABOVE_BAND: lambda: form.price_text(view.buy_max),
        Rejection.PRICE_BELOW_BAND: lambda: form.price_text(view.sell_min),
        Rejection.SIZE_BELOW_MIN: lambda: form.size_text(view.size_min),
        Rejection.SIZE_ABOVE_MAX: lambda: form.size_text(view.size_limit_max),
        Rejection.MARKET_SIZE_ABOVE_MAX: lambda: form.size_text(view.size_market_max),
        Rejection.MARKET_AMOUNT_ABOVE_MAX: lambda: form.quote.text(view.amount_market_max),
        Rejection.OPEN_ORDERS_INSTRUMENT_MAX: lambda: form.instrument_id,
        Rejection.INSUFFICIENT_BALANCE: lambda: _paid_currency(services, form, command),
        Rejection.WOULD_LIQUIDATE: lambda: form.settle.name,
        Rejection.OPEN_ALGOS_MAX: lambda: str(ATTACHED_MAX),
    }
    word = words.get(Rejection(rejection))
    return rejection_error(rejection, word() if word is not None else "")


def check_trade_mode(services: Services, arg: Mapping[str, object], form: InstrumentForm, account: int) -> None:
    """Raise ``EdgeError`` when a spot order has the trade mode of another account mode: 51000 in multi-currency mode."""
    if not form.is_contract:
        require_trade_mode(arg, is_pooled=_is_pooled(services.engine.views, account))


def earlier_refusal(
    services: Services,
    arg: Mapping[str, object],
    form: InstrumentForm,
    account: int,
    error: OffStepError,
    not_found: str,
) -> EdgeError | None:
    """What is told instead of ``error``, because it comes before sizes and steps; None when there is nothing."""
    views = services.engine.views
    if error.position_side is None:
        meant = _order_meant(views, account, arg)
        if meant is None or meant.instrument != form.code:
            return refusal(not_found)
    instrument, contract, owner = views.instrument(form.code), views.contract(form.code), views.account(account)
    if instrument is None or contract is None or owner is None:
        return refusal("51001")
    if instrument.state not in (InstrumentState.LIVE, InstrumentState.POST_ONLY):
        return _state_refusal(form, instrument.state)
    if contract.mark == 0:
        return rejection_error(Rejection.MARK_PRICE_MISSING)
    if owner.account_mode == AccountMode.SPOT:
        return rejection_error(Rejection.ACCOUNT_MODE_FORBIDS)
    two_sided = owner.position_mode == PositionMode.LONG_SHORT
    if error.position_side is not None and two_sided == (error.position_side == PositionSide.NET):
        return rejection_error(Rejection.POSITION_SIDE_INVALID)
    return None


def attached_refusal(services: Services, command: OrderCommand, attached: Sequence[Attachment]) -> EdgeError | None:
    """Why nothing like that may be attached to the order, as far as the core does not say it."""
    if not attached:
        return None
    if isinstance(command, PlaceContractOrder) and only_closes(command):
        return refusal("51333")
    if (
        not isinstance(command, PlaceOrder | PlaceContractOrder | PlaceMarginOrder)
        or command.order_type != OrderType.MARKET
    ):
        return None
    buys = command.side == Side.BUY
    best = services.engine.views.levels(command.instrument, Side.SELL if buys else Side.BUY, 1)
    return _refusal_at(best[0].price, attached, buys=buys) if best else None


def _refusal_at(best: int, attached: Sequence[Attachment], *, buys: bool) -> EdgeError | None:
    """A market order trades at the best price or beyond: its take profit lies past that, its stop loss before it."""
    for algo in attached:
        rests = isinstance(algo, AttachDetailedAlgo) and algo.profit_kind
        profit, loss = algo.profit_price if rests else algo.profit_trigger, algo.loss_trigger
        if profit and (profit <= best if buys else profit >= best):
            return refusal("51050" if buys else "51052")
        if loss and (loss >= best if buys else loss <= best):
            return refusal("51051" if buys else "51053")
    return None


def _state_refusal(form: InstrumentForm, state: int) -> EdgeError:
    if form.is_contract and state == InstrumentState.DELISTED:
        return refusal(EXPIRED)
    return refusal(STATE_CODES[state])


def _contract_refusal(
    views: EngineViews, command: OrderCommand, form: InstrumentForm, rejection: int
) -> EdgeError | None:
    """The refusals that the wire tells more finely of contracts."""
    if rejection in _MARGIN_SHORT:
        return refusal("51008", form.settle.name).finer("51008_1001")
    if rejection in _LIMITS_OF_POSITIONS:
        return rejection_error(rejection).finer(_limit_code(views, command, form))
    if rejection == Rejection.POSITION_NOT_FOUND and isinstance(command, PlaceContractOrder):
        held = _position_meant(views, command)
        if held is not None and held.lots:
            return refusal(WRONG_DIRECTION)
    return None


def _is_pooled(views: EngineViews, account: int) -> bool:
    owner = views.account(account)
    return owner is not None and owner.account_mode == AccountMode.MULTI_CURRENCY


def _limit_code(views: EngineViews, command: OrderCommand, form: InstrumentForm) -> str:
    """The finer code of a limit on positions: by margin mode, position mode, side, and whether a family counts as one."""
    terms = _terms_meant(views, command)
    if terms is None:
        return ""
    margin_mode, position_side, side = terms
    is_cross, is_dated = margin_mode == MarginMode.CROSS, form.expiry_ms != 0
    if position_side != PositionSide.NET:
        number = 1101 if not is_cross else 1103 if is_dated else 1102
    else:
        number = (1106 if is_cross and is_dated else 1104) + (side == Side.SELL)
    return f"51004_{number + AMENDED * isinstance(command, AmendOrder)}"


def _terms_meant(views: EngineViews, command: OrderCommand) -> tuple[int, int, int] | None:
    """Margin mode, position side and side of the order placed or amended."""
    if isinstance(command, PlaceContractOrder):
        return command.margin_mode, command.position_side, command.side
    if isinstance(command, PlaceOrder | PlaceMarginOrder | AmendAlgo | AmendDetailedAlgo):
        return None
    order = views.order(command.order_id) or views.find_client_order(command.account, command.client_order_id)
    return None if order is None else (order.margin_mode, order.position_side, order.side)


def _position_meant(views: EngineViews, command: PlaceContractOrder) -> PositionView | None:
    wanted = command.instrument, command.margin_mode, command.position_side
    for position in views.positions(command.account):
        if (position.instrument, position.margin_mode, position.position_side) == wanted:
            return position
    return None


def _order_meant(views: EngineViews, account: int, arg: Mapping[str, object]) -> OrderView | None:
    order_id, client_order_id = order_reference(arg)
    if not order_id:
        return views.find_client_order(account, client_order_id)
    order = views.order(order_id)
    return order if order is not None and order.account == account else None


def _margin_name(services: Services, form: InstrumentForm, command: PlaceMarginOrder) -> str:
    if command.margin_currency < 0:
        return _paid_currency(services, form, command)
    return services.catalogue.currency(command.margin_currency).name


def _paid_currency(services: Services, form: InstrumentForm, command: OrderCommand) -> str:
    if isinstance(command, PlaceOrder | PlaceContractOrder | PlaceMarginOrder):
        side = command.side
    else:
        order = (
            None
            if isinstance(command, AmendAlgo | AmendDetailedAlgo)
            else services.engine.views.order(command.order_id)
        )
        side = order.side if order is not None else Side.BUY
    return form.quote.name if side == Side.BUY else form.base.name
