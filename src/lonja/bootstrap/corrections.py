"""Carries corrections of balances, which two members of staff decided, to the core.

Why here: the back office decides, the core moves the money, identity knows whose account it is; none knows the others.
Invariant: an approved correction is made once, under the number of its proposal, however often it is told; what the core
refuses leaves an entry in the audit log that says why.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from lonja.bootstrap.engine_calls import LoopCaller
from lonja.core.accounts import FEE_ACCOUNT, OUTSIDE_ACCOUNT
from lonja.core.commands import CorrectBalance
from lonja.core.kinds import Ledger
from lonja.core.rejections import Rejection
from lonja.engine.api import Engine
from lonja.modules.backoffice.api import SYSTEM, BackOffice, Doing, Proposal
from lonja.modules.identity.api import People, account_of
from lonja.primitives.errors import RefusedError
from lonja.primitives.money import format_scaled, parse_scaled

ACT: Final = "ledger.correct"
HOUSE_ACCOUNTS: Final = {"outside": int(OUTSIDE_ACCOUNT), "fee_income": int(FEE_ACCOUNT)}
"""What a correction may be against: what is outside the house, or the fees it earned."""
_LEDGERS: Final = {ledger.name.lower(): ledger for ledger in Ledger}


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction as the core takes it, and how people write its amount."""

    user_id: int
    command: CorrectBalance
    text: str


class LedgerCorrections:
    """Follows corrections inside the back office, and makes those that were approved."""

    def __init__(self, office: BackOffice, people: People, engine: Engine) -> None:
        """Ask ``engine`` on the running loop."""
        self._office, self._people, self._engine = office, people, engine
        self._caller = LoopCaller()

    def proposed(self, doing: Doing, proposal: Proposal) -> None:
        """Refuse what makes no sense, or takes what is not there."""
        del doing
        self._read(proposal, is_made=False)

    def approved(self, doing: Doing, proposal: Proposal) -> None:
        """The same once more."""
        self.proposed(doing, proposal)

    def dropped(self, session: Session, proposal: Proposal) -> None:
        """Nothing follows."""

    def make(self, _: int, proposal: Proposal) -> None:
        """Make an approved correction (blocking). Raises ``LonjaError`` to be told it again."""
        try:
            correction = self._read(proposal, is_made=True)
        except RefusedError as error:
            # Whoever was closed meanwhile had nothing left.
            self._note(proposal, "fail", refused=error.code)
            return
        outcome = self._caller.wait(self._engine.submit(correction.command))
        if outcome.rejection != Rejection.NONE:
            self._note(proposal, "fail", refused=Rejection(outcome.rejection).name.lower())
            return
        self._note(proposal, "done", entry=str(outcome.id))
        said = {"title": "we corrected a balance of yours", "amount": correction.text}
        self._people.tell(correction.user_id, "notice", said | {"account": proposal.values["ledger"]})

    def _note(self, proposal: Proposal, what: str, **detail: str) -> None:
        reference = f"proposal:{proposal.proposal_id}"
        self._office.audit.append(SYSTEM, f"{ACT}.{what}", f"user:{proposal.user_id}", detail, reference=reference)

    def _read(self, proposal: Proposal, *, is_made: bool) -> Correction:
        """What is meant. Raises ``RefusedError``; whether it can be paid is asked before it ``is_made`` only."""
        if proposal.user_id is None:
            raise RefusedError("act_incomplete", "Say whom it is about.", "Name the person.")
        master = self._people.user(proposal.user_id).account
        return self._caller.wait(self._on_loop(proposal, proposal.user_id, master, is_made))

    async def _on_loop(self, proposal: Proposal, user_id: int, master: int | None, is_made: bool) -> Correction:
        values, views = proposal.values, self._engine.views
        house = HOUSE_ACCOUNTS.get(values.get("house_account", ""))
        ledger = _LEDGERS.get(values.get("ledger", ""))
        if house is None or ledger is None:
            remedy = f"House accounts are {', '.join(HOUSE_ACCOUNTS)}; ledgers are {', '.join(_LEDGERS)}."
            raise RefusedError("act_incomplete", "Say in which ledger, and against what.", remedy)
        account = account_of(values.get("account", ""))
        view = None if account is None else views.account(account)
        if view is None or view.master != master:
            raise RefusedError("account_not_theirs", "This is no account of that person.", "Give its user id.")
        name = values.get("currency", "")
        currency = next((found for found in views.currencies() if found.name == name), None)
        if currency is None:
            raise RefusedError("currency_unknown", "There is no such currency.", "Write its name, like USDT.")
        units = parse_scaled(values.get("amount", ""), currency.scale)
        if not units:
            remedy = f"It has {currency.scale} decimals at most; a minus takes away."
            raise RefusedError("amount_form", f"This is no amount of {name}.", remedy)
        number = proposal.proposal_id
        code = currency.currency
        command = CorrectBalance(0, view.account, 0, 0, number, house, code, int(ledger), units)
        if not is_made:
            self._check_payer(command)
        sign = "+" if units > 0 else ""
        return Correction(user_id, command, f"{sign}{format_scaled(units, currency.scale)} {name}")

    def _check_payer(self, command: CorrectBalance) -> None:
        views = self._engine.views
        balance = views.balance(command.account, command.currency, command.ledger)
        if balance.cash - balance.held < -command.amount:
            raise RefusedError("funds_missing", "The account does not have that much available.", "Look at it.")
        if command.house_account == FEE_ACCOUNT:
            earned = [view.cash for view in views.balances(int(FEE_ACCOUNT)) if view.currency == command.currency]
            if sum(earned) < command.amount:
                raise RefusedError("funds_missing", "The house did not earn that much in fees.", "Use outside.")


def follow_corrections(office: BackOffice, people: People, engine: Engine) -> None:
    """Let ``office`` correct balances; on the loop of the engine, and before anything is told."""
    corrections = LedgerCorrections(office, people, engine)
    office.proposals.follow(ACT, corrections)
    office.proposals.subscribe(ACT, corrections.make)
