"""Margin: what orders hold, what positions need, what is free, what may leave; one rule of ADR 0031 each."""

from tests.core.scenario import CONTRACTS, Floor, play


def with_fees(maker: int, taker: int) -> Floor:
    """The usual contracts, and a fee."""
    floor = Floor(CONTRACTS)
    floor.run(f"> fees tier=0 maker={maker} taker={taker}")
    return floor


def test_an_order_holds_its_initial_margin_and_its_fee_rounded_up() -> None:
    """7 lots at 99 are 693: a third of it and 0.1 % are 231.693."""
    play(
        """
        > ann buy 7 @ 99 on=LIN id=a
          placed a: buy 7 @ 99
          margins a: cross x3
          rests a: 7 @ 99
        > margins ann USD
          ann: equity 100000, held 232, initial 0, free 99768, spendable 99768
        > ann cancel a on=LIN
          canceled a: user, 7 off the book @ 99
        > margins ann USD
          ann: equity 100000, held 0, initial 0, free 100000, spendable 100000
        """,
        with_fees(1_000, 5_000),
    )


def test_a_rebate_holds_nothing_less() -> None:
    play(
        """
        > ann buy 6 @ 100 on=LIN id=a
          placed a: buy 6 @ 100
          margins a: cross x3
          rests a: 6 @ 100
        > margins ann USD
          ann: equity 100000, held 200, initial 0, free 99800, spendable 99800
        """,
        with_fees(-1_000, 5_000),
    )


def test_of_both_sides_the_dearer_is_held() -> None:
    """Both cannot open: 10 at 99 hold 330, 10 at 101 hold 337 of 1010/3, together 337."""
    play(
        """
        > ann buy 10 @ 99 on=LIN id=a
          placed a: buy 10 @ 99
          margins a: cross x3
          rests a: 10 @ 99
        > margins ann USD
          ann: equity 100000, held 330, initial 0, free 99670, spendable 99670
        > ann sell 10 @ 101 on=LIN id=b
          placed b: sell 10 @ 101
          margins b: cross x3
          rests b: 10 @ 101
        > margins ann USD
          ann: equity 100000, held 337, initial 0, free 99663, spendable 99663
        > ann cancel b on=LIN
          canceled b: user, 10 off the book @ 101
        > margins ann USD
          ann: equity 100000, held 330, initial 0, free 99670, spendable 99670
        """,
        Floor(CONTRACTS),
    )


def test_what_closes_holds_nothing() -> None:
    """Of 15 lots that rest against 10, 5 may open: a third of 15 * 101 / 3. As the position grows, less is held."""
    play(
        """
        > bob sell 12 @ 100 on=LIN id=b
          placed b: sell 12 @ 100
          margins b: cross x3
          rests b: 12 @ 100
        > ann buy 10 @ 100 on=LIN id=a
          placed a: buy 10 @ 100
          margins a: cross x3
          trade 1: taker a buys 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker b sells 10 @ 100 = 1000, fee 0 USD, 2 left
          ann LIN cross filled: +10 @ 100 makes +10 @ 100, cash 100000
          bob LIN cross filled: -10 @ 100 makes -10 @ 100, cash 100000
        > ann sell 15 @ 101 on=LIN id=c
          placed c: sell 15 @ 101
          margins c: cross x3
          rests c: 15 @ 101
        > margins ann USD
          ann: equity 100000, held 169, initial 334, free 99497, spendable 99497
        > ann buy 2 @ 100 on=LIN id=d
          placed d: buy 2 @ 100
          margins d: cross x3
          trade 2: taker d buys 2 @ 100 = 200, fee 0 USD, filled
          trade 2: maker b sells 2 @ 100 = 200, fee 0 USD, filled
          ann LIN cross filled: +2 @ 100 makes +12 @ 100, cash 100000
          bob LIN cross filled: -2 @ 100 makes -12 @ 100, cash 100000
        > margins ann USD
          ann: equity 100000, held 101, initial 400, free 99499, spendable 99499
        > cat buy 14 @ 101 on=LIN id=k
          placed k: buy 14 @ 101
          margins k: cross x3
          trade 3: taker k buys 14 @ 101 = 1414, fee 0 USD, filled
          trade 3: maker c sells 14 @ 101 = 1414, fee 0 USD, 1 left
          cat LIN cross filled: +14 @ 101 makes +14 @ 101, cash 100000
          ann LIN cross filled: -12 @ 101 makes flat, gained 12, cash 100012
          ann LIN cross filled: -2 @ 101 makes -2 @ 101, cash 100012
        > margins ann USD
          ann: equity 100014, held 34, initial 67, free 99913, spendable 99913
        """,
        Floor(CONTRACTS),
    )


