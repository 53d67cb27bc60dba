"""Balances by cause over a real socket."""

from typing import Any

from lonja.core.commands import AmendOrder, Command, CorrectBalance, Deposit, Transfer, Withdraw
from tests.edge.ws.house import BUY, MAKER, OTHER, QUIET, SELL, TRADER, Client, House

CASH = {"channel": "balance_and_position"}
FUNDING, TRADING = 0, 1
USDT, BITCOIN = 0, 1


async def _next(client: Client) -> dict[str, Any]:
    push = await client.next()
    assert set(push) == {"arg", "data"}
    row = push["data"][0]
    assert set(row) == {"pTime", "eventType", "balData", "posData", "trades"}
    return dict(row)


def _balances(row: dict[str, Any]) -> dict[str, str]:
    return {balance["ccy"]: balance["cashBal"] for balance in row["balData"]}


async def test_it_begins_with_all_that_is_there(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe(CASH)
        push = await client.next()
        assert push["arg"] == {**CASH, "uid": house.services.identity.uid(TRADER)}
        row = push["data"][0]
        assert (row["eventType"], row["posData"], row["trades"]) == ("snapshot", [], [])
        assert _balances(row) == {"USDT": "1000000", "BTC": "10", "QUIET": "10000"}
        assert {len(balance["uTime"]) for balance in row["balData"]} == {13}


async def test_a_fill_tells_both_currencies_and_its_trades(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe(CASH)
        await client.next()
        for price in (10_000, 10_010):
            await house.place(MAKER, SELL, price, 4)
        await house.place(TRADER, BUY, 10_010, 8)
        row = await _next(client)
        assert (row["eventType"], row["posData"]) == ("filled", [])
        assert row["trades"] == [
            {"instId": "QUIET-USDT", "tradeId": "100000001"},
            {"instId": "QUIET-USDT", "tradeId": "100000002"},
        ]
        form = house.services.catalogue.at(QUIET)
        for currency in (form.base, form.quote):
            cash = house.engine.views.balance(TRADER, currency.currency, TRADING).cash
            assert _balances(row)[currency.name] == currency.text(cash)
        await client.quiet(0.1)


async def test_orders_that_wait_change_no_cash(house: House) -> None:
    async with house.client("private", TRADER) as client:
        await client.subscribe(CASH)
        await client.next()
        order_id = await house.place(TRADER, BUY, 9_000, 4)
        amend = AmendOrder(account=TRADER, instrument=QUIET, order_id=order_id, new_size=2)
        assert (await house.engine.submit(amend)).rejection == 0
        await house.cancel(TRADER, order_id)
        await client.quiet(0.2)


async def test_money_that_enters_or_leaves_the_trading_ledger_is_a_transfer(house: House) -> None:
    out = Transfer(account=TRADER, currency=BITCOIN, amount=10 * 10**8, from_ledger=TRADING, to_ledger=FUNDING)
    back = Transfer(account=TRADER, currency=BITCOIN, amount=4 * 10**8, from_ledger=FUNDING, to_ledger=TRADING)
    moves: list[tuple[Command, dict[str, str]]] = [
        (out, {"BTC": "0"}),
        (back, {"BTC": "4"}),
        (Deposit(account=TRADER, currency=BITCOIN, ledger=TRADING, amount=10**8), {"BTC": "5"}),
        (CorrectBalance(0, TRADER, 0, 0, 1, 0, BITCOIN, TRADING, -(10**8)), {"BTC": "4"}),
        (Withdraw(account=TRADER, currency=USDT, ledger=TRADING, amount=10**8), {"USDT": "999999"}),
    ]
    async with house.client("private", TRADER) as client:
        await client.subscribe(CASH)
        await client.next()
        for command, balances in moves:
            assert (await house.engine.submit(command)).rejection == 0
            row = await _next(client)
            assert (row["eventType"], _balances(row), row["trades"]) == ("transferred", balances, []), command
        beside = Deposit(account=TRADER, currency=USDT, ledger=FUNDING, amount=10**8)
        assert (await house.engine.submit(beside)).rejection == 0
        await client.quiet(0.1)


async def test_nobody_hears_of_another_account_or_after_unsubscribing(house: House) -> None:
    async with house.client("private", OTHER) as other, house.client("private", TRADER) as client:
        for follower in (other, client):
            await follower.subscribe(CASH)
            await follower.next()
        assert (await client.ask({"op": "unsubscribe", "args": [CASH]}))["event"] == "unsubscribe"
        await house.place(MAKER, SELL, 10_000, 4)
        await house.place(TRADER, BUY, 10_000, 4)
        await client.quiet(0.1)
        await other.quiet(0.1)
