"""Cross margin in spot instruments in futures mode: what a pocket counts for its owner, how it is over, how it ends; ADR 0036."""

import pytest

from lonja.core import accounts as a
from lonja.core import commands as c
from lonja.core.collateral_commands import ChangeLoan, SetAutoBorrow
from lonja.core.margin_commands import OpenCrossPocket, PlaceMarginOrder
from lonja.core.placing import OPEN_ORDERS_ACCOUNT_MAX
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import POOLED, Floor, play

FOUNDED = (
    POOLED
    + """
    > account dan mode=2
    > margin_tier BTC-USD 1 base=100 quote=20000 imr=200000 mmr=50000
    > margin_tier BTC-USD 2 base=300 quote=60000 imr=300000 mmr=80000
    > dan cross_pocket BTC-USD USD
    > dan cross_pocket BTC-USD BTC
"""
)
BTC, USD = 0, 1
ANN, EVE, DAN, IN_USD, IN_BTC = 2, 8, 9, 10, 11
LIN, PAIR = 0, 2


def founded(more: str = "") -> Floor:
    """Dan has 1,000 dollars and a pocket in each currency; bob and ann are rich."""
    floor = Floor(FOUNDED)
    floor.run("> deposit dan 1000 USD")
    floor.run(more) if more else None
    return floor


# What it counts.


def test_a_pocket_counts_among_the_cross_positions_of_its_margin_currency() -> None:
    """20 BTC for 2,000 borrowed dollars need 400; at 110 they have gained 200, which may be risked but not spent."""
    play(
        """
        > bob sell 20 @ 100
          placed #1: sell 20 @ 100
          rests #1: 20 @ 100
        > dan_USD buy 51 @ 100
          refused: collateral_insufficient
        > dan_USD buy 20 @ 100
          placed #2: buy 20 @ 100
          trade 1: taker #2 buys 20 @ 100 = 2000, fee 0 BTC, filled
          trade 1: maker #1 sells 20 @ 100 = 2000, fee 0 USD, filled
        > margins dan USD
          dan: equity 1000, held 0, initial 400, free 600, spendable 600
        > worth BTC 110
          BTC is worth 110
        > margins dan USD
          dan: equity 1200, held 0, initial 400, free 800, spendable 800
        > pocket dan_USD
          dan_USD x5: 20 and -2000, +20 @ 100.00, gained 0 and 200, equity 200, margins 400/100, ratio 12000000, ends at 55.00
        > worth BTC 70
          BTC is worth 70
        > margins dan USD
          dan: equity 400, held 0, initial 400, free 0, spendable 0
        > withdraw dan 1 USD
          refused: insufficient_funds
        > dan sell 1 @ 100 on=LIN
          refused: insufficient_balance
        """,
        founded(),
    )


def test_debts_to_come_need_their_margin_and_cost_what_they_give_away() -> None:
    """Of 1,000 dollars, 30 bid at 110 cost 300, and 660 are the margin of 3,300."""
    floor = founded("> dan_USD buy 30 @ 110 id=a")
    view = StateViews(floor.state).margin(DAN, USD)
    assert (view.free, view.cross_gain, view.initial_margin) == (1_000 - 300 - 660, 0, 660)
    floor.run("> dan_USD amend a 29\n> dan_USD cancel a")
    assert StateViews(floor.state).margin(DAN, USD).free == 1_000


def test_the_leverage_of_an_owner_holds_for_both_pockets() -> None:
    play(
        """
        > dan pocket_lever 2 on=BTC-USD
          leverage of dan BTC-USD pockets cross: x2
        > dan_USD buy 21 @ 100
          refused: collateral_insufficient
        > dan_USD buy 20 @ 100 id=a
          placed a: buy 20 @ 100
          rests a: 20 @ 100
        > dan pocket_lever 1.99 on=BTC-USD
          refused: collateral_insufficient
        > dan pocket_lever 5 on=BTC-USD
          leverage of dan BTC-USD pockets cross: x5
        """,
        founded(),
    )


