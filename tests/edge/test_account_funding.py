"""The funding account: transfers found again, bills by type, worth, and what waits for custody."""

import pytest

from lonja.core.commands import CorrectBalance, SetIndexPrice, Withdraw
from lonja.primitives.instant import DAY_MS
from tests.edge.house import BTC_USDT, START_MS, TRADER, USDT, House


def transfer(**fields: object) -> dict[str, object]:
    return {"ccy": "USDT", "amt": "1.5", "from": "6", "to": "18"} | fields


async def _move(rest: House, **fields: object) -> str:
    reply = await rest.trader.post("asset/transfer", transfer(**fields))
    assert reply.code == "0", reply.raw
    return str(reply.row["transId"])


async def test_a_transfer_is_found_by_either_id(rest: House) -> None:
    first = await _move(rest, clientId="x1")
    expected = {
        "transId": first,
        "clientId": "x1",
        "ccy": "USDT",
        "amt": "1.5",
        "type": "0",
        "from": "6",
        "to": "18",
        "subAcct": "",
        "instId": "",
        "toInstId": "",
        "state": "success",
    }
    for params in ({"transId": first}, {"clientId": "x1"}, {"transId": first, "clientId": "y", "type": "0"}):
        assert (await rest.trader.get("asset/transfer-state", **params)).row == expected
    second = await _move(rest, clientId="x1", **{"from": "18", "to": "6"})
    row = (await rest.trader.get("asset/transfer-state", clientId="x1")).row
    assert (row["transId"], row["from"], row["to"]) == (second, "18", "6")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"transId": "1", "type": "5"}, "51000"),
        ({"type": "0"}, "50015"),
        ({"transId": "x"}, "51000"),
        ({"clientId": "with-dash"}, "51000"),
        ({"transId": "999999"}, "58129"),
        ({"clientId": "nobody"}, "58129"),
        ({"clientId": "x1", "type": "1"}, "58129"),
    ],
)
async def test_what_is_no_transfer(rest: House, params: dict[str, str], code: str) -> None:
    await _move(rest, clientId="x1")
    reply = await rest.trader.get("asset/transfer-state", **params)
    assert (reply.code, reply.data) == (code, [])


async def test_nobody_finds_the_transfers_of_others(rest: House) -> None:
    transfer_id = await _move(rest, clientId="x1")
    for params in ({"transId": transfer_id}, {"clientId": "x1"}):
        assert (await rest.other.get("asset/transfer-state", **params)).code == "58129"


async def test_bills_of_the_funding_account(rest: House) -> None:
    await _move(rest, clientId="x1")
    rest.clock.advance_ms(10)
    await _move(rest, amt="0.5", **{"from": "18", "to": "6"})
    await rest.engine.submit(Withdraw(account=TRADER, currency=USDT, amount=10**8))
    rows = (await rest.trader.get("asset/bills", ccy="USDT")).data
    assert [(row["type"], row["balChg"], row["bal"], row["clientId"]) for row in rows] == [
        ("2", "-1", "999998", ""),
        ("130", "0.5", "999999", ""),
        ("131", "-1.5", "999998.5", "x1"),
        ("1", "1000000", "1000000", ""),
    ]

    async def found(path: str = "asset/bills", **params: object) -> list[str]:
        return [row["billId"] for row in (await rest.trader.get(path, ccy="USDT", **params)).data]

    every = [row["billId"] for row in rows]
    for kind, expected in {"2": every[:1], "130": every[1:2], "131": every[2:3], "1": every[3:], "20": []}.items():
        assert await found(type=kind) == expected
    assert await found(clientId="x1") == every[2:3]
    assert await found(limit=2) == every[:2]
    moved_ms = START_MS + 10
    assert await found(after=moved_ms) == every[2:]
    assert await found(before=START_MS) == every[:2]
    assert await found("asset/bills-history", before=START_MS) == every[:2]
    assert await found("asset/bills-history", pagingType="2", after=every[0], before=every[3]) == every[1:3]
    rest.clock.advance_ms(31 * DAY_MS)
    assert await found() == []
    assert await found("asset/bills-history") == every


async def test_a_correction_has_a_type_of_its_own_in_either_account(rest: House) -> None:
    for number, (ledger, amount) in enumerate(((0, 10**8), (0, -(10**7)), (1, 10**8), (1, -(10**7))), 1):
        fields = {"account": TRADER, "currency": USDT, "ledger": ledger, "amount": amount}
        await rest.engine.submit(CorrectBalance(correction_id=number, **fields))
    rows = (await rest.trader.get("asset/bills", ccy="USDT", type="47")).data
    assert [(row["type"], row["balChg"]) for row in rows] == [("47", "-0.1"), ("47", "1")]
    assert len((await rest.trader.get("asset/bills", ccy="USDT", type="1")).data) == 1
    rows = (await rest.trader.get("account/bills", ccy="USDT", type="1")).data
    told = [(row["subType"], row["balChg"], row["from"], row["to"]) for row in rows]
    assert told[:2] == [("201", "-0.1", "", ""), ("200", "1", "", "")]
    assert len((await rest.trader.get("account/bills", ccy="USDT", subType="200")).data) == 1


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"ccy": "NONE"}, "51012"),
        ({"type": "x"}, "51000"),
        ({"after": "x"}, "51000"),
        ({"clientId": "a b"}, "51000"),
        ({"limit": "101"}, "51000"),
        ({"pagingType": "3"}, "51000"),
    ],
)
async def test_bills_refused(rest: House, params: dict[str, str], code: str) -> None:
    assert (await rest.trader.get("asset/bills-history", **params)).code == code


