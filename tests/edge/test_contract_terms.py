"""What contracts are and how much of them is held: tiers, underlyings, limits, open interest, deliveries, other units."""

import json
from pathlib import Path

import pytest

from lonja.core.commands import DeliverContract, SetInstrumentState
from lonja.edge.wire import contracts as wire
from lonja.edge.wire import market
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.edge.contract_trading import done, trade
from tests.edge.house import (
    DATED_EXPIRY_MS,
    DATED_ID,
    QUIET_DATED,
    QUIET_SWAP,
    QUIET_USD_SWAP,
    START_MS,
    House,
)

LINEAR, INVERSE = "QUIET-USDT-SWAP", "QUIET-USD-SWAP"
SWAPS = {"instType": "SWAP"}
TIERS = {"instType": "SWAP", "tdMode": "cross"}


async def test_names_of_what_contracts_follow(futures: House) -> None:
    assert (await futures.get("public/underlying", instType="SWAP")).data == [["QUIET-USD", "QUIET-USDT"]]
    assert (await futures.get("public/underlying", instType="FUTURES")).data == [["QUIET-USDT"]]
    assert (await futures.get("public/underlying", instType="OPTION")).data == [[]]
    await done(futures, SetInstrumentState(instrument=QUIET_DATED, state=4))
    assert (await futures.get("public/underlying", instType="FUTURES")).data == [[]]


async def test_tiers_count_contracts_and_join_without_a_hole(futures: House, shared_folder: Path) -> None:
    rows = (await futures.get("public/position-tiers", **TIERS, instFamily="QUIET-USDT")).data
    told = [[row[name] for name in ("tier", "minSz", "maxSz", "mmr", "imr", "maxLever")] for row in rows]
    assert told == [
        ["1", "0", "1000", "0.005", "0.01", "100"],
        ["2", "1000.1", "5000", "0.01", "0.02", "50"],
        ["3", "5000.1", "20000", "0.02", "0.05", "20"],
    ]
    path = shared_folder / "fixtures/okx-v5/derived/nautilus-required-fields.json"
    required = set(json.loads(path.read_text())["structs"]["OKXPositionTier"]["required"])
    for row in rows:
        assert required <= set(row) == set(wire.POSITION_TIER_ROW)
        assert (row["uly"], row["instFamily"], row["instId"]) == ("QUIET-USDT", "QUIET-USDT", "")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"uly": "QUIET-USD"}, ["QUIET-USD"] * 3),
        ({"instFamily": "QUIET-USD,QUIET-USDT"}, ["QUIET-USDT"] * 3 + ["QUIET-USD"] * 3),
        ({"instFamily": "QUIET-USD", "uly": "QUIET-USD"}, ["QUIET-USD"] * 3),
        ({"instFamily": "QUIET-USD", "tier": "2"}, ["QUIET-USD"]),
        ({"instFamily": "QUIET-USD", "tier": "4"}, []),
        ({"instId": INVERSE}, ["QUIET-USD"] * 3),
        ({"instId": LINEAR, "instType": "FUTURES"}, ["QUIET-USDT"] * 3),
        ({"instFamily": "QUIET-USD", "instType": "FUTURES"}, []),
        ({"instFamily": "QUIET-USD", "instType": "OPTION"}, []),
        ({"instId": "QUIET-USDT", "instType": "MARGIN"}, []),
        ({"ccy": "USDT", "instType": "MARGIN"}, []),
    ],
)
async def test_which_tiers(futures: House, asked: dict[str, str], found: list[str]) -> None:
    rows = (await futures.get("public/position-tiers", **(TIERS | asked))).data
    assert [row["instFamily"] for row in rows] == found


async def test_open_interest_in_contracts_and_both_currencies(futures: House) -> None:
    await trade(futures, QUIET_SWAP, 10_000, 25)
    await trade(futures, QUIET_USD_SWAP, 10_000, 30)
    await futures.index(9_750)
    linear, inverse = (await futures.get("public/open-interest", **SWAPS)).data
    assert linear == {
        "instType": "SWAP", "instId": LINEAR, "oi": "2.5", "oiCcy": "2.5", "oiUsd": "243.75", "ts": str(START_MS),
    }  # fmt: skip
    assert (inverse["oi"], inverse["oiCcy"], inverse["oiUsd"]) == ("30", "3", "300")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"instFamily": "QUIET-USD"}, [INVERSE]),
        ({"uly": "QUIET-USDT"}, [LINEAR]),
        ({"instId": LINEAR, "uly": "QUIET-USDT"}, [LINEAR]),
        ({"instId": LINEAR, "uly": "QUIET-USD"}, []),
        ({"instType": "FUTURES"}, [DATED_ID]),
        ({"instType": "OPTION"}, []),
    ],
)
async def test_which_open_interest(futures: House, asked: dict[str, str], found: list[str]) -> None:
    assert [row["instId"] for row in (await futures.get("public/open-interest", **(SWAPS | asked))).data] == found


async def test_price_limits_lie_around_the_mark(futures: House) -> None:
    await futures.index(9_800)
    row = (await futures.get("public/price-limit", instId=LINEAR)).row
    assert set(row) == set(market.PRICE_LIMIT_ROW)
    assert row == {
        "instType": "SWAP", "instId": LINEAR, "buyLmt": "102.9", "sellLmt": "93.1", "ts": str(START_MS), "enabled": True,
    }  # fmt: skip


