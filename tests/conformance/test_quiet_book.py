"""The rules of trading on the wire, on the book that only the test touches."""

import asyncio
import json
import time
from decimal import Decimal
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.conformance.orders import ORDER, QUIET, order, place, refusal
from tests.e2e.sandbox_process import SandboxProcess, signed

SEEN = ("state", "accFillSz", "avgPx", "cancelSource")


def _shows(row: dict[str, Any], *expected: str) -> bool:
    return tuple(row[name] for name in SEEN) == expected


def _detail(sandbox: SandboxProcess, account: int, currency: str) -> dict[str, Decimal]:
    (row,) = sandbox.get(f"/api/v5/account/balance?ccy={currency}", account)[0]["details"]
    return {name: Decimal(row[name]) for name in ("cashBal", "availBal", "frozenBal", "eq")}


def _book(sandbox: SandboxProcess) -> tuple[list[list[str]], list[list[str]]]:
    (row,) = sandbox.get(f"/api/v5/market/books?instId={QUIET}&sz=400")
    return row["bids"], row["asks"]


def test_the_instrument(quiet: SandboxProcess) -> None:
    (row,) = quiet.get(f"/api/v5/public/instruments?instType=SPOT&instId={QUIET}")
    assert (row["tickSz"], row["lotSz"], row["minSz"], row["state"]) == ("0.01", "0.001", "0.001", "live")
    (row,) = quiet.get(f"/api/v5/public/price-limit?instId={QUIET}")
    assert (row["buyLmt"], row["sellLmt"], row["enabled"]) == ("120", "80", True)
    (row,) = quiet.get(f"/api/v5/account/trade-fee?instType=SPOT&instId={QUIET}", 0)
    assert (row["maker"], row["taker"]) == ("-0.0008", "-0.001")


def test_best_price_first_then_first_come(quiet: SandboxProcess) -> None:
    late_best = place(quiet, 0, side="sell", px="101", sz="1")
    first = place(quiet, 0, side="sell", px="100.5", sz="1")
    second = place(quiet, 0, side="sell", px="100.5", sz="1")
    assert _book(quiet)[1] == [["100.5", "2", "0", "2"], ["101", "1", "0", "1"]]
    taker = place(quiet, 1, px="101", sz="2.5")
    # The taker gets the price of who was there.
    assert _shows(order(quiet, 1, taker), "filled", "2.5", "100.6", "")
    assert order(quiet, 0, first)["state"] == order(quiet, 0, second)["state"] == "filled"
    assert _shows(order(quiet, 0, late_best), "partially_filled", "0.5", "101", "")
    assert _book(quiet) == ([], [["101", "0.5", "0", "1"]])
    fills = quiet.get(f"/api/v5/trade/fills?instType=SPOT&ordId={taker}", 1)
    assert [(row["fillPx"], row["fillSz"], row["execType"], row["fee"], row["feeCcy"]) for row in fills] == [
        ("101", "0.5", "T", "-0.0005", "QUIET"),
        ("100.5", "1", "T", "-0.001", "QUIET"),
        ("100.5", "1", "T", "-0.001", "QUIET"),
    ]
    assert order(quiet, 1, taker)["fee"] == "-0.0025"
    assert order(quiet, 0, first)["fee"] == "-0.0804"
    assert order(quiet, 0, first)["feeCcy"] == "USDT"


def test_what_an_order_holds(quiet: SandboxProcess) -> None:
    before = _detail(quiet, 0, "USDT")
    order_id = place(quiet, 0, px="95", sz="2")
    held = _detail(quiet, 0, "USDT")
    assert held["frozenBal"] - before["frozenBal"] == before["availBal"] - held["availBal"] == 190
    assert held["cashBal"] == held["eq"] == before["cashBal"]
    quiet.call("POST", "/api/v5/trade/amend-order", {"instId": QUIET, "ordId": order_id, "newSz": "1"}, 0)
    assert _detail(quiet, 0, "USDT")["frozenBal"] - before["frozenBal"] == 95
    quiet.call("POST", "/api/v5/trade/cancel-order", {"instId": QUIET, "ordId": order_id}, 0)
    assert _detail(quiet, 0, "USDT") == before
    coins = _detail(quiet, 0, "QUIET")
    place(quiet, 0, side="sell", px="105", sz="3.5")
    held = _detail(quiet, 0, "QUIET")
    assert (held["frozenBal"] - coins["frozenBal"], held["cashBal"]) == (Decimal("3.5"), coins["cashBal"])


@pytest.mark.parametrize(
    ("kind", "filled", "average", "source"),
    [("post_only", "0", "", "31"), ("fok", "0", "", "13"), ("ioc", "1", "100", "14")],
)
def test_orders_that_end_at_once(quiet: SandboxProcess, kind: str, filled: str, average: str, source: str) -> None:
    place(quiet, 1, side="sell", px="100", sz="1")
    ended = place(quiet, 0, ordType=kind, px="100", sz="2")
    assert _shows(order(quiet, 0, ended), "canceled", filled, average, source)
    assert _detail(quiet, 0, "USDT")["frozenBal"] == 0
    assert _book(quiet)[0] == []


