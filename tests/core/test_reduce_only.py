"""Orders for contracts that only reduce: cut to what there is, and never beyond the position."""

from tests.core.scenario import CONTRACTS, Floor, holding, play


def test_a_reduce_only_order_is_cut_to_what_no_other_order_would_close() -> None:
    play(
        """
        > ann sell 4 @ 103 on=LIN id=a
          placed a: sell 4 @ 103
          margins a: cross x3
          rests a: 4 @ 103
        > ann sell 15 @ 104 on=LIN reduce id=b
          placed b: sell 6 @ 104
          margins b: cross x3, reduces
          rests b: 6 @ 104
        > ann sell 1 @ 105 on=LIN reduce
          refused: reduces_beyond_position
        > margins ann USD
          ann: equity 100000, held 0, initial 334, free 99666, spendable 99666
        """,
        holding(),
    )


def test_reduce_only_orders_yield_to_others_the_latest_first() -> None:
    play(
        """
        > ann sell 6 @ 103 on=LIN reduce id=a
          placed a: sell 6 @ 103
          margins a: cross x3, reduces
          rests a: 6 @ 103
        > ann sell 4 @ 104 on=LIN reduce id=b
          placed b: sell 4 @ 104
          margins b: cross x3, reduces
          rests b: 4 @ 104
        > ann sell 5 @ 105 on=LIN id=d
          placed d: sell 5 @ 105
          margins d: cross x3
          rests d: 5 @ 105
          canceled b: nothing_to_reduce, 4 off the book @ 104
          amended a: 6 @ 103 becomes 5 @ 103 of 5, keeps its place
        > book LIN
          ask 105: d 5
          ask 103: a 5
        """,
        holding(),
    )


def test_reduce_only_orders_shrink_with_the_position_and_end_with_it() -> None:
    play(
        """
        > ann sell 6 @ 103 on=LIN reduce id=a
          placed a: sell 6 @ 103
          margins a: cross x3, reduces
          rests a: 6 @ 103
        > bob buy 8 @ 100 on=LIN id=b
          placed b: buy 8 @ 100
          margins b: cross x3
          rests b: 8 @ 100
        > ann sell 7 @ 100 on=LIN id=d
          placed d: sell 7 @ 100
          margins d: cross x3
          trade 2: taker d sells 7 @ 100 = 700, fee 0 USD, filled
          trade 2: maker b buys 7 @ 100 = 700, fee 0 USD, 1 left
          ann LIN cross filled: -7 @ 100 makes +3 @ 100, cash 100000
          bob LIN cross filled: +7 @ 100 makes -3 @ 100, cash 100000
          amended a: 6 @ 103 becomes 3 @ 103 of 3, keeps its place
        > cat buy 1 @ 103 on=LIN id=f
          placed f: buy 1 @ 103
          margins f: cross x3
          trade 3: taker f buys 1 @ 103 = 103, fee 0 USD, filled
          trade 3: maker a sells 1 @ 103 = 103, fee 0 USD, 2 left
          cat LIN cross filled: +1 @ 103 makes +1 @ 103, cash 100000
          ann LIN cross filled: -1 @ 103 makes +2 @ 100, gained 3, cash 100003
        > ann sell 1 market on=LIN id=g
          placed g: sell 1 market
          margins g: cross x3
          trade 4: taker g sells 1 @ 100 = 100, fee 0 USD, filled
          trade 4: maker b buys 1 @ 100 = 100, fee 0 USD, filled
          ann LIN cross filled: -1 @ 100 makes +1 @ 100, cash 100003
          bob LIN cross filled: +1 @ 100 makes -2 @ 100, cash 100000
          amended a: 2 @ 103 becomes 1 @ 103 of 2, keeps its place
        > bob buy 1 @ 100 on=LIN id=h
          placed h: buy 1 @ 100
          margins h: cross x3
          rests h: 1 @ 100
        > ann sell 5 @ 100 on=LIN id=i
          placed i: sell 5 @ 100
          margins i: cross x3
          trade 5: taker i sells 1 @ 100 = 100, fee 0 USD, 4 left
          trade 5: maker h buys 1 @ 100 = 100, fee 0 USD, filled
          ann LIN cross filled: -1 @ 100 makes flat, cash 100003
          bob LIN cross filled: +1 @ 100 makes -1 @ 100, cash 100000
          canceled a: nothing_to_reduce, 1 off the book @ 103
          rests i: 4 @ 100
        """,
        holding(),
    )


