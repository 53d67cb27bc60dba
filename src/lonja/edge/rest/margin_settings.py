"""What owners of positions in pairs choose beside orders: how much margin stands in them.

Why here: such a position stands in a pocket, so its margin comes and goes by transfers. Invariant: money moves between
the account and its own pocket, and nowhere else.
"""

from typing import Final

from lonja.core.collateral_commands import OpenPocket
from lonja.core.commands import Command, Transfer
from lonja.core.kinds import Ledger, MarginMode
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.core.views import Outcome
from lonja.edge.errors import engine_error, refusal, rejection_error
from lonja.edge.gate import require_margin_right
from lonja.edge.margin_orders import NO_POCKET, PocketKey, may_have_position, pocket_of
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account_settings as rows
from lonja.edge.wire import requests_account
from lonja.edge.wire.instruments import CurrencyForm, InstrumentForm
from lonja.edge.wire.margin_rows import real_leverage
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError

BY_HAND: Final = Text32("margin")
"""What transfers of owners are called, so that bills tell them from what orders move."""
_TRADING: Final = int(Ledger.TRADING)
_SHORT: Final = (Rejection.INSUFFICIENT_FUNDS, Rejection.COLLATERAL_INSUFFICIENT)


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
    pocket = pocket_of(call.services, call.account, PocketKey(form.code, int(MarginMode.ISOLATED)))
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
