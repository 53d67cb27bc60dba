"""Algo orders for contracts: whole positions, marks and indexes, chases, and what ends with a position."""

from lonja.core import algo_commands as ac
from lonja.core.rejections import Rejection
from tests.core.scenario import CONTRACTS, Floor, play
from tests.core.traded import traded


def test_closing_a_fraction_closes_the_whole_position_there_is_then() -> None:
    play(
        """
        > ann buy 4 @ 99 on=LIN
          placed #3: buy 4 @ 99
          margins #3: cross x3
          rests #3: 4 @ 99
        > bob sell 4 @ 99 on=LIN
          placed #4: sell 4 @ 99
          margins #4: cross x3
          trade 2: taker #4 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker #3 buys 4 @ 99 = 396, fee 0 USD, filled
          bob LIN cross filled: -4 @ 99 makes -5 @ 99.2, cash 100000
          ann LIN cross filled: +4 @ 99 makes +4 @ 99, cash 100000
        > ann algo oco sell close loss_trigger=97 loss_source=mark profit_trigger=120 id=all on=LIN
          algo all: oco sell all cross
        > bob sell 2 @ 100 on=LIN
          placed #5: sell 2 @ 100
          margins #5: cross x3
          rests #5: 2 @ 100
        > ann buy 2 @ 100 on=LIN
          placed #6: buy 2 @ 100
          margins #6: cross x3
          trade 3: taker #6 buys 2 @ 100 = 200, fee 0 USD, filled
          trade 3: maker #5 sells 2 @ 100 = 200, fee 0 USD, filled
          ann LIN cross filled: +2 @ 100 makes +6 @ 99.333333333333, cash 100000
          bob LIN cross filled: -2 @ 100 makes -7 @ 99.428571428571, cash 100000
        > ann sell 1 @ 101 on=LIN id=r
          placed r: sell 1 @ 101
          margins r: cross x3
          rests r: 1 @ 101
        > cat buy 9 @ 96 on=LIN
          placed #7: buy 9 @ 96
          margins #7: cross x3
          rests #7: 9 @ 96
        > mark LIN 97
          LIN mark 97: buy <= 101, sell >= 93
          canceled r: nothing_to_reduce, 1 off the book @ 101
          algo all stop_loss at 97: orders 6
          placed #8: sell 6 market
          margins #8: cross x3, reduces
          trade 4: taker #8 sells 6 @ 96 = 576, fee 0 USD, filled
          trade 4: maker #7 buys 6 @ 96 = 576, fee 0 USD, 3 left
          ann LIN cross filled: -6 @ 96 makes flat, gained -20, cash 99980
          cat LIN cross filled: +6 @ 96 makes +7 @ 96.571428571429, cash 100000
          algo all effective: done
        """,
        traded(),
    )


def test_a_position_that_is_closed_cancels_what_was_to_close_it() -> None:
    play(
        """
        > ann buy 4 @ 99 on=LIN
          placed #3: buy 4 @ 99
          margins #3: cross x3
          rests #3: 4 @ 99
        > bob sell 4 @ 99 on=LIN
          placed #4: sell 4 @ 99
          margins #4: cross x3
          trade 2: taker #4 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker #3 buys 4 @ 99 = 396, fee 0 USD, filled
          bob LIN cross filled: -4 @ 99 makes -5 @ 99.2, cash 100000
          ann LIN cross filled: +4 @ 99 makes +4 @ 99, cash 100000
        > ann algo conditional sell close loss_trigger=97 loss_source=mark id=all on=LIN
          algo all: conditional sell all cross
        > ann algo conditional sell 2 reduce loss_trigger=97 loss_source=mark id=part on=LIN
          algo part: conditional sell 2 cross
        > cat buy 4 @ 99 on=LIN
          placed #5: buy 4 @ 99
          margins #5: cross x3
          rests #5: 4 @ 99
        > ann sell 4 @ 99 on=LIN
          placed #6: sell 4 @ 99
          margins #6: cross x3
          trade 3: taker #6 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 3: maker #5 buys 4 @ 99 = 396, fee 0 USD, filled
          ann LIN cross filled: -4 @ 99 makes flat, cash 100000
          cat LIN cross filled: +4 @ 99 makes +5 @ 99.2, cash 100000
          algo all canceled: position_closed
        > mark LIN 97
          LIN mark 97: buy <= 101, sell >= 93
          algo part stop_loss at 97: orders 2
          algo part order_failed: order_refused, position_not_found
        """,
        traded(),
    )


