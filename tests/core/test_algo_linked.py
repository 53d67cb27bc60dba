"""Take profits and stop losses that belong together: limit take profits, split ones, cost-price stops, ratios."""

from tests.core.scenario import play
from tests.core.traded import traded


def test_a_limit_take_profit_rests_and_its_fills_lower_the_stop_loss() -> None:
    play(
        """
        > bob sell 5 @ 100 on=LIN
          placed #3: sell 5 @ 100
          margins #3: cross x3
          rests #3: 5 @ 100
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, filled
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
        > ann algo oco sell 5 profit_kind=1 profit_price=103 loss_trigger=97 reduce_only=2 id=s on=LIN
          algo order asks for profit_kind=1
          algo s: oco sell 5 cross
          algo s stops with an order for 5
          placed #5: sell 5 @ 103
          margins #5: cross x3, reduces
          rests #5: 5 @ 103
        > cat buy 2 @ 103 on=LIN
          placed #6: buy 2 @ 103
          margins #6: cross x3
          trade 3: taker #6 buys 2 @ 103 = 206, fee 0 USD, filled
          trade 3: maker #5 sells 2 @ 103 = 206, fee 0 USD, 3 left
          cat LIN cross filled: +2 @ 103 makes +3 @ 102, cash 100000
          ann LIN cross filled: -2 @ 103 makes +3 @ 100, gained 6, cash 100006
          algo s amended: size=3 profit_price=103 loss_trigger=97
        > bob buy 9 @ 96 on=LIN
          placed #7: buy 9 @ 96
          margins #7: cross x3
          rests #7: 9 @ 96
        > cat sell 1 @ 96 on=LIN
          placed #8: sell 1 @ 96
          margins #8: cross x3
          trade 4: taker #8 sells 1 @ 96 = 96, fee 0 USD, filled
          trade 4: maker #7 buys 1 @ 96 = 96, fee 0 USD, 8 left
          cat LIN cross filled: -1 @ 96 makes +2 @ 102, gained -6, cash 99994
          bob LIN cross filled: +1 @ 96 makes -5 @ 100, gained 4, cash 100004
          canceled #5: stop_triggered, 3 off the book @ 103
          algo s stop_loss at 96: orders 3
          placed #9: sell 3 market
          margins #9: cross x3, reduces
          trade 5: taker #9 sells 3 @ 96 = 288, fee 0 USD, filled
          trade 5: maker #7 buys 3 @ 96 = 288, fee 0 USD, 5 left
          ann LIN cross filled: -3 @ 96 makes flat, gained -12, cash 99994
          bob LIN cross filled: +3 @ 96 makes -2 @ 100, gained 12, cash 100016
          algo s effective: done
        """,
        traded(),
    )


def test_a_limit_take_profit_that_is_filled_ends_the_stop_loss() -> None:
    play(
        """
        > bob sell 5 @ 100 on=LIN
          placed #3: sell 5 @ 100
          margins #3: cross x3
          rests #3: 5 @ 100
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, filled
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
        > ann algo oco sell 4 profit_kind=1 profit_price=103 loss_trigger=97 id=s on=LIN
          algo order asks for profit_kind=1
          algo s: oco sell 4 cross
          algo s stops with an order for 4
          placed #5: sell 4 @ 103
          margins #5: cross x3
          rests #5: 4 @ 103
        > cat buy 9 @ 103 on=LIN
          placed #6: buy 9 @ 103
          margins #6: cross x3
          trade 3: taker #6 buys 4 @ 103 = 412, fee 0 USD, 5 left
          trade 3: maker #5 sells 4 @ 103 = 412, fee 0 USD, filled
          cat LIN cross filled: +4 @ 103 makes +5 @ 102.4, cash 100000
          ann LIN cross filled: -4 @ 103 makes +1 @ 100, gained 12, cash 100012
          rests #6: 5 @ 103
          algo s canceled: profit_taken
        """,
        traded(),
    )


