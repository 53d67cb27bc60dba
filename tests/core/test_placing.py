"""What a new order needs, and what becomes of it before it meets anybody."""

import struct

import pytest

from lonja.core import commands as c
from lonja.core.apply import apply_batch
from lonja.core.kinds import OrderType, Side, SizeUnit, TimeInForce
from lonja.core.layout import encode_command
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.texts import Text32
from lonja.primitives.money import INT_MAX
from tests.core.precedence import OF_CONTRACTS, Reason, expect_each, expect_precedence, refused
from tests.core.scenario import Floor, play
from tests.simulation.invariants import check_state


def test_a_limit_order_rests_and_holds_what_it_may_cost() -> None:
    play("""
        > ann buy 10 @ 90 id=bid
          placed bid: buy 10 @ 90
          rests bid: 10 @ 90
        > ann sell 7 @ 110
          placed #1: sell 7 @ 110
          rests #1: 7 @ 110
        > book
          ask 110: #1 7
          bid 90: bid 10
        > balances ann
          ann: 1000 BTC (7 held), 100000 USD (900 held)
    """)


def test_orders_queue_by_price_and_then_by_time() -> None:
    play("""
        > ann sell 1 @ 102 id=a1
          placed a1: sell 1 @ 102
          rests a1: 1 @ 102
        > bob sell 2 @ 101 id=b1
          placed b1: sell 2 @ 101
          rests b1: 2 @ 101
        > cat sell 3 @ 102 id=c1
          placed c1: sell 3 @ 102
          rests c1: 3 @ 102
        > bob sell 4 @ 101 id=b2
          placed b2: sell 4 @ 101
          rests b2: 4 @ 101
        > ann buy 5 @ 100 id=a2
          placed a2: buy 5 @ 100
          rests a2: 5 @ 100
        > bob buy 6 @ 99 id=b3
          placed b3: buy 6 @ 99
          rests b3: 6 @ 99
        > cat buy 7 @ 100 id=c2
          placed c2: buy 7 @ 100
          rests c2: 7 @ 100
        > book
          ask 102: a1 1, c1 3
          ask 101: b1 2, b2 4
          bid 100: a2 5, c2 7
          bid 99: b3 6
    """)


def test_an_ioc_order_never_rests() -> None:
    play("""
        > ann sell 5 @ 100 id=a
          placed a: sell 5 @ 100
          rests a: 5 @ 100
        > bob buy 8 @ 100 ioc id=b
          placed b: buy 8 @ 100 ioc
          trade 1: taker b buys 5 @ 100 = 500, fee 0 BTC, 3 left
          trade 1: maker a sells 5 @ 100 = 500, fee 0 USD, filled
          canceled b: ioc_rest, 3 left
        > bob buy 8 @ 100 ioc id=c
          placed c: buy 8 @ 100 ioc
          canceled c: ioc_rest, 8 left
        > book
          empty
        > balances bob
          bob: 1005 BTC, 99500 USD
    """)


def test_a_fok_order_trades_whole_or_not_at_all() -> None:
    play("""
        > ann sell 5 @ 100 id=a
          placed a: sell 5 @ 100
          rests a: 5 @ 100
        > cat sell 5 @ 101 id=c
          placed c: sell 5 @ 101
          rests c: 5 @ 101
        > bob buy 11 @ 101 fok id=b1
          placed b1: buy 11 @ 101 fok
          canceled b1: fok_not_fillable, 11 left
        > bob buy 6 @ 100 fok id=b2
          placed b2: buy 6 @ 100 fok
          canceled b2: fok_not_fillable, 6 left
        > bob buy 7 @ 101 fok id=b3
          placed b3: buy 7 @ 101 fok
          trade 1: taker b3 buys 5 @ 100 = 500, fee 0 BTC, 2 left
          trade 1: maker a sells 5 @ 100 = 500, fee 0 USD, filled
          trade 2: taker b3 buys 2 @ 101 = 202, fee 0 BTC, filled
          trade 2: maker c sells 2 @ 101 = 202, fee 0 USD, 3 left
        > book
          ask 101: c 3
    """)


