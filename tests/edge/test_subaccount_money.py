"""Money between a master and its sub-accounts: who may move what, and where it is found afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core.commands import PlaceOrder
from lonja.core.rejections import Rejection
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from tests.edge.house import START_MS, UNLIMITED, Caller, House, open_house
from tests.edge.test_subaccount import FREEZE, caller_of, make

OUT = "users/subaccount/set-transfer-out"
BETWEEN = "asset/subaccount/transfer"


class Family:
    """A master (the trader) with two desks that have keys, and a stranger (the other)."""

    def __init__(self, house: House, desk: Caller, second: Caller) -> None:
        self.house = house
        self.master = house.trader
        self.stranger = house.other
        self.desk = desk
        self.second = second

    def caller(self, name: str) -> Caller:
        return {"master": self.master, "desk": self.desk, "second": self.second, "stranger": self.stranger}[name]

    async def has(self, ledger: str = "asset") -> tuple[str, str, str]:
        """USDT of the master and both desks."""
        found = []
        for caller in (self.master, self.desk, self.second):
            if ledger == "asset":
                rows = (await caller.get("asset/balances", ccy="USDT")).data
                found.append(rows[0]["bal"] if rows else "0")
            else:
                rows = (await caller.get("account/balance", ccy="USDT")).row["details"]
                found.append(rows[0]["eq"] if rows else "0")
        return found[0], found[1], found[2]


@pytest.fixture
async def family(tmp_path: Path) -> AsyncIterator[Family]:
    async with open_house(tmp_path, UNLIMITED, own_keys=True) as house:
        await make(house)
        await make(house, "desk02")
        yield Family(house, await caller_of(house), await caller_of(house, "desk02"))


def move(**fields: object) -> dict[str, object]:
    return {"ccy": "USDT", "amt": "100", "from": "6", "to": "6"} | fields


async def test_every_type_of_transfer(family: Family) -> None:
    house, start = family.house, await family.has()
    assert start == ("1000000", "0", "0")
    to_sub = await family.master.post("asset/transfer", move(type="1", subAcct="desk01", clientId="t1"))
    assert await family.has() == ("999900", "100", "0")
    assert (await family.master.post(OUT, {"subAcct": "desk01", "canTransOut": True})).code == "0"
    to_sibling = await family.desk.post("asset/transfer", move(type="4", subAcct="desk02", amt="30", clientId="t4"))
    assert await family.has() == ("999900", "70", "30")
    to_master = await family.desk.post("asset/transfer", move(type="3", amt="20", clientId="t3", to="18"))
    assert await family.has() == ("999900", "50", "30")
    assert await family.has("account") == ("1000020", "0", "0")
    from_sub = await family.master.post("asset/transfer", move(type="2", subAcct="desk02", amt="5", clientId="t2"))
    assert await family.has() == ("999905", "50", "25")
    between = await family.master.post(BETWEEN, move(amt="1", fromSubAccount="desk01", toSubAccount="desk02", to="18"))
    assert await family.has() == ("999905", "49", "25")
    assert await family.has("account") == ("1000020", "0", "1")
    ids = [reply.row["transId"] for reply in (to_sub, to_sibling, to_master, from_sub, between)]

    async def seen(caller: Caller, transfer_id: str) -> tuple[str, str] | str:
        reply = await caller.get("asset/transfer-state", transId=transfer_id)
        return (reply.row["type"], reply.row["subAcct"]) if reply.code == "0" else reply.code

    for name, expected in {
        "master": [("1", "desk01"), ("4", "desk02"), ("2", "desk01"), ("2", "desk02"), ("4", "desk02")],
        "desk": [("1", "desk01"), ("4", "desk02"), ("3", ""), "58129", ("4", "desk02")],
        "second": ["58129", ("4", "desk01"), "58129", ("3", ""), ("4", "desk01")],
        "stranger": ["58129"] * 5,
    }.items():
        assert [await seen(family.caller(name), transfer_id) for transfer_id in ids] == expected, name
    state = (await family.master.get("asset/transfer-state", clientId="t2", type="2")).row
    assert (state["amt"], state["from"], state["to"], state["state"]) == ("5", "6", "6", "success")
    assert (await house.trader.get("asset/transfer-state", clientId="t2", type="1")).code == "58129"


@pytest.mark.parametrize(
    ("who", "fields", "code"),
    [
        ("master", {"type": "9"}, "51000"),
        ("master", {"type": "1", "ccy": "NONE", "subAcct": "desk01"}, "51012"),
        ("master", {"type": "1", "subAcct": "desk01", "to": "7"}, "51000"),
        # Which types a key may ask for.
        ("master", {"type": "3"}, "58127"),
        ("master", {"type": "4", "subAcct": "desk01"}, "58127"),
        ("desk", {"type": "1", "subAcct": "desk02"}, "58128"),
        ("desk", {"type": "2", "subAcct": "desk02"}, "58128"),
        # Who the other is.
        ("master", {"type": "1"}, "50014"),
        ("master", {"type": "2"}, "50014"),
        ("desk", {"type": "4"}, "50014"),
        ("master", {"type": "1", "subAcct": "nobody"}, "58115"),
        ("master", {"type": "1", "subAcct": "trader"}, "58115"),
        ("stranger", {"type": "1", "subAcct": "desk01"}, "58115"),
        ("desk", {"type": "4", "subAcct": "nobody"}, "58115"),
        ("desk", {"type": "4", "subAcct": "desk01"}, "59507"),
        ("desk", {"type": "4", "subAcct": "desk02"}, "58119"),
        # How much.
        ("master", {"type": "1", "subAcct": "desk01", "amt": "0"}, "58114"),
        ("master", {"type": "1", "subAcct": "desk01", "clientId": "a-b"}, "51000"),
        ("master", {"type": "2", "subAcct": "desk01"}, "58350"),
        ("desk", {"type": "3"}, "58350"),
    ],
)
async def test_transfers_refused(family: Family, who: str, fields: dict[str, object], code: str) -> None:
    before = family.house.balances()
    reply = await family.caller(who).post("asset/transfer", move(**fields))
    assert (reply.code, reply.data) == (code, [])
    assert family.house.balances() == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"fromSubAccount": ""}, "50014"),
        ({"ccy": "NONE"}, "51012"),
        ({"from": "1"}, "51000"),
        ({"fromSubAccount": "nobody"}, "58115"),
        ({"toSubAccount": "nobody"}, "58115"),
        ({"toSubAccount": "desk01"}, "59507"),
        ({"amt": "-1"}, "58114"),
        ({}, "58350"),
    ],
)
async def test_transfers_between_sub_accounts_refused(family: Family, fields: dict[str, object], code: str) -> None:
    body = move(fromSubAccount="desk01", toSubAccount="desk02") | fields
    assert (await family.master.post(BETWEEN, body)).code == code


async def test_transfers_out_are_allowed_to_several_at_once(family: Family) -> None:
    rows = (await family.master.post(OUT, {"subAcct": "desk02,desk01"})).data
    assert rows == [{"subAcct": name, "canTransOut": True} for name in ("desk01", "desk02")]
    assert (await family.master.post(OUT, {"subAcct": "desk01", "canTransOut": False})).row["canTransOut"] is False
    listed = {row["subAcct"]: row["canTransOut"] for row in (await family.master.get("users/subaccount/list")).data}
    assert listed == {"desk01": False, "desk02": True}
    assert (await family.master.post(OUT, {"subAcct": "desk01,nobody"})).code == "59510"
    names = ",".join(f"desk{number:03}" for number in range(21))
    assert (await family.master.post(OUT, {"subAcct": names})).code == "50025"
    assert (await family.master.post(OUT, {"subAcct": "desk01", "canTransOut": "maybe"})).code == "51000"


async def test_masters_see_the_money_of_their_sub_accounts(family: Family) -> None:
    await family.master.post("asset/transfer", move(type="1", subAcct="desk01", to="18"))
    await family.master.post("asset/transfer", move(type="1", subAcct="desk01", amt="7"))
    await family.desk.place(px="100", sz="0.5")
    trading = (await family.master.get("account/subaccount/balances", subAcct="desk01")).row
    assert [(d["ccy"], d["eq"], d["availBal"]) for d in trading["details"]] == [("USDT", "100", "50")]
    assert (await family.master.get("asset/subaccount/balances", subAcct="desk01")).row["bal"] == "7"
    assert (await family.master.get("asset/subaccount/balances", subAcct="desk01", ccy="BTC")).data == []
    assert (await family.master.get("account/subaccount/max-withdrawal", subAcct="desk01")).row["maxWd"] == "50"
    for path in ("account/subaccount/balances", "asset/subaccount/balances", "account/subaccount/max-withdrawal"):
        assert (await family.master.get(path, subAcct="nobody")).code == "59510"
        assert (await family.stranger.get(path, subAcct="desk01")).code == "59510"
        assert (await family.master.get(path)).code == "50014"
    assert (
        await family.desk.post("asset/withdrawal", {"ccy": "BTC", "amt": 1, "dest": 4, "toAddr": "a"})
    ).code == "50120"


async def test_bills_between_master_and_sub_accounts(family: Family) -> None:
    await family.master.post("asset/transfer", move(type="1", subAcct="desk01", clientId="c1"))
    family.house.clock.advance_ms(5)
    await family.master.post("asset/transfer", move(type="1", subAcct="desk02", **{"from": "18", "to": "18"}))
    await family.desk.post("asset/transfer", move(type="3", amt="40"))
    await family.master.post("asset/transfer", move(amt="1", to="18"))

    async def bills(**params: object) -> list[tuple[str, str, str]]:
        rows = (await family.master.get("asset/subaccount/bills", **params)).data
        return [(row["type"], row["subAcct"], row["amt"]) for row in rows]

    every = [("1", "desk01", "40"), ("0", "desk02", "100"), ("0", "desk01", "100")]
    assert await bills() == every
    assert await bills(type="0") == every[1:]
    assert await bills(type="1", ccy="USDT") == every[:1]
    assert await bills(subAcct="desk01") == [every[0], every[2]]
    assert await bills(ccy="BTC") == []
    assert await bills(before=START_MS) == every[:2]
    assert await bills(after=START_MS + 5) == every[2:]
    assert await bills(limit=1) == every[:1]
    for params, code in [({"type": "2"}, "51000"), ({"ccy": "NONE"}, "51012"), ({"subAcct": "nobody"}, "58115")]:
        assert (await family.master.get("asset/subaccount/bills", **params)).code == code

    async def types(caller: Caller) -> list[tuple[str, str]]:
        return [(row["type"], row["balChg"]) for row in (await caller.get("asset/bills", ccy="USDT")).data]

    assert await types(family.master) == [("131", "-1"), ("21", "40"), ("20", "-100"), ("1", "1000000")]
    assert await types(family.desk) == [("22", "-40"), ("23", "100")]
    assert (await family.master.get("asset/subaccount/managed-subaccount-bills", subAcct="desk01")).data == []
    assert (await family.master.get("users/entrust-subaccount-list")).data == []


async def test_freezing_survives_a_restart(family: Family) -> None:
    await family.master.post(FREEZE, {"subAcct": "desk01", "frozen": True})
    account = family.house.services.identity.sub_accounts.named(2, "desk01")
    assert account is not None
    kept, snapshots = MemoryJournal(), MemorySnapshots()
    for row in family.house.journal.rows():
        kept.append(row)
    again = Sequencer(recover(kept, snapshots), journal=kept, clock=family.house.clock, snapshots=snapshots)
    view = again.views.account(account.account)
    assert view is not None
    assert (view.frozen, view.master) == (1, 2)
    outcome = await again.submit(PlaceOrder(account=account.account, price=9_900, size=1_000))
    assert outcome.rejection == Rejection.ACCOUNT_FROZEN
    await again.stop()
