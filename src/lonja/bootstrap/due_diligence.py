"""Opens due diligence of a data folder and joins it with people, governance, the back office and the engine.

Why here: due diligence asks the rest of the house through ports; only ``bootstrap`` knows who answers.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

import msgspec
import structlog
from sqlalchemy.orm import Session

from lonja.bootstrap.engine_calls import LoopCaller, cancels_of
from lonja.bootstrap.housekeeping import Housekeeper
from lonja.bootstrap.people import AGREEMENTS
from lonja.core.commands import CancelOrder
from lonja.engine.api import Engine
from lonja.modules.backoffice.api import BackOffice, Doing, Exhibit, Proposal
from lonja.modules.governance.api import (
    ANY_SESSION,
    Capability,
    Entity,
    Rights,
    RuleBook,
    entitlements,
    serving_entity,
)
from lonja.modules.identity.api import Agreement, People, PeopleEvent, ServingRules, StateChanged, UserState
from lonja.modules.verification.api import (
    EXHIBIT_KINDS,
    DueDiligence,
    Hindrance,
    Levels,
    Listed,
    Named,
    Question,
    Screening,
    Stated,
    Step,
    Surroundings,
    Wording,
    natural_customer,
)
from lonja.primitives.errors import DataError, LonjaError, RefusedError
from lonja.storage.ports import SecretBox

DUE_DILIGENCE_NAME: Final = "due_diligence.sqlite"
_HOUSEKEEPING_SECONDS: Final = 60.0
_ACTOR: Final = "due_diligence"
_BLOCKING_HOLDS: Final = ("case", "travel_rule")
_INCOMING: Final = (Capability.MONEY_DEPOSIT, Capability.FIAT_DEPOSIT, Capability.FIAT_CARD)

_log = structlog.get_logger("lonja.due_diligence")


class RuledNumbers:
    """``HouseRules`` from the rule book."""

    def __init__(self, rules: RuleBook, serving: ServingRules) -> None:
        """``serving`` says who is served at all."""
        self._rules, self._serving = rules, serving

    def entity(self, place: str, now_ms: int) -> Entity:
        """The company that serves residents of ``place``."""
        return serving_entity(place, self._rules, now_ms)

    def number(self, name: str, place: str, now_ms: int) -> int:
        """The number that holds there."""
        return self._rules.number(name, self.entity(place, now_ms), now_ms, place)

    def names(self, name: str, place: str, now_ms: int) -> tuple[str, ...]:
        """The names that hold there."""
        return self._rules.names(name, self.entity(place, now_ms), now_ms, place)

    def text(self, name: str, place: str, now_ms: int) -> str:
        """The text that holds there."""
        return self._rules.text(name, self.entity(place, now_ms), now_ms, place)

    def check_place(self, place: str, now_ms: int) -> None:
        """Raise ``RefusedError`` when nobody living there is served."""
        self._serving.check_residence(place, now_ms)


class FiledWordings:
    """``Wordings`` from the folder of agreements."""

    def __init__(self, rules: RuledNumbers, serving: ServingRules, folder: Path) -> None:
        """Texts lie in ``folder`` as ``NAME VERSION.txt``."""
        self._rules, self._serving, self._folder = rules, serving, folder

    def attestation(self, place: str, now_ms: int) -> Wording:
        """What an institution attests. Raises ``DataError`` when the text is missing."""
        listed = self._rules.text("institution.attestation", place, now_ms)
        try:
            text = (self._folder / f"{listed}.txt").read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"There is no text {listed!r} to attest.", "Add the file, or correct the rules.") from error
        name, _, version = listed.partition(" ")
        return Wording(name, version, sha256(text.encode()).hexdigest(), text)

    def agreements(self, place: str, now_ms: int) -> tuple[Wording, ...]:
        """What a resident of ``place`` agrees to."""
        return tuple(
            Wording(found.name, found.version, found.text_hash, found.text)
            for found in self._serving.agreements(place, now_ms)
        )


class RightsGoverning:
    """``Governing`` by holds, restrictions and the steps of verification."""

    def __init__(self, rights: Rights, levels: Levels) -> None:
        """Change what ``rights`` and ``levels`` keep."""
        self._rights, self._levels = rights, levels

    def kyc_level(self, user_id: int) -> int:
        """The level of verification."""
        return self._rights.facts(user_id).kyc_level

    def may_apply(self, user_id: int) -> bool:
        """Whether a user may apply for verification at all."""
        return self._rights.entitlements(user_id, ANY_SESSION).allows(Capability.VERIFICATION_APPLY)

    def raise_kyc_level(self, user_id: int, level: int) -> None:
        """An institution was verified."""
        for step in tuple(Step)[:level]:
            self._levels.pass_step(user_id, step)

    def lower_kyc_level(self, user_id: int, level: int) -> None:
        """Nothing above ``level`` holds any more."""
        for step in tuple(Step)[level:]:
            self._levels.take_back(user_id, step)

    def funds_shown(self, user_id: int, until_ms: int) -> None:
        """The step after the address is passed for so long."""
        self._levels.pass_step(user_id, Step.FUNDS, until_ms)

    def restrict(self, user_id: int, kind: str, reference: str) -> None:
        """Place a restriction."""
        self._rights.restrictions.place(user_id, kind, reference=reference, placed_by=_ACTOR)

    def lift(self, user_id: int, kind: str, reference: str) -> None:
        """Lift it again; nothing when there is none."""
        self._rights.restrictions.lift_reference(user_id, kind, reference, _ACTOR)

    def hold(self, user_id: int, kind: str, reference: str, currency: str, amount: int) -> None:
        """Keep an amount."""
        self._rights.holds.place(user_id, kind, reference=reference, placed_by=_ACTOR, currency=currency, amount=amount)

    def release(self, user_id: int, kind: str, reference: str) -> None:
        """End that hold; nothing when there is none."""
        self._rights.holds.release_reference(user_id, kind, reference, _ACTOR)

    def close_questionnaire(self, user_id: int) -> None:
        """The question where the user lives is answered."""
        self._rights.standings.close_questionnaire(user_id)


class PeopleResidents:
    """``Residents`` by identity."""

    def __init__(self, people: People) -> None:
        """Ask ``people``."""
        self._people = people

    def residence(self, user_id: int) -> str:
        """Where a user lives, empty for somebody who is gone."""
        try:
            return self._people.user(user_id).residence
        except RefusedError:
            return ""

    def move(self, user_id: int, place: str, agreed: Sequence[Wording], now_ms: int) -> None:
        """Change the residence, keep what was agreed to and end all sessions."""
        texts = [Agreement(text.name, text.version, text.text_hash, "") for text in agreed]
        self._people.moving.move(user_id, place, texts, now_ms)

    def tell(self, user_id: int, title: str) -> None:
        """Send a notice to every contact of a user."""
        with suppress(RefusedError):
            self._people.tell(user_id, "notice", {"title": title})


class Orders(Protocol):
    """The open orders of a master account and its sub-accounts."""

    def count(self, account: int) -> int:
        """How many there are."""

    def cancel(self, account: int) -> None:
        """Cancel all. Raises ``LonjaError`` to be asked again later."""


class NoOrders:
    """For houses whose engine does not run."""

    def count(self, account: int) -> int:
        """None."""
        del account
        return 0

    def cancel(self, account: int) -> None:
        """Nothing is there to cancel."""


class EngineOrders:
    """``Orders`` by the engine, asked from other threads than the loop's."""

    def __init__(self, engine: Engine, subs_of: Callable[[int], Sequence[int]]) -> None:
        """Ask on the running loop; ``subs_of`` gives the sub-accounts of a master (blocking)."""
        self._engine, self._subs_of = engine, subs_of
        self._caller = LoopCaller()

    def count(self, account: int) -> int:
        """How many open orders the family has."""
        return self._caller.wait(self._count(self._family(account)))

    def cancel(self, account: int) -> None:
        """Cancel them all. Raises ``DataError`` when some stay, and what ``Engine.submit_many`` raises."""
        self._caller.wait(self._cancel(self._family(account)))

    async def _count(self, family: Sequence[int]) -> int:
        return len(cancels_of(self._engine, family))

    async def _cancel(self, family: Sequence[int]) -> None:
        # An order may still be on its way that the gate let through before it closed. Whatever is sent now comes after
        # it, so the second look is complete; without orders, canceling one that never was takes their place.
        for _ in range(2):
            nothing = [CancelOrder(account=family[0], instrument=0, order_id=-1)]
            await self._engine.submit_many(cancels_of(self._engine, family) or nothing)
        left = len(cancels_of(self._engine, family))
        if left:
            raise DataError(f"{left} orders of account {family[0]} could not be canceled.", "Try again.")

    def _family(self, account: int) -> Sequence[int]:
        return list(dict.fromkeys([account, *self._subs_of(account)]))


