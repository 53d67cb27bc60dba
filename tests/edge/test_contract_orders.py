"""Orders for contracts by REST: what they may say, what they become, and the order in which wrong ones are refused."""

import pytest

from lonja.core.commands import (
    ConfigureAccount,
    DefinePositionTier,
    Deposit,
    ListContract,
    SetInstrumentState,
    SetLeverage,
    SetPositionMode,
    Tick,
)
from lonja.core.kinds import Side
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.edge.errors import REJECTION_CODES
from tests.edge import contract_trading
from tests.edge.house import OTHER, QUIET, QUIET_SWAP, TRADER, USDT, House
from tests.edge.house import order as spot_order

SWAP, INVERSE, DATED = "QUIET-USDT-SWAP", "QUIET-USD-SWAP", "QUIET-USDT-231215"
ABSENT = None


def order(**fields: object) -> dict[str, object]:
    """A good order for a contract, changed by ``fields``; None takes a field out."""
    good: dict[str, object] = {"instId": SWAP, "tdMode": "cross"}
    return spot_order(**(good | {"px": "98"} | fields))


async def open_prices(house: House) -> None:
    """The index that the prices of these tests lie around."""
    await house.index(9_800)


ACCEPTED: list[tuple[dict[str, object], dict[str, object]]] = [
    # fields changed, what the order is then
    ({}, {"tdMode": "cross", "posSide": "net", "lever": "3", "reduceOnly": "false", "sz": "1", "px": "98"}),
    ({"tdMode": "isolated"}, {"tdMode": "isolated", "state": "live"}),
    ({"posSide": "net", "sz": 0.1, "px": 98.5}, {"posSide": "net", "sz": "0.1", "px": "98.5"}),
    ({"instId": INVERSE}, {"instId": INVERSE, "instType": "SWAP", "ccy": "QUIET", "feeCcy": "QUIET"}),
    ({"instId": DATED}, {"instId": DATED, "instType": "FUTURES", "ccy": "USDT", "feeCcy": "USDT"}),
    ({"tgtCcy": "quote_ccy"}, {"sz": "1", "tgtCcy": ""}),
    ({"ordType": "market", "px": ABSENT}, {"ordType": "market", "px": "", "tgtCcy": "", "cancelSource": "14"}),
    ({"ordType": "optimal_limit_ioc", "px": ABSENT}, {"ordType": "optimal_limit_ioc", "state": "canceled"}),
    ({"ordType": "post_only"}, {"ordType": "post_only", "state": "live"}),
    ({"ordType": "ioc"}, {"ordType": "ioc", "state": "canceled", "cancelSource": "14"}),
    ({"ordType": "fok"}, {"ordType": "fok", "state": "canceled", "cancelSource": "13"}),
    ({"px": "110", "pxAmendType": "1"}, {"px": "102.9"}),
    ({"side": "sell", "px": "10", "pxAmendType": 1}, {"px": "93.1"}),
    ({"banAmend": True, "stpMode": "cancel_both"}, {"stpMode": "cancel_both"}),
    ({"ccy": "USDT", "tradeQuoteCcy": "USDT", "reduceOnly": "false"}, {"reduceOnly": "false"}),
    ({"clOrdId": "a" * 32, "tag": "b" * 16}, {"clOrdId": "a" * 32, "tag": "b" * 16}),
    ({"instId": ABSENT, "instIdCode": 10_003}, {"instId": SWAP}),
]


async def test_accepted(futures: House) -> None:
    await open_prices(futures)
    for fields, told in ACCEPTED:
        placed = await futures.trader.post("trade/order", order(**fields))
        assert placed.row["sCode"] == "0", (fields, placed.raw)
        names = {"instId": told.get("instId", SWAP), "ordId": placed.row["ordId"]}
        row = (await futures.trader.get("trade/order", **names)).row
        assert row | told == row, (fields, row)
        await futures.trader.post("trade/cancel-order", names)


