"""The gate of the trading edge: what an account may do, kept in memory, one dictionary look-up away.

Why in memory: an order pays for the look-up, never for rules or a database. Answers are renewed when somebody tells that
facts changed, and by themselves at the moment up to which they hold (a rule's date, the end of a hold).

Accounts without a person belong to the operator. A sub-account has the answer of its master.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from lonja.modules.governance.capabilities import Capability, Unit
from lonja.modules.governance.entitlements import entitlements
from lonja.modules.governance.facts import (
    ANY_SESSION,
    HOUSE,
    Decision,
    Effect,
    Entitlements,
    SessionFacts,
    UserFacts,
)
from lonja.modules.governance.rulebook import RuleBook

_NEVER_MS: Final = (1 << 63) - 1
_Closed = dict[Capability, Decision]


PersonOf = Callable[[int], Callable[[], UserFacts] | None]
"""Gives what tells the facts of the person who has a master account, None for an account without a person."""


class Gatekeeper(Protocol):
    """Says whether an account may do something."""

    def refusal(
        self, account: int, capabilities: Sequence[Capability], now_ms: int, *, reduces: bool = False, place: str = ""
    ) -> Decision | None:
        """The first of ``capabilities`` that is denied to ``account``, None when none is.

        ``reduces``: it is something that only lessens what the account has at risk. ``place`` is the country that the
        request comes from, "" when it is unknown.
        """

    def leverage_max(self, account: int, capability: Capability, now_ms: int) -> int | None:
        """The most leverage that ``account`` may have by ``capability``, None when there is no bound."""


class OpenGate:
    """Lets everybody do everything; for houses without people."""

    def refusal(
        self, account: int, capabilities: Sequence[Capability], now_ms: int, *, reduces: bool = False, place: str = ""
    ) -> None:
        """Never refuses."""
        del account, capabilities, now_ms, reduces, place

    def leverage_max(self, account: int, capability: Capability, now_ms: int) -> None:
        """Never bounds."""
        del account, capability, now_ms


class _Answer:
    """The answer for one person or the operator; what is not in it is allowed."""

    __slots__ = ("closed", "elsewhere", "facts", "leverages", "sanctioned", "until_ms")

    def __init__(self, facts: UserFacts) -> None:
        self.facts = facts
        self.until_ms = 0
        self.closed: _Closed = {}
        self.leverages: dict[Capability, int] = {}
        self.sanctioned: frozenset[str] = frozenset()
        self.elsewhere: dict[str, _Closed] = {}

    def renew(self, rules: RuleBook, now_ms: int) -> None:
        facts = self.facts
        found = entitlements(facts, ANY_SESSION, rules, now_ms)
        self.closed = _closed(found)
        self.leverages = {
            capability: decision.limit
            for capability, decision in found.decisions.items()
            if decision.unit is Unit.LEVERAGE and decision.limit is not None
        }
        self.sanctioned = frozenset(rules.names("places.sanctioned", found.entity, now_ms))
        self.elsewhere = {}
        self.until_ms = _NEVER_MS if found.until_ms is None else found.until_ms
        if self.facts is not facts:
            # They changed on another thread while this was decided.
            self.until_ms = 0

    def closed_at(self, place: str, rules: RuleBook, now_ms: int) -> "_Closed":
        """What is closed to who calls from ``place``; decided once for each place that matters."""
        if place not in self.sanctioned:
            return self.closed
        known = self.elsewhere.get(place)
        if known is None:
            known = self.elsewhere[place] = _closed(entitlements(self.facts, SessionFacts(place), rules, now_ms))
        return known


def _closed(found: Entitlements) -> "_Closed":
    return {
        capability: decision
        for capability, decision in found.decisions.items()
        if decision.effect is Effect.DENY or decision.unit is Unit.REDUCE_ONLY
    }


class Gate:
    """Answers by account. Reads are for one thread; ``govern`` and ``renew`` may be called on any."""

    def __init__(self, rules: RuleBook, master_of: Callable[[int], int], person_of: PersonOf | None = None) -> None:
        """``master_of`` gives the master account of any account; its own for a master.

        ``person_of`` is asked once for each master account that nobody was named for (blocking).
        """
        self._rules = rules
        self._master_of = master_of
        self._person_of = person_of
        self._house = _Answer(HOUSE)
        self._people: dict[int, tuple[_Answer, Callable[[], UserFacts]]] = {}
        self._answers: dict[int, _Answer] = {}
        self._met: dict[int, set[int]] = {}
        self._lock = threading.Lock()
        # Facts are read under this one, so that what was read first is never kept last.
        self._reading = threading.Lock()

    def govern(self, account: int, facts: Callable[[], UserFacts]) -> None:
        """From now on the person that ``facts`` describe has the master account ``account`` (blocking)."""
        with self._reading:
            answer = _Answer(facts())
            with self._lock:
                self._people[account] = (answer, facts)
                self._forget(account)

    def renew(self, account: int) -> None:
        """Something about the person with the master account ``account`` changed (blocking)."""
        with self._reading:
            known = self._people.get(account)
            if known is not None:
                answer, facts = known
                answer.facts = facts()
                answer.until_ms = 0
                return
            with self._lock:
                # Perhaps the account had nobody until now; it is looked up anew.
                self._forget(account)

    def _forget(self, master: int) -> None:
        """Let the accounts of a family find their answer again."""
        for account in self._met.pop(master, set()):
            self._answers.pop(account, None)

    def refusal(
        self, account: int, capabilities: Sequence[Capability], now_ms: int, *, reduces: bool = False, place: str = ""
    ) -> Decision | None:
        """The first of ``capabilities`` that is denied to ``account``, None when none is."""
        answer = self._answer(account, now_ms)
        closed = answer.closed_at(place, self._rules, now_ms) if place else answer.closed
        if not closed:
            return None
        for capability in capabilities:
            decision = closed.get(capability)
            if decision is not None and not (reduces and decision.unit is Unit.REDUCE_ONLY):
                return decision
        return None

    def leverage_max(self, account: int, capability: Capability, now_ms: int) -> int | None:
        """The most leverage that ``account`` may have by ``capability``, None when there is no bound."""
        return self._answer(account, now_ms).leverages.get(capability)

    def _answer(self, account: int, now_ms: int) -> _Answer:
        """What holds for ``account`` now."""
        answer = self._answers.get(account) or self._find(account)
        if now_ms >= answer.until_ms:
            answer.renew(self._rules, now_ms)
        return answer

    def _find(self, account: int) -> _Answer:
        master = self._master_of(account)
        if master not in self._people and self._person_of is not None:
            facts = self._person_of(master)
            if facts is not None:
                self.govern(master, facts)
        with self._lock:
            known = self._people.get(master)
            answer = self._house if known is None else known[0]
            self._answers[account] = answer
            self._met.setdefault(master, set()).add(account)
            return answer