def test_a_limit_take_profit_goes_with_its_stop_loss_and_not_the_other_way_round() -> None:
    play(
        """
        > bob sell 5 @ 100 on=LIN
          placed #3: sell 5 @ 100
          margins #3: cross x3
          rests #3: 5 @ 100
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, filled
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
        > ann algo oco sell 2 profit_kind=1 profit_price=103 loss_trigger=97 id=s on=LIN
          algo order asks for profit_kind=1
          algo s: oco sell 2 cross
          algo s stops with an order for 2
          placed #5: sell 2 @ 103
          margins #5: cross x3
          rests #5: 2 @ 103
        > ann algo oco sell 2 profit_kind=1 profit_price=104 loss_trigger=97 id=t on=LIN
          algo order asks for profit_kind=1
          algo t: oco sell 2 cross
          algo t stops with an order for 2
          placed #6: sell 2 @ 104
          margins #6: cross x3
          rests #6: 2 @ 104
        > ann cancel_algo s on=LIN
          canceled #5: stop_canceled, 2 off the book @ 103
          algo s canceled: canceled_by_user
        > ann cancel #6 on=LIN
          canceled #6: user, 2 off the book @ 104
        > bob buy 9 @ 96 on=LIN
          placed #7: buy 9 @ 96
          margins #7: cross x3
          rests #7: 9 @ 96
        > cat sell 1 @ 96 on=LIN
          placed #8: sell 1 @ 96
          margins #8: cross x3
          trade 3: taker #8 sells 1 @ 96 = 96, fee 0 USD, filled
          trade 3: maker #7 buys 1 @ 96 = 96, fee 0 USD, 8 left
          cat LIN cross filled: -1 @ 96 makes flat, gained -4, cash 99996
          bob LIN cross filled: +1 @ 96 makes -5 @ 100, gained 4, cash 100004
          algo t stop_loss at 96: orders 2
          placed #9: sell 2 market
          margins #9: cross x3
          trade 4: taker #9 sells 2 @ 96 = 192, fee 0 USD, filled
          trade 4: maker #7 buys 2 @ 96 = 192, fee 0 USD, 6 left
          ann LIN cross filled: -2 @ 96 makes +3 @ 100, gained -8, cash 99992
          bob LIN cross filled: +2 @ 96 makes -3 @ 100, gained 8, cash 100012
          algo t effective: done
        """,
        traded(),
    )


def test_a_take_profit_that_is_refused_leaves_the_stop_loss() -> None:
    play(
        """
        > bob sell 5 @ 100 on=LIN
          placed #3: sell 5 @ 100
          margins #3: cross x3
          rests #3: 5 @ 100
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, filled
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
        > ann algo oco sell 5 profit_kind=1 profit_price=50 loss_trigger=97 reduce_only=2 id=s on=LIN
          algo order asks for profit_kind=1
          algo s: oco sell 5 cross
          algo s stops with an order for 5
          algo s stops with no order
        > ann sell 5 @ 100 on=LIN
          placed #5: sell 5 @ 100
          margins #5: cross x3
          rests #5: 5 @ 100
        """,
        traded(),
    )


def test_a_take_profit_that_trades_at_once_leaves_the_rest_to_the_stop_loss() -> None:
    play(
        """
        > bob sell 5 @ 100 on=LIN
          placed #3: sell 5 @ 100
          margins #3: cross x3
          rests #3: 5 @ 100
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, filled
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
        > cat buy 2 @ 100 on=LIN
          placed #5: buy 2 @ 100
          margins #5: cross x3
          rests #5: 2 @ 100
        > ann algo oco sell 5 profit_kind=1 profit_price=99 loss_trigger=97 id=s on=LIN
          algo order asks for profit_kind=1
          algo s: oco sell 5 cross
          algo s stops with an order for 5
          placed #6: sell 5 @ 99
          margins #6: cross x3
          trade 3: taker #6 sells 2 @ 100 = 200, fee 0 USD, 3 left
          trade 3: maker #5 buys 2 @ 100 = 200, fee 0 USD, filled
          ann LIN cross filled: -2 @ 100 makes +3 @ 100, cash 100000
          cat LIN cross filled: +2 @ 100 makes +3 @ 100, cash 100000
          rests #6: 3 @ 99
          algo s amended: size=3 profit_price=99 loss_trigger=97
        > ann amend_algo s new_size=4 on=LIN
          refused: algo_not_amendable
        > ann amend_algo s new_profit_price=102 on=LIN
          refused: algo_not_amendable
        > ann amend_algo s new_loss_trigger=96 on=LIN
          algo s amended: size=3 profit_price=99 loss_trigger=96
        > ann amend_algo s new_loss_source=2 on=LIN
          algo order asks for loss_source=2 profit_kind=1
          algo s amended: size=3 profit_price=99 loss_trigger=96
        """,
        traded(),
    )


