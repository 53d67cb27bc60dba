"""What an order may say and how wrong ones are refused; no refused order touches a balance."""

import pytest

from tests.edge.house import House, order

ABSENT = None

ACCEPTED = [
    # fields changed, what the order is then
    ({}, {"ordType": "limit", "side": "buy", "sz": "1", "px": "99", "state": "live", "tgtCcy": ""}),
    ({"px": 99, "sz": 1}, {"px": "99", "sz": "1"}),
    ({"px": 99.5, "sz": 0.001}, {"px": "99.5", "sz": "0.001"}),
    ({"px": "099.50", "sz": "1.000"}, {"px": "99.5", "sz": "1"}),
    ({"px": "99.", "sz": "1."}, {"px": "99", "sz": "1"}),
    ({"tgtCcy": "quote_ccy"}, {"sz": "1", "tgtCcy": ""}),
    ({"ordType": "post_only"}, {"ordType": "post_only", "state": "live"}),
    ({"ordType": "ioc"}, {"ordType": "ioc", "state": "canceled", "cancelSource": "14"}),
    ({"ordType": "fok"}, {"ordType": "fok", "state": "canceled", "cancelSource": "13"}),
    ({"ordType": "market", "px": ABSENT}, {"ordType": "market", "tgtCcy": "quote_ccy", "sz": "1", "px": ""}),
    ({"ordType": "market", "px": "1"}, {"ordType": "market", "px": ""}),
    ({"ordType": "market", "sz": "0.00000001"}, {"sz": "0.00000001"}),
    ({"ordType": "market", "tgtCcy": "base_ccy"}, {"tgtCcy": "base_ccy", "sz": "1"}),
    ({"ordType": "market", "side": "sell"}, {"tgtCcy": "base_ccy", "sz": "1"}),
    ({"ordType": "market", "side": "sell", "tgtCcy": "quote_ccy"}, {"tgtCcy": "quote_ccy", "sz": "1"}),
    ({"ordType": "optimal_limit_ioc", "px": ABSENT}, {"ordType": "optimal_limit_ioc", "tgtCcy": "base_ccy"}),
    ({"clOrdId": "a" * 32, "tag": "b" * 16}, {"clOrdId": "a" * 32, "tag": "b" * 16}),
    ({"clOrdId": 12345, "tag": 7}, {"clOrdId": "12345", "tag": "7"}),
    ({"clOrdId": "", "tag": "", "ccy": "", "posSide": "", "reduceOnly": "", "stpMode": ""}, {"clOrdId": ""}),
    ({"clOrdId": None, "reduceOnly": None, "attachAlgoOrds": None, "instIdCode": None}, {"clOrdId": ""}),
    ({"reduceOnly": False, "attachAlgoOrds": [], "banAmend": "false"}, {"reduceOnly": "false"}),
    ({"unheardOf": {"deep": [1]}, "stopLossPrice": 1}, {"state": "live"}),
    ({"stpMode": "cancel_both"}, {"stpMode": "cancel_both"}),
    ({"tradeQuoteCcy": "USDT"}, {"tradeQuoteCcy": "USDT"}),
    ({"stpMode": "cancel_taker", "posSide": "net"}, {"stpMode": "cancel_taker"}),
    ({"instId": ABSENT, "instIdCode": 10000}, {"instId": "QUIET-USDT"}),
    ({"instId": ABSENT, "instIdCode": "10000"}, {"instId": "QUIET-USDT"}),
    ({"instId": "", "instIdCode": 10000}, {"instId": "QUIET-USDT"}),
    ({"px": "121", "pxAmendType": "1"}, {"px": "120"}),
    ({"side": "sell", "px": "10", "pxAmendType": "1"}, {"px": "80"}),
]

