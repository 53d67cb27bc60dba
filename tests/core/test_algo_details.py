"""What only detailed commands say: ratios, trailing stops that are attached, what trigger orders bring."""

from tests.core.scenario import play
from tests.core.traded import traded


def test_ratios_are_of_the_average_price() -> None:
    play(
        """
        > bob sell 2 @ 100 on=LIN
          placed #3: sell 2 @ 100
          margins #3: cross x3
          rests #3: 2 @ 100
        > bob sell 3 @ 103 on=LIN
          placed #4: sell 3 @ 103
          margins #4: cross x3
          rests #4: 3 @ 103
        > ann attach profit_ppm=50000 loss_ppm=30000 loss_price=90 id=g on=LIN
        > ann buy 5 @ 103 on=LIN
          placed #5: buy 5 @ 103
          margins #5: cross x3
          trade 2: taker #5 buys 2 @ 100 = 200, fee 0 USD, 3 left
          trade 2: maker #3 sells 2 @ 100 = 200, fee 0 USD, filled
          ann LIN cross filled: +2 @ 100 makes +2 @ 100, cash 100000
          bob LIN cross filled: -2 @ 100 makes -3 @ 100, cash 100000
          trade 3: taker #5 buys 3 @ 103 = 309, fee 0 USD, filled
          trade 3: maker #4 sells 3 @ 103 = 309, fee 0 USD, filled
          ann LIN cross filled: +3 @ 103 makes +5 @ 101.8, cash 100000
          bob LIN cross filled: -3 @ 103 makes -6 @ 101.5, cash 100000
          algo order asks for profit_ppm=50000 loss_ppm=30000
          algo g: oco sell what fills cross, when #5 has ended
          algo order asks for nothing besides
          algo g amended: profit_trigger=107 loss_trigger=99 loss_price=90
          algo g is live for 5
        > bob buy 4 @ 100 on=LIN
          placed #6: buy 4 @ 100
          margins #6: cross x3
          rests #6: 4 @ 100
        > ann attach profit_ppm=50000 loss_ppm=2000000 id=h on=LIN
        > ann sell 4 @ 100 on=LIN
          placed #7: sell 4 @ 100
          margins #7: cross x3
          trade 4: taker #7 sells 4 @ 100 = 400, fee 0 USD, filled
          trade 4: maker #6 buys 4 @ 100 = 400, fee 0 USD, filled
          ann LIN cross filled: -4 @ 100 makes +1 @ 101.8, gained -8, cash 99992
          bob LIN cross filled: +4 @ 100 makes -2 @ 101.5, gained 6, cash 100006
          algo order asks for profit_ppm=50000 loss_ppm=2000000
          algo h: oco buy what fills cross, when #7 has ended
          algo order asks for nothing besides
          algo h amended: profit_trigger=95 loss_trigger=300
          algo h is live for 4
        > ann amend_algo g new_profit_ppm=1 on=LIN
          refused: algo_kind_invalid
        > ann attach loss_ppm=999999 id=i on=LIN
        > bob sell 1 @ 100 on=LIN
          placed #8: sell 1 @ 100
          margins #8: cross x3
          rests #8: 1 @ 100
        > ann buy 1 @ 100 on=LIN
          placed #9: buy 1 @ 100
          margins #9: cross x3
          trade 5: taker #9 buys 1 @ 100 = 100, fee 0 USD, filled
          trade 5: maker #8 sells 1 @ 100 = 100, fee 0 USD, filled
          ann LIN cross filled: +1 @ 100 makes +2 @ 100.9, cash 99992
          bob LIN cross filled: -1 @ 100 makes -3 @ 101, cash 100006
          algo order asks for loss_ppm=999999
          algo i: conditional sell what fills cross, when #9 has ended
          algo order asks for nothing besides
          algo i amended: loss_trigger=1
          algo i is live for 1
        """,
        traded(),
    )


def test_ratios_of_an_inverse_contract_are_of_its_average_price_too() -> None:
    play(
        """
        > bob sell 2 @ 100 on=INV
          placed #3: sell 2 @ 100
          margins #3: cross x3
          rests #3: 2 @ 100
        > bob sell 3 @ 103 on=INV
          placed #4: sell 3 @ 103
          margins #4: cross x3
          rests #4: 3 @ 103
        > ann attach profit_ppm=50000 loss_ppm=30000 id=g on=INV
        > ann buy 5 @ 103 on=INV
          placed #5: buy 5 @ 103
          margins #5: cross x3
          trade 1: taker #5 buys 2 @ 100 = 20, fee 0 BTC, 3 left
          trade 1: maker #3 sells 2 @ 100 = 20, fee 0 BTC, filled
          ann INV cross filled: +2 @ 100 makes +2 @ 100, cash 1000
          bob INV cross filled: -2 @ 100 makes -2 @ 100, cash 1000
          trade 2: taker #5 buys 3 @ 103 = 29, fee 0 BTC, filled
          trade 2: maker #4 sells 3 @ 103 = 29, fee 0 BTC, filled
          ann INV cross filled: +3 @ 103 makes +5 @ 101.778656126482, cash 1000
          bob INV cross filled: -3 @ 103 makes -5 @ 101.778656126482, cash 1000
          algo order asks for profit_ppm=50000 loss_ppm=30000
          algo g: oco sell what fills cross, when #5 has ended
          algo order asks for nothing besides
          algo g amended: profit_trigger=107 loss_trigger=99
          algo g is live for 5
        """,
        traded(),
    )


