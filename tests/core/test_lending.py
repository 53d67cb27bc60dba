"""Prices, discount tiers, terms, auto-borrow and interest: what they ask, what they tell, and what reads them."""

import pytest

from lonja.core import commands as c
from lonja.core.collateral_commands import (
    AccrueInterest,
    ChangeLoan,
    DefineBorrowTerms,
    DefineDiscountTier,
    SetAutoBorrow,
    SetCurrencyPrice,
)
from lonja.core.lending import LIMIT_MAX, TIERS_MAX
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import CONTRACTS, POOLED, Floor, play

INVALID = Rejection.FIELD_INVALID
BTC, USD = 0, 1
ANN, EVE = 2, 8
BEYOND = (-1, INT_MAX + 1, 2**63 - 1, -(2**63))


def invalid(**fields: tuple[object, ...]) -> list[Reason]:
    """One reason per bad value of a field."""
    return [Reason(INVALID, {name: value}) for name, values in fields.items() for value in values]


def no_currency() -> list[Reason]:
    """Currencies that there are not."""
    return [Reason(Rejection.CURRENCY_NOT_FOUND, {"currency": currency}) for currency in (2, -1)]


TERMS = DefineBorrowTerms(
    currency=BTC, limit_max=9, initial_ppm=100_000, maintenance_ppm=50_000, penalty_ppm=10_000, interest_free=3
)
TABLES: dict[str, tuple[c.Command, list[Reason]]] = {
    "price": (SetCurrencyPrice(currency=BTC, price=7), [*invalid(price=(0, *BEYOND)), *no_currency()]),
    "tier": (
        DefineDiscountTier(currency=BTC, tier=2, amount_max=500, rate_ppm=500_000),
        [
            *invalid(amount_max=(0, *BEYOND), rate_ppm=(-1, 1_000_001), tier=(0, -1, TIERS_MAX + 1)),
            *no_currency(),
        ],
    ),
    "terms": (
        TERMS,
        [
            *invalid(limit_max=(-1, LIMIT_MAX + 1), initial_ppm=(49_999, 1_000_001), penalty_ppm=(-1, 50_001)),
            *invalid(maintenance_ppm=(0, 9_999, 100_001, -1), interest_free=BEYOND),
            *no_currency(),
        ],
    ),
    "auto-borrow": (
        SetAutoBorrow(account=EVE, enabled=1),
        [
            *invalid(enabled=(-1, 2)),
            *(Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in (-1, 1, 7, 99)),
            Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": ANN}),
        ],
    ),
    "loan": (
        ChangeLoan(account=EVE, currency=BTC, amount=1),
        [
            *invalid(amount=(INT_MAX + 1, -INT_MAX - 1, 2**63 - 1, -(2**63))),
            *(Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in (-1, 1, 7, 99)),
            *no_currency(),
            Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": ANN}),
            Reason(Rejection.BORROW_LIMIT_REACHED, {"amount": 51}),
            Reason(Rejection.COLLATERAL_INSUFFICIENT, {"amount": 46}),
            Reason(Rejection.NOTHING_BORROWED, {"amount": -1}),
            Reason(Rejection.AMOUNT_NOT_POSITIVE, {"amount": 0}),
        ],
    ),
    "interest": (
        AccrueInterest(currency=BTC, rate=10**9, hour_ms=3_600_000),
        [*invalid(rate=(-1, 10**12 + 1), hour_ms=(-1,)), *no_currency()],
    ),
}


def founded() -> Floor:
    """Eve has 900 dollars."""
    floor = Floor(POOLED)
    floor.run("> deposit eve 900 USD")
    return floor


@pytest.mark.parametrize("table", TABLES)
def test_each_reason_alone_is_told(table: str) -> None:
    expect_each(founded(), *TABLES[table])


@pytest.mark.parametrize("table", TABLES)
def test_of_two_reasons_the_first_is_told(table: str) -> None:
    expect_precedence(founded(), *TABLES[table], pairs_min=2)


@pytest.mark.parametrize("table", TABLES)
def test_the_sound_commands_of_the_tables_are_accepted(table: str) -> None:
    assert founded().apply(TABLES[table][0])[0] == Rejection.NONE


@pytest.mark.parametrize(
    ("tier", "amount_max", "rate_ppm", "fits"),
    [
        (1, 999, 500_000, True),
        (1, 1_000, 900_000, False),
        (1, 999, 499_999, False),
        (2, 101, 900_000, True),
        (2, 100, 500_000, False),
        (2, 1_000, 900_001, False),
        (3, 1_001, 500_000, True),
        (3, 1_000, 400_000, False),
        (4, 5_000, 100_000, False),
    ],
)
def test_tiers_grow_and_count_less_and_less(tier: int, amount_max: int, rate_ppm: int, fits: bool) -> None:
    command = DefineDiscountTier(currency=BTC, tier=tier, amount_max=amount_max, rate_ppm=rate_ppm)
    rejection, _ = Floor(POOLED).apply(command)
    assert rejection == (Rejection.NONE if fits else INVALID)