def test_contracts_and_pockets_share_one_equity() -> None:
    """A loss of the contract takes from what the pocket may borrow, and the reverse."""
    floor = founded("> bob sell 5 @ 100 on=LIN\n> dan buy 5 @ 100 on=LIN")
    views = StateViews(floor.state)
    assert views.margin(DAN, USD).free == 1_000 - 167
    floor.run("> bob sell 30 @ 100\n> dan_USD buy 30 @ 100\n> mark LIN 90")
    assert views.margin(DAN, USD).free == 1_000 - 50 - 150 - 600
    floor.run("> worth BTC 95")
    assert views.margin(DAN, USD).free == 1_000 - 50 - 150 - 600 - 150
    assert StateViews(load_state(dump_state(floor.state))).margin(DAN, USD) == views.margin(DAN, USD)


# When it is over.


def test_a_profit_comes_to_the_cash_once_nothing_is_owed() -> None:
    """What is left of the asset comes with it."""
    play(
        """
        > bob sell 20 @ 100
          placed #1: sell 20 @ 100
          rests #1: 20 @ 100
        > dan_USD buy 20 @ 100
          placed #2: buy 20 @ 100
          trade 1: taker #2 buys 20 @ 100 = 2000, fee 0 BTC, filled
          trade 1: maker #1 sells 20 @ 100 = 2000, fee 0 USD, filled
        > bob buy 40 @ 125
          placed #3: buy 40 @ 125
          rests #3: 40 @ 125
        > dan_USD sell 10 @ 125
          placed #4: sell 10 @ 125
          trade 2: taker #4 sells 10 @ 125 = 1250, fee 0 USD, filled
          trade 2: maker #3 buys 10 @ 125 = 1250, fee 0 BTC, 30 left
        > dan_USD sell 7 @ 125
          placed #5: sell 7 @ 125
          trade 3: taker #5 sells 7 @ 125 = 875, fee 0 USD, filled
          trade 3: maker #3 buys 7 @ 125 = 875, fee 0 BTC, 23 left
          transferred 3 BTC: dan_USD trading has 0, dan trading has 3
          transferred 125 USD: dan_USD trading has 0, dan trading has 1125
        """,
        founded(),
    )


def test_a_loss_is_paid_from_the_cash_once_everything_is_sold() -> None:
    play(
        """
        > bob sell 20 @ 100
          placed #1: sell 20 @ 100
          rests #1: 20 @ 100
        > dan_USD buy 20 @ 100
          placed #2: buy 20 @ 100
          trade 1: taker #2 buys 20 @ 100 = 2000, fee 0 BTC, filled
          trade 1: maker #1 sells 20 @ 100 = 2000, fee 0 USD, filled
        > bob buy 40 @ 95
          placed #3: buy 40 @ 95
          rests #3: 40 @ 95
        > dan_USD sell 90 market reduce
          dan_USD only reduces by
          placed #4: sell 20 market
          trade 2: taker #4 sells 20 @ 95 = 1900, fee 0 USD, filled
          trade 2: maker #3 buys 20 @ 95 = 1900, fee 0 BTC, 20 left
          transferred 100 USD: dan trading has 900, dan_USD trading has 0
        """,
        founded(),
    )


def test_profit_is_counted_in_the_base_where_that_is_the_margin() -> None:
    """Short 10 at 100 on 5 BTC: the 1,000 dollars buy 12 back at 80, and 40 dollars are left."""
    play(
        """
        > deposit dan 5 BTC
          deposited 5 BTC: dan trading has 5
        > bob buy 10 @ 100
          placed #1: buy 10 @ 100
          rests #1: 10 @ 100
        > dan_BTC sell 10 @ 100
          placed #2: sell 10 @ 100
          trade 1: taker #2 sells 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker #1 buys 10 @ 100 = 1000, fee 0 BTC, filled
        > margins dan BTC
          dan: equity 5, held 0, initial 2, free 3, spendable 3
        > pocket dan_BTC
          dan_BTC x5: -10 and 1000, -10 @ 100.00, gained 0 and 0, equity 0, margins 2/1, ratio 10000000, ends at 181.82
        > worth BTC 80
          BTC is worth 80
        > margins dan BTC
          dan: equity 7, held 0, initial 2, free 5, spendable 5
        > bob sell 20 @ 80
          placed #3: sell 20 @ 80
          rests #3: 20 @ 80
        > dan_BTC buy for 1000 market
          placed #4: buy for 1000 market
          trade 2: taker #4 buys 12 @ 80 = 960, fee 0 BTC, filled
          trade 2: maker #3 sells 12 @ 80 = 960, fee 0 USD, 8 left
          transferred 40 USD: dan_BTC trading has 0, dan trading has 1040
          transferred 2 BTC: dan_BTC trading has 0, dan trading has 7
        """,
        founded(),
    )


