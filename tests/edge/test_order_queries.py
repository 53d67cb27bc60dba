"""Finding orders and fills again, paging through them, and the dead man's switch."""

import pytest

from lonja.primitives.instant import HOUR_MS
from tests.edge.house import START_MS, TRADER, House, order

QUIET = "QUIET-USDT"


async def _ids(rest: House, path: str, name: str = "ordId", **params: object) -> list[str]:
    reply = await rest.trader.get(path, **params)
    assert reply.code == "0", reply.raw
    return [row[name] for row in reply.data]


async def test_an_order_is_found_by_either_id_open_or_ended(rest: House) -> None:
    order_id = (await rest.trader.place(clOrdId="mine", tag="desk")).row["ordId"]
    for ended in (False, True):
        for params in ({"ordId": order_id}, {"clOrdId": "mine"}, {"ordId": order_id, "clOrdId": "other"}):
            row = (await rest.trader.get("trade/order", instId=QUIET, **params)).row
            assert (row["ordId"], row["clOrdId"], row["tag"]) == (order_id, "mine", "desk")
            assert (row["state"], row["cancelSource"]) == (("canceled", "1") if ended else ("live", ""))
        if not ended:
            await rest.trader.post("trade/cancel-order", {"instId": QUIET, "ordId": order_id})


async def test_an_order_is_found_in_stored_history_too(rest: House, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = (await rest.trader.place(clOrdId="mine")).row["ordId"]
    await rest.trader.post("trade/cancel-order", {"instId": QUIET, "ordId": order_id})
    monkeypatch.setattr(type(rest.services.orders), "order", lambda *_: None)
    monkeypatch.setattr(type(rest.services.orders), "find", lambda *_: None)
    assert (await rest.trader.get("trade/order", instId=QUIET, ordId=order_id)).row["state"] == "canceled"
    assert (await rest.trader.get("trade/order", instId=QUIET, clOrdId="mine")).row["ordId"] == order_id


async def test_a_client_id_used_again_finds_the_newest(rest: House) -> None:
    first = (await rest.trader.place(clOrdId="again")).row["ordId"]
    await rest.trader.post("trade/cancel-order", {"instId": QUIET, "ordId": first})
    second = (await rest.trader.place(clOrdId="again")).row["ordId"]
    assert (await rest.trader.get("trade/order", instId=QUIET, clOrdId="again")).row["ordId"] == second


async def test_a_client_id_used_again_elsewhere_finds_the_newest_of_each_instrument(rest: House) -> None:
    first = (await rest.trader.place(clOrdId="again")).row["ordId"]
    await rest.trader.post("trade/cancel-order", {"instId": QUIET, "ordId": first})
    elsewhere = order(instId="BTC-USDT", px="50000", sz="0.01", clOrdId="again")
    second = (await rest.trader.post("trade/order", elsewhere)).row["ordId"]
    for instrument_id, expected in ((QUIET, first), ("BTC-USDT", second)):
        found = await rest.trader.get("trade/order", instId=instrument_id, clOrdId="again")
        assert (found.row["ordId"], found.row["instId"]) == (expected, instrument_id)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"instId": QUIET, "ordId": "1"}, "51603"),
        ({"instId": QUIET, "clOrdId": "nobody"}, "51603"),
        ({"instId": "BTC-USDT", "clOrdId": "mine"}, "51603"),
        ({"instId": "NONE", "clOrdId": "mine"}, "51001"),
        ({"instId": QUIET}, "51003"),
        ({"instId": QUIET, "ordId": "", "clOrdId": ""}, "51003"),
        ({"ordId": "1"}, "50014"),
        ({"instId": QUIET, "ordId": "one"}, "51000"),
        ({"instId": QUIET, "ordId": "9" * 30}, "51000"),
        ({"instId": QUIET, "clOrdId": "%C3%BC"}, "51000"),
    ],
)
async def test_what_cannot_be_found(rest: House, params: dict[str, str], code: str) -> None:
    await rest.trader.place(clOrdId="mine")
    reply = await rest.trader.get("trade/order", **params)
    assert (reply.code, reply.data) == (code, [])


async def test_nobody_sees_the_orders_of_others(rest: House) -> None:
    order_id = (await rest.trader.place(clOrdId="mine")).row["ordId"]
    assert (await rest.other.get("trade/order", instId=QUIET, ordId=order_id)).code == "51603"
    assert (await rest.other.get("trade/order", instId=QUIET, clOrdId="mine")).code == "51603"
    assert (await rest.other.get("trade/orders-pending")).data == []


