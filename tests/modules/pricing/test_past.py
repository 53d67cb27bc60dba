"""Funding from before an exchange opened: the rates that its premiums give, numbered before everything that happened."""

from collections.abc import Iterator
from itertools import chain, repeat

import pytest
from sqlalchemy import Engine

from lonja.core.events import FundingSettled
from lonja.modules.pricing.api import FUNDING, PastContract, Records, Terms, past_funding
from lonja.primitives.instant import DAY_MS, HOUR_MS
from tests.modules.pricing.contracts import NOW
from tests.modules.pricing.test_records import batch

TRILLION = 10**12
SWAP = PastContract(7, "QUIET-USDT-SWAP", "QUIET-USDT", NOW + HOUR_MS, 3 * DAY_MS)

RATES = [
    # premiums of an interval of eight hours, the last two hours last; the rate, in millionths of a millionth
    ((0, 0, 0, 0), 100_000_000),
    ((400_000_000,) * 4, 100_000_000),
    ((1_600_000_000,) * 4, 1_100_000_000),
    ((-1_600_000_000,) * 4, -1_100_000_000),
    ((0, 0, 0, 1_600_000_000), 200_000_000),
    ((1_600_000_000, 0, 0, 0), 100_000_000),
    ((TRILLION,) * 4, 7_500_000_000),
]


@pytest.mark.parametrize(("premiums", "rate"), RATES)
def test_a_rate_is_what_the_formula_makes_of_the_premiums(premiums: tuple[int, ...], rate: int) -> None:
    def walk(_: str, step_ms: int) -> Iterator[int]:
        assert step_ms == 2 * HOUR_MS
        return chain.from_iterable(repeat(premiums))

    made = past_funding(Terms.of_file(), [SWAP], walk)
    assert {one.rate for one in made} == {rate}
    assert [one.time_ms for one in made] == [NOW - number * 8 * HOUR_MS for number in reversed(range(9))]
    assert {(one.kind, one.instrument) for one in made} == {(FUNDING, 7)}


def flat(_: str, __: int) -> Iterator[int]:
    return repeat(0)


def test_the_past_stands_before_everything_that_happened_and_outlives_the_journal(database: Engine) -> None:
    records = Records(database)
    other = SWAP._replace(instrument=8, instrument_id="BTC-USDT-SWAP", underlying="BTC-USDT", past_ms=DAY_MS)
    made = past_funding(Terms.of_file(), [SWAP, other], flat)
    assert [one.sequence for one in made] == list(range(-len(made), 0))
    assert [one.time_ms for one in made] == sorted(one.time_ms for one in made)
    assert not records.knows_past()
    records.put_past(made)
    records.put_past(made)
    assert records.knows_past()
    records.on_batch(batch(1, FundingSettled(3, NOW + 8 * HOUR_MS, 7, 55, 10_000)))
    assert records.history(FUNDING, 7)[0].sequence == 3
    assert len(records.history(FUNDING, 7)) == 10
    assert len(records.history(FUNDING, 8)) == 3
    assert (records.settled_ms(7), records.settled_ms(8)) == (NOW + 8 * HOUR_MS, NOW)
    again = Records(database)
    assert (again.settled_ms(7), again.settled_ms(8)) == (records.settled_ms(7), NOW)
    again.start_over()
    assert (again.settled_ms(7), len(again.history(FUNDING, 7))) == (NOW, 9)
