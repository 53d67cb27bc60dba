"""How much of contracts can be traded, and closing a position with one call."""

import pytest

from lonja.core.commands import SetInstrumentState, SetLeverage, SetPositionMode
from tests.edge.house import QUIET_SWAP, TRADER, House
from tests.edge.test_contract_orders import DATED, INVERSE, SWAP, open_prices, order, set_mode, trade

SIZES: list[tuple[str, str, dict[str, object]]] = [
    # instrument, margin mode, more of the question
    (SWAP, "cross", {}),
    (SWAP, "isolated", {"px": "97.5"}),
    (INVERSE, "cross", {"px": "98"}),
    (INVERSE, "isolated", {}),
    (DATED, "cross", {"px": "98"}),
]


@pytest.mark.parametrize("position_mode", [0, 1])
async def test_an_order_of_the_largest_size_is_accepted_and_no_larger_one(futures: House, position_mode: int) -> None:
    await open_prices(futures)
    await set_mode(futures, position_mode=position_mode)
    await futures.engine.submit(
        SetLeverage(account=TRADER, instrument=QUIET_SWAP, leverage=100, position_side=position_mode)
    )
    for name, trade_mode, more in SIZES:
        row = (await futures.trader.get("account/max-size", instId=name, tdMode=trade_mode, **more)).row
        form = futures.services.catalogue.find(name)
        assert form is not None
        kind: dict[str, object] = {"ordType": "limit", "px": more["px"]} if more else {"ordType": "market", "px": None}
        for side, most, opens in (("buy", row["maxBuy"], "long"), ("sell", row["maxSell"], "short")):
            fields: dict[str, object] = {"instId": name, "tdMode": trade_mode, "side": side, **kind}
            fields["posSide"] = opens if position_mode else "net"
            lots = form.parse_size(most, "sz")
            larger = await futures.trader.post("trade/order", order(sz=form.size_text(lots + 1), **fields))
            assert larger.refusal in ("51008", "51004", "51101", "51202"), larger.raw
            largest = await futures.trader.post("trade/order", order(sz=most, **fields))
            assert largest.refusal == "0", largest.raw
            await futures.trader.post("trade/cancel-order", {"instId": name, "ordId": largest.row["ordId"]})


async def test_what_is_held_can_be_closed_and_turned_round(futures: House) -> None:
    await open_prices(futures)
    before = (await futures.trader.get("account/max-size", instId=SWAP, tdMode="cross", px="98")).row
    await trade(futures, "100")
    row = (await futures.trader.get("account/max-size", instId=SWAP, tdMode="cross", px="98")).row
    assert float(row["maxSell"]) == float(before["maxSell"]) + 100
    assert float(row["maxBuy"]) == float(before["maxBuy"]) - 100
    assert (row["instId"], row["ccy"]) == (SWAP, "USDT")


async def test_another_leverage(futures: House) -> None:
    await open_prices(futures)
    asked = {"instId": SWAP, "tdMode": "cross", "px": "98"}
    once = (await futures.trader.get("account/max-size", **asked, leverage="1")).row
    assert 9_900 < float(once["maxBuy"]) < 10_300
    fifty = (await futures.trader.get("account/max-size", **asked, leverage="50")).row
    assert fifty["maxBuy"] == "5000"  # the tier allows no more
    for leverage, code in (("0.5", "59102"), ("x", "51000"), ("2000", "59102"), ("1.001", "51000")):
        assert (await futures.trader.get("account/max-size", **asked, leverage=leverage)).code == code


async def test_what_can_be_used_as_margin(futures: House) -> None:
    await open_prices(futures)
    await trade(futures, "100", tdMode="isolated")
    await futures.trader.post("trade/order", order(sz="100", px="97"))
    for name, currency, trade_mode in ((SWAP, 0, "cross"), (SWAP, 0, "isolated"), (INVERSE, 1, "cross")):
        row = (await futures.trader.get("account/max-avail-size", instId=name, tdMode=trade_mode)).row
        margin = futures.engine.views.margin(TRADER, currency)
        free = margin.free if trade_mode == "cross" else margin.spendable
        assert row["availBuy"] == row["availSell"] == futures.services.catalogue.currency(currency).text(free)


@pytest.mark.parametrize("path", ["account/max-size", "account/max-avail-size"])
async def test_questions_about_sizes_that_are_wrong(futures: House, path: str) -> None:
    ask = futures.trader.get
    assert (await ask(path, instId=SWAP, tdMode="cash")).code == "51000"
    assert (await ask(path, instId=f"{SWAP},QUIET-USDT", tdMode="cross")).code == "51000"
    assert len((await ask(path, instId=f"{SWAP},{INVERSE}", tdMode="cross")).data) == 2
    await set_mode(futures, account_mode=1)
    assert (await ask(path, instId=SWAP, tdMode="cross")).code == "51010"


CLOSE = {"instId": SWAP, "mgnMode": "cross"}


