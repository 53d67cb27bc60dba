"""Changing an open order: what it may become, whether it keeps its place, what it trades with."""

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.apply import apply_batch
from lonja.core.kinds import CancelReason
from lonja.core.layout import decode_events, encode_command
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.texts import Text32
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import Floor, play


def test_only_less_at_the_same_price_keeps_the_place() -> None:
    play("""
        > ann sell 10 @ 100 id=a
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > bob sell 10 @ 100 id=b
          placed b: sell 10 @ 100
          rests b: 10 @ 100
        > ann amend a 6
          amended a: 10 @ 100 becomes 6 @ 100 of 6, keeps its place
        > book
          ask 100: a 6, b 10
        > ann amend a 7
          amended a: 6 @ 100 becomes 7 @ 100 of 7, loses its place
          rests a: 7 @ 100
        > book
          ask 100: b 10, a 7
        > bob amend b @ 101
          amended b: 10 @ 100 becomes 10 @ 101 of 10, loses its place
          rests b: 10 @ 101
        > bob amend b @ 100
          amended b: 10 @ 101 becomes 10 @ 100 of 10, loses its place
          rests b: 10 @ 100
        > bob amend b 4 @ 101
          amended b: 10 @ 100 becomes 4 @ 101 of 4, loses its place
          rests b: 4 @ 101
        > book
          ask 101: b 4
          ask 100: a 7
        > balances ann bob
          ann: 1000 BTC (7 held), 100000 USD
          bob: 1000 BTC (4 held), 100000 USD
    """)


def test_the_same_for_a_buyer() -> None:
    play("""
        > ann buy 10 @ 100 id=a
          placed a: buy 10 @ 100
          rests a: 10 @ 100
        > bob buy 10 @ 100 id=b
          placed b: buy 10 @ 100
          rests b: 10 @ 100
        > ann amend a 6
          amended a: 10 @ 100 becomes 6 @ 100 of 6, keeps its place
        > balances ann
          ann: 1000 BTC, 100000 USD (600 held)
        > ann amend a 7 @ 101
          amended a: 6 @ 100 becomes 7 @ 101 of 7, loses its place
          rests a: 7 @ 101
        > balances ann
          ann: 1000 BTC, 100000 USD (707 held)
        > ann amend a 7 @ 99
          amended a: 7 @ 101 becomes 7 @ 99 of 7, loses its place
          rests a: 7 @ 99
        > book
          bid 100: b 10
          bid 99: a 7
        > balances ann
          ann: 1000 BTC, 100000 USD (693 held)
    """)


def test_the_new_size_counts_what_is_filled() -> None:
    play("""
        > ann sell 10 @ 100 id=a
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > bob buy 4 @ 100 id=b1
          placed b1: buy 4 @ 100
          trade 1: taker b1 buys 4 @ 100 = 400, fee 0 BTC, filled
          trade 1: maker a sells 4 @ 100 = 400, fee 0 USD, 6 left
        > ann amend a 5
          amended a: 6 @ 100 becomes 1 @ 100 of 5, keeps its place
        > ann amend a 12
          amended a: 1 @ 100 becomes 8 @ 100 of 12, loses its place
          rests a: 8 @ 100
        > bob buy 8 @ 100 id=b2
          placed b2: buy 8 @ 100
          trade 2: taker b2 buys 8 @ 100 = 800, fee 0 BTC, filled
          trade 2: maker a sells 8 @ 100 = 800, fee 0 USD, filled
        > ann amend a 20
          refused: order_not_found
        > balances ann
          ann: 988 BTC, 101200 USD
    """)


