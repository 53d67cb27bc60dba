"""Who may trade contracts, and that whoever may not can still leave them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lonja.modules.governance.api import AccountState, RestrictionFact
from tests.edge.house import START_MS, House, open_house
from tests.edge.house import order as spot_order
from tests.edge.test_contract_orders import DATED, SWAP, open_prices, order, set_mode, trade
from tests.edge.test_gate import Turnstile

FORTNIGHT_MS = 15 * 86_400_000


@pytest.fixture
def turnstile() -> Turnstile:
    return Turnstile()


@pytest.fixture
async def futures(tmp_path: Path, turnstile: Turnstile) -> AsyncIterator[House]:
    async with open_house(tmp_path, gate=turnstile, with_contracts=True) as running:
        yield running


WHO = [
    # who, code of a spot order, of one that opens, of one that closes
    ({}, "0", "0", "0"),
    ({"residence": "GB"}, "0", "51155", "0"),
    ({"residence": "JP"}, "0", "51155", "0"),
    ({"residence": "DE", "level": 1}, "0", "50027", "0"),
    ({"residence": "DE", "level": 2}, "0", "50027", "0"),
    ({"residence": "DE", "level": 2, "tests_passed": frozenset({"leverage"})}, "0", "51186", "0"),
    ({"questionnaire_since_ms": START_MS - FORTNIGHT_MS}, "50027", "50027", "0"),
    ({"residence": "US"}, "51155", "51155", "51155"),
    ({"residence": "CU"}, "51155", "51155", "51155"),
    ({"level": 0}, "50027", "50027", "50027"),
    ({"state": AccountState.FROZEN}, "51024", "51024", "51024"),
    ({"restrictions": (RestrictionFact("risk_review"),)}, "50027", "50027", "50027"),
]


@pytest.mark.parametrize(("who", "spot", "opens", "closes"), WHO)
@pytest.mark.parametrize("instrument", [SWAP, DATED])
async def test_contracts_ask_for_rights_of_their_own(
    futures: House, turnstile: Turnstile, instrument: str, who, spot: str, opens: str, closes: str
) -> None:
    await open_prices(futures)
    await trade(futures, "5", instId=instrument)
    turnstile.become(**who)
    assert (await futures.trader.post("trade/order", spot_order())).refusal == spot
    opening = order(instId=instrument)
    assert (await futures.trader.post("trade/order", opening)).refusal == opens
    batch = await futures.trader.post("trade/batch-orders", [opening, opening])
    assert [row["sCode"] for row in batch.data] == [opens, opens]
    closing = order(instId=instrument, side="sell", px="99", reduceOnly=True, clOrdId="closing")
    assert (await futures.trader.post("trade/order", closing)).refusal == closes
    amended = {"instId": instrument, "clOrdId": "closing", "newPx": "100"}
    assert (await futures.trader.post("trade/amend-order", amended)).refusal == closes
    whole = {"instId": instrument, "mgnMode": "cross", "autoCxl": True}
    assert (await futures.trader.post("trade/close-position", whole)).code == closes


@pytest.mark.parametrize(("who", "spot", "opens", "closes"), WHO)
async def test_algo_orders_meet_the_same_gate(
    futures: House, turnstile: Turnstile, who, spot: str, opens: str, closes: str
) -> None:
    await open_prices(futures)
    await trade(futures, "5")
    turnstile.become(**who)
    stop: dict[str, object] = {"instId": SWAP, "tdMode": "cross", "ordType": "conditional", "sz": "1", "slOrdPx": "-1"}
    asked: list[tuple[dict[str, object], str]] = [
        ({"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "slTriggerPx": "120"}, spot),
        ({"side": "buy", "slTriggerPx": "120"}, opens),
        ({"side": "sell", "slTriggerPx": "90", "reduceOnly": True}, closes),
        ({"side": "sell", "slTriggerPx": "90", "reduceOnly": True, "closeFraction": "1", "sz": ""}, closes),
    ]
    for fields, code in asked:
        reply = await futures.trader.post("trade/order-algo", stop | fields)
        assert reply.refusal == code, fields


async def test_what_closes_one_of_two_positions(futures: House, turnstile: Turnstile) -> None:
    await open_prices(futures)
    await set_mode(futures, position_mode=1)
    await trade(futures, "5", posSide="long")
    await trade(futures, "5", posSide="short", side="sell")
    turnstile.become("GB")
    for position_side, side, code in (
        ("long", "buy", "51155"),
        ("long", "sell", "0"),
        ("short", "sell", "51155"),
        ("short", "buy", "0"),
    ):
        reply = await futures.trader.post("trade/order", order(posSide=position_side, side=side))
        assert reply.refusal == code, (position_side, side)


async def test_an_order_that_opens_can_be_canceled_but_not_changed(futures: House, turnstile: Turnstile) -> None:
    await open_prices(futures)
    placed = await futures.trader.post("trade/order", order())
    turnstile.become("GB")
    one = {"instId": SWAP, "ordId": placed.row["ordId"]}
    assert (await futures.trader.post("trade/amend-order", one | {"newSz": "2"})).refusal == "51155"
    assert (await futures.trader.post("trade/cancel-order", one)).refusal == "0"


async def test_leverage_is_bounded_where_people_live(futures: House, turnstile: Turnstile) -> None:
    await open_prices(futures)
    turnstile.become("DE", 2, tests_passed=frozenset({"leverage"}))
    reply = await futures.trader.post("trade/order", order())
    assert (reply.refusal, "3" in reply.row["sMsg"], "2" in reply.row["sMsg"]) == ("51186", True, True)
    lever = {"instId": SWAP, "mgnMode": "cross"}
    assert (await futures.trader.post("account/set-leverage", lever | {"lever": "2"})).code == "0"
    placed = await futures.trader.post("trade/order", order())
    assert placed.refusal == "0"
    assert (await futures.trader.post("account/set-leverage", lever | {"lever": "2.01"})).code == "59102"
    turnstile.become("CH", 2)
    assert (await futures.trader.post("account/set-leverage", lever | {"lever": "50"})).code == "0"
    turnstile.become("DE", 3, tests_passed=frozenset({"leverage"}))
    amended = {"instId": SWAP, "ordId": placed.row["ordId"], "newSz": "2"}
    assert (await futures.trader.post("trade/amend-order", amended)).refusal == "51186"
    assert (await futures.trader.post("trade/amend-order", amended | {"ordId": "9"})).refusal == "51503"
