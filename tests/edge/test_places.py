"""From where an API key is used: nobody trades from a sanctioned place, wherever they live."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lonja.edge.places import ADDRESSES_MAX, Places
from lonja.modules.governance.api import Gate
from tests.edge.house import TRADER, Caller, House, open_house, order
from tests.modules.governance.people import RULES, ready

HOME, ABROAD = "203.0.113.7", "198.51.100.9"
SENTENCE = "Local rules do not permit it. Trading by API: not possible. We serve nobody at the place you connect from."


class Tables:
    """Countries by address, which count how often they were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, address: str) -> str:
        self.asked.append(address)
        return {HOME: "CH", ABROAD: "IR"}.get(address, "")


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture
async def rest(tmp_path: Path, tables: Tables) -> AsyncIterator[House]:
    gate = Gate(RULES, lambda account: account)
    gate.govern(TRADER, ready)
    async with open_house(tmp_path, gate=gate, country_of=tables) as running:
        yield running


def at(house: House, address: str) -> Caller:
    return Caller(house, house.trader.key, address)


async def test_an_order_by_key_from_a_sanctioned_place_is_refused_with_its_reason(rest: House) -> None:
    assert (await at(rest, HOME).place()).row["sCode"] == "0"
    refused = await at(rest, ABROAD).place()
    assert (refused.status, refused.row["sCode"], refused.row["sMsg"]) == (200, "51155", SENTENCE)
    batch = await at(rest, ABROAD).post("trade/batch-orders", [order(), order(side="sell", px="101")])
    assert [row["sCode"] for row in batch.data] == ["51155", "51155"]
    assert (await at(rest, HOME).place()).row["sCode"] == "0", "home again, it goes on"


async def test_what_is_open_can_be_canceled_and_read_from_there_but_not_changed_or_taken_out(rest: House) -> None:
    placed = (await at(rest, HOME).place()).row["ordId"]
    there, named = at(rest, ABROAD), {"instId": "QUIET-USDT", "ordId": placed}
    out = {"ccy": "USDT", "amt": "1", "dest": "4", "toAddr": "x", "chain": "USDT-TRC20"}
    assert (await there.post("trade/amend-order", named | {"newSz": "2"})).row["sCode"] == "51155"
    assert (await there.post("asset/withdrawal", out)).code == "51155"
    assert (await there.post("users/subaccount/create-subaccount", {"subAcct": "trader1", "type": "1"})).code == "51155"
    assert (await there.get("account/balance")).code == "0"
    assert (await there.post("trade/cancel-order", named)).row["sCode"] == "0"


async def test_an_account_of_the_operator_is_judged_by_place_as_well(rest: House) -> None:
    rest.other.address = ABROAD
    assert (await rest.other.place()).row["sCode"] == "51155"


async def test_each_address_is_looked_up_once(rest: House, tables: Tables) -> None:
    for address in (HOME, ABROAD, "127.0.0.1") * 3:
        await at(rest, address).get("account/balance")
    assert tables.asked == [HOME, ABROAD, "127.0.0.1"]


async def test_strangers_without_a_key_make_nobody_look_anything_up(rest: House, tables: Tables) -> None:
    stranger = at(rest, ABROAD)
    assert (await stranger.call("GET", "/api/v5/account/balance", headers={"OK-ACCESS-SIGN": "x"})).code == "50113"
    assert tables.asked == []


async def test_the_addresses_remembered_are_bounded(tables: Tables) -> None:
    places = Places(tables)
    places._known = dict.fromkeys((str(number) for number in range(ADDRESSES_MAX)), "")
    assert (await places.find(HOME), len(places._known)) == ("CH", 1)
    assert await Places().find(ABROAD) == ""