def test_an_order_that_lowers_the_risk_may_be_placed_without_anything_free() -> None:
    floor = founded("> bob sell 40 @ 100\n> dan_USD buy 40 @ 100\n> worth BTC 85")
    views = StateViews(floor.state)
    assert views.margin(DAN, USD).free < 0
    floor.run("> bob buy 40 @ 85\n> dan_USD sell 10 @ 85")
    assert views.pocket_position(IN_USD).base == 30
    assert floor.apply(PlaceMarginOrder(account=IN_USD, instrument=PAIR, side=0, price=85, size=1))[0] == (
        Rejection.COLLATERAL_INSUFFICIENT
    )


# How it ends.


def test_a_pocket_is_warned_of_and_taken_over_with_a_penalty_of_its_debt() -> None:
    """40 BTC owe 4,000: at 80 equity is 200, and 200 are required. Nothing is lent at a penalty here, so dan keeps it."""
    play(
        """
        > bob sell 40 @ 100
          placed #1: sell 40 @ 100
          rests #1: 40 @ 100
        > dan_USD buy 40 @ 100
          placed #2: buy 40 @ 100
          trade 1: taker #2 buys 40 @ 100 = 4000, fee 0 BTC, filled
          trade 1: maker #1 sells 40 @ 100 = 4000, fee 0 USD, filled
        > dan_USD sell 1 @ 130 id=a
          placed a: sell 1 @ 130
          rests a: 1 @ 130
        > worth BTC 90
          BTC is worth 90
          warned dan_USD: ratio 3000000 ppm
        > worth BTC 80
          BTC is worth 80
          canceled a: liquidated, 1 off the book @ 130
          taken over: dan_USD had 40 and -4000, -800 USD for dan, cash 200, desk 40 and -3200
        """,
        founded(),
    )


def test_the_penalty_is_no_more_than_what_is_left() -> None:
    """Short 12 on 250 dollars: at 116 the penalty of 2 % takes 28 of 58, at 119 it would be 29 of 22."""
    short = "> withdraw dan 750 USD\n> bob buy 12 @ 100\n> dan_USD sell 12 @ 100"
    told = founded(short).run("> worth BTC 116")
    assert "warned dan_USD" in told
    assert "taken over: dan_USD had -12 and 1200, -220 USD for dan, cash 30, desk -12 and 1420" in told
    told = founded(short).run("> worth BTC 119")
    assert "taken over: dan_USD had -12 and 1200, -250 USD for dan, cash 0, desk -12 and 1450" in told


def test_nothing_worse_than_nothing_is_left_when_the_price_jumps() -> None:
    """At 140 the 12 that are owed lack 480 dollars, dan has 250: the desk bears the rest."""
    floor = founded("> withdraw dan 750 USD\n> bob buy 12 @ 100\n> dan_USD sell 12 @ 100")
    told = floor.run("> worth BTC 140")
    assert "taken over: dan_USD had -12 and 1200, -250 USD for dan, cash 0, desk -12 and 1450" in told


def test_what_requires_most_goes_first_positions_and_pockets_alike() -> None:
    """The pocket requires 150, the contract 5: once the pocket is over, the contract may stay."""
    floor = founded(
        "> bob sell 10 @ 100 on=LIN\n> dan buy 10 @ 100 on=LIN\n> bob sell 30 @ 100\n> dan_USD buy 30 @ 100"
    )
    told = floor.run("> worth BTC 71")
    assert "taken over: dan_USD had 30 and -3000, -870 USD for dan, cash 130" in told
    assert "warned dan LIN cross" in told
    assert "taken over dan LIN" not in told


def test_a_mark_price_ends_pockets_too() -> None:
    """The contract requires more: it goes first, and takes its part of the equity."""
    floor = founded("> bob sell 25 @ 100 on=LIN\n> dan buy 25 @ 100 on=LIN\n> bob sell 1 @ 100\n> dan_USD buy 1 @ 100")
    told = floor.run("> mark LIN 60")
    assert told.index("taken over dan LIN") < told.index("taken over: dan_USD had 1 and -100")
    assert StateViews(floor.state).balance(DAN, USD, 1).cash == 0


