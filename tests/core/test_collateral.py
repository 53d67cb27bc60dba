"""Collateral of several currencies: what counts, what orders may cost, what may be borrowed and may leave; ADR 0035."""

from tests.core.scenario import POOLED, Floor, play


def test_what_counts_as_collateral_falls_by_tiers() -> None:
    """100 BTC count at 90 % and 200 at 50 %, dollars in full; what is beyond the last tier counts nothing."""
    play(
        """
        > deposit eve 300 BTC
          deposited 300 BTC: eve trading has 300
        > deposit eve 200 USD
          deposited 200 USD: eve trading has 200
        > collateral eve
          eve: equity 19200, orders cost 0, needed 0, borrowed 0, free 19200
        > worth BTC 50
          BTC is worth 50
        > collateral eve
          eve: equity 9700, orders cost 0, needed 0, borrowed 0, free 9700
        > deposit eve 900 BTC
          deposited 900 BTC: eve trading has 1200
        > collateral eve
          eve: equity 27200, orders cost 0, needed 0, borrowed 0, free 27200
        """,
        Floor(POOLED),
    )


def test_without_auto_borrow_an_order_sells_only_what_is_there() -> None:
    play(
        """
        > deposit eve 10 BTC
          deposited 10 BTC: eve trading has 10
        > eve buy 9 @ 100 id=a
          refused: insufficient_balance
        > eve sell 11 @ 100 id=a
          refused: insufficient_balance
        > eve sell 10 @ 100 id=a
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > collateral eve
          eve: equity 900, orders cost 0, needed 0, borrowed 0, free 900
        > bob buy 10 @ 100
          placed #1: buy 10 @ 100
          trade 1: taker #1 buys 10 @ 100 = 1000, fee 0 BTC, filled
          trade 1: maker a sells 10 @ 100 = 1000, fee 0 USD, filled
        > balances eve
          eve: 0 BTC, 1000 USD
        """,
        Floor(POOLED),
    )


def test_an_order_borrows_up_to_the_limit_and_what_the_collateral_bears() -> None:
    """Beside 900 of collateral, 45 BTC at 100 cost 450 by their discount, and the debt to come needs 450."""
    play(
        """
        > deposit eve 10 BTC
          deposited 10 BTC: eve trading has 10
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve buy 51 @ 100 id=a
          refused: borrow_limit_reached
        > eve buy 46 @ 100 id=a
          refused: collateral_insufficient
        > eve buy 45 @ 100 id=a
          placed a: buy 45 @ 100
          rests a: 45 @ 100
        > collateral eve
          eve: equity 900, orders cost 450, needed 0, borrowed 450, free 0
        > margins eve USD
          eve: equity 0, held 4500, initial 0, free 0, spendable -4500
        > bob sell 45 @ 100
          placed #1: sell 45 @ 100
          trade 1: taker #1 sells 45 @ 100 = 4500, fee 0 USD, filled
          trade 1: maker a buys 45 @ 100 = 4500, fee 0 BTC, filled
        > balances eve
          eve: 55 BTC, -4500 USD
        > collateral eve
          eve: equity 450, orders cost 0, needed 0, borrowed 450, free 0
        """,
        Floor(POOLED),
    )


def test_what_is_sold_short_needs_initial_margin_and_does_not_leave() -> None:
    """Discount and price make a cost of an order; a fill turns the debt to come into one."""
    play(
        """
        > deposit eve 1000 USD
          deposited 1000 USD: eve trading has 1000
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 20 @ 95 id=a
          placed a: sell 20 @ 95
          rests a: 20 @ 95
        > collateral eve
          eve: equity 1000, orders cost 100, needed 0, borrowed 400, free 500
        > bob buy 20 @ 95
          placed #1: buy 20 @ 95
          trade 1: taker #1 buys 20 @ 95 = 1900, fee 0 BTC, filled
          trade 1: maker a sells 20 @ 95 = 1900, fee 0 USD, filled
        > balances eve
          eve: -20 BTC, 2900 USD
        > collateral eve
          eve: equity 900, orders cost 0, needed 0, borrowed 400, free 500
        > transfer eve 501 USD trading funding
          refused: insufficient_funds
        > transfer eve 500 USD trading funding
          transferred 500 USD: eve trading has 2400, eve funding has 500
        > collateral eve
          eve: equity 400, orders cost 0, needed 0, borrowed 400, free 0
        """,
        Floor(POOLED),
    )


