"""An account: settings, balances, fees, transfers, bills."""

import pytest

from lonja.core.commands import ConfigureAccount, CreateCurrency, DefineFeeTier, Deposit, SetIndexPrice
from lonja.core.kinds import CancelReason
from lonja.core.texts import Text16
from lonja.edge.wire.orders import order_row
from lonja.primitives.instant import DAY_MS
from tests.edge.house import BTC_USDT, QUIET_USDT, TRADER, House

QUIET = "QUIET-USDT"


async def test_config(rest: House) -> None:
    row = (await rest.trader.get("account/config")).row
    expected = {
        "uid": "10000002",
        "mainUid": "10000002",
        "acctLv": "1",
        "posMode": "net_mode",
        "acctStpMode": "cancel_maker",
        "level": "Lv1",
        "perm": "read_only,withdraw,trade",
        "ip": "",
    }
    assert {name: row[name] for name in expected} == expected
    await rest.engine.submit(ConfigureAccount(account=TRADER, self_trade_prevention=3, fee_tier=2))
    row = (await rest.trader.get("account/config")).row
    assert (row["acctStpMode"], row["level"]) == ("cancel_both", "Lv3")


async def test_balance_shows_what_is_held_and_what_it_is_worth(rest: House) -> None:
    await rest.trader.place(px="99.5", sz="2")
    row = (await rest.trader.get("account/balance")).row
    # 1,000,000 USDT, 10,000 QUIET at 100 and 10 BTC at 50,000.
    assert row["totalEq"] == "2500000"
    details = {detail["ccy"]: detail for detail in row["details"]}
    assert list(details) == ["USDT", "QUIET", "BTC"]
    usdt = details["USDT"]
    assert [usdt[name] for name in ("eq", "cashBal", "availBal", "frozenBal", "ordFrozen", "eqUsd")] == [
        "1000000",
        "1000000",
        "999801",
        "199",
        "199",
        "1000000",
    ]
    assert details["BTC"]["eqUsd"] == "500000"
    # In spot mode clients take availBal because availEq is empty.
    assert all(detail["availEq"] == "" for detail in details.values())


async def test_balance_follows_the_index_and_counts_without_one_as_nothing(rest: House) -> None:
    await rest.engine.submit_many(
        [
            SetIndexPrice(instrument=QUIET_USDT, price=12_345),
            SetIndexPrice(instrument=BTC_USDT, price=0),
            CreateCurrency(name=Text16("ODD"), scale=0),
            Deposit(account=TRADER, currency=3, ledger=1, amount=7),
        ]
    )
    row = (await rest.trader.get("account/balance")).row
    assert row["totalEq"] == "2234500"
    assert [(d["ccy"], d["eqUsd"]) for d in row["details"]][2:] == [("BTC", "0"), ("ODD", "0")]
    assert row["details"][3]["eq"] == "7"


async def test_balances_of_some_currencies(rest: House) -> None:
    for path, names in (("account/balance", "details"), ("asset/balances", "")):
        reply = await rest.trader.get(path, ccy="BTC,USDT,NONE")
        rows = reply.row["details"] if names else reply.data
        assert [row["ccy"] for row in rows] == ["USDT", "BTC"]
        assert (await rest.trader.get(path, ccy=",".join(f"C{n}" for n in range(21)))).code == "50025"
    assert (await rest.trader.get("account/balance", ccy="BTC")).row["totalEq"] == "2500000"


async def test_currencies(rest: House) -> None:
    rows = (await rest.trader.get("asset/currencies")).data
    assert [(row["ccy"], row["chain"], row["canDep"], row["canWd"]) for row in rows] == [
        (name, f"{name}-Internal", False, False) for name in ("USDT", "QUIET", "BTC")
    ]
    assert [row["ccy"] for row in (await rest.trader.get("asset/currencies", ccy="BTC")).data] == ["BTC"]