REFUSED: list[tuple[dict[str, object], str, str]] = [
    # fields changed, code, word of the message
    ({"instId": "BTC-EUR"}, "51001", ""),
    ({"instId": "quiet-usdt"}, "51001", ""),
    ({"instId": "QUIET-USDT\u0000"}, "51001", ""),
    ({"instId": ["QUIET-USDT"]}, "51000", "instId"),
    ({"instIdCode": 9999}, "51001", ""),
    ({"instIdCode": 10003}, "51001", ""),
    ({"instIdCode": -1}, "51000", "instIdCode"),
    ({"instIdCode": "ten"}, "51000", "instIdCode"),
    ({"instIdCode": 10**40}, "51001", ""),
    ({"instIdCode": True}, "51000", "instIdCode"),
    ({"instId": "NEXT-USDT"}, "51021", ""),
    ({"tdMode": "cross"}, "51010", ""),
    ({"tdMode": "isolated"}, "51010", ""),
    ({"tdMode": "credit"}, "51000", "tdMode"),
    ({"side": "hold"}, "51000", "side"),
    ({"side": {"buy": 1}}, "51000", "side"),
    ({"ordType": "stop"}, "51000", "ordType"),
    ({"ordType": "LIMIT"}, "51000", "ordType"),
    ({"px": ABSENT}, "51204", ""),
    ({"px": ""}, "51204", ""),
    ({"px": "99.001"}, "51000", "px"),
    ({"instId": "BTC-USDT", "px": "9999.3"}, "51000", "px"),
    ({"px": "0"}, "51000", "px"),
    ({"px": "-99"}, "51000", "px"),
    ({"px": -99}, "51000", "px"),
    ({"px": "+99"}, "51000", "px"),
    ({"px": "1e2"}, "51000", "px"),
    ({"px": "NaN"}, "51000", "px"),
    ({"px": "Infinity"}, "51000", "px"),
    ({"px": "0x10"}, "51000", "px"),
    ({"px": " 99"}, "51000", "px"),
    ({"px": "9,9"}, "51000", "px"),
    ({"px": ".5"}, "51000", "px"),
    ({"px": "\u0669\u0669"}, "51000", "px"),
    ({"px": "9" * 30}, "51000", "px"),
    ({"px": "9" * 1000}, "51000", "px"),
    ({"px": 10**300}, "51000", "px"),
    ({"px": True}, "51000", "px"),
    ({"px": ["99"]}, "51000", "px"),
    ({"px": "46116860184273879"}, "51203", ""),
    ({"sz": "0"}, "51000", "sz"),
    ({"sz": "0.000"}, "51000", "sz"),
    ({"sz": "-1"}, "51000", "sz"),
    ({"sz": "one"}, "51000", "sz"),
    ({"sz": "1e3"}, "51000", "sz"),
    ({"sz": 1e-7}, "51000", "sz"),
    ({"sz": "9" * 40}, "51000", "sz"),
    ({"sz": "1.0005"}, "51121", ""),
    ({"sz": "0.0005"}, "51020", "0.001"),
    ({"instId": "BTC-USDT", "px": "9999.5", "sz": "0.0001"}, "51020", "0.0002"),
    ({"sz": "10000.001"}, "51101", "10000"),
    ({"ordType": "market", "tgtCcy": "base_ccy", "sz": "1000.001"}, "51202", "1000"),
    ({"ordType": "market", "sz": "1000000.01"}, "51201", "1000000"),
    ({"ordType": "market", "sz": "0.000000001"}, "51150", ""),
    ({"ordType": "market", "sz": "0"}, "51000", "sz"),
    ({"ordType": "market", "tgtCcy": "USDT"}, "51000", "tgtCcy"),
    ({"px": "120.01"}, "51137", "120"),
    ({"side": "sell", "px": "79.99"}, "51138", "80"),
    ({"sz": "10000", "px": "110"}, "51008", "USDT"),
    ({"instId": "BTC-USDT", "side": "sell", "px": "50000", "sz": "11"}, "51008", "BTC"),
    ({"tradeQuoteCcy": "USD"}, "51000", "tradeQuoteCcy"),
    ({"tradeQuoteCcy": 5}, "51000", "tradeQuoteCcy"),
    ({"clOrdId": "a" * 33}, "51000", "clOrdId"),
    ({"clOrdId": "with-dash"}, "51000", "clOrdId"),
    ({"clOrdId": "with space"}, "51000", "clOrdId"),
    ({"clOrdId": "ünicode"}, "51000", "clOrdId"),
    ({"clOrdId": "\u0661\u0662"}, "51000", "clOrdId"),
    ({"clOrdId": "\u0000"}, "51000", "clOrdId"),
    ({"clOrdId": 1.5}, "51000", "clOrdId"),
    ({"clOrdId": {}}, "51000", "clOrdId"),
    ({"tag": "b" * 17}, "51000", "tag"),
    ({"tag": "b_"}, "51000", "tag"),
    ({"stpMode": "cancel_none"}, "51000", "stpMode"),
    ({"stpMode": "cancel_both", "ordType": "fok"}, "50016", "stpMode"),
    ({"reduceOnly": True}, "51139", ""),
    ({"reduceOnly": "true"}, "51139", ""),
    ({"reduceOnly": "perhaps"}, "51000", "reduceOnly"),
    ({"banAmend": "yes"}, "51000", "banAmend"),
    ({"pxAmendType": "2"}, "51000", "pxAmendType"),
    ({"attachAlgoOrds": "all"}, "51000", "attachAlgoOrds"),
    ({"attachAlgoOrds": [{"slTriggerPx": "99.5", "slOrdPx": "-1"}]}, "51047", ""),
    ({"tpTriggerPx": "120", "tpOrdPx": "-1", "tpTriggerPxType": "mark"}, "51000", "tpTriggerPxType"),
    ({"slippagePct": "0.01"}, "50062", "slippagePct"),
]

