"""Algo orders attached to the next order: they wait for its end and are for what it filled."""

from tests.core.scenario import Floor, play


def traded() -> Floor:
    """An exchange where one lot was traded at 100."""
    floor = Floor()
    floor.run("> bob sell 1 @ 100\n> cat buy 1 @ 100")
    return floor


def test_what_is_attached_goes_live_when_its_order_is_filled() -> None:
    play(
        """
        > bob sell 9 @ 101
          placed #3: sell 9 @ 101
          rests #3: 9 @ 101
        > ann attach profit_trigger=110 profit_price=109 loss_trigger=96 id=g
        > ann buy 4 @ 101
          placed #4: buy 4 @ 101
          trade 2: taker #4 buys 4 @ 101 = 404, fee 0 BTC, filled
          trade 2: maker #3 sells 4 @ 101 = 404, fee 0 USD, 5 left
          algo g: oco sell what fills, when #4 has ended
          algo g is live for 4
        > bob buy 9 @ 95
          placed #5: buy 9 @ 95
          rests #5: 9 @ 95
        > cat sell 1 @ 95
          placed #6: sell 1 @ 95
          trade 3: taker #6 sells 1 @ 95 = 95, fee 0 USD, filled
          trade 3: maker #5 buys 1 @ 95 = 95, fee 0 BTC, 8 left
          algo g stop_loss at 95: orders 4
          placed #7: sell 4 market
          trade 4: taker #7 sells 4 @ 95 = 380, fee 0 USD, filled
          trade 4: maker #5 buys 4 @ 95 = 380, fee 0 BTC, 4 left
          algo g effective: done
        """,
        traded(),
    )


def test_the_end_of_a_partly_filled_order_makes_it_live_for_the_filled_lots() -> None:
    play(
        """
        > ann attach loss_trigger=95 id=g
        > ann buy 4 @ 99 id=p
          placed p: buy 4 @ 99
          rests p: 4 @ 99
          algo g: conditional sell what fills, when p has ended
        > cat sell 3 @ 99
          placed #3: sell 3 @ 99
          trade 2: taker #3 sells 3 @ 99 = 297, fee 0 USD, filled
          trade 2: maker p buys 3 @ 99 = 297, fee 0 BTC, 1 left
        > ann amend_algo g new_loss_trigger=96
          algo g amended: loss_trigger=96
        > ann cancel p
          canceled p: user, 1 off the book @ 99
          algo g is live for 3
        > bob buy 9 @ 90
          placed #4: buy 9 @ 90
          rests #4: 9 @ 90
        > cat sell 1 @ 90
          placed #5: sell 1 @ 90
          trade 3: taker #5 sells 1 @ 90 = 90, fee 0 USD, filled
          trade 3: maker #4 buys 1 @ 90 = 90, fee 0 BTC, 8 left
          algo g stop_loss at 90: orders 3
          placed #6: sell 3 market
          trade 4: taker #6 sells 3 @ 90 = 270, fee 0 USD, filled
          trade 4: maker #4 buys 3 @ 90 = 270, fee 0 BTC, 5 left
          algo g effective: done
        """,
        traded(),
    )


def test_an_order_that_ends_unfilled_takes_it_along() -> None:
    play(
        """
        > ann attach loss_trigger=95 id=g
        > ann buy 4 @ 99 id=p
          placed p: buy 4 @ 99
          rests p: 4 @ 99
          algo g: conditional sell what fills, when p has ended
        > ann cancel p
          canceled p: user, 4 off the book @ 99
          algo g canceled: parent_unfilled
        > ann attach loss_trigger=95 id=h
        > ann buy 4 @ 99 ioc
          placed #3: buy 4 @ 99 ioc
          canceled #3: ioc_rest, 4 left
          algo h: conditional sell what fills, when #3 has ended
          algo h canceled: parent_unfilled
        """,
        traded(),
    )


