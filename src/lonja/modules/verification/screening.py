"""Screening of people against lists of sanctions and of public office: when they state their name, and every night.

Nothing of it shows to a person: it runs apart from their requests, and a name that hits only waits longer. Invariant: a
hit becomes one case, is decided once, and counts until staff have decided that it is somebody else.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import Final

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from lonja.modules.backoffice.api import BackOffice, CaseDecided, Exhibit
from lonja.modules.governance.api import Rights, serving_entity
from lonja.modules.verification.forms import Person
from lonja.modules.verification.lists import NameLists
from lonja.modules.verification.matching import Likeness, Matcher
from lonja.modules.verification.policy import screening_policy_of
from lonja.modules.verification.refusals import refusal
from lonja.modules.verification.tables import ApplicantRow, HitRow
from lonja.modules.verification.vault import Vault
from lonja.primitives.errors import LonjaError, RefusedError
from lonja.primitives.instant import DAY_MS, HOUR_MS
from lonja.storage.rows import insert_once

KIND: Final = "screening_hit"
PEOPLE_AT_ONCE: Final = 200
_BATCH: Final = 100
_RESTRICTION: Final = "risk_review"

_log = structlog.get_logger("lonja.screening")


class HitState(StrEnum):
    """What is known of a hit."""

    OPEN = "open"
    FALSE = "false_hit"
    TRUE = "true_hit"


class Screening:
    """Names of people against one edition of the lists (blocking)."""

    def __init__(self, vault: Vault, office: BackOffice, rights: Rights, lists: NameLists) -> None:
        """Follow the decisions of ``office``; a true hit restricts the account."""
        self._vault, self._office, self._rights = vault, office, rights
        self._matcher = Matcher(lists)
        self.when_clear: Callable[[int], None] = lambda _: None
        """Called with a user none of whose hits count any more."""
        office.cases.subscribe(KIND, lambda _, case: self._decided(case))
        office.evidence.serve("hit", self._exhibit)

    def use(self, lists: NameLists) -> None:
        """From now on screen against ``lists``; everybody is due again."""
        self._matcher = Matcher(lists)

    @property
    def edition(self) -> str:
        """Which lists are used."""
        return self._matcher.edition

    def check(
        self, names: tuple[str, ...], born: date | None, residence: str = "", *, is_organization: bool = False
    ) -> tuple[Likeness, ...]:
        """Entries like one of ``names``, whoever has them; organizations are compared with organizations."""
        policy = screening_policy_of(self._rights.rules, residence, self._vault.clock())
        if is_organization:
            return self._matcher.find_organizations(names, policy.score_min)
        return self._matcher.find(names, born, policy.score_min, policy.birth_years_apart_max)

    def screen(self, user_id: int) -> int:
        """Screen what a person stated; how many of their hits count now."""
        matcher, now_ms = self._matcher, self._vault.clock()
        with self._vault.transaction() as session:
            row = self._vault.find(session, user_id)
            person = self._vault.stated(row).person
            digest = None if row is None else row.person_digest
        if person is None or digest is None:
            return 0
        found = self._like(matcher, person)
        with self._vault.transaction() as session:
            row = self._vault.claim(session, user_id)
            if row.person_digest == digest:
                for like in found:
                    self._keep(session, user_id, digest, like)
                row.screened_ms, row.screened_edition = now_ms, matcher.edition
        self._open_cases(user_id)
        with self._vault.transaction() as session:
            return len(self._counting(session, user_id))

    def screen_due(self, count_max: int) -> int:
        """Screen people whose name is new or who were not screened since last night; how many that were.

        ``count_max`` or more: others are still due. A night's work must not keep applications waiting.
        """
        done, stuck = 0, set[int]()
        while done < count_max and (due := self._due(stuck, count_max - done)):
            for user_id in due:
                try:
                    self.screen(user_id)
                    done += 1
                except LonjaError as error:
                    # One whose row is damaged keeps nobody else from being screened.
                    stuck.add(user_id)
                    _log.warning("somebody could not be screened", user=user_id, problem=error.message)
        self._open_cases()
        return done

    def is_clear(self, session: Session, row: ApplicantRow, since_ms: int) -> bool:
        """Whether a person was screened at or after ``since_ms`` and no hit of theirs counts."""
        return (row.screened_ms or 0) >= since_ms and not self._counting(session, row.user_id)

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _like(self, matcher: Matcher, person: Person) -> tuple[Likeness, ...]:
        policy = screening_policy_of(self._rights.rules, person.residence, self._vault.clock())
        return matcher.find((person.whole_name,), person.born, policy.score_min, policy.birth_years_apart_max)

    def _due(self, but: Collection[int], count_max: int) -> list[int]:
        now_ms = self._vault.clock()
        hour = screening_policy_of(self._rights.rules, "", now_ms).hour
        last_night_ms = (now_ms - hour * HOUR_MS) // DAY_MS * DAY_MS + hour * HOUR_MS
        is_due = or_(ApplicantRow.screened_ms < last_night_ms, ApplicantRow.screened_edition != self.edition)
        query = select(ApplicantRow.user_id).where(
            ApplicantRow.sealed_person.is_not(None), is_due, ApplicantRow.user_id.not_in(but)
        )
        with self._vault.transaction() as session:
            return list(session.scalars(query.order_by(ApplicantRow.screened_ms).limit(min(_BATCH, count_max))))

    def _keep(self, session: Session, user_id: int, digest: bytes, like: Likeness) -> None:
        values = {"entry": like.entry.key, "person_digest": digest, "score": like.score, "state": HitState.OPEN}
        insert_once(session, HitRow, user_id=user_id, found_ms=self._vault.clock(), **values)

    @staticmethod
    def _counting(session: Session, user_id: int) -> list[HitRow]:
        mine = (HitRow.user_id == user_id) & (HitRow.state != HitState.FALSE)
        return list(session.scalars(select(HitRow).where(mine)))

    def _open_cases(self, user_id: int | None = None) -> None:
        """A case for each hit that has none, also for those that a crash left without one."""
        waiting = select(HitRow.hit_id, HitRow.user_id, HitRow.entry, HitRow.score).where(
            HitRow.case_id.is_(None), HitRow.state == HitState.OPEN
        )
        if user_id is not None:
            waiting = waiting.where(HitRow.user_id == user_id)
        with self._vault.transaction() as session:
            hits = session.execute(waiting).all()
        for hit_id, who, entry, score in hits:
            residence = self._residence(who)
            entity = serving_entity(residence, self._rights.rules, self._vault.clock())
            name, summary = f"hit:{hit_id}", f"The name is like {entry}, {score} of 100."
            case_id = self._office.cases.open(KIND, who, summary, (name,), reference=name, entity=entity)
            with self._vault.transaction() as session:
                session.execute(update(HitRow).where(HitRow.hit_id == hit_id).values(case_id=case_id))

    def _residence(self, user_id: int) -> str:
        with self._vault.transaction() as session:
            person = self._vault.stated(self._vault.find(session, user_id)).person
        return "" if person is None else person.residence

    def _decided(self, case: CaseDecided) -> None:
        numbers = [int(name.partition(":")[2]) for name in case.evidence if name.startswith("hit:")]
        for number in numbers:
            if case.decision == HitState.TRUE:
                # Before it is noted: a crash in between does it once more, by the same reference.
                reference = f"hit:{number}"
                with suppress(RefusedError):
                    self._rights.restrictions.place(
                        case.user_id, _RESTRICTION, reference=reference, placed_by="verification"
                    )
            with self._vault.transaction() as session:
                self._vault.claim(session, case.user_id)
                decided = update(HitRow).where(HitRow.hit_id == number, HitRow.state == HitState.OPEN)
                session.execute(decided.values(state=case.decision))
        with self._vault.transaction() as session:
            is_clear = not self._counting(session, case.user_id)
        if is_clear:
            self.when_clear(case.user_id)

    def _exhibit(self, name: str) -> Exhibit:
        """A hit as values: what was stated, and the entry as it stands on the list now."""
        with self._vault.transaction() as session:
            row = session.get(HitRow, int(name)) if name.isascii() and name.isdecimal() else None
            if row is None:
                raise refusal("upload_not_found")
            person = self._vault.stated(self._vault.find(session, row.user_id)).person
            values = {"entry": row.entry, "score": str(row.score), "found_ms": str(row.found_ms)}
        entry = self._matcher.entries.get(values["entry"])
        if entry is not None:
            years = ", ".join(map(str, entry.birth_years))
            values |= {"listed_names": "; ".join(entry.names), "listed_birth_years": years, "list": entry.about}
        if person is not None:
            values |= {"stated_name": person.whole_name, "stated_birth_date": person.birth_date}
        return Exhibit(values=values)
