"""The hold engine: what keeps money in the house for a while, why, until when, and who may end it early.

Kinds, their periods and who may release them are rules (``hold.KIND.*``). A hold is over everything, or over an amount
of one currency. Amounts of one kind add up, because each is about other money; between kinds the strictest counts:
what may leave is the minimum over the kinds.

Invariant: a hold placed twice with one reference is one hold; a hold is released once, by somebody who may.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from lonja.modules.governance.changes import Listeners
from lonja.modules.governance.facts import HoldFact
from lonja.modules.governance.rule_rows import Entity
from lonja.modules.governance.rulebook import RuleBook
from lonja.modules.governance.tables import HoldRow
from lonja.primitives.errors import DataError, RefusedError
from lonja.primitives.instant import HOUR_MS
from lonja.storage.rows import insert_once

EVERYTHING: Final = ""
_REASON_MAX: Final = 500
_AMOUNT_MAX: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. ``currency`` empty: over everything; ``amount`` None: all of it, else smallest units.

    ``until_ms`` None: until somebody in ``releasable_by`` releases it. ``reason`` is for the person who is held up.
    """

    hold_id: int
    user_id: int
    kind: str
    currency: str
    amount: int | None
    from_ms: int
    until_ms: int | None
    reason: str
    releasable_by: tuple[str, ...]

    def holds_at(self, now_ms: int) -> bool:
        """Whether it is in force."""
        return self.from_ms <= now_ms and (self.until_ms is None or now_ms < self.until_ms)


@dataclass(frozen=True, slots=True)
class Withdrawable:
    """How much of a balance may leave, and each hold that keeps some of it, with what it alone would leave."""

    amount: int
    holds: tuple[tuple[Hold, int], ...]