def test_a_price_that_closes_the_position_by_another_order_leaves_nothing_to_close() -> None:
    play(
        """
        > ann buy 4 @ 99 on=LIN
          placed #3: buy 4 @ 99
          margins #3: cross x3
          rests #3: 4 @ 99
        > bob sell 4 @ 99 on=LIN
          placed #4: sell 4 @ 99
          margins #4: cross x3
          trade 2: taker #4 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker #3 buys 4 @ 99 = 396, fee 0 USD, filled
          bob LIN cross filled: -4 @ 99 makes -5 @ 99.2, cash 100000
          ann LIN cross filled: +4 @ 99 makes +4 @ 99, cash 100000
        > ann algo conditional sell 4 reduce loss_trigger=97 loss_source=mark id=part on=LIN
          algo part: conditional sell 4 cross
        > ann algo conditional sell close loss_trigger=97 loss_source=mark id=all on=LIN
          algo all: conditional sell all cross
        > cat buy 9 @ 98 on=LIN
          placed #5: buy 9 @ 98
          margins #5: cross x3
          rests #5: 9 @ 98
        > mark LIN 97
          LIN mark 97: buy <= 101, sell >= 93
          algo part stop_loss at 97: orders 4
          placed #6: sell 4 market
          margins #6: cross x3, reduces
          trade 3: taker #6 sells 4 @ 98 = 392, fee 0 USD, filled
          trade 3: maker #5 buys 4 @ 98 = 392, fee 0 USD, 5 left
          ann LIN cross filled: -4 @ 98 makes flat, gained -4, cash 99996
          cat LIN cross filled: +4 @ 98 makes +5 @ 98.4, cash 100000
          algo part effective: done
          algo all canceled: position_closed
        """,
        traded(),
    )


def test_what_only_reduces_is_cut_to_the_position() -> None:
    play(
        """
        > ann buy 4 @ 99 on=LIN
          placed #3: buy 4 @ 99
          margins #3: cross x3
          rests #3: 4 @ 99
        > bob sell 4 @ 99 on=LIN
          placed #4: sell 4 @ 99
          margins #4: cross x3
          trade 2: taker #4 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker #3 buys 4 @ 99 = 396, fee 0 USD, filled
          bob LIN cross filled: -4 @ 99 makes -5 @ 99.2, cash 100000
          ann LIN cross filled: +4 @ 99 makes +4 @ 99, cash 100000
        > ann algo conditional sell 9 reduce loss_trigger=97 loss_source=mark id=s on=LIN
          algo s: conditional sell 9 cross
        > cat buy 9 @ 96 on=LIN
          placed #5: buy 9 @ 96
          margins #5: cross x3
          rests #5: 9 @ 96
        > mark LIN 97
          LIN mark 97: buy <= 101, sell >= 93
          algo s stop_loss at 97: orders 4
          placed #6: sell 4 market
          margins #6: cross x3, reduces
          trade 3: taker #6 sells 4 @ 96 = 384, fee 0 USD, filled
          trade 3: maker #5 buys 4 @ 96 = 384, fee 0 USD, 5 left
          ann LIN cross filled: -4 @ 96 makes flat, gained -12, cash 99988
          cat LIN cross filled: +4 @ 96 makes +5 @ 96.8, cash 100000
          algo s effective: done
        """,
        traded(),
    )


def test_an_index_price_of_a_contract_moves_no_limits() -> None:
    play(
        """
        > contract_index LIN 100
          LIN index 100
        > ann algo trigger buy 2 trigger_price=103 source=index order_price=99 id=t on=LIN
          algo t: trigger buy 2 cross
        > contract_index LIN 102
          LIN index 102
        > contract_index LIN 104
          LIN index 104
          algo t trigger at 104: orders 2
          placed #3: buy 2 @ 99
          margins #3: cross x3
          rests #3: 2 @ 99
          algo t effective: done
        > bob buy 1 @ 106 on=LIN
          refused: price_above_band
        """,
        traded(),
    )