class HouseBooks:
    """``Books`` by governance and the engine."""

    def __init__(self, people: People, rights: Rights, orders: Orders) -> None:
        """``orders`` may be replaced once the engine runs."""
        self._people, self._rights = people, rights
        self.orders = orders

    def hindrances(self, user_id: int, to_place: str, now_ms: int) -> tuple[Hindrance, ...]:
        """What a move meets: the account's state, restrictions, holds, open orders, products closed there."""
        user = self._people.user(user_id)
        found = []
        if user.state is not UserState.ACTIVE:
            found.append(Hindrance("account_not_active", f"The account is {user.state}.", blocks=True))
        for restriction in self._rights.restrictions.of(user_id):
            if restriction.kind != "residence_change":
                sentence = f"The account is restricted: {restriction.told}"
                found.append(Hindrance("restricted", sentence, blocks=True))
        for hold in self._rights.holds.of(user_id):
            blocks = hold.kind in _BLOCKING_HOLDS
            sentence = f"Money is held: {hold.reason}" + ("" if blocks else " It stays held after the move.")
            found.append(Hindrance("money_held", sentence, blocks=blocks))
        order_count = 0 if user.account is None else self.orders.count(user.account)
        if order_count:
            sentence = f"{order_count} open orders will be canceled."
            found.append(Hindrance("orders_canceled", sentence, blocks=False))
        return (*found, *self._products(user_id, to_place, now_ms))

    def cancel_orders(self, user_id: int) -> None:
        """Cancel every open order of the person's accounts."""
        account = self._people.user(user_id).account
        if account is not None:
            self.orders.cancel(account)

    def _products(self, user_id: int, to_place: str, now_ms: int) -> list[Hindrance]:
        rights = self._rights
        here = rights.facts(user_id)
        now = entitlements(here, ANY_SESSION, rights.rules, now_ms)
        then = entitlements(replace(here, residence=to_place), ANY_SESSION, rights.rules, now_ms)
        closing = [name for name in Capability if now.allows(name) and not then.allows(name)]
        return [Hindrance("product_closes", then.of(name).sentence, blocks=False) for name in closing]