def test_a_fok_order_into_an_empty_book_is_canceled() -> None:
    play("""
        > bob buy 1 @ 101 fok
          placed #1: buy 1 @ 101 fok
          canceled #1: fok_not_fillable, 1 left
        > bob sell 1 @ 101 fok
          placed #2: sell 1 @ 101 fok
          canceled #2: fok_not_fillable, 1 left
    """)


def test_a_post_only_order_rests_or_is_canceled() -> None:
    play("""
        > ann sell 5 @ 100 id=a
          placed a: sell 5 @ 100
          rests a: 5 @ 100
        > bob buy 1 @ 100 post_only id=b1
          placed b1: buy 1 @ 100 post_only
          canceled b1: post_only_would_take, 1 left
        > bob buy 1 @ 99 post_only id=b2
          placed b2: buy 1 @ 99 post_only
          rests b2: 1 @ 99
        > cat sell 1 @ 99 post_only id=c1
          placed c1: sell 1 @ 99 post_only
          canceled c1: post_only_would_take, 1 left
        > cat sell 1 @ 100 post_only id=c2
          placed c2: sell 1 @ 100 post_only
          rests c2: 1 @ 100
        > book
          ask 100: a 5, c2 1
          bid 99: b2 1
    """)


def test_post_only_minds_own_orders_too() -> None:
    play("""
        > ann sell 5 @ 100 id=a
          placed a: sell 5 @ 100
          rests a: 5 @ 100
        > ann buy 1 @ 100 post_only id=b
          placed b: buy 1 @ 100 post_only
          canceled b: post_only_would_take, 1 left
        > book
          ask 100: a 5
    """)


def test_money_held_by_one_order_does_not_pay_for_another() -> None:
    play("""
        > ann buy 900 @ 100
          placed #1: buy 900 @ 100
          rests #1: 900 @ 100
        > ann buy 101 @ 100
          refused: insufficient_balance
        > ann buy 100 @ 100
          placed #2: buy 100 @ 100
          rests #2: 100 @ 100
        > ann sell 1000 @ 200
          placed #3: sell 1000 @ 200
          rests #3: 1000 @ 200
        > ann sell 1 @ 200
          refused: insufficient_balance
        > balances ann
          ann: 1000 BTC (1000 held), 100000 USD (100000 held)
    """)


def test_a_buyer_is_charged_the_makers_price_and_gets_the_rest_back() -> None:
    play("""
        > ann sell 10 @ 80 id=a
          placed a: sell 10 @ 80
          rests a: 10 @ 80
        > bob buy 1000 @ 100 id=b
          placed b: buy 1000 @ 100
          trade 1: taker b buys 10 @ 80 = 800, fee 0 BTC, 990 left
          trade 1: maker a sells 10 @ 80 = 800, fee 0 USD, filled
          rests b: 990 @ 100
        > balances bob
          bob: 1010 BTC, 99200 USD (99000 held)
    """)


def test_beyond_the_band_an_order_is_refused_or_clipped() -> None:
    play("""
        > index BTC-USD 100
          BTC-USD index 100: buy <= 120, sell >= 80
        > ann buy 1 @ 121
          refused: price_above_band
        > ann buy 1 @ 120 id=in
          placed in: buy 1 @ 120
          rests in: 1 @ 120
        > ann sell 1 @ 79
          refused: price_below_band
        > ann buy 1 @ 121 clip id=c1
          placed c1: buy 1 @ 120
          rests c1: 1 @ 120
        > ann buy 1 @ 9 id=low
          placed low: buy 1 @ 9
          rests low: 1 @ 9
        > ann cancel in
          canceled in: user, 1 off the book @ 120
        > ann cancel c1
          canceled c1: user, 1 off the book @ 120
        > ann sell 1 @ 80 id=s1
          placed s1: sell 1 @ 80
          rests s1: 1 @ 80
        > ann cancel s1
          canceled s1: user, 1 off the book @ 80
        > bob sell 1 @ 79 clip id=c2
          placed c2: sell 1 @ 80
          rests c2: 1 @ 80
        > bob sell 1 @ 999 clip id=high
          placed high: sell 1 @ 999
          rests high: 1 @ 999
        > bob buy 1 @ 79 clip id=c3
          placed c3: buy 1 @ 79
          rests c3: 1 @ 79
        > book
          ask 999: high 1
          ask 80: c2 1
          bid 79: c3 1
          bid 9: low 1
    """)


