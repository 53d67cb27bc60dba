"""Losses of accounts in multi-currency mode beyond what stands behind them: deliveries, resting orders, deleveraging; ADR 0035."""

from tests.core.scenario import POOLED, Floor, play


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
