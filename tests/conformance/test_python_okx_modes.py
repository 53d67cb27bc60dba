"""python-okx, every method of trading and of market data, as accounts that trade contracts call them, in both modes.

Why apart: what an account may do depends on its mode; ``test_python_okx_surface`` calls everything in spot mode.
"""

import re
from typing import Any

import pytest
from okx.Account import AccountAPI
from okx.MarketData import MarketAPI
from okx.okxclient import OkxClient
from okx.PublicData import PublicAPI
from okx.Trade import TradeAPI
from okx.TradingData import TradingDataAPI

from tests.conformance import python_okx_calls as calls
from tests.conformance.futures import SWAP_ID
from tests.conformance.mode_calls import ALGO_ORDER, BY_MODE, ORDER, PYTHON_OKX
from tests.conformance.surface import filled_in, outcome
from tests.e2e.sandbox_process import SandboxProcess

KINDS: list[tuple[type[OkxClient], list[calls.Call]]] = [
    (AccountAPI, calls.ACCOUNT),
    (TradeAPI, calls.TRADE),
    (PublicAPI, calls.PUBLIC),
    (MarketAPI, calls.MARKET),
    (TradingDataAPI, calls.TRADING_DATA),
]
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def _prepare(exchange: SandboxProcess, account: int, mode: str) -> None:
    """An account of that mode with a position, and somebody to close it with."""
    call, other = exchange.call, 1 - account
    call("POST", "/api/v5/account/set-account-level", {"acctLv": mode}, account)
    (config,) = exchange.get("/api/v5/account/config", other)
    if config["acctLv"] == "1":
        call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, other)
    isolated = {**ORDER, "tdMode": "isolated", "px": "100", "sz": "2"}
    call("POST", "/api/v5/trade/order", {**isolated, "side": "sell"}, other)
    call("POST", "/api/v5/trade/order", isolated, account)
    call("POST", "/api/v5/trade/order", {**isolated, "px": "99"}, other)


def _given(exchange: SandboxProcess, account: int) -> dict[str, str]:
    """An order and an algo order of which calls may speak."""
    (order,) = exchange.call("POST", "/api/v5/trade/order", {**ORDER, "px": "96.5"}, account)
    (algo,) = exchange.call("POST", "/api/v5/trade/order-algo", ALGO_ORDER, account)
    return {"order": order["ordId"], "algo": algo["algoId"]}


def _wrong(exchange: SandboxProcess, account: int, mode: str) -> list[object]:
    """Every method that was not answered as the tables say."""
    keys = exchange.told["accounts"][account]
    secrets = (keys["api_key"], keys["secret_key"], keys["passphrase"])
    wrong: list[object] = []
    for kind, listed in KINDS:
        client = kind(*secrets, flag="1", domain=exchange.told["rest"], debug=False)
        usual = {name: (arguments, code) for name, arguments, code in listed}
        for name in [name for name, value in vars(kind).items() if callable(value) and not name.startswith("_")]:
            arguments, code = BY_MODE[mode].get(name) or PYTHON_OKX.get(name) or usual[name]
            told = _given(exchange, account) if re.search(r"\{(order|algo)\}", str(arguments)) else {}
            answer: dict[str, Any] = getattr(client, name)(**filled_in(arguments, told))
            if outcome(answer) != code:
                wrong.append((kind.__name__, name, code, answer))
        client.close()
    return wrong


def test_every_method_is_answered_in_both_modes(exchange: SandboxProcess) -> None:
    # Multi-currency mode first: into it nobody goes with positions.
    for account, mode in ((1, "3"), (0, "2")):
        _prepare(exchange, account, mode)
        assert _wrong(exchange, account, mode) == []
    assert "Traceback" not in exchange.log()


def test_what_is_named_exists() -> None:
    methods = {name for kind, _ in KINDS for name in vars(kind)}
    assert set(PYTHON_OKX) | {name for listed in BY_MODE.values() for name in listed} <= methods
    assert ORDER["instId"] == SWAP_ID
