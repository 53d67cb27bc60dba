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


def test_a_delivery_may_leave_debts_that_orders_cannot_stand_on() -> None:
    play(
        """
        > family DATED settle=USD kind=3
          family 2: DATED in USD, fund 9
        > tier DATED 1 size=100 mmr=5000 imr=10000 lever=100
          tier 1 of DATED: up to 100, maintenance 5000, initial 10000, x100
        > contract END family=DATED base=BTC quote=USD expiry_ms=1
          contract 3: END
        > endow DATED 1000
          endowed DATED with 1000: 1000
        > mark END 100
          END mark 100: buy <= 105, sell >= 95
        > deposit eve 20 BTC
          deposited 20 BTC: eve trading has 20
        > eve lever 10 on=END
          leverage of eve END cross: x10
        > eve buy 100 @ 100 on=END id=a
          placed a: buy 100 @ 100
          margins a: cross x10
          rests a: 100 @ 100
        > bob sell 100 @ 100 on=END
          placed #1: sell 100 @ 100
          margins #1: cross x3
          trade 1: taker #1 sells 100 @ 100 = 10000, fee 0 USD, filled
          trade 1: maker a buys 100 @ 100 = 10000, fee 0 USD, filled
          bob END cross filled: -100 @ 100 makes -100 @ 100, cash 100000
          eve END cross filled: +100 @ 100 makes +100 @ 100, cash 0
        > eve sell 5 @ 80 id=b
          placed b: sell 5 @ 80
          rests b: 5 @ 80
        > eve sell 3 @ 120 id=c
          placed c: sell 3 @ 120
          rests c: 3 @ 120
        > deliver END 83
          END delivered at 83
          eve END cross delivered: -100 @ 83 makes flat, gained -1700, cash -1700
          bob END cross delivered: +100 @ 83 makes flat, gained 1700, cash 101700
          canceled b: liquidated, 5 off the book @ 80
          canceled c: liquidated, 3 off the book @ 120
        > balances eve
          eve: 20 BTC, -1700 USD
        """,
        Floor(POOLED),
    )


def test_a_delivery_beyond_everything_is_covered_by_the_fund() -> None:
    """2500 are lost and 20 BTC are worth 2000."""
    play(
        """
        > family DATED settle=USD kind=3
          family 2: DATED in USD, fund 9
        > tier DATED 1 size=100 mmr=5000 imr=10000 lever=100
          tier 1 of DATED: up to 100, maintenance 5000, initial 10000, x100
        > contract END family=DATED base=BTC quote=USD expiry_ms=1
          contract 3: END
        > endow DATED 1000
          endowed DATED with 1000: 1000
        > mark END 100
          END mark 100: buy <= 105, sell >= 95
        > deposit eve 20 BTC
          deposited 20 BTC: eve trading has 20
        > eve lever 10 on=END
          leverage of eve END cross: x10
        > eve buy 100 @ 100 on=END id=a
          placed a: buy 100 @ 100
          margins a: cross x10
          rests a: 100 @ 100
        > bob sell 100 @ 100 on=END
          placed #1: sell 100 @ 100
          margins #1: cross x3
          trade 1: taker #1 sells 100 @ 100 = 10000, fee 0 USD, filled
          trade 1: maker a buys 100 @ 100 = 10000, fee 0 USD, filled
          bob END cross filled: -100 @ 100 makes -100 @ 100, cash 100000
          eve END cross filled: +100 @ 100 makes +100 @ 100, cash 0
        > deliver END 75
          END delivered at 75
          eve END cross delivered: -100 @ 75 makes flat, gained -2500, cash -2500
          fund DATED -500 to 500, peak 1000: cover of eve
          eve END cross covered: flat, cash -2000
          bob END cross delivered: +100 @ 75 makes flat, gained 2500, cash 102500
        > balances eve
          eve: 20 BTC, -2000 USD
        """,
        Floor(POOLED),
    )


