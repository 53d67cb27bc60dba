"""Positions: what a fill does to lots, average, profit and fee; linear and inverse, in all modes.

A lot of LIN is worth its price in USD; a lot of INV is 1000 USD, worth 1000 / price BTC.
"""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.core import events as e
from lonja.core.contracts import Contract, Family
from lonja.core.instruments import INT_MAX
from lonja.core.positions import CROSS, EXACT_MAX, NET, Position, average_of
from tests.core.scenario import CONTRACTS, Floor, play


def test_a_linear_position_gains_the_rise_of_the_price() -> None:
    """10 lots from 100 to 104 are 40 USD for the long, and -40 for the short."""
    play(
        """
        > ann sell 10 @ 100 on=LIN id=a
          placed a: sell 10 @ 100
          margins a: cross x3
          rests a: 10 @ 100
        > bob buy 10 @ 100 on=LIN id=b
          placed b: buy 10 @ 100
          margins b: cross x3
          trade 1: taker b buys 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker a sells 10 @ 100 = 1000, fee 0 USD, filled
          bob LIN cross filled: +10 @ 100 makes +10 @ 100, cash 100000
          ann LIN cross filled: -10 @ 100 makes -10 @ 100, cash 100000
        > mark LIN 104
          LIN mark 104: buy <= 109, sell >= 99
        > margins bob USD
          bob: equity 100040, held 0, initial 347, free 99693, spendable 99693
        > margins ann USD
          ann: equity 99960, held 0, initial 347, free 99613, spendable 99613
        > bob sell 4 @ 104 on=LIN id=c
          placed c: sell 4 @ 104
          margins c: cross x3
          rests c: 4 @ 104
        > ann buy 4 @ 104 on=LIN id=d
          placed d: buy 4 @ 104
          margins d: cross x3
          trade 2: taker d buys 4 @ 104 = 416, fee 0 USD, filled
          trade 2: maker c sells 4 @ 104 = 416, fee 0 USD, filled
          ann LIN cross filled: +4 @ 104 makes -6 @ 100, gained -16, cash 99984
          bob LIN cross filled: -4 @ 104 makes +6 @ 100, gained 16, cash 100016
        > bob sell 6 @ 103 on=LIN id=f
          placed f: sell 6 @ 103
          margins f: cross x3
          rests f: 6 @ 103
        > ann buy 6 @ 103 on=LIN id=g
          placed g: buy 6 @ 103
          margins g: cross x3
          trade 3: taker g buys 6 @ 103 = 618, fee 0 USD, filled
          trade 3: maker f sells 6 @ 103 = 618, fee 0 USD, filled
          ann LIN cross filled: +6 @ 103 makes flat, gained -18, cash 99966
          bob LIN cross filled: -6 @ 103 makes flat, gained 18, cash 100034
        > balances ann bob fund_LINEAR
          ann: 1000 BTC, 99966 USD
          bob: 1000 BTC, 100034 USD
          fund_LINEAR: 10000 USD, 0 USD funding
        """,
        Floor(CONTRACTS),
    )


def test_an_inverse_position_gains_the_fall_of_what_a_dollar_costs() -> None:
    """10 lots are 10,000 USD: 100 BTC at 100, 80 BTC at 125. The long gains 20 BTC, the short loses them."""
    play(
        """
        > ann sell 10 @ 100 on=INV id=a
          placed a: sell 10 @ 100
          margins a: cross x3
          rests a: 10 @ 100
        > bob buy 10 @ 100 on=INV id=b
          placed b: buy 10 @ 100
          margins b: cross x3
          trade 1: taker b buys 10 @ 100 = 100, fee 0 BTC, filled
          trade 1: maker a sells 10 @ 100 = 100, fee 0 BTC, filled
          bob INV cross filled: +10 @ 100 makes +10 @ 100, cash 1000
          ann INV cross filled: -10 @ 100 makes -10 @ 100, cash 1000
        > mark INV 125
          INV mark 125: buy <= 131, sell >= 119
        > margins bob BTC
          bob: equity 1020, held 0, initial 27, free 993, spendable 993
        > ann buy 10 @ 125 on=INV id=c
          placed c: buy 10 @ 125
          margins c: cross x3
          rests c: 10 @ 125
        > bob sell 10 @ 125 on=INV id=d
          placed d: sell 10 @ 125
          margins d: cross x3
          trade 2: taker d sells 10 @ 125 = 80, fee 0 BTC, filled
          trade 2: maker c buys 10 @ 125 = 80, fee 0 BTC, filled
          bob INV cross filled: -10 @ 125 makes flat, gained 20, cash 1020
          ann INV cross filled: +10 @ 125 makes flat, gained -20, cash 980
        """,
        Floor(CONTRACTS),
    )


