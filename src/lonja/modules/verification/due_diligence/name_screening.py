"""Screening of the names that institutions and transfers state: soon after they are stated, and with every new list.

Why apart from requests: nobody may learn from an answer, or from how long it takes, that a name is on a list. Invariants:
a name and an entry are one hit, however often they are found; a hit counts until staff have decided that it is somebody
else; what was found and that it was looked for are kept together.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Final

import msgspec
import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence.database import move
from lonja.modules.verification.due_diligence.parts import Parts
from lonja.modules.verification.due_diligence.ports import Decision, Listed, Named
from lonja.modules.verification.due_diligence.tables import NameHitRow, ScreeningRow
from lonja.modules.verification.names import is_transliterated, latin
from lonja.modules.verification.organizations import organization_words
from lonja.primitives.errors import LonjaError, RefusedError
from lonja.storage.rows import insert_new, insert_once

KIND: Final = "name_hit"
CASE: Final = "screening_hit"
AT_ONCE: Final = 100
"""How many submissions and transfers one round of housekeeping screens."""
_BATCH: Final = 25
_RESTRICTION: Final = "risk_review"
_NAMES, _EVIDENCE = "screened_names", "name_hit"
_HIT: Final = re.compile(rf"{KIND}:(\d{{1,18}})")

_log = structlog.get_logger("lonja.due_diligence")


class HitState(StrEnum):
    """What is known of a hit."""

    OPEN = "open"
    CLEARED = "cleared"
    CONFIRMED = "confirmed"


_DECIDED: Final = {"false_hit": HitState.CLEARED, "true_hit": HitState.CONFIRMED}


class Finding(StrEnum):
    """What is known of all names of one submission: not all screened or decided yet, nobody listed, somebody is."""

    OPEN = "open"
    CLEAR = "clear"
    CONFIRMED = "confirmed"


def is_readable(named: Named) -> bool:
    """Whether at least one of the names can be compared with those on lists, which are in Latin letters."""
    words = organization_words if named.is_organization else latin
    return any(is_transliterated(name) and words(name) for name in named.names)


def check_readable(named: Iterable[Named]) -> None:
    """Raise ``RefusedError`` for a name that could not be screened."""
    if not all(map(is_readable, named)):
        message = "A name has letters that cannot be read here."
        raise RefusedError("name_script", message, "Write it in Latin letters, as in the passport or the register.")


class NameScreening:
    """Names that are screened. Blocking; with a ``session`` in the caller's transaction, else in its own."""

    def __init__(self, parts: Parts) -> None:
        """Made once."""
        self._parts = parts
        self._lists = parts.house.lists
        self._followers: list[Callable[[int], None]] = []
        self.wake: Callable[[], None] = lambda: None
        """Called when names wait, on the thread of the request."""

    def follow(self, follower: Callable[[int], None]) -> None:
        """Call ``follower`` with the user after each decision about one of their names."""
        self._followers.append(follower)

    # -- What is screened --------------------------------------------------------------------------------------------

    def want(self, session: Session, user_id: int, about: str, named: Sequence[Named]) -> None:
        """From now on watch ``named`` instead of what ``about`` stated before; call ``wake`` after the transaction.

        Whoever calls this has claimed the row that ``about`` means.
        """
        row = session.scalar(select(ScreeningRow).where(ScreeningRow.about == about))
        if row is None and not named:
            return
        whole = msgspec.json.encode(tuple(named))
        digest = self._parts.vault.digest(_NAMES, whole.decode())
        if row is not None and row.is_watched and row.names_digest == digest:
            return
        sealed = self._parts.vault.seal(session, user_id, _NAMES, whole)
        values = {"names_digest": digest, "sealed_names": sealed, "edition": "", "screened_ms": 0, "is_watched": True}
        if row is None:
            insert_new(session, ScreeningRow, user_id=user_id, about=about, **values)
        else:
            move(session, ScreeningRow, (ScreeningRow.screening_id == row.screening_id,), **values)

    def end(self, session: Session, about: str) -> None:
        """The names of ``about`` matter no more."""
        move(session, ScreeningRow, (ScreeningRow.about == about,), is_watched=False)

    def forget(self, session: Session, user_id: int) -> None:
        """Remove what nobody can read any more."""
        for model in (ScreeningRow, NameHitRow):
            session.execute(delete(model).where(model.user_id == user_id))

    def finding(self, about: str) -> Finding:
        """What is known of the names of ``about`` by the lists in use; clear when it states none."""
        with self._parts.transaction() as session:
            row = session.scalar(select(ScreeningRow).where(ScreeningRow.about == about))
            if row is None:
                return Finding.CLEAR
            digests = [self._digest(named) for named in self._named(session, row)]
            mine = (NameHitRow.user_id == row.user_id, NameHitRow.name_digest.in_(digests))
            states = set(session.scalars(select(NameHitRow.state).where(*mine)))
            if HitState.CONFIRMED in states:
                return Finding.CONFIRMED
            is_known = row.edition == self._lists.edition and HitState.OPEN not in states
        return Finding.CLEAR if is_known else Finding.OPEN

    # -- Screening ---------------------------------------------------------------------------------------------------

    def screen(self, about: str) -> None:
        """Screen the names of ``about`` unless that was done with the lists in use. Raises ``LonjaError``."""
        at = (ScreeningRow.about == about, ScreeningRow.edition != self._lists.edition)
        with self._parts.transaction() as session:
            screening_id = session.scalar(select(ScreeningRow.screening_id).where(*at))
        if screening_id is not None:
            self._screen(screening_id)

    def screen_due(self, count_max: int) -> int:
        """Screen what was not screened with the lists in use yet; how many submissions that were.

        ``count_max`` or more: others are still due. What a crash left is due again.
        """
        done, stuck = 0, set[int]()
        while done < count_max and (due := self._due(stuck, min(_BATCH, count_max - done))):
            for screening_id in due:
                try:
                    self._screen(screening_id)
                    done += 1
                except LonjaError as error:
                    # One whose row is damaged keeps nobody else from being screened.
                    stuck.add(screening_id)
                    _log.warning("names could not be screened", screening=screening_id, problem=error.message)
        self._open_cases()
        return done

    def _due(self, but: Collection[int], count_max: int) -> list[int]:
        at = (
            ScreeningRow.edition != self._lists.edition,
            ScreeningRow.is_watched,
            ScreeningRow.screening_id.not_in(but),
        )
        query = select(ScreeningRow.screening_id).where(*at)
        order = (ScreeningRow.screened_ms, ScreeningRow.screening_id)
        with self._parts.transaction() as session:
            return list(session.scalars(query.order_by(*order).limit(count_max)))

    def _screen(self, screening_id: int) -> None:
        edition = self._lists.edition
        with self._parts.transaction() as session:
            row = session.get_one(ScreeningRow, screening_id)
            user_id, about, digest, named = row.user_id, row.about, row.names_digest, self._named(session, row)
        place = self._parts.house.residents.residence(user_id)
        found = [(each, listed) for each in named for listed in self._lists.like(each, place)]
        with self._parts.transaction() as session:
            same = (ScreeningRow.screening_id == screening_id, ScreeningRow.names_digest == digest)
            if move(session, ScreeningRow, same, edition=edition, screened_ms=self._parts.clock()):
                for each, listed in found:
                    self._keep(session, user_id, about, edition, each, listed)
        self._open_cases(user_id)

    def _keep(  # a hit is all of these
        self, session: Session, user_id: int, about: str, edition: str, named: Named, listed: Listed
    ) -> None:
        evidence = {
            "part": named.part,
            "stated_name": "; ".join(named.names),
            "stated_birth_date": named.born_on,
            "listed_names": "; ".join(listed.names),
            "listed_birth_years": ", ".join(map(str, listed.birth_years)),
            "list": listed.about,
        }
        insert_once(
            session,
            NameHitRow,
            user_id=user_id,
            name_digest=self._digest(named),
            entry=listed.entry,
            edition=edition,
            about=about,
            score=listed.score,
            state=HitState.OPEN,
            sealed_evidence=self._parts.vault.seal(session, user_id, _EVIDENCE, msgspec.json.encode(evidence)),
            found_ms=self._parts.clock(),
        )

    # -- Deciding ----------------------------------------------------------------------------------------------------

    def decided(self, number: int, decision: Decision) -> None:
        """Follow a decided case; told again, it does the same. Raises ``LonjaError`` to be told again."""
        del number
        state = _DECIDED.get(decision.decision)
        hits = [int(match[1]) for match in map(_HIT.fullmatch, decision.evidence) if match is not None]
        if state is None or not hits:
            return
        for hit_id in hits:
            if state is HitState.CONFIRMED:
                # Before it is noted: a crash in between does it once more, by the same reference.
                with suppress(RefusedError):
                    self._parts.house.governing.restrict(decision.user_id, _RESTRICTION, f"{KIND}:{hit_id}")
            at = (NameHitRow.hit_id == hit_id, NameHitRow.user_id == decision.user_id)
            with self._parts.transaction() as session:
                is_open = NameHitRow.state == HitState.OPEN
                move(session, NameHitRow, (*at, is_open), state=state, decided_ms=self._parts.clock())
        for follower in self._followers:
            follower(decision.user_id)

    def exhibit(self, name: str) -> dict[str, str] | None:
        """The hit ``name`` as values for staff, None when there is none."""
        match = _HIT.fullmatch(f"{KIND}:{name}")
        with self._parts.transaction() as session:
            row = session.get(NameHitRow, int(match[1])) if match is not None else None
            if row is None:
                return None
            raw = self._parts.vault.open(session, row.user_id, _EVIDENCE, row.sealed_evidence)
            shown = {"about": row.about, "entry": row.entry, "score": str(row.score), "edition": row.edition}
            return shown | {"found_ms": str(row.found_ms)} | msgspec.json.decode(raw, type=dict[str, str])

    def _open_cases(self, user_id: int | None = None) -> None:
        """A case for each hit that has none, also for those that a crash left without one."""
        house = self._parts.house
        at = [NameHitRow.case_id.is_(None), NameHitRow.state == HitState.OPEN]
        if user_id is not None:
            at.append(NameHitRow.user_id == user_id)
        columns = (NameHitRow.hit_id, NameHitRow.user_id, NameHitRow.about, NameHitRow.entry, NameHitRow.score)
        with self._parts.transaction() as session:
            hits = session.execute(select(*columns).where(*at).order_by(NameHitRow.hit_id)).all()
        for hit_id, who, about, entry, score in hits:
            name, summary = f"{KIND}:{hit_id}", f"A name in {about} is like {entry}, {score} of 100."
            entity = house.rules.entity(house.residents.residence(who), self._parts.clock())
            case_id = house.reviews.open(CASE, who, summary, (name,), reference=name, entity=entity)
            with self._parts.transaction() as session:
                move(session, NameHitRow, (NameHitRow.hit_id == hit_id,), case_id=case_id)

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _named(self, session: Session, row: ScreeningRow) -> tuple[Named, ...]:
        raw = self._parts.vault.open(session, row.user_id, _NAMES, row.sealed_names)
        return msgspec.json.decode(raw, type=tuple[Named, ...])

    def _digest(self, named: Named) -> bytes:
        """Tells whether a name is another one than before, whatever part it is stated in."""
        who = (named.is_organization, named.born_on, *sorted(name.casefold() for name in named.names))
        return self._parts.vault.digest("screened_name", "|".join(map(str, who)))