def test_a_long_position_has_its_own() -> None:
    play(
        """
        > ann position_mode long_short
          position mode of ann: long_short
        > ann attach loss_trigger=97 loss_source=mark id=g on=LIN
        > ann buy 4 @ 99 on=LIN isolated long
          placed #3: buy 4 @ 99
          margins #3: isolated long x3
          rests #3: 4 @ 99
          algo g: conditional sell what fills isolated long, when #3 has ended
        > bob sell 4 @ 99 on=LIN
          placed #4: sell 4 @ 99
          margins #4: cross x3
          trade 2: taker #4 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker #3 buys 4 @ 99 = 396, fee 0 USD, filled
          bob LIN cross filled: -4 @ 99 makes -5 @ 99.2, cash 100000
          ann LIN isolated long filled: +4 @ 99 makes +4 @ 99, margin +132 to 132, cash 99868
          algo g is live for 4
        > ann algo conditional sell 9 isolated long profit_trigger=103 profit_source=mark id=s on=LIN
          algo s: conditional sell 9 isolated long
        > cat buy 9 @ 96 on=LIN
          placed #5: buy 9 @ 96
          margins #5: cross x3
          rests #5: 9 @ 96
        > ann position_mode net
          refused: positions_or_orders_open
        > mark LIN 97
          LIN mark 97: buy <= 101, sell >= 93
          algo g stop_loss at 97: orders 4
          placed #6: sell 4 market
          margins #6: isolated long x3, reduces
          trade 3: taker #6 sells 4 @ 96 = 384, fee 0 USD, filled
          trade 3: maker #5 buys 4 @ 96 = 384, fee 0 USD, 5 left
          ann LIN isolated long filled: -4 @ 96 makes flat, gained -12, margin -132 to 0, cash 99988
          cat LIN cross filled: +4 @ 96 makes +5 @ 96.8, cash 100000
          algo g effective: done
        > mark LIN 103
          LIN mark 103: buy <= 108, sell >= 98
          algo s take_profit at 103: orders 9
          algo s order_failed: order_refused, position_not_found
        """,
        traded(),
    )


def test_a_chase_follows_the_best_price_until_it_is_filled() -> None:
    play(
        """
        > cat buy 3 @ 98 on=LIN
          placed #3: buy 3 @ 98
          margins #3: cross x3
          rests #3: 3 @ 98
        > ann algo chase buy 5 id=c on=LIN
          algo c: chase buy 5 cross
          algo c slice at 98: orders 5
          placed #4: buy 5 @ 98 post_only
          margins #4: cross x3
          rests #4: 5 @ 98
        > cat buy 3 @ 99 on=LIN
          placed #5: buy 3 @ 99
          margins #5: cross x3
          rests #5: 3 @ 99
          amended #4: 5 @ 98 becomes 5 @ 99 of 5, loses its place
          rests #4: 5 @ 99
        > cat buy 3 @ 99 on=LIN
          placed #6: buy 3 @ 99
          margins #6: cross x3
          rests #6: 3 @ 99
        > bob sell 20 @ 99 on=LIN
          placed #7: sell 20 @ 99
          margins #7: cross x3
          trade 2: taker #7 sells 3 @ 99 = 297, fee 0 USD, 17 left
          trade 2: maker #5 buys 3 @ 99 = 297, fee 0 USD, filled
          bob LIN cross filled: -3 @ 99 makes -4 @ 99.25, cash 100000
          cat LIN cross filled: +3 @ 99 makes +4 @ 99.25, cash 100000
          trade 3: taker #7 sells 5 @ 99 = 495, fee 0 USD, 12 left
          trade 3: maker #4 buys 5 @ 99 = 495, fee 0 USD, filled
          bob LIN cross filled: -5 @ 99 makes -9 @ 99.111111111111, cash 100000
          ann LIN cross filled: +5 @ 99 makes +5 @ 99, cash 100000
          trade 4: taker #7 sells 3 @ 99 = 297, fee 0 USD, 9 left
          trade 4: maker #6 buys 3 @ 99 = 297, fee 0 USD, filled
          bob LIN cross filled: -3 @ 99 makes -12 @ 99.083333333333, cash 100000
          cat LIN cross filled: +3 @ 99 makes +7 @ 99.142857142857, cash 100000
          rests #7: 9 @ 99
          algo c effective: done, 5 filled
        """,
        traded(),
    )


def test_a_chase_gives_up_when_the_market_has_gone_too_far() -> None:
    play(
        """
        > cat sell 3 @ 104 on=LIN
          placed #3: sell 3 @ 104
          margins #3: cross x3
          rests #3: 3 @ 104
        > ann algo chase sell 5 id=c on=LIN distance_ppm=20000
          algo c: chase sell 5 cross
          algo c slice at 104: orders 5
          placed #4: sell 5 @ 104 post_only
          margins #4: cross x3
          rests #4: 5 @ 104
        > cat sell 3 @ 102 on=LIN
          placed #5: sell 3 @ 102
          margins #5: cross x3
          rests #5: 3 @ 102
          amended #4: 5 @ 104 becomes 5 @ 102 of 5, loses its place
          rests #4: 5 @ 102
        > cat sell 3 @ 101 on=LIN
          placed #6: sell 3 @ 101
          margins #6: cross x3
          rests #6: 3 @ 101
          canceled #4: user, 5 off the book @ 102
          algo c canceled: too_far
        """,
        traded(),
    )