def test_a_debt_may_be_bought_back_whatever_is_free() -> None:
    """An order costs what it pays beyond the price, and may free more than that."""
    play(
        """
        > deposit eve 1000 USD
          deposited 1000 USD: eve trading has 1000
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 20 @ 100 id=a
          placed a: sell 20 @ 100
          rests a: 20 @ 100
        > bob buy 20 @ 100
          placed #1: buy 20 @ 100
          trade 1: taker #1 buys 20 @ 100 = 2000, fee 0 BTC, filled
          trade 1: maker a sells 20 @ 100 = 2000, fee 0 USD, filled
        > worth BTC 130
          BTC is worth 130
        > collateral eve
          eve: equity 400, orders cost 0, needed 0, borrowed 520, free -120
        > eve sell 1 @ 130 id=b
          refused: collateral_insufficient
        > eve buy 5 @ 170 id=c
          refused: collateral_insufficient
        > eve buy 5 @ 131 id=c
          placed c: buy 5 @ 131
          rests c: 5 @ 131
        > collateral eve
          eve: equity 400, orders cost 5, needed 0, borrowed 520, free -125
        > eve buy 100 market id=d
          placed d: buy 100 market
          canceled d: no_liquidity, 100 left
        > bob sell 5 @ 131
          placed #2: sell 5 @ 131
          trade 2: taker #2 sells 5 @ 131 = 655, fee 0 USD, filled
          trade 2: maker c buys 5 @ 131 = 655, fee 0 BTC, filled
        > collateral eve
          eve: equity 395, orders cost 0, needed 0, borrowed 390, free 5
        """,
        Floor(POOLED),
    )


def test_market_orders_are_judged_by_what_they_find() -> None:
    """A market buy is reduced to what is there or may be borrowed, unless its size is fixed."""
    play(
        """
        > deposit eve 20 BTC
          deposited 20 BTC: eve trading has 20
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 3 market id=a
          placed a: sell 3 market
          canceled a: no_liquidity, 3 left
        > bob sell 30 @ 100
          placed #1: sell 30 @ 100
          rests #1: 30 @ 100
        > bob sell 30 @ 200
          placed #2: sell 30 @ 200
          rests #2: 30 @ 200
        > eve buy 60 market id=b fixed
          refused: insufficient_balance
        > eve buy 60 market id=b
          refused: collateral_insufficient
        > eve buy for 5001 market id=b
          refused: borrow_limit_reached
        > eve buy for 5000 market id=b
          refused: collateral_insufficient
        > eve buy for 2000 market id=b
          placed b: buy for 2000 market
          trade 1: taker b buys 20 @ 100 = 2000, fee 0 BTC, filled
          trade 1: maker #1 sells 20 @ 100 = 2000, fee 0 USD, 10 left
        > bob buy 30 @ 90
          placed #3: buy 30 @ 90
          rests #3: 30 @ 90
        > eve sell for 900 market id=c
          placed c: sell for 900 market
          trade 2: taker c sells 10 @ 90 = 900, fee 0 USD, filled
          trade 2: maker #3 buys 10 @ 90 = 900, fee 0 BTC, 20 left
        > eve sell 5 market id=d
          placed d: sell 5 market
          trade 3: taker d sells 5 @ 90 = 450, fee 0 USD, filled
          trade 3: maker #3 buys 5 @ 90 = 450, fee 0 BTC, 15 left
        > balances eve
          eve: 25 BTC, -650 USD
        > collateral eve
          eve: equity 1600, orders cost 0, needed 0, borrowed 65, free 1535
        """,
        Floor(POOLED),
    )


def test_an_amended_order_is_judged_as_if_it_were_new() -> None:
    """One that is only cut is asked for nothing."""
    play(
        """
        > deposit eve 1000 USD
          deposited 1000 USD: eve trading has 1000
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 20 @ 100 id=a
          placed a: sell 20 @ 100
          rests a: 20 @ 100
        > eve amend a 51
          refused: borrow_limit_reached
        > eve amend a 45
          amended a: 20 @ 100 becomes 45 @ 100 of 45, loses its place
          rests a: 45 @ 100
        > eve amend a 30
          amended a: 45 @ 100 becomes 30 @ 100 of 30, keeps its place
        > eve amend a @ 50
          refused: collateral_insufficient
        > eve amend a @ 90
          amended a: 30 @ 100 becomes 30 @ 90 of 30, loses its place
          rests a: 30 @ 90
        > worth BTC 105
          BTC is worth 105
        > eve amend a @ 89
          refused: collateral_insufficient
        > eve amend a 29
          amended a: 30 @ 90 becomes 29 @ 90 of 29, keeps its place
        > eve auto_borrow off
          refused: liability_open
        > eve cancel a
          canceled a: user, 29 off the book @ 90
        > eve auto_borrow off
          auto-borrow of eve: off
        """,
        Floor(POOLED),
    )