def test_what_rested_is_not_traded_when_the_account_cannot_bear_it() -> None:
    """The mark has left the order behind: 10 lots at 100 would lose 950 at 5, of 900 that count."""
    play(
        """
        > deposit eve 10 BTC
          deposited 10 BTC: eve trading has 10
        > eve lever 10 on=LIN
          leverage of eve LIN cross: x10
        > eve buy 10 @ 100 on=LIN id=a
          placed a: buy 10 @ 100
          margins a: cross x10
          rests a: 10 @ 100
        > mark LIN 5 sell_min=1 buy_max=200
          LIN mark 5: buy <= 200, sell >= 1
        > bob sell 10 @ 90 on=LIN id=b
          placed b: sell 10 @ 90
          margins b: cross x3
          canceled a: uncovered, 10 off the book @ 100
          rests b: 10 @ 90
        """,
        Floor(POOLED),
    )


def test_whoever_wins_is_deleveraged_by_what_stands_behind_all_of_it() -> None:
    play(
        """
        > deposit eve 10 BTC
          deposited 10 BTC: eve trading has 10
        > eve lever 10 on=LIN
          leverage of eve LIN cross: x10
        > cat lever 10 on=LIN isolated
          leverage of cat LIN isolated: x10
        > eve sell 60 @ 100 on=LIN id=a
          placed a: sell 60 @ 100
          margins a: cross x10
          rests a: 60 @ 100
        > cat buy 60 @ 100 on=LIN id=b isolated
          placed b: buy 60 @ 100
          margins b: isolated x10
          trade 1: taker b buys 60 @ 100 = 6000, fee 0 USD, filled
          trade 1: maker a sells 60 @ 100 = 6000, fee 0 USD, filled
          cat LIN isolated filled: +60 @ 100 makes +60 @ 100, margin +600 to 600, cash 99400
          eve LIN cross filled: -60 @ 100 makes -60 @ 100, cash 0
        > mark LIN 80
          LIN mark 80: buy <= 84, sell >= 76
          warned cat LIN isolated: ratio -25000000 ppm
          taken over cat LIN isolated: +60 @ 80, bankrupt at 90, rest -600
          cat LIN isolated liquidated: -60 @ 80 makes flat, gained -1200, margin -600 to 0, cash 99400
          fund LINEAR -600 to 9400, peak 10000: liquidation of cat
          fund_LINEAR LIN cross filled: +60 @ 80 makes +60 @ 80, cash 9400
        > wait 30000
        > mark LIN 80
          LIN mark 80: buy <= 84, sell >= 76
          eve LIN cross deleveraged: +60 @ 80 makes flat, gained 1200, cash 1200
          fund_LINEAR LIN cross deleveraged: -60 @ 80 makes flat, cash 9400
        > balances eve
          eve: 10 BTC, 1200 USD
        """,
        Floor(POOLED),
    )


def test_the_last_position_takes_all_that_is_left_when_nothing_is_owed() -> None:
    """At 90 the position requires 18 and 10 are left."""
    play(
        """
        > deposit eve 410 USD
          deposited 410 USD: eve trading has 410
        > eve lever 10 on=LIN
          leverage of eve LIN cross: x10
        > eve buy 40 @ 100 on=LIN id=a
          placed a: buy 40 @ 100
          margins a: cross x10
          rests a: 40 @ 100
        > bob sell 40 @ 100 on=LIN
          placed #1: sell 40 @ 100
          margins #1: cross x3
          trade 1: taker #1 sells 40 @ 100 = 4000, fee 0 USD, filled
          trade 1: maker a buys 40 @ 100 = 4000, fee 0 USD, filled
          bob LIN cross filled: -40 @ 100 makes -40 @ 100, cash 100000
          eve LIN cross filled: +40 @ 100 makes +40 @ 100, cash 410
        > mark LIN 90
          LIN mark 90: buy <= 94, sell >= 86
          warned eve: ratio 555555 ppm
          taken over eve LIN cross: +40 @ 90, bankrupt at 90, rest 10
          eve LIN cross liquidated: -40 @ 90 makes flat, gained -400, cash 0
          fund LINEAR +10 to 10010, peak 10010: liquidation of eve
          fund_LINEAR LIN cross filled: +40 @ 90 makes +40 @ 90, cash 10010
        > balances eve
          eve: 0 USD
        """,
        Floor(POOLED),
    )


