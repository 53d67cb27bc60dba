"""Accounts that stand on all their currencies: warnings, orders that are canceled, positions and debts that end; ADR 0035."""

from tests.core.scenario import POOLED, Floor, play


def test_orders_are_canceled_before_they_cost_what_must_stay() -> None:
    """At 140, 200 of collateral are left beside 140 that the debt requires; two more orders could take more than that."""
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
        > eve sell 5 @ 110 id=b
          placed b: sell 5 @ 110
          rests b: 5 @ 110
        > worth BTC 135
          BTC is worth 135
          warned eve: ratio 2222222 ppm
        > eve buy 1 @ 90 id=c
          placed c: buy 1 @ 90
          rests c: 1 @ 90
        > worth BTC 140
          BTC is worth 140
          canceled b: liquidated, 5 off the book @ 110
          canceled c: liquidated, 1 off the book @ 90
        > worth BTC 142
          BTC is worth 142
        > worth BTC 100
          BTC is worth 100
        > worth BTC 142
          BTC is worth 142
          warned eve: ratio 1126760 ppm
        """,
        Floor(POOLED),
    )


def test_an_order_that_may_borrow_is_canceled_though_nothing_is_owed_yet() -> None:
    play(
        """
        > deposit eve 1000 USD
          deposited 1000 USD: eve trading has 1000
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 20 @ 100 id=a
          placed a: sell 20 @ 100
          rests a: 20 @ 100
        > worth BTC 140
          BTC is worth 140
        > worth BTC 145
          BTC is worth 145
          canceled a: liquidated, 20 off the book @ 100
        """,
        Floor(POOLED),
    )


def test_debts_are_paid_with_what_is_owned_and_a_penalty() -> None:
    """20 BTC at 145 and 2 % cost 2958 of 3000."""
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
        > worth BTC 145
          BTC is worth 145
          warned eve: ratio 689655 ppm
          collateral of eve: 2958 USD pay 20 BTC, cash 42 and 0, desk 2958 and -20
        > balances eve desk
          eve: 0 BTC, 42 USD
          desk: -20 BTC, 2958 USD
        """,
        Floor(POOLED),
    )


def test_what_nothing_pays_the_desk_pays() -> None:
    """At 200 and 2 %, 3000 pay 14 of 20 BTC."""
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
        > worth BTC 200
          BTC is worth 200
          warned eve: ratio -5000000 ppm
          collateral of eve: 3000 USD pay 14 BTC, cash 0 and -6, desk 3000 and -14
          debt of eve covered: 6 BTC, desk -20
        > balances eve desk
          eve: 0 BTC, 0 USD
          desk: -20 BTC, 3000 USD
        """,
        Floor(POOLED),
    )


def test_the_most_valuable_pays_first() -> None:
    play(
        """
        > currency EUR scale=0
          currency 2: EUR, scale 0
        > worth EUR 1
          EUR is worth 1
        > discount EUR 1 to=5000 rate=1000000
          EUR counts, tier 1 up to 5000: 1000000 ppm
        > deposit eve 700 EUR
          deposited 700 EUR: eve trading has 700
        > deposit eve 300 USD
          deposited 300 USD: eve trading has 300
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 5 @ 100 id=a
          placed a: sell 5 @ 100
          rests a: 5 @ 100
        > bob buy 5 @ 100
          placed #1: buy 5 @ 100
          trade 1: taker #1 buys 5 @ 100 = 500, fee 0 BTC, filled
          trade 1: maker a sells 5 @ 100 = 500, fee 0 USD, filled
        > worth BTC 300
          BTC is worth 300
          warned eve: ratio 0 ppm
          collateral of eve: 800 USD pay 2 BTC, cash 0 and -3, desk 800 and -2
          collateral of eve: 700 EUR pay 2 BTC, cash 0 and -1, desk 700 and -4
          debt of eve covered: 1 BTC, desk -5
        > balances eve desk
          eve: 0 BTC, 0 USD, 0 EUR
          desk: -5 BTC, 800 USD, 700 EUR
        """,
        Floor(POOLED),
    )


def test_a_position_is_taken_over_and_what_it_lost_is_paid_by_another_currency() -> None:
    """At 83 the ratio is 100 / 92.5; at 82 nothing is left of what counts."""
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
        > eve sell 3 @ 100 id=c
          placed c: sell 3 @ 100
          rests c: 3 @ 100
        > mark LIN 83
          LIN mark 83: buy <= 87, sell >= 79
          warned eve: ratio 1081081 ppm
        > cat buy 100 @ 82 on=LIN
          placed #2: buy 100 @ 82
          margins #2: cross x3
          rests #2: 100 @ 82
        > mark LIN 82
          LIN mark 82: buy <= 86, sell >= 78
          canceled c: liquidated, 3 off the book @ 100
          taken over eve LIN cross: +100 @ 82, bankrupt at 82, rest 0
          eve LIN cross liquidated: -100 @ 82 makes flat, gained -1800, cash -1800
          fund LINEAR +0 to 10000, peak 10000: liquidation of eve
          fund_LINEAR LIN cross filled: +100 @ 82 makes +100 @ 82, cash 10000
          collateral of eve: 18 BTC pay 1800 USD, cash 2 and 0, desk 18 and -1800
          placed #3: sell 100 @ 78 ioc
          margins #3: cross x3, reduces
          trade 2: taker #3 sells 100 @ 82 = 8200, fee 0 USD, filled
          trade 2: maker #2 buys 100 @ 82 = 8200, fee 0 USD, filled
          fund_LINEAR LIN cross filled: -100 @ 82 makes flat, cash 10000
          cat LIN cross filled: +100 @ 82 makes +100 @ 82, cash 100000
        > balances eve desk
          eve: 2 BTC, 0 USD
          desk: 18 BTC, -1800 USD
        """,
        Floor(POOLED),
    )


