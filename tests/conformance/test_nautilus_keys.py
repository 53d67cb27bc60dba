"""The keys without which nautilus_trader rejects a whole message, in live answers and pushes.

Every struct of its adapter is here: with the answers and channels it reads, or with the reason why spot has none.
"""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.conformance.orders import ORDER, QUIET, place
from tests.conformance.sockets import log_in
from tests.e2e.sandbox_process import SandboxProcess

BTC = "BTC-USDT"
SWAP = "BTC-USDT-SWAP"
# struct, operation, signed or not
ANSWERS = [
    ("OKXServerTime", "public/time", False),
    ("OKXTrade", f"market/trades?instId={BTC}", False),
    ("OKXTrade", f"market/history-trades?instId={BTC}", False),
    ("OKXMarkPrice", f"public/mark-price?instType=MARGIN&instId={BTC}", False),
    ("OKXIndexTicker", f"market/index-tickers?instId={BTC}", False),
    ("OKXOrderBookSnapshot", f"market/books?instId={BTC}&sz=5", False),
    ("OKXTickerMsg", "market/tickers?instType=SPOT", False),
    ("OKXPriceLimitMsg", f"public/price-limit?instId={BTC}", False),
    ("OKXAccount", "account/balance", True),
    ("OKXFeeRate", f"account/trade-fee?instType=SPOT&instId={BTC}", True),
    ("OKXOrderHistory", f"trade/orders-pending?instType=SPOT&instId={QUIET}", True),
    ("OKXOrderHistory", "trade/orders-history?instType=SPOT", True),
    ("OKXOrderHistory", "trade/orders-history-archive?instType=SPOT", True),
    ("OKXTransactionDetail", "trade/fills?instType=SPOT", True),
    ("OKXTransactionDetail", "trade/fills-history?instType=SPOT", True),
]
# struct, endpoint, channel, its arguments
PUSHES = [
    ("OKXTickerMsg", "public", "tickers", {"instId": BTC}),
    ("OKXTradeMsg", "public", "trades", {"instId": BTC}),
    ("OKXTradeMsg", "business", "trades-all", {"instId": BTC}),
    ("OKXBookMsg", "public", "books", {"instId": BTC}),
    ("OKXBookMsg", "public", "books5", {"instId": BTC}),
    ("OKXBookMsg", "public", "bbo-tbt", {"instId": BTC}),
    ("OKXBookMsg", "public", "books-l2-tbt", {"instId": BTC}),
    ("OKXBookMsg", "public", "books50-l2-tbt", {"instId": BTC}),
    ("OKXIndexPriceMsg", "public", "index-tickers", {"instId": BTC}),
    ("OKXMarkPriceMsg", "public", "mark-price", {"instId": BTC}),
    ("OKXPriceLimitMsg", "public", "price-limit", {"instId": BTC}),
    ("OKXCandleMsg", "business", "candle1m", {"instId": BTC}),
    ("OKXTickerMsg", "public", "tickers", {"instId": SWAP}),
    ("OKXTradeMsg", "public", "trades", {"instId": SWAP}),
    ("OKXBookMsg", "public", "books", {"instId": SWAP}),
    ("OKXMarkPriceMsg", "public", "mark-price", {"instId": SWAP}),
    ("OKXPriceLimitMsg", "public", "price-limit", {"instId": SWAP}),
    ("OKXFundingRateMsg", "public", "funding-rate", {"instId": SWAP}),
    ("OKXOpenInterestMsg", "public", "open-interest", {"instId": SWAP}),
    ("OKXIndexPriceMsg", "public", "index-tickers", {"instId": "BTC-USD"}),
    ("OKXCandleMsg", "business", "candle1m", {"instId": SWAP}),
    ("OKXAccount", "private", "account", {}),
    ("OKXOrderMsg", "private", "orders", {"instType": "SPOT"}),
]
LOGGED_IN = {"account", "orders", "books-l2-tbt", "books50-l2-tbt"}
OTHERWISE = {
    "OKXBalanceDetail": "is part of OKXAccount",
    "OrderBookEntry": "is part of OKXBookMsg and OKXOrderBookSnapshot",
    "OKXWebSocketArg": "is part of every push",
    "OKXStatusMsg": "is pushed when the exchange closes, and has a test of its own",
    "OKXPlaceOrderResponse": "has a test of its own",
    "OKXCancelOrderResponse": "has a test of its own",
    "OKXEstimatedPriceMsg": "is pushed in the last half hour of a dated contract; tests/edge/ws/test_schemas.py has one",
    "OKXWebSocketError": "is what the adapter makes of its own errors; OKX sends `msg` and `connId`",
    **dict.fromkeys(
        ("OKXOptionSummary", "OKXOptionSummaryMsg", "OKXFundingRateHistory", "OKXPositionTier", "OKXPosition",
         "OKXPositionHistory"),
        "contracts only",
    ),
    **dict.fromkeys(("OKXSpread", "OKXSpreadLeg", "OKXSpreadOrder", "OKXSpreadTrade"), "spread trading only"),
    **dict.fromkeys(
        ("OKXEventContractSettlement", "OKXEventContractSeries", "OKXEventContractEvent", "OKXEventContractMarket"),
        "event contracts only",
    ),
    **dict.fromkeys(
        ("OKXOrderAlgo", "OKXAlgoOrderMsg", "OKXLinkedAlgoOrd", "OKXPlaceAlgoOrderResponse",
         "OKXCancelAlgoOrderResponse", "OKXAmendAlgoOrderResponse"),
        "algo orders are held in tests/edge/test_algos.py and tests/edge/ws/test_algo_channels.py",
    ),
}  # fmt: skip
# A strict client takes either name of this key, documented for the answer and for the push, but not both at once.
OTHER_NAMES = {"maxSpotInUse": "maxSpotInUseAmt"}


