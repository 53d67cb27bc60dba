"""Who trades with whom, at which price, and when matching stops."""

from typing import Any

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import CancelReason, OrderType, Side, TimeInForce
from tests.core.scenario import Floor, play

ANN, BOB, DAN, EVE = 2, 3, 5, 6


def test_the_best_price_first_then_the_oldest_order() -> None:
    play("""
        > ann sell 3 @ 101 id=a1
          placed a1: sell 3 @ 101
          rests a1: 3 @ 101
        > cat sell 3 @ 100 id=c1
          placed c1: sell 3 @ 100
          rests c1: 3 @ 100
        > ann sell 3 @ 100 id=a2
          placed a2: sell 3 @ 100
          rests a2: 3 @ 100
        > cat sell 3 @ 102 id=c2
          placed c2: sell 3 @ 102
          rests c2: 3 @ 102
        > bob buy 8 @ 102 id=b
          placed b: buy 8 @ 102
          trade 1: taker b buys 3 @ 100 = 300, fee 0 BTC, 5 left
          trade 1: maker c1 sells 3 @ 100 = 300, fee 0 USD, filled
          trade 2: taker b buys 3 @ 100 = 300, fee 0 BTC, 2 left
          trade 2: maker a2 sells 3 @ 100 = 300, fee 0 USD, filled
          trade 3: taker b buys 2 @ 101 = 202, fee 0 BTC, filled
          trade 3: maker a1 sells 2 @ 101 = 202, fee 0 USD, 1 left
        > book
          ask 102: c2 3
          ask 101: a1 1
        > balances ann bob cat
          ann: 995 BTC (1 held), 100502 USD
          bob: 1008 BTC, 99198 USD
          cat: 997 BTC (3 held), 100300 USD
    """)


def test_the_same_for_a_seller() -> None:
    play("""
        > ann buy 3 @ 99 id=a1
          placed a1: buy 3 @ 99
          rests a1: 3 @ 99
        > cat buy 3 @ 100 id=c1
          placed c1: buy 3 @ 100
          rests c1: 3 @ 100
        > ann buy 3 @ 100 id=a2
          placed a2: buy 3 @ 100
          rests a2: 3 @ 100
        > cat buy 3 @ 98 id=c2
          placed c2: buy 3 @ 98
          rests c2: 3 @ 98
        > bob sell 8 @ 98 id=b
          placed b: sell 8 @ 98
          trade 1: taker b sells 3 @ 100 = 300, fee 0 USD, 5 left
          trade 1: maker c1 buys 3 @ 100 = 300, fee 0 BTC, filled
          trade 2: taker b sells 3 @ 100 = 300, fee 0 USD, 2 left
          trade 2: maker a2 buys 3 @ 100 = 300, fee 0 BTC, filled
          trade 3: taker b sells 2 @ 99 = 198, fee 0 USD, filled
          trade 3: maker a1 buys 2 @ 99 = 198, fee 0 BTC, 1 left
        > book
          bid 99: a1 1
          bid 98: c2 3
        > balances ann bob cat
          ann: 1005 BTC, 99502 USD (99 held)
          bob: 992 BTC, 100798 USD
          cat: 1003 BTC, 99700 USD (294 held)
    """)


def test_a_taker_stops_at_its_price_and_rests() -> None:
    play("""
        > ann sell 2 @ 100 id=a1
          placed a1: sell 2 @ 100
          rests a1: 2 @ 100
        > ann sell 2 @ 102 id=a2
          placed a2: sell 2 @ 102
          rests a2: 2 @ 102
        > bob buy 5 @ 101 id=b
          placed b: buy 5 @ 101
          trade 1: taker b buys 2 @ 100 = 200, fee 0 BTC, 3 left
          trade 1: maker a1 sells 2 @ 100 = 200, fee 0 USD, filled
          rests b: 3 @ 101
        > cat sell 9 @ 101 id=c
          placed c: sell 9 @ 101
          trade 2: taker c sells 3 @ 101 = 303, fee 0 USD, 6 left
          trade 2: maker b buys 3 @ 101 = 303, fee 0 BTC, filled
          rests c: 6 @ 101
        > book
          ask 102: a2 2
          ask 101: c 6
    """)


