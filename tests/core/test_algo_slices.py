"""Algo orders that are worked off in parts: twap by the clock, icebergs by their fills."""

from tests.core.scenario import Floor, play


def traded() -> Floor:
    """An exchange where one lot was traded at 100."""
    floor = Floor()
    floor.run("> bob sell 1 @ 100\n> cat buy 1 @ 100")
    return floor


def test_a_twap_takes_a_slice_at_once_and_one_each_interval() -> None:
    play(
        """
        > cat sell 7 @ 101
          placed #3: sell 7 @ 101
          rests #3: 7 @ 101
        > cat sell 20 @ 103
          placed #4: sell 20 @ 103
          rests #4: 20 @ 103
        > ann algo twap buy 10 slice_size=4 price_limit=105 interval_ms=1000 distance_ticks=1 id=w
          algo w: twap buy 10
          algo w slice at 101: orders 4
          placed #5: buy 4 @ 102 ioc
          trade 2: taker #5 buys 4 @ 101 = 404, fee 0 BTC, filled
          trade 2: maker #3 sells 4 @ 101 = 404, fee 0 USD, 3 left
        > wait 999
        > wait 1
          algo w slice at 101: orders 4
          placed #6: buy 4 @ 102 ioc
          trade 3: taker #6 buys 3 @ 101 = 303, fee 0 BTC, 1 left
          trade 3: maker #3 sells 3 @ 101 = 303, fee 0 USD, filled
          canceled #6: ioc_rest, 1 left
        > wait 5000
          algo w slice at 103: orders 3
          placed #7: buy 3 @ 104 ioc
          trade 4: taker #7 buys 3 @ 103 = 309, fee 0 BTC, filled
          trade 4: maker #4 sells 3 @ 103 = 309, fee 0 USD, 17 left
          algo w effective: done, 10 filled
        """,
        traded(),
    )


def test_a_twap_waits_while_nobody_sells_within_its_limit_or_the_instrument_is_closed() -> None:
    play(
        """
        > ann algo twap buy 10 slice_size=4 price_limit=102 interval_ms=2000 id=w
          algo w: twap buy 10
        > cat sell 9 @ 110
          placed #3: sell 9 @ 110
          rests #3: 9 @ 110
        > wait 2000
        > cat sell 2 @ 102
          placed #4: sell 2 @ 102
          rests #4: 2 @ 102
        > state BTC-USD suspended
          BTC-USD is suspended
        > wait 2000
        > state BTC-USD live
          BTC-USD is live
        > wait 2000
          algo w slice at 102: orders 4
          placed #5: buy 4 @ 102 ioc
          trade 2: taker #5 buys 2 @ 102 = 204, fee 0 BTC, 2 left
          trade 2: maker #4 sells 2 @ 102 = 204, fee 0 USD, filled
          canceled #5: ioc_rest, 2 left
        > ann cancel_algo w
          algo w canceled: canceled_by_user, 2 filled
        """,
        traded(),
    )


def test_a_twap_sells_no_lower_than_its_limit() -> None:
    play(
        """
        > bob buy 9 @ 99
          placed #3: buy 9 @ 99
          rests #3: 9 @ 99
        > ann algo twap sell 5 slice_size=4 price_limit=98 interval_ms=1000 distance_ppm=30000 id=w
          algo w: twap sell 5
          algo w slice at 99: orders 4
          placed #4: sell 4 @ 98 ioc
          trade 2: taker #4 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker #3 buys 4 @ 99 = 396, fee 0 BTC, 5 left
        > bob amend #3 @ 98
          amended #3: 5 @ 99 becomes 5 @ 98 of 9, loses its place
          rests #3: 5 @ 98
        > wait 1000
          algo w slice at 98: orders 1
          placed #5: sell 1 @ 98 ioc
          trade 3: taker #5 sells 1 @ 98 = 98, fee 0 USD, filled
          trade 3: maker #3 buys 1 @ 98 = 98, fee 0 BTC, 4 left
          algo w effective: done, 5 filled
        """,
        traded(),
    )


