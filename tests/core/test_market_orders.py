"""Orders without a price, sized in lots or in quote."""

from tests.core.scenario import Floor, play


def test_a_market_order_takes_what_is_there() -> None:
    play("""
        > ann sell 3 @ 100 id=a1
          placed a1: sell 3 @ 100
          rests a1: 3 @ 100
        > ann sell 3 @ 250 id=a2
          placed a2: sell 3 @ 250
          rests a2: 3 @ 250
        > bob buy 4 market id=b1
          placed b1: buy 4 market
          trade 1: taker b1 buys 3 @ 100 = 300, fee 0 BTC, 1 left
          trade 1: maker a1 sells 3 @ 100 = 300, fee 0 USD, filled
          trade 2: taker b1 buys 1 @ 250 = 250, fee 0 BTC, filled
          trade 2: maker a2 sells 1 @ 250 = 250, fee 0 USD, 2 left
        > bob buy 4 market id=b2
          placed b2: buy 4 market
          trade 3: taker b2 buys 2 @ 250 = 500, fee 0 BTC, 2 left
          trade 3: maker a2 sells 2 @ 250 = 500, fee 0 USD, filled
          canceled b2: no_liquidity, 2 left
        > bob buy 4 market id=b3
          placed b3: buy 4 market
          canceled b3: no_liquidity, 4 left
        > bob sell 4 market id=b4
          placed b4: sell 4 market
          canceled b4: no_liquidity, 4 left
        > cat buy 2 @ 90 id=c1
          placed c1: buy 2 @ 90
          rests c1: 2 @ 90
        > bob sell 4 market id=b5
          placed b5: sell 4 market
          trade 4: taker b5 sells 2 @ 90 = 180, fee 0 USD, 2 left
          trade 4: maker c1 buys 2 @ 90 = 180, fee 0 BTC, filled
          canceled b5: no_liquidity, 2 left
        > balances bob
          bob: 1004 BTC, 99130 USD
    """)


def test_ioc_on_a_market_order_changes_nothing() -> None:
    play("""
        > ann sell 3 @ 100 id=a
          placed a: sell 3 @ 100
          rests a: 3 @ 100
        > bob buy 4 market ioc id=b
          placed b: buy 4 market ioc
          trade 1: taker b buys 3 @ 100 = 300, fee 0 BTC, 1 left
          trade 1: maker a sells 3 @ 100 = 300, fee 0 USD, filled
          canceled b: no_liquidity, 1 left
    """)


def test_a_market_buy_is_reduced_to_the_balance() -> None:
    play("""
        > ann sell 300 @ 100 id=a1
          placed a1: sell 300 @ 100
          rests a1: 300 @ 100
        > ann sell 700 @ 200 id=a2
          placed a2: sell 700 @ 200
          rests a2: 700 @ 200
        > withdraw bob 40000 USD
          withdrawn 40000 USD: bob trading has 60000
        > bob buy 600 market id=b
          placed b: buy 450 market
          trade 1: taker b buys 300 @ 100 = 30000, fee 0 BTC, 150 left
          trade 1: maker a1 sells 300 @ 100 = 30000, fee 0 USD, filled
          trade 2: taker b buys 150 @ 200 = 30000, fee 0 BTC, filled
          trade 2: maker a2 sells 150 @ 200 = 30000, fee 0 USD, 550 left
        > balances bob
          bob: 1450 BTC, 0 USD
    """)


def test_a_fixed_market_buy_is_refused_instead() -> None:
    play("""
        > ann sell 300 @ 100 id=a1
          placed a1: sell 300 @ 100
          rests a1: 300 @ 100
        > ann sell 700 @ 200 id=a2
          placed a2: sell 700 @ 200
          rests a2: 700 @ 200
        > bob buy 651 market fixed id=b
          refused: insufficient_balance
        > bob buy 650 market fixed id=b
          placed b: buy 650 market
          trade 1: taker b buys 300 @ 100 = 30000, fee 0 BTC, 350 left
          trade 1: maker a1 sells 300 @ 100 = 30000, fee 0 USD, filled
          trade 2: taker b buys 350 @ 200 = 70000, fee 0 BTC, filled
          trade 2: maker a2 sells 350 @ 200 = 70000, fee 0 USD, 350 left
        > balances bob
          bob: 1650 BTC, 0 USD
    """)


def test_a_fixed_market_buy_pays_only_for_what_the_book_offers() -> None:
    play("""
        > ann sell 10 @ 100 id=a
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > withdraw bob 99000 USD
          withdrawn 99000 USD: bob trading has 1000
        > bob buy 5000 market fixed id=b
          placed b: buy 5000 market
          trade 1: taker b buys 10 @ 100 = 1000, fee 0 BTC, 4990 left
          trade 1: maker a sells 10 @ 100 = 1000, fee 0 USD, filled
          canceled b: no_liquidity, 4990 left
        > balances bob
          bob: 1010 BTC, 0 USD
    """)


