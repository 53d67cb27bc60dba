"""Algo orders that wait for a price: which price fires which, once, and what they place."""

from tests.core.scenario import Floor, play


def traded() -> Floor:
    """An exchange where one lot was traded at 100."""
    floor = Floor()
    floor.run("> bob sell 1 @ 100\n> cat buy 1 @ 100")
    return floor


def test_a_stop_loss_fires_when_the_price_comes_to_it_from_above() -> None:
    play(
        """
        > bob buy 9 @ 95
          placed #3: buy 9 @ 95
          rests #3: 9 @ 95
        > ann algo conditional sell 4 loss_trigger=96 id=s
          algo s: conditional sell 4
        > cat sell 1 @ 95
          placed #4: sell 1 @ 95
          trade 2: taker #4 sells 1 @ 95 = 95, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 95 = 95, fee 0 BTC, 8 left
          algo s stop_loss at 95: orders 4
          placed #5: sell 4 market
          trade 3: taker #5 sells 4 @ 95 = 380, fee 0 USD, filled
          trade 3: maker #3 buys 4 @ 95 = 380, fee 0 BTC, 4 left
          algo s effective: done
        """,
        traded(),
    )


def test_a_gap_over_the_trigger_fires_it_at_the_price_there_is() -> None:
    play(
        """
        > bob buy 9 @ 80
          placed #3: buy 9 @ 80
          rests #3: 9 @ 80
        > ann algo conditional sell 4 loss_trigger=96 loss_price=90 id=s
          algo s: conditional sell 4
        > cat sell 1 @ 80
          placed #4: sell 1 @ 80
          trade 2: taker #4 sells 1 @ 80 = 80, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 80 = 80, fee 0 BTC, 8 left
          algo s stop_loss at 80: orders 4
          placed #5: sell 4 @ 90
          rests #5: 4 @ 90
          algo s effective: done
        """,
        traded(),
    )


def test_a_stop_loss_of_a_sale_buys_when_the_price_rises() -> None:
    play(
        """
        > bob sell 9 @ 106
          placed #3: sell 9 @ 106
          rests #3: 9 @ 106
        > ann algo conditional buy 4 loss_trigger=105 id=s
          algo s: conditional buy 4
        > cat buy 1 @ 106
          placed #4: buy 1 @ 106
          trade 2: taker #4 buys 1 @ 106 = 106, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 106 = 106, fee 0 USD, 8 left
          algo s stop_loss at 106: orders 4
          placed #5: buy 4 market
          trade 3: taker #5 buys 4 @ 106 = 424, fee 0 BTC, filled
          trade 3: maker #3 sells 4 @ 106 = 424, fee 0 USD, 4 left
          algo s effective: done
        """,
        traded(),
    )


def test_of_both_legs_of_a_conditional_order_only_the_stop_loss_acts() -> None:
    play(
        """
        > bob sell 1 @ 111
          placed #3: sell 1 @ 111
          rests #3: 1 @ 111
        > bob buy 9 @ 90
          placed #4: buy 9 @ 90
          rests #4: 9 @ 90
        > ann algo conditional sell 4 profit_trigger=110 loss_trigger=95 id=s
          algo s: conditional sell 4
        > cat buy 1 @ 111
          placed #5: buy 1 @ 111
          trade 2: taker #5 buys 1 @ 111 = 111, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 111 = 111, fee 0 USD, filled
        > cat sell 1 @ 90
          placed #6: sell 1 @ 90
          trade 3: taker #6 sells 1 @ 90 = 90, fee 0 USD, filled
          trade 3: maker #4 buys 1 @ 90 = 90, fee 0 BTC, 8 left
          algo s stop_loss at 90: orders 4
          placed #7: sell 4 market
          trade 4: taker #7 sells 4 @ 90 = 360, fee 0 USD, filled
          trade 4: maker #4 buys 4 @ 90 = 360, fee 0 BTC, 4 left
          algo s effective: done
        """,
        traded(),
    )