def test_a_twap_fails_partially_when_a_later_slice_is_refused() -> None:
    play(
        """
        > cat sell 9 @ 101
          placed #3: sell 9 @ 101
          rests #3: 9 @ 101
        > ann algo twap buy 5 slice_size=2 price_limit=105 interval_ms=1000 id=w
          algo w: twap buy 5
          algo w slice at 101: orders 2
          placed #4: buy 2 @ 101 ioc
          trade 2: taker #4 buys 2 @ 101 = 202, fee 0 BTC, filled
          trade 2: maker #3 sells 2 @ 101 = 202, fee 0 USD, 7 left
        > withdraw ann 99700 USD
          withdrawn 99700 USD: ann trading has 98
        > wait 1000
          algo w slice at 101: orders 2
          algo w partially_failed: order_refused, insufficient_balance, 2 filled
        """,
        traded(),
    )


def test_a_twap_ends_when_too_little_for_an_order_is_left() -> None:
    play(
        """
        > instrument ETH-USD base=BTC quote=USD size_min=3
          instrument 1: ETH-USD
        > cat sell 9 @ 50 on=ETH-USD
          placed #3: sell 9 @ 50
          rests #3: 9 @ 50
        > ann algo twap buy 8 slice_size=3 price_limit=50 interval_ms=1000 on=ETH-USD id=w
          algo w: twap buy 8
          algo w slice at 50: orders 3
          placed #4: buy 3 @ 50 ioc
          trade 1: taker #4 buys 3 @ 50 = 150, fee 0 BTC, filled
          trade 1: maker #3 sells 3 @ 50 = 150, fee 0 USD, 6 left
        > wait 1000
          algo w slice at 50: orders 3
          placed #5: buy 3 @ 50 ioc
          trade 2: taker #5 buys 3 @ 50 = 150, fee 0 BTC, filled
          trade 2: maker #3 sells 3 @ 50 = 150, fee 0 USD, 3 left
          algo w effective: done, 6 filled
        """,
        traded(),
    )


def test_slices_due_at_one_time_go_by_age_and_what_they_trade_fires_more() -> None:
    play(
        """
        > cat sell 9 @ 101
          placed #3: sell 9 @ 101
          rests #3: 9 @ 101
        > ann algo twap buy 2 slice_size=1 price_limit=105 interval_ms=1000 id=w
          algo w: twap buy 2
          algo w slice at 101: orders 1
          placed #4: buy 1 @ 101 ioc
          trade 2: taker #4 buys 1 @ 101 = 101, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 101 = 101, fee 0 USD, 8 left
        > bob algo twap buy 2 slice_size=1 price_limit=105 interval_ms=1000 id=v
          algo v: twap buy 2
          algo v slice at 101: orders 1
          placed #5: buy 1 @ 101 ioc
          trade 3: taker #5 buys 1 @ 101 = 101, fee 0 BTC, filled
          trade 3: maker #3 sells 1 @ 101 = 101, fee 0 USD, 7 left
        > cat algo trigger buy 1 trigger_price=102 order_price=90 id=t
          algo t: trigger buy 1
        > cat cancel #3
          canceled #3: user, 7 off the book @ 101
        > cat sell 9 @ 102
          placed #6: sell 9 @ 102
          rests #6: 9 @ 102
        > wait 1000
          algo w slice at 102: orders 1
          placed #7: buy 1 @ 102 ioc
          trade 4: taker #7 buys 1 @ 102 = 102, fee 0 BTC, filled
          trade 4: maker #6 sells 1 @ 102 = 102, fee 0 USD, 8 left
          algo w effective: done, 2 filled
          algo t trigger at 102: orders 1
          placed #8: buy 1 @ 90
          rests #8: 1 @ 90
          algo t effective: done
          algo v slice at 102: orders 1
          placed #9: buy 1 @ 102 ioc
          trade 5: taker #9 buys 1 @ 102 = 102, fee 0 BTC, filled
          trade 5: maker #6 sells 1 @ 102 = 102, fee 0 USD, 7 left
          algo v effective: done, 2 filled
        """,
        traded(),
    )


