"""Joins what people do to protect themselves with staff, rights, keys, verification and notices.

Why here: identity asks through ports, and only ``bootstrap`` knows who answers. Invariant: a decision that was told
twice is done once; what became pointless meanwhile is no reason to tell for ever.
"""

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from lonja.modules.backoffice.api import BackOffice, CaseDecided, Exhibit, Proposal
from lonja.modules.governance.api import Rights, serving_entity
from lonja.modules.identity.api import Identity, People, PeopleEvent, SignedIn, SignInRefused
from lonja.modules.verification.api import Verification
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS

_RESET: Final = "reset"
_RESTRICTION: Final = "guided_steps"
_REPORT: Final = "unusual_activity"
_ACTOR: Final = "identity"
_CASE_WITHDRAWN: Final = "The person canceled the reset."

_log = structlog.get_logger("lonja.people")


class CaseDesk:
    """``ResetDesk`` by the back office."""

    def __init__(self, office: BackOffice) -> None:
        """Ask ``office``."""
        self._office = office

    def open(self, user_id: int, reset_id: int, factor: str, reason: str) -> int:
        """The number of the case about a reset."""
        name = f"{_RESET}:{reset_id}"
        summary = f"Lost: {factor}. In the person's words: {reason}"
        return self._office.cases.open(_RESET, user_id, summary, (name,), reference=name)

    def withdraw(self, case_id: int) -> None:
        """Nobody needs to decide it any more."""
        try:
            self._office.cases.withdraw(case_id, _CASE_WITHDRAWN)
        except RefusedError as error:
            _log.info("the case of a canceled reset was over", code=error.code)


class HouseSafety:
    """``Safety`` by governance, the keys of identity, and staff."""

    def __init__(self, rights: Rights, identity: Identity, office: BackOffice) -> None:
        """Ask these three."""
        self._rights, self._identity, self._office = rights, identity, office

    def close(self, user_id: int, reference: str) -> None:
        """Close trading and the way out for money."""
        self._rights.restrictions.place(user_id, _RESTRICTION, reference=reference, placed_by=_ACTOR)

    def open(self, user_id: int, reference: str) -> None:
        """Open them again."""
        self._rights.restrictions.lift_reference(user_id, _RESTRICTION, reference, _ACTOR)

    def old_keys(self, account: int, before_ms: int) -> int:
        """How many API keys of the account and its sub-accounts were made before that time and still work."""
        family = {account, *(sub.account for sub in self._identity.sub_accounts.of(account))}
        keys = (key for one in family for key in self._identity.list_keys(one))
        return sum(key.created_ms < before_ms for key in keys)

    def report(self, user_id: int, what: str) -> None:
        """Tell staff that a person says that something was not them."""
        self._office.cases.open(_REPORT, user_id, what, reference="not-me")


class VerifiedHolders:
    """``Holders`` by verification."""

    def __init__(self, verification: Verification, rights: Rights) -> None:
        """Ask both: what was stated counts once it was verified."""
        self._verification, self._rights = verification, rights

    def matches(self, user_id: int, holder: str) -> bool | None:
        """Whether ``holder`` is the verified name of a user, in the order in which banks write it too."""
        if self._rights.facts(user_id).kyc_level < 1:
            return None
        person = self._verification.applications.stated(user_id).person
        if person is None:
            return None
        written = set(holder.casefold().replace(",", " ").split())
        return bool(written) and written == set(person.whole_name.casefold().split())


class ResidenceDoubts:
    """Opens the question about the residence when a sign-in speaks against it, and notices of new devices."""

    def __init__(self, people: People, rights: Rights, clock: Callable[[], int]) -> None:
        """``clock`` gives the exchange's time in milliseconds."""
        self._people, self._rights, self._clock = people, rights, clock

    def follow(self, _: int, event: PeopleEvent) -> None:
        """Look at a sign-in (blocking)."""
        if isinstance(event, SignInRefused):
            self._tell(event.user_id, "device_refused")
        if not isinstance(event, SignedIn):
            return
        if event.is_new_device and "sign_up" not in event.passed:
            self._tell(
                event.user_id, "new_device", self._people.residence_answers.seen_at(event.user_id, event.device_id)
            )
        doubt = self._people.residence_answers.doubt(event.user_id, event.device_id)
        is_asked = bool(doubt) and self._is_asked(event.user_id, doubt)
        if is_asked and self._rights.standings.open_questionnaire(event.user_id, doubt):
            self._tell(event.user_id, "residence_question")

    def _is_asked(self, user_id: int, doubt: str) -> bool:
        now_ms, rules = self._clock(), self._rights.rules
        try:
            residence = self._people.user(user_id).residence
            answered_ms = self._people.residence_answers.said_still_here_ms(user_id)
        except RefusedError:
            return False
        entity = serving_entity(residence, rules, now_ms)
        quiet_ms = rules.number("questionnaire.quiet_days", entity, now_ms, residence) * DAY_MS
        is_quiet = answered_ms >= 0 and now_ms - answered_ms < quiet_ms
        return not is_quiet and doubt in rules.names("questionnaire.opened_by", entity, now_ms, residence)

    def _tell(self, user_id: int, template: str, values: Mapping[str, str] | None = None) -> None:
        try:
            self._people.tell(user_id, template, values or {})
        except RefusedError as error:
            _log.info("somebody who is gone was not told", code=error.code)


def follow_protection(
    people: People,
    identity: Identity,
    rights: Rights,
    office: BackOffice,
    verification: Verification,
    clock: Callable[[], int],
) -> None:
    """Join them; call it before anything is told."""
    people.resets.desk = CaseDesk(office)
    people.guides.safety = HouseSafety(rights, identity, office)
    people.payment_methods.holders = VerifiedHolders(verification, rights)
    people.subscribe(ResidenceDoubts(people, rights, clock).follow)

    def decided(_: int, case: CaseDecided) -> None:
        for kind, _colon, number in (name.partition(":") for name in case.evidence):
            if kind == _RESET:
                people.resets.decided(int(number), approved=case.decision == "approved", now_ms=clock())

    def act(_: int, proposal: Proposal) -> None:
        if proposal.user_id is not None:
            try:
                people.resets.approve_at_once(proposal.user_id, proposal.values["factor"], clock())
            except RefusedError as error:
                _log.info("an act of staff had become pointless", code=error.code)

    def exhibit(name: str) -> Exhibit:
        reset = people.resets.find(int(name) if name.isdecimal() else 0)
        return Exhibit(values={"factor": reset.factor, "state": reset.state, "begun_ms": str(reset.begun_ms)})

    office.cases.subscribe(_RESET, decided)
    office.proposals.subscribe("factor.reset", act)
    office.evidence.serve(_RESET, exhibit)