def test_each_position_holds_for_itself() -> None:
    """A long and a short one, or a cross and an isolated one, may open both."""
    play(
        """
        > ann buy 10 @ 99 on=LIN id=a
          placed a: buy 10 @ 99
          margins a: cross x3
          rests a: 10 @ 99
        > ann sell 10 @ 101 on=LIN isolated id=b
          placed b: sell 10 @ 101
          margins b: isolated x3
          rests b: 10 @ 101
        > margins ann USD
          ann: equity 100000, held 667, initial 0, free 99333, spendable 99333
        > bob position_mode long_short
          position mode of bob: long_short
        > bob buy 10 @ 99 on=LIN long id=c
          placed c: buy 10 @ 99
          margins c: cross long x3
          rests c: 10 @ 99
        > bob sell 10 @ 101 on=LIN short id=d
          placed d: sell 10 @ 101
          margins d: cross short x3
          rests d: 10 @ 101
        > margins bob USD
          bob: equity 100000, held 667, initial 0, free 99333, spendable 99333
        """,
        Floor(CONTRACTS),
    )


def test_a_fee_tier_changes_what_is_held() -> None:
    play(
        """
        > ann buy 10 @ 100 on=LIN id=a
          placed a: buy 10 @ 100
          margins a: cross x3
          rests a: 10 @ 100
        > margins ann USD
          ann: equity 100000, held 334, initial 0, free 99666, spendable 99666
        > fees tier=1 maker=10000 taker=10000
          fee tier 1, group 0: maker 10000, taker 10000
        > configure ann tier=1
          configured ann: cancel_maker, tier 1, futures mode
        > margins ann USD
          ann: equity 100000, held 344, initial 0, free 99656, spendable 99656
        > fees tier=1 maker=20000 taker=20000
          fee tier 1, group 0: maker 20000, taker 20000
        > margins ann USD
          ann: equity 100000, held 354, initial 0, free 99646, spendable 99646
        """,
        Floor(CONTRACTS),
    )


def test_an_isolated_margin_leaves_the_cash_at_the_fill_and_returns_in_proportion() -> None:
    """7 lots at 99 for a third: 231. Three of seven return 99, the last four all the rest."""
    play(
        """
        > bob sell 7 @ 99 on=LIN id=b
          placed b: sell 7 @ 99
          margins b: cross x3
          rests b: 7 @ 99
        > ann buy 7 @ 99 on=LIN isolated id=a
          placed a: buy 7 @ 99
          margins a: isolated x3
          trade 1: taker a buys 7 @ 99 = 693, fee 0 USD, filled
          trade 1: maker b sells 7 @ 99 = 693, fee 0 USD, filled
          ann LIN isolated filled: +7 @ 99 makes +7 @ 99, margin +231 to 231, cash 99769
          bob LIN cross filled: -7 @ 99 makes -7 @ 99, cash 100000
        > bob buy 7 @ 98 on=LIN id=c
          placed c: buy 7 @ 98
          margins c: cross x3
          rests c: 7 @ 98
        > ann sell 3 @ 98 on=LIN isolated id=d
          placed d: sell 3 @ 98
          margins d: isolated x3
          trade 2: taker d sells 3 @ 98 = 294, fee 0 USD, filled
          trade 2: maker c buys 3 @ 98 = 294, fee 0 USD, 4 left
          ann LIN isolated filled: -3 @ 98 makes +4 @ 99, gained -3, margin -99 to 132, cash 99865
          bob LIN cross filled: +3 @ 98 makes -4 @ 99, gained 3, cash 100003
        > ann sell 4 @ 98 on=LIN isolated id=f
          placed f: sell 4 @ 98
          margins f: isolated x3
          trade 3: taker f sells 4 @ 98 = 392, fee 0 USD, filled
          trade 3: maker c buys 4 @ 98 = 392, fee 0 USD, filled
          ann LIN isolated filled: -4 @ 98 makes flat, gained -4, margin -132 to 0, cash 99993
          bob LIN cross filled: +4 @ 98 makes flat, gained 4, cash 100007
        """,
        Floor(CONTRACTS),
    )


