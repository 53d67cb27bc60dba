"""Self-trade prevention: orders of one master account never trade with each other."""

import pytest

from tests.core.scenario import Floor, play

ONE_MASTER = """
    > currency BTC scale=0
    > currency USD scale=0
    > instrument BTC-USD base=BTC quote=USD
    > account ann
    > account bob
    > account ann2 master=ann
    > account ann3 master=ann stp=cancel_both
    > deposit ann 1000 BTC
    > deposit bob 1000 BTC
    > deposit ann2 1000 BTC
    > deposit ann 100000 USD
    > deposit ann2 100000 USD
    > deposit ann3 100000 USD
    > deposit bob 100000 USD
"""


def test_cancel_maker_removes_own_orders_on_the_way() -> None:
    play("""
        > bob sell 1 @ 100 id=b1
          placed b1: sell 1 @ 100
          rests b1: 1 @ 100
        > ann sell 2 @ 100 id=a1
          placed a1: sell 2 @ 100
          rests a1: 2 @ 100
        > bob sell 3 @ 100 id=b2
          placed b2: sell 3 @ 100
          rests b2: 3 @ 100
        > ann sell 4 @ 101 id=a2
          placed a2: sell 4 @ 101
          rests a2: 4 @ 101
        > ann buy 5 @ 101 id=a3
          placed a3: buy 5 @ 101
          trade 1: taker a3 buys 1 @ 100 = 100, fee 0 BTC, 4 left
          trade 1: maker b1 sells 1 @ 100 = 100, fee 0 USD, filled
          canceled a1: self_trade, 2 off the book @ 100
          trade 2: taker a3 buys 3 @ 100 = 300, fee 0 BTC, 1 left
          trade 2: maker b2 sells 3 @ 100 = 300, fee 0 USD, filled
          canceled a2: self_trade, 4 off the book @ 101
          rests a3: 1 @ 101
        > book
          bid 101: a3 1
        > balances ann
          ann: 1004 BTC, 99600 USD (101 held)
    """)


def test_cancel_taker_stops_at_the_first_own_order() -> None:
    play("""
        > bob sell 1 @ 100 id=b1
          placed b1: sell 1 @ 100
          rests b1: 1 @ 100
        > ann sell 2 @ 100 id=a1
          placed a1: sell 2 @ 100
          rests a1: 2 @ 100
        > bob sell 3 @ 100 id=b2
          placed b2: sell 3 @ 100
          rests b2: 3 @ 100
        > ann buy 5 @ 101 id=a2 stp=cancel_taker
          placed a2: buy 5 @ 101 cancel_taker
          trade 1: taker a2 buys 1 @ 100 = 100, fee 0 BTC, 4 left
          trade 1: maker b1 sells 1 @ 100 = 100, fee 0 USD, filled
          canceled a2: self_trade, 4 left
        > book
          ask 100: a1 2, b2 3
        > balances ann
          ann: 1001 BTC (2 held), 99900 USD
    """)


def test_cancel_both_takes_one_own_order_and_the_taker() -> None:
    play("""
        > bob sell 1 @ 100 id=b1
          placed b1: sell 1 @ 100
          rests b1: 1 @ 100
        > ann sell 2 @ 100 id=a1
          placed a1: sell 2 @ 100
          rests a1: 2 @ 100
        > ann sell 2 @ 100 id=a2
          placed a2: sell 2 @ 100
          rests a2: 2 @ 100
        > bob sell 3 @ 100 id=b2
          placed b2: sell 3 @ 100
          rests b2: 3 @ 100
        > ann buy 5 @ 101 id=a3 stp=cancel_both
          placed a3: buy 5 @ 101 cancel_both
          trade 1: taker a3 buys 1 @ 100 = 100, fee 0 BTC, 4 left
          trade 1: maker b1 sells 1 @ 100 = 100, fee 0 USD, filled
          canceled a1: self_trade, 2 off the book @ 100
          canceled a3: self_trade, 4 left
        > book
          ask 100: a2 2, b2 3
        > balances ann
          ann: 1001 BTC (2 held), 99900 USD
    """)


def test_the_takers_setting_decides_and_the_account_has_a_default() -> None:
    play("""
        > ann sell 2 @ 100 id=a1 stp=cancel_both
          placed a1: sell 2 @ 100 cancel_both
          rests a1: 2 @ 100
        > configure ann stp=cancel_taker
          configured ann: cancel_taker, tier 0
        > ann buy 1 @ 100 id=a2
          placed a2: buy 1 @ 100 cancel_taker
          canceled a2: self_trade, 1 left
        > ann buy 1 @ 100 id=a3 stp=cancel_maker
          placed a3: buy 1 @ 100
          canceled a1: self_trade, 2 off the book @ 100
          rests a3: 1 @ 100
        > configure ann stp=cancel_both
          configured ann: cancel_both, tier 0
        > ann sell 1 @ 100 id=a4
          placed a4: sell 1 @ 100 cancel_both
          canceled a3: self_trade, 1 off the book @ 100
          canceled a4: self_trade, 1 left
        > ann buy 1 @ 99 fok id=a5
          refused: self_trade_prevention_forbids_fok
        > ann buy 1 @ 99 fok id=a5 stp=cancel_taker
          placed a5: buy 1 @ 99 fok cancel_taker
          canceled a5: fok_not_fillable, 1 left
    """)