def test_the_first_leg_of_two_ends_the_other() -> None:
    play(
        """
        > bob sell 9 @ 111
          placed #3: sell 9 @ 111
          rests #3: 9 @ 111
        > bob buy 9 @ 90
          placed #4: buy 9 @ 90
          rests #4: 9 @ 90
        > ann algo oco sell 4 profit_trigger=110 profit_price=108 loss_trigger=95 id=s tag=grid
          algo s: oco sell 4
        > cat buy 1 @ 111
          placed #5: buy 1 @ 111
          trade 2: taker #5 buys 1 @ 111 = 111, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 111 = 111, fee 0 USD, 8 left
          algo s take_profit at 111: orders 4
          placed #6: sell 4 @ 108 tag=grid
          rests #6: 4 @ 108
          algo s effective: done
        > cat sell 1 @ 90
          placed #7: sell 1 @ 90
          trade 3: taker #7 sells 1 @ 90 = 90, fee 0 USD, filled
          trade 3: maker #4 buys 1 @ 90 = 90, fee 0 BTC, 8 left
        """,
        traded(),
    )


def test_a_trigger_order_fires_from_the_side_it_was_placed_on() -> None:
    play(
        """
        > bob sell 9 @ 105
          placed #3: sell 9 @ 105
          rests #3: 9 @ 105
        > bob buy 9 @ 95
          placed #4: buy 9 @ 95
          rests #4: 9 @ 95
        > ann algo trigger buy 2 trigger_price=104 order_price=94 id=up
          algo up: trigger buy 2
        > ann algo trigger buy 2 trigger_price=96 id=down
          algo down: trigger buy 2
        > cat buy 1 @ 105
          placed #5: buy 1 @ 105
          trade 2: taker #5 buys 1 @ 105 = 105, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 105 = 105, fee 0 USD, 8 left
          algo up trigger at 105: orders 2
          placed #6: buy 2 @ 94
          rests #6: 2 @ 94
          algo up effective: done
        > cat sell 1 @ 95
          placed #7: sell 1 @ 95
          trade 3: taker #7 sells 1 @ 95 = 95, fee 0 USD, filled
          trade 3: maker #4 buys 1 @ 95 = 95, fee 0 BTC, 8 left
          algo down trigger at 95: orders 2
          placed #8: buy 2 market
          trade 4: taker #8 buys 2 @ 105 = 210, fee 0 BTC, filled
          trade 4: maker #3 sells 2 @ 105 = 210, fee 0 USD, 6 left
          algo down effective: done
        """,
        traded(),
    )


def test_what_a_trigger_order_guards_goes_live_with_its_fill() -> None:
    play(
        """
        > bob sell 9 @ 105
          placed #3: sell 9 @ 105
          rests #3: 9 @ 105
        > bob buy 9 @ 95
          placed #4: buy 9 @ 95
          rests #4: 9 @ 95
        > ann algo trigger buy 2 trigger_price=104 profit_trigger=120 loss_trigger=96 id=t
          algo t: trigger buy 2
        > cat buy 1 @ 105
          placed #5: buy 1 @ 105
          trade 2: taker #5 buys 1 @ 105 = 105, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 105 = 105, fee 0 USD, 8 left
          algo t trigger at 105: orders 2
          placed #6: buy 2 market
          trade 3: taker #6 buys 2 @ 105 = 210, fee 0 BTC, filled
          trade 3: maker #3 sells 2 @ 105 = 210, fee 0 USD, 6 left
          algo t effective: done
          algo %2: oco sell what fills, when #6 has ended
          algo %2 is live for 2
        > cat sell 1 @ 95
          placed #7: sell 1 @ 95
          trade 4: taker #7 sells 1 @ 95 = 95, fee 0 USD, filled
          trade 4: maker #4 buys 1 @ 95 = 95, fee 0 BTC, 8 left
          algo %2 stop_loss at 95: orders 2
          placed #8: sell 2 market
          trade 5: taker #8 sells 2 @ 95 = 190, fee 0 USD, filled
          trade 5: maker #4 buys 2 @ 95 = 190, fee 0 BTC, 6 left
          algo %2 effective: done
        """,
        traded(),
    )


