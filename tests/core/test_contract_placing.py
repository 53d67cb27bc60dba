"""Orders for contracts: what is refused in which order, what reduces, what an order is asked for."""

import pytest

from lonja.core import commands as c
from lonja.core.kinds import MarginMode, OrderType, PositionSide, Side, TimeInForce
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence, refused
from tests.core.scenario import CONTRACTS, Floor, holding, play

ANN, BOB, SPOT, HEDGED, FROZEN, CROWDED, LEVERED, POOR, HOLDER = 2, 3, 7, 8, 9, 10, 11, 12, 13
LIN, CALM, UNMARKED, PAIR, OFTEN = 0, 2, 3, 4, 5
OPENING = """
> contract CALM family=LINEAR base=BTC quote=USD size_min=2 size_limit_max=20000 size_market_max=500
> contract UNMARKED family=LINEAR base=BTC quote=USD
> instrument BTC-USD base=BTC quote=USD
> contract OFTEN family=LINEAR base=BTC quote=USD state=1
> account spot
> account hedged mode=2
> account frozen mode=2
> account crowded mode=2
> account levered mode=2
> account poor mode=2
> account holder mode=2
> mark CALM 100
> mark OFTEN 100
> hedged position_mode long_short
> levered lever 100 on=CALM
> levered lever 100 on=CALM isolated
> deposit hedged 100000 USD
> deposit crowded 100000 USD
> deposit levered 100000 USD
> deposit holder 100000 USD
> deposit poor 332 USD
> freeze frozen
> ann buy 2 @ 96 on=CALM id=taken
> bob sell 10 @ 100 on=CALM id=s
> holder buy 10 @ 100 on=CALM id=h
> holder sell 10 @ 104 on=CALM reduce id=r
"""


@pytest.fixture(scope="module")
def crowded_floor() -> Floor:
    """Somebody for each reason to refuse an order."""
    floor = Floor(CONTRACTS)
    floor.run(OPENING)
    order = c.PlaceContractOrder(account=CROWDED, instrument=CALM, price=96, size=2)
    assert set(floor.rush([order] * 500)) == {Rejection.NONE}
    return floor


SOUND = c.PlaceContractOrder(account=ANN, instrument=CALM, side=Side.BUY, price=99, size=10)
SOUND_MARKET = SOUND._replace(order_type=OrderType.MARKET, price=0)
PARTIES = [
    *(Reason(Rejection.FIELD_INVALID, {"margin_mode": mode}) for mode in (2, -1)),
    *(Reason(Rejection.FIELD_INVALID, {"position_side": side}) for side in (3, -1)),
    *(Reason(Rejection.FIELD_INVALID, {"reduce_only": flag}) for flag in (2, -1)),
    Reason(Rejection.FIELD_INVALID, {"side": 2}),
    Reason(Rejection.FIELD_INVALID, {"size_unit": 1}),
    Reason(Rejection.FIELD_INVALID, {"fixed_size": 1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 99}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 5}),
    Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
    Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": 6}),
    Reason(Rejection.INSTRUMENT_NOT_LIVE, {"instrument": OFTEN}),
]
MODES = [
    Reason(Rejection.MARK_PRICE_MISSING, {"instrument": UNMARKED}),
    Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": SPOT}),
    Reason(Rejection.POSITION_SIDE_INVALID, {"position_side": PositionSide.LONG}),
    Reason(Rejection.POSITION_SIDE_INVALID, {"account": HEDGED}),
    Reason(Rejection.SIZE_NOT_POSITIVE, {"size": 0}),
    Reason(Rejection.SIZE_BELOW_MIN, {"size": 1}),
]
POSITIONS = [
    Reason(Rejection.POSITION_NOT_FOUND, {"account": ANN, "reduce_only": 1}),
    Reason(Rejection.POSITION_NOT_FOUND, {"account": HOLDER, "side": Side.BUY, "reduce_only": 1}),
    Reason(Rejection.REDUCES_BEYOND_POSITION, {"account": HOLDER, "side": Side.SELL, "reduce_only": 1}),
]
LIMIT_REASONS = [
    *PARTIES,
    Reason(Rejection.ORDER_KIND_INVALID, {"post_only": 1, "time_in_force": TimeInForce.IOC}),
    Reason(Rejection.SELF_TRADE_PREVENTION_FORBIDS_FOK, {"time_in_force": 2, "self_trade_prevention": 3}),
    Reason(Rejection.PRICE_NOT_POSITIVE, {"price": 0}),
    *MODES,
    Reason(Rejection.SIZE_ABOVE_MAX, {"size": 20_001}),
    Reason(Rejection.NOTIONAL_TOO_LARGE, {"price": INT_MAX}),
    Reason(Rejection.PRICE_ABOVE_BAND, {"price": 106, "side": Side.BUY}),
    Reason(Rejection.PRICE_BELOW_BAND, {"price": 94, "side": Side.SELL}),
    Reason(Rejection.CLIENT_ORDER_ID_DUPLICATE, {"account": ANN, "client_order_id": Text32("taken")}),
    Reason(Rejection.OPEN_ORDERS_INSTRUMENT_MAX, {"account": CROWDED}),
    *POSITIONS,
    Reason(Rejection.POSITION_ABOVE_MAX, {"size": 10_001}),
    Reason(Rejection.LEVERAGE_ABOVE_TIER, {"account": LEVERED, "size": 101}),
    Reason(Rejection.WOULD_LIQUIDATE, {"account": LEVERED, "margin_mode": MarginMode.ISOLATED, "price": 101}),
    Reason(Rejection.INSUFFICIENT_BALANCE, {"account": POOR, "price": 100}),
]
MARKET_REASONS = [
    *PARTIES,
    Reason(Rejection.ORDER_KIND_INVALID, {"price": 100}),
    Reason(Rejection.ORDER_KIND_INVALID, {"time_in_force": TimeInForce.FOK}),
    *MODES,
    Reason(Rejection.MARKET_SIZE_ABOVE_MAX, {"size": 501}),
    *POSITIONS,
    Reason(Rejection.LEVERAGE_ABOVE_TIER, {"account": LEVERED, "size": 101}),
    Reason(Rejection.INSUFFICIENT_BALANCE, {"account": POOR}),
]
TABLES = {"limit": (SOUND, LIMIT_REASONS), "market": (SOUND_MARKET, MARKET_REASONS)}