def test_a_price_of_collateral_liquidates_too() -> None:
    """Of 8 that are left, 45/75 are lost with the position: 4, rounded down."""
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
        > mark LIN 90
          LIN mark 90: buy <= 94, sell >= 86
        > cat buy 100 @ 90 on=LIN
          placed #2: buy 100 @ 90
          margins #2: cross x3
          rests #2: 100 @ 90
        > worth BTC 56
          BTC is worth 56
          warned eve: ratio 106666 ppm
          taken over eve LIN cross: +100 @ 90, bankrupt at 90, rest 4
          eve LIN cross liquidated: -100 @ 90 makes flat, gained -1000, cash -1004
          fund LINEAR +4 to 10004, peak 10004: liquidation of eve
          fund_LINEAR LIN cross filled: +100 @ 90 makes +100 @ 90, cash 10004
          collateral of eve: 18 BTC pay 1004 USD, cash 2 and 0, desk 18 and -1004
          placed #3: sell 100 @ 86 ioc
          margins #3: cross x3, reduces
          trade 2: taker #3 sells 100 @ 90 = 9000, fee 0 USD, filled
          trade 2: maker #2 buys 100 @ 90 = 9000, fee 0 USD, filled
          fund_LINEAR LIN cross filled: -100 @ 90 makes flat, cash 10004
          cat LIN cross filled: +100 @ 90 makes +100 @ 90, cash 100000
        > balances eve desk
          eve: 2 BTC, 0 USD
          desk: 18 BTC, -1004 USD
        """,
        Floor(POOLED),
    )


def test_the_fund_pays_only_what_even_the_full_value_lacks() -> None:
    """10 BTC are worth 950, and 1020 are lost: of the 70 that are lacking the fund pays the position's share, the desk the debt's."""
    play(
        """
        > deposit eve 10 BTC
          deposited 10 BTC: eve trading has 10
        > eve lever 10 on=LIN
          leverage of eve LIN cross: x10
        > eve buy 60 @ 100 on=LIN id=a
          placed a: buy 60 @ 100
          margins a: cross x10
          rests a: 60 @ 100
        > bob sell 60 @ 100 on=LIN
          placed #1: sell 60 @ 100
          margins #1: cross x3
          trade 1: taker #1 sells 60 @ 100 = 6000, fee 0 USD, filled
          trade 1: maker a buys 60 @ 100 = 6000, fee 0 USD, filled
          bob LIN cross filled: -60 @ 100 makes -60 @ 100, cash 100000
          eve LIN cross filled: +60 @ 100 makes +60 @ 100, cash 0
        > worth BTC 95
          BTC is worth 95
        > mark LIN 91
          LIN mark 91: buy <= 95, sell >= 87
        > mark LIN 83
          LIN mark 83: buy <= 87, sell >= 79
          warned eve: ratio -2972973 ppm
          taken over eve LIN cross: +60 @ 83, bankrupt at 84, rest -32
          eve LIN cross liquidated: -60 @ 83 makes flat, gained -1020, cash -988
          fund LINEAR -32 to 9968, peak 10000: liquidation of eve
          fund_LINEAR LIN cross filled: +60 @ 83 makes +60 @ 83, cash 9968
          collateral of eve: 10 BTC pay 950 USD, cash 0 and -38, desk 10 and -950
          debt of eve covered: 38 USD, desk -988
        > balances eve desk
          eve: 0 BTC, 0 USD
          desk: 10 BTC, -988 USD
        """,
        Floor(POOLED),
    )


def test_of_positions_in_several_currencies_the_one_that_requires_most_goes_first() -> None:
    play(
        """
        > deposit eve 20 BTC
          deposited 20 BTC: eve trading has 20
        > deposit eve 100 USD
          deposited 100 USD: eve trading has 100
        > eve lever 10 on=LIN
          leverage of eve LIN cross: x10
        > eve lever 10 on=INV
          leverage of eve INV cross: x10
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
          eve LIN cross filled: +100 @ 100 makes +100 @ 100, cash 100
        > eve buy 4 @ 100 on=INV id=b
          placed b: buy 4 @ 100
          margins b: cross x10
          rests b: 4 @ 100
        > bob sell 4 @ 100 on=INV
          placed #2: sell 4 @ 100
          margins #2: cross x3
          trade 1: taker #2 sells 4 @ 100 = 40, fee 0 BTC, filled
          trade 1: maker b buys 4 @ 100 = 40, fee 0 BTC, filled
          bob INV cross filled: -4 @ 100 makes -4 @ 100, cash 1000
          eve INV cross filled: +4 @ 100 makes +4 @ 100, cash 20
        > mark INV 80
          INV mark 80: buy <= 84, sell >= 76
        > mark LIN 90
          LIN mark 90: buy <= 94, sell >= 86
          warned eve: ratio 0 ppm
          taken over eve LIN cross: +100 @ 90, bankrupt at 90, rest 0
          eve LIN cross liquidated: -100 @ 90 makes flat, gained -1000, cash -900
          fund LINEAR +0 to 10000, peak 10000: liquidation of eve
          fund_LINEAR LIN cross filled: +100 @ 90 makes +100 @ 90, cash 10000
          taken over eve INV cross: +4 @ 80, bankrupt at 80, rest 0
          eve INV cross liquidated: -4 @ 80 makes flat, gained -10, cash 10
          fund INVERSE +0 to 10000, peak 10000: liquidation of eve
          fund_INVERSE INV cross filled: +4 @ 80 makes +4 @ 80, cash 10000
          collateral of eve: 9 BTC pay 900 USD, cash 1 and 0, desk 9 and -900
        > balances eve desk
          eve: 1 BTC, 0 USD
          desk: 9 BTC, -900 USD
        """,
        Floor(POOLED),
    )


def test_large_positions_step_down_by_tiers() -> None:
    """600 lots find the third tier: 500 are taken over first, and what is left is safe."""
    play(
        """
        > deposit eve 200 BTC
          deposited 200 BTC: eve trading has 200
        > deposit eve 500 USD
          deposited 500 USD: eve trading has 500
        > eve lever 20 on=LIN
          leverage of eve LIN cross: x20
        > eve buy 600 @ 100 on=LIN id=a
          placed a: buy 600 @ 100
          margins a: cross x20
          rests a: 600 @ 100
        > bob sell 600 @ 100 on=LIN
          placed #1: sell 600 @ 100
          margins #1: cross x3
          trade 1: taker #1 sells 600 @ 100 = 60000, fee 0 USD, filled
          trade 1: maker a buys 600 @ 100 = 60000, fee 0 USD, filled
          bob LIN cross filled: -600 @ 100 makes -600 @ 100, cash 100000
          eve LIN cross filled: +600 @ 100 makes +600 @ 100, cash 500
        > collateral eve
          eve: equity 14500, orders cost 0, needed 3000, borrowed 0, free 11500
        > mark LIN 78
          LIN mark 78: buy <= 81, sell >= 75
          warned eve: ratio 987091 ppm
          taken over eve LIN cross: +500 @ 78, bankrupt at 77, rest 769
          eve LIN cross liquidated: -500 @ 78 makes +100 @ 100, gained -11000, cash -11269
          fund LINEAR +769 to 10769, peak 10769: liquidation of eve
          fund_LINEAR LIN cross filled: +500 @ 78 makes +500 @ 78, cash 10769
        > balances eve
          eve: 200 BTC, -11269 USD
        """,
        Floor(POOLED),
    )
