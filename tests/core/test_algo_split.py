"""Split take profits and the stop loss that they share: its size, its price, and what ends what."""

from tests.core.scenario import play
from tests.core.traded import traded

OPENED_WITH_TWO = """
        > bob sell 9 @ 100 on=LIN
          placed #3: sell 9 @ 100
          margins #3: cross x3
          rests #3: 9 @ 100
        > ann attach 2 profit_trigger=102 together=1 id=one on=LIN
        > ann attach 3 profit_kind=1 profit_price=103 together=1 id=two on=LIN
        > ann attach loss_trigger=97 together=1 id=stop on=LIN
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, 4 left
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
          algo order asks for together=1
          algo one: conditional sell 2 cross, when #4 has ended
          algo order asks for profit_kind=1 together=1
          algo two: conditional sell 3 cross, when #4 has ended
          algo order asks for together=1
          algo stop: conditional sell what fills cross, when #4 has ended
          algo one is live for 2
          algo two is live for 3
          algo stop is live for 5
          algo two take_profit at 103: orders 3
          algo stop stops with an order for 3
          placed #5: sell 3 @ 103
          margins #5: cross x3
          rests #5: 3 @ 103
          algo two effective: done
"""
"""Five bought with a take profit that waits, one that has ordered, and the stop loss of both."""


def test_split_limit_take_profits_have_one_stop_loss_which_moves_to_what_the_order_had_cost() -> None:
    play(
        """
        > bob sell 2 @ 100 on=LIN
          placed #3: sell 2 @ 100
          margins #3: cross x3
          rests #3: 2 @ 100
        > bob sell 3 @ 101 on=LIN
          placed #4: sell 3 @ 101
          margins #4: cross x3
          rests #4: 3 @ 101
        > ann attach 2 profit_kind=1 profit_price=103 together=1 id=one on=LIN
        > ann attach 3 profit_kind=1 profit_price=104 together=1 id=two on=LIN
        > ann attach loss_trigger=97 together=1 cost_stop=1 id=stop on=LIN
        > ann buy 5 @ 101 on=LIN
          placed #5: buy 5 @ 101
          margins #5: cross x3
          trade 2: taker #5 buys 2 @ 100 = 200, fee 0 USD, 3 left
          trade 2: maker #3 sells 2 @ 100 = 200, fee 0 USD, filled
          ann LIN cross filled: +2 @ 100 makes +2 @ 100, cash 100000
          bob LIN cross filled: -2 @ 100 makes -3 @ 100, cash 100000
          trade 3: taker #5 buys 3 @ 101 = 303, fee 0 USD, filled
          trade 3: maker #4 sells 3 @ 101 = 303, fee 0 USD, filled
          ann LIN cross filled: +3 @ 101 makes +5 @ 100.6, cash 100000
          bob LIN cross filled: -3 @ 101 makes -6 @ 100.5, cash 100000
          algo order asks for profit_kind=1 together=1
          algo one: conditional sell 2 cross, when #5 has ended
          algo order asks for profit_kind=1 together=1
          algo two: conditional sell 3 cross, when #5 has ended
          algo order asks for together=1 cost_stop=1
          algo stop: conditional sell what fills cross, when #5 has ended
          algo one is live for 2
          algo two is live for 3
          algo stop is live for 5
          algo one take_profit at 103: orders 2
          algo stop stops with an order for 2
          placed #6: sell 2 @ 103
          margins #6: cross x3
          rests #6: 2 @ 103
          algo one effective: done
          algo two take_profit at 104: orders 3
          algo stop stops with an order for 3
          placed #7: sell 3 @ 104
          margins #7: cross x3
          rests #7: 3 @ 104
          algo two effective: done
        > cat buy 1 @ 103 on=LIN
          placed #8: buy 1 @ 103
          margins #8: cross x3
          trade 4: taker #8 buys 1 @ 103 = 103, fee 0 USD, filled
          trade 4: maker #6 sells 1 @ 103 = 103, fee 0 USD, 1 left
          cat LIN cross filled: +1 @ 103 makes +2 @ 101.5, cash 100000
          ann LIN cross filled: -1 @ 103 makes +4 @ 100.6, gained 2, cash 100002
          algo stop amended: size=4 loss_trigger=101
        """,
        traded(),
    )