def test_what_trails_may_be_attached() -> None:
    play(
        """
        > bob sell 9 @ 100 on=LIN
          placed #3: sell 9 @ 100
          margins #3: cross x3
          rests #3: 9 @ 100
        > ann attach callback_ticks=2 reduce_only=1 id=t on=LIN
        > ann attach callback_ppm=10000 activation_price=103 reduce_only=1 id=u on=LIN
        > ann buy 5 @ 100 on=LIN
          placed #4: buy 5 @ 100
          margins #4: cross x3
          trade 2: taker #4 buys 5 @ 100 = 500, fee 0 USD, filled
          trade 2: maker #3 sells 5 @ 100 = 500, fee 0 USD, 4 left
          ann LIN cross filled: +5 @ 100 makes +5 @ 100, cash 100000
          bob LIN cross filled: -5 @ 100 makes -6 @ 100, cash 100000
          algo t: move_order_stop sell what fills cross, when #4 has ended
          algo u: move_order_stop sell what fills cross, when #4 has ended
          algo t is live for 5
          algo u is live for 5
        > bob buy 9 @ 98 on=LIN
          placed #5: buy 9 @ 98
          margins #5: cross x3
          rests #5: 9 @ 98
        > cat sell 1 @ 98 on=LIN
          placed #6: sell 1 @ 98
          margins #6: cross x3
          trade 3: taker #6 sells 1 @ 98 = 98, fee 0 USD, filled
          trade 3: maker #5 buys 1 @ 98 = 98, fee 0 USD, 8 left
          cat LIN cross filled: -1 @ 98 makes flat, gained -2, cash 99998
          bob LIN cross filled: +1 @ 98 makes -5 @ 100, gained 2, cash 100002
          algo t callback at 98: orders 5
          placed #7: sell 5 market
          margins #7: cross x3, reduces
          trade 4: taker #7 sells 5 @ 98 = 490, fee 0 USD, filled
          trade 4: maker #5 buys 5 @ 98 = 490, fee 0 USD, 3 left
          ann LIN cross filled: -5 @ 98 makes flat, gained -10, cash 99990
          bob LIN cross filled: +5 @ 98 makes flat, gained 10, cash 100012
          algo t effective: done
        """,
        traded(),
    )


def test_a_trigger_order_attaches_what_it_brings() -> None:
    play(
        """
        > ann algo trigger buy 2 trigger_price=101 order_price=102 time_in_force=1 profit_ppm=50000 loss_ppm=20000 guard=g id=s on=LIN
          algo order asks for time_in_force=1 profit_ppm=50000 loss_ppm=20000 guard_client_algo_id=g
          algo s: trigger buy 2 cross
        > ann algo trigger buy 2 trigger_price=101 order_price=102 guard_callback_ticks=3 guard_activation_price=105 guard=g id=t on=LIN
          algo order asks for guard_callback_ticks=3 guard_activation_price=105 guard_client_algo_id=g
          algo t: trigger buy 2 cross
        > ann algo trigger buy 2 trigger_price=101 order_price=102 time_in_force=2 id=u on=LIN
          algo order asks for time_in_force=2
          algo u: trigger buy 2 cross
        > bob sell 4 @ 101 on=LIN
          placed #3: sell 4 @ 101
          margins #3: cross x3
          rests #3: 4 @ 101
        > cat buy 1 @ 101 on=LIN
          placed #4: buy 1 @ 101
          margins #4: cross x3
          trade 2: taker #4 buys 1 @ 101 = 101, fee 0 USD, filled
          trade 2: maker #3 sells 1 @ 101 = 101, fee 0 USD, 3 left
          cat LIN cross filled: +1 @ 101 makes +2 @ 100.5, cash 100000
          bob LIN cross filled: -1 @ 101 makes -2 @ 100.5, cash 100000
          algo s trigger at 101: orders 2
          placed #5: buy 2 @ 102 ioc
          margins #5: cross x3
          trade 3: taker #5 buys 2 @ 101 = 202, fee 0 USD, filled
          trade 3: maker #3 sells 2 @ 101 = 202, fee 0 USD, 1 left
          ann LIN cross filled: +2 @ 101 makes +2 @ 101, cash 100000
          bob LIN cross filled: -2 @ 101 makes -4 @ 100.75, cash 100000
          algo s effective: done
          algo order asks for profit_ppm=50000 loss_ppm=20000
          algo g: oco sell what fills cross, when #5 has ended
          algo t trigger at 101: orders 2
          placed #6: buy 2 @ 102
          margins #6: cross x3
          trade 4: taker #6 buys 1 @ 101 = 101, fee 0 USD, 1 left
          trade 4: maker #3 sells 1 @ 101 = 101, fee 0 USD, filled
          ann LIN cross filled: +1 @ 101 makes +3 @ 101, cash 100000
          bob LIN cross filled: -1 @ 101 makes -5 @ 100.8, cash 100000
          rests #6: 1 @ 102
          algo t effective: done
          algo %5: move_order_stop sell what fills cross, when #6 has ended
          algo u trigger at 101: orders 2
          placed #7: buy 2 @ 102 fok
          margins #7: cross x3
          canceled #7: fok_not_fillable, 2 left
          algo u effective: done
          algo order asks for nothing besides
          algo g amended: profit_trigger=106 loss_trigger=99
          algo g is live for 2
        """,
        traded(),
    )