def test_a_trade_that_comes_before_the_last_fill_of_a_take_profit_closes_nothing() -> None:
    play(
        """
        > bob sell 5 @ 100 on=LIN
          placed #3: sell 5 @ 100
          margins #3: cross x3
          rests #3: 5 @ 100
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, filled
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
        > ann algo oco sell 5 profit_kind=1 profit_price=98 loss_trigger=97 id=s on=LIN
          algo order asks for profit_kind=1
          algo s: oco sell 5 cross
          algo s stops with an order for 5
          placed #5: sell 5 @ 98
          margins #5: cross x3
          rests #5: 5 @ 98
        > cat sell 1 @ 97 on=LIN
          placed #6: sell 1 @ 97
          margins #6: cross x3
          rests #6: 1 @ 97
        > bob buy 6 @ 98 on=LIN
          placed #7: buy 6 @ 98
          margins #7: cross x3
          trade 3: taker #7 buys 1 @ 97 = 97, fee 0 USD, 5 left
          trade 3: maker #6 sells 1 @ 97 = 97, fee 0 USD, filled
          bob LIN cross filled: +1 @ 97 makes -5 @ 100, gained 3, cash 100003
          cat LIN cross filled: -1 @ 97 makes flat, gained -3, cash 99997
          trade 4: taker #7 buys 5 @ 98 = 490, fee 0 USD, filled
          trade 4: maker #5 sells 5 @ 98 = 490, fee 0 USD, filled
          bob LIN cross filled: +5 @ 98 makes flat, gained 10, cash 100013
          ann LIN cross filled: -5 @ 98 makes flat, gained -10, cash 99990
          algo s canceled: profit_taken
        """,
        traded(),
    )


def test_a_limit_take_profit_may_stand_alone() -> None:
    play(
        """
        > bob sell 9 @ 100 on=LIN
          placed #3: sell 9 @ 100
          margins #3: cross x3
          rests #3: 9 @ 100
        > ann attach profit_kind=1 profit_price=103 id=one on=LIN
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, 4 left
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
          algo order asks for profit_kind=1
          algo one: conditional sell what fills cross, when #4 has ended
          algo one is live for 5
          algo one take_profit at 103: orders 5
          placed #5: sell 5 @ 103
          margins #5: cross x3
          rests #5: 5 @ 103
          algo one effective: done
        > bob sell 9 @ 101 on=LIN
          placed #6: sell 9 @ 101
          margins #6: cross x3
          rests #6: 9 @ 101
        > ann attach profit_kind=1 profit_price=50 id=two on=LIN
        > ann buy 5 @ 101 on=LIN
          placed #7: buy 5 @ 101
          margins #7: cross x3
          trade 3: taker #7 buys 4 @ 100 = 400, fee 0 USD, 1 left
          trade 3: maker #3 sells 4 @ 100 = 400, fee 0 USD, filled
          ann LIN cross filled: +4 @ 100 makes +9 @ 100, cash 100000
          bob LIN cross filled: -4 @ 100 makes -10 @ 100, cash 100000
          trade 4: taker #7 buys 1 @ 101 = 101, fee 0 USD, filled
          trade 4: maker #6 sells 1 @ 101 = 101, fee 0 USD, 8 left
          ann LIN cross filled: +1 @ 101 makes +10 @ 100.1, cash 100000
          bob LIN cross filled: -1 @ 101 makes -11 @ 100.090909090909, cash 100000
          algo order asks for profit_kind=1
          algo two: conditional sell what fills cross, when #7 has ended
          algo two is live for 5
          algo two take_profit at 50: orders 5
          algo two order_failed: order_refused, price_below_band
        """,
        traded(),
    )