def test_split_take_profits_take_their_parts_from_the_stop_loss() -> None:
    play(
        """
        > bob sell 9 @ 100 on=LIN
          placed #3: sell 9 @ 100
          margins #3: cross x3
          rests #3: 9 @ 100
        > ann attach 2 profit_trigger=102 together=1 reduce_only=1 id=one on=LIN
        > ann attach 3 profit_trigger=103 together=1 reduce_only=1 id=two on=LIN
        > ann attach loss_trigger=97 together=1 reduce_only=1 cost_stop=1 id=stop on=LIN
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, 4 left
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
          algo order asks for together=1
          algo one: conditional sell 2 cross, when #4 has ended
          algo order asks for together=1
          algo two: conditional sell 3 cross, when #4 has ended
          algo order asks for together=1 cost_stop=1
          algo stop: conditional sell what fills cross, when #4 has ended
          algo one is live for 2
          algo two is live for 3
          algo stop is live for 5
        > mark LIN 102
          LIN mark 102: buy <= 107, sell >= 97
        > bob buy 9 @ 101 on=LIN
          placed #5: buy 9 @ 101
          margins #5: cross x3
          canceled #3: self_trade, 4 off the book @ 100
          rests #5: 9 @ 101
        > cat sell 1 @ 101 on=LIN
          placed #6: sell 1 @ 101
          margins #6: cross x3
          trade 3: taker #6 sells 1 @ 101 = 101, fee 0 USD, filled
          trade 3: maker #5 buys 1 @ 101 = 101, fee 0 USD, 8 left
          cat LIN cross filled: -1 @ 101 makes flat, gained 1, cash 100001
          bob LIN cross filled: +1 @ 101 makes -5 @ 100, gained -1, cash 99999
        > cat buy 1 @ 102 on=LIN
          placed #7: buy 1 @ 102
          margins #7: cross x3
          rests #7: 1 @ 102
        > bob sell 1 @ 102 on=LIN
          placed #8: sell 1 @ 102
          margins #8: cross x3
          trade 4: taker #8 sells 1 @ 102 = 102, fee 0 USD, filled
          trade 4: maker #7 buys 1 @ 102 = 102, fee 0 USD, filled
          bob LIN cross filled: -1 @ 102 makes -6 @ 100.333333333333, cash 99999
          cat LIN cross filled: +1 @ 102 makes +1 @ 102, cash 100001
          algo one take_profit at 102: orders 2
          placed #9: sell 2 market
          margins #9: cross x3, reduces
          trade 5: taker #9 sells 2 @ 101 = 202, fee 0 USD, filled
          trade 5: maker #5 buys 2 @ 101 = 202, fee 0 USD, 6 left
          ann LIN cross filled: -2 @ 101 makes +3 @ 100, gained 2, cash 100002
          bob LIN cross filled: +2 @ 101 makes -4 @ 100.333333333333, gained -2, cash 99997
          algo one effective: done
          algo stop amended: size=3 loss_trigger=100
        > cat buy 1 @ 102 on=LIN
          placed #10: buy 1 @ 102
          margins #10: cross x3
          rests #10: 1 @ 102
        """,
        traded(),
    )


def test_a_stop_loss_ends_the_take_profits_that_belong_to_it() -> None:
    play(
        OPENED_WITH_TWO
        + """
        > bob buy 9 @ 96 on=LIN
          placed #6: buy 9 @ 96
          margins #6: cross x3
          rests #6: 9 @ 96
        > cat sell 1 @ 96 on=LIN
          placed #7: sell 1 @ 96
          margins #7: cross x3
          trade 3: taker #7 sells 1 @ 96 = 96, fee 0 USD, filled
          trade 3: maker #6 buys 1 @ 96 = 96, fee 0 USD, 8 left
          cat LIN cross filled: -1 @ 96 makes flat, gained -4, cash 99996
          bob LIN cross filled: +1 @ 96 makes -5 @ 100, gained 4, cash 100004
          canceled #5: stop_triggered, 3 off the book @ 103
          algo one canceled: stopped
          algo stop stop_loss at 96: orders 5
          placed #8: sell 5 market
          margins #8: cross x3
          trade 4: taker #8 sells 5 @ 96 = 480, fee 0 USD, filled
          trade 4: maker #6 buys 5 @ 96 = 480, fee 0 USD, 3 left
          ann LIN cross filled: -5 @ 96 makes flat, gained -20, cash 99980
          bob LIN cross filled: +5 @ 96 makes flat, gained 20, cash 100024
          algo stop effective: done
        """,
        traded(),
    )