def test_an_inverse_short_gains_what_the_long_loses_when_the_price_falls() -> None:
    """100 BTC at 100 become 125 BTC at 80."""
    play(
        """
        > ann sell 10 @ 100 on=INV id=a
          placed a: sell 10 @ 100
          margins a: cross x3
          rests a: 10 @ 100
        > bob buy 10 @ 100 on=INV id=b
          placed b: buy 10 @ 100
          margins b: cross x3
          trade 1: taker b buys 10 @ 100 = 100, fee 0 BTC, filled
          trade 1: maker a sells 10 @ 100 = 100, fee 0 BTC, filled
          bob INV cross filled: +10 @ 100 makes +10 @ 100, cash 1000
          ann INV cross filled: -10 @ 100 makes -10 @ 100, cash 1000
        > mark INV 80
          INV mark 80: buy <= 84, sell >= 76
        > margins ann BTC
          ann: equity 1025, held 0, initial 42, free 983, spendable 983
        > margins bob BTC
          bob: equity 975, held 0, initial 42, free 933, spendable 933
        """,
        Floor(CONTRACTS),
    )


def test_each_gain_rounds_down_and_each_loss_up() -> None:
    """At 104 the lots are worth 96.153 BTC: the long gains 3.84, the short loses it. The house keeps the difference."""
    play(
        """
        > ann sell 10 @ 100 on=INV id=a
          placed a: sell 10 @ 100
          margins a: cross x3
          rests a: 10 @ 100
        > bob buy 10 @ 100 on=INV id=b
          placed b: buy 10 @ 100
          margins b: cross x3
          trade 1: taker b buys 10 @ 100 = 100, fee 0 BTC, filled
          trade 1: maker a sells 10 @ 100 = 100, fee 0 BTC, filled
          bob INV cross filled: +10 @ 100 makes +10 @ 100, cash 1000
          ann INV cross filled: -10 @ 100 makes -10 @ 100, cash 1000
        > mark INV 104
          INV mark 104: buy <= 109, sell >= 99
        > ann buy 10 @ 104 on=INV id=c
          placed c: buy 10 @ 104
          margins c: cross x3
          rests c: 10 @ 104
        > bob sell 10 @ 104 on=INV id=d
          placed d: sell 10 @ 104
          margins d: cross x3
          trade 2: taker d sells 10 @ 104 = 96, fee 0 BTC, filled
          trade 2: maker c buys 10 @ 104 = 96, fee 0 BTC, filled
          bob INV cross filled: -10 @ 104 makes flat, gained 3, cash 1003
          ann INV cross filled: +10 @ 104 makes flat, gained -4, cash 996
        > balances fund_INVERSE
          fund_INVERSE: 10000 BTC, 1 BTC funding
        """,
        Floor(CONTRACTS),
    )