def test_a_stop_may_be_sized_in_quote() -> None:
    play(
        """
        > bob sell 9 @ 106
          placed #3: sell 9 @ 106
          rests #3: 9 @ 106
        > ann algo conditional buy 250 quote loss_trigger=105 id=s
          algo s: conditional buy 250
        > cat buy 1 @ 106
          placed #4: buy 1 @ 106
          trade 2: taker #4 buys 1 @ 106 = 106, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 106 = 106, fee 0 USD, 8 left
          algo s stop_loss at 106: orders 250
          placed #5: buy for 250 market
          trade 3: taker #5 buys 2 @ 106 = 212, fee 0 BTC, filled
          trade 3: maker #3 sells 2 @ 106 = 212, fee 0 USD, 6 left
          algo s effective: done
        """,
        traded(),
    )


def test_of_two_at_one_price_the_older_goes_first_and_what_it_trades_fires_more() -> None:
    play(
        """
        > bob buy 3 @ 95
          placed #3: buy 3 @ 95
          rests #3: 3 @ 95
        > bob buy 9 @ 90
          placed #4: buy 9 @ 90
          rests #4: 9 @ 90
        > ann algo conditional sell 2 loss_trigger=96 id=first
          algo first: conditional sell 2
        > ann algo conditional sell 2 loss_trigger=97 id=second
          algo second: conditional sell 2
        > cat algo conditional sell 1 loss_trigger=91 id=third
          algo third: conditional sell 1
        > cat sell 1 @ 95
          placed #5: sell 1 @ 95
          trade 2: taker #5 sells 1 @ 95 = 95, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 95 = 95, fee 0 BTC, 2 left
          algo first stop_loss at 95: orders 2
          placed #6: sell 2 market
          trade 3: taker #6 sells 2 @ 95 = 190, fee 0 USD, filled
          trade 3: maker #3 buys 2 @ 95 = 190, fee 0 BTC, filled
          algo first effective: done
          algo second stop_loss at 95: orders 2
          placed #7: sell 2 market
          trade 4: taker #7 sells 2 @ 90 = 180, fee 0 USD, filled
          trade 4: maker #4 buys 2 @ 90 = 180, fee 0 BTC, 7 left
          algo second effective: done
          algo third stop_loss at 90: orders 1
          placed #8: sell 1 market
          trade 5: taker #8 sells 1 @ 90 = 90, fee 0 USD, filled
          trade 5: maker #4 buys 1 @ 90 = 90, fee 0 BTC, 6 left
          algo third effective: done
        """,
        traded(),
    )


def test_each_price_of_a_sweep_is_looked_at() -> None:
    play(
        """
        > bob sell 1 @ 101
          placed #3: sell 1 @ 101
          rests #3: 1 @ 101
        > bob sell 1 @ 104
          placed #4: sell 1 @ 104
          rests #4: 1 @ 104
        > bob sell 1 @ 108
          placed #5: sell 1 @ 108
          rests #5: 1 @ 108
        > ann algo trigger sell 1 trigger_price=103 order_price=120 id=t
          algo t: trigger sell 1
        > cat buy 3 @ 108
          placed #6: buy 3 @ 108
          trade 2: taker #6 buys 1 @ 101 = 101, fee 0 BTC, 2 left
          trade 2: maker #3 sells 1 @ 101 = 101, fee 0 USD, filled
          trade 3: taker #6 buys 1 @ 104 = 104, fee 0 BTC, 1 left
          trade 3: maker #4 sells 1 @ 104 = 104, fee 0 USD, filled
          trade 4: taker #6 buys 1 @ 108 = 108, fee 0 BTC, filled
          trade 4: maker #5 sells 1 @ 108 = 108, fee 0 USD, filled
          algo t trigger at 104: orders 1
          placed #7: sell 1 @ 120
          rests #7: 1 @ 120
          algo t effective: done
        """,
        traded(),
    )