@pytest.mark.parametrize("table", TABLES)
def test_each_reason_alone_is_told(crowded_floor: Floor, table: str) -> None:
    expect_each(crowded_floor, *TABLES[table])


@pytest.mark.parametrize("table", TABLES)
def test_of_two_reasons_the_first_is_told(crowded_floor: Floor, table: str) -> None:
    expect_precedence(crowded_floor, *TABLES[table], pairs_min=100)


def test_a_kind_of_order_is_for_its_kind_of_instrument(crowded_floor: Floor) -> None:
    assert refused(crowded_floor, SOUND._replace(instrument=PAIR)) == Rejection.ORDER_KIND_INVALID
    spot = c.PlaceOrder(account=ANN, instrument=CALM, price=99, size=10)
    assert refused(crowded_floor, spot) == Rejection.ORDER_KIND_INVALID


@pytest.mark.parametrize("size", [2**56, 2**63 - 1])
def test_a_market_order_is_worth_no_more_than_may_be_borne(crowded_floor: Floor, size: int) -> None:
    order = SOUND_MARKET._replace(instrument=LIN, size=size)
    assert refused(crowded_floor, order) == Rejection.NOTIONAL_TOO_LARGE


# Tiers.


def test_a_tier_is_found_by_the_position_with_everything_that_may_open() -> None:
    """At 50 times, 500 lots are the most: 300 held, 150 resting, 50 more. Selling counts for itself."""
    floor = Floor(CONTRACTS)
    floor.run("""> ann lever 50 on=LIN
> bob sell 300 @ 100 on=LIN
> ann buy 300 @ 100 on=LIN
> ann buy 150 @ 99 on=LIN""")
    play(
        """
        > ann buy 51 @ 98 on=LIN
          refused: leverage_above_tier
        > ann buy 50 @ 98 on=LIN id=a
          placed a: buy 50 @ 98
          margins a: cross x50
          rests a: 50 @ 98
        > ann sell 801 @ 101 on=LIN
          refused: leverage_above_tier
        > ann sell 800 @ 101 on=LIN id=b
          placed b: sell 800 @ 101
          margins b: cross x50
          rests b: 800 @ 101
        > ann buy 1 market on=LIN
          refused: leverage_above_tier
        """,
        floor,
    )


def test_no_position_is_larger_than_the_last_tier() -> None:
    floor = Floor(CONTRACTS)
    floor.run("> deposit ann 1000000 USD")
    play(
        """
        > ann buy 10001 @ 100 on=LIN
          refused: position_above_max
        > ann buy 10000 @ 100 on=LIN id=a
          placed a: buy 10000 @ 100
          margins a: cross x3
          rests a: 10000 @ 100
        > ann buy 1 @ 100 on=LIN
          refused: position_above_max
        """,
        floor,
    )


