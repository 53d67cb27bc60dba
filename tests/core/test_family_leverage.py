"""One leverage for all dated contracts of a family that are held cross; each reason to refuse it."""

import pytest

from lonja.core.kinds import MarginMode, PositionSide
from lonja.core.margin_commands import SetFamilyLeverage
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from lonja.core.views import OrderTerms
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import CONTRACTS, Floor, play

DATED = (
    CONTRACTS
    + """
    > family DATED settle=USD kind=3
    > tier DATED 1 size=30 mmr=5000 imr=10000 lever=50
    > tier DATED 2 size=300 mmr=10000 imr=50000 lever=20
    > contract NEAR family=DATED base=BTC quote=USD expiry_ms=1900000000000
    > contract FAR family=DATED base=BTC quote=USD expiry_ms=1900000000001
    > mark NEAR 100
    > mark FAR 100
"""
)
RICH = "".join(f"    > deposit {trader} {amount} USD\n" for trader, amount in (("ann", 100_000), ("bob", 100_000)))
ANN, CAT = 2, 4
LIN, NEAR, FAR = 0, 2, 3
CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED


@pytest.fixture(scope="module")
def peopled() -> Floor:
    """Ann is long 20 in each of two dated contracts; cat is long 10 and has nothing to spare."""
    floor = Floor(DATED + RICH)
    floor.run("""> contract UNMARKED family=DATED base=BTC quote=USD expiry_ms=1900000000002
> family BARE settle=USD kind=3
> contract NEW family=BARE base=BTC quote=USD expiry_ms=1900000000000
> mark NEW 100
> account spot
> account hedged mode=2
> account frozen mode=2
> hedged position_mode long_short
> freeze frozen
> ann family_lever 20 on=NEAR
> deposit cat 345 USD
> bob sell 30 @ 100 on=NEAR
> ann buy 20 @ 100 on=NEAR
> cat buy 10 @ 100 on=NEAR
> bob sell 20 @ 100 on=FAR
> ann buy 20 @ 100 on=FAR""")
    return floor


SPOT, HEDGED, FROZEN, UNMARKED, NEW = 9, 10, 11, 4, 5
COMMAND = SetFamilyLeverage(account=ANN, instrument=FAR, leverage=1_000)
REASONS = [
    *(Reason(Rejection.FIELD_INVALID, {"position_side": side}) for side in (3, -1)),
    *(Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in (0, 1, 5, 99, -1)),
    Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
    *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": instrument}) for instrument in (6, -1)),
    Reason(Rejection.MARK_PRICE_MISSING, {"instrument": UNMARKED}),
    Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": SPOT}),
    Reason(Rejection.POSITION_SIDE_INVALID, {"account": HEDGED}),
    Reason(Rejection.POSITION_SIDE_INVALID, {"account": ANN, "position_side": PositionSide.LONG}),
    Reason(Rejection.POSITION_ABOVE_MAX, {"instrument": NEW}),
    *(Reason(Rejection.LEVERAGE_OUT_OF_RANGE, {"leverage": value}) for value in (99, 5_001, 0, -300, 2**63 - 1)),
    Reason(Rejection.LEVERAGE_ABOVE_TIER, {"leverage": 2_001}),
    Reason(Rejection.INSUFFICIENT_FUNDS, {"account": CAT, "leverage": 280}),
]


def test_each_reason_alone_is_told(peopled: Floor) -> None:
    expect_each(peopled, COMMAND, REASONS)


def test_of_two_reasons_the_first_is_told(peopled: Floor) -> None:
    expect_precedence(peopled, COMMAND, REASONS, pairs_min=40)


def test_a_perpetual_has_a_leverage_of_its_own(peopled: Floor) -> None:
    expect_each(peopled, COMMAND, [Reason(Rejection.FIELD_INVALID, {"instrument": LIN})])


def test_all_contracts_of_the_family_have_it_those_to_come_included() -> None:
    """Isolated positions, other sides and other families keep their own."""
    floor = Floor(DATED + RICH)
    views = StateViews(floor.state)
    floor.run("""> ann lever 5 on=NEAR isolated
> ann lever 5 on=LIN
> ann family_lever 12.5 on=FAR
> contract LATE family=DATED base=BTC quote=USD expiry_ms=1900000000002
> mark LATE 100""")
    assert [views.leverage(ANN, code, CROSS, 0) for code in (LIN, NEAR, FAR, 4)] == [500, 1_250, 1_250, 1_250]
    assert [views.leverage(ANN, code, ISOLATED, 0) for code in (NEAR, FAR, 4)] == [500, 300, 300]
    assert views.leverage(CAT, 4, CROSS, 0) == 300
    terms = OrderTerms(account=ANN, instrument=4, side=0, price=100, margin_mode=CROSS, position_side=0)
    assert views.largest_order(terms) == 300
    floor.run("> ann buy 10 @ 100 on=LATE")
    assert views.margin(ANN, 1).free == 100_000 - 80
    dumped = dump_state(floor.state)
    with pytest.raises(ValueError, match="left over"):
        load_state(dumped + bytes(8))
    loaded = load_state(dumped)
    assert StateViews(loaded).leverage(ANN, 4, CROSS, 0) == 1_250
    assert loaded.family_leverages == {(ANN, 2, 0): 1_250}


def test_it_is_told_for_the_family_and_for_each_contract_that_there_is() -> None:
    """What has been delivered has no positions to come, but keeps those that were named."""
    play(
        """
        > ann buy 20 @ 100 on=NEAR id=a
          placed a: buy 20 @ 100
          margins a: cross x3
          rests a: 20 @ 100
        > margins ann USD
          ann: equity 100000, held 667, initial 0, free 99333, spendable 99333
        > ann family_lever 10 on=FAR
          leverage of ann DATED: x10
          leverage of ann NEAR cross: x10
          leverage of ann FAR cross: x10
        > margins ann USD
          ann: equity 100000, held 200, initial 0, free 99800, spendable 99800
        > deliver FAR 100
          FAR delivered at 100
        > ann family_lever 20 on=NEAR
          leverage of ann DATED: x20
          leverage of ann NEAR cross: x20
          leverage of ann FAR cross: x20
        > bob family_lever 20 on=NEAR
          leverage of bob DATED: x20
          leverage of bob NEAR cross: x20
        """,
        Floor(DATED + RICH),
    )


def test_each_side_has_its_own() -> None:
    """Of an account that holds longs and shorts side by side."""
    floor = Floor(DATED + RICH)
    floor.run("""> ann position_mode long_short
> ann family_lever 10 long on=NEAR
> ann family_lever 20 short on=FAR""")
    views = StateViews(floor.state)
    assert [views.leverage(ANN, FAR, CROSS, side) for side in (PositionSide.LONG, PositionSide.SHORT)] == [1_000, 2_000]
