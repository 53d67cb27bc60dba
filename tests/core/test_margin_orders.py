"""Orders of pockets that bring their margin, and the leverage of pockets; what goes back, each reason to refuse; ADR 0036."""

import pytest

from lonja.core import commands as c
from lonja.core.kinds import OrderType
from lonja.core.margin_commands import PlaceMarginOrder, SetPocketLeverage
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import POOLED, Floor, play

TIERS = """
    > margin_tier BTC-USD 1 base=100 quote=20000 imr=200000 mmr=50000
    > margin_tier BTC-USD 2 base=300 quote=60000 imr=300000 mmr=80000
    > ann pocket BTC-USD
"""
ANN, CAT, EVE, POCKET = 2, 4, 8, 9
LIN, PAIR, BTC, USD = 0, 2, 0, 1


def founded(more: str = "") -> Floor:
    """Ann's pocket has nothing yet; bob trades."""
    floor = Floor(POOLED + TIERS)
    floor.run(more) if more else None
    return floor


# Money comes with the order, and goes back.


def test_a_long_brings_its_margin_in_quote_and_gets_back_what_is_over() -> None:
    """20 at 100 by 5 need 400; the rest is borrowed. Sold at 120 and 110 they bring 300."""
    play(
        """
        > bob sell 20 @ 100
          placed #1: sell 20 @ 100
          rests #1: 20 @ 100
        > ann_pocket buy 20 @ 100 funds=USD
          transferred 400 USD: ann trading has 99600, ann_pocket trading has 400
          placed #2: buy 20 @ 100
          trade 1: taker #2 buys 20 @ 100 = 2000, fee 0 BTC, filled
          trade 1: maker #1 sells 20 @ 100 = 2000, fee 0 USD, filled
        > pocket ann_pocket
          ann_pocket x5: 20 and -1600, +20 @ 100.00, gained 0 and 0, equity 400, margins 320/80, ratio 5000000, ends at 84.00
        > bob buy 10 @ 120
          placed #3: buy 10 @ 120
          rests #3: 10 @ 120
        > bob buy 10 @ 110
          placed #4: buy 10 @ 110
          rests #4: 10 @ 110
        > ann_pocket sell 10 @ 120
          placed #5: sell 10 @ 120
          trade 2: taker #5 sells 10 @ 120 = 1200, fee 0 USD, filled
          trade 2: maker #3 buys 10 @ 120 = 1200, fee 0 BTC, filled
        > pocket ann_pocket
          ann_pocket x5: 10 and -400, +10 @ 100.00, gained 200 and 0, equity 600, margins 80/20, ratio 30000000, ends at 42.00
        > ann_pocket sell 500 market reduce
          ann_pocket only reduces by
          placed #6: sell 10 market
          trade 3: taker #6 sells 10 @ 110 = 1100, fee 0 USD, filled
          trade 3: maker #4 buys 10 @ 110 = 1100, fee 0 BTC, filled
          transferred 700 USD: ann_pocket trading has 0, ann trading has 100300
        > pocket ann_pocket
          ann_pocket x5: 0 and 0, +0 @ 0.00, gained 300 and 0, equity 0, margins 0/0, ratio 0, ends at 0.00
        """,
        Floor(POOLED + TIERS),
    )


def test_a_short_may_bring_either_currency() -> None:
    """By 5, 10 at 100 are margined by 200 dollars or 2 BTC, of which ann has none."""
    play(
        """
        > ann_pocket sell 10 @ 100 funds=BTC
          refused: insufficient_balance
        > ann_pocket sell 10 @ 100 funds=USD id=a
          transferred 200 USD: ann trading has 99800, ann_pocket trading has 200
          placed a: sell 10 @ 100
          rests a: 10 @ 100
        > bob buy 10 @ 100
          placed #1: buy 10 @ 100
          trade 1: taker #1 buys 10 @ 100 = 1000, fee 0 BTC, filled
          trade 1: maker a sells 10 @ 100 = 1000, fee 0 USD, filled
        > pocket ann_pocket
          ann_pocket x5: -10 and 1200, -10 @ 100.00, gained 0 and 0, equity 200, margins 200/50, ratio 4000000, ends at 114.29
        > bob sell 10 @ 90
          placed #2: sell 10 @ 90
          rests #2: 10 @ 90
        > ann_pocket buy 40 @ 95 reduce funds=USD
          ann_pocket only reduces by
          placed #3: buy 10 @ 95
          trade 2: taker #3 buys 10 @ 90 = 900, fee 0 BTC, filled
          trade 2: maker #2 sells 10 @ 90 = 900, fee 0 USD, filled
          transferred 300 USD: ann_pocket trading has 0, ann trading has 100100
        """,
        Floor(POOLED + TIERS),
    )


