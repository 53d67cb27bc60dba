"""Corrections of balances from two members of staff to the customer's bill, in a whole house."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.settings import Settings
from lonja.bootstrap.wiring import FIRST_FEE_TIER, House, build_house
from lonja.core.commands import Command, CreateCurrency, Deposit, Transfer
from lonja.core.texts import Text16
from lonja.core.views import Outcome
from lonja.engine.sequencer import Sequencer
from lonja.modules.backoffice.api import StaffSession
from lonja.modules.history.api import BillKind
from lonja.modules.identity.api import Contact, ContactKind, TradingAccounts, uid
from lonja.primitives.errors import EngineOutcomeUnknownError, RefusedError

NOW = 1_790_000_000_000
EMAIL = "greta@example.org"
FIN, OFFICER = (StaffSession(number, signed_in_with_passkey=True) for number in (901, 902))
FUNDING = 0

_Result = TypeVar("_Result")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Greta has 1000 cents of USD in her funding account."""
    made = await build_house(Settings(data=tmp_path), ManualClock(NOW))
    made.back_office.staff.make_first(FIN.user_id, ("finance",))
    made.back_office.staff.make_first(OFFICER.user_id, ("compliance",))
    await made.engine.submit(CreateCurrency(name=Text16("USD"), scale=2))
    yield made
    await made.close()


async def on_thread(act: Callable[[], _Result]) -> _Result:
    return await asyncio.to_thread(act)


class Desk:
    """Greta, and the two who correct her balance."""

    def __init__(self, house: House, user_id: int, account: int) -> None:
        self.house, self.user_id, self.account = house, user_id, account

    async def propose(self, amount: str, **values: str) -> int:
        said = {"account": uid(self.account), "currency": "USD", "ledger": "funding", "house_account": "outside"}
        said |= {"amount": amount} | values
        proposals = self.house.back_office.proposals
        return await on_thread(lambda: proposals.propose(FIN, "ledger.correct", self.user_id, "ticket 77", said))

    async def approve(self, number: int) -> None:
        await on_thread(lambda: self.house.back_office.proposals.approve(OFFICER, number))

    async def keep_house(self) -> None:
        await on_thread(self.house.back_office.keep_house)

    def cash(self) -> int:
        return self.house.engine.views.balance(self.account, 0, FUNDING).cash

    async def told(self) -> list[str]:
        """What the audit log says came of it."""
        entries = await on_thread(lambda: self.house.back_office.read_audit(OFFICER, limit=50))
        return sorted(
            entry.action for entry in entries if entry.action.startswith("ledger.correct.") and entry.actor == "system"
        )

    def notices(self) -> list[str]:
        return [" ".join(message.content.text.split()) for message in self.house.notices.sent_to(EMAIL)]


@pytest.fixture
async def desk(house: House) -> Desk:
    people = house.people.parts
    with people.transaction() as session:
        user_id = people.users.create(session, Contact(ContactKind.EMAIL, EMAIL), "hash", "ES", "", NOW).user_id
    accounts = TradingAccounts(house.engine, house.identity, house.people, FIRST_FEE_TIER)
    account = await accounts.ensure(user_id)
    await house.engine.submit(Deposit(account=account, currency=0, ledger=FUNDING, amount=1_000))
    return Desk(house, user_id, account)


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("-10.01", {}, "funds_missing"),
    ("1", {"house_account": "fee_income"}, "funds_missing"),
    ("1", {"house_account": "my_pocket"}, "act_incomplete"),
    ("1", {"ledger": "savings"}, "act_incomplete"),
    ("1", {"currency": "EUR"}, "currency_unknown"),
    ("0", {}, "amount_form"),
    ("1.001", {}, "amount_form"),
    ("1e3", {}, "amount_form"),
    ("1", {"account": "0"}, "account_not_theirs"),
    ("1", {"account": uid(0)}, "account_not_theirs"),
    ("1", {"account": uid(99)}, "account_not_theirs"),
]


async def test_what_two_decide_is_made_told_and_billed_and_nothing_else(desk: Desk) -> None:
    office = desk.house.back_office
    assert [act for act in office.rules.acts if not office.proposals.is_carried_out(act)] == []
    for amount, values, code in REFUSED:
        with pytest.raises(RefusedError) as refused:
            await desk.propose(amount, **values)
        assert refused.value.code == code, (amount, values)
    number = await desk.propose("-2.50")
    assert desk.cash() == 1_000
    await desk.approve(number)
    assert desk.cash() == 750
    assert await desk.told() == ["ledger.correct.done"]
    assert any("Amount: -2.5 USD Account: funding" in text for text in desk.notices())
    await on_thread(lambda: desk.house.history.catch_up(desk.house.engine.views.last_sequence()))
    (bill,) = await desk.house.history.bills(desk.account, FUNDING, bill_kind=BillKind.CORRECTION)
    assert (bill.change, bill.balance) == (-250, 750)
    balances = [view for account in range(desk.account + 1) for view in desk.house.engine.views.balances(account)]
    assert sum(view.cash for view in balances) == 0


async def test_a_correction_is_made_once_whatever_breaks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    submit = Sequencer.submit

    async def fails(_: Sequencer, __: Command) -> Outcome:
        raise EngineOutcomeUnknownError("The house stopped.", "Try again.")

    async def forgets(engine: Sequencer, command: Command) -> Outcome:
        await submit(engine, command)
        return await fails(engine, command)

    for breaks, cash in ((fails, 1_000), (forgets, 1_600)):
        number = await desk.propose("3")
        with monkeypatch.context() as broken:
            broken.setattr(Sequencer, "submit", breaks)
            await desk.approve(number)
            assert desk.cash() == cash
        await desk.keep_house()
    assert (desk.cash(), await desk.told()) == (1_600, ["ledger.correct.done"] * 2)
    # What is gone when it is approved is refused, and waits on.
    number = await desk.propose("-16")
    move = Transfer(account=desk.account, currency=0, amount=1, from_ledger=0, to_ledger=1)
    await desk.house.engine.submit(move)
    with pytest.raises(RefusedError, match="does not have that much"):
        await desk.approve(number)
    # What is gone only after that is refused by the core, and the audit log says so.
    await desk.house.engine.submit(move._replace(from_ledger=1, to_ledger=0))
    with monkeypatch.context() as broken:
        broken.setattr(Sequencer, "submit", fails)
        await desk.approve(number)
        await submit(desk.house.engine, move)
    await desk.keep_house()
    assert (desk.cash(), await desk.told()) == (1_599, ["ledger.correct.done"] * 2 + ["ledger.correct.fail"])
    assert sum("corrected a balance" in text for text in desk.notices()) == 2