async def test_closing_a_position(futures: House) -> None:
    await open_prices(futures)
    assert (await futures.trader.post("trade/close-position", CLOSE)).code == "51023"
    await trade(futures, "3")
    assert (await futures.trader.post("trade/close-position", CLOSE | {"mgnMode": "isolated"})).code == "51023"
    await futures.other.post("trade/order", order(sz="5", px="97"))
    reply = await futures.trader.post("trade/close-position", CLOSE | {"clOrdId": "end", "tag": "t"})
    assert reply.row == {"instId": SWAP, "posSide": "net", "clOrdId": "end", "tag": "t"}
    row = (await futures.trader.get("trade/order", instId=SWAP, clOrdId="end")).row
    assert (row["ordType"], row["side"], row["accFillSz"], row["reduceOnly"]) == ("market", "sell", "3", "true")
    assert (row["state"], row["avgPx"], row["pnl"]) == ("filled", "97", "-3")
    assert (await futures.trader.post("trade/close-position", CLOSE)).code == "51023"


async def test_orders_in_the_way_of_closing(futures: House) -> None:
    await open_prices(futures)
    await trade(futures, "3")
    await futures.other.post("trade/order", order(sz="5", px="97"))
    resting = [order(side="sell", px="99", sz="1", reduceOnly=True), order(side="sell", px="100"), order(px="96")]
    await futures.trader.post("trade/batch-orders", resting)
    assert (await futures.trader.post("trade/close-position", CLOSE)).code == "51115"
    assert len(futures.engine.views.open_orders(TRADER)) == 3
    assert (await futures.trader.post("trade/close-position", CLOSE | {"autoCxl": True})).code == "0"
    assert [view.price for view in futures.engine.views.open_orders(TRADER)] == [9_600]
    assert all(position.lots == 0 for position in futures.engine.views.positions(TRADER))


async def test_closing_one_of_two_positions(futures: House) -> None:
    await open_prices(futures)
    await futures.engine.submit(SetPositionMode(account=TRADER, position_mode=1))
    await trade(futures, "3", posSide="long")
    await trade(futures, "2", posSide="short", side="sell")
    await futures.other.post("trade/order", order(sz="5", px="97"))
    for side in ({}, {"posSide": "net"}, {"posSide": "both"}):
        assert (await futures.trader.post("trade/close-position", CLOSE | side)).code == "51000"
    reply = await futures.trader.post("trade/close-position", CLOSE | {"posSide": "long"})
    assert reply.row["posSide"] == "long"
    held = {view.position_side: view.lots for view in futures.engine.views.positions(TRADER)}
    assert held == {1: 0, 2: -20}


async def test_closing_is_an_order_and_refused_like_one(futures: House) -> None:
    await open_prices(futures)
    await trade(futures, "3")
    await futures.trader.post("trade/order", order(px="90", clOrdId="taken"))
    assert (await futures.trader.post("trade/close-position", CLOSE | {"clOrdId": "taken"})).code == "51016"
    await futures.engine.submit(SetInstrumentState(instrument=QUIET_SWAP, state=1))
    assert (await futures.trader.post("trade/close-position", CLOSE)).code == "51022"
    assert (await futures.trader.post("trade/close-position", CLOSE | {"clOrdId": "a-b"})).code == "51000"
    assert [view.lots for view in futures.engine.views.positions(TRADER)] == [30]


async def test_fees_of_contracts(futures: House) -> None:
    fee = futures.trader.get
    group = {"taker": "-0.0005", "maker": "-0.0002", "groupId": "2", "elpMaker": ""}
    for kind, family, rates in (
        ("SWAP", "", ("-0.0005", "-0.0002", "-0.0005", "-0.0002", "")),
        ("SWAP", "QUIET-USDT", ("", "", "-0.0005", "-0.0002", "")),
        ("SWAP", "QUIET-USD", ("-0.0005", "-0.0002", "", "", "")),
        ("FUTURES", "QUIET-USDT", ("", "", "-0.0005", "-0.0002", "0.0001")),
        ("SPOT", "", ("-0.001", "-0.0008", "", "", "")),
    ):
        row = (await fee("account/trade-fee", instType=kind, instFamily=family)).row
        assert tuple(row[name] for name in ("taker", "maker", "takerU", "makerU", "delivery")) == rates, (kind, family)
        assert kind == "SPOT" or row["feeGroup"] == [group]
    one = (await fee("account/trade-fee", instType="SWAP", instId=INVERSE)).row
    assert (one["taker"], one["takerU"], one["instType"]) == ("-0.0005", "", "SWAP")
    assert (await fee("account/trade-fee", instType="SWAP", groupId="1")).row["feeGroup"] == []
    rows = (await fee("account/instruments", instType="SWAP")).data
    assert {row["groupId"] for row in rows} == {"2"}
    limit = (await fee("trade/account-rate-limit")).row["accRateLimit"]
    assert limit == "1000"
