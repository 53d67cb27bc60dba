"""Clients that send nonsense, meddle with each other's orders, race, or lose the server in the middle: no balance moves
but by what was acknowledged, and what was acknowledged stays."""

import json
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.sandbox_process import SandboxProcess

ORDER = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "85", "sz": "1"}
STRANGE: tuple[object, ...] = (
    True, 0, -1, 1e-9, 1e300, 10**30, 10**400, "-1", "+1", " 1", "1e3", ".5", "0", "1.0000000001", "\N{ARABIC-INDIC DIGIT ONE}", "1_0", "0x1",
    "NaN", "Infinity", "1" * 90, "9223372036854775808", "\x00", "1\r\n", "é", "\N{GRINNING FACE}", [1], {"a": 1},
)  # fmt: skip
FIELDS = ("instId", "instIdCode", "tdMode", "side", "ordType", "sz", "px", "clOrdId", "tag", "stpMode", "banAmend")
NOT_MOVED = {"50002", "50014", "51000", "51150", "58114", "58350"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("hostile") / "data", "--rate-limits", "off") as process:
        yield process


def _post(sandbox: SandboxProcess, path: str, body: object, account: int = 0) -> dict[str, Any]:
    return sandbox.answer("POST", f"/api/v5/{path}", body, account)


def _reason(answer: dict[str, Any]) -> str:
    return str(answer["data"][0]["sCode"] if answer["data"] else answer["code"])


def _money(sandbox: SandboxProcess) -> list[object]:
    return [(sandbox.balances(account), sandbox.get("/api/v5/asset/balances", account)) for account in (0, 1)]


def test_strange_values_are_refused_with_a_code_and_move_nothing(sandbox: SandboxProcess) -> None:
    before = _money(sandbox)
    placed, codes = [], Counter[str]()
    for field in FIELDS:
        for value in STRANGE:
            answer = _post(sandbox, "trade/order", ORDER | {field: value})
            codes[_reason(answer)] += 1
            if answer["code"] == "0":
                placed.append({"instId": "QUIET-USDT", "ordId": answer["data"][0]["ordId"]})
    assert codes.keys() <= {"0", "50014", "51000", "51001", "51016", "51020", "51121", "51150", "50002"}, codes
    assert all(_post(sandbox, "trade/cancel-order", order)["code"] == "0" for order in placed)
    assert _money(sandbox) == before


def test_strange_amounts_are_not_transferred(sandbox: SandboxProcess) -> None:
    before = _money(sandbox)
    for value in STRANGE:
        body = {"ccy": "USDT", "amt": value, "from": "6", "to": "18"}
        assert _post(sandbox, "asset/transfer", body)["code"] in NOT_MOVED, value
    assert _money(sandbox) == before


def test_an_order_is_its_owners_alone(sandbox: SandboxProcess) -> None:
    placed = _post(sandbox, "trade/order", ORDER | {"clOrdId": "mine"})["data"][0]["ordId"]
    for reference in ({"ordId": placed}, {"clOrdId": "mine"}):
        named = {"instId": "QUIET-USDT", **reference}
        assert _reason(_post(sandbox, "trade/cancel-order", named, 1)) == "51400"
        assert _reason(_post(sandbox, "trade/amend-order", named | {"newSz": "2"}, 1)) == "51503"
        query = "&".join(f"{name}={value}" for name, value in named.items())
        assert sandbox.answer("GET", f"/api/v5/trade/order?{query}", None, 1)["code"] == "51603"
    assert sandbox.get("/api/v5/trade/orders-pending", 1) == []
    assert _post(sandbox, "trade/cancel-order", {"instId": "QUIET-USDT", "ordId": placed})["code"] == "0"


def test_of_many_orders_with_one_client_id_exactly_one_is_taken(sandbox: SandboxProcess) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _post(sandbox, "trade/order", ORDER | {"clOrdId": "one"}), range(24)))
        assert Counter(map(_reason, answers)) == {"0": 1, "51016": 23}
        cancel = {"instId": "QUIET-USDT", "clOrdId": "one"}
        canceled = list(pool.map(lambda _: _post(sandbox, "trade/cancel-order", cancel), range(24)))
    assert Counter(map(_reason, canceled)) == {"0": 1, "51400": 23}