async def test_open_orders_are_filtered_and_paged(rest: House) -> None:
    batch = [order(), order(ordType="post_only"), order(instId="BTC-USDT", px="45000"), order(px="100")]
    ids = [row["ordId"] for row in (await rest.trader.post("trade/batch-orders", batch)).data]
    await rest.other.place(side="sell", px="100", sz="0.5")
    newest = ids[::-1]
    assert await _ids(rest, "trade/orders-pending") == newest
    assert await _ids(rest, "trade/orders-pending", instType="SPOT", instId=QUIET) == [ids[3], ids[1], ids[0]]
    assert await _ids(rest, "trade/orders-pending", instType="SWAP") == []
    assert await _ids(rest, "trade/orders-pending", ordType="post_only") == [ids[1]]
    assert await _ids(rest, "trade/orders-pending", ordType="post_only,limit") == newest
    assert await _ids(rest, "trade/orders-pending", state="partially_filled") == [ids[3]]
    assert await _ids(rest, "trade/orders-pending", limit="2") == newest[:2]
    assert await _ids(rest, "trade/orders-pending", after=newest[1]) == newest[2:]
    assert await _ids(rest, "trade/orders-pending", before=newest[2]) == newest[:2]
    assert await _ids(rest, "trade/orders-pending", after=newest[0], before=newest[3]) == newest[1:3]


async def test_ended_orders_are_filtered_and_paged(rest: House) -> None:
    await rest.other.place(side="sell", px="100", sz="3")
    batch = [order(px="100"), order(ordType="ioc"), order(ordType="fok"), order(ordType="market", sz="50", px="")]
    ids = [row["ordId"] for row in (await rest.trader.post("trade/batch-orders", batch)).data]
    await rest.trader.place()
    newest = ids[::-1]
    path = "trade/orders-history"
    assert await _ids(rest, path, instType="SPOT") == newest
    assert await _ids(rest, "trade/orders-history-archive", instType="SPOT", instId=QUIET) == newest
    assert await _ids(rest, path, instType="SPOT", state="filled") == [ids[3], ids[0]]
    assert await _ids(rest, path, instType="SPOT", state="canceled") == [ids[2], ids[1]]
    assert await _ids(rest, path, instType="SPOT", ordType="ioc") == [ids[1]]
    assert await _ids(rest, path, instType="SPOT", ordType="fok,market") == [ids[3], ids[2]]
    assert await _ids(rest, path, instType="SPOT", ordType="fok,market,ioc", limit="2") == [ids[3], ids[2]]
    assert await _ids(rest, path, instType="SPOT", after=newest[0], limit="2") == newest[1:3]
    assert await _ids(rest, path, instType="SPOT", before=newest[1]) == newest[:1]
    assert await _ids(rest, path, instType="SPOT", begin=START_MS, end=START_MS) == newest
    assert await _ids(rest, path, instType="SPOT", begin=START_MS + 1) == []
    assert await _ids(rest, path, instType="SPOT", category="twap") == []
    assert await _ids(rest, path, instType="SWAP") == []


async def test_orders_canceled_without_a_fill_are_shown_for_two_hours(rest: House) -> None:
    await rest.other.place(side="sell", px="100", sz="1")
    batch = [order(ordType="ioc"), order(px="100")]
    ids = [row["ordId"] for row in (await rest.trader.post("trade/batch-orders", batch)).data]
    rest.clock.advance_ms(2 * HOUR_MS)
    assert await _ids(rest, "trade/orders-history", instType="SPOT") == ids[::-1]
    rest.clock.advance_ms(1)
    assert await _ids(rest, "trade/orders-history", instType="SPOT") == [ids[1]]


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("trade/orders-pending", {"instType": "X"}),
        ("trade/orders-pending", {"ordType": "limit,stop"}),
        ("trade/orders-pending", {"state": "filled"}),
        ("trade/orders-pending", {"limit": "101"}),
        ("trade/orders-pending", {"after": "x"}),
        ("trade/orders-history", {"instType": "SPOT", "state": "live"}),
        ("trade/orders-history", {"instType": "SPOT", "begin": "yesterday"}),
        ("trade/fills", {"limit": "0"}),
        ("trade/fills", {"ordId": "x"}),
        ("account/bills", {"end": "-1"}),
    ],
)
async def test_pages_are_validated(rest: House, path: str, wrong: dict[str, str]) -> None:
    reply = await rest.trader.get(path, **wrong)
    assert (reply.status, reply.code) == (200, "51000")


