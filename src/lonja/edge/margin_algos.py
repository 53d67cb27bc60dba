"""Algo orders for positions in pairs: whose account they are of, what they may be, and what opens that account.

Why here: as in ``margin_orders``. What protects a position only reduces it; others may open one when they fire, and bring
its margin then. Invariant: it reaches a pocket of the account that sends it, and no other.
"""

from collections.abc import Mapping
from typing import Final

from lonja.core.kinds import MarginMode, Side
from lonja.core.rejections import Rejection
from lonja.edge.errors import rejection_error
from lonja.edge.margin_orders import NO_POCKET, Opening, PocketKey, opening_of, pocket_of
from lonja.edge.services import Services
from lonja.edge.wire.algo_placing import WITH_POSITION, AlgoPlacement, algo_command
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.margin_requests import as_spot, ends_with_position, is_protecting, margin_terms, sized_in_quote

IN_BASE: Final = 1
IN_QUOTE: Final = 2
"""In which currency the owner of an isolated position brings its margin, as the core numbers it."""


def margin_algo(
    services: Services, arg: Mapping[str, object], form: InstrumentForm, account: int
) -> tuple[AlgoPlacement, Opening | None]:
    """The algo order that ``arg`` describes, of a pocket, and what has to be done before when there is no such pocket yet.

    Raises ``EdgeError``: 51000 or 50014 for the margin currency, 51327 for closing fractions, 51169 when what protects
    finds no position of the other side, 54000 where nothing is lent, 51065 for a name that is in use.
    """
    command = algo_command(as_spot(arg), form, account)
    terms = margin_terms(arg, form, command.side)
    protects = is_protecting(arg)
    reduce_only = WITH_POSITION if ends_with_position(arg) else int(terms.reduces and not protects)
    if command.size_unit and (protects or reduce_only):
        raise sized_in_quote()
    is_isolated = terms.margin_mode == MarginMode.ISOLATED
    key = PocketKey(form.code, terms.margin_mode, -1 if is_isolated else terms.currency)
    pocket = pocket_of(services, account, key)
    if protects and (pocket == NO_POCKET or not _would_reduce(services, pocket, command.side)):
        raise rejection_error(Rejection.POSITION_NOT_FOUND)
    if pocket == NO_POCKET and not services.engine.views.margin_tiers(form.code):
        raise rejection_error(Rejection.MARGIN_NOT_OFFERED)
    _check_name(services, account, command.client_algo_id)
    brings = 0
    if is_isolated and not protects and not reduce_only:
        brings = IN_BASE if terms.currency == form.base.currency else IN_QUOTE
    made = command._replace(account=pocket, reduce_only=reduce_only, position_side=brings)
    return made, None if pocket != NO_POCKET else opening_of(account, key)


def pocket_of_algo(services: Services, account: int, algo_id: int) -> int:
    """Which of ``account`` and its pockets an open algo order is of; the account itself when it is nobody's."""
    view = services.engine.views.algo(algo_id)
    return account if view is None or services.orders.owner_of(view.account) != account else view.account


def _would_reduce(services: Services, pocket: int, side: int) -> bool:
    """Whether there is anything that an order of ``side`` sells to pay what is owed, or buys back."""
    there = services.engine.views.pocket_position(pocket)
    if there is None:
        return False
    return there.base < 0 if side == Side.BUY else there.base > 0 > there.quote


def _check_name(services: Services, account: int, name: str) -> None:
    """Names of open algo orders are unique over the account and its pockets; the engine looks at one of them."""
    if not name:
        return
    views = services.engine.views
    for one in (account, *(pocket for pocket, _ in services.orders.pockets(account))):
        if any(view.terms.client_algo_id == name for view in views.algos(one)):
            raise rejection_error(Rejection.CLIENT_ALGO_ID_DUPLICATE)