def test_a_frozen_account_loses_take_profits_and_stop_loss() -> None:
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
        > ann algo oco sell 2 profit_kind=1 profit_price=103 loss_trigger=97 id=t on=LIN
          algo order asks for profit_kind=1
          algo t: oco sell 2 cross
          algo t stops with an order for 2
          placed #6: sell 2 @ 103
          margins #6: cross x3
          rests #6: 2 @ 103
        > freeze ann
          configured ann: cancel_maker, tier 0, futures mode, frozen
          canceled #5: account_frozen, 2 off the book @ 103
          algo s canceled: owner_frozen
          canceled #6: account_frozen, 2 off the book @ 103
          algo t canceled: owner_frozen
        """,
        traded(),
    )


def test_what_waits_may_be_given_another_leg_and_another_kind_of_take_profit() -> None:
    play(
        """
        > ann attach loss_trigger=97 together=1 id=g on=LIN
        > ann buy 4 @ 99 id=p on=LIN
          placed p: buy 4 @ 99
          margins p: cross x3
          rests p: 4 @ 99
          algo order asks for together=1
          algo g: conditional sell what fills cross, when p has ended
        > ann amend_algo g new_profit_trigger=105 new_profit_source=2 on=LIN
          algo order asks for profit_source=2 together=1
          algo g amended: profit_trigger=105 loss_trigger=97
        > ann amend_algo g new_profit_trigger=0 new_profit_kind=1 new_profit_price=104 on=LIN
          algo order asks for profit_source=2 profit_kind=1 together=1
          algo g amended: profit_price=104 loss_trigger=97
        > ann amend_algo g new_loss_trigger=0 new_loss_ppm=20000 new_cost_stop=1 on=LIN
          algo order asks for profit_source=2 profit_kind=1 loss_ppm=20000 together=1 cost_stop=1
          algo g amended: profit_price=104
        > ann amend_algo g new_cost_stop=2 on=LIN
          refused: field_invalid
        > ann amend_algo g new_cost_stop=1 on=LIN
          refused: nothing_to_amend
        > bob sell 4 @ 99 on=LIN
          placed #3: sell 4 @ 99
          margins #3: cross x3
          trade 2: taker #3 sells 4 @ 99 = 396, fee 0 USD, filled
          trade 2: maker p buys 4 @ 99 = 396, fee 0 USD, filled
          bob LIN cross filled: -4 @ 99 makes -5 @ 99.2, cash 100000
          ann LIN cross filled: +4 @ 99 makes +4 @ 99, cash 100000
          algo order asks for profit_source=2 profit_kind=1 together=1 cost_stop=1
          algo g amended: profit_price=104 loss_trigger=97
          algo g is live for 4
          algo g stops with an order for 4
          placed #4: sell 4 @ 104
          margins #4: cross x3
          rests #4: 4 @ 104
        """,
        traded(),
    )


def test_a_stop_loss_whose_take_profit_went_by_the_same_trade_closes_nothing() -> None:
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
        > ann algo oco sell 5 profit_kind=1 profit_price=103 loss_trigger=97 reduce_only=1 id=s on=LIN
          algo order asks for profit_kind=1
          algo s: oco sell 5 cross
          algo s stops with an order for 5
          placed #5: sell 5 @ 103
          margins #5: cross x3, reduces
          rests #5: 5 @ 103
        > bob buy 9 @ 96 on=LIN
          placed #6: buy 9 @ 96
          margins #6: cross x3
          rests #6: 9 @ 96
        > ann sell 5 @ 96 on=LIN
          placed #7: sell 5 @ 96
          margins #7: cross x3
          trade 3: taker #7 sells 5 @ 96 = 480, fee 0 USD, filled
          trade 3: maker #6 buys 5 @ 96 = 480, fee 0 USD, 4 left
          ann LIN cross filled: -5 @ 96 makes flat, gained -20, cash 99980
          bob LIN cross filled: +5 @ 96 makes -1 @ 100, gained 20, cash 100020
          canceled #5: nothing_to_reduce, 5 off the book @ 103
          algo s stop_loss at 96: orders 5
          algo s order_failed: order_refused, position_not_found
        """,
        traded(),
    )
