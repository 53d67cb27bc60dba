"""Choosing what an account may trade, and whether it holds one position of a contract or two.

Why here: both are settings of the whole account, which nothing that is open may outlive. Invariant: what the precheck
lists is what the switch would refuse for.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from lonja.core.collateral_commands import SetAutoBorrow
from lonja.core.commands import Command, ConfigureAccount, SetPositionMode
from lonja.core.kinds import AccountMode, Ledger, MarginMode
from lonja.core.rejections import Rejection
from lonja.core.views import ModeBlockersView
from lonja.edge.errors import EdgeError, engine_error, refusal, rejection_error
from lonja.edge.gate import require_margin_right
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.services import Services
from lonja.edge.wire import account_settings as rows
from lonja.edge.wire import requests_account
from lonja.edge.wire.account import POSITION_MODE_NAMES
from lonja.edge.wire.collateral import PRICE_SCALE, counted
from lonja.edge.wire.pair_positions import pair_position_id
from lonja.edge.wire.positions import position_id
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError

MODES: Final = {str(mode.value): mode for mode in AccountMode}
OFFERED: Final = (AccountMode.SPOT, AccountMode.FUTURES)
"""Modes of every house; that of several currencies is offered where something counts as collateral."""
RISK_OFFSETS: Final = ("", "1", "2", "3", "4")


async def set_mode(call: PrivateCall, request: requests_account.AccountMode) -> Rows:
    """Choose what the account may trade: spot (1), contracts as well (2), or on the worth of all it has (3).

    Nothing in contracts may be open; to leave mode 3, nothing may be owed either.
    """
    mode = _mode(call, request.account_mode)
    if mode != _present(call):
        found = call.services.engine.views.mode_blockers(call.account, int(mode))
        if found.rejection:
            raise _blocked(found)
        await _submit(call, ConfigureAccount(account=call.account, account_mode=int(mode)))
    return [{"acctLv": request.account_mode}]


async def preset_mode(call: PrivateCall, request: requests_account.AccountModePreset) -> Rows:
    """Prepare another account mode: nothing has to be prepared for those that are offered."""
    _mode(call, request.account_mode)
    one_of(request.risk_offset, "riskOffsetType", RISK_OFFSETS)
    present = str(_present(call).value)
    return [rows.preset_row(present, request.account_mode, request.leverage, request.risk_offset)]


async def precheck_mode(call: PrivateCall, request: requests_account.AccountMode) -> Rows:
    """What stands in the way of an account mode: orders, algo orders, positions, pockets of isolated margin and debts."""
    mode, present = _mode(call, request.account_mode), _present(call)
    found = None if mode == present else call.services.engine.views.mode_blockers(call.account, int(mode))
    blocks = [] if found is None else _blocks(call.services, found)
    row = rows.precheck_row(str(present.value), request.account_mode, blocks)
    return [row if blocks else {**row, "mgnBf": _margins(call, present), "mgnAft": _margins(call, mode)}]


def _blocks(services: Services, found: ModeBlockersView) -> list[dict[str, object]]:
    """What ``found`` lists, each kind once; orders and cross positions in pairs stand beside those in contracts."""
    views, orders = services.engine.views, list(found.order_ids)
    held = [position_id(found.account, *position) for position in found.positions]
    isolated: list[str] = []
    for pocket, name in services.orders.pockets(found.account):
        if pocket not in found.pockets:
            continue
        orders += [order.order_id for order in views.open_orders(pocket)]
        there = views.pocket_position(pocket)
        if name.margin_mode == MarginMode.ISOLATED:
            isolated.append(pair_position_id(pocket, name.instrument, name.margin_mode))
        elif there is not None and (there.base or there.quote):
            held.append(pair_position_id(pocket, name.instrument, name.margin_mode))
    listed: tuple[tuple[str, Sequence[object], list[str]], ...] = (
        ("pending_orders", orders, []),
        ("pending_algos", found.algo_ids, []),
        ("all_positions", held, held),
        ("isolated_margin", isolated, isolated),
        ("repay_borrowings", found.currencies, []),
    )
    return [rows.block_row(kind, positions) for kind, named, positions in listed if named]


def _blocked(found: ModeBlockersView) -> EdgeError:
    """The refusal that ``found`` stands for: orders before positions before debts."""
    if found.order_ids or found.algo_ids:
        return refusal("59132")
    if found.positions:
        return refusal("59134")
    return rejection_error(found.rejection)


async def set_auto_borrow(call: PrivateCall, request: requests_account.AutoLoan) -> Rows:
    """Choose whether spot orders borrow what they lack; only in multi-currency mode. Not switched off with debts."""
    wanted = int(request.auto_loan)
    # Off is what the other modes are anyway, and clients set it at their start.
    if wanted != call.services.engine.views.collateral(call.account).auto_borrow:
        if _present(call) != AccountMode.MULTI_CURRENCY:
            raise refusal("54001")
        if wanted:
            require_margin_right(call.services, call.session)
        await _submit(call, SetAutoBorrow(account=call.account, enabled=wanted))
    return [{"autoLoan": request.auto_loan}]


async def set_position_mode(call: PrivateCall, request: requests_account.PositionMode) -> Rows:
    """Choose between one position of a contract (net) and a long and a short one. Nothing in contracts may be open."""
    mode = POSITION_MODE_NAMES.index(one_of(request.position_mode, "posMode", POSITION_MODE_NAMES))
    view = call.services.engine.views.account(call.account)
    # What is so already can be set in any mode: clients do at every start.
    if view is None or view.position_mode != mode:
        await _submit(call, SetPositionMode(account=call.account, position_mode=mode))
    return [dict.fromkeys(rows.POSITION_MODE_ROW, request.position_mode)]


def _mode(call: PrivateCall, text: str) -> AccountMode:
    mode = MODES[one_of(text, "acctLv", tuple(MODES))]
    has_desk = call.services.engine.views.lending_desk() >= 0
    if mode not in OFFERED and not (mode == AccountMode.MULTI_CURRENCY and has_desk):
        raise refusal("51070")
    return mode


def _present(call: PrivateCall) -> AccountMode:
    view = call.services.engine.views.account(call.account)
    return AccountMode.SPOT if view is None else AccountMode(view.account_mode)


def _margins(call: PrivateCall, mode: AccountMode) -> dict[str, object]:
    """What is available: of each currency in futures mode, of all together in multi-currency mode."""
    views, catalogue = call.services.engine.views, call.services.catalogue
    if mode == AccountMode.MULTI_CURRENCY:
        there = mode == _present(call)
        return rows.pool_margins(views.collateral(call.account)) if there else rows.worth_margins(_worth(call))
    if mode != AccountMode.FUTURES:
        return rows.mode_margins([])
    held = {view.currency for view in views.balances(call.account) if view.ledger == Ledger.TRADING}
    margins = [views.margin(call.account, currency) for currency in sorted(held)]
    return rows.mode_margins(
        [rows.mode_margin_row(catalogue.currency(margin.currency), margin) for margin in margins if margin.cash]
    )


def _worth(call: PrivateCall) -> int:
    """What would be free in multi-currency mode, in 10**-8 US dollars: what no order holds, as far as it would count."""
    views, total = call.services.engine.views, Fraction(0)
    for held in views.balances(call.account):
        if held.ledger == Ledger.TRADING:
            terms, scale = views.currency_terms(held.currency), call.services.catalogue.currency(held.currency).scale
            worth = Fraction(terms.price * 10**rows.WORTH_SCALE, 10 ** (PRICE_SCALE + scale))
            total += counted(terms, Fraction(held.cash - held.held)) * worth
    return total.__floor__()


async def _submit(call: PrivateCall, command: Command) -> None:
    try:
        outcome = await call.services.engine.submit(command)
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
