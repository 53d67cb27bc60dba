"""Orders for pairs that trade with borrowed money: whose account they are of, and what opens that account.

Why here: to clients such an order is the account's own, to the engine it is one of a pocket. A pocket is opened by the
first order that needs it. Invariant: an order reaches a pocket of the account that sends it, and no other.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from lonja.core.collateral_commands import OpenPocket
from lonja.core.commands import AmendOrder, CancelOrder, PlaceContractOrder, PlaceOrder
from lonja.core.kinds import AccountMode, MarginMode, OrderType, SizeUnit
from lonja.core.margin_commands import OpenCrossPocket, PlaceMarginOrder
from lonja.core.rejections import Rejection
from lonja.edge.errors import rejection_error
from lonja.edge.services import Services
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.margin_requests import margin_mode_of, margin_terms, sized_in_quote

Opening = OpenPocket | OpenCrossPocket
Placing = PlaceOrder | PlaceContractOrder | PlaceMarginOrder
NO_POCKET: Final = -1


class PocketKey(NamedTuple):
    """Which pocket of an account: pair, margin mode and the currency of its margin (-1 when isolated)."""

    instrument: int
    margin_mode: int
    currency: int = -1


def is_margin(services: Services, arg: Mapping[str, object], form: InstrumentForm, account: int) -> bool:
    """Whether an order for the pair ``form`` is one of a position: isolated ones are, cross ones in futures mode."""
    margin_mode = margin_mode_of(arg)
    if form.is_contract or margin_mode is None:
        return False
    mode = _mode_of(services, account)
    return mode != AccountMode.SPOT if margin_mode == MarginMode.ISOLATED else mode == AccountMode.FUTURES


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
    if key.margin_mode == MarginMode.CROSS:
        return OpenCrossPocket(account=account, instrument=key.instrument, currency=key.currency)
    return OpenPocket(account=account, instrument=key.instrument)


def margin_command(
    services: Services, arg: Mapping[str, object], form: InstrumentForm, order: PlaceOrder
) -> tuple[PlaceMarginOrder, Opening | None]:
    """``order`` as one of a position in the pair, and what has to be done before when there is no such pocket yet.

    Raises ``EdgeError``: 51000 or 50014 for the margin currency, 54000 where nothing is lent, 51016 for a name that
    another open order of the account has.
    """
    terms = margin_terms(arg, form, order.side)
    if terms.reduces and order.order_type == OrderType.MARKET and order.size_unit == SizeUnit.QUOTE:
        raise sized_in_quote()
    is_isolated = terms.margin_mode == MarginMode.ISOLATED
    key = PocketKey(form.code, terms.margin_mode, -1 if is_isolated else terms.currency)
    pocket = pocket_of(services, order.account, key)
    if pocket == NO_POCKET and not services.engine.views.margin_tiers(form.code):
        raise rejection_error(Rejection.MARGIN_NOT_OFFERED)
    _check_name(services, order)
    # What only closes needs no more margin than there is.
    moved = terms.currency if is_isolated and not terms.reduces else -1
    command = PlaceMarginOrder(*order._replace(account=pocket), moved, int(terms.reduces))
    return command, None if pocket != NO_POCKET else opening_of(order.account, key)


def of_position(
    services: Services, arg: Mapping[str, object], form: InstrumentForm, order: PlaceOrder | PlaceContractOrder
) -> tuple[Placing, Opening | None]:
    """``margin_command`` of an order that is one of a position in a pair; any other stays what it is."""
    if isinstance(order, PlaceOrder) and is_margin(services, arg, form, order.account):
        return margin_command(services, arg, form, order)
    return order, None


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