REFUSED: list[tuple[dict[str, object], str, str]] = [
    # fields changed, code, word of the message
    ({"instId": "QUIET-EUR-SWAP"}, "51001", ""),
    ({"tdMode": "cash"}, "51000", "tdMode"),
    ({"tdMode": "spot_isolated"}, "51000", "tdMode"),
    ({"side": "hold"}, "51000", "side"),
    ({"ordType": "stop"}, "51000", "ordType"),
    ({"ordType": "mmp"}, "51000", "ordType"),
    ({"posSide": "both"}, "51000", "posSide"),
    ({"posSide": "long"}, "51000", "posSide"),
    ({"px": ABSENT}, "51204", ""),
    ({"px": "0"}, "51000", "px"),
    ({"px": "98.005"}, "51000", "px"),
    ({"sz": "0"}, "51000", "sz"),
    ({"sz": "1e2"}, "51000", "sz"),
    ({"sz": "0.05"}, "51020", "0.1"),
    ({"sz": "0.15"}, "51121", ""),
    ({"sz": "10000000.1"}, "51101", "10000000"),
    ({"sz": "1000000.1", "ordType": "market", "px": ABSENT}, "51202", "1000000"),
    ({"px": "102.91"}, "51137", "102.9"),
    ({"px": "93.09", "side": "sell"}, "51138", "93.1"),
    ({"reduceOnly": True}, "51169", ""),
    ({"reduceOnly": "perhaps"}, "51000", "reduceOnly"),
    ({"slippagePct": "0.1"}, "50062", "slippagePct"),
    ({"stpMode": "cancel_all"}, "51000", "stpMode"),
    ({"pxAmendType": "2"}, "51000", "pxAmendType"),
    ({"clOrdId": "a-b"}, "51000", "clOrdId"),
    ({"sz": "20000.1"}, "51004", "leverage"),
    ({"instId": INVERSE, "sz": "1.5"}, "51121", ""),
]


async def test_refused(futures: House) -> None:
    await open_prices(futures)
    before, commands = futures.balances(), futures.journal.next_command()
    for fields, code, word in REFUSED:
        reply = await futures.trader.post("trade/order", order(**fields))
        assert (reply.status, reply.code, reply.refusal) == (200, "1", code), (fields, reply.raw)
        assert word in reply.row["sMsg"], (fields, reply.raw)
    assert futures.balances() == before
    assert futures.journal.next_command() > commands


async def set_mode(house: House, account_mode: int = 2, position_mode: int = 0) -> None:
    outcomes = await house.engine.submit_many(
        [
            ConfigureAccount(account=TRADER, account_mode=account_mode),
            *([SetPositionMode(account=TRADER, position_mode=1)] if position_mode else []),
        ]
    )
    assert all(outcome.rejection == 0 for outcome in outcomes)


async def test_refusals_that_fit_together_are_told_in_one_order(futures: House) -> None:
    """Every order here has all the faults named below it, too: the one told is repaired, and the next one is told."""
    faults = order(side="hold", sz="0.15", px="200.005", posSide="long", clOrdId="a", reduceOnly=True)
    wrong = dict(faults)

    async def told() -> str:
        return (await futures.trader.post("trade/order", wrong)).refusal

    await open_prices(futures)
    await set_mode(futures, account_mode=1)
    await futures.engine.submit(SetInstrumentState(instrument=QUIET_SWAP, state=1))
    assert await told() == "51000"  # parameter
    wrong["side"] = "buy"
    assert await told() == "51022"  # state
    await futures.engine.submit(SetInstrumentState(instrument=QUIET_SWAP, state=0))
    assert await told() == "51010"  # account mode
    await set_mode(futures)
    assert await told() == "51000"  # position side
    wrong["posSide"] = "net"
    assert await told() == "51121"  # lot
    wrong["sz"] = "200000"
    assert await told() == "51000"  # tick
    wrong["px"] = "200"
    assert await told() == "51137"  # price limit
    wrong["px"] = "99"
    await futures.trader.post("trade/order", order(clOrdId="a"))
    assert await told() == "51016"  # client order id
    wrong["clOrdId"] = "b"
    assert await told() == "51169"  # reduce-only
    wrong["reduceOnly"] = False
    assert await told() == "51004"  # leverage and tier
    wrong["sz"] = "19000"
    await futures.engine.submit(SetLeverage(account=TRADER, instrument=QUIET_SWAP, leverage=100))
    assert await told() == "51008"  # balance
    wrong["sz"] = "1"
    assert await told() == "0"