def test_the_band_rounds_inwards_and_goes_away_with_the_index() -> None:
    play("""
        > index BTC-USD 7
          BTC-USD index 7: buy <= 8, sell >= 6
        > index BTC-USD 1
          BTC-USD index 1: buy <= 1, sell >= 1
        > ann sell 1 @ 1 clip id=a
          placed a: sell 1 @ 1
          rests a: 1 @ 1
        > index BTC-USD 0
          BTC-USD index 0: buy <= 0, sell >= 0
        > ann buy 1 @ 50000 id=b
          placed b: buy 1 @ 50000
          canceled a: self_trade, 1 off the book @ 1
          rests b: 1 @ 50000
        > bob sell 1 @ 60000 clip id=c
          placed c: sell 1 @ 60000
          rests c: 1 @ 60000
    """)


def test_a_client_order_id_is_unique_among_an_accounts_open_orders() -> None:
    play("""
        > ann buy 1 @ 90 id=same
          placed same: buy 1 @ 90
          rests same: 1 @ 90
        > ann sell 1 @ 110 id=same
          refused: client_order_id_duplicate
        > ann buy 1 @ 80 ioc id=same
          refused: client_order_id_duplicate
        > bob buy 1 @ 90 id=same
          placed same: buy 1 @ 90
          rests same: 1 @ 90
        > ann cancel id=same
          canceled same: user, 1 off the book @ 90
        > ann buy 2 @ 91 id=same
          placed same: buy 2 @ 91
          rests same: 2 @ 91
        > ann cancel id=same
          canceled same: user, 2 off the book @ 91
        > ann buy 3 @ 92 ioc id=same
          placed same: buy 3 @ 92 ioc
          canceled same: ioc_rest, 3 left
        > ann buy 4 @ 93 id=same
          placed same: buy 4 @ 93
          rests same: 4 @ 93
        > book
          bid 93: same 4
          bid 90: same 1
    """)


def test_client_order_ids_use_all_their_32_characters() -> None:
    play("""
        > ann buy 1 @ 90 id=abcdefghijklmnopqrstuvwxyz012345
          placed abcdefghijklmnopqrstuvwxyz012345: buy 1 @ 90
          rests abcdefghijklmnopqrstuvwxyz012345: 1 @ 90
        > ann buy 1 @ 90 id=abcdefghijklmnopqrstuvwxyz012346
          placed abcdefghijklmnopqrstuvwxyz012346: buy 1 @ 90
          rests abcdefghijklmnopqrstuvwxyz012346: 1 @ 90
        > ann buy 1 @ 90 id=abcdefghijklmnopqrstuvwx
          placed abcdefghijklmnopqrstuvwx: buy 1 @ 90
          rests abcdefghijklmnopqrstuvwx: 1 @ 90
        > ann buy 1 @ 90 id=abcdefghijklmnopqrstuvwxyz012345
          refused: client_order_id_duplicate
        > ann cancel id=abcdefghijklmnopqrstuvwxyz012346
          canceled abcdefghijklmnopqrstuvwxyz012346: user, 1 off the book @ 90
        > book
          bid 90: abcdefghijklmnopqrstuvwxyz012345 1, abcdefghijklmnopqrstuvwx 1
    """)