def test_a_chase_may_stand_behind_the_best_price() -> None:
    play(
        """
        > cat sell 3 @ 104 on=LIN
          placed #3: sell 3 @ 104
          margins #3: cross x3
          rests #3: 3 @ 104
        > ann algo chase sell 5 id=c on=LIN callback_ticks=2
          algo c: chase sell 5 cross
          algo c slice at 104: orders 5
          placed #4: sell 5 @ 106 post_only
          margins #4: cross x3
          rests #4: 5 @ 106
        > cat sell 3 @ 102 on=LIN
          placed #5: sell 3 @ 102
          margins #5: cross x3
          rests #5: 3 @ 102
          amended #4: 5 @ 106 becomes 5 @ 104 of 5, loses its place
          rests #4: 5 @ 104
        """,
        traded(),
    )


def test_a_chase_stands_nowhere_when_that_would_be_below_nothing() -> None:
    play(
        """
        > ann algo chase buy 5 id=c on=LIN callback_ticks=200
          algo c: chase buy 5 cross
        > cat buy 3 @ 98 on=LIN
          placed #3: buy 3 @ 98
          margins #3: cross x3
          rests #3: 3 @ 98
        """,
        traded(),
    )


def test_what_is_to_end_with_its_position_does() -> None:
    play(
        """
        > ann buy 4 @ 99 on=LIN
          placed #3: buy 4 @ 99
          margins #3: cross x3
          rests #3: 4 @ 99
        > bob sell 4 @ 99 on=LIN
          placed #4: sell 4 @ 99
          margins #4: cross x3
          trade 2: taker #4 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker #3 buys 4 @ 99 = 396, fee 0 USD, filled
          bob LIN cross filled: -4 @ 99 makes -5 @ 99.2, cash 100000
          ann LIN cross filled: +4 @ 99 makes +4 @ 99, cash 100000
        > ann algo conditional sell 2 loss_trigger=98 loss_source=mark id=first on=LIN reduce_only=2
          algo first: conditional sell 2 cross
        > ann algo conditional sell 4 loss_trigger=97 loss_source=mark id=second on=LIN reduce_only=2
          algo second: conditional sell 4 cross
        > cat buy 9 @ 98 on=LIN
          placed #5: buy 9 @ 98
          margins #5: cross x3
          rests #5: 9 @ 98
        > mark LIN 98
          LIN mark 98: buy <= 102, sell >= 94
          algo first stop_loss at 98: orders 2
          placed #6: sell 2 market
          margins #6: cross x3, reduces
          trade 3: taker #6 sells 2 @ 98 = 196, fee 0 USD, filled
          trade 3: maker #5 buys 2 @ 98 = 196, fee 0 USD, 7 left
          ann LIN cross filled: -2 @ 98 makes +2 @ 99, gained -2, cash 99998
          cat LIN cross filled: +2 @ 98 makes +3 @ 98.666666666667, cash 100000
          algo first effective: done
        > ann sell 2 @ 98 on=LIN
          placed #7: sell 2 @ 98
          margins #7: cross x3
          trade 4: taker #7 sells 2 @ 98 = 196, fee 0 USD, filled
          trade 4: maker #5 buys 2 @ 98 = 196, fee 0 USD, 5 left
          ann LIN cross filled: -2 @ 98 makes flat, gained -2, cash 99996
          cat LIN cross filled: +2 @ 98 makes +5 @ 98.4, cash 100000
          algo second canceled: position_closed
        """,
        traded(),
    )


def test_what_is_attached_does_not_end_with_a_position() -> None:
    floor = traded()
    command = ac.AttachAlgo(account=2, instrument=0, loss_trigger=90, reduce_only=2)
    assert floor.apply(command)[0] == Rejection.FIELD_INVALID


def test_a_chase_waits_for_a_market_and_for_it_to_open() -> None:
    play(
        """
        > ann algo chase sell 5 id=c on=LIN
          algo c: chase sell 5 cross
        > state LIN suspended
          LIN is suspended
        > state LIN live
          LIN is live
        > cat sell 3 @ 104 on=LIN
          placed #3: sell 3 @ 104
          margins #3: cross x3
          rests #3: 3 @ 104
          algo c slice at 104: orders 5
          placed #4: sell 5 @ 104 post_only
          margins #4: cross x3
          rests #4: 5 @ 104
        > ann cancel #4 on=LIN
          canceled #4: user, 5 off the book @ 104
          algo c canceled: slice_canceled
        """,
        traded(),
    )


