"""Public channels of contracts over a real socket: prices, open interest, funding, estimates, liquidations, funds."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lonja.core.commands import DeliverContract, EndowFund, SetInstrumentState, SettleFunding
from lonja.core.kinds import InstrumentState
from lonja.edge.ws import hub, reference_feed
from tests.edge.ws.contract_trading import ISOLATED, done, index, leverage, list_dated, order, trade
from tests.edge.ws.house import (
    BUY,
    MAKER,
    QUIET_DATED,
    QUIET_SWAP,
    QUIET_USD_SWAP,
    SELL,
    TRADER,
    Client,
    House,
    open_house,
)

SWAP, INVERSE, DATED = "QUIET-USDT-SWAP", "QUIET-USD-SWAP", "QUIET-USDT-991231"


@pytest.fixture
async def brisk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house with contracts, in which a round of a second takes a tenth of one."""
    monkeypatch.setattr(hub, "ROUND_S", 0.1)
    async with open_house(tmp_path, with_contracts=True) as running:
        yield running


async def _row(client: Client) -> Any:
    push = await client.next()
    assert set(push) == {"arg", "data"}
    assert len(push["data"]) == 1
    return push["data"][0]


async def test_marks_and_limits_of_contracts_follow_what_the_engine_is_told(futures: House) -> None:
    async with futures.client("public") as marks, futures.client("public") as limits:
        await marks.subscribe({"channel": "mark-price", "instId": SWAP})
        await limits.subscribe({"channel": "price-limit", "instId": SWAP})
        row, limit = await _row(marks), await _row(limits)
        assert (row["instType"], row["instId"], row["markPx"]) == ("SWAP", SWAP, "100")
        assert (limit["instType"], limit["buyLmt"], limit["sellLmt"], limit["enabled"]) == ("SWAP", "105", "95", True)
        await index(futures, 9_750)
        assert (await _row(marks))["markPx"] == "97.5"
        limit = await _row(limits)
        assert (limit["buyLmt"], limit["sellLmt"]) == ("102.37", "92.63")
        await futures.services.conductor.turn()
        await marks.quiet(0.3)
        await limits.quiet(0.1)


async def test_an_index_that_no_spot_pair_has_can_be_followed(brisk: House) -> None:
    async with brisk.client("public") as client, brisk.client("business") as candles:
        await client.subscribe({"channel": "index-tickers", "instId": "QUIET-USD"})
        await candles.subscribe({"channel": "index-candle1D", "instId": "QUIET-USD"})
        row = await _row(client)
        assert (row["instId"], row["idxPx"], row["open24h"]) == ("QUIET-USD", "100", "100")
        assert (await _row(candles))[1:] == ["100", "100", "100", "100", "0"]
        await index(brisk, 9_750, "QUIET-USD")
        row = await _row(client)
        assert (row["instId"], row["idxPx"], row["open24h"], row["low24h"]) == ("QUIET-USD", "97.5", "100", "97.5")
        push = await candles.next()
        assert push["arg"] == {"channel": "index-candle1D", "instId": "QUIET-USD"}
        assert push["data"][0][1:] == ["100", "100", "97.5", "97.5", "0"]


async def test_candles_of_marks_are_the_contracts_own(brisk: House) -> None:
    arg = {"channel": "mark-price-candle1D", "instId": SWAP}
    async with brisk.client("business") as client:
        await client.subscribe(arg)
        assert (await _row(client))[1:] == ["100", "100", "100", "100", "0"]
        await index(brisk, 9_900)
        push = await client.next()
        assert push["arg"] == arg
        assert push["data"][0][1:] == ["100", "100", "99", "99", "0"]