def test_client_order_ids_that_share_an_index_key_stay_apart() -> None:
    """Keys drop the two highest bits of every eighth character, so 0 and p fall together there."""
    play("""
        > ann buy 1 @ 90 id=abcdefg0
          placed abcdefg0: buy 1 @ 90
          rests abcdefg0: 1 @ 90
        > ann buy 1 @ 91 id=abcdefgp
          placed abcdefgp: buy 1 @ 91
          rests abcdefgp: 1 @ 91
        > ann buy 1 @ 92 id=abcdefg0
          refused: client_order_id_duplicate
        > ann cancel id=abcdefg0
          canceled abcdefg0: user, 1 off the book @ 90
        > ann cancel id=abcdefg0
          refused: order_not_found
        > ann buy 1 @ 93 id=abcdefg0
          placed abcdefg0: buy 1 @ 93
          rests abcdefg0: 1 @ 93
        > ann cancel id=abcdefgp
          canceled abcdefgp: user, 1 off the book @ 91
        > ann cancel id=abcdefg0
          canceled abcdefg0: user, 1 off the book @ 93
        > ann buy 1 @ 90 id=abcdefg0abcdefg0
          placed abcdefg0abcdefg0: buy 1 @ 90
          rests abcdefg0abcdefg0: 1 @ 90
        > ann buy 1 @ 91 id=abcdefg0abcdefgp
          placed abcdefg0abcdefgp: buy 1 @ 91
          rests abcdefg0abcdefgp: 1 @ 91
        > ann buy 1 @ 92 id=abcdefgpabcdefg0
          placed abcdefgpabcdefg0: buy 1 @ 92
          rests abcdefgpabcdefg0: 1 @ 92
        > ann buy 1 @ 93 id=abcdefgpabcdefgp
          placed abcdefgpabcdefgp: buy 1 @ 93
          rests abcdefgpabcdefgp: 1 @ 93
        > ann cancel id=abcdefg0abcdefg0
          canceled abcdefg0abcdefg0: user, 1 off the book @ 90
        > ann cancel id=abcdefg0abcdefgp
          canceled abcdefg0abcdefgp: user, 1 off the book @ 91
        > ann cancel id=abcdefgpabcdefgp
          canceled abcdefgpabcdefgp: user, 1 off the book @ 93
        > ann cancel id=abcdefgpabcdefg1
          refused: order_not_found
        > book
          bid 92: abcdefgpabcdefg0 1
    """)


def test_the_states_of_an_instrument() -> None:
    play("""
        > ann sell 5 @ 100 id=a
          placed a: sell 5 @ 100
          rests a: 5 @ 100
        > bob buy 5 @ 90 id=b
          placed b: buy 5 @ 90
          rests b: 5 @ 90
        > state BTC-USD suspended
          BTC-USD is suspended
        > bob buy 1 @ 100
          refused: instrument_not_live
        > bob buy 1 @ 90 post_only
          refused: instrument_not_live
        > state BTC-USD preopen
          BTC-USD is preopen
        > bob buy 1 @ 90 post_only
          refused: instrument_not_live
        > state BTC-USD post_only
          BTC-USD is post_only
        > bob buy 1 @ 100
          refused: instrument_not_live
        > bob buy 1 market
          refused: instrument_not_live
        > bob buy 1 @ 91 post_only id=b2
          placed b2: buy 1 @ 91 post_only
          rests b2: 1 @ 91
        > bob buy 1 @ 100 post_only id=b3
          placed b3: buy 1 @ 100 post_only
          canceled b3: post_only_would_take, 1 left
        > state BTC-USD live
          BTC-USD is live
        > bob buy 1 @ 100 id=b4
          placed b4: buy 1 @ 100
          trade 1: taker b4 buys 1 @ 100 = 100, fee 0 BTC, filled
          trade 1: maker a sells 1 @ 100 = 100, fee 0 USD, 4 left
        > book
          ask 100: a 4
          bid 91: b2 1
          bid 90: b 5
    """)