async def test_amendments_are_refused_in_the_same_order(futures: House) -> None:
    await open_prices(futures)
    placed = await futures.trader.post("trade/order", order(clOrdId="a"))
    amend = {"instId": SWAP, "clOrdId": "b", "newSz": "0.15", "newPx": "200"}

    async def told() -> str:
        return (await futures.trader.post("trade/amend-order", amend)).refusal

    assert await told() == "51503"
    amend["clOrdId"] = "a"
    await futures.engine.submit(SetInstrumentState(instrument=QUIET_SWAP, state=1))
    assert await told() == "51022"
    await futures.engine.submit(SetInstrumentState(instrument=QUIET_SWAP, state=0))
    assert await told() == "51121"
    amend["newSz"] = "20000.1"
    assert await told() == "51137"
    amend["newPx"] = "99"
    reply = await futures.trader.post("trade/amend-order", amend)
    assert (reply.refusal, reply.row["subCode"]) == ("51004", "51004_1114")
    amend["newSz"] = "2"
    assert await told() == "0"
    row = (await futures.trader.get("trade/order", instId=SWAP, ordId=placed.row["ordId"])).row
    assert (row["sz"], row["px"], row["state"]) == ("2", "99", "live")


LIMIT_CODES: list[tuple[str, int, dict[str, object], str]] = [
    # instrument, position mode, fields, finer code
    (SWAP, 0, {}, "51004_1104"),
    (SWAP, 0, {"side": "sell"}, "51004_1105"),
    (DATED, 0, {}, "51004_1106"),
    (DATED, 0, {"side": "sell"}, "51004_1107"),
    (DATED, 0, {"tdMode": "isolated"}, "51004_1104"),
    (SWAP, 1, {"posSide": "long", "tdMode": "isolated"}, "51004_1101"),
    (SWAP, 1, {"posSide": "long"}, "51004_1102"),
    (DATED, 1, {"posSide": "short", "side": "sell"}, "51004_1103"),
]


@pytest.mark.parametrize("position_mode", [0, 1])
async def test_limits_of_positions_have_finer_codes(futures: House, position_mode: int) -> None:
    await open_prices(futures)
    await set_mode(futures, position_mode=position_mode)
    for instrument, mode, fields, code in LIMIT_CODES:
        if mode == position_mode:
            reply = await futures.trader.post("trade/order", order(instId=instrument, sz="20000.1", **fields))
            assert (reply.refusal, reply.row["subCode"]) == ("51004", code), fields


async def trade(house: House, size: str = "1", price: str = "98", **fields: object) -> str:
    """The other rests, the trader buys; the trader's order."""
    side = fields.pop("side", "buy")
    maker = order(sz=size, px=price, side="sell" if side == "buy" else "buy", instId=fields.get("instId", SWAP))
    assert (await house.other.post("trade/order", maker)).row["sCode"] == "0"
    reply = await house.trader.post("trade/order", order(sz=size, px=price, side=side, **fields))
    assert reply.row["sCode"] == "0", reply.raw
    return str(reply.row["ordId"])


async def test_reduce_only_orders(futures: House) -> None:
    await open_prices(futures)
    await trade(futures, "2")
    same_way = await futures.trader.post("trade/order", order(reduceOnly=True))
    assert same_way.refusal == "51170"
    cut = await futures.trader.post("trade/order", order(side="sell", px="99", sz="5", reduceOnly=True))
    row = (await futures.trader.get("trade/order", instId=SWAP, ordId=cut.row["ordId"])).row
    assert (row["sz"], row["reduceOnly"]) == ("2", "true")
    more = await futures.trader.post("trade/order", order(side="sell", px="99", sz="1", reduceOnly=True))
    assert more.refusal == "51112"


async def test_two_positions_side_by_side(futures: House) -> None:
    await open_prices(futures)
    await set_mode(futures, position_mode=1)
    assert (await futures.trader.post("trade/order", order())).refusal == "51000"
    assert (await futures.trader.post("trade/order", order(posSide="long", side="sell"))).refusal == "51169"
    # Clients send both names of closing; the position side counts.
    both = order(posSide="long", reduceOnly=True, clOrdId="both")
    assert (await futures.trader.post("trade/order", both)).refusal == "0"
    opened = await trade(futures, posSide="short", side="sell", tdMode="isolated")
    row = (await futures.trader.get("trade/order", instId=SWAP, ordId=opened)).row
    assert (row["posSide"], row["tdMode"], row["state"]) == ("short", "isolated", "filled")
    larger = order(posSide="short", side="buy", tdMode="isolated", sz="1.1")
    assert (await futures.trader.post("trade/order", larger)).refusal == "51112"


async def test_what_is_short_of_margin_says_so(futures: House) -> None:
    await open_prices(futures)
    await futures.engine.submit(SetLeverage(account=TRADER, instrument=QUIET_SWAP, leverage=100))
    reply = await futures.trader.post("trade/order", order(sz="20000", px="98"))
    assert (reply.refusal, reply.row["subCode"]) == ("51008", "51008_1001")
    assert "USDT" in reply.row["sMsg"]


