"""The channels of balances in multi-currency mode: what is owed, told when it changes."""

from typing import Any

from lonja.core.collateral_commands import AccrueInterest, ChangeLoan, SetAutoBorrow, SetCurrencyPrice
from lonja.core.commands import Command, PlaceContractOrder
from tests.edge.ws.house import BUY, MAKER, QUIET_SWAP, SELL, TRADER, Client, House

ACCOUNT = {"channel": "account"}
CASH = {"channel": "balance_and_position"}
TOKEN, UNIT = 2, 10**8


async def done(house: House, command: Command) -> None:
    assert (await house.engine.submit(command)).rejection == 0


async def row_of(client: Client) -> dict[str, Any]:
    return dict((await client.next())["data"][0])


async def owe(house: House) -> None:
    """Let the trader owe 100 QUIET, at 100."""
    await done(house, SetAutoBorrow(account=TRADER, enabled=1))
    lots = (10_100 * UNIT) // 10**5
    for size in (lots - 500_000, 500_000):
        await house.place(MAKER, BUY, 9_900, size)
        await house.place(TRADER, SELL, 9_900, size)


async def test_the_account_channel_tells_what_is_owed(pooled: House) -> None:
    loan = ChangeLoan(account=TRADER, currency=TOKEN, amount=100 * UNIT)
    async with pooled.client("private", TRADER) as client:
        await client.subscribe(ACCOUNT)
        row = await row_of(client)
        assert (row["adjEq"], row["imr"], row["mgnRatio"]) == ("2390000", "0", "")
        await done(pooled, loan)
        row = await row_of(client)
        (detail,) = row["details"]
        assert (detail["ccy"], detail["cashBal"], detail["eq"], detail["liab"]) == ("QUIET", "10100", "10000", "100")
        assert (detail["coinUsdPrice"], detail["maxSpotInUseAmt"]) == ("100", "")
        await done(pooled, AccrueInterest(currency=TOKEN, rate=10**7, hour_ms=0))
        (detail,) = (await row_of(client))["details"]
        # 0.001 % of 100 in an hour.
        assert (detail["cashBal"], detail["eq"], detail["liab"]) == ("10099.999", "9999.999", "100")
        await done(pooled, loan._replace(amount=-100 * UNIT))
        (detail,) = (await row_of(client))["details"]
        assert (detail["cashBal"], detail["liab"]) == ("9999.999", "0")


async def test_interest_and_loans_are_told_beside_cash(pooled: House) -> None:
    loan = ChangeLoan(account=TRADER, currency=TOKEN, amount=100 * UNIT)
    async with pooled.client("private", TRADER) as client:
        await client.subscribe(CASH)
        await row_of(client)
        await done(pooled, loan)
        await done(pooled, AccrueInterest(currency=TOKEN, rate=10**7, hour_ms=0))
        for cause, cash in (("transferred", "10100"), ("interest_deduction", "10099.999")):
            row = await row_of(client)
            (balance,) = row["balData"]
            assert (row["eventType"], balance["ccy"], balance["cashBal"]) == (cause, "QUIET", cash)


async def test_nobody_hears_of_the_debts_of_others(pooled: House) -> None:
    async with pooled.client("private", MAKER) as client:
        for channel in (ACCOUNT, CASH):
            await client.subscribe(channel)
            await row_of(client)
        await done(pooled, ChangeLoan(account=TRADER, currency=TOKEN, amount=100 * UNIT))
        await client.quiet(0.2)


async def test_what_a_liquidation_takes_is_told(pooled: House) -> None:
    await owe(pooled)
    async with pooled.client("private", TRADER) as client:
        await client.subscribe(CASH)
        row = await row_of(client)
        assert {one["ccy"]: one["cashBal"] for one in row["balData"]}["QUIET"] == "-100"
        await done(pooled, SetCurrencyPrice(currency=TOKEN, price=24_500 * 10**12))
        row = await row_of(client)
        assert row["eventType"] == "liquidation"
        told = {one["ccy"]: one["cashBal"] for one in row["balData"]}
        assert set(told) == {"USDT", "BTC", "QUIET"}
        balances = {view.currency: view.cash for view in pooled.engine.views.balances(TRADER) if view.ledger == 1}
        forms = pooled.services.catalogue
        assert told == {forms.currency(code).name: forms.currency(code).text(balances[code]) for code in (0, 1, TOKEN)}
        assert balances[TOKEN] > -100 * UNIT


async def test_positions_are_warned_together(pooled: House) -> None:
    await done(pooled, SetAutoBorrow(account=TRADER, enabled=1))
    for account, side in ((MAKER, SELL), (TRADER, BUY)):
        order = PlaceContractOrder(account=account, instrument=QUIET_SWAP, side=side, price=10_000, size=100)
        await done(pooled, order)
    await owe(pooled)
    async with pooled.client("private", TRADER) as client, pooled.client("private", MAKER) as other:
        for one in (client, other):
            await one.subscribe({"channel": "liquidation-warning", "instType": "ANY"})
        # 2,400,000 owed of 2,488,900, and 3 % of that required.
        await done(pooled, SetCurrencyPrice(currency=TOKEN, price=24_000 * 10**12))
        push = await client.next()
        (row,) = push["data"]
        assert (push["arg"]["channel"], row["instId"], row["mgnMode"]) == (
            "liquidation-warning",
            "QUIET-USDT-SWAP",
            "cross",
        )
        assert row["mgnRatio"].startswith("1.23")
        await other.quiet(0.1)
