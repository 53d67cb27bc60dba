"""Batches, canceling, amending, expiry, and what clients hear when the engine cannot take orders."""

import asyncio

import pytest

from lonja.edge.orders import OPERATIONS, run_order_operation
from lonja.edge.session import Session
from lonja.engine.ports import JournalRow
from lonja.primitives.errors import DataError
from tests.edge.house import QUIET_USDT, START_MS, TRADER, House, order

QUIET = "QUIET-USDT"


async def placed(rest: House, **fields: object) -> str:
    reply = await rest.trader.place(**fields)
    assert reply.code == "0", reply.raw
    return str(reply.row["ordId"])


def open_orders(rest: House) -> list[tuple[str, int, int]]:
    return [(o.client_order_id, o.price, o.size) for o in rest.engine.views.open_orders(TRADER)]


# -- Batches ---------------------------------------------------------------------------------------------------------


async def test_a_batch_answers_each_order_in_its_place(rest: House) -> None:
    batch = [order(clOrdId="a"), order(clOrdId="b", sz="0"), order(clOrdId="c", instId="BTC-USDT", px="40000")]
    reply = await rest.trader.post("trade/batch-orders", batch)
    assert (reply.status, reply.code, reply.json["msg"]) == (200, "2", "Bulk operation partially succeeded")
    assert [(row["clOrdId"], row["sCode"]) for row in reply.data] == [("a", "0"), ("b", "51000"), ("c", "0")]
    assert [name for name, _, _ in open_orders(rest)] == ["a", "c"]


async def test_a_batch_in_which_all_fail(rest: House) -> None:
    reply = await rest.trader.post("trade/batch-orders", [order(sz="0"), order(px="500")])
    assert (reply.code, reply.json["msg"]) == ("1", "All operations failed")
    assert [row["sCode"] for row in reply.data] == ["51000", "51137"]


async def test_one_batch_is_one_group_commit(rest: House) -> None:
    rows = len(list(rest.journal.rows()))
    await rest.trader.post("trade/batch-orders", [order()] * 20)
    assert len(list(rest.journal.rows())) == rows + 1
    assert len(open_orders(rest)) == 20


@pytest.mark.parametrize(
    ("path", "item", "code"),
    [
        ("trade/batch-orders", order(), "51111"),
        ("trade/cancel-batch-orders", {"instId": QUIET, "ordId": "1"}, "51406"),
        ("trade/amend-batch-orders", {"instId": QUIET, "ordId": "1", "newSz": "1"}, "51501"),
    ],
)
async def test_batches_hold_one_to_twenty(rest: House, path: str, item: dict[str, object], code: str) -> None:
    for count in (0, 21):
        reply = await rest.trader.post(path, [item] * count)
        assert (reply.status, reply.code, reply.data) == (200, code, []), reply.raw
    assert (await rest.trader.post(path, [item])).code != code


@pytest.mark.parametrize("path", ["trade/batch-orders", "trade/cancel-batch-orders", "trade/amend-batch-orders"])
@pytest.mark.parametrize("body", [b'{"instId":"QUIET-USDT"}', b'["a"]', b"[[]]", b"[null]", b"1", b'"x"', b"null"])
async def test_batches_are_arrays_of_objects(rest: House, path: str, body: bytes) -> None:
    reply = await rest.trader.post(path, body)
    assert (reply.status, reply.code) == (400, "50002")


# -- Canceling -------------------------------------------------------------------------------------------------------


async def test_cancel_by_either_id(rest: House) -> None:
    order_id = await placed(rest, clOrdId="mine")
    await placed(rest, clOrdId="second")
    # The order id wins, and the answer tells both ids.
    reply = await rest.trader.post("trade/cancel-order", {"instId": QUIET, "ordId": order_id, "clOrdId": "second"})
    assert (reply.row["ordId"], reply.row["clOrdId"], reply.row["sCode"]) == (order_id, "mine", "0")
    reply = await rest.trader.post("trade/cancel-order", {"instId": QUIET, "ordId": "", "clOrdId": "second"})
    assert (reply.row["clOrdId"], reply.row["sCode"]) == ("second", "0")
    assert set(reply.row) == {"ordId", "clOrdId", "ts", "sCode", "sMsg"}
    assert open_orders(rest) == []


