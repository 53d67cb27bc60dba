"""Fees and rebates: who pays which rate, in which currency, rounded which way."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lonja.core import commands as c
from lonja.core.fees import RATE_MAX_PPM, fee_of
from lonja.core.rejections import Rejection
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import Floor, play


def test_each_side_pays_in_what_it_receives() -> None:
    play("""
        > fees tier=0 maker=10000 taker=30000
          fee tier 0, group 0: maker 10000, taker 30000
        > ann sell 100 @ 50 id=a
          placed a: sell 100 @ 50
          rests a: 100 @ 50
        > bob buy 100 @ 50 id=b
          placed b: buy 100 @ 50
          trade 1: taker b buys 100 @ 50 = 5000, fee 3 BTC, filled
          trade 1: maker a sells 100 @ 50 = 5000, fee 50 USD, filled
        > ann buy 100 @ 50 id=c
          placed c: buy 100 @ 50
          rests c: 100 @ 50
        > bob sell 100 @ 50 id=d
          placed d: sell 100 @ 50
          trade 2: taker d sells 100 @ 50 = 5000, fee 150 USD, filled
          trade 2: maker c buys 100 @ 50 = 5000, fee 1 BTC, filled
        > balances ann bob fees
          ann: 999 BTC, 99950 USD
          bob: 997 BTC, 99850 USD
          fees: 4 BTC, 200 USD
    """)


def test_rebates_are_paid_by_the_house() -> None:
    play("""
        > fees tier=0 maker=-10000 taker=30000
          fee tier 0, group 0: maker -10000, taker 30000
        > fees tier=1 maker=-20000 taker=-15000
          fee tier 1, group 0: maker -20000, taker -15000
        > configure bob tier=1
          configured bob: cancel_maker, tier 1
        > ann sell 100 @ 50 id=a
          placed a: sell 100 @ 50
          rests a: 100 @ 50
        > bob buy 100 @ 50 id=b
          placed b: buy 100 @ 50
          trade 1: taker b buys 100 @ 50 = 5000, rebate 1 BTC, filled
          trade 1: maker a sells 100 @ 50 = 5000, rebate 50 USD, filled
        > cat buy 10 @ 50 id=c
          placed c: buy 10 @ 50
          rests c: 10 @ 50
        > bob sell 10 @ 50 id=d
          placed d: sell 10 @ 50
          trade 2: taker d sells 10 @ 50 = 500, rebate 7 USD, filled
          trade 2: maker c buys 10 @ 50 = 500, fee 0 BTC, filled
        > balances ann bob cat fees
          ann: 900 BTC, 105050 USD
          bob: 1091 BTC, 95507 USD
          cat: 1010 BTC, 99500 USD
          fees: -1 BTC, -57 USD
    """)


def test_fees_round_up_and_rebates_down() -> None:
    play("""
        > fees tier=0 maker=-333 taker=1
          fee tier 0, group 0: maker -333, taker 1
        > ann sell 7 @ 1 id=a
          placed a: sell 7 @ 1
          rests a: 7 @ 1
        > bob buy 7 @ 1 id=b
          placed b: buy 7 @ 1
          trade 1: taker b buys 7 @ 1 = 7, fee 1 BTC, filled
          trade 1: maker a sells 7 @ 1 = 7, fee 0 USD, filled
        > ann sell 31 @ 97 id=c
          placed c: sell 31 @ 97
          rests c: 31 @ 97
        > bob buy 31 @ 97 id=d
          placed d: buy 31 @ 97
          trade 2: taker d buys 31 @ 97 = 3007, fee 1 BTC, filled
          trade 2: maker c sells 31 @ 97 = 3007, rebate 1 USD, filled
    """)


def test_a_rate_of_nothing_costs_nothing() -> None:
    play("""
        > fees tier=0 maker=0 taker=0
          fee tier 0, group 0: maker 0, taker 0
        > ann sell 7 @ 1 id=a
          placed a: sell 7 @ 1
          rests a: 7 @ 1
        > bob buy 7 @ 1 id=b
          placed b: buy 7 @ 1
          trade 1: taker b buys 7 @ 1 = 7, fee 0 BTC, filled
          trade 1: maker a sells 7 @ 1 = 7, fee 0 USD, filled
    """)


def test_the_tier_counts_when_the_trade_happens() -> None:
    """An order that rests pays the rate of the tier that its owner has when it is taken."""
    play("""
        > fees tier=1 maker=50000 taker=100000
          fee tier 1, group 0: maker 50000, taker 100000
        > ann sell 100 @ 10 id=a
          placed a: sell 100 @ 10
          rests a: 100 @ 10
        > configure ann tier=1
          configured ann: cancel_maker, tier 1
        > bob buy 50 @ 10 id=b
          placed b: buy 50 @ 10
          trade 1: taker b buys 50 @ 10 = 500, fee 0 BTC, filled
          trade 1: maker a sells 50 @ 10 = 500, fee 25 USD, 50 left
        > fees tier=1 maker=70000 taker=100000
          fee tier 1, group 0: maker 70000, taker 100000
        > bob buy 50 @ 10 id=c
          placed c: buy 50 @ 10
          trade 2: taker c buys 50 @ 10 = 500, fee 0 BTC, filled
          trade 2: maker a sells 50 @ 10 = 500, fee 35 USD, filled
    """)


def test_instruments_of_another_group_have_other_rates() -> None:
    play("""
        > instrument TWO-USD base=BTC quote=USD fee_group=63
          instrument 1: TWO-USD
        > fees tier=0 group=63 maker=10000 taker=20000
          fee tier 0, group 63: maker 10000, taker 20000
        > ann sell 100 @ 10 id=a on=TWO-USD
          placed a: sell 100 @ 10
          rests a: 100 @ 10
        > bob buy 100 @ 10 id=b on=TWO-USD
          placed b: buy 100 @ 10
          trade 1: taker b buys 100 @ 10 = 1000, fee 2 BTC, filled
          trade 1: maker a sells 100 @ 10 = 1000, fee 10 USD, filled
        > ann sell 100 @ 10 id=c
          placed c: sell 100 @ 10
          rests c: 100 @ 10
        > bob buy 100 @ 10 id=d
          placed d: buy 100 @ 10
          trade 1: taker d buys 100 @ 10 = 1000, fee 0 BTC, filled
          trade 1: maker c sells 100 @ 10 = 1000, fee 0 USD, filled
    """)


def test_fees_are_per_fill_not_per_order() -> None:
    play("""
        > fees tier=0 maker=0 taker=1000
          fee tier 0, group 0: maker 0, taker 1000
        > ann sell 1 @ 10 id=a1
          placed a1: sell 1 @ 10
          rests a1: 1 @ 10
        > ann sell 1 @ 10 id=a2
          placed a2: sell 1 @ 10
          rests a2: 1 @ 10
        > ann sell 1 @ 10 id=a3
          placed a3: sell 1 @ 10
          rests a3: 1 @ 10
        > bob buy 3 @ 10 id=b
          placed b: buy 3 @ 10
          trade 1: taker b buys 1 @ 10 = 10, fee 1 BTC, 2 left
          trade 1: maker a1 sells 1 @ 10 = 10, fee 0 USD, filled
          trade 2: taker b buys 1 @ 10 = 10, fee 1 BTC, 1 left
          trade 2: maker a2 sells 1 @ 10 = 10, fee 0 USD, filled
          trade 3: taker b buys 1 @ 10 = 10, fee 1 BTC, filled
          trade 3: maker a3 sells 1 @ 10 = 10, fee 0 USD, filled
        > balances bob fees
          bob: 1000 BTC, 99970 USD
          fees: 3 BTC, 0 USD
    """)


def test_a_fee_may_eat_all_that_is_received() -> None:
    play("""
        > fees tier=0 maker=1 taker=1
          fee tier 0, group 0: maker 1, taker 1
        > ann sell 1 @ 1 id=a
          placed a: sell 1 @ 1
          rests a: 1 @ 1
        > bob buy 1 @ 1 id=b
          placed b: buy 1 @ 1
          trade 1: taker b buys 1 @ 1 = 1, fee 1 BTC, filled
          trade 1: maker a sells 1 @ 1 = 1, fee 1 USD, filled
        > balances ann bob fees
          ann: 999 BTC, 100000 USD
          bob: 1000 BTC, 99999 USD
          fees: 1 BTC, 1 USD
    """)


FEES = c.DefineFeeTier(fee_tier=63, fee_group=63, maker_rate_ppm=-RATE_MAX_PPM, taker_rate_ppm=RATE_MAX_PPM)
REASONS = [
    Reason(Rejection.FIELD_INVALID, {field: value})
    for field, values in (
        ("fee_tier", (-1, 64)),
        ("fee_group", (-1, 64)),
        ("maker_rate_ppm", (-100_001, 100_001)),
        ("taker_rate_ppm", (-100_001, 100_001)),
    )
    for value in values
]


def test_the_bounds_of_tiers_and_rates() -> None:
    floor = Floor()
    expect_each(floor, FEES, REASONS)
    expect_precedence(floor, FEES, REASONS, pairs_min=0)
    assert floor.apply(FEES)[0] == Rejection.NONE


rates = st.integers(-RATE_MAX_PPM, RATE_MAX_PPM)


@given(st.integers(0, INT_MAX), rates)
@example(INT_MAX, RATE_MAX_PPM)
@example(INT_MAX, -RATE_MAX_PPM)
@example(999_999, 99_999)
@example(1_000_000, -1)
def test_a_fee_is_the_exact_product_rounded_towards_the_house(received: int, rate_ppm: int) -> None:
    fee = int(fee_of(received, rate_ppm))
    assert fee == ceil(Fraction(received * rate_ppm, 1_000_000))
    assert abs(fee) <= received


@pytest.mark.parametrize("rate_ppm", [-RATE_MAX_PPM, -1, 0, 1, RATE_MAX_PPM])
def test_nothing_received_costs_nothing(rate_ppm: int) -> None:
    assert fee_of(0, rate_ppm) == 0