@pytest.mark.parametrize("wanted", ["4", "3", "1", "4 @ 101", "1 @ 99", "3 cancel_on_fail", "4 @ 1 clip"])
def test_no_more_than_is_filled_ends_the_order_as_filled(wanted: str) -> None:
    """It has what is wanted of it: what was held for the rest is free, and its price stays what it was."""
    play(f"""
        > ann sell 10 @ 100 id=a
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > bob sell 5 @ 100 id=b
          placed b: sell 5 @ 100
          rests b: 5 @ 100
        > cat buy 4 @ 100 id=c
          placed c: buy 4 @ 100
          trade 1: taker c buys 4 @ 100 = 400, fee 0 BTC, filled
          trade 1: maker a sells 4 @ 100 = 400, fee 0 USD, 6 left
        > balances ann
          ann: 996 BTC (6 held), 100400 USD
        > ann amend a {wanted}
          amended a: 6 @ 100 becomes 0 @ 100 of 4, loses its place
          canceled a: amended_to_filled, 0 left
        > balances ann
          ann: 996 BTC, 100400 USD
        > book
          ask 100: b 5
        > ann amend a 9
          refused: order_not_found
        > ann sell 1 @ 100 id=a
          placed a: sell 1 @ 100
          rests a: 1 @ 100
    """)


def test_a_buyer_who_has_enough_gets_back_all_that_was_held() -> None:
    play("""
        > ann buy 7 @ 100 id=a1
          placed a1: buy 7 @ 100
          rests a1: 7 @ 100
        > ann buy 2 @ 50 id=a2
          placed a2: buy 2 @ 50
          rests a2: 2 @ 50
        > bob sell 5 @ 100 id=b
          placed b: sell 5 @ 100
          trade 1: taker b sells 5 @ 100 = 500, fee 0 USD, filled
          trade 1: maker a1 buys 5 @ 100 = 500, fee 0 BTC, 2 left
        > balances ann
          ann: 1005 BTC, 99500 USD (300 held)
        > ann amend a1 5 request=r1
          amended a1: 2 @ 100 becomes 0 @ 100 of 5, loses its place, request r1
          canceled a1: amended_to_filled, 0 left
        > ann amend a2 1 @ 51
          amended a2: 2 @ 50 becomes 1 @ 51 of 1, loses its place
          rests a2: 1 @ 51
        > balances ann
          ann: 1005 BTC, 99500 USD (51 held)
        > book
          bid 51: a2 1
    """)


def test_an_order_that_ends_where_it_is_minds_no_limit_of_orders_that_go_on() -> None:
    """Neither least sizes, nor the band, nor who would take: only what is asked of every amendment."""
    play("""
        > ann sell 10 @ 100 post_only id=a
          placed a: sell 10 @ 100 post_only
          rests a: 10 @ 100
        > bob buy 4 @ 100 id=b
          placed b: buy 4 @ 100
          trade 1: taker b buys 4 @ 100 = 400, fee 0 BTC, filled
          trade 1: maker a sells 4 @ 100 = 400, fee 0 USD, 6 left
        > bob buy 4 @ 99 id=b2
          placed b2: buy 4 @ 99
          rests b2: 4 @ 99
        > index BTC-USD 200
          BTC-USD index 200: buy <= 240, sell >= 160
        > ann amend a 0
          refused: size_not_positive
        > ann amend a 4 @ 0
          refused: price_not_positive
        > state BTC-USD suspended
          BTC-USD is suspended
        > ann amend a 4
          refused: instrument_not_live
        > state BTC-USD post_only
          BTC-USD is post_only
        > ann amend a 4 @ 98
          amended a: 6 @ 100 becomes 0 @ 100 of 4, loses its place
          canceled a: amended_to_filled, 0 left
        > balances ann
          ann: 996 BTC, 100400 USD
    """)