def test_the_first_definition_opens_the_lending_desk() -> None:
    floor = Floor(CONTRACTS)
    assert StateViews(floor.state).lending_desk() == -1
    play(
        """
        > account eve mode=3
          refused: account_mode_forbids
        > worth BTC 100
          lending desk: account 7
          BTC is worth 100
        > lend BTC limit=5 imr=1000 mmr=1000
          BTC is lent up to 5: 1000/1000/0 ppm
        > account eve kind=0 mode=3
          refused: account_mode_forbids
        > account eve mode=3
          account 8: eve, cancel_maker, tier 0
        > configure fund_LINEAR mode=3
          refused: account_mode_forbids
        > configure ann mode=3
          configured ann: cancel_maker, tier 0, multi_currency mode
        > configure ann mode=1
          configured ann: cancel_maker, tier 0
        """,
        floor,
    )
    assert StateViews(floor.state).lending_desk() == 7


@pytest.mark.parametrize("line", ["discount BTC 1 to=1 rate=1", "lend BTC limit=5 imr=1000 mmr=1000", "worth USD 2"])
def test_every_definition_opens_it(line: str) -> None:
    floor = Floor(CONTRACTS)
    floor.run(f"> {line}")
    assert floor.state.desk == 7


def test_a_currency_called_usdt_is_worth_a_dollar_until_told() -> None:
    floor = Floor("")
    floor.run("> currency USDT scale=6\n> currency EUR scale=2\n> worth EUR 1.1")
    views = StateViews(floor.state)
    assert [views.currency_terms(currency).price for currency in (0, 1)] == [10**12, 11 * 10**11]
    floor.run("> worth USDT 0.99")
    assert views.currency_terms(0).price == 99 * 10**10


def test_interest_is_owed_by_cash_below_zero_beyond_what_is_free_of_it() -> None:
    """Of 20 BTC 5 are free; 0.1 % of 15 is 0.015, rounded up. What is not owed bears nothing."""
    play(
        """
        > deposit eve 2000 USD
          deposited 2000 USD: eve trading has 2000
        > lend BTC limit=50 imr=200000 mmr=50000 free=5
          BTC is lent up to 50: 200000/50000/0 ppm
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 20 @ 100 id=a
          placed a: sell 20 @ 100
          rests a: 20 @ 100
        > interest BTC 1000000000
        > bob buy 20 @ 100
          placed #1: buy 20 @ 100
          trade 1: taker #1 buys 20 @ 100 = 2000, fee 0 BTC, filled
          trade 1: maker a sells 20 @ 100 = 2000, fee 0 USD, filled
        > interest BTC 0
        > interest USD 1000000000
        > interest BTC 1000000000
          interest of eve: 1 BTC on 15, cash -21, desk 1
        > interest BTC 200000000000
          interest of eve: 4 BTC on 16, cash -25, desk 5
        """,
        Floor(POOLED),
    )


def test_a_loan_may_be_spent_but_does_not_leave() -> None:
    """900 of collateral carry 45 BTC at a fifth. What is spent of them needs its margin, as any debt."""
    play(
        """
        > deposit eve 900 USD
          deposited 900 USD: eve trading has 900
        > eve borrow 46 BTC
          refused: collateral_insufficient
        > eve borrow 20 BTC
          loan of eve: +20 to 20 BTC, cash 20, desk -20
        > collateral eve
          eve: equity 900, orders cost 0, needed 0, borrowed 0, free 900
        > transfer eve 1 BTC trading funding
          refused: insufficient_funds
        > eve sell 21 @ 100 id=a
          refused: insufficient_balance
        > eve sell 15 @ 100 id=a
          placed a: sell 15 @ 100
          rests a: 15 @ 100
        > eve repay 6 BTC
          refused: insufficient_funds
        > eve repay 21 BTC
          refused: nothing_borrowed
        > eve repay 5 BTC
          loan of eve: -5 to 15 BTC, cash 15, desk -15
        > bob buy 15 @ 100
          placed #1: buy 15 @ 100
          trade 1: taker #1 buys 15 @ 100 = 1500, fee 0 BTC, filled
          trade 1: maker a sells 15 @ 100 = 1500, fee 0 USD, filled
        > collateral eve
          eve: equity 900, orders cost 0, needed 0, borrowed 300, free 600
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 36 @ 100 id=b
          refused: borrow_limit_reached
        > eve sell 10 @ 100 id=b
          placed b: sell 10 @ 100
          rests b: 10 @ 100
        > eve borrow 26 BTC
          refused: borrow_limit_reached
        > interest BTC 1000000000
          interest of eve: 1 BTC on 15, cash -1, desk -14
        > configure eve mode=2
          refused: liability_open
        > currency EUR scale=0
          currency 2: EUR, scale 0
        > eve borrow 1 EUR
          refused: currency_price_missing
        > freeze eve
          configured eve: cancel_maker, tier 0, multi_currency mode, frozen
          canceled b: account_frozen, 10 off the book @ 100
        > eve borrow 1 BTC
          refused: account_frozen
        > eve auto_borrow off
          refused: account_frozen
        """,
        Floor(POOLED),
    )