def test_what_counts_nothing_pays_all_the_same() -> None:
    """EUR are no collateral, but of 900 of them 806 pay 5 BTC at 158 and 2 %, and no dollars."""
    play(
        """
        > currency EUR scale=0
          currency 2: EUR, scale 0
        > worth EUR 1
          EUR is worth 1
        > deposit eve 900 EUR
          deposited 900 EUR: eve trading has 900
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
        > worth BTC 158
          BTC is worth 158
          warned eve: ratio 253164 ppm
          collateral of eve: 806 EUR pay 5 BTC, cash 94 and 0, desk 806 and -5
        > balances eve
          eve: 0 BTC, 800 USD, 94 EUR
        """,
        Floor(POOLED),
    )


def test_whoever_wins_pays_for_a_fund_that_owes() -> None:
    """After 500 lots the fund owes 10000: the short side buys them at 70 instead of 50, the rest at 90."""
    play(
        """
        > deposit eve 600 BTC
          deposited 600 BTC: eve trading has 600
        > eve lever 10 on=LIN
          leverage of eve LIN cross: x10
        > cat lever 10 on=LIN isolated
          leverage of cat LIN isolated: x10
        > eve sell 600 @ 100 on=LIN id=a
          placed a: sell 600 @ 100
          margins a: cross x10
          rests a: 600 @ 100
        > cat buy 600 @ 100 on=LIN id=b isolated
          placed b: buy 600 @ 100
          margins b: isolated x10
          trade 1: taker b buys 600 @ 100 = 60000, fee 0 USD, filled
          trade 1: maker a sells 600 @ 100 = 60000, fee 0 USD, filled
          cat LIN isolated filled: +600 @ 100 makes +600 @ 100, margin +6000 to 6000, cash 94000
          eve LIN cross filled: -600 @ 100 makes -600 @ 100, cash 0
        > mark LIN 50
          LIN mark 50: buy <= 52, sell >= 48
          warned cat LIN isolated: ratio -40000000 ppm
          taken over cat LIN isolated: +500 @ 50, bankrupt at 90, rest -20000
          cat LIN isolated liquidated: -500 @ 50 makes +100 @ 100, gained -25000, margin -5000 to 1000, cash 94000
          fund LINEAR -20000 to -10000, peak 10000: liquidation of cat
          fund_LINEAR LIN cross filled: +500 @ 50 makes +500 @ 50, cash -10000
          eve LIN cross deleveraged: +500 @ 70 makes -100 @ 100, gained 15000, cash 15000
          fund_LINEAR LIN cross deleveraged: -500 @ 70 makes flat, gained 10000, cash 0
          taken over cat LIN isolated: +100 @ 50, bankrupt at 90, rest -4000
          cat LIN isolated liquidated: -100 @ 50 makes flat, gained -5000, margin -1000 to 0, cash 94000
          fund LINEAR -4000 to -4000, peak 10000: liquidation of cat
          fund_LINEAR LIN cross filled: +100 @ 50 makes +100 @ 50, cash -4000
          eve LIN cross deleveraged: +100 @ 90 makes flat, gained 1000, cash 16000
          fund_LINEAR LIN cross deleveraged: -100 @ 90 makes flat, gained 4000, cash 0
        > balances eve
          eve: 600 BTC, 16000 USD
        """,
        Floor(POOLED),
    )