def test_the_average_is_exact_and_stays_when_a_part_is_closed() -> None:
    """1 at 100 and 2 at 101 average 302/3. Closed one by one at 101, each third of a dollar rounds down to nothing."""
    play(
        """
        > ann sell 1 @ 100 on=LIN id=a
          placed a: sell 1 @ 100
          margins a: cross x3
          rests a: 1 @ 100
        > ann sell 2 @ 101 on=LIN id=b
          placed b: sell 2 @ 101
          margins b: cross x3
          rests b: 2 @ 101
        > bob buy 3 @ 101 on=LIN id=c
          placed c: buy 3 @ 101
          margins c: cross x3
          trade 1: taker c buys 1 @ 100 = 100, fee 0 USD, 2 left
          trade 1: maker a sells 1 @ 100 = 100, fee 0 USD, filled
          bob LIN cross filled: +1 @ 100 makes +1 @ 100, cash 100000
          ann LIN cross filled: -1 @ 100 makes -1 @ 100, cash 100000
          trade 2: taker c buys 2 @ 101 = 202, fee 0 USD, filled
          trade 2: maker b sells 2 @ 101 = 202, fee 0 USD, filled
          bob LIN cross filled: +2 @ 101 makes +3 @ 100.666666666667, cash 100000
          ann LIN cross filled: -2 @ 101 makes -3 @ 100.666666666667, cash 100000
        > cat buy 3 @ 101 on=LIN id=k
          placed k: buy 3 @ 101
          margins k: cross x3
          rests k: 3 @ 101
        > bob sell 1 @ 101 on=LIN
          placed #1: sell 1 @ 101
          margins #1: cross x3
          trade 3: taker #1 sells 1 @ 101 = 101, fee 0 USD, filled
          trade 3: maker k buys 1 @ 101 = 101, fee 0 USD, 2 left
          bob LIN cross filled: -1 @ 101 makes +2 @ 100.666666666667, cash 100000
          cat LIN cross filled: +1 @ 101 makes +1 @ 101, cash 100000
        > bob sell 1 @ 101 on=LIN
          placed #2: sell 1 @ 101
          margins #2: cross x3
          trade 4: taker #2 sells 1 @ 101 = 101, fee 0 USD, filled
          trade 4: maker k buys 1 @ 101 = 101, fee 0 USD, 1 left
          bob LIN cross filled: -1 @ 101 makes +1 @ 100.666666666667, cash 100000
          cat LIN cross filled: +1 @ 101 makes +2 @ 101, cash 100000
        > bob sell 1 @ 101 on=LIN
          placed #3: sell 1 @ 101
          margins #3: cross x3
          trade 5: taker #3 sells 1 @ 101 = 101, fee 0 USD, filled
          trade 5: maker k buys 1 @ 101 = 101, fee 0 USD, filled
          bob LIN cross filled: -1 @ 101 makes flat, cash 100000
          cat LIN cross filled: +1 @ 101 makes +3 @ 101, cash 100000
        """,
        Floor(CONTRACTS),
    )


def test_an_inverse_average_is_harmonic() -> None:
    """1000 USD at 100 and 1000 USD at 50 are 30 BTC for 2000 USD."""
    play(
        """
        > mark INV 100 buy_max=200 sell_min=1
          INV mark 100: buy <= 200, sell >= 1
        > ann sell 1 @ 50 on=INV id=a
          placed a: sell 1 @ 50
          margins a: cross x3
          rests a: 1 @ 50
        > ann sell 1 @ 100 on=INV id=b
          placed b: sell 1 @ 100
          margins b: cross x3
          rests b: 1 @ 100
        > bob buy 2 @ 100 on=INV id=c
          placed c: buy 2 @ 100
          margins c: cross x3
          trade 1: taker c buys 1 @ 50 = 20, fee 0 BTC, 1 left
          trade 1: maker a sells 1 @ 50 = 20, fee 0 BTC, filled
          bob INV cross filled: +1 @ 50 makes +1 @ 50, cash 1000
          ann INV cross filled: -1 @ 50 makes -1 @ 50, cash 1000
          trade 2: taker c buys 1 @ 100 = 10, fee 0 BTC, filled
          trade 2: maker b sells 1 @ 100 = 10, fee 0 BTC, filled
          bob INV cross filled: +1 @ 100 makes +2 @ 66.666666666667, cash 1000
          ann INV cross filled: -1 @ 100 makes -2 @ 66.666666666667, cash 1000
        """,
        Floor(CONTRACTS),
    )