def test_money_goes_back_when_the_order_ends_without_a_fill() -> None:
    play(
        """
        > ann_pocket buy 10 @ 100 funds=USD id=a
          transferred 200 USD: ann trading has 99800, ann_pocket trading has 200
          placed a: buy 10 @ 100
          rests a: 10 @ 100
        > ann_pocket cancel a
          canceled a: user, 10 off the book @ 100
          transferred 200 USD: ann_pocket trading has 0, ann trading has 100000
        > ann_pocket buy 10 @ 100 ioc funds=USD
          transferred 200 USD: ann trading has 99800, ann_pocket trading has 200
          placed #1: buy 10 @ 100 ioc
          canceled #1: ioc_rest, 10 left
          transferred 200 USD: ann_pocket trading has 0, ann trading has 100000
        > ann_pocket buy 10 market funds=USD
          placed #2: buy 10 market
          canceled #2: no_liquidity, 10 left
        """,
        Floor(POOLED + TIERS),
    )


def test_what_an_order_gives_away_is_asked_for_besides() -> None:
    """At 110 a BTC that counts 100 costs 10 more each: of 220 there are 120 left, and the debt of 880 asks for 176."""
    floor = founded("> ann_pocket buy 10 @ 110 funds=USD")
    assert StateViews(floor.state).balance(POCKET, USD, 1).cash == 220 + 56


def test_a_market_order_by_value_brings_margin_for_what_it_would_trade() -> None:
    floor = founded("> bob sell 30 @ 100\n> ann_pocket buy for 1050 market funds=USD")
    assert StateViews(floor.state).balance(POCKET, USD, 1).cash == 200 - 1_000
    floor.run("> ann_pocket buy 5 market funds=BTC")
    assert StateViews(floor.state).balance(POCKET, USD, 1).cash == -800


def test_money_that_was_put_in_by_hand_stays_there() -> None:
    floor = founded("""> transfer ann 1000 USD trading trading to=ann_pocket
> bob sell 20 @ 100
> ann_pocket buy 20 @ 100
> bob buy 20 @ 100
> ann_pocket sell 20 @ 100""")
    assert StateViews(floor.state).balance(POCKET, USD, 1).cash == 1_000


def test_fees_leave_less_than_a_lot_that_the_desk_settles() -> None:
    """Buying back what is owed pays its fee in BTC; a lot more than that comes to whoever owns the pocket."""
    opening = POOLED.replace("currency BTC scale=0", "currency BTC scale=4").replace(
        "100 rate=900000", "10000000 rate=900000"
    )
    floor = Floor(
        opening.replace(
            "instrument BTC-USD base=BTC quote=USD", "instrument BTC-USD base=BTC quote=USD fee_group=1"
        ).replace("deposit bob 1000 BTC", "deposit bob 10000000 BTC\n    > fees tier=0 group=1 maker=0 taker=1000")
        + "    > margin_tier BTC-USD 1 base=1000000 quote=20000 imr=200000 mmr=50000\n    > ann pocket BTC-USD\n"
    )
    floor.run("""> bob buy 10 @ 100
> ann_pocket sell 10 @ 100 funds=USD
> bob sell 30 @ 100
> ann_pocket buy 30 @ 100 reduce""")
    views = StateViews(floor.state)
    assert views.pocket_position(POCKET).returns == 0
    assert (views.balance(POCKET, BTC, 1).cash, views.balance(POCKET, USD, 1).cash) == (0, 0)
    assert views.balance(ANN, BTC, 1).cash == 9_890


# Leverage.


