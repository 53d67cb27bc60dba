"""Liquidation, the Security Fund and deleveraging as programs see them, on a contract that moves only when told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.conformance.sockets import log_in
from tests.e2e.sandbox_process import SandboxProcess

SWAP = "QUIET-USDT-SWAP"
PATIENCE_S = 20.0
PRIVATE = ("liquidation-warning", "orders", "positions")


class Listener:
    """A socket that keeps what it is told, by channel."""

    def __init__(
        self, socket: ClientConnection, args: list[dict[str, str]], keys: dict[str, str] | None = None
    ) -> None:
        self._rows: list[tuple[str, dict[str, Any]]] = []
        self._socket = socket
        if keys is not None:
            log_in(self._socket, keys)
        self._socket.send(json.dumps({"op": "subscribe", "args": args}))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        answered = 0
        while answered < len(args):
            answered += self._take(self._socket.recv(timeout=PATIENCE_S))
        self._thread.start()

    def _take(self, text: str | bytes) -> bool:
        told = json.loads(text)
        self._rows += [(told["arg"]["channel"], row) for row in told.get("data", ())]
        return told.get("event") == "subscribe"

    def _listen(self) -> None:
        with suppress(ConnectionClosed):
            for text in self._socket:
                self._take(text)

    def rows(self, channel: str) -> list[dict[str, Any]]:
        """What was told on a channel so far."""
        return [row for name, row in list(self._rows) if name == channel]

    def wait(self, channel: str, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first row of a channel that is looked for."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = next((row for row in self.rows(channel) if is_it(row)), None)
            if found is not None:
                return found
            assert time.monotonic() < deadline, self.rows(channel)
            time.sleep(0.02)


class Arena:
    """Traders of the quiet swap on a frozen clock, and what each of them hears."""

    def __init__(self, sandbox: SandboxProcess, opened: ExitStack) -> None:
        self.sandbox = sandbox
        self._opened = opened
        self._numbers: dict[str, int] = {}
        self.hears: dict[str, Listener] = {}
        args = [
            {"channel": "liquidation-orders", "instType": "SWAP"},
            {"channel": "adl-warning", "instType": "SWAP", "instFamily": "QUIET-USDT"},
        ]
        self.hears["everybody"] = Listener(self._socket("public"), args)

    def _socket(self, endpoint: str) -> ClientConnection:
        return self._opened.enter_context(connect(f"{self.sandbox.told['ws']}/{endpoint}"))

    def enter(self, name: str, usdt: str, mode: str, leverage: str) -> None:
        """Somebody with money and a leverage, who listens."""
        (keys,) = self.sandbox.call("POST", "/sandbox/accounts", {"name": name, "funds": {"USDT": usdt}})
        self.sandbox.told["accounts"].append(keys)
        self._numbers[name] = len(self.sandbox.told["accounts"]) - 1
        self.post(name, "account/set-account-level", {"acctLv": "2"})
        self.post(name, "account/set-leverage", {"instId": SWAP, "mgnMode": mode, "lever": leverage})
        args = [{"channel": channel, "instType": "SWAP"} for channel in PRIVATE]
        self.hears[name] = Listener(self._socket("private"), args, keys)

    def post(self, name: str, path: str, body: object) -> list[Any]:
        return self.sandbox.call("POST", f"/api/v5/{path}", body, self._numbers[name])

    def get(self, name: str, path: str) -> list[Any]:
        return self.sandbox.get(f"/api/v5/{path}", self._numbers[name])

    def order(self, name: str, side: str, size: str, price: str, mode: str = "isolated") -> None:
        body = {"instId": SWAP, "tdMode": mode, "side": side, "ordType": "limit", "px": price, "sz": size}
        self.post(name, "trade/order", body)

    def index(self, price: str) -> None:
        self.sandbox.call("POST", "/sandbox/index", {"instId": "QUIET-USDT", "idxPx": price})

    def held(self, name: str) -> tuple[str, str]:
        """Size and lights of a position; nothing when it is closed."""
        rows = [row for row in self.get(name, "account/positions") if row["pos"] not in ("", "0")]
        return (rows[0]["pos"], rows[0]["adl"]) if rows else ("0", "0")

    def kept(self, name: str, path: str, is_it: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Rows of a history, which is told a moment later."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := [row for row in self.get(name, path) if is_it(row)]):
            assert time.monotonic() < deadline, path
            time.sleep(0.05)
        return found

    def fund(self) -> list[dict[str, str]]:
        """The changes of the fund that were kept, newest first."""
        (row,) = self.sandbox.get("/api/v5/public/insurance-fund?instType=SWAP&instFamily=QUIET-USDT")
        return [change for change in row["details"] if change["type"] != "regular_update"]


@pytest.fixture
def arena(tmp_path: Path) -> Iterator[Arena]:
    """Bob sells to everybody and bids below; frank holds without leverage, so that one short stays when others end."""
    options = ("--pairs", "3", "--speed", "0", "--start", "2026-01-15T20:00:00Z", "--rate-limits", "off")
    with SandboxProcess(tmp_path / "data", *options) as sandbox, ExitStack() as opened:
        arena = Arena(sandbox, opened)
        arena.enter("bob", "1000000", "cross", "10")
        arena.enter("ann", "100000", "isolated", "10")
        arena.enter("carl", "10000", "isolated", "50")
        arena.enter("dora", "50000", "isolated", "20")
        arena.enter("eve", "10000", "isolated", "50")
        arena.enter("frank", "1000000", "isolated", "1")
        arena.order("dora", "sell", "1000", "100")
        arena.order("carl", "buy", "1000", "100")
        arena.order("bob", "sell", "9000", "100", "cross")
        arena.order("carl", "buy", "2000", "100")
        arena.order("ann", "buy", "6000", "100")
        arena.order("frank", "buy", "1000", "100")
        yield arena


def test_everybody_sees_a_liquidation_the_fund_and_deleveraging(arena: Arena) -> None:
    a_liquidation_beyond_what_is_left_costs_the_fund_which_warns(arena)
    a_large_position_is_warned_then_cut_by_tiers_and_the_fund_gains(arena)
    a_fund_that_cannot_pay_has_winners_deleveraged_by_rank(arena)
    no_money_was_made_or_lost_but_fees(arena)


def a_liquidation_beyond_what_is_left_costs_the_fund_which_warns(arena: Arena) -> None:
    """Carl bought 3,000 with a margin of 6,000; at 97.5 he lost 7,500 and a fee of 146.25, so the fund pays 1,646.25."""
    assert arena.held("carl") == ("3000", "4")
    arena.order("bob", "buy", "3000", "97.5", "cross")
    arena.index("97.5")
    order = arena.hears["carl"].wait("orders", lambda row: row["category"] == "full_liquidation")
    assert (order["side"], order["accFillSz"], order["avgPx"], order["fee"]) == ("sell", "3000", "97.5", "-146.25")
    arena.hears["carl"].wait("positions", lambda row: row["pos"] == "0")
    told = arena.hears["everybody"].wait("liquidation-orders", lambda row: row["details"][0]["sz"] == "3000")
    assert {name: told["details"][0][name] for name in ("side", "bkPx", "bkLoss")} == {
        "side": "sell",
        "bkPx": "98",
        "bkLoss": "1646.25",
    }
    warning = arena.hears["everybody"].wait("adl-warning", lambda row: row["state"] == "warning")
    assert (warning["bal"], warning["maxBal"], warning["decRate"]) == ("8353.75", "10000", "0.164625")
    (past,) = arena.kept("carl", "account/positions-history", lambda row: row["type"] == "3")
    assert (past["closeTotalPos"], past["liqPenalty"], past["realizedPnl"]) == ("3000", "1646.25", "-6150")
    assert arena.hears["carl"].rows("liquidation-warning") == [], "too late for a warning"


def a_large_position_is_warned_then_cut_by_tiers_and_the_fund_gains(arena: Arena) -> None:
    """Ann holds 6,000, of the third tier: at 91.85 her ratio is 1 and 5,000 go, so that the first tier holds the rest."""
    arena.index("94")
    warning = arena.hears["ann"].wait("liquidation-warning", lambda row: True)
    assert (warning["pos"], warning["markPx"], warning["mgnRatio"]) == ("6000", "94", "2.075765")
    arena.order("bob", "buy", "5000", "91.85", "cross")
    arena.index("91.85")
    order = arena.hears["ann"].wait("orders", lambda row: row["category"] == "partial_liquidation")
    assert (order["accFillSz"], order["avgPx"], order["fee"]) == ("5000", "91.85", "-229.625")
    arena.hears["ann"].wait("positions", lambda row: row["pos"] == "1000")
    # 5,000 * (91.85 - 90) less the fee is what her margin had left; bob paid the mark for them.
    assert [(row["amt"], row["balance"]) for row in arena.fund()[:1]] == [("9020.375", "17374.125")]
    arena.hears["everybody"].wait("adl-warning", lambda row: row["state"] == "normal")
    taken = {row["subType"]: row["sz"] for row in arena.kept("ann", "account/bills", lambda row: row["type"] == "5")}
    assert taken["103"] == "5000"


def a_fund_that_cannot_pay_has_winners_deleveraged_by_rank(arena: Arena) -> None:
    """Eve buys 4,000 at 92 with a margin of 7,360; at 85 nobody bids, and the fund lacks what she and ann owe."""
    arena.order("bob", "sell", "4000", "92", "cross")
    arena.order("eve", "buy", "4000", "92")
    assert arena.held("dora") == ("-1000", "5"), "more leverage, so the first to be closed"
    assert arena.held("bob") == ("-5000", "3")
    arena.index("85")
    arena.hears["everybody"].wait("adl-warning", lambda row: row["state"] == "adl")
    order = arena.hears["dora"].wait("orders", lambda row: row["category"] == "adl")
    assert (order["side"], order["accFillSz"], order["fee"], order["state"]) == ("buy", "1000", "0", "filled")
    assert 85 < float(order["avgPx"]) < 100, "worse than the mark, for the fund lacks money, but still a profit"
    arena.hears["dora"].wait("positions", lambda row: row["pos"] == "0")
    assert arena.held("bob") == ("-1000", "5"), "the next pays the rest, and alone is left"
    (whole,) = arena.kept("dora", "account/positions-history", lambda row: True)
    (part,) = arena.kept("bob", "account/positions-history", lambda row: row["type"] != "1")
    assert (whole["type"], part["type"]) == ("6", "5")
    (bill,) = arena.kept("dora", "account/bills", lambda row: row["type"] == "9")
    assert (bill["subType"], bill["sz"], bill["px"]) == ("127", "1000", order["avgPx"])
    (fill,) = arena.kept("dora", "trade/fills?instType=SWAP", lambda row: row["subType"] == "127")
    assert (fill["fillSz"], fill["tradeId"]) == ("1000", order["tradeId"])
    assert {"adl", "bankruptcy_loss"} <= {change["type"] for change in arena.fund()}
    assert float(arena.fund()[0]["balance"]) >= 0
    assert arena.held("frank") == ("1000", "5")


def no_money_was_made_or_lost_but_fees(arena: Arena) -> None:
    """What everybody has with the fund is what they brought, less the fees that they were told of."""
    names = ("bob", "ann", "carl", "dora", "eve", "frank")
    brought = 1_000_000 + 100_000 + 10_000 + 50_000 + 10_000 + 1_000_000
    equity = sum(float(arena.get(name, "account/balance?ccy=USDT")[0]["details"][0]["eq"]) for name in names)
    fees = sum(float(bill["fee"]) for name in names for bill in arena.get(name, "account/bills") if bill["fee"])
    assert equity + float(arena.fund()[0]["balance"]) == pytest.approx(brought + 10_000 + fees, abs=1e-4)
