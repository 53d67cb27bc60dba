"""The time before a sandbox opened: which Fridays had deliveries, how far premiums wandered, what dated contracts cost."""

from itertools import islice
from statistics import fmean, pstdev

import pytest

from lonja.modules.sandbox.basis import SPREAD_LIVELY, carry
from lonja.modules.sandbox.clock import EARLIEST_MS
from lonja.modules.sandbox.contract_catalogue import FAMILIES
from lonja.modules.sandbox.contract_opening import contract_steps
from lonja.modules.sandbox.past import Past, PastMarket
from lonja.modules.sandbox.past_contracts import WEEKS, PastPremiums, first_ends
from lonja.modules.sandbox.prices import FairPrices
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS

WEEK_MS = 7 * DAY_MS
FRIDAY_MS = DAY_MS + 8 * HOUR_MS + 2_900 * WEEK_MS
"""A Friday at 08:00 UTC, in 2025."""
SWAP = next(fact for fact in FAMILIES if fact.swap_id == "BTC-USDT-SWAP")


@pytest.mark.parametrize(
    ("now_ms", "last_ms", "count"),
    [
        (FRIDAY_MS, FRIDAY_MS, WEEKS),
        (FRIDAY_MS + 1, FRIDAY_MS, WEEKS),
        (FRIDAY_MS - 1, FRIDAY_MS - WEEK_MS, WEEKS),
        (FRIDAY_MS + WEEK_MS - 1, FRIDAY_MS, WEEKS),
        (EARLIEST_MS + 3 * WEEK_MS, EARLIEST_MS + 3 * WEEK_MS - (EARLIEST_MS - FRIDAY_MS) % WEEK_MS, 2),
        (EARLIEST_MS + DAY_MS, 0, 0),
    ],
)
def test_the_last_fridays(now_ms: int, last_ms: int, count: int) -> None:
    ends = first_ends(now_ms)
    assert ends == [last_ms - number * WEEK_MS for number in reversed(range(count))]


def test_premiums_wander_as_bases_do_and_are_those_of_the_seed() -> None:
    def walked(seed: str) -> list[int]:
        return list(islice(PastPremiums({"BTC-USDT-SWAP": SWAP}, seed).walk("BTC-USDT-SWAP", 2 * HOUR_MS), 4_000))

    found = walked("1")
    assert found == walked("1") != walked("2")
    shares = [one / 10**12 for one in found]
    assert abs(fmean(shares)) < SPREAD_LIVELY / 5
    assert SPREAD_LIVELY / 2 < pstdev(shares) < SPREAD_LIVELY * 1.2


def test_a_dated_contract_cost_more_the_longer_it_had_to_live() -> None:
    past = Past("1", FRIDAY_MS, FairPrices("1"))
    market = PastMarket("BTC-USDT", "BTC", "USDT", 600, 100.0, contract_steps(SWAP), lambda price, lots: price * lots)
    dated = market._replace(expiry_ms=FRIDAY_MS + 90 * DAY_MS)
    for time_ms in (past.begin_ms, FRIDAY_MS - HOUR_MS, FRIDAY_MS):
        share = past.ticks(dated, time_ms) / past.ticks(market, time_ms) - 1
        assert share == pytest.approx(carry(FRIDAY_MS + 90 * DAY_MS - time_ms), abs=1e-5)
    assert past.dollars(past.begin_ms - 5 * MINUTE_MS) == past.dollars(past.begin_ms)
    assert past.dollars(FRIDAY_MS)["BTC"] == pytest.approx(FairPrices("1").dollars()["BTC"])
