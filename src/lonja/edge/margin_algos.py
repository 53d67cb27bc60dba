"""Algo orders that protect positions in pairs: whose account they are of, and what they may be.

Why here: as in ``margin_orders``. What protects such a position only reduces it, so nothing has to be opened or brought
when it fires. Invariant: it reaches a pocket of the account that sends it, and no other.
"""

from collections.abc import Mapping

from lonja.core.kinds import MarginMode, Side
from lonja.core.rejections import Rejection
from lonja.edge.errors import rejection_error
from lonja.edge.margin_orders import NO_POCKET, PocketKey, pocket_of
from lonja.edge.services import Services
from lonja.edge.wire.algo_placing import AlgoPlacement, algo_command
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.margin_requests import margin_terms, protecting, sized_in_quote


def protecting_algo(services: Services, arg: Mapping[str, object], form: InstrumentForm, account: int) -> AlgoPlacement:
    """The algo order that ``arg`` describes, of the pocket whose position it reduces.

    Raises ``EdgeError``: 51010 for types that protect nothing, 51000 or 50014 for the margin currency, 51169 when
    ``account`` has no such position, or another one of that side, 51065 for a name that is in use.
    """
    command = algo_command(protecting(arg), form, account)
    terms = margin_terms(arg, form, command.side)
    if command.size_unit:
        raise sized_in_quote()
    currency = -1 if terms.margin_mode == MarginMode.ISOLATED else terms.currency
    pocket = pocket_of(services, account, PocketKey(form.code, terms.margin_mode, currency))
    if pocket == NO_POCKET or not _would_reduce(services, pocket, command.side):
        raise rejection_error(Rejection.POSITION_NOT_FOUND)
    _check_name(services, account, command.client_algo_id)
    return command._replace(account=pocket)


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
