"""What was decided at each sign-in, and what changed since.

Invariant: what is kept says what the person was told then, whatever the rules say now. What is left of a ceiling is not
kept, because it changes with every withdrawal and is no change of rights.
"""

import json
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lonja.modules.governance.capabilities import SPENT, Capability
from lonja.modules.governance.facts import Decision, Effect, Entitlements, Reason
from lonja.modules.governance.tables import AnswerRow, SignInRow
from lonja.storage.rows import insert_once


@dataclass(frozen=True, slots=True)
class Kept:
    """What was decided about one capability at a sign-in."""

    effect: Effect
    limit: int | None
    reason: Reason
    rule: str
    version: str


@dataclass(frozen=True, slots=True)
class RightChanged:
    """A capability decided differently now; ``before`` None: there was no such capability at the last sign-in."""

    capability: Capability
    before: Kept | None
    after: Decision


@dataclass(frozen=True, slots=True)
class SignIn:
    """A recorded sign-in, without its decisions."""

    sign_in_id: int
    user_id: int
    time_ms: int
    entity: str
    kyc_level: int
    rules_version: str


class SignIns:
    """Snapshots of entitlements in one database (blocking)."""

    def __init__(self, database: Engine) -> None:
        """Keep them in ``database``."""
        self._database = database

    def record(self, user_id: int, entitlements: Entitlements, now_ms: int, reference: str = "") -> int:
        """Keep what was decided at a sign-in; returns its number.

        What is told twice with one ``reference`` is kept once; without one it is known by its time.
        """
        content = _packed(entitlements)
        digest = sha256(content.encode()).hexdigest()
        known = {"user_id": user_id, "reference": reference or f"at:{now_ms}"}
        with Session(self._database) as session, session.begin():
            insert_once(session, AnswerRow, digest=digest, content=content)
            insert_once(
                session,
                SignInRow,
                **known,
                time_ms=now_ms,
                entity=entitlements.entity,
                kyc_level=entitlements.kyc_level,
                rules_version=entitlements.rules_version,
                answer=digest,
            )
            return session.scalars(select(SignInRow.sign_in_id).filter_by(**known)).one()

    def last(self, user_id: int, before: int | None = None) -> SignIn | None:
        """The last recorded sign-in, or the last one before the one numbered ``before``."""
        found = self._last(user_id, before)
        if found is None:
            return None
        row, _ = found
        return SignIn(row.sign_in_id, row.user_id, row.time_ms, row.entity, row.kyc_level, row.rules_version)

    def changes_since_last(
        self, user_id: int, entitlements: Entitlements, before: int | None = None
    ) -> tuple[RightChanged, ...]:
        """What ``entitlements`` decide differently than at the last sign-in, or the last before number ``before``.

        Nothing has changed for somebody who signs in for the first time.
        """
        found = self._last(user_id, before)
        if found is None:
            return ()
        then, now = _unpacked(found[1]), _unpacked(_packed(entitlements))
        return tuple(
            RightChanged(capability, then.get(capability), entitlements.of(capability))
            for capability in Capability
            if then.get(capability) != now[capability]
        )

    def _last(self, user_id: int, before: int | None) -> tuple[SignInRow, str] | None:
        query = (
            select(SignInRow, AnswerRow.content)
            .join(AnswerRow, AnswerRow.digest == SignInRow.answer)
            .where(SignInRow.user_id == user_id)
            .order_by(SignInRow.sign_in_id.desc())
            .limit(1)
        )
        if before is not None:
            query = query.where(SignInRow.sign_in_id < before)
        with Session(self._database) as session:
            found = session.execute(query).first()
        return None if found is None else (found[0], found[1])


def _packed(entitlements: Entitlements) -> str:
    kept = {
        capability: [
            decision.effect,
            None if decision.unit in SPENT else decision.limit,
            decision.reason,
            decision.rule,
            decision.version,
        ]
        for capability, decision in entitlements.decisions.items()
    }
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def _unpacked(content: str) -> dict[Capability, Kept]:
    known = set(Capability)
    return {
        Capability(name): Kept(Effect(effect), limit, Reason(reason), rule, version)
        for name, (effect, limit, reason, rule, version) in json.loads(content).items()
        if name in known
    }
