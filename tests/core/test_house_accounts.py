"""The house's own accounts act for nobody: no command may name them as a party.

They are the outside, the income of fees, and whatever else is of kind HOUSE, such as the funds of families.
"""

import pytest

from lonja.core import commands as c
from lonja.core.kinds import Ledger
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16, Text32
from tests.core.precedence import Reason, expect_each
from tests.core.scenario import Floor, play

OUTSIDE, FEE_INCOME, ANN = 0, 1, 2
HOUSE_SUB_ACCOUNT, FUND = 5, 6
OF_THE_HOUSE = (OUTSIDE, FEE_INCOME, HOUSE_SUB_ACCOUNT, FUND)
BTC, USD = 0, 1


@pytest.fixture(scope="module")
def floor() -> Floor:
    """They hold money: fees were paid, the outside owes what came in, a fund was endowed. Ann has an order."""
    made = Floor()
    made.run("""
        > fees tier=0 maker=20000 taker=20000
        > ann sell 100 @ 100 id=a
        > bob buy 50 @ 100 id=b
        > cat buy 1 @ 50 id=c
    """)
    assert made.apply(c.CreateAccount(kind=0, master=OUTSIDE))[0] == Rejection.NONE
    assert made.apply(c.DefineFamily(name=Text32("BTC-USD"), settle=USD))[0] == Rejection.NONE
    assert made.apply(c.EndowFund(family=0, amount=100))[0] == Rejection.NONE
    return made


COMMANDS: dict[str, c.Command] = {
    "deposit": c.Deposit(account=ANN, currency=USD, ledger=Ledger.TRADING, amount=1),
    "withdraw": c.Withdraw(account=ANN, currency=USD, ledger=Ledger.TRADING, amount=1),
    "transfer": c.Transfer(account=ANN, currency=USD, amount=1, from_ledger=Ledger.TRADING, to_ledger=Ledger.FUNDING),
    "withdrawal hold": c.SetWithdrawalHold(account=ANN, hold_id=1, currency=USD, amount=1),
    "correction": c.CorrectBalance(account=ANN, correction_id=1, currency=USD, ledger=Ledger.TRADING, amount=1),
    "limit order": c.PlaceOrder(account=ANN, side=0, price=40, size=1),
    "market order": c.PlaceOrder(account=ANN, side=1, order_type=1, size=1),
    "cancel": c.CancelOrder(account=ANN, client_order_id=Text32("a")),
    "amend": c.AmendOrder(account=ANN, client_order_id=Text32("a"), new_size=60),
    "cancel all after": c.CancelAllAfter(account=ANN, timeout_ms=10_000),
    "no more of it": c.CancelAllAfter(account=ANN, timeout_ms=0, tag=Text16("t")),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_no_command_about_money_or_orders_may_name_them(floor: Floor, what: str) -> None:
    named = [Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in OF_THE_HOUSE]
    expect_each(floor, COMMANDS[what], named)


@pytest.mark.parametrize("what", COMMANDS)
def test_the_same_of_a_customer_is_accepted(what: str) -> None:
    copy = Floor()
    copy.run("> ann sell 100 @ 100 id=a\n> bob buy 1 @ 50 id=b")
    assert copy.apply(COMMANDS[what])[0] == Rejection.NONE


@pytest.mark.parametrize("receiver", OF_THE_HOUSE)
@pytest.mark.parametrize("sender", [ANN, FUND])
def test_nobody_sends_to_them(floor: Floor, sender: int, receiver: int) -> None:
    sent = c.Transfer(account=sender, currency=USD, amount=1, from_ledger=Ledger.TRADING, to_ledger=Ledger.TRADING)
    expect_each(floor, sent, [Reason(Rejection.ACCOUNT_NOT_FOUND, {"to_account": receiver})])


def test_what_they_hold_moves_only_as_the_other_side() -> None:
    play("""
        > fees tier=0 maker=0 taker=20000
          fee tier 0, group 0: maker 0, taker 20000
        > ann sell 100 @ 100 id=a
          placed a: sell 100 @ 100
          rests a: 100 @ 100
        > bob buy 100 @ 100 id=b
          placed b: buy 100 @ 100
          trade 1: taker b buys 100 @ 100 = 10000, fee 2 BTC, filled
          trade 1: maker a sells 100 @ 100 = 10000, fee 0 USD, filled
        > withdraw fees 2 BTC
          refused: account_not_found
        > balances house fees
          house: -3000 BTC, -300000 USD
          fees: 2 BTC, 0 USD
    """)