def test_what_closes_is_not_asked_for_its_tier() -> None:
    """A tier that has become smaller since does not keep anybody in."""
    floor = holding(90)
    floor.run("""> tier LINEAR 1 size=10 mmr=5000 imr=10000 lever=2
> tier LINEAR 2 size=20 mmr=5000 imr=10000 lever=2
> tier LINEAR 3 size=30 mmr=5000 imr=10000 lever=2
> tier LINEAR 4 size=40 mmr=5000 imr=10000 lever=2""")
    play(
        """
        > ann buy 1 @ 100 on=LIN
          refused: position_above_max
        > ann sell 90 @ 101 on=LIN id=a
          placed a: sell 90 @ 101
          margins a: cross x3
          rests a: 90 @ 101
        > ann sell 21 @ 102 on=LIN
          refused: leverage_above_tier
        """,
        floor,
    )


# Margin.


def test_a_taker_needs_its_fee_and_a_unit_for_each_fill_beforehand() -> None:
    """10 at 100 by 10 need 100; the fee is 10, and 10 fills could each round up. What is not needed stays."""
    floor = Floor(CONTRACTS)
    floor.run("""> fees tier=0 maker=0 taker=10000
> bob sell 10 @ 100 on=LIN
> ann lever 10 on=LIN isolated
> withdraw ann 99881 USD""")
    play(
        """
        > ann buy 10 @ 100 on=LIN isolated
          refused: insufficient_balance
        > deposit ann 1 USD
          deposited 1 USD: ann trading has 120
        > ann buy 10 @ 100 on=LIN isolated id=a
          placed a: buy 10 @ 100
          margins a: isolated x10
          trade 1: taker a buys 10 @ 100 = 1000, fee 10 USD, filled
          trade 1: maker #1 sells 10 @ 100 = 1000, fee 0 USD, filled
          ann LIN isolated filled: +10 @ 100 makes +10 @ 100, fee 10, margin +100 to 100, cash 10
          bob LIN cross filled: -10 @ 100 makes -10 @ 100, cash 100000
        """,
        floor,
    )


def test_a_cross_order_pays_beforehand_for_what_it_gives_away_against_the_mark() -> None:
    """10 at 104 by 10 need 104, and lose 40 at once. One at 96 gains nothing beforehand."""
    floor = Floor(CONTRACTS)
    floor.run("> ann lever 10 on=LIN\n> withdraw ann 99857 USD")
    play(
        """
        > ann buy 10 @ 104 on=LIN
          refused: insufficient_balance
        > deposit ann 1 USD
          deposited 1 USD: ann trading has 144
        > ann buy 10 @ 104 on=LIN id=a
          placed a: buy 10 @ 104
          margins a: cross x10
          rests a: 10 @ 104
        > ann cancel a on=LIN
          canceled a: user, 10 off the book @ 104
        > ann sell 10 @ 96 on=LIN
          placed #1: sell 10 @ 96
          margins #1: cross x10
          rests #1: 10 @ 96
        > ann sell 10 @ 104 on=LIN id=b
          refused: insufficient_balance
        """,
        floor,
    )


def test_an_inverse_seller_below_the_mark_gives_away_more_of_the_base() -> None:
    """10,000 USD are 100 BTC at 100 and 104.17 at 96: beside 10.5 a seller loses 4.17, a buyer nothing."""
    floor = Floor(CONTRACTS)
    floor.run("> ann lever 10 on=INV\n> withdraw ann 985 BTC")
    play(
        """
        > ann sell 10 @ 96 on=INV
          refused: insufficient_balance
        > deposit ann 1 BTC
          deposited 1 BTC: ann trading has 16
        > ann sell 10 @ 96 on=INV id=a
          placed a: sell 10 @ 96
          margins a: cross x10
          rests a: 10 @ 96
        > ann cancel a on=INV
          canceled a: user, 10 off the book @ 96
        > withdraw ann 5 BTC
          withdrawn 5 BTC: ann trading has 11
        > ann buy 10 @ 96 on=INV id=b
          placed b: buy 10 @ 96
          margins b: cross x10
          rests b: 10 @ 96
        """,
        floor,
    )


def test_an_isolated_order_that_would_be_liquidated_at_once_is_refused() -> None:
    """At 20 times, 104 leaves 5.2 - 4 for each lot, at 105 nothing; half a per cent of 100 is needed."""
    floor = Floor(CONTRACTS)
    floor.run("> ann lever 20 on=LIN isolated")
    play(
        """
        > ann buy 10 @ 105 on=LIN isolated
          refused: would_liquidate
        > ann buy 10 @ 104 on=LIN isolated id=a
          placed a: buy 10 @ 104
          margins a: isolated x20
          rests a: 10 @ 104
        > ann sell 10 @ 95 on=LIN isolated
          refused: would_liquidate
        > ann sell 10 @ 96 on=LIN isolated id=b
          placed b: sell 10 @ 96
          margins b: isolated x20
          canceled a: self_trade, 10 off the book @ 104
          rests b: 10 @ 96
        """,
        floor,
    )