@pytest.mark.parametrize(
    ("arg", "code"),
    [
        ({"ordId": "1"}, "51400"),
        ({"ordId": 1}, "51400"),
        ({"ordId": "0"}, "51400"),
        ({"ordId": "9" * 19}, "51400"),
        ({"ordId": "9" * 60}, "51400"),
        ({"clOrdId": "nobody"}, "51400"),
        ({"ordId": "one"}, "51000"),
        ({"ordId": "-1"}, "51000"),
        ({"ordId": ["1"]}, "51000"),
        ({"clOrdId": "ünicode"}, "51000"),
        ({}, "51003"),
        ({"ordId": "", "clOrdId": None}, "51003"),
    ],
)
async def test_what_cannot_be_canceled(rest: House, arg: dict[str, object], code: str) -> None:
    reply = await rest.trader.post("trade/cancel-order", {"instId": QUIET} | arg)
    assert (reply.status, reply.code, reply.refusal) == (200, "1", code), reply.raw
    amend = await rest.trader.post("trade/amend-order", {"instId": QUIET, "newSz": "2"} | arg)
    assert amend.refusal == (code if code != "51400" else "51503")


async def test_only_the_owner_cancels_and_only_on_the_instrument(rest: House) -> None:
    order_id = await placed(rest)
    assert (await rest.other.post("trade/cancel-order", {"instId": QUIET, "ordId": order_id})).refusal == "51400"
    assert (await rest.trader.post("trade/cancel-order", {"instId": "BTC-USDT", "ordId": order_id})).refusal == "51400"
    assert (await rest.trader.post("trade/cancel-order", {"ordId": order_id})).code == "50014"
    assert len(open_orders(rest)) == 1


async def test_cancel_a_batch(rest: House) -> None:
    ids = [await placed(rest) for _ in range(3)]
    args = [{"instId": QUIET, "ordId": order_id} for order_id in [*ids, "1"]]
    reply = await rest.trader.post("trade/cancel-batch-orders", args)
    assert reply.code == "2"
    assert [row["sCode"] for row in reply.data] == ["0", "0", "0", "51400"]
    assert [row["ordId"] for row in reply.data] == [*ids, "1"]


# -- Amending --------------------------------------------------------------------------------------------------------


async def test_amend_price_and_size(rest: House) -> None:
    order_id = await placed(rest, clOrdId="mine")
    arg = {"instId": QUIET, "clOrdId": "mine", "newSz": "2", "newPx": "98.5", "reqId": "r1"}
    reply = await rest.trader.post("trade/amend-order", arg)
    assert set(reply.row) == {"ordId", "clOrdId", "ts", "reqId", "sCode", "sMsg", "subCode"}
    assert (reply.row["ordId"], reply.row["clOrdId"], reply.row["reqId"]) == (order_id, "mine", "r1")
    assert open_orders(rest) == [("mine", 9850, 2000)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "51500"),
        ({"newSz": "", "newPx": None}, "51500"),
        ({"newSz": "0"}, "51000"),
        ({"newSz": "1.0005"}, "51121"),
        ({"newSz": "0.0005"}, "51020"),
        ({"newPx": "99.001"}, "51000"),
        ({"newPx": "-1"}, "51000"),
        ({"newPx": "120.01"}, "51137"),
        ({"newSz": "10000.001"}, "51101"),
        ({"newSz": "10000", "newPx": "119"}, "51008"),
        ({"reqId": "r" * 33, "newSz": "2"}, "51000"),
        ({"cxlOnFail": "maybe", "newSz": "2"}, "51000"),
        ({"attachAlgoOrds": [{"newSlTriggerPx": "1"}]}, "51538"),
    ],
)
async def test_refused_amendments_change_nothing(rest: House, fields: dict[str, object], code: str) -> None:
    order_id = await placed(rest, px="100")
    await rest.other.place(side="sell", px="100", sz="0.5")
    before = rest.balances()
    arg = {"instId": QUIET, "ordId": order_id, "newSlOrdPx": None, "stopLossPrice": 90} | fields
    reply = await rest.trader.post("trade/amend-order", arg)
    assert reply.refusal == code, reply.raw
    assert reply.row["ordId"] == order_id
    assert rest.balances() == before
    assert open_orders(rest) == [("", 10000, 1000)]


