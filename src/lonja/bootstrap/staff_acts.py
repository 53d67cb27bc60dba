"""What follows from acts and decisions of staff: holds, restrictions, frozen accounts, appeals.

Why here: the back office decides, governance and identity carry out, and neither knows the other. Invariant: an act that
makes no sense is refused when it is proposed and again when it is approved, not found out afterwards; carried out twice,
it is done once.
"""

from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy.orm import Session

from lonja.modules.backoffice.api import SYSTEM, BackOffice, CaseDecided, Doing, Exhibit, Proposal
from lonja.modules.governance.api import Entity, Hold, Restriction, Rights
from lonja.modules.identity.api import People
from lonja.primitives.errors import DataError, RefusedError

RESTRICTION: Final = "restriction"
"""The kind of evidence that names a restriction."""
_RELEASE: Final = {"hold.release": "releasable_by", "restriction.lift": "liftable_by"}

_log = structlog.get_logger("lonja.backoffice")


class GovernanceActs:
    """Follows acts about holds and restrictions inside the back office: refuses what governance would refuse."""

    def __init__(self, rights: Rights, clock: Callable[[], int]) -> None:
        """Judge by what ``rights`` keep now; ``clock`` gives the exchange's milliseconds."""
        self._rights, self._clock = rights, clock

    def proposed(self, doing: Doing, proposal: Proposal) -> None:
        """Refuse what is about nothing that there is."""
        del doing
        self._subject(proposal)

    def approved(self, doing: Doing, proposal: Proposal) -> None:
        """Refuse what the roles of the two may not end."""
        subject = self._subject(proposal)
        if proposal.act not in _RELEASE:
            return
        roles = doing.roles | doing.roles_of(proposal.proposed_by)
        by = self._rights.rules.names(
            f"{proposal.act.split('.')[0]}.{subject}.{_RELEASE[proposal.act]}", Entity.GLOBAL, self._clock()
        )
        if roles.isdisjoint(by):
            who = ", ".join(by) or "nobody; it ends by itself"
            code = "hold_not_releasable" if proposal.act == "hold.release" else "restriction_not_liftable"
            raise RefusedError(code, f"One of the two must be of: {who}.", "Let one of them propose it or approve it.")

    def dropped(self, session: Session, proposal: Proposal) -> None:
        """Nothing follows."""

    def _subject(self, proposal: Proposal) -> str:
        """The kind of the hold or restriction meant. Raises ``RefusedError``."""
        user_id = _person(proposal)
        match proposal.act:
            case "hold.release":
                return _hold(self._rights, user_id, proposal.values["hold"]).kind
            case "restriction.lift":
                return _restriction(self._rights, user_id, proposal.values["restriction"]).kind
            case _:
                kind, what = proposal.values["kind"], proposal.act.split(".")[0]
                try:
                    self._rights.rules.names(f"{what}.{kind}.closes", Entity.GLOBAL, self._clock())
                except DataError as error:
                    raise RefusedError("kind_unknown", f"The rules know no such {what}.", "See the rules.") from error
                return kind


class ClosingActs:
    """Follows the act of closing an account inside the back office: refuses what its owner could not do either."""

    def __init__(self, people: People) -> None:
        """Ask ``people``."""
        self._people = people

    def proposed(self, doing: Doing, proposal: Proposal) -> None:
        """Refuse while something is open, naming it."""
        del doing
        self._people.closing.check_by_house(_person(proposal))

    def approved(self, doing: Doing, proposal: Proposal) -> None:
        """The same once more."""
        self.proposed(doing, proposal)

    def dropped(self, session: Session, proposal: Proposal) -> None:
        """Nothing follows."""


