"""Sub-accounts over REST: made, listed, frozen, given keys, and refused to everybody else."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lonja.edge.rest.tables.subaccount import OPERATIONS
from lonja.edge.services import EdgeSettings
from lonja.modules.identity.api import CreatedKey
from tests.edge.house import PASSPHRASE, TRADER, UNLIMITED, Caller, House, open_house, order

QUIET = "QUIET-USDT"
LIST, CREATE, KEY = "users/subaccount/list", "users/subaccount/create-subaccount", "users/subaccount/apikey"
FREEZE = "users/subaccount/set-frozen"
CHANGE, REMOVE = "users/subaccount/modify-apikey", "users/subaccount/delete-apikey"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, UNLIMITED, own_keys=True) as running:
        yield running


async def make(house: House, name: str = "desk01", **fields: object) -> dict[str, Any]:
    reply = await house.trader.post(CREATE, {"subAcct": name, "type": "1"} | fields)
    assert reply.code == "0", reply.raw
    return dict(reply.row)


async def caller_of(house: House, name: str = "desk01", perm: str = "read_only,trade", **fields: object) -> Caller:
    body = {"subAcct": name, "label": "bot", "passphrase": PASSPHRASE, "perm": perm} | fields
    reply = await house.trader.post(KEY, body)
    assert reply.code == "0", reply.raw
    key = house.services.identity.find_key(reply.row["apiKey"])
    assert key is not None
    return Caller(house, CreatedKey(key, reply.row["secretKey"], PASSPHRASE))


async def fund(house: House, name: str = "desk01", amount: str = "1000") -> None:
    body = {"ccy": "USDT", "amt": amount, "from": "6", "to": "18", "type": "1", "subAcct": name}
    assert (await house.trader.post("asset/transfer", body)).code == "0"


async def test_a_sub_account_is_made_and_listed(house: House) -> None:
    first = await make(house, label="a desk")
    house.keys.now_ms += 10
    second = await make(house, "Desk02")
    assert first == {"subAcct": "desk01", "label": "a desk", "uid": "10000004", "ts": first["ts"]}
    rows = (await house.trader.get(LIST)).data
    assert [row["subAcct"] for row in rows] == ["Desk02", "desk01"]
    assert rows[1] == {
        "type": "1",
        "enable": True,
        "subAcct": "desk01",
        "uid": "10000004",
        "label": "a desk",
        "mobile": "",
        "gAuth": False,
        "frozenFunc": [],
        "canTransOut": False,
        "ts": first["ts"],
        "subAcctLv": "1",
        "firstLvSubAcct": "desk01",
        "ifDma": False,
    }

    async def names(**params: object) -> list[str]:
        return [row["subAcct"] for row in (await house.trader.get(LIST, **params)).data]

    assert await names(subAcct="desk01") == ["desk01"]
    assert await names(limit=1) == ["Desk02"]
    assert await names(after=second["ts"]) == ["desk01"]
    assert await names(before=first["ts"]) == ["Desk02"]
    assert await names(enable="false") == []
    assert (await house.other.get(LIST)).data == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "1"}, "50014"),
        ({"subAcct": "desk1", "type": "1"}, "51000"),
        ({"subAcct": "d" * 21, "type": "1"}, "51000"),
        ({"subAcct": "desk-01", "type": "1"}, "51000"),
        ({"subAcct": "d\u00e9sk01", "type": "1"}, "51000"),
        ({"subAcct": "desk02", "type": "2"}, "51000"),
        ({"subAcct": "desk02", "type": "5"}, "59515"),
        ({"subAcct": "desk02", "type": "1", "label": "x" * 33}, "51000"),
        ({"subAcct": "desk01", "type": "1"}, "59601"),
        ({"subAcct": "trader", "type": "1"}, "59601"),
    ],
)
async def test_what_is_not_made(house: House, body: dict[str, object], code: str) -> None:
    await make(house)
    count = house.engine.views.account_count()
    reply = await house.trader.post(CREATE, body)
    assert (reply.code, reply.data) == (code, [])
    assert house.engine.views.account_count() == count


async def test_the_number_of_sub_accounts_is_limited(house: House) -> None:
    identity = house.services.identity
    few = replace(identity.policy, sub_accounts_max=1)
    identity.policy_of = lambda: few
    await make(house)
    assert (await house.trader.post(CREATE, {"subAcct": "desk02", "type": "1"})).code == "59603"


# -- Keys ------------------------------------------------------------------------------------------------------------


async def test_a_key_of_a_sub_account_trades_for_it_alone(house: House) -> None:
    await make(house)
    desk = await caller_of(house)
    config = (await desk.get("account/config")).row
    assert (config["uid"], config["mainUid"], config["type"]) == ("10000004", "10000002", "1")
    assert (config["perm"], config["label"]) == ("read_only,trade", "bot")
    assert (await desk.place()).refusal == "51008"
    await fund(house)
    assert (await desk.place()).refusal == "0"
    assert len((await desk.get("trade/orders-pending")).data) == 1
    assert (await house.trader.get("trade/orders-pending")).data == []


async def test_orders_of_one_master_do_not_trade_with_each_other(house: House) -> None:
    await make(house)
    desk = await caller_of(house)
    await fund(house)
    await house.trader.place(side="sell", px="100", sz="1")
    await desk.place(px="100", sz="1")
    assert (await house.trader.get("trade/orders-history", instType="SPOT")).row["cancelSource"] == "32"
    assert (await desk.get("trade/fills")).data == []


async def test_each_sub_account_has_limits_of_its_own(tmp_path: Path) -> None:
    async with open_house(tmp_path, UNLIMITED, own_keys=True) as house:
        await make(house)
        desk = await caller_of(house)
        house.services.rate_limits.enabled = True
        codes = [(await house.trader.get("trade/account-rate-limit")).code for _ in range(2)]
        assert codes == ["0", "50011"]
        assert (await desk.get("trade/account-rate-limit")).code == "0"


async def test_keys_are_listed_changed_and_removed(house: House) -> None:
    await make(house)
    created = (
        await house.trader.post(
            KEY,
            {
                "subAcct": "desk01",
                "label": "bot",
                "passphrase": PASSPHRASE,
                "perm": "trade",
                "ip": "1.1.1.1,10.0.0.0/8",
            },
        )
    ).row
    assert (created["subAcct"], created["passphrase"], len(created["secretKey"])) == ("desk01", PASSPHRASE, 32)
    expected = {"label": "bot", "apiKey": created["apiKey"], "perm": "read_only,trade", "ip": "1.1.1.1,10.0.0.0/8"}
    for params in ({}, {"apiKey": created["apiKey"]}):
        row = (await house.trader.get(KEY, subAcct="desk01", **params)).row
        assert row == expected | {"ts": created["ts"]}
    change = {"subAcct": "desk01", "apiKey": created["apiKey"]}
    row = (await house.trader.post(CHANGE, change | {"perm": "read_only"})).row
    assert row == expected | {"perm": "read_only", "subAcct": "desk01", "ts": created["ts"]}
    assert (await house.trader.post(CHANGE, change | {"label": "new", "ip": ""})).row["ip"] == ""
    assert (await house.trader.post(CHANGE, change)).row["label"] == "new"
    assert (await house.trader.post(REMOVE, change)).row == {"subAcct": "desk01"}
    assert (await house.trader.get(KEY, subAcct="desk01")).data == []
    assert house.services.identity.find_key(created["apiKey"]) is None


async def test_a_changed_key_can_do_at_once_what_it_may_now(house: House) -> None:
    await make(house)
    desk = await caller_of(house, perm="read_only")
    change = {"subAcct": "desk01", "apiKey": desk.key.key.api_key}
    assert (await desk.place()).code == "50120"
    await house.trader.post(CHANGE, change | {"perm": "trade"})
    assert (await desk.place()).refusal == "51008"
    await house.trader.post(CHANGE, change | {"ip": "9.9.9.9"})
    assert (await desk.place()).code == "50110"
    await house.trader.post(REMOVE, change)
    assert (await desk.place()).code == "50111"


def key(**fields: object) -> dict[str, object]:
    return {"subAcct": "desk01", "label": "bot2", "passphrase": PASSPHRASE} | fields


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (KEY, key(label=""), "50014"),
        (KEY, key(subAcct="nobody"), "59510"),
        (KEY, key(perm="withdraw"), "51000"),
        (KEY, key(perm=","), "51000"),
        (KEY, key(label="x" * 51), "51000"),
        (KEY, key(label="bot"), "59502"),
        (KEY, key(passphrase="short"), "59505"),
        (KEY, key(passphrase="with some spaces"), "59505"),
        (KEY, key(ip="somewhere"), "51000"),
        (KEY, key(ip=",".join(f"10.0.0.{n}" for n in range(21))), "59503"),
        (CHANGE, {"subAcct": "desk01"}, "50014"),
        (CHANGE, {"subAcct": "nobody", "apiKey": "k"}, "59510"),
        (CHANGE, {"subAcct": "desk01", "apiKey": "k"}, "59506"),
        (REMOVE, {"subAcct": "desk01", "apiKey": "k"}, "59506"),
    ],
)
async def test_what_is_not_done_to_keys(house: House, path: str, body: dict[str, object], code: str) -> None:
    await make(house)
    await caller_of(house)
    before = (await house.trader.get(KEY, subAcct="desk01")).data
    reply = await house.trader.post(path, body)
    assert (reply.code, reply.data) == (code, [])
    assert (await house.trader.get(KEY, subAcct="desk01")).data == before


async def test_the_number_of_keys_is_limited(house: House) -> None:
    identity = house.services.identity
    few = replace(identity.policy, keys_per_account_max=1)
    identity.policy_of = lambda: few
    await make(house)
    await caller_of(house)
    assert (await house.trader.post(KEY, key())).code == "59501"


async def test_keys_of_other_accounts_are_out_of_reach(house: House) -> None:
    await make(house)
    own = house.trader.key.key.api_key
    for path in (CHANGE, REMOVE):
        assert (await house.trader.post(path, {"subAcct": "desk01", "apiKey": own})).code == "59506"
    assert (await house.trader.get(KEY, subAcct="desk01", apiKey=own)).code == "59506"
    assert (await house.other.get(KEY, subAcct="desk01")).code == "59510"


async def test_keys_that_manage_are_bound_to_an_address_unless_they_never_lapse(house: House) -> None:
    made = house.services.identity.create_key(TRADER, permissions=("trade",), passphrase=PASSPHRASE)
    bound = house.services.identity.create_key(
        TRADER, permissions=("trade",), passphrase=PASSPHRASE, networks=["127.0.0.1"]
    )
    reply = await Caller(house, made).post(CREATE, {"subAcct": "desk01", "type": "1"})
    assert (reply.status, reply.code) == (403, "50035")
    assert (await Caller(house, made).get(LIST)).code == "0"
    assert (await Caller(house, bound).post(CREATE, {"subAcct": "desk01", "type": "1"})).code == "0"


# -- Freezing --------------------------------------------------------------------------------------------------------


async def test_a_frozen_sub_account_neither_trades_nor_sends_money(house: House) -> None:
    await make(house)
    desk = await caller_of(house)
    await fund(house)
    await desk.place(sz="1")
    assert (await house.trader.post(FREEZE, {"subAcct": "desk01", "frozen": True})).row["frozen"] is True
    row = (await house.trader.get(LIST, enable="false")).row
    assert (row["enable"], row["frozenFunc"]) == (False, ["trading", "transfer"])
    assert (await desk.get("trade/orders-pending")).data == []
    assert (await desk.place()).refusal == "51024"
    assert [row["sCode"] for row in (await desk.post("trade/batch-orders", [order(), order()])).data] == ["51024"] * 2
    own = {"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}
    assert (await desk.post("asset/transfer", own)).code == "58004"
    assert (await desk.post("asset/transfer", own | {"type": "3"})).code == "58004"
    back = own | {"type": "2", "subAcct": "desk01"}
    assert (await house.trader.post("asset/transfer", back)).code == "59508"
    await fund(house)
    assert (await desk.get("account/balance", ccy="USDT")).row["details"][0]["availBal"] == "2000"
    assert (await house.trader.post(FREEZE, {"subAcct": "desk01", "frozen": "false"})).row["frozen"] is False
    assert (await desk.place()).refusal == "0"
    assert (await house.trader.post("asset/transfer", back)).code == "0"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"subAcct": "desk01"}, "50014"),
        ({"subAcct": "desk01", "frozen": "maybe"}, "51000"),
        ({"subAcct": "nobody", "frozen": True}, "59510"),
    ],
)
async def test_what_is_not_frozen(house: House, body: dict[str, object], code: str) -> None:
    await make(house)
    assert (await house.trader.post(FREEZE, body)).code == code
    assert (await house.trader.get(LIST)).row["enable"] is True


# -- Masters only ----------------------------------------------------------------------------------------------------


PARAMETERS: dict[str, object] = {
    "subAcct": "desk01",
    "type": "1",
    "label": "bot3",
    "passphrase": PASSPHRASE,
    "apiKey": "k",
    "frozen": True,
    "ccy": "USDT",
    "amt": "1",
    "from": "6",
    "to": "6",
    "fromSubAccount": "desk01",
    "toSubAccount": "desk02",
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_only_masters_may(house: House, operation: Any) -> None:
    await make(house)
    desk = await caller_of(house)
    path = operation.path.removeprefix("/api/v5/")
    reply = await (desk.get(path, **PARAMETERS) if operation.method == "GET" else desk.post(path, PARAMETERS))
    assert (reply.code, reply.data) == ("59500", [])


async def test_limits_hold(tmp_path: Path) -> None:
    async with open_house(tmp_path, EdgeSettings(), own_keys=True) as house:
        assert (await house.trader.post(CREATE, {"subAcct": "desk01", "type": "1"})).code == "0"
        assert (await house.trader.post(CREATE, {"subAcct": "desk02", "type": "1"})).code == "50011"