def test_of_several_positions_the_one_that_requires_most_goes_first() -> None:
    floor = founded("""> contract LIN2 family=LINEAR base=BTC quote=USD
> mark LIN2 100
> bob sell 25 @ 100 on=LIN
> dan buy 25 @ 100 on=LIN
> bob sell 1 @ 100 on=LIN2
> dan buy 1 @ 100 on=LIN2
> bob sell 1 @ 100
> dan_USD buy 1 @ 100""")
    told = floor.run("> mark LIN 60")
    order = [
        told.index(words) for words in ("taken over dan LIN cross", "dan_USD had 1 and -100", "taken over dan LIN2")
    ]
    assert order == sorted(order)


def test_pockets_of_one_currency_are_looked_at_together() -> None:
    """Each alone could stay, with 600 of 1,000 dollars. Together 200 are left, and 200 required, so one of them ends."""
    floor = founded("""> instrument BTC-USD2 base=BTC quote=USD
> margin_tier BTC-USD2 1 base=100 quote=20000 imr=200000 mmr=50000
> bob sell 20 @ 100
> dan_USD buy 20 @ 100""")
    # Asked for again, it is found.
    floor.run("> dan cross_pocket BTC-USD2 USD\n> dan cross_pocket BTC-USD2 USD\n> bob sell 20 @ 100 on=BTC-USD2")
    order = PlaceMarginOrder(account=12, instrument=3, side=0, price=100, size=20)
    assert floor.apply(order)[0] == Rejection.NONE
    told = floor.run("> worth BTC 80")
    assert told.count("warned") == 2
    assert told.count("taken over") == 1
    assert StateViews(floor.state).margin(DAN, USD).ratio_ppm == 2_000_000


def test_what_was_remembered_of_positions_is_forgotten_when_a_pocket_is_opened() -> None:
    """Ann's position is known to be far from liquidation until a pocket stands beside it."""
    floor = founded("> bob sell 30 @ 100 on=LIN\n> ann buy 30 @ 100 on=LIN\n> withdraw ann 96000 USD\n> mark LIN 101")
    views = StateViews(floor.state)
    assert views.margin(ANN, USD).free == 4_000 + 30 - 1_010
    floor.run("> ann cross_pocket BTC-USD USD\n> bob sell 60 @ 100\n> ann_USD buy 60 @ 100\n> worth BTC 50")
    assert views.margin(ANN, USD).free == 4_000 + 30 - 1_010 - 3_000 - 1_200
    assert "warned ann LIN cross" in floor.run("> mark LIN 95")


def test_where_enough_stands_beside_no_price_ends_it() -> None:
    floor = founded("> deposit dan 9000 USD\n> bob sell 20 @ 100\n> dan_USD buy 20 @ 100")
    view = StateViews(floor.state).pocket_position(IN_USD)
    assert view is not None
    assert (view.liquidation_ticks, view.liquidation_parts) == (0, 0)
    assert view.margin_currency == USD


def test_the_desk_pays_what_a_closed_pocket_lacks() -> None:
    """Nothing but the loss of all cash in between brings it about."""
    floor = founded("> bob sell 10 @ 100\n> dan_USD buy 10 @ 100\n> dan_USD sell 10 @ 95")
    for account, sign in ((DAN, -1), (0, 1)):
        slot = floor.state.slot(account, USD, 1 if account else 0)
        floor.state.ledger.post(slot, sign * 1_000, floor.time_ms)
        floor.mirror.cash[account, USD, 1 if account else 0] += sign * 1_000
    told = floor.run("> bob buy 10 @ 95")
    assert "transferred 50 USD: dan trading has -50, dan_USD trading has 0" in told
    assert "debt of dan covered: 50 USD, desk -50" in told