async def test_fills(rest: House) -> None:
    await rest.other.post("trade/batch-orders", [order(side="sell", px=px, sz="0.5") for px in ("100", "101")])
    order_id = (await rest.trader.place(px="101", clOrdId="mine")).row["ordId"]
    rows = (await rest.trader.get("trade/fills")).data
    assert [(r["tradeId"], r["fillPx"], r["fillSz"], r["fee"], r["feeCcy"], r["execType"]) for r in rows] == [
        ("100000002", "101", "0.5", "-0.0005", "QUIET", "T"),
        ("100000001", "100", "0.5", "-0.0005", "QUIET", "T"),
    ]
    assert {(r["ordId"], r["clOrdId"], r["side"], r["instId"]) for r in rows} == {(order_id, "mine", "buy", QUIET)}
    # Of pairs there is no mark.
    assert {(r["fillIdxPx"], r["fillMarkPx"]) for r in rows} == {("100", "")}
    bills = (await rest.trader.get("account/bills", type="2")).data
    assert {(r["fillIdxPx"], r["fillMarkPx"]) for r in bills} == {("100", "")}
    made = (await rest.other.get("trade/fills-history", instType="SPOT")).data
    assert [(r["fee"], r["feeCcy"], r["execType"]) for r in made] == [("-0.0404", "USDT", "M"), ("-0.04", "USDT", "M")]
    ids = [r["billId"] for r in rows]
    assert await _ids(rest, "trade/fills", "billId", after=ids[0]) == ids[1:]
    assert await _ids(rest, "trade/fills", "billId", before=ids[1]) == ids[:1]
    assert await _ids(rest, "trade/fills", "billId", ordId=order_id, limit="1") == ids[:1]
    assert await _ids(rest, "trade/fills", "billId", instId="BTC-USDT") == []
    shown = (await rest.trader.get("trade/order", instId=QUIET, ordId=order_id)).row
    assert [shown[n] for n in ("state", "avgPx", "accFillSz", "fillPx", "fillSz", "tradeId", "fee", "feeCcy")] == [
        "filled",
        "100.5",
        "1",
        "101",
        "0.5",
        "100000002",
        "-0.001",
        "QUIET",
    ]


async def test_histories_that_lag_are_not_shown(rest: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lags(*_: object) -> bool:
        return False

    monkeypatch.setattr(type(rest.services.history), "caught_up", lags)
    reply = await rest.trader.get("trade/fills")
    assert (reply.status, reply.code) == (429, "50013")


# -- The dead man's switch -------------------------------------------------------------------------------------------


async def test_cancel_all_after(rest: House) -> None:
    await rest.trader.post("trade/batch-orders", [order(tag="a"), order(tag="b")])
    row = (await rest.trader.post("trade/cancel-all-after", {"timeOut": 10, "tag": "a"})).row
    assert row == {"triggerTime": str(START_MS + 10_000), "tag": "a", "ts": str(START_MS)}
    rest.clock.advance_ms(10_000)
    await rest.other.place()
    assert [o.tag for o in rest.engine.views.open_orders(TRADER)] == ["b"]
    ended = (await rest.trader.get("trade/orders-history", instType="SPOT")).row
    assert (ended["state"], ended["cancelSource"]) == ("canceled", "20")


async def test_cancel_all_after_is_restarted_and_switched_off(rest: House) -> None:
    await rest.trader.place()
    await rest.trader.post("trade/cancel-all-after", {"timeOut": "10"})
    rest.clock.advance_ms(9_000)
    row = (await rest.trader.post("trade/cancel-all-after", {"timeOut": "60"})).row
    assert row["triggerTime"] == str(START_MS + 69_000)
    rest.clock.advance_ms(9_000)
    assert (await rest.trader.post("trade/cancel-all-after", {"timeOut": "0"})).row["triggerTime"] == "0"
    rest.clock.advance_ms(90_000)
    await rest.other.place()
    assert len(rest.engine.views.open_orders(TRADER)) == 1


async def test_cancel_all_after_is_bounded(rest: House) -> None:
    for timeout in ("1", "9", "121", "-1", "10.5", "ten", True, [10]):
        assert (await rest.trader.post("trade/cancel-all-after", {"timeOut": timeout})).code == "51000", timeout
    assert (await rest.trader.post("trade/cancel-all-after", {"timeOut": ""})).code == "50014"
    assert (await rest.trader.post("trade/cancel-all-after", {"timeOut": "10", "tag": "no-dash"})).code == "51000"
    for number in range(20):
        assert (await rest.trader.post("trade/cancel-all-after", {"timeOut": "60", "tag": f"t{number}"})).code == "0"
    assert (await rest.trader.post("trade/cancel-all-after", {"timeOut": "60", "tag": "t20"})).code == "51071"
