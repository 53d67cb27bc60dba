"""Channels about the house as a whole: instruments and maintenance."""

from typing import Any

from lonja.core.commands import ListInstrument, SetInstrumentState
from lonja.core.kinds import InstrumentState
from lonja.core.texts import Text32
from lonja.edge.maintenance import Maintenance, MaintenanceState
from tests.edge.ws.house import QUIET, House

SPOT = {"channel": "instruments", "instType": "SPOT"}
STATUS = {"channel": "status"}


async def test_a_changed_state_and_a_new_instrument_are_told(house: House) -> None:
    async with house.client("public") as client, house.client("public") as derivatives:
        await client.subscribe(SPOT)
        await derivatives.subscribe({"channel": "instruments", "instType": "SWAP"})
        await client.quiet(0.1)
        suspend = SetInstrumentState(instrument=QUIET, state=InstrumentState.SUSPENDED)
        assert (await house.engine.submit(suspend)).rejection == 0
        push = await client.next()
        assert push["arg"] == SPOT
        row = push["data"][0]
        assert (row["instId"], row["state"], row["instIdCode"], row["tickSz"]) == (
            "QUIET-USDT", "suspend", 10_001, "0.01",
        )  # fmt: skip
        listing = ListInstrument(
            instrument_id=Text32("BTC-QUIET"), base=1, quote=2, settle=2, price_scale=1, size_scale=8,
            size_min=1_000, size_limit_max=10**13, size_market_max=10**12, amount_market_max=10**14,
        )  # fmt: skip
        assert (await house.engine.submit(listing)).rejection == 0
        row = (await client.next())["data"][0]
        assert (row["instId"], row["state"], row["baseCcy"], row["quoteCcy"]) == ("BTC-QUIET", "live", "BTC", "QUIET")
        await client.subscribe({"channel": "tickers", "instId": "BTC-QUIET"})
        assert (await client.next())["arg"]["instId"] == "BTC-QUIET"
        await derivatives.quiet(0.1)


async def test_a_pair_that_is_traded_on_margin_is_told_as_both(pooled: House) -> None:
    margin = {"channel": "instruments", "instType": "MARGIN"}
    async with pooled.client("public") as client, pooled.client("public") as pairs:
        await client.subscribe(margin)
        await pairs.subscribe(SPOT)
        suspend = SetInstrumentState(instrument=QUIET, state=InstrumentState.SUSPENDED)
        assert (await pooled.engine.submit(suspend)).rejection == 0
        for reader, arg in ((client, margin), (pairs, SPOT)):
            push = await reader.next()
            row = push["data"][0]
            assert (push["arg"], row["instType"], row["state"]) == (arg, arg["instType"], "suspend")


REFUSED_TYPES: list[Any] = [None, "", "ANY", "HOUSE", 5, ["SPOT"]]


async def test_a_type_must_be_named(house: House) -> None:
    async with house.client("public") as client:
        for instrument_type in REFUSED_TYPES:
            arg = {"channel": "instruments", "instType": instrument_type}
            answer = await client.ask({"op": "subscribe", "args": [arg]})
            assert (answer["event"], answer["code"]) == ("error", "60018"), instrument_type


async def test_maintenance_begins_with_the_latest_announcement(house: House) -> None:
    planned = Maintenance("Upgrade", MaintenanceState.SCHEDULED, 2_000_000_000_000, None, 1_900_000_000_000)
    board = house.services.maintenance
    async with house.client("public") as early, house.client("public") as late:
        await early.subscribe(STATUS)
        await early.quiet(0.1)
        board.announce(planned)
        push = await early.next()
        assert push["arg"] == STATUS
        row = push["data"][0]
        assert (row["title"], row["state"], row["begin"], row["end"], row["ts"]) == (
            "Upgrade", "scheduled", "2000000000000", "", "1900000000000",
        )  # fmt: skip
        board.announce(planned._replace(state=MaintenanceState.COMPLETED, end_ms=2_000_000_060_000))
        assert ((await early.next())["data"][0]["state"]) == "completed"
        await late.subscribe(STATUS)
        row = (await late.next())["data"][0]
        assert (row["state"], row["end"]) == ("completed", "2000000060000")
    assert [known.state for known in board.announced()] == [MaintenanceState.COMPLETED]
