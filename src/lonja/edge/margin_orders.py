"""Orders for pairs that trade with borrowed money: whose account they are of, and what opens that account.

Why here: to clients such an order is the account's own, to the engine it is one of a pocket. A pocket is opened by the
first order that needs it. Invariant: an order reaches a pocket of the account that sends it, and no other.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from lonja.core.collateral_commands import OpenPocket
from lonja.core.commands import AmendOrder, CancelOrder, PlaceOrder
from lonja.core.kinds import AccountMode, MarginMode, OrderType, Side, SizeUnit
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.rejections import Rejection
from lonja.edge.errors import refusal, rejection_error
from lonja.edge.services import Services
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import flag_of, text_of
from lonja.edge.wire.order_requests import CROSS, ISOLATED

Opening = OpenPocket
NO_POCKET: Final = -1
_MODES: Final = {CROSS: int(MarginMode.CROSS), ISOLATED: int(MarginMode.ISOLATED)}
QUICK_KINDS: Final = ("", "manual", "auto_borrow", "auto_repay")


class PocketKey(NamedTuple):
    """Which pocket of an account: pair, margin mode and the currency of its margin (-1 when isolated)."""

    instrument: int
    margin_mode: int
    currency: int = -1


def is_margin(services: Services, arg: Mapping[str, object], form: InstrumentForm, account: int) -> bool:
    """Whether an order for the pair ``form`` is one of a position: isolated ones are, cross ones in futures mode."""
    trade_mode = arg.get("tdMode")
    if form.is_contract or trade_mode != ISOLATED:
        return False
    return _mode_of(services, account) != AccountMode.SPOT


def may_have_position(services: Services, account: int, form: InstrumentForm) -> bool:
    """Whether ``account`` may trade the pair with borrowed money: something is lent for it, and not in spot mode."""
    is_lent = bool(services.engine.views.margin_tiers(form.code))
    return is_lent and _mode_of(services, account) != AccountMode.SPOT


def _mode_of(services: Services, account: int) -> int:
    view = services.engine.views.account(account)
    return AccountMode.SPOT if view is None else view.account_mode


def pocket_of(services: Services, account: int, key: PocketKey) -> int:
    """The pocket of ``account`` that ``key`` names; NO_POCKET when it was never opened."""
    for pocket, name in services.orders.pockets(account):
        if name[1:] == key:
            return pocket
    return NO_POCKET


def opening_of(account: int, key: PocketKey) -> Opening:
    """The command that opens a pocket or finds it."""
    return OpenPocket(account=account, instrument=key.instrument)


def margin_command(
    services: Services, arg: Mapping[str, object], form: InstrumentForm, order: PlaceOrder
) -> tuple[PlaceMarginOrder, Opening | None]:
    """``order`` as one of a position in the pair, and what has to be done before when there is no such pocket yet.

    Raises ``EdgeError``: 51000 or 50014 for the margin currency, 54000 where nothing is lent, 51016 for a name that
    another open order of the account has.
    """
    currency = _margin_currency(arg, form, order.side)
    if text_of(arg, "quickMgnType") not in QUICK_KINDS:
        raise refusal("51000", "quickMgnType")
    if text_of(arg, "posSide") not in ("", "net"):
        raise refusal("51000", "posSide")
    is_isolated = arg.get("tdMode") == ISOLATED
    key = PocketKey(form.code, _MODES[str(arg["tdMode"])], -1 if is_isolated else currency)
    pocket = pocket_of(services, order.account, key)
    if pocket == NO_POCKET and not services.engine.views.margin_tiers(form.code):
        raise rejection_error(Rejection.MARGIN_NOT_OFFERED)
    _check_name(services, order)
    reduces = flag_of(arg, "reduceOnly")
    if reduces and order.order_type == OrderType.MARKET and order.size_unit == SizeUnit.QUOTE:
        raise refusal("51000", "tgtCcy")
    # What only closes needs no more margin than there is.
    moved = currency if is_isolated and not reduces else -1
    command = PlaceMarginOrder(*order._replace(account=pocket), moved, int(reduces))
    return command, None if pocket != NO_POCKET else opening_of(order.account, key)


def _margin_currency(arg: Mapping[str, object], form: InstrumentForm, side: int) -> int:
    """The currency of the margin: told, or for isolated orders what a purchase brings and a sale brings."""
    name = text_of(arg, "ccy")
    if not name and arg.get("tdMode") == CROSS:
        raise refusal("50014", "ccy")
    found = {form.base.name: form.base, form.quote.name: form.quote}.get(name)
    if name and found is None:
        raise refusal("51000", "ccy")
    return (found or (form.base if side == Side.BUY else form.quote)).currency


def _check_name(services: Services, order: PlaceOrder) -> None:
    """Names of open orders are unique over the account and its pockets; the engine looks at one of them."""
    if order.client_order_id and named_account(services, order.account, order.client_order_id) is not None:
        raise rejection_error(Rejection.CLIENT_ORDER_ID_DUPLICATE)


def named_account(services: Services, account: int, client_order_id: str) -> int | None:
    """Which of ``account`` and its pockets has an open order of that name; None when none has."""
    find = services.engine.views.find_client_order
    for one in (account, *(pocket for pocket, _ in services.orders.pockets(account))):
        if find(one, client_order_id) is not None:
            return one
    return None


def redirected(services: Services, command: CancelOrder | AmendOrder) -> CancelOrder | AmendOrder:
    """``command`` for the pocket that its order is of, when it is of one of the account's."""
    pockets = [pocket for pocket, _ in services.orders.pockets(command.account)]
    if not pockets:
        return command
    if command.order_id:
        order = services.engine.views.order(command.order_id)
        owner = None if order is None else order.account
    else:
        owner = named_account(services, command.account, command.client_order_id)
    return command._replace(account=owner) if owner in pockets else command
