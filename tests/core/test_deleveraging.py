"""Auto-deleveraging: when it starts, whom it takes, at which price, and the lights (``docs/adr/0032``)."""

from collections.abc import Sequence
from fractions import Fraction

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.contracts import Contract
from lonja.core.deleveraging import lights, queue_against, rank_of
from lonja.core.kinds import PositionCause, Side
from lonja.core.position_views import LightBoard
from lonja.core.takeovers import PATIENCE_MS
from tests.core.desk import CROSS, FAR, INVERSE, LINEAR, WHOLE, Desk, only


def _contract(desk: Desk, instrument: int = LINEAR) -> Contract:
    contract = desk.instrument(instrument).contract
    assert contract is not None
    return contract


def _deleveraged(desk: Desk, events: list[e.Event]) -> list[tuple[str, int, int]]:
    """Who was deleveraged: name, lots that ended, price."""
    names = {account: name for name, account in desk.accounts.items()}
    return [
        (names[event.account], event.lots_changed, event.price)
        for event in only(events, e.PositionChanged)
        if event.cause == PositionCause.DELEVERAGED and event.account in names
    ]


def _liquidated(fund: int, price: int, lots: int = 1_000) -> tuple[Desk, list[e.Event]]:
    """Ann's long position at a leverage of 100 ends at a price; bob and cat hold the other side."""
    desk = Desk("ann", "bob", "cat", fund=fund)
    desk.leverage("ann", 100)
    desk.leverage("bob", 10)
    desk.leverage("cat", 5)
    desk.open("ann", "bob", lots * 6 // 10)
    desk.open("ann", "cat", lots * 4 // 10)
    return desk, desk.mark(price)


def test_a_fund_that_can_pay_keeps_what_it_took_over() -> None:
    desk, events = _liquidated(10_000 * WHOLE, 9_800)
    assert (_deleveraged(desk, events), desk.kept()) == ([], 1_000)


def test_winners_are_closed_at_the_mark_by_rank_when_the_fund_is_empty_afterwards() -> None:
    # The gap is 104.9.
    desk, events = _liquidated(10_490_000_000, 9_800)
    assert _deleveraged(desk, events) == [("bob", 600, 9_800), ("cat", 400, 9_800)]
    assert (desk.fund(), desk.kept(), desk.lots("bob"), desk.lots("cat")) == (0, 0, 0, 0)


def test_deleveraging_costs_no_fee_and_leaves_winners_what_they_won() -> None:
    desk, _ = _liquidated(10_490_000_000, 9_800)
    fee = 6_000 * WHOLE * 200 // 10**6
    assert desk.cash("bob") == 10**6 * WHOLE - fee + 120 * WHOLE
    bob = desk.position("bob")
    assert (bob.margin, bob.pnl, bob.fees) == (0, 120 * WHOLE, fee)


def test_when_the_fund_cannot_pay_winners_close_at_the_nearest_price_that_it_can_bear() -> None:
    desk, events = _liquidated(100 * WHOLE, 9_800)
    # The gap is 104.9, so 4.9 are missing: at 9849 a hundred QUIET bring that to a tick.
    assert _deleveraged(desk, events) == [("bob", 600, 9_805), ("cat", 400, 9_805)]
    assert desk.fund() == 10_000_000
    assert desk.kept() == 0


@pytest.mark.parametrize(("fund", "falls"), [(34_966_666_666, True), (34_966_666_667, False)])
def test_a_fall_by_thirty_per_cent_from_the_peak_deleverages(fund: int, falls: bool) -> None:
    # The gap of 104.9 is 30 % of 349.66...
    desk, events = _liquidated(fund, 9_800)
    assert (desk.kept() == 0) == falls
    assert [price for _, _, price in _deleveraged(desk, events)] == [9_800] * (2 * falls)


@pytest.mark.parametrize(("waited", "kept"), [(PATIENCE_MS - 2, 1_000), (PATIENCE_MS - 1, 0)])
def test_what_is_kept_for_thirty_seconds_is_deleveraged(waited: int, kept: int) -> None:
    desk, _ = _liquidated(10_000 * WHOLE, 9_900)
    desk.time_ms += waited
    desk.mark(9_900)
    assert desk.kept() == kept


def test_the_fund_prefers_the_market() -> None:
    desk = Desk("ann", "bob", "cat", fund=0)
    desk.leverage("ann", 100)
    desk.open("ann", "bob", 1_000)
    desk.order("cat", Side.BUY, 700, 9_950)
    desk.mark(9_954)
    # The penalty of 49.023 fills the empty fund, which has not fallen from it by more than 2.8.
    assert (desk.kept(), desk.lots("cat"), desk.lots("bob")) == (300, 700, -1_000)
    desk.time_ms += PATIENCE_MS
    desk.mark(9_954)
    assert (desk.kept(), desk.lots("bob")) == (0, -700)


def test_shorts_that_are_taken_over_are_closed_against_longs() -> None:
    desk = Desk("ann", "bob", fund=100 * WHOLE)
    desk.leverage("ann", 100)
    desk.leverage("bob", 10)
    desk.open("bob", "ann", 1_000)
    events = desk.mark(10_200)
    # The gap is 105.1, missing are 5.1: 6 ticks below the mark.
    assert _deleveraged(desk, events) == [("bob", -1_000, 10_194)]
    assert (desk.fund(), desk.kept()) == (90_000_000, 0)


@pytest.mark.parametrize(("is_long", "price"), [(True, 9_600), (False, 10_400)])
def test_inverse_contracts_close_at_the_price_the_fund_can_bear_too(is_long: bool, price: int) -> None:
    desk = Desk("ann", "bob", fund=2 * WHOLE)
    desk.leverage("ann", 100, INVERSE)
    desk.leverage("bob", 5, INVERSE)
    desk.open(*(("ann", "bob") if is_long else ("bob", "ann")), 1_000, instrument=INVERSE)
    events = desk.mark(price, INVERSE)
    ((_, _, closed),) = _deleveraged(desk, events)
    assert (closed > price) == is_long
    missing = 2 * WHOLE + only(events, e.PositionTakenOver)[0].rest

    def brings(ticks: int) -> Fraction:
        return abs(Fraction(1_000 * 10**11, ticks) - Fraction(1_000 * 10**11, price))

    nearer = closed - 1 if is_long else closed + 1
    assert brings(nearer) < -missing <= brings(closed), "it is the nearest price"
    assert desk.fund(1) == brings(closed) // 1 + missing


def test_the_next_in_the_queue_needs_to_bring_only_what_is_left() -> None:
    desk = Desk("ann", "bob", "cat", fund=0)
    for trader, times in (("ann", 10), ("bob", 100), ("cat", 2)):
        desk.leverage(trader, times)
    desk.open("ann", "bob", 100)
    desk.open("ann", "cat", 100)
    events = desk.mark(7_000)
    # Lost are 30 % of 2000, the fee is 0.7, the margin was 200: 400.7 more than the fund has, 2003.5 ticks for each lot.
    assert _deleveraged(desk, events) == [("bob", 100, 9_004), ("cat", 100, 9_003)]
    assert desk.fund() == 0


def _poor_winner(rest: str) -> tuple[Desk, list[e.Event]]:
    """Bob holds 600 lots against the fund; his equity is 100. The fund needs 8905 at a mark of 8000."""
    desk = Desk("ann", "bob", "cat", "dan", fund=1_000 * WHOLE)
    desk.leverage("ann", 100)
    desk.leverage("bob", 100, mode=CROSS)
    desk.leverage("bob", 100, FAR, CROSS)
    desk.leverage("cat", 2)
    desk.open("ann", "bob", 600)
    desk.open("ann", rest, 400)
    desk.open("bob", "dan", 1_000, instrument=FAR)
    desk.keep_only("bob", 200 * WHOLE)
    desk.mark(9_954)
    assert desk.kept() == 1_000
    desk.mark(8_000)
    desk.mark(8_700 if rest == "cat" else 8_300 - 400, FAR)
    desk.time_ms += PATIENCE_MS
    return desk, desk.mark(8_000)


def test_a_winner_pays_no_more_than_it_has_and_the_next_pays_the_rest() -> None:
    desk, events = _poor_winner("cat")
    # 100 are 166 ticks of 600 lots; what is missing then is 23.777, and the loss of cat's 400 lots to the entry at 9954.
    assert sorted(_deleveraged(desk, events)) == [("bob", 600, 8_166), ("cat", 400, 10_014)]
    assert desk.cash("bob") == 200 * WHOLE + 110_040_000_000
    assert (desk.kept(), desk.fund() >= 0) == (0, True)


def test_the_fund_owes_what_nobody_can_pay() -> None:
    desk, events = _poor_winner("bob")
    ((name, lots, price),) = _deleveraged(desk, events)
    assert (name, lots) == ("bob", 1_000)
    assert price < 8_905
    assert (desk.kept(), desk.fund()) == (0, 1_000 * WHOLE + 4_902_300_000 - (9_954 - price) * WHOLE)
    assert desk.fund() < 0
    desk.do(c.EndowFund(family=0, amount=1_000 * WHOLE))
    assert desk.fund() > 0


# Ranks and lights.


def _ranks(desk: Desk, *traders: str) -> list[float]:
    contract = _contract(desk)
    return [rank_of(desk.state, contract, desk.position(trader), {}) / 10**18 for trader in traders]


def test_the_ranking_of_mexc_support() -> None:
    """MEXC support, article 360042504091: profit % times effective leverage for winners, divided by it for losers.

    There: effective leverage = mark value / (mark value - bankruptcy value), which is value over equity.
    """
    desk = Desk("ann", "bob", "cat", "dan")
    desk.leverage("ann", 10)
    desk.leverage("bob", 5)
    desk.leverage("cat", 10)
    desk.leverage("dan", 2)
    desk.open("ann", "bob", 100)
    desk.open("dan", "cat", 100)
    desk.mark(9_800)
    # bob: 2 % * 98 / 22; cat: 2 % * 98 / 12; ann: -2 % / (98 / 8); dan: -2 % / (98 / 48).
    expected = [0.02 * 98 / 22, 0.02 * 98 / 12, -0.02 / (98 / 8), -0.02 / (98 / 48)]
    assert _ranks(desk, "bob", "cat", "ann", "dan") == pytest.approx(expected, abs=1e-8)
    state, contract = desk.state, _contract(desk)
    shorts = [position.account for position in queue_against(state, contract, True, {})]
    longs = [position.account for position in queue_against(state, contract, False, {})]
    assert shorts == [desk.accounts["cat"], desk.accounts["bob"]]
    assert longs == [desk.accounts["ann"], desk.accounts["dan"]], "of losers the most leveraged is first"


def test_cross_positions_rank_by_the_equity_of_the_account() -> None:
    desk = Desk("ann", "bob")
    desk.open("ann", "bob", 100)
    desk.keep_only("bob", 400 * WHOLE)
    desk.mark(9_800)
    assert _ranks(desk, "bob") == pytest.approx([0.02 * 980 / 420], abs=1e-8)


def test_inverse_positions_rank_by_their_value_in_what_they_are_settled_in() -> None:
    desk = Desk("ann", "bob")
    desk.leverage("bob", 10, INVERSE)
    desk.open("ann", "bob", 100, instrument=INVERSE)
    desk.mark(8_000, INVERSE)
    # Worth 10 coins at entry, 12.5 now; the margin is 1 coin.
    rank = rank_of(desk.state, _contract(desk, INVERSE), desk.position("bob", INVERSE), {}) / 10**18
    assert rank == pytest.approx(0.25 * 12.5 / 3.5, abs=1e-8)


def test_equal_ranks_go_by_the_number_of_the_position() -> None:
    desk = Desk("ann", "bob", "cat")
    for trader in ("cat", "bob"):
        desk.leverage(trader, 10)
    for trader in ("bob", "cat"):
        desk.open("ann", trader, 100)
    first, second = queue_against(desk.state, _contract(desk), True, {})
    assert (first.account, second.account) == (desk.accounts["cat"], desk.accounts["bob"])


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [5]),
        (2, [5, 3]),
        (5, [5, 4, 3, 2, 1]),
        (10, [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]),
    ],
)
def test_lights_tell_the_fifth_of_the_queue(count: int, expected: list[int]) -> None:
    traders = [f"t{number}" for number in range(count)]
    desk = Desk("ann", *traders)
    for number, trader in enumerate(traders):
        desk.leverage(trader, 50 - number)
        desk.open("ann", trader, 10)
    desk.mark(9_900)
    contract = _contract(desk)
    assert [lights(desk.state, contract, desk.position(trader), {}) for trader in traders] == expected


