"""Requests that ccxt has really put on the wire, sent again with keys of ours."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from websockets.sync.client import connect

from lonja.edge.rest.operations import BY_PATH
from tests.e2e.sandbox_process import SandboxProcess

REFUSED = {
    "POST /api/v5/trade/amend-order": {"51503", "51001"},
    "POST /api/v5/trade/cancel-order": {"51400"},
    "POST /api/v5/trade/cancel-batch-orders": {"51400", "51001"},
    "GET /api/v5/trade/order": {"51603"},
    "GET /api/v5/asset/transfer-state": {"58129"},
    # Contracts, and what belongs to them.
    "GET /api/v5/account/leverage-info": {"51001"},
    "POST /api/v5/account/borrow-repay": {"59410", "59413"},
    "POST /api/v5/account/set-leverage": {"51001"},
    "POST /api/v5/account/set-position-mode": {"51010"},
    "POST /api/v5/account/position/margin-balance": {"59300"},
    "POST /api/v5/trade/close-position": {"51001"},
    "POST /api/v5/trade/order-algo": {"51001"},
    "GET /api/v5/trade/order-algo": {"51603"},
    "GET /api/v5/public/mark-price": {"51001"},
    "GET /api/v5/market/mark-price-candles": {"51001"},
    "GET /api/v5/public/funding-rate": {"51001"},
    "GET /api/v5/public/funding-rate-history": {"51001"},
    "GET /api/v5/rubik/stat/contracts/long-short-account-ratio-contract": {"51001"},
    "POST /api/v5/trade/cancel-algos": {"51001"},
    # What is not offered yet.
    "GET /api/v5/asset/convert/currencies": {"50062"},
    "POST /api/v5/asset/convert/estimate-quote": {"50062"},
}
"""The orders, transfers and contracts they name do not exist here."""

SILENT = {"liquidation-orders"}
"""Acknowledged for every type of instrument, although nothing ever happens on it."""


class Recorded(NamedTuple):
    """One request, and the call of the client that made it."""

    call: str
    method: str
    target: str
    body: Any

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path}"


@pytest.fixture(scope="session")
def recorded(shared_folder: Path) -> list[Recorded]:
    rows = json.loads((shared_folder / "fixtures/okx-v5/recorded-client-requests/ccxt-rest.json").read_text())
    return [
        Recorded(
            row["call"],
            row["method"],
            row["path"],
            json.loads(row["body"]) if isinstance(row["body"], str) and row["body"] else row["body"],
        )
        for row in rows["requests"]
    ]


def _served(request: Recorded) -> bool:
    return request.method in BY_PATH.get(request.path, {})


def _expected_order(order: dict[str, Any]) -> str:
    if order["instId"] != "BTC-USDT":
        return "51001"
    if order["tdMode"] != "cash":
        return "51010"
    # Prices of the recording lie far below ours: what sells at them is beyond the band.
    return "51138" if (order["side"], order["ordType"]) == ("sell", "limit") else "0"


def test_what_we_serve(recorded: list[Recorded], quiet: SandboxProcess) -> None:
    served = [request for request in recorded if _served(request)]
    assert len(served) > 60
    for request in served:
        answer = quiet.answer(request.method, request.target, request.body, 0)
        if request.path.endswith("/batch-orders"):
            assert [row["sCode"] for row in answer["data"]] == [_expected_order(order) for order in request.body]
            continue
        codes = {row["sCode"] for row in answer["data"] if isinstance(row, dict) and row.get("sCode", "0") != "0"}
        assert answer["code"] == "0" or (codes or {answer["code"]}) <= REFUSED.get(request.operation, set()), (
            request,
            answer,
        )


def test_what_we_do_not_serve_yet(recorded: list[Recorded], quiet: SandboxProcess) -> None:
    others = [request for request in recorded if not _served(request)]
    assert others
    for request in others:
        answer = quiet.answer(request.method, request.target, request.body, 0)
        assert answer["code"] not in {"0", "1", "50026"}, (request, answer)
        assert (bool(answer["msg"]), answer["data"]) == (True, [])


def test_recorded_frames(shared_folder: Path, sandbox: SandboxProcess) -> None:
    """Each subscription recorded from ccxt.pro is acknowledged or refused by name; none ends the connection."""
    frames = json.loads((shared_folder / "fixtures/okx-v5/recorded-client-requests/ccxt-pro-ws.json").read_text())
    known = {"trades", "tickers", "bbo-tbt", "books5", "books", "candle1H", "candle1D"}
    for row in frames["frames"]:
        if row["frame"]["op"] == "subscribe" and "private" not in row["url"]:
            _try(sandbox, row["url"], row["frame"], known)


def _try(sandbox: SandboxProcess, path: str, frame: dict[str, Any], known: set[str]) -> None:
    wanted = frame["args"]
    with connect(sandbox.told["ws"].removesuffix("/ws/v5") + path) as socket:
        socket.send(json.dumps(frame))
        for arg in wanted:
            answer = _next_event(socket)
            if arg["channel"] in SILENT or (arg["channel"] in known and arg["instId"] == "BTC-USDT"):
                assert (answer["event"], answer["arg"]) == ("subscribe", arg)
            else:
                assert (answer["event"], answer["code"]) == ("error", "60018")
        socket.send("ping")
        while socket.recv(timeout=10) != "pong":
            pass


def _next_event(socket: Any) -> dict[str, Any]:
    while True:
        message = json.loads(socket.recv(timeout=10))
        if "event" in message:
            return message
