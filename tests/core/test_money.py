"""Deposits, withdrawals and transfers."""

import pytest

from lonja.core import commands as c
from lonja.core.kinds import Ledger
from lonja.core.rejections import Rejection
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import Floor, play


def test_money_comes_in_and_goes_out() -> None:
    play("""
        > deposit ann 5 BTC
          deposited 5 BTC: ann trading has 1005
        > deposit ann 7 BTC funding
          deposited 7 BTC: ann funding has 7
        > withdraw ann 1005 BTC
          withdrawn 1005 BTC: ann trading has 0
        > withdraw ann 1 BTC
          refused: insufficient_funds
        > withdraw ann 8 BTC funding
          refused: insufficient_funds
        > withdraw ann 7 BTC funding
          withdrawn 7 BTC: ann funding has 0
        > balances ann
          ann: 0 BTC, 100000 USD, 0 BTC funding
    """)


def test_held_money_cannot_leave() -> None:
    play("""
        > ann buy 10 @ 100 id=a
          placed a: buy 10 @ 100
          rests a: 10 @ 100
        > withdraw ann 99001 USD
          refused: insufficient_funds
        > transfer ann 99001 USD trading funding
          refused: insufficient_funds
        > withdraw ann 90000 USD
          withdrawn 90000 USD: ann trading has 10000
        > transfer ann 9000 USD trading funding
          transferred 9000 USD: ann trading has 1000, ann funding has 9000
        > balances ann
          ann: 1000 BTC, 1000 USD (1000 held), 9000 USD funding
        > bob sell 10 @ 100 id=b
          placed b: sell 10 @ 100
          trade 1: taker b sells 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker a buys 10 @ 100 = 1000, fee 0 BTC, filled
        > balances ann
          ann: 1010 BTC, 0 USD, 9000 USD funding
    """)


def test_transfers_between_the_ledgers_of_an_account() -> None:
    play("""
        > transfer ann 400 BTC trading funding id=t1
          transferred 400 BTC: ann trading has 600, ann funding has 400, id t1
        > transfer ann 401 BTC funding trading
          refused: insufficient_funds
        > transfer ann 400 BTC funding trading id=t1
          transferred 400 BTC: ann funding has 0, ann trading has 1000, id t1
        > transfer ann 1 BTC funding trading
          refused: insufficient_funds
        > transfer ann 1 BTC trading trading
          refused: transfer_same_ledger
        > transfer ann 1 BTC trading trading to=ann
          refused: transfer_same_ledger
    """)


def test_transfers_within_a_family_of_accounts_only() -> None:
    play("""
        > account ann2 master=ann
          account 5: ann2, sub-account of ann, cancel_maker, tier 0
        > account ann3 master=ann
          account 6: ann3, sub-account of ann, cancel_maker, tier 0
        > account bob2 master=bob
          account 7: bob2, sub-account of bob, cancel_maker, tier 0
        > transfer ann 10 BTC trading trading to=ann2
          transferred 10 BTC: ann trading has 990, ann2 trading has 10
        > transfer ann2 4 BTC trading funding to=ann3
          transferred 4 BTC: ann2 trading has 6, ann3 funding has 4
        > transfer ann3 3 BTC funding trading to=ann
          transferred 3 BTC: ann3 funding has 1, ann trading has 993
        > transfer ann 1 BTC trading trading to=bob
          refused: transfer_accounts_unrelated
        > transfer ann2 1 BTC trading trading to=bob2
          refused: transfer_accounts_unrelated
        > transfer ann2 7 BTC trading trading to=ann
          refused: insufficient_funds
        > balances ann ann2 ann3
          ann: 993 BTC, 100000 USD
          ann2: 6 BTC
          ann3: 1 BTC funding
    """)


def test_a_frozen_account_receives_but_does_not_send() -> None:
    play("""
        > account ann2 master=ann
          account 5: ann2, sub-account of ann, cancel_maker, tier 0
        > freeze ann2
          configured ann2: cancel_maker, tier 0, frozen
        > deposit ann2 5 BTC
          deposited 5 BTC: ann2 trading has 5
        > transfer ann 5 BTC trading trading to=ann2
          transferred 5 BTC: ann trading has 995, ann2 trading has 10
        > withdraw ann2 1 BTC
          refused: account_frozen
        > transfer ann2 1 BTC trading funding
          refused: account_frozen
        > transfer ann2 1 BTC trading trading to=ann
          refused: account_frozen
    """)


def test_the_house_owes_what_came_in() -> None:
    play("""
        > balances house fees
          house: -3000 BTC, -300000 USD
          fees: 0 BTC, 0 USD
        > withdraw ann 100 BTC
          withdrawn 100 BTC: ann trading has 900
        > balances house
          house: -2900 BTC, -300000 USD
        > deposit house 1 BTC
          refused: account_not_found
        > withdraw house 1 BTC
          refused: account_not_found
        > transfer house 1 BTC funding trading
          refused: account_not_found
        > balances house
          house: -2900 BTC, -300000 USD
    """)


