"""What holders choose beside orders: leverage, position mode, account mode, and the margin of isolated positions."""

import pytest

from lonja.core import commands as c
from lonja.core.kinds import MarginMode, PositionMode, PositionSide
from lonja.core.rejections import Rejection
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import CONTRACTS, Floor, play

ANN, BOB, CAT, SPOT, HEDGED, FROZEN, POOR = 2, 3, 4, 8, 9, 10, 11
LIN, INV, UNMARKED, PAIR, BARE = 0, 1, 2, 3, 4
NOWHERE = 5


@pytest.fixture(scope="module")
def peopled() -> Floor:
    """Somebody for each reason to refuse a setting. Ann and poor are long 10 by 3, isolated and cross."""
    floor = Floor(CONTRACTS)
    floor.run("""> contract UNMARKED family=LINEAR base=BTC quote=USD
> instrument BTC-USD base=BTC quote=USD
> family BARE settle=USD
> contract NEW family=BARE base=BTC quote=USD
> mark NEW 100
> account spot
> account hedged mode=2
> account frozen mode=2
> account poor mode=2
> hedged position_mode long_short
> freeze frozen
> deposit poor 680 USD
> bob sell 20 @ 100 on=LIN
> ann buy 10 @ 100 on=LIN isolated
> poor buy 10 @ 100 on=LIN isolated
> ann buy 200 @ 97 on=LIN""")
    return floor


def parties() -> list[Reason]:
    """The refusals that concern who asks for what, in their order."""
    return [
        *(Reason(Rejection.FIELD_INVALID, {"position_side": side}) for side in (3, -1)),
        *(Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in (0, 1, 5, 99, -1)),
        Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
        *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": instrument}) for instrument in (NOWHERE, -1)),
        Reason(Rejection.MARK_PRICE_MISSING, {"instrument": UNMARKED}),
        Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": SPOT}),
        Reason(Rejection.POSITION_SIDE_INVALID, {"account": HEDGED}),
        Reason(Rejection.POSITION_SIDE_INVALID, {"account": ANN, "position_side": PositionSide.LONG}),
    ]


SET_LEVERAGE = c.SetLeverage(account=BOB, instrument=LIN, margin_mode=MarginMode.CROSS, leverage=500)
ADJUST = c.AdjustMargin(account=ANN, instrument=LIN, amount=1)
SET_MODE = c.SetPositionMode(account=CAT, position_mode=PositionMode.LONG_SHORT)
TABLES: dict[str, tuple[c.Command, list[Reason]]] = {
    "leverage": (
        SET_LEVERAGE,
        [
            *(Reason(Rejection.FIELD_INVALID, {"margin_mode": mode}) for mode in (2, -1)),
            *parties(),
            Reason(Rejection.POSITION_ABOVE_MAX, {"instrument": BARE}),
            *(
                Reason(Rejection.LEVERAGE_OUT_OF_RANGE, {"leverage": value})
                for value in (99, 10_001, 0, -300, 2**63 - 1)
            ),
            Reason(Rejection.LEVERAGE_OUT_OF_RANGE, {"account": ANN, "leverage": 10_002}),
            Reason(Rejection.LEVERAGE_ABOVE_TIER, {"account": ANN, "leverage": 5_001}),
            Reason(Rejection.INSUFFICIENT_FUNDS, {"account": POOR, "margin_mode": 1, "leverage": 146}),
        ],
    ),
    "margin": (
        ADJUST,
        [
            *(Reason(Rejection.FIELD_INVALID, {"amount": amount}) for amount in (INT_MAX + 1, -INT_MAX - 1, -(2**63))),
            *parties(),
            Reason(Rejection.POSITION_NOT_FOUND, {"account": BOB}),
            Reason(Rejection.POSITION_NOT_FOUND, {"instrument": INV}),
            Reason(Rejection.MARGIN_NOT_REMOVABLE, {"amount": -1}),
            Reason(Rejection.AMOUNT_NOT_POSITIVE, {"amount": 0}),
            Reason(Rejection.INSUFFICIENT_FUNDS, {"account": POOR, "amount": 348}),
        ],
    ),
    "position mode": (
        SET_MODE,
        [
            *(Reason(Rejection.FIELD_INVALID, {"position_mode": mode}) for mode in (2, -1)),
            *(Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in (0, 5, 99)),
            Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
            Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": SPOT}),
            Reason(Rejection.POSITIONS_OR_ORDERS_OPEN, {"account": BOB}),
        ],
    ),
}


@pytest.mark.parametrize("table", TABLES)
def test_each_reason_alone_is_told(peopled: Floor, table: str) -> None:
    expect_each(peopled, *TABLES[table])