@pytest.mark.parametrize(
    ("mode", "maker_state", "taker_state", "canceled"),
    [
        ("cancel_maker", "canceled", "live", "maker"),
        ("cancel_taker", "live", "canceled", "taker"),
        ("cancel_both", "canceled", "canceled", "both"),
    ],
)
def test_nobody_trades_with_himself(
    quiet: SandboxProcess, mode: str, maker_state: str, taker_state: str, canceled: str
) -> None:
    maker = place(quiet, 0, side="sell", px="100")
    taker = place(quiet, 0, side="buy", px="100", stpMode=mode)
    rows = {"maker": order(quiet, 0, maker), "taker": order(quiet, 0, taker)}
    assert (rows["maker"]["state"], rows["taker"]["state"]) == (maker_state, taker_state)
    for name, row in rows.items():
        assert row["cancelSource"] == ("32" if canceled in {name, "both"} else "")
        assert row["accFillSz"] == "0"


def test_different_masters_do_trade(quiet: SandboxProcess) -> None:
    place(quiet, 0, side="sell", px="100")
    assert order(quiet, 1, place(quiet, 1, px="100"))["state"] == "filled"


def test_amending(quiet: SandboxProcess) -> None:
    mine = place(quiet, 0, px="99", sz="2")
    behind = place(quiet, 0, px="99", sz="2")

    def amend(order_id: str, **change: str) -> str:
        answer = quiet.answer("POST", "/api/v5/trade/amend-order", {"instId": QUIET, "ordId": order_id} | change, 0)
        return answer["data"][0]["sCode"]

    # Smaller at the same price keeps its place, so it is met first.
    assert amend(mine, newSz="1.5") == "0"
    place(quiet, 1, side="sell", px="99", sz="0.5")
    assert [order(quiet, 0, order_id)["accFillSz"] for order_id in (mine, behind)] == ["0.5", "0"]
    # Larger goes to the end.
    assert amend(mine, newSz="3") == "0"
    place(quiet, 1, side="sell", px="99", sz="1")
    assert [order(quiet, 0, order_id)["accFillSz"] for order_id in (mine, behind)] == ["0.5", "1"]
    # The new size counts what is filled.
    assert amend(mine, newSz="0.6") == "0"
    quiet.call("POST", "/api/v5/trade/cancel-order", {"instId": QUIET, "ordId": mine}, 0)
    assert amend(mine, newSz="2") == "51503"
    assert amend(behind) == "51500"
    assert amend(behind, newPx="121") == "51137"
    assert order(quiet, 0, behind)["px"] == "99"
    # To a price that crosses, it takes.
    resting = place(quiet, 1, side="sell", px="99.5", sz="0.25")
    assert amend(behind, newPx="99.5") == "0"
    assert order(quiet, 1, resting)["state"] == "filled"
    assert order(quiet, 0, behind)["accFillSz"] == "1.25"
    # To no more than what is filled, it ends as filled.
    assert amend(behind, newSz="1") == "0"
    ended = order(quiet, 0, behind)
    assert (ended["state"], ended["accFillSz"]) == ("filled", "1.25")


def test_market_orders(quiet: SandboxProcess) -> None:
    place(quiet, 1, side="sell", px="100", sz="1")
    place(quiet, 1, side="sell", px="102", sz="1")
    market = {"ordType": "market", "px": ""}
    by_amount = order(quiet, 0, place(quiet, 0, **market, sz="151"))
    assert _shows(by_amount, "filled", "1.5", "100.6666", "") or by_amount["avgPx"].startswith("100.66")
    assert (by_amount["tgtCcy"], by_amount["px"]) == ("quote_ccy", "")
    by_size = order(quiet, 0, place(quiet, 0, **market, sz="0.5", tgtCcy="base_ccy"))
    assert _shows(by_size, "filled", "0.5", "102", "")
    alone = quiet.answer("POST", "/api/v5/trade/order", ORDER | market | {"sz": "100"}, 0)
    assert alone["data"][0]["sCode"] in {"0", "51109"}