def test_less_than_a_lot_that_fees_leave_goes_to_the_desk_for_its_worth() -> None:
    """Of 10 bought a fee of 0.1 % leaves 9.99, and no order can sell the 0.99."""
    opening = FOUNDED.replace("currency BTC scale=0", "currency BTC scale=2").replace(
        "=100 rate=900", "=100000 rate=900"
    )
    opening = opening.replace("base=BTC quote=USD\n    > worth", "base=BTC quote=USD fee_group=1\n    > worth")
    opening = opening.replace("base=100 quote", "base=10000 quote").replace("base=300 quote", "base=30000 quote")
    floor = Floor(opening.replace("1000 BTC", "100000 BTC") + "    > fees tier=0 group=1 maker=0 taker=1000\n")
    floor.run("> deposit dan 1000 USD\n> bob sell 10 @ 100\n> dan_USD buy 10 @ 100\n> bob buy 50 @ 90")
    told = floor.run("> dan_USD sell 50 market reduce")
    assert "collateral of dan_USD: 99 BTC pay 99 USD" in told
    views = StateViews(floor.state)
    assert [views.balance(IN_USD, code, 1).cash for code in (BTC, USD)] == [0, 0]
    assert views.balance(DAN, USD, 1).cash == 1_000 - 1_000 + 810 - 1 + 99


def test_orders_are_canceled_while_what_they_may_cost_is_not_covered() -> None:
    """An ask at 60 may cost 20 a BTC: with 20 of them there is no more than what is required."""
    floor = founded("> bob sell 20 @ 100\n> dan_USD buy 20 @ 100\n> dan_USD buy 20 @ 100 id=a")
    assert "canceled a: liquidated" in floor.run("> worth BTC 74")


def test_interest_is_paid_by_the_pocket() -> None:
    floor = founded("> bob sell 20 @ 100\n> dan_USD buy 20 @ 100")
    assert "interest of dan_USD: 2 USD on 2000, cash -2002, desk 2" in floor.run("> interest USD 1000000000")
    assert StateViews(floor.state).margin(DAN, USD).cross_gain == -2


# Who may.