@pytest.mark.parametrize("table", TABLES)
def test_of_two_reasons_the_first_is_told(peopled: Floor, table: str) -> None:
    expect_precedence(peopled, *TABLES[table], pairs_min=2)


def test_a_spot_instrument_has_no_positions(peopled: Floor) -> None:
    for command in (SET_LEVERAGE, ADJUST):
        expect_each(peopled, command, [Reason(Rejection.FIELD_INVALID, {"instrument": PAIR})])


# Leverage.


def test_leverage_is_a_setting_of_each_position_there_or_to_come() -> None:
    play(
        """
        > ann lever 10 on=LIN
          leverage of ann LIN cross: x10
        > ann lever 12.5 isolated on=LIN
          leverage of ann LIN isolated: x12.50
        > ann lever 5 on=INV
          leverage of ann INV cross: x5
        > bob sell 20 @ 100 on=LIN id=b
          placed b: sell 20 @ 100
          margins b: cross x3
          rests b: 20 @ 100
        > ann buy 10 @ 100 on=LIN id=a
          placed a: buy 10 @ 100
          margins a: cross x10
          trade 1: taker a buys 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker b sells 10 @ 100 = 1000, fee 0 USD, 10 left
          ann LIN cross filled: +10 @ 100 makes +10 @ 100, cash 100000
          bob LIN cross filled: -10 @ 100 makes -10 @ 100, cash 100000
        > ann buy 10 @ 100 on=LIN isolated id=c
          placed c: buy 10 @ 100
          margins c: isolated x12.50
          trade 2: taker c buys 10 @ 100 = 1000, fee 0 USD, filled
          trade 2: maker b sells 10 @ 100 = 1000, fee 0 USD, filled
          ann LIN isolated filled: +10 @ 100 makes +10 @ 100, margin +80 to 80, cash 99920
          bob LIN cross filled: -10 @ 100 makes -20 @ 100, cash 100000
        > margins ann USD
          ann: equity 99920, held 0, initial 100, free 99820, spendable 99820
        > bob position_mode net
          position mode of bob: net
        > cat position_mode long_short
          position mode of cat: long_short
        > cat lever 20 isolated long on=LIN
          leverage of cat LIN isolated long: x20
        > cat lever 10 isolated short on=LIN
          leverage of cat LIN isolated short: x10
        > cat lever 20 isolated on=LIN
          refused: position_side_invalid
        """,
        Floor(CONTRACTS),
    )


def test_lowering_the_leverage_tops_an_isolated_margin_up_and_raising_it_leaves_it() -> None:
    """10 at 100: 100 by 10, 334 by 3 less a third of a unit, 333; by 20 it stays, by 2 it is 500."""
    play(
        """
        > ann lever 10 isolated on=LIN
          leverage of ann LIN isolated: x10
        > bob sell 10 @ 100 on=LIN id=b
          placed b: sell 10 @ 100
          margins b: cross x3
          rests b: 10 @ 100
        > ann buy 10 @ 100 on=LIN isolated id=a
          placed a: buy 10 @ 100
          margins a: isolated x10
          trade 1: taker a buys 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker b sells 10 @ 100 = 1000, fee 0 USD, filled
          ann LIN isolated filled: +10 @ 100 makes +10 @ 100, margin +100 to 100, cash 99900
          bob LIN cross filled: -10 @ 100 makes -10 @ 100, cash 100000
        > mark LIN 103
          LIN mark 103: buy <= 108, sell >= 98
        > ann lever 3 isolated on=LIN
          leverage of ann LIN isolated: x3
          ann LIN isolated leverage_changed: +10 @ 100, margin +233 to 333, cash 99667
        > ann lever 20 isolated on=LIN
          leverage of ann LIN isolated: x20
        > ann margin -283 on=LIN
          ann LIN isolated margin_adjusted: +10 @ 100, margin -283 to 50, cash 99950
        > ann lever 2 isolated on=LIN
          leverage of ann LIN isolated: x2
          ann LIN isolated leverage_changed: +10 @ 100, margin +450 to 500, cash 99500
        """,
        Floor(CONTRACTS),
    )


def test_an_inverse_margin_is_topped_up_at_its_entry_too() -> None:
    """10,000 USD at 100 are 100 BTC, whatever the mark is now."""
    play(
        """
        > ann lever 10 isolated on=INV
          leverage of ann INV isolated: x10
        > bob sell 10 @ 100 on=INV id=b
          placed b: sell 10 @ 100
          margins b: cross x3
          rests b: 10 @ 100
        > ann buy 10 @ 100 on=INV isolated id=a
          placed a: buy 10 @ 100
          margins a: isolated x10
          trade 1: taker a buys 10 @ 100 = 100, fee 0 BTC, filled
          trade 1: maker b sells 10 @ 100 = 100, fee 0 BTC, filled
          ann INV isolated filled: +10 @ 100 makes +10 @ 100, margin +10 to 10, cash 990
          bob INV cross filled: -10 @ 100 makes -10 @ 100, cash 1000
        > mark INV 104
          INV mark 104: buy <= 109, sell >= 99
        > ann lever 4 isolated on=INV
          leverage of ann INV isolated: x4
          ann INV isolated leverage_changed: +10 @ 100, margin +15 to 25, cash 975
        """,
        Floor(CONTRACTS),
    )


