"""Acts that need four eyes: one member of staff proposes, another approves in time, and only then it is done.

Why here: no single person, and nobody who took over one person's session, shall be able to do what hurts most.
Invariant: a proposal is answered once; an approval, what follows from it here and its fact are one transaction.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final, Protocol

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lonja.modules.backoffice.audit import check_page
from lonja.modules.backoffice.database import transaction
from lonja.modules.backoffice.desk import HOUSE, SYSTEM, Desk, Doing, StaffSession, roles_of, user_name
from lonja.modules.backoffice.facts import Facts
from lonja.modules.backoffice.persons import same_person
from lonja.modules.backoffice.refusals import refusal
from lonja.modules.backoffice.sealing import FORGOTTEN, Sealing, check_reason
from lonja.modules.backoffice.staff_rules import ALL_ENTITIES, DECIDE, period_ms
from lonja.modules.backoffice.tables import ProposalRow
from lonja.primitives.errors import RefusedError
from lonja.storage.rows import insert_new

_FIELD: Final = "proposal"
_TOPIC: Final = "act."
_VALUE_MAX: Final = 200


class ProposalState(StrEnum):
    """What has become of a proposal."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"


class _Content(msgspec.Struct, frozen=True):
    reason: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed act. ``user_id`` is whom it is about, None for the house; texts and values may be personal."""

    proposal_id: int
    act: str
    user_id: int | None
    reference: str
    values: Mapping[str, str] = field(repr=False)
    reason: str = field(repr=False)
    state: ProposalState
    proposed_by: int
    proposed_ms: int
    expires_ms: int
    answered_by: int | None
    answered_ms: int | None


ActHandler = Callable[[int, Proposal], None]
"""Takes a fact's number and the approved act; raises ``LonjaError`` to be told again later."""


class Follower(Protocol):
    """What follows from a proposal inside the back office, in the transactions that make it true."""

    def proposed(self, doing: Doing, proposal: Proposal) -> None:
        """It begins to wait. Raises ``RefusedError`` when it makes no sense."""

    def approved(self, doing: Doing, proposal: Proposal) -> None:
        """It is done now. Raises ``RefusedError`` when it can no longer be."""

    def dropped(self, session: Session, proposal: Proposal) -> None:
        """It was refused, or expired."""