def test_a_fill_that_turns_a_position_round_ends_one_life_and_begins_another() -> None:
    """7 lots at 101 cost a fee of 7.07, 8 rounded up: three sevenths of it, rounded down, belong to the end."""
    floor = Floor(CONTRACTS)
    floor.run(
        "> fees tier=0 maker=0 taker=10000\n> ann sell 3 @ 100 on=LIN\n> bob buy 3 @ 100 on=LIN\n> cat buy 7 @ 101 on=LIN"
    )
    play(
        """
        > bob sell 7 @ 101 on=LIN id=b
          placed b: sell 7 @ 101
          margins b: cross x3
          trade 2: taker b sells 7 @ 101 = 707, fee 8 USD, filled
          trade 2: maker #3 buys 7 @ 101 = 707, fee 0 USD, filled
          bob LIN cross filled: -3 @ 101 makes flat, gained 3, fee 3, cash 99997
          bob LIN cross filled: -4 @ 101 makes -4 @ 101, fee 5, cash 99992
          cat LIN cross filled: +7 @ 101 makes +7 @ 101, cash 100000
        """,
        floor,
    )


def changes_of(floor: Floor, line: str) -> list[e.PositionChanged]:
    """What a command does to positions."""
    told: list[e.PositionChanged] = []
    fold = floor.mirror.fold

    def listen(events: list[e.Event]) -> None:
        told.extend(event for event in events if isinstance(event, e.PositionChanged))
        fold(events)

    floor.mirror.fold = listen  # type: ignore[method-assign]
    floor.run(line)
    floor.mirror.fold = fold  # type: ignore[method-assign]
    return told


def test_a_life_is_named_by_the_event_that_began_it_and_counts_for_itself() -> None:
    floor = Floor(CONTRACTS)
    floor.run("> fees tier=0 maker=0 taker=10000\n> ann sell 3 @ 100 on=LIN")
    (opened, _) = changes_of(floor, "> bob buy 3 @ 100 on=LIN")
    assert (opened.life, opened.pnl, opened.fees) == (opened.sequence, 0, 3)
    floor.run("> cat buy 7 @ 101 on=LIN")
    (ended, begun, _) = changes_of(floor, "> bob sell 7 @ 101 on=LIN")
    assert (ended.life, ended.lots, ended.pnl, ended.fees) == (opened.life, 0, 3, 3 + 3)
    assert (begun.life, begun.lots, begun.pnl, begun.fees) == (begun.sequence, -4, 0, 5)


def test_a_rebate_is_split_at_a_turn_like_a_fee() -> None:
    """A rebate of 7.07 on 7 lots is 7; three sevenths are 3, the rest 4."""
    floor = Floor(CONTRACTS)
    floor.run("> fees tier=0 maker=-10000 taker=10000\n> ann sell 3 @ 100 on=LIN\n> bob buy 3 @ 100 on=LIN")
    play(
        """
        > bob sell 7 @ 101 on=LIN id=b
          placed b: sell 7 @ 101
          margins b: cross x3
          rests b: 7 @ 101
        > cat buy 7 @ 101 on=LIN id=c
          placed c: buy 7 @ 101
          margins c: cross x3
          trade 2: taker c buys 7 @ 101 = 707, fee 8 USD, filled
          trade 2: maker b sells 7 @ 101 = 707, rebate 7 USD, filled
          cat LIN cross filled: +7 @ 101 makes +7 @ 101, fee 8, cash 99992
          bob LIN cross filled: -3 @ 101 makes flat, gained 3, fee -3, cash 100003
          bob LIN cross filled: -4 @ 101 makes -4 @ 101, fee -4, cash 100007
        > balances fees
          fees: 0 BTC, 1 USD
        """,
        floor,
    )