def test_lights_of_a_crowd_are_ranked_again_when_as_much_happened_as_there_are_positions() -> None:
    traders = [f"t{number}" for number in range(20)]
    desk = Desk("ann", "new", *traders)
    for number, trader in enumerate(traders):
        desk.leverage(trader, 50 - number)
        desk.open("ann", trader, 10)
    desk.mark(9_900)
    board, exact = LightBoard(0), LightBoard()
    before = _lights(board, desk, traders)
    assert before == _lights(exact, desk, traders) == [5] * 4 + [4] * 4 + [3] * 4 + [2] * 4 + [1] * 4
    assert _lights(board, desk, ("ann", "ann")) == [5, 5]
    desk.leverage("new", 80)
    desk.open("ann", "new", 10)
    desk.mark(9_800)
    assert _lights(board, desk, [*traders, "new"]) == [*before, 1]
    assert _lights(exact, desk, ["new"]) == [5]
    for _ in range(20):
        desk.mark(9_800)
    assert _lights(board, desk, [*traders, "new"]) == _lights(exact, desk, [*traders, "new"])


def _lights(board: LightBoard, desk: Desk, traders: Sequence[str]) -> list[int]:
    return [board.of(desk.state, desk.position(trader), {}) for trader in traders]


def test_there_are_no_lights_without_a_position_nor_for_a_fund() -> None:
    desk, _ = _liquidated(10_000 * WHOLE, 9_800)
    contract = _contract(desk)
    keeper = desk.state.find_position(contract.family.account, LINEAR, CROSS, 0)
    assert keeper is not None
    assert lights(desk.state, contract, keeper, {}) == 0
    assert lights(desk.state, contract, desk.position("ann"), {}) == 0