async def test_a_post_only_order_is_not_amended_into_a_taker(rest: House) -> None:
    order_id = await placed(rest, ordType="post_only")
    await rest.other.place(side="sell", px="100")
    arg = {"instId": QUIET, "ordId": order_id, "newPx": "100"}
    assert (await rest.trader.post("trade/amend-order", arg)).refusal == "51511"
    await rest.trader.post("trade/amend-order", arg | {"cxlOnFail": True})
    shown = (await rest.trader.get("trade/order", instId=QUIET, ordId=order_id)).row
    assert shown["state"] == "canceled"


@pytest.mark.parametrize("change", [{"newPx": "99.001"}, {"newPx": "1e2"}, {"newSz": "1.0005"}, {"newSz": "0"}])
async def test_a_malformed_amendment_takes_no_order_with_it(rest: House, change: dict[str, str]) -> None:
    order_id = await placed(rest)
    arg = {"instId": QUIET, "ordId": order_id, "cxlOnFail": True, **change}
    assert (await rest.trader.post("trade/amend-order", arg)).refusal in ("51000", "51121")
    assert open_orders(rest) == [("", 9900, 1000)]


@pytest.mark.parametrize("size", ["0.5", "0.4", "0.001"])
async def test_an_order_amended_to_no_more_than_it_has_filled_is_filled(rest: House, size: str) -> None:
    order_id = await placed(rest, px="100", clOrdId="mine")
    await rest.other.place(side="sell", px="100", sz="0.5")
    arg = {"instId": QUIET, "ordId": order_id, "newSz": size, "newPx": "99", "reqId": "r1", "cxlOnFail": True}
    reply = await rest.trader.post("trade/amend-order", arg)
    assert (reply.code, reply.row["sCode"], reply.row["sMsg"], reply.row["reqId"]) == ("0", "0", "", "r1")
    shown = (await rest.trader.get("trade/order", instId=QUIET, clOrdId="mine")).row
    assert (shown["state"], shown["accFillSz"], shown["sz"], shown["px"]) == ("filled", "0.5", "0.5", "100")
    assert (shown["cancelSource"], shown["cancelSourceReason"]) == ("", "")
    assert open_orders(rest) == []
    assert (await rest.trader.get("trade/orders-pending")).data == []
    ended = (await rest.trader.get("trade/orders-history", instType="SPOT", state="filled")).row
    assert (ended["ordId"], ended["state"], ended["sz"]) == (order_id, "filled", "0.5")
    money = (await rest.trader.get("account/balance", ccy="USDT")).row["details"][0]
    assert (money["frozenBal"], money["ordFrozen"]) == ("0", "0")
    assert (await rest.trader.post("trade/amend-order", arg)).refusal == "51503"
    assert (await rest.trader.post("trade/cancel-order", {"instId": QUIET, "ordId": order_id})).refusal == "51400"