def test_a_market_buy_too_poor_for_the_smallest_order_is_refused() -> None:
    floor = Floor()
    floor.run("> instrument SMALL-USD base=BTC quote=USD size_min=3")
    play(
        """
        > ann sell 10 @ 100 id=a on=SMALL-USD
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > withdraw bob 99701 USD
          withdrawn 99701 USD: bob trading has 299
        > bob buy 5 market id=b on=SMALL-USD
          refused: insufficient_balance
        > deposit bob 1 USD
          deposited 1 USD: bob trading has 300
        > bob buy 5 market id=b on=SMALL-USD
          placed b: buy 3 market
          trade 1: taker b buys 3 @ 100 = 300, fee 0 BTC, filled
          trade 1: maker a sells 3 @ 100 = 300, fee 0 USD, 7 left
    """,
        floor,
    )


def test_a_market_sell_needs_all_its_base() -> None:
    play("""
        > ann buy 10 @ 100 id=a
          placed a: buy 10 @ 100
          rests a: 10 @ 100
        > bob sell 1001 market
          refused: insufficient_balance
        > bob sell 1000 market id=b
          placed b: sell 1000 market
          trade 1: taker b sells 10 @ 100 = 1000, fee 0 USD, 990 left
          trade 1: maker a buys 10 @ 100 = 1000, fee 0 BTC, filled
          canceled b: no_liquidity, 990 left
    """)


def test_a_buy_sized_in_quote_spends_at_most_that() -> None:
    play("""
        > ann sell 3 @ 100 id=a1
          placed a1: sell 3 @ 100
          rests a1: 3 @ 100
        > ann sell 3 @ 130 id=a2
          placed a2: sell 3 @ 130
          rests a2: 3 @ 130
        > bob buy for 500 market id=b1
          placed b1: buy for 500 market
          trade 1: taker b1 buys 3 @ 100 = 300, fee 0 BTC, 0 left
          trade 1: maker a1 sells 3 @ 100 = 300, fee 0 USD, filled
          trade 2: taker b1 buys 1 @ 130 = 130, fee 0 BTC, filled
          trade 2: maker a2 sells 1 @ 130 = 130, fee 0 USD, 2 left
        > bob buy for 130 market id=b2
          placed b2: buy for 130 market
          trade 3: taker b2 buys 1 @ 130 = 130, fee 0 BTC, filled
          trade 3: maker a2 sells 1 @ 130 = 130, fee 0 USD, 1 left
        > bob buy for 129 market id=b3
          placed b3: buy for 129 market
          canceled b3: no_liquidity, 0 left
        > bob buy for 5000 market id=b4
          placed b4: buy for 5000 market
          trade 4: taker b4 buys 1 @ 130 = 130, fee 0 BTC, 0 left
          trade 4: maker a2 sells 1 @ 130 = 130, fee 0 USD, filled
          canceled b4: no_liquidity, 0 left
        > balances bob
          bob: 1006 BTC, 99310 USD
    """)


def test_a_sell_sized_in_quote_raises_at_most_that() -> None:
    play("""
        > ann buy 3 @ 130 id=a1
          placed a1: buy 3 @ 130
          rests a1: 3 @ 130
        > ann buy 3 @ 100 id=a2
          placed a2: buy 3 @ 100
          rests a2: 3 @ 100
        > bob sell for 500 market id=b1
          placed b1: sell for 500 market
          trade 1: taker b1 sells 3 @ 130 = 390, fee 0 USD, 0 left
          trade 1: maker a1 buys 3 @ 130 = 390, fee 0 BTC, filled
          trade 2: taker b1 sells 1 @ 100 = 100, fee 0 USD, filled
          trade 2: maker a2 buys 1 @ 100 = 100, fee 0 BTC, 2 left
        > bob sell for 99 market id=b2
          placed b2: sell for 99 market
          canceled b2: no_liquidity, 0 left
        > bob sell for 5000 market id=b3
          placed b3: sell for 5000 market
          trade 3: taker b3 sells 2 @ 100 = 200, fee 0 USD, 0 left
          trade 3: maker a2 buys 2 @ 100 = 200, fee 0 BTC, filled
          canceled b3: no_liquidity, 0 left
        > balances bob
          bob: 994 BTC, 100690 USD
    """)


def test_orders_sized_in_quote_need_the_money_for_all_of_it() -> None:
    play("""
        > ann sell 3 @ 100 id=a1
          placed a1: sell 3 @ 100
          rests a1: 3 @ 100
        > bob buy for 100001 market
          refused: insufficient_balance
        > bob buy for 100000 market id=b1
          placed b1: buy for 100000 market
          trade 1: taker b1 buys 3 @ 100 = 300, fee 0 BTC, 0 left
          trade 1: maker a1 sells 3 @ 100 = 300, fee 0 USD, filled
          canceled b1: no_liquidity, 0 left
        > withdraw cat 998 BTC
          withdrawn 998 BTC: cat trading has 2
        > ann buy 3 @ 100 id=a2
          placed a2: buy 3 @ 100
          rests a2: 3 @ 100
        > cat sell for 300 market
          refused: insufficient_balance
        > cat sell for 299 market id=c
          placed c: sell for 299 market
          trade 2: taker c sells 2 @ 100 = 200, fee 0 USD, filled
          trade 2: maker a2 buys 2 @ 100 = 200, fee 0 BTC, 1 left
    """)