def test_the_sizes_of_an_instrument() -> None:
    floor = Floor()
    play(
        """
        > instrument SMALL-USD base=BTC quote=USD size_min=3 size_limit_max=9 size_market_max=6 amount_market_max=500
          instrument 1: SMALL-USD
        > ann buy 2 @ 10 on=SMALL-USD
          refused: size_below_min
        > ann buy 10 @ 10 on=SMALL-USD
          refused: size_above_max
        > ann buy 3 @ 10 on=SMALL-USD id=low
          placed low: buy 3 @ 10
          rests low: 3 @ 10
        > ann buy 9 @ 10 on=SMALL-USD id=high
          placed high: buy 9 @ 10
          rests high: 9 @ 10
        > ann buy 2 market on=SMALL-USD
          refused: size_below_min
        > ann sell 7 market on=SMALL-USD
          refused: market_size_above_max
        > bob sell 6 market on=SMALL-USD id=m1
          placed m1: sell 6 market
          trade 1: taker m1 sells 3 @ 10 = 30, fee 0 USD, 3 left
          trade 1: maker low buys 3 @ 10 = 30, fee 0 BTC, filled
          trade 2: taker m1 sells 3 @ 10 = 30, fee 0 USD, filled
          trade 2: maker high buys 3 @ 10 = 30, fee 0 BTC, 6 left
        > ann buy for 501 market on=SMALL-USD
          refused: market_amount_above_max
        > ann buy for 500 market on=SMALL-USD id=m2
          placed m2: buy for 500 market
          canceled m2: no_liquidity, 0 left
        > ann buy for 1 market on=SMALL-USD id=m3
          placed m3: buy for 1 market
          canceled m3: no_liquidity, 0 left
        > book SMALL-USD
          bid 10: high 6
    """,
        floor,
    )


ANN, FROZEN, CROWDED, FULL = 2, 5, 6, 7
LIMITED, SUSPENDED, OTHERS = 1, 2, range(3, 11)
NOBODY = 99
SOUND_LIMIT = c.PlaceOrder(account=ANN, instrument=LIMITED, side=Side.BUY, price=100, size=10)
SOUND_MARKET = SOUND_LIMIT._replace(order_type=OrderType.MARKET, price=0)