def test_each_fill_rounds_its_margin_down() -> None:
    """Two fills of 1 lot at 100 take 33 each, where 2 lots at once take 66."""
    play(
        """
        > bob sell 1 @ 100 on=LIN id=b
          placed b: sell 1 @ 100
          margins b: cross x3
          rests b: 1 @ 100
        > cat sell 1 @ 100 on=LIN id=c
          placed c: sell 1 @ 100
          margins c: cross x3
          rests c: 1 @ 100
        > ann buy 2 @ 100 on=LIN isolated id=a
          placed a: buy 2 @ 100
          margins a: isolated x3
          trade 1: taker a buys 1 @ 100 = 100, fee 0 USD, 1 left
          trade 1: maker b sells 1 @ 100 = 100, fee 0 USD, filled
          ann LIN isolated filled: +1 @ 100 makes +1 @ 100, margin +33 to 33, cash 99967
          bob LIN cross filled: -1 @ 100 makes -1 @ 100, cash 100000
          trade 2: taker a buys 1 @ 100 = 100, fee 0 USD, filled
          trade 2: maker c sells 1 @ 100 = 100, fee 0 USD, filled
          ann LIN isolated filled: +1 @ 100 makes +2 @ 100, margin +33 to 66, cash 99934
          cat LIN cross filled: -1 @ 100 makes -1 @ 100, cash 100000
        """,
        Floor(CONTRACTS),
    )


def test_a_cross_position_needs_its_initial_margin_at_the_mark() -> None:
    """10 lots at 100 need 334, at 104 347. Gains are free margin, and may leave the account only as far as cash goes."""
    play(
        """
        > bob sell 10 @ 100 on=LIN id=b
          placed b: sell 10 @ 100
          margins b: cross x3
          rests b: 10 @ 100
        > ann buy 10 @ 100 on=LIN id=a
          placed a: buy 10 @ 100
          margins a: cross x3
          trade 1: taker a buys 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker b sells 10 @ 100 = 1000, fee 0 USD, filled
          ann LIN cross filled: +10 @ 100 makes +10 @ 100, cash 100000
          bob LIN cross filled: -10 @ 100 makes -10 @ 100, cash 100000
        > margins ann USD
          ann: equity 100000, held 0, initial 334, free 99666, spendable 99666
        > mark LIN 104
          LIN mark 104: buy <= 109, sell >= 99
        > margins ann USD
          ann: equity 100040, held 0, initial 347, free 99693, spendable 99693
        > margins bob USD
          bob: equity 99960, held 0, initial 347, free 99613, spendable 99613
        > withdraw ann 99694 USD
          refused: insufficient_funds
        > withdraw ann 99693 USD
          withdrawn 99693 USD: ann trading has 307
        > withdraw ann 1 USD
          refused: insufficient_funds
        """,
        Floor(CONTRACTS),
    )


def test_a_gain_that_is_not_realized_does_not_leave() -> None:
    """With 400 in cash and a gain of 50, 100 are free beside 350. With less needed, the cash is what may leave."""
    floor = Floor(CONTRACTS)
    floor.run("> bob sell 10 @ 100 on=LIN\n> ann buy 10 @ 100 on=LIN\n> withdraw ann 99600 USD\n> mark LIN 105")
    play(
        """
        > margins ann USD
          ann: equity 450, held 0, initial 350, free 100, spendable 100
        > withdraw ann 101 USD
          refused: insufficient_funds
        > ann buy 3 @ 105 on=LIN
          refused: insufficient_balance
        > ann lever 100 on=LIN
          leverage of ann LIN cross: x100
        > margins ann USD
          ann: equity 450, held 0, initial 11, free 439, spendable 400
        > withdraw ann 401 USD
          refused: insufficient_funds
        > withdraw ann 400 USD
          withdrawn 400 USD: ann trading has 0
        > margins ann USD
          ann: equity 50, held 0, initial 11, free 39, spendable 0
        """,
        floor,
    )


