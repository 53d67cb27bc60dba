"""How much may be traded, moved and borrowed: exactly what an order or a transfer of that size confirms."""

import pytest

from lonja.core.commands import SetIndexPrice
from tests.edge.house import BTC_USDT, House

QUIET = "QUIET-USDT"


async def test_the_largest_order_is_accepted_and_a_lot_more_is_not(rest: House) -> None:
    await rest.other.place(side="sell", px="99.99", sz="1")
    await rest.trader.place(px="99.99", sz="1")
    for px in ("99.99", "81.03", "119.87"):
        row = (await rest.trader.get("account/max-size", instId="BTC-USDT", tdMode="cash", px="45000.5")).row
        assert row["ccy"] == ""
        row = (await rest.trader.get("account/max-size", instId=QUIET, tdMode="cash", px=px)).row
        for side, size in (("buy", row["maxBuy"]), ("sell", row["maxSell"])):
            more = f"{float(size) + 0.001:.3f}"
            good = px if side == "buy" else "100"
            if side == "buy":
                assert (await rest.trader.place(side=side, px=good, sz=more)).refusal in ("51008", "51101")
            reply = await rest.trader.place(side=side, px=good, sz=size)
            assert reply.refusal == "0", (px, side, size, reply.raw)
            await rest.trader.post("trade/cancel-order", {"instId": QUIET, "ordId": reply.row["ordId"]})


async def test_the_largest_order_without_a_price_counts_at_the_last_trade(rest: House) -> None:
    async def buy(**params: str) -> str:
        reply = await rest.trader.get("account/max-size", instId="BTC-USDT", tdMode="cash", **params)
        return str(reply.row["maxBuy"])

    # Nothing traded yet: the index price, 50,000.
    assert await buy() == "20"
    await rest.other.place(instId="BTC-USDT", side="sell", px="40000", sz="0.0002")
    await rest.other.place(instId="BTC-USDT", side="sell", px="49999.5", sz="1")
    await rest.trader.place(instId="BTC-USDT", px="40000", sz="0.0002")
    assert await buy() == "24.9998"
    assert await buy(px="50000") == "19.9998"
    await rest.engine.submit(SetIndexPrice(instrument=BTC_USDT, price=0))
    assert (await rest.trader.get("account/max-size", instId="NEXT-USDT", tdMode="cash")).row["maxBuy"] == "0"


async def test_the_largest_order_keeps_to_the_limits_of_the_instrument(rest: House) -> None:
    row = (await rest.trader.get("account/max-size", instId=QUIET, tdMode="cash", px="0.01")).row
    assert (row["maxBuy"], row["maxSell"]) == ("10000", "10000")
    await rest.trader.post("asset/transfer", {"ccy": "BTC", "amt": "9.9999", "from": "18", "to": "6"})
    assert (await rest.trader.get("account/max-size", instId="BTC-USDT", tdMode="cash")).row["maxSell"] == "0"


async def test_several_instruments_at_once(rest: House) -> None:
    rows = (await rest.trader.get("account/max-size", instId=f"BTC-USDT,{QUIET}", tdMode="cash", px="1")).data
    assert [(row["instId"], row["maxBuy"], row["maxSell"]) for row in rows] == [
        ("BTC-USDT", "20", "10"),
        (QUIET, "10000", "10000"),
    ]
    await rest.trader.place(px="100", sz="500")
    rows = (await rest.trader.get("account/max-avail-size", instId=f"BTC-USDT,{QUIET}", tdMode="cash")).data
    assert rows == [
        {"instId": "BTC-USDT", "availBuy": "950000", "availSell": "10"},
        {"instId": QUIET, "availBuy": "950000", "availSell": "10000"},
    ]


@pytest.mark.parametrize("path", ["account/max-size", "account/max-avail-size"])
@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"tdMode": "cash"}, "50014"),
        ({"instId": QUIET}, "50014"),
        ({"instId": "NONE", "tdMode": "spot"}, "51000"),
        ({"instId": "NONE", "tdMode": "cross"}, "51001"),
        ({"instId": QUIET, "tdMode": "isolated"}, "51010"),
        ({"instId": ",".join(f"A{n}-B" for n in range(6)), "tdMode": "cash"}, "50025"),
        ({"instId": "NONE", "tdMode": "cash"}, "51001"),
        ({"instId": f"{QUIET},NONE", "tdMode": "cash"}, "51001"),
        ({"instId": ",", "tdMode": "cash"}, "51000"),
        ({"instId": QUIET, "tdMode": "cash", "tradeQuoteCcy": "USD"}, "51000"),
    ],
)
async def test_refusals_in_order(rest: House, path: str, params: dict[str, str], code: str) -> None:
    assert (await rest.trader.get(path, **params)).code == code


async def test_a_price_off_the_tick_is_refused(rest: House) -> None:
    params = {"instId": QUIET, "tdMode": "cash"}
    for px in ("0.001", "0", "-1", "x"):
        assert (await rest.trader.get("account/max-size", **params, px=px)).code == "51000"


async def test_what_can_be_moved_is_what_no_order_holds(rest: House) -> None:
    await rest.trader.place(px="100", sz="500")
    rows = (await rest.trader.get("account/max-withdrawal")).data
    assert [(row["ccy"], row["maxWd"], row["maxWdEx"]) for row in rows] == [
        ("USDT", "950000", "950000"),
        ("QUIET", "10000", "10000"),
        ("BTC", "10", "10"),
    ]
    assert [row["ccy"] for row in (await rest.trader.get("account/max-withdrawal", ccy="BTC,NONE")).data] == ["BTC"]
    move = {"ccy": "USDT", "from": "18", "to": "6"}
    assert (await rest.trader.post("asset/transfer", move | {"amt": "950000.00000001"})).code == "58350"
    assert (await rest.trader.post("asset/transfer", move | {"amt": "950000"})).code == "0"


async def test_nothing_can_be_borrowed(rest: House) -> None:
    get = rest.trader.get
    rows = (await get("account/max-loan", instId=QUIET, mgnMode="cross")).data
    assert [(row["ccy"], row["side"], row["maxLoan"]) for row in rows] == [("QUIET", "sell", "0"), ("USDT", "buy", "0")]
    row = (await get("account/max-loan", ccy="BTC", mgnMode="cross")).row
    assert (row["instId"], row["ccy"], row["maxLoan"]) == ("", "BTC", "0")
    for params, code in [
        ({}, "50014"),
        ({"mgnMode": "cash"}, "51000"),
        ({"mgnMode": "cross"}, "50015"),
        ({"mgnMode": "cross", "ccy": "NONE"}, "51012"),
        ({"mgnMode": "cross", "instId": "NONE"}, "51001"),
    ]:
        assert (await get("account/max-loan", **params)).code == code
