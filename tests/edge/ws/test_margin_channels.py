"""Private channels of positions in pairs: orders, positions, cash and warnings, told to their owner alone."""

from typing import Any

from lonja.core.algo_commands import PlaceAlgo
from lonja.core.collateral_commands import OpenPocket, SetCurrencyPrice
from lonja.core.commands import Command, ConfigureAccount, PlaceOrder, Transfer
from lonja.core.margin_commands import OpenCrossPocket
from tests.edge.ws.house import BUY, MAKER, QUIET, SELL, TRADER, Client, House

DOLLAR, TOKEN, UNIT = 0, 2, 10**8
POSITIONS = {"channel": "positions", "instType": "MARGIN"}


async def done(house: House, command: Command) -> int:
    outcome = await house.engine.submit(command)
    assert outcome.rejection == 0
    return outcome.id


async def fund(house: House) -> int:
    """A pocket of the trader with 1,000 USDT in it."""
    pocket = await done(house, OpenPocket(account=TRADER, instrument=QUIET))
    await done(
        house,
        Transfer(account=TRADER, currency=DOLLAR, amount=1_000 * UNIT, from_ledger=1, to_ledger=1, to_account=pocket),
    )
    return pocket


async def buy(house: House, pocket: int) -> int:
    """40 QUIET at 100, of which the pocket owns a quarter."""
    await done(house, PlaceOrder(account=MAKER, instrument=QUIET, side=SELL, price=10_000, size=40_000))
    return await done(house, PlaceOrder(account=pocket, instrument=QUIET, side=BUY, price=10_000, size=40_000))


async def row_of(client: Client) -> dict[str, Any]:
    return dict((await client.next())["data"][0])


async def test_a_position_is_told_when_it_is_opened_and_when_it_ends(pooled: House) -> None:
    pocket = await fund(pooled)
    async with pooled.client("private", TRADER) as client, pooled.client("private", TRADER) as swaps:
        await client.subscribe(POSITIONS)
        assert (await client.next())["data"] == []
        await swaps.subscribe({"channel": "positions", "instType": "SWAP"})
        assert (await swaps.next())["data"] == []
        await buy(pooled, pocket)
        row = await row_of(client)
        assert (row["instType"], row["pos"], row["posCcy"], row["liab"], row["liabCcy"]) == (
            "MARGIN", "39.96", "QUIET", "-3000", "USDT",
        )  # fmt: skip
        assert row["pTime"]
        await done(pooled, SetCurrencyPrice(currency=TOKEN, price=78 * 10**12))
        row = await row_of(client)
        assert (row["pos"], row["posCcy"], row["liab"]) == ("0", "", "0")
        await swaps.quiet(0.1)


async def test_what_protects_a_position_is_told_its_owner(pooled: House) -> None:
    pocket = await fund(pooled)
    await buy(pooled, pocket)
    async with pooled.client("business", TRADER) as client, pooled.client("business", MAKER) as stranger:
        for one in (client, stranger):
            await one.subscribe({"channel": "orders-algo", "instType": "MARGIN"})
        stop = PlaceAlgo(account=pocket, instrument=QUIET, side=SELL, size=39_000, loss_trigger=9_000)
        await done(pooled, stop)
        row = await row_of(client)
        told = [row[name] for name in ("instType", "instId", "tdMode", "side", "sz", "slTriggerPx", "reduceOnly")]
        assert told == ["MARGIN", "QUIET-USDT", "isolated", "sell", "39", "90", "true"]
        await stranger.quiet(0.1)


async def test_everybody_is_told_of_a_liquidation_whose_it_is_not(pooled: House) -> None:
    await buy(pooled, await fund(pooled))
    arg = {"channel": "liquidation-orders", "instType": "MARGIN"}
    async with pooled.client("public") as client, pooled.client("public") as swaps:
        await client.subscribe(arg)
        await swaps.subscribe({**arg, "instType": "SWAP"})
        await done(pooled, SetCurrencyPrice(currency=TOKEN, price=78 * 10**12))
        push = await client.next()
        assert push["arg"] == arg
        (row,) = push["data"]
        assert (row["instType"], row["instId"], row["uly"], row["instFamily"]) == ("MARGIN", "QUIET-USDT", "", "")
        (detail,) = row["details"]
        told = [detail[name] for name in ("side", "posSide", "bkPx", "sz", "bkLoss", "ccy")]
        assert told == ["sell", "net", "78", "40", "", "QUIET"]
        await swaps.quiet(0.1)


