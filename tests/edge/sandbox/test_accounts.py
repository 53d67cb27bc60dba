"""``/sandbox/accounts`` and ``/sandbox/reset``: play money in, out, and back to the start."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from lonja.core.commands import CancelAllAfter, PlaceOrder, Transfer
from lonja.core.kinds import AccountKind, Ledger
from tests.edge.house import QUIET, TRADER, USDT
from tests.edge.sandbox.conftest import Sandbox


def held(row: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(balance["ledger"], balance["currency"]): balance["cash"] for balance in row["balances"]}


async def named(sandbox: Sandbox, name: str) -> dict[str, Any]:
    return next(row for row in (await sandbox.get("accounts")).data if row["name"] == name)


def total(sandbox: Sandbox, currency: int) -> int:
    views = sandbox.house.engine.views
    accounts = range(views.account_count())
    return sum(view.cash for account in accounts for view in views.balances(account) if view.currency == currency)


async def test_one_more_account_has_its_funds_twice_and_a_key(sandbox: Sandbox) -> None:
    row = (await sandbox.post("accounts", {"name": "bot", "funds": {"USDT": "1000.5", "BTC": 2, "QUIET": "0"}})).row
    funds = {
        ("funding", "USDT"): "1000.5",
        ("trading", "USDT"): "1000.5",
        ("funding", "BTC"): "2",
        ("trading", "BTC"): "2",
    }
    assert held(row) == funds
    assert row["uid"] == "10000004"
    assert row["api_key"] == "key of 4"
    listed = await named(sandbox, "bot")
    assert held(listed) == funds
    assert "api_key" not in listed, "secrets are told once"
    assert [row["name"] for row in (await sandbox.get("accounts")).data] == ["trader", "other", "bot"]
    view = sandbox.house.engine.views.account(4)
    assert view is not None
    assert view.kind == AccountKind.CUSTOMER


async def test_a_key_is_told_again_to_who_asks_for_it(sandbox: Sandbox) -> None:
    made = (await sandbox.post("accounts", {"name": "bot", "funds": {}})).row
    for name in ("bot", made["uid"]):
        row = (await sandbox.post("accounts/key", {"account": name})).row
        assert (row["name"], row["uid"], row["api_key"]) == ("bot", made["uid"], "key again")
        assert row.keys() >= {"secret_key", "passphrase", "permissions"}
    for body, code in (({}, "50014"), ({"account": "nobody"}, "51000"), ({"account": "trader"}, "51000")):
        assert (await sandbox.post("accounts/key", body)).code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "50014"),
        ({"name": "trader"}, "51000"),
        ({"name": "two words"}, "51000"),
        ({"name": "x" * 33}, "51000"),
        ({"name": ""}, "50014"),
        ({"name": "bot", "funds": []}, "51000"),
        ({"name": "bot", "funds": {"GOLD": "1"}}, "51012"),
        ({"name": "bot", "funds": {"USDT": "-1"}}, "51000"),
        ({"name": "bot", "funds": {"USDT": "0.000000001"}}, "51150"),
        ({"name": "bot", "key": "x"}, "51000"),
    ],
)
async def test_what_makes_no_account(sandbox: Sandbox, body: dict[str, object], code: str) -> None:
    assert (await sandbox.post("accounts", body)).code == code
    assert sandbox.house.engine.views.account_count() == 4


@pytest.mark.parametrize("account", ["trader", "10000002"])
@pytest.mark.parametrize(("ledger", "where"), [({}, "trading"), ({"ledger": "funding"}, "funding")])
async def test_money_comes_in_and_goes_out(sandbox: Sandbox, account: str, ledger: dict[str, str], where: str) -> None:
    given = {"account": account, "currency": "USDT", **ledger}
    assert held((await sandbox.post("accounts/fund", {**given, "amount": "0.5"})).row)[where, "USDT"] == "1000000.5"
    assert held((await sandbox.post("accounts/drain", {**given, "amount": "1.5"})).row)[where, "USDT"] == "999999"
    assert total(sandbox, USDT) == 0, "what is in the house came from outside"


async def test_the_venues_names_are_understood(sandbox: Sandbox) -> None:
    reply = await sandbox.post("accounts/fund", {"uid": "10000002", "ccy": "USDT", "amt": "1"})
    assert held(reply.row)["trading", "USDT"] == "1000001"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("fund", {"currency": "USDT", "amount": "1"}, "50014"),
        ("fund", {"account": "nobody", "currency": "USDT", "amount": "1"}, "51000"),
        ("fund", {"account": "10000000", "currency": "USDT", "amount": "1"}, "51000"),
        ("fund", {"account": "trader", "currency": "GOLD", "amount": "1"}, "51012"),
        ("fund", {"account": "trader", "currency": "USDT"}, "50014"),
        ("fund", {"account": "trader", "currency": "USDT", "amount": "0"}, "51000"),
        ("fund", {"account": "trader", "currency": "USDT", "amount": "46116860184"}, "51000"),
        ("fund", {"account": "trader", "currency": "USDT", "amount": "1", "ledger": "savings"}, "51000"),
        ("drain", {"account": "trader", "currency": "USDT", "amount": "1000000.00000001"}, "51000"),
        ("drain", {"account": "trader", "ledger": "funding"}, "51000"),
    ],
)
async def test_what_moves_no_money(sandbox: Sandbox, path: str, body: dict[str, object], code: str) -> None:
    before = sandbox.house.balances()
    assert (await sandbox.post(f"accounts/{path}", body)).code == code
    assert sandbox.house.balances() == before


async def test_draining_without_an_amount_cancels_orders_and_leaves_nothing(sandbox: Sandbox) -> None:
    await sandbox.house.trader.place()
    row = (await sandbox.post("accounts/drain", {"account": "trader", "currency": "USDT"})).row
    assert held(row)["trading", "USDT"] == held(row)["funding", "USDT"] == "0"
    assert held(row)["trading", "QUIET"] == "10000"
    row = (await sandbox.post("accounts/drain", {"account": "trader"})).row
    assert {Decimal(cash) for cash in held(row).values()} == {Decimal(0)}
    assert sandbox.house.engine.views.open_orders(TRADER) == []


async def test_a_reset_gives_everybody_what_they_began_with(sandbox: Sandbox) -> None:
    house = sandbox.house
    await sandbox.post("accounts", {"name": "bot", "funds": {"USDT": "5"}})
    await house.trader.place(side="sell", px="101")
    await house.other.place(px="101")
    await house.trader.place(px="50", sz="3")
    stop = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "sell", "ordType": "conditional", "sz": "1"}
    assert (await house.trader.post("trade/order-algo", stop | {"slTriggerPx": "90", "slOrdPx": "-1"})).code == "0"
    await house.engine.submit(CancelAllAfter(account=TRADER, timeout_ms=60_000))
    await sandbox.post("accounts/drain", {"account": "bot"})
    reply = await sandbox.post("reset", {})
    assert reply.code == "0"
    funds = {"USDT": "1000000", "BTC": "10", "ETH": "0", "QUIET": "10000"}
    for name in ("trader", "other"):
        row = held(await named(sandbox, name))
        assert all(
            row.get((ledger, ccy), "0") == cash for ccy, cash in funds.items() for ledger in ("trading", "funding")
        )
    assert held(await named(sandbox, "bot"))["trading", "USDT"] == "5"
    assert house.engine.views.open_orders(TRADER) == []
    assert house.engine.views.algos(TRADER) == []
    assert house.engine.next_timer_ms() == 0
    assert (total(sandbox, USDT), total(sandbox, QUIET)) == (0, 0)
    assert len((await house.trader.get("trade/fills")).data) == 1, "history stays"


async def test_resets_at_once_give_everybody_what_they_began_with_and_no_more(sandbox: Sandbox) -> None:
    await sandbox.post("accounts/drain", {"account": "trader", "currency": "USDT"})
    await sandbox.post("accounts/fund", {"account": "other", "currency": "USDT", "amount": "5"})
    await asyncio.gather(*(sandbox.post("reset") for _ in range(3)))
    begun = {name: held(await named(sandbox, name)) for name in ("trader", "other")}
    assert {row["trading", "USDT"] for row in begun.values()} == {"1000000"}
    assert {row["funding", "USDT"] for row in begun.values()} == {"1000000"}


async def test_a_reset_comes_to_its_end_while_people_trade_on(sandbox: Sandbox) -> None:
    stop = False
    order = PlaceOrder(account=TRADER, instrument=QUIET, price=9_000, size=100_000)
    transfer = Transfer(
        account=TRADER, currency=USDT, amount=10**9, from_ledger=Ledger.FUNDING, to_ledger=Ledger.TRADING
    )

    async def trade_on() -> None:
        while not stop:
            await sandbox.house.engine.submit_many([*[order] * 20, transfer])

    trading = asyncio.create_task(trade_on())
    for _ in range(5):
        await asyncio.sleep(0)
        assert (await sandbox.post("reset")).code == "0"
    stop = True
    await trading
    await sandbox.post("reset")
    row = held(await named(sandbox, "trader"))
    assert (row["trading", "USDT"], row["funding", "USDT"]) == ("1000000", "1000000")


async def test_of_two_accounts_of_one_name_at_once_one_is_made(sandbox: Sandbox) -> None:
    answers = await asyncio.gather(*(sandbox.post("accounts", {"name": "bot"}) for _ in range(2)))
    assert sorted(answer.code for answer in answers) == ["0", "51000"]


@pytest.mark.parametrize(
    ("body", "code"),
    [({}, "50014"), ({"mood": "panic"}, "51000"), ({"mood": "calm", "instrument": "NO-SUCH"}, "51001")],
)
async def test_what_is_no_mood(sandbox: Sandbox, body: dict[str, object], code: str) -> None:
    assert (await sandbox.post("flow", body)).code == code


async def test_an_instrument_without_simulated_traders_has_no_mood(sandbox: Sandbox) -> None:
    reply = await sandbox.post("flow", {"mood": "calm", "instId": "QUIET-USDT"})
    assert (reply.code, (await sandbox.get("flow")).data) == ("51000", [])
