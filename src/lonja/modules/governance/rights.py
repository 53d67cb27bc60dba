"""The rights of people: everything governance keeps and decides, over one database.

Why one object: what is kept here (holds, restrictions, levels) and what others know of a person (residence, factors)
must be put together the same way for a page, an order and a withdrawal. Invariant: whoever subscribes hears of a change
after it was kept, and the gate answers by it from then on.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from sqlalchemy import Engine

from lonja.modules.governance.capabilities import Capability
from lonja.modules.governance.changelog import RuleChange, rule_changes
from lonja.modules.governance.changes import Listener, Listeners
from lonja.modules.governance.entitlements import RightOpened, entitlements, objections, what_opens
from lonja.modules.governance.facts import ANY_SESSION, Decision, Entitlements, SessionFacts, UserFacts
from lonja.modules.governance.gate import Gate
from lonja.modules.governance.holds import Holds
from lonja.modules.governance.restrictions import Restrictions
from lonja.modules.governance.rulebook import RuleBook
from lonja.modules.governance.sign_ins import SignIns
from lonja.modules.governance.standings import Standings


class Profiles(Protocol):
    """What others know of people (blocking)."""

    def facts(self, user_id: int) -> UserFacts:
        """Residence, state and factors of a user; somebody who is gone is CLOSED."""

    def account_of(self, user_id: int) -> int | None:
        """The master account of a user, None before it was opened."""

    def user_of(self, account: int) -> int | None:
        """The user whose master account ``account`` is, None for an account without a person."""


class Rights:
    """Rights of the people of one house (blocking, but for the gate)."""

    def __init__(
        self,
        database: Engine,
        rules: RuleBook,
        clock: Callable[[], int],
        profiles: Profiles,
        master_of: Callable[[int], int],
    ) -> None:
        """``master_of`` gives the master account of any account, ``clock`` the exchange's time in milliseconds."""
        self._database = database
        self._clock = clock
        self._profiles = profiles
        self.rules = rules
        self.holds = Holds(database, rules, clock)
        self.restrictions = Restrictions(database, rules, clock)
        self.standings = Standings(database, clock)
        self.sign_ins = SignIns(database)
        self.gate = Gate(rules, master_of, self._person)
        self._changes = Listeners()
        for part in (self.holds, self.restrictions, self.standings):
            part.changes.subscribe(self.changed)

    def close(self) -> None:
        """Give the database back."""
        self._database.dispose()

    def subscribe(self, listener: Listener) -> None:
        """Tell ``listener`` the number of every user whose rights may have changed, on the thread of the change."""
        self._changes.subscribe(listener)

    def changed(self, user_id: int, account: int | None = None) -> None:
        """Something about a user changed, here or elsewhere (a residence, a factor, the state).

        ``account`` is given where the user may be gone already.
        """
        if account is None:
            account = self._profiles.account_of(user_id)
        if account is not None:
            self.gate.renew(account)
        self._changes.tell(user_id)

    def facts(self, user_id: int) -> UserFacts:
        """All that the rules judge a user by."""
        known = replace(
            self._profiles.facts(user_id),
            holds=self.holds.facts(user_id),
            restrictions=self.restrictions.facts(user_id),
        )
        return self.standings.complete(known, user_id)

    def entitlements(self, user_id: int, session: SessionFacts, at_ms: int | None = None) -> Entitlements:
        """Everything a user may do in a session now, or being who they are now at a later ``at_ms``."""
        now_ms = self._clock() if at_ms is None else at_ms
        return entitlements(self.facts(user_id), session, self.rules, now_ms)

    def objections(
        self, user_id: int, session: SessionFacts, capability: Capability, at_ms: int | None = None
    ) -> tuple[Decision, ...]:
        """Everything that stands between a user and ``capability`` then, the deciding one first."""
        now_ms = self._clock() if at_ms is None else at_ms
        return objections(self.facts(user_id), session, self.rules, now_ms, capability)

    def record_sign_in(self, user_id: int, reference: str) -> int:
        """Keep what a user may do at a sign-in; returns its number. Told twice with one ``reference``, it is one."""
        return self.sign_ins.record(user_id, self.entitlements(user_id, ANY_SESSION), self._clock(), reference)

    def what_opens(self, user_id: int, kyc_level: int) -> tuple[RightOpened, ...]:
        """What a user would gain at ``kyc_level``, to be shown before documents are handed in."""
        facts, now_ms = self.facts(user_id), self._clock()
        return what_opens(facts, kyc_level, self.rules, now_ms)

    def rule_changes(self, since_ms: int) -> tuple[RuleChange, ...]:
        """What changed in the rules after ``since_ms`` and until now, oldest first."""
        return rule_changes(self.rules, since_ms, self._clock())

    def _person(self, account: int) -> Callable[[], UserFacts] | None:
        user_id = self._profiles.user_of(account)
        return None if user_id is None else lambda: self.facts(user_id)