def test_an_ioc_or_market_taker_ends_for_the_same_reason() -> None:
    play("""
        > bob sell 1 @ 100 id=b1
          placed b1: sell 1 @ 100
          rests b1: 1 @ 100
        > ann sell 2 @ 100 id=a1
          placed a1: sell 2 @ 100
          rests a1: 2 @ 100
        > ann buy 3 @ 100 ioc id=a2 stp=cancel_taker
          placed a2: buy 3 @ 100 ioc cancel_taker
          trade 1: taker a2 buys 1 @ 100 = 100, fee 0 BTC, 2 left
          trade 1: maker b1 sells 1 @ 100 = 100, fee 0 USD, filled
          canceled a2: self_trade, 2 left
        > ann buy 3 market id=a3 stp=cancel_taker
          placed a3: buy 3 market cancel_taker
          canceled a3: self_trade, 3 left
        > ann buy for 500 market id=a4 stp=cancel_both
          placed a4: buy for 500 market cancel_both
          canceled a1: self_trade, 2 off the book @ 100
          canceled a4: self_trade, 0 left
        > book
          empty
    """)


def test_sub_accounts_of_one_master_do_not_trade_with_each_other() -> None:
    play(
        """
        > ann sell 2 @ 100 id=a
          placed a: sell 2 @ 100
          rests a: 2 @ 100
        > bob sell 2 @ 101 id=b
          placed b: sell 2 @ 101
          rests b: 2 @ 101
        > ann2 buy 3 @ 101 id=a2
          placed a2: buy 3 @ 101
          canceled a: self_trade, 2 off the book @ 100
          trade 1: taker a2 buys 2 @ 101 = 202, fee 0 BTC, 1 left
          trade 1: maker b sells 2 @ 101 = 202, fee 0 USD, filled
          rests a2: 1 @ 101
        > book
          bid 101: a2 1
        > ann sell 2 @ 102 id=c
          placed c: sell 2 @ 102
          rests c: 2 @ 102
        > ann3 buy 3 @ 102 id=a3
          placed a3: buy 3 @ 102 cancel_both
          canceled c: self_trade, 2 off the book @ 102
          canceled a3: self_trade, 3 left
        > book
          bid 101: a2 1
        > balances ann ann2 ann3 bob
          ann: 1000 BTC, 100000 USD
          ann2: 1002 BTC, 99798 USD (101 held)
          ann3: 0 BTC, 100000 USD
          bob: 998 BTC, 100202 USD
    """,
        Floor(ONE_MASTER),
    )


def test_a_fok_order_looks_past_own_orders_only_if_they_would_yield() -> None:
    play("""
        > bob sell 2 @ 100 id=b1
          placed b1: sell 2 @ 100
          rests b1: 2 @ 100
        > ann sell 2 @ 100 id=a1
          placed a1: sell 2 @ 100
          rests a1: 2 @ 100
        > bob sell 2 @ 101 id=b2
          placed b2: sell 2 @ 101
          rests b2: 2 @ 101
        > ann buy 5 @ 101 fok id=a2
          placed a2: buy 5 @ 101 fok
          canceled a2: fok_not_fillable, 5 left
        > ann buy 4 @ 101 fok id=a3 stp=cancel_taker
          placed a3: buy 4 @ 101 fok cancel_taker
          canceled a3: fok_not_fillable, 4 left
        > ann buy 2 @ 101 fok id=a4 stp=cancel_taker
          placed a4: buy 2 @ 101 fok cancel_taker
          trade 1: taker a4 buys 2 @ 100 = 200, fee 0 BTC, filled
          trade 1: maker b1 sells 2 @ 100 = 200, fee 0 USD, filled
        > ann buy 2 @ 101 fok id=a5
          placed a5: buy 2 @ 101 fok
          canceled a1: self_trade, 2 off the book @ 100
          trade 2: taker a5 buys 2 @ 101 = 202, fee 0 BTC, filled
          trade 2: maker b2 sells 2 @ 101 = 202, fee 0 USD, filled
        > book
          empty
    """)


@pytest.mark.parametrize("stp", ["cancel_maker", "cancel_taker", "cancel_both"])
def test_orders_of_different_masters_always_trade(stp: str) -> None:
    play(
        f"""
        > bob sell 2 @ 100 id=b stp={stp}
          placed b: sell 2 @ 100{"" if stp == "cancel_maker" else f" {stp}"}
          rests b: 2 @ 100
        > ann buy 2 @ 100 id=a stp={stp}
          placed a: buy 2 @ 100{"" if stp == "cancel_maker" else f" {stp}"}
          trade 1: taker a buys 2 @ 100 = 200, fee 0 BTC, filled
          trade 1: maker b sells 2 @ 100 = 200, fee 0 USD, filled
        """
    )
