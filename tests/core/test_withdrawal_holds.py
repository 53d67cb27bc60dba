"""Withdrawal holds: what may be traded but may not leave."""

import pytest

from lonja.core import commands as c
from lonja.core.kinds import Ledger
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from lonja.core.views import WithdrawalHoldView
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import Floor, play


def test_a_hold_over_everything_stops_withdrawals_and_nothing_else() -> None:
    play("""
        > keep ann all everything id=1
          hold 1 keeps all everything of ann
        > withdraw ann 1 BTC
          refused: funds_on_hold
        > withdraw ann 1 USD
          refused: funds_on_hold
        > withdraw bob 1 BTC
          withdrawn 1 BTC: bob trading has 999
        > deposit ann 5 BTC
          deposited 5 BTC: ann trading has 1005
        > transfer ann 5 BTC trading funding
          transferred 5 BTC: ann trading has 1000, ann funding has 5
        > ann buy 1 @ 100 id=a
          placed a: buy 1 @ 100
          rests a: 1 @ 100
        > keep ann 0 everything id=1
          hold 1 keeps 0 everything of ann
        > withdraw ann 1 BTC
          withdrawn 1 BTC: ann trading has 999
    """)


def test_a_hold_ends_at_its_time() -> None:
    floor = Floor()
    end = floor.time_ms + 1_000
    play(f"> keep ann all BTC id=7 until={end}\n  hold 7 keeps all BTC of ann until {end}", floor)
    sent = c.Withdraw(account=2, currency=0, ledger=Ledger.TRADING, amount=1)
    floor.time_ms = end - 1
    assert floor.apply(sent)[0] == Rejection.FUNDS_ON_HOLD
    assert StateViews(floor.state).withdrawal_holds(2) == [WithdrawalHoldView(7, 0, 0, -1, end)]
    floor.time_ms = end
    assert floor.apply(sent)[0] == Rejection.NONE
    assert StateViews(floor.state).withdrawal_holds(2) == []


def test_amounts_of_one_kind_add_up_and_between_kinds_the_strictest_counts() -> None:
    play("""
        > keep ann 300 BTC id=1 kind=4
          hold 1 keeps 300 BTC of ann
        > keep ann 400 BTC id=2 kind=4
          hold 2 keeps 400 BTC of ann
        > keep ann 500 BTC id=3 kind=5
          hold 3 keeps 500 BTC of ann
        > withdraw ann 301 BTC
          refused: funds_on_hold
        > withdraw ann 300 BTC
          withdrawn 300 BTC: ann trading has 700
        > keep ann 0 BTC id=2
          hold 2 keeps 0 BTC of ann
        > withdraw ann 201 BTC
          refused: funds_on_hold
        > withdraw ann 200 BTC
          withdrawn 200 BTC: ann trading has 500
        > withdraw ann 100 USD
          withdrawn 100 USD: ann trading has 99900
    """)


def test_what_stays_counts_both_ledgers_and_what_orders_hold() -> None:
    play("""
        > keep ann 500 BTC id=1
          hold 1 keeps 500 BTC of ann
        > transfer ann 400 BTC trading funding
          transferred 400 BTC: ann trading has 600, ann funding has 400
        > ann sell 300 @ 200 id=a
          placed a: sell 300 @ 200
          rests a: 300 @ 200
        > withdraw ann 300 BTC
          withdrawn 300 BTC: ann trading has 300
        > withdraw ann 201 BTC funding
          refused: funds_on_hold
        > withdraw ann 200 BTC funding
          withdrawn 200 BTC: ann funding has 200
    """)


def test_held_money_does_not_leave_by_way_of_a_relative() -> None:
    play("""
        > account sub master=ann
          account 5: sub, sub-account of ann, cancel_maker, tier 0
        > keep ann 900 BTC id=1
          hold 1 keeps 900 BTC of ann
        > transfer ann 101 BTC trading trading to=sub
          refused: funds_on_hold
        > transfer ann 100 BTC trading trading to=sub
          transferred 100 BTC: ann trading has 900, sub trading has 100
        > withdraw sub 1 BTC
          withdrawn 1 BTC: sub trading has 99
        > keep ann all everything id=2
          hold 2 keeps all everything of ann
        > transfer ann 1 USD trading trading to=sub
          transferred 1 USD: ann trading has 99999, sub trading has 1
        > withdraw sub 1 USD
          refused: funds_on_hold
        > keep ann 0 everything id=2
          hold 2 keeps 0 everything of ann
        > keep sub all USD id=1
          hold 1 keeps all USD of sub
        > transfer sub 1 USD trading trading to=ann
          refused: funds_on_hold
        > withdraw sub 1 USD
          refused: funds_on_hold
        > transfer sub 1 BTC trading trading to=ann
          transferred 1 BTC: sub trading has 98, ann trading has 901
        > transfer sub 1 USD trading funding
          transferred 1 USD: sub trading has 0, sub funding has 1
    """)