def test_cross_and_isolated_positions_of_a_contract_stand_side_by_side() -> None:
    play(
        """
        > ann sell 10 @ 100 on=LIN id=a
          placed a: sell 10 @ 100
          margins a: cross x3
          rests a: 10 @ 100
        > bob buy 6 @ 100 on=LIN id=b
          placed b: buy 6 @ 100
          margins b: cross x3
          trade 1: taker b buys 6 @ 100 = 600, fee 0 USD, filled
          trade 1: maker a sells 6 @ 100 = 600, fee 0 USD, 4 left
          bob LIN cross filled: +6 @ 100 makes +6 @ 100, cash 100000
          ann LIN cross filled: -6 @ 100 makes -6 @ 100, cash 100000
        > bob buy 4 @ 100 on=LIN isolated id=c
          placed c: buy 4 @ 100
          margins c: isolated x3
          trade 2: taker c buys 4 @ 100 = 400, fee 0 USD, filled
          trade 2: maker a sells 4 @ 100 = 400, fee 0 USD, filled
          bob LIN isolated filled: +4 @ 100 makes +4 @ 100, margin +133 to 133, cash 99867
          ann LIN cross filled: -4 @ 100 makes -10 @ 100, cash 100000
        > cat buy 9 @ 100 on=LIN id=d
          placed d: buy 9 @ 100
          margins d: cross x3
          rests d: 9 @ 100
        > bob sell 2 @ 100 on=LIN isolated id=f
          placed f: sell 2 @ 100
          margins f: isolated x3
          trade 3: taker f sells 2 @ 100 = 200, fee 0 USD, filled
          trade 3: maker d buys 2 @ 100 = 200, fee 0 USD, 7 left
          bob LIN isolated filled: -2 @ 100 makes +2 @ 100, margin -66 to 67, cash 99933
          cat LIN cross filled: +2 @ 100 makes +2 @ 100, cash 100000
        > bob sell 7 @ 100 on=LIN id=g
          placed g: sell 7 @ 100
          margins g: cross x3
          trade 4: taker g sells 7 @ 100 = 700, fee 0 USD, filled
          trade 4: maker d buys 7 @ 100 = 700, fee 0 USD, filled
          bob LIN cross filled: -6 @ 100 makes flat, cash 99933
          bob LIN cross filled: -1 @ 100 makes -1 @ 100, cash 99933
          cat LIN cross filled: +7 @ 100 makes +9 @ 100, cash 100000
        """,
        Floor(CONTRACTS),
    )


def test_in_long_and_short_mode_both_sides_are_held_at_once() -> None:
    play(
        """
        > bob position_mode long_short
          position mode of bob: long_short
        > ann sell 10 @ 100 on=LIN id=a
          placed a: sell 10 @ 100
          margins a: cross x3
          rests a: 10 @ 100
        > bob buy 10 @ 100 on=LIN long id=b
          placed b: buy 10 @ 100
          margins b: cross long x3
          trade 1: taker b buys 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker a sells 10 @ 100 = 1000, fee 0 USD, filled
          bob LIN cross long filled: +10 @ 100 makes +10 @ 100, cash 100000
          ann LIN cross filled: -10 @ 100 makes -10 @ 100, cash 100000
        > ann buy 4 @ 101 on=LIN id=c
          placed c: buy 4 @ 101
          margins c: cross x3
          rests c: 4 @ 101
        > bob sell 4 @ 101 on=LIN short isolated id=d
          placed d: sell 4 @ 101
          margins d: isolated short x3
          trade 2: taker d sells 4 @ 101 = 404, fee 0 USD, filled
          trade 2: maker c buys 4 @ 101 = 404, fee 0 USD, filled
          bob LIN isolated short filled: -4 @ 101 makes -4 @ 101, margin +134 to 134, cash 99866
          ann LIN cross filled: +4 @ 101 makes -6 @ 100, gained -4, cash 99996
        > margins bob USD
          bob: equity 99866, held 0, initial 334, free 99532, spendable 99532
        > ann sell 3 @ 100 on=LIN id=f
          placed f: sell 3 @ 100
          margins f: cross x3
          rests f: 3 @ 100
        > bob buy 3 @ 100 on=LIN short isolated id=g
          placed g: buy 3 @ 100
          margins g: isolated short x3, reduces
          trade 3: taker g buys 3 @ 100 = 300, fee 0 USD, filled
          trade 3: maker f sells 3 @ 100 = 300, fee 0 USD, filled
          bob LIN isolated short filled: +3 @ 100 makes -1 @ 101, gained 3, margin -100 to 34, cash 99969
          ann LIN cross filled: -3 @ 100 makes -9 @ 100, cash 99996
        > ann buy 10 @ 101 on=LIN id=h
          placed h: buy 10 @ 101
          margins h: cross x3
          rests h: 10 @ 101
        > bob sell 10 @ 101 on=LIN long id=i
          placed i: sell 10 @ 101
          margins i: cross long x3, reduces
          trade 4: taker i sells 10 @ 101 = 1010, fee 0 USD, filled
          trade 4: maker h buys 10 @ 101 = 1010, fee 0 USD, filled
          bob LIN cross long filled: -10 @ 101 makes flat, gained 10, cash 99979
          ann LIN cross filled: +9 @ 101 makes flat, gained -9, cash 99987
          ann LIN cross filled: +1 @ 101 makes +1 @ 101, cash 99987
        """,
        Floor(CONTRACTS),
    )