def test_a_market_order_is_judged_at_the_last_price_it_would_reach() -> None:
    """1 at 100 and 9 at 104: as if all of it cost 104."""
    floor = Floor(CONTRACTS)
    floor.run("""> bob sell 1 @ 100 on=LIN
> bob sell 9 @ 104 on=LIN
> ann lever 10 on=LIN
> withdraw ann 99847 USD""")
    play(
        """
        > ann buy 10 market on=LIN
          refused: insufficient_balance
        > deposit ann 1 USD
          deposited 1 USD: ann trading has 154
        > ann buy 10 market on=LIN id=a
          placed a: buy 10 market
          margins a: cross x10
          trade 1: taker a buys 1 @ 100 = 100, fee 0 USD, 9 left
          trade 1: maker #1 sells 1 @ 100 = 100, fee 0 USD, filled
          ann LIN cross filled: +1 @ 100 makes +1 @ 100, cash 154
          bob LIN cross filled: -1 @ 100 makes -1 @ 100, cash 100000
          trade 2: taker a buys 9 @ 104 = 936, fee 0 USD, filled
          trade 2: maker #2 sells 9 @ 104 = 936, fee 0 USD, filled
          ann LIN cross filled: +9 @ 104 makes +10 @ 103.6, cash 154
          bob LIN cross filled: -9 @ 104 makes -10 @ 103.6, cash 100000
        """,
        floor,
    )


def test_a_market_order_that_meets_nobody_is_judged_at_the_mark() -> None:
    floor = Floor(CONTRACTS)
    floor.run("> withdraw ann 99700 USD")
    play(
        """
        > ann buy 10 market on=LIN
          refused: insufficient_balance
        > ann buy 9 market on=LIN id=a
          placed a: buy 9 market
          margins a: cross x3
          canceled a: no_liquidity, 9 left
        """,
        floor,
    )


def test_closing_a_cross_position_needs_equity_and_no_free_margin() -> None:
    """Long 10 by 10, a loss of 50 leaves 60 where 95 are needed: nothing more opens, but all of it may close at 91."""
    floor = Floor(CONTRACTS)
    floor.run("> ann lever 10 on=LIN\n> bob sell 10 @ 100 on=LIN\n> withdraw ann 99890 USD\n> ann buy 10 @ 100 on=LIN")
    play(
        """
        > mark LIN 95
          LIN mark 95: buy <= 99, sell >= 91
        > margins ann USD
          ann: equity 60, held 0, initial 95, free -35, spendable -35
        > ann buy 1 @ 95 on=LIN
          refused: insufficient_balance
        > cat buy 10 @ 91 on=LIN id=k
          placed k: buy 10 @ 91
          margins k: cross x3
          rests k: 10 @ 91
        > ann sell 10 @ 91 on=LIN id=a
          placed a: sell 10 @ 91
          margins a: cross x10
          trade 2: taker a sells 10 @ 91 = 910, fee 0 USD, filled
          trade 2: maker k buys 10 @ 91 = 910, fee 0 USD, filled
          ann LIN cross filled: -10 @ 91 makes flat, gained -90, cash 20
          cat LIN cross filled: +10 @ 91 makes +10 @ 91, cash 100000
        """,
        floor,
    )


def test_closing_an_isolated_position_beyond_its_margin_needs_cash() -> None:
    """By 50 times the margin is 20. Closing at 97 costs 30 and the fee of 10 and leaves 20 to be paid."""
    floor = Floor(CONTRACTS)
    floor.run("""> ann lever 50 on=LIN isolated
> bob sell 10 @ 100 on=LIN
> ann buy 10 @ 100 on=LIN isolated
> fees tier=0 maker=0 taker=10000
> cat buy 10 @ 97 on=LIN
> withdraw ann 99961 USD""")
    play(
        """
        > ann sell 10 @ 97 on=LIN isolated
          refused: insufficient_balance
        > deposit ann 1 USD
          deposited 1 USD: ann trading has 20
        > ann sell 10 @ 97 on=LIN isolated id=a
          placed a: sell 10 @ 97
          margins a: isolated x50
          trade 2: taker a sells 10 @ 97 = 970, fee 10 USD, filled
          trade 2: maker #3 buys 10 @ 97 = 970, fee 0 USD, filled
          ann LIN isolated filled: -10 @ 97 makes flat, gained -30, fee 10, margin -20 to 0, cash 0
          cat LIN cross filled: +10 @ 97 makes +10 @ 97, cash 100000
        """,
        floor,
    )


