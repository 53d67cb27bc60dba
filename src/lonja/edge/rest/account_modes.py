"""Choosing what an account may trade, and whether it holds one position of a contract or two.

Why here: both are settings of the whole account, which nothing that is open may outlive. Invariant: what the precheck
lists is what the switch would refuse for.
"""

from typing import Final

from lonja.core.commands import ConfigureAccount, SetPositionMode
from lonja.core.kinds import AccountMode, Ledger
from lonja.core.rejections import Rejection
from lonja.edge.errors import engine_error, refusal, rejection_error
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account_settings as rows
from lonja.edge.wire import requests_account
from lonja.edge.wire.account import POSITION_MODE_NAMES
from lonja.edge.wire.positions import position_id
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError

MODES: Final = {str(mode.value): mode for mode in AccountMode}
OFFERED: Final = (AccountMode.SPOT, AccountMode.FUTURES)
RISK_OFFSETS: Final = ("", "1", "2", "3", "4")


async def set_mode(call: PrivateCall, request: requests_account.AccountMode) -> Rows:
    """Choose what the account may trade: spot (1) or contracts as well (2). Nothing in contracts may be open."""
    mode = _mode(request.account_mode)
    if mode != _present(call):
        orders, positions, algos = _open_in_contracts(call)
        if orders or algos:
            raise refusal("59132")
        if positions:
            raise refusal("59134")
        await _submit(call, ConfigureAccount(account=call.account, account_mode=int(mode)))
    return [{"acctLv": request.account_mode}]


async def preset_mode(call: PrivateCall, request: requests_account.AccountModePreset) -> Rows:
    """Prepare another account mode: nothing has to be prepared for those that are offered."""
    _mode(request.account_mode)
    one_of(request.risk_offset, "riskOffsetType", RISK_OFFSETS)
    present = str(_present(call).value)
    return [rows.preset_row(present, request.account_mode, request.leverage, request.risk_offset)]


async def precheck_mode(call: PrivateCall, request: requests_account.AccountMode) -> Rows:
    """What stands in the way of an account mode: open orders, algo orders and positions of contracts."""
    mode, present = _mode(request.account_mode), _present(call)
    orders, positions, algos = _open_in_contracts(call) if mode != present else (False, [], False)
    found: list[dict[str, object]] = []
    if orders:
        found.append(rows.block_row("pending_orders", []))
    if algos:
        found.append(rows.block_row("pending_algos", []))
    if positions:
        found.append(rows.block_row("all_positions", positions))
    row = rows.precheck_row(str(present.value), request.account_mode, found)
    return [row if found else {**row, "mgnBf": _margins(call, present), "mgnAft": _margins(call, mode)}]


async def set_position_mode(call: PrivateCall, request: requests_account.PositionMode) -> Rows:
    """Choose between one position of a contract (net) and a long and a short one. Nothing in contracts may be open."""
    mode = POSITION_MODE_NAMES.index(one_of(request.position_mode, "posMode", POSITION_MODE_NAMES))
    view = call.services.engine.views.account(call.account)
    # What is so already can be set in any mode: clients do at every start.
    if view is None or view.position_mode != mode:
        await _submit(call, SetPositionMode(account=call.account, position_mode=mode))
    return [dict.fromkeys(rows.POSITION_MODE_ROW, request.position_mode)]


def _mode(text: str) -> AccountMode:
    mode = MODES[one_of(text, "acctLv", tuple(MODES))]
    if mode not in OFFERED:
        raise refusal("51070")
    return mode


def _present(call: PrivateCall) -> AccountMode:
    view = call.services.engine.views.account(call.account)
    return AccountMode.SPOT if view is None else AccountMode(view.account_mode)


def _open_in_contracts(call: PrivateCall) -> tuple[bool, list[str], bool]:
    """Whether there are orders for contracts, the ids of the positions that are held, and whether there are algo orders."""
    views, catalogue = call.services.engine.views, call.services.catalogue
    orders = any(order.margin_mode >= 0 for order in views.open_orders(call.account))
    held = [position_id(*view[:4]) for view in views.positions(call.account) if view.lots]
    algos = any(catalogue.at(algo.terms.instrument).is_contract for algo in views.algos(call.account))
    return orders, held, algos


def _margins(call: PrivateCall, mode: AccountMode) -> dict[str, object]:
    """What is available of each currency in futures mode; nothing is told of spot mode."""
    if mode != AccountMode.FUTURES:
        return rows.mode_margins([])
    views, catalogue = call.services.engine.views, call.services.catalogue
    held = {view.currency for view in views.balances(call.account) if view.ledger == Ledger.TRADING}
    margins = [views.margin(call.account, currency) for currency in sorted(held)]
    return rows.mode_margins(
        [rows.mode_margin_row(catalogue.currency(margin.currency), margin) for margin in margins if margin.cash]
    )


async def _submit(call: PrivateCall, command: ConfigureAccount | SetPositionMode) -> None:
    try:
        outcome = await call.services.engine.submit(command)
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