LIMIT_REASONS = [
    Reason(Rejection.FIELD_INVALID, {"side": 2}),
    Reason(Rejection.FIELD_INVALID, {"time_in_force": 3}),
    Reason(Rejection.FIELD_INVALID, {"self_trade_prevention": 4}),
    Reason(Rejection.FIELD_INVALID, {"clip_to_band": -1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": NOBODY}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": -1}),
    Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
    Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": 11}),
    Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": -1}),
    Reason(Rejection.INSTRUMENT_NOT_LIVE, {"instrument": SUSPENDED}),
    Reason(Rejection.ORDER_KIND_INVALID, {"size_unit": SizeUnit.QUOTE}),
    Reason(Rejection.ORDER_KIND_INVALID, {"post_only": 1, "time_in_force": TimeInForce.IOC}),
    Reason(Rejection.ORDER_KIND_INVALID, {"post_only": 1, "time_in_force": TimeInForce.FOK}),
    Reason(Rejection.SELF_TRADE_PREVENTION_FORBIDS_FOK, {"time_in_force": 2, "self_trade_prevention": 3}),
    Reason(Rejection.PRICE_NOT_POSITIVE, {"price": 0}),
    Reason(Rejection.PRICE_NOT_POSITIVE, {"price": -1}),
    Reason(Rejection.SIZE_NOT_POSITIVE, {"size": 0}),
    Reason(Rejection.SIZE_NOT_POSITIVE, {"size": -(2**63)}),
    Reason(Rejection.SIZE_BELOW_MIN, {"size": 1}),
    Reason(Rejection.SIZE_ABOVE_MAX, {"size": 101}),
    Reason(Rejection.NOTIONAL_TOO_LARGE, {"price": INT_MAX}),
    Reason(Rejection.PRICE_ABOVE_BAND, {"price": 121}),
    Reason(Rejection.PRICE_BELOW_BAND, {"price": 79, "side": Side.SELL}),
    Reason(Rejection.CLIENT_ORDER_ID_DUPLICATE, {"client_order_id": "taken"}),
    Reason(Rejection.OPEN_ORDERS_ACCOUNT_MAX, {"account": FULL}),
    Reason(Rejection.OPEN_ORDERS_INSTRUMENT_MAX, {"account": CROWDED}),
    Reason(Rejection.INSUFFICIENT_BALANCE, {"price": 50, "size": 100}),
]
MARKET_REASONS = [
    Reason(Rejection.FIELD_INVALID, {"order_type": 2}),
    Reason(Rejection.FIELD_INVALID, {"fixed_size": 2}),
    Reason(Rejection.FIELD_INVALID, {"size_unit": -1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": NOBODY}),
    Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
    Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": 2**62}),
    Reason(Rejection.INSTRUMENT_NOT_LIVE, {"instrument": SUSPENDED}),
    Reason(Rejection.ORDER_KIND_INVALID, {"post_only": 1}),
    Reason(Rejection.ORDER_KIND_INVALID, {"time_in_force": TimeInForce.FOK}),
    Reason(Rejection.ORDER_KIND_INVALID, {"price": 100}),
    Reason(Rejection.SIZE_NOT_POSITIVE, {"size": 0}),
    Reason(Rejection.SIZE_NOT_POSITIVE, {"size": -5, "size_unit": SizeUnit.QUOTE}),
    Reason(Rejection.SIZE_BELOW_MIN, {"size": 1}),
    Reason(Rejection.MARKET_SIZE_ABOVE_MAX, {"size": 51}),
    Reason(Rejection.MARKET_AMOUNT_ABOVE_MAX, {"size": 100_001, "size_unit": SizeUnit.QUOTE}),
    Reason(Rejection.NOTIONAL_TOO_LARGE, {"size": INT_MAX + 1, "size_unit": SizeUnit.QUOTE, "instrument": 0}),
    Reason(Rejection.NOTIONAL_TOO_LARGE, {"size": INT_MAX + 1, "instrument": 0}),
    Reason(Rejection.CLIENT_ORDER_ID_DUPLICATE, {"client_order_id": "taken"}),
    Reason(Rejection.INSUFFICIENT_BALANCE, {"size": 20_000, "size_unit": SizeUnit.QUOTE}),
    Reason(Rejection.INSUFFICIENT_BALANCE, {"size": 50, "side": Side.SELL}),
    Reason(Rejection.INSUFFICIENT_BALANCE, {"size": 50, "fixed_size": 1}),
]


@pytest.fixture(scope="module")
def crowded_floor() -> Floor:
    """Ann with little money, a frozen account, one with 500 orders in a book, one with 4,000 in eight others."""
    others = "".join(f"> instrument OTHER-{number} base=BTC quote=USD\n" for number in OTHERS)
    floor = Floor(f"""
> currency BTC scale=0
> currency USD scale=0
> instrument BTC-USD base=BTC quote=USD
> instrument LIMITED base=BTC quote=USD size_min=2 size_limit_max=100 size_market_max=50 amount_market_max=100000
> instrument SUSPENDED base=BTC quote=USD state=1
{others}> index LIMITED 100
> account ann
> account bob
> account cat
> account frozen
> account crowded
> account full
> freeze frozen
> deposit ann 5001 USD
> deposit ann 10 BTC
> deposit bob 60 BTC
> deposit crowded 1000000 USD
> deposit full 1000000 USD
> ann buy 2 @ 1 id=taken on=LIMITED
> bob sell 60 @ 120 on=LIMITED
> crowded buy 2 @ 1 id=taken on=LIMITED
> full buy 1 @ 1 id=taken on=OTHER-3
""")
    bid = SOUND_LIMIT._replace(price=1, size=2)
    floor.rush([bid._replace(account=CROWDED)] * 499)
    floor.rush([bid._replace(account=FULL, instrument=other) for other in OTHERS for _ in range(500 - (other == 3))])
    return floor


@pytest.mark.parametrize("sound", [SOUND_LIMIT, SOUND_MARKET], ids=["limit", "market"])
def test_the_sound_orders_of_the_table_are_accepted(crowded_floor: Floor, sound: c.PlaceOrder) -> None:
    copy = load_state(dump_state(crowded_floor.state))
    applied = apply_batch(copy, encode_command(sound), copy.next_command)
    assert struct.unpack("<qq", applied.outcomes)[0] == Rejection.NONE


TABLES = pytest.mark.parametrize(
    ("sound", "reasons"), [(SOUND_LIMIT, LIMIT_REASONS), (SOUND_MARKET, MARKET_REASONS)], ids=["limit", "market"]
)


@TABLES
def test_each_reason_alone_is_told(crowded_floor: Floor, sound: c.PlaceOrder, reasons: list[Reason]) -> None:
    expect_each(crowded_floor, sound, reasons)


@TABLES
def test_of_two_reasons_the_first_is_told(crowded_floor: Floor, sound: c.PlaceOrder, reasons: list[Reason]) -> None:
    expect_precedence(crowded_floor, sound, reasons, pairs_min=100)


def test_every_reason_to_refuse_an_order_is_in_a_table() -> None:
    """But those that the edge finds before the core, and what only orders for contracts are asked."""
    told = {reason.rejection for reason in LIMIT_REASONS + MARKET_REASONS}
    elsewhere = {
        Rejection.PRICE_NOT_ON_TICK,
        Rejection.SIZE_NOT_ON_LOT,
        Rejection.NO_LIQUIDITY,
        *OF_CONTRACTS,
    }
    placing = {rejection for rejection in Rejection if 10 <= rejection < 40} - elsewhere
    assert placing - told == set()


def test_the_cap_of_an_account_is_told_before_that_of_an_instrument(crowded_floor: Floor) -> None:
    order = SOUND_LIMIT._replace(account=FULL, instrument=OTHERS[0])
    assert refused(crowded_floor, order) == Rejection.OPEN_ORDERS_ACCOUNT_MAX


@pytest.mark.parametrize("account", [CROWDED, FULL])
def test_orders_that_never_rest_pass_the_caps(crowded_floor: Floor, account: int) -> None:
    copy = load_state(dump_state(crowded_floor.state))
    ioc = SOUND_LIMIT._replace(account=account, time_in_force=TimeInForce.IOC)
    for order in (ioc, ioc._replace(time_in_force=TimeInForce.FOK), SOUND_MARKET._replace(account=account)):
        applied = apply_batch(copy, encode_command(order), copy.next_command)
        assert struct.unpack("<qq", applied.outcomes)[0] == Rejection.NONE
    check_state(copy)


def test_a_place_becomes_free_when_an_order_ends(crowded_floor: Floor) -> None:
    copy = load_state(dump_state(crowded_floor.state))
    cancel = c.CancelOrder(account=CROWDED, instrument=LIMITED, client_order_id=Text32("taken"))
    order = SOUND_LIMIT._replace(account=CROWDED)
    body = b"".join(encode_command(command) for command in (order, cancel, order, order))
    applied = apply_batch(copy, body, copy.next_command)
    cap = Rejection.OPEN_ORDERS_INSTRUMENT_MAX
    assert struct.unpack("<8q", applied.outcomes)[::2] == (cap, Rejection.NONE, Rejection.NONE, cap)
    check_state(copy)