def test_an_iceberg_shows_one_slice_and_refills_it() -> None:
    play(
        """
        > ann algo iceberg buy 5 slice_size=2 price_limit=120 distance_ticks=2 id=i
          algo i: iceberg buy 5
          algo i slice at 100: orders 2
          placed #3: buy 2 @ 98 post_only
          rests #3: 2 @ 98
        > bob sell 3 @ 98
          placed #4: sell 3 @ 98
          trade 2: taker #4 sells 2 @ 98 = 196, fee 0 USD, 1 left
          trade 2: maker #3 buys 2 @ 98 = 196, fee 0 BTC, filled
          rests #4: 1 @ 98
          algo i slice at 98: orders 2
          placed #5: buy 2 @ 96 post_only
          rests #5: 2 @ 96
        > bob sell 9 @ 90
          placed #6: sell 9 @ 90
          trade 3: taker #6 sells 2 @ 96 = 192, fee 0 USD, 7 left
          trade 3: maker #5 buys 2 @ 96 = 192, fee 0 BTC, filled
          rests #6: 7 @ 90
          algo i slice at 96: orders 1
          placed #7: buy 1 @ 89 post_only
          rests #7: 1 @ 89
        > bob sell 1 @ 80
          placed #8: sell 1 @ 80
          trade 4: taker #8 sells 1 @ 89 = 89, fee 0 USD, filled
          trade 4: maker #7 buys 1 @ 89 = 89, fee 0 BTC, filled
          algo i effective: done, 5 filled
        """,
        traded(),
    )


def test_an_iceberg_moves_when_the_last_price_has_left_it() -> None:
    play(
        """
        > ann algo iceberg buy 5 slice_size=2 price_limit=104 distance_ppm=20000 id=i
          algo i: iceberg buy 5
          algo i slice at 100: orders 2
          placed #3: buy 2 @ 98 post_only
          rests #3: 2 @ 98
        > cat sell 2 @ 102
          placed #4: sell 2 @ 102
          rests #4: 2 @ 102
        > bob buy 1 @ 102
          placed #5: buy 1 @ 102
          trade 2: taker #5 buys 1 @ 102 = 102, fee 0 BTC, filled
          trade 2: maker #4 sells 1 @ 102 = 102, fee 0 USD, 1 left
        > cat sell 2 @ 120
          placed #6: sell 2 @ 120
          rests #6: 2 @ 120
        > bob buy 2 @ 120
          placed #7: buy 2 @ 120
          trade 3: taker #7 buys 1 @ 102 = 102, fee 0 BTC, 1 left
          trade 3: maker #4 sells 1 @ 102 = 102, fee 0 USD, filled
          trade 4: taker #7 buys 1 @ 120 = 120, fee 0 BTC, filled
          trade 4: maker #6 sells 1 @ 120 = 120, fee 0 USD, 1 left
          amended #3: 2 @ 98 becomes 2 @ 104 of 2, loses its place
          rests #3: 2 @ 104
        > bob buy 1 @ 120
          placed #8: buy 1 @ 120
          trade 5: taker #8 buys 1 @ 120 = 120, fee 0 BTC, filled
          trade 5: maker #6 sells 1 @ 120 = 120, fee 0 USD, filled
        """,
        traded(),
    )


def test_an_iceberg_sells_above_its_limit_and_never_takes() -> None:
    play(
        """
        > bob buy 5 @ 105
          placed #3: buy 5 @ 105
          rests #3: 5 @ 105
        > ann algo iceberg sell 3 slice_size=2 price_limit=97 id=i
          algo i: iceberg sell 3
          algo i slice at 100: orders 2
          placed #4: sell 2 @ 106 post_only
          rests #4: 2 @ 106
        > bob cancel #3
          canceled #3: user, 5 off the book @ 105
        > bob buy 1 @ 106
          placed #5: buy 1 @ 106
          trade 2: taker #5 buys 1 @ 106 = 106, fee 0 BTC, filled
          trade 2: maker #4 sells 1 @ 106 = 106, fee 0 USD, 1 left
        > bob buy 1 @ 106
          placed #6: buy 1 @ 106
          trade 3: taker #6 buys 1 @ 106 = 106, fee 0 BTC, filled
          trade 3: maker #4 sells 1 @ 106 = 106, fee 0 USD, filled
          algo i slice at 106: orders 1
          placed #7: sell 1 @ 106 post_only
          rests #7: 1 @ 106
        """,
        traded(),
    )


