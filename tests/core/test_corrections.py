"""Corrections: the house moves money between a customer and itself, once, and only what is there."""

import pytest

from lonja.core import commands as c
from lonja.core.kinds import Ledger
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence, nothing_changes
from tests.core.scenario import Floor, play


def test_what_was_credited_wrongly_goes_back_outside_and_what_was_forgotten_comes_in() -> None:
    play("""
        > correct ann -40 BTC id=7 against=house
          correction 7 of -40 BTC: ann trading has 960, house has -2960
        > correct ann 15 BTC funding id=8 against=house
          correction 8 of 15 BTC: ann funding has 15, house has -2975
        > balances ann house
          ann: 960 BTC, 100000 USD, 15 BTC funding
          house: -2975 BTC, -300000 USD
    """)


EARNED = "> fees tier=0 maker=0 taker=20000\n> ann sell 100 @ 100 id=a\n> bob buy 100 @ 100 id=b"


def test_a_fee_that_was_too_high_is_given_back_but_never_more_than_was_earned() -> None:
    floor = Floor()
    floor.run(EARNED)
    play(
        """
        > correct bob 3 BTC id=1 against=fees
          refused: insufficient_funds
        > correct bob 2 BTC id=1 against=fees
          correction 1 of 2 BTC: bob trading has 1100, fees has 0
        > correct bob 1 BTC id=2 against=fees
          refused: insufficient_funds
        > correct bob -1 BTC id=2 against=fees
          correction 2 of -1 BTC: bob trading has 1099, fees has 1
    """,
        floor,
    )


def test_told_again_it_is_answered_again_and_done_once() -> None:
    floor = Floor()
    command = c.CorrectBalance(account=2, correction_id=5, currency=1, ledger=Ledger.TRADING, amount=70)
    assert [len(floor.apply(command)[1]) for _ in range(3)] == [1, 0, 0]
    assert floor.balances("ann") == "ann: 1000 BTC, 100070 USD"


def test_it_is_done_once_also_when_the_house_stopped_in_between() -> None:
    floor = Floor()
    command = c.CorrectBalance(account=2, correction_id=5, currency=1, ledger=Ledger.TRADING, amount=70)
    floor.apply(command)
    floor.state = load_state(dump_state(floor.state))
    with nothing_changes(floor):
        assert floor.apply_unchecked(command) == (Rejection.NONE, [])
        floor.state.next_command -= 1


def test_what_holds_customers_does_not_hold_the_house() -> None:
    play("""
        > keep ann all everything id=1
          hold 1 keeps all everything of ann
        > freeze ann
          configured ann: cancel_maker, tier 0, frozen
        > correct ann -1000 BTC id=1 against=house
          correction 1 of -1000 BTC: ann trading has 0, house has -2000
    """)


def test_what_an_order_holds_stays_with_the_order() -> None:
    play("""
        > ann sell 400 @ 100 id=a
          placed a: sell 400 @ 100
          rests a: 400 @ 100
        > correct ann -601 BTC id=1 against=house
          refused: insufficient_funds
        > correct ann -600 BTC id=1 against=house
          correction 1 of -600 BTC: ann trading has 400, house has -2400
    """)


CORRECTION = c.CorrectBalance(account=2, correction_id=2, house_account=0, currency=0, ledger=1, amount=5)
REASONS = [
    Reason(Rejection.FIELD_INVALID, {"correction_id": 0}),
    Reason(Rejection.FIELD_INVALID, {"house_account": -1}),
    Reason(Rejection.FIELD_INVALID, {"house_account": 2}),
    Reason(Rejection.FIELD_INVALID, {"currency": -1}),
    Reason(Rejection.FIELD_INVALID, {"ledger": 2}),
    Reason(Rejection.FIELD_INVALID, {"amount": 0}),
    Reason(Rejection.FIELD_INVALID, {"amount": INT_MAX + 1}),
    Reason(Rejection.FIELD_INVALID, {"amount": -(2**63)}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 0}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": -1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 9}),
    Reason(Rejection.CURRENCY_NOT_FOUND, {"currency": 2}),
    Reason(Rejection.NAME_TAKEN, {"correction_id": 1}),
    Reason(Rejection.SUPPLY_EXCEEDED, {"amount": INT_MAX}),
    Reason(Rejection.INSUFFICIENT_FUNDS, {"house_account": 1, "amount": 6}),
    Reason(Rejection.INSUFFICIENT_FUNDS, {"amount": -1_001}),
    Reason(Rejection.INSUFFICIENT_FUNDS, {"ledger": 0, "amount": -1}),
]


@pytest.fixture
def floor() -> Floor:
    """One correction was made."""
    made = Floor()
    made.apply(CORRECTION._replace(correction_id=1, account=3))
    return made


def test_each_reason_alone_is_told(floor: Floor) -> None:
    expect_each(floor, CORRECTION, REASONS)


def test_of_two_reasons_the_first_is_told(floor: Floor) -> None:
    expect_precedence(floor, CORRECTION, REASONS, pairs_min=60)


OTHERS = [{"account": 2}, {"house_account": 1}, {"currency": 1}, {"ledger": 0}, {"amount": 6}]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_a_number_that_is_taken_by_another_correction_is_refused(floor: Floor, other: dict[str, int]) -> None:
    done = CORRECTION._replace(correction_id=1, account=3)
    expect_each(floor, done, [Reason(Rejection.NAME_TAKEN, other)])


def test_corrections_survive_a_snapshot_with_and_without_holds(floor: Floor) -> None:
    kept = load_state(dump_state(floor.state))
    assert kept.corrections == floor.state.corrections != {}
    floor.run("> keep ann 5 BTC id=2 kind=1")
    assert load_state(dump_state(floor.state)).corrections == floor.state.corrections


@pytest.mark.parametrize("end", [-8, -16, -64])
def test_a_snapshot_whose_corrections_end_early_is_refused(floor: Floor, end: int) -> None:
    with pytest.raises((IndexError, ValueError)):
        load_state(dump_state(floor.state)[:end])


@pytest.mark.parametrize("more", [8, 16])
def test_bytes_after_a_snapshot_are_refused(floor: Floor, more: int) -> None:
    for state in (floor.state, Floor().state):
        with pytest.raises(ValueError, match="left over"):
            load_state(dump_state(state) + bytes(more))
