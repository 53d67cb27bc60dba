"""Questions where money or wealth comes from: asked by staff or by a rule, answered with papers, reviewed, or overdue.

A question has a date. Before it the person is reminded; once it has passed, the account is restricted until an answer
was accepted. Invariant: one question per person and reference, whoever asks how often; an answer is reviewed once; a
restriction for a question ends when its answer is accepted and not before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence.database import move, rows_of
from lonja.modules.verification.due_diligence.funds_answers import (
    FundsAnswer,
    Problem,
    Question,
    SourceKind,
    problems_of,
)
from lonja.modules.verification.due_diligence.papers import NewPaper, Paper, Papers
from lonja.modules.verification.due_diligence.parts import Parts
from lonja.modules.verification.due_diligence.ports import Decision
from lonja.modules.verification.due_diligence.reviewing import evidence_name, kept, listed, remedies_in, round_of
from lonja.modules.verification.due_diligence.tables import FundsRow
from lonja.modules.verification.due_diligence.wallet_proofs import Challenge, Wallet, WalletProofs
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS
from lonja.storage.rows import insert_new

KIND: Final = "funds"
CASE: Final = "source_of_funds"
RESTRICTION: Final = "source_of_funds"
_ANSWER: Final = "funds_answer"


class FundsState(StrEnum):
    """Where a question stands. Closed: the account is, and nobody waits any more."""

    ASKED = "asked"
    IN_REVIEW = "in_review"
    MORE_NEEDED = "more_needed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CLOSED = "closed"


_OPEN: Final = (FundsState.ASKED, FundsState.MORE_NEEDED)
_DECIDED: Final = {
    "accepted": FundsState.ACCEPTED,
    "refused": FundsState.REFUSED,
    "more_needed": FundsState.MORE_NEEDED,
}


@dataclass(frozen=True, slots=True)
class FundsRequest:
    """A question as its person sees it. ``is_restricting``: the account is restricted because of it.

    ``wanted`` names the papers for each kind of source; of a group divided by bars one is enough.
    """

    request_id: int
    question: Question
    state: FundsState
    asked_ms: int
    due_ms: int
    is_restricting: bool
    remedies: tuple[str, ...]
    answer: FundsAnswer | None = field(repr=False)
    papers: tuple[Paper, ...] = field(repr=False)
    wallets: tuple[Wallet, ...] = field(repr=False)
    wanted: Mapping[SourceKind, tuple[str, ...]]


class Funds:
    """All questions about funds and wealth. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts, papers: Papers, wallets: WalletProofs) -> None:
        """Made once."""
        self._parts, self._papers, self._wallets = parts, papers, wallets

    # -- Asking ------------------------------------------------------------------------------------------------------

    def ask(self, user_id: int, question: Question, *, reference: str, asked_by: str) -> int:
        """Ask, or find what was asked with the same ``reference``; the number of the question. Raises ``RefusedError``."""
        parts, now_ms = self._parts, self._parts.clock()
        due_ms = now_ms + parts.number(user_id, "funds.answer_days") * DAY_MS
        with parts.transaction() as session:
            request_id = insert_new(
                session,
                FundsRow,
                user_id=user_id,
                kind=question,
                reference=reference,
                asked_by=asked_by,
                state=FundsState.ASKED,
                round=0,
                sealed_answer=b"",
                remedies="",
                asked_ms=now_ms,
                due_ms=due_ms,
                reminded=0,
            )
            if request_id is None:
                at = (FundsRow.user_id == user_id, FundsRow.reference == reference)
                return session.scalars(select(FundsRow.request_id).where(*at)).one()
        parts.house.residents.tell(user_id, "tell us where your money comes from")
        return request_id

    def ask_by_ceiling(self, user_id: int, moved_in_cents: int) -> int | None:
        """Ask when what came in within a day passes the ceiling of the rules, unless it was answered not long ago.

        ``moved_in_cents`` are the US cents of that day. None: nothing to ask.
        """
        parts, now_ms = self._parts, self._parts.clock()
        ceiling = parts.number(user_id, "funds.ask_above_cents")
        if moved_in_cents <= ceiling:
            return None
        valid_ms = parts.number(user_id, "funds.valid_days") * DAY_MS
        at = (FundsRow.user_id == user_id, FundsRow.kind == Question.FUNDS)
        with parts.transaction() as session:
            last = session.scalar(select(FundsRow).where(*at).order_by(FundsRow.request_id.desc()).limit(1))
            if last is not None and (last.state != FundsState.ACCEPTED or (last.decided_ms or 0) + valid_ms > now_ms):
                return None
            # Two who see the ceiling crossed at once ask under one reference.
            number = 0 if last is None else last.request_id
        return self.ask(user_id, Question.FUNDS, reference=f"ceiling:{number}", asked_by="rules")

    # -- Answering ---------------------------------------------------------------------------------------------------

    def of(self, user_id: int) -> tuple[FundsRequest, ...]:
        """The person's questions, newest first."""
        with self._parts.transaction() as session:
            query = select(FundsRow).where(FundsRow.user_id == user_id).order_by(FundsRow.request_id.desc())
            return tuple(self._request(session, row) for row in session.scalars(query))

    def find(self, user_id: int, request_id: int) -> FundsRequest:
        """One question. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            return self._request(session, self._row(session, user_id, request_id))

    def add_paper(self, user_id: int, request_id: int, new: NewPaper) -> Paper:
        """Hand in a paper. Raises ``RefusedError``."""
        media_type = self._papers.check(user_id, new)
        if new.kind not in self._known_papers(user_id):
            raise RefusedError("paper_kind", "No source asks for a paper of this kind.", "Look at the list of papers.")
        with self._parts.transaction() as session:
            self._open_row(session, user_id, request_id)
            return self._papers.add(session, user_id, _about(request_id), new, media_type)

    def remove_paper(self, user_id: int, request_id: int, paper_id: int) -> None:
        """Take a paper back. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            self._open_row(session, user_id, request_id)
            self._papers.remove(session, _about(request_id), paper_id)

    def challenge(self, user_id: int, request_id: int, wallet: Wallet) -> Challenge:
        """A text to sign with a wallet. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            self._open_row(session, user_id, request_id)
        return self._wallets.begin(user_id, _about(request_id), wallet)

    def prove(self, user_id: int, request_id: int, challenge_id: int, signature: str) -> Wallet:
        """The wallet that signed. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            self._open_row(session, user_id, request_id)
        return self._wallets.prove(user_id, _about(request_id), challenge_id, signature)

    def problems(self, user_id: int, request_id: int, answer: FundsAnswer) -> tuple[Problem, ...]:
        """What is missing in ``answer``. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            self._row(session, user_id, request_id)
            return self._problems(session, user_id, request_id, answer)

    def answer(self, user_id: int, request_id: int, answer: FundsAnswer) -> FundsRequest:
        """Hand in an answer for review. Raises ``RefusedError``: answer_incomplete, not_answerable."""
        parts = self._parts
        with parts.transaction() as session:
            row = self._open_row(session, user_id, request_id)
            found = self._problems(session, user_id, request_id, answer)
            if found:
                message = f"The answer is not complete: {'; '.join(f'{each.about}' for each in found)}."
                raise RefusedError("answer_incomplete", message, found[0].remedy)
            row.state, row.round, row.remedies = FundsState.IN_REVIEW, row.round + 1, ""
            row.sealed_answer = parts.vault.seal(session, user_id, _ANSWER, msgspec.json.encode(answer))
            row.answered_ms, row.case_id = parts.clock(), None
        self.open_missing_cases()
        return self.find(user_id, request_id)

    # -- Deciding ----------------------------------------------------------------------------------------------------

    def decided(self, number: int, decision: Decision) -> None:
        """Follow a decided case; told again, it does the same. Raises ``LonjaError`` to be told again."""
        del number
        found = round_of(decision, KIND)
        state = _DECIDED.get(decision.decision)
        if found is None or state is None:
            return
        parts, now_ms = self._parts, self._parts.clock()
        values: dict[str, object] = {
            "state": state,
            "decided_ms": now_ms,
            "remedies": kept(remedies_in(decision.reason)),
        }
        if state is FundsState.MORE_NEEDED:
            values |= {"due_ms": now_ms + parts.number(decision.user_id, "funds.more_days") * DAY_MS, "reminded": 0}
        at = (FundsRow.request_id == found.number, FundsRow.round == found.round, FundsRow.user_id == decision.user_id)
        with parts.transaction() as session:
            move(session, FundsRow, (*at, FundsRow.state == FundsState.IN_REVIEW), **values)
            # A repeat finds its own state and follows up once more; an old one finds another.
            stands = session.scalar(select(FundsRow.request_id).where(*at, FundsRow.state == state)) is not None
        if stands:
            self._follow(decision.user_id, found.number, state)

    def _follow(self, user_id: int, request_id: int, state: FundsState) -> None:
        house = self._parts.house
        if state is FundsState.ACCEPTED:
            house.governing.lift(user_id, RESTRICTION, _about(request_id))
            valid_ms = self._parts.number(user_id, "funds.valid_days") * DAY_MS
            house.governing.funds_shown(user_id, self._parts.clock() + valid_ms)
            house.residents.tell(user_id, "what you told us about your money was accepted")
        elif state is FundsState.REFUSED:
            self._restrict(user_id, request_id)
            house.residents.tell(user_id, "what you told us about your money was not accepted")
        else:
            house.residents.tell(user_id, "we need to know more about where your money comes from")

    def close(self, session: Session, user_id: int) -> None:
        """Wait for no answer of somebody who is gone."""
        at = (FundsRow.user_id == user_id, FundsRow.state.in_(_OPEN))
        session.execute(update(FundsRow).where(*at).values(state=FundsState.CLOSED))

    # -- Time --------------------------------------------------------------------------------------------------------

    def keep_house(self) -> None:
        """Open missing cases, remind, and restrict whoever did not answer in time."""
        self.open_missing_cases()
        self._remind()
        self._restrict_overdue()

    def open_missing_cases(self) -> None:
        """Open the case of every answer that has none yet."""
        with self._parts.transaction() as session:
            at = (FundsRow.state == FundsState.IN_REVIEW, FundsRow.case_id.is_(None))
            rows = rows_of(session, select(FundsRow).where(*at))
            waiting = [
                (row, [paper.paper_id for paper in self._papers.of(session, _about(row.request_id))]) for row in rows
            ]
        for row, papers in waiting:
            evidence = [evidence_name(KIND, row.request_id, row.round), *(f"paper:{paper}" for paper in papers)]
            summary = f"{row.kind.replace('_', ' ').capitalize()}, question {row.request_id}, answer {row.round}."
            entity = self._entity(row.user_id)
            reference = evidence_name(KIND, row.request_id, row.round)
            case_id = self._parts.house.reviews.open(
                CASE, row.user_id, summary, evidence, reference=reference, entity=entity
            )
            with self._parts.transaction() as session:
                same = (FundsRow.request_id == row.request_id, FundsRow.round == row.round)
                move(session, FundsRow, same, case_id=case_id)

    def _remind(self) -> None:
        parts, now_ms = self._parts, self._parts.clock()
        with parts.transaction() as session:
            at = (FundsRow.state.in_(_OPEN), FundsRow.due_ms > now_ms)
            rows = rows_of(session, select(FundsRow).where(*at))
        for row in rows:
            days = sorted((int(day) for day in parts.names(row.user_id, "funds.reminder_days")), reverse=True)
            due = sum(1 for day in days if row.due_ms - day * DAY_MS <= now_ms)
            if due > row.reminded:
                # Told first: a reminder twice is better than none.
                parts.house.residents.tell(row.user_id, "we still wait for your answer about your money")
                with parts.transaction() as session:
                    same = (FundsRow.request_id == row.request_id, FundsRow.reminded == row.reminded)
                    move(session, FundsRow, same, reminded=due)

    def _restrict_overdue(self) -> None:
        now_ms = self._parts.clock()
        with self._parts.transaction() as session:
            at = (FundsRow.state.in_(_OPEN), FundsRow.due_ms <= now_ms, FundsRow.restricted_ms.is_(None))
            rows = rows_of(session, select(FundsRow).where(*at))
        for row in rows:
            self._restrict(row.user_id, row.request_id)
            self._parts.house.residents.tell(
                row.user_id, "your account is restricted until you answer about your money"
            )

    def _restrict(self, user_id: int, request_id: int) -> None:
        self._parts.house.governing.restrict(user_id, RESTRICTION, _about(request_id))
        with self._parts.transaction() as session:
            at = (FundsRow.request_id == request_id, FundsRow.restricted_ms.is_(None))
            move(session, FundsRow, at, restricted_ms=self._parts.clock())

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _row(self, session: Session, user_id: int, request_id: int) -> FundsRow:
        row = session.get(FundsRow, request_id)
        if row is None or row.user_id != user_id:
            raise RefusedError("question_not_found", "There is no such question.", "Look which questions are open.")
        return row

    def _open_row(self, session: Session, user_id: int, request_id: int) -> FundsRow:
        """The row, while it waits for the person; whoever else wants it waits until this transaction has ended."""
        self._row(session, user_id, request_id)
        at = (FundsRow.request_id == request_id, FundsRow.state.in_(_OPEN))
        if not move(session, FundsRow, at, round=FundsRow.round):
            raise RefusedError("not_answerable", "This question does not wait for you.", "Look at its state.")
        return session.get_one(FundsRow, request_id, populate_existing=True)

    def _problems(self, session: Session, user_id: int, request_id: int, answer: FundsAnswer) -> tuple[Problem, ...]:
        about = _about(request_id)
        kinds = {paper.kind for paper in self._papers.of(session, about)}
        return problems_of(
            answer,
            kinds,
            lambda source: self._papers_for(user_id, source),
            lambda wallet: self._wallets.is_proved(session, about, wallet),
        )

    def _request(self, session: Session, row: FundsRow) -> FundsRequest:
        about = _about(row.request_id)
        raw = self._parts.vault.open(session, row.user_id, _ANSWER, row.sealed_answer)
        return FundsRequest(
            request_id=row.request_id,
            question=Question(row.kind),
            state=FundsState(row.state),
            asked_ms=row.asked_ms,
            due_ms=row.due_ms,
            is_restricting=row.restricted_ms is not None and row.state != FundsState.ACCEPTED,
            remedies=listed(row.remedies),
            answer=msgspec.json.decode(raw, type=FundsAnswer) if raw else None,
            papers=self._papers.of(session, about),
            wallets=self._wallets.proved(session, row.user_id, about),
            wanted={kind: self._papers_for(row.user_id, kind) for kind in SourceKind},
        )

    def _entity(self, user_id: int) -> str:
        house = self._parts.house
        return house.rules.entity(house.residents.residence(user_id), self._parts.clock())

    def _papers_for(self, user_id: int, source: SourceKind) -> tuple[str, ...]:
        return self._parts.names(user_id, f"funds.papers.{source}")

    def _known_papers(self, user_id: int) -> set[str]:
        groups = (group for source in SourceKind for group in self._papers_for(user_id, source))
        return {kind for group in groups for kind in group.split("|")} | {"other"}


def _about(request_id: int) -> str:
    return f"{KIND}:{request_id}"