class Proposals:
    """Proposed acts and their answers."""

    def __init__(self, desk: Desk, sealing: Sealing, facts: Facts) -> None:
        """Nobody follows yet."""
        self._desk, self._sealing, self._facts = desk, sealing, facts
        self._followers: dict[str, Follower] = {}

    def follow(self, act: str, follower: Follower) -> None:
        """Let ``follower`` carry out ``act`` here."""
        self._followers[act] = follower

    def is_carried_out(self, act: str) -> bool:
        """Whether somebody does what an approved ``act`` says."""
        return act in self._followers or self._facts.is_heard(f"{_TOPIC}{act}")

    def subscribe(self, act: str, handler: ActHandler) -> None:
        """Tell ``handler`` every approved ``act``. Raises ``RefusedError`` for an unknown one."""
        self._desk.rules.act(act)
        self._facts.subscribe(f"{_TOPIC}{act}", lambda number, about: handler(number, self._loaded(about)))

    def propose(
        self,
        by: StaffSession,
        act: str,
        user_id: int | None,
        reason: str,
        values: Mapping[str, str] | None = None,
        *,
        entity: str = ALL_ENTITIES,
    ) -> int:
        """Propose ``act`` about a user (None: about the house) and return the proposal's number (blocking).

        ``values`` are exactly those the rules name for the act. Who may do it alone has done it with that. Raises ``RefusedError`` and ``DataError``.
        """
        self.expire()
        with self._desk.acting(by, f"{act}.propose" if act in self._desk.rules.acts else "act.propose") as doing:
            doing.subject = user_name(user_id)
            if act.startswith(DECIDE):
                raise refusal("act_unknown")
            proposal_id = self.begin(doing, act, user_id, reason, values or {}, entity=entity)
        self._facts.deliver()
        return proposal_id

    def begin(
        self,
        doing: Doing,
        act: str,
        user_id: int | None,
        reason: str,
        values: Mapping[str, str],
        *,
        entity: str = ALL_ENTITIES,
    ) -> int:
        """``propose`` within an act under way, about its reference; ``decide.KIND`` is proposed like this only."""
        rule = self._desk.rules.act(act)
        doing.require(*rule.propose)
        doing.require_other(user_id)
        check_reason(reason)
        if not act.startswith(DECIDE):
            _check_values(rule.values, values)
        content = msgspec.json.encode(_Content(reason, dict(values))).decode()
        key_id, sealed = self._sealing.seal(doing.session, doing.subject, _FIELD, content)
        proposal_id = insert_new(
            doing.session,
            ProposalRow,
            act=act,
            subject=doing.subject,
            reference=doing.reference,
            waiting_key=_waiting_key(act, doing, values),
            key_id=key_id,
            content=sealed,
            state=ProposalState.WAITING,
            proposed_by=doing.user_id,
            proposed_ms=doing.now_ms,
            expires_ms=doing.now_ms + period_ms(rule.hours, doing.now_ms, entity),
        )
        if proposal_id is None:
            raise refusal("already_proposed")
        if act in self._followers:
            self._followers[act].proposed(doing, self._load(doing.session, proposal_id))
        doing.detail |= {"proposal": str(proposal_id), "act": act, "reason": reason, **values}
        if not doing.roles.isdisjoint(rule.alone):
            self._carry_out(doing, self._load(doing.session, proposal_id))
            doing.detail["alone"] = "yes"
        return proposal_id

    def approve(self, by: StaffSession, proposal_id: int) -> None:
        """Approve and carry out (blocking); subscribers are told. Raises ``RefusedError`` and ``DataError``."""
        self.expire()
        with self._answering(by, proposal_id, "approve") as (doing, proposal):
            rule = self._desk.rules.act(proposal.act)
            if roles_of(doing.session, proposal.proposed_by).isdisjoint(rule.propose):
                raise refusal("proposer_without_role")
            self._carry_out(doing, proposal)
        self._facts.deliver()

    def refuse(self, by: StaffSession, proposal_id: int, reason: str) -> None:
        """Refuse a proposal; who made it may withdraw it so (blocking). Raises ``RefusedError`` and ``DataError``."""
        self.expire()
        with self._answering(by, proposal_id, "refuse") as (doing, proposal):
            check_reason(reason)
            doing.detail["reason"] = reason
            self._end(doing.session, proposal, ProposalState.REFUSED, doing.now_ms, doing.user_id)
            self._dropped(doing.session, proposal)

    def proposal(self, by: StaffSession, proposal_id: int) -> Proposal:
        """One proposal, for who may propose or approve such acts (blocking). Raises as ``approve`` does."""
        self.expire()
        with self._desk.acting(by, "proposal.read") as doing:
            found = self._begin_about(doing, proposal_id)
            rule = self._desk.rules.act(found.act)
            doing.require(*rule.propose, *rule.approve)
            return found

    def waiting(self, by: StaffSession, *, after: int = 0, limit: int = 50) -> tuple[Proposal, ...]:
        """What waits for an approval ``by`` may give, oldest first, from number ``after`` on (blocking).

        What they proposed themselves, or what is about them, is left out. Raises ``RefusedError`` and ``DataError``.
        """
        self.expire()
        check_page(limit)
        with self._desk.acting(by, "proposals.read") as doing:
            acts = [name for name, rule in self._desk.rules.acts.items() if not doing.roles.isdisjoint(rule.approve)]
            query = (
                select(ProposalRow)
                .where(ProposalRow.state == ProposalState.WAITING, ProposalRow.act.in_(acts))
                .where(ProposalRow.proposed_by != by.user_id, ProposalRow.subject != user_name(by.user_id))
                .where(ProposalRow.proposal_id > after)
                .order_by(ProposalRow.proposal_id)
                .limit(limit)
            )
            found = tuple(self._opened(doing.session, row) for row in doing.session.scalars(query).all())
            doing.detail["proposals"] = ",".join(str(row.proposal_id) for row in found)
            return found

    def own(self, by: StaffSession, *, before: int | None = None, limit: int = 50) -> tuple[Proposal, ...]:
        """What ``by`` proposed, the newest first before number ``before``, whatever has become of it (blocking).

        Raises ``RefusedError`` and ``DataError``.
        """
        self.expire()
        check_page(limit)
        with self._desk.acting(by, "proposals.read") as doing:
            query = (
                select(ProposalRow)
                .where(ProposalRow.proposed_by == by.user_id)
                .order_by(ProposalRow.proposal_id.desc())
                .limit(limit)
            )
            if before is not None:
                query = query.where(ProposalRow.proposal_id < before)
            found = tuple(self._opened(doing.session, row) for row in doing.session.scalars(query).all())
            doing.detail["proposals"] = ",".join(str(row.proposal_id) for row in found)
            return found

    def expire(self) -> int:
        """End what nobody answered in time, and say how many (blocking). Raises ``DataError``."""
        now_ms = self._desk.clock()
        query = select(ProposalRow.proposal_id).where(
            ProposalRow.state == ProposalState.WAITING, ProposalRow.expires_ms <= now_ms
        )
        with transaction(self._desk.database) as session:
            late = session.scalars(query).all()
        return sum(self._expire(proposal_id, now_ms) for proposal_id in late)

    def _carry_out(self, doing: Doing, proposal: Proposal) -> None:
        self._end(doing.session, proposal, ProposalState.APPROVED, doing.now_ms, doing.user_id)
        if proposal.act in self._followers:
            self._followers[proposal.act].approved(doing, proposal)
        if not proposal.act.startswith(DECIDE):
            self._facts.record(doing.session, f"{_TOPIC}{proposal.act}", proposal.proposal_id)

    def _expire(self, proposal_id: int, now_ms: int) -> bool:
        with transaction(self._desk.database) as session:
            proposal = self._load(session, proposal_id)
            try:
                self._end(session, proposal, ProposalState.EXPIRED, now_ms, None)
            except RefusedError:
                return False
            self._dropped(session, proposal)
            detail = {"proposal": str(proposal_id)}
            subject = user_name(proposal.user_id)
            self._desk.audit.add(
                session, SYSTEM, f"{proposal.act}.expire", subject, detail, reference=proposal.reference
            )
        return True

    @contextmanager
    def _answering(self, by: StaffSession, proposal_id: int, answer: str) -> Iterator[tuple[Doing, Proposal]]:
        with self._desk.acting(by, f"proposal.{answer}") as doing:
            proposal = self._begin_about(doing, proposal_id)
            doing.detail["act"] = proposal.act
            own = proposal.proposed_by == by.user_id
            if not (own and answer == "refuse"):
                doing.require(*self._desk.rules.act(proposal.act).approve)
                doing.require_other(proposal.user_id)
                if own:
                    raise refusal("second_person_required")
                if same_person(doing.session, proposal.proposed_by, by.user_id):
                    raise refusal("same_person")
            yield doing, proposal

    def _begin_about(self, doing: Doing, proposal_id: int) -> Proposal:
        proposal = self._load(doing.session, proposal_id)
        doing.subject, doing.reference = user_name(proposal.user_id), proposal.reference
        doing.detail["proposal"] = str(proposal_id)
        return proposal

    def _end(
        self, session: Session, proposal: Proposal, state: ProposalState, now_ms: int, answered_by: int | None
    ) -> None:
        in_time = (
            ProposalRow.expires_ms <= now_ms if state is ProposalState.EXPIRED else ProposalRow.expires_ms > now_ms
        )
        ended = (
            update(ProposalRow)
            .where(ProposalRow.proposal_id == proposal.proposal_id, ProposalRow.state == ProposalState.WAITING, in_time)
            .values(state=state, waiting_key=None, answered_by=answered_by, answered_ms=now_ms)
            .returning(ProposalRow.proposal_id)
            .execution_options(synchronize_session=False)
        )
        if session.execute(ended).first() is None:
            expired = proposal.state is ProposalState.EXPIRED or proposal.expires_ms <= now_ms
            raise refusal("proposal_expired" if expired else "proposal_answered")

    def _dropped(self, session: Session, proposal: Proposal) -> None:
        if proposal.act in self._followers:
            self._followers[proposal.act].dropped(session, proposal)

    def _loaded(self, proposal_id: int) -> Proposal:
        with transaction(self._desk.database) as session:
            return self._load(session, proposal_id)

    def _load(self, session: Session, proposal_id: int) -> Proposal:
        row = session.get(ProposalRow, proposal_id, populate_existing=True)
        if row is None:
            raise refusal("proposal_unknown")
        return self._opened(session, row)

    def _opened(self, session: Session, row: ProposalRow) -> Proposal:
        text = self._sealing.open(session, row.key_id, _FIELD, row.content)
        content = _Content(FORGOTTEN, {}) if text == FORGOTTEN else msgspec.json.decode(text, type=_Content)
        return Proposal(
            proposal_id=row.proposal_id,
            act=row.act,
            user_id=None if row.subject == HOUSE else int(row.subject.removeprefix("user:")),
            reference=row.reference,
            values=content.values,
            reason=content.reason,
            state=ProposalState(row.state),
            proposed_by=row.proposed_by,
            proposed_ms=row.proposed_ms,
            expires_ms=row.expires_ms,
            answered_by=row.answered_by,
            answered_ms=row.answered_ms,
        )


def _waiting_key(act: str, doing: Doing, values: Mapping[str, str]) -> str:
    """Equal for equal acts, whatever of the values is personal."""
    named = [] if act.startswith(DECIDE) else sorted(values.items())
    return sha256(msgspec.json.encode([act, doing.subject, doing.reference, named])).hexdigest()


def _check_values(names: tuple[str, ...], values: Mapping[str, str]) -> None:
    if set(values) != set(names) or not all(0 < len(value) <= _VALUE_MAX for value in values.values()):
        raise refusal("act_incomplete")