def test_an_amended_order_may_trade_at_once() -> None:
    play("""
        > ann sell 10 @ 105 id=a
          placed a: sell 10 @ 105
          rests a: 10 @ 105
        > bob buy 3 @ 100 id=b1
          placed b1: buy 3 @ 100
          rests b1: 3 @ 100
        > cat buy 3 @ 99 id=c1
          placed c1: buy 3 @ 99
          rests c1: 3 @ 99
        > ann amend a @ 99
          amended a: 10 @ 105 becomes 10 @ 99 of 10, loses its place
          trade 1: taker a sells 3 @ 100 = 300, fee 0 USD, 7 left
          trade 1: maker b1 buys 3 @ 100 = 300, fee 0 BTC, filled
          trade 2: taker a sells 3 @ 99 = 297, fee 0 USD, 4 left
          trade 2: maker c1 buys 3 @ 99 = 297, fee 0 BTC, filled
          rests a: 4 @ 99
        > bob buy 2 @ 98 id=b2
          placed b2: buy 2 @ 98
          rests b2: 2 @ 98
        > ann amend a 8 @ 98
          amended a: 4 @ 99 becomes 2 @ 98 of 8, loses its place
          trade 3: taker a sells 2 @ 98 = 196, fee 0 USD, filled
          trade 3: maker b2 buys 2 @ 98 = 196, fee 0 BTC, filled
        > book
          empty
        > balances ann
          ann: 992 BTC, 100793 USD
    """)


def test_totals_of_an_order_go_on_through_an_amendment() -> None:
    play("""
        > fees tier=0 maker=1000 taker=20000
          fee tier 0, group 0: maker 1000, taker 20000
        > ann sell 10 @ 100 id=a
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > bob buy 4 @ 100 id=b1
          placed b1: buy 4 @ 100
          trade 1: taker b1 buys 4 @ 100 = 400, fee 1 BTC, filled
          trade 1: maker a sells 4 @ 100 = 400, fee 1 USD, 6 left
        > cat buy 4 @ 99 id=c1
          placed c1: buy 4 @ 99
          rests c1: 4 @ 99
        > ann amend a @ 99
          amended a: 6 @ 100 becomes 6 @ 99 of 10, loses its place
          trade 2: taker a sells 4 @ 99 = 396, fee 8 USD, 2 left
          trade 2: maker c1 buys 4 @ 99 = 396, fee 1 BTC, filled
          rests a: 2 @ 99
        > balances ann
          ann: 992 BTC (2 held), 100787 USD
        > bob buy 2 @ 99 id=b2
          placed b2: buy 2 @ 99
          trade 3: taker b2 buys 2 @ 99 = 198, fee 1 BTC, filled
          trade 3: maker a sells 2 @ 99 = 198, fee 1 USD, filled
    """)


def test_amending_into_own_orders_follows_self_trade_prevention() -> None:
    play("""
        > ann buy 3 @ 100 id=a1
          placed a1: buy 3 @ 100
          rests a1: 3 @ 100
        > ann sell 5 @ 105 id=a2
          placed a2: sell 5 @ 105
          rests a2: 5 @ 105
        > ann amend a2 @ 100
          amended a2: 5 @ 105 becomes 5 @ 100 of 5, loses its place
          canceled a1: self_trade, 3 off the book @ 100
          rests a2: 5 @ 100
        > ann buy 3 @ 95 id=a3 stp=cancel_taker
          placed a3: buy 3 @ 95 cancel_taker
          rests a3: 3 @ 95
        > ann amend a3 @ 101
          amended a3: 3 @ 95 becomes 3 @ 101 of 3, loses its place
          canceled a3: self_trade, 3 left
        > ann buy 3 @ 95 id=a4 stp=cancel_both
          placed a4: buy 3 @ 95 cancel_both
          rests a4: 3 @ 95
        > ann amend a4 @ 101
          amended a4: 3 @ 95 becomes 3 @ 101 of 3, loses its place
          canceled a2: self_trade, 5 off the book @ 100
          canceled a4: self_trade, 3 left
        > book
          empty
        > balances ann
          ann: 1000 BTC, 100000 USD
    """)


def test_a_post_only_order_may_not_be_amended_into_a_taker() -> None:
    play("""
        > ann sell 3 @ 100 id=a
          placed a: sell 3 @ 100
          rests a: 3 @ 100
        > bob buy 3 @ 90 post_only id=b
          placed b: buy 3 @ 90 post_only
          rests b: 3 @ 90
        > bob amend b @ 100
          refused: amend_post_only_would_take
        > bob amend b @ 99
          amended b: 3 @ 90 becomes 3 @ 99 of 3, loses its place
          rests b: 3 @ 99
        > bob amend b @ 100 cancel_on_fail request=r7
          not amended b: amend_post_only_would_take, request r7
          canceled b: amend_failed, 3 off the book @ 99
          refused: amend_post_only_would_take
        > book
          ask 100: a 3
    """)