OPEN = OpenCrossPocket(account=ANN, instrument=PAIR, currency=USD)
SPOT, FROZEN = 12, 13
REASONS = [
    *(Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in (-1, 1, 7, 99)),
    Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
    *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": instrument}) for instrument in (3, -1)),
    *(Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": account}) for account in (EVE, SPOT, IN_USD)),
    Reason(Rejection.MARGIN_NOT_OFFERED, {"instrument": LIN}),
]
PEOPLE = "> account spot\n> account frozen mode=2\n> freeze frozen"


def test_each_reason_not_to_open_one_is_told() -> None:
    expect_each(founded(PEOPLE), OPEN, REASONS)
    expect_precedence(founded(PEOPLE), OPEN, REASONS, pairs_min=10)
    expect_each(founded(PEOPLE), OPEN, [Reason(Rejection.FIELD_INVALID, {"currency": code}) for code in (2, -1)])
    assert founded(PEOPLE).apply(OPEN)[0] == Rejection.NONE


@pytest.mark.parametrize(
    "command",
    [
        c.Deposit(account=IN_USD, currency=USD, ledger=1, amount=5),
        c.Transfer(account=DAN, currency=USD, amount=5, from_ledger=1, to_ledger=1, to_account=IN_USD),
        c.Transfer(account=IN_USD, currency=USD, amount=5, from_ledger=1, to_ledger=1, to_account=DAN),
        c.Withdraw(account=IN_USD, currency=USD, ledger=1, amount=5),
        ChangeLoan(account=IN_USD, currency=USD, amount=5),
        SetAutoBorrow(account=IN_USD, enabled=0),
        PlaceMarginOrder(account=IN_USD, instrument=PAIR, price=100, size=1, margin_currency=USD),
        c.ConfigureAccount(account=IN_USD, account_mode=2),
    ],
)
def test_a_pocket_has_no_money_of_its_own(command: c.Command) -> None:
    expect_each(founded(), command, [Reason(Rejection.ACCOUNT_MODE_FORBIDS, {})])


def test_another_mode_waits_until_the_pocket_is_empty_and_closes_it() -> None:
    floor = founded("> dan_USD buy 1 @ 100 id=a")
    change = c.ConfigureAccount(account=DAN, account_mode=3)
    expect_each(floor, change, [Reason(Rejection.POSITIONS_OR_ORDERS_OPEN, {})])
    floor.run("> dan_USD cancel a")
    assert floor.apply(change)[0] == Rejection.NONE
    order = PlaceMarginOrder(account=IN_USD, instrument=PAIR, price=100, size=1)
    expect_each(floor, order, [Reason(Rejection.ACCOUNT_MODE_FORBIDS, {})])


def test_an_order_needs_prices_and_a_limit() -> None:
    order = PlaceMarginOrder(account=IN_USD, instrument=PAIR, price=1, size=10)
    expect_each(founded(), order, [Reason(Rejection.BORROW_LIMIT_REACHED, {"side": 1, "size": 301})])
    floor = Floor(FOUNDED.replace("    > worth BTC 100\n", ""))
    expect_each(floor, order, [Reason(Rejection.CURRENCY_PRICE_MISSING, {})])


def test_no_fund_pays_what_orders_of_a_pocket_may_cost() -> None:
    """The delivery costs 1,980 of 2,500; 20 offered at 100 while they are worth 150 would cost 1,000, so they are canceled."""
    floor = founded("""> family DATED settle=USD kind=3
> tier DATED 1 size=10000 mmr=5000 imr=10000 lever=100
> contract END family=DATED base=BTC quote=USD expiry_ms=1790000100000
> endow DATED 10000
> mark END 100
> bob sell 30 @ 100
> dan_USD buy 30 @ 100
> worth BTC 150
> bob sell 20 @ 100 on=END
> dan buy 20 @ 100 on=END
> dan_USD sell 20 @ 100 id=x""")
    play(
        """
        > deliver END 1
          END delivered at 1
          bob END cross delivered: +20 @ 1 makes flat, gained 1980, cash 104980
          dan END cross delivered: -20 @ 1 makes flat, gained -1980, cash -980
          canceled x: liquidated, 20 off the book @ 100
        > margins dan USD
          dan: equity 520, held 0, initial 600, free -80, spendable -980
        """,
        floor,
    )


def test_pockets_of_an_owner_share_one_cap_on_open_orders() -> None:
    """What one order of a cross pocket costs to admit grows with the orders of all of them."""
    floor = founded()
    order = c.PlaceOrder(account=IN_USD, instrument=PAIR, price=99, size=1)
    floor.state.accounts.set(IN_BTC, a.OPEN_COUNT, OPEN_ORDERS_ACCOUNT_MAX - 1)
    assert floor.apply_unchecked(order)[0] == Rejection.NONE
    assert floor.apply_unchecked(order)[0] == Rejection.OPEN_ORDERS_ACCOUNT_MAX
    assert floor.apply_unchecked(order._replace(time_in_force=1))[0] == Rejection.NONE
    assert floor.apply_unchecked(order._replace(account=DAN, price=1))[0] == Rejection.NONE


def test_a_stop_loss_that_outlives_its_position_opens_no_other() -> None:
    """The position was closed by hand; what bids at the trigger are is nobody's loss."""
    floor = founded(
        "> deposit ann 10 BTC\n> bob sell 20 @ 100\n> dan_USD attach loss_trigger=90\n> dan_USD buy 10 @ 100"
    )
    floor.run("> bob buy 10 @ 99\n> dan_USD sell 10 @ 99\n> bob buy 10 @ 89\n> bob buy 1 @ 90")
    play(
        """
        > ann sell 1 @ 90
          placed #7: sell 1 @ 90
          trade 3: taker #7 sells 1 @ 90 = 90, fee 0 USD, filled
          trade 3: maker #6 buys 1 @ 90 = 90, fee 0 BTC, filled
          algo %1 stop_loss at 90: orders 10
          algo %1 order_failed: order_refused, position_not_found
        > balances dan dan_USD
          dan: 0 BTC, 990 USD
          dan_USD: 0 BTC, 0 USD
        """,
        floor,
    )


def test_a_stop_loss_closes_what_is_left_of_its_position() -> None:
    floor = founded(
        "> deposit ann 10 BTC\n> bob sell 20 @ 100\n> dan_USD attach loss_trigger=90\n> dan_USD buy 10 @ 100"
    )
    floor.run("> bob buy 4 @ 99\n> dan_USD sell 4 @ 99\n> bob buy 10 @ 89\n> bob buy 1 @ 90\n> ann sell 1 @ 90")
    (view,) = [StateViews(floor.state).pocket_position(IN_USD)]
    assert view is not None
    assert (view.lots, view.base, view.quote) == (0, 0, 0)
    assert StateViews(floor.state).margin(DAN, USD).cash == 1_000 - 4 - 66