def test_each_order_of_a_mixed_batch_is_judged_for_itself(sandbox: SandboxProcess) -> None:
    batch = [ORDER, {}, ORDER | {"px": "0"}, ORDER | {"instId": "NO-PE"}, *[ORDER | {"clOrdId": "twice"}] * 2]
    answer = _post(sandbox, "trade/batch-orders", batch)
    assert answer["code"] == "2"
    assert [row["sCode"] for row in answer["data"]] == ["0", "50014", "51000", "51001", "0", "51016"]
    for wrong, code in (([ORDER] * 21, "51111"), ([], "51111"), (ORDER, "50002"), ([ORDER, 1], "50002")):
        assert _post(sandbox, "trade/batch-orders", wrong)["code"] == code
    mine = [{"instId": "QUIET-USDT", "ordId": row["ordId"]} for row in answer["data"] if row["sCode"] == "0"]
    assert _post(sandbox, "trade/cancel-batch-orders", mine)["code"] == "0"


class _Load:
    """Both accounts trading with each other at random until the server goes away."""

    def __init__(self, sandbox: SandboxProcess, turn: int, acknowledged: dict[str, tuple[int, str]]) -> None:
        self._sandbox = sandbox
        self._turn = turn
        self._acknowledged = acknowledged
        self._threads = [threading.Thread(target=self._trade, args=(number,)) for number in range(4)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _trade(self, number: int) -> None:
        chance, account = random.Random(number), number % 2
        for count in range(10_000):
            client_order_id = f"turn{self._turn}thread{number}order{count}"
            order = ORDER | {
                "clOrdId": client_order_id,
                "side": chance.choice(["buy", "sell"]),
                "px": f"{99 + chance.randrange(200) / 100:.2f}",
                "sz": f"{chance.randrange(1, 900) / 1000}",
            }
            try:
                answer = _post(self._sandbox, "trade/order", order, account)
            except (OSError, json.JSONDecodeError):
                return
            except Exception as error:
                # A reply cut short by the kill.
                if "Incomplete" in type(error).__name__ or "Disconnected" in type(error).__name__:
                    return
                raise
            if answer["code"] == "0":
                self._acknowledged[answer["data"][0]["ordId"]] = (account, client_order_id)


def _all_fills(sandbox: SandboxProcess, account: int) -> list[dict[str, str]]:
    fills: list[dict[str, str]] = []
    after = ""
    while True:
        page = sandbox.get(f"/api/v5/trade/fills?limit=100{after}", account)
        fills += page
        if len(page) < 100:
            return fills
        after = f"&after={page[-1]['billId']}"


def _check_money(sandbox: SandboxProcess, account: int) -> None:
    fills = _all_fills(sandbox, account)
    assert len({fill["billId"] for fill in fills}) == len(fills) > 0
    owned = {"QUIET": Decimal(10_000), "USDT": Decimal(1_000_000)}
    for fill in fills:
        size = Decimal(fill["fillSz"]) * (1 if fill["side"] == "buy" else -1)
        owned["QUIET"] += size
        owned["USDT"] -= size * Decimal(fill["fillPx"])
        owned[fill["feeCcy"]] += Decimal(fill["fee"])
    balances = sandbox.balances(account)
    assert {currency: Decimal(balances[currency]) for currency in owned} == owned


@pytest.mark.lengthy
@pytest.mark.timeout(300)
def test_killed_under_the_load_of_clients_it_keeps_every_acknowledged_order(tmp_path: Path) -> None:
    acknowledged: dict[str, tuple[int, str]] = {}
    for turn, end in enumerate((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM)):
        with SandboxProcess(tmp_path / "data", "--rate-limits", "off") as sandbox:
            load = _Load(sandbox, turn, acknowledged)
            threading.Event().wait(1.0)
            code, seconds = sandbox.end(end)
            load.join()
            assert end == signal.SIGKILL or (code == 0 and seconds < 5)
    assert len(acknowledged) > 30
    with SandboxProcess(tmp_path / "data", "--rate-limits", "off") as sandbox:
        for order_id in random.Random(1).sample(sorted(acknowledged), 30):
            account, client_order_id = acknowledged[order_id]
            query = f"/api/v5/trade/order?instId=QUIET-USDT&clOrdId={client_order_id}"
            assert sandbox.get(query, account)[0]["ordId"] == order_id
        for account in (0, 1):
            _check_money(sandbox, account)