def test_refusals(quiet: SandboxProcess) -> None:
    before = [_detail(quiet, 0, currency) for currency in ("USDT", "QUIET")]
    for change, code in (
        ({"sz": "100000"}, "51008"), ({"side": "sell", "px": "105", "sz": "50000"}, "51008"),
        ({"sz": "0.0001"}, "51020"), ({"sz": "1.0001"}, "51121"), ({"sz": "0"}, "51000"), ({"sz": "-1"}, "51000"),
        ({"sz": "1e3"}, "51000"), ({"sz": "9" * 40}, "51000"), ({"px": "95.001"}, "51000"), ({"px": "0"}, "51000"),
        ({"px": "121"}, "51137"), ({"side": "sell", "px": "79"}, "51138"), ({"instId": "NOPE-USDT"}, "51001"),
        ({"ordType": "nonsense"}, "51000"), ({"clOrdId": "ünïcode"}, "51000"), ({"clOrdId": "a" * 33}, "51000"),
        ({"tdMode": "cross"}, "51010"), ({"stpMode": "cancel_nobody"}, "51000"), ({"sz": ""}, "50014"),
        ({"px": ""}, "51204"),
    ):  # fmt: skip
        found = refusal(quiet, "order", ORDER | change)
        assert found == code or (code == "51000" and found == "51020"), (change, found)
    assert [_detail(quiet, 0, currency) for currency in ("USDT", "QUIET")] == before


def test_batches(quiet: SandboxProcess) -> None:
    answer = quiet.answer("POST", "/api/v5/trade/batch-orders", [ORDER, ORDER | {"sz": "0.0001"}], 0)
    assert (answer["code"], [row["sCode"] for row in answer["data"]]) == ("2", ["0", "51020"])
    answer = quiet.answer("POST", "/api/v5/trade/batch-orders", [ORDER | {"sz": "0.0001"}] * 2, 0)
    assert (answer["code"], [row["sCode"] for row in answer["data"]]) == ("1", ["51020", "51020"])
    answer = quiet.answer("POST", "/api/v5/trade/batch-orders", [ORDER] * 21, 0)
    assert (answer["code"], answer["data"]) == ("51111", [])
    twice = [ORDER | {"clOrdId": "same"}] * 2
    answer = quiet.answer("POST", "/api/v5/trade/batch-orders", twice, 0)
    assert [row["sCode"] for row in answer["data"]] == ["0", "51016"]


def test_pages_of_ended_orders(quiet: SandboxProcess) -> None:
    ids = [place(quiet, 0, px=f"9{step}") for step in range(4)]
    for order_id in ids:
        quiet.call("POST", "/api/v5/trade/cancel-order", {"instId": QUIET, "ordId": order_id}, 0)

    def page(query: str) -> list[str]:
        rows = quiet.get(f"/api/v5/trade/orders-history?instType=SPOT&instId={QUIET}&{query}", 0)
        return [row["ordId"] for row in rows]

    assert page("limit=4") == ids[::-1]
    assert page(f"after={ids[2]}&limit=2") == [ids[1], ids[0]]
    assert page(f"before={ids[1]}") == [ids[3], ids[2]]
    assert page("state=filled&limit=4") != ids[::-1]


def test_the_book_is_current_once_an_order_is_acknowledged(quiet: SandboxProcess) -> None:
    for step in range(10):
        order_id = place(quiet, 0, px="96", sz=f"{step + 1}")
        assert _book(quiet)[0] == [["96", str(step + 1), "0", "1"]]
        quiet.call("POST", "/api/v5/trade/cancel-order", {"instId": QUIET, "ordId": order_id}, 0)
        assert _book(quiet)[0] == []


def test_the_same_sequence_on_both_ways(quiet: SandboxProcess) -> None:
    with connect(quiet.told["ws"] + "/public") as socket:
        socket.send(json.dumps({"op": "subscribe", "args": [{"channel": "books", "instId": QUIET}]}))
        snapshot = _data(socket)
        assert (snapshot["action"], snapshot["data"][0]["prevSeqId"]) == ("snapshot", -1)
        place(quiet, 0, px="94", sz="2")
        update = _data(socket)
        assert (update["action"], update["data"][0]["bids"]) == ("update", [["94", "2", "0", "1"]])
        assert update["data"][0]["prevSeqId"] == snapshot["data"][0]["seqId"]
        (row,) = quiet.get(f"/api/v5/market/books?instId={QUIET}&sz=5")
        assert row["seqId"] == update["data"][0]["seqId"]


def _data(socket: ClientConnection) -> dict[str, Any]:
    while True:
        message = json.loads(socket.recv(timeout=10))
        if "data" in message:
            return message


def test_deadlines(quiet: SandboxProcess) -> None:
    async def answer(shift_ms: int) -> str:
        reader, writer = await asyncio.open_connection(*quiet.told["rest"].removeprefix("http://").split(":"))
        body = json.dumps(ORDER)
        headers = signed(quiet.told["accounts"][0], "POST", "/api/v5/trade/order", body)
        headers |= {"expTime": str(int(time.time() * 1000) + shift_ms), "Content-Type": "application/json"}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(
            f"POST /api/v5/trade/order HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
            f"{head}\r\n{body}".encode()
        )
        text = (await reader.read()).decode()
        writer.close()
        return json.loads(text.partition("\r\n\r\n")[2])["code"]

    assert asyncio.run(answer(-1_000)) == "50036"
    assert asyncio.run(answer(30_000)) == "0"
    assert len(quiet.get("/api/v5/trade/orders-pending", 0)) == 1