async def test_batches_mix_spot_and_contracts(futures: House) -> None:
    await open_prices(futures)
    orders = [spot_order(), order(), order(sz="0.15"), order(instId=INVERSE, clOrdId="inverse")]
    reply = await futures.trader.post("trade/batch-orders", orders)
    assert [row["sCode"] for row in reply.data] == ["0", "0", "51121", "0"]
    placed = [
        {"instId": name, "ordId": row["ordId"]} for name, row in zip(("QUIET-USDT", SWAP), reply.data[:2], strict=True)
    ]
    amended = await futures.trader.post(
        "trade/amend-batch-orders",
        [placed[1] | {"newSz": "3"}, {"instId": INVERSE, "clOrdId": "inverse", "newPx": "97"}],
    )
    assert [row["sCode"] for row in amended.data] == ["0", "0"]
    ended = await futures.trader.post(
        "trade/cancel-batch-orders", [placed[1], {"instId": INVERSE, "clOrdId": "inverse"}]
    )
    assert [row["sCode"] for row in ended.data] == ["0", "0"]
    pending = await futures.trader.get("trade/orders-pending")
    assert [row["instId"] for row in pending.data] == ["QUIET-USDT"]


ATTACHED: dict[str, object] = {
    "attachAlgoOrds": [{"tpTriggerPx": "101", "tpOrdPx": "-1", "attachAlgoClOrdId": "profit"}]
}


async def test_what_is_attached_goes_with_its_order(futures: House) -> None:
    await open_prices(futures)
    await trade(futures)
    placed = await futures.trader.post("trade/batch-orders", [order(**ATTACHED), order(sz="2")])
    assert [row["sCode"] for row in placed.data] == ["0", "0"]
    algos = futures.engine.views.algos(TRADER)
    assert [(algo.parent_order_id, algo.terms.profit_trigger, algo.waiting) for algo in algos] == [
        (int(placed.data[0]["ordId"]), 10_100, 1)
    ]
    again = await futures.trader.post("trade/order", order(**ATTACHED))
    assert again.refusal == "51065"
    closing = order(side="sell", reduceOnly=True, attachAlgoOrds=[{"slTriggerPx": "99", "slOrdPx": "-1"}])
    assert (await futures.trader.post("trade/order", closing)).refusal == "51333"
    assert len(futures.engine.views.algos(TRADER)) == 1
    # A refused order takes what is attached to it along.
    refused = await futures.trader.post("trade/order", order(sz="20000.1", tpTriggerPx="101", tpOrdPx="-1"))
    assert refused.refusal == "51004"
    assert len(futures.engine.views.algos(TRADER)) == 1


BOTH: dict[str, object] = {
    "attachAlgoOrds": [
        {"tpTriggerPx": "101", "tpOrdPx": "-1", "sz": "2", "attachAlgoClOrdId": "one"},
        {"tpTriggerPx": "102", "tpOrdPx": "-1", "sz": "1", "attachAlgoClOrdId": "two"},
    ]
}


async def test_what_is_attached_is_amended_through_its_order(futures: House) -> None:
    await open_prices(futures)
    await trade(futures)
    placed = await futures.trader.post("trade/order", order(sz="3", px="97", clOrdId="mine", **BOTH))
    one = {"instId": SWAP, "ordId": placed.row["ordId"]}

    async def amend(*rows: object, **more: object) -> str:
        reply = await futures.trader.post("trade/amend-order", one | {"attachAlgoOrds": list(rows), **more})
        if reply.refusal == "0":
            assert (reply.row["ordId"], reply.row["clOrdId"]) == (one["ordId"], "mine")
        return reply.refusal

    def told() -> dict[str, tuple[int, int]]:
        views = futures.engine.views.algos(TRADER)
        return {view.terms.client_algo_id: (view.terms.profit_trigger, view.terms.size) for view in views}

    assert await amend({"attachAlgoClOrdId": "one", "newTpTriggerPx": "103", "newTpOrdPx": "-1"}) == "0"
    assert told() == {"one": (10_300, 20), "two": (10_200, 10)}
    ids = {str(view.terms.client_algo_id): str(view.algo_id) for view in futures.engine.views.algos(TRADER)}
    both = ({"attachAlgoId": ids["one"], "sz": "1"}, {"attachAlgoId": ids["two"], "newTpTriggerPx": "104"})
    assert await amend(*both, newPx="96") == "0"
    assert told() == {"one": (10_300, 10), "two": (10_400, 10)}
    assert (await futures.trader.get("trade/order", **one)).row["px"] == "96"
    same = {"attachAlgoClOrdId": "two", "newTpTriggerPx": "104"}
    assert await amend(same, newPx="95") == "0"
    assert await amend(same) == "51500"
    assert await amend({"attachAlgoClOrdId": "three", "newTpTriggerPx": "104"}) == "51527"
    assert await amend({"newTpTriggerPx": "104"}) == "51527"  # of two it must be said which
    assert await amend(same, {"attachAlgoId": ids["two"], "sz": "1"}) == "51539"
    assert await amend({"attachAlgoClOrdId": "one", "newSlTriggerPx": "90", "newSlOrdPx": "-1"}) == "51076"
    assert await amend({"attachAlgoClOrdId": "one", "amendPxOnTriggerType": "1"}) == "51085"
    assert await amend({"attachAlgoClOrdId": "one", "amendPxOnTriggerType": "2"}) == "51000"
    assert await amend({"attachAlgoClOrdId": "one", "newTpOrdKind": "limit", "newTpOrdPx": "105"}) == "51091"
    assert await amend("one") == "51000"
    await futures.trader.post("trade/cancel-order", one)
    assert await amend(same) == "51503"