async def test_an_order_is_not_amended_twice_in_one_batch(rest: House) -> None:
    order_id = await placed(rest, clOrdId="mine")
    by_id, by_name = {"instId": QUIET, "ordId": order_id}, {"instId": QUIET, "clOrdId": "mine"}
    for one, other in ((by_id, by_id), (by_name, by_name), (by_id, by_name), (by_name, by_id)):
        reply = await rest.trader.post("trade/amend-batch-orders", [one | {"newSz": "2"}, other | {"newSz": "3"}])
        assert (reply.code, reply.data) == ("51512", [])
    assert open_orders(rest) == [("mine", 9900, 1000)]
    # Names that are no order's are told apart in their rows.
    strangers = [{"instId": QUIET, "clOrdId": name, "newSz": "2"} for name in ("x", "y")]
    reply = await rest.trader.post("trade/amend-batch-orders", strangers)
    assert [row["sCode"] for row in reply.data] == ["51503", "51503"]


# -- Times -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("trade/order", order()),
        ("trade/batch-orders", [order(), order()]),
        ("trade/amend-order", {"instId": QUIET, "ordId": "1", "newSz": "2"}),
    ],
)
async def test_a_request_may_expire(rest: House, path: str, body: object) -> None:
    late = await rest.trader.post(path, body, headers={"expTime": str(START_MS - 1)})
    assert (late.code, late.data) == ("50036", [])
    assert open_orders(rest) == []
    in_time = await rest.trader.post(path, body, headers={"expTime": str(START_MS + 1)})
    assert in_time.code != "50036"
    wrong = await rest.trader.post(path, body, headers={"expTime": "soon"})
    assert wrong.code == "51000"


async def test_a_cancellation_does_not_expire(rest: House) -> None:
    order_id = await placed(rest)
    late: dict[str, str | None] = {"expTime": str(START_MS - 1)}
    reply = await rest.trader.post("trade/cancel-order", {"instId": QUIET, "ordId": order_id}, headers=late)
    assert (reply.code, open_orders(rest)) == ("0", [])


async def test_answers_tell_when_they_came_and_went_in_microseconds(rest: House) -> None:
    reply = (await rest.trader.place()).json
    came, went = int(reply["inTime"]), int(reply["outTime"])
    assert START_MS * 1000 <= came <= went < (START_MS + 60_000) * 1000
    assert reply["data"][0]["ts"] == str(START_MS)


# -- An engine in trouble --------------------------------------------------------------------------------------------


async def test_while_the_journal_cannot_be_written_orders_are_refused_and_reading_goes_on(rest: House) -> None:
    await placed(rest)

    def full(row: JournalRow) -> None:
        raise DataError("The disk is full.")

    rest.journal.before_append = full
    before = rest.balances()
    for _ in range(2):
        reply = await rest.trader.place()
        assert (reply.status, reply.code, reply.data) == (503, "50001", [])
    moved = {"ccy": "USDT", "amt": "1", "from": "6", "to": "18"}
    assert (await rest.trader.post("asset/transfer", moved)).code == "50001"
    assert rest.balances() == before
    assert len((await rest.trader.get("trade/orders-pending")).data) == 1
    assert (await rest.get("market/books", instId=QUIET)).row["bids"] == [["99", "1", "0", "1"]]
    rest.journal.before_append = lambda row: None


async def test_a_stopped_engine_refuses_orders(rest: House) -> None:
    await rest.engine.stop()
    assert (await rest.trader.place()).code == "50001"


async def test_many_requests_at_once_are_all_answered(rest: House) -> None:
    replies = await asyncio.gather(*[rest.trader.place(clOrdId=f"n{number % 40}") for number in range(80)])
    assert sorted(reply.refusal for reply in replies) == ["0"] * 40 + ["51016"] * 40


async def test_the_same_operations_serve_other_ways_in(rest: House) -> None:
    key = rest.trader.key.key
    session = Session(TRADER, "10000002", key, "127.0.0.1")
    for operation in OPERATIONS:
        arg = order(instId=None, instIdCode=10_000 + QUIET_USDT) | {"ordId": "1", "newSz": "2"}
        reply = await run_order_operation(rest.services, session, operation, [arg], None)
        assert reply.code == ("0" if operation in ("order", "batch-orders") else "1")
        assert len(reply.data) == 1
