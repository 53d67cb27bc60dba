"""What owners of positions in pairs choose beside orders: their leverage, and how much margin stands in them.

Why here: such a position stands in a pocket, so its margin comes and goes by transfers. Invariant: money moves between
the account and its own pocket, and nowhere else.
"""

from typing import Final

from lonja.core.collateral_commands import OpenPocket
from lonja.core.commands import Command, Transfer
from lonja.core.kinds import AccountMode, Ledger, MarginMode
from lonja.core.margin_commands import SetPocketLeverage
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.core.views import Outcome
from lonja.edge.errors import engine_error, refusal, rejection_error
from lonja.edge.gate import require_margin_right
from lonja.edge.margin_orders import NO_POCKET, PocketKey, may_have_position, pocket_of
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.closed import MARGIN_MODES
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account_settings as rows
from lonja.edge.wire import requests_account
from lonja.edge.wire.instruments import CurrencyForm, InstrumentForm
from lonja.edge.wire.leverage import LEVERAGE_MIN, parse_leverage
from lonja.edge.wire.margin_rows import real_leverage
from lonja.edge.wire.orders import leverage_text
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError

BY_HAND: Final = Text32("margin")
"""What transfers of owners are called, so that bills tell them from what orders move."""
_TRADING: Final = int(Ledger.TRADING)
_SHORT: Final = (Rejection.INSUFFICIENT_FUNDS, Rejection.COLLATERAL_INSUFFICIENT)
_ISOLATED: Final = int(MarginMode.ISOLATED)
_CROSS: Final = int(MarginMode.CROSS)
_TOO_LITTLE: Final = {
    (_ISOLATED, True): "59101",
    (_ISOLATED, False): "59103",
    (_CROSS, True): "59107",
    (_CROSS, False): "59108",
}
"""What is told when a leverage needs more margin than there is, by margin mode and whether orders are open."""


async def change_pair_margin(call: PrivateCall, request: requests_account.ChangeMargin, form: InstrumentForm) -> Rows:
    """Move money into an isolated position in a pair, or out of it; the first opens it.

    Raises ``EdgeError``: 51000 for another currency, 59300 without a position or anything that could become one, 59200
    when there is too little, 59301 when that much has to stay.
    """
    if request.position_side != "net":
        raise refusal("51000", "posSide")
    currency = currency_of(form, request.currency)
    amount = currency.parse(request.amount, "amt")
    adds = request.change == "add"
    if not may_have_position(call.services, call.account, form):
        raise refusal("59300")
    pocket = pocket_of(call.services, call.account, PocketKey(form.code, _ISOLATED))
    if adds:
        require_margin_right(call.services, call.session)
        pocket = (await _accepted(call, OpenPocket(account=call.account, instrument=form.code))).id
    elif pocket == NO_POCKET:
        raise refusal("59300")
    sender, receiver = (call.account, pocket) if adds else (pocket, call.account)
    outcome = await _submit(
        call,
        Transfer(
            account=sender,
            currency=currency.currency,
            amount=amount,
            from_ledger=_TRADING,
            to_ledger=_TRADING,
            to_account=receiver,
            client_transfer_id=BY_HAND,
        ),
    )
    if outcome.rejection in _SHORT:
        raise refusal("59200" if adds else "59301")
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
    row = rows.margin_row(
        form, request.position_side, request.change, 0, real_leverage(call.services.engine.views, form, pocket)
    )
    return [{**row, "amt": currency.text(amount), "ccy": currency.name}]


def has_leverage(call: PrivateCall, form: InstrumentForm, margin_mode: str) -> bool:
    """Whether positions in the pair have a leverage of their own: isolated ones, and cross ones in futures mode."""
    if not may_have_position(call.services, call.account, form):
        return False
    view = call.services.engine.views.account(call.account)
    return margin_mode == MARGIN_MODES[_ISOLATED] or (view is not None and view.account_mode == AccountMode.FUTURES)


def leverage_text_of(call: PrivateCall, form: InstrumentForm, margin_mode: str) -> str:
    """The leverage of positions in the pair; 1 where they have none."""
    if not has_leverage(call, form, margin_mode):
        return rows.WITHOUT_LOAN
    mode = MARGIN_MODES.index(margin_mode)
    return leverage_text(call.services.engine.views.pocket_leverage(call.account, form.code, mode))


async def set_pair_leverage(call: PrivateCall, request: requests_account.SetLeverage, form: InstrumentForm) -> Rows:
    """Set the leverage of positions in the pair, there or to come.

    Raises ``EdgeError``: 59105 and 59102 when it is too low or too high, 59103 and 59108 when there is too little margin
    for it, 59101 and 59107 when that is because of orders.
    """
    if request.position_side not in ("", "net"):
        raise refusal("51000", "posSide")
    leverage, mode = parse_leverage(request.leverage), MARGIN_MODES.index(request.margin_mode)
    if leverage < LEVERAGE_MIN:
        raise refusal("59105", leverage_text(LEVERAGE_MIN))
    if leverage > call.services.engine.views.pocket_leverage(call.account, form.code, mode):
        require_margin_right(call.services, call.session)
    outcome = await _submit(call, SetPocketLeverage(0, call.account, 0, 0, form.code, mode, leverage))
    if outcome.rejection == Rejection.LEVERAGE_OUT_OF_RANGE:
        raise refusal("59102")
    if outcome.rejection in _SHORT:
        raise refusal(_TOO_LITTLE[mode, _has_orders(call, form, mode)])
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
    return [rows.set_leverage_row(form.instrument_id, request.margin_mode, "net", leverage_text(leverage))]


def _has_orders(call: PrivateCall, form: InstrumentForm, mode: int) -> bool:
    views = call.services.engine.views
    pockets = call.services.orders.pockets(call.account)
    return any(name[1:3] == (form.code, mode) and views.open_orders(pocket) for pocket, name in pockets)


def currency_of(form: InstrumentForm, name: str) -> CurrencyForm:
    """The currency of the pair called ``name``, its quote currency when "". Raises ``EdgeError`` 51000."""
    found = {"": form.quote, form.quote.name: form.quote, form.base.name: form.base}.get(name)
    if found is None:
        raise refusal("51000", "ccy")
    return found


async def _accepted(call: PrivateCall, command: Command) -> Outcome:
    outcome = await _submit(call, command)
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
    return outcome


async def _submit(call: PrivateCall, command: Command) -> Outcome:
    try:
        return await call.services.engine.submit(command)
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