def test_while_an_instrument_takes_only_post_only_orders_all_amendments_must_rest() -> None:
    play("""
        > ann sell 3 @ 100 id=a
          placed a: sell 3 @ 100
          rests a: 3 @ 100
        > bob buy 3 @ 90 id=b
          placed b: buy 3 @ 90
          rests b: 3 @ 90
        > state BTC-USD post_only
          BTC-USD is post_only
        > bob amend b @ 100
          refused: amend_post_only_would_take
        > bob amend b @ 99
          amended b: 3 @ 90 becomes 3 @ 99 of 3, loses its place
          rests b: 3 @ 99
        > state BTC-USD suspended
          BTC-USD is suspended
        > bob amend b @ 98
          refused: instrument_not_live
        > bob amend b 2 cancel_on_fail
          not amended b: instrument_not_live
          canceled b: amend_failed, 3 off the book @ 99
          refused: instrument_not_live
        > book
          ask 100: a 3
    """)


def test_a_refused_amendment_may_cancel_the_order() -> None:
    play("""
        > ann sell 10 @ 100 id=a
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > bob buy 4 @ 100 id=b
          placed b: buy 4 @ 100
          trade 1: taker b buys 4 @ 100 = 400, fee 0 BTC, filled
          trade 1: maker a sells 4 @ 100 = 400, fee 0 USD, 6 left
        > ann amend a 10 cancel_on_fail
          not amended a: nothing_to_amend
          canceled a: amend_failed, 6 off the book @ 100
          refused: nothing_to_amend
        > ann amend a 5 cancel_on_fail
          refused: order_not_found
        > balances ann
          ann: 996 BTC, 100400 USD
    """)


def test_an_amendment_minds_the_band_unless_it_only_shrinks() -> None:
    play("""
        > ann sell 5 @ 150 id=a
          placed a: sell 5 @ 150
          rests a: 5 @ 150
        > bob buy 5 @ 60 id=b
          placed b: buy 5 @ 60
          rests b: 5 @ 60
        > index BTC-USD 200
          BTC-USD index 200: buy <= 240, sell >= 160
        > ann amend a 4
          amended a: 5 @ 150 becomes 4 @ 150 of 4, keeps its place
        > ann amend a 5
          refused: price_below_band
        > ann amend a @ 159
          refused: price_below_band
        > ann amend a @ 170
          amended a: 4 @ 150 becomes 4 @ 170 of 4, loses its place
          rests a: 4 @ 170
        > ann amend a @ 1 clip
          amended a: 4 @ 170 becomes 4 @ 160 of 4, loses its place
          rests a: 4 @ 160
        > ann amend a @ -5 clip
          refused: price_not_positive
        > bob amend b @ 241
          refused: price_above_band
        > bob amend b 2 @ 241 clip
          amended b: 5 @ 60 becomes 2 @ 240 of 2, loses its place
          trade 1: taker b buys 2 @ 160 = 320, fee 0 BTC, filled
          trade 1: maker a sells 2 @ 160 = 320, fee 0 USD, 2 left
        > index BTC-USD 0
          BTC-USD index 0: buy <= 0, sell >= 0
        > ann amend a @ 90 clip
          amended a: 2 @ 160 becomes 2 @ 90 of 4, loses its place
          rests a: 2 @ 90
        > book
          ask 90: a 2
    """)


def test_clipping_to_where_it_already_is_changes_nothing() -> None:
    play("""
        > index BTC-USD 100
          BTC-USD index 100: buy <= 120, sell >= 80
        > ann buy 5 @ 120 id=a
          placed a: buy 5 @ 120
          rests a: 5 @ 120
        > ann amend a @ 500 clip
          refused: nothing_to_amend
    """)


