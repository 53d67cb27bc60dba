"""Orders on the quiet book as bare requests: what no client would let through, or where the wire itself is the point."""

from typing import Any

from tests.e2e.sandbox_process import SandboxProcess

QUIET = "QUIET-USDT"
ORDER = {"instId": QUIET, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "95", "sz": "1"}


def place(sandbox: SandboxProcess, account: int, **change: Any) -> str:
    """The id of the order, which must be accepted."""
    (row,) = sandbox.call("POST", "/api/v5/trade/order", ORDER | change, account)
    return row["ordId"]


def order(sandbox: SandboxProcess, account: int, order_id: str) -> dict[str, Any]:
    (row,) = sandbox.get(f"/api/v5/trade/order?instId={QUIET}&ordId={order_id}", account)
    return row


def refusal(sandbox: SandboxProcess, path: str, body: object, account: int = 0) -> str:
    """The code a client is told for a single operation."""
    answer = sandbox.answer("POST", f"/api/v5/trade/{path}", body, account)
    assert answer["code"] != "0", answer
    return answer["data"][0]["sCode"] if answer["data"] else answer["code"]
