"""A change of residence: a list of what it meets, papers, a review, then steps that survive any crash.

Source: domain row 3.03. The steps after approval run in one order, each may be repeated, and how many are done is kept,
so a house that stops in the middle goes on where it was. Trading and money are closed from before the first change until
after the last, so nobody is ever served by two companies at once. Invariant: of one person one change is under way; a
step is done once in effect; what cannot go on says why and leaves the account open.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

import msgspec
import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence.database import move, rows_of
from lonja.modules.verification.due_diligence.institution_forms import PostalAddress
from lonja.modules.verification.due_diligence.papers import NewPaper, Paper, Papers
from lonja.modules.verification.due_diligence.parts import Parts
from lonja.modules.verification.due_diligence.ports import Decision, Hindrance, Wording
from lonja.modules.verification.due_diligence.reviewing import evidence_name, kept, listed, round_of
from lonja.modules.verification.due_diligence.tables import ResidenceRow
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS
from lonja.storage.rows import insert_new

KIND: Final = "residence"
CASE: Final = "residence"
RESTRICTION: Final = "residence_change"
_ADDRESS: Final = "residence_address"
_YEAR_MS: Final = 365 * DAY_MS

_log = structlog.get_logger("lonja.due_diligence")


class ResidenceState(StrEnum):
    """Where a change stands. ``moving``: approved, and its steps run."""

    PREPARING = "preparing"
    IN_REVIEW = "in_review"
    MOVING = "moving"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ResidenceChange:
    """A change as its person sees it. ``stopped_by`` are the codes of what keeps an approved one from going on.

    ``proof_kinds`` are the papers that prove the new address, of the last ``proof_months`` months.
    """

    change_id: int
    state: ResidenceState
    from_place: str
    to_place: str
    steps_done: int
    stopped_by: tuple[str, ...]
    address: PostalAddress | None = field(repr=False)
    papers: tuple[Paper, ...] = field(repr=False)
    proof_kinds: tuple[str, ...]
    proof_months: int
    begun_ms: int
    done_ms: int | None


class Residence:
    """All changes of residence. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts, papers: Papers) -> None:
        """Made once."""
        self._parts, self._papers = parts, papers
        self._turn = threading.Lock()
        self._steps: Final[tuple[Callable[[ResidenceRow], bool], ...]] = (
            self._check,
            self._close_trading,
            self._cancel_orders,
            self._lower_level,
            self._move_person,
            self._answer_question,
            self._open_trading,
        )

    # -- Asking for it -----------------------------------------------------------------------------------------------

    def preflight(self, user_id: int, to_place: str) -> tuple[Hindrance, ...]:
        """What a move to ``to_place`` meets, what blocks first. Raises ``RefusedError`` when it cannot be."""
        parts, now_ms = self._parts, self._parts.clock()
        self._check_target(user_id, to_place)
        found = [*self._too_often(user_id), *parts.house.books.hindrances(user_id, to_place, now_ms)]
        found.append(Hindrance("verify_again", self._level_sentence(user_id, to_place), blocks=False))
        rules, here = parts.house.rules, parts.house.residents.residence(user_id)
        if rules.entity(here, now_ms) != rules.entity(to_place, now_ms):
            sentence = "Another company of the house will serve you: agree to its terms; you are signed out once."
            found.append(Hindrance("entity_changes", sentence, blocks=False))
        return tuple(sorted(found, key=lambda each: not each.blocks))

    def begin(self, user_id: int, to_place: str) -> ResidenceChange:
        """Begin a change, or find the one under way. Raises ``RefusedError``."""
        self._refuse_blocked(self.preflight(user_id, to_place))
        parts = self._parts
        with parts.transaction() as session:
            insert_new(
                session,
                ResidenceRow,
                user_id=user_id,
                live_user=user_id,
                state=ResidenceState.PREPARING,
                round=0,
                step=0,
                from_place=parts.house.residents.residence(user_id),
                to_place=to_place,
                agreed="",
                sealed_address=b"",
                stopped_by="",
                begun_ms=parts.clock(),
            )
            row = self._last(session, user_id)
            if row.to_place != to_place:
                raise RefusedError(
                    "change_under_way", f"A change to {row.to_place} is under way.", "Withdraw it first."
                )
            return self._change(session, row)

    def find(self, user_id: int) -> ResidenceChange:
        """The person's newest change. Raises ``RefusedError`` when there is none."""
        with self._parts.transaction() as session:
            return self._change(session, self._last(session, user_id))

    def state(self, user_id: int) -> ResidenceState | None:
        """Where the newest change stands, None when there is none."""
        with self._parts.transaction() as session:
            at = ResidenceRow.user_id == user_id
            query = select(ResidenceRow.state).where(at).order_by(ResidenceRow.change_id.desc()).limit(1)
            found = session.scalar(query)
        return None if found is None else ResidenceState(found)

    def agreements(self, to_place: str) -> tuple[Wording, ...]:
        """What has to be agreed to for a move to ``to_place``."""
        return self._parts.house.wordings.agreements(to_place, self._parts.clock())

    def add_paper(self, user_id: int, new: NewPaper) -> Paper:
        """Hand in a proof of the new address. Raises ``RefusedError``."""
        media_type = self._papers.check(user_id, new)
        known = self._parts.names(user_id, "residence.proof_papers")
        if new.kind not in known:
            raise RefusedError("paper_kind", "This proves no address.", f"Kinds are: {', '.join(known)}.")
        with self._parts.transaction() as session:
            row = self._claim(session, user_id, (ResidenceState.PREPARING,))
            return self._papers.add(session, user_id, _about(row), new, media_type)

    def hand_in(self, user_id: int, address: PostalAddress, agreed: Collection[str]) -> ResidenceChange:
        """Hand in for review: the address, and hashes of the texts agreed to. Raises ``RefusedError``."""
        parts, now_ms = self._parts, self._parts.clock()
        self._refuse_blocked(self.preflight(user_id, self.find(user_id).to_place))
        with parts.transaction() as session:
            row = self._claim(session, user_id, (ResidenceState.PREPARING,))
            texts = self.agreements(row.to_place)
            if {text.text_hash for text in texts} != set(agreed):
                remedy = "Read and agree to each text shown."
                raise RefusedError("agreements_missing", "Not every text in force was agreed to.", remedy)
            if address.country != row.to_place[:2]:
                raise RefusedError("address_elsewhere", "This address is in another country.", "Give the new address.")
            months = self._proof_months(row)
            papers, today = self._papers.of(session, _about(row)), datetime.fromtimestamp(now_ms // 1000, UTC).date()
            if not any(_is_fresh(paper, months, today) for paper in papers):
                message = f"A proof of the address of the last {months} months is missing."
                raise RefusedError("proof_missing", message, "Hand in a paper with your name, the address and a date.")
            row.sealed_address = parts.vault.seal(session, user_id, _ADDRESS, msgspec.json.encode(address))
            row.agreed = " ".join(f"{text.name}|{text.version}|{text.text_hash}" for text in texts)
            row.state, row.round = ResidenceState.IN_REVIEW, row.round + 1
            row.submitted_ms, row.case_id = now_ms, None
        self.open_missing_cases()
        return self.find(user_id)

    def withdraw(self, user_id: int) -> ResidenceChange:
        """Stay after all; possible until it was approved. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            row = self._claim(session, user_id, (ResidenceState.PREPARING, ResidenceState.IN_REVIEW))
            row.state, row.live_user, row.decided_ms = ResidenceState.WITHDRAWN, None, self._parts.clock()
            case_id = row.case_id
            if not row.round:
                self._papers.remove_all(session, _about(row))
        if case_id is not None:
            self._withdraw_case(case_id)
        return self.find(user_id)

    # -- Deciding and moving -----------------------------------------------------------------------------------------

    def decided(self, number: int, decision: Decision) -> None:
        """Follow a decided case; told again, it does the same. Raises ``LonjaError`` to be told again."""
        del number
        found = round_of(decision, KIND)
        if found is None or decision.decision not in ("approved", "refused"):
            return
        approved = decision.decision == "approved"
        values: dict[str, object] = {"state": ResidenceState.MOVING, "decided_ms": self._parts.clock()}
        if not approved:
            values |= {"state": ResidenceState.REFUSED, "live_user": None}
        at = (
            ResidenceRow.change_id == found.number,
            ResidenceRow.round == found.round,
            ResidenceRow.user_id == decision.user_id,
            ResidenceRow.state == ResidenceState.IN_REVIEW,
        )
        with self._parts.transaction() as session:
            moved = move(session, ResidenceRow, at, **values)
        if moved and not approved:
            self._parts.house.residents.tell(decision.user_id, "your change of residence was not approved")
        self.advance()

    def close(self, session: Session, user_id: int) -> None:
        """Go on with no change of somebody who is gone."""
        values = {"state": ResidenceState.WITHDRAWN, "live_user": None, "decided_ms": self._parts.clock()}
        session.execute(update(ResidenceRow).where(ResidenceRow.live_user == user_id).values(values))

    def advance(self) -> None:
        """Go on with every approved change, as far as each gets. Raises ``LonjaError`` to be asked again."""
        with self._turn:
            with self._parts.transaction() as session:
                moving = ResidenceRow.state == ResidenceState.MOVING
                waiting = rows_of(session, select(ResidenceRow).where(moving).order_by(ResidenceRow.change_id))
            for row in waiting:
                try:
                    self._advance(row)
                except RefusedError as error:
                    # One that cannot go on must not keep others waiting.
                    _log.warning("a change of residence does not go on", change=row.change_id, code=error.code)

    def open_missing_cases(self) -> None:
        """Open the case of every change in review that has none yet."""
        house = self._parts.house
        with self._parts.transaction() as session:
            at = (ResidenceRow.state == ResidenceState.IN_REVIEW, ResidenceRow.case_id.is_(None))
            rows = rows_of(session, select(ResidenceRow).where(*at))
            waiting = [(row, self._papers.of(session, _about(row))) for row in rows]
        for row, papers in waiting:
            reference = evidence_name(KIND, row.change_id, row.round)
            evidence = [reference, *(f"paper:{paper.paper_id}" for paper in papers)]
            summary = f"Change of residence from {row.from_place} to {row.to_place}."
            entity = house.rules.entity(row.to_place, self._parts.clock())
            case_id = house.reviews.open(CASE, row.user_id, summary, evidence, reference=reference, entity=entity)
            with self._parts.transaction() as session:
                same = (ResidenceRow.change_id == row.change_id, ResidenceRow.round == row.round)
                is_kept = move(
                    session, ResidenceRow, (*same, ResidenceRow.state != ResidenceState.WITHDRAWN), case_id=case_id
                )
            if not is_kept:
                self._withdraw_case(case_id)

    def keep_house(self) -> None:
        """Open missing cases and go on with what is under way."""
        self.open_missing_cases()
        self.advance()

    # -- Steps -------------------------------------------------------------------------------------------------------

    def _advance(self, row: ResidenceRow) -> None:
        for number in range(row.step, len(self._steps)):
            if not self._steps[number](row):
                return
            at = (ResidenceRow.change_id == row.change_id, ResidenceRow.step == number)
            with self._parts.transaction() as session:
                move(session, ResidenceRow, at, step=number + 1, stopped_by="")
        at = (ResidenceRow.change_id == row.change_id, ResidenceRow.state == ResidenceState.MOVING)
        values = {"state": ResidenceState.DONE, "live_user": None, "done_ms": self._parts.clock()}
        with self._parts.transaction() as session:
            finished = move(session, ResidenceRow, at, **values)
        if finished:
            self._parts.house.residents.tell(row.user_id, "your residence was changed")

    def _check(self, row: ResidenceRow) -> bool:
        now_ms = self._parts.clock()
        found = self._parts.house.books.hindrances(row.user_id, row.to_place, now_ms)
        codes = kept(dict.fromkeys(each.code for each in found if each.blocks))
        if codes and codes != row.stopped_by:
            with self._parts.transaction() as session:
                move(session, ResidenceRow, (ResidenceRow.change_id == row.change_id,), stopped_by=codes)
            self._parts.house.residents.tell(row.user_id, "your change of residence waits for you")
        return not codes

    def _close_trading(self, row: ResidenceRow) -> bool:
        self._parts.house.governing.restrict(row.user_id, RESTRICTION, _about(row))
        return True

    def _cancel_orders(self, row: ResidenceRow) -> bool:
        self._parts.house.books.cancel_orders(row.user_id)
        return True

    def _lower_level(self, row: ResidenceRow) -> bool:
        kept_level = self._parts.house.rules.number("residence.kyc_level_kept", row.to_place, self._parts.clock())
        self._parts.house.governing.lower_kyc_level(row.user_id, kept_level)
        return True

    def _move_person(self, row: ResidenceRow) -> bool:
        parted = (named.split("|") for named in row.agreed.split())
        agreed = [Wording(name, version, text_hash, "") for name, version, text_hash in parted]
        self._parts.house.residents.move(row.user_id, row.to_place, agreed, self._parts.clock())
        return True

    def _answer_question(self, row: ResidenceRow) -> bool:
        self._parts.house.governing.close_questionnaire(row.user_id)
        return True

    def _open_trading(self, row: ResidenceRow) -> bool:
        self._parts.house.governing.lift(row.user_id, RESTRICTION, _about(row))
        return True

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _check_target(self, user_id: int, to_place: str) -> None:
        self._parts.house.rules.check_place(to_place, self._parts.clock())
        if to_place == self._parts.house.residents.residence(user_id):
            raise RefusedError("residence_same", "You live there already.", "Choose another country.")

    def _too_often(self, user_id: int) -> list[Hindrance]:
        parts, now_ms = self._parts, self._parts.clock()
        done = (ResidenceRow.user_id == user_id, ResidenceRow.state == ResidenceState.DONE)
        with parts.transaction() as session:
            query = select(ResidenceRow.done_ms).where(*done).order_by(ResidenceRow.done_ms.desc())
            times = [time_ms for time_ms in session.scalars(query) if time_ms is not None]
        most = parts.number(user_id, "residence.changes_per_year_max")
        again_ms = times[0] + parts.number(user_id, "residence.days_between") * DAY_MS if times else 0
        if len(times) >= most:
            again_ms = max(again_ms, times[most - 1] + _YEAR_MS)
        if now_ms < again_ms:
            day = datetime.fromtimestamp(again_ms // 1000, UTC).date().isoformat()
            sentence = f"The residence was changed not long ago; from {day} again."
            return [Hindrance("changed_recently", sentence, blocks=True)]
        return []

    def _level_sentence(self, user_id: int, to_place: str) -> str:
        level = self._parts.house.rules.number("residence.kyc_level_kept", to_place, self._parts.clock())
        now = self._parts.house.governing.kyc_level(user_id)
        if now <= level:
            return f"Your verification (level {now}) stays."
        return f"Your verification falls from level {now} to {level}; complete it again at the new place."

    def _claim(self, session: Session, user_id: int, states: Collection[ResidenceState]) -> ResidenceRow:
        """The newest row, while it is in one of ``states``; whoever else wants it waits until the transaction ends."""
        row = self._last(session, user_id)
        at = (ResidenceRow.change_id == row.change_id, ResidenceRow.state.in_(states))
        if not move(session, ResidenceRow, at, step=ResidenceRow.step):
            raise RefusedError("not_editable", "This change cannot be changed now.", "Look at its state.")
        return session.get_one(ResidenceRow, row.change_id, populate_existing=True)

    def _last(self, session: Session, user_id: int) -> ResidenceRow:
        query = select(ResidenceRow).where(ResidenceRow.user_id == user_id)
        row = session.scalar(query.order_by(ResidenceRow.change_id.desc()).limit(1))
        if row is None:
            raise RefusedError("change_not_found", "There is no change of residence.", "Begin one.")
        return row

    def _proof_months(self, row: ResidenceRow) -> int:
        return self._parts.house.rules.number("residence.proof_months", row.to_place, self._parts.clock())

    def _withdraw_case(self, case_id: int) -> None:
        try:
            self._parts.house.reviews.withdraw(case_id, "The person stays.")
        except RefusedError:
            # Decided at the same moment; the decision finds nothing to follow.
            return

    def _change(self, session: Session, row: ResidenceRow) -> ResidenceChange:
        raw = self._parts.vault.open(session, row.user_id, _ADDRESS, row.sealed_address)
        return ResidenceChange(
            change_id=row.change_id,
            state=ResidenceState(row.state),
            from_place=row.from_place,
            to_place=row.to_place,
            steps_done=row.step,
            stopped_by=listed(row.stopped_by),
            address=msgspec.json.decode(raw, type=PostalAddress) if raw else None,
            papers=self._papers.of(session, _about(row)),
            proof_kinds=self._parts.names(row.user_id, "residence.proof_papers"),
            proof_months=self._proof_months(row),
            begun_ms=row.begun_ms,
            done_ms=row.done_ms,
        )

    @staticmethod
    def _refuse_blocked(found: Collection[Hindrance]) -> None:
        blocking = [each for each in found if each.blocks]
        if blocking:
            raise RefusedError("residence_hindered", " ".join(each.sentence for each in blocking), "Settle this first.")


def _is_fresh(paper: Paper, months: int, today: date) -> bool:
    if not paper.issued_on:
        return False
    issued = date.fromisoformat(paper.issued_on)
    return (today.year - issued.year) * 12 + today.month - issued.month - (today.day < issued.day) < months


def _about(row: ResidenceRow) -> str:
    return f"{KIND}:{row.change_id}"