def test_leverage_decides_what_a_debt_asks() -> None:
    """Lowering it is refused while the pocket does not bear it, raising it never."""
    play(
        """
        > ann pocket_lever 2 isolated on=BTC-USD
          leverage of ann BTC-USD pockets isolated: x2
        > ann_pocket buy 10 @ 100 funds=USD id=a
          transferred 500 USD: ann trading has 99500, ann_pocket trading has 500
          placed a: buy 10 @ 100
          rests a: 10 @ 100
        > ann pocket_lever 1 isolated on=BTC-USD
          leverage of ann BTC-USD pockets isolated: x1
        > ann pocket_lever 3 isolated on=BTC-USD
          leverage of ann BTC-USD pockets isolated: x3
        > ann_pocket amend a 14
          amended a: 10 @ 100 becomes 14 @ 100 of 14, loses its place
          rests a: 14 @ 100
        > ann pocket_lever 1 isolated on=BTC-USD
          refused: collateral_insufficient
        > ann pocket_lever 5 isolated on=BTC-USD
          leverage of ann BTC-USD pockets isolated: x5
        > ann pocket_lever 5 on=BTC-USD
          leverage of ann BTC-USD pockets cross: x5
        """,
        Floor(POOLED + TIERS),
    )


def test_leverages_come_back_from_a_snapshot_and_are_told_before_there_is_a_pocket() -> None:
    floor = founded(
        "> cat pocket_lever 2.5 isolated on=BTC-USD\n> bob sell 10 @ 100\n> ann_pocket buy 10 @ 100 funds=USD"
    )
    views = StateViews(load_state(dump_state(floor.state)))
    assert views.pocket_leverage(CAT, PAIR, 1) == 250
    assert (views.pocket_leverage(ANN, PAIR, 1), views.pocket_leverage(ANN, LIN, 1)) == (500, 0)
    assert views.pocket_position(POCKET) == StateViews(floor.state).pocket_position(POCKET)
    assert views.pocket_position(ANN) is None


# Refusals.


def invalid(**fields: tuple[object, ...]) -> list[Reason]:
    """One reason per bad value of a field."""
    return [Reason(Rejection.FIELD_INVALID, {name: value}) for name, values in fields.items() for value in values]