def test_a_refused_order_drops_what_was_attached() -> None:
    play(
        """
        > ann attach loss_trigger=95 id=g
        > ann buy 4 @ 99 fok stp=cancel_both
          refused: self_trade_prevention_forbids_fok
        > ann cancel_algo id=g
          refused: algo_not_found
        > ann buy 4 @ 99
          placed #3: buy 4 @ 99
          rests #3: 4 @ 99
        > cat sell 4 @ 99
          placed #4: sell 4 @ 99
          trade 2: taker #4 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker #3 buys 4 @ 99 = 396, fee 0 BTC, filled
        """,
        traded(),
    )


def test_it_waits_for_an_order_of_its_own_account_and_instrument() -> None:
    play(
        """
        > instrument ETH-USD base=BTC quote=USD
          instrument 1: ETH-USD
        > ann attach loss_trigger=95 id=g
        > bob buy 1 @ 90
          placed #3: buy 1 @ 90
          rests #3: 1 @ 90
        > bob sell 1 @ 50 on=ETH-USD
          placed #4: sell 1 @ 50
          rests #4: 1 @ 50
        > cat buy 1 @ 50 on=ETH-USD
          placed #5: buy 1 @ 50
          trade 1: taker #5 buys 1 @ 50 = 50, fee 0 BTC, filled
          trade 1: maker #4 sells 1 @ 50 = 50, fee 0 USD, filled
        > ann buy 4 @ 90 on=ETH-USD
          placed #6: buy 4 @ 90
          rests #6: 4 @ 90
        > ann buy 4 @ 91
          placed #7: buy 4 @ 91
          rests #7: 4 @ 91
          algo g: conditional sell what fills, when #7 has ended
        """,
        traded(),
    )


def test_a_split_take_profit_shares_what_was_filled() -> None:
    play(
        """
        > ann attach 3 profit_trigger=105 id=one
        > ann attach 3 profit_trigger=110 id=two
        > ann attach 3 profit_trigger=120 id=three
        > ann attach loss_trigger=95 id=stop
        > ann buy 9 @ 99 id=p
          placed p: buy 9 @ 99
          rests p: 9 @ 99
          algo one: conditional sell 3, when p has ended
          algo two: conditional sell 3, when p has ended
          algo three: conditional sell 3, when p has ended
          algo stop: conditional sell what fills, when p has ended
        > cat sell 5 @ 99
          placed #3: sell 5 @ 99
          trade 2: taker #3 sells 5 @ 99 = 495, fee 0 USD, filled
          trade 2: maker p buys 5 @ 99 = 495, fee 0 BTC, 4 left
        > ann cancel p
          canceled p: user, 4 off the book @ 99
          algo one is live for 3
          algo two is live for 2
          algo three canceled: parent_unfilled
          algo stop is live for 5
        """,
        traded(),
    )


def test_a_price_that_is_met_already_fires_at_once() -> None:
    play(
        """
        > bob buy 9 @ 90
          placed #3: buy 9 @ 90
          rests #3: 9 @ 90
        > ann attach loss_trigger=105 id=g
        > bob sell 4 @ 101
          placed #4: sell 4 @ 101
          rests #4: 4 @ 101
        > ann buy 4 @ 101
          placed #5: buy 4 @ 101
          trade 2: taker #5 buys 4 @ 101 = 404, fee 0 BTC, filled
          trade 2: maker #4 sells 4 @ 101 = 404, fee 0 USD, filled
          algo g: conditional sell what fills, when #5 has ended
          algo g is live for 4
          algo g stop_loss at 101: orders 4
          placed #6: sell 4 market
          trade 3: taker #6 sells 4 @ 90 = 360, fee 0 USD, filled
          trade 3: maker #3 buys 4 @ 90 = 360, fee 0 BTC, 5 left
          algo g effective: done
        """,
        traded(),
    )


def test_of_two_legs_that_are_met_the_take_profit_acts() -> None:
    play(
        """
        > bob buy 9 @ 90
          placed #3: buy 9 @ 90
          rests #3: 9 @ 90
        > ann attach profit_trigger=95 profit_price=99 loss_trigger=105 id=g
        > bob sell 4 @ 101
          placed #4: sell 4 @ 101
          rests #4: 4 @ 101
        > ann buy 4 @ 101
          placed #5: buy 4 @ 101
          trade 2: taker #5 buys 4 @ 101 = 404, fee 0 BTC, filled
          trade 2: maker #4 sells 4 @ 101 = 404, fee 0 USD, filled
          algo g: oco sell what fills, when #5 has ended
          algo g is live for 4
          algo g take_profit at 101: orders 4
          placed #6: sell 4 @ 99
          rests #6: 4 @ 99
          algo g effective: done
        """,
        traded(),
    )