def test_an_isolated_gain_belongs_to_its_position() -> None:
    play(
        """
        > bob sell 10 @ 100 on=LIN id=b
          placed b: sell 10 @ 100
          margins b: cross x3
          rests b: 10 @ 100
        > ann buy 10 @ 100 on=LIN isolated id=a
          placed a: buy 10 @ 100
          margins a: isolated x3
          trade 1: taker a buys 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker b sells 10 @ 100 = 1000, fee 0 USD, filled
          ann LIN isolated filled: +10 @ 100 makes +10 @ 100, margin +333 to 333, cash 99667
          bob LIN cross filled: -10 @ 100 makes -10 @ 100, cash 100000
        > mark LIN 105
          LIN mark 105: buy <= 110, sell >= 100
        > margins ann USD
          ann: equity 99667, held 0, initial 0, free 99667, spendable 99667
        > mark LIN 95
          LIN mark 95: buy <= 99, sell >= 91
        > margins ann USD
          ann: equity 99667, held 0, initial 0, free 99667, spendable 99667
        """,
        Floor(CONTRACTS),
    )


def test_each_currency_stands_for_itself() -> None:
    """BTC do not margin what is settled in USD."""
    play(
        """
        > withdraw ann 99999 USD
          withdrawn 99999 USD: ann trading has 1
        > ann buy 1 @ 100 on=LIN
          refused: insufficient_balance
        > ann buy 10 @ 100 on=INV id=a
          placed a: buy 10 @ 100
          margins a: cross x3
          rests a: 10 @ 100
        > margins ann USD
          ann: equity 1, held 0, initial 0, free 1, spendable 1
        > margins ann BTC
          ann: equity 1000, held 34, initial 0, free 966, spendable 966
        """,
        Floor(CONTRACTS),
    )


def test_spot_orders_and_contracts_share_the_cash() -> None:
    floor = Floor(CONTRACTS)
    floor.run("> instrument BTC-USD base=BTC quote=USD\n> withdraw ann 99000 USD")
    play(
        """
        > ann buy 6 @ 100 on=BTC-USD id=a
          placed a: buy 6 @ 100
          rests a: 6 @ 100
        > margins ann USD
          ann: equity 1000, held 600, initial 0, free 400, spendable 400
        > ann buy 13 @ 100 on=LIN id=b
          refused: insufficient_balance
        > ann buy 12 @ 100 on=LIN id=b
          placed b: buy 12 @ 100
          margins b: cross x3
          rests b: 12 @ 100
        > ann buy 1 @ 100 on=BTC-USD
          refused: insufficient_balance
        """,
        floor,
    )


def test_an_open_position_bounds_what_spot_orders_may_spend() -> None:
    """10 lots need 334 of 1000: 666 are left to buy with, and a loss takes from them."""
    floor = Floor(CONTRACTS)
    floor.run("""> instrument BTC-USD base=BTC quote=USD
> withdraw ann 99000 USD
> bob sell 10 @ 100 on=LIN
> ann buy 10 @ 100 on=LIN""")
    play(
        """
        > margins ann USD
          ann: equity 1000, held 0, initial 334, free 666, spendable 666
        > ann buy 1 @ 667 on=BTC-USD
          refused: insufficient_balance
        > ann buy 1 @ 666 on=BTC-USD id=a
          placed a: buy 1 @ 666
          rests a: 1 @ 666
        > ann cancel a
          canceled a: user, 1 off the book @ 666
        > mark LIN 95
          LIN mark 95: buy <= 99, sell >= 91
        > margins ann USD
          ann: equity 950, held 0, initial 317, free 633, spendable 633
        > ann buy 1 @ 634 on=BTC-USD
          refused: insufficient_balance
        > bob sell 7 @ 100 on=BTC-USD
          placed #3: sell 7 @ 100
          rests #3: 7 @ 100
        > ann buy 7 market on=BTC-USD
          placed #4: buy 6 market
          trade 1: taker #4 buys 6 @ 100 = 600, fee 0 BTC, filled
          trade 1: maker #3 sells 6 @ 100 = 600, fee 0 USD, 1 left
        """,
        floor,
    )