def test_an_amendment_needs_the_money_for_what_it_adds() -> None:
    play("""
        > ann buy 999 @ 100 id=a
          placed a: buy 999 @ 100
          rests a: 999 @ 100
        > ann amend a 1001
          refused: insufficient_balance
        > ann amend a 1000
          amended a: 999 @ 100 becomes 1000 @ 100 of 1000, loses its place
          rests a: 1000 @ 100
        > ann amend a @ 101
          refused: insufficient_balance
        > ann sell 1000 @ 200 id=s
          placed s: sell 1000 @ 200
          rests s: 1000 @ 200
        > ann amend s 1001
          refused: insufficient_balance
        > ann amend s 999
          amended s: 1000 @ 200 becomes 999 @ 200 of 999, keeps its place
        > ann amend s 1000
          amended s: 999 @ 200 becomes 1000 @ 200 of 1000, loses its place
          rests s: 1000 @ 200
        > balances ann
          ann: 1000 BTC (1000 held), 100000 USD (100000 held)
    """)


def test_by_client_order_id() -> None:
    play("""
        > ann buy 5 @ 100 id=a
          placed a: buy 5 @ 100
          rests a: 5 @ 100
        > bob buy 5 @ 100 id=a
          placed a: buy 5 @ 100
          rests a: 5 @ 100
        > ann amend id=a 3
          amended a: 5 @ 100 becomes 3 @ 100 of 3, keeps its place
        > ann amend id=nothing 3
          refused: order_not_found
        > book
          bid 100: a 3, a 5
    """)


ANN, BOB, FROZEN = 2, 3, 4


@pytest.fixture(scope="module")
def floor() -> Floor:
    """Ann's sell order of 10 with 1 filled, limits on sizes, a band, a post-only bid and a frozen account."""
    return Floor("""
        > currency BTC scale=0
        > currency USD scale=0
        > instrument BTC-USD base=BTC quote=USD size_min=3 size_limit_max=1000
        > instrument TWO-USD base=BTC quote=USD
        > account ann
        > account bob
        > account frozen
        > freeze frozen
        > deposit ann 100 BTC
        > deposit bob 100000 USD
        > ann sell 3 @ 100 id=first
        > ann sell 10 @ 100 id=a post_only
        > bob buy 4 @ 100 id=b
        > bob buy 4 @ 95 id=c
        > index BTC-USD 100
    """)