async def test_a_delivery_price_is_estimated_in_the_last_minutes(futures: House) -> None:
    assert (await futures.get("public/estimated-price", instId=DATED_ID)).data == []
    assert (await futures.get("public/estimated-price", instId=LINEAR)).data == []
    begin_ms = DATED_EXPIRY_MS - 30 * MINUTE_MS
    futures.clock.set_ms(begin_ms)
    await futures.index(10_000)
    futures.clock.set_ms(begin_ms + 10 * MINUTE_MS)
    await futures.index(10_300)
    futures.clock.set_ms(begin_ms + 15 * MINUTE_MS)
    await futures.index(10_300)
    row = (await futures.get("public/estimated-price", instId=DATED_ID)).row
    assert row == {
        "instType": "FUTURES", "instId": DATED_ID, "settlePx": "101", "ts": str(begin_ms + 15 * MINUTE_MS),
    }  # fmt: skip


async def test_delivered_contracts_are_told_by_family_and_expiry(futures: House) -> None:
    asked = {"instType": "FUTURES", "instFamily": "QUIET-USDT"}
    assert (await futures.get("public/delivery-exercise-history", **asked)).data == []
    # It came a little late, and is still told under the time at which it was due.
    futures.clock.set_ms(DATED_EXPIRY_MS + 40)
    await done(futures, DeliverContract(instrument=QUIET_DATED, price=10_120))
    row = (await futures.get("public/delivery-exercise-history", **asked)).row
    assert row == {
        "ts": str(DATED_EXPIRY_MS),
        "details": [{"insId": DATED_ID, "px": "101.2", "type": "delivery"}],
    }
    for page, count in (
        ({"after": DATED_EXPIRY_MS}, 0),
        ({"after": DATED_EXPIRY_MS + 1}, 1),
        ({"before": DATED_EXPIRY_MS}, 0),
        ({"before": DATED_EXPIRY_MS - 1}, 1),
        ({"uly": "QUIET-USD"}, 0),
        ({"instType": "OPTION"}, 0),
    ):
        assert len((await futures.get("public/delivery-exercise-history", **(asked | page))).data) == count


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        # A linear contract is one coin, a lot a tenth of it.
        ({"instId": LINEAR, "sz": "2.54"}, "2.5"),
        ({"instId": LINEAR, "sz": "2.55"}, "2.6"),
        ({"instId": LINEAR, "sz": "2.59", "opType": "open"}, "2.5"),
        ({"instId": LINEAR, "sz": "300", "px": "120", "unit": "usds"}, "2.5"),
        ({"instId": LINEAR, "sz": "2.5", "type": "2"}, "2.5"),
        ({"instId": LINEAR, "sz": "2.5", "type": "2", "px": "120", "unit": "usds"}, "300"),
        # An inverse contract is ten dollars.
        ({"instId": INVERSE, "sz": "1.5", "px": "100", "type": "1"}, "15"),
        ({"instId": INVERSE, "sz": "159.9", "unit": "usds"}, "16"),
        ({"instId": INVERSE, "sz": "159.9", "unit": "usds", "opType": "open"}, "15"),
        ({"instId": INVERSE, "sz": "15", "px": "90", "type": "2"}, "1.66666666"),
        ({"instId": INVERSE, "sz": "15", "unit": "usds", "type": "2"}, "150"),
    ],
)
async def test_contracts_as_amounts_and_back(futures: House, asked: dict[str, str], size: str) -> None:
    row = (await futures.get("public/convert-contract-coin", **asked)).row
    told = {"type": "1", "unit": "coin", "px": ""} | {name: asked[name] for name in asked if name != "opType"}
    assert row == {**told, "sz": size}


@pytest.mark.parametrize(
    ("path", "asked", "code"),
    [
        ("public/position-tiers", TIERS, "50015"),
        ("public/position-tiers", {**TIERS, "instFamily": "A,B,C,D,E,F"}, "50025"),
        ("public/position-tiers", {**TIERS, "instFamily": "QUIET-USD", "tier": "0"}, "51000"),
        ("public/convert-contract-coin", {"instId": INVERSE, "sz": "1"}, "50014"),
        ("public/convert-contract-coin", {"instId": INVERSE, "sz": "1", "px": "0"}, "50014"),
        ("public/convert-contract-coin", {"instId": LINEAR, "sz": "1", "unit": "usds"}, "50014"),
        ("public/convert-contract-coin", {"instId": LINEAR, "sz": "1e3"}, "51000"),
        ("public/convert-contract-coin", {"instId": "QUIET-USDT", "sz": "1"}, "51000"),
        ("public/delivery-exercise-history", {"instType": "FUTURES", "uly": "X", "after": "x"}, "51000"),
    ],
)
async def test_what_is_refused(futures: House, path: str, asked: dict[str, str], code: str) -> None:
    reply = await futures.get(path, **asked)
    assert (reply.code, reply.data) == (code, [])


async def test_a_contract_that_is_not_sampled_has_no_estimate(futures: House) -> None:
    futures.clock.set_ms(DATED_EXPIRY_MS - HOUR_MS)
    await futures.index(10_000)
    assert (await futures.get("public/estimated-price", instId=DATED_ID)).data == []