def test_a_trailing_order_follows_the_price_and_fires_when_it_turns() -> None:
    play(
        """
        > ann algo move_order_stop sell 4 callback_ticks=5 id=m
          algo m: move_order_stop sell 4
        > bob sell 1 @ 107
          placed #3: sell 1 @ 107
          rests #3: 1 @ 107
        > cat buy 1 @ 107
          placed #4: buy 1 @ 107
          trade 2: taker #4 buys 1 @ 107 = 107, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 107 = 107, fee 0 USD, filled
        > bob buy 9 @ 103
          placed #5: buy 9 @ 103
          rests #5: 9 @ 103
        > cat sell 1 @ 103
          placed #6: sell 1 @ 103
          trade 3: taker #6 sells 1 @ 103 = 103, fee 0 USD, filled
          trade 3: maker #5 buys 1 @ 103 = 103, fee 0 BTC, 8 left
        > cat sell 8 @ 103
          placed #7: sell 8 @ 103
          trade 4: taker #7 sells 8 @ 103 = 824, fee 0 USD, filled
          trade 4: maker #5 buys 8 @ 103 = 824, fee 0 BTC, filled
        > bob buy 9 @ 102
          placed #8: buy 9 @ 102
          rests #8: 9 @ 102
        > cat sell 1 @ 102
          placed #9: sell 1 @ 102
          trade 5: taker #9 sells 1 @ 102 = 102, fee 0 USD, filled
          trade 5: maker #8 buys 1 @ 102 = 102, fee 0 BTC, 8 left
          algo m callback at 102: orders 4
          placed #10: sell 4 market
          trade 6: taker #10 sells 4 @ 102 = 408, fee 0 USD, filled
          trade 6: maker #8 buys 4 @ 102 = 408, fee 0 BTC, 4 left
          algo m effective: done
        """,
        traded(),
    )


def test_a_trailing_purchase_follows_downwards() -> None:
    play(
        """
        > ann algo move_order_stop buy 4 callback_ppm=50000 id=m
          algo m: move_order_stop buy 4
        > bob buy 1 @ 80
          placed #3: buy 1 @ 80
          rests #3: 1 @ 80
        > cat sell 1 @ 80
          placed #4: sell 1 @ 80
          trade 2: taker #4 sells 1 @ 80 = 80, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 80 = 80, fee 0 BTC, filled
        > bob sell 9 @ 83
          placed #5: sell 9 @ 83
          rests #5: 9 @ 83
        > cat buy 1 @ 83
          placed #6: buy 1 @ 83
          trade 3: taker #6 buys 1 @ 83 = 83, fee 0 BTC, filled
          trade 3: maker #5 sells 1 @ 83 = 83, fee 0 USD, 8 left
        > cat buy 8 @ 83
          placed #7: buy 8 @ 83
          trade 4: taker #7 buys 8 @ 83 = 664, fee 0 BTC, filled
          trade 4: maker #5 sells 8 @ 83 = 664, fee 0 USD, filled
        > bob sell 9 @ 84
          placed #8: sell 9 @ 84
          rests #8: 9 @ 84
        > cat buy 1 @ 84
          placed #9: buy 1 @ 84
          trade 5: taker #9 buys 1 @ 84 = 84, fee 0 BTC, filled
          trade 5: maker #8 sells 1 @ 84 = 84, fee 0 USD, 8 left
          algo m callback at 84: orders 4
          placed #10: buy 4 market
          trade 6: taker #10 buys 4 @ 84 = 336, fee 0 BTC, filled
          trade 6: maker #8 sells 4 @ 84 = 336, fee 0 USD, 4 left
          algo m effective: done
        """,
        traded(),
    )