def test_an_amended_order_that_trades_makes_it_live() -> None:
    play(
        """
        > ann attach loss_trigger=95 id=g
        > ann buy 4 @ 90 id=p
          placed p: buy 4 @ 90
          rests p: 4 @ 90
          algo g: conditional sell what fills, when p has ended
        > bob sell 4 @ 101
          placed #3: sell 4 @ 101
          rests #3: 4 @ 101
        > ann amend p @ 101
          amended p: 4 @ 90 becomes 4 @ 101 of 4, loses its place
          trade 2: taker p buys 4 @ 101 = 404, fee 0 BTC, filled
          trade 2: maker #3 sells 4 @ 101 = 404, fee 0 USD, filled
          algo g is live for 4
        """,
        traded(),
    )


def test_what_was_bought_is_sold_less_its_fee() -> None:
    play(
        """
        > fees tier=0 maker=0 taker=100000
          fee tier 0, group 0: maker 0, taker 100000
        > withdraw ann 1000 BTC
          withdrawn 1000 BTC: ann trading has 0
        > bob sell 9 @ 101
          placed #3: sell 9 @ 101
          rests #3: 9 @ 101
        > ann attach loss_trigger=96 id=g
        > ann buy 9 @ 101
          placed #4: buy 9 @ 101
          trade 2: taker #4 buys 9 @ 101 = 909, fee 1 BTC, filled
          trade 2: maker #3 sells 9 @ 101 = 909, fee 0 USD, filled
          algo g: conditional sell what fills, when #4 has ended
          algo g is live for 9
        > bob buy 9 @ 95
          placed #5: buy 9 @ 95
          rests #5: 9 @ 95
        > cat sell 1 @ 95
          placed #6: sell 1 @ 95
          trade 3: taker #6 sells 1 @ 95 = 95, fee 10 USD, filled
          trade 3: maker #5 buys 1 @ 95 = 95, fee 0 BTC, 8 left
          algo g stop_loss at 95: orders 8
          placed #7: sell 8 market
          trade 4: taker #7 sells 8 @ 95 = 760, fee 76 USD, filled
          trade 4: maker #5 buys 8 @ 95 = 760, fee 0 BTC, filled
          algo g effective: done
        """,
        traded(),
    )


def test_it_is_canceled_and_loses_its_leg_while_it_waits() -> None:
    play(
        """
        > ann attach profit_trigger=110 loss_trigger=95 id=g
        > ann buy 4 @ 90 id=p
          placed p: buy 4 @ 90
          rests p: 4 @ 90
          algo g: oco sell what fills, when p has ended
        > ann amend_algo g new_profit_trigger=0 new_size=2
          algo g amended: size=2 loss_trigger=95
        > ann amend_algo g new_loss_trigger=0
          refused: algo_kind_invalid
        > ann cancel_algo g
          algo g canceled: canceled_by_user
        > ann cancel p
          canceled p: user, 4 off the book @ 90
        """,
        traded(),
    )


def test_one_of_two_that_wait_for_an_order_may_be_canceled() -> None:
    play(
        """
        > ann attach profit_trigger=110 id=f
        > ann attach loss_trigger=95 id=g
        > ann buy 4 @ 99 id=p
          placed p: buy 4 @ 99
          rests p: 4 @ 99
          algo f: conditional sell what fills, when p has ended
          algo g: conditional sell what fills, when p has ended
        > ann cancel_algo f
          algo f canceled: canceled_by_user
        > bob sell 4 @ 99
          placed #3: sell 4 @ 99
          trade 2: taker #3 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker p buys 4 @ 99 = 396, fee 0 BTC, filled
          algo g is live for 4
        """,
        traded(),
    )
