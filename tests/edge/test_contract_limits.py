"""How much of contracts can be traded, and closing a position with one call."""

from pathlib import Path

import pytest

from lonja.core.commands import ListContract, SetInstrumentState, SetLeverage, SetMarkPrice, SetPositionMode
from lonja.core.texts import Text32
from tests.edge.house import QUIET, QUIET_SWAP, TRADER, USDT, House, open_house
from tests.edge.test_contract_orders import DATED, INVERSE, SWAP, open_prices, order, set_mode, trade

SIZES: list[tuple[str, str, dict[str, object]]] = [
    # instrument, margin mode, more of the question
    (SWAP, "cross", {}),
    (SWAP, "isolated", {"px": "97.5"}),
    (INVERSE, "cross", {"px": "98"}),
    (INVERSE, "isolated", {}),
    (DATED, "cross", {"px": "98"}),
    (DATED, "isolated", {"px": "97", "leverage": "2"}),
]


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
@pytest.mark.parametrize("position_mode", [0, 1], ids=["net", "two_sided"])
@pytest.mark.parametrize("collateral", [False, True], ids=["futures", "multi_currency"])
async def test_an_order_of_the_largest_size_is_accepted_and_no_larger_one(
    tmp_path: Path, collateral: bool, position_mode: int, busy: bool
) -> None:
    async with open_house(tmp_path, with_contracts=True, with_collateral=collateral) as house:
        await open_prices(house)
        await set_mode(house, position_mode=position_mode)
        lever = SetLeverage(account=TRADER, instrument=QUIET_SWAP, leverage=100, position_side=position_mode)
        await house.engine.submit(lever)
        if busy:
            await take_positions(house, "long" if position_mode else "net")
        for name, trade_mode, more in SIZES:
            if "leverage" in more:
                await lever_up(house, name, str(more["leverage"]), ("long", "short") if position_mode else ("",))
            row = (await house.trader.get("account/max-size", instId=name, tdMode=trade_mode, **more)).row
            limits = (await house.get("public/price-limit", instId=name)).row
            for side, most, opens, limit in (
                ("buy", row["maxBuy"], "long", limits["buyLmt"]),
                ("sell", row["maxSell"], "short", limits["sellLmt"]),
            ):
                fields = {"instId": name, "tdMode": trade_mode, "side": side, "px": more.get("px", limit)}
                await expect_largest(house, most, posSide=opens if position_mode else "net", **fields)


async def take_positions(house: House, side: str) -> None:
    """Positions in both margin modes, and orders that wait on both sides of the book."""
    for trade_mode in ("cross", "isolated"):
        await trade(house, "30", posSide=side, tdMode=trade_mode)
    for fields in ({"px": "95"}, {"px": "99", "instId": INVERSE}, {"px": "96", "tdMode": "isolated"}):
        assert (await house.trader.post("trade/order", order(sz="40", posSide=side, **fields))).refusal == "0"
    assert (await house.trader.post("trade/order", order(sz="20", posSide=side, side="sell", px="103"))).refusal == "0"


async def lever_up(house: House, name: str, leverage: str, sides: tuple[str, ...]) -> None:
    for side in sides:
        body = {"instId": name, "mgnMode": "isolated", "lever": leverage, "posSide": side}
        assert (await house.trader.post("account/set-leverage", body)).code == "0"


async def expect_largest(house: House, most: str, **fields: object) -> None:
    """An order of ``most`` is accepted, one of a lot more is not."""
    form = house.services.catalogue.find(str(fields["instId"]))
    assert form is not None
    more = form.size_text(form.parse_size(most, "sz") + 1)
    larger = await house.trader.post("trade/order", order(sz=more, **fields))
    assert larger.refusal in ("51008", "51004", "51202"), (fields, larger.raw)
    largest = await house.trader.post("trade/order", order(sz=most, **fields))
    assert largest.refusal == "0", (fields, largest.raw)
    await house.trader.post("trade/cancel-order", {"instId": fields["instId"], "ordId": largest.row["ordId"]})


async def test_the_limit_of_market_orders_does_not_bound_the_largest_order(futures: House) -> None:
    await open_prices(futures)
    listed = ListContract(
        instrument_id=Text32("QUIET-USDT-NEW"),
        base=QUIET,
        quote=USDT,
        family=0,
        price_scale=2,
        size_scale=1,
        fee_group=1,
        size_limit_max=2_000,
        size_market_max=50,
    )
    code = (await futures.engine.submit(listed)).id
    await futures.engine.submit(SetMarkPrice(instrument=code, price=9_800))
    row = (await futures.trader.get("account/max-size", instId="QUIET-USDT-NEW", tdMode="cross")).row
    assert (row["maxBuy"], row["maxSell"]) == ("200", "200")


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


@pytest.mark.parametrize(("name", "mark"), [(SWAP, "100"), (INVERSE, "100")])
@pytest.mark.parametrize("lever", ["20", "50", "100"])
async def test_where_the_price_limit_would_liquidate_at_once_the_mark_tells_the_size(
    futures: House, name: str, mark: str, lever: str
) -> None:
    """5 % above the mark is more than a margin of 5 % bears; a market order trades at the mark."""
    get = futures.trader.get
    asked = {"instId": name, "tdMode": "isolated"}
    at_mark = (await get("account/max-size", **asked, leverage=lever, px=mark)).row
    assert float(at_mark["maxBuy"]) >= 1_000
    assert (await get("account/max-size", **asked, leverage=lever)).row == at_mark
    assert (await get("account/max-size", **asked, leverage=lever, px="104.99")).row["maxBuy"] == "0"
    await lever_up(futures, name, lever, ("net",))
    resting = order(instId=name, tdMode="cross", side="sell", sz="1000", px=mark)
    assert (await futures.other.post("trade/order", resting)).refusal == "0"
    market = order(instId=name, tdMode="isolated", sz="1000", ordType="market", px=None)
    assert (await futures.trader.post("trade/order", market)).refusal == "0"


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
