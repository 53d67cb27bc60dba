"""A sandbox for contracts: the quiet ones alone, on a clock that stands, and two accounts in futures mode."""

from typing import Any

import ccxt

from tests.e2e.sandbox_process import SandboxProcess

SWAP, SWAP_ID = "QUIET/USDT:USDT", "QUIET-USDT-SWAP"
INVERSE, INVERSE_ID = "QUIET/USD:QUIET", "QUIET-USD-SWAP"
OPTIONS = ("--pairs", "3", "--speed", "0", "--rate-limits", "off")
EIGHT_HOURS_MS = 8 * 3_600_000


def move_index(sandbox: SandboxProcess, price: str, index_id: str = "QUIET-USDT") -> None:
    """What the contracts follow is worth ``price`` from now on."""
    sandbox.call("POST", "/sandbox/index", {"instId": index_id, "idxPx": price})


def step(sandbox: SandboxProcess, step_ms: int) -> None:
    """Let the exchange's time pass."""
    sandbox.call("POST", "/sandbox/clock", {"step_ms": str(step_ms)})


def buy(client: ccxt.okx, contracts: float, price: float, **params: object) -> Any:
    """A limit order to buy the linear swap."""
    return client.create_order(SWAP, "limit", "buy", contracts, price, {"marginMode": "isolated"} | params)


def sell(client: ccxt.okx, contracts: float, price: float, **params: object) -> Any:
    """A limit order to sell it."""
    return client.create_order(SWAP, "limit", "sell", contracts, price, {"marginMode": "isolated"} | params)
