"""Settings of an account: those of spot mode are kept as they are, all others refused with the documented code.

Why here: clients set modes and leverage when they start, and go on when the answer is the one they expect.
"""

from typing import Final

from lonja.core.kinds import AccountMode
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import requests_account
from lonja.edge.wire.instruments import MARGIN

SPOT_MODE: Final = "1"
EITHER: Final = "auto_transfers_ccy"
"""How orders for pairs bring their margin: base or quote, as they say."""
ACCOUNT_MODES: Final = (SPOT_MODE, "2", "3", "4")
STRATEGIES: Final = ("0", "1")


async def set_isolated_mode(call: PrivateCall, request: requests_account.IsolatedMode) -> Rows:
    """Choose how margin gets to isolated positions: by itself, of pairs in either currency."""
    one_of(request.kind, "type", (MARGIN, "CONTRACTS"))
    one_of(request.isolated_mode, "isoMode", ("automatic", EITHER))
    if request.isolated_mode == EITHER and (request.kind != MARGIN or _is_spot(call)):
        raise refusal("51010")
    return [{"isoMode": request.isolated_mode}]


def _is_spot(call: PrivateCall) -> bool:
    view = call.services.engine.views.account(call.account)
    return view is None or view.account_mode == AccountMode.SPOT


async def set_fee_type(_: PrivateCall, request: requests_account.FeeType) -> Rows:
    """Choose the currency of fees: the one received."""
    if one_of(request.fee_type, "feeType", ("0", "1")) == "1":
        raise refusal("59679")
    return [{"feeType": "0"}]


async def set_greeks(_: PrivateCall, request: requests_account.GreeksType) -> Rows:
    """Choose how greeks are shown: in coins, because there are no options yet."""
    if one_of(request.greeks_type, "greeksType", ("PA", "BS")) == "BS":
        raise refusal("51010")
    return [{"greeksType": "PA"}]


async def set_auto_repay(_: PrivateCall, request: requests_account.AutoRepay) -> Rows:
    """Choose whether purchases repay loans: there are none to repay."""
    if request.auto_repay:
        raise refusal("51010")
    return [{"autoRepay": False}]


async def set_trading_config(_: PrivateCall, request: requests_account.TradingConfig) -> Rows:
    """Choose a strategy of trading: the general one."""
    one_of(request.kind, "type", ("stgyType",))
    _general_only(request.strategy or "0")
    return [{"type": request.kind, "stgyType": "0"}]


async def precheck_strategy(_: PrivateCall, request: requests_account.Strategy) -> Rows:
    """What stands in the way of a strategy of trading."""
    _general_only(request.strategy)
    return [{"unmatchedInfoCheck": []}]


async def set_auto_earn(call: PrivateCall, request: requests_account.AutoEarn) -> Rows:
    """Lend idle balances: not offered yet."""
    one_of(request.action, "action", ("turn_on", "turn_off", "amend"))
    if call.services.catalogue.find_currency(request.currency) is None:
        raise refusal("51012")
    raise refusal("59671", request.currency)


async def set_settle_currency(call: PrivateCall, request: requests_account.SettleCurrency) -> Rows:
    """Choose the currency in which contracts settle: there are none yet."""
    if call.services.catalogue.find_currency(request.settle_currency) is None:
        raise refusal("51012")
    raise refusal("59686", request.settle_currency)


def _general_only(strategy: str) -> None:
    if one_of(strategy, "stgyType", STRATEGIES) != "0":
        raise refusal("59520")