@pytest.fixture(scope="module")
def required(shared_folder: Path) -> dict[str, set[str]]:
    path = shared_folder / "fixtures/okx-v5/derived/nautilus-required-fields.json"
    return {name: set(struct["required"]) for name, struct in json.loads(path.read_text())["structs"].items()}


@pytest.fixture
def traded(quiet: SandboxProcess) -> SandboxProcess:
    """The sandbox, with an order that is filled and one that is open."""
    place(quiet, 1, side="sell", px="100")
    place(quiet, 0, side="buy", px="100")
    place(quiet, 0, px="95")
    return quiet


def _missing(required: dict[str, set[str]], struct: str, row: Any) -> set[str]:
    """What a struct needs that a row, or a part of it, does not have; places of a list have no names."""
    if isinstance(row, list):
        return set() if len(row) == len(required[struct]) else {f"{len(row)} columns"}
    found = required[struct] - {OTHER_NAMES.get(name, name) for name in row}
    for detail in row.get("details", []):
        found |= _missing(required, "OKXBalanceDetail", detail)
    for level in [*row.get("bids", []), *row.get("asks", [])]:
        found |= set() if len(level) >= len(required["OrderBookEntry"]) else {"size"}
    return found


def test_every_struct_is_accounted_for(required: dict[str, set[str]]) -> None:
    read = {struct for struct, *_ in (*ANSWERS, *PUSHES)}
    assert read.isdisjoint(OTHERWISE)
    assert read | set(OTHERWISE) == set(required)


@pytest.mark.parametrize(("struct", "target", "signed"), ANSWERS)
def test_answers(
    traded: SandboxProcess, required: dict[str, set[str]], struct: str, target: str, *, signed: bool
) -> None:
    rows = traded.get(f"/api/v5/{target}", 0 if signed else None)
    assert rows
    for row in rows:
        assert _missing(required, struct, row) == set(), row


def test_answers_to_orders(quiet: SandboxProcess, required: dict[str, set[str]]) -> None:
    (placed,) = quiet.call("POST", "/api/v5/trade/order", ORDER, 0)
    assert _missing(required, "OKXPlaceOrderResponse", placed) == set()
    (canceled,) = quiet.call("POST", "/api/v5/trade/cancel-order", {"instId": QUIET, "ordId": placed["ordId"]}, 0)
    assert _missing(required, "OKXCancelOrderResponse", canceled) == set()


@contextmanager
def _following(
    sandbox: SandboxProcess, endpoint: str, arg: dict[str, str], account: int | None = None
) -> Iterator[ClientConnection]:
    with connect(f"{sandbox.told['ws']}/{endpoint}") as socket:
        if account is not None:
            log_in(socket, sandbox.told["accounts"][account])
        socket.send(json.dumps({"op": "subscribe", "args": [arg]}))
        yield socket


def _push(socket: ClientConnection, seconds: float = 20) -> dict[str, Any]:
    """The next push with a row in it."""
    ends = time.monotonic() + seconds
    while True:
        message = json.loads(socket.recv(timeout=ends - time.monotonic()))
        assert message.get("event") != "error", message
        if message.get("data"):
            return message


@pytest.mark.parametrize(("struct", "endpoint", "channel", "arguments"), PUSHES)
def test_pushes(
    quiet: SandboxProcess,
    required: dict[str, set[str]],
    struct: str,
    endpoint: str,
    channel: str,
    arguments: dict[str, str],
) -> None:
    arg = {"channel": channel, **arguments}
    with _following(quiet, endpoint, arg, 0 if channel in LOGGED_IN else None) as socket:
        if channel == "orders":
            place(quiet, 0, px="95")
        push = _push(socket)
    assert required["OKXWebSocketArg"] <= set(push["arg"])
    for row in push["data"]:
        assert _missing(required, struct, row) == set(), row


def test_status(tmp_path: Path, required: dict[str, set[str]]) -> None:
    with (
        SandboxProcess(tmp_path / "data", "--pairs", "3") as sandbox,
        _following(sandbox, "public", {"channel": "status"}) as socket,
    ):
        assert json.loads(socket.recv(timeout=10))["event"] == "subscribe"
        sandbox.process.send_signal(signal.SIGTERM)
        assert _missing(required, "OKXStatusMsg", _push(socket)["data"][0]) == set()