class VerifiedCustomers:
    """``KnownCustomers`` by what verification approved: an institution, or a person whose identity was shown."""

    def __init__(self, levels: Levels, stated: Callable[[int], Stated]) -> None:
        """``stated`` gives what a person stated; institutions are known once ``due_diligence`` is there."""
        self._levels, self._stated = levels, stated
        self.due_diligence: DueDiligence | None = None

    def person(self, user_id: int) -> bytes | None:
        """An IVMS101 person as JSON."""
        found = None if self.due_diligence is None else self.due_diligence.institutions.legal_person(user_id)
        level = self._levels.level(user_id)
        stated = self._stated(user_id)
        if found is None and level and stated.person is not None:
            # The address counts once a paper showed it.
            address = stated.address if level > 1 else None
            lines = () if address is None else (address.street, f"{address.postal_code} {address.city}")
            person = stated.person
            found = natural_customer(person.given_names, person.surname, person.residence, lines, str(user_id))
        return None if found is None else msgspec.json.encode(found)


class ScreenedLists:
    """``ListedNames`` by the lists that verification screens people against."""

    def __init__(self, screening: Screening) -> None:
        """Ask ``screening``, whose lists may change."""
        self._screening = screening

    @property
    def edition(self) -> str:
        """Which lists are used."""
        return self._screening.edition

    def like(self, named: Named, place: str) -> tuple[Listed, ...]:
        """Entries that ``named``, stated by a resident of ``place``, is like."""
        born = None
        with suppress(ValueError):
            # What is no day of the calendar says nothing about anybody.
            born = date.fromisoformat(named.born_on)
        found = self._screening.check(named.names, born, place, is_organization=named.is_organization)
        return tuple(
            Listed(like.entry.key, like.score, like.entry.names, like.entry.birth_years, like.entry.about)
            for like in found
        )


class FundsActs:
    """Follows the act of asking about funds inside the back office: refuses a question that there is not."""

    def proposed(self, doing: Doing, proposal: Proposal) -> None:
        """Refuse what asks nothing."""
        del doing
        question_of(proposal)

    def approved(self, doing: Doing, proposal: Proposal) -> None:
        """The same once more."""
        del doing
        question_of(proposal)

    def dropped(self, session: Session, proposal: Proposal) -> None:
        """Nothing follows."""