def test_a_profit_is_paid_before_its_counterpart_is_closed() -> None:
    """The house's clearing balance stands between: what it owes is what others have lost and not yet paid."""
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
        > cat buy 10 @ 104 on=LIN id=k
          placed k: buy 10 @ 104
          margins k: cross x3
          rests k: 10 @ 104
        > bob sell 10 @ 104 on=LIN id=d
          placed d: sell 10 @ 104
          margins d: cross x3
          trade 2: taker d sells 10 @ 104 = 1040, fee 0 USD, filled
          trade 2: maker k buys 10 @ 104 = 1040, fee 0 USD, filled
          bob LIN cross filled: -10 @ 104 makes flat, gained 40, cash 100040
          cat LIN cross filled: +10 @ 104 makes +10 @ 104, cash 100000
        > balances bob fund_LINEAR
          bob: 1000 BTC, 100040 USD
          fund_LINEAR: 10000 USD, -40 USD funding
        > cat sell 10 @ 104 on=LIN id=f
          placed f: sell 10 @ 104
          margins f: cross x3
          rests f: 10 @ 104
        > ann buy 10 @ 104 on=LIN id=g
          placed g: buy 10 @ 104
          margins g: cross x3
          trade 3: taker g buys 10 @ 104 = 1040, fee 0 USD, filled
          trade 3: maker f sells 10 @ 104 = 1040, fee 0 USD, filled
          ann LIN cross filled: +10 @ 104 makes flat, gained -40, cash 99960
          cat LIN cross filled: -10 @ 104 makes flat, cash 100000
        > balances ann cat fund_LINEAR
          ann: 1000 BTC, 99960 USD
          cat: 1000 BTC, 100000 USD
          fund_LINEAR: 10000 USD, 0 USD funding
        """,
        Floor(CONTRACTS),
    )


def test_a_liquidated_position_takes_its_orders_with_it() -> None:
    """Long 10 by 100 with a margin of 10: at 99 nothing is left, and what rests is canceled before it is taken over."""
    floor = Floor(CONTRACTS)
    floor.run("""> ann lever 100 on=LIN isolated
> bob sell 10 @ 100 on=LIN
> ann buy 10 @ 100 on=LIN isolated""")
    play(
        """
        > ann buy 5 @ 96 on=LIN isolated id=a
          placed a: buy 5 @ 96
          margins a: isolated x100
          rests a: 5 @ 96
        > ann sell 10 @ 105 on=LIN isolated reduce id=b
          placed b: sell 10 @ 105
          margins b: isolated x100, reduces
          rests b: 10 @ 105
        > ann buy 1 @ 96 on=LIN id=c
          placed c: buy 1 @ 96
          margins c: cross x3
          rests c: 1 @ 96
        > mark LIN 99
          LIN mark 99: buy <= 103, sell >= 95
          warned ann LIN isolated: ratio 0 ppm
          canceled a: liquidated, 5 off the book @ 96
          canceled b: liquidated, 10 off the book @ 105
          taken over ann LIN isolated: +10 @ 99, bankrupt at 99, rest 0
          ann LIN isolated liquidated: -10 @ 99 makes flat, gained -10, margin -10 to 0, cash 99990
          fund LINEAR +0 to 10000, peak 10000: liquidation of ann
          fund_LINEAR LIN cross filled: +10 @ 99 makes +10 @ 99, cash 10000
          placed #3: sell 10 @ 95 ioc
          margins #3: cross x3, reduces
          trade 2: taker #3 sells 1 @ 96 = 96, fee 0 USD, 9 left
          trade 2: maker c buys 1 @ 96 = 96, fee 0 USD, filled
          fund_LINEAR LIN cross filled: -1 @ 96 makes +9 @ 99, gained -3, cash 9997
          ann LIN cross filled: +1 @ 96 makes +1 @ 96, cash 99990
          canceled #3: ioc_rest, 9 left
        """,
        floor,
    )