def test_a_maker_is_traded_in_pieces_and_keeps_its_place() -> None:
    play("""
        > ann sell 10 @ 100 id=a
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > cat sell 10 @ 100 id=c
          placed c: sell 10 @ 100
          rests c: 10 @ 100
        > bob buy 4 @ 100 id=b1
          placed b1: buy 4 @ 100
          trade 1: taker b1 buys 4 @ 100 = 400, fee 0 BTC, filled
          trade 1: maker a sells 4 @ 100 = 400, fee 0 USD, 6 left
        > bob buy 4 @ 100 id=b2
          placed b2: buy 4 @ 100
          trade 2: taker b2 buys 4 @ 100 = 400, fee 0 BTC, filled
          trade 2: maker a sells 4 @ 100 = 400, fee 0 USD, 2 left
        > bob buy 4 @ 100 id=b3
          placed b3: buy 4 @ 100
          trade 3: taker b3 buys 2 @ 100 = 200, fee 0 BTC, 2 left
          trade 3: maker a sells 2 @ 100 = 200, fee 0 USD, filled
          trade 4: taker b3 buys 2 @ 100 = 200, fee 0 BTC, filled
          trade 4: maker c sells 2 @ 100 = 200, fee 0 USD, 8 left
        > book
          ask 100: c 8
        > ann cancel a
          refused: order_not_found
        > balances ann
          ann: 990 BTC, 101000 USD
    """)


def test_notionals_round_down_and_holds_round_up() -> None:
    """One tick of one lot is a tenth of a unit of quote here, so a trade of 7 lots at 3 ticks is worth 2.1 units."""
    floor = Floor("""
        > currency BTC scale=0
        > currency USD scale=0
        > instrument BTC-USD base=BTC quote=USD price_scale=1
        > account ann
        > account bob
        > deposit ann 50 USD
        > deposit bob 50 BTC
    """)
    play(
        """
        > ann buy 21 @ 3 id=a
          placed a: buy 21 @ 3
          rests a: 21 @ 3
        > balances ann
          ann: 0 BTC, 50 USD (7 held)
        > bob sell 7 @ 3 id=b1
          placed b1: sell 7 @ 3
          trade 1: taker b1 sells 7 @ 3 = 2, fee 0 USD, filled
          trade 1: maker a buys 7 @ 3 = 2, fee 0 BTC, 14 left
        > balances ann
          ann: 7 BTC, 48 USD (5 held)
        > bob sell 7 @ 3 id=b2
          placed b2: sell 7 @ 3
          trade 2: taker b2 sells 7 @ 3 = 2, fee 0 USD, filled
          trade 2: maker a buys 7 @ 3 = 2, fee 0 BTC, 7 left
        > balances ann
          ann: 14 BTC, 46 USD (3 held)
        > bob sell 7 @ 3 id=b3
          placed b3: sell 7 @ 3
          trade 3: taker b3 sells 7 @ 3 = 2, fee 0 USD, filled
          trade 3: maker a buys 7 @ 3 = 2, fee 0 BTC, filled
        > balances ann bob
          ann: 21 BTC, 44 USD
          bob: 29 BTC, 6 USD
        > ann buy 1 @ 1 id=tiny
          placed tiny: buy 1 @ 1
          rests tiny: 1 @ 1
        > bob sell 1 @ 1 id=b4
          placed b4: sell 1 @ 1
          trade 4: taker b4 sells 1 @ 1 = 0, fee 0 USD, filled
          trade 4: maker tiny buys 1 @ 1 = 0, fee 0 BTC, filled
        > balances ann bob
          ann: 22 BTC, 44 USD
          bob: 28 BTC, 6 USD
    """,
        floor,
    )


def test_ticks_and_lots_may_be_steps_of_several_units() -> None:
    """Price steps of 0.05, size steps of 0.25, currencies with two and three decimals: a lot of a tick is 0.0125."""
    floor = Floor("""
        > currency BTC scale=3
        > currency USD scale=2
        > instrument BTC-USD base=BTC quote=USD price_scale=2 tick_step=5 size_scale=2 lot_step=25
        > account ann
        > account bob
        > deposit ann 5000 USD
        > deposit bob 5000 BTC
    """)
    play(
        """
        > bob sell 3 @ 7 id=s
          placed s: sell 3 @ 7
          rests s: 3 @ 7
        > balances bob
          bob: 5000 BTC (750 held), 0 USD
        > ann buy 2 @ 8 id=b
          placed b: buy 2 @ 8
          trade 1: taker b buys 2 @ 7 = 17, fee 0 BTC, filled
          trade 1: maker s sells 2 @ 7 = 17, fee 0 USD, 1 left
        > ann buy 5 @ 6 id=c
          placed c: buy 5 @ 6
          rests c: 5 @ 6
        > balances ann bob
          ann: 500 BTC, 4983 USD (38 held)
          bob: 4500 BTC (250 held), 17 USD
    """,
        floor,
    )