def test_a_chase_that_cannot_be_paid_fails() -> None:
    play(
        """
        > cat buy 3 @ 99 on=LIN
          placed #3: buy 3 @ 99
          margins #3: cross x3
          rests #3: 3 @ 99
        > ann algo chase buy 9999 id=c on=LIN
          algo c: chase buy 9999 cross
          algo c slice at 99: orders 9999
          algo c order_failed: order_refused, insufficient_balance
        """,
        traded(),
    )


def test_liquidation_comes_first_and_takes_the_algo_orders_of_the_position_along() -> None:
    play(
        """
        > ann lever 10 on=LIN isolated
          leverage of ann LIN isolated: x10
        > ann buy 10 @ 100 on=LIN isolated
          placed #3: buy 10 @ 100
          margins #3: isolated x10
          rests #3: 10 @ 100
        > bob sell 10 @ 100 on=LIN
          placed #4: sell 10 @ 100
          margins #4: cross x3
          trade 2: taker #4 sells 10 @ 100 = 1000, fee 0 USD, filled
          trade 2: maker #3 buys 10 @ 100 = 1000, fee 0 USD, filled
          bob LIN cross filled: -10 @ 100 makes -11 @ 100, cash 100000
          ann LIN isolated filled: +10 @ 100 makes +10 @ 100, margin +100 to 100, cash 99900
        > ann algo conditional sell close isolated loss_trigger=92 loss_source=mark id=all on=LIN
          algo all: conditional sell all isolated
        > ann algo trigger buy 1 isolated trigger_price=92 source=mark id=t on=LIN
          algo t: trigger buy 1 isolated
        > ann algo trigger buy 1 trigger_price=92 order_price=88 source=mark id=cross on=LIN
          algo cross: trigger buy 1 cross
        > mark LIN 90
          LIN mark 90: buy <= 94, sell >= 86
          warned ann LIN isolated: ratio 0 ppm
          taken over ann LIN isolated: +10 @ 90, bankrupt at 90, rest 0
          ann LIN isolated liquidated: -10 @ 90 makes flat, gained -100, margin -100 to 0, cash 99900
          fund LINEAR +0 to 10000, peak 10000: liquidation of ann
          fund_LINEAR LIN cross filled: +10 @ 90 makes +10 @ 90, cash 10000
          algo all canceled: position_liquidated
          algo t canceled: position_liquidated
          algo cross trigger at 90: orders 1
          placed #5: buy 1 @ 88
          margins #5: cross x3
          rests #5: 1 @ 88
          algo cross effective: done
        """,
        traded(),
    )


def test_settings_wait_for_algo_orders_to_end() -> None:
    play(
        """
        > ann algo trigger buy 1 trigger_price=92 source=mark id=t on=LIN
          algo t: trigger buy 1 cross
        > ann position_mode long_short
          refused: positions_or_orders_open
        > configure ann mode=1
          refused: positions_or_orders_open
        > ann cancel_algo t on=LIN
          algo t canceled: canceled_by_user
        > instrument BTC-USD base=BTC quote=USD
          instrument 2: BTC-USD
        > ann attach loss_trigger=90
        > ann position_mode long_short
          position mode of ann: long_short
        """,
        traded(),
    )


def test_delivery_cancels() -> None:
    play(
        """
        > family DATED settle=USD kind=3
          family 2: DATED in USD, fund 7
        > tier DATED 1 size=100 mmr=5000 imr=10000 lever=100
          tier 1 of DATED: up to 100, maintenance 5000, initial 10000, x100
        > contract END family=DATED base=BTC quote=USD expiry_ms=1
          contract 2: END
        > mark END 100
          END mark 100: buy <= 105, sell >= 95
        > ann algo trigger buy 1 trigger_price=92 source=mark id=t on=END
          algo t: trigger buy 1 cross
        > deliver END 100
          algo t canceled: closed
          END delivered at 100
        """,
        traded(),
    )


def test_before_the_first_trade_the_mark_stands_for_the_last_price() -> None:
    play(
        """
        > bob algo trigger buy 1 trigger_price=97 order_price=96 id=below on=LIN
          algo below: trigger buy 1 cross
        > ann algo conditional sell 1 loss_trigger=100 on=LIN
          refused: trigger_already_met
        """,
        Floor(CONTRACTS),
    )