def test_traded_away_money_is_no_longer_there_to_be_kept() -> None:
    play("""
        > keep ann 1000 BTC id=1
          hold 1 keeps 1000 BTC of ann
        > bob buy 10 @ 100 id=b
          placed b: buy 10 @ 100
          rests b: 10 @ 100
        > ann sell 10 @ 100 id=a
          placed a: sell 10 @ 100
          trade 1: taker a sells 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker b buys 10 @ 100 = 1000, fee 0 BTC, filled
        > withdraw ann 1 BTC
          refused: funds_on_hold
    """)


def test_a_hold_set_again_is_replaced_and_one_that_was_never_set_can_be_released() -> None:
    floor = play("""
        > keep ann all BTC id=3
          hold 3 keeps all BTC of ann
        > keep ann 5 BTC id=3
          hold 3 keeps 5 BTC of ann
        > withdraw ann 995 BTC
          withdrawn 995 BTC: ann trading has 5
        > keep ann 0 BTC id=99
          hold 99 keeps 0 BTC of ann
        > keep bob 0 BTC id=99
          hold 99 keeps 0 BTC of bob
    """)
    assert StateViews(floor.state).withdrawal_holds(2) == [WithdrawalHoldView(3, 0, 0, 5, 0)]


def test_holds_that_are_over_make_room() -> None:
    floor = Floor()
    hold = c.SetWithdrawalHold(account=2, amount=-1, until_ms=floor.time_ms + 10)
    for number in range(1, 1_001):
        assert floor.apply(hold._replace(hold_id=number))[0] == Rejection.NONE
    assert floor.apply(hold._replace(hold_id=1_001))[0] == Rejection.CAPACITY_REACHED
    assert floor.apply(hold._replace(hold_id=1_000))[0] == Rejection.NONE
    floor.time_ms += 10
    assert floor.apply(hold._replace(hold_id=1_001, until_ms=0))[0] == Rejection.NONE
    assert len(floor.state.withdrawal_holds[2]) == 1


HOLD = c.SetWithdrawalHold(account=2, hold_id=1, kind=3, currency=0, amount=5, until_ms=9)
REASONS = [
    Reason(Rejection.FIELD_INVALID, {"hold_id": 0}),
    Reason(Rejection.FIELD_INVALID, {"kind": -1}),
    Reason(Rejection.FIELD_INVALID, {"kind": 64}),
    Reason(Rejection.FIELD_INVALID, {"currency": -2}),
    Reason(Rejection.FIELD_INVALID, {"currency": -1, "amount": 5}),
    Reason(Rejection.FIELD_INVALID, {"amount": -2}),
    Reason(Rejection.FIELD_INVALID, {"amount": INT_MAX + 1}),
    Reason(Rejection.FIELD_INVALID, {"until_ms": -1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 0}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": -1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 9}),
    Reason(Rejection.CURRENCY_NOT_FOUND, {"currency": 2}),
    Reason(Rejection.CAPACITY_REACHED, {"account": 3, "hold_id": 2_000}),
]


@pytest.fixture
def floor() -> Floor:
    """Bob has as many holds as there may be."""
    made = Floor()
    for number in range(1, 1_001):
        made.apply(c.SetWithdrawalHold(account=3, hold_id=number))
    return made


def test_each_reason_alone_is_told(floor: Floor) -> None:
    expect_each(floor, HOLD, REASONS)


def test_of_two_reasons_the_first_is_told(floor: Floor) -> None:
    expect_precedence(floor, HOLD, REASONS, pairs_min=25)


def test_what_is_not_there_is_told_before_what_is_held(floor: Floor) -> None:
    sent = c.Withdraw(account=3, currency=0, ledger=Ledger.TRADING, amount=1)
    reasons = [Reason(Rejection.INSUFFICIENT_FUNDS, {"amount": 5_000}), Reason(Rejection.FUNDS_ON_HOLD, {})]
    expect_each(floor, sent, reasons)


def test_holds_survive_a_snapshot_and_none_leave_no_trace() -> None:
    floor = Floor()
    before = dump_state(floor.state)
    floor.run("> keep ann 5 BTC id=2 kind=1\n> keep ann all everything id=1 until=99\n> keep bob all BTC id=1")
    kept = load_state(dump_state(floor.state))
    assert kept.withdrawal_holds == floor.state.withdrawal_holds
    floor.run("> keep ann 0 BTC id=2\n> keep ann 0 BTC id=1\n> keep bob 0 BTC id=1")
    assert floor.state.withdrawal_holds == {}
    assert len(dump_state(floor.state)) == len(before)


@pytest.mark.parametrize("end", [-8, -16, -48])
def test_a_snapshot_whose_holds_end_early_is_refused(end: int) -> None:
    floor = Floor()
    floor.run("> keep ann 5 BTC id=2 kind=1")
    with pytest.raises((IndexError, ValueError)):
        load_state(dump_state(floor.state)[:end])


def test_bytes_after_the_holds_of_a_snapshot_are_refused() -> None:
    floor = Floor()
    floor.run("> keep ann 5 BTC id=2 kind=1")
    with pytest.raises(ValueError, match="left over"):
        load_state(dump_state(floor.state) + bytes(8))