def test_the_band_limits_market_orders() -> None:
    play("""
        > ann sell 1 @ 119 id=a1
          placed a1: sell 1 @ 119
          rests a1: 1 @ 119
        > ann sell 1 @ 121 id=a2
          placed a2: sell 1 @ 121
          rests a2: 1 @ 121
        > ann buy 1 @ 81 id=a3
          placed a3: buy 1 @ 81
          rests a3: 1 @ 81
        > ann buy 1 @ 79 id=a4
          placed a4: buy 1 @ 79
          rests a4: 1 @ 79
        > index BTC-USD 100
          BTC-USD index 100: buy <= 120, sell >= 80
        > bob buy 2 market id=b1
          placed b1: buy 2 market
          trade 1: taker b1 buys 1 @ 119 = 119, fee 0 BTC, 1 left
          trade 1: maker a1 sells 1 @ 119 = 119, fee 0 USD, filled
          canceled b1: price_band, 1 left
        > bob sell 2 market id=b2
          placed b2: sell 2 market
          trade 2: taker b2 sells 1 @ 81 = 81, fee 0 USD, 1 left
          trade 2: maker a3 buys 1 @ 81 = 81, fee 0 BTC, filled
          canceled b2: price_band, 1 left
        > bob buy for 500 market id=b3
          placed b3: buy for 500 market
          canceled b3: price_band, 0 left
        > bob sell for 500 market id=b4
          placed b4: sell for 500 market
          canceled b4: price_band, 0 left
        > book
          ask 121: a2 1
          bid 79: a4 1
    """)


def test_own_orders_do_not_count_as_liquidity() -> None:
    play("""
        > bob sell 100 @ 100 id=own
          placed own: sell 100 @ 100
          rests own: 100 @ 100
        > ann sell 100 @ 200 id=a
          placed a: sell 100 @ 200
          rests a: 100 @ 200
        > withdraw bob 80000 USD
          withdrawn 80000 USD: bob trading has 20000
        > bob buy 150 market fixed id=b1
          placed b1: buy 150 market
          canceled own: self_trade, 100 off the book @ 100
          trade 1: taker b1 buys 100 @ 200 = 20000, fee 0 BTC, 50 left
          trade 1: maker a sells 100 @ 200 = 20000, fee 0 USD, filled
          canceled b1: no_liquidity, 50 left
        > bob buy 150 market fixed id=b2 stp=cancel_taker
          placed b2: buy 150 market cancel_taker
          canceled b2: no_liquidity, 150 left
        > book
          empty
    """)


def test_a_fill_that_nothing_can_follow_says_filled() -> None:
    """Whether another lot can be paid shows only when the next maker is seen, or that there is none."""
    play("""
        > ann sell 1 @ 100 id=a1
          placed a1: sell 1 @ 100
          rests a1: 1 @ 100
        > bob buy for 150 market id=b1
          placed b1: buy for 150 market
          trade 1: taker b1 buys 1 @ 100 = 100, fee 0 BTC, 0 left
          trade 1: maker a1 sells 1 @ 100 = 100, fee 0 USD, filled
          canceled b1: no_liquidity, 0 left
        > ann sell 1 @ 100 id=a2
          placed a2: sell 1 @ 100
          rests a2: 1 @ 100
        > cat sell 1 @ 51 id=c1
          placed c1: sell 1 @ 51
          rests c1: 1 @ 51
        > bob buy for 150 market id=b2
          placed b2: buy for 150 market
          trade 2: taker b2 buys 1 @ 51 = 51, fee 0 BTC, filled
          trade 2: maker c1 sells 1 @ 51 = 51, fee 0 USD, filled
        > book
          ask 100: a2 1
    """)


def test_quote_amounts_count_what_rounding_leaves() -> None:
    """A tick of a lot is a tenth of a unit of quote."""
    floor = Floor("""
        > currency BTC scale=0
        > currency USD scale=0
        > instrument BTC-USD base=BTC quote=USD price_scale=1
        > account ann
        > account bob
        > deposit ann 50 BTC
        > deposit bob 50 USD
    """)
    play(
        """
        > ann sell 5 @ 7 id=a1
          placed a1: sell 5 @ 7
          rests a1: 5 @ 7
        > ann sell 20 @ 9 id=a2
          placed a2: sell 20 @ 9
          rests a2: 20 @ 9
        > bob buy for 7 market id=b
          placed b: buy for 7 market
          trade 1: taker b buys 5 @ 7 = 3, fee 0 BTC, 0 left
          trade 1: maker a1 sells 5 @ 7 = 3, fee 0 USD, filled
          trade 2: taker b buys 3 @ 9 = 2, fee 0 BTC, filled
          trade 2: maker a2 sells 3 @ 9 = 2, fee 0 USD, 17 left
        > balances ann bob
          ann: 42 BTC (17 held), 5 USD
          bob: 8 BTC, 45 USD
    """,
        floor,
    )