async def test_no_more_is_attached_than_there_may_be(futures: House) -> None:
    await open_prices(futures)
    await trade(futures)
    rows = [order(px=f"{90 + n / 100}", sz="0.1", tpTriggerPx="101", tpOrdPx="-1") for n in range(101)]
    refused = [(await futures.trader.post("trade/order", row | {"px": "95"})).refusal for row in rows]
    assert refused == ["0"] * 100 + [REJECTION_CODES[Rejection.OPEN_ALGOS_MAX][0]]
    assert len(futures.engine.views.open_orders(TRADER)) == 100


async def test_without_a_mark_price_nothing_is_traded(futures: House) -> None:
    listed = ListContract(instrument_id=Text32("QUIET-USDT-NEW"), base=QUIET, quote=USDT, price_scale=2, size_scale=1)
    assert (await futures.engine.submit(listed)).rejection == 0
    for size in ("1", "0.15"):
        assert (await futures.trader.post("trade/order", order(instId="QUIET-USDT-NEW", sz=size))).refusal == "51022"


async def test_an_expired_contract_says_so(futures: House) -> None:
    await futures.engine.submit(SetInstrumentState(instrument=5, state=4))
    assert (await futures.trader.post("trade/order", order(instId=DATED))).refusal == "51027"
    assert (await futures.trader.post("trade/order", order(instId=DATED, sz="0.15"))).refusal == "51027"


async def test_the_timer_cancels_orders_for_contracts_too(futures: House) -> None:
    await open_prices(futures)
    await futures.trader.post("trade/order", order())
    await futures.trader.post("trade/cancel-all-after", {"timeOut": "10"})
    futures.clock.advance_ms(10_000)
    await futures.engine.submit(Tick())
    row = (await futures.trader.get("trade/orders-history", instType="SWAP")).row
    assert (row["state"], row["cancelSource"]) == ("canceled", "20")
    assert futures.engine.views.open_orders(OTHER) == []


async def test_positions_are_closed_however_much_is_held(futures: House) -> None:
    await futures.engine.submit_many(
        [
            DefinePositionTier(0, -1, 0, 0, 0, 4, 10**9, 50_000, 100_000, 1_000),
            *[Deposit(account=account, currency=USDT, ledger=1, amount=10**17) for account in (TRADER, OTHER)],
        ]
    )
    await contract_trading.trade(futures, QUIET_SWAP, 10_000, 8 * 10**6)
    await contract_trading.leave(futures, Side.BUY, 9_990, 10**6)
    # Open contracts are worth 80 million, and more than some 90 are not admitted: who opens more is refused.
    opens = order(sz="500000", side="buy", ordType="market", px=ABSENT)
    assert (await futures.trader.post("trade/order", opens)).refusal == "51203"
    for fields in ({"ordType": "market", "px": ABSENT}, {"px": "101"}):
        closes = order(sz="500000", side="sell", reduceOnly=True, **fields)
        assert (await futures.trader.post("trade/order", closes)).refusal == "0", fields
    amend = {"instId": SWAP, "ordId": futures.engine.views.open_orders(TRADER)[0].order_id, "newPx": "102"}
    assert (await futures.trader.post("trade/amend-order", {**amend, "ordId": str(amend["ordId"])})).refusal == "0"