def test_loans_are_repaid_first_in_a_liquidation() -> None:
    """15 of 20 borrowed BTC were sold: 5 repay, and what is missing is bought."""
    play(
        """
        > deposit eve 500 USD
          deposited 500 USD: eve trading has 500
        > eve borrow 20 BTC
          loan of eve: +20 to 20 BTC, cash 20, desk -20
        > eve borrow 3 USD
          loan of eve: +3 to 3 USD, cash 503, desk -3
        > eve sell 15 @ 100 id=a
          placed a: sell 15 @ 100
          rests a: 15 @ 100
        > bob buy 15 @ 100
          placed #1: buy 15 @ 100
          trade 1: taker #1 buys 15 @ 100 = 1500, fee 0 BTC, filled
          trade 1: maker a sells 15 @ 100 = 1500, fee 0 USD, filled
        > worth BTC 128
          BTC is worth 128
          warned eve: ratio 833333 ppm
          loan of eve: -20 to 0 BTC, cash -15, desk 0
          loan of eve: -3 to 0 USD, cash 2000, desk 0
          collateral of eve: 1959 USD pay 15 BTC, cash 41 and 0, desk 1959 and -15
        """,
        Floor(POOLED),
    )


def test_interest_may_liquidate() -> None:
    """Two thirds of 20 BTC more are owed than 4000 USD are worth."""
    play(
        """
        > deposit eve 2000 USD
          deposited 2000 USD: eve trading has 2000
        > eve auto_borrow on
          auto-borrow of eve: on
        > eve sell 20 @ 100 id=a
          placed a: sell 20 @ 100
          rests a: 20 @ 100
        > bob buy 20 @ 100
          placed #1: buy 20 @ 100
          trade 1: taker #1 buys 20 @ 100 = 2000, fee 0 BTC, filled
          trade 1: maker a sells 20 @ 100 = 2000, fee 0 USD, filled
        > interest BTC 1000000000000
          interest of eve: 20 BTC on 20, cash -40, desk 20
          warned eve: ratio 0 ppm
          collateral of eve: 4000 USD pay 39 BTC, cash 0 and -1, desk 4000 and -19
          debt of eve covered: 1 BTC, desk -20
        """,
        Floor(POOLED),
    )


def borrower() -> Floor:
    """Eve owes 20 BTC, orders 5 more, holds 10 lots of LIN cross and 2 isolated."""
    floor = Floor(POOLED)
    floor.run("""> deposit eve 3000 USD
> eve auto_borrow on
> eve sell 20 @ 100 id=a
> bob buy 20 @ 100
> eve sell 5 @ 100 id=b
> bob sell 12 @ 100 on=LIN
> eve buy 10 @ 100 on=LIN id=c
> eve buy 2 @ 100 on=LIN id=d isolated
> eve buy 7 @ 90 on=LIN id=e
> eve lever 5 on=INV
> eve algo trigger sell 1 trigger_price=50 on=LIN
> mark LIN 98""")
    return floor


def test_views_tell_what_is_owned_and_owed() -> None:
    floor = borrower()
    views = StateViews(floor.state)
    view = views.collateral(EVE)
    dollar = 10**8
    # 5000 less 66 of margin, less 20 of loss, less 20 BTC; and 66 of margin that lost 4.
    assert (view.total_equity, view.isolated_equity) == (2_976 * dollar, 62 * dollar)
    assert (view.notional, view.borrowed) == (12 * 98 * dollar, 2_000 * dollar)
    assert (view.adjusted_equity, view.order_cost) == (2_914 * dollar, 0)
    # 980 / 3 rounded up, 210 of orders, and a fifth of 2500.
    assert view.initial_margin == (327 + 210 + 500) * dollar
    assert view.maintenance_margin == (100 + 980 * 0.005) * dollar
    assert view.free == view.adjusted_equity - view.initial_margin
    assert view.ratio_ppm == 2_914 * 10**6 * 10 // 1_049
    assert view.auto_borrow == 1
    bitcoin, dollars = views.liabilities(EVE)
    assert bitcoin == (EVE, BTC, -20, -2_000 * dollar, 20, 0, 5, 500 * dollar, 25)
    assert dollars == (EVE, USD, 4_914, 4_914 * dollar, 0, 0, 0, 0, 5_000)
    assert views.liabilities(ANN) == []
    assert views.collateral(ANN)[1:] == (100_000 * dollar, *[0] * 10)