async def test_worth(rest: House) -> None:
    async def worth(**params: str) -> tuple[str, str, str]:
        row = (await rest.trader.get("asset/asset-valuation", **params)).row
        assert (row["details"]["classic"], row["details"]["earn"]) == ("0", "0")
        return row["totalBal"], row["details"]["funding"], row["details"]["trading"]

    await _move(rest, amt="500000")
    # Each account has 1,000,000 USDT, 10,000 QUIET at 100 and 10 BTC at 50,000.
    assert await worth() == ("100", "40", "60")
    assert await worth(ccy="USDT") == ("5000000", "2000000", "3000000")
    assert await worth(ccy="USD") == ("5000000", "2000000", "3000000")
    assert await worth(ccy="QUIET") == ("50000", "20000", "30000")
    assert (await rest.trader.get("asset/asset-valuation", ccy="CNY")).code == "51000"
    await rest.engine.submit(SetIndexPrice(instrument=BTC_USDT, price=0))
    assert (await rest.trader.get("asset/asset-valuation")).code == "51000"


def withdrawal(**fields: object) -> dict[str, object]:
    return {"ccy": "BTC", "amt": "1", "dest": "4", "toAddr": "bc1q", "chain": "BTC-Bitcoin"} | fields


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("withdrawal", withdrawal(toAddr=""), "50014"),
        ("withdrawal", withdrawal(ccy="NONE"), "51012"),
        ("withdrawal", withdrawal(dest="5"), "51000"),
        ("withdrawal", withdrawal(amt="x"), "51000"),
        ("withdrawal", withdrawal(clientId="a-b"), "51000"),
        ("withdrawal", withdrawal(rcvrInfo={"walletType": "private"}), "58013"),
        ("cancel-withdrawal", {}, "50014"),
        ("cancel-withdrawal", {"wdId": 1}, "58215"),
        ("convert/estimate-quote", {"baseCcy": "BTC"}, "50014"),
        ("monthly-statement", {"month": "Jan"}, "50062"),
        (
            "convert/estimate-quote",
            {"baseCcy": "BTC", "quoteCcy": "USDT", "side": "buy", "rfqSz": 1, "rfqSzCcy": "BTC"},
            "50062",
        ),
        (
            "convert/trade",
            {"quoteId": "1", "baseCcy": "BTC", "quoteCcy": "USDT", "side": "buy", "sz": 1, "szCcy": "BTC"},
            "50062",
        ),
    ],
)
async def test_what_waits_for_custody_is_refused(rest: House, path: str, body: dict[str, object], code: str) -> None:
    before = rest.balances()
    reply = await rest.trader.post(f"asset/{path}", body)
    assert (reply.code, reply.data) == (code, [])
    assert rest.balances() == before


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("deposit-address", {}, "50014"),
        ("deposit-address", {"ccy": "NONE"}, "51012"),
        ("deposit-address", {"ccy": "BTC"}, "0"),
        ("deposit-history", {"limit": "x"}, "51000"),
        ("deposit-history", {"ccy": "BTC", "state": "2"}, "0"),
        ("withdrawal-history", {"ccy": "BTC", "wdId": "1"}, "0"),
        ("deposit-withdraw-status", {}, "50015"),
        ("deposit-withdraw-status", {"wdId": "1"}, "58215"),
        ("deposit-withdraw-status", {"txId": "1", "ccy": "BTC", "to": "a", "chain": "b"}, "0"),
        ("non-tradable-assets", {"ccy": "BTC"}, "0"),
        ("monthly-statement", {"month": "Jan"}, "50062"),
        ("convert/currencies", {}, "50062"),
        ("convert/currency-pair", {"fromCcy": "BTC", "toCcy": "USDT"}, "50062"),
        ("convert/history", {"after": "1"}, "0"),
    ],
)
async def test_questions(rest: House, path: str, params: dict[str, str], code: str) -> None:
    reply = await rest.trader.get(f"asset/{path}", **params)
    assert (reply.code, reply.data) == (code, [])


async def test_withdrawals_need_their_own_permission_and_exchanges_none(rest: House) -> None:
    trader = rest.caller(TRADER, permissions=("trade",))
    assert (await trader.post("asset/withdrawal", withdrawal())).code == "50120"
    assert (await rest.get("asset/exchange-list")).data == []