MISSING = ["instId", "tdMode", "side", "ordType", "sz"]


@pytest.mark.parametrize(("fields", "expected"), ACCEPTED)
async def test_accepted(rest: House, fields: dict[str, object], expected: dict[str, object]) -> None:
    reply = await rest.trader.post("trade/order", order() | fields)
    assert (reply.status, reply.code, reply.row["sCode"]) == (200, "0", "0"), reply.raw
    shown = (await rest.trader.get("trade/order", instId="QUIET-USDT", ordId=reply.row["ordId"])).row
    assert {name: shown[name] for name in expected} == expected


async def test_refused(rest: House) -> None:
    before, commands = rest.balances(), rest.journal.next_command()
    for fields, code, word in REFUSED:
        reply = await rest.trader.post("trade/order", order() | fields)
        assert (reply.status, reply.code, reply.refusal) == (200, "1", code), (fields, reply.raw)
        assert reply.json["msg"] == "All operations failed"
        assert word in reply.row["sMsg"], (fields, reply.raw)
        assert reply.row["ordId"] == ""
    assert rest.balances() == before
    # Only what the core must judge reaches it.
    assert rest.journal.next_command() - commands == 9


@pytest.mark.parametrize("name", MISSING)
@pytest.mark.parametrize("absence", ["left out", "", None])
async def test_what_is_missing_is_named(rest: House, name: str, absence: str | None) -> None:
    sent = order() | {name: absence}
    if absence == "left out":
        del sent[name]
    reply = await rest.trader.post("trade/order", sent)
    assert (reply.status, reply.code, reply.data) == (400, "50014", [])
    assert reply.json["msg"] == f"Parameter {name} can not be empty"
    batch = await rest.trader.post("trade/batch-orders", [order(), sent])
    assert (batch.status, batch.code) == (200, "2")
    assert [row["sCode"] for row in batch.data] == ["0", "50014"]


async def test_json_numbers_keep_their_digits(rest: House) -> None:
    raw = b'{"instId":"QUIET-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":0.100,"px":99.10}'
    reply = await rest.trader.post("trade/order", raw)
    shown = (await rest.trader.get("trade/order", instId="QUIET-USDT", ordId=reply.row["ordId"])).row
    assert (shown["sz"], shown["px"]) == ("0.1", "99.1")


async def test_a_refusal_repeats_what_the_client_called_the_order(rest: House) -> None:
    row = (await rest.trader.place(sz="0", clOrdId="mine", tag="desk")).row
    assert (row["clOrdId"], row["tag"], row["ordId"]) == ("mine", "desk", "")
    assert set(row) == {"ordId", "clOrdId", "tag", "ts", "sCode", "sMsg", "subCode"}
    assert (await rest.trader.place(sz="0", clOrdId={"a": 1})).row["clOrdId"] == ""


async def test_insufficient_balance_tells_the_finer_code(rest: House) -> None:
    assert (await rest.trader.place(sz="10000", px="110")).row["subCode"] == "51008_1000"


async def test_two_orders_with_one_client_id(rest: House) -> None:
    assert (await rest.trader.place(clOrdId="once")).code == "0"
    assert (await rest.trader.place(clOrdId="once")).refusal == "51016"
    assert (await rest.trader.place(clOrdId="ONCE")).code == "0"
    assert (await rest.other.place(clOrdId="once")).code == "0"
    assert (await rest.trader.post("trade/cancel-order", {"instId": "QUIET-USDT", "clOrdId": "once"})).code == "0"
    assert (await rest.trader.place(clOrdId="once")).code == "0"


async def test_a_market_buy_is_reduced_to_the_balance_unless_forbidden(rest: House) -> None:
    await rest.other.place(side="sell", px="100", sz="9000")
    await rest.other.place(side="sell", px="119", sz="1000")
    await rest.trader.place(instId="BTC-USDT", px="9000", sz="110")
    dear = {"ordType": "market", "tgtCcy": "base_ccy", "sz": "900", "px": None}
    assert (await rest.trader.place(**dear, banAmend=True)).refusal == "51008"
    reply = await rest.trader.place(**dear, banAmend=False)
    shown = (await rest.trader.get("trade/order", instId="QUIET-USDT", ordId=reply.row["ordId"])).row
    assert (shown["state"], shown["sz"], shown["avgPx"]) == ("filled", "100", "100")