def test_an_iceberg_waits_for_room_in_the_book() -> None:
    play(
        """
        > cat sell 5 @ 1
          placed #3: sell 5 @ 1
          rests #3: 5 @ 1
        > ann algo iceberg buy 3 slice_size=2 price_limit=97 id=i
          algo i: iceberg buy 3
        > cat cancel #3
          canceled #3: user, 5 off the book @ 1
        > bob buy 1 @ 99
          placed #4: buy 1 @ 99
          rests #4: 1 @ 99
        > cat sell 1 @ 99
          placed #5: sell 1 @ 99
          trade 2: taker #5 sells 1 @ 99 = 99, fee 0 USD, filled
          trade 2: maker #4 buys 1 @ 99 = 99, fee 0 BTC, filled
          algo i slice at 99: orders 2
          placed #6: buy 2 @ 97 post_only
          rests #6: 2 @ 97
        """,
        traded(),
    )


def test_canceling_a_slice_ends_its_iceberg_and_amending_it_does_not() -> None:
    play(
        """
        > ann algo iceberg buy 5 slice_size=2 price_limit=90 id=i
          algo i: iceberg buy 5
          algo i slice at 100: orders 2
          placed #3: buy 2 @ 90 post_only
          rests #3: 2 @ 90
        > ann amend #3 1
          amended #3: 2 @ 90 becomes 1 @ 90 of 1, keeps its place
        > cat sell 1 @ 90
          placed #4: sell 1 @ 90
          trade 2: taker #4 sells 1 @ 90 = 90, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 90 = 90, fee 0 BTC, filled
          algo i slice at 90: orders 2
          placed #5: buy 2 @ 90 post_only
          rests #5: 2 @ 90
        > ann cancel #5
          canceled #5: user, 2 off the book @ 90
          algo i canceled: slice_canceled, 1 filled
        """,
        traded(),
    )


def test_an_iceberg_whose_move_is_refused_fails() -> None:
    play(
        """
        > ann algo iceberg buy 500 slice_size=500 price_limit=190 id=i
          algo i: iceberg buy 500
          algo i slice at 100: orders 500
          placed #3: buy 500 @ 100 post_only
          rests #3: 500 @ 100
        > withdraw ann 50000 USD
          withdrawn 50000 USD: ann trading has 50000
        > cat sell 1 @ 150
          placed #4: sell 1 @ 150
          rests #4: 1 @ 150
        > bob buy 1 @ 150
          placed #5: buy 1 @ 150
          trade 2: taker #5 buys 1 @ 150 = 150, fee 0 BTC, filled
          trade 2: maker #4 sells 1 @ 150 = 150, fee 0 USD, filled
          canceled #3: user, 500 off the book @ 100
          algo i order_failed: order_refused, insufficient_balance
        """,
        traded(),
    )


def test_an_iceberg_whose_first_slice_is_refused_fails() -> None:
    play(
        """
        > ann algo iceberg buy 5000 slice_size=5000 price_limit=190 id=i
          algo i: iceberg buy 5000
          algo i slice at 100: orders 5000
          algo i order_failed: order_refused, insufficient_balance
        """,
        traded(),
    )


def test_canceling_an_iceberg_cancels_its_slice_and_tells_what_it_filled() -> None:
    play(
        """
        > ann algo iceberg buy 5 slice_size=2 price_limit=90 id=i
          algo i: iceberg buy 5
          algo i slice at 100: orders 2
          placed #3: buy 2 @ 90 post_only
          rests #3: 2 @ 90
        > cat sell 1 @ 90
          placed #4: sell 1 @ 90
          trade 2: taker #4 sells 1 @ 90 = 90, fee 0 USD, filled
          trade 2: maker #3 buys 1 @ 90 = 90, fee 0 BTC, 1 left
        > ann cancel_algo i
          canceled #3: user, 1 off the book @ 90
          algo i canceled: canceled_by_user, 1 filled
        """,
        traded(),
    )