def test_a_position_that_turns_round_leaves_nothing_to_reduce() -> None:
    play(
        """
        > ann sell 6 @ 103 on=LIN reduce id=a
          placed a: sell 6 @ 103
          margins a: cross x3, reduces
          rests a: 6 @ 103
        > bob buy 12 @ 100 on=LIN id=b
          placed b: buy 12 @ 100
          margins b: cross x3
          rests b: 12 @ 100
        > ann sell 12 @ 100 on=LIN id=d
          placed d: sell 12 @ 100
          margins d: cross x3
          trade 2: taker d sells 12 @ 100 = 1200, fee 0 USD, filled
          trade 2: maker b buys 12 @ 100 = 1200, fee 0 USD, filled
          ann LIN cross filled: -10 @ 100 makes flat, cash 100000
          ann LIN cross filled: -2 @ 100 makes -2 @ 100, cash 100000
          bob LIN cross filled: +10 @ 100 makes flat, cash 100000
          bob LIN cross filled: +2 @ 100 makes +2 @ 100, cash 100000
          canceled a: nothing_to_reduce, 6 off the book @ 103
        """,
        holding(),
    )


def test_a_reduce_only_market_order_never_opens() -> None:
    play(
        """
        > cat buy 20 @ 100 on=LIN id=k
          placed k: buy 20 @ 100
          margins k: cross x3
          rests k: 20 @ 100
        > ann sell 20 market on=LIN reduce id=a
          placed a: sell 10 market
          margins a: cross x3, reduces
          trade 2: taker a sells 10 @ 100 = 1000, fee 0 USD, filled
          trade 2: maker k buys 10 @ 100 = 1000, fee 0 USD, 10 left
          ann LIN cross filled: -10 @ 100 makes flat, cash 100000
          cat LIN cross filled: +10 @ 100 makes +10 @ 100, cash 100000
        """,
        holding(),
    )


def test_closing_in_long_and_short_mode_only_reduces_and_is_refused_instead_of_cut() -> None:
    floor = Floor(CONTRACTS)
    floor.run("> ann position_mode long_short\n> bob sell 10 @ 100 on=LIN\n> ann buy 10 @ 100 on=LIN long")
    play(
        """
        > ann sell 11 @ 101 on=LIN long
          refused: reduces_beyond_position
        > ann sell 4 @ 101 on=LIN long id=a
          placed a: sell 4 @ 101
          margins a: cross long x3, reduces
          rests a: 4 @ 101
        > ann sell 7 @ 102 on=LIN long
          refused: reduces_beyond_position
        > ann sell 6 @ 102 on=LIN long id=b
          placed b: sell 6 @ 102
          margins b: cross long x3, reduces
          rests b: 6 @ 102
        > ann buy 1 @ 99 on=LIN short
          refused: position_not_found
        > ann sell 1 @ 103 on=LIN short id=d
          placed d: sell 1 @ 103
          margins d: cross short x3
          rests d: 1 @ 103
        > margins ann USD
          ann: equity 100000, held 35, initial 334, free 99631, spendable 99631
        """,
        floor,
    )


def test_a_reduce_only_order_is_not_amended_beyond_the_position() -> None:
    play(
        """
        > ann sell 5 @ 104 on=LIN reduce id=a
          placed a: sell 5 @ 104
          margins a: cross x3, reduces
          rests a: 5 @ 104
        > ann amend a 11 on=LIN
          refused: reduces_beyond_position
        > ann amend a 10 on=LIN
          amended a: 5 @ 104 becomes 10 @ 104 of 10, loses its place
          rests a: 10 @ 104
        > ann amend a 3 @ 103 on=LIN
          amended a: 10 @ 104 becomes 3 @ 103 of 3, loses its place
          rests a: 3 @ 103
        """,
        holding(),
    )