def test_a_trailing_order_waits_for_its_activation_price() -> None:
    play(
        """
        > ann algo move_order_stop sell 4 callback_ticks=5 activation_price=110 id=m
          algo m: move_order_stop sell 4
        > bob buy 9 @ 90
          placed #3: buy 9 @ 90
          rests #3: 9 @ 90
        > cat sell 1 @ 90
          placed #4: sell 1 @ 90
          trade 2: taker #4 sells 1 @ 90 = 90, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 90 = 90, fee 0 BTC, 8 left
        > bob sell 1 @ 112
          placed #5: sell 1 @ 112
          rests #5: 1 @ 112
        > bob cancel #3
          canceled #3: user, 8 off the book @ 90
        > cat buy 1 @ 112
          placed #6: buy 1 @ 112
          trade 3: taker #6 buys 1 @ 112 = 112, fee 0 BTC, filled
          trade 3: maker #5 sells 1 @ 112 = 112, fee 0 USD, filled
          algo m follows from 112
        > bob buy 9 @ 107
          placed #7: buy 9 @ 107
          rests #7: 9 @ 107
        > cat sell 1 @ 107
          placed #8: sell 1 @ 107
          trade 4: taker #8 sells 1 @ 107 = 107, fee 0 USD, filled
          trade 4: maker #7 buys 1 @ 107 = 107, fee 0 BTC, 8 left
          algo m callback at 107: orders 4
          placed #9: sell 4 market
          trade 5: taker #9 sells 4 @ 107 = 428, fee 0 USD, filled
          trade 5: maker #7 buys 4 @ 107 = 428, fee 0 BTC, 4 left
          algo m effective: done
        """,
        traded(),
    )


def test_an_index_price_fires_what_waits_for_it_and_no_index_fires_nothing() -> None:
    play(
        """
        > index BTC-USD 100
          BTC-USD index 100: buy <= 120, sell >= 80
        > bob buy 9 @ 95
          placed #3: buy 9 @ 95
          rests #3: 9 @ 95
        > ann algo conditional sell 4 loss_trigger=98 loss_source=index id=s
          algo s: conditional sell 4
        > cat sell 1 @ 95
          placed #4: sell 1 @ 95
          trade 2: taker #4 sells 1 @ 95 = 95, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 95 = 95, fee 0 BTC, 8 left
        > index BTC-USD 0
          BTC-USD index 0: buy <= 0, sell >= 0
        > index BTC-USD 98
          BTC-USD index 98: buy <= 117, sell >= 79
          algo s stop_loss at 98: orders 4
          placed #5: sell 4 market
          trade 3: taker #5 sells 4 @ 95 = 380, fee 0 USD, filled
          trade 3: maker #3 buys 4 @ 95 = 380, fee 0 BTC, 4 left
          algo s effective: done
        """,
        traded(),
    )


def test_an_order_that_is_refused_ends_the_algo_order_with_its_reason() -> None:
    play(
        """
        > bob buy 9 @ 90
          placed #3: buy 9 @ 90
          rests #3: 9 @ 90
        > ann algo conditional sell 4000 loss_trigger=96 id=s
          algo s: conditional sell 4000
        > cat sell 1 @ 90
          placed #4: sell 1 @ 90
          trade 2: taker #4 sells 1 @ 90 = 90, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 90 = 90, fee 0 BTC, 8 left
          algo s stop_loss at 90: orders 4000
          algo s order_failed: order_refused, insufficient_balance
        > ann sell 1 @ 200
          placed #5: sell 1 @ 200
          rests #5: 1 @ 200
        """,
        traded(),
    )


def test_an_algo_order_is_amended_and_canceled() -> None:
    play(
        """
        > ann algo oco sell 4 profit_trigger=110 loss_trigger=90 id=s
          algo s: oco sell 4
        > ann amend_algo s new_size=5 new_loss_trigger=92 request=r
          algo s amended: size=5 profit_trigger=110 loss_trigger=92, request r
        > ann amend_algo id=s new_profit_trigger=0
          algo s amended: size=5 loss_trigger=92
        > bob sell 1 @ 111
          placed #3: sell 1 @ 111
          rests #3: 1 @ 111
        > cat buy 1 @ 111
          placed #4: buy 1 @ 111
          trade 2: taker #4 buys 1 @ 111 = 111, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 111 = 111, fee 0 USD, filled
        > ann cancel_algo id=s
          algo s canceled: canceled_by_user
        > ann cancel_algo s
          refused: algo_not_found
        """,
        traded(),
    )


