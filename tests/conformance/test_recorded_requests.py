"""Requests that ccxt has really put on the wire, sent again with keys of ours."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from websockets.sync.client import connect

from lonja.edge.rest.operations import BY_PATH
from tests.e2e.sandbox_process import SandboxProcess

NOT_THERE = {
    "POST /api/v5/trade/amend-order": {"51503"},
    "POST /api/v5/trade/cancel-order": {"51400"},
    "POST /api/v5/trade/cancel-batch-orders": {"51400"},
    "POST /api/v5/trade/cancel-algos": {"51400"},
    "POST /api/v5/trade/close-position": {"51023"},
    "GET /api/v5/trade/order": {"51603"},
    "GET /api/v5/trade/order-algo": {"51603"},
    "GET /api/v5/asset/transfer-state": {"58129"},
}
"""The orders, transfers and positions they name do not exist here."""
IN_SPOT_MODE = NOT_THERE | {
    "POST /api/v5/account/borrow-repay": {"59410", "59413"},
    "POST /api/v5/account/set-leverage": {"51010"},
    "POST /api/v5/account/set-position-mode": {"51010"},
    "POST /api/v5/account/position/margin-balance": {"51010"},
    "POST /api/v5/trade/order-algo": {"51010"},
    # What is not offered yet.
    "GET /api/v5/asset/convert/currencies": {"50062"},
    "POST /api/v5/asset/convert/estimate-quote": {"50062"},
}
IN_FUTURES_MODE = NOT_THERE | {
    "POST /api/v5/account/position/margin-balance": {"59300"},
    # Take profits of a sale at prices that were passed long ago.
    "POST /api/v5/trade/order-algo": {"51279"},
}
OF_OWNERS = {"orders-algo"}
"""What a stranger may not follow."""


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


def _in_spot_mode(order: dict[str, Any]) -> str:
    if order["tdMode"] != "cash":
        return "51010"
    # Prices of the recording lie far below ours: what sells at them is beyond the band.
    return "51138" if (order["side"], order["ordType"]) == ("sell", "limit") else "0"


def _in_futures_mode(order: dict[str, Any]) -> str:
    if "posSide" in order:
        # The recording's account had positions of both sides by then.
        return "51000"
    return "51169" if order.get("reduceOnly") else "0"


def _replay(
    sandbox: SandboxProcess,
    requests: Iterable[Recorded],
    refused: Mapping[str, set[str]],
    order_code: Callable[[dict[str, Any]], str],
) -> None:
    for request in requests:
        answer = sandbox.answer(request.method, request.target, request.body, 0)
        if request.path.endswith("/batch-orders"):
            assert [row["sCode"] for row in answer["data"]] == [order_code(order) for order in request.body], request
            continue
        codes = {row["sCode"] for row in answer["data"] if isinstance(row, dict) and row.get("sCode", "0") != "0"}
        assert answer["code"] == "0" or (codes or {answer["code"]}) <= refused.get(request.operation, set()), (
            request,
            answer,
        )


def test_what_we_serve(recorded: list[Recorded], quiet: SandboxProcess) -> None:
    served = [request for request in recorded if _served(request)]
    assert len(served) > 60
    _replay(quiet, served, IN_SPOT_MODE, _in_spot_mode)


def test_contracts_in_futures_mode(recorded: list[Recorded], tmp_path: Path) -> None:
    about = [row for row in recorded if _served(row) and "-SWAP" in f"{row.target}{row.body}"]
    assert len(about) > 30
    with SandboxProcess(tmp_path / "data", "--rate-limits", "off", "--pairs", "3") as sandbox:
        sandbox.call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, 0)
        _replay(sandbox, about, IN_FUTURES_MODE, _in_futures_mode)


def test_what_we_do_not_serve_yet(recorded: list[Recorded], quiet: SandboxProcess) -> None:
    others = [request for request in recorded if not _served(request)]
    assert others
    for request in others:
        answer = quiet.answer(request.method, request.target, request.body, 0)
        assert answer["code"] not in {"0", "1", "50026"}, (request, answer)
        assert (bool(answer["msg"]), answer["data"]) == (True, [])


def test_recorded_frames(shared_folder: Path, sandbox: SandboxProcess) -> None:
    """Each public subscription recorded from ccxt.pro is acknowledged; none ends the connection."""
    frames = json.loads((shared_folder / "fixtures/okx-v5/recorded-client-requests/ccxt-pro-ws.json").read_text())
    for row in frames["frames"]:
        if row["frame"]["op"] == "subscribe" and "private" not in row["url"]:
            _try(sandbox, row["url"], row["frame"])


def _try(sandbox: SandboxProcess, path: str, frame: dict[str, Any]) -> None:
    wanted = frame["args"]
    with connect(sandbox.told["ws"].removesuffix("/ws/v5") + path) as socket:
        socket.send(json.dumps(frame))
        for arg in wanted:
            answer = _next_event(socket)
            if arg["channel"] in OF_OWNERS:
                assert (answer["event"], answer["code"]) == ("error", "60011")
            else:
                assert (answer["event"], answer["arg"]) == ("subscribe", arg)
        socket.send("ping")
        while socket.recv(timeout=10) != "pong":
            pass


def _next_event(socket: Any) -> dict[str, Any]:
    while True:
        message = json.loads(socket.recv(timeout=10))
        if "event" in message:
            return message