def test_trades_are_counted_per_instrument() -> None:
    play("""
        > instrument TWO-USD base=BTC quote=USD
          instrument 1: TWO-USD
        > ann sell 1 @ 100 id=a1
          placed a1: sell 1 @ 100
          rests a1: 1 @ 100
        > ann sell 1 @ 100 id=a2 on=TWO-USD
          placed a2: sell 1 @ 100
          rests a2: 1 @ 100
        > bob buy 1 @ 100 id=b1
          placed b1: buy 1 @ 100
          trade 1: taker b1 buys 1 @ 100 = 100, fee 0 BTC, filled
          trade 1: maker a1 sells 1 @ 100 = 100, fee 0 USD, filled
        > bob buy 1 @ 100 id=b2 on=TWO-USD
          placed b2: buy 1 @ 100
          trade 1: taker b2 buys 1 @ 100 = 100, fee 0 BTC, filled
          trade 1: maker a2 sells 1 @ 100 = 100, fee 0 USD, filled
        > ann sell 1 @ 100 id=a3
          placed a3: sell 1 @ 100
          rests a3: 1 @ 100
        > bob buy 1 @ 100 id=b3
          placed b3: buy 1 @ 100
          trade 2: taker b3 buys 1 @ 100 = 100, fee 0 BTC, filled
          trade 2: maker a3 sells 1 @ 100 = 100, fee 0 USD, filled
    """)


def test_the_same_money_stands_behind_orders_of_all_instruments() -> None:
    play("""
        > instrument TWO-USD base=BTC quote=USD
          instrument 1: TWO-USD
        > ann buy 600 @ 100 id=a1
          placed a1: buy 600 @ 100
          rests a1: 600 @ 100
        > ann buy 401 @ 100 id=a2 on=TWO-USD
          refused: insufficient_balance
        > ann buy 400 @ 100 id=a2 on=TWO-USD
          placed a2: buy 400 @ 100
          rests a2: 400 @ 100
        > balances ann
          ann: 1000 BTC, 100000 USD (100000 held)
        > ann cancel a1
          canceled a1: user, 600 off the book @ 100
        > balances ann
          ann: 1000 BTC, 100000 USD (40000 held)
    """)


def crowd(makers: int) -> Floor:
    """Bob, rich enough, and many makers who each sell one lot at 100."""
    floor = Floor()
    floor.run("> account dan\n> account eve\n> deposit dan 1000 BTC\n> deposit eve 1000 BTC\n> deposit bob 900 USD")
    sell = c.PlaceOrder(side=Side.SELL, price=100, size=1)
    floor.rush([sell._replace(account=(ANN, DAN, EVE)[number // 400]) for number in range(makers)])
    return floor


@pytest.mark.parametrize(
    "kind",
    [{"price": 100}, {"price": 100, "time_in_force": TimeInForce.IOC}, {"order_type": OrderType.MARKET}],
    ids=["limit", "ioc", "market"],
)
def test_a_taker_meets_at_most_a_thousand_makers_and_the_rest_is_canceled(kind: dict[str, Any]) -> None:
    _, events = crowd(1_002).apply(c.PlaceOrder(account=BOB, side=Side.BUY, size=1_001)._replace(**kind))
    assert len(events) == 1 + 2 * 1_000 + 1
    last = events[-1]
    assert isinstance(last, e.OrderCanceled)
    assert (last.reason, last.size_left, last.rested) == (CancelReason.MATCH_LIMIT, 1, 0)


@pytest.mark.parametrize(("size", "event_count"), [(1_000, 1 + 2_000), (1_001, 2)])
def test_a_fok_order_larger_than_a_thousand_makers_is_not_fillable(size: int, event_count: int) -> None:
    order = c.PlaceOrder(account=BOB, side=Side.BUY, price=100, size=size, time_in_force=TimeInForce.FOK)
    _, events = crowd(1_002).apply(order)
    assert len(events) == event_count
    if isinstance(events[-1], e.OrderCanceled):
        assert events[-1].reason == CancelReason.FOK_NOT_FILLABLE


def test_a_thousandth_maker_that_ends_the_order_is_no_limit() -> None:
    order = c.PlaceOrder(account=BOB, side=Side.BUY, price=100, size=1_001)
    _, events = crowd(1_000).apply(order)
    last = events[-1]
    assert isinstance(last, e.OrderRested)
    assert last.size_left == 1