def test_a_new_leverage_renews_what_orders_hold() -> None:
    floor = Floor(CONTRACTS)
    floor.run("> withdraw ann 99500 USD\n> ann lever 10 on=LIN\n> ann buy 10 @ 100 on=LIN id=a")
    play(
        """
        > margins ann USD
          ann: equity 500, held 100, initial 0, free 400, spendable 400
        > ann lever 2 on=LIN
          leverage of ann LIN cross: x2
        > margins ann USD
          ann: equity 500, held 500, initial 0, free 0, spendable 0
        > ann lever 1.99 on=LIN
          refused: insufficient_funds
        > ann lever 100 on=LIN
          leverage of ann LIN cross: x100
        > margins ann USD
          ann: equity 500, held 10, initial 0, free 490, spendable 490
        """,
        floor,
    )


def test_a_cross_position_must_be_affordable_at_its_new_leverage() -> None:
    """At the mark of 95, 950 by 2 are 475 of an equity of 450; by 2.5 they are 380."""
    floor = Floor(CONTRACTS)
    floor.run("> ann lever 10 on=LIN\n> bob sell 10 @ 100 on=LIN\n> ann buy 10 @ 100 on=LIN\n> withdraw ann 99500 USD")
    play(
        """
        > mark LIN 95
          LIN mark 95: buy <= 99, sell >= 91
        > margins ann USD
          ann: equity 450, held 0, initial 95, free 355, spendable 355
        > ann lever 2 on=LIN
          refused: insufficient_funds
        > ann lever 2.5 on=LIN
          leverage of ann LIN cross: x2.50
        > margins ann USD
          ann: equity 450, held 0, initial 380, free 70, spendable 70
        """,
        floor,
    )


def test_the_leverage_of_the_tier_bounds_that_of_the_position() -> None:
    """Held and ordered 101 on one side need tier 2: 50 at most. On the other side they would close."""
    play(
        """
        > bob sell 60 @ 100 on=LIN id=b
          placed b: sell 60 @ 100
          margins b: cross x3
          rests b: 60 @ 100
        > ann buy 60 @ 100 on=LIN id=a
          placed a: buy 60 @ 100
          margins a: cross x3
          trade 1: taker a buys 60 @ 100 = 6000, fee 0 USD, filled
          trade 1: maker b sells 60 @ 100 = 6000, fee 0 USD, filled
          ann LIN cross filled: +60 @ 100 makes +60 @ 100, cash 100000
          bob LIN cross filled: -60 @ 100 makes -60 @ 100, cash 100000
        > ann lever 100 on=LIN
          leverage of ann LIN cross: x100
        > ann lever 3 on=LIN
          leverage of ann LIN cross: x3
        > ann buy 41 @ 99 on=LIN id=c
          placed c: buy 41 @ 99
          margins c: cross x3
          rests c: 41 @ 99
        > ann lever 50.01 on=LIN
          refused: leverage_above_tier
        > ann lever 50 on=LIN
          leverage of ann LIN cross: x50
        > ann cancel c on=LIN
          canceled c: user, 41 off the book @ 99
        > ann sell 160 @ 101 on=LIN id=d
          placed d: sell 160 @ 101
          margins d: cross x50
          rests d: 160 @ 101
        > ann lever 100 on=LIN
          leverage of ann LIN cross: x100
        """,
        Floor(CONTRACTS),
    )


# Margin of isolated positions.


def test_removable_is_what_exceeds_the_initial_margin_unrealized_losses_first() -> None:
    """100 by 10, and 40 more. At 102 the gain does not count: 40. At 98 a loss of 20 leaves 20."""
    floor = Floor(CONTRACTS)
    floor.run("> ann lever 10 on=LIN isolated\n> bob sell 10 @ 100 on=LIN\n> ann buy 10 @ 100 on=LIN isolated")
    play(
        """
        > ann margin -1 on=LIN
          refused: margin_not_removable
        > ann margin 40 on=LIN
          ann LIN isolated margin_adjusted: +10 @ 100, margin +40 to 140, cash 99860
        > mark LIN 102
          LIN mark 102: buy <= 107, sell >= 97
        > ann margin -41 on=LIN
          refused: margin_not_removable
        > mark LIN 98
          LIN mark 98: buy <= 102, sell >= 94
        > ann margin -21 on=LIN
          refused: margin_not_removable
        > ann margin -20 on=LIN
          ann LIN isolated margin_adjusted: +10 @ 100, margin -20 to 120, cash 99880
        > mark LIN 95
          LIN mark 95: buy <= 99, sell >= 91
        > ann margin -1 on=LIN
          refused: margin_not_removable
        """,
        floor,
    )