def follow_staff(office: BackOffice, rights: Rights, people: People, clock: Callable[[], int]) -> None:
    """Let ``office`` act on ``rights`` and ``people``; call it before anything is told."""
    follower = GovernanceActs(rights, clock)
    office.proposals.follow("account.close", ClosingActs(people))
    for act in ("hold.place", "hold.release", "restriction.place", "restriction.lift"):
        office.proposals.follow(act, follower)

    def place_hold(_: int, act: Proposal) -> None:
        kind, reference = act.values["kind"], act.values["reference"]
        rights.holds.place(_person(act), kind, reference=reference, placed_by=f"staff:{act.proposed_by}")

    def place_restriction(_: int, act: Proposal) -> None:
        kind, reference = act.values["kind"], act.values["reference"]
        rights.restrictions.place(_person(act), kind, reference=reference, placed_by=f"staff:{act.proposed_by}")

    def release_hold(_: int, act: Proposal) -> None:
        # Whether the two may was judged when it was approved; their roles may have changed since.
        hold_id = int(act.values["hold"])
        hold = next((found for found in rights.holds.of(_person(act)) if found.hold_id == hold_id), None)
        if hold is not None:
            _unless_over(lambda: rights.holds.release(hold_id, f"staff:{act.proposed_by}", hold.releasable_by))

    def lift_restriction(_: int, act: Proposal) -> None:
        _lift(rights, int(act.values["restriction"]), f"staff:{act.proposed_by}", clock())

    def freeze(_: int, act: Proposal) -> None:
        _unless_over(lambda: people.recoveries.freeze(_person(act), "staff", clock()))

    def unfreeze(_: int, act: Proposal) -> None:
        _unless_over(lambda: people.recoveries.unfreeze_by_staff(_person(act), clock()))

    office.proposals.subscribe("account.close", lambda _, act: _close(office, people, act, clock()))
    office.proposals.subscribe("hold.place", place_hold)
    office.proposals.subscribe("restriction.place", place_restriction)
    office.proposals.subscribe("hold.release", release_hold)
    office.proposals.subscribe("restriction.lift", lift_restriction)
    office.proposals.subscribe("account.freeze", freeze)
    office.proposals.subscribe("account.unfreeze", unfreeze)
    office.cases.subscribe("unfreeze", lambda _, case: _end_frozen(people, case, clock()))
    office.cases.subscribe("appeal", lambda _, case: _end_appeal(rights, people, case))
    office.evidence.serve(RESTRICTION, lambda name: _exhibit(rights, name))


def _close(office: BackOffice, people: People, act: Proposal, now_ms: int) -> None:
    """Begin to close what two decided to close."""
    try:
        people.closing.begin_by_house(_person(act), now_ms)
    except RefusedError as error:
        # Something came in after it was approved: whoever decided finds it in the audit log.
        subject, reference = f"user:{act.user_id}", f"proposal:{act.proposal_id}"
        office.audit.append(SYSTEM, "account.close.fail", subject, {"refused": error.code}, reference=reference)


def _end_appeal(rights: Rights, people: People, case: CaseDecided) -> None:
    """A granted appeal ends the restriction; the person is told either way."""
    if case.decision == "granted":
        for reference in case.evidence:
            kind, _, name = reference.partition(":")
            if kind == RESTRICTION:
                _lift(rights, int(name), f"staff:{case.decided_by}", case.decided_ms)
    title = f"your appeal was {case.decision}"
    _unless_over(lambda: people.tell(case.user_id, "notice", {"title": title}))


def _end_frozen(people: People, case: CaseDecided, now_ms: int) -> None:
    """An account is open again once two decided so."""
    if case.decision == "approved":
        _unless_over(lambda: people.recoveries.unfreeze_by_staff(case.user_id, now_ms))


def _lift(rights: Rights, number: int, actor: str, at_ms: int) -> None:
    """Lift what two people decided to lift; whether they may was judged when they did."""
    found = rights.restrictions.find(number)
    roles = rights.rules.names(f"restriction.{found.kind}.liftable_by", Entity.GLOBAL, at_ms)
    _unless_over(lambda: rights.restrictions.lift(number, actor, roles))


def _unless_over(act: Callable[[], object]) -> None:
    """Do ``act``; what became pointless meanwhile is no reason to try for ever."""
    try:
        act()
    except RefusedError as error:
        _log.info("an act of staff had become pointless", code=error.code)


def _exhibit(rights: Rights, name: str) -> Exhibit:
    found = rights.restrictions.find(int(name) if name.isdecimal() else 0)
    values = {"kind": found.kind, "told": found.told, "placed_ms": str(found.placed_ms)}
    return Exhibit(values=values | {"closes": ", ".join(found.closes)})


def _person(proposal: Proposal) -> int:
    if proposal.user_id is None:
        raise RefusedError("act_incomplete", "Say whom it is about.", "Name the person.")
    return proposal.user_id


def _hold(rights: Rights, user_id: int, text: str) -> Hold:
    for hold in rights.holds.of(user_id):
        if str(hold.hold_id) == text:
            return hold
    raise RefusedError("hold_not_found", "There is no such hold.", "Look which holds the person has.")


def _restriction(rights: Rights, user_id: int, text: str) -> Restriction:
    for restriction in rights.restrictions.of(user_id):
        if str(restriction.restriction_id) == text:
            return restriction
    raise RefusedError(
        "restriction_not_found", "There is no such restriction.", "Look which restrictions the person has."
    )