class Holds:
    """Holds in one database (blocking)."""

    def __init__(self, database: Engine, rules: RuleBook, clock: Callable[[], int]) -> None:
        """``clock`` gives the exchange's time in milliseconds."""
        self._database = database
        self._rules = rules
        self._clock = clock
        self.changes = Listeners()

    def place(  # noqa: PLR0913  # one argument per fact about a hold
        self,
        user_id: int,
        kind: str,
        *,
        reference: str,
        entity: Entity = Entity.GLOBAL,
        placed_by: str = "rules",
        currency: str = EVERYTHING,
        amount: int | None = None,
        hours: int | None = None,
        until_ms: int | None = None,
        reason: str = "",
    ) -> Hold:
        """Place a hold of ``kind``, or find the one placed with the same ``reference`` before.

        ``hours`` (T+N) or ``until_ms`` replace the period of the rules and may only lengthen it. Raises ``DataError``
        for an unknown kind and ``ValueError`` for an amount that makes no sense.
        """
        now_ms = self._clock()
        if amount is not None and not (currency and 0 < amount <= _AMOUNT_MAX):
            raise ValueError("a hold of an amount needs a currency and a positive number")
        told = reason or self._rules.text(f"hold.{kind}.told", entity, now_ms)
        with Session(self._database) as session, session.begin():
            placed = insert_once(
                session,
                HoldRow,
                user_id=user_id,
                kind=kind,
                reference=reference,
                currency=currency,
                amount=amount,
                from_ms=now_ms,
                until_ms=self._end_ms(kind, entity, now_ms, hours, until_ms),
                reason=told[:_REASON_MAX],
                placed_by=placed_by,
                released_ms=None,
                released_by="",
            )
            query = select(HoldRow).filter_by(user_id=user_id, kind=kind, reference=reference)
            hold = self._hold(session.scalars(query).one())
        if placed:
            self.changes.tell(user_id)
        return hold

    def _end_ms(self, kind: str, entity: Entity, now_ms: int, hours: int | None, until_ms: int | None) -> int | None:
        ruled = self._rules.number(f"hold.{kind}.hours", entity, now_ms)
        if until_ms is None and hours is None:
            return now_ms + ruled * HOUR_MS if ruled else None
        wanted = until_ms if until_ms is not None else now_ms + (hours or 0) * HOUR_MS
        return max(wanted, now_ms + ruled * HOUR_MS)

    def release(self, hold_id: int, actor: str, roles: Iterable[str]) -> Hold:
        """End a hold early. Raises ``RefusedError``: hold_not_found, hold_over, hold_not_releasable."""
        now_ms = self._clock()
        with Session(self._database) as session, session.begin():
            row = session.get(HoldRow, hold_id)
            if row is None:
                raise RefusedError("hold_not_found", "There is no such hold.", "Look which holds there are.")
            hold = self._hold(row)
            if set(hold.releasable_by).isdisjoint(roles):
                who = ", ".join(hold.releasable_by) or "nobody; it ends by itself"
                raise RefusedError(
                    "hold_not_releasable",
                    f"This hold can be released by: {who}.",
                    "Leave it to them, or wait until it ends.",
                )
            still_on = HoldRow.released_ms.is_(None) & (HoldRow.until_ms.is_(None) | (HoldRow.until_ms > now_ms))
            released = session.execute(
                update(HoldRow)
                .where(HoldRow.hold_id == hold_id, still_on)
                .values(released_ms=now_ms, released_by=actor)
                .returning(HoldRow.hold_id)
            ).first()
            if released is None:
                raise RefusedError("hold_over", "This hold is over already.", "Nothing is to be done.")
        self.changes.tell(hold.user_id)
        return hold

    def release_reference(self, user_id: int, kind: str, reference: str, actor: str) -> bool:
        """End the hold whose cause is gone (confirmations came, data arrived); whether one was in force."""
        statement = (
            update(HoldRow)
            .where(HoldRow.user_id == user_id, HoldRow.kind == kind, HoldRow.reference == reference)
            .where(HoldRow.released_ms.is_(None))
            .values(released_ms=self._clock(), released_by=actor)
            .returning(HoldRow.hold_id)
        )
        with Session(self._database) as session, session.begin():
            ended = session.execute(statement).first() is not None
        if ended:
            self.changes.tell(user_id)
        return ended

    def of(self, user_id: int) -> list[Hold]:
        """The user's holds that are in force, the longest first."""
        now_ms = self._clock()
        query = select(HoldRow).where(
            HoldRow.user_id == user_id,
            HoldRow.released_ms.is_(None),
            HoldRow.until_ms.is_(None) | (HoldRow.until_ms > now_ms),
        )
        with Session(self._database) as session:
            found = [self._hold(row) for row in session.scalars(query)]
        return sorted(found, key=lambda hold: (hold.until_ms is not None, -(hold.until_ms or 0), hold.hold_id))

    def facts(self, user_id: int) -> tuple[HoldFact, ...]:
        """The holds over everything, for ``entitlements``."""
        return tuple(HoldFact(hold.kind, hold.until_ms) for hold in self.of(user_id) if not hold.currency)

    def withdrawable(self, user_id: int, currency: str, balance: int) -> Withdrawable:
        """How much of ``balance`` (smallest units of ``currency``) may leave now."""
        return withdrawable(self.of(user_id), currency, balance, self._clock())

    def in_force(self) -> list[Hold]:
        """All holds in force, by number; for the core at start-up."""
        now_ms = self._clock()
        query = select(HoldRow).where(
            HoldRow.released_ms.is_(None), HoldRow.until_ms.is_(None) | (HoldRow.until_ms > now_ms)
        )
        with Session(self._database) as session:
            return [self._hold(row) for row in session.scalars(query.order_by(HoldRow.hold_id))]

    def _hold(self, row: HoldRow) -> Hold:
        try:
            by = self._rules.names(f"hold.{row.kind}.releasable_by", Entity.GLOBAL, self._clock())
        except DataError:
            # A kind that no rule knows any more must not become one that nobody can end.
            by = ("compliance",)
        return Hold(
            row.hold_id, row.user_id, row.kind, row.currency, row.amount, row.from_ms, row.until_ms, row.reason, by
        )


def withdrawable(holds: Iterable[Hold], currency: str, balance: int, now_ms: int) -> Withdrawable:
    """How much of ``balance`` may leave at ``now_ms``: the minimum over the kinds of hold."""
    kept: defaultdict[str, int] = defaultdict(int)
    shown: list[tuple[Hold, int]] = []
    for hold in holds:
        if hold.currency in (EVERYTHING, currency) and hold.holds_at(now_ms):
            amount = balance if hold.amount is None else hold.amount
            kept[hold.kind] += amount
            shown.append((hold, max(balance - amount, 0)))
    least = min((balance - amount for amount in kept.values()), default=balance)
    return Withdrawable(max(least, 0), tuple(shown))