def test_contracts_stand_on_all_currencies() -> None:
    """Without auto-borrow what contracts lose may fall below zero, and nothing else."""
    play(
        """
        > deposit eve 20 BTC
          deposited 20 BTC: eve trading has 20
        > eve lever 10 on=LIN
          leverage of eve LIN cross: x10
        > eve buy 181 @ 100 on=LIN id=a
          refused: insufficient_balance
        > eve buy 50 @ 100 on=LIN id=a
          placed a: buy 50 @ 100
          margins a: cross x10
          rests a: 50 @ 100
        > collateral eve
          eve: equity 1800, orders cost 0, needed 500, borrowed 0, free 1300
        > bob sell 50 @ 100 on=LIN
          placed #1: sell 50 @ 100
          margins #1: cross x3
          trade 1: taker #1 sells 50 @ 100 = 5000, fee 0 USD, filled
          trade 1: maker a buys 50 @ 100 = 5000, fee 0 USD, filled
          bob LIN cross filled: -50 @ 100 makes -50 @ 100, cash 100000
          eve LIN cross filled: +50 @ 100 makes +50 @ 100, cash 0
        > mark LIN 98
          LIN mark 98: buy <= 102, sell >= 94
        > collateral eve
          eve: equity 1700, orders cost 0, needed 490, borrowed 10, free 1200
        > margins eve USD
          eve: equity -100, held 0, initial 490, free 1200, spendable -100
        > bob buy 50 @ 98 on=LIN
          placed #2: buy 50 @ 98
          margins #2: cross x3
          rests #2: 50 @ 98
        > eve sell 50 @ 98 on=LIN id=d
          placed d: sell 50 @ 98
          margins d: cross x10
          trade 2: taker d sells 50 @ 98 = 4900, fee 0 USD, filled
          trade 2: maker #2 buys 50 @ 98 = 4900, fee 0 USD, filled
          eve LIN cross filled: -50 @ 98 makes flat, gained -100, cash -100
          bob LIN cross filled: +50 @ 98 makes flat, gained 100, cash 100100
        > balances eve
          eve: 20 BTC, -100 USD
        > eve buy 1 @ 100 id=e
          refused: insufficient_balance
        > configure eve mode=2
          refused: liability_open
        > eve sell 1 @ 100 id=f
          placed f: sell 1 @ 100
          rests f: 1 @ 100
        > bob buy 1 @ 100
          placed #3: buy 1 @ 100
          trade 1: taker #3 buys 1 @ 100 = 100, fee 0 BTC, filled
          trade 1: maker f sells 1 @ 100 = 100, fee 0 USD, filled
        > configure eve mode=2
          configured eve: cancel_maker, tier 0, futures mode
        """,
        Floor(POOLED),
    )


def test_isolated_positions_take_what_is_there() -> None:
    """What isolated orders hold brings nothing; a margin is never borrowed."""
    play(
        """
        > deposit eve 20 BTC
          deposited 20 BTC: eve trading has 20
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve buy 3 @ 100 on=LIN id=a isolated
          refused: insufficient_balance
        > deposit eve 100 USD
          deposited 100 USD: eve trading has 100
        > eve buy 2 @ 100 on=LIN id=a isolated
          placed a: buy 2 @ 100
          margins a: isolated x3
          rests a: 2 @ 100
        > eve buy 2 @ 100 on=LIN id=b isolated
          refused: insufficient_balance
        > collateral eve
          eve: equity 1900, orders cost 67, needed 0, borrowed 0, free 1833
        > bob sell 2 @ 100 on=LIN
          placed #1: sell 2 @ 100
          margins #1: cross x3
          trade 1: taker #1 sells 2 @ 100 = 200, fee 0 USD, filled
          trade 1: maker a buys 2 @ 100 = 200, fee 0 USD, filled
          bob LIN cross filled: -2 @ 100 makes -2 @ 100, cash 100000
          eve LIN isolated filled: +2 @ 100 makes +2 @ 100, margin +66 to 66, cash 34
        > collateral eve
          eve: equity 1834, orders cost 0, needed 0, borrowed 0, free 1834
        > eve margin 34 on=LIN
          eve LIN isolated margin_adjusted: +2 @ 100, margin +34 to 100, cash 0
        > eve margin 1 on=LIN
          refused: insufficient_funds
        > eve lever 2 on=LIN isolated
          leverage of eve LIN isolated: x2
        """,
        Floor(POOLED),
    )