async def test_a_snapshot_has_what_is_held(pooled: House) -> None:
    await buy(pooled, await fund(pooled))
    wishes: list[tuple[dict[str, str], int]] = [
        (POSITIONS, 1),
        ({"channel": "positions", "instType": "ANY"}, 1),
        ({**POSITIONS, "instId": "QUIET-USDT"}, 1),
        ({"channel": "positions", "instType": "FUTURES"}, 0),
    ]
    for wish, count in wishes:
        async with pooled.client("private", TRADER) as client:
            await client.subscribe(wish)
            assert len((await client.next())["data"]) == count
    async with pooled.client("private", MAKER) as stranger:
        await stranger.subscribe(POSITIONS)
        assert (await stranger.next())["data"] == []


async def test_orders_and_cash_tell_what_they_belong_to(pooled: House) -> None:
    pocket = await fund(pooled)
    async with pooled.client("private", TRADER) as client, pooled.client("private", TRADER) as cash:
        await client.subscribe({"channel": "orders", "instType": "MARGIN"})
        await cash.subscribe({"channel": "balance_and_position"})
        await row_of(cash)
        order = await buy(pooled, pocket)
        for state in ("live", "filled"):
            row = await row_of(client)
            assert (row["ordId"], row["state"], row["instType"], row["tdMode"]) == (
                str(order), state, "MARGIN", "isolated",
            )  # fmt: skip
        row = await row_of(cash)
        (position,) = row["posData"]
        assert (row["eventType"], row["balData"]) == ("filled", [])
        assert (position["instType"], position["pos"], position["baseBal"], position["quoteBal"]) == (
            "MARGIN", "39.96", "39.96", "-3000",
        )  # fmt: skip


async def test_margin_that_comes_is_told_with_both_its_ends(pooled: House) -> None:
    async with pooled.client("private", TRADER) as client:
        await client.subscribe({"channel": "balance_and_position"})
        await row_of(client)
        await fund(pooled)
        row = await row_of(client)
        assert [(balance["ccy"], balance["cashBal"]) for balance in row["balData"]] == [("USDT", "999000")]
        assert [position["quoteBal"] for position in row["posData"]] == ["1000"]
        await client.subscribe({"channel": "account"})
        detail = {one["ccy"]: one for one in (await row_of(client))["details"]}["USDT"]
        assert (detail["cashBal"], detail["isoEq"]) == ("999000", "1000")


async def test_its_owner_is_warned(pooled: House) -> None:
    await buy(pooled, await fund(pooled))
    async with pooled.client("private", TRADER) as client:
        await client.subscribe({"channel": "liquidation-warning", "instType": "ANY"})
        await done(pooled, SetCurrencyPrice(currency=TOKEN, price=85 * 10**12))
        row = await row_of(client)
        # 39.96 at 85 less 3,000, over 5.1 % of 3,000.
        assert (row["instType"], row["instId"], row["mgnRatio"], row["pos"]) == (
            "MARGIN", "QUIET-USDT", "2.592156", "39.96",
        )  # fmt: skip
        assert (row["markPx"], row["posCcy"]) == ("85", "QUIET")


async def test_a_cross_position_that_is_taken_over_is_told(pooled: House) -> None:
    await done(pooled, ConfigureAccount(account=TRADER, account_mode=2))
    pocket = await done(pooled, OpenCrossPocket(account=TRADER, instrument=QUIET, currency=DOLLAR))
    views = pooled.engine.views
    await buy(pooled, pocket)
    for currency in (DOLLAR, TOKEN):
        left = views.margin(TRADER, currency).spendable
        move = Transfer(account=TRADER, currency=currency, amount=left, from_ledger=1, to_ledger=0)
        await done(pooled, move)
    async with pooled.client("private", TRADER) as client, pooled.client("private", TRADER) as account:
        await client.subscribe(POSITIONS)
        assert (await row_of(client))["mgnMode"] == "cross"
        await account.subscribe({"channel": "account"})
        await row_of(account)
        await done(pooled, SetCurrencyPrice(currency=TOKEN, price=84 * 10**12))
        row = await row_of(client)
        assert (row["pos"], row["liab"], row["mgnMode"]) == ("0", "0", "cross")
        detail = {one["ccy"]: one for one in (await row_of(account))["details"]}["USDT"]
        assert float(detail["cashBal"]) == views.balance(TRADER, DOLLAR, 1).cash / UNIT