def test_both_halves_may_open_close_or_turn() -> None:
    """A lot passes from one long to another: as many are open as before."""
    floor = Floor(CONTRACTS)
    floor.run("> ann sell 5 @ 100 on=LIN\n> bob buy 5 @ 100 on=LIN")
    contract = floor.state.instruments[0].contract
    assert contract is not None
    assert contract.open_lots == 5
    for line, open_lots in (
        ("> bob sell 2 @ 100 on=LIN\n> cat buy 2 @ 100 on=LIN", 5),
        ("> ann buy 3 @ 100 on=LIN\n> bob sell 3 @ 100 on=LIN", 2),
        ("> cat sell 4 @ 100 on=LIN\n> ann buy 4 @ 100 on=LIN", 2),
    ):
        floor.run(line)
        assert contract.open_lots == open_lots


LINEAR = Contract(Family(0, b"L", 2, 0, 2), False, 1, 1, 0)
INVERSE = Contract(Family(1, b"I", 2, 0, 2), True, 1000, 1, 0)
PARTS = 10**12


@pytest.mark.parametrize("contract", [LINEAR, INVERSE])
@pytest.mark.parametrize("seed", range(3))
def test_an_average_is_that_of_exact_fractions(contract: Contract, seed: int) -> None:
    """After as many fills and partial ends as you like; the entry is rounded only beyond 10**-38."""
    rng = random.Random(seed)
    position = Position(1, 2, 0, contract, CROSS, NET)
    exact = Fraction(0)
    for _ in range(200):
        lots, price = rng.randrange(1, 1000), rng.randrange(1, 10**6)
        if position.lots > lots and rng.random() < 0.5:
            exact *= Fraction(int(position.lots) - lots, int(position.lots))
            position.take(lots)
            position.lots -= lots
        else:
            exact += Fraction(lots, price) if contract.inverse else Fraction(lots * price)
            position.add(contract, price, lots)
            position.lots += lots
        assert position.entry_den <= EXACT_MAX
        assert abs(Fraction(position.entry_num, position.entry_den) - exact) <= Fraction(200, EXACT_MAX)
        ticks, parts = average_of(contract, position)
        average = position.lots / exact if contract.inverse else exact / position.lots
        assert abs(ticks + Fraction(parts, PARTS) - average) <= Fraction(1, 2 * PARTS) + Fraction(1, 10**20)


@given(
    contract=st.sampled_from([LINEAR, INVERSE]),
    price=st.integers(1, 10**6),
    size=st.integers(1, 10**6),
    part=st.integers(1, 10**6),
    is_long=st.booleans(),
    least=st.integers(-(10**12), 10**12),
)
def test_the_price_that_brings_enough_is_the_nearest_one(
    contract: Contract, price: int, size: int, part: int, is_long: bool, least: int
) -> None:
    position = Position(1, 2, 0, contract, CROSS, NET)
    position.add(contract, price, size)
    position.lots = size if is_long else -size
    lots = min(part, size)
    found = int(position.price_for(contract, lots, least))

    def brings(at: int) -> bool:
        numerator, denominator = position.gain(contract, at, lots)
        return numerator >= least * denominator

    worse = found - 1 if is_long else found + 1
    assert 1 <= found <= INT_MAX
    if 1 <= worse <= INT_MAX:
        assert not brings(worse) or found in {1, INT_MAX}
    if not brings(found):
        assert found == (INT_MAX if is_long else 1), "a better price would have brought it"