def test_a_margin_is_added_from_what_may_leave_the_account() -> None:
    """Of 1000, 100 are the margin, 334 a cross position's: 566 are left."""
    floor = Floor(CONTRACTS)
    floor.run("""> withdraw ann 99000 USD
> ann lever 10 on=LIN isolated
> bob sell 20 @ 100 on=LIN
> ann buy 10 @ 100 on=LIN isolated
> ann buy 10 @ 100 on=LIN""")
    play(
        """
        > margins ann USD
          ann: equity 900, held 0, initial 334, free 566, spendable 566
        > ann margin 567 on=LIN
          refused: insufficient_funds
        > ann margin 566 on=LIN
          ann LIN isolated margin_adjusted: +10 @ 100, margin +566 to 666, cash 334
        > ann margin -566 on=LIN
          ann LIN isolated margin_adjusted: +10 @ 100, margin -566 to 100, cash 900
        """,
        floor,
    )


def test_a_margin_belongs_to_one_side() -> None:
    floor = Floor(CONTRACTS)
    floor.run("""> ann position_mode long_short
> bob sell 10 @ 100 on=LIN
> ann buy 10 @ 100 on=LIN long isolated
> cat buy 10 @ 100 on=LIN
> ann sell 10 @ 100 on=LIN short isolated""")
    play(
        """
        > ann margin 10 on=LIN long
          ann LIN isolated long margin_adjusted: +10 @ 100, margin +10 to 343, cash 99324
        > ann margin 20 on=LIN short
          ann LIN isolated short margin_adjusted: -10 @ 100, margin +20 to 353, cash 99304
        > ann margin 20 on=LIN
          refused: position_side_invalid
        """,
        floor,
    )


# Modes.


def test_modes_change_only_without_positions_and_orders_in_contracts() -> None:
    floor = Floor(CONTRACTS)
    floor.run("> instrument BTC-USD base=BTC quote=USD\n> ann buy 1 @ 50 on=BTC-USD id=spot")
    play(
        """
        > ann position_mode long_short
          position mode of ann: long_short
        > ann position_mode net
          position mode of ann: net
        > ann buy 1 @ 99 on=LIN id=a
          placed a: buy 1 @ 99
          margins a: cross x3
          rests a: 1 @ 99
        > ann position_mode long_short
          refused: positions_or_orders_open
        > ann position_mode net
          position mode of ann: net
        > configure ann mode=1
          refused: positions_or_orders_open
        > configure ann mode=2
          configured ann: cancel_maker, tier 0, futures mode
        > ann cancel a on=LIN
          canceled a: user, 1 off the book @ 99
        > bob sell 1 @ 100 on=LIN id=b
          placed b: sell 1 @ 100
          margins b: cross x3
          rests b: 1 @ 100
        > ann buy 1 @ 100 on=LIN isolated id=c
          placed c: buy 1 @ 100
          margins c: isolated x3
          trade 1: taker c buys 1 @ 100 = 100, fee 0 USD, filled
          trade 1: maker b sells 1 @ 100 = 100, fee 0 USD, filled
          ann LIN isolated filled: +1 @ 100 makes +1 @ 100, margin +33 to 33, cash 99967
          bob LIN cross filled: -1 @ 100 makes -1 @ 100, cash 100000
        > ann position_mode long_short
          refused: positions_or_orders_open
        > configure ann mode=1
          refused: positions_or_orders_open
        > bob buy 1 @ 100 on=LIN id=d
          placed d: buy 1 @ 100
          margins d: cross x3
          rests d: 1 @ 100
        > ann sell 1 @ 100 on=LIN isolated id=f
          placed f: sell 1 @ 100
          margins f: isolated x3
          trade 2: taker f sells 1 @ 100 = 100, fee 0 USD, filled
          trade 2: maker d buys 1 @ 100 = 100, fee 0 USD, filled
          ann LIN isolated filled: -1 @ 100 makes flat, margin -33 to 0, cash 100000
          bob LIN cross filled: +1 @ 100 makes flat, cash 100000
        > configure ann mode=1
          configured ann: cancel_maker, tier 0
        > ann buy 1 @ 100 on=LIN
          refused: account_mode_forbids
        > ann position_mode long_short
          refused: account_mode_forbids
        > configure ann mode=2
          configured ann: cancel_maker, tier 0, futures mode
        """,
        floor,
    )