def test_positions_tell_the_ratio_of_the_account_and_where_it_ends() -> None:
    floor = borrower()
    views = StateViews(floor.state)
    (cross,) = [p for p in views.positions(EVE) if p.lots and p.margin_mode == 0]
    assert cross.ratio_ppm == views.collateral(EVE).ratio_ppm == views.margin(EVE, USD).ratio_ppm
    # It would have to fall below nothing.
    assert (cross.liquidation_ticks, cross.liquidation_parts) == (0, 0)
    floor.run("> worth BTC 220\n> mark LIN 97")
    (cross,) = [p for p in views.positions(EVE) if p.lots and p.margin_mode == 0]
    # 4934 and 10 p less 1000 less 4400 are 220 and 0.05 p at 68.9.
    assert cross.liquidation_ticks == 68
    floor.run("> mark LIN 69")
    assert [p.lots for p in views.positions(EVE) if p.instrument == p.margin_mode == 0] == [10]
    floor.run("> mark LIN 68")
    assert [p.lots for p in views.positions(EVE) if p.instrument == p.margin_mode == 0] == [0]


def test_no_price_ends_what_counts_nothing() -> None:
    """What is won beyond the last tier counts nothing, so nothing is lost with it either."""
    floor = Floor(POOLED)
    floor.run("> deposit eve 1500000 USD\n> bob sell 10 @ 100 on=LIN\n> eve buy 10 @ 100 on=LIN")
    (cross,) = StateViews(floor.state).positions(EVE)
    assert (cross.liquidation_ticks, cross.liquidation_parts) == (0, 0)


def test_a_loan_needs_a_price_terms_and_collateral() -> None:
    floor = Floor(POOLED)
    views = StateViews(floor.state)
    floor.run("> deposit eve 100 USD\n> deposit eve 1 BTC")
    assert [view.max_loan for view in views.liabilities(EVE)] == [9, 1_900]
    floor.run("> currency EUR scale=0\n> lend EUR limit=5 imr=10 mmr=10\n> deposit eve 1 EUR")
    assert views.liabilities(EVE)[2].max_loan == 0
    floor.run("> worth EUR 1")
    assert views.liabilities(EVE)[2].max_loan == 5
    floor.run("> currency YEN scale=0\n> worth YEN 1\n> deposit eve 1 YEN")
    assert views.liabilities(EVE)[3].max_loan == 0, "nothing is lent without terms"
    floor.run("> discount BTC 2 to=1000 rate=0\n> discount BTC 1 to=1 rate=0")
    assert views.collateral(EVE).free == 10**10


def test_terms_are_told() -> None:
    views = StateViews(Floor(POOLED).state)
    assert views.currency_terms(BTC) == (
        BTC,
        100 * 10**12,
        50,
        200_000,
        50_000,
        20_000,
        0,
        ((100, 900_000), (1_000, 500_000)),
    )


def test_what_blocks_another_mode_is_listed() -> None:
    floor = borrower()
    blockers = StateViews(floor.state).mode_blockers(EVE, 2)
    assert blockers.rejection == Rejection.POSITIONS_OR_ORDERS_OPEN
    assert [floor.names.order(order_id) for order_id in blockers.order_ids] == ["e"]
    assert len(blockers.algo_ids) == 1
    assert blockers.positions == ((0, 0, 0), (0, 1, 0))
    assert blockers.currencies == (BTC,)
    assert StateViews(floor.state).mode_blockers(ANN, 3) == (ANN, 3, 0, (), (), (), (), ())


def test_a_snapshot_ends_with_what_was_told_and_nothing_else() -> None:
    floor = borrower()
    data = dump_state(floor.state)
    assert dump_state(load_state(data)) == data
    for more in (bytes(8), data[-8:]):
        with pytest.raises(ValueError, match="left over"):
            load_state(data + more)


def test_no_more_is_free_than_a_word_can_hold() -> None:
    """A dollar's worth of USD is nearly nothing: what is free of BTC is more of them than may be."""
    floor = Floor(POOLED)
    floor.run("> worth USD 0.000000000001\n> deposit eve 100 BTC\n> worth BTC 4000000")
    assert StateViews(floor.state).margin(EVE, USD).free == INT_MAX
    floor.run("> deposit eve 900 BTC\n> eve buy 100 @ 100 on=LIN\n> margins eve USD")
    assert StateViews(floor.state).margin(EVE, USD).free == INT_MAX - 3_334