def test_nothing_leaves_that_something_stands_on() -> None:
    """A position of 100 needs 1000 of the 1800 that 20 BTC count; so 8 of them may go, and not all dollars."""
    play(
        """
        > deposit eve 20 BTC
          deposited 20 BTC: eve trading has 20
        > eve lever 10 on=LIN
          leverage of eve LIN cross: x10
        > eve buy 100 @ 100 on=LIN id=a
          placed a: buy 100 @ 100
          margins a: cross x10
          rests a: 100 @ 100
        > bob sell 100 @ 100 on=LIN
          placed #1: sell 100 @ 100
          margins #1: cross x3
          trade 1: taker #1 sells 100 @ 100 = 10000, fee 0 USD, filled
          trade 1: maker a buys 100 @ 100 = 10000, fee 0 USD, filled
          bob LIN cross filled: -100 @ 100 makes -100 @ 100, cash 100000
          eve LIN cross filled: +100 @ 100 makes +100 @ 100, cash 0
        > transfer eve 9 BTC trading funding
          refused: insufficient_funds
        > transfer eve 8 BTC trading funding
          transferred 8 BTC: eve trading has 12, eve funding has 8
        > margins eve BTC
          eve: equity 12, held 0, initial 0, free 0, spendable 0
        > deposit eve 300 BTC
          deposited 300 BTC: eve trading has 312
        > margins eve BTC
          eve: equity 312, held 0, initial 0, free 186, spendable 300
        > discount BTC 2 to=1000 rate=0
          BTC counts, tier 2 up to 1000: 0 ppm
        > transfer eve 212 BTC trading funding
          transferred 212 BTC: eve trading has 100, eve funding has 220
        > withdraw eve 89 BTC
          refused: insufficient_funds
        > withdraw eve 88 BTC
          withdrawn 88 BTC: eve trading has 12
        """,
        Floor(POOLED),
    )


def test_a_debt_needs_a_price() -> None:
    """Nobody knows what an unpriced currency is worth: it is no collateral, may not be borrowed, and settles nothing."""
    play(
        """
        > currency EUR scale=0
          currency 2: EUR, scale 0
        > lend EUR limit=100 imr=100000 mmr=10000
          EUR is lent up to 100: 100000/10000/0 ppm
        > instrument BTC-EUR base=BTC quote=EUR
          instrument 3: BTC-EUR
        > family EURO settle=EUR
          family 2: EURO in EUR, fund 9
        > tier EURO 1 size=100 mmr=5000 imr=10000 lever=100
          tier 1 of EURO: up to 100, maintenance 5000, initial 10000, x100
        > contract LIN-EUR family=EURO base=BTC quote=EUR
          contract 4: LIN-EUR
        > mark LIN-EUR 100
          LIN-EUR mark 100: buy <= 105, sell >= 95
        > deposit eve 10 BTC
          deposited 10 BTC: eve trading has 10
        > deposit eve 10 EUR
          deposited 10 EUR: eve trading has 10
        > collateral eve
          eve: equity 900, orders cost 0, needed 0, borrowed 0, free 900
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve buy 1 @ 11 on=BTC-EUR id=a
          refused: currency_price_missing
        > eve buy 1 market on=BTC-EUR id=a
          placed a: buy 1 market
          canceled a: no_liquidity, 1 left
        > eve buy 1 @ 100 on=LIN-EUR id=b
          refused: currency_price_missing
        > worth EUR 1.1
          EUR is worth 1.1
        > eve buy 1 @ 11 on=BTC-EUR id=a
          placed a: buy 1 @ 11
          rests a: 1 @ 11
        > eve buy 1 @ 100 on=LIN-EUR id=b
          placed b: buy 1 @ 100
          margins b: cross x3
          rests b: 1 @ 100
        """,
        Floor(POOLED),
    )


def test_what_fills_may_round_is_counted_as_lost() -> None:
    """10 lots at 89.0 count 900 and bring 890: ten fills may round ten dollars away, and fees ten more and two."""
    play(
        """
        > instrument FINE base=BTC quote=USD price_scale=1
          instrument 3: FINE
        > deposit eve 10 BTC
          deposited 10 BTC: eve trading has 10
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 10 @ 890 id=a on=FINE
          placed a: sell 10 @ 890
          rests a: 10 @ 890
        > collateral eve
          eve: equity 900, orders cost 20, needed 0, borrowed 0, free 880
        > eve cancel a on=FINE
          canceled a: user, 10 off the book @ 890
        > fees tier=0 maker=1000 taker=2000
          fee tier 0, group 0: maker 1000, taker 2000
        > eve sell 10 @ 890 id=a on=FINE
          placed a: sell 10 @ 890
          rests a: 10 @ 890
        > collateral eve
          eve: equity 900, orders cost 32, needed 0, borrowed 0, free 868
        """,
        Floor(POOLED),
    )