# The same as for every order.


def test_contracts_have_all_kinds_of_orders() -> None:
    play(
        """
        > bob sell 5 @ 101 on=LIN id=b
          placed b: sell 5 @ 101
          margins b: cross x3
          rests b: 5 @ 101
        > ann buy 6 @ 101 on=LIN fok id=a
          placed a: buy 6 @ 101 fok
          margins a: cross x3
          canceled a: fok_not_fillable, 6 left
        > ann buy 6 @ 101 on=LIN ioc id=d
          placed d: buy 6 @ 101 ioc
          margins d: cross x3
          trade 1: taker d buys 5 @ 101 = 505, fee 0 USD, 1 left
          trade 1: maker b sells 5 @ 101 = 505, fee 0 USD, filled
          ann LIN cross filled: +5 @ 101 makes +5 @ 101, cash 100000
          bob LIN cross filled: -5 @ 101 makes -5 @ 101, cash 100000
          canceled d: ioc_rest, 1 left
        > bob sell 5 @ 101 on=LIN id=f
          placed f: sell 5 @ 101
          margins f: cross x3
          rests f: 5 @ 101
        > ann buy 1 @ 101 on=LIN post_only id=g
          placed g: buy 1 @ 101 post_only
          margins g: cross x3
          canceled g: post_only_would_take, 1 left
        > ann buy 9 @ 200 on=LIN clip id=h
          placed h: buy 9 @ 105
          margins h: cross x3
          trade 2: taker h buys 5 @ 101 = 505, fee 0 USD, 4 left
          trade 2: maker f sells 5 @ 101 = 505, fee 0 USD, filled
          ann LIN cross filled: +5 @ 101 makes +10 @ 101, cash 100000
          bob LIN cross filled: -5 @ 101 makes -10 @ 101, cash 100000
          rests h: 4 @ 105
        > bob sell 1 market on=LIN id=i
          placed i: sell 1 market
          margins i: cross x3
          trade 3: taker i sells 1 @ 105 = 105, fee 0 USD, filled
          trade 3: maker h buys 1 @ 105 = 105, fee 0 USD, 3 left
          bob LIN cross filled: -1 @ 105 makes -11 @ 101.363636363636, cash 100000
          ann LIN cross filled: +1 @ 105 makes +11 @ 101.363636363636, cash 100000
        > freeze ann
          configured ann: cancel_maker, tier 0, futures mode, frozen
          canceled h: account_frozen, 3 off the book @ 105
        > state LIN delisted
          LIN is delisted
        """,
        Floor(CONTRACTS),
    )


def test_an_order_for_a_contract_is_amended_like_any_other_and_judged_anew() -> None:
    floor = Floor(CONTRACTS)
    floor.run("> ann lever 10 on=LIN\n> withdraw ann 99900 USD\n> ann buy 8 @ 100 on=LIN id=a")
    play(
        """
        > ann amend a 11 on=LIN
          refused: insufficient_balance
        > ann amend a @ 103 on=LIN
          refused: insufficient_balance
        > ann amend a 10 on=LIN
          amended a: 8 @ 100 becomes 10 @ 100 of 10, loses its place
          rests a: 10 @ 100
        > margins ann USD
          ann: equity 100, held 100, initial 0, free 0, spendable 0
        > ann amend a @ 106 on=LIN
          refused: price_above_band
        > ann amend a 4 on=LIN
          amended a: 10 @ 100 becomes 4 @ 100 of 4, keeps its place
        > margins ann USD
          ann: equity 100, held 40, initial 0, free 60, spendable 60
        > bob sell 1 @ 100 on=LIN id=b
          placed b: sell 1 @ 100
          margins b: cross x3
          trade 1: taker b sells 1 @ 100 = 100, fee 0 USD, filled
          trade 1: maker a buys 1 @ 100 = 100, fee 0 USD, 3 left
          bob LIN cross filled: -1 @ 100 makes -1 @ 100, cash 100000
          ann LIN cross filled: +1 @ 100 makes +1 @ 100, cash 100
        > ann amend a 1 on=LIN
          amended a: 3 @ 100 becomes 0 @ 100 of 1, loses its place
          canceled a: amended_to_filled, 0 left
        > margins ann USD
          ann: equity 100, held 0, initial 10, free 90, spendable 90
        """,
        floor,
    )