AMEND = c.AmendOrder(account=ANN, client_order_id=Text32("a"), new_size=12)
REASONS = [
    Reason(Rejection.FIELD_INVALID, {"cancel_on_fail": 2}),
    Reason(Rejection.FIELD_INVALID, {"clip_to_band": -1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 5}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": -1}),
    Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
    Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": 2}),
    Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": -1}),
    Reason(Rejection.ORDER_NOT_FOUND, {"instrument": 1}),
    Reason(Rejection.ORDER_NOT_FOUND, {"account": BOB}),
    Reason(Rejection.ORDER_NOT_FOUND, {"order_id": 7}),
    Reason(Rejection.ORDER_NOT_FOUND, {"order_id": -7}),
    Reason(Rejection.ORDER_NOT_FOUND, {"client_order_id": "b"}),
    Reason(Rejection.ORDER_NOT_FOUND, {"client_order_id": ""}),
]
CHANGES = [
    (Rejection.NOTHING_TO_AMEND, {"new_size": -1}),
    (Rejection.NOTHING_TO_AMEND, {"new_size": 10, "new_price": 100}),
    (Rejection.PRICE_NOT_POSITIVE, {"new_price": 0}),
    (Rejection.PRICE_NOT_POSITIVE, {"new_price": -2, "new_size": 0}),
    (Rejection.SIZE_NOT_POSITIVE, {"new_size": 0}),
    (Rejection.SIZE_NOT_POSITIVE, {"new_size": -2, "new_price": 79}),
    (Rejection.SIZE_BELOW_MIN, {"new_size": 2, "new_price": 79}),
    (Rejection.SIZE_ABOVE_MAX, {"new_size": 1001, "new_price": 79}),
    (Rejection.NOTIONAL_TOO_LARGE, {"new_size": 3, "new_price": INT_MAX}),
    (Rejection.PRICE_BELOW_BAND, {"new_size": 4, "new_price": 79}),
    (Rejection.AMEND_POST_ONLY_WOULD_TAKE, {"new_size": 200, "new_price": 95}),
    (Rejection.INSUFFICIENT_BALANCE, {"new_size": 101, "new_price": 96}),
]


def test_each_reason_alone_is_told(floor: Floor) -> None:
    expect_each(floor, AMEND, REASONS)


def test_of_two_reasons_the_first_is_told(floor: Floor) -> None:
    expect_precedence(floor, AMEND, REASONS, pairs_min=30)


@pytest.mark.parametrize(("rejection", "fields"), CHANGES)
def test_what_an_order_may_not_become(floor: Floor, rejection: Rejection, fields: dict[str, int]) -> None:
    """Where several reasons hold, the first in this list is told."""
    expect_each(floor, AMEND, [Reason(rejection, fields)])


def test_what_is_filled_may_be_less_than_an_order_could_be_placed_with(floor: Floor) -> None:
    copy = load_state(dump_state(floor.state))
    ending = AMEND._replace(new_size=1, new_price=79, time_ms=floor.time_ms)
    applied = apply_batch(copy, encode_command(ending), copy.next_command)
    ended = list(decode_events(applied.events))[-1]
    assert isinstance(ended, e.OrderCanceled)
    assert (ended.reason, ended.size_left) == (CancelReason.AMENDED_TO_FILLED, 0)


def test_the_instruments_state_is_asked_before_the_change(floor: Floor) -> None:
    floor.run("> state BTC-USD suspended")
    expect_each(floor, AMEND, [Reason(Rejection.INSTRUMENT_NOT_LIVE, fields) for _, fields in CHANGES])
    expect_each(floor, AMEND, REASONS)
    floor.run("> state BTC-USD live")


def test_a_buyers_price_has_an_upper_band(floor: Floor) -> None:
    amend = c.AmendOrder(account=BOB, client_order_id=Text32("c"), new_price=121)
    expect_each(
        floor, amend, [Reason(Rejection.PRICE_ABOVE_BAND, {}), Reason(Rejection.PRICE_ABOVE_BAND, {"new_size": 5})]
    )


def test_the_order_of_the_table_is_that_of_the_refusals() -> None:
    """Sizes are asked in the order of placing; then what only an amendment can get wrong."""
    told = [rejection for rejection, _ in CHANGES]
    assert list(dict.fromkeys(told)) == [
        Rejection.NOTHING_TO_AMEND,
        Rejection.PRICE_NOT_POSITIVE,
        Rejection.SIZE_NOT_POSITIVE,
        Rejection.SIZE_BELOW_MIN,
        Rejection.SIZE_ABOVE_MAX,
        Rejection.NOTIONAL_TOO_LARGE,
        Rejection.PRICE_BELOW_BAND,
        Rejection.AMEND_POST_ONLY_WOULD_TAKE,
        Rejection.INSUFFICIENT_BALANCE,
    ]


def test_an_order_of_another_side_of_the_world() -> None:
    """Amending finds the order by its id, too, and only for its owner and instrument."""
    floor = Floor()
    floor.run("> ann buy 5 @ 100 id=a\n> instrument TWO-USD base=BTC quote=USD")
    order_id = floor.names.order_id("a")
    sound = c.AmendOrder(account=ANN, order_id=order_id, new_size=4)
    expect_each(
        floor,
        sound,
        [
            Reason(Rejection.ORDER_NOT_FOUND, {"account": BOB}),
            Reason(Rejection.ORDER_NOT_FOUND, {"instrument": 1}),
            Reason(Rejection.ORDER_NOT_FOUND, {"order_id": order_id + 64}),
            Reason(Rejection.ORDER_NOT_FOUND, {"order_id": order_id + 64, "client_order_id": "a"}),
        ],
    )
    assert floor.apply(sound)[0] == Rejection.NONE