ANN, BOB, FROZEN = 2, 3, 4
DEPOSIT = c.Deposit(account=ANN, currency=0, ledger=Ledger.TRADING, amount=5)
DEPOSIT_REASONS = [
    Reason(Rejection.FIELD_INVALID, {"ledger": 2}),
    Reason(Rejection.FIELD_INVALID, {"ledger": -1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 5}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": -1}),
    Reason(Rejection.CURRENCY_NOT_FOUND, {"currency": 2}),
    Reason(Rejection.CURRENCY_NOT_FOUND, {"currency": -1}),
    Reason(Rejection.AMOUNT_NOT_POSITIVE, {"amount": 0}),
    Reason(Rejection.AMOUNT_NOT_POSITIVE, {"amount": -(2**63)}),
    Reason(Rejection.SUPPLY_EXCEEDED, {"amount": INT_MAX - 999}),
    Reason(Rejection.SUPPLY_EXCEEDED, {"amount": 2**63 - 1}),
]
WITHDRAW = c.Withdraw(account=ANN, currency=0, ledger=Ledger.TRADING, amount=5)
WITHDRAW_REASONS = [
    *DEPOSIT_REASONS[:4],
    Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
    *DEPOSIT_REASONS[4:8],
    Reason(Rejection.INSUFFICIENT_FUNDS, {"amount": 1_001}),
    Reason(Rejection.INSUFFICIENT_FUNDS, {"account": BOB}),
    Reason(Rejection.INSUFFICIENT_FUNDS, {"amount": 2**63 - 1}),
    Reason(Rejection.INSUFFICIENT_FUNDS, {"ledger": Ledger.FUNDING}),
]
TRANSFER = c.Transfer(account=ANN, currency=0, amount=5, from_ledger=Ledger.TRADING, to_ledger=Ledger.FUNDING)
TRANSFER_REASONS = [
    Reason(Rejection.FIELD_INVALID, {"from_ledger": 2}),
    Reason(Rejection.FIELD_INVALID, {"to_ledger": -1}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 5}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"to_account": 5}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"to_account": -2}),
    Reason(Rejection.ACCOUNT_FROZEN, {"account": FROZEN}),
    *DEPOSIT_REASONS[4:8],
    Reason(
        Rejection.TRANSFER_SAME_LEDGER, {"from_ledger": Ledger.TRADING, "to_ledger": Ledger.TRADING, "to_account": -1}
    ),
    Reason(
        Rejection.TRANSFER_SAME_LEDGER, {"from_ledger": Ledger.TRADING, "to_ledger": Ledger.TRADING, "to_account": ANN}
    ),
    Reason(Rejection.TRANSFER_ACCOUNTS_UNRELATED, {"to_account": BOB}),
    Reason(Rejection.INSUFFICIENT_FUNDS, {"amount": 1_001}),
    Reason(Rejection.INSUFFICIENT_FUNDS, {"from_ledger": Ledger.FUNDING, "to_ledger": Ledger.TRADING}),
]
TABLES = pytest.mark.parametrize(
    ("sound", "reasons"),
    [(DEPOSIT, DEPOSIT_REASONS), (WITHDRAW, WITHDRAW_REASONS), (TRANSFER, TRANSFER_REASONS)],
    ids=["deposit", "withdraw", "transfer"],
)


@pytest.fixture
def floor() -> Floor:
    """Ann has 1,000 BTC, bob and a frozen account nothing."""
    return Floor("""
        > currency BTC scale=0
        > currency USD scale=0
        > account ann
        > account bob
        > account frozen
        > freeze frozen
        > deposit ann 1000 BTC
    """)


@TABLES
def test_each_reason_alone_is_told(floor: Floor, sound: c.Command, reasons: list[Reason]) -> None:
    expect_each(floor, sound, reasons)


@TABLES
def test_of_two_reasons_the_first_is_told(floor: Floor, sound: c.Command, reasons: list[Reason]) -> None:
    expect_precedence(floor, sound, reasons, pairs_min=25)


@TABLES
def test_the_sound_commands_of_the_tables_are_accepted(floor: Floor, sound: c.Command, reasons: list[Reason]) -> None:
    assert floor.apply(sound)[0] == Rejection.NONE


def test_the_whole_supply_may_be_issued_and_moved() -> None:
    floor = Floor()
    room = INT_MAX - 3_000
    play(
        f"""
        > deposit ann {room + 1} BTC
          refused: supply_exceeded
        > deposit ann {room} BTC
          deposited {room} BTC: ann trading has {room + 1_000}
        > deposit bob 1 BTC
          refused: supply_exceeded
        > transfer ann {room} BTC trading funding
          transferred {room} BTC: ann trading has 1000, ann funding has {room}
        > withdraw ann 1 BTC funding
          withdrawn 1 BTC: ann funding has {room - 1}
        > deposit bob 2 BTC
          refused: supply_exceeded
        > deposit bob 1 BTC
          deposited 1 BTC: bob trading has 1001
        """,
        floor,
    )