async def test_fees_that_are_paid_are_negative(rest: House) -> None:
    row = (await rest.trader.get("account/trade-fee", instType="SPOT", instId=QUIET)).row
    assert (row["maker"], row["taker"], row["level"], row["instType"]) == ("-0.0008", "-0.001", "Lv1", "SPOT")
    assert row["feeGroup"] == [{"taker": "-0.001", "maker": "-0.0008", "groupId": "1", "elpMaker": ""}]
    await rest.engine.submit(DefineFeeTier(maker_rate_ppm=-50, taker_rate_ppm=200))
    row = (await rest.trader.get("account/trade-fee", instType="SPOT")).row
    assert (row["maker"], row["taker"]) == ("0.00005", "-0.0002")
    swap = (await rest.trader.get("account/trade-fee", instType="SWAP")).row
    assert (swap["maker"], swap["feeGroup"]) == ("", [])
    assert (await rest.trader.get("account/trade-fee", instType="SPOT", instId="X-Y")).code == "51001"
    assert (await rest.trader.get("account/trade-fee", instType="SPOT", groupId="9")).row["feeGroup"] == []


async def test_account_instruments_and_positions(rest: House) -> None:
    rows = (await rest.trader.get("account/instruments", instType="SPOT")).data
    assert (rows[0]["instId"], rows[0]["instIdCode"]) == (QUIET, 10000)
    assert (await rest.trader.get("account/positions")).data == []
    assert (await rest.trader.get("account/positions", instType="SWAP", instId="BTC-USDT-SWAP")).data == []


# -- Transfers and bills ---------------------------------------------------------------------------------------------


def transfer(**fields: object) -> dict[str, object]:
    return {"ccy": "USDT", "amt": "1.5", "from": "6", "to": "18"} | fields


async def test_a_transfer_moves_money_and_is_billed(rest: House) -> None:
    row = (await rest.trader.post("asset/transfer", transfer(clientId="t1"))).row
    assert row["transId"].isdigit()
    del row["transId"]
    assert row == {"clientId": "t1", "ccy": "USDT", "from": "6", "amt": "1.5", "to": "18"}
    back = transfer(amt=0.5, **{"from": "18", "to": "6", "type": "0"})
    assert (await rest.trader.post("asset/transfer", back)).code == "0"
    assert (await rest.trader.get("asset/balances", ccy="USDT")).row["bal"] == "999999"
    assert (await rest.trader.get("account/balance", ccy="USDT")).row["details"][0]["eq"] == "1000001"
    bills = (await rest.trader.get("account/bills", type="1", ccy="USDT")).data
    shown = [(b["subType"], b["balChg"], b["bal"], b["from"], b["to"]) for b in bills]
    assert shown == [
        ("12", "-0.5", "1000001", "18", "6"),
        ("11", "1.5", "1000001.5", "6", "18"),
        ("11", "1000000", "1000000", "", ""),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ccy": ""}, "50014"),
        ({"amt": None}, "50014"),
        ({"ccy": "NONE"}, "51012"),
        ({"amt": "0"}, "58114"),
        ({"amt": "-1"}, "58114"),
        ({"amt": "one"}, "51000"),
        ({"amt": "1e3"}, "51000"),
        ({"amt": "9" * 60}, "58350"),
        ({"amt": 10**12}, "58350"),
        ({"amt": "9" * 100}, "51000"),
        ({"amt": "0.000000001"}, "51150"),
        ({"amt": "1000000.00000001"}, "58350"),
        ({"from": "18", "to": "18"}, "58123"),
        ({"from": "1"}, "51000"),
        ({"to": "7"}, "51000"),
        ({"type": "1", "subAcct": "desk"}, "58115"),
        ({"type": "9"}, "51000"),
        ({"clientId": "with-dash"}, "51000"),
    ],
)
async def test_refused_transfers_move_nothing(rest: House, fields: dict[str, object], code: str) -> None:
    before = rest.balances()
    reply = await rest.trader.post("asset/transfer", transfer(**fields))
    assert (reply.code, reply.data) == (code, [])
    assert rest.balances() == before