def test_an_amended_trigger_order_may_change_its_side() -> None:
    play(
        """
        > ann algo trigger buy 2 trigger_price=104 order_price=99 id=t
          algo t: trigger buy 2
        > ann amend_algo t new_trigger_price=97
          algo t amended: size=2 trigger_price=97 order_price=99
        > bob sell 1 @ 105
          placed #3: sell 1 @ 105
          rests #3: 1 @ 105
        > cat buy 1 @ 105
          placed #4: buy 1 @ 105
          trade 2: taker #4 buys 1 @ 105 = 105, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 105 = 105, fee 0 USD, filled
        > bob buy 1 @ 97
          placed #5: buy 1 @ 97
          rests #5: 1 @ 97
        > cat sell 1 @ 97
          placed #6: sell 1 @ 97
          trade 3: taker #6 sells 1 @ 97 = 97, fee 0 USD, filled
          trade 3: maker #5 buys 1 @ 97 = 97, fee 0 BTC, filled
          algo t trigger at 97: orders 2
          placed #7: buy 2 @ 99
          rests #7: 2 @ 99
          algo t effective: done
        """,
        traded(),
    )


def test_an_amended_trailing_order_may_begin_at_once() -> None:
    play(
        """
        > ann algo move_order_stop sell 2 callback_ticks=5 activation_price=110 id=m
          algo m: move_order_stop sell 2
        > ann amend_algo m new_activation_price=0 new_callback_ticks=4
          algo m amended: size=2 callback_ticks=4
        > ann amend_algo m new_callback_ticks=2 new_size=3
          algo m amended: size=3 callback_ticks=2
        > bob buy 9 @ 98
          placed #3: buy 9 @ 98
          rests #3: 9 @ 98
        > cat sell 1 @ 98
          placed #4: sell 1 @ 98
          trade 2: taker #4 sells 1 @ 98 = 98, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 98 = 98, fee 0 BTC, 8 left
          algo m callback at 98: orders 3
          placed #5: sell 3 market
          trade 3: taker #5 sells 3 @ 98 = 294, fee 0 USD, filled
          trade 3: maker #3 buys 3 @ 98 = 294, fee 0 BTC, 5 left
          algo m effective: done
        """,
        traded(),
    )


def test_freezing_the_owner_and_closing_the_instrument_cancel() -> None:
    play(
        """
        > ann algo conditional sell 4 loss_trigger=90 id=s
          algo s: conditional sell 4
        > bob algo iceberg buy 4 slice_size=2 price_limit=90 id=i
          algo i: iceberg buy 4
          algo i slice at 100: orders 2
          placed #3: buy 2 @ 90 post_only
          rests #3: 2 @ 90
        > bob algo twap sell 4 slice_size=2 price_limit=120 interval_ms=1000 id=w
          algo w: twap sell 4
        > cat algo conditional sell 4 loss_trigger=90 id=t
          algo t: conditional sell 4
        > cat attach loss_trigger=90 id=u
        > freeze ann
          configured ann: cancel_maker, tier 0, frozen
          algo s canceled: owner_frozen
        > freeze bob
          configured bob: cancel_maker, tier 0, frozen
          canceled #3: account_frozen, 2 off the book @ 90
          algo i canceled: owner_frozen
          algo w canceled: owner_frozen
        > freeze cat
          configured cat: cancel_maker, tier 0, frozen
          algo t canceled: owner_frozen
        > unfreeze ann
          configured ann: cancel_maker, tier 0
        > ann algo iceberg buy 4 slice_size=2 price_limit=90 id=i
          algo i: iceberg buy 4
          algo i slice at 100: orders 2
          placed #4: buy 2 @ 90 post_only
          rests #4: 2 @ 90
        > state BTC-USD delisted
          BTC-USD is delisted
          canceled #4: instrument_closed, 2 off the book @ 90
          algo i canceled: closed
        """,
        traded(),
    )


def test_an_instrument_that_opens_anew_has_no_last_price() -> None:
    """The index stands for it, as before the first trade: a stop at 97 has been met at 90, one at 105 not at 100."""
    floor = traded()
    floor.run("> index BTC-USD 90\n> state BTC-USD preopen\n> state BTC-USD live")
    assert "trigger_already_met" in floor.run("> ann algo conditional sell 4 loss_trigger=97")
    assert "sell 4" in floor.run("> ann algo conditional sell 4 loss_trigger=85")