@pytest.mark.parametrize(
    ("instrument", "code", "before", "after"),
    [
        (SWAP, QUIET_SWAP, ("0", "0", "0"), ("3", "3", "300")),
        (INVERSE, QUIET_USD_SWAP, ("0", "0", "0"), ("30", "3", "300")),
    ],
)
async def test_open_interest_counts_each_lot_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instrument: str, code: int, before: Any, after: Any
) -> None:
    assert reference_feed.INTERVALS_S["open-interest"] == 3.0
    monkeypatch.setitem(reference_feed.INTERVALS_S, "open-interest", 0.1)
    async with open_house(tmp_path, with_contracts=True) as house, house.client("public") as client:
        await client.subscribe({"channel": "open-interest", "instId": instrument})
        row = await _row(client)
        assert (row["instType"], row["oi"], row["oiCcy"], row["oiUsd"]) == ("SWAP", *before)
        await trade(house, 10_000, 30, instrument=code)
        row = await _row(client)
        assert (row["oi"], row["oiCcy"], row["oiUsd"]) == after
        await order(house, TRADER, BUY, 9_900, 10, instrument=code)
        await client.quiet(0.3)


async def test_funding_is_told_at_once_after_a_settlement_and_now_and_then(
    brisk: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    arg = {"channel": "funding-rate", "instId": SWAP}
    async with brisk.client("public") as client:
        await client.subscribe(arg)
        row = await _row(client)
        assert (row["instType"], row["instId"], row["method"]) == ("SWAP", SWAP, "current_period")
        assert (row["fundingRate"], row["nextFundingRate"], row["settFundingRate"]) == ("0.0001", "", "")
        assert (row["minFundingRate"], row["maxFundingRate"], row["interestRate"]) == ("-0.0075", "0.0075", "0.0001")
        assert int(row["nextFundingTime"]) - int(row["fundingTime"]) == 8 * 3_600_000
        await done(brisk, SettleFunding(instrument=QUIET_SWAP, rate=-25_000_000))
        assert (await _row(client))["settFundingRate"] == "-0.000025"
        monkeypatch.setattr(reference_feed, "FUNDING_S", 0.5)
        assert (await _row(client))["settFundingRate"] == "-0.000025"


async def test_a_contract_is_listed_suspended_and_delivered(futures: House) -> None:
    async with futures.client("public") as client, futures.client("public") as swaps:
        await client.subscribe({"channel": "instruments", "instType": "FUTURES"})
        await swaps.subscribe({"channel": "instruments", "instType": "SWAP"})
        code, expiry_ms = await list_dated(futures, "QUIET-USDT-991230", 20)
        row = await _row(client)
        assert (row["instType"], row["instId"], row["state"], row["expTime"]) == (
            "FUTURES", "QUIET-USDT-991230", "live", str(expiry_ms),
        )  # fmt: skip
        assert (row["ctVal"], row["ctValCcy"], row["settleCcy"], row["ctType"]) == ("1", "QUIET", "USDT", "linear")
        await done(futures, SetInstrumentState(instrument=code, state=InstrumentState.SUSPENDED))
        assert (await _row(client))["state"] == "suspend"
        await done(futures, DeliverContract(instrument=QUIET_DATED, price=10_000))
        row = await _row(client)
        assert (row["instId"], row["state"]) == (DATED, "expired")
        assert futures.services.market_data.is_delisted(QUIET_DATED)
        await swaps.quiet(0.1)


async def test_market_data_counts_contracts_and_what_they_are_worth(brisk: House) -> None:
    """Two and a half contracts of 1 QUIET, and five of 10 USD, both at 100."""
    expected = {SWAP: (QUIET_SWAP, 25, "2.5", "2.5", "250"), INVERSE: (QUIET_USD_SWAP, 5, "5", "0.5", "50")}
    async with brisk.client("public") as client, brisk.client("business") as business:
        for name, (code, lots, size, base, quote) in expected.items():
            await client.subscribe(
                *({"channel": channel, "instId": name} for channel in ("tickers", "trades", "books"))
            )
            await business.subscribe(*({"channel": channel, "instId": name} for channel in ("trades-all", "candle1D")))
            await trade(brisk, 10_000, lots, instrument=code)
            await order(brisk, MAKER, SELL, 10_100, lots, instrument=code)
            pushed = {push["arg"]["channel"]: push["data"][0] for push in await _until_book_and_ticker(client, size)}
            ticker = pushed["tickers"]
            assert (ticker["instType"], ticker["vol24h"], ticker["volCcy24h"]) == ("SWAP", size, base)
            assert (ticker["last"], ticker["lastSz"], ticker["askSz"]) == ("100", size, size)
            assert (pushed["trades"]["px"], pushed["trades"]["sz"]) == ("100", size)
            assert pushed["books"]["asks"] == [["101", size, "0", "1"]]
            assert (await business.next_of("trades-all"))["data"][0]["sz"] == size
            candle = (await business.next_of("candle1D"))["data"][0]
            assert candle[1:] == ["100", "100", "100", "100", size, base, quote, "0"]


async def _until_book_and_ticker(client: Client, size: str) -> list[Any]:
    """What comes until a ticker offers ``size``."""
    pushes = [await client.next()]
    while pushes[-1]["arg"]["channel"] != "tickers" or pushes[-1]["data"][0]["askSz"] != size:
        pushes.append(await client.next())
    return pushes


async def _near_the_end(house: House) -> str:
    """A contract in its last minutes, whose index was seen at 100 and then at 100.5."""
    name = "QUIET-USDT-991230"
    await list_dated(house, name, 20)
    await index(house, 10_050)
    while house.services.conductor.delivery_estimate(QUIET_DATED + 1) is None:
        await house.services.conductor.turn()
    return name


async def test_the_delivery_price_is_estimated_in_the_last_minutes(brisk: House) -> None:
    by_family = {"channel": "estimated-price", "instType": "FUTURES", "instFamily": "QUIET-USDT"}
    async with brisk.client("public") as client, brisk.client("public") as late:
        await client.subscribe(by_family)
        await client.quiet(0.3)
        name = await _near_the_end(brisk)
        push = await client.next()
        assert push["arg"] == by_family
        row = push["data"][0]
        assert (row["instType"], row["instId"], row["settleType"]) == ("FUTURES", name, "delivery")
        assert 100 <= float(row["settlePx"]) <= 100.5
        by_name = {"channel": "estimated-price", "instType": "FUTURES", "instId": name}
        await late.subscribe(by_name)
        assert (await late.next())["data"][0]["instId"] == name
        times = [int((await client.next())["data"][0]["ts"]) for _ in range(3)]
        assert times == sorted(set(times))


async def _crash(house: House) -> None:
    """A long of ten contracts at 100 times its margin, taken over far below where it was worth nothing."""
    await leverage(house, TRADER, 10_000)
    await order(house, MAKER, SELL, 10_000, 100)
    await order(house, TRADER, BUY, 10_000, 100, margin_mode=ISOLATED)
    await index(house, 9_500)


async def test_a_liquidation_is_told_with_its_size_and_bankruptcy_price(futures: House) -> None:
    arg = {"channel": "liquidation-orders", "instType": "SWAP"}
    dated = {"channel": "liquidation-orders", "instType": "FUTURES"}
    async with futures.client("public") as client, futures.client("public") as other:
        await client.subscribe(arg)
        await other.subscribe(dated)
        await _crash(futures)
        push = await client.next()
        assert push["arg"] == arg
        row = push["data"][0]
        assert (row["instType"], row["instId"], row["uly"], row["instFamily"]) == (
            "SWAP", SWAP, "QUIET-USDT", "QUIET-USDT",
        )  # fmt: skip
        detail = row["details"][0]
        # A margin of 10 is gone at 99; the fund pays the other 40 of the loss, and the taker fee at 95.
        assert (detail["side"], detail["posSide"], detail["bkPx"], detail["sz"]) == ("sell", "net", "99", "10")
        assert detail["bkLoss"] == "40.475"
        await other.quiet(0.1)


async def _withdraw_fund(house: House, whole: int) -> None:
    """Let the fund of the linear swaps pay for a position that is worth so much less than its margin."""
    await leverage(house, TRADER, 10_000)
    await order(house, MAKER, SELL, 10_000, whole * 10)
    await order(house, TRADER, BUY, 10_000, whole * 10, margin_mode=ISOLATED)


async def test_security_funds_are_told_of_while_they_do_not_stand_well(brisk: House) -> None:
    family = {"channel": "adl-warning", "instType": "SWAP", "instFamily": "QUIET-USDT"}
    every = {"channel": "adl-warning", "instType": "SWAP"}
    elsewhere = {"channel": "adl-warning", "instType": "FUTURES", "instFamily": "QUIET-USDT"}
    async with (
        brisk.client("public") as client,
        brisk.client("public") as other,
        brisk.client("public") as late,
    ):
        await client.subscribe(family)
        await other.subscribe(elsewhere)
        await client.quiet(0.3)
        await _withdraw_fund(brisk, 1_000)
        await index(brisk, 9_500)
        push = await client.next()
        assert push["arg"] == family
        row = push["data"][0]
        assert (row["instType"], row["instFamily"], row["state"]) == ("SWAP", "QUIET-USDT", "adl")
        assert (row["ccy"], row["maxBal"], row["adlRate"]) == ("USDT", "10000", "0.3")
        assert 0 < int(row["maxBalTs"]) <= int(row["ts"])
        await late.subscribe(every)
        assert (await late.next())["data"][0]["state"] in {"adl", "warning"}
        assert (await client.next())["data"][0]["bal"] == row["bal"]
        await done(brisk, EndowFund(family=0, amount=20_000 * 10**8))
        states = [(await client.next())["data"][0]["state"]]
        while states[-1] != "normal":
            states.append((await client.next())["data"][0]["state"])
        assert set(states[:-1]) <= {"adl", "warning"}
        while (await late.next())["data"][0]["state"] != "normal":
            pass
        await client.quiet(0.3)
        await late.quiet(0.1)
        await other.quiet(0.1)


REFUSED: list[dict[str, str]] = [
    {"channel": "funding-rate", "instId": "QUIET-USDT"},
    {"channel": "funding-rate", "instId": DATED},
    {"channel": "open-interest", "instId": "QUIET-USDT"},
    {"channel": "open-interest", "instId": "NONE-USDT-SWAP"},
    {"channel": "index-tickers", "instId": SWAP},
    {"channel": "estimated-price", "instType": "FUTURES"},
    {"channel": "estimated-price", "instType": "ANY", "instFamily": "QUIET-USDT"},
    {"channel": "estimated-price", "instType": "FUTURES", "instFamily": "NONE-USDT"},
    {"channel": "estimated-price", "instType": "FUTURES", "instId": "QUIET-USDT"},
    {"channel": "estimated-price", "instType": "ANY", "instId": DATED},
    {"channel": "estimated-price", "instType": "FUTURES", "instFamily": "NONE-USDT", "instId": DATED},
    {"channel": "adl-warning"},
    {"channel": "adl-warning", "instType": "SWAP", "instFamily": "NONE-USDT"},
    {"channel": "liquidation-orders"},
]


async def test_what_cannot_be_followed_is_refused(futures: House) -> None:
    async with futures.client("public") as client:
        for arg in REFUSED:
            answer = await client.ask({"op": "subscribe", "args": [arg]})
            assert (answer["event"], answer.get("code")) == ("error", "60018"), arg
    assert futures.servers.hub.followed_channels() == 0


async def test_what_nobody_follows_any_more_is_forgotten(brisk: House) -> None:
    args: list[dict[str, str]] = [
        {"channel": "mark-price", "instId": SWAP},
        {"channel": "open-interest", "instId": SWAP},
        {"channel": "funding-rate", "instId": SWAP},
        {"channel": "estimated-price", "instType": "FUTURES", "instFamily": "QUIET-USDT"},
        {"channel": "liquidation-orders", "instType": "SWAP"},
        {"channel": "adl-warning", "instType": "SWAP"},
    ]
    async with brisk.client("public") as client:
        await client.subscribe(*args)
        assert brisk.servers.hub.followed_channels() == len(args)
        client.send({"op": "unsubscribe", "args": args})
        kinds = [message.get("event", "push") for message in [await client.next() for _ in range(9)]]
        assert kinds.count("unsubscribe") == len(args)
        await _crash(brisk)
        await client.quiet(0.3)
    assert brisk.servers.hub.followed_channels() == 0