async def test_held_money_cannot_be_moved(rest: House) -> None:
    await rest.trader.place(px="100", sz="9000")
    out = transfer(amt="100000.00000001", **{"from": "18", "to": "6"})
    assert (await rest.trader.post("asset/transfer", out)).code == "58350"
    assert (await rest.trader.post("asset/transfer", out | {"amt": "100000"})).code == "0"


async def test_bills_of_trades(rest: House) -> None:
    await rest.trader.place(clOrdId="mine", px="99")
    await rest.other.place(side="sell", px="99")
    bills = (await rest.trader.get("account/bills", type="2")).data
    assert [(b["ccy"], b["balChg"], b["fee"], b["subType"], b["execType"]) for b in bills] == [
        ("USDT", "-99", "0", "1", "M"),
        ("QUIET", "0.9992", "-0.0008", "1", "M"),
    ]
    assert {(b["instId"], b["clOrdId"], b["px"], b["sz"]) for b in bills} == {(QUIET, "mine", "99", "1")}
    sold = (await rest.other.get("account/bills-archive", subType="2", instType="SPOT")).data
    assert [(b["ccy"], b["balChg"], b["fee"]) for b in sold] == [("USDT", "98.901", "-0.099"), ("QUIET", "-1", "0")]
    assert (await rest.trader.get("account/bills", type="8")).data == []
    assert (await rest.trader.get("account/bills", ccy="NONE")).code == "51012"
    for name, value in (("mgnMode", "cross"), ("mgnMode", "isolated"), ("ctType", "linear"), ("ctType", "inverse")):
        reply = await rest.trader.get("account/bills", **{name: value})
        assert (reply.code, reply.data) == ("0", []), "no bill of a spot account is of a position or a contract"
    for name in ("mgnMode", "ctType", "type", "subType"):
        reply = await rest.trader.get("account/bills", **{name: "x"})
        assert (reply.code, name in reply.json["msg"]) == ("51000", True)


@pytest.mark.parametrize(("days", "week", "archive"), [(6, 1, 1), (8, 0, 1), (89, 0, 1), (91, 0, 0)])
async def test_how_far_back_bills_reach(rest: House, days: int, week: int, archive: int) -> None:
    await rest.trader.post("asset/transfer", transfer(clientId="t1"))
    rest.clock.advance_ms(days * DAY_MS)
    for path, count in (("account/bills", week), ("account/bills-archive", archive)):
        assert len((await rest.trader.get(path, subType="11", limit=1)).data) == count


async def test_bills_come_in_pages(rest: House) -> None:
    for _ in range(5):
        await rest.trader.post("asset/transfer", transfer(amt="1"))
    every = [bill["billId"] for bill in (await rest.trader.get("account/bills", ccy="USDT")).data]
    assert every == sorted(every, key=int, reverse=True)
    first = await rest.trader.get("account/bills", ccy="USDT", limit="2")
    second = await rest.trader.get("account/bills", ccy="USDT", limit="2", after=every[1])
    assert [bill["billId"] for bill in first.data + second.data] == every[:4]
    newer = await rest.trader.get("account/bills", ccy="USDT", before=every[2])
    assert [bill["billId"] for bill in newer.data] == every[:2]


async def test_a_canceled_order_names_what_canceled_it(rest: House) -> None:
    await rest.trader.place()
    record = rest.services.orders.open_orders(TRADER)[0]._replace(state=3, filled=500)
    for reason, source in [(CancelReason.SELF_TRADE, "32"), (CancelReason.CANCEL_ALL_AFTER, "20")]:
        row = order_row(rest.services.catalogue, record._replace(cancel_reason=int(reason)))
        assert (row["state"], row["cancelSource"]) == ("canceled", source)
