"""Funding on REST: what is expected, what was settled at which boundary, and the premiums behind it."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lonja.core.commands import SettleFunding
from lonja.core.kinds import Side
from lonja.edge.services import EdgeSettings
from lonja.edge.wire import contracts as wire
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.edge.contract_trading import done, leave
from tests.edge.house import DATED_ID, QUIET_SWAP, START_MS, House, open_house

LINEAR, INVERSE = "QUIET-USDT-SWAP", "QUIET-USD-SWAP"
EIGHT_HOURS = 8 * HOUR_MS
FIRST = START_MS - START_MS % EIGHT_HOURS + EIGHT_HOURS
"""The first boundary of funding after the start."""


async def test_what_is_expected(futures: House) -> None:
    row = (await futures.get("public/funding-rate", instId=LINEAR)).row
    assert set(row) == set(wire.FUNDING_RATE_ROW)
    assert {name: row[name] for name in ("instType", "fundingRate", "nextFundingRate", "interestRate")} == {
        "instType": "SWAP", "fundingRate": "0.0001", "nextFundingRate": "", "interestRate": "0.0001",
    }  # fmt: skip
    assert (row["fundingTime"], row["nextFundingTime"]) == (str(FIRST), str(FIRST + EIGHT_HOURS))
    assert (row["minFundingRate"], row["maxFundingRate"]) == ("-0.0075", "0.0075")
    assert (row["settFundingRate"], row["impactValue"]) == ("", "1000")


async def test_all_at_once(futures: House) -> None:
    rows = (await futures.get("public/funding-rate", instId="ANY")).data
    assert [row["instId"] for row in rows] == [LINEAR, INVERSE]


@pytest.mark.parametrize("name", ["QUIET-USDT", DATED_ID])
async def test_only_perpetual_contracts_have_funding(futures: House, name: str) -> None:
    for path in ("public/funding-rate", "public/funding-rate-history", "public/premium-history"):
        assert (await futures.get(path, instId=name)).code == "51001"


async def _settle(house: House, *boundaries_and_rates: tuple[int, int]) -> None:
    """Settle funding at some times; rates in millionths."""
    for time_ms, rate in boundaries_and_rates:
        house.clock.set_ms(time_ms)
        await done(house, SettleFunding(instrument=QUIET_SWAP, rate=rate * 10**6))


def _told(rows: Any) -> list[tuple[int, str]]:
    return [(int(row["fundingTime"]), row["realizedRate"]) for row in rows]


async def test_what_was_settled_newest_first_under_its_boundary(futures: House) -> None:
    # The second came a quarter of a second late.
    await _settle(futures, (FIRST, 100), (FIRST + EIGHT_HOURS + 250, -25))
    rows = (await futures.get("public/funding-rate-history", instId=LINEAR)).data
    assert _told(rows) == [(FIRST + EIGHT_HOURS, "-0.000025"), (FIRST, "0.0001")]
    for row in rows:
        assert set(row) == set(wire.PAST_FUNDING_ROW)
        assert (row["instType"], row["method"], row["fundingRate"]) == ("SWAP", "current_period", row["realizedRate"])
    assert (await futures.get("public/funding-rate", instId=LINEAR)).row["settFundingRate"] == "-0.000025"
    assert (await futures.get("public/funding-rate-history", instId=INVERSE)).data == []


async def test_boundaries_that_were_settled_late_keep_their_times(futures: House) -> None:
    late = FIRST + 2 * EIGHT_HOURS + HOUR_MS
    await _settle(futures, (FIRST, 1), (late, 2), (late, 3))
    rows = (await futures.get("public/funding-rate-history", instId=LINEAR)).data
    assert [time_ms for time_ms, _ in _told(rows)] == [FIRST + 2 * EIGHT_HOURS, FIRST + EIGHT_HOURS, FIRST]


async def test_pages_of_what_was_settled_join(futures: House) -> None:
    times = [FIRST + number * EIGHT_HOURS for number in range(6)]
    await _settle(futures, *[(time_ms + 40 * (number % 2), number) for number, time_ms in enumerate(times)])

    async def page(**params: Any) -> list[int]:
        reply = await futures.get("public/funding-rate-history", instId=LINEAR, **params)
        return [time_ms for time_ms, _ in _told(reply.data)]

    assert await page(limit=2) == times[:3:-1]
    for newer, older in pairwise(times[::-1]):
        assert await page(after=newer, limit=1) == [older]
        assert (await page(before=older))[-1] == newer
    assert await page(after=times[0]) == []
    assert await page(before=times[-1]) == []
    assert await page(before=times[-1] - 1) == [times[-1]]
    assert await page(after=times[1] + 1, before=times[0] - 1) == [times[1], times[0]]
    assert await page(after=0) == []


async def test_premiums_of_the_last_minutes(futures: House) -> None:
    begin = START_MS - START_MS % MINUTE_MS + MINUTE_MS
    futures.clock.set_ms(begin)
    # A thousand dollars of impact on each side, one per cent above the index.
    await leave(futures, Side.BUY, 10_100, 1_000)
    for second in range(0, 121, 10):
        futures.clock.set_ms(begin + second * 1_000)
        await futures.services.conductor.turn()
    rows = (await futures.get("public/premium-history", instId=LINEAR)).data
    told = [(int(row["ts"]), row["premium"]) for row in rows if int(row["ts"]) >= begin]
    assert told == [(begin + MINUTE_MS, "0.01"), (begin, "0.01")]
    assert all(set(row) == set(wire.PREMIUM_ROW) for row in rows)
    assert (await futures.get("public/premium-history", instId=LINEAR, after=begin + MINUTE_MS, limit=1)).row[
        "ts"
    ] == str(begin)
    assert (await futures.get("public/premium-history", instId=LINEAR, before=begin + MINUTE_MS)).data == []


async def test_nothing_is_settled_before_the_end_of_a_contract(futures: House) -> None:
    assert (await futures.get("public/estimated-settlement-info", instId=LINEAR)).data == []
    assert (await futures.get("public/settlement-history", instFamily="QUIET-USDT")).data == []


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize("value", [0, 1, 2**62 - 1])
async def test_pages_may_end_anywhere(futures: House, name: str, value: int) -> None:
    await _settle(futures, (FIRST, 1))
    rows = (await futures.get("public/funding-rate-history", instId=LINEAR, **{name: str(value)})).data
    assert len(rows) == int((name == "after") is (value > 1))
    assert (await futures.get("public/premium-history", instId=LINEAR, **{name: str(value)})).code == "0"


async def test_past_settlements_are_counted_by_family(tmp_path: Path) -> None:
    async with open_house(tmp_path, EdgeSettings(), with_contracts=True) as house:
        for _ in range(40):
            assert (await house.get("public/settlement-history", instFamily="QUIET-USDT")).code == "0"
        assert (await house.get("public/settlement-history", instFamily="QUIET-USDT")).code == "50011"
        assert (await house.get("public/settlement-history", instFamily="QUIET-USD")).code == "0"
        # Families that do not exist share a window.
        codes = [(await house.get("public/settlement-history", instFamily=f"NONE{n}-USD")).code for n in range(41)]
        assert codes == ["0"] * 40 + ["50011"]