def question_of(proposal: Proposal) -> tuple[int, Question]:
    """Whom to ask what. Raises ``RefusedError``."""
    asked = proposal.values.get("question", "")
    if proposal.user_id is None or asked not in set(Question):
        names = ", ".join(Question)
        raise RefusedError("act_incomplete", "Say whom to ask which question.", f"Questions are: {names}.")
    return proposal.user_id, Question(asked)


class RunningDueDiligence:
    """Due diligence with its housekeeping on the running loop."""

    def __init__(self, due_diligence: DueDiligence) -> None:
        """Begin to do what is due; whoever it needs runs already."""
        self.due_diligence = due_diligence
        self._housekeeper = Housekeeper("due diligence", due_diligence.keep_house, _HOUSEKEEPING_SECONDS)
        due_diligence.names.wake = self._housekeeper.wake

    async def close(self) -> None:
        """Stop and close the database."""
        await self._housekeeper.close()
        await asyncio.to_thread(self.due_diligence.close)


def open_due_diligence(  # noqa: PLR0913  # everything it is joined with
    url: str,
    box: SecretBox,
    *,
    people: People,
    rights: Rights,
    levels: Levels,
    screening: Screening,
    office: BackOffice,
    orders: Orders,
    stated: Callable[[int], Stated],
    clock: Callable[[], int],
    agreements: Path = AGREEMENTS,
) -> DueDiligence:
    """Due diligence at ``url``, following people, rights and decided cases (blocking). Raises ``DataError``."""
    numbers, customers = RuledNumbers(rights.rules, people.parts.rules), VerifiedCustomers(levels, stated)
    house = Surroundings(
        rules=numbers,
        wordings=FiledWordings(numbers, people.parts.rules, agreements),
        reviews=office.cases,
        governing=RightsGoverning(rights, levels),
        residents=PeopleResidents(people),
        books=HouseBooks(people, rights, orders),
        customers=customers,
        lists=ScreenedLists(screening),
    )
    made = DueDiligence(url, box, house, clock)
    customers.due_diligence = made
    office.cases.subscribe("kyb", made.institutions.decided)
    office.cases.subscribe("source_of_funds", made.funds.decided)
    office.cases.subscribe("residence", made.residence.decided)
    office.cases.subscribe("travel_rule", made.travel_rule.decided)
    office.cases.subscribe("screening_hit", made.names.decided)
    office.proposals.follow("funds.ask", FundsActs())
    office.proposals.subscribe("funds.ask", partial(_ask_funds, made))
    for kind in EXHIBIT_KINDS:
        office.evidence.serve(kind, partial(_exhibit, made, kind))
    people.subscribe(partial(_follow_person, made))
    rights.standings.changes.subscribe(partial(_follow_ceiling, made, rights))
    return made


def _ask_funds(due_diligence: DueDiligence, _: int, act: Proposal) -> None:
    user_id, question = question_of(act)
    reference = f"staff:{act.values['reference']}"
    try:
        due_diligence.funds.ask(user_id, question, reference=reference, asked_by=f"staff:{act.proposed_by}")
    except RefusedError as error:
        # Whoever is gone can be asked nothing any more.
        _log.info("an act of staff had become pointless", code=error.code)


def _exhibit(due_diligence: DueDiligence, kind: str, name: str) -> Exhibit:
    shown = due_diligence.exhibit(kind, name)
    if shown.media_type:
        return Exhibit(media_type=shown.media_type, content=shown.content, name=shown.name)
    return Exhibit(values=shown.values)


def _follow_person(due_diligence: DueDiligence, _: int, event: PeopleEvent) -> None:
    if isinstance(event, StateChanged) and event.state == UserState.CLOSED:
        due_diligence.account_closed(event.user_id)


def _follow_ceiling(due_diligence: DueDiligence, rights: Rights, user_id: int) -> None:
    """Ask where money comes from when much came in; what cannot be asked now is asked at the next change."""
    used = rights.standings.used(user_id)
    came_in = sum(used.get(name, 0) for name in _INCOMING)
    if came_in:
        try:
            due_diligence.funds.ask_by_ceiling(user_id, came_in)
        except LonjaError as error:
            _log.warning("nobody was asked where money comes from", user=user_id, problem=error.message)