SPOT, FROZEN, POOR, POOR_POCKET = 10, 11, 12, 13
PEOPLE = """> account spot
> account frozen mode=2
> account poor mode=2
> deposit poor 100 USD
> poor pocket BTC-USD
> freeze frozen
> bob buy 50 @ 100
> ann_pocket sell 10 @ 100 funds=USD"""
LEVERAGE = SetPocketLeverage(account=ANN, instrument=PAIR, margin_mode=1, leverage=500)
ORDER = PlaceMarginOrder(
    account=POCKET, instrument=PAIR, side=1, price=100, size=5, margin_currency=USD, self_trade_prevention=1
)
TABLES: dict[str, tuple[c.Command, list[Reason]]] = {
    "leverage": (
        LEVERAGE,
        [
            *invalid(margin_mode=(2, -1)),
            *(Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in (-1, 1, 7, 99)),
            Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
            *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": instrument}) for instrument in (3, -1)),
            *(Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": account}) for account in (SPOT, POCKET)),
            Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": EVE, "margin_mode": 0}),
            *(Reason(Rejection.LEVERAGE_OUT_OF_RANGE, {"leverage": value}) for value in (99, 501, 0, -1)),
            Reason(Rejection.COLLATERAL_INSUFFICIENT, {"leverage": 499}),
        ],
    ),
    "order": (
        ORDER,
        [
            *invalid(reduce_only=(2, -1), margin_currency=(-2,), side=(2,)),
            *(Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in (-1, 1, 99)),
            Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
            *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": instrument}) for instrument in (3, -1)),
            Reason(Rejection.ORDER_KIND_INVALID, {"time_in_force": 2, "post_only": 1}),
            Reason(Rejection.SIZE_NOT_POSITIVE, {"size": 0}),
            Reason(Rejection.POSITION_NOT_FOUND, {"reduce_only": 1}),
            Reason(Rejection.INSUFFICIENT_BALANCE, {"account": POOR_POCKET, "size": 6}),
            Reason(Rejection.INSUFFICIENT_BALANCE, {"margin_currency": BTC}),
            Reason(Rejection.BORROW_LIMIT_REACHED, {"size": 291}),
        ],
    ),
}


@pytest.mark.parametrize("table", TABLES)
def test_each_reason_alone_is_told(table: str) -> None:
    expect_each(founded(PEOPLE), *TABLES[table])


@pytest.mark.parametrize("table", TABLES)
def test_of_two_reasons_the_first_is_told(table: str) -> None:
    expect_precedence(founded(PEOPLE), *TABLES[table], pairs_min=9)


@pytest.mark.parametrize("table", TABLES)
def test_the_sound_commands_of_the_tables_are_accepted(table: str) -> None:
    assert founded(PEOPLE).apply(TABLES[table][0])[0] == Rejection.NONE


@pytest.mark.parametrize(
    ("fields", "rejection"),
    [
        ({"reduce_only": 1, "size_unit": 1, "order_type": OrderType.MARKET, "price": 0}, Rejection.FIELD_INVALID),
        ({"account": ANN}, Rejection.ACCOUNT_MODE_FORBIDS),
        ({"account": ANN, "margin_currency": -1}, Rejection.ACCOUNT_MODE_FORBIDS),
        ({"margin_currency": -1}, Rejection.COLLATERAL_INSUFFICIENT),
        ({"margin_currency": 2}, Rejection.FIELD_INVALID),
    ],
)
def test_who_else_is_refused(fields: dict[str, int], rejection: Rejection) -> None:
    expect_each(founded(PEOPLE), ORDER, [Reason(rejection, fields)])


def test_nothing_has_a_leverage_where_nothing_is_lent() -> None:
    expect_each(founded(PEOPLE), LEVERAGE, [Reason(Rejection.MARGIN_NOT_OFFERED, {"instrument": LIN})])


def test_in_spot_mode_nobody_brings_margin() -> None:
    floor = founded()
    assert floor.apply(c.ConfigureAccount(account=ANN, account_mode=1))[0] == Rejection.NONE
    expect_each(floor, ORDER, [Reason(Rejection.ACCOUNT_MODE_FORBIDS, {})])


def test_what_has_no_price_is_not_borrowed() -> None:
    floor = Floor((POOLED + TIERS).replace("    > worth BTC 100\n", ""))
    expect_each(floor, ORDER, [Reason(Rejection.CURRENCY_PRICE_MISSING, {})])


def test_what_is_on_hold_does_not_become_a_margin() -> None:
    floor = founded("> keep ann 99900 USD id=1")
    expect_each(floor, ORDER, [Reason(Rejection.FUNDS_ON_HOLD, {"size": 6})])
    assert floor.apply(ORDER)[0] == Rejection.NONE


def test_the_switch_of_an_owner_cancels_what_its_pockets_ordered_whenever_they_were_opened() -> None:
    floor = Floor(POOLED)
    floor.run("> ann cancel_all_after 10000\n> eve cancel_all_after 10000\n" + TIERS.replace("    >", ">"))
    play(
        """
        > ann_pocket buy 5 @ 99 funds=USD id=a
          transferred 99 USD: ann trading has 99901, ann_pocket trading has 99
          placed a: buy 5 @ 99
          rests a: 5 @ 99
        > wait 10000
          canceled a: cancel_all_after, 5 off the book @ 99
          transferred 99 USD: ann_pocket trading has 0, ann trading has 100000
        """,
        floor,
    )


def test_a_position_that_is_bought_anew_for_ever_is_counted_no_further_than_a_word() -> None:
    """Ann moves what her pocket buys away and sells it again; her pocket owes a little more each time."""
    much = 2**61
    floor = Floor(f"""
        > currency BTC scale=0
        > currency USD scale=0
        > account ann mode=2
        > account bob mode=2
        > instrument BTC-USD base=BTC quote=USD price_scale=18
        > worth BTC 0.000001
        > worth USD 1
        > lend BTC limit=50 imr=200000 mmr=50000
        > lend USD limit=5000 imr=100000 mmr=30000
        > margin_tier BTC-USD 1 base=100 quote=20000 imr=200000 mmr=50000
        > deposit ann 1000 USD
        > deposit bob {much + 10**9} BTC
        > deposit bob 1000 USD
        > ann pocket BTC-USD
        > transfer ann 1 USD trading trading to=ann_pocket
        > bob sell {10**9} @ {10**9}
        > ann_pocket buy {10**9} @ {10**9}
    """)
    (pool,) = floor.state.pools.values()
    counted = []
    for _ in range(3):
        floor.run(
            f"> bob sell {much} @ 1\n> ann_pocket buy {much} @ 1\n> transfer ann_pocket {much} BTC trading trading to=ann"
        )
        floor.run(f"> ann sell {much} @ 1\n> bob buy {much} @ 1")
        counted.append(pool.lots)
    assert counted == [much, INT_MAX, INT_MAX]
    assert dump_state(load_state(dump_state(floor.state))) == dump_state(floor.state)