def test_a_stop_loss_that_is_canceled_lets_split_take_profits_go_on() -> None:
    play(
        OPENED_WITH_TWO
        + """
        > ann cancel_algo stop on=LIN
          canceled #5: stop_canceled, 3 off the book @ 103
          algo stop canceled: canceled_by_user
        """,
        traded(),
    )


def test_of_two_stop_losses_each_has_less_to_close_and_neither_ends_the_other() -> None:
    play(
        """
        > bob sell 5 @ 100 on=LIN
          placed #3: sell 5 @ 100
          margins #3: cross x3
          rests #3: 5 @ 100
        > ann attach 2 profit_trigger=101 together=1 id=one on=LIN
        > ann attach loss_trigger=97 together=1 id=near on=LIN
        > ann attach loss_trigger=95 together=1 id=far on=LIN
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, filled
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
          algo order asks for together=1
          algo one: conditional sell 2 cross, when #4 has ended
          algo order asks for together=1
          algo near: conditional sell what fills cross, when #4 has ended
          algo order asks for together=1
          algo far: conditional sell what fills cross, when #4 has ended
          algo one is live for 2
          algo near is live for 5
          algo far is live for 5
        > cat buy 2 @ 101 on=LIN
          placed #5: buy 2 @ 101
          margins #5: cross x3
          rests #5: 2 @ 101
        > bob sell 1 @ 101 on=LIN
          placed #6: sell 1 @ 101
          margins #6: cross x3
          trade 3: taker #6 sells 1 @ 101 = 101, fee 0 USD, filled
          trade 3: maker #5 buys 1 @ 101 = 101, fee 0 USD, 1 left
          bob LIN cross filled: -1 @ 101 makes -7 @ 100.142857142857, cash 100000
          cat LIN cross filled: +1 @ 101 makes +2 @ 100.5, cash 100000
          algo one take_profit at 101: orders 2
          placed #7: sell 2 market
          margins #7: cross x3
          trade 4: taker #7 sells 1 @ 101 = 101, fee 0 USD, 1 left
          trade 4: maker #5 buys 1 @ 101 = 101, fee 0 USD, filled
          ann LIN cross filled: -1 @ 101 makes +4 @ 100, gained 1, cash 100001
          cat LIN cross filled: +1 @ 101 makes +3 @ 100.666666666667, cash 100000
          canceled #7: no_liquidity, 1 left
          algo one effective: done
          algo near amended: size=4 loss_trigger=97
          algo far amended: size=4 loss_trigger=95
        > bob buy 9 @ 96 on=LIN
          placed #8: buy 9 @ 96
          margins #8: cross x3
          rests #8: 9 @ 96
        > cat sell 1 @ 96 on=LIN
          placed #9: sell 1 @ 96
          margins #9: cross x3
          trade 5: taker #9 sells 1 @ 96 = 96, fee 0 USD, filled
          trade 5: maker #8 buys 1 @ 96 = 96, fee 0 USD, 8 left
          cat LIN cross filled: -1 @ 96 makes +2 @ 100.666666666667, gained -5, cash 99995
          bob LIN cross filled: +1 @ 96 makes -6 @ 100.142857142857, gained 4, cash 100004
          algo near stop_loss at 96: orders 4
          placed #10: sell 4 market
          margins #10: cross x3
          trade 6: taker #10 sells 4 @ 96 = 384, fee 0 USD, filled
          trade 6: maker #8 buys 4 @ 96 = 384, fee 0 USD, 4 left
          ann LIN cross filled: -4 @ 96 makes flat, gained -16, cash 99985
          bob LIN cross filled: +4 @ 96 makes -2 @ 100.142857142857, gained 16, cash 100020
          algo near effective: done
        """,
        traded(),
    )
